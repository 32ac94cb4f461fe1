//! The server's app, tested as an app of yours would be.

#[allow(dead_code, reason = "the program around the app is not run here")]
#[path = "server.rs"]
mod server;

use actix_web::{
    App,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    test::{self, TestRequest},
    web,
};
use cors_runtime::test::audit;
use serde::{Deserialize, Serialize};

use server::{app, page, shop::Shop};

/// The file shows a reviewer how a change affects the policies. `CORS_REGENERATE=1` writes it again. The
/// test is for debug builds, because a release build leaves the `dev` origins out.
#[cfg(debug_assertions)]
#[actix_web::test]
async fn the_policies_are_those_of_the_file() {
    use std::{env, fs};

    // In the program itself the handlers are not in a module of a test.
    let found = server::listing().await.snapshot();
    let found = found.replace(concat!(module_path!(), "::"), "");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/server/policies.txt");
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(file, &found).expect("the file can be written");
    }
    let reviewed = fs::read_to_string(file).expect("the file is there");
    assert!(found == reviewed, "the policies are now\n{found}");
}

/// No authentication, no other CORS middleware and no route is in the way of a policy.
#[actix_web::test]
async fn every_policy_answers_for_itself() {
    let app = test::init_service(app(web::Data::new(Shop::stocked()))).await;
    let audit = audit(&app).await;
    audit.assert_clean();
    assert!(audit.unasked().is_empty(), "{audit}");
}

/// The catalogue has a layer of its own, so the fallback does not cover it.
#[actix_web::test]
async fn the_layer_of_the_catalogue_answers_its_preflights() {
    let app = test::init_service(app(web::Data::new(Shop::stocked()))).await;
    for (origin, expected) in [
        ("https://prices.partner.example", StatusCode::NO_CONTENT),
        ("https://shop.example", StatusCode::FORBIDDEN),
    ] {
        let preflight = TestRequest::with_uri("/partners/catalogue.csv")
            .method(Method::OPTIONS)
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "GET"))
            .to_request();
        let response = test::call_service(&app, preflight).await;
        assert_eq!(response.status(), expected, "{origin}");
    }
}

/// The parts of a report that the page shows.
#[derive(Deserialize)]
struct Report {
    asked: usize,
    answered: Vec<Endpoint>,
    faults: Vec<Fault>,
    unasked: Vec<String>,
    remarks: Vec<Remark>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Remark {
    name: String,
    text: String,
    about: Vec<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Endpoint {
    method: String,
    path: String,
}

#[derive(Deserialize)]
struct Fault {
    cause: String,
    endpoint: Endpoint,
    exchange: (String, String, String),
}

#[actix_web::test]
async fn the_audit_on_the_page_is_the_apps_and_lists_each_policy_that_a_fault_hides() {
    let page = test::init_service(page_server().await).await;
    let report = async |app| {
        let request = TestRequest::with_uri(&format!("/audit?app={app}")).to_request();
        test::call_and_read_body_json::<_, _, Report>(&page, request).await
    };
    let as_it_is = report("as-it-is").await;
    let own = audit(&test::init_service(app(web::Data::new(Shop::stocked()))).await).await;
    assert_eq!(as_it_is.asked, own.asked());
    assert!(as_it_is.faults.is_empty() && as_it_is.unasked.is_empty());
    let answered: Vec<_> = own
        .answered()
        .iter()
        .map(|about| (&about.method, &about.pattern))
        .collect();
    let shown: Vec<_> = as_it_is
        .answered
        .iter()
        .map(|endpoint| (&endpoint.method, &endpoint.path))
        .collect();
    assert_eq!(shown, answered);
    assert!(!answered.is_empty());
    let remarks = own.remarks().iter().map(|remark| Remark {
        name: remark.name.to_owned(),
        text: remark.text.clone(),
        about: remark.about.clone(),
    });
    assert_eq!(as_it_is.remarks, remarks.collect::<Vec<_>>());
    assert!(!as_it_is.remarks.is_empty());

    // An `off` handler refuses every preflight, so a 401 for one is no fault.
    let off = Endpoint {
        method: "DELETE".to_owned(),
        path: "/items".to_owned(),
    };
    for (app, cause, answer, unharmed) in [
        (
            "options-for-all",
            "OtherCors",
            "access-control-allow-methods: *",
            vec![],
        ),
        (
            "sign-in-outside",
            "TurnedAway",
            "401 Unauthorized",
            vec![off],
        ),
    ] {
        let faulty = report(app).await;
        assert_eq!(faulty.answered, unharmed, "{app}");
        for fault in &faulty.faults {
            assert_eq!(fault.cause, cause, "{app}: {:?}", fault.endpoint);
            let (asked, said, policy) = &fault.exchange;
            assert!(asked.starts_with("OPTIONS "), "{asked}");
            assert!(
                said.contains(answer) && !policy.contains(answer),
                "{said}; policy: {policy}"
            );
        }
        let at_fault: Vec<_> = faulty.faults.iter().map(|fault| &fault.endpoint).collect();
        let others = as_it_is
            .answered
            .iter()
            .filter(|endpoint| !unharmed.contains(endpoint));
        assert_eq!(at_fault, others.collect::<Vec<_>>(), "{app}");
    }
}

/// The question that the page sends to `/explain`.
#[derive(Default, Serialize)]
struct Question {
    origin: &'static str,
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    credentials: bool,
    socket: bool,
}

/// The answer: `readable` or `blocked`, the status that script sees, and the reason.
#[derive(Debug, Deserialize, PartialEq)]
struct Answer {
    outcome: String,
    status: Option<u16>,
    reason: String,
}

#[actix_web::test]
async fn a_refusal_is_explained_by_the_reason_that_the_policy_gives() {
    let page = test::init_service(page_server().await).await;
    let unlisted = "This origin is not among those that may call this resource.";
    let own = "http://127.0.0.1:8081";
    let evil = "https://evil.example";
    let listed = "Access-Control-Allow-Origin is the page's origin.";
    let enforced = "`enforce` lets this origin through to the handler.";
    let no_cookies = "The policy has no `credentials`, and script sends cookies.";
    let anyone = "The policy is for any origin, and script sends cookies.";
    let header = "Access-Control-Allow-Headers is `content-type`, without x-trace.";
    #[rustfmt::skip]
    let table = [
        (own,  "GET /items",               "readable", Some(200), listed),
        (evil, "GET /items",               "blocked",  None,      unlisted),
        (evil, "PUT /items/1",             "blocked",  None,      unlisted),
        (evil, "GET /health",              "blocked",  None,      unlisted),
        (own,  "GET /live socket",         "readable", Some(101), enforced),
        (evil, "GET /live socket",         "blocked",  None,      unlisted),
        (own,  "GET /items credentials",   "blocked",  None,      no_cookies),
        (own,  "GET /public credentials",  "blocked",  None,      anyone),
        (own,  "PUT /items/1 x-trace",     "blocked",  None,      header),
    ];
    for (origin, asked, outcome, status, reason) in table {
        let words: Vec<_> = asked.split(' ').collect();
        let question = Question {
            origin,
            method: words[0],
            path: words[1],
            headers: if words.contains(&"x-trace") {
                &[("x-trace", "1")]
            } else {
                &[]
            },
            credentials: words.contains(&"credentials"),
            socket: words.contains(&"socket"),
        };
        let request = TestRequest::post()
            .uri("/explain")
            .set_json(question)
            .to_request();
        let answer: Answer = test::call_and_read_body_json(&page, request).await;
        let expected = Answer {
            outcome: outcome.into(),
            status,
            reason: reason.into(),
        };
        assert_eq!(answer, expected, "{asked} from {origin}");
    }
}

#[actix_web::test]
async fn a_request_that_cannot_exist_is_not_explained() {
    let page = test::init_service(page_server().await).await;
    for (origin, path, why) in [
        ("https://evil.example", "x", "`x` is not a path of a URL."),
        (
            "https://evil.example",
            "/x y",
            "`/x y` is not a path of a URL.",
        ),
        ("evil", "/items", "is not an origin"),
    ] {
        let question = Question {
            origin,
            method: "GET",
            path,
            ..Question::default()
        };
        let request = TestRequest::post()
            .uri("/explain")
            .set_json(question)
            .to_request();
        let response = test::call_service(&page, request).await;
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{path} from {origin}"
        );
        let said = test::read_body(response).await;
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains(why), "{said}");
    }
}

/// The page's own server, as `main` starts it.
async fn page_server() -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let urls = ["http://127.0.0.1:8081".to_owned()];
    let policies = server::listing().await;
    let site = page::Site::new("http://127.0.0.1:8080".to_owned(), &urls, policies);
    App::new()
        .app_data(web::Data::new(site))
        .app_data(web::Data::new(Shop::stocked()))
        .app_data(web::Data::new(page::Journal::default()))
        .configure(page::routes)
}
