//! The server's app, tested as an app of yours would be.

#[allow(dead_code, reason = "the program around the app is not run here")]
#[path = "server.rs"]
mod server;

use actix_web::{test, web};
use cors_runtime::test::audit;

use server::{app, shop::Shop};

/// A reviewer of a change sees in the file what it does to the policies. `CORS_REGENERATE=1` writes it anew. A release
/// leaves the `dev` origins out.
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
