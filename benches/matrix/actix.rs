//! The subjects that are actix apps.

use std::hint::black_box;
use std::rc::Rc;

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{
    AppService, HttpServiceFactory, Service, ServiceFactory, ServiceRequest, ServiceResponse,
};
use actix_web::http::Method;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName, HeaderValue};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, Resource, guard, put, rt, web};
use cors_runtime::__private::Route;
use cors_runtime::{Cors, CorsPolicy, OriginSet, cors};

use crate::cell::{Origins, Row, Run, Subject};
use crate::floor::{self, Allowed, ByHand};
use crate::policies::{Hundred, One, Ten, TenThousand, Thousand};
use crate::request::{self, Ask};

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

/// Sets up an app; what is returned serves requests to its last route.
pub fn run(row: Row, subject: Subject) -> Run {
    let plain = Routes {
        others: Others::bare(row),
        handler: bare,
        is_scoped: row.is_scoped,
    };
    let app = App::new();
    match subject {
        Subject::Building => building(row),
        Subject::Resource | Subject::App => annotated(row, subject == Subject::App),
        Subject::ByHand => {
            let allowed = Rc::new(Allowed::new(row.origins));
            serve(row, app.service(plain).wrap(ByHand(allowed)), true)
        }
        Subject::ByRoute => {
            let allowed = Rc::new(Allowed::new(row.origins));
            let options = move |request: HttpRequest| {
                let response = floor::preflight(&allowed, request.headers());
                async { response }
            };
            let route = web::route().guard(guard::Options()).to(options);
            serve(row, app.service(plain).route(PATH, route), true)
        }
        Subject::ActixCors => serve(row, app.service(plain).wrap(actix_cors(row.origins)), true),
        _ => serve(row, app.service(plain), false),
    }
}

fn annotated(row: Row, app_level: bool) -> Run {
    macro_rules! serve {
        ($handler:expr) => {{
            let app = App::new().service(Routes {
                others: Others::annotated(row),
                handler: $handler,
                is_scoped: row.is_scoped,
            });
            if app_level {
                serve(row, app.wrap(Cors::annotated()), true)
            } else {
                serve(row, app, true)
            }
        }};
    }
    match row.origins {
        Origins::Exact(1) => serve!(one::handler),
        Origins::Exact(10) => serve!(ten::handler),
        Origins::Exact(100) => serve!(hundred::handler),
        Origins::Exact(1_000) => serve!(thousand::handler),
        Origins::Exact(_) => serve!(ten_thousand::handler),
        Origins::Subdomains => serve!(subdomains::handler),
        Origins::Set => {
            SET.replace(request::origins(100))
                .expect("they are origins");
            serve!(in_set::handler)
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

/// All routes of the app; the last one is asked for.
struct Routes<H> {
    others: Others,
    handler: H,
    is_scoped: bool,
}

impl<H: HttpServiceFactory + 'static> HttpServiceFactory for Routes<H> {
    fn register(self, config: &mut AppService) {
        if self.is_scoped {
            let scope = web::scope("").service(self.others).service(self.handler);
            scope.register(config);
        } else {
            self.others.register(config);
            self.handler.register(config);
        }
    }
}

/// The routes before the one that is asked for.
struct Others {
    paths: Vec<&'static str>,
    is_annotated: bool,
}

impl Others {
    fn bare(row: Row) -> Self {
        Self {
            paths: (1..row.routes)
                .map(|number| &*format!("{PATH}{number:04}").leak())
                .collect(),
            is_annotated: false,
        }
    }

    fn annotated(row: Row) -> Self {
        Self {
            is_annotated: true,
            ..Self::bare(row)
        }
    }
}

impl HttpServiceFactory for Others {
    /// What the attributes expand to, for paths that are no literals.
    fn register(self, config: &mut AppService) {
        for path in self.paths {
            if self.is_annotated {
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

async fn handler() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn building(row: Row) -> Run {
    let requests = Requests::new(row.ask);
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
    let requests = Requests::new(row.ask);
    let response = runtime
        .block_on(app.call(requests.build()))
        .expect("no error");
    let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
    let expected = (has_cors && row.ask.is_allowed()).then_some(request::ORIGIN);
    if !row.ask.is_hostile() {
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

/// Builds the same request again and again. As on a server, header values are parts of a shared buffer.
struct Requests {
    method: Method,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Requests {
    fn new(ask: Ask) -> Self {
        let headers = ask.headers().into_iter().map(|(name, value)| {
            let value = HeaderValue::try_from(value).expect("a header's value");
            (HeaderName::from_static(name), value)
        });
        Self {
            method: ask.method().parse().expect("a method"),
            headers: headers.collect(),
        }
    }

    /// Callgrind looks away meanwhile.
    #[inline(never)]
    fn build(&self) -> Request {
        let mut request = TestRequest::with_uri(PATH)
            .method(self.method.clone())
            .to_request();
        for (name, value) in &self.headers {
            request.headers_mut().append(name.clone(), value.clone());
        }
        request
    }
}
