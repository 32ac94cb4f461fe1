//! Everything that actix's route attributes support works under `#[cors]`.

use crate::support::{send, serve};
use actix_web::guard::GuardContext;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, Responder, get, route, routes, web};
use cors_runtime::cors;

const ORIGIN: (&str, &str) = ("origin", "https://app.example.com");

/// Sends a preflight and the request after it. Both must be allowed. Returns the status and the body.
#[track_caller]
fn call(server: std::net::SocketAddr, method: &str, path: &str) -> (u16, String) {
    let preflight = send(
        server,
        "OPTIONS",
        path,
        &[ORIGIN, ("access-control-request-method", method)],
    );
    assert_eq!(preflight.status, 204, "the preflight of {method} {path}");
    assert_eq!(preflight.allow_origin(), Some(ORIGIN.1));
    let response = send(server, method, path, &[ORIGIN]);
    assert_eq!(response.allow_origin(), Some(ORIGIN.1), "{method} {path}");
    (response.status, response.body)
}

macro_rules! one_method {
    ($($name:ident $attribute:ident $method:literal;)+) => {
        mod one_method {
            use super::*;
            $(
                #[cors(origins = ["https://app.example.com"])]
                #[actix_web::$attribute("/one-method")]
                pub(super) async fn $name(request: HttpRequest) -> impl Responder {
                    HttpResponse::Ok().insert_header(("x-method", request.method().as_str())).finish()
                }
            )+

            pub(super) fn configure(app: &mut web::ServiceConfig) {
                app$(.service($name))+;
            }

            pub(super) const METHODS: &[&str] = &[$($method),+];
        }
    };
}

one_method! {
    with_get get "GET";
    with_post post "POST";
    with_put put "PUT";
    with_delete delete "DELETE";
    with_head head "HEAD";
    with_options options "OPTIONS";
    with_patch patch "PATCH";
    with_query query "QUERY";
}

#[test]
fn each_attribute_for_one_method_works() {
    let server = serve(|| App::new().configure(one_method::configure));
    for method in one_method::METHODS {
        assert_eq!(call(server, method, "/one-method").0, 200);
    }
}

#[test]
fn methods_that_no_browser_sends_are_routed_without_a_preflight() {
    #[cors(origins = ["https://app.example.com"])]
    #[actix_web::trace("/traced")]
    async fn traced() -> impl Responder {
        "traced"
    }
    #[cors(origins = ["https://app.example.com"])]
    #[actix_web::connect("/connected")]
    async fn connected() -> impl Responder {
        "connected"
    }
    let server = serve(|| App::new().service(traced).service(connected));
    assert_eq!(send(server, "TRACE", "/traced", &[]).body, "traced");
    let preflight = send(
        server,
        "OPTIONS",
        "/traced",
        &[ORIGIN, ("access-control-request-method", "TRACE")],
    );
    assert_eq!(preflight.status, 404);
}

#[test]
fn several_methods_and_several_paths_each_have_their_preflight() {
    #[cors(origins = ["https://app.example.com"])]
    #[route("/either", method = "GET", method = "PUT", method = "PURGE")]
    async fn either(request: HttpRequest) -> impl Responder {
        request.method().to_string()
    }
    #[cors(origins = ["https://app.example.com"], methods = ["PUT"])]
    #[route("/narrow", method = "GET", method = "PUT")]
    async fn narrow() -> impl Responder {
        "narrow"
    }
    #[cors(origins = ["https://app.example.com"])]
    #[routes]
    #[get("/first")]
    #[post("/second")]
    #[put("/second")]
    async fn many(request: HttpRequest) -> impl Responder {
        format!("{} {}", request.method(), request.path())
    }
    let server = serve(|| App::new().service(either).service(narrow).service(many));
    for method in ["GET", "PUT", "PURGE"] {
        assert_eq!(call(server, method, "/either"), (200, method.to_owned()));
    }
    for (method, path) in [("GET", "/first"), ("POST", "/second"), ("PUT", "/second")] {
        assert_eq!(
            call(server, method, path),
            (200, format!("{method} {path}"))
        );
    }
    assert_eq!(call(server, "PUT", "/narrow").0, 200);
    let refused = [
        ("POST", "/narrow"),
        ("POST", "/first"),
        ("GET", "/second"),
        ("DELETE", "/either"),
        ("put", "/either"),
    ];
    for (method, path) in refused {
        let nobody = send(
            server,
            "OPTIONS",
            path,
            &[ORIGIN, ("access-control-request-method", method)],
        );
        assert_eq!(
            (nobody.status, nobody.cors_headers()),
            (404, vec![]),
            "{method} {path}"
        );
    }
}

mod options_of_the_attribute {
    use super::*;

    #[cors(origins = ["https://app.example.com"])]
    #[get("/named/{id}", name = "the_name")]
    pub(super) async fn named(request: HttpRequest) -> actix_web::Result<impl Responder> {
        Ok(request.url_for("the_name", ["7"])?.path().to_owned())
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/default-name/{id}")]
    pub(super) async fn default_name(request: HttpRequest) -> actix_web::Result<impl Responder> {
        Ok(request.url_for("default_name", ["7"])?.path().to_owned())
    }

    fn is_for_a(request: &GuardContext<'_>) -> bool {
        request.head().uri.query() == Some("a")
    }

    fn is_for_b(request: &GuardContext<'_>) -> bool {
        request.head().uri.query() == Some("b")
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/guarded", guard = "is_for_a")]
    pub(super) async fn guarded_a() -> impl Responder {
        "a"
    }

    #[cors(origins = ["https://other.example.com"])]
    #[get("/guarded", guard = "is_for_b")]
    pub(super) async fn guarded_b() -> impl Responder {
        "b"
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/wrapped", wrap = "from_fn(mark)", wrap = "from_fn(mark)")]
    pub(super) async fn wrapped() -> impl Responder {
        "wrapped"
    }

    async fn mark(
        request: actix_web::dev::ServiceRequest,
        next: actix_web::middleware::Next<impl actix_web::body::MessageBody>,
    ) -> Result<actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error>
    {
        let mut response = next.call(request).await?;
        response.headers_mut().append(
            actix_web::http::header::HeaderName::from_static("x-mark"),
            actix_web::http::header::HeaderValue::from_static("marked"),
        );
        Ok(response)
    }
}

#[test]
fn name_guard_and_wrap_of_the_route_attribute_work() {
    use options_of_the_attribute::{default_name, guarded_a, guarded_b, named, wrapped};
    let server = serve(|| {
        App::new()
            .service(named)
            .service(default_name)
            .service(guarded_a)
            .service(guarded_b)
            .service(wrapped)
    });
    assert_eq!(
        call(server, "GET", "/named/1"),
        (200, "/named/7".to_owned())
    );
    assert_eq!(
        call(server, "GET", "/default-name/1"),
        (200, "/default-name/7".to_owned())
    );

    assert_eq!(call(server, "GET", "/guarded?a"), (200, "a".to_owned()));
    let other = ("origin", "https://other.example.com");
    let asks = ("access-control-request-method", "GET");
    assert_eq!(
        send(server, "OPTIONS", "/guarded?b", &[other, asks]).status,
        204
    );
    assert_eq!(
        send(server, "OPTIONS", "/guarded?b", &[ORIGIN, asks]).status,
        403
    );
    assert_eq!(
        send(server, "OPTIONS", "/guarded?a", &[other, asks]).status,
        403
    );
    assert_eq!(send(server, "GET", "/guarded?b", &[other]).body, "b");

    let response = send(server, "GET", "/wrapped", &[ORIGIN]);
    assert_eq!(response.all("x-mark"), ["marked", "marked"]);
    assert_eq!(call(server, "GET", "/wrapped").0, 200);
}

mod scoped {
    #[actix_web::scope("/scoped/{tenant}")]
    pub(super) mod handlers {
        use actix_web::{Responder, get, web};
        use cors_runtime::cors;

        #[cors(origins = ["https://app.example.com"])]
        #[get("/items/{id}")]
        pub async fn item(path: web::Path<(String, u32)>) -> impl Responder {
            format!("{path:?}")
        }
    }
}

#[cors(origins = ["https://app.example.com"])]
#[get("/leaf/{name}")]
async fn leaf(request: HttpRequest) -> impl Responder {
    request
        .match_info()
        .iter()
        .map(|(_, value)| value.to_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cors(origins = ["https://app.example.com"])]
#[get("no-slash")]
async fn no_slash() -> impl Responder {
    "no slash"
}

#[cors(origins = ["https://app.example.com"])]
#[get("")]
async fn empty() -> impl Responder {
    "empty"
}

#[test]
fn scopes_and_configuration_functions_reach_the_preflights() {
    fn configure(app: &mut web::ServiceConfig) {
        app.service(leaf);
    }
    let server = serve(|| {
        App::new()
            .service(scoped::handlers::item)
            .service(
                web::scope("/outer/{a}")
                    .service(web::scope("/inner/{b}").configure(configure).service(empty)),
            )
            .service(web::scope("/twice").service(leaf).service(no_slash))
            .configure(configure)
            .service(no_slash)
    });
    assert_eq!(
        call(server, "GET", "/scoped/t/items/3"),
        (200, r#"Path(("t", 3))"#.to_owned())
    );
    assert_eq!(
        call(server, "GET", "/outer/1/inner/2/leaf/3"),
        (200, "1 2 3".to_owned())
    );
    assert_eq!(call(server, "GET", "/outer/1/inner/2").1, "empty");
    assert_eq!(call(server, "GET", "/twice/leaf/x"), (200, "x".to_owned()));
    assert_eq!(call(server, "GET", "/leaf/x"), (200, "x".to_owned()));
    assert_eq!(call(server, "GET", "/no-slash").1, "no slash");
    assert_eq!(call(server, "GET", "/twice/no-slash").1, "no slash");
    // The router decodes the path before it compares, for the handler and for its preflights.
    assert_eq!(call(server, "GET", "/le%61f/%78"), (200, "x".to_owned()));
}

mod returns {
    use super::*;

    #[cors(origins = ["https://app.example.com"])]
    #[get("/ok")]
    pub(super) async fn ok() -> Result<&'static str, actix_web::error::Error> {
        Ok("ok")
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/err")]
    pub(super) async fn err() -> Result<HttpResponse, actix_web::error::UrlGenerationError> {
        Err(actix_web::error::UrlGenerationError::NotEnoughElements)
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/either")]
    pub(super) async fn either() -> actix_web::Either<&'static str, HttpResponse> {
        actix_web::Either::Left("left")
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/extractors/{id}")]
    pub(super) async fn extractors(
        id: web::Path<u32>,
        query: web::Query<Vec<(String, String)>>,
        method: Method,
        data: web::Data<&'static str>,
        request: HttpRequest,
    ) -> impl Responder {
        format!(
            "{id} {method} {} {} {}",
            **data,
            query.len(),
            request.path()
        )
    }
}

#[test]
fn every_kind_of_return_and_extractor_works() {
    let server = serve(|| {
        App::new()
            .app_data(web::Data::new("data"))
            .service(returns::ok)
            .service(returns::err)
            .service(returns::either)
            .service(returns::extractors)
    });
    assert_eq!(call(server, "GET", "/ok"), (200, "ok".to_owned()));
    assert_eq!(call(server, "GET", "/err").0, 500);
    assert_eq!(call(server, "GET", "/either"), (200, "left".to_owned()));
    assert_eq!(
        call(server, "GET", "/extractors/3?a=b"),
        (200, "3 GET data 1 /extractors/3".to_owned())
    );
}

mod other_attributes {
    use super::*;

    /// Documented, and `#[cors]` first.
    #[cors(origins = ["https://app.example.com"])]
    /// More documentation between.
    #[cfg(not(any()))]
    #[allow(unused_variables)]
    #[utoipa::path(responses((status = 200, body = String)))]
    #[tracing::instrument(skip_all)]
    #[get("/api/{id}")]
    #[must_use]
    pub(super) async fn cors_first(id: web::Path<u32>) -> impl Responder {
        "cors first"
    }

    #[utoipa::path(responses((status = 200, body = String)))]
    #[tracing::instrument(skip_all)]
    #[cors(origins = ["https://app.example.com"])]
    #[get("/cors-last")]
    pub(super) async fn cors_last() -> impl Responder {
        "cors last"
    }

    #[cors(origins = ["https://app.example.com"])]
    #[cfg(any())]
    #[get("/absent")]
    pub(super) async fn absent() -> impl Responder {
        this_is_not_compiled
    }

    #[cors(origins = ["https://app.example.com"])]
    #[cfg_attr(all(), get("/below"), doc = "x")]
    #[cfg(any())]
    pub(super) async fn absent_route() -> impl Responder {
        "cfg"
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(cors_first, cors_last))]
    pub(super) struct Documentation;
}

#[test]
fn other_attributes_act_on_the_handler_wherever_they_stand() {
    use other_attributes::{Documentation, cors_first, cors_last};
    use utoipa::OpenApi;

    let server = serve(|| App::new().service(cors_first).service(cors_last));
    assert_eq!(call(server, "GET", "/api/1").1, "cors first");
    assert_eq!(call(server, "GET", "/cors-last").1, "cors last");
    let paths: Vec<_> = Documentation::openapi().paths.paths.into_keys().collect();
    assert_eq!(paths, ["/api/{id}", "/cors-last"]);
}

mod privacy {
    pub(super) mod inner {
        use super::super::*;

        #[cors(origins = ["https://app.example.com"])]
        #[get("/pub-super")]
        pub(in super::super) async fn restricted() -> impl Responder {
            helper()
        }

        // A private function beside the handler, which `#[cors]` must not hide from it.
        fn helper() -> &'static str {
            "helper"
        }
    }
}

#[test]
fn a_handler_keeps_its_visibility_and_sees_its_module() {
    let server = serve(|| App::new().service(privacy::inner::restricted));
    assert_eq!(
        call(server, "GET", "/pub-super"),
        (200, "helper".to_owned())
    );
}

#[test]
fn a_405_names_the_methods_of_an_annotated_handler_too() {
    mod plain {
        use actix_web::{Responder, put};

        #[put("/items")]
        pub(super) async fn update() -> impl Responder {
            "updated"
        }
    }

    #[cors(origins = ["https://app.example.com"])]
    #[actix_web::put("/items")]
    async fn update() -> impl Responder {
        "updated"
    }

    let list = || web::resource("/items").route(web::get().to(async || "items"));
    let annotated = serve(move || App::new().service(update).service(list()));
    let plain = serve(move || App::new().service(plain::update).service(list()));
    let asks_for = |method| [ORIGIN, ("access-control-request-method", method)];
    for (method, headers) in [
        ("DELETE", &[ORIGIN][..]),
        ("OPTIONS", &[]),
        ("OPTIONS", &asks_for("DELETE")),
    ] {
        let [annotated, plain] = [annotated, plain].map(|server| {
            let response = send(server, method, "/items", headers);
            (response.status, response.list("allow"))
        });
        assert_eq!(annotated, plain, "{method} {headers:?}");
        assert_eq!(annotated, (405, vec!["put".to_owned(), "get".to_owned()]));
    }
}
