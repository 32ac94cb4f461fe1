//! Apache, with a configuration of a test's.

use std::{
    env, fs,
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tempfile::TempDir;

use super::process::{Running, find};

pub(crate) struct Apache {
    pub(crate) address: SocketAddr,
    // Dropped in this order: the program, then its files.
    _server: Running,
    _prefix: TempDir,
}

/// What each configuration needs, and `mod_…` of those that it names. As root Apache serves as another user.
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
    /// With this configuration, whose `{port}` is where it listens and whose `{prefix}` is a folder with the files. `None`
    /// where there is none, and tests may do without.
    pub(crate) fn start(
        modules: &[&str],
        configuration: &str,
        files: &[(&str, &str)],
    ) -> Option<Self> {
        let Some(program) = &*INSTALLED else {
            assert!(!is_required(), "CORS_APACHE=required, and {MISSING}");
            return None;
        };
        let load = |module: &&str| {
            format!("LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so")
        };
        let modules: Vec<String> = modules.iter().map(load).collect();
        let whole = format!("{BEGINNING}{}\n{configuration}", modules.join("\n"));
        // Between asking for a free port and listening on it, another program may take it.
        let started = (0..5).find_map(|_| Self::start_on(program, &whole, files));
        Some(started.expect("Apache listens on a free port"))
    }

    fn start_on(program: &Path, configuration: &str, files: &[(&str, &str)]) -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        drop(listener);
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

fn is_required() -> bool {
    env::var_os("CORS_APACHE").is_some_and(|value| value == "required")
}

/// Where Apache is. Where it is missing and may be, says so once, past the test runner's capture.
static INSTALLED: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let found = find(&["apache2"]);
    if found.is_none() && !is_required() {
        let _ = writeln!(io::stderr(), "Apache tests skipped: {MISSING}");
    }
    found
});

const MISSING: &str = "there is no apache2 on PATH (Debian: `apt-get install apache2`)";
