//! A `dev(…)` origin is allowed if the program has debug assertions. Without them, as in a release, the program does not even contain it.

use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use actix_web::{App, Responder, get};
use cors_runtime::cors;
use cors_runtime::test::{Fetch, Page};
use serde_json::Value;

const HAS_DEBUG_ASSERTIONS: bool = cfg!(debug_assertions);

#[cors(origins = ["https://production-51733.example.com", dev("http://localhost:51733")])]
#[get("/both")]
async fn both() -> impl Responder {
    "both"
}

#[cors(origins = [dev("http://localhost:51733")], enforce)]
#[get("/dev")]
async fn dev_alone() -> impl Responder {
    "dev"
}

#[actix_web::test]
async fn a_dev_origin_is_allowed_with_debug_assertions_alone() {
    let app = actix_web::test::init_service(App::new().service(both).service(dev_alone)).await;
    let (production, developers) = origins();
    for (page, path, is_readable) in [
        (&production, "/both", true),
        (&production, "/dev", false),
        (&developers, "/both", HAS_DEBUG_ASSERTIONS),
        (&developers, "/dev", HAS_DEBUG_ASSERTIONS),
    ] {
        let page = Page::at(page).api_at("http://localhost:8080");
        let outcome = page.fetch(&app, Fetch::get(path)).await;
        assert_eq!(outcome.is_readable(), is_readable, "{page:?} {path}");
    }
}

#[test]
fn a_program_contains_a_dev_origin_with_debug_assertions_alone() {
    let (production, developers) = origins();
    let program = fs::read(env::current_exe().expect("this program")).expect("a file");
    let has = |text: &str| {
        program
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has(&production), "the program contains its origins as text");
    assert_eq!(has(&developers), HAS_DEBUG_ASSERTIONS);
}

/// Builds this file as a release does, without debug assertions, and runs the two tests above in it.
#[test]
#[cfg(debug_assertions)]
fn without_debug_assertions_the_same_holds() {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The features are those of the whole workspace, so that the dependencies are not built again. The variables of this package are
    // removed, because some build scripts run again if one of them changes.
    for (name, _) in env::vars_os() {
        let is_of_package = |name: &str| {
            ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        if name.to_str().is_some_and(is_of_package) {
            cargo.env_remove(name);
        }
    }
    let output = cargo
        .args(["test", "--workspace", "--test", "dev_origins", "--offline"])
        .args(["--no-run", "--message-format=json"])
        .args([
            "--config",
            "profile.dev.package.cors-tests.debug-assertions=false",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success());
    let messages = String::from_utf8(output.stdout).expect("text");
    let executable = |line| {
        let message: Value = serde_json::from_str(line).expect("JSON");
        Some(PathBuf::from(message["executable"].as_str()?))
    };
    let program = messages.lines().find_map(executable).expect("a program");
    assert_ne!(program, env::current_exe().expect("this program"));
    let status = Command::new(program).status().expect("the program runs");
    assert!(status.success());
}

/// The origin of `both` in production, and that of the developers. They are made from a number, so that this function's code does not
/// contain them as texts.
fn origins() -> (String, String) {
    let number = black_box(51733);
    (
        format!("https://production-{number}.example.com"),
        format!("http://localhost:{number}"),
    )
}
