//! `audit` reports each fault that an app can have around its policies, and none in an app without faults.

use std::cell::Cell;
use std::panic::catch_unwind;

use actix_cors::Cors as ActixCors;
use actix_http::Request;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpResponse, Responder, delete, error, get, guard, put, web};
use cors_runtime::test::{Audit, FaultCause, audit, audit_as};
use cors_runtime::{Allows, Cors, OriginSource, cors};

thread_local! {
    /// How often a handler has run. Each test has a thread of its own.
    static RUNS: Cell<usize> = const { Cell::new(0) };
}

fn run() -> &'static str {
    RUNS.set(RUNS.get() + 1);
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

async fn unauthorized_as_an_error(
    _: ServiceRequest,
    _: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Err(error::ErrorUnauthorized("who are you?"))
}

async fn unauthorized(
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

/// The audit of an app. It must run no handler.
async fn audit_of<S, B>(app: &S) -> Audit
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let before = RUNS.get();
    let audit = audit(app).await;
    assert_eq!(RUNS.get(), before, "a handler has run");
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

#[actix_web::test]
async fn an_app_whose_policies_all_answer_has_no_fault() {
    let bare = init_service(App::new().configure(handlers)).await;
    let found = audit_of(&bare).await;
    found.assert_clean();
    assert_eq!(
        found.to_string(),
        "CORS audit: 10 requests, 0 faults, 0 not asked"
    );
    // Two requests for each of the four policies, one more for `enforce`, and only the stranger's for `off`.
    assert_eq!((found.asked(), found.unasked()), (2 * 4 + 1 + 1, &[][..]));

    let app = init_service(App::new().configure(handlers).wrap(Cors::annotated())).await;
    audit_of(&app).await.assert_clean();
    let app = App::new()
        .configure(handlers)
        .wrap(from_fn(unauthorized_as_an_error))
        .wrap(Cors::annotated().fallback::<Fallback>());
    let found = audit_of(&init_service(app).await).await;
    found.assert_clean();
    assert_eq!(found.asked(), 10);
}

/// The default service of an app would take the first request of an audit.
#[actix_web::test]
async fn an_audit_runs_no_default_service_and_a_stranger_reaches_nothing_else() {
    let app = App::new()
        .configure(handlers)
        .default_service(web::to(async || run()))
        .wrap(from_fn(async |request, next: Next<BoxBody>| {
            actix_web::rt::task::yield_now().await;
            next.call(request).await
        }));
    let app = init_service(app).await;
    audit_of(&app).await.assert_clean();

    // Also while an audit waits.
    let request = actix_web::test::TestRequest::with_uri("/%01cors0").to_request();
    let stranger = actix_web::test::call_and_read_body(&app, request);
    let (found, body) = futures_util::join!(audit(&app), stranger);
    found.assert_clean();
    assert_eq!(body, "ran");
}

/// A layer that answers leaves it open which handler gets the request, and the guard of a scope may choose another.
#[actix_web::test]
async fn a_request_that_enforce_refuses_is_sent_if_its_preflight_has_reached_the_handler() {
    let scoped = || App::new().service(web::scope("/s").service(remove));
    let found = audit_of(&init_service(scoped()).await).await;
    found.assert_clean();
    assert_eq!((found.asked(), found.unasked().len()), (3, 0), "{found}");
    let found = audit_of(&init_service(scoped().wrap(Cors::annotated())).await).await;
    found.assert_clean();
    assert_eq!((found.asked(), found.unasked().len()), (2, 1), "{found}");
    let text = found.to_string();
    assert!(text.contains("might run another handler"), "{text}");
}

/// The layer has seen the requests that came back as errors, so the other app of the thread is not taken for its own.
#[actix_web::test]
async fn a_layer_leads_to_its_app_where_every_request_ends_in_an_error() {
    let other = init_service(App::new().service(news)).await;
    let app = App::new()
        .configure(handlers)
        .wrap(from_fn(unauthorized_as_an_error))
        .wrap(Cors::annotated());
    let found = audit_of(&init_service(app).await).await;
    found.assert_clean();
    assert_eq!(found.asked(), 10, "{found}");
    drop(other);
}

#[actix_web::test]
async fn a_path_is_tried_that_no_resource_in_front_takes() {
    let app = App::new()
        .route("/1", web::get().to(async || run()))
        .service(module::by_name);
    let found = audit_of(&init_service(app).await).await;
    found.assert_clean();
    assert_eq!(found.answered()[0].path, "/a", "{found}");
}

#[actix_web::test]
async fn an_app_without_policies_is_asked_nothing() {
    let app = init_service(App::new().route("/", web::to(async || run()))).await;
    let found = audit_of(&app).await;
    assert_eq!((found.asked(), found.is_clean()), (0, true), "{found}");
    let app = App::new()
        .route("/", web::to(async || run()))
        .wrap(from_fn(unauthorized_as_an_error));
    let found = audit_of(&init_service(app).await).await;
    assert_eq!((found.asked(), found.is_clean()), (0, true), "{found}");
}

#[actix_web::test]
async fn an_authentication_around_the_policies_turns_their_preflights_away() {
    let turned_away = [
        (FaultCause::TurnedAway, "update"),
        (FaultCause::TurnedAway, "remove"),
        (FaultCause::TurnedAway, "news"),
        (FaultCause::TurnedAway, "news"),
    ];
    let app = App::new()
        .configure(handlers)
        .wrap(Cors::annotated())
        .wrap(from_fn(unauthorized));
    let found = audit_of(&init_service(app).await).await;
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
    assert!(!found.is_clean());
    catch_unwind(|| found.assert_clean()).expect_err("faults");

    // The app has no layer.
    let app = App::new().configure(handlers).wrap(from_fn(unauthorized));
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(causes(&found), turned_away, "{found}");

    // An error brings no response that shows its app, so the audit takes the app of the thread, if there is only one.
    let app = App::new()
        .configure(handlers)
        .wrap(from_fn(unauthorized_as_an_error));
    let app = init_service(app).await;
    let found = audit_of(&app).await;
    assert_eq!(causes(&found), turned_away, "{found}");
    let other = init_service(App::new().configure(handlers)).await;
    let found = audit_of(&app).await;
    assert_eq!(causes(&found), [(FaultCause::UnknownApp, "")], "{found}");
    audit_of(&other).await.assert_clean();
    drop(other);

    // The layer sees the preflight, but cannot tell which of the two handlers it is for.
    let app = App::new()
        .service(
            web::scope("/a")
                .guard(guard::Header("x-side", "1"))
                .service(update),
        )
        .service(web::scope("/a").service(update))
        .wrap(from_fn(unauthorized))
        .wrap(Cors::annotated());
    let found = audit_of(&init_service(app).await).await;
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

#[actix_web::test]
async fn another_cors_middleware_around_the_policies_alters_their_answers() {
    let app = App::new().configure(handlers).wrap(ActixCors::permissive());
    let found = audit_of(&init_service(app).await).await;
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

    // This middleware alters only refusals.
    let anyone = DefaultHeaders::new().add(("access-control-allow-origin", "*"));
    let app = App::new()
        .configure(handlers)
        .wrap(Cors::annotated())
        .wrap(anyone);
    let found = audit_of(&init_service(app).await).await;
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

    // This middleware changes the status of what the handlers answer.
    let app = App::new().configure(handlers).wrap(from_fn(
        async |request: ServiceRequest, next: Next<BoxBody>| {
            let mut response = next.call(request).await?;
            if response.status() == StatusCode::NO_CONTENT {
                *response.response_mut().status_mut() = StatusCode::OK;
            }
            Ok::<_, Error>(response)
        },
    ));
    let found = audit_of(&init_service(app).await).await;
    let other_cors = ["update", "remove", "news", "news"].map(|name| (FaultCause::OtherCors, name));
    assert_eq!(causes(&found), other_cors, "{found}");
    let fault = &found.faults()[1];
    assert!(
        fault
            .what
            .ends_with("altered the answer: it has the status 200"),
        "{found}"
    );
    let evidence = fault.exchange.as_ref().expect("an answer");
    assert_eq!(
        evidence.expected,
        "204 No Content; access-control-allow-methods: DELETE; access-control-allow-origin: https://a.example.com"
    );

    // These answer by themselves: the first a preflight, and the second a request that `enforce` refuses.
    let answers = |method: Method, status: StatusCode| {
        from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
            let is_answered = request.method() == method;
            async move {
                if is_answered {
                    let response = HttpResponse::new(status);
                    return Ok::<_, Error>(request.into_response(response));
                }
                next.call(request).await
            }
        })
    };
    for (method, status, what) in [
        (
            Method::OPTIONS,
            StatusCode::NO_CONTENT,
            "it lacks `access-control-allow-methods: DELETE`, `access-control-allow-origin: https://a.example.com`",
        ),
        (
            Method::DELETE,
            StatusCode::OK,
            "which `enforce` refuses, or gives it CORS headers",
        ),
    ] {
        let app = App::new().service(remove).wrap(answers(method, status));
        let found = audit_of(&init_service(app).await).await;
        assert_eq!(
            causes(&found),
            [(FaultCause::OtherCors, "remove")],
            "{found}"
        );
        assert!(found.faults()[0].what.ends_with(what), "{found}");
    }

    // This middleware does not alter preflights, so only the request that `enforce` refuses shows it.
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
    let found = audit_of(&init_service(app).await).await;
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

#[actix_web::test]
async fn a_resource_in_front_of_a_handler_takes_its_preflights() {
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
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::ResourceInFront, "update")],
        "{found}"
    );
    let text = found.to_string();
    assert!(text.contains("`/{tail:.*}`, is in front"), "{text}");
    assert!(text.contains("access-control-allow-origin: *"), "{text}");

    // A resource in front may take the request itself, so the handler leaves the preflights unanswered.
    let app = App::new()
        .service(
            web::resource("/{a}/{b}")
                .guard(guard::Put())
                .to(async || run()),
        )
        .service(update);
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::ResourceInFront, "update")],
        "{found}"
    );
    assert!(found.to_string().contains("`/{a}/{b}`"), "{found}");

    // A resource behind the handler is no fault.
    let app = App::new().service(update).service(catch_all());
    audit_of(&init_service(app).await).await.assert_clean();
}

#[actix_web::test]
async fn a_handler_in_front_of_another_answers_its_preflights() {
    let app = App::new().service(update).service(update_again);
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::UnreachableHandler, "update_again")],
        "{found}"
    );
    assert_eq!(found.asked(), 2, "the one in front is asked: {found}");
    assert!(
        found
            .to_string()
            .contains("never runs: it::audit::update (tests/it/audit.rs:"),
        "{found}"
    );

    // The same in a scope, with one handler registered twice.
    for annotated in [false, true] {
        let app = App::new()
            .service(web::scope("/{a}").service(update).service(update))
            .wrap(actix_web::middleware::Condition::new(
                annotated,
                Cors::annotated(),
            ));
        let found = audit_of(&init_service(app).await).await;
        assert_eq!(
            causes(&found),
            [(FaultCause::UnreachableHandler, "update")],
            "{found}"
        );
    }

    let app = App::new().service(module::by_name).service(news);
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::HandlerInFront, "news")],
        "{found}"
    );

    // A scope takes all paths with its prefix.
    let app = App::new().service(web::scope("/items")).service(update);
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(
        causes(&found),
        [(FaultCause::Unanswered, "update")],
        "{found}"
    );
}

#[actix_web::test]
async fn a_layer_for_annotated_handlers_in_an_app_without_any_is_a_fault() {
    let plain = || App::new().route("/", web::get().to(async || run()));
    let app = plain().wrap(Cors::annotated());
    let found = audit_of(&init_service(app).await).await;
    assert_eq!(causes(&found), [(FaultCause::IdleLayer, "")], "{found}");
    let line = line!() - 3;
    assert!(
        found
            .to_string()
            .contains(&format!("Cors::annotated() (tests/it/audit.rs:{line})")),
        "{found}"
    );
    let app = plain().wrap(Cors::of::<Fallback>());
    audit_of(&init_service(app).await).await.assert_clean();
}

#[actix_web::test]
async fn a_policy_that_no_request_can_be_made_for_is_listed_as_not_asked() {
    let app = App::new().service(odd).service(tenant).service(
        web::scope("/side")
            .guard(guard::Header("x-side", "1"))
            .service(update),
    );
    let app = init_service(app).await;
    let found = audit_of(&app).await;
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
