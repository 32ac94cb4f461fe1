//! nginx and Apache in front of an app, with the configurations of `docs/behind-a-proxy.md`, and nginx with the recipe of
//! `docs/coming-from.md`.

mod client;

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, error, get, post, put, rt, web};
use cors_runtime::test::{Fetch, Outcome, Page};
use cors_runtime::{Cors, cors};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use self::client::Server;
use crate::programs::apache::Apache;
use crate::programs::nginx::Nginx;
use crate::programs::process::free_address;
use crate::support;

const APP: &str = "https://app.example.com";
const ADMIN: &str = "https://admin.example.com";
const EVIL: &str = "https://evil.example";
const API: &str = "https://api.example.com";

/// The number of times that handlers ran.
type Runs = web::Data<AtomicUsize>;

#[cors(origins = ["https://app.example.com", "https://admin.example.com"])]
#[get("/items")]
async fn list(runs: Runs) -> impl Responder {
    format!("run {}", runs.fetch_add(1, Ordering::SeqCst))
}

#[cors(origins = ["*"])]
#[get("/public")]
async fn public(runs: Runs) -> impl Responder {
    format!("run {}", runs.fetch_add(1, Ordering::SeqCst))
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type", "authorization"], credentials, max_age = 600)]
#[put("/items/{id}")]
async fn update(id: web::Path<u32>, runs: Runs) -> impl Responder {
    runs.fetch_add(1, Ordering::SeqCst);
    format!("item {id}")
}

#[cors(origins = ["https://app.example.com"], enforce)]
#[post("/orders")]
async fn order(runs: Runs, _body: web::Bytes) -> impl Responder {
    runs.fetch_add(1, Ordering::SeqCst);
    "ordered"
}

#[cors(origins = ["https://app.example.com"], enforce)]
#[get("/live")]
async fn live(request: HttpRequest, body: web::Payload) -> Result<impl Responder, Error> {
    let (response, session, _messages) = actix_ws::handle(&request, body)?;
    rt::spawn(session.close(None));
    Ok(response)
}

#[cors(off)]
#[put("/internal")]
async fn internal() -> impl Responder {
    "internal"
}

/// Turns away updates without authorization.
async fn signed_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let needed = request.path().starts_with("/items/");
    if needed && !request.headers().contains_key("authorization") {
        return Err(error::ErrorUnauthorized("sign in first"));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// The program behind the proxies, and the number of times that its handlers ran.
fn program() -> (SocketAddr, Arc<AtomicUsize>) {
    let runs = web::Data::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let address = support::serve(move || {
        App::new()
            .app_data(runs.clone())
            .app_data(web::PayloadConfig::new(1024))
            .service(list)
            .service(public)
            .service(update)
            .service(order)
            .service(live)
            .service(internal)
            .wrap(from_fn(signed_in))
            .wrap(Cors::annotated())
    });
    (address, counted)
}

/// The code block in `language` below a heading of a page in `docs`.
fn configuration(page: &str, heading: &str, language: &str) -> String {
    let file = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(file).expect("the page");
    let (_, section) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("{page} has no section {heading}"));
    let section = section.split("\n## ").next().expect("a section");
    let begin = format!("```{language}\n");
    let (_, block) = section
        .split_once(&begin)
        .unwrap_or_else(|| panic!("{heading} has no {language}"));
    block.split("```").next().expect("a block").to_owned()
}

/// A certificate for the names of the pages, and its files.
struct Certificate {
    der: CertificateDer<'static>,
    pem: String,
    key: String,
}

impl Certificate {
    fn new() -> Self {
        let names = ["api.example.com", "app.example.com"].map(str::to_owned);
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(names).expect("a certificate");
        Self {
            der: cert.der().clone(),
            pem: cert.pem(),
            key: signing_key.serialize_pem(),
        }
    }
}

/// A proxy with a configuration of a page in `docs`, in which the program has the address 127.0.0.1:8080.
enum Proxy {
    Nginx { nginx: Nginx, _files: TempDir },
    Apache(Apache),
}

/// Replaces a text that appears exactly once.
fn replaced(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old} in {text}");
    text.replace(old, new)
}

impl Proxy {
    fn nginx(configuration: &str, program: SocketAddr, certificate: &Certificate) -> Option<Self> {
        let files = TempDir::with_prefix("cors-proxy-").expect("a temporary directory");
        let at = |name: &str| files.path().join(name).display().to_string();
        fs::write(at("cert.pem"), &certificate.pem).expect("a file can be written");
        fs::write(at("key.pem"), &certificate.key).expect("a file can be written");
        fs::write(at("index.html"), "the page").expect("a file can be written");
        let listen = format!(
            "listen 127.0.0.1:{{port}} ssl;\nssl_certificate {};\nssl_certificate_key {};",
            at("cert.pem"),
            at("key.pem")
        );
        let configuration = replaced(configuration, "listen 443 ssl;", &listen);
        let configuration = replaced(&configuration, "127.0.0.1:8080", &program.to_string())
            .replace("/var/www/app", &at(""))
            .replace("/var/cache/nginx/api", &at("cache"));
        let nginx = Nginx::start(&in_nginx(&configuration))?;
        Some(Self::Nginx {
            nginx,
            _files: files,
        })
    }

    fn apache(configuration: &str, program: SocketAddr, certificate: &Certificate) -> Option<Self> {
        let configuration = replaced(configuration, "*:443", "127.0.0.1:{port}");
        let configuration = replaced(
            &configuration,
            "SSLEngine on",
            "SSLEngine on\nSSLCertificateFile cert.pem\nSSLCertificateKeyFile key.pem",
        );
        let configuration = replaced(&configuration, "127.0.0.1:8080", &program.to_string())
            .replace("/var/www/app", "{prefix}");
        let files = [
            ("cert.pem", certificate.pem.as_str()),
            ("key.pem", &certificate.key),
            ("index.html", "the page"),
        ];
        let modules = ["proxy", "proxy_http", "headers", "ssl"];
        Apache::start(&modules, &configuration, &files).map(Self::Apache)
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Nginx { nginx, .. } => nginx.address(),
            Self::Apache(apache) => apache.address,
        }
    }
}

/// A complete configuration of nginx around a file for `conf.d`.
fn in_nginx(configuration: &str) -> String {
    format!(
        "daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr notice;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            {configuration}
        }}"
    )
}

fn page(origin: &str) -> Page {
    Page::at(origin).api_at(API)
}

fn signed_put() -> Fetch {
    Fetch::put("/items/1")
        .header("authorization", "Bearer 1")
        .header("content-type", "application/json")
        .body("{}")
        .credentials()
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Readable { status, .. } => format!("reads {}", status.as_u16()),
        Outcome::Blocked { check, .. } => format!("blocked ({check})"),
        Outcome::Redirect { .. } => "redirected".to_owned(),
    }
}

/// The `Access-Control-*` and `Vary` headers of a response.
fn cors_lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| *name == "vary" || name.as_str().starts_with("access-control-"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        // Apache removes the spaces of lists.
        .map(|line| line.replace(", ", ","))
        .collect();
    lines.sort();
    lines
}

/// The proxy changes neither the requests nor the CORS headers of the responses.
fn assert_passes_on(proxy: &Server, program: &Server) {
    let large = "x".repeat(1_500_000);
    #[rustfmt::skip]
    let rows = [
        (APP, Fetch::get("/items"), "reads 200"),
        (EVIL, Fetch::get("/items"), "blocked (origin)"),
        (EVIL, Fetch::get("/public"), "reads 200"),
        ("null", Fetch::get("/public"), "reads 200"),
        (APP, signed_put(), "reads 200"),
        (ADMIN, signed_put(), "blocked (origin)"),
        // The preflight passes, and the 401 is readable.
        (APP, Fetch::put("/items/1").credentials(), "reads 401"),
        (APP, signed_put().header("x-other", "1"), "blocked (header)"),
        (APP, Fetch::delete("/items/1"), "blocked (origin)"),
        (APP, Fetch::put("/internal"), "blocked (origin)"),
        (APP, Fetch::get("/items/1"), "blocked (origin)"),
        (APP, Fetch::post("/orders").body("one"), "reads 200"),
        (EVIL, Fetch::post("/orders").body("one"), "blocked (origin)"),
        (APP, Fetch::post("/orders").body(large), "reads 413"),
    ];
    let mut wrong = Vec::new();
    for (origin, fetch, expected) in rows {
        let through = proxy.fetch(&page(origin), fetch.clone());
        let direct = program.fetch(&page(origin), fetch);
        let responses = |outcome: &Outcome| -> Vec<_> {
            let exchanges = outcome.trace().exchanges.iter();
            let responses = exchanges.map(|exchange| &exchange.response);
            responses
                .map(|response| (response.status, cors_lines(&response.headers)))
                .collect()
        };
        if said(&through) != expected || responses(&through) != responses(&direct) {
            wrong.push(format!(
                "{expected}, and not\n{through}\ndirectly\n{direct}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The status of a request without `Sec-Fetch-Site`, as an old browser sends it.
fn status(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
    let headers: Vec<(&str, String)> = [("host", "api.example.com")]
        .iter()
        .chain(headers)
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    server.send(method, path, &headers, "").status.as_u16()
}

/// `enforce` behind the proxy lets pages of the API's own origin and of listed origins pass, and no others.
fn assert_knows_its_own(proxy: &Server) {
    let ordered = |headers: &[(&str, &str)]| status(proxy, "POST", "/orders", headers);
    assert_eq!(ordered(&[("origin", API)]), 200, "the API's own origin");
    assert_eq!(ordered(&[("origin", APP)]), 200, "a listed one");
    assert_eq!(ordered(&[("origin", EVIL)]), 403, "a stranger");
    assert_eq!(
        ordered(&[("origin", "http://api.example.com")]),
        403,
        "the API's host without TLS"
    );
    for line in [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
    ] {
        assert_eq!(ordered(&[("origin", EVIL), line]), 403, "{line:?}");
    }
    for line in [("x-forwarded-proto", "http"), ("forwarded", "proto=http")] {
        let own = [("origin", "http://api.example.com"), line];
        assert_eq!(ordered(&own), 403, "{line:?}");
    }
    let socket = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        status(proxy, "GET", "/live", &headers)
    };
    assert_eq!(socket(API), 101);
    assert_eq!(socket(APP), 101);
    assert_eq!(socket(EVIL), 403);
}

#[test]
fn nginx_leaves_the_programs_policies_as_they_are() {
    let (address, _) = program();
    let certificate = Certificate::new();
    let text = configuration("behind-a-proxy.md", "nginx", "nginx");
    let Some(nginx) = Proxy::nginx(&text, address, &certificate) else {
        return;
    };
    let proxy = Server::tls(nginx.address(), certificate.der.clone());
    assert_passes_on(&proxy, &Server::plain(address));
    assert_knows_its_own(&proxy);

    // Without this line, an attacker on the network can pass for the API's own page.
    let text = replaced(&text, "proxy_set_header X-Forwarded-Proto $scheme;", "");
    let nginx = Proxy::nginx(&text, address, &certificate).expect("it was there");
    let proxy = Server::tls(nginx.address(), certificate.der.clone());
    let own_name = [("origin", "http://api.example.com")];
    assert_eq!(status(&proxy, "POST", "/orders", &own_name), 200);
}

#[test]
fn apache_leaves_the_programs_policies_as_they_are() {
    let (address, _) = program();
    let certificate = Certificate::new();
    let text = configuration("behind-a-proxy.md", "Apache", "apache");
    let Some(apache) = Proxy::apache(&text, address, &certificate) else {
        return;
    };
    let proxy = Server::tls(apache.address(), certificate.der.clone());
    assert_passes_on(&proxy, &Server::plain(address));
    assert_knows_its_own(&proxy);

    // Without this line, the client chooses the first of two host names.
    let text = replaced(&text, "RequestHeader unset X-Forwarded-Host early", "");
    let apache = Proxy::apache(&text, address, &certificate).expect("it was there");
    let proxy = Server::tls(apache.address(), certificate.der.clone());
    let lines = [("origin", EVIL), ("x-forwarded-host", "evil.example")];
    assert_eq!(status(&proxy, "POST", "/orders", &lines), 200);
}

#[test]
fn a_page_cannot_read_an_error_of_the_proxy_itself() {
    let nobody = free_address();
    let certificate = Certificate::new();
    let text = configuration("behind-a-proxy.md", "nginx", "nginx");
    if let Some(nginx) = Proxy::nginx(&text, nobody, &certificate) {
        assert_unreadable(nginx.address(), &certificate, 502);
    }
    let text = configuration("behind-a-proxy.md", "Apache", "apache");
    if let Some(apache) = Proxy::apache(&text, nobody, &certificate) {
        assert_unreadable(apache.address(), &certificate, 503);
    }
}

fn assert_unreadable(proxy: SocketAddr, certificate: &Certificate, status: u16) {
    let proxy = Server::tls(proxy, certificate.der.clone());
    let outcome = proxy.fetch(&page(APP), Fetch::get("/items"));
    assert_eq!(said(&outcome), "blocked (origin)", "{outcome}");
    let response = &outcome.trace().request().expect("sent").response;
    assert_eq!(response.status, status);
}

#[test]
fn a_cache_keeps_one_response_for_each_origin_and_a_single_one_for_a_wildcard() {
    let (address, runs) = program();
    let certificate = Certificate::new();
    let text = configuration("behind-a-proxy.md", "Caches", "nginx");
    let Some(nginx) = Proxy::nginx(&text, address, &certificate) else {
        return;
    };
    let proxy = Server::tls(nginx.address(), certificate.der.clone());
    for _ in 0..3 {
        for (origin, expected) in [
            (APP, "reads 200"),
            (ADMIN, "reads 200"),
            (EVIL, "blocked (origin)"),
        ] {
            let outcome = proxy.fetch(&page(origin), Fetch::get("/items"));
            assert_eq!(said(&outcome), expected, "{outcome}");
        }
    }
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one for each origin");
    for origin in [APP, ADMIN, EVIL, "null"] {
        let outcome = proxy.fetch(&page(origin), Fetch::get("/public"));
        assert_eq!(said(&outcome), "reads 200", "{outcome}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 4, "one for all origins");
    for _ in 0..2 {
        let outcome = proxy.fetch(&page(APP), signed_put());
        assert_eq!(said(&outcome), "reads 200", "{outcome}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 6, "no PUT is cached");

    let ignoring = "proxy_cache api; proxy_ignore_headers Vary;";
    let text = replaced(&text, "proxy_cache api;", ignoring);
    let nginx = Proxy::nginx(&text, address, &certificate).expect("it was there");
    let proxy = Server::tls(nginx.address(), certificate.der.clone());
    let first = proxy.fetch(&page(APP), Fetch::get("/items"));
    let second = proxy.fetch(&page(ADMIN), Fetch::get("/items"));
    assert_eq!(said(&first), "reads 200", "{first}");
    assert_eq!(said(&second), "blocked (origin)", "{second}");
}

/// The proxy serves the page and the API on one host, as one origin.
fn assert_is_one_origin(proxy: &Server) {
    let own = Page::at(APP).api_at(APP);
    let shown = proxy.fetch(&own, Fetch::get("/index.html"));
    assert_eq!(shown.text().as_deref(), Some("the page"), "{shown}");
    for (fetch, expected) in [
        (Fetch::get("/api/items"), "reads 200"),
        (Fetch::put("/api/internal"), "reads 200"),
        (Fetch::post("/api/orders").body("one"), "reads 200"),
        (Fetch::delete("/api/items/1"), "reads 401"),
    ] {
        let outcome = proxy.fetch(&own, fetch);
        assert_eq!(said(&outcome), expected, "{outcome}");
        assert!(outcome.trace().preflight().is_none(), "{outcome}");
    }
    let evil = Page::at(EVIL).api_at(APP);
    for fetch in [
        Fetch::get("/api/items"),
        Fetch::put("/api/internal"),
        Fetch::post("/api/orders").body("one"),
    ] {
        let outcome = proxy.fetch(&evil, fetch);
        assert_eq!(said(&outcome), "blocked (origin)", "{outcome}");
    }
    let ordered = |origin: &str| {
        let headers = [
            ("host", "app.example.com".to_owned()),
            ("origin", origin.to_owned()),
        ];
        proxy.send("POST", "/api/orders", &headers, "").status
    };
    assert_eq!(ordered(APP), 200);
    assert_eq!(ordered("http://app.example.com"), 403);
}

#[test]
fn a_page_and_its_api_on_one_host_need_no_policy() {
    let (address, _) = program();
    let certificate = Certificate::new();
    let heading = "One origin in place of two";
    let text = configuration("behind-a-proxy.md", heading, "nginx");
    if let Some(nginx) = Proxy::nginx(&text, address, &certificate) {
        assert_is_one_origin(&Server::tls(nginx.address(), certificate.der.clone()));
    }
    let text = configuration("behind-a-proxy.md", heading, "apache");
    if let Some(apache) = Proxy::apache(&text, address, &certificate) {
        assert_is_one_origin(&Server::tls(apache.address(), certificate.der.clone()));
    }
}

#[test]
fn a_proxy_that_asks_for_a_login_must_except_preflights() {
    let (address, _) = program();
    let certificate = Certificate::new();
    let sent = |proxy: &Server| {
        let outcome = proxy.fetch(&page(APP), signed_put());
        let statuses = outcome.trace().exchanges.iter();
        let statuses: Vec<u16> = statuses.map(|it| it.response.status.as_u16()).collect();
        statuses
    };

    let text = configuration("behind-a-proxy.md", "nginx", "nginx");
    let pass = "proxy_pass http://127.0.0.1:8080;";
    for (login, expected) in [
        ("deny all;", &[403][..]),
        ("limit_except OPTIONS { deny all; }", &[204, 403]),
    ] {
        let text = replaced(&text, pass, &format!("{login} {pass}"));
        if let Some(nginx) = Proxy::nginx(&text, address, &certificate) {
            let proxy = Server::tls(nginx.address(), certificate.der.clone());
            assert_eq!(sent(&proxy), expected, "{login}");
        }
    }

    let text = configuration("behind-a-proxy.md", "Apache", "apache");
    for (login, expected) in [
        ("Require all denied", &[403][..]),
        (
            "<LimitExcept OPTIONS>\nRequire all denied\n</LimitExcept>",
            &[204, 403],
        ),
    ] {
        let location = format!("<Location />\n{login}\n</Location>\n</VirtualHost>");
        let text = replaced(&text, "</VirtualHost>", &location);
        if let Some(apache) = Proxy::apache(&text, address, &certificate) {
            let proxy = Server::tls(apache.address(), certificate.der.clone());
            assert_eq!(sent(&proxy), expected, "{login}");
        }
    }
}

/// A program without CORS, with its routes below `/api` and beside it.
fn silent() -> SocketAddr {
    support::serve(|| {
        let refused = || async { HttpResponse::Unauthorized().body("sign in first") };
        let routes = |config: &mut web::ServiceConfig| {
            config
                .route("/items", web::get().to(async || "items"))
                .route("/items", web::put().to(async || "updated"))
                .route("/inside", web::get().to(async || "inside"))
                .route("/login", web::get().to(refused));
        };
        App::new()
            .service(web::scope("/api").configure(routes))
            .configure(routes)
    })
}

#[test]
fn the_recipe_for_nginx_has_the_mistakes_that_the_page_names() {
    let recipe = configuration("coming-from.md", "nginx", "nginx");
    let start = |program: SocketAddr| {
        let recipe = replaced(&recipe, "127.0.0.1:8080", &program.to_string());
        // A nested location that adds a header of its own.
        let (most, _) = recipe.rsplit_once('}').expect("a block");
        let inside = format!(
            "location /api/inside {{ add_header Cache-Control no-store; proxy_pass http://{program}; }}"
        );
        let server = format!("server {{ listen 127.0.0.1:{{port}}; {most} {inside} }} }}");
        Nginx::start(&in_nginx(&server))
    };
    let Some(nginx) = start(silent()) else {
        return;
    };
    let proxy = Server::plain(nginx.address());
    let says = |origin: &str, fetch: Fetch| proxy.fetch(&page(origin), fetch);

    let stolen = says(EVIL, Fetch::get("/api/items").credentials());
    assert_eq!(said(&stolen), "reads 200", "any page reads as the user");
    let response = &stolen.trace().request().expect("sent").response;
    assert!(!response.headers.contains_key("vary"));

    let refused = says(APP, Fetch::get("/api/login"));
    assert_eq!(said(&refused), "blocked (origin)", "{refused}");
    let response = &refused.trace().request().expect("sent").response;
    assert_eq!(response.status, 401);

    let put = says(APP, Fetch::put("/api/items").credentials());
    assert_eq!(said(&put), "blocked (wildcard)", "{put}");
    let put = says(EVIL, Fetch::put("/api/items"));
    assert_eq!(
        said(&put),
        "reads 200",
        "any page may write without cookies"
    );
    let inside = says(APP, Fetch::get("/api/inside"));
    assert_eq!(said(&inside), "blocked (origin)", "{inside}");

    let host = || ("host", "api.example.com".to_owned());
    let nowhere = proxy.send("OPTIONS", "/api/nowhere", &[host()], "");
    assert_eq!(
        nowhere.status, 204,
        "the recipe answers OPTIONS for every path"
    );

    // In front of a program with policies, the recipe doubles the header.
    let (program, _) = program();
    let doubling = recipe.replace("location /api/", "location /");
    let doubling = replaced(&doubling, "127.0.0.1:8080", &program.to_string());
    let server = format!("server {{ listen 127.0.0.1:{{port}}; {doubling} }}");
    let nginx = Nginx::start(&in_nginx(&server)).expect("it was there");
    let outcome = Server::plain(nginx.address()).fetch(&page(APP), Fetch::get("/items"));
    assert_eq!(said(&outcome), "blocked (origin)", "{outcome}");
    let response = &outcome.trace().request().expect("sent").response;
    let origins = response.headers.get_all("access-control-allow-origin");
    assert_eq!(origins.count(), 2);
}

#[test]
fn the_recipe_for_apache_has_the_mistakes_that_the_page_names() {
    let recipe = configuration("coming-from.md", "Apache", "apache");
    let configuration = format!(
        "{recipe}\n<Location /closed>\nRequire all denied\n</Location>\nProxyPass / http://{}/\n",
        silent()
    );
    let modules = ["proxy", "proxy_http", "headers", "setenvif"];
    let Some(apache) = Apache::start(&modules, &configuration, &[]) else {
        return;
    };
    let proxy = Server::plain(apache.address);
    let get = |origin: &str, path: &str| proxy.fetch(&page(origin), Fetch::get(path).credentials());

    let ours = get("https://www.example.org", "/items");
    assert_eq!(said(&ours), "reads 200", "{ours}");
    let response = &ours.trace().request().expect("sent").response;
    assert!(!response.headers.contains_key("vary"));
    let dash = get("https://example-com", "/items");
    assert_eq!(said(&dash), "reads 200", "{dash}");

    let longer = get("https://example.com.evil.net", "/items");
    assert_eq!(said(&longer), "blocked (origin)", "{longer}");
    let response = &longer.trace().request().expect("sent").response;
    let told = response.headers.get("access-control-allow-origin");
    assert_eq!(told.expect("one"), "https://example.com");

    let nobody = get(EVIL, "/items");
    let response = &nobody.trace().request().expect("sent").response;
    let told = [
        "access-control-allow-credentials",
        "access-control-allow-methods",
    ];
    assert!(told.iter().all(|name| response.headers.contains_key(*name)));

    let refused = get("https://example.com", "/login");
    assert_eq!(said(&refused), "reads 401", "the program's 401: {refused}");
    let closed = get("https://example.com", "/closed");
    assert_eq!(
        said(&closed),
        "blocked (origin)",
        "Apache's own 403: {closed}"
    );
    let response = &closed.trace().request().expect("sent").response;
    assert_eq!(response.status, 403);

    // The program behind does not answer OPTIONS.
    let put = proxy.fetch(&page("https://example.com"), Fetch::put("/items"));
    assert!(put.trace().request().is_none(), "{put}");
}
