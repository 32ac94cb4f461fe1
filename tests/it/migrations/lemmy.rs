//! A forum, after Lemmy: its settings list the allowed origins. Everyone is allowed if they list none or `"*"`, and in debug builds.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers, Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, error, web};
use cors_runtime::test::{Fetch, Page};
use cors_runtime::{Cors, PolicyConfig, PolicyConfigError, RuntimePolicy};
use serde::Deserialize;
use serde_json::json;

use super::{
    ABSENT, Difference, METHODS, NO_VARY, REFUSED, STATUS, VARY, any_header, anyone, compare,
    differs, row,
};

/// The settings as the administrator of the forum writes them.
#[derive(Deserialize)]
struct Settings {
    hostname: String,
    #[serde(default)]
    cors_origin: Vec<String>,
}

/// Lemmy asks `cfg!(debug_assertions)`.
#[derive(Clone, Copy, PartialEq)]
enum Build {
    Debug,
    Release,
}

fn settings(text: &str) -> Settings {
    serde_json::from_str(text).expect("settings")
}

impl Settings {
    fn own_origin(&self) -> String {
        format!("https://{}", self.hostname)
    }

    fn is_for_anyone(&self, build: Build) -> bool {
        let listed = &self.cors_origin;
        build == Build::Debug || listed.is_empty() || listed.iter().any(|origin| origin == "*")
    }
}

fn actix_cors(settings: &Settings, build: Build) -> actix_cors::Cors {
    let cors = actix_cors::Cors::default()
        .allow_any_method()
        .allow_any_header()
        .expose_any_header()
        .max_age(3600);
    if settings.is_for_anyone(build) {
        return cors.allow_any_origin();
    }
    let own = settings.own_origin();
    let listed = settings.cors_origin.iter().map(String::as_str);
    listed
        .chain([own.as_str()])
        .fold(cors, actix_cors::Cors::allowed_origin)
}

fn policy(settings: &Settings, build: Build) -> Result<RuntimePolicy, PolicyConfigError> {
    let list = |elements: &[&str]| elements.iter().map(ToString::to_string).collect();
    let origins = if settings.is_for_anyone(build) {
        list(&["*"])
    } else {
        [settings.cors_origin.clone(), vec![settings.own_origin()]].concat()
    };
    let config = PolicyConfig {
        origins,
        methods: Some(list(&["*"])),
        headers: list(&["*", "authorization"]),
        expose_headers: list(&["*"]),
        max_age: Some(3600),
        ..PolicyConfig::default()
    };
    config.check_in("cors")
}

/// The app with its CORS layer: outside of the layer, errors become JSON; inside, a session is read.
macro_rules! app {
    ($cors:expr) => {
        init_service(
            App::new()
                .configure(routes)
                .wrap(from_fn(session))
                .wrap($cors)
                .wrap(ErrorHandlers::new().default_handler(as_json)),
        )
        .await
    };
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::scope("/api/v4")
                .route("/site", web::get().to(site))
                .service(
                    web::resource("/post")
                        .wrap(from_fn(limited))
                        .route(web::post().to(post))
                        .route(web::put().to(post)),
                )
                .route("/post/list", web::get().to(posts)),
        )
        .route("/feeds/all.xml", web::get().to(feed));
}

async fn site() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "name": "forum" }))
}

async fn post(post: web::Json<String>) -> HttpResponse {
    HttpResponse::Ok().json(post)
}

async fn posts() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("x-next-page", "2"))
        .json(json!([]))
}

async fn feed() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/rss+xml")
        .body("<rss/>")
}

/// Refuses a wrong token, and passes a request without a token on.
async fn session(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let token = request.headers().get("authorization");
    if token.is_some_and(|token| token != "Bearer ada") {
        return Err(error::ErrorUnauthorized("not_logged_in"));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Turns away users who have not signed in.
async fn limited(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key("authorization") {
        Ok(next.call(request).await?.map_into_boxed_body())
    } else {
        Err(error::ErrorTooManyRequests("rate_limit_error"))
    }
}

/// Makes JSON of plain errors.
#[expect(clippy::unnecessary_wraps, reason = "`ErrorHandlers` asks for it")]
fn as_json<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
) -> Result<ErrorHandlerResponse<B>, Error> {
    let (request, response) = response.into_parts();
    let status = response.status();
    let mut response = response.set_body(json!({ "status": status.as_u16() }).to_string());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let response = ServiceResponse::new(request, response).map_into_boxed_body();
    Ok(ErrorHandlerResponse::Response(
        response.map_into_right_body(),
    ))
}

/// actix-cors names the headers that the response has before the middleware outside adds others.
const fn exposed(names: &'static str) -> Difference {
    differs(
        "response's access-control-expose-headers",
        names,
        "*",
        "without credentials, `*` exposes all headers",
    )
}

const fn reads(before: &'static str, now: &'static str) -> Difference {
    differs(
        "script reads headers",
        before,
        now,
        "`*` also covers headers that are added after the list is made",
    )
}

const USUAL: &str = "access-control-allow-origin, content-type";

/// A response that script reads.
const READ: [Difference; 3] = [
    exposed(USUAL),
    VARY,
    reads(
        USUAL,
        "access-control-allow-origin, access-control-expose-headers, content-type, vary",
    ),
];

/// The same under a policy for anyone.
const READ_BY_ANYONE: [Difference; 4] = [
    anyone("response's access-control-allow-origin", APP),
    exposed(USUAL),
    NO_VARY,
    reads(
        USUAL,
        "access-control-allow-origin, access-control-expose-headers, content-type",
    ),
];

/// actix adds the `content-type` of a 404 after actix-cors has listed the response headers.
const LATE: Difference = exposed("access-control-allow-origin");

const fn asked(headers: &'static str) -> [Difference; 3] {
    [STATUS, METHODS, any_header(headers)]
}

const APP: &str = "https://app.example.com";
const BOTH: &str = "authorization, content-type";

const LISTED: &str = r#"{ "hostname": "forum.example", "cors_origin": ["https://app.example.com", "http://localhost:1234"] }"#;

#[actix_web::test]
async fn the_listed_origins_and_its_own_may_do_everything() {
    let settings = settings(LISTED);
    let theirs = app!(actix_cors(&settings, Build::Release));
    let policy = policy(&settings, Build::Release).expect("a good policy");
    let ours = app!(Cors::with(policy));

    let app = Page::at(APP).api_at("https://forum.example");
    let own = Page::at("https://forum.example").api_at("https://forum.example");
    let stranger = Page::at("https://evil.example").api_at("https://forum.example");
    let post = Fetch::post("/api/v4/post")
        .header("content-type", "application/json")
        .body(r#""hello""#);
    let signed_in = post.clone().header("authorization", "Bearer ada");
    #[rustfmt::skip]
    let rows = [
        row("a listed page", &app, Fetch::get("/api/v4/site"), READ),
        row("another path", &app, Fetch::get("/feeds/all.xml"), READ),
        row("a header of the app's own", &app, Fetch::get("/api/v4/post/list"), [
            exposed("access-control-allow-origin, content-type, x-next-page"),
            VARY,
            reads("access-control-allow-origin, content-type, x-next-page",
                "access-control-allow-origin, access-control-expose-headers, content-type, vary, x-next-page"),
        ]),
        row("a listed page writes", &app, signed_in.clone(), [&asked(BOTH)[..], &READ].concat()),
        row("too often", &app, post.clone(), [&asked("content-type")[..], &READ].concat()),
        row("with a token that is none", &app, post.clone().header("authorization", "Bearer eve"), [&asked(BOTH)[..], &READ].concat()),
        row("a path that is not there", &app, Fetch::get("/nothing"), [LATE, READ[1], READ[2]]),
        row("with cookies, which nobody may send", &app, Fetch::get("/api/v4/site").credentials(), [READ[0], VARY]),
        row("a page of its own", &own, signed_in.clone(), [READ[0], VARY]),
        row("a stranger reads", &stranger, Fetch::get("/api/v4/site"), [
            differs("response's access-control-expose-headers", "content-type", ABSENT,
                "a page that may not read the response needs no list of headers"),
            VARY,
        ]),
        row("a stranger writes", &stranger, signed_in.clone(), REFUSED),
    ];
    compare(&theirs, &ours, &rows).await;
}

#[actix_web::test]
async fn everyone_may_do_everything_in_a_debug_build_and_where_no_origin_is_listed() {
    for (text, build) in [
        (LISTED, Build::Debug),
        (r#"{ "hostname": "forum.example" }"#, Build::Release),
        (
            r#"{ "hostname": "forum.example", "cors_origin": ["*"] }"#,
            Build::Release,
        ),
    ] {
        let settings = settings(text);
        let theirs = app!(actix_cors(&settings, build));
        let policy = policy(&settings, build).expect("a good policy");
        let ours = app!(Cors::with(policy));
        let page = Page::at(APP).api_at("https://forum.example");
        let post = Fetch::post("/api/v4/post")
            .header("content-type", "application/json")
            .header("authorization", "Bearer ada")
            .body(r#""hello""#);
        #[rustfmt::skip]
        let rows = [
            row("anyone reads", &page, Fetch::get("/api/v4/site"), READ_BY_ANYONE),
            row("anyone writes", &page, post, [
                &asked(BOTH)[..], &[anyone("preflight's access-control-allow-origin", APP)], &READ_BY_ANYONE,
            ].concat()),
            row("with cookies, which nobody may send", &page, Fetch::get("/api/v4/site").credentials(), [
                &READ_BY_ANYONE[..3],
                &[differs("script sees", "blocked (credentials)", "blocked (wildcard)", "the answer breaks two checks: the browser names the other one")],
            ].concat()),
            row("a path that is not there", &page, Fetch::get("/nothing"),
                [&[LATE], &READ_BY_ANYONE[..1], &READ_BY_ANYONE[2..]].concat()),
        ];
        compare(&theirs, &ours, &rows).await;
    }
}

#[test]
fn a_mistake_in_the_settings_ends_the_start_and_is_named() {
    let settings = settings(
        r#"{ "hostname": "forum.example", "cors_origin": ["https://app.example.com/", "localhost:1234"] }"#,
    );
    // actix-cors accepts both origins without an error, although no browser sends either of them.
    let _ = actix_cors(&settings, Build::Release);
    let error = policy(&settings, Build::Release).expect_err("two mistakes");
    assert_eq!(
        error.to_string(),
        "\
the CORS policy is refused
cors.origins[0] \"https://app.example.com/\": origin_with_path: an origin has no path, not even a trailing `/`
help: write \"https://app.example.com\"
why: browsers send the origin alone, so this text would never match
cors.origins[1] \"localhost:1234\": origin_without_scheme: an origin begins with a scheme, such as `https://`
help: write \"http://localhost:1234\""
    );
}
