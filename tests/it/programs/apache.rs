//! Apache, with the configuration of a test.

use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path};

use tempfile::TempDir;

use super::process::{Running, find, free_address, skip};

pub(crate) struct Apache {
    pub(crate) address: SocketAddr,
    // Dropped in this order: the program, then its files.
    _server: Running,
    _prefix: TempDir,
}

/// The lines that each configuration needs. Apache must not serve as root, hence `User`.
const BEGINNING: &str = "
ServerRoot \"{prefix}\"
DefaultRuntimeDir \"{prefix}\"
PidFile apache.pid
ErrorLog /dev/stderr
LogLevel notice
ServerName localhost
User nobody
Group nogroup
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
";

impl Apache {
    /// Starts Apache with this configuration, in which `{port}` and `{prefix}` stand for its port and the folder of its files. `None`
    /// if Apache is missing, and tests may be skipped.
    pub(crate) fn start(
        modules: &[&str],
        configuration: &str,
        files: &[(&str, &str)],
    ) -> Option<Self> {
        let Some(program) = find(&["apache2"]) else {
            skip(
                "CORS_APACHE",
                "there is no apache2 on PATH (Debian: `apt-get install apache2`)",
            );
            return None;
        };
        let load = |module: &&str| {
            format!("LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so")
        };
        let modules: Vec<String> = modules.iter().map(load).collect();
        let whole = format!("{BEGINNING}{}\n{configuration}", modules.join("\n"));
        // Another program may take the free port before Apache listens on it.
        let started = (0..5).find_map(|_| Self::start_once(&program, &whole, files));
        Some(started.expect("Apache listens on a free port"))
    }

    fn start_once(program: &Path, configuration: &str, files: &[(&str, &str)]) -> Option<Self> {
        let address = free_address();
        let prefix = TempDir::with_prefix("cors-apache-").expect("a temporary directory");
        let path = prefix.path().to_str().expect("a path that is text");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("our own folder");
        for (name, text) in files {
            fs::write(prefix.path().join(name), text).expect("a file can be written");
        }
        let configuration = configuration
            .replace("{port}", &address.port().to_string())
            .replace("{prefix}", path);
        let file = prefix.path().join("apache.conf");
        fs::write(&file, configuration).expect("a file can be written");
        let file = file.to_str().expect("a path that is text");
        let server = Running::start(program, &["-D", "FOREGROUND", "-f", file], prefix.path());
        let listens = server.says(|line| match line {
            line if line.contains("resuming normal operations") => Some(true),
            line if line.contains("could not bind") => Some(false),
            _ => None,
        });
        listens.then_some(Self {
            address,
            _server: server,
            _prefix: prefix,
        })
    }
}
