//! A page reads the 429 of a rate limit, and preflights do not count towards it.

use std::time::Duration;

use actix_extensible_rate_limit::RateLimiter;
use actix_extensible_rate_limit::backend::SimpleInputFunctionBuilder;
use actix_extensible_rate_limit::backend::memory::InMemoryBackend;
use actix_web::{App, Responder, put};
use cors_runtime::{Cors, cors};

use super::rows::Says::{Denied, For};
use super::rows::{APP, EVIL, ask, check, preflight};
use crate::support::serve;

#[cors(origins = ["https://app.example.com"], expose_headers = ["x-ratelimit-remaining"])]
#[put("/items")]
async fn update() -> impl Responder {
    "updated"
}

#[test]
#[rustfmt::skip]
fn a_page_reads_the_429_and_preflights_are_not_counted() {
    let backend = InMemoryBackend::builder().with_gc_interval(None).build();
    let server = serve(move || {
        let twice_an_hour = SimpleInputFunctionBuilder::new(Duration::from_secs(3600), 2)
            .real_ip_key()
            .build();
        let limit = RateLimiter::builder(backend.clone(), twice_an_hour).add_headers().build();
        App::new().service(update).wrap(limit).wrap(Cors::annotated())
    });
    check(server, &[
        (preflight("PUT", "/items").from(APP),  204, For(APP)),
        (preflight("PUT", "/items").from(EVIL), 403, Denied),
        (preflight("PUT", "/items").from(APP),  204, For(APP)),
        (ask("PUT", "/items").from(APP),        200, For(APP)),
        (ask("PUT", "/items").from(APP),        200, For(APP)),
        (ask("PUT", "/items").from(APP),        429, For(APP)),
        (ask("PUT", "/items").from(EVIL),       429, Denied),
        (preflight("PUT", "/items").from(APP),  204, For(APP)),
    ]);
    let refused = ask("PUT", "/items").from(APP).send(server);
    assert_eq!(refused.one("x-ratelimit-remaining"), Some("0"));
    assert_eq!(refused.one("access-control-expose-headers"), Some("x-ratelimit-remaining"));
}
