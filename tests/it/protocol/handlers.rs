//! Written by `source.rs` from the policies of the table.

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, Responder, route, web};
use cors_runtime::cors;

use super::{answer, fail_inside};

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    app.service(policy_0).service(policy_1).service(policy_2).service(policy_3).service(policy_4).service(policy_5).service(policy_6).service(policy_7).service(policy_8).service(policy_9).service(policy_10).service(policy_11).service(policy_12).service(policy_13).service(policy_14).service(policy_15).service(policy_16).service(policy_17).service(policy_18).service(policy_19).service(policy_20).service(policy_21).service(policy_22).service(policy_23).service(policy_24).service(policy_25).service(policy_26).service(policy_27).service(policy_28).service(policy_29).service(policy_30).service(policy_31).service(policy_32).service(policy_33).service(policy_34).service(policy_35).service(policy_36).service(policy_37).service(policy_38).service(policy_39).service(policy_40).service(policy_41).service(policy_42).service(policy_43).service(policy_44).service(policy_45).service(policy_46).service(policy_47).service(policy_48).service(policy_49).service(policy_50).service(policy_51);
}

#[cors(origins = ["*"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/0", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_0(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["*"], methods = ["GET", "HEAD", "POST"], expose_headers = ["custom-header1", "custom-header2"])]
#[route("/policy/1", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_1(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["*"], headers = ["*"])]
#[route("/policy/2", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_2(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["*"], headers = ["*"], expose_headers = ["*"], max_age = 30)]
#[route("/policy/3", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_3(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["*"], headers = ["Authorization", "*"], expose_headers = ["*"], max_age = 30)]
#[route("/policy/4", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_4(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["*"], methods = ["GET", "HEAD", "POST", "PUT"], max_age = 0)]
#[route("/policy/5", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_5(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["connector://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/6", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_6(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://*.bar.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/7", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_7(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://*.example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/8", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_8(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://*.example.com", "http://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/9", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_9(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://*.example.com:*"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/10", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_10(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://127.0.0.1:9090", "http://[::1]:9090"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/11", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_11(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/12", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_12(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://example.com"], methods = ["GET", "HEAD", "POST", "PUT"], max_age = 0)]
#[route("/policy/13", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_13(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://example.com", "http://api.example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/14", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_14(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://example.com", "https://example2.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/15", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_15(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://example.com", "https://example2.com", "http://web-platform.test:8000"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/16", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_16(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://foo.com", "http://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/17", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_17(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://foobar.com"], methods = ["GET", "HEAD", "POST"], headers = ["Content-Type", "Authorization"])]
#[route("/policy/18", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_18(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://localhost:*"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/19", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_19(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://localhost:9090"], methods = ["GET", "HEAD", "POST"], headers = ["*"], expose_headers = ["X-Foo", "X-Bar"], credentials, max_age = 30)]
#[route("/policy/20", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_20(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://localhost:9090"], methods = ["GET", "HEAD", "POST", "PURGE", "HELP"], headers = ["Authorization"], expose_headers = ["X-Foo", "X-Bar"], credentials, max_age = 30)]
#[route("/policy/21", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_21(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://localhost:9090", "http://localhost:8080"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/22", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_22(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://web-platform.test:8000"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/23", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_23(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://web-platform.test:8000"], methods = ["GET", "HEAD", "POST", "NEW"])]
#[route("/policy/24", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_24(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://web-platform.test:8000"], methods = ["GET", "HEAD", "POST", "OTHER"])]
#[route("/policy/25", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_25(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://web-platform.test:8000"], methods = ["GET", "HEAD", "POST", "PUT"], headers = ["x-test-header1", "x-test-header2", "X-test-header3", "x-test-header-b", "x-test-header-D", "x-test-header-C", "x-test-header-a"])]
#[route("/policy/26", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_26(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["http://web-platform.test:8000"], methods = ["GET", "HEAD", "POST", "PUT", "DELETE"])]
#[route("/policy/27", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_27(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://*.example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/28", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_28(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://*.example.net", "https://example.net:8080", "https://example.net", "https://*.example.org", "https://example.org:8080", "https://example.org", "https://*.example.com", "https://example.com:8080", "https://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/29", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_29(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://*.sub.example.com", "https://sub.example.com"], methods = ["GET", "HEAD", "POST"], credentials)]
#[route("/policy/30", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_30(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://bat", "https://cat", "https://fat", "https://hat", "https://meerkat", "https://mat", "https://oat", "https://pat", "https://rat", "https://sat"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/31", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_31(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://cat", "https://concat", "https://*.kin", "https://a.kin", "https://*.kin:1", "https://pin"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/32", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_32(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["X-Example-Header-B", "X-Example-Header-A"])]
#[route("/policy/33", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_33(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["accept", "authorization", "content-type", "user-agent", "x-csrf-token", "x-request-id", "x-custom-header"])]
#[route("/policy/34", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_34(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["authorization"])]
#[route("/policy/35", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_35(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["last-event-id"])]
#[route("/policy/36", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_36(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["x-foo"])]
#[route("/policy/37", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_37(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["x-foo", "x-bar", "x-baz"])]
#[route("/policy/38", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_38(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST"], headers = ["x-other"])]
#[route("/policy/39", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_39(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], credentials)]
#[route("/policy/40", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_40(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], headers = ["*"], credentials)]
#[route("/policy/41", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_41(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST", "PATCH"])]
#[route("/policy/42", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_42(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com"], methods = ["GET", "HEAD", "POST", "PUT", "CHICKEN"], headers = ["x-nonsimple"])]
#[route("/policy/43", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_43(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com", "https://app.example.com"], methods = ["GET", "HEAD", "POST", "PUT"], credentials, max_age = 3600)]
#[route("/policy/44", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_44(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com", "https://example.org"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/45", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_45(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com", "https://example.org"], methods = ["GET", "HEAD", "POST", "PUT"])]
#[route("/policy/46", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_46(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://example.com:8080", "https://*.example.com"], methods = ["GET", "HEAD", "POST", "PUT", "DELETE"], headers = ["Foo", "Bar", "Baz", "Qux", "Quux"], expose_headers = ["X-Foo", "X-Bar"], credentials, max_age = 30)]
#[route("/policy/47", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_47(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://foo.com", "https://bar.com"], methods = ["GET", "HEAD", "POST", "PUT"])]
#[route("/policy/48", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_48(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://sub.example.com", "https://app.example.net"], methods = ["GET", "HEAD", "POST"], credentials)]
#[route("/policy/49", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_49(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://www.example.com", "https://example.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/50", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_50(request: HttpRequest) -> impl Responder {
    answer(request).await
}

#[cors(origins = ["https://www.xn--xample-9ua.com"], methods = ["GET", "HEAD", "POST"])]
#[route("/policy/51", method = "CHICKEN", method = "DELETE", method = "GET", method = "HEAD", method = "HELP", method = "NEW", method = "OK", method = "OPTIONS", method = "OTHER", method = "PATCH", method = "POST", method = "PURGE", method = "PUT", method = "SUPER", wrap = "from_fn(fail_inside)")]
async fn policy_51(request: HttpRequest) -> impl Responder {
    answer(request).await
}
