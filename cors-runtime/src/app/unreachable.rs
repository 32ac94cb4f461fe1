//! Handlers that never run, because another handler has their path and method.

use std::rc::Rc;

use actix_web::dev::ResourceMap;
use foldhash::{HashMap, HashMapExt};

use super::mount::{Level, Mount};
use super::pattern::{scope_definition, with_numbered_names};
use super::sample::sample_paths;

/// A handler that never runs, and the one in front of it.
pub(crate) struct UnreachableHandler {
    pub(crate) first: Rc<Mount>,
    pub(crate) second: Rc<Mount>,
    pub(crate) method: &'static str,
}

/// The handlers that never run. Those in scopes are found only with the `routes` of the app, since the router may reach both of
/// two scopes that have one prefix and guards.
pub(crate) fn unreachable_handlers(
    mounts: &[Rc<Mount>],
    routes: Option<&ResourceMap>,
) -> Vec<UnreachableHandler> {
    let mut first_ones: HashMap<_, Rc<Mount>> = HashMap::new();
    let mut unreachable = Vec::new();
    for mount in mounts {
        let prefix = if mount.is_scoped() {
            let Some(prefix) = mount.prefix().filter(|prefix| {
                routes.is_some_and(|routes| is_in_the_first_scope(mount, routes, prefix))
            }) else {
                continue;
            };
            Some(prefix)
        } else {
            None
        };
        let (path, _) = with_numbered_names(&mount.pattern);
        for method in mount.served {
            let key = (prefix.clone(), path.clone(), *method);
            if let Some(first) = first_ones.get(&key) {
                unreachable.push(UnreachableHandler {
                    first: Rc::clone(first),
                    second: Rc::clone(mount),
                    method,
                });
            } else if !mount.is_guarded {
                first_ones.insert(key, Rc::clone(mount));
            }
        }
    }
    unreachable
}

/// Whether the router gets to the handler's scope before any other that takes the prefix.
fn is_in_the_first_scope(mount: &Mount, routes: &ResourceMap, prefix: &str) -> bool {
    let definition = scope_definition(prefix);
    let find = |path: &str| definition.as_ref()?.find_match(path);
    sample_paths(prefix).iter().any(|path| {
        let length = find(path).unwrap_or(path.len());
        mount.level(routes, &path[..length]) == Level::Searched
    })
}
