//! Audits the API's app, as a user's test would, and two faulty copies of it.

use actix_web::{
    Error, HttpResponse, Responder,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    get,
    http::{Method, header},
    middleware::{Next, from_fn},
    test, web,
};
use cors_runtime::{
    Remark,
    test::{Audit, AuditedRoute, Fault, audit},
};
use serde::{Deserialize, Serialize};

use super::super::{app, shop::Shop};

#[derive(Deserialize)]
struct Query {
    app: Variant,
}

/// The app that is audited.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Variant {
    AsItIs,
    OptionsForAll,
    SignInOutside,
}

/// A report as JSON.
#[derive(Serialize)]
struct Findings {
    asked: usize,
    answered: Vec<Endpoint>,
    faults: Vec<Finding>,
    unasked: Vec<String>,
    remarks: Vec<Remark>,
}

#[derive(Serialize)]
struct Endpoint {
    method: String,
    path: String,
    handler: &'static str,
}

#[derive(Serialize)]
struct Finding {
    cause: String,
    what: String,
    remedy: String,
    endpoint: Option<Endpoint>,
    /// The request, the answer, and the policy's answer.
    exchange: Option<[String; 3]>,
}

/// The app is built anew for each audit: the one that serves requests belongs to another thread.
#[get("/audit")]
pub(crate) async fn findings(query: web::Query<Query>) -> impl Responder {
    let app = app(web::Data::new(Shop::stocked()));
    let audit = match query.app {
        Variant::AsItIs => audit(&test::init_service(app).await).await,
        Variant::OptionsForAll => {
            let app = app.wrap(from_fn(answer_each_options));
            audit(&test::init_service(app).await).await
        }
        Variant::SignInOutside => {
            let app = app.wrap(from_fn(sign_in_first));
            audit(&test::init_service(app).await).await
        }
    };
    web::Json(Findings::of(&audit))
}

/// A fault of many APIs: every preflight is allowed, whatever the policies say.
async fn answer_each_options(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() == Method::OPTIONS {
        let anyone = HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "*"))
            .finish();
        return Ok(request.into_response(anyone));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Another fault: the middleware is outside of `Cors::annotated()`, although a preflight never has a cookie.
async fn sign_in_first(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.cookie("user").is_none() {
        return Ok(request.into_response(HttpResponse::Unauthorized().body("Sign in first.\n")));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

impl Findings {
    fn of(audit: &Audit) -> Self {
        Self {
            asked: audit.asked(),
            answered: audit.answered().iter().map(Endpoint::of).collect(),
            faults: audit.faults().iter().map(Finding::of).collect(),
            unasked: audit.unasked().iter().map(ToString::to_string).collect(),
            remarks: audit.remarks().to_vec(),
        }
    }
}

impl Endpoint {
    fn of(about: &AuditedRoute) -> Self {
        Self {
            method: about.method.clone(),
            path: about.pattern.clone(),
            handler: about.handler,
        }
    }
}

impl Finding {
    fn of(fault: &Fault) -> Self {
        let exchange = fault.exchange.as_ref();
        let exchange = exchange.map(|exchange| {
            [&exchange.asked, &exchange.said, &exchange.expected].map(String::clone)
        });
        Self {
            cause: format!("{:?}", fault.cause),
            what: fault.what.clone(),
            remedy: fault.remedy.clone(),
            endpoint: fault.about.as_ref().map(Endpoint::of),
            exchange,
        }
    }
}
