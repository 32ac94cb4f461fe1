//! Pairs of handlers with one path and one method: the router never reaches the second.

use std::rc::Rc;

use actix_web::dev::ResourceMap;
use foldhash::{HashMap, HashMapExt};

use super::mount::{Level, Mount};
use super::pattern::{scope_definition, with_numbered_names};
use super::sample::paths;

/// Two handlers for the same requests.
pub(crate) struct Doubled {
    pub(crate) first: Rc<Mount>,
    /// It never runs.
    pub(crate) second: Rc<Mount>,
    pub(crate) method: &'static str,
}

/// The handlers that never run, each with the one in front of it. In scopes they are found only with the `routes` of the
/// app: two scopes of one prefix may have guards, and then both are reached.
pub(crate) fn doubled(mounts: &[Rc<Mount>], routes: Option<&ResourceMap>) -> Vec<Doubled> {
    let mut first_ones: HashMap<_, Rc<Mount>> = HashMap::new();
    let mut doubled = Vec::new();
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
        let (path, _) = with_numbered_names(&mount.path);
        for method in mount.routed {
            let key = (prefix.clone(), path.clone(), *method);
            if let Some(first) = first_ones.get(&key) {
                doubled.push(Doubled {
                    first: Rc::clone(first),
                    second: Rc::clone(mount),
                    method,
                });
            } else if !mount.is_guarded {
                first_ones.insert(key, Rc::clone(mount));
            }
        }
    }
    doubled
}

/// Whether the router gets to the handler's scope before any other that takes the prefix.
fn is_in_the_first_scope(mount: &Mount, routes: &ResourceMap, prefix: &str) -> bool {
    let definition = scope_definition(prefix);
    let find = |path: &str| definition.as_ref()?.find_match(path);
    paths(prefix).iter().any(|path| {
        let length = find(path).unwrap_or(path.len());
        mount.level(routes, &path[..length]) == Level::Searched
    })
}
