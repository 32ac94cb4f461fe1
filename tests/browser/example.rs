//! The example server, run as users run it: its program, on two free ports.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::SystemTime,
};

use tempfile::TempDir;

use crate::process::Running;

pub(crate) struct Example {
    api: String,
    /// The origin of the page, which the API's policies allow.
    pub(crate) page: String,
    /// An origin that serves the same page, and that they do not allow.
    pub(crate) stranger: String,
    // Dropped in this order: the program, then what it may have open.
    _server: Running,
    _home: TempDir,
}

impl Example {
    pub(crate) fn start() -> Self {
        let home = TempDir::with_prefix("cors-example-").expect("a temporary directory");
        let free_ports = ["--api", "127.0.0.1:0", "--page", "127.0.0.1:0"];
        let program = PROGRAM.as_ref().unwrap_or_else(|wrong| panic!("{wrong}"));
        let server = Running::start(program, &free_ports, home.path());
        let announced = |name: &'static str| {
            server.says(|line| Some(line.trim().strip_prefix(name)?.trim_start().to_owned()))
        };
        let api = announced("API ");
        let page = announced("page ");
        Self {
            stranger: page.replace("127.0.0.1", "localhost"),
            api,
            page,
            _server: server,
            _home: home,
        }
    }

    /// The API's URL at `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }
}

/// The example's program, which cargo puts beside the folder of this test's own, or what is wrong with it.
static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let test = env::current_exe().map_err(|error| error.to_string())?;
    let profile = test.ancestors().nth(2).unwrap_or(&test);
    let mut program = profile.join("examples").join("server");
    program.set_extension(env::consts::EXE_EXTENSION);
    let wrong = |what| Err(format!("{} {what}: {BUILD_IT}", program.display()));
    let Some(built) = changed(&program) else {
        return wrong("is missing".to_owned());
    };
    let newer = |source: &PathBuf| changed(source).is_some_and(|changed| changed > built);
    if let Some(source) = sources(&program).into_iter().find(newer) {
        return wrong(format!("is older than {}", source.display()));
    }
    Ok(program)
});

const BUILD_IT: &str =
    "`cargo test` with no `--test` builds it, and so does `cargo build --example server`";

/// What the program was built from, by the list that cargo leaves beside it.
fn sources(program: &Path) -> Vec<PathBuf> {
    let list = fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let (_, sources) = list.split_once(": ").unwrap_or_default();
    sources.split_whitespace().map(PathBuf::from).collect()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}
