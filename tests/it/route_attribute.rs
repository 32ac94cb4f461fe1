//! `#[cors]` reads actix-web's route attribute and registers the handler itself. The tests compare the result with that of actix-web's
//! own attribute, and fail if a new version of actix-web supports more options.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, Error, HttpRequest, web};

use crate::support::{send, serve};

fn has_key(context: &GuardContext<'_>) -> bool {
    context.head().headers().contains_key("x-key")
}

fn has_other_key(context: &GuardContext<'_>) -> bool {
    context.head().headers().contains_key("x-other-key")
}

fn stamp() -> DefaultHeaders {
    DefaultHeaders::new().add(("x-stamp", "stamped"))
}

/// Adds a line to the response: the order of the lines is that of the middlewares.
async fn first(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(passed(next.call(request).await?, "first"))
}

async fn second(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(passed(next.call(request).await?, "second"))
}

fn passed<B>(mut response: ServiceResponse<B>, name: &'static str) -> ServiceResponse<B> {
    let line = (
        HeaderName::from_static("x-passed"),
        HeaderValue::from_static(name),
    );
    response.headers_mut().append(line.0, line.1);
    response
}

/// All that a handler can learn about its route.
fn seen(handler: &str, request: &HttpRequest) -> String {
    // The scope's prefix has a segment, too.
    let scope = request.match_info().get("scope");
    let url = |name: &str, elements: &[&str]| {
        let elements = scope.iter().chain(elements);
        request
            .url_for(name, elements)
            .map_or_else(|error| error.to_string(), |url| url.path().to_owned())
    };
    let urls: Vec<_> = NAMES
        .iter()
        .map(|(name, elements)| url(name, elements))
        .collect();
    format!(
        "{handler} {:?} {:?} {:?} {urls:?}",
        request.match_name(),
        request.match_pattern(),
        request.match_info().iter().collect::<Vec<_>>(),
    )
}

/// The names of the resources, with values for the segments of their patterns.
const NAMES: &[(&str, &[&str])] = &[
    ("with_get", &[]),
    ("with_query", &[]),
    ("several", &["7"]),
    ("own-name", &["7"]),
    ("called", &[]),
    ("both", &[]),
    ("second-of-both", &[]),
    ("tail", &["a/b"]),
    ("nobody", &[]),
];

macro_rules! registered_twice {
    ($($(#[$route:meta])+ $name:ident;)+) => {
        const HANDLERS: usize = [$(stringify!($name)),+].len();

        mod theirs {
            use super::{HttpRequest, ServiceConfig, first, from_fn, has_key, has_other_key, second, seen, stamp};
            use actix_web::{connect, delete, get, head, options, patch, post, put, query, route, routes, trace};
            $(
                $(#[$route])+
                pub(super) async fn $name(request: HttpRequest) -> String {
                    seen(stringify!($name), &request)
                }
            )+
            pub(super) fn register(app: &mut ServiceConfig) {
                app$(.service($name))+;
            }
        }
        mod ours {
            use super::{HttpRequest, ServiceConfig, first, from_fn, has_key, has_other_key, second, seen, stamp};
            use actix_web::{connect, delete, get, head, options, patch, post, put, query, route, routes, trace};
            $(
                #[cors_runtime::cors(origins = ["https://app.example.com"])]
                $(#[$route])+
                pub(super) async fn $name(request: HttpRequest) -> String {
                    seen(stringify!($name), &request)
                }
            )+
            pub(super) fn register(app: &mut ServiceConfig) {
                app$(.service($name))+;
            }
        }
    };
}

registered_twice! {
    #[get("/one")] with_get;
    #[post("/one")] with_post;
    #[put("/one")] with_put;
    #[delete("/one")] with_delete;
    #[head("/one")] with_head;
    #[options("/one")] with_options;
    #[patch("/one")] with_patch;
    #[trace("/one")] with_trace;
    #[connect("/one")] with_connect;
    #[query("/one")] with_query;
    #[route("/several/{id}", method = "GET", method = "PUT", method = "PURGE")] several;
    #[route("/several/{id}", method = "DELETE", name = "own-name")] alone;
    #[get("/called", name = "called")] named;
    #[get("/guarded", guard = "has_key", guard = "has_other_key")] guarded_twice;
    #[get("/guarded", guard = "has_key")] guarded;
    #[get("/guarded", guard = "has_other_key",)] guarded_by_the_other;
    #[get("/wrapped", wrap = "stamp()")] wrapped;
    #[put("/wrapped", wrap = "from_fn(first)", wrap = "from_fn(second)")] wrapped_twice;
    #[route("/all", method = "GET", method = "OPTIONS", name = "everything", guard = "has_key", wrap = "stamp()")] everything;
    #[routes]
    #[get("/both")]
    #[put("/second", name = "second-of-both", guard = "has_key")]
    both;
    #[get("/number/{id:\\d+}/x")] number;
    #[get("/tail/{tail:.*}")] tail;
    #[get("relative")] relative;
}

/// Status, headers, body.
type Answer = (u16, Vec<(String, String)>, String);

/// A response without its date and without the `Vary` of `#[cors]`.
fn answer(server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut response = send(server, method, path, headers);
    response
        .headers
        .retain(|(name, value)| name != "date" && !(name == "vary" && value == "Origin"));
    // The names are in the order of a hash map.
    response.headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    (response.status, response.headers, response.body)
}

#[test]
fn a_route_attribute_answers_the_same_requests_with_cors_and_without() {
    // The handlers print the path of `url_for` alone, because each server has its own port.
    let apps = [
        [
            serve(|| App::new().configure(theirs::register)),
            serve(|| App::new().configure(ours::register)),
        ],
        [
            serve(|| App::new().service(web::scope("/in/{scope}").configure(theirs::register))),
            serve(|| App::new().service(web::scope("/in/{scope}").configure(ours::register))),
        ],
    ];
    let methods = [
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "QUERY", "PURGE",
    ];
    let paths = [
        "/one",
        "/several/7",
        "/several/7/",
        "/called",
        "/guarded",
        "/wrapped",
        "/all",
        "/both",
        "/second",
        "/number/12/x",
        "/number/a/x",
        "/tail/a/b",
        "/tail/",
        "/tail",
        "/relative",
        "/ONE",
        "/%6fne",
        "/nowhere",
    ];
    let keys: [&[(&str, &str)]; 4] = [
        &[],
        &[("x-key", "1")],
        &[("x-other-key", "1")],
        &[("x-key", "1"), ("x-other-key", "1")],
    ];
    let mut answered = BTreeSet::new();
    for (prefix, [theirs, ours]) in ["", "/in/a"].into_iter().zip(apps) {
        for method in methods {
            for path in paths {
                for headers in keys {
                    let path = format!("{prefix}{path}");
                    let expected = answer(theirs, method, &path, headers);
                    assert_eq!(
                        answer(ours, method, &path, headers),
                        expected,
                        "{method} {path} {headers:?}"
                    );
                    let (_, _, body) = expected;
                    answered.extend(body.split(' ').next().map(str::to_owned));
                }
            }
        }
    }
    // The body of a response to HEAD is not sent, and a request with CONNECT has no path.
    answered.remove("");
    assert_eq!(answered.len(), HANDLERS - 2, "{answered:?}");
}

/// The source of actix-web-codegen, in the version that is built here.
fn codegen() -> PathBuf {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list").iter();
    let found: Vec<_> = packages
        .filter(|package| package["name"] == "actix-web-codegen")
        .collect();
    let [package] = found[..] else {
        panic!("actix-web-codegen is in the tree {} times", found.len());
    };
    let manifest = package["manifest_path"].as_str().expect("a path");
    Path::new(manifest).parent().expect("a folder").join("src")
}

/// The texts between each `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: char) -> BTreeSet<&'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| part.split(after).next()).collect()
}

/// If this fails, a new actix-web-codegen supports more than `cors-macros/src/route.rs` reads: extend that file and the handlers above.
#[test]
fn every_route_attribute_and_option_of_actix_web_is_read() {
    let source = |file: &str| fs::read_to_string(codegen().join(file)).expect(file);
    let (attributes, routes) = (source("lib.rs"), source("route.rs"));

    let mut named = between(&attributes, "#[proc_macro_attribute]\npub fn ", '(');
    named.extend(
        between(&attributes, "\nmethod_macro!(", ')')
            .iter()
            .filter_map(|both| both.split(", ").nth(1)),
    );
    let known = [
        // The route attributes.
        "route", "routes", "connect", "delete", "get", "head", "options", "patch", "post", "put",
        "query", "trace", // Attributes that make no handler.
        "scope", "main", "test",
    ];
    assert_eq!(named, BTreeSet::from(known));

    // actix-web compares an option's name with `is_ident`, and expects a value.
    let options = between(&routes, "nv.path.is_ident(\"", '"');
    assert_eq!(options, BTreeSet::from(["guard", "method", "name", "wrap"]));
    let asked = routes.matches(".is_ident(").count() - routes.matches(".is_ident(\"doc\")").count();
    let by_method = routes
        .matches("method.is_ident(stringify!($lower))")
        .count();
    assert_eq!(
        asked,
        options.len() + by_method,
        "actix-web compares the name of an option in another way"
    );
    for shape in [
        "pub(crate) path: syn::LitStr,\n    pub(crate) options: Punctuated<syn::MetaNameValue, Token![,]>,\n}",
        "for nv in args.options {",
        "\"Unknown attribute key is specified;",
    ] {
        assert!(
            routes.contains(shape),
            "actix-web reads the attribute in another way: no {shape}"
        );
    }
}
