//! nginx with configurations that people write for CORS, right and wrong: `cors-tester` and browsers give the same verdicts.

use actix_web::{App, HttpResponse, web};
use serde_json::{Value, json};

use super::run::{Row, check, row, run};
use crate::programs::{
    chromium::Seen,
    engine::{Browser, ENGINES},
    nginx::Nginx,
};
use crate::support;

/// The origin of a page that the configuration allows, and of one that it does not.
struct Pages {
    allowed: String,
    stranger: String,
}

/// A path, more arguments, the exit status, and words of the output.
type Case = (&'static str, &'static str, i32, &'static [&'static str]);

const PUT: &str = "--method PUT --header content-type --credentials";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("/right", "", 0, &["vary: Origin", "allowed"]),
    ("/right", PUT, 0, &["204 No Content", "pass  header", "the status 200"]),
    ("/right/missing", PUT, 0, &["the status 404"]),
    ("/right", "--header x-other", 1, &["blocked (header)"]),
    ("/right", STRANGER, 1, &["blocked (origin): the response has no Access-Control-Allow-Origin"]),

    // Without `always`, `add_header` skips errors.
    ("/without-always", "", 0, &["allowed"]),
    ("/without-always/missing", "", 1, &[
        "404 Not Found", "no Access-Control-* header", "needed: Access-Control-Allow-Origin: http://127.0.0.1:",
    ]),
    ("/wildcard-with-credentials", "", 0, &["any page"]),
    ("/wildcard-with-credentials", "--credentials", 1, &[
        "blocked (wildcard)", "pass  credentials", "needed: Access-Control-Allow-Origin: http://127.0.0.1:",
    ]),
    // The server behind nginx sends the same header.
    ("/doubled", "", 1, &["Access-Control-Allow-Origin is there 2 times"]),
    ("/list", "", 1, &["browsers accept only one origin"]),
    ("/slash", "", 1, &["compared byte for byte"]),
    // nginx serves a file for GET and HEAD alone.
    ("/file.txt", "", 0, &["allowed"]),
    ("/file.txt", "--method PUT", 1, &[
        "OPTIONS http://127.0.0.1:", "FAIL  status: the preflight's status is 405",
        "needed: a status between 200 and 299", "blocked (status)",
    ]),
    // A location with an `add_header` of its own inherits none.
    ("/inherited", "", 1, &["blocked (origin): the response has no Access-Control-Allow-Origin"]),
    ("/any-header", "--header x-a", 0, &["Access-Control-Allow-Headers is `*`"]),
    ("/any-header", AUTHORIZATION, 1, &[
        "which does not cover `authorization`", "needed: Access-Control-Allow-Headers: authorization",
    ]),
    ("/any-header", "--header x-a --credentials", 1, &["blocked (wildcard)"]),
    // A redirect from http to https, of the preflight as well.
    ("/moved", "--method DELETE", 1, &["browsers follow no redirect of a preflight"]),
    ("/moved", "", 2, &["location: https://127.0.0.1:1/elsewhere", "cannot connect to 127.0.0.1:1"]),
    // After a redirect from one foreign origin to another, the browser sends `Origin: null`.
    ("/moved-here", "", 0, &["/right", "The browser follows the redirect", "the status 200"]),
    ("/moved-away", "", 1, &["origin: null", "blocked (origin): the response has no"]),
    ("/moved-to-all", "", 0, &["origin: null", "any page"]),
    ("/moved-to-all", "--credentials", 1, &["origin: null", "blocked (wildcard)"]),
    ("/moved-for-ever", "", 1, &["blocked (redirect): it redirects to ", "after 20 redirects before it"]),
    ("/moved-to-a-mail", "", 1, &["blocked (redirect)", "browsers follow only to http and https"]),
    ("/moved-to-a-user", "", 1, &["blocked (redirect)", "a URL with a user name"]),
];

const STRANGER: &str = "--origin {stranger}";
/// Unlike the standard, browsers let `*` cover it: see `tests/it/page/table.rs`.
const AUTHORIZATION: &str = "--header authorization";

#[test]
fn each_way_to_write_cors_in_nginx_gets_its_verdict_and_an_explanation() {
    let pages = Pages {
        allowed: "http://127.0.0.1:4000".to_owned(),
        stranger: "http://localhost:4000".to_owned(),
    };
    let Some(nginx) = start(&pages.allowed) else {
        return;
    };
    let rows: Vec<Row> = CASES
        .iter()
        .map(|(path, options, status, words)| {
            row(ask(&nginx, &pages, path, options), *status, words)
        })
        .collect();
    check(&rows);
}

#[actix_web::test]
async fn browsers_give_the_same_verdicts_and_send_as_many_preflights() {
    let pages = support::serve(|| {
        let page = || async { HttpResponse::Ok().content_type("text/html").body("<p>") };
        App::new().route("/", web::get().to(page))
    });
    let pages = Pages {
        allowed: format!("http://{pages}"),
        stranger: format!("http://localhost:{}", pages.port()),
    };
    let Some(nginx) = start(&pages.allowed) else {
        return;
    };
    for engine in ENGINES {
        let Some(browser) = Browser::start(engine).await else {
            continue;
        };
        let mut wrong = Vec::new();
        for (page, is_stranger) in [(&pages.allowed, false), (&pages.stranger, true)] {
            browser.open(page).await;
            for (path, options, ..) in CASES {
                let differs = *options == AUTHORIZATION;
                if differs || is_stranger != (*options == STRANGER) {
                    continue;
                }
                let fetched = browser.fetch(&nginx.at(path), init(options)).await;
                let said = run(&format!("{} --json", ask(&nginx, &pages, path, options)));
                let document: Value = serde_json::from_str(&said.stdout).expect("a document");
                let reads = matches!(fetched.seen, Seen::Response { .. });
                let preflights = usize::from(document["exchanges"][0]["preflight"] == true);
                let sent = fetched.preflights.unwrap_or(preflights);
                if reads != (said.status == Some(0)) || sent != preflights {
                    wrong.push(format!("{path} {options}: {fetched:?}\n{document:#}"));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "not the same in {engine}:\n{}",
            wrong.join("\n")
        );
    }
}

/// The program's options as script gives them to `fetch`.
fn init(options: &str) -> Value {
    let mut init = json!({ "headers": {}, "cache": "no-store" });
    let mut words = options.split(' ').filter(|word| !word.is_empty());
    while let Some(option) = words.next() {
        match option {
            "--method" => init["method"] = words.next().into(),
            "--credentials" => init["credentials"] = "include".into(),
            "--header" => {
                let name = words.next().expect("a name");
                let value = if name == "content-type" {
                    "application/json"
                } else {
                    "1"
                };
                init["headers"][name] = value.into();
            }
            _ => {
                words.next();
            }
        }
    }
    init
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
        "{page}" $http_origin;
    }

    server {
        listen 127.0.0.1:{port};
        root files;
        add_header Access-Control-Allow-Origin "{page}" always;

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
            add_header Access-Control-Allow-Origin "{page}";
            return 200 "here\n";
        }
        location /without-always/ {
            add_header Access-Control-Allow-Origin "{page}";
            return 404;
        }
        location /wildcard-with-credentials {
            add_header Access-Control-Allow-Origin "*" always;
            add_header Access-Control-Allow-Credentials true always;
            return 200 "here\n";
        }
        location /doubled {
            proxy_pass http://127.0.0.1:{port}/right;
            add_header Access-Control-Allow-Origin "{page}" always;
        }
        location /list {
            add_header Access-Control-Allow-Origin "{page}, http://127.0.0.1:1" always;
            return 200 "here\n";
        }
        location /slash {
            add_header Access-Control-Allow-Origin "{page}/" always;
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
            return 301 https://127.0.0.1:1/elsewhere;
        }
        location = /moved-here {
            return 302 /right;
        }
        location = /moved-away {
            return 302 http://localhost:{port}/right;
        }
        location = /moved-to-all {
            add_header Access-Control-Allow-Origin "{page}" always;
            add_header Access-Control-Allow-Credentials true always;
            return 307 http://localhost:{port}/any-header;
        }
        location = /moved-for-ever {
            return 302 /moved-for-ever;
        }
        location = /moved-to-a-mail {
            return 302 mailto:ada@example.com;
        }
        location = /moved-to-a-user {
            return 302 http://ada@localhost:{port}/any-header;
        }
    }
}
"#;

fn start(page: &str) -> Option<Nginx> {
    Nginx::start(&CONFIGURATION.replace("{page}", page))
}

/// The program's arguments. The origin is the allowed page's, unless the options name one.
fn ask(nginx: &Nginx, pages: &Pages, path: &str, options: &str) -> String {
    let options = if options.contains("--origin") {
        options.replace("{stranger}", &pages.stranger)
    } else {
        format!("--origin {} {options}", pages.allowed)
    };
    format!("{} {options}", nginx.at(path))
}
