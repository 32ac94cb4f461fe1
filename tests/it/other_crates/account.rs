//! An API with a cookie session, authentication by it, and `Cors::annotated()` around both.

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionExt, SessionMiddleware};
use actix_web::body::MessageBody;
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{
    App, Error, HttpRequest, HttpResponse, Responder, Result, error, get, post, put, rt, web,
};
use actix_ws::Message;
use cors_runtime::{Cors, OriginSet, cors};

/// The origins of the pages that may act as the user, set by each test.
pub static PAGES: OriginSet = OriginSet::new();

// A form on any page can send this request and that to `/logout`, hence `enforce`.
#[cors(origins = [PAGES], credentials, enforce)]
#[post("/login")]
async fn login(session: Session, name: String) -> Result<impl Responder> {
    session.insert("name", name)?;
    Ok("Welcome.")
}

#[cors(origins = [PAGES], credentials)]
#[get("/me")]
async fn me(session: Session) -> Result<impl Responder> {
    Ok(session.get::<String>("name")?.unwrap_or_default())
}

#[cors(origins = [PAGES], headers = ["content-type"], credentials, max_age = 600)]
#[put("/me")]
async fn rename(session: Session, name: web::Json<String>) -> Result<impl Responder> {
    session.insert("name", name.into_inner())?;
    Ok(HttpResponse::NoContent())
}

#[cors(origins = [PAGES], credentials, enforce)]
#[post("/logout")]
async fn logout(session: Session) -> impl Responder {
    session.purge();
    HttpResponse::NoContent()
}

#[cors(origins = [PAGES], credentials, enforce)]
#[get("/echo")]
async fn echo(request: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    echoes(&request, body)
}

/// Opens a web socket that sends back each text.
pub fn echoes(request: &HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    let (response, mut session, mut messages) = actix_ws::handle(request, body)?;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            match message {
                Message::Text(text) if session.text(text.clone()).await.is_ok() => {}
                Message::Close(reason) => {
                    let _ = session.close(reason).await;
                    return;
                }
                _ => return,
            }
        }
    });
    Ok(response)
}

/// Turns away every request but a login, unless the user has logged in.
async fn signed_in(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let name: Option<String> = request.get_session().get("name")?;
    if name.is_some() || request.path() == "/login" {
        next.call(request).await
    } else {
        Err(error::ErrorUnauthorized("Nobody is signed in."))
    }
}

pub fn app() -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let sessions = SessionMiddleware::builder(CookieSessionStore::default(), Key::from(&[7; 64]))
        .cookie_content_security(CookieContentSecurity::Private)
        .cookie_same_site(SameSite::Lax)
        .cookie_secure(false)
        .build();
    App::new()
        .service(login)
        .service(me)
        .service(rename)
        .service(logout)
        .service(echo)
        .wrap(from_fn(signed_in))
        .wrap(sessions)
        .wrap(Cors::annotated())
}
