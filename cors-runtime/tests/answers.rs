//! The exact headers that each key of a policy gives to the answer to a preflight and to a response. The text and the status of each
//! refusal, by the handler and by a layer around it.

use actix_http::Request;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{RequestHead, Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, error, get, post, route, rt, web};
use cors_runtime::{Allows, Cors, OriginSource, cors};

const APP: &str = "https://app.example.com";

#[cors(origins = ["https://app.example.com"], methods = ["*"], credentials)]
struct AnyMethodAsTheUser;

#[cors(origins = ["https://app.example.com"], methods = ["*"])]
struct AnyMethod;

#[cors(origins = ["*"])]
struct Anyone;

#[cors(origins = ["https://app.example.com"], methods = ["PUT", "PURGE"], headers = ["X-B", "x-a"], max_age = 0)]
struct Listed;

#[cors(origins = ["https://app.example.com"], headers = ["*"], expose_headers = ["*"], max_age = 86400)]
struct AnyHeader;

#[cors(origins = ["https://app.example.com"], headers = ["*", "authorization"], expose_headers = ["ETag", "x-a"])]
struct AnyHeaderAndAuthorization;

#[cors(origins = ["https://app.example.com"], headers = ["*"], credentials)]
struct AnyHeaderAsTheUser;

fn preflight(origin: &str, method: &str) -> TestRequest {
    TestRequest::with_uri("/")
        .method(Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", method))
}

/// The headers of the protocol, sorted, without the common beginning of their names.
fn said(response: &HttpResponse<BoxBody>) -> Vec<String> {
    let headers = response.headers().iter();
    let mut said: Vec<_> = headers
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("access-control-")?;
            Some(format!("{name}: {}", value.to_str().expect("text")))
        })
        .collect();
    said.sort();
    said
}

async fn asked<S>(app: &S, request: TestRequest) -> HttpResponse<BoxBody>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    match app.call(request.to_request()).await {
        Ok(response) => response.into(),
        Err(error) => {
            // A middleware outside logs the text that the client gets.
            let response = error.error_response();
            assert_eq!(error.as_response_error().status_code(), response.status());
            response
        }
    }
}

macro_rules! around {
    ($policy:ty) => {
        init_service(
            App::new()
                .route("/", web::to(async || "by hand"))
                .wrap(Cors::of::<$policy>()),
        )
        .await
    };
}

#[test]
fn a_preflight_is_answered_key_by_key() {
    const USER: &str = "allow-credentials: true";
    const ORIGIN: &str = "allow-origin: https://app.example.com";
    let safelisted = "allow-methods: GET, HEAD, POST";
    rt::System::new().block_on(async {
        // With credentials browsers read `*` as a name, so the method that is asked for is repeated, if it is short.
        let app = around!(AnyMethodAsTheUser);
        let long = "M".repeat(256);
        for (method, expected) in [("PURGE", "PURGE"), (&long, &long)] {
            let methods = format!("allow-methods: {expected}");
            let reply = asked(&app, preflight(APP, method)).await;
            assert_eq!(said(&reply), [USER, &methods, ORIGIN]);
        }
        let longer = "M".repeat(257);
        assert_eq!(
            said(&asked(&app, preflight(APP, &longer)).await),
            [USER, safelisted, ORIGIN]
        );

        let reply = asked(&around!(AnyMethod), preflight(APP, "PURGE")).await;
        assert_eq!(said(&reply), ["allow-methods: *", ORIGIN]);
        let reply = asked(&around!(Anyone), preflight(APP, "PURGE")).await;
        assert_eq!(said(&reply), [safelisted, "allow-origin: *"]);
        let reply = asked(&around!(Listed), preflight(APP, "PURGE")).await;
        let headers = "allow-headers: x-b, x-a";
        assert_eq!(
            said(&reply),
            [headers, "allow-methods: PUT, PURGE", ORIGIN, "max-age: 0"]
        );
        let reply = asked(&around!(AnyHeader), preflight(APP, "GET")).await;
        assert_eq!(
            said(&reply),
            ["allow-headers: *", safelisted, ORIGIN, "max-age: 86400"]
        );
        let reply = asked(&around!(AnyHeaderAndAuthorization), preflight(APP, "GET")).await;
        assert_eq!(
            said(&reply),
            ["allow-headers: *, authorization", safelisted, ORIGIN]
        );
    });
}

#[test]
fn requested_headers_are_repeated_up_to_a_bound() {
    const NAME: &str = "access-control-request-headers";
    rt::System::new().block_on(async {
        let app = around!(AnyHeaderAsTheUser);
        let half = "x".repeat(4096);
        let more = format!("{half}x");
        let one = ["x-a"; 17];
        let cases: [(&[&str], usize); 6] = [
            (&[], 0),
            (&one[..1], 1),
            (&one[..16], 16),
            (&one, 0),
            (&[&half, &half], 2),
            (&[&half, &more], 0),
        ];
        for (lines, repeated) in cases {
            let mut request = preflight(APP, "GET");
            for line in lines {
                request = request.append_header((NAME, *line));
            }
            let reply = asked(&app, request).await;
            assert_eq!(reply.status(), 204);
            let said = said(&reply);
            let echoed = said
                .iter()
                .filter(|line| line.starts_with("allow-headers: "));
            assert_eq!(echoed.count(), repeated, "{} lines", lines.len());
        }
    });
}

#[test]
fn a_response_names_the_exposed_headers_and_nothing_of_a_preflight() {
    rt::System::new().block_on(async {
        let request = || TestRequest::with_uri("/").insert_header(("origin", APP));
        let origin = "allow-origin: https://app.example.com";
        let response = asked(&around!(AnyHeader), request()).await;
        assert_eq!(said(&response), [origin, "expose-headers: *"]);
        let response = asked(&around!(AnyHeaderAndAuthorization), request()).await;
        assert_eq!(said(&response), [origin, "expose-headers: etag, x-a"]);
        let response = asked(&around!(Listed), request()).await;
        assert_eq!(said(&response), [origin]);
        let response = asked(&around!(Anyone), TestRequest::with_uri("/")).await;
        assert_eq!(said(&response), ["allow-origin: *"]);
        assert!(!response.headers().contains_key("vary"));
    });
}

#[cors(origins = ["https://app.example.com"], methods = ["POST"], enforce)]
#[route("/enforced", method = "GET", method = "POST")]
async fn enforced() -> impl Responder {
    "ran"
}

#[cors(origins = ["https://app.example.com"], methods = ["POST"], enforce)]
struct Enforced;

/// The status and the words of each refusal.
#[test]
fn a_request_that_enforce_refuses_gets_the_reason() {
    let rows: [(Method, &[&str], &str); 6] = [
        (Method::POST, &[APP], ""),
        (
            Method::GET,
            &[APP],
            "CORS: this method is not among those that other origins may use here",
        ),
        (
            Method::POST,
            &["https://evil.example"],
            "CORS: this origin is not among those that may call this resource",
        ),
        (
            Method::POST,
            &["null"],
            "CORS: the origin `null`, which sandboxed documents and local files have, is not allowed here",
        ),
        (
            Method::POST,
            &["https://app.example.com/"],
            "CORS: the Origin header is not an origin as browsers write it (scheme://host or scheme://host:port)",
        ),
        (
            Method::POST,
            &[APP, APP],
            "CORS: the request has more than one Origin header; browsers send one",
        ),
    ];
    rt::System::new().block_on(async {
        let by_the_handler = init_service(App::new().service(enforced)).await;
        let by_a_layer = init_service(
            App::new()
                .route("/enforced", web::to(async || "ran"))
                .wrap(Cors::of::<Enforced>()),
        )
        .await;
        let both = init_service(App::new().service(enforced).wrap(Cors::annotated())).await;
        for (method, origins, reason) in &rows {
            let request = || {
                let mut request = TestRequest::with_uri("/enforced").method(method.clone());
                for origin in *origins {
                    request = request.append_header(("origin", *origin));
                }
                request
            };
            for response in [
                asked(&by_the_handler, request()).await,
                asked(&by_a_layer, request()).await,
                asked(&both, request()).await,
            ] {
                let (status, body) = if reason.is_empty() {
                    (200, "ran")
                } else {
                    (403, *reason)
                };
                assert_eq!(response.status(), status, "{method} {origins:?}");
                let content_type = response.headers().get("content-type").cloned();
                assert_eq!(
                    content_type
                        .as_ref()
                        .map(actix_web::http::header::HeaderValue::as_bytes),
                    Some(&b"text/plain; charset=utf-8"[..])
                );
                let bytes = to_bytes(response.into_body()).await.expect("a body");
                assert_eq!(bytes, body.as_bytes(), "{method} {origins:?}");
            }
            if !reason.is_empty() {
                let error = by_a_layer.call(request().to_request()).await.err();
                let error = error.expect("the layer is the outermost, and the refusal an error");
                assert_eq!(error.to_string(), *reason);
            }
        }
        // A refused preflight has the same message about the origin.
        for (_, origins, reason) in rows.iter().skip(2) {
            let mut request = TestRequest::with_uri("/enforced")
                .method(Method::OPTIONS)
                .insert_header(("access-control-request-method", "POST"));
            for origin in *origins {
                request = request.append_header(("origin", *origin));
            }
            let reply = asked(&by_the_handler, request).await;
            assert_eq!(reply.status(), 403);
            let bytes = to_bytes(reply.into_body()).await.expect("a body");
            assert_eq!(bytes, reason.as_bytes());
        }
    });
}

/// Allows the tenants that a header of the request names.
struct Tenants;

static TENANTS: Tenants = Tenants;

impl OriginSource for Tenants {
    fn allows(&self, origin: &str, request: &RequestHead) -> Allows {
        let named = request
            .headers()
            .get("x-tenant")
            .map(|value| format!("https://{}.example", value.to_str().expect("text")));
        Allows::Now(named.as_deref() == Some(origin))
    }
}

#[cors(origins = [TENANTS], credentials)]
#[get("/tenant")]
async fn tenant() -> impl Responder {
    "tenant"
}

#[cors(origins = ["https://app.example.com"])]
#[post("/tenant")]
async fn other() -> impl Responder {
    "other"
}

async fn turn_away(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key("authorization") {
        next.call(request).await
    } else {
        Err(error::ErrorUnauthorized("who are you?"))
    }
}

/// A layer needs the request to ask such a source, even if an error has come back without it.
#[test]
fn a_source_that_looks_at_the_request_is_asked_with_the_request() {
    rt::System::new().block_on(async {
        let app = init_service(
            App::new()
                .service(tenant)
                .service(other)
                .wrap(from_fn(turn_away))
                .wrap(Cors::annotated()),
        )
        .await;
        for (signed_in, status) in [(true, 200), (false, 401)] {
            for (named, is_allowed) in [(Some("one"), true), (Some("two"), false), (None, false)] {
                let mut request = TestRequest::with_uri("/tenant")
                    .insert_header(("origin", "https://one.example"));
                if let Some(named) = named {
                    request = request.insert_header(("x-tenant", named));
                }
                if signed_in {
                    request = request.insert_header(("authorization", "1"));
                }
                let response = asked(&app, request).await;
                assert_eq!(response.status(), status);
                let expected: &[&str] = if is_allowed {
                    &[
                        "allow-credentials: true",
                        "allow-origin: https://one.example",
                    ]
                } else {
                    &[]
                };
                assert_eq!(
                    said(&response),
                    expected,
                    "{named:?}, signed in: {signed_in}"
                );
            }
        }
    });
}
