//! The example server, run as users run it: its program, on two free ports.

use std::{path::PathBuf, sync::LazyLock};

use tempfile::TempDir;

use crate::{built, process::Running};

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

static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| built::example("server"));
