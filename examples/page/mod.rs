//! The page that tries the API: its servers, and what they tell it.

mod explain;
mod journal;

use actix_web::{
    HttpResponse, Responder, get,
    http::header::{self, HeaderName},
    web,
};
use cors_runtime::MountedPolicies;
use serde::Serialize;

pub(crate) use journal::{Journal, record};

/// Path, content type and text of each file. The page shows the policies as they stand in `server.rs`.
const FILES: [(&str, &str, &str); 12] = [
    ("/", HTML, include_str!("index.html")),
    ("/style.css", CSS, include_str!("style.css")),
    ("/page.js", SCRIPT, include_str!("page.js")),
    ("/send.js", SCRIPT, include_str!("send.js")),
    ("/origins.js", SCRIPT, include_str!("origins.js")),
    ("/endpoints.js", SCRIPT, include_str!("endpoints.js")),
    ("/row.js", SCRIPT, include_str!("row.js")),
    ("/rows.js", SCRIPT, include_str!("rows.js")),
    ("/tester.js", SCRIPT, include_str!("tester.js")),
    ("/frame.js", SCRIPT, include_str!("frame.js")),
    ("/icon.svg", "image/svg+xml", include_str!("icon.svg")),
    (
        "/server.rs",
        "text/plain; charset=utf-8",
        include_str!("../server.rs"),
    ),
];
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Origins that nothing here serves: of their pages we know what the policies say, and no browser's outcome.
const ELSEWHERE: [&str; 5] = [
    "https://shop.example",
    "http://localhost:5173",
    "https://prices.partner.example",
    "https://evil.example",
    "null",
];

/// What the page is told of where it is and whom it talks to.
#[derive(Clone, Serialize)]
pub(crate) struct Site {
    api: String,
    origins: Vec<String>,
    elsewhere: [&'static str; ELSEWHERE.len()],
    policies: MountedPolicies,
}

impl Site {
    /// For a page at each of `urls`.
    pub(crate) fn new(api: String, urls: &[String], policies: MountedPolicies) -> Self {
        let mut origins = Vec::new();
        for url in urls {
            origins.push(url.clone());
            // Another name of the same machine is another origin.
            if let Some(port) = url.strip_prefix("http://127.0.0.1:") {
                origins.push(format!("http://localhost:{port}"));
            }
        }
        Self {
            api,
            origins,
            elsewhere: ELSEWHERE,
            policies,
        }
    }

    /// Where a browser finds the page.
    pub(crate) fn origins(&self) -> &[String] {
        &self.origins
    }

    /// The policies of the API.
    pub(crate) fn listing(&self) -> &MountedPolicies {
        &self.policies
    }

    /// What to do with the page.
    pub(crate) fn advice(&self) -> String {
        match self.origins.as_slice() {
            [page, stranger, .., tenant] => format!(
                "Open the page and press \"Fill the matrix\": it sends each request from each of its origins.\n\
                 Most policies let in every port of 127.0.0.1, and none names {stranger}.\n\
                 {tenant} is a tenant's. Begin at {page}"
            ),
            _ => "Most policies let in every port of 127.0.0.1.".to_owned(),
        }
    }
}

pub(crate) fn routes(routes: &mut web::ServiceConfig) {
    for (path, content_type, text) in FILES {
        let file = move |site: web::Data<Site>| async move {
            HttpResponse::Ok()
                .insert_header((header::CONTENT_SECURITY_POLICY, site.page_may()))
                .insert_header(NO_SNIFFING)
                .insert_header(NO_REFERRER)
                .insert_header(NO_STORE)
                .content_type(content_type)
                .body(text)
        };
        routes.route(path, web::get().to(file));
    }
    routes
        .service(frame)
        .service(configuration)
        .service(journal::passed)
        .service(explain::explain);
}

const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
const NO_REFERRER: (HeaderName, &str) = (header::REFERRER_POLICY, "no-referrer");
const NO_STORE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

impl Site {
    /// The page loads nothing but its own files, talks to nobody but the API, and has itself in frames, from its
    /// other origins.
    fn page_may(&self) -> String {
        let frames = self.origins.join(" ");
        format!(
            "{}; style-src 'self'; img-src 'self'; frame-src {frames}; frame-ancestors 'none'",
            self.script_may()
        )
    }

    /// A frame has no looks of its own, and is in the page alone.
    fn frame_may(&self) -> String {
        let pages = self.origins.join(" ");
        format!("{}; frame-ancestors {pages}", self.script_may())
    }

    fn script_may(&self) -> String {
        let api = &self.api;
        let sockets = api.replacen("http", "ws", 1);
        format!(
            "default-src 'none'; script-src 'self'; connect-src 'self' {api} {sockets}; \
             base-uri 'none'; form-action 'none'"
        )
    }
}

/// Script on another of the page's origins, which sends what the page asks it to.
#[get("/frame.html")]
async fn frame(site: web::Data<Site>) -> impl Responder {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, site.frame_may()))
        .insert_header(NO_SNIFFING)
        .insert_header(NO_REFERRER)
        .insert_header(NO_STORE)
        .content_type(HTML)
        .body(include_str!("frame.html"))
}

#[get("/config.json")]
async fn configuration(site: web::Data<Site>) -> impl Responder {
    web::Json(site.get_ref().clone())
}
