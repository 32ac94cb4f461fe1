//! Path patterns as text.

use std::borrow::Cow;
use std::fmt::Write;
use std::iter;
use std::panic::catch_unwind;

use actix_web::dev::ResourceDef;

/// Whether a pattern matches more than one path.
pub(super) fn is_dynamic(pattern: &str) -> bool {
    pattern.contains('{') || pattern.ends_with('*')
}

/// Whether two patterns differ in the names of their dynamic segments alone, so that they match the same paths.
pub(super) fn is_same_but_for_names(one: &str, other: &str) -> bool {
    one == other || with_numbered_names(one) == with_numbered_names(other)
}

/// A pattern as a definition that can be matched; `None` where actix would not take it as a whole.
///
/// The segments get short names of their own: nested scopes may use one name twice, and the router never frees a name.
pub(super) fn definition(pattern: &str) -> Option<ResourceDef> {
    define(pattern, ResourceDef::new)
}

/// The same for the pattern of scopes, which matches the beginning of a path.
pub(super) fn scope_definition(pattern: &str) -> Option<ResourceDef> {
    define(pattern, |pattern| ResourceDef::root_prefix(&pattern))
}

fn define(pattern: &str, make: fn(String) -> ResourceDef) -> Option<ResourceDef> {
    /// The most dynamic segments that actix takes in one pattern. It counts each scope's by themselves, and a whole pattern may have more.
    const MAX_SEGMENTS: usize = 16;

    let (numbered, segments) = with_numbered_names(pattern);
    if segments > MAX_SEGMENTS {
        return None;
    }
    // actix has accepted each part. Where it panics over the whole, there is no definition.
    catch_unwind(|| make(numbered)).ok()
}

/// A part of a pattern.
pub(super) enum Part<'a> {
    Literal(&'a str),
    /// A dynamic segment: `{name}` or `{name:expression}`.
    Segment {
        name: &'a str,
        expression: Option<&'a str>,
    },
}

/// The parts of a pattern, in their order.
pub(super) fn parts(mut rest: &str) -> impl Iterator<Item = Part<'_>> {
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(inside) = rest.strip_prefix('{') else {
            let (literal, behind) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            rest = behind;
            return Some(Part::Literal(literal));
        };
        let mut depth = 1;
        let closes = |character| {
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        };
        let (segment, behind) = inside.split_at(inside.find(closes).unwrap_or(inside.len()));
        rest = behind.strip_prefix('}').unwrap_or_default();
        Some(match segment.split_once(':') {
            Some((name, expression)) => Part::Segment {
                name,
                expression: Some(expression),
            },
            None => Part::Segment {
                name: segment,
                expression: None,
            },
        })
    })
}

/// The pattern with its dynamic segments named `s0`, `s1`, and so on, and their number.
pub(super) fn with_numbered_names(pattern: &str) -> (String, usize) {
    let mut numbered = String::with_capacity(pattern.len());
    let mut segments = 0;
    for part in parts(pattern) {
        // Writing to a string cannot fail.
        let _ = match part {
            Part::Literal(text) => numbered.write_str(text),
            Part::Segment { expression, .. } => {
                let number = segments;
                segments += 1;
                match expression {
                    Some(expression) => write!(numbered, "{{s{number}:{expression}}}"),
                    None => write!(numbered, "{{s{number}}}"),
                }
            }
        };
    }
    (numbered, segments)
}

/// The path, and what actix's `NormalizePath` may make of it: slashes merged, and one at the end added or taken away.
pub(super) fn normal_forms(path: &str) -> [Cow<'_, str>; 4] {
    let mut merged = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    let trimmed = merged.trim_end_matches('/').to_owned();
    let with_slash = format!("{trimmed}/");
    [
        Cow::Borrowed(path),
        Cow::Owned(merged),
        Cow::Owned(trimmed),
        Cow::Owned(with_slash),
    ]
}

/// The scope that a layer is on, as a request shows it: the text that the scopes have taken of the path, and the names of
/// the dynamic segments in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) text: &'a str,
    pub(crate) segment_names: &'a [String],
}

impl Scope<'_> {
    /// Of a layer around the app.
    pub(crate) const APP: Self = Self {
        text: "",
        segment_names: &[],
    };

    /// Whether a resource with this pattern, or with one that begins with it, is inside the scope, as far as patterns tell.
    pub(crate) fn holds(self, pattern: &str) -> bool {
        if self.text.is_empty() && self.segment_names.is_empty() {
            return true;
        }
        let mut segments = pattern.split('/');
        let mut names = self.segment_names.iter();
        let is_inside = self.text.split('/').all(|text| {
            segments.next().is_some_and(|segment| {
                if is_dynamic(segment) {
                    names_in(segment).all(|name| names.next().is_some_and(|own| own == name))
                } else {
                    segment == text
                }
            })
        });
        is_inside && names.next().is_none()
    }
}

/// The names of the dynamic segments in a pattern.
fn names_in(pattern: &str) -> impl Iterator<Item = &str> {
    parts(pattern).filter_map(|part| match part {
        Part::Literal(_) => None,
        Part::Segment { name, .. } => Some(name),
    })
}

#[cfg(test)]
mod tests {
    use super::{Scope, definition, is_dynamic, is_same_but_for_names, normal_forms};

    #[test]
    fn names_of_segments_do_not_tell_patterns_apart() {
        assert!(is_same_but_for_names("/a/{id}", "/a/{name}"));
        assert!(is_same_but_for_names("/a/{id:\\d{2}}", "/a/{name:\\d{2}}"));
        assert!(!is_same_but_for_names("/a/{id:\\d+}", "/a/{id}"));
        assert!(!is_same_but_for_names("/a/{id}", "/b/{id}"));
    }

    #[test]
    fn one_name_may_stand_twice_in_a_whole_pattern() {
        let definition = definition("/{id}/x/{id:[0-9]{2}}").expect("a definition");
        assert!(definition.is_match("/a/x/07"));
        assert!(!definition.is_match("/a/x/7"));
        assert!(super::definition(&"/{a}".repeat(16)).is_some());
        assert!(super::definition(&"/{a}".repeat(17)).is_none());
    }

    #[test]
    fn a_pattern_is_dynamic_where_it_has_a_segment_or_a_tail() {
        assert!(is_dynamic("/{a}") && is_dynamic("/a*"));
        assert!(!is_dynamic("/a"));
    }

    #[test]
    fn the_normal_forms_are_what_normalize_path_makes() {
        assert_eq!(normal_forms("/b/"), ["/b/", "/b/", "/b", "/b/"]);
        assert_eq!(normal_forms("//b//c"), ["//b//c", "/b/c", "/b/c", "/b/c/"]);
        assert_eq!(normal_forms("/"), ["/", "/", "", "/"]);
    }

    #[test]
    fn a_scope_holds_what_its_pattern_leads_to() {
        let holds = |text, names: &[&str], pattern| {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            let scope = Scope {
                text,
                segment_names: &names,
            };
            scope.holds(pattern)
        };
        assert!(holds("", &[], ""));
        assert!(holds("", &[], "/api"));
        assert!(holds("/admin", &[], "/admin"));
        assert!(holds("/admin", &[], "/admin/{id}"));
        assert!(!holds("/admin", &[], "/{section}"));
        assert!(!holds("/admin", &[], "/administration"));
        assert!(!holds("/admin", &[], ""));
        assert!(holds("/x", &["tenant"], "/{tenant}"));
        assert!(holds("/x", &["tenant"], "/{tenant:[a-z]{1,9}}/b"));
        assert!(!holds("/x", &["tenant"], "/{section}"));
        assert!(!holds("/x", &["tenant"], "/x"));
        assert!(!holds("/x", &["tenant"], "/x/y"));
        assert!(holds("/v1-2", &["a", "b"], "/v{a}-{b}"));
    }
}
