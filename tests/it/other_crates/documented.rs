//! utoipa-actix-web collects the routes of an app with their documentation, for its `OpenAPI` document.

use actix_web::App;
use cors_runtime::Cors;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::{AppExt, UtoipaApp};

use super::rows::Says::{Denied, For, Nothing};
use super::rows::{ADMIN, APP, EVIL, ask, check, get, preflight};
use crate::support::serve;

/// The same handlers, with the given attributes above their route attributes.
macro_rules! handlers {
    ($name:ident: $(#[$read:meta])+; $(#[$update:meta])+) => {
        mod $name {
            use actix_web::{get, put, web};
            #[allow(unused_imports)]
            use cors_runtime::cors;

            $(#[$read])+
            #[get("/items/{id}")]
            pub(super) async fn read(id: web::Path<u32>) -> String {
                format!("item {id}")
            }

            $(#[$update])+
            #[put("/items/{id}")]
            pub(super) async fn update(id: web::Path<u32>) -> String {
                format!("item {id} is up to date")
            }
        }
    };
}

handlers! { without:
    #[doc = "Reads one item."] #[utoipa::path(responses((status = 200, body = String)))];
    #[doc = "Changes one item."] #[utoipa::path(responses((status = 200, body = String)))]
}

handlers! { above:
    #[doc = "Reads one item."]
    #[cors(origins = ["https://app.example.com"])]
    #[utoipa::path(responses((status = 200, body = String)))];
    #[doc = "Changes one item."]
    #[cors(origins = ["https://admin.example.com"])]
    #[utoipa::path(responses((status = 200, body = String)))]
}

handlers! { below:
    #[doc = "Reads one item."]
    #[utoipa::path(responses((status = 200, body = String)))]
    #[cors(origins = ["https://app.example.com"])];
    #[doc = "Changes one item."]
    #[utoipa::path(responses((status = 200, body = String)))]
    #[cors(origins = ["https://admin.example.com"])]
}

macro_rules! app {
    ($handlers:ident) => {
        App::new()
            .into_utoipa_app()
            .service(
                scope("/v1")
                    .service($handlers::read)
                    .service($handlers::update),
            )
            .configure(|config| {
                config.service($handlers::read).service($handlers::update);
            })
    };
}

fn document<T>(app: UtoipaApp<T>) -> String
where
    T: actix_web::dev::ServiceFactory<
            actix_web::dev::ServiceRequest,
            Config = (),
            Error = actix_web::Error,
            InitError = (),
        >,
{
    let (_, document) = app.split_for_parts();
    document.to_pretty_json().expect("JSON")
}

#[test]
fn the_document_is_the_same_wherever_the_attribute_stands() {
    let without = document(app!(without));
    assert!(without.contains("/v1/items/{id}") && without.contains("Changes one item."));
    assert_eq!(document(app!(below)), without);
    assert_eq!(document(app!(above)), without);
}

#[test]
#[rustfmt::skip]
fn collected_routes_keep_their_preflights() {
    let server = serve(|| app!(below).into_app().wrap(Cors::annotated()));
    for prefix in ["", "/v1"] {
        let path = format!("{prefix}/items/1");
        check(server, &[
            (preflight("GET", &path).from(APP),     204, For(APP)),
            (preflight("PUT", &path).from(ADMIN),   204, For(ADMIN)),
            (preflight("PUT", &path).from(APP),     403, Denied),
            (preflight("PUT", &path).from(EVIL),    403, Denied),
            (preflight("DELETE", &path).from(APP),  404, Nothing),
            (get(&path).from(APP),                  200, For(APP)),
            (ask("PUT", &path).from(ADMIN),         200, For(ADMIN)),
            (ask("PUT", &path).from(APP),           200, Denied),
        ]);
    }
}
