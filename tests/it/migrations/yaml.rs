//! A gateway whose settings are a YAML file: origins, methods, headers, max age and credentials, each of them optional.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, error, web};
use cors_runtime::test::{Fetch, Page};
use cors_runtime::{Cors, PolicyConfig, PolicyConfigError, Rule, RuntimePolicy};
use serde::Deserialize;
use serde_json::json;

use super::{
    ABSENT, Difference, METHODS, NO_VARY, PREFLIGHT_VARY, REFUSED, STATUS, VARY, any_header,
    anyone, compare, differs, row,
};

#[derive(Deserialize)]
struct Settings {
    cors: Section,
}

/// The gateway keeps its own names for the keys, so that the files of its users stay as they are.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Section {
    enabled: bool,
    allow_origins: Option<Vec<String>>,
    allow_methods: Option<Vec<String>>,
    allow_headers: Option<Vec<String>>,
    expose_headers: Vec<String>,
    supports_credentials: bool,
    max_age: Option<u32>,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            enabled: true,
            allow_origins: None,
            allow_methods: None,
            allow_headers: None,
            expose_headers: Vec::new(),
            supports_credentials: false,
            max_age: None,
        }
    }
}

fn section(yaml: &str) -> Section {
    let settings: Settings = serde_saphyr::from_str(yaml).expect("settings");
    settings.cors
}

impl Section {
    /// A missing key allows everything. An invalid method is dropped.
    fn actix_cors(&self) -> actix_cors::Cors {
        let mut cors = actix_cors::Cors::default();
        cors = match &self.allow_origins {
            Some(origins) => origins
                .iter()
                .fold(cors, |cors, origin| cors.allowed_origin(origin)),
            None => cors.allow_any_origin(),
        };
        cors = match &self.allow_methods {
            Some(methods) => {
                let methods = methods
                    .iter()
                    .map(|method| Method::from_bytes(method.as_bytes()));
                cors.allowed_methods(methods.filter_map(Result::ok))
            }
            None => cors.allow_any_method(),
        };
        cors = match &self.allow_headers {
            Some(headers) => cors.allowed_headers(headers.iter().map(String::as_str)),
            None => cors.allow_any_header(),
        };
        cors = cors.expose_headers(self.expose_headers.iter().map(String::as_str));
        if self.supports_credentials {
            cors = cors.supports_credentials();
        }
        cors.max_age(self.max_age.map(|seconds| seconds as usize))
    }

    fn policy(&self) -> PolicyConfig {
        let any = |list: &Option<Vec<String>>| list.clone().unwrap_or_else(|| vec!["*".to_owned()]);
        PolicyConfig {
            origins: any(&self.allow_origins),
            methods: Some(any(&self.allow_methods)),
            headers: self
                .allow_headers
                .clone()
                .unwrap_or_else(|| vec!["*".to_owned(), "authorization".to_owned()]),
            expose_headers: self.expose_headers.clone(),
            credentials: self.supports_credentials,
            max_age: self.max_age.map(i64::from),
            ..PolicyConfig::default()
        }
    }

    /// The layer under actix-cors, if it is enabled.
    fn theirs(&self) -> Condition<actix_cors::Cors> {
        Condition::new(self.enabled, self.actix_cors())
    }

    /// The layer of this crate, which is always there.
    fn ours(&self) -> Result<Cors, PolicyConfigError> {
        Ok(Cors::with(if self.enabled {
            self.policy().check_in("cors")?
        } else {
            RuntimePolicy::nobody()
        }))
    }
}

/// The app with its CORS layer outside of authentication.
macro_rules! app {
    ($cors:expr) => {
        init_service(
            App::new()
                .configure(routes)
                .wrap(from_fn(signed_in))
                .wrap($cors),
        )
        .await
    };
}

/// The app with the section of a file under actix-cors, and under this crate.
macro_rules! both_apps {
    ($yaml:expr) => {{
        let section = section($yaml);
        let ours = section.ours().expect("a good policy");
        (app!(section.theirs()), app!(ours))
    }};
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/graphql", web::get().to(answer))
        .route("/graphql", web::post().to(answer))
        .route("/subgraphs/{name}", web::put().to(answer))
        .route("/subgraphs/{name}", web::delete().to(answer));
}

async fn answer() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("x-trace-id", "7"))
        .insert_header(("x-cache", "miss"))
        .json(json!({ "data": null }))
}

async fn signed_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.cookie("session").is_some() || request.headers().contains_key("authorization") {
        Ok(next.call(request).await?.map_into_boxed_body())
    } else {
        Err(error::ErrorUnauthorized("sign in first"))
    }
}

const EVERYTHING: &str = "
cors:
  allow_origins: ['https://studio.example.com', 'http://localhost:5173']
  allow_methods: [GET, POST, PUT]
  allow_headers: [content-type, x-client]
  expose_headers: [x-trace-id]
  supports_credentials: true
  max_age: 600
";

#[actix_web::test]
async fn a_file_with_every_key_gives_the_same_policy() {
    let (theirs, ours) = both_apps!(EVERYTHING);

    let studio = Page::at("https://studio.example.com").cookie("session", "1");
    let local = Page::at("http://localhost:5173");
    let stranger = Page::at("https://evil.example").cookie("session", "1");
    let query = Fetch::post("/graphql")
        .header("content-type", "application/json")
        .body("{}")
        .credentials();
    let put = Fetch::put("/subgraphs/a").credentials();
    #[rustfmt::skip]
    let rows = [
        row("a query", &studio, query.clone(), [STATUS, VARY]),
        row("a query without cookies", &studio, Fetch::get("/graphql"), [VARY]),
        row("a query of another listed page", &local, query.clone(), [STATUS, VARY]),
        row("a listed header", &studio, query.clone().header("x-client", "1"), [STATUS, VARY]),
        row("another header", &studio, query.clone().header("x-other", "1"), named("blocked (header)")),
        row("a listed method", &studio, put.clone(), [STATUS, VARY]),
        row("another method", &studio, Fetch::delete("/subgraphs/a").credentials(), named("blocked (method)")),
        row("a stranger's query", &stranger, query.clone(), REFUSED),
        row("a stranger's form", &stranger, Fetch::post("/graphql").body("{}").credentials(), [
            differs("response's access-control-allow-credentials", "true", ABSENT, UNREAD),
            differs("response's access-control-expose-headers", "x-trace-id", ABSENT, UNREAD),
            VARY,
        ]),
        row("a path that is not there", &studio, Fetch::get("/nothing").credentials(), [VARY]),
    ];
    compare(&theirs, &ours, &rows).await;
}

const UNREAD: &str =
    "a page that may not read the response needs no headers that say what it could read";

/// The differences of a preflight of a listed page that fails because of its method or header.
fn named(cause: &'static str) -> [Difference; 8] {
    const NAMED: &str = "the answer says what is allowed, so that the browser's console names the method or header that is not";
    [
        differs("script sees", "blocked (origin)", cause, NAMED),
        differs("preflight's status", "400", "204", NAMED),
        differs(
            "preflight's access-control-allow-credentials",
            ABSENT,
            "true",
            NAMED,
        ),
        differs(
            "preflight's access-control-allow-headers",
            ABSENT,
            "content-type, x-client",
            NAMED,
        ),
        differs(
            "preflight's access-control-allow-methods",
            ABSENT,
            "GET, POST, PUT",
            NAMED,
        ),
        differs(
            "preflight's access-control-allow-origin",
            ABSENT,
            "https://studio.example.com",
            NAMED,
        ),
        differs("preflight's access-control-max-age", ABSENT, "600", NAMED),
        PREFLIGHT_VARY,
    ]
}

#[actix_web::test]
async fn an_empty_section_allows_everyone_without_credentials() {
    let (theirs, ours) = both_apps!("cors: {}");

    let page = Page::at(ANYWHERE).cookie("session", "1");
    let query = Fetch::post("/graphql")
        .header("content-type", "application/json")
        .body("{}");
    #[rustfmt::skip]
    let rows = [
        row("a query with a token", &page, query.clone().header("authorization", "Bearer 1"),
            [&asked("authorization, content-type")[..], &READ].concat()),
        row("a query that is turned away", &page, query.clone(), [&asked("content-type")[..], &READ].concat()),
        row("a query with cookies, which nobody may send", &page, query.clone().credentials(), [
            &asked("content-type")[..],
            &[differs("script sees", "blocked (credentials)", "blocked (wildcard)", "the answer breaks two checks: the browser names the other one")],
        ].concat()),
    ];
    compare(&theirs, &ours, &rows).await;
}

fn asked(headers: &'static str) -> [Difference; 4] {
    let origin = anyone("preflight's access-control-allow-origin", ANYWHERE);
    [STATUS, METHODS, origin, any_header(headers)]
}

const READ: [Difference; 2] = [
    anyone("response's access-control-allow-origin", ANYWHERE),
    NO_VARY,
];

const ANYWHERE: &str = "https://anywhere.example";

#[actix_web::test]
async fn a_disabled_section_allows_nobody() {
    let (theirs, ours) = both_apps!(&EVERYTHING.replace("cors:", "cors:\n  enabled: false"));
    let page = Page::at("https://studio.example.com").cookie("session", "1");
    #[rustfmt::skip]
    let rows = [
        row("a query", &page, Fetch::get("/graphql").credentials(), [
            differs("response's vary", ABSENT, "origin", "the policy can be replaced while the server runs, and name origins then"),
        ]),
        row("a page that asks first", &page, Fetch::put("/subgraphs/a").credentials(), [
            differs("preflight's status", "401", "403", "the layer answers, and authentication is not asked"),
            PREFLIGHT_VARY,
        ]),
    ];
    compare(&theirs, &ours, &rows).await;
}

#[actix_web::test]
async fn everyone_with_credentials_is_refused_at_start() {
    let section = section("cors: { supports_credentials: true }");
    let theirs = app!(section.theirs());
    let stranger = Page::at("https://evil.example").cookie("session", "1");
    let read = stranger
        .fetch(&theirs, Fetch::get("/graphql").credentials())
        .await;
    assert!(
        read.is_readable(),
        "any page reads what the user may: {read}"
    );

    let error = section.ours().expect_err("no policy");
    let [mistake] = error.mistakes() else {
        panic!("{error}");
    };
    assert_eq!(mistake.rule(), Rule::WildcardWithCredentials);
    assert_eq!(
        mistake.help(),
        Some("list the origins that may act as the user, or leave out `credentials`")
    );
}

#[test]
fn each_value_that_actix_cors_ignores_is_a_named_mistake() {
    let section = section(
        "
cors:
  allow_origins: ['https://studio.example.com/']
  allow_methods: [GET, 'P UT', patch]
  allow_headers: [content-type, Content-Type, access-control-allow-origin]
  max_age: 31536000
",
    );
    let _ = section.actix_cors();
    let error = section.ours().expect_err("six mistakes");
    let said: Vec<String> = error
        .mistakes()
        .iter()
        .map(|mistake| format!("{} {}", mistake.place(), mistake.rule().name()))
        .collect();
    assert_eq!(
        said,
        [
            "cors.origins[0] origin_with_path",
            "cors.methods[1] invalid_method",
            "cors.methods[2] method_not_uppercase",
            "cors.headers[1] duplicate_header",
            "cors.headers[2] misplaced_header",
            "cors.max_age invalid_max_age",
        ]
    );
}
