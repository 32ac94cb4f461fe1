//! `cors-tester audit` finds every hole that a server here has, and none in a correct server.

use std::fmt::Write as _;

use actix_web::{App, HttpResponse, http::header, web};
use serde_json::Value;

use super::run::{Said, run};
use crate::programs::{example::Example, nginx::Nginx};
use crate::support;

/// The origin that the servers are meant to allow.
pub(crate) const TRUSTED: &str = "https://app.example.com";

/// The name and the severity of each finding, notes left out, in the order of the report.
pub(crate) type Holes = &'static [(&'static str, &'static str)];

/// Audits a URL, and returns each difference from the expected findings.
pub(crate) fn mistakes(url: &str, options: &str, expected: Holes) -> Vec<String> {
    let document = document(url, options);
    let found = findings(&document, true);
    let mut mistakes = Vec::new();
    let is_expected = found
        .iter()
        .map(|(name, severity)| (name.as_str(), severity.as_str()))
        .eq(expected.iter().copied());
    if !is_expected {
        mistakes.push(format!(
            "{url} {options}: expected {expected:?}, found {found:?}\n{document:#}"
        ));
    }
    // The report for people says the same.
    let said = run(&format!("audit {url} {options}"));
    let status = i32::from(!expected.is_empty());
    let lines = said.stdout.lines();
    let lacking: Vec<_> = expected
        .iter()
        .filter(|(name, severity)| {
            let is_it = |line: &str| line.starts_with(severity) && line.contains(name);
            !lines.clone().any(is_it)
        })
        .collect();
    if said.status != Some(status) || !lacking.is_empty() {
        mistakes.push(format!("{url} {options}: not {lacking:?}: {said:#?}"));
    }
    mistakes
}

fn document(url: &str, options: &str) -> Value {
    let said = run(&format!("audit {url} {options} --json"));
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:#?}"))
}

fn findings(document: &Value, without_notes: bool) -> Vec<(String, String)> {
    let tried = document["tried"].as_array().expect("a list");
    tried
        .iter()
        .filter_map(|tried| {
            let severity = tried["finding"]["severity"].as_str()?;
            let name = tried["name"].as_str()?;
            Some((name.to_owned(), severity.to_owned()))
        })
        .filter(|(_, severity)| !(without_notes && severity == "note"))
        .collect()
}

pub(crate) fn assert_none(mistakes: &[String]) {
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// A location of nginx: its name, the pattern of the origins that it sends back, more lines, and the holes.
type Location = (&'static str, &'static str, &'static str, Holes);

const CREDENTIALS: &str = "add_header Access-Control-Allow-Credentials true always;";
const SOUND: &str =
    "add_header Access-Control-Allow-Credentials true always; add_header Vary Origin always;";

#[rustfmt::skip]
const LOCATIONS: &[Location] = &[
    ("sound", r"^https://app\.example\.com$", SOUND, &[]),
    ("nothing", "^nobody$", "", &[]),
    ("public", "^nobody$", r#"add_header Access-Control-Allow-Origin "*" always;"#, &[]),
    ("fixed", "^nobody$", r#"add_header Access-Control-Allow-Origin "https://app.example.com" always; add_header Access-Control-Allow-Credentials true always;"#, &[]),

    ("reflected", "", SOUND, &[("any_origin", "high")]),
    ("reflected-as-tutorials-do", "", CREDENTIALS, &[("any_origin", "high"), ("missing_vary", "low")]),
    ("null", r"^(https://app\.example\.com|null)$", SOUND, &[("null_origin", "high")]),
    ("null-without-credentials", r"^(https://app\.example\.com|null)$", "add_header Vary Origin always;", &[("null_origin", "low")]),
    ("before", r"^https://.*example\.com$", SOUND, &[("name_before", "high"), ("any_subdomain", "low")]),
    ("before-without-credentials", r"^https://.*example\.com$", "add_header Vary Origin always;", &[("name_before", "medium")]),
    ("behind", r"^https://app\.example\.com", SOUND, &[("name_behind", "high"), ("any_port", "low")]),
    ("behind-a-dot", r"^https://app\.example\.com(\..*)?$", SOUND, &[("name_behind", "high")]),
    ("anywhere", r"app\.example\.com", SOUND, &[
        ("name_behind", "high"), ("http_for_https", "medium"), ("any_subdomain", "low"), ("any_port", "low"),
    ]),
    ("dot", "^https://app.example.com$", SOUND, &[("any_character_for_a_dot", "high")]),
    ("http", r"^https?://app\.example\.com$", SOUND, &[("http_for_https", "medium")]),
    ("subdomain", r"^https://([a-z-]+\.)*example\.com$", SOUND, &[("any_subdomain", "low")]),
    ("port", r"^https://app\.example\.com(:\d+)?$", SOUND, &[("any_port", "low")]),
    ("wildcard", "^nobody$", r#"add_header Access-Control-Allow-Origin "*" always; add_header Access-Control-Allow-Credentials true always;"#, &[
        ("wildcard_with_credentials", "low"),
    ]),
    ("vary", r"^https://app\.example\.com$", CREDENTIALS, &[("missing_vary", "low")]),
    ("another-vary", r"^https://app\.example\.com$", "add_header Vary Accept-Encoding always;", &[("missing_vary", "low")]),
    ("uncached", r"^https://app\.example\.com$", "add_header Cache-Control no-store always;", &[]),
    ("doubled", r"^https://app\.example\.com$", r#"add_header Access-Control-Allow-Origin "https://app.example.com" always; add_header Vary Origin always;"#, &[
        ("invalid_origin", "low"),
    ]),
    ("list", "^nobody$", r#"add_header Access-Control-Allow-Origin "https://app.example.com, https://b.example" always;"#, &[
        ("invalid_origin", "low"),
    ]),
];

/// Locations that answer some requests in another way than others.
const SPECIAL: &str = r#"
        location /handler {
            add_header Access-Control-Allow-Origin "*" always;
            return 200 "what GET says\n";
        }
        location /login {
            add_header Access-Control-Allow-Origin "https://app.example.com" always;
            auth_basic "here";
            auth_basic_user_file nobody;
        }
        location /to-login {
            add_header Access-Control-Allow-Origin "https://app.example.com" always;
            if ($request_method = OPTIONS) { return 302 /sign-in; }
            return 200 "here\n";
        }
        location = /errors/here {
            if ($request_method = OPTIONS) { return 405; }
            return 200 "here\n";
        }
        location /errors {
            add_header Access-Control-Allow-Origin $reflected always;
            add_header Access-Control-Allow-Credentials true always;
            add_header Vary Origin always;
            return 404;
        }
        location /head {
            if ($request_method = HEAD) {
                add_header Access-Control-Allow-Origin $reflected always;
                add_header Access-Control-Allow-Credentials true always;
                add_header Vary Origin always;
            }
            if ($request_method = OPTIONS) { return 405; }
            return 200 "here\n";
        }
        location /preflight {
            if ($request_method = OPTIONS) {
                add_header Access-Control-Allow-Origin $reflected always;
                add_header Access-Control-Allow-Methods "PUT" always;
                add_header Access-Control-Allow-Credentials true always;
                return 204;
            }
            return 200 "here\n";
        }
        location /moved {
            return 301 /reflected/here;
        }
"#;

#[rustfmt::skip]
const SPECIAL_CASES: &[(&str, &str, Holes, &str)] = &[
    ("/handler/here", "", &[("preflight_runs_handler", "low")], "preflight for GET"),
    ("/login/here", "", &[("preflight_needs_login", "low")], "preflight for GET"),
    ("/to-login/here", "", &[("preflight_needs_login", "low")], "preflight for GET"),
    ("/errors/here", "", &[("any_origin", "high")], "(error page)"),
    ("/head/here", "", &[("any_origin", "high")], "(HEAD)"),
    ("/preflight/here", "--method PUT", &[("any_origin", "high")], "(preflight for PUT)"),
    ("/preflight/here", "", &[], "preflights for GET"),
    ("/moved", "", &[("any_origin", "high")], "/reflected/here"),
];

/// The configuration of nginx with all locations above. Those of [`LOCATIONS`] differ only in their pattern and lines.
fn configuration() -> String {
    let mut maps = String::new();
    let mut locations = SPECIAL.to_owned();
    for (name, pattern, lines, _) in LOCATIONS {
        let variable = name.replace('-', "_");
        let _ = writeln!(
            maps,
            r#"map $http_origin ${variable} {{ "~{pattern}" $http_origin; }}"#
        );
        let _ = writeln!(
            locations,
            "location /{name}/ {{
                add_header Access-Control-Allow-Origin ${variable} always;
                {lines}
                if ($request_method = OPTIONS) {{
                    add_header Access-Control-Allow-Origin ${variable} always;
                    {lines}
                    return 204;
                }}
                return 200 \"here\n\";
            }}"
        );
    }
    format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr notice;
        events {{}}
        http {{
            access_log off; default_type text/plain;
            client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            {maps}
            server {{ listen 127.0.0.1:{{port}}; root files; {locations} }}
        }}"
    )
}

#[test]
fn each_hole_that_is_planted_in_nginx_is_found_and_no_other() {
    let Some(nginx) = Nginx::start(&configuration()) else {
        return;
    };
    let mut all = Vec::new();
    for (name, _, _, holes) in LOCATIONS {
        let url = nginx.at(&format!("/{name}/here"));
        all.extend(mistakes(&url, &format!("--origin {TRUSTED}"), holes));
    }
    for (path, options, holes, place) in SPECIAL_CASES {
        let url = nginx.at(path);
        let options = format!("{options} --origin {TRUSTED}");
        all.extend(mistakes(&url, &options, holes));
        let said = run(&format!("audit {url} {options}"));
        if !said.stdout.contains(place) {
            all.push(format!("{url} {options}: without {place:?}: {said:#?}"));
        }
    }
    assert_none(&all);
}

#[test]
fn the_example_server_has_no_findings_but_notes_on_its_public_endpoints() {
    let example = Example::start();
    let trusted = format!("--origin https://shop.example --origin {}", example.page);
    let mut all = Vec::new();
    for (path, method) in [
        ("/public", "GET"),
        ("/items", "GET"),
        ("/items", "DELETE"),
        ("/items/1", "GET"),
        ("/items/1", "PUT"),
        ("/items/1", "DELETE"),
        ("/login", "POST"),
        ("/me", "GET"),
        ("/account/orders", "GET"),
        ("/account/address", "PUT"),
        ("/partners", "GET"),
        ("/partners/catalogue.csv", "GET"),
        ("/theme", "GET"),
        ("/live", "GET"),
        ("/broken", "GET"),
        ("/health", "GET"),
    ] {
        let options = format!("{trusted} --method {method}");
        all.extend(mistakes(&example.at(path), &options, &[]));
    }
    assert_none(&all);
    let public = document(&example.at("/public"), &trusted);
    let notes = findings(&public, false);
    let any_origin = ("any_origin".to_owned(), "note".to_owned());
    assert!(notes.contains(&any_origin), "{public:#}");
}

#[test]
fn each_hole_of_an_actix_cors_policy_is_found_and_a_sound_policy_has_none() {
    use actix_cors::Cors;

    type Middleware = fn() -> Cors;
    const CASES: &[(Middleware, Holes)] = &[
        (
            || {
                Cors::default()
                    .allowed_origin(TRUSTED)
                    .allow_any_method()
                    .allow_any_header()
                    .supports_credentials()
            },
            &[],
        ),
        (Cors::permissive, &[("any_origin", "high")]),
        (
            || {
                Cors::default()
                    .allow_any_origin()
                    .send_wildcard()
                    .allow_any_method()
            },
            &[],
        ),
        (
            || {
                let ends = |origin: &header::HeaderValue, _: &_| {
                    origin.as_bytes().ends_with(b"example.com")
                };
                Cors::default()
                    .allowed_origin_fn(ends)
                    .allow_any_method()
                    .supports_credentials()
            },
            &[
                ("name_before", "high"),
                ("http_for_https", "medium"),
                ("any_subdomain", "low"),
            ],
        ),
        (
            || {
                let starts = |origin: &header::HeaderValue, _: &_| {
                    origin.as_bytes().starts_with(TRUSTED.as_bytes())
                };
                Cors::default()
                    .allowed_origin_fn(starts)
                    .supports_credentials()
            },
            &[("name_behind", "high"), ("any_port", "low")],
        ),
        (
            || {
                Cors::default()
                    .allowed_origin(TRUSTED)
                    .allowed_origin("null")
                    .supports_credentials()
            },
            &[("null_origin", "high")],
        ),
        (
            || {
                Cors::default()
                    .allowed_origin(TRUSTED)
                    .disable_vary_header()
            },
            &[("missing_vary", "low")],
        ),
    ];
    let mut all = Vec::new();
    for (cors, holes) in CASES {
        let server = support::serve(move || {
            App::new()
                .wrap(cors())
                .route("/", web::get().to(|| async { "here" }))
                .route("/", web::head().to(HttpResponse::Ok))
        });
        let url = format!("http://{server}/");
        all.extend(mistakes(&url, &format!("--origin {TRUSTED}"), holes));
    }
    assert_none(&all);
}

#[test]
fn an_audit_that_cannot_be_made_is_an_error_in_one_line() {
    for (arguments, error) in [
        ("audit", "error: no URL is given; try --help"),
        (
            "audit http://127.0.0.1:1/",
            "error: cannot connect to 127.0.0.1:1",
        ),
        (
            "audit http://127.0.0.1:1/ --credentials",
            "error: invalid option '--credentials'",
        ),
        (
            "audit http://127.0.0.1:1/ --origin x",
            "error: --origin: \"x\" is not an origin",
        ),
    ] {
        let Said {
            status,
            stdout,
            stderr,
        } = run(arguments);
        assert_eq!(
            (status, stdout.as_str()),
            (Some(2), ""),
            "{arguments}: {stderr}"
        );
        assert!(stderr.contains(error), "{arguments}: {stderr}");
    }

    let said = run("audit http://127.0.0.1:1/ --json");
    let document: Value = serde_json::from_str(&said.stdout).expect("a document");
    let error = document["error"].as_str().expect("a text");
    assert!(
        error.starts_with("cannot connect to 127.0.0.1:1"),
        "{said:#?}"
    );
    assert_eq!(said.status, Some(2), "{said:#?}");
}
