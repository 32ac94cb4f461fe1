//! nginx, with the configuration of a test.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use tempfile::TempDir;

use super::process::{Running, find, free_address, skip};

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

    /// Starts nginx with this configuration, in which `{port}` stands for its port. `None` if nginx is missing, and tests may be skipped.
    pub(crate) fn start(configuration: &str) -> Option<Self> {
        let Some(program) = find(&["nginx"]) else {
            skip(
                "CORS_NGINX",
                "there is no nginx on PATH (Debian: `apt-get install nginx-light`)",
            );
            return None;
        };
        // Another program may take the free port before nginx listens on it.
        let started = (0..5).find_map(|_| Self::start_once(&program, configuration));
        Some(started.expect("nginx listens on a free port"))
    }

    fn start_once(program: &Path, configuration: &str) -> Option<Self> {
        let port = free_address().port();
        let prefix = TempDir::with_prefix("cors-nginx-").expect("a temporary directory");
        let configuration = configuration.replace("{port}", &port.to_string());
        let file = prefix.path().join("nginx.conf");
        fs::write(&file, configuration).expect("a file can be written");
        fs::create_dir(prefix.path().join("files")).expect("a folder can be made");
        fs::write(prefix.path().join("files/file.txt"), "here\n").expect("a file can be written");
        let arguments = ["-e", "stderr", "-p", text(prefix.path()), "-c", text(&file)];
        let server = Running::start(program, &arguments, prefix.path());
        // nginx writes its event method once it listens.
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
