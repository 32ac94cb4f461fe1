//! `NormalizePath` outside and inside of a layer, and files beside annotated handlers.

use std::fs;

use actix_files::Files;
use actix_web::middleware::{Condition, NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, Responder, get, put, web};
use cors_runtime::{Cors, cors};
use tempfile::TempDir;

use super::bearer::bearer;
use super::rows::Says::{Denied, For, Nothing};
use super::rows::{ADMIN, APP, Ask, EVIL, OTHER, ask, check, get, preflight};
use crate::support::serve;

#[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
#[put("/items")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://admin.example.com"], headers = ["authorization"])]
#[put("/items/{id}")]
async fn update_one() -> impl Responder {
    "update one"
}

#[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
#[put("/shelves/")]
async fn shelves() -> impl Responder {
    "shelves"
}

#[cors(origins = ["https://other.example.com"], methods = ["PUT"])]
struct Others;

fn routes(app: &mut web::ServiceConfig) {
    app.service(update).service(update_one).service(shelves);
}

#[test]
#[rustfmt::skip]
fn policies_follow_a_path_that_is_normalised_outside_of_the_layer() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated().fallback::<Others>())
            .wrap(NormalizePath::trim())
    });
    let signed_in = |path| ask("PUT", path).with("authorization", "1");
    for path in ["/items", "/items/", "//items", "/items//", "//items/?a=/b/"] {
        check(server, &[
            (preflight("PUT", path).from(APP),      204, For(APP)),
            (preflight("PUT", path).from(ADMIN),    403, Denied),
            (preflight("PUT", path).from(OTHER),    403, Denied),
            (ask("PUT", path).from(APP),            401, For(APP)),
            (ask("PUT", path).from(OTHER),          401, Denied),
            (signed_in(path).from(APP),             200, For(APP)),
            (signed_in(path).from(OTHER),           200, Denied),
        ]);
        assert_eq!(signed_in(path).send(server).body, "update");
    }
    for path in ["/items/1", "/items/1/", "//items//1//"] {
        check(server, &[
            (preflight("PUT", path).from(ADMIN),    204, For(ADMIN)),
            (preflight("PUT", path).from(APP),      403, Denied),
            (ask("PUT", path).from(ADMIN),          401, For(ADMIN)),
            (signed_in(path).from(ADMIN),           200, For(ADMIN)),
        ]);
    }
    // No request reaches a path that ends in a slash. A middleware inside could add the slash again, so the fallback answers no preflight.
    check(server, &[
        (preflight("PUT", "/shelves/").from(APP),   401, Nothing),
        (preflight("PUT", "/shelves/").from(OTHER), 401, Nothing),
        (signed_in("/shelves/").from(OTHER),        404, For(OTHER)),
    ]);
    let always = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
            .wrap(NormalizePath::new(TrailingSlash::Always))
    });
    check(always, &[
        (preflight("PUT", "/shelves").from(APP),    204, For(APP)),
        (preflight("PUT", "/shelves").from(EVIL),   403, Denied),
        (ask("PUT", "/shelves").from(APP),          401, For(APP)),
        (signed_in("/shelves").from(APP),           200, For(APP)),
        (signed_in("/items").from(APP),             404, Nothing),
    ]);
}

#[test]
#[rustfmt::skip]
fn a_layer_answers_nothing_for_a_path_that_is_normalised_inside() {
    let signed_in = |ask: Ask| ask.with("authorization", "1");
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(NormalizePath::trim())
            .wrap(Cors::annotated())
    });
    check(server, &[
        // The path is already normalised.
        (preflight("PUT", "/items").from(APP),                  204, For(APP)),
        (ask("PUT", "/items").from(APP),                        401, For(APP)),
        (signed_in(ask("PUT", "/items").from(APP)),             200, For(APP)),
        // The layer cannot know what the path will become: authentication gets the preflight, and no page reads its answer.
        (preflight("PUT", "/items/").from(APP),                 401, Nothing),
        (preflight("PUT", "/items/").from(EVIL),                401, Nothing),
        (ask("PUT", "/items/").from(APP),                       401, Nothing),
        (ask("PUT", "/items/1/").from(ADMIN),                   401, Nothing),
        // Requests that reach a handler get its policy.
        (signed_in(preflight("PUT", "/items/").from(APP)),      204, For(APP)),
        (signed_in(preflight("PUT", "/items/").from(ADMIN)),    403, Denied),
        (signed_in(ask("PUT", "/items/").from(APP)),            200, For(APP)),
        (signed_in(ask("PUT", "/items/").from(ADMIN)),          200, Denied),
        (signed_in(preflight("PUT", "/items/1/").from(ADMIN)),  204, For(ADMIN)),
        (signed_in(preflight("PUT", "/items/1/").from(APP)),    403, Denied),
        (signed_in(ask("PUT", "/items/1/").from(ADMIN)),        200, For(ADMIN)),
    ]);
    // Without authentication, the handlers answer the preflights.
    let alone = serve(|| {
        App::new()
            .configure(routes)
            .wrap(NormalizePath::trim())
            .wrap(Cors::annotated())
    });
    check(alone, &[
        (preflight("PUT", "/items/").from(APP),     204, For(APP)),
        (preflight("PUT", "/items/").from(ADMIN),   403, Denied),
        (preflight("PUT", "/items/1/").from(ADMIN), 204, For(ADMIN)),
        (ask("PUT", "/items/").from(APP),           200, For(APP)),
        (ask("PUT", "/items/").from(EVIL),          200, Denied),
    ]);
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
#[put("/uploads/{name}")]
async fn upload() -> impl Responder {
    "uploaded"
}

#[cors(origins = ["https://app.example.com"])]
#[get("/files/count")]
async fn count() -> impl Responder {
    "2"
}

#[test]
#[rustfmt::skip]
fn files_beside_annotated_handlers_have_the_fallback_or_nothing() {
    let folder = TempDir::with_prefix("cors-files-").expect("a temporary directory");
    fs::write(folder.path().join("a.txt"), "0123456789").expect("a file");
    let path = folder.path();
    let serve_files = |fallback: bool| {
        let path = path.to_owned();
        serve(move || {
            App::new()
                .service(count)
                .service(upload)
                .service(Files::new("/files", &path))
                .service(Files::new("/", &path))
                .wrap(Condition::new(fallback, Cors::annotated().fallback::<Others>()))
                .wrap(Condition::new(!fallback, Cors::annotated()))
        })
    };
    let (without, with_fallback) = (serve_files(false), serve_files(true));
    for server in [without, with_fallback] {
        check(server, &[
            (preflight("GET", "/files/count").from(APP),    204, For(APP)),
            (preflight("GET", "/files/count").from(OTHER),  403, Denied),
            (get("/files/count").from(APP),                 200, For(APP)),
            (get("/files/count").from(OTHER),               200, Denied),
            (preflight("PUT", "/uploads/a.txt").from(APP),  204, For(APP)),
            (preflight("PUT", "/uploads/a.txt").from(OTHER), 403, Denied),
            (ask("PUT", "/uploads/a.txt").from(APP),        200, For(APP)),
            (ask("PUT", "/uploads/a.txt").from(OTHER),      200, Denied),
        ]);
    }
    let etag = get("/a.txt").send(without);
    let etag = etag.one("etag").expect("a file has one");
    for path in ["/a.txt", "/files/a.txt"] {
        let whole = get(path);
        let part = get(path).with("range", "bytes=2-4");
        let beyond = get(path).with("range", "bytes=20-");
        let known = get(path).with("if-none-match", etag);
        let head = ask("HEAD", path);
        let rows = [(whole, 200), (part.clone(), 206), (beyond, 416), (known, 304), (head, 200), (ask("POST", path), 405)];
        for (ask, status) in rows {
            check(without, &[(ask.clone().from(OTHER), status, Nothing)]);
            check(with_fallback, &[
                (ask.clone().from(OTHER),   status, For(OTHER)),
                (ask.clone().from(APP),     status, Denied),
                (ask,                       status, Denied),
            ]);
        }
        let part = part.from(OTHER).send(with_fallback);
        assert_eq!((part.one("content-range"), &*part.body), (Some("bytes 2-4/10"), "234"));
    }
    check(without, &[
        (get("/files/b.txt").from(OTHER),               404, Nothing),
        (preflight("PUT", "/files/a.txt").from(OTHER),  405, Nothing),
    ]);
    check(with_fallback, &[
        (get("/files/b.txt").from(OTHER),               404, For(OTHER)),
        (preflight("PUT", "/files/a.txt").from(OTHER),  204, For(OTHER)),
        (preflight("PUT", "/files/a.txt").from(APP),    403, Denied),
    ]);
}
