//! A small API on one origin, a page on another: open the page and see what the browser lets through.
//!
//! ```text
//! cargo run --example server
//! ```
//!
//! The API comes first, and each handler says in its own `#[cors(…)]` who may read its answers. Below
//! it is the command line; the page and its server are in `page/`.

mod page;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    process::ExitCode,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder, Result,
    cookie::{Cookie, SameSite},
    delete,
    error::{ErrorInternalServerError, ErrorNotFound, ErrorUnauthorized},
    get,
    middleware::from_fn,
    post, put, rt, web,
};
use cors_runtime::cors;
use lexopt::prelude::*;
use serde::{Deserialize, Serialize};

// ------------------------------------------------------------------------------------------------
// The API
// ------------------------------------------------------------------------------------------------

fn api(routes: &mut web::ServiceConfig) {
    routes
        .service(public)
        .service(list_items)
        .service(get_item)
        .service(put_item)
        .service(delete_item)
        .service(login)
        .service(me)
        .service(partners)
        .service(broken)
        .service(private);
}

/// Anyone may read this, from any site, but never as a signed-in user: `"*"` with `credentials` does
/// not build.
#[cors(origins = ["*"])]
#[get("/public")]
async fn public() -> impl Responder {
    "Hello, whoever you are.\n"
}

/// The count is in a header that script may read; `x-internal` is sent as well, and stays hidden.
#[cors(origins = ["http://127.0.0.1:*"], expose_headers = ["x-total-count"])]
#[get("/items")]
async fn list_items(shop: web::Data<Shop>) -> impl Responder {
    let items = shop.items();
    HttpResponse::Ok()
        .insert_header(("x-total-count", items.len()))
        .insert_header(("x-internal", "shelf 4"))
        .json(&*items)
}

/// An `Err` carries the same headers as an `Ok`: the page can read the 404 and its text.
#[cors(origins = ["http://127.0.0.1:*"])]
#[get("/items/{id}")]
async fn get_item(shop: web::Data<Shop>, id: web::Path<u32>) -> Result<impl Responder> {
    match shop.items().get(&id) {
        Some(item) => Ok(web::Json(item.clone())),
        None => Err(ErrorNotFound(format!("There is no item {id}.\n"))),
    }
}

/// The same path as above with a policy of its own: JSON, cookies, and a preflight that the browser
/// may remember for ten minutes.
#[cors(
    origins = ["http://127.0.0.1:*"],
    headers = ["content-type"],
    credentials,
    max_age = 600
)]
#[put("/items/{id}")]
async fn put_item(
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

#[cors(origins = ["http://127.0.0.1:*"], credentials)]
#[delete("/items/{id}")]
async fn delete_item(shop: web::Data<Shop>, id: web::Path<u32>) -> impl Responder {
    shop.items().remove(&id);
    HttpResponse::NoContent()
}

/// Without `credentials` the browser would drop the cookie. No preflight comes before a POST as plain
/// as this one: the policy decides who reads the answer, not who may send the request.
#[cors(origins = ["http://127.0.0.1:*"], credentials)]
#[post("/login")]
async fn login() -> impl Responder {
    let cookie = Cookie::build("user", "ada")
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    HttpResponse::Ok().cookie(cookie).body("Welcome, ada.\n")
}

#[cors(origins = ["http://127.0.0.1:*"], credentials)]
#[get("/me")]
async fn me(request: HttpRequest) -> Result<impl Responder> {
    signed_in(&request).ok_or_else(|| ErrorUnauthorized("Nobody is signed in.\n"))
}

/// For one company's sites, and no others.
#[cors(origins = ["https://partner.example", "https://*.partner.example"])]
#[get("/partners")]
async fn partners() -> impl Responder {
    "Partner prices: half of everything.\n"
}

#[cors(origins = ["http://127.0.0.1:*"])]
#[get("/broken")]
async fn broken() -> Result<&'static str> {
    Err(ErrorInternalServerError("The storeroom is on fire.\n"))
}

/// No annotation: only pages of the API's own origin read this.
#[get("/private")]
async fn private() -> impl Responder {
    "For our own pages.\n"
}

/// What the API keeps, in memory.
struct Shop(Mutex<BTreeMap<u32, Item>>);

#[derive(Clone, Serialize)]
struct Item {
    name: String,
    edited_by: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    name: String,
}

impl Shop {
    fn stocked() -> Self {
        let item = |name: &str| Item {
            name: name.to_owned(),
            edited_by: None,
        };
        Self(Mutex::new(BTreeMap::from([
            (1, item("lamp")),
            (2, item("kettle")),
            (3, item("globe")),
        ])))
    }

    fn items(&self) -> MutexGuard<'_, BTreeMap<u32, Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Good enough for an example: a real API keeps sessions, and never believes a name in a cookie.
fn signed_in(request: &HttpRequest) -> Option<String> {
    Some(request.cookie("user")?.value().to_owned())
}

// ------------------------------------------------------------------------------------------------
// The command line
// ------------------------------------------------------------------------------------------------

const HELP: &str = "\
An API and, on another origin, a page that sends it cross-origin requests.

Usage: server [--api ADDR] [--page ADDR]

Options:
  --api ADDR   where the API listens [default: 127.0.0.1:8080]
  --page ADDR  where the page is served [default: 127.0.0.1:8081]
  -h, --help   print this

ADDR is IP:PORT. Port 0 takes a free one.
";

struct Arguments {
    api: SocketAddr,
    page: SocketAddr,
}

impl Arguments {
    /// `None` is a request for help.
    fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut arguments = Self {
            api: (Ipv4Addr::LOCALHOST, 8080).into(),
            page: (Ipv4Addr::LOCALHOST, 8081).into(),
        };
        let address = |value: &str| {
            value
                .parse::<SocketAddr>()
                .map_err(|_| "write IP:PORT, such as 127.0.0.1:8080")
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("api") => arguments.api = parser.value()?.parse_with(address)?,
                Long("page") => arguments.page = parser.value()?.parse_with(address)?,
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}

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
    let (api_listener, api_url) = listen(arguments.api, "--api")?;
    let (page_listener, page_url) = listen(arguments.page, "--page")?;

    let shop = web::Data::new(Shop::stocked());
    let journal = web::Data::new(page::Journal::default());
    let api_server = {
        let journal = journal.clone();
        HttpServer::new(move || {
            App::new()
                .app_data(shop.clone())
                .app_data(journal.clone())
                .wrap(from_fn(page::record))
                .configure(api)
        })
    };
    let page_server = {
        let api_url = api_url.clone();
        HttpServer::new(move || {
            App::new()
                .app_data(journal.clone())
                .wrap(page::headers(&api_url))
                .configure(|routes| page::routes(routes, &api_url))
        })
    };
    let api_server = api_server
        .workers(1)
        .shutdown_timeout(1)
        .listen(api_listener)?
        .run();
    let page_server = page_server
        .workers(1)
        .shutdown_timeout(1)
        .listen(page_listener)?
        .run();

    let advice = match page_url.strip_prefix("http://127.0.0.1:") {
        Some(port) => format!(
            "Open the page and press \"Run all\": the policies let in every port of 127.0.0.1.\n\
             Then open it as http://localhost:{port}, an origin that none of them names, and compare."
        ),
        None => {
            "The policies let in every port of 127.0.0.1, and this page is on another host.".into()
        }
    };
    print(&format!(
        "API   {api_url}\npage  {page_url}\n\n{advice}\nCtrl-C ends both.\n"
    ))?;

    let page_server = rt::spawn(page_server);
    api_server.await?;
    page_server.await?
}

/// A listener, and the URL under which a browser on this machine reaches it.
fn listen(address: SocketAddr, option: &str) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "{address} is already in use (another server? choose another with {option} ADDR)"
            ),
            _ => format!("cannot listen on {address}: {error}"),
        };
        io::Error::new(error.kind(), message)
    })?;
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok((listener, format!("http://{address}")))
}

/// All at once, and without the panic of `println!` where nobody reads.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
