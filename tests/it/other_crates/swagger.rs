//! paperclip's app takes only its own handlers, for its Swagger document. Annotated handlers are registered before them.

use actix_web::{App, get};
use cors_runtime::{Cors, cors};
use paperclip::actix::{OpenApiExt, api_v2_operation, web};

use super::rows::Says::{Denied, For};
use super::rows::{ADMIN, APP, EVIL, ask, check, get, preflight};
use crate::support::serve;

#[cors(origins = ["https://admin.example.com"])]
#[get("/items/{id}/history")]
async fn history() -> &'static str {
    "changed once"
}

/// Changes one item.
#[api_v2_operation]
async fn update(id: web::Path<u32>) -> String {
    format!("item {id} is up to date")
}

#[cors(origins = ["https://app.example.com"], methods = ["GET", "PUT"])]
struct Front;

#[test]
#[rustfmt::skip]
fn collected_routes_are_under_a_layer_and_annotated_handlers_beside_them() {
    let server = serve(|| {
        App::new()
            .service(history)
            .wrap_api()
            .route("/items/{id}", web::put().to(update))
            .with_json_spec_at("/spec")
            .build()
            .wrap(Cors::annotated().fallback::<Front>())
    });
    check(server, &[
        (preflight("PUT", "/items/1").from(APP),            204, For(APP)),
        (ask("PUT", "/items/1").from(APP),                  200, For(APP)),
        (preflight("PUT", "/items/1").from(EVIL),           403, Denied),
        (ask("PUT", "/items/1").from(EVIL),                 200, Denied),
        (preflight("GET", "/items/1/history").from(ADMIN),  204, For(ADMIN)),
        (get("/items/1/history").from(ADMIN),               200, For(ADMIN)),
        (get("/items/1/history").from(APP),                 200, Denied),
        (get("/spec").from(APP),                            200, For(APP)),
        (get("/spec"),                                      200, Denied),
    ]);
    let document = get("/spec").send(server).body;
    assert!(document.contains("/items/{id}") && document.contains("Changes one item."), "{document}");
    assert!(!document.contains("history"), "{document}");
}
