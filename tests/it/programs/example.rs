//! The example server, run as users run it: its program, on free ports.

use std::{
    cell::{RefCell, RefMut},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use tempfile::TempDir;

use super::{built, process::Running};

#[allow(dead_code, reason = "not each test asks for all of them")]
pub(crate) struct Example {
    api: String,
    /// The origin of the page, which most of the API's policies allow.
    pub(crate) page: String,
    /// An origin that serves the same page, and that they do not allow.
    pub(crate) stranger: String,
    /// Another that they allow: the page on a second port.
    pub(crate) second: String,
    /// The origin of a tenant.
    pub(crate) tenant: String,
    /// All that the program has said.
    pub(crate) said: Vec<String>,
    // Dropped in this order: the program, then what it may have open.
    _server: Running,
    _home: TempDir,
}

impl Example {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With variables of its environment, each as `NAME=value`.
    pub(crate) fn start_with(variables: &[&str]) -> Self {
        let home = TempDir::with_prefix("cors-example-").expect("a temporary directory");
        let program = program().to_str().expect("a path in Unicode");
        let arguments = [variables, &[program], &FREE_PORTS].concat();
        let server = Running::start(Path::new("env"), &arguments, home.path());
        let said = RefCell::default();
        server.says(|line| {
            let mut said: RefMut<Vec<String>> = said.borrow_mut();
            said.push(line.to_owned());
            line.starts_with("Ctrl-C").then_some(())
        });
        let said = said.into_inner();
        let [api, page, second] = [announced(&said, "API "), announced(&said, "page ")]
            .concat()
            .try_into()
            .expect("an API and two pages");
        Self {
            api,
            stranger: page.replace("127.0.0.1", "localhost"),
            tenant: second.replace("127.0.0.1", "localhost"),
            page,
            second,
            said,
            _server: server,
            _home: home,
        }
    }

    /// The API's URL at `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }
}

const FREE_PORTS: [&str; 6] = [
    "--api",
    "127.0.0.1:0",
    "--page",
    "127.0.0.1:0",
    "--page",
    "127.0.0.1:0",
];

fn announced(said: &[String], name: &str) -> Vec<String> {
    said.iter()
        .filter_map(|line| Some(line.trim().strip_prefix(name)?.trim_start().to_owned()))
        .collect()
}

/// What comes of a start that is to fail, with a variable of its environment.
#[allow(dead_code, reason = "not each test makes it fail")]
pub(crate) fn fail(name: &str, value: &str) -> Output {
    let mut command = Command::new(program());
    command
        .args(FREE_PORTS)
        .env(name, value)
        .output()
        .expect("it runs")
}

fn program() -> &'static Path {
    PROGRAM.as_ref().unwrap_or_else(|wrong| panic!("{wrong}"))
}

static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| built::example("server"));
