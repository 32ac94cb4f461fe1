//! Which annotated handler a request is meant for, told before the router has seen it. What is not certain is said to be
//! so: then the handler's own middleware decides.

use std::borrow::Cow;
use std::rc::Rc;

use actix_web::HttpRequest;
use actix_web::dev::{ResourceDef, ResourceMap};
use foldhash::{HashMap, HashMapExt};

use crate::annotation::Annotation;
use crate::mounted::{App, Mount};

/// What is known of the target of a request.
#[derive(Clone)]
pub(crate) enum Target {
    /// This handler, if anyone gets the request.
    Handler(Rc<Mount>),
    /// An annotated handler may be meant.
    Unclear,
    /// The path is of annotated handlers, and none has the method; the annotation is there where all of them agree.
    OtherMethod(Option<&'static Annotation>),
    /// No annotated handler has the path.
    Unannotated,
}

/// The annotated handlers of an app by path.
pub(crate) struct Lookup {
    mounts: Vec<Place>,
    /// The answers for paths that are written out: one look, however many there are.
    exact: HashMap<String, Exact>,
    has_dynamic: bool,
}

/// A mount with its full pattern.
struct Place {
    mount: Rc<Mount>,
    pattern: String,
    definition: ResourceDef,
}

struct Exact {
    methods: Vec<(&'static str, Target)>,
    other: Target,
}

impl Lookup {
    /// For the app that `request` came to.
    pub(crate) fn new(app: &App, request: &HttpRequest) -> Self {
        let mounts: Vec<_> = app
            .mounts()
            .into_iter()
            .filter_map(|mount| {
                let pattern = mount.full_pattern()?;
                let definition = ResourceDef::new(pattern.as_str());
                Some(Place {
                    mount,
                    pattern,
                    definition,
                })
            })
            .collect();
        let is_dynamic = |place: &&Place| place.pattern.contains('{');
        let has_dynamic = mounts.iter().any(|place| is_dynamic(&place));
        let mut lookup = Self {
            mounts,
            exact: HashMap::new(),
            has_dynamic,
        };
        let routes = request.resource_map();
        let exact = lookup
            .mounts
            .iter()
            .filter(|place| !is_dynamic(place))
            .map(|place| (place.pattern.clone(), lookup.exact(routes, &place.pattern)))
            .collect();
        lookup.exact = exact;
        lookup
    }

    /// The target of a request for `path`, decoded as the router decodes it, with `method`.
    pub(crate) fn find(&self, routes: &ResourceMap, path: &str, method: &str) -> Cow<'_, Target> {
        if let Some(exact) = self.exact.get(path) {
            let known = exact.methods.iter().find(|(known, _)| *known == method);
            return Cow::Borrowed(known.map_or(&exact.other, |(_, target)| target));
        }
        Cow::Owned(if self.has_dynamic {
            self.search(routes, path, method)
        } else {
            Target::Unannotated
        })
    }

    fn exact(&self, routes: &ResourceMap, path: &str) -> Exact {
        let mut methods: Vec<(&'static str, Target)> = Vec::new();
        for place in &self.mounts {
            for &method in place.mount.methods {
                if methods.iter().all(|(known, _)| *known != method) {
                    methods.push((method, self.search(routes, path, method)));
                }
            }
        }
        // No method is empty.
        Exact {
            methods,
            other: self.search(routes, path, ""),
        }
    }

    /// Follows the router: the first resource whose pattern matches the path, then the methods.
    fn search(&self, routes: &ResourceMap, path: &str, method: &str) -> Target {
        let pattern = routes.match_pattern(path);
        let group: Vec<_> = self
            .mounts
            .iter()
            .filter(|place| Some(&place.pattern) == pattern.as_ref())
            .collect();
        let matches = |place: &&Place| place.definition.is_match(path);
        let has_method = |place: &&Place| place.mount.methods.contains(&method);
        if group.is_empty() && !self.mounts.iter().any(|place| matches(&place)) {
            return Target::Unannotated;
        }
        // A resource without an annotation can stand before ours with the same pattern, but not by the same name.
        let name = routes.match_name(path);
        let is_first = group.iter().any(|place| Some(place.mount.resource) == name);
        let meant: Vec<_> = group.iter().filter(|place| has_method(place)).collect();
        match meant[..] {
            [] => {
                let others = self.mounts.iter().filter(matches);
                if others.clone().any(|place| has_method(&place)) {
                    Target::Unclear
                } else {
                    Target::OtherMethod(if is_first { common(&group) } else { None })
                }
            }
            [first, ..] if is_first && is_certain(&meant) => {
                Target::Handler(Rc::clone(&first.mount))
            }
            _ => Target::Unclear,
        }
    }
}

/// Whether the first of several mounts with the same pattern and method gets each of their requests.
fn is_certain(meant: &[&&Place]) -> bool {
    let [first, rest @ ..] = meant else {
        return false;
    };
    // A guard decides about the request itself, which is not here yet, and about a scope's nobody is told.
    !first.mount.is_guarded && (rest.is_empty() || !first.mount.is_scoped())
}

/// The annotation of all mounts of a pattern, where they say the same.
fn common(group: &[&Place]) -> Option<&'static Annotation> {
    let (first, rest) = group.split_first()?;
    let said = |place: &Place| format!("{:?}", place.mount.annotation.policy());
    let agreed = rest.iter().all(|place| {
        std::ptr::eq(place.mount.annotation, first.mount.annotation) || said(place) == said(first)
    });
    agreed.then_some(first.mount.annotation)
}
