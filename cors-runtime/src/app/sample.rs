//! Sample paths of a pattern.

use std::fmt::Write;

use actix_web::dev::Url;

use super::pattern::{Part, definition, parts};

/// Texts for a dynamic segment. Those that its regular expression matches are used.
const SAMPLES: [&str; 20] = [
    "1",
    "a",
    "42",
    "123",
    "1234",
    "en",
    "abc",
    "A",
    "ABC",
    "a1",
    "v1",
    "true",
    "1.5",
    "a.txt",
    "a-b",
    "2024-01-31",
    "00000000-0000-4000-8000-000000000000",
    "0123456789abcdef0123456789abcdef",
    "a@b.example",
    "a/b",
];
/// The most sample paths of one pattern.
const PATHS: usize = 4;

/// Decoded paths that the pattern matches; none if a segment matches no sample.
pub(crate) fn sample_paths(pattern: &str) -> Vec<String> {
    let Some(texts) = texts(pattern) else {
        return Vec::new();
    };
    let whole = definition(pattern);
    let mut paths: Vec<String> = Vec::new();
    for index in 0..PATHS {
        let path: String = texts
            .iter()
            .map(|texts| texts[index.min(texts.len() - 1)].as_str())
            .collect();
        let is_match = whole.as_ref().is_none_or(|whole| whole.is_match(&path));
        if is_match && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

/// The path, percent-encoded; `None` if the router would not decode it to the same path.
pub(crate) fn encoded_path(path: &str) -> Option<String> {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*,;=:@+".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    let is_same = Url::new(encoded.parse().ok()?).path() == path;
    is_same.then_some(encoded)
}

/// The possible texts of each part of the pattern; `None` if one of them matches no sample.
fn texts(pattern: &str) -> Option<Vec<Vec<String>>> {
    // A `*` at the end makes a tail of what is in front of it, and takes the empty text as well.
    parts(pattern.strip_suffix('*').unwrap_or(pattern))
        .map(|part| match part {
            Part::Literal(text) => Some(vec![text.to_owned()]),
            Part::Segment { expression, .. } => samples(expression.unwrap_or("[^/]+")),
        })
        .collect()
}

/// The samples that a regular expression matches, and those of its own alternatives that are plain words.
fn samples(expression: &str) -> Option<Vec<String>> {
    let definition = definition(&format!("/{{sample:{expression}}}"))?;
    let words = expression
        .split(['|', '(', ')', '^', '$'])
        .filter(|word| !word.is_empty());
    let samples: Vec<_> = SAMPLES
        .into_iter()
        .chain(words)
        .filter(|sample| definition.is_match(&format!("/{sample}")))
        .take(PATHS)
        .map(str::to_owned)
        .collect();
    (!samples.is_empty()).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::{encoded_path, sample_paths};

    #[test]
    fn a_path_is_made_up_that_the_pattern_matches() {
        for (pattern, first) in [
            ("/items", Some("/items")),
            ("", Some("")),
            ("/items/{id}", Some("/items/1")),
            ("/{year:[0-9]{4}}/{month:[0-9]{2}}", Some("/1234/42")),
            ("/v{version:[0-9]+}.json", Some("/v1.json")),
            ("/{kind:cats|dogs}/{name}", Some("/cats/1")),
            ("/files/{tail:.*}", Some("/files/1")),
            ("/files/{tail}*", Some("/files/1")),
            (
                "/{id:[0-9a-f]{8}-.*}",
                Some("/00000000-0000-4000-8000-000000000000"),
            ),
            ("/{odd:qq[xyz]{3}}", None),
        ] {
            let paths = sample_paths(pattern);
            assert_eq!(paths.first().map(String::as_str), first, "{pattern}");
        }
    }

    #[test]
    fn the_paths_of_a_pattern_are_different() {
        assert_eq!(sample_paths("/items"), ["/items"]);
        assert_eq!(sample_paths("/{kind:cats|dogs}"), ["/cats", "/dogs"]);
    }

    #[test]
    fn a_target_is_what_the_router_decodes() {
        assert_eq!(encoded_path("/a b/ü").as_deref(), Some("/a%20b/%C3%BC"));
        assert_eq!(
            encoded_path("/100%"),
            None,
            "the router keeps `%25` as it is"
        );
    }
}
