//! `audit` names each fault that an app can have around its policies, and finds none in an app without.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_cors::Cors as ActixCors;
use actix_http::Request;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, Responder, delete, error, get, guard, put, web};
use cors_runtime::test::{Audit, FaultCause, audit, audit_as};
use cors_runtime::{Allows, Cors, OriginSource, cors};

/// How often a handler has run.
static RUNS: AtomicUsize = AtomicUsize::new(0);

fn run() -> &'static str {
    RUNS.fetch_add(1, Ordering::Relaxed);
    "ran"
}

#[cors(origins = ["https://app.example.com", dev("http://localhost:5173")], headers = ["content-type"], credentials, max_age = 60)]
#[put("/items/{id:\\d+}")]
async fn update() -> impl Responder {
    run()
}

#[cors(origins = ["https://*.example.com"], enforce)]
#[delete("/items/{id:\\d+}")]
async fn remove() -> impl Responder {
    run()
}

#[cors(origins = ["https://other.example.com"])]
#[put("/items/{number:\\d+}")]
async fn update_again() -> impl Responder {
    run()
}

#[cors(origins = ["*"])]
#[get("/news")]
async fn news() -> impl Responder {
    run()
}

#[cors(origins = ["https://app.example.com"])]
mod module {
    use actix_web::{Responder, get};
    use cors_runtime::cors;

    #[cors(off)]
    #[get("/internal")]
    pub(super) async fn internal() -> impl Responder {
        super::run()
    }

    #[get("/{name}")]
    pub(super) async fn by_name() -> impl Responder {
        super::run()
    }
}

#[cors(origins = ["https://app.example.com"])]
#[get("/odd/{odd:qq[xyz]{3}}")]
async fn odd() -> impl Responder {
    run()
}

struct Tenants;

impl OriginSource for Tenants {
    fn allows(&self, _: &str, _: &actix_web::dev::RequestHead) -> Allows {
        Allows::later(async { Ok::<_, Error>(false) })
    }
}

static TENANTS: Tenants = Tenants;

#[cors(origins = [TENANTS], enforce)]
#[get("/tenant")]
async fn tenant() -> impl Responder {
    run()
}

#[cors(origins = ["https://fallback.example"])]
struct Fallback;

async fn nobody_as_an_error(
    request: ServiceRequest,
    _: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _ = request;
    Err(error::ErrorUnauthorized("who are you?"))
}

async fn nobody(
    request: ServiceRequest,
    _: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(request.into_response(HttpResponse::Unauthorized().finish()))
}

fn handlers(app: &mut web::ServiceConfig) {
    app.service(update)
        .service(remove)
        .service(web::scope("/{tenant}/news").service(news))
        .service(news)
        .service(module::internal);
}

async fn of<S, B>(app: &S) -> Audit
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let before = RUNS.load(Ordering::Relaxed);
    let audit = audit(app).await;
    assert_eq!(RUNS.load(Ordering::Relaxed), before, "a handler has run");
    audit
}

/// The cause of each fault, with the handler's name, in order.
fn causes(audit: &Audit) -> Vec<(FaultCause, &str)> {
    let faults = audit.faults().iter();
    let name = |path: &'static str| path.rsplit("::").next().unwrap_or(path);
    faults
        .map(|fault| {
            let handler = fault.about.as_ref().map_or("", |about| name(about.handler));
            (fault.cause, handler)
        })
        .collect()
}

/// One test: the handlers count for the process.
#[actix_web::test]
async fn an_audit_names_each_fault() {
    without_a_policy().await;
    without_a_fault().await;
    authentication_outside().await;
    another_cors_outside().await;
    resources_in_front().await;
    handlers_in_front().await;
    layers().await;
    what_cannot_be_asked().await;
}

async fn without_a_fault() {
    let bare = init_service(App::new().configure(handlers)).await;
    let found = of(&bare).await;
    found.assert_clean();
    // Two for each of five paths, one for `enforce`, and for `off` a stranger's alone.
    assert_eq!((found.asked(), found.unasked()), (2 * 4 + 1 + 1, &[][..]));

    let app = init_service(App::new().configure(handlers).wrap(Cors::annotated())).await;
    of(&app).await.assert_clean();
    let app = App::new()
        .configure(handlers)
        .wrap(from_fn(nobody_as_an_error))
        .wrap(Cors::annotated().fallback::<Fallback>());
    let found = of(&init_service(app).await).await;
    found.assert_clean();
    assert_eq!(found.asked(), 10);
}

/// No policy is mounted, so that nothing is asked and nothing is wrong.
async fn without_a_policy() {
    let app = init_service(App::new().route("/", web::to(async || run()))).await;
    let found = of(&app).await;
    assert_eq!((found.asked(), found.is_clean()), (0, true), "{found}");
    let app = App::new()
        .route("/", web::to(async || run()))
        .wrap(from_fn(nobody_as_an_error));
    let found = of(&init_service(app).await).await;
    assert_eq!((found.asked(), found.is_clean()), (0, true), "{found}");
}

async fn authentication_outside() {
    let turned_away = [
        (FaultCause::TurnedAway, "update"),
        (FaultCause::TurnedAway, "remove"),
        (FaultCause::TurnedAway, "news"),
        (FaultCause::TurnedAway, "news"),
    ];
    let app = App::new()
        .configure(handlers)
        .wrap(Cors::annotated())
        .wrap(from_fn(nobody));
    let found = of(&init_service(app).await).await;
    assert_eq!(causes(&found), turned_away, "{found}");
    let text = found.to_string();
    assert!(
        text.contains("PUT /items/{id:\\d+}, it::audit::update (tests/it/audit.rs:"),
        "{text}"
    );
    assert!(
        text.contains("401 Unauthorized; no Access-Control-* header"),
        "{text}"
    );
    assert!(text.contains("as its last `.wrap(…)`"), "{text}");

    // No `Cors` at all.
    let app = App::new().configure(handlers).wrap(from_fn(nobody));
    let found = of(&init_service(app).await).await;
    assert_eq!(causes(&found), turned_away, "{found}");

    // Of an error there is no response that leads to the app; there is one app alone in the thread.
    let app = App::new()
        .configure(handlers)
        .wrap(from_fn(nobody_as_an_error));
    let app = init_service(app).await;
    let found = of(&app).await;
    assert_eq!(causes(&found), turned_away, "{found}");
    let other = init_service(App::new().configure(handlers)).await;
    let found = of(&app).await;
    assert_eq!(causes(&found), [(FaultCause::UnknownApp, "")], "{found}");
    of(&other).await.assert_clean();
    drop(other);

    // It has seen the preflight, and could not tell.
    let app = App::new()
        .service(
            web::scope("/a")
                .guard(guard::Header("x-side", "1"))
                .service(update),
        )
        .service(web::scope("/a").service(update))
        .wrap(from_fn(nobody))
        .wrap(Cors::annotated());
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::TurnedAway, "update"); 2],
        "{found}"
    );
    assert!(
        found.to_string().contains("could not find its handler"),
        "{found}"
    );
}

async fn another_cors_outside() {
    let app = App::new().configure(handlers).wrap(ActixCors::permissive());
    let found = of(&init_service(app).await).await;
    let handlers_of: Vec<_> = causes(&found).into_iter().map(|(_, name)| name).collect();
    assert_eq!(
        handlers_of,
        ["update", "remove", "news", "news", "internal"],
        "{found}"
    );
    assert!(
        found
            .faults()
            .iter()
            .all(|fault| fault.cause == FaultCause::OtherCors),
        "{found}"
    );
    assert!(found.to_string().contains("actix-cors"), "{found}");

    // It alters the refusals alone.
    let anyone = DefaultHeaders::new().add(("access-control-allow-origin", "*"));
    let app = App::new()
        .configure(handlers)
        .wrap(Cors::annotated())
        .wrap(anyone);
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [
            (FaultCause::OtherCors, "update"),
            (FaultCause::OtherCors, "remove"),
            (FaultCause::OtherCors, "internal"),
        ],
        "{found}"
    );
    assert!(
        found
            .to_string()
            .contains("it has `access-control-allow-origin: *`"),
        "{found}"
    );

    // It leaves preflights alone: the request that `enforce` refuses shows it.
    let app = App::new().service(remove).wrap(from_fn(
        async |request: ServiceRequest, next: Next<BoxBody>| {
            let is_options = request.method() == Method::OPTIONS;
            let mut response = next.call(request).await.map_err(|error| {
                error::InternalError::from_response("", {
                    let mut response = error.error_response();
                    response.headers_mut().insert(
                        "access-control-allow-origin".parse().expect("a name"),
                        "*".parse().expect("a value"),
                    );
                    response
                })
            })?;
            if !is_options {
                response.headers_mut().insert(
                    "access-control-allow-origin".parse().expect("a name"),
                    "*".parse().expect("a value"),
                );
            }
            Ok(response)
        },
    ));
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::OtherCors, "remove")],
        "{found}"
    );
    assert!(
        found.to_string().contains("asked: DELETE /items/1"),
        "{found}"
    );
}

async fn resources_in_front() {
    let options = || {
        web::resource("/{tail:.*}").route(web::method(Method::OPTIONS).to(async || {
            HttpResponse::Ok()
                .insert_header(("access-control-allow-origin", "*"))
                .insert_header(("access-control-allow-methods", "PUT"))
                .finish()
        }))
    };
    let catch_all = || options().guard(guard::Options());
    let app = App::new()
        .service(catch_all())
        .service(update)
        .wrap(Cors::annotated());
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::ResourceInFront, "update")],
        "{found}"
    );
    let text = found.to_string();
    assert!(text.contains("`/{tail:.*}`, is in front"), "{text}");
    assert!(text.contains("access-control-allow-origin: *"), "{text}");

    // One that may take the request itself: our handler leaves its preflights unanswered.
    let app = App::new()
        .service(
            web::resource("/{a}/{b}")
                .guard(guard::Put())
                .to(async || run()),
        )
        .service(update);
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::ResourceInFront, "update")],
        "{found}"
    );
    assert!(found.to_string().contains("`/{a}/{b}`"), "{found}");

    // Behind it, nothing is wrong.
    let app = App::new().service(update).service(catch_all());
    of(&init_service(app).await).await.assert_clean();
}

async fn handlers_in_front() {
    let app = App::new().service(update).service(update_again);
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::DeadHandler, "update_again")],
        "{found}"
    );
    assert!(
        found
            .to_string()
            .contains("never runs: it::audit::update (tests/it/audit.rs:"),
        "{found}"
    );

    // In a scope, and also where both have the same policy.
    for annotated in [false, true] {
        let app = App::new()
            .service(web::scope("/{a}").service(update).service(update))
            .wrap(actix_web::middleware::Condition::new(
                annotated,
                Cors::annotated(),
            ));
        let found = of(&init_service(app).await).await;
        assert_eq!(
            causes(&found),
            [(FaultCause::DeadHandler, "update")],
            "{found}"
        );
    }

    let app = App::new().service(module::by_name).service(news);
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::HandlerInFront, "news")],
        "{found}"
    );

    // A scope takes all paths with its prefix.
    let app = App::new().service(web::scope("/items")).service(update);
    let found = of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::Unanswered, "update")],
        "{found}"
    );
}

async fn layers() {
    let plain = || App::new().route("/", web::get().to(async || run()));
    let app = plain().wrap(Cors::annotated());
    let found = of(&init_service(app).await).await;
    assert_eq!(causes(&found), [(FaultCause::IdleLayer, "")], "{found}");
    let line = line!() - 3;
    assert!(
        found
            .to_string()
            .contains(&format!("Cors::annotated() (tests/it/audit.rs:{line})")),
        "{found}"
    );
    let app = plain().wrap(Cors::of::<Fallback>());
    of(&init_service(app).await).await.assert_clean();
}

async fn what_cannot_be_asked() {
    let app = App::new().service(odd).service(tenant).service(
        web::scope("/side")
            .guard(guard::Header("x-side", "1"))
            .service(update),
    );
    let app = init_service(app).await;
    let found = of(&app).await;
    found.assert_clean();
    let text = found.to_string();
    let unasked: Vec<_> = found
        .unasked()
        .iter()
        .map(|unasked| &*unasked.pattern)
        .collect();
    assert_eq!(
        unasked,
        ["/odd/{odd:qq[xyz]{3}}", "/tenant", "/side/items/{id:\\d+}"],
        "{text}"
    );
    assert!(text.contains("no path could be made up"), "{text}");
    assert!(text.contains("only a source knows"), "{text}");
    assert!(text.contains("a guard turns it away"), "{text}");

    let found = audit_as(&app, &[("x-side", "1")]).await;
    found.assert_clean();
    assert_eq!(found.unasked().len(), 2, "{found}");
}
