//! Which annotated handler a request is meant for, told before the router has seen it. What is not certain is said to be
//! so: then the handler's own middleware decides.

use std::borrow::Cow;
use std::panic::catch_unwind;
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
    /// One of these annotated handlers may be meant.
    Unclear(Rc<[&'static Annotation]>),
    /// The path is of annotated handlers, and none has the method; the annotation is there where all of them agree.
    OtherMethod(Option<&'static Annotation>),
    /// No annotated handler has the path.
    Unannotated,
}

/// The annotated handlers of an app by path.
pub(crate) struct Lookup {
    /// In the order of their registration, which is the router's.
    places: Vec<Place>,
    /// Which of them have a path that is written out, by that path.
    by_path: HashMap<String, Vec<usize>>,
    /// The others.
    dynamic: Vec<usize>,
    /// The answers for paths that are written out: one look, however many there are.
    exact: HashMap<String, Exact>,
    has_sources: bool,
    /// Whether there are handlers whose paths are not known.
    has_unknown: bool,
    routes: ResourceMap,
}

/// A mount with its patterns.
struct Place {
    mount: Rc<Mount>,
    pattern: String,
    definition: ResourceDef,
    /// The enclosing scopes' part.
    prefix: ResourceDef,
}

struct Exact {
    methods: Vec<(&'static str, Target)>,
    other: Target,
}

impl Lookup {
    /// For an app that is built, and its routes.
    pub(crate) fn new(app: &App, routes: ResourceMap) -> Self {
        let mounts = app.mounts();
        let places: Vec<_> = mounts.iter().filter_map(Place::of).collect();
        let has_unknown = places.len() < mounts.len();
        let mut by_path: HashMap<_, Vec<_>> = HashMap::new();
        let mut dynamic = Vec::new();
        for (index, place) in places.iter().enumerate() {
            if place.is_dynamic() {
                dynamic.push(index);
            } else {
                by_path
                    .entry(place.pattern.clone())
                    .or_default()
                    .push(index);
            }
        }
        let asks = |place: &Place| !place.mount.annotation.answers().is_immediate();
        let has_sources = places.iter().any(asks);
        let mut lookup = Self {
            places,
            by_path,
            dynamic,
            exact: HashMap::new(),
            has_sources,
            has_unknown,
            routes,
        };
        let exact = lookup
            .by_path
            .keys()
            .map(|path| (path.clone(), lookup.exact(path)))
            .collect();
        lookup.exact = exact;
        lookup
    }

    /// The target of a request for `path`, decoded as the router decodes it, with `method`.
    pub(crate) fn find(&self, path: &str, method: &str) -> Cow<'_, Target> {
        if self.has_unknown {
            let any = self.places.iter().map(|place| place.mount.annotation);
            return Cow::Owned(Target::Unclear(any.collect()));
        }
        if let Some(exact) = self.exact.get(path) {
            let known = exact.methods.iter().find(|(known, _)| *known == method);
            return Cow::Borrowed(known.map_or(&exact.other, |(_, target)| target));
        }
        Cow::Owned(if self.dynamic.is_empty() {
            Target::Unannotated
        } else {
            self.candidates(path).target(method)
        })
    }

    /// Whether a policy of the app asks a source that takes its time, or looks at more than the origin.
    pub(crate) fn has_sources(&self) -> bool {
        self.has_sources
    }

    fn candidates(&self, path: &str) -> Candidates<'_> {
        let exact = self.by_path.get(path).into_iter().flatten().copied();
        let matches = |index: &usize| self.places[*index].definition.is_match(path);
        let dynamic = self.dynamic.iter().copied().filter(matches);
        let mut indices: Vec<_> = exact.chain(dynamic).collect();
        indices.sort_unstable();
        let all = indices.into_iter().map(|index| &self.places[index]);
        Candidates::new(all.collect(), &self.routes, path)
    }

    fn exact(&self, path: &str) -> Exact {
        let candidates = self.candidates(path);
        let mut methods: Vec<(&'static str, Target)> = Vec::new();
        for place in &candidates.all {
            for &method in place.mount.routed {
                if methods.iter().all(|(known, _)| *known != method) {
                    methods.push((method, candidates.target(method)));
                }
            }
        }
        Exact {
            methods,
            // No method is empty.
            other: candidates.target(""),
        }
    }
}

/// Whether a preflight that the router has brought to an annotated handler may ask about a request that is another's: a
/// resource without an annotation is in front, under another pattern, and its guards, which may know the request's method,
/// do not know the preflight's. And whether that is so for each preflight that gets here.
pub(crate) fn may_be_anothers(preflight: &HttpRequest) -> (bool, bool) {
    let (routes, path) = (preflight.resource_map(), preflight.match_info().as_str());
    let (Some(own), Some(first)) = (preflight.match_pattern(), routes.match_pattern(path)) else {
        return (false, false);
    };
    let is_same = || with_distinct_names(&first) == with_distinct_names(&own);
    let may_be = first != own && !is_same() && is_unannotated(preflight, &own, &first);
    (may_be, !is_dynamic(&own))
}

/// Whether a pattern has more than one path.
fn is_dynamic(pattern: &str) -> bool {
    pattern.contains('{') || pattern.ends_with('*')
}

fn is_unannotated(preflight: &HttpRequest, own: &str, first: &str) -> bool {
    let (routes, path) = (preflight.resource_map(), preflight.match_info().as_str());
    let mounts = App::serving(preflight).map_or_else(Vec::new, |app| app.mounts());
    let name = routes.match_name(path);
    let is_ours = mounts.iter().any(|mount| {
        Some(mount.resource) == name && mount.full_pattern().as_deref() == Some(first)
    });
    // Where the guard of a scope in front has turned the preflight away, it does so with the request: then what is in the
    // scope is in nobody's way.
    let mut own = mounts
        .iter()
        .filter(|mount| mount.full_pattern().as_deref() == Some(own))
        .filter_map(Place::of);
    !is_ours && own.any(|place| place.is_level_searched(routes, path))
}

impl Place {
    fn of(mount: &Rc<Mount>) -> Option<Self> {
        let pattern = mount.full_pattern()?;
        let prefix = mount.prefix()?;
        let (distinct, distinct_prefix) = (
            with_distinct_names(&pattern)?,
            with_distinct_names(&prefix)?,
        );
        // actix has taken each part, and takes both; if it does not, that ends here.
        let definitions = catch_unwind(|| {
            (
                ResourceDef::new(distinct),
                ResourceDef::root_prefix(&distinct_prefix),
            )
        });
        let (definition, prefix) = definitions.ok()?;
        Some(Self {
            mount: Rc::clone(mount),
            pattern,
            definition,
            prefix,
        })
    }

    fn is_dynamic(&self) -> bool {
        is_dynamic(&self.pattern)
    }

    /// Whether the router gets as far as the mount's resource with a request for `path`, guards aside.
    fn gets(&self, routes: &ResourceMap, path: &str) -> bool {
        let prefix = self.prefix.find_match(path);
        prefix.is_some_and(|prefix| self.mount.gets(routes, &path[..prefix]))
    }

    /// Whether the resource map is searched on the level of the mount's resource, and not in a scope in front of that.
    fn is_level_searched(&self, routes: &ResourceMap, path: &str) -> bool {
        let prefix = self.prefix.find_match(path);
        let found = prefix.and_then(|prefix| self.mount.find_probe(routes, &path[..prefix]));
        // What takes any path takes the probe's.
        found.is_some_and(|found| self.mount.is_probe(&found) || found == self.pattern)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let said = |place: &Self| {
            let annotation = place.mount.annotation;
            (annotation.is_off(), format!("{:?}", annotation.policy()))
        };
        std::ptr::eq(self.mount.annotation, other.mount.annotation) || said(self) == said(other)
    }

    /// Whether also the answers to preflights are the same.
    fn answers_the_same(&self, other: &Self) -> bool {
        self.says_the_same(other) && self.mount.allow_methods == other.mount.allow_methods
    }
}

/// A pattern whose dynamic segments have names of ours: scopes inside one another may use one name twice. They are short,
/// for the router never gives back the memory of a name. `None` where there are too many.
fn with_distinct_names(pattern: &str) -> Option<String> {
    /// As many as actix takes in one pattern. It counts those of each scope by itself.
    const MAX_SEGMENTS: usize = 16;

    let mut distinct = String::with_capacity(pattern.len());
    let mut depth = 0;
    let mut segments = 0;
    let mut in_name = false;
    for character in pattern.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        in_name &= character != ':' && depth > 0;
        if !in_name {
            distinct.push(character);
        }
        if character == '{' && depth == 1 {
            distinct.push('s');
            distinct.push_str(&segments.to_string());
            segments += 1;
            in_name = true;
        }
    }
    (segments <= MAX_SEGMENTS).then_some(distinct)
}

/// The annotated handlers whose pattern matches a path.
struct Candidates<'a> {
    all: Vec<&'a Place>,
    /// The one that the router tries first, unless a resource without an annotation comes before.
    first: Option<&'a Place>,
    /// Those that the router tries where no guard decides.
    tried: Vec<&'a Place>,
}

impl<'a> Candidates<'a> {
    fn new(all: Vec<&'a Place>, routes: &ResourceMap, path: &str) -> Self {
        let gets = |place: &&Place| place.gets(routes, path);
        let tried: Vec<_> = all.iter().copied().filter(gets).collect();
        // The resource map is searched as the router searches, but for guards. A resource without an annotation that has
        // both the pattern and the name of one of ours is taken for it.
        let is_found = |place: &Place| {
            routes.match_pattern(path).as_ref() == Some(&place.pattern)
                && routes.match_name(path) == Some(place.mount.resource)
        };
        let first = tried.first().copied().filter(|place| is_found(place));
        Self { all, first, tried }
    }

    fn target(&self, method: &str) -> Target {
        let Some(any) = self.all.first() else {
            return Target::Unannotated;
        };
        let mut with_method = self
            .all
            .iter()
            .filter(|place| place.mount.routed.contains(&method));
        let Some(meant) = with_method.next() else {
            let agree = self.all.iter().all(|place| place.says_the_same(any));
            return Target::OtherMethod(
                (self.first.is_some() && agree).then_some(any.mount.annotation),
            );
        };
        // What stands between two resources of different patterns, or scopes, nobody is told of.
        let is_next = |first: &Place| first.is_beside(meant) && first.pattern == meant.pattern;
        if !self.first.is_some_and(is_next) || !self.tries(meant) || meant.mount.is_guarded {
            return self.unclear();
        }
        // Where the guard of a scope says no, the request goes on, and of such a guard nobody is told either.
        let is_inside = |other: &Place| other.is_beside(meant) && self.tries(other);
        let may_go_on = meant.mount.is_scoped()
            && with_method.any(|other| !is_inside(other) && !other.answers_the_same(meant));
        if may_go_on {
            return self.unclear();
        }
        Target::Handler(Rc::clone(&meant.mount))
    }

    fn unclear(&self) -> Target {
        Target::Unclear(
            self.all
                .iter()
                .map(|place| place.mount.annotation)
                .collect(),
        )
    }

    fn tries(&self, place: &Place) -> bool {
        self.tried.iter().any(|tried| std::ptr::eq(*tried, place))
    }
}

impl Place {
    /// Whether both are in one scope, as far as can be told.
    fn is_beside(&self, other: &Self) -> bool {
        self.mount.is_scoped() == other.mount.is_scoped() && self.prefix == other.prefix
    }
}
