//! The route attribute below `#[cors]`: actix's, with the paths and methods it gives the handler.

use std::panic;

use actix_router::ResourceDef;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, MetaNameValue, Path, Token};

/// actix's attributes for one method; [`method_of`] has the method.
const METHODS: [&str; 10] = [
    "get", "post", "put", "delete", "head", "options", "patch", "trace", "connect", "query",
];

/// What a route attribute is called in messages.
pub(crate) const NAMES: &str =
    "`#[get]`, `#[post]`, `#[put]`, `#[patch]`, `#[delete]`, `#[route]`, `#[routes]`, …";

/// One path of a handler.
#[derive(Debug)]
pub(crate) struct Mount {
    /// Where in the function's attributes it stands.
    pub(crate) index: usize,
    pub(crate) path: LitStr,
    pub(crate) methods: Vec<String>,
    pub(crate) guards: Vec<Path>,
    pub(crate) wraps: Vec<Expr>,
    /// The name of its resource, where it is not the handler's.
    pub(crate) name: Option<LitStr>,
}

/// The place of the route attribute among `attrs`.
pub(crate) fn find(attrs: &[Attribute]) -> Option<usize> {
    attrs.iter().position(|attr| kind_of(attr.path()).is_some())
}

/// The mounts that the route attribute at `index` makes, in its order. An attribute that actix will refuse makes none:
/// its own error says why.
pub(crate) fn mounts(attrs: &[Attribute], index: usize) -> Vec<Mount> {
    let mounts = match kind_of(attrs[index].path()) {
        Some(Kind::Routes) => attrs
            .iter()
            .enumerate()
            .filter(|(_, attr)| attr.path().get_ident().is_some())
            .filter_map(|(index, attr)| match kind_of(attr.path()) {
                Some(Kind::Method(method)) => Some(mount(index, attr, Some(method))),
                _ => None,
            })
            .collect(),
        Some(Kind::Method(method)) => {
            mount(index, &attrs[index], Some(method)).map(|mount| vec![mount])
        }
        Some(Kind::Route) => mount(index, &attrs[index], None).map(|mount| vec![mount]),
        None => None,
    };
    mounts.unwrap_or_default()
}

enum Kind {
    Method(&'static str),
    Route,
    Routes,
}

/// Whether an attribute is called as one of actix's, by a path that is not actix's.
pub(crate) fn is_lookalike(path: &Path) -> bool {
    let name = path
        .segments
        .last()
        .map(|last| Path::from(last.ident.clone()));
    path.segments.len() > 1
        && kind_of(path).is_none()
        && name.is_some_and(|name| kind_of(&name).is_some())
}

/// What to write instead of it.
pub(crate) fn instead_of(lookalike: &Path) -> String {
    let name = lookalike.segments.last().map(|last| &last.ident);
    let name = name.map(ToString::to_string).unwrap_or_default();
    format!("write `#[{name}]` or `#[actix_web::{name}]`")
}

/// Plain or as `actix_web::…`: what another crate calls `get` is not actix's.
fn kind_of(path: &Path) -> Option<Kind> {
    let mut segments = path.segments.iter().rev();
    let name = segments.next()?.ident.to_string();
    if segments
        .next()
        .is_some_and(|krate| krate.ident != "actix_web")
        || segments.next().is_some()
    {
        return None;
    }
    match name.as_str() {
        "route" => Some(Kind::Route),
        "routes" => Some(Kind::Routes),
        name => METHODS
            .into_iter()
            .find(|method| *method == name)
            .map(Kind::Method),
    }
}

fn mount(index: usize, attr: &Attribute, method: Option<&str>) -> Option<Mount> {
    let args: RouteArgs = attr.parse_args().ok()?;
    // actix holds that against a path with which an app would not start.
    let path = args.path.value();
    panic::catch_unwind(|| ResourceDef::new(path)).ok()?;
    let mut mount = Mount {
        index,
        path: args.path,
        methods: method.map(str::to_ascii_uppercase).into_iter().collect(),
        guards: Vec::new(),
        wraps: Vec::new(),
        name: None,
    };
    for option in args.options {
        let Expr::Lit(ExprLit {
            lit: Lit::Str(value),
            ..
        }) = option.value
        else {
            return None;
        };
        let key = option.path.get_ident()?.to_string();
        match &*key {
            "name" => mount.name = Some(value),
            "guard" => mount.guards.push(value.parse().ok()?),
            "wrap" => mount.wraps.push(value.parse().ok()?),
            "method" if method.is_none() && is_new(&value.value(), &mount.methods) => {
                mount.methods.push(value.value());
            }
            _ => return None,
        }
    }
    (!mount.methods.is_empty()).then_some(mount)
}

/// Whether it is a method as actix wants them, and not named twice.
fn is_new(method: &str, methods: &[String]) -> bool {
    !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_uppercase())
        && !methods.iter().any(|known| known == method)
}

/// `"/path", name = "…", guard = "…", wrap = "…", method = "…"`
struct RouteArgs {
    path: LitStr,
    options: Punctuated<MetaNameValue, Token![,]>,
}

impl Parse for RouteArgs {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let options = if input.is_empty() {
            Punctuated::new()
        } else {
            input.parse::<Token![,]>()?;
            Punctuated::parse_terminated(input)?
        };
        Ok(Self { path, options })
    }
}
