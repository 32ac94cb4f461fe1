//! An `OriginSet` in tests that run in parallel, and its message about an origin that breaks a rule for credentials.

use std::sync::Barrier;
use std::thread;

use actix_web::test::init_service;
use actix_web::{App, Responder, get, rt};
use cors_runtime::test::{Fetch, Page};
use cors_runtime::{OriginSet, cors};

static STAGING: OriginSet = OriginSet::new();

#[cors(origins = ["https://app.example.com", STAGING])]
#[get("/news")]
async fn news() -> impl Responder {
    "Nothing new."
}

/// The origins of the pages that can read the news.
async fn readers(origins: &[&'static str]) -> Vec<&'static str> {
    let app = init_service(App::new().service(news)).await;
    let mut readers = Vec::new();
    for &origin in origins {
        let outcome = Page::at(origin).fetch(&app, Fetch::get("/news")).await;
        if outcome.is_readable() {
            readers.push(origin);
        }
    }
    readers
}

const ONE: &str = "https://one.example";
const TWO: &str = "https://two.example";
const ALL: &str = "https://all.example";

#[test]
fn parallel_tests_each_have_their_own_state_of_the_set() {
    STAGING.replace([ALL]).expect("a good origin");
    let filled = Barrier::new(3);
    let looked = Barrier::new(3);
    let of_a_test = |own: Option<&'static str>| {
        let _scope = own.map(|own| {
            let scope = STAGING.scope_for_test();
            assert!(!STAGING.contains(ALL), "a scope begins with nothing");
            STAGING.replace([own]).expect("a good origin");
            scope
        });
        filled.wait();
        let read = rt::System::new().block_on(readers(&[ONE, TWO, ALL]));
        looked.wait();
        read
    };
    thread::scope(|threads| {
        let one = threads.spawn(|| of_a_test(Some(ONE)));
        let two = threads.spawn(|| of_a_test(Some(TWO)));
        let neither = threads.spawn(|| of_a_test(None));
        assert_eq!(one.join().expect("it does not panic"), [ONE]);
        assert_eq!(two.join().expect("it does not panic"), [TWO]);
        assert_eq!(neither.join().expect("it does not panic"), [ALL]);
    });
}

#[test]
fn a_scope_is_for_one_set_and_ends_when_it_is_dropped() {
    static FIRST: OriginSet = OriginSet::new();
    static SECOND: OriginSet = OriginSet::new();

    FIRST.replace([ALL]).expect("a good origin");
    let outer = FIRST.scope_for_test();
    SECOND.replace([TWO]).expect("a good origin");
    FIRST.replace([ONE]).expect("a good origin");
    FIRST.replace(["nonsense"]).expect_err("no origin");
    assert!(FIRST.contains(ONE) && !FIRST.contains(ALL));
    assert!(format!("{FIRST:?}").contains(ONE));
    {
        let _inner = FIRST.scope_for_test();
        assert!(!FIRST.contains(ONE));
    }
    assert!(FIRST.contains(ONE));
    drop(outer);
    assert!(FIRST.contains(ALL) && !FIRST.contains(ONE));
    assert!(
        thread::spawn(|| SECOND.contains(TWO))
            .join()
            .expect("it does not panic"),
        "it has no scope, so all threads see it"
    );
}

#[test]
fn an_origin_that_only_credentials_forbid_says_how_a_set_without_them_is_declared() {
    let error = OriginSet::new()
        .replace(["http://192.168.1.20:3000", "https://*.github.io"])
        .expect_err("two origins that are not for credentials");
    assert_eq!(error.to_string(), ERROR);
    // The text that a program prints if it unwraps the error.
    assert_eq!(format!("{error:?}"), ERROR);

    let set = OriginSet::new()
        .allow_insecure_origins()
        .allow_public_suffixes();
    set.replace(["http://192.168.1.20:3000", "https://*.github.io"])
        .expect("declared as the error says");
}

const ERROR: &str = "\
the set of origins is not replaced
\"http://192.168.1.20:3000\": insecure_origin_with_credentials: a policy with `credentials` may use this set, and an insecure origin cannot be combined with `credentials`
help: leave the origin out, or if no such policy uses the set, declare it as `OriginSet::new().allow_insecure_origins()`
why: anyone on the user's network can serve a page from such an origin, and act as the user
\"https://*.github.io\": public_suffix_with_credentials: a policy with `credentials` may use this set, and the subdomains of a public suffix cannot be combined with `credentials`
help: leave the origin out, or if no such policy uses the set, declare it as `OriginSet::new().allow_public_suffixes()`
why: anyone can register a name there, and a page on it could act as the user";
