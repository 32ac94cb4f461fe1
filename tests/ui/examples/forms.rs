//! Each form of the attribute compiles without a warning.
#![deny(warnings, missing_docs)]

use actix_web::dev::RequestHead;
use actix_web::{App, HttpResponse, Responder, get, post, put, web};
use cors_runtime::{Allows, Cors, OriginSet, OriginSource, cors};

const APP: &str = concat!("https://app", ".example.com");
static TENANTS: OriginSet = OriginSet::new();
static DATABASE: Database = Database;

struct Database;

impl OriginSource for Database {
    fn allows(&self, _: &str, _: &RequestHead) -> Allows {
        Allows::later(async { Ok::<_, std::io::Error>(false) })
    }
}

/// Our partners' pages.
#[cors(origins = ["https://*.partner.example", dev("http://localhost:5173")], methods = ["GET", "POST", "PUT"], max_age = 600)]
pub struct Partners;

/// The same partners, with cookies.
#[cors(policy = Partners, origins = ["https://partner.example"], credentials)]
pub struct PartnersSignedIn;

/// Handlers with one policy.
#[cors(policy = Partners, headers = ["x-api-key"])]
pub mod api {
    use super::*;

    /// As the module says.
    #[get("/list")]
    pub async fn list() -> impl Responder {
        helper()
    }

    /// With keys of its own.
    #[cors(origins = [APP, TENANTS, DATABASE], credentials, enforce)]
    #[put("/update")]
    pub async fn update() -> impl Responder {
        helper()
    }

    /// With another policy.
    #[cors(policy = PartnersSignedIn)]
    #[post("/create")]
    pub async fn create() -> impl Responder {
        helper()
    }

    /// Closed.
    #[cors(off)]
    #[allow(clippy::unused_async)]
    #[get("/status")]
    pub async fn status() -> impl Responder {
        helper()
    }

    fn helper() -> &'static str {
        "no handler"
    }
}

/// A list of `dev` alone.
#[cors(origins = [dev("http://localhost:5173"), dev("http://localhost:3000")])]
#[get("/dev")]
pub async fn for_developers() -> impl Responder {
    "dev"
}

/// A named policy by its path.
#[cors(policy = crate::Partners)]
#[get("/by-path")]
pub async fn by_path() -> impl Responder {
    "by path"
}

fn main() {
    let _ = App::new()
        .service(api::list)
        .service(api::update)
        .service(api::create)
        .service(api::status)
        .service(for_developers)
        .service(by_path)
        .service(
            web::resource("/by-hand")
                .wrap(Cors::of::<PartnersSignedIn>())
                .to(HttpResponse::Ok),
        )
        .wrap(Cors::annotated().fallback::<Partners>());
}
