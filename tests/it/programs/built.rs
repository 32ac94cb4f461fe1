//! The programs of this workspace that cargo has built.

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The program of an example, or what is wrong with it.
pub(crate) fn example(name: &str) -> Result<PathBuf, String> {
    current(&format!("examples/{name}"), &format!("--example {name}"))
}

/// The program of a member, or what is wrong with it.
pub(crate) fn program(name: &str) -> Result<PathBuf, String> {
    current(name, &format!("-p {name}"))
}

/// The program at `path` below the folder of this profile, or what is wrong with it. A test of one package alone does not
/// build the programs of others, so it may be missing, or older than its source.
fn current(path: &str, build_options: &str) -> Result<PathBuf, String> {
    let test = env::current_exe().map_err(|error| error.to_string())?;
    let profile = test.ancestors().nth(2).unwrap_or(&test);
    let mut program = profile.join(path);
    program.set_extension(env::consts::EXE_EXTENSION);
    let wrong = |what| {
        let build_it = format!(
            "`cargo test --workspace` builds it, and so does `cargo build {build_options}`"
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

/// The source files of the program, from the list that cargo leaves beside it.
fn sources(program: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let (_, sources) = list.split_once(": ").unwrap_or_default();
    sources.split_whitespace().map(PathBuf::from).collect()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}
