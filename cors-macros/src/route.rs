//! The route attribute below `#[cors]`: actix's, with the paths and methods it gives the handler.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Path, Token};

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
    index: usize,
    pub(crate) path: LitStr,
    pub(crate) methods: Vec<String>,
    pub(crate) guards: Vec<Path>,
    /// The name of its resource, where it is not the handler's.
    pub(crate) name: Option<LitStr>,
}

impl Mount {
    /// Whether the handler itself serves `OPTIONS`.
    pub(crate) fn serves_options(&self) -> bool {
        self.methods.iter().any(|method| method == "OPTIONS")
    }
}

/// The place of the route attribute among `attrs`.
pub(crate) fn find(attrs: &[Attribute]) -> Option<usize> {
    attrs.iter().position(|attr| kind_of(attr.path()).is_some())
}

/// The mounts that the route attribute at `index` makes, in its order. An attribute that actix will refuse makes none:
/// its own error says why.
pub(crate) fn mounts(attrs: &[Attribute], index: usize) -> Vec<Mount> {
    match kind_of(attrs[index].path()) {
        Some(Kind::Routes) => attrs
            .iter()
            .enumerate()
            .filter(|(_, attr)| attr.path().get_ident().is_some())
            .filter_map(|(index, attr)| match kind_of(attr.path()) {
                Some(Kind::Method(method)) => mount(index, attr, Some(method)),
                _ => None,
            })
            .collect(),
        Some(Kind::Method(method)) => mount(index, &attrs[index], Some(method))
            .into_iter()
            .collect(),
        Some(Kind::Route) => mount(index, &attrs[index], None).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Gives the route attribute of `mount` further options, behind those it has.
pub(crate) fn add_options(attrs: &mut [Attribute], mount: &Mount, options: &TokenStream) {
    if let Meta::List(list) = &mut attrs[mount.index].meta {
        let tokens = &list.tokens;
        let comma = (!tokens.to_string().ends_with(',')).then(<Token![,]>::default);
        list.tokens = quote!(#tokens #comma #options);
    }
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
    let methods = match method {
        Some(method) => vec![method.to_ascii_uppercase()],
        None => args.values("method").map(LitStr::value).collect(),
    };
    let guards = args
        .values("guard")
        .map(|value| value.parse().ok())
        .collect::<Option<_>>()?;
    let name = args.values("name").last().cloned();
    Some(Mount {
        index,
        methods,
        guards,
        name,
        path: args.path,
    })
}

/// `"/path", name = "…", guard = "…", wrap = "…", method = "…"`
struct RouteArgs {
    path: LitStr,
    options: Punctuated<MetaNameValue, Token![,]>,
}

impl RouteArgs {
    fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a LitStr> {
        self.options
            .iter()
            .filter(move |option| option.path.is_ident(key))
            .filter_map(|option| match &option.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(value),
                    ..
                }) => Some(value),
                _ => None,
            })
    }
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
