//! apistos, whose scopes and resources stand for actix's: a layer wraps them, and annotated handlers stand beside them.

use actix_web::{App, HttpResponse, put, web};
use apistos::app::OpenApiWrapper;
use apistos::schemars::JsonSchema;
use apistos::spec::Spec;
use apistos::web::{get as route_get, put as route_put, resource, scope};
use apistos::{ApiComponent, api_operation};
use cors_runtime::{Cors, cors};
use serde::{Deserialize, Serialize};

use super::rows::Says::{Denied, For, Nothing};
use super::rows::{ADMIN, APP, ask, check, get, preflight};
use crate::support::serve;

#[cors(origins = ["https://app.example.com"], methods = ["GET", "PUT"], headers = ["content-type"])]
struct Front;

#[derive(Serialize, Deserialize, JsonSchema, ApiComponent)]
#[schemars(crate = "apistos")]
struct Item {
    name: String,
}

#[api_operation(summary = "Reads an item")]
async fn read() -> web::Json<Item> {
    web::Json(Item {
        name: "lamp".to_owned(),
    })
}

#[api_operation(summary = "Changes an item")]
async fn update(item: web::Json<Item>) -> web::Json<Item> {
    item
}

#[cors(origins = ["https://admin.example.com"])]
#[put("/annotated")]
async fn annotated() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

#[test]
#[rustfmt::skip]
fn a_layer_wraps_its_scopes_and_annotated_handlers_stand_beside_them() {
    let server = serve(|| {
        let items = resource("/items").route(route_get().to(read)).route(route_put().to(update));
        App::new()
            .document(Spec::default())
            .service(scope("/v1").wrap(Cors::of::<Front>()).service(items))
            .build("/openapi.json")
            .service(annotated)
    });
    check(server, &[
        (preflight("PUT", "/v1/items").from(APP),       204, For(APP)),
        (preflight("PUT", "/v1/items").from(ADMIN),     403, Denied),
        (ask("PUT", "/v1/items").from(APP).json("{}"),  400, For(APP)),
        (get("/v1/items").from(APP),                    200, For(APP)),
        (get("/v1/items").from(ADMIN),                  200, Denied),
        (preflight("PUT", "/annotated").from(ADMIN),    204, For(ADMIN)),
        (preflight("PUT", "/annotated").from(APP),      403, Denied),
        (get("/openapi.json").from(APP),                200, Nothing),
    ]);
    let document = get("/openapi.json").send(server).body;
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let methods = document["paths"]["/v1/items"].as_object().expect("a path");
    assert_eq!(methods.keys().collect::<Vec<_>>(), ["get", "put"]);
}
