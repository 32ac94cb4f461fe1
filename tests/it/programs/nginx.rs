//! nginx, with a configuration of a test's.

use std::{
    env, fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tempfile::TempDir;

use super::process::{Running, find};

pub(crate) struct Nginx {
    port: u16,
    // Dropped in this order: the program, then its files.
    _server: Running,
    _prefix: TempDir,
}

impl Nginx {
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// With this configuration, whose `{port}` is where it listens. `None` where there is none, and tests may do without.
    pub(crate) fn start(configuration: &str) -> Option<Self> {
        let Some(program) = &*INSTALLED else {
            assert!(!is_required(), "CORS_NGINX=required, and {MISSING}");
            return None;
        };
        // Between asking for a free port and listening on it, another program may take it.
        let started = (0..5).find_map(|_| Self::start_on(free_port(), program, configuration));
        Some(started.expect("nginx listens on a free port"))
    }

    fn start_on(port: u16, program: &Path, configuration: &str) -> Option<Self> {
        let prefix = TempDir::with_prefix("cors-nginx-").expect("a temporary directory");
        let configuration = configuration.replace("{port}", &port.to_string());
        let file = prefix.path().join("nginx.conf");
        fs::write(&file, configuration).expect("a file can be written");
        fs::create_dir(prefix.path().join("files")).expect("a folder can be made");
        fs::write(prefix.path().join("files/file.txt"), "here\n").expect("a file can be written");
        let arguments = ["-e", "stderr", "-p", text(prefix.path()), "-c", text(&file)];
        let server = Running::start(program, &arguments, prefix.path());
        // It says how it waits once it listens.
        let listens = server.says(|line| match line {
            line if line.contains("event method") => Some(true),
            line if line.contains("bind() to") => Some(false),
            _ => None,
        });
        listens.then_some(Self {
            port,
            _server: server,
            _prefix: prefix,
        })
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr();
    address.expect("a bound socket has an address").port()
}

fn is_required() -> bool {
    env::var_os("CORS_NGINX").is_some_and(|value| value == "required")
}

/// Where nginx is. Where it is missing and may be, says so once, past the test runner's capture.
static INSTALLED: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let found = find(&["nginx"]);
    if found.is_none() && !is_required() {
        let _ = writeln!(io::stderr(), "nginx tests skipped: {MISSING}");
    }
    found
});

const MISSING: &str = "there is no nginx on PATH (Debian: `apt-get install nginx-light`)";
