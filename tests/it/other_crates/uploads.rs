//! Uploads with actix-multipart: a page reads why its upload is refused, and `enforce` keeps a stranger's form from the handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_multipart::form::{MultipartForm, MultipartFormConfig, bytes::Bytes, text::Text};
use actix_web::{App, Responder, post, web};
use cors_runtime::{Cors, cors};

use super::rows::Says::{Denied, For};
use super::rows::{APP, Ask, EVIL, ask, check, preflight};
use crate::support::serve;

#[derive(MultipartForm)]
struct Upload {
    name: Text<String>,
    file: Bytes,
}

type Runs = web::Data<AtomicUsize>;

#[cors(origins = ["https://app.example.com"])]
#[post("/files")]
async fn upload(form: MultipartForm<Upload>, runs: Runs) -> impl Responder {
    runs.fetch_add(1, Ordering::SeqCst);
    format!("{}: {} bytes", *form.name, form.file.data.len())
}

#[cors(origins = ["https://app.example.com"], enforce)]
#[post("/enforced")]
async fn enforced(form: MultipartForm<Upload>, runs: Runs) -> impl Responder {
    runs.fetch_add(1, Ordering::SeqCst);
    form.name.len().to_string()
}

fn form(path: &str, body: &str) -> Ask {
    ask("POST", path).body("multipart/form-data; boundary=b", body)
}

fn whole(file: &str) -> String {
    format!(
        "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{file}\r\n--b--\r\n"
    )
}

#[test]
#[rustfmt::skip]
fn a_page_reads_why_its_upload_is_refused() {
    let runs = web::Data::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let server = serve(move || {
        App::new()
            .app_data(runs.clone())
            .app_data(MultipartFormConfig::default().total_limit(256))
            .service(upload)
            .service(enforced)
            .wrap(Cors::annotated())
    });
    let large = "x".repeat(1000);
    check(server, &[
        (form("/files", &whole("one")).from(APP),       200, For(APP)),
        (form("/files", &whole("one")).from(EVIL),      200, Denied),
        (form("/files", &whole(&large)).from(APP),      400, For(APP)),
        (form("/files", "--b--\r\n").from(APP),         400, For(APP)),
        (form("/files", "no form").from(APP),           400, For(APP)),
        (form("/files", "no form").from(EVIL),          400, Denied),
        // A progress bar needs a preflight.
        (preflight("POST", "/files").from(APP),         204, For(APP)),
        (form("/enforced", &whole("one")).from(APP),    200, For(APP)),
        (form("/enforced", &whole("one")).from(EVIL),   403, Denied),
    ]);
    assert_eq!(counted.load(Ordering::SeqCst), 3);
}
