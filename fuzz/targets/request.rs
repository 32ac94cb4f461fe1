//! A whole request to mounted apps: none of the defects of `docs/never.md` happens.
//!
//! An input is the head of an HTTP/1.1 request, as a client sends it. Three apps have the same handlers: one without a layer, one with
//! `Cors::annotated()` around authentication, one with a fallback. A fourth app has no `#[cors]`: it shows to which handler the router
//! gives a request.

#![cfg_attr(fuzzing, no_main)]

use std::cell::Cell;

use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, error, rt, web};
use cors_runtime::{Cors, cors};
use futures_util::future::LocalBoxFuture;

cors_fuzz::target!(any_request);

const APP: &str = "https://app.example.com";
const ADMIN: &str = "https://admin.example.com";

/// The policy of a handler, written down once more.
struct Told {
    name: &'static str,
    allows: fn(&str) -> bool,
    is_open: bool,
    credentials: bool,
    exposed: Option<&'static str>,
    enforce: bool,
}

const NOTHING: Told = Told {
    name: "",
    allows: |_| false,
    is_open: false,
    credentials: false,
    exposed: None,
    enforce: false,
};

const TOLD: [Told; 6] = [
    Told {
        name: "read",
        allows: |origin| origin == APP,
        credentials: true,
        exposed: Some("x-total"),
        ..NOTHING
    },
    Told {
        name: "update",
        allows: |origin| origin == ADMIN,
        ..NOTHING
    },
    Told {
        name: "remove",
        allows: is_pattern,
        ..NOTHING
    },
    Told {
        name: "open",
        is_open: true,
        ..NOTHING
    },
    Told {
        name: "vote",
        allows: |origin| origin == APP,
        enforce: true,
        ..NOTHING
    },
    Told {
        name: "echo",
        allows: |origin| origin == APP,
        credentials: true,
        ..NOTHING
    },
];

const FALLBACK: Told = Told {
    name: "fallback",
    allows: |origin| origin == "https://fallback.example",
    ..NOTHING
};

/// `https://*.example.org` and `http://localhost:*`.
fn is_pattern(origin: &str) -> bool {
    let is_label = |label: &str| {
        let is_byte =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        (1..=63).contains(&label.len()) && label.bytes().all(is_byte)
    };
    let subdomain = origin
        .strip_prefix("https://")
        .and_then(|host| host.strip_suffix(".example.org"));
    let port = origin.strip_prefix("http://localhost:");
    origin == "http://localhost"
        || subdomain.is_some_and(|name| name.len() < 240 && name.split('.').all(is_label))
        || port.is_some_and(|port| {
            port != "80"
                && port
                    .parse::<u16>()
                    .is_ok_and(|number| number > 0 && number.to_string() == port)
        })
}

thread_local! {
    static RAN: Cell<u32> = const { Cell::new(0) };
}

fn ran(name: &'static str) -> HttpResponse {
    RAN.set(RAN.get() + 1);
    HttpResponse::Ok()
        .insert_header(("x-ran", name))
        .insert_header(("vary", "accept"))
        .finish()
}

macro_rules! handlers {
    ($($(#[$attribute:meta])* $name:ident;)*) => {
        mod annotated {
            use super::{HttpResponse, cors, ran};
            use actix_web::{delete, get, post, put, route};
            $($(#[$attribute])* pub(super) async fn $name() -> HttpResponse { ran(stringify!($name)) })*
        }
    };
}

handlers! {
    #[cors(origins = ["https://app.example.com"], credentials, expose_headers = ["x-total"])]
    #[get("/items/{id}")]
    read;
    #[cors(origins = ["https://admin.example.com"], headers = ["content-type"], max_age = 60)]
    #[put("/items/{id}")]
    update;
    #[cors(origins = ["https://*.example.org", "http://localhost:*"])]
    #[delete("/items/{id:[0-9]+}")]
    remove;
    #[cors(origins = ["*"], headers = ["*"])]
    #[route("/open", method = "GET", method = "POST")]
    open;
    #[cors(origins = ["https://app.example.com"], enforce)]
    #[post("/vote")]
    vote;
    #[cors(origins = ["https://app.example.com"], headers = ["*"], credentials)]
    #[put("/echo/{tail:.*}")]
    echo;
    #[cors(off)]
    #[get("/off")]
    off;
}

#[cors(origins = ["https://fallback.example"], methods = ["*"])]
struct Fallback;

fn annotated(app: &mut web::ServiceConfig) {
    use annotated::{echo, off, open, read, remove, update, vote};
    app.service(read)
        .service(update)
        .service(remove)
        .service(open)
        .service(vote)
        .service(echo)
        .service(off)
        .route("/plain/{tail:.*}", web::to(async || ran("plain")))
        .service(web::scope("/s/{tenant}").service(read).service(update));
}

/// The same routes, without a policy.
fn plain(app: &mut web::ServiceConfig) {
    app.route("/items/{id}", web::get().to(async || ran("read")))
        .route("/items/{id}", web::put().to(async || ran("update")))
        .route(
            "/items/{id:[0-9]+}",
            web::delete().to(async || ran("remove")),
        )
        .route("/open", web::get().to(async || ran("open")))
        .route("/open", web::post().to(async || ran("open")))
        .route("/vote", web::post().to(async || ran("vote")))
        .route("/echo/{tail:.*}", web::put().to(async || ran("echo")))
        .route("/off", web::get().to(async || ran("off")))
        .route("/plain/{tail:.*}", web::to(async || ran("plain")))
        .service(
            web::scope("/s/{tenant}")
                .route("/items/{id}", web::get().to(async || ran("read")))
                .route("/items/{id}", web::put().to(async || ran("update"))),
        );
}

async fn bearer(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key("authorization") {
        next.call(request).await
    } else {
        Err(error::ErrorUnauthorized("who are you?"))
    }
}

type Ask = Box<dyn Fn(Request) -> LocalBoxFuture<'static, HttpResponse>>;

struct Apps {
    system: rt::SystemRunner,
    router: Ask,
    bare: Ask,
    layered: Ask,
    fallback: Ask,
}

fn asked<S>(app: S) -> Ask
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error> + 'static,
    S::Future: 'static,
{
    Box::new(move |request| {
        let response = app.call(request);
        Box::pin(async move {
            match response.await {
                Ok(response) => response.into(),
                Err(error) => error.error_response(),
            }
        })
    })
}

impl Apps {
    fn new() -> Self {
        let system = rt::System::new();
        let (router, bare, layered, fallback) = system.block_on(async {
            (
                asked(init_service(App::new().configure(plain)).await),
                asked(init_service(App::new().configure(annotated)).await),
                asked(
                    init_service(
                        App::new()
                            .configure(annotated)
                            .wrap(from_fn(bearer))
                            .wrap(Cors::annotated()),
                    )
                    .await,
                ),
                asked(
                    init_service(
                        App::new()
                            .configure(annotated)
                            .wrap(Cors::annotated().fallback::<Fallback>()),
                    )
                    .await,
                ),
            )
        });
        Self {
            system,
            router,
            bare,
            layered,
            fallback,
        }
    }

    /// The response of an app, and the number of handlers that ran for it.
    fn ask(&self, app: &Ask, request: &Head, method: &Method) -> (HttpResponse, u32) {
        let before = RAN.get();
        let mut built = TestRequest::default()
            .method(method.clone())
            .uri(&request.target);
        for (name, value) in &request.headers {
            built = built.append_header((name.clone(), value.clone()));
        }
        let response = self.system.block_on(app(built.to_request()));
        (response, RAN.get() - before)
    }
}

thread_local! {
    /// Leaked, because a runtime must not be dropped at the end of a thread.
    static APPS: &'static Apps = Box::leak(Box::new(Apps::new()));
}

struct Head {
    method: Method,
    target: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Head {
    fn read(input: &[u8]) -> Option<Self> {
        let mut lines = [httparse::EMPTY_HEADER; 48];
        let mut head = httparse::Request::new(&mut lines);
        head.parse(input).ok()?;
        let target = head.path?;
        // `TestRequest` panics at any other target.
        target
            .parse::<Uri>()
            .ok()
            .filter(|uri| uri.path().starts_with('/'))?;
        Some(Self {
            method: head.method?.parse().ok()?,
            target: target.to_owned(),
            headers: head
                .headers
                .iter()
                .take_while(|line| !line.name.is_empty())
                .filter_map(|line| {
                    Some((
                        line.name.parse().ok()?,
                        HeaderValue::from_bytes(line.value).ok()?,
                    ))
                })
                .collect(),
        })
    }

    fn all(&self, name: &str) -> Vec<&HeaderValue> {
        let lines = self.headers.iter().filter(|(line, _)| line == name);
        lines.map(|(_, value)| value).collect()
    }

    fn has(&self, name: &str) -> bool {
        !self.all(name).is_empty()
    }

    /// The origin, if the request has a single one.
    fn origin(&self) -> Option<&str> {
        match self.all("origin")[..] {
            [origin] => origin.to_str().ok(),
            _ => None,
        }
    }

    /// The method that a preflight asks for.
    fn asks_for(&self) -> Option<Method> {
        let is_token = |text: &str| {
            let is_byte =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            !text.is_empty() && text.bytes().all(is_byte)
        };
        match self.all("access-control-request-method")[..] {
            [method] if self.method == Method::OPTIONS && self.has("origin") => method
                .to_str()
                .ok()
                .filter(|method| is_token(method))?
                .parse()
                .ok(),
            _ => None,
        }
    }
}

fn any_request(input: &[u8]) {
    let Some(head) = Head::read(input) else {
        return;
    };
    APPS.with(|apps| {
        let asks_for = head.asks_for();
        let method = asks_for.as_ref().unwrap_or(&head.method);
        let (routed, _) = apps.ask(&apps.router, &head, method);
        let name = ran_by(&routed);
        let told = TOLD.iter().find(|told| told.name == name);

        let (bare, runs) = apps.ask(&apps.bare, &head, &head.method);
        check(&head, &bare, runs, told);
        if asks_for.is_none() {
            assert_ran_or_refused(&head, &bare, &name, told);
        }

        let (layered, runs) = apps.ask(&apps.layered, &head, &head.method);
        if !head.has("authorization") {
            assert_eq!(runs, 0, "a handler ran without authorization");
            let is_answered = matches!(layered.status().as_u16(), 204 | 403) && asks_for.is_some();
            assert!(is_answered || layered.status() == 401, "{layered:?}");
        }
        check(&head, &layered, runs, told);

        let (fallen, runs) = apps.ask(&apps.fallback, &head, &head.method);
        if told.is_some() {
            check(&head, &fallen, runs, told);
        } else if !matches!(name.as_str(), "off") {
            // The layer adds nothing if the request may be for another path, or for the handler that is off.
            if fallen.headers().contains_key("access-control-allow-origin") {
                check(&head, &fallen, runs, Some(&FALLBACK));
            }
        }
    });
}

fn ran_by(response: &HttpResponse) -> String {
    let name = response
        .headers()
        .get("x-ran")
        .and_then(|name| name.to_str().ok());
    name.unwrap_or_default().to_owned()
}

/// The handler that the router chooses has run, unless `enforce` refuses.
fn assert_ran_or_refused(head: &Head, response: &HttpResponse, name: &str, told: Option<&Told>) {
    let runs = ran_by(response);
    let Some(told) = told.filter(|told| told.enforce) else {
        assert_eq!(runs, name, "{response:?}");
        return;
    };
    let is_listed = head.origin().is_some_and(told.allows);
    let has_no_origin = !head.has("origin");
    let is_own = head.has("sec-fetch-site") || is_own_origin(head);
    if is_listed || has_no_origin {
        assert_eq!(runs, name, "{response:?}");
    } else if !is_own {
        assert_eq!(
            (runs.as_str(), response.status().as_u16()),
            ("", 403),
            "{response:?}"
        );
    }
    if head.all("sec-fetch-site").len() > 1 && !is_listed && !has_no_origin {
        assert_eq!(runs, "", "{response:?}");
    }
}

/// Whether the origin may be the request's own, because its host appears in the request.
fn is_own_origin(head: &Head) -> bool {
    let Some((_, host)) = head.origin().and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    let bare = host.split(':').next().unwrap_or_default();
    let says = |name| {
        let lines = head.all(name).into_iter();
        lines.filter_map(|value| value.to_str().ok()).any(|value| {
            value
                .to_ascii_lowercase()
                .contains(&bare.to_ascii_lowercase())
        })
    };
    let target = head.target.to_ascii_lowercase();
    !bare.is_empty()
        && (["host", "forwarded", "x-forwarded-host"].into_iter().any(says)
            || target.contains(&bare.to_ascii_lowercase())
            // `TestRequest` gives a request this host.
            || bare.eq_ignore_ascii_case("localhost"))
}

/// Compares a response with the policy of the handler to which the router gives the request. For a preflight, that is the handler of
/// the request after it.
fn check(head: &Head, response: &HttpResponse, runs: u32, told: Option<&Told>) {
    let headers = response.headers();
    let shown = || format!("{response:?}");
    assert!(runs <= 1, "{}", shown());
    let is_preflight = head.asks_for().is_some();
    if is_preflight && told.is_some() {
        assert_eq!(runs, 0, "a preflight ran a handler: {}", shown());
    }
    let length: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let asked: usize = head
        .all("access-control-request-headers")
        .iter()
        .map(|line| line.len())
        .sum();
    assert!(length < 1000 + asked.min(8192), "{}", shown());

    let allowed: Vec<_> = headers.get_all("access-control-allow-origin").collect();
    assert!(allowed.len() <= 1, "{}", shown());
    let Some(told) = told else {
        let says = headers
            .keys()
            .find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(says, None, "{}", shown());
        return;
    };
    let may_read = match head.origin() {
        _ if told.is_open => Some("*"),
        Some(origin) if (told.allows)(origin) => Some(origin),
        _ => None,
    };
    if let Some(value) = allowed.first() {
        assert_eq!(value.to_str().ok(), may_read, "{}", shown());
    } else if runs == 1 || response.status() == 204 {
        assert_eq!(may_read, None, "{}", shown());
    }
    let is_allowed = !allowed.is_empty();
    let credentials = headers.contains_key("access-control-allow-credentials");
    assert_eq!(credentials, is_allowed && told.credentials, "{}", shown());
    let exposed = headers
        .get("access-control-expose-headers")
        .and_then(|value| value.to_str().ok());
    let may_expose = told.exposed.filter(|_| is_allowed && !is_preflight);
    assert_eq!(exposed, may_expose, "{}", shown());
    if !is_preflight {
        for name in ["allow-methods", "allow-headers", "max-age"] {
            assert!(
                !headers.contains_key(format!("access-control-{name}")),
                "{}",
                shown()
            );
        }
    }
    check_vary(headers, runs == 1 && !told.is_open, runs == 1);
}

fn check_vary(headers: &HeaderMap, by_origin: bool, is_handlers: bool) {
    let lines = headers
        .get_all("vary")
        .filter_map(|line| line.to_str().ok());
    let names: Vec<_> = lines
        .flat_map(|line| line.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut once = names.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), names.len(), "{names:?}");
    assert!(
        !by_origin || names.contains(&"origin".to_owned()),
        "{names:?}"
    );
    assert!(
        !is_handlers || names.contains(&"accept".to_owned()),
        "{names:?}"
    );
}
