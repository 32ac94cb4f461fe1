//! Written by `policies.rs` from the accepted policies of the table.

use actix_web::{route, web};
use cors_runtime::cors;

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    app
        .service(minimal)
        .service(http_wild_anon)
        .service(psl_anon)
        .service(exact_etld_cred)
        .service(cred_localhost)
        .service(cred_localhost_anyport)
        .service(cred_wild_sub_localhost)
        .service(cred_ipv4_loop)
        .service(cred_ipv4_loop_other)
        .service(cred_ipv6_loop)
        .service(wild_localhost_cred_tls)
        .service(origin_underscore_host)
        .service(origin_http_443)
        .service(origin_ip_public)
        .service(origin_wild_port)
        .service(origin_any_port)
        .service(origin_max_everything)
        .service(last_label_xn)
        .service(methods_safelisted)
        .service(reqhdr_acr_lookalike)
        .service(reqhdr_star_anon)
        .service(exphdr_safelisted)
        .service(exphdr_etag);
}

#[cors(origins = ["https://example.com"])]
#[route("/minimal", method = "GET")]
async fn minimal() -> &'static str {
    "minimal"
}

#[cors(origins = ["http://*.example.com"])]
#[route("/http-wild-anon", method = "GET")]
async fn http_wild_anon() -> &'static str {
    "http-wild-anon"
}

#[cors(origins = ["https://*.com"])]
#[route("/psl-anon", method = "GET")]
async fn psl_anon() -> &'static str {
    "psl-anon"
}

#[cors(origins = ["https://com"], credentials)]
#[route("/exact-etld-cred", method = "GET")]
async fn exact_etld_cred() -> &'static str {
    "exact-etld-cred"
}

#[cors(origins = ["http://localhost"], credentials)]
#[route("/cred-localhost", method = "GET")]
async fn cred_localhost() -> &'static str {
    "cred-localhost"
}

#[cors(origins = ["http://localhost:*"], credentials)]
#[route("/cred-localhost-anyport", method = "GET")]
async fn cred_localhost_anyport() -> &'static str {
    "cred-localhost-anyport"
}

#[cors(origins = ["http://*.app.localhost.:3000"], credentials)]
#[route("/cred-wild-sub-localhost", method = "GET")]
async fn cred_wild_sub_localhost() -> &'static str {
    "cred-wild-sub-localhost"
}

#[cors(origins = ["http://127.0.0.1"], credentials)]
#[route("/cred-ipv4-loop", method = "GET")]
async fn cred_ipv4_loop() -> &'static str {
    "cred-ipv4-loop"
}

#[cors(origins = ["http://127.127.127.127"], credentials)]
#[route("/cred-ipv4-loop-other", method = "GET")]
async fn cred_ipv4_loop_other() -> &'static str {
    "cred-ipv4-loop-other"
}

#[cors(origins = ["http://[::1]:90"], credentials)]
#[route("/cred-ipv6-loop", method = "GET")]
async fn cred_ipv6_loop() -> &'static str {
    "cred-ipv6-loop"
}

#[cors(origins = ["https://*.foo.localhost"], credentials)]
#[route("/wild-localhost-cred-tls", method = "GET")]
async fn wild_localhost_cred_tls() -> &'static str {
    "wild-localhost-cred-tls"
}

#[cors(origins = ["http://ex_am-ple.com:3999"])]
#[route("/origin-underscore-host", method = "GET")]
async fn origin_underscore_host() -> &'static str {
    "origin-underscore-host"
}

#[cors(origins = ["http://example.com:443"])]
#[route("/origin-http-443", method = "GET")]
async fn origin_http_443() -> &'static str {
    "origin-http-443"
}

#[cors(origins = ["http://69.254.169.254"])]
#[route("/origin-ip-public", method = "GET")]
async fn origin_ip_public() -> &'static str {
    "origin-ip-public"
}

#[cors(origins = ["http://*.example.com:3999"])]
#[route("/origin-wild-port", method = "GET")]
async fn origin_wild_port() -> &'static str {
    "origin-wild-port"
}

#[cors(origins = ["https://example.com:*"])]
#[route("/origin-any-port", method = "GET")]
async fn origin_any_port() -> &'static str {
    "origin-any-port"
}

#[cors(origins = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa://*.a23456789012345678901234567890123456789012345678901234567890.a23456789012345678901234567890123456789012345678901234567890.a23456789012345678901234567890123456789012345678901234567890.a23456789012345678901234567890123456789012345678901234567890.a234567:65535"])]
#[route("/origin-max-everything", method = "GET")]
async fn origin_max_everything() -> &'static str {
    "origin-max-everything"
}

#[cors(origins = ["https://example.xn--p1ai"])]
#[route("/last-label-xn", method = "GET")]
async fn last_label_xn() -> &'static str {
    "last-label-xn"
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/methods-safelisted", method = "GET", method = "HEAD", method = "POST")]
async fn methods_safelisted() -> &'static str {
    "methods-safelisted"
}

#[cors(origins = ["https://example.com"], headers = ["Access-Control-Foo"])]
#[route("/reqhdr-acr-lookalike", method = "GET")]
async fn reqhdr_acr_lookalike() -> &'static str {
    "reqhdr-acr-lookalike"
}

#[cors(origins = ["https://example.com"], headers = ["*"])]
#[route("/reqhdr-star-anon", method = "GET")]
async fn reqhdr_star_anon() -> &'static str {
    "reqhdr-star-anon"
}

#[cors(origins = ["http://example.com"], expose_headers = ["Cache-Control", "content-Language", "content-lEngth", "content-typE", "expireS", "lasT-modified", "prAgmA", "X-Foo"])]
#[route("/exphdr-safelisted", method = "GET")]
async fn exphdr_safelisted() -> &'static str {
    "exphdr-safelisted"
}

#[cors(origins = ["https://example.com"], expose_headers = ["ETag", "Link", "WWW-Authenticate"], credentials)]
#[route("/exphdr-etag", method = "GET")]
async fn exphdr_etag() -> &'static str {
    "exphdr-etag"
}
