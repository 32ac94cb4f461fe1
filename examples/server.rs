//! A shop's API on one origin, a page on others: open the page and see what the browser lets through.
//!
//! ```text
//! cargo run --example server
//! ```
//!
//! The API comes first: the `#[cors(…)]` of each handler says which origins may read its responses. The
//! shop's data and the command line are in `server/`, the page and its servers in `page/`.

#[path = "server/command_line.rs"]
mod command_line;
pub(crate) mod page;
#[path = "server/shop.rs"]
pub(crate) mod shop;

use std::{collections::BTreeSet, env, io, process::ExitCode};

use actix_web::{
    App, Error, HttpRequest, HttpResponse, HttpServer, Responder, Result,
    body::MessageBody,
    cookie::{Cookie, SameSite},
    dev::{RequestHead, ServiceFactory, ServiceRequest, ServiceResponse},
    error::{ErrorInternalServerError, ErrorUnauthorized},
    get,
    middleware::{Next, from_fn},
    post, put, rt, test, web,
};
use actix_ws::Message;
use cors_runtime::{Allows, Cors, MountedPolicies, OriginSet, OriginSource, cors, test::audit};
use futures_util::future::try_join_all;
use tokio::sync::RwLock;

use command_line::{Arguments, HELP, listen, print};
use shop::Shop;

// ------------------------------------------------------------------------------------------------
// The policies
// ------------------------------------------------------------------------------------------------

/// The shop's own pages, where they are deployed.
const SHOP: &str = "https://shop.example";

/// The shop's front end: deployed, served from this machine, and, in a debug build, served by a development
/// server.
#[cors(origins = [SHOP, "http://127.0.0.1:*", dev("http://localhost:5173")])]
struct Front;

/// Companies that resell: some are known when this is built, others when it is deployed.
#[cors(origins = ["https://*.partner.example", PARTNERS], expose_headers = ["x-valid-until"])]
struct Partners;

/// Filled from the environment variable `PARTNER_ORIGINS`, by the rules of the attribute.
pub(crate) static PARTNERS: OriginSet = OriginSet::new();

/// Shops that run on this API under names of their own, and sign up while it runs.
static TENANTS: Tenants = Tenants(RwLock::const_new(BTreeSet::new()));

/// It stands in for the database of a real API.
struct Tenants(RwLock<BTreeSet<String>>);

impl Tenants {
    async fn sign_up(&self, origin: String) {
        self.0.write().await.insert(origin);
    }
}

impl OriginSource for Tenants {
    fn allows(&self, origin: &str, _request: &RequestHead) -> Allows {
        let origin = origin.to_owned();
        Allows::later(async move {
            let tenants = TENANTS.0.read().await;
            Ok::<_, Error>(tenants.contains(&origin))
        })
    }
}

// ------------------------------------------------------------------------------------------------
// The API
// ------------------------------------------------------------------------------------------------

/// The last `wrap` is the outermost: it answers preflights before the authentication sees them, and a page
/// that a handler allows can read the 401. The fallback covers every path without an annotation: `/health`,
/// and paths that do not exist. The layer around the catalogue answers its own preflights.
pub(crate) fn app(
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
    App::new()
        .app_data(shop)
        .configure(api)
        .wrap(Cors::annotated().fallback::<Front>().with_layers_inside())
}

fn api(routes: &mut web::ServiceConfig) {
    routes
        .service(public)
        .service(items::list)
        .service(items::get_one)
        .service(items::put_one)
        .service(items::delete_one)
        .service(items::clear)
        .service(login)
        .service(me)
        .service(
            web::scope("/account")
                .wrap(from_fn(only_signed_in))
                .service(orders)
                .service(set_address),
        )
        .service(partners)
        .service(
            web::resource("/partners/catalogue.csv")
                .wrap(Cors::of::<Partners>())
                .route(web::get().to(catalogue)),
        )
        .service(theme)
        .service(live)
        .service(broken)
        .route("/health", web::get().to(health));
}

/// Anyone may read this, from any site, but never as a signed-in user: `"*"` with `credentials` does
/// not build.
#[cors(origins = ["*"])]
#[get("/public")]
async fn public() -> impl Responder {
    "Hello, whoever you are.\n"
}

/// The `#[cors(…)]` of a handler adds keys to the module's policy, or replaces its keys.
#[cors(origins = [SHOP, "http://127.0.0.1:*", dev("http://localhost:5173")])]
mod items {
    use actix_web::{
        HttpRequest, HttpResponse, Responder, Result, delete, error::ErrorNotFound, get, put, web,
    };
    use cors_runtime::cors;

    use super::{
        SHOP,
        shop::{Change, Item, Shop},
        signed_in,
    };

    /// Script may read the header with the count. `x-internal` is sent as well, and the browser hides it.
    #[cors(expose_headers = ["x-total-count"])]
    #[get("/items")]
    pub(super) async fn list(shop: web::Data<Shop>) -> impl Responder {
        let items = shop.items();
        HttpResponse::Ok()
            .insert_header(("x-total-count", items.len()))
            .insert_header(("x-internal", "shelf 4"))
            .json(&*items)
    }

    /// An `Err` carries the same headers as an `Ok`: the page can read the 404 and its text.
    #[get("/items/{id}")]
    pub(super) async fn get_one(
        shop: web::Data<Shop>,
        id: web::Path<u32>,
    ) -> Result<impl Responder> {
        match shop.items().get(&id) {
            Some(item) => Ok(web::Json(item.clone())),
            None => Err(ErrorNotFound(format!("There is no item {id}.\n"))),
        }
    }

    /// The same path as above with a policy of its own: JSON, cookies, and a preflight that the browser
    /// may remember for ten minutes.
    #[cors(headers = ["content-type"], credentials, max_age = 600)]
    #[put("/items/{id}")]
    pub(super) async fn put_one(
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

    /// No development server may do this.
    #[cors(origins = [SHOP, "http://127.0.0.1:*"], credentials)]
    #[delete("/items/{id}")]
    pub(super) async fn delete_one(shop: web::Data<Shop>, id: web::Path<u32>) -> impl Responder {
        shop.items().remove(&id);
        HttpResponse::NoContent()
    }

    /// Only for pages of the API's own origin: every preflight is refused.
    #[cors(off)]
    #[delete("/items")]
    pub(super) async fn clear(shop: web::Data<Shop>) -> impl Responder {
        shop.items().clear();
        HttpResponse::NoContent()
    }
}

/// Without `credentials` the browser would drop the cookie. A page may send a simple POST like this one without
/// a preflight, so the policy decides which pages read the answer, not which pages send the request.
#[cors(policy = Front, credentials)]
#[post("/login")]
async fn login() -> impl Responder {
    let cookie = Cookie::build("user", "ada")
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    HttpResponse::Ok().cookie(cookie).body("Welcome, ada.\n")
}

#[cors(policy = Front, credentials)]
#[get("/me")]
async fn me(request: HttpRequest) -> Result<impl Responder> {
    signed_in(&request).ok_or_else(|| ErrorUnauthorized("Nobody is signed in.\n"))
}

/// The middleware around it answers 401 if nobody is signed in. A page that may read this response may
/// read that one too.
#[cors(policy = Front, credentials)]
#[get("/orders")]
async fn orders() -> impl Responder {
    "One globe, on its way.\n"
}

#[cors(policy = Front, headers = ["content-type"], credentials)]
#[put("/address")]
async fn set_address() -> impl Responder {
    HttpResponse::NoContent()
}

/// For some companies' sites, and no others.
#[cors(policy = Partners)]
#[get("/partners")]
async fn partners() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-valid-until", "Friday"))
        .body("Partner prices: half of everything.\n")
}

/// A route built by hand has no attribute: `Cors::of` puts it under a named policy.
async fn catalogue() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/csv")
        .body("lamp,20\nkettle,15\n")
}

/// The origins of tenants are looked up when a page asks.
#[cors(origins = [SHOP, TENANTS])]
#[get("/theme")]
async fn theme() -> impl Responder {
    "teal"
}

/// Browsers let any page open a web socket, without a preflight: `enforce` keeps other origins from the
/// handler.
#[cors(policy = Front, enforce)]
#[get("/live")]
async fn live(
    shop: web::Data<Shop>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<impl Responder> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            let sent = match message {
                Message::Text(_) => {
                    let items = shop.items().len();
                    session.text(format!("{items} items")).await
                }
                Message::Ping(bytes) => session.pong(&bytes).await,
                Message::Close(_) => break,
                _ => Ok(()),
            };
            if sent.is_err() {
                return;
            }
        }
        let _ = session.close(None).await;
    });
    Ok(response)
}

#[cors(policy = Front)]
#[get("/broken")]
async fn broken() -> Result<&'static str> {
    Err(ErrorInternalServerError("The storeroom is on fire.\n"))
}

/// A route built by hand and without a policy: the app's fallback covers it.
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

/// Enough for an example only: a real API keeps sessions, and does not trust a name in a cookie.
fn signed_in(request: &HttpRequest) -> Option<String> {
    Some(request.cookie("user")?.value().to_owned())
}

// ------------------------------------------------------------------------------------------------
// The program
// ------------------------------------------------------------------------------------------------

#[actix_web::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => serve(&arguments).await,
        Ok(None) => print(HELP),
        Err(error) => {
            eprintln!("error: {error}\n\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments) -> io::Result<()> {
    // Warnings and errors of the policies; `RUST_LOG=cors=debug` shows each refusal.
    env_logger::Builder::from_env(env_logger::Env::new().default_filter_or("cors=warn")).init();
    take_partners()?;
    let (api_listener, api_url) = listen(arguments.api, "--api")?;
    let mut pages = Vec::new();
    for page in &arguments.pages {
        pages.push(listen(*page, "--page")?);
    }
    let urls: Vec<String> = pages.iter().map(|(_, url)| url.clone()).collect();
    let site = page::Site::new(api_url.clone(), &urls, listing().await);
    // The same audit as in the tests of the app, see below.
    let api = test::init_service(app(web::Data::new(Shop::stocked()))).await;
    let audit = audit(&api).await;
    if let Some(origin) = site.tenant() {
        TENANTS.sign_up(origin.to_owned()).await;
    }

    let shop = web::Data::new(Shop::stocked());
    let journal = web::Data::new(page::Journal::default());
    let api_server = {
        let (shop, journal) = (shop.clone(), journal.clone());
        HttpServer::new(move || {
            app(shop.clone())
                .app_data(journal.clone())
                .wrap(from_fn(page::record))
        })
    };
    let api_server = api_server
        .workers(1)
        .shutdown_timeout(1)
        .listen(api_listener)?
        .run();
    let mut page_server = {
        let site = web::Data::new(site.clone());
        HttpServer::new(move || {
            App::new()
                .app_data(site.clone())
                .app_data(shop.clone())
                .app_data(journal.clone())
                .configure(page::routes)
        })
    };
    for (listener, _) in pages {
        page_server = page_server.listen(listener)?;
    }
    let page_server = page_server.workers(1).shutdown_timeout(1).run();

    let pages: Vec<String> = urls.iter().map(|url| format!("page  {url}")).collect();
    print(&format!(
        "API   {api_url}\n{pages}\n\n{listing}\n{audit}\n\n{advice}\nCtrl-C ends all.\n",
        pages = pages.join("\n"),
        listing = site.listing(),
        advice = site.advice(),
    ))?;

    try_join_all([rt::spawn(api_server), rt::spawn(page_server)])
        .await?
        .into_iter()
        .collect()
}

/// The variable may be missing. An invalid origin ends the program: otherwise a partner would be refused
/// silently.
fn take_partners() -> io::Result<()> {
    let variable = "PARTNER_ORIGINS";
    let taken = if env::var_os(variable).is_none() {
        // An empty set on purpose: the log warns of a set that was never filled.
        PARTNERS.replace([""; 0])
    } else {
        PARTNERS.replace_from_env(variable)
    };
    taken.map_err(io::Error::other)
}

/// The policies as they are mounted.
pub(crate) async fn listing() -> MountedPolicies {
    MountedPolicies::of_app(app(web::Data::new(Shop::stocked()))).await
}

// ------------------------------------------------------------------------------------------------
// Its tests
// ------------------------------------------------------------------------------------------------
