//! `audit` of the generated apps. For each fault that it names, another handler gets the request or another policy answers; each
//! handler without a fault gets its requests, and its policy answers.

use std::cell::Cell;

use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Condition, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error};
use cors_runtime::test::{AuditedRoute, FaultCause, audit};
use cors_runtime::{Cors, MountedPolicies};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::pool::{Handler, POOL};
use super::{Ask, Kind, Node, boxed, nodes, preflight_of, register, see};

const APPS: u32 = 512;

#[derive(Default)]
struct Tally {
    clean: Cell<usize>,
    faulty: Cell<usize>,
    /// Handlers without a fault whose policy was compared with the router's choice.
    compared: Cell<usize>,
}

/// Whether the router takes the request to the handler, in the app with actix's attributes alone, and the audited app answers its
/// preflight as the handler's policy does.
async fn is_right<S, P>(plain: &P, app: &S, about: &AuditedRoute) -> bool
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    P: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let mut is_right = true;
    for origin in ORIGINS {
        let ask = ask(about, origin);
        let routed = see(plain, ask.actual()).await;
        let answer = see(app, ask.preflight()).await;
        is_right &= routed.body == name(about)
            && preflight_of(of_the_pool(name(about)), &ask)
                == (answer.status, answer.allowed_methods());
    }
    is_right
}

const ORIGINS: [&str; 3] = [
    "https://one.example",
    "https://two.example",
    "https://evil.example",
];

fn ask(about: &AuditedRoute, origin: &'static str) -> Ask {
    Ask {
        path: about.path.clone(),
        method: Method::from_bytes(about.method.as_bytes()).expect("a method"),
        origin: Some(origin),
        side: false,
    }
}

fn name(about: &AuditedRoute) -> &'static str {
    about.handler.rsplit("::").next().unwrap_or_default()
}

fn of_the_pool(name: &str) -> &'static Handler {
    let handler = POOL.iter().find(|handler| handler.name == name);
    handler.expect("a handler of the pool")
}

async fn check(nodes: &[Node], tally: &Tally) -> Result<(), TestCaseError> {
    let plain = init_service(
        App::new()
            .configure(|app| register(nodes, Kind::Route, app))
            .wrap(from_fn(boxed)),
    )
    .await;
    let has_plain = nodes.iter().any(Node::has_plain);
    let has_guard = nodes.iter().any(Node::has_guard);
    for has_layer in [false, true] {
        let make = || {
            App::new()
                .configure(|app| register(nodes, Kind::Cors, app))
                .wrap(Condition::new(has_layer, Cors::annotated()))
                .wrap(from_fn(boxed))
        };
        let app = init_service(make()).await;
        let found = audit(&app).await;
        for fault in found.faults() {
            let Some(about) = &fault.about else {
                prop_assert_eq!(fault.cause, FaultCause::IdleLayer, "{}", found);
                prop_assert!(!nodes.iter().any(Node::has_annotation), "{}", found);
                continue;
            };
            // The same handler may be registered twice: then one of the two is unreachable, and the other one right.
            let is_unreachable = fault.cause == FaultCause::UnreachableHandler;
            prop_assert!(
                is_unreachable || !is_right(&plain, &app, about).await,
                "nothing is wrong with\n{fault}"
            );
        }
        let count = if found.is_clean() {
            &tally.clean
        } else {
            &tally.faulty
        };
        count.set(count.get() + 1);

        for about in found.answered() {
            // Nobody gives headers for a handler that is `off`, whichever handler gets the request.
            if of_the_pool(name(about)).policy == "Off" {
                continue;
            }
            for origin in ORIGINS {
                let ask = ask(about, origin);
                let routed = see(&plain, ask.actual()).await;
                let is_policy_right = POOL
                    .iter()
                    .find(|handler| handler.name == routed.body)
                    .is_none_or(|handler| {
                        preflight_of(handler, &ask) == preflight_of(of_the_pool(name(about)), &ask)
                    });
                // A resource without an annotation may take one of request and preflight and leave the other, and a layer
                // cannot see guards, as its documentation says.
                if has_plain || has_guard && has_layer {
                    continue;
                }
                prop_assert!(
                    is_policy_right && (has_layer || routed.status == 200),
                    "{about:?} is not right: {routed:?}"
                );
                tally.compared.set(tally.compared.get() + 1);
            }
        }

        // The audit reports each policy.
        for policy in MountedPolicies::of_app(make()).await.policies {
            for method in &policy.methods {
                let is_it = |about: &AuditedRoute| {
                    about.handler == policy.handler
                        && about.pattern == policy.path
                        && about.method == *method
                };
                let faults = found.faults().iter();
                let is_told = faults.filter_map(|fault| fault.about.as_ref()).any(is_it)
                    || found.answered().iter().any(is_it)
                    || found.unasked().iter().any(|unasked| {
                        unasked.place.starts_with(policy.handler)
                            && unasked.pattern == policy.path
                            && unasked.method.split(' ').any(|unasked| unasked == *method)
                    });
                prop_assert!(
                    is_told,
                    "silent about {} {}\n{}",
                    method,
                    policy.path,
                    found
                );
            }
        }
    }
    Ok(())
}

#[test]
fn an_audit_finds_each_fault_and_nothing_else() {
    let system = actix_web::rt::System::new();
    let tally = Tally::default();
    let config = Config {
        cases: APPS,
        failure_persistence: None,
        // The same apps each time.
        rng_seed: RngSeed::Fixed(7),
        max_shrink_iters: 4096,
        ..Config::default()
    };
    let outcome =
        TestRunner::new(config).run(&nodes(), |nodes| system.block_on(check(&nodes, &tally)));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let [clean, faulty, compared] =
        [tally.clean, tally.faulty, tally.compared].map(Cell::into_inner);
    assert!(
        clean > 50 && faulty > 50 && compared > 50,
        "{clean} clean, {faulty} faulty, {compared} compared"
    );
}
