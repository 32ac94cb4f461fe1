//! tracing-actix-web gives the spans of requests the same names with `#[cors]` as without.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use cors_runtime::Cors;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_actix_web::TracingLogger;

mod without {
    use actix_web::{get, put};

    #[get("/items/{id}")]
    pub async fn read() -> &'static str {
        "item"
    }

    #[put("/items/{id}", name = "update")]
    pub async fn update() -> &'static str {
        "updated"
    }
}

mod with {
    use actix_web::{get, put};
    use cors_runtime::cors;

    #[cors(origins = ["https://app.example.com"])]
    #[get("/items/{id}")]
    pub async fn read() -> &'static str {
        "item"
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[put("/items/{id}", name = "update")]
    pub async fn update() -> &'static str {
        "updated"
    }
}

/// A subscriber that keeps the names of the requests' spans.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

impl Spans {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics with it"))
    }
}

impl Visit for &Spans {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if ["otel.name", "http.route"].contains(&field.name()) {
            let mut lines = self.0.lock().expect("nobody panics with it");
            lines.push(format!("{field}: {value:?}"));
        }
    }
}

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut &*self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

const REQUESTS: [(&str, &str); 6] = [
    ("GET", "/items/1"),
    ("PUT", "/items/1"),
    ("GET", "/v1/items/1"),
    ("DELETE", "/items/1"),
    ("GET", "/items"),
    ("OPTIONS", "/v1/items/1"),
];

macro_rules! spans {
    ($spans:expr, $app:expr) => {{
        let app = init_service($app).await;
        $spans.take();
        let mut lines = Vec::new();
        for (method, path) in REQUESTS {
            let method = method.parse().expect("a method");
            let request = TestRequest::with_uri(path).method(method).to_request();
            call_service(&app, request).await;
            lines.push($spans.take());
        }
        lines
    }};
}

macro_rules! app {
    ($handlers:ident) => {
        App::new()
            .service(
                web::scope("/v1")
                    .service($handlers::read)
                    .service($handlers::update),
            )
            .service($handlers::read)
            .service($handlers::update)
    };
}

#[actix_web::test]
async fn spans_have_the_names_of_the_routes() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let expected = spans!(spans, app!(without).wrap(TracingLogger::default()));
    assert_eq!(
        expected[2][..2],
        [
            "http.route: /v1/items/{id}",
            "otel.name: GET /v1/items/{id}"
        ]
    );

    let outside = app!(with)
        .wrap(Cors::annotated())
        .wrap(TracingLogger::default());
    assert_eq!(spans!(spans, outside), expected);
    let inside = app!(with)
        .wrap(TracingLogger::default())
        .wrap(Cors::annotated());
    assert_eq!(spans!(spans, inside), expected);
}

#[actix_web::test]
async fn a_preflight_has_the_name_of_the_route_that_it_asks_for() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let app = app!(with)
        .wrap(Cors::annotated())
        .wrap(TracingLogger::default());
    let app = init_service(app).await;
    spans.take();
    let preflight = TestRequest::with_uri("/v1/items/1")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", "https://admin.example.com"))
        .insert_header(("access-control-request-method", "PUT"))
        .to_request();
    call_service(&app, preflight).await;
    assert_eq!(
        spans.take(),
        [
            "http.route: /v1/items/{id}",
            "otel.name: OPTIONS /v1/items/{id}",
        ]
    );
}
