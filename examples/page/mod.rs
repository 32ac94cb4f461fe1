//! The server of the page: its files, and the data that script on the page fetches.

mod audit;
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
const FILES: [(&str, &str, &str); 15] = [
    ("/", HTML, include_str!("index.html")),
    ("/style.css", CSS, include_str!("style.css")),
    ("/page.js", SCRIPT, include_str!("page.js")),
    ("/send.js", SCRIPT, include_str!("send.js")),
    ("/origins.js", SCRIPT, include_str!("origins.js")),
    ("/endpoints.js", SCRIPT, include_str!("endpoints.js")),
    ("/audit.js", SCRIPT, include_str!("audit.js")),
    ("/matrix.js", SCRIPT, include_str!("matrix.js")),
    ("/outcome.js", SCRIPT, include_str!("outcome.js")),
    ("/row.js", SCRIPT, include_str!("row.js")),
    ("/tester.js", SCRIPT, include_str!("tester.js")),
    ("/tour.js", SCRIPT, include_str!("tour.js")),
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

/// Origins of pages that this program does not serve. The page explains requests from them, and no browser sends any.
const ELSEWHERE: [(&str, &str); 5] = [
    ("https://shop.example", "the shop, deployed"),
    ("http://localhost:5173", "development server"),
    ("https://prices.partner.example", "partner"),
    ("https://evil.example", "stranger"),
    ("null", "sandboxed page or local file"),
];

/// The content of `/config.json`: the addresses of the API and of the page, and the API's policies.
#[derive(Clone, Serialize)]
pub(crate) struct Site {
    api: String,
    origins: Vec<PageOrigin>,
    elsewhere: Vec<PageOrigin>,
    policies: MountedPolicies,
}

/// An origin of a page, and the role of the page.
#[derive(Clone, Serialize)]
pub(crate) struct PageOrigin {
    origin: String,
    name: &'static str,
    about: &'static str,
}

impl PageOrigin {
    fn new(origin: String, name: &'static str, about: &'static str) -> Self {
        Self {
            origin,
            name,
            about,
        }
    }
}

impl Site {
    /// For a page at each of `urls`.
    pub(crate) fn new(api: String, urls: &[String], policies: MountedPolicies) -> Self {
        let mut origins = Vec::new();
        let mut others = Vec::new();
        for url in urls {
            let Some(port) = url.strip_prefix("http://127.0.0.1:") else {
                others.push(url.clone());
                continue;
            };
            let (name, about) = if origins.is_empty() {
                ("frontend", "Most policies allow every port of 127.0.0.1.")
            } else {
                (
                    "frontend, other port",
                    "Another origin; the same policies allow it.",
                )
            };
            origins.push(PageOrigin::new(url.clone(), name, about));
            // With another name of the same machine, it is another origin.
            others.push(format!("http://localhost:{port}"));
        }
        let is_partner = |origin: &str| super::PARTNERS.contains(origin);
        if let Some(tenant) = others.pop() {
            let (name, about) = if is_partner(&tenant) {
                (
                    "tenant and partner",
                    "Signed up while the server runs, and in PARTNER_ORIGINS.",
                )
            } else {
                ("tenant", "Signed up while the server runs.")
            };
            origins.push(PageOrigin::new(tenant, name, about));
        }
        for other in others {
            let (name, about) = if is_partner(&other) {
                ("partner", "The variable PARTNER_ORIGINS has it.")
            } else {
                ("stranger", "No policy names it.")
            };
            origins.push(PageOrigin::new(other, name, about));
        }
        let elsewhere = ELSEWHERE.map(|(origin, name)| PageOrigin::new(origin.into(), name, ""));
        Self {
            api,
            origins,
            elsewhere: elsewhere.into(),
            policies,
        }
    }

    /// The origin of the tenant.
    pub(crate) fn tenant(&self) -> Option<&str> {
        let mut origins = self.origins.iter();
        let tenant = origins.find(|page| page.name.starts_with("tenant"))?;
        Some(&tenant.origin)
    }

    /// The policies of the API.
    pub(crate) fn listing(&self) -> &MountedPolicies {
        &self.policies
    }

    /// The lines that the terminal shows: the page's origins, and the role of each.
    pub(crate) fn advice(&self) -> String {
        let mut lines = vec!["Open the page in a browser. Its origins are".to_owned()];
        for PageOrigin {
            origin,
            name,
            about,
        } in &self.origins
        {
            lines.push(format!("  {origin}  {name}: {about}"));
        }
        lines.join("\n")
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
        .service(audit::findings)
        .service(journal::passed)
        .service(explain::explain);
}

const NO_SNIFFING: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
const NO_REFERRER: (HeaderName, &str) = (header::REFERRER_POLICY, "no-referrer");
const NO_STORE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

impl Site {
    /// The page loads only its own files, connects only to itself and the API, and frames only its other origins.
    fn page_may(&self) -> String {
        format!(
            "{}; style-src 'self'; img-src 'self'; frame-src {}; frame-ancestors 'none'",
            self.script_may(),
            self.own_origins()
        )
    }

    /// The frame has no style sheet, and only the page may frame it.
    fn frame_may(&self) -> String {
        format!(
            "{}; frame-ancestors {}",
            self.script_may(),
            self.own_origins()
        )
    }

    fn own_origins(&self) -> String {
        let origins: Vec<_> = self.origins.iter().map(|page| &*page.origin).collect();
        origins.join(" ")
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

/// A frame on another of the page's origins, whose script sends the requests that the page posts to it.
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
