//! The example server's app without `#[cors]` and `Cors`. Each run begins with a comparison of its answers with the example's.

use actix_web::{
    App, Error, HttpRequest, HttpResponse, Responder, Result,
    body::MessageBody,
    cookie::{Cookie, SameSite},
    delete,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    error::{ErrorInternalServerError, ErrorNotFound, ErrorUnauthorized},
    get,
    middleware::{Next, from_fn},
    post, put, web,
};

use crate::server::shop::{Change, Item, Shop};

pub fn app(
    shop: web::Data<Shop>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + 'static>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new().app_data(shop).configure(api)
}

fn api(routes: &mut web::ServiceConfig) {
    routes
        .service(public)
        .service(list)
        .service(get_one)
        .service(put_one)
        .service(delete_one)
        .service(clear)
        .service(login)
        .service(me)
        .service(
            web::scope("/account")
                .wrap(from_fn(only_signed_in))
                .service(orders)
                .service(set_address),
        )
        .service(partners)
        .service(web::resource("/partners/catalogue.csv").route(web::get().to(catalogue)))
        .service(theme)
        .service(live)
        .service(broken)
        .route("/health", web::get().to(health));
}

#[get("/public")]
async fn public() -> impl Responder {
    "Hello, whoever you are.\n"
}

#[get("/items")]
async fn list(shop: web::Data<Shop>) -> impl Responder {
    let items = shop.items();
    HttpResponse::Ok()
        .insert_header(("x-total-count", items.len()))
        .insert_header(("x-internal", "shelf 4"))
        .json(&*items)
}

#[get("/items/{id}")]
async fn get_one(shop: web::Data<Shop>, id: web::Path<u32>) -> Result<impl Responder> {
    match shop.items().get(&id) {
        Some(item) => Ok(web::Json(item.clone())),
        None => Err(ErrorNotFound(format!("There is no item {id}.\n"))),
    }
}

#[put("/items/{id}")]
async fn put_one(
    shop: web::Data<Shop>,
    id: web::Path<u32>,
    change: web::Json<Change>,
    request: HttpRequest,
) -> impl Responder {
    let item = Item {
        name: change.into_inner().name,
        edited_by: signed_in(&request),
    };
    shop.items().insert(*id, item.clone());
    web::Json(item)
}

#[delete("/items/{id}")]
async fn delete_one(shop: web::Data<Shop>, id: web::Path<u32>) -> impl Responder {
    shop.items().remove(&id);
    HttpResponse::NoContent()
}

#[delete("/items")]
async fn clear(shop: web::Data<Shop>) -> impl Responder {
    shop.items().clear();
    HttpResponse::NoContent()
}

#[post("/login")]
async fn login() -> impl Responder {
    let cookie = Cookie::build("user", "ada")
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    HttpResponse::Ok().cookie(cookie).body("Welcome, ada.\n")
}

#[get("/me")]
async fn me(request: HttpRequest) -> Result<impl Responder> {
    signed_in(&request).ok_or_else(|| ErrorUnauthorized("Nobody is signed in.\n"))
}

#[get("/orders")]
async fn orders() -> impl Responder {
    "One globe, on its way.\n"
}

#[put("/address")]
async fn set_address() -> impl Responder {
    HttpResponse::NoContent()
}

#[get("/partners")]
async fn partners() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-valid-until", "Friday"))
        .body("Partner prices: half of everything.\n")
}

async fn catalogue() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/csv")
        .body("lamp,20\nkettle,15\n")
}

#[get("/theme")]
async fn theme() -> impl Responder {
    "teal"
}

/// No client of the soak opens a web socket.
#[get("/live")]
async fn live(request: HttpRequest, body: web::Payload) -> Result<impl Responder> {
    let (response, _, _) = actix_ws::handle(&request, body)?;
    Ok(response)
}

#[get("/broken")]
async fn broken() -> Result<&'static str> {
    Err(ErrorInternalServerError("The storeroom is on fire.\n"))
}

async fn health() -> impl Responder {
    "Well.\n"
}

async fn only_signed_in(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>> {
    if signed_in(request.request()).is_none() {
        return Err(ErrorUnauthorized("Sign in first.\n"));
    }
    next.call(request).await
}

fn signed_in(request: &HttpRequest) -> Option<String> {
    Some(request.cookie("user")?.value().to_owned())
}
