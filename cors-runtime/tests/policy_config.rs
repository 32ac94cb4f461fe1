//! A policy that is read from a file: defaults, mistakes, replacement.

#[cfg(feature = "serde")]
use std::error::Error;

#[cfg(feature = "serde")]
use cors_runtime::RuntimePolicy;
use cors_runtime::{PolicyConfig, PolicyConfigError};

const GOOD: &str = "https://app.example.com";

fn good() -> PolicyConfig {
    PolicyConfig {
        origins: vec![GOOD.to_owned()],
        ..PolicyConfig::default()
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// The rule and the place of each mistake.
fn mistakes(config: &PolicyConfig) -> Vec<(&'static str, String)> {
    let Err(error) = config.check() else {
        return Vec::new();
    };
    let mistakes = error.mistakes().iter();
    mistakes
        .map(|mistake| (mistake.rule().name(), mistake.place().to_owned()))
        .collect()
}

#[test]
fn each_key_is_checked_and_each_mistake_has_its_place() {
    let rows: [(PolicyConfig, &[(&str, &str)]); 12] = [
        (good(), &[]),
        (PolicyConfig::default(), &[("missing_origins", "origins")]),
        (
            PolicyConfig {
                origins: texts(&[GOOD, "example.com", "null", GOOD]),
                ..good()
            },
            &[
                ("origin_without_scheme", "origins[1]"),
                ("null_origin", "origins[2]"),
                ("duplicate_origin", "origins[3]"),
            ],
        ),
        (
            PolicyConfig {
                origins: texts(&["*"]),
                credentials: true,
                enforce: true,
                ..good()
            },
            &[("wildcard_with_credentials", "origins[0]")],
        ),
        (
            PolicyConfig {
                origins: texts(&["*"]),
                enforce: true,
                ..good()
            },
            &[("pointless_enforce", "enforce")],
        ),
        (
            PolicyConfig {
                methods: Some(texts(&["PUT", "patch", "TRACE", "*"])),
                ..good()
            },
            &[
                ("method_not_uppercase", "methods[1]"),
                ("forbidden_method", "methods[2]"),
                ("wildcard_method", "methods[3]"),
            ],
        ),
        (
            PolicyConfig {
                methods: Some(texts(&["*"])),
                ..good()
            },
            &[],
        ),
        (
            PolicyConfig {
                headers: texts(&["content-type", "cookie", "Content-Type"]),
                ..good()
            },
            &[
                ("forbidden_header", "headers[1]"),
                ("duplicate_header", "headers[2]"),
            ],
        ),
        (
            PolicyConfig {
                expose_headers: texts(&["*"]),
                credentials: true,
                ..good()
            },
            &[("wildcard_exposed_with_credentials", "expose_headers[0]")],
        ),
        (
            PolicyConfig {
                max_age: Some(-1),
                ..good()
            },
            &[("invalid_max_age", "max_age")],
        ),
        (
            PolicyConfig {
                origins: texts(&["http://192.168.1.20:3000", "https://*.github.io"]),
                credentials: true,
                allow: texts(&["insecure_origin_with_credentials"]),
                ..good()
            },
            &[("public_suffix_with_credentials", "origins[1]")],
        ),
        (
            PolicyConfig {
                allow: texts(&["insecure_origin_with_credentials", "null_origin"]),
                ..good()
            },
            &[
                ("unneeded_allow", "allow[0]"),
                ("unneeded_allow", "allow[1]"),
            ],
        ),
    ];
    for (config, expected) in rows {
        let expected: Vec<_> = expected
            .iter()
            .map(|&(rule, place)| (rule, place.to_owned()))
            .collect();
        assert_eq!(mistakes(&config), expected, "{config:?}");
    }
}

#[test]
fn the_error_says_what_to_write_in_the_words_of_the_compile_error() {
    let config = PolicyConfig {
        origins: texts(&["https://example.com/\n", "http://a.example:3000"]),
        credentials: true,
        max_age: Some(100_000),
        ..PolicyConfig::default()
    };
    let error = config.check_in("http.cors").expect_err("three mistakes");
    assert_eq!(error.to_string(), ERROR);
    assert_eq!(format!("{error:?}"), ERROR, "what a `main` prints");
    for mistake in error.mistakes() {
        assert_eq!(format!("{mistake:?}"), mistake.to_string());
    }
}

const ERROR: &str = "\
the CORS policy is refused
http.cors.origins[0] \"https://example.com/\\n\": invalid_origin: an origin has no spaces
help: write \"https://example.com\"
http.cors.origins[1] \"http://a.example:3000\": insecure_origin_with_credentials: an insecure origin cannot be combined with `credentials`
help: serve that origin over `https`, or add `allow = [\"insecure_origin_with_credentials\"]`
why: anyone on the user's network can serve a page from such an origin, and act as the user
http.cors.max_age 100000: invalid_max_age: `max_age` is at most 86400, a day: Firefox caps it there, Chromium at 7200, WebKit at 600
help: write `max_age = 86400`";

#[test]
fn a_misspelt_rule_is_corrected_as_a_list_writes_it() {
    let config = PolicyConfig {
        origins: texts(&["http://a.example"]),
        credentials: true,
        allow: texts(&["insecure_origins_with_credentials"]),
        ..PolicyConfig::default()
    };
    let error = config.check().expect_err("no such rule");
    let [mistake] = error.mistakes() else {
        panic!("{error}")
    };
    assert_eq!(
        mistake.help(),
        Some("write `allow = [\"insecure_origin_with_credentials\"]`")
    );
    assert_eq!(
        mistake.message(),
        "there is no rule `insecure_origins_with_credentials`"
    );
}

/// As `fn main() -> Result<(), Box<dyn Error>>` does it.
#[cfg(feature = "serde")]
fn read(json: &str) -> Result<RuntimePolicy, Box<dyn Error>> {
    #[derive(serde::Deserialize)]
    struct Settings {
        cors: PolicyConfig,
    }

    let settings: Settings = serde_json::from_str(json)?;
    Ok(settings.cors.check_in("cors")?)
}

#[cfg(feature = "serde")]
#[test]
fn a_file_with_several_mistakes_has_all_of_them_named() {
    let error = read(
        r#"{
            "cors": {
                "origins": ["https://app.example.com", "*", "https://app.example.com:443"],
                "methods": ["get"],
                "headers": ["content-type", "x y"],
                "expose_headers": ["set-cookie"],
                "credentials": true,
                "max_age": 1000000,
                "allow": ["null_origin"]
            }
        }"#,
    );
    let error = error.expect_err("seven mistakes");
    let error: &PolicyConfigError = error.downcast_ref().expect("the file can be read");
    let mistakes: Vec<_> = error
        .mistakes()
        .iter()
        .map(|mistake| (mistake.place(), mistake.rule().name(), mistake.value()))
        .collect();
    assert_eq!(
        mistakes,
        [
            ("cors.origins[1]", "wildcard_with_credentials", Some("*")),
            (
                "cors.origins[2]",
                "default_port",
                Some("https://app.example.com:443")
            ),
            ("cors.methods[0]", "method_not_uppercase", Some("get")),
            ("cors.headers[1]", "invalid_header", Some("x y")),
            (
                "cors.expose_headers[0]",
                "forbidden_exposed_header",
                Some("set-cookie")
            ),
            ("cors.max_age", "invalid_max_age", Some("1000000")),
            ("cors.allow[0]", "unneeded_allow", Some("null_origin")),
        ]
    );
}

#[cfg(feature = "serde")]
#[test]
fn an_absent_key_has_the_default_of_the_attribute_and_one_that_does_not_exist_is_an_error() {
    let policy = read(r#"{ "cors": { "origins": ["https://app.example.com"] } }"#);
    assert_eq!(policy.expect("a good file").config(), good());

    let unknown = read(r#"{ "cors": { "origins": ["https://a.example"], "max-age": 600 } }"#);
    let unknown = unknown.expect_err("`max-age`").to_string();
    assert!(unknown.contains("unknown field `max-age`"), "{unknown}");
    assert!(unknown.contains("`max_age`"), "{unknown}");

    let text: PolicyConfig = toml::from_str("origins = [\"*\"]\nmethods = []").expect("good TOML");
    assert_eq!(text.methods, Some(Vec::new()), "not absent: none at all");
    let text = serde_json::to_string(&text).expect("it can be written");
    assert_eq!(
        mistakes(&serde_json::from_str(&text).expect("and read")),
        []
    );
}

#[test]
fn all_clones_are_replaced_and_a_refused_file_replaces_nothing() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}

    let policy = good().check().expect("a good policy");
    is_shared(&policy);
    let clone = policy.clone();
    let unrelated = good().check().expect("a good policy");

    let reread = |config: &PolicyConfig| -> Result<(), PolicyConfigError> {
        policy.replace(&config.check()?);
        Ok(())
    };
    let new = PolicyConfig {
        max_age: Some(60),
        ..good()
    };
    reread(&new).expect("a good file");
    assert_eq!(clone.config(), new);
    reread(&PolicyConfig::default()).expect_err("an empty file");
    assert_eq!(clone.config(), new);
    assert_eq!(unrelated.config(), good());
    assert_eq!(format!("{clone:?}"), format!("RuntimePolicy({new:?})"));
}
