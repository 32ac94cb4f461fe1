//! The subjects of the matrix that are tower services.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use actix_web::rt;
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use tower::{Layer, Service, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::cell::{Origins, Row, Run, Subject};
use crate::floor::Allowed;
use crate::request::{self, Ask};

pub fn run(row: Row, subject: Subject) -> Run {
    let bare = service_fn(|request: Request<()>| async {
        drop(request);
        Ok::<_, Infallible>(Response::new(()))
    });
    match subject {
        Subject::TowerBuilding => {
            let requests = Requests::new(row.ask);
            Box::new(move |times| {
                for _ in 0..times {
                    drop(black_box(requests.build()));
                }
            })
        }
        Subject::TowerBare => serve(row, bare, false),
        _ => serve(row, layer(row.origins).layer(bare), true),
    }
}

fn layer(origins: Origins) -> CorsLayer {
    let allowed = match origins {
        Origins::Exact(1) => AllowOrigin::exact(HeaderValue::from_static(request::ORIGIN)),
        Origins::Exact(count) => AllowOrigin::list(
            request::origins(count)
                .map(|origin| HeaderValue::try_from(origin).expect("a header's value")),
        ),
        Origins::Subdomains | Origins::Set => {
            let allowed = Allowed::new(origins);
            AllowOrigin::predicate(move |origin, _| allowed.has(origin.as_bytes()))
        }
    };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::PUT])
        .allow_headers([http::header::AUTHORIZATION, http::header::CONTENT_TYPE])
        .allow_credentials(true)
        .max_age(Duration::from_secs(600))
}

fn serve<S>(row: Row, mut service: S, has_cors: bool) -> Run
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + 'static,
{
    let runtime = rt::Runtime::new().expect("a runtime starts");
    let requests = Requests::new(row.ask);
    let Ok(response) = runtime.block_on(service.call(requests.build()));
    let allowed = response
        .headers()
        .get(ACCESS_CONTROL_ALLOW_ORIGIN)
        .is_some_and(|origin| origin == request::ORIGIN);
    // tower-http sends a single exact origin to every page, so that a refused request tells nothing.
    if row.ask.is_allowed() && !row.ask.is_hostile() {
        assert_eq!(allowed, has_cors, "{row:?}");
    }
    Box::new(move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                black_box(service.call(requests.build()).await).ok();
            }
        });
    })
}

/// Builds the same request many times.
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

    /// Callgrind does not count this function.
    #[inline(never)]
    fn build(&self) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        for (name, value) in &self.headers {
            request.headers_mut().append(name.clone(), value.clone());
        }
        request
    }
}
