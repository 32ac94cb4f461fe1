//! The subjects of the matrix that are actix apps.

use std::cell::Cell;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::rc::Rc;

use actix_http::Request;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{
    AppService, HttpServiceFactory, Service, ServiceFactory, ServiceRequest, ServiceResponse,
    Transform, always_ready,
};
use actix_web::http::Method;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, HeaderValue};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, Resource, guard, put, rt, web};
use cors_runtime::__private::Route;
use cors_runtime::{Cors, CorsPolicy, OriginSet, cors};

use crate::cell::{Origins, Paths, Row, Run, Situation, Subject};
use crate::floor::{self, Allowed, ByHand};
use crate::policies::{Hundred, One, Ten, TenThousand, Thousand};
use crate::request;

static SET: OriginSet = OriginSet::new();

#[cors(origins = ["https://*.example.com"], headers = ["authorization", "content-type"], credentials, max_age = 600)]
struct Subdomains;

#[cors(origins = [SET], headers = ["authorization", "content-type"], credentials, max_age = 600)]
struct InSet;

const PATH: &str = "/items";

#[put("/items")]
pub async fn bare() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// The same handler with each of the policies.
macro_rules! annotated {
    ($($module:ident: $policy:ident),*) => {$(
        pub mod $module {
            use actix_web::{HttpResponse, put};
            use cors_runtime::cors;

            #[cors(policy = super::$policy)]
            #[put("/items")]
            pub async fn handler() -> HttpResponse {
                HttpResponse::Ok().finish()
            }
        }
    )*};
}
annotated!(
    one: One, ten: Ten, hundred: Hundred, thousand: Thousand, ten_thousand: TenThousand,
    subdomains: Subdomains, in_set: InSet
);

/// Serves the routes under these layers. For rows with a 401, the innermost middleware turns every request away.
macro_rules! serve {
    ($routes:expr, $has_cors:expr $(, $layer:expr)?) => {{
        let (routes, has_cors) = ($routes, $has_cors);
        let row = routes.row;
        if row.situation == Situation::TurnedAway {
            serve(row, App::new().service(routes).wrap(TurnAway)$(.wrap($layer))?, has_cors)
        } else {
            serve(row, App::new().service(routes)$(.wrap($layer))?, has_cors)
        }
    }};
}

/// Sets up an app, and returns the function that sends requests to its last route.
pub fn run(row: Row, subject: Subject) -> Run {
    let routes = Routes::new(row, false, bare);
    match subject {
        Subject::Building => building(row),
        Subject::Resource | Subject::App | Subject::Fallback => annotated(row, subject),
        Subject::ByHand => {
            let allowed = Rc::new(Allowed::new(row.origins));
            serve!(routes, true, ByHand(allowed))
        }
        Subject::ByRoute => {
            let allowed = Rc::new(Allowed::new(row.origins));
            let options = move |request: HttpRequest| {
                let response = floor::preflight(&allowed, request.headers());
                async { response }
            };
            let route = web::route().guard(guard::Options()).to(options);
            serve(row, App::new().service(routes).route(PATH, route), true)
        }
        Subject::ActixCors => serve!(routes, true, actix_cors(row.origins)),
        _ => serve!(routes, false),
    }
}

fn annotated(row: Row, subject: Subject) -> Run {
    let by_handler = !matches!(
        row.situation,
        Situation::Unannotated | Situation::TurnedAway
    );
    let by_layer = row.situation != Situation::Unannotated;
    macro_rules! serve_annotated {
        ($handler:expr) => {{
            let routes = Routes::new(row, true, $handler);
            match subject {
                Subject::App => serve!(routes, by_layer, Cors::annotated()),
                Subject::Fallback => serve!(routes, true, Cors::annotated().fallback::<One>()),
                _ => serve!(routes, by_handler),
            }
        }};
    }
    match row.origins {
        Origins::Exact(1) => serve_annotated!(one::handler),
        Origins::Exact(10) => serve_annotated!(ten::handler),
        Origins::Exact(100) => serve_annotated!(hundred::handler),
        Origins::Exact(1_000) => serve_annotated!(thousand::handler),
        Origins::Exact(_) => serve_annotated!(ten_thousand::handler),
        Origins::Subdomains => serve_annotated!(subdomains::handler),
        Origins::Set => {
            SET.replace(request::origins(100))
                .expect("they are origins");
            serve_annotated!(in_set::handler)
        }
    }
}

pub fn actix_cors(origins: Origins) -> actix_cors::Cors {
    let cors = actix_cors::Cors::default()
        .allowed_methods(["PUT"])
        .allowed_headers(["authorization", "content-type"])
        .supports_credentials()
        .max_age(600);
    match origins {
        Origins::Exact(count) => {
            request::origins(count).fold(cors, |cors, origin| cors.allowed_origin(&origin))
        }
        Origins::Subdomains | Origins::Set => {
            let allowed = Allowed::new(origins);
            cors.allowed_origin_fn(move |origin, _| allowed.has(origin.as_bytes()))
        }
    }
}

/// All routes of the app. The requests are for the last one.
struct Routes<H> {
    row: Row,
    is_annotated: bool,
    /// The last route, if its path is static.
    last: H,
}

impl<H: HttpServiceFactory + 'static> Routes<H> {
    fn new(row: Row, is_annotated: bool, last: H) -> Self {
        Self {
            row,
            is_annotated,
            last,
        }
    }
}

impl<H: HttpServiceFactory + 'static> HttpServiceFactory for Routes<H> {
    fn register(self, config: &mut AppService) {
        let row = self.row;
        let is_static = row.paths == Paths::Static;
        let others = Others {
            paths: (1..row.routes + usize::from(!is_static))
                .map(|number| path(row, number))
                .collect(),
            is_annotated: self.is_annotated,
            last: (!is_static).then_some(row.situation),
        };
        if row.is_scoped {
            let scope = web::scope("").service(others);
            if is_static {
                scope.service(self.last).register(config);
            } else {
                scope.register(config);
            }
            return;
        }
        if row.paths == Paths::Mixed {
            let paths = (0..1_000).map(|number| &*format!("{PATH}{number:04}").leak());
            Others {
                paths: paths.collect(),
                is_annotated: self.is_annotated,
                last: None,
            }
            .register(config);
        }
        others.register(config);
        if is_static {
            self.last.register(config);
        }
    }
}

fn path(row: Row, number: usize) -> &'static str {
    match row.paths {
        Paths::Static => format!("{PATH}{number:04}").leak(),
        _ => format!("/r{number}/{{id}}").leak(),
    }
}

/// The routes before the last, and the last one too if its path is not static.
struct Others {
    paths: Vec<&'static str>,
    is_annotated: bool,
    last: Option<Situation>,
}

impl HttpServiceFactory for Others {
    /// Registers what the attributes expand to, for paths that are no literals.
    fn register(self, config: &mut AppService) {
        let last = self.paths.last().copied();
        for path in self.paths {
            let is_last = Some(path) == last;
            if self.is_annotated && !(is_last && self.last == Some(Situation::Unannotated)) {
                let route = Route::new(One::annotation(), path, path, &["PUT"]);
                let resource = route.resource().wrap(route.policy()).to(handler);
                route.register(resource, config);
            } else {
                let resource = Resource::new(path).name(path).guard(guard::Put());
                resource.to(handler).register(config);
            }
        }
    }
}

/// Turns every request away.
struct TurnAway;

impl<S> Transform<S, ServiceRequest> for TurnAway
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = TurnedAway<S>;
    type InitError = ();
    type Future = Ready<Result<TurnedAway<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(TurnedAway { _service: service }))
    }
}

/// Keeps the service, like a middleware that lets some requests through.
struct TurnedAway<S> {
    _service: S,
}

impl<S> Service<ServiceRequest> for TurnedAway<S> {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Ready<Result<Self::Response, Error>>;

    always_ready!();

    fn call(&self, request: ServiceRequest) -> Self::Future {
        ready(Ok(
            request.into_response(HttpResponse::Unauthorized().finish())
        ))
    }
}

async fn handler() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn building(row: Row) -> Run {
    let requests = Requests::new(row);
    Box::new(move |times| {
        for _ in 0..times {
            drop(black_box(requests.build()));
        }
    })
}

fn serve<T, B>(row: Row, app: App<T>, has_cors: bool) -> Run
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    T::Service: 'static,
    B: MessageBody + 'static,
{
    let runtime = rt::Runtime::new().expect("a runtime starts");
    let app = runtime.block_on(init_service(app));
    let requests = Requests::new(row);
    let expected = (has_cors && row.ask.is_allowed()).then_some(request::ORIGIN);
    if !row.ask.is_hostile() && row.situation != Situation::First {
        let response = runtime
            .block_on(app.call(requests.build()))
            .expect("no error");
        let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
        let allowed = allowed.and_then(|origin| origin.to_str().ok());
        assert_eq!(allowed, expected, "{row:?}");
    }
    Box::new(move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                black_box(app.call(requests.build()).await.expect("no error"));
            }
        });
    })
}

/// Builds the same request many times. As on a server, its header values are parts of a shared buffer.
struct Requests {
    row: Row,
    number: Cell<usize>,
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Requests {
    fn new(row: Row) -> Self {
        let ask = row.ask;
        let headers = ask.headers().into_iter().map(|(name, value)| {
            let value = HeaderValue::try_from(value).expect("a header's value");
            (HeaderName::from_static(name), value)
        });
        Self {
            row,
            number: Cell::new(0),
            method: ask.method().parse().expect("a method"),
            headers: headers.collect(),
        }
    }

    /// Callgrind does not count this function.
    #[inline(never)]
    fn build(&self) -> Request {
        let Row { routes, paths, .. } = self.row;
        let number = self.number.replace(self.number.get() + 1);
        let path = match paths {
            Paths::Static => PATH.to_owned(),
            Paths::Dynamic => format!("/r{routes}/7"),
            Paths::DynamicAndNew | Paths::Mixed => format!("/r{routes}/{number}"),
        };
        let mut request = TestRequest::with_uri(&path)
            .method(self.method.clone())
            .to_request();
        for (name, value) in &self.headers {
            request.headers_mut().append(name.clone(), value.clone());
        }
        request
    }
}
