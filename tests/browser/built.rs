//! The programs of `examples/`, as cargo has built them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// An example's program, which cargo puts beside the folder of this test's own, or what is wrong with it.
pub(crate) fn example(name: &str) -> Result<PathBuf, String> {
    let test = env::current_exe().map_err(|error| error.to_string())?;
    let profile = test.ancestors().nth(2).unwrap_or(&test);
    let mut program = profile.join("examples").join(name);
    program.set_extension(env::consts::EXE_EXTENSION);
    let wrong = |what| {
        let build_it = format!(
            "`cargo test` with no `--test` builds it, and so does `cargo build --example {name}`"
        );
        Err(format!("{} {what}: {build_it}", program.display()))
    };
    let Some(built) = changed(&program) else {
        return wrong("is missing".to_owned());
    };
    let newer = |source: &PathBuf| changed(source).is_some_and(|changed| changed > built);
    if let Some(source) = sources(&program).into_iter().find(newer) {
        return wrong(format!("is older than {}", source.display()));
    }
    Ok(program)
}

/// What the program was built from, by the list that cargo leaves beside it.
fn sources(program: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let (_, sources) = list.split_once(": ").unwrap_or_default();
    sources.split_whitespace().map(PathBuf::from).collect()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}
