//! nginx, with the lines that people write for CORS: those that work, and those that only look as if they did.

use std::{
    env, fs,
    io::{self, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tempfile::TempDir;

use crate::{
    process::{Running, find},
    run::{check, row},
};

#[test]
fn each_way_to_write_it_in_nginx_ends_as_it_does_in_a_browser() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let ask = |path: &str, rest: &str| {
        let port = nginx.port;
        format!("http://127.0.0.1:{port}{path} --origin https://app.example.com {rest}")
    };
    let put = "--method PUT --header content-type --credentials";
    check(&[
        row(ask("/right", ""), 0, &["vary: Origin", "allowed"]),
        row(
            ask("/right", put),
            0,
            &["204 No Content", "pass  header", "the status 200"],
        ),
        row(ask("/right/missing", put), 0, &["the status 404"]),
        row(ask("/right", "--header x-other"), 1, &["blocked (header)"]),
        row(
            format!(
                "http://127.0.0.1:{}/right --origin https://evil.example",
                nginx.port
            ),
            1,
            &["blocked (origin): the response has no Access-Control-Allow-Origin"],
        ),
        // `add_header` without `always` is for some statuses alone.
        row(ask("/without-always", ""), 0, &["allowed"]),
        row(
            ask("/without-always/missing", ""),
            1,
            &[
                "404 Not Found",
                "no Access-Control-* header",
                "needed: Access-Control-Allow-Origin: https://app.example.com",
            ],
        ),
        row(ask("/wildcard-with-credentials", ""), 0, &["any page"]),
        row(
            ask("/wildcard-with-credentials", "--credentials"),
            1,
            &[
                "blocked (wildcard)",
                "pass  credentials",
                "needed: Access-Control-Allow-Origin: https://app.example.com",
            ],
        ),
        // The server behind it says the same.
        row(
            ask("/doubled", ""),
            1,
            &[
                "Access-Control-Allow-Origin is there 2 times",
                "`https://app.example.com, https://app.example.com`",
            ],
        ),
        row(ask("/list", ""), 1, &["a list is no origin"]),
        row(
            ask("/slash", ""),
            1,
            &["`https://app.example.com/`", "compare byte for byte"],
        ),
        // A file is served for GET and HEAD alone.
        row(ask("/file.txt", ""), 0, &["allowed"]),
        row(
            ask("/file.txt", "--method PUT"),
            1,
            &[
                "OPTIONS http://127.0.0.1:",
                "FAIL  status: the preflight's status is 405",
                "needed: a status between 200 and 299",
                "blocked (status)",
            ],
        ),
        // One `add_header` of a location's own, and it has none of those around it.
        row(
            ask("/inherited", ""),
            1,
            &["blocked (origin): the response has no Access-Control-Allow-Origin"],
        ),
        row(
            ask("/any-header", "--header x-a"),
            0,
            &["Access-Control-Allow-Headers is `*`"],
        ),
        row(
            ask("/any-header", "--header authorization"),
            1,
            &[
                "which does not cover `authorization`",
                "needed: Access-Control-Allow-Headers: authorization",
            ],
        ),
        row(
            ask("/any-header", "--header x-a --credentials"),
            1,
            &["blocked (wildcard)"],
        ),
        // From http to https, as many do, and the preflight with it.
        row(
            ask("/moved", "--method DELETE"),
            1,
            &["browsers follow no redirect of a preflight"],
        ),
        row(
            ask("/moved", ""),
            2,
            &["redirect: 301 to https://127.0.0.1/elsewhere"],
        ),
    ]);
}

const CONFIGURATION: &str = r#"
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    access_log off;
    default_type text/plain;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

    map $http_origin $allowed {
        "https://app.example.com" $http_origin;
    }

    server {
        listen 127.0.0.1:{port};
        root files;
        add_header Access-Control-Allow-Origin "https://app.example.com" always;

        location /right {
            add_header Access-Control-Allow-Origin $allowed always;
            add_header Access-Control-Allow-Credentials true always;
            add_header Vary Origin always;
            if ($request_method = OPTIONS) {
                add_header Access-Control-Allow-Origin $allowed always;
                add_header Access-Control-Allow-Credentials true always;
                add_header Access-Control-Allow-Methods "GET, PUT" always;
                add_header Access-Control-Allow-Headers content-type always;
                add_header Vary Origin always;
                return 204;
            }
            if ($uri = /right/missing) {
                return 404;
            }
            return 200 "here\n";
        }
        location = /without-always {
            add_header Access-Control-Allow-Origin "https://app.example.com";
            return 200 "here\n";
        }
        location /without-always/ {
            add_header Access-Control-Allow-Origin "https://app.example.com";
            return 404;
        }
        location /wildcard-with-credentials {
            add_header Access-Control-Allow-Origin "*" always;
            add_header Access-Control-Allow-Credentials true always;
            return 200 "here\n";
        }
        location /doubled {
            proxy_pass http://127.0.0.1:{port}/right;
            add_header Access-Control-Allow-Origin "https://app.example.com" always;
        }
        location /list {
            add_header Access-Control-Allow-Origin "https://app.example.com, https://www.example.com" always;
            return 200 "here\n";
        }
        location /slash {
            add_header Access-Control-Allow-Origin "https://app.example.com/" always;
            return 200 "here\n";
        }
        location /inherited {
            add_header Cache-Control no-store always;
            return 200 "here\n";
        }
        location /any-header {
            add_header Access-Control-Allow-Origin "*" always;
            add_header Access-Control-Allow-Headers "*" always;
            return 200 "here\n";
        }
        location /moved {
            return 301 https://127.0.0.1/elsewhere;
        }
    }
}
"#;

struct Nginx {
    port: u16,
    // Dropped in this order: the program, then its files.
    _server: Running,
    _prefix: TempDir,
}

impl Nginx {
    /// `None` where there is none, and tests may do without.
    fn start() -> Option<Self> {
        let Some(program) = &*INSTALLED else {
            assert!(!is_required(), "CORS_NGINX=required, and {MISSING}");
            return None;
        };
        // Between asking for a free port and listening on it, another program may take it.
        let started = (0..5).find_map(|_| Self::start_on(free_port(), program));
        Some(started.expect("nginx listens on a free port"))
    }

    fn start_on(port: u16, program: &Path) -> Option<Self> {
        let prefix = TempDir::with_prefix("cors-nginx-").expect("a temporary directory");
        let configuration = CONFIGURATION.replace("{port}", &port.to_string());
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
