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
    entries: Vec<Entry>,
    groups: Vec<Group>,
    by_pattern: HashMap<String, usize>,
    /// All resources of the app, taken from the first request: an error may come back without its request.
    routes: OnceCell<ResourceMap>,
    seen: RefCell<PathCache>,
}

/// A mount with its whole pattern.
struct Entry {
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
struct Group {
    /// In the order of their registration.
    entries: Vec<usize>,
    is_ours: OnceCell<bool>,
}

/// The handler that a request is for.
pub(crate) struct Target<'a> {
    pub(crate) mount: &'a Rc<Mount>,
    /// Whether both the asking layer and the handler are at the root of the app. A scope may have a guard, which cannot be seen.
    pub(crate) is_certain: bool,
}

impl HandlerIndex {
    /// For an app of which all resources are registered.
    pub(super) fn new(mounts: &[Rc<Mount>]) -> Self {
        let entries: Vec<_> = mounts.iter().filter_map(Entry::new).collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut by_pattern = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let group = *by_pattern.entry(entry.pattern.clone()).or_insert_with(|| {
                groups.push(Group {
                    entries: Vec::new(),
                    is_ours: OnceCell::new(),
                });
                groups.len() - 1
            });
            groups[group].entries.push(index);
        }
        Self {
            entries,
            groups,
            by_pattern,
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
    pub(crate) fn handler(&self, path: &str, method: &str, scope: Scope<'_>) -> Option<Target<'_>> {
        self.seen(path, |seen| {
            let group = &self.groups[seen.first?];
            let index = group.first_with_method(self, method)?;
            let entry = &self.entries[index];
            let is_known = entry.is_inside(scope)
                && !entry.mount.is_guarded
                && !entry.is_contradicted.get()
                && group.is_ours(self, path)
                && !self.is_one_of_several(index, group, method, seen);
            is_known.then_some(Target {
                mount: &entry.mount,
                is_certain: scope.text.is_empty() && !entry.mount.is_scoped(),
            })
        })
    }

    /// Whether another handler of ours may get the request: one with the method between the first of the group and this one, or, for
    /// a handler in a scope, one in another scope.
    fn is_one_of_several(
        &self,
        index: usize,
        group: &Group,
        method: &str,
        seen: &KnownPath,
    ) -> bool {
        let entry = &self.entries[index];
        let is_between = |other: usize| other < index && Some(&other) > group.entries.first();
        let may_take = |other: usize| {
            is_between(other) || entry.mount.is_scoped() && !self.entries[other].is_beside(entry)
        };
        if group.entries[0] == index && !entry.mount.is_scoped() {
            return false;
        }
        let matching = seen.matching.get_or_init(|| self.matching(&[&seen.text]));
        matching
            .iter()
            .any(|&other| other != index && may_take(other) && self.entries[other].has(method))
    }

    /// Whether no annotated handler inside of the asking layer can be meant, also once the path is normalised.
    pub(crate) fn is_unannotated(&self, path: &str, method: &str, scope: Scope<'_>) -> bool {
        self.seen(path, |seen| {
            let normal = || self.matching(&normal_forms(path));
            let matching = seen.matching_normal.get_or_init(normal);
            !matching.iter().any(|&index| {
                let entry = &self.entries[index];
                (entry.has(method) || entry.mount.answers_preflights_itself())
                    && entry.is_inside(scope)
            })
        })
    }

    /// Whether the first resource that matches is an annotated handler's, guards aside.
    pub(crate) fn is_first_ours(&self, path: &str) -> bool {
        let first = self.first(path);
        first.is_some_and(|first| self.groups[first].is_ours(self, path))
    }

    /// The first annotated handler inside of the asking layer whose pattern and method are the request's, whatever is in front
    /// of it.
    pub(crate) fn meant(&self, path: &str, method: &str, scope: Scope<'_>) -> Option<&Mount> {
        let meant = self.seen(path, |seen| {
            let matching = seen.matching.get_or_init(|| self.matching(&[&seen.text]));
            let is_meant = |entry: &Entry| entry.has(method) && entry.is_inside(scope);
            let mut matching = matching.iter().copied();
            matching.find(|&index| is_meant(&self.entries[index]))
        })?;
        Some(&self.entries[meant].mount)
    }

    /// Whether the first pattern that matches is that of a handler inside of the asking layer.
    pub(crate) fn has_path(&self, path: &str, scope: Scope<'_>) -> bool {
        let group = self.first(path).map(|group| &self.groups[group]);
        group.is_some_and(|group| {
            let mut entries = group.entries.iter().map(|&index| &self.entries[index]);
            entries.any(|entry| entry.is_inside(scope))
        })
    }

    /// Notes that a resource without an annotation got this request. If it seemed to be for an annotated handler, `handler` never gives
    /// that one again. Returns it the first time.
    pub(crate) fn contradict(&self, path: &str, method: &str) -> Option<&Mount> {
        let group = self.seen.borrow().get(path).and_then(|seen| seen.first)?;
        let entry = &self.entries[self.groups[group].first_with_method(self, method)?];
        let is_news = !entry.mount.is_guarded && !entry.is_contradicted.replace(true);
        is_news.then_some(&*entry.mount)
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
            let group = self.by_pattern.get(pattern);
            let entries = group.map_or(&[][..], |&group| &self.groups[group].entries);
            entries.iter().map(|&entry| &self.entries[entry])
        };
        // An annotated handler would have taken the preflight where it takes the request.
        let name = routes.match_name(path);
        let is_annotated = of(first).any(|entry| Some(entry.mount.resource) == name);
        // Where a scope in front has turned the preflight away, its guard does so with the request as well.
        !is_annotated && of(own).any(|entry| entry.level(routes, path) != Level::Elsewhere)
    }

    /// The group of the first pattern that matches, where it is ours.
    fn first(&self, path: &str) -> Option<usize> {
        self.seen(path, |seen| seen.first)
    }

    /// All handlers whose patterns match one of the paths.
    fn matching(&self, paths: &[impl AsRef<str>]) -> Box<[usize]> {
        let entries = self.entries.iter().enumerate();
        entries
            .filter(|(_, entry)| paths.iter().any(|path| entry.is_match(path.as_ref())))
            .map(|(index, _)| index)
            .collect()
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
            first: pattern.and_then(|pattern| self.by_pattern.get(&pattern).copied()),
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
    fn first_with_method(&self, index: &HandlerIndex, method: &str) -> Option<usize> {
        let mut entries = self.entries.iter().copied();
        entries.find(|&entry| index.entries[entry].has(method))
    }

    /// Whether the first resource of the pattern is our first handler, and the others are at its level. That is the same for
    /// all paths that lead to the pattern.
    fn is_ours(&self, index: &HandlerIndex, path: &str) -> bool {
        *self.is_ours.get_or_init(|| {
            let first = &index.entries[self.entries[0]];
            let mut entries = self.entries.iter().map(|&entry| &index.entries[entry]);
            index.routes.get().is_some_and(|routes| {
                routes.match_name(path) == Some(first.mount.resource)
                    && entries.all(|entry| entry.is_beside(first))
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
        let last = others.find(|other| other.is_beside(entry)).unwrap_or(entry);
        last.level(routes, path) == Level::Searched
    }
}

impl Entry {
    fn new(mount: &Rc<Mount>) -> Option<Self> {
        let prefix = mount.prefix()?;
        Some(Self {
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
    first: Option<usize>,
    /// All handlers whose patterns match.
    matching: OnceCell<Box<[usize]>>,
    /// Those whose patterns match the path in any normal form.
    matching_normal: OnceCell<Box<[usize]>>,
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
