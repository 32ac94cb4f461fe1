//! A `dev(…)` origin is allowed in debug builds, and is in no release.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::support::{ACTIX, user_crate};

/// A text that appears nowhere else in the program.
const DEVELOPERS: &str = "http://localhost:51733";
const PRODUCTION: &str = "https://production-51733.example.com";

const MAIN: &str = r#"
use actix_web::{App, Responder, get, test};
use cors_runtime::cors;
use cors_runtime::test::{Fetch, Page};

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

#[actix_web::main]
async fn main() {
    let app = test::init_service(App::new().service(both).service(dev_alone)).await;
    // Made from a number, so that the program does not contain the text.
    let developers = format!("http://localhost:{}", std::hint::black_box(51733));
    for origin in ["https://production-51733.example.com", &developers] {
        for path in ["/both", "/dev"] {
            let outcome = Page::at(origin).api_at("http://localhost:8080").fetch(&app, Fetch::get(path)).await;
            println!("{path} {}", outcome.is_readable());
        }
    }
}
"#;

/// Builds a program of a user's, and returns the file and what it prints.
fn build_and_run(folder: &Path, profile: &str) -> (PathBuf, String) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--offline", "--profile", profile])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let profile = if profile == "dev" { "debug" } else { profile };
    let program = target().join(profile).join("of-a-user");
    (
        program.with_extension(env::consts::EXE_EXTENSION),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// A folder beside those of the workspace, so that the second run builds little.
fn target() -> PathBuf {
    let test = env::current_exe().expect("the test is a file");
    let target = test.ancestors().nth(3).expect("target/debug/deps/test");
    target.join("tests").join("profiles")
}

fn has(program: &Path, text: &str) -> bool {
    let bytes = fs::read(program).expect("the program is a file");
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_dev_origin_is_allowed_in_debug_builds_and_is_in_no_release() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("cors-runtime");
    let manifest = format!(
        "[profile.release]\nopt-level = 1\n[dependencies]\n{ACTIX}cors-runtime = {{ path = {runtime:?} }}\n"
    );
    let folder = user_crate(&manifest, MAIN);

    let (program, printed) = build_and_run(folder.path(), "dev");
    assert_eq!(
        printed, "/both true\n/dev false\n/both true\n/dev true\n",
        "in a debug build"
    );
    assert!(has(&program, PRODUCTION) && has(&program, DEVELOPERS));

    let (program, printed) = build_and_run(folder.path(), "release");
    assert_eq!(
        printed, "/both true\n/dev false\n/both false\n/dev false\n",
        "in a release"
    );
    assert!(
        has(&program, PRODUCTION),
        "the program contains its origins as text"
    );
    assert!(!has(&program, DEVELOPERS));
}
