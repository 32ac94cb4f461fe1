//! The program of the example server, run as users run it, on free ports.

use std::{
    cell::{RefCell, RefMut},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

use tempfile::TempDir;

use super::{built, process::Running};

pub(crate) struct Example {
    api: String,
    /// The origin of the page, which most of the API's policies allow.
    pub(crate) page: String,
    /// An origin of the same page that the policies do not allow.
    pub(crate) stranger: String,
    /// The page on a second port, which the policies allow as well.
    pub(crate) second: String,
    /// The origin of a tenant.
    pub(crate) tenant: String,
    /// The lines that the program has printed.
    pub(crate) said: Vec<String>,
    // Dropped in this order: the program, then its files.
    _server: Running,
    _home: TempDir,
}

impl Example {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with variables of its environment, each as `NAME=value`.
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

/// The output of a start that must fail, with a variable of its environment.
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
