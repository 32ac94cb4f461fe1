//! Which annotated handler a request is for, as far as that can be known before the router has seen it.
//!
//! actix's map of resources gives the first pattern that matches a path, guards aside. From there, each question has one
//! function:
//!
//! | question | function | app | request | answer |
//! | --- | --- | --- | --- | --- |
//! | is the first pattern ours? | [`HandlerIndex::first`] | plain `/{a}`, then `PUT /b` | `PUT /b` | no |
//! | is the first resource of that pattern ours, too? | [`Group::is_ours`] | plain `/b`, then `PUT /b` | `PUT /b` | no |
//! | does its scope's prefix lead to one scope alone? | [`Group::is_ours`] | two scopes `/s`, each with `PUT /b` | `PUT /s/b` | no: a guard decides |
//! | which of our handlers there has the method? | [`HandlerIndex::handler`] | `GET /b`, then `PUT /b` | `PUT /b` | the second |
//! | does another of ours take it in between? | [`HandlerIndex::handler`] | `PUT /b`, `GET /{a}`, `GET /b` | `GET /b` | yes, so it is not the third |
//! | is it guarded, or has the router sent such a request elsewhere? | [`HandlerIndex::handler`] | `PUT /b` with a `guard` | `PUT /b` | not known |
//! | is the first resource of the first pattern ours? | [`HandlerIndex::is_first_ours`] | plain `/b`, then `PUT /b` | `PUT /b` | no |
//! | has the first pattern a handler of ours inside the layer? | [`HandlerIndex::has_path`] | `PUT /b` | `GET /b` | yes |
//! | which of our handlers has the path and method, whatever is in front? | [`HandlerIndex::meant`] | plain `/{a}`, then `PUT /b` | `PUT /b` | the second |
//! | has the router sent such a request elsewhere? | [`HandlerIndex::contradict`] | `PUT /b` in a scope with a guard | `PUT /b` of another host | yes |
//! | can no annotated handler be meant at all? | [`HandlerIndex::is_unannotated`] | plain `/{a}`, then `PUT /b` | `PUT /c` | yes |
//! | is a preflight about another resource's request? | [`HandlerIndex::is_first_unannotated`] | plain `DELETE /{id:\d+}`, then `DELETE /{name}` | `OPTIONS /7` | perhaps |

use std::cell::{Cell, OnceCell, RefCell};
use std::hash::BuildHasher;
use std::rc::Rc;

use actix_web::dev::{ResourceDef, ResourceMap};
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};

use super::mount::{Level, Mount};
use super::pattern::{Scope, definition, is_dynamic, normal_forms, scope_definition};

/// The annotated handlers of an app by path.
pub(crate) struct HandlerIndex {
    /// In the order of their registration, which is the router's.
    entries: Vec<Rc<Entry>>,
    /// By their pattern.
    groups: HashMap<String, Rc<Group>>,
    /// All resources of the app, taken from the first request: an error may come back without its request.
    routes: OnceCell<ResourceMap>,
    seen: RefCell<PathCache>,
}

/// A mount with its whole pattern.
struct Entry {
    /// Its place among all.
    number: usize,
    mount: Rc<Mount>,
    pattern: String,
    /// The enclosing scopes' part of it.
    prefix: String,
    definition: OnceCell<Option<ResourceDef>>,
    prefix_definition: OnceCell<Option<ResourceDef>>,
    /// Whether the router has sent a request elsewhere that seemed to be for this handler.
    is_contradicted: Cell<bool>,
}

/// The handlers of one pattern.
#[derive(Default)]
struct Group {
    /// In the order of their registration. There is at least one.
    entries: Vec<Rc<Entry>>,
    is_ours: OnceCell<bool>,
}

/// The handler that a request is for.
pub(crate) struct Target {
    pub(crate) mount: Rc<Mount>,
    /// Whether both the asking layer and the handler are at the root of the app. A scope may have a guard, which cannot be seen.
    pub(crate) is_certain: bool,
}

impl HandlerIndex {
    /// For an app of which all resources are registered.
    pub(super) fn new(mounts: &[Rc<Mount>]) -> Self {
        let numbered = mounts.iter().enumerate();
        let entries: Vec<_> = numbered.filter_map(Entry::new).map(Rc::new).collect();
        let mut groups: HashMap<_, Group> = HashMap::new();
        for entry in &entries {
            let group = groups.entry(entry.pattern.clone()).or_default();
            group.entries.push(Rc::clone(entry));
        }
        let shared = |(pattern, group)| (pattern, Rc::new(group));
        Self {
            entries,
            groups: groups.into_iter().map(shared).collect(),
            routes: OnceCell::new(),
            seen: RefCell::default(),
        }
    }

    /// Keeps all resources of the app. Returns whether they were unknown.
    pub(super) fn set_routes(&self, routes: &ResourceMap) -> bool {
        self.routes.get().is_none() && self.routes.set(routes.clone()).is_ok()
    }

    pub(super) fn routes(&self) -> Option<&ResourceMap> {
        self.routes.get()
    }

    /// The annotated handler that a request for `path`, decoded as the router decodes it, is for; `None` where that is none,
    /// or cannot be told. `scope` is what the asking layer is on.
    pub(crate) fn handler(&self, path: &str, method: &str, scope: Scope<'_>) -> Option<Target> {
        self.seen(path, |seen| {
            let group = seen.first.as_ref()?;
            let entry = group.first_with_method(method)?;
            let is_known = entry.is_inside(scope)
                && !entry.mount.is_guarded
                && !entry.is_contradicted.get()
                && group.is_ours(self, path)
                && !self.is_one_of_several(entry, group, method, seen);
            is_known.then(|| Target {
                mount: Rc::clone(&entry.mount),
                is_certain: scope.text.is_empty() && !entry.mount.is_scoped(),
            })
        })
    }

    /// Whether another handler of ours may get the request: one with the method between the first of the group and this one, or, for
    /// a handler in a scope, one in another scope.
    fn is_one_of_several(
        &self,
        entry: &Entry,
        group: &Group,
        method: &str,
        seen: &KnownPath,
    ) -> bool {
        let first = group.entries[0].number;
        let is_scoped = entry.mount.is_scoped();
        let may_take = |other: &Entry| {
            (first + 1..entry.number).contains(&other.number)
                || is_scoped && !other.is_beside(entry)
        };
        let is_another = |other: &Rc<Entry>| {
            other.number != entry.number && may_take(other) && other.has(method)
        };
        (is_scoped || first != entry.number) && self.matching(seen).iter().any(is_another)
    }

    /// Whether no annotated handler inside of the asking layer can be meant, also once the path is normalised.
    pub(crate) fn is_unannotated(&self, path: &str, method: &str, scope: Scope<'_>) -> bool {
        self.seen(path, |seen| {
            let normal = || self.matching_one_of(&normal_forms(path));
            let matching = seen.matching_normal.get_or_init(normal);
            !matching.iter().any(|entry| {
                (entry.has(method) || entry.mount.answers_preflights_itself())
                    && entry.is_inside(scope)
            })
        })
    }

    /// Whether the first resource that matches is an annotated handler's, guards aside.
    pub(crate) fn is_first_ours(&self, path: &str) -> bool {
        self.seen(path, |seen| {
            let first = seen.first.as_ref();
            first.is_some_and(|group| group.is_ours(self, path))
        })
    }

    /// The first annotated handler inside of the asking layer whose pattern and method are the request's, whatever is in front
    /// of it.
    pub(crate) fn meant(&self, path: &str, method: &str, scope: Scope<'_>) -> Option<Rc<Mount>> {
        self.seen(path, |seen| {
            let mut matching = self.matching(seen).iter();
            let meant = matching.find(|entry| entry.has(method) && entry.is_inside(scope));
            meant.map(|entry| Rc::clone(&entry.mount))
        })
    }

    /// Whether the first pattern that matches is that of a handler inside of the asking layer.
    pub(crate) fn has_path(&self, path: &str, scope: Scope<'_>) -> bool {
        self.seen(path, |seen| {
            let entries = seen.first.as_ref().map(|group| group.entries.iter());
            entries.is_some_and(|mut entries| entries.any(|entry| entry.is_inside(scope)))
        })
    }

    /// Notes that a resource without an annotation got this request. If it seemed to be for an annotated handler, `handler` never gives
    /// that one again. Returns it the first time.
    pub(crate) fn contradict(&self, path: &str, method: &str) -> Option<Rc<Mount>> {
        let seen = self.seen.borrow();
        let group = seen.get(path)?.first.as_ref()?;
        let entry = group.first_with_method(method)?;
        let is_news = !entry.mount.is_guarded && !entry.is_contradicted.replace(true);
        is_news.then(|| Rc::clone(&entry.mount))
    }

    /// Whether a resource without an annotation may get the request for which a handler with the pattern `own` has got the preflight.
    /// `first` is the first pattern that matches the path, guards aside.
    #[cold]
    pub(super) fn is_first_unannotated(
        &self,
        routes: &ResourceMap,
        path: &str,
        first: &str,
        own: &str,
    ) -> bool {
        let of = |pattern| {
            let group = self.groups.get(pattern);
            group.map_or(&[][..], |group| &group.entries).iter()
        };
        // An annotated handler would have taken the preflight where it takes the request.
        let name = routes.match_name(path);
        let is_annotated = of(first).any(|entry| Some(entry.mount.resource) == name);
        // Where a scope in front has turned the preflight away, its guard does so with the request as well.
        !is_annotated && of(own).any(|entry| entry.level(routes, path) != Level::Elsewhere)
    }

    /// All handlers whose patterns match the path.
    fn matching<'a>(&self, seen: &'a KnownPath) -> &'a [Rc<Entry>] {
        let matching = || self.matching_one_of(&[&seen.text]);
        seen.matching.get_or_init(matching)
    }

    /// All handlers whose patterns match one of the paths.
    fn matching_one_of(&self, paths: &[impl AsRef<str>]) -> Box<[Rc<Entry>]> {
        let is_match = |entry: &&Rc<Entry>| paths.iter().any(|path| entry.is_match(path.as_ref()));
        self.entries.iter().filter(is_match).cloned().collect()
    }

    /// Looks a path up in the cache, or computes what is known of it and remembers that.
    fn seen<T>(&self, path: &str, answer: impl FnOnce(&KnownPath) -> T) -> T {
        if let Some(known) = self.seen.borrow().get(path) {
            return answer(known);
        }
        let routes = self.routes.get();
        let pattern = routes.and_then(|routes| routes.match_pattern(path));
        let found = KnownPath {
            text: path.into(),
            first: pattern.and_then(|pattern| self.groups.get(&pattern).cloned()),
            matching: OnceCell::new(),
            matching_normal: OnceCell::new(),
        };
        let answer = answer(&found);
        self.seen.borrow_mut().remember(found);
        answer
    }
}

impl Group {
    /// The first handler with the method.
    fn first_with_method(&self, method: &str) -> Option<&Rc<Entry>> {
        self.entries.iter().find(|entry| entry.has(method))
    }

    /// Whether the first resource of the pattern is our first handler, and the others are at its level. That is the same for
    /// all paths that lead to the pattern.
    fn is_ours(&self, index: &HandlerIndex, path: &str) -> bool {
        *self.is_ours.get_or_init(|| {
            let first = &self.entries[0];
            index.routes.get().is_some_and(|routes| {
                routes.match_name(path) == Some(first.mount.resource)
                    && self.entries.iter().all(|entry| entry.is_beside(first))
                    && index.leads_to_one_scope(first, routes, path)
            })
        })
    }
}

impl HandlerIndex {
    /// Whether no handler of ours is in another scope with the same prefix as this one's. actix takes the second of two such
    /// scopes only where a guard keeps a request from the first.
    fn leads_to_one_scope(&self, entry: &Entry, routes: &ResourceMap, path: &str) -> bool {
        if !entry.mount.is_scoped() {
            return true;
        }
        let mut others = self.entries.iter().rev();
        let last = others.find(|other| other.is_beside(entry));
        last.is_some_and(|last| last.level(routes, path) == Level::Searched)
    }
}

impl Entry {
    fn new((number, mount): (usize, &Rc<Mount>)) -> Option<Self> {
        let prefix = mount.prefix()?;
        Some(Self {
            number,
            mount: Rc::clone(mount),
            pattern: format!("{prefix}{}", mount.pattern),
            prefix,
            definition: OnceCell::new(),
            prefix_definition: OnceCell::new(),
            is_contradicted: Cell::new(false),
        })
    }

    fn has(&self, method: &str) -> bool {
        self.mount.served.contains(&method)
    }

    /// Whether it is inside of the scope that a layer is on.
    fn is_inside(&self, scope: Scope<'_>) -> bool {
        (self.mount.is_scoped() || scope.text.is_empty()) && scope.holds(&self.prefix)
    }

    /// Whether both are in one scope, as far as their patterns tell.
    fn is_beside(&self, other: &Self) -> bool {
        self.mount.is_scoped() == other.mount.is_scoped() && self.prefix == other.prefix
    }

    /// Where actix's search for a path ends, seen from the handler's level.
    fn level(&self, routes: &ResourceMap, path: &str) -> Level {
        let prefix = self
            .prefix_definition
            .get_or_init(|| scope_definition(&self.prefix));
        let length = prefix.as_ref().and_then(|prefix| prefix.find_match(path));
        length.map_or(Level::Unknown, |length| {
            self.mount.level(routes, &path[..length])
        })
    }

    fn is_match(&self, path: &str) -> bool {
        if !is_dynamic(&self.pattern) {
            return self.pattern == path;
        }
        // Most patterns differ in what is written out in front, and compiling one takes long.
        let written_out = self.pattern.split(['{', '*']).next().unwrap_or_default();
        if !path.starts_with(written_out) {
            return false;
        }
        let definition = self.definition.get_or_init(|| definition(&self.pattern));
        // A pattern that could not be compiled is taken to match.
        definition
            .as_ref()
            .is_none_or(|definition| definition.is_match(path))
    }
}

/// What is known of one path.
struct KnownPath {
    text: Box<str>,
    /// The group of the first pattern that matches, where it is ours.
    first: Option<Rc<Group>>,
    /// All handlers whose patterns match.
    matching: OnceCell<Box<[Rc<Entry>]>>,
    /// Those whose patterns match the path in any normal form.
    matching_normal: OnceCell<Box<[Rc<Entry>]>>,
}

/// A cache of the paths that clients asked for. A path's hash gives its slot, and the path replaces the one that was there. Clients
/// choose the paths, so the cache limits how many it keeps and how long each may be.
#[derive(Default)]
struct PathCache {
    hasher: RandomState,
    slots: Vec<Option<KnownPath>>,
}

impl PathCache {
    const SLOTS: usize = 512;
    const LONGEST: usize = 256;

    fn get(&self, path: &str) -> Option<&KnownPath> {
        let known = self.slots.get(self.slot(path))?.as_ref();
        known.filter(|seen| &*seen.text == path)
    }

    fn remember(&mut self, found: KnownPath) {
        if found.text.len() <= Self::LONGEST {
            let slot = self.slot(&found.text);
            self.slots.resize_with(Self::SLOTS, || None);
            self.slots[slot] = Some(found);
        }
    }

    fn slot(&self, path: &str) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "any part of a hash will do"
        )]
        let hash = self.hasher.hash_one(path) as usize;
        hash % Self::SLOTS
    }
}
