//! Parses the route attribute below `#[cors]`, which is one of actix-web's.

use std::panic;

use actix_router::ResourceDef;
use cors_rules::{Problem, Rule};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Path, Token};

use crate::value::without_spaces;

/// actix-web's attributes for one method.
const METHODS: [&str; 10] = [
    "get", "post", "put", "delete", "head", "options", "patch", "trace", "connect", "query",
];

/// The route attributes as messages list them.
pub(crate) const NAMES: &str =
    "`#[get]`, `#[post]`, `#[put]`, `#[patch]`, `#[delete]`, `#[route]`, `#[routes]`, …";

/// One path of a handler, with its options. It becomes a mount of the app.
#[derive(Debug)]
pub(crate) struct Mount {
    /// The index of its attribute among those of the function.
    pub(crate) index: usize,
    pub(crate) path: LitStr,
    pub(crate) methods: Vec<String>,
    pub(crate) guards: Vec<Path>,
    pub(crate) wraps: Vec<Expr>,
    /// The option `name`; the default is the handler's name.
    pub(crate) name: Option<LitStr>,
}

/// A mistake in a route attribute. We cannot ignore it, because the handler would not behave as its attribute says. We cannot
/// leave the handler to actix-web either, because it would have no CORS.
fn unreadable(
    tokens: impl ToTokens,
    what: impl Into<String>,
    advice: impl Into<String>,
) -> syn::Error {
    syn::Error::new_spanned(tokens, Problem::new(Rule::UnreadableRoute, what, advice))
}

/// The index of the route attribute among `attrs`.
pub(crate) fn find(attrs: &[Attribute]) -> Option<usize> {
    attrs.iter().position(|attr| kind_of(attr.path()).is_some())
}

/// The mounts of the route attribute at `index`, in its order.
pub(crate) fn mounts(attrs: &[Attribute], index: usize) -> syn::Result<Vec<Mount>> {
    let others = || {
        attrs
            .iter()
            .enumerate()
            .skip(index + 1)
            .filter_map(|(index, attr)| Some((index, attr, kind_of(attr.path())?)))
    };
    let method = match kind_of(attrs[index].path()) {
        Some(Kind::Routes) => {
            let mounts = others().map(|(index, attr, kind)| match kind {
                // Below `#[routes]`, actix-web recognises them only by their plain names.
                Kind::Method(method) if attr.path().get_ident().is_some() => {
                    mount(index, attr, Some(method))
                }
                _ => Err(unreadable(
                    attr.path(),
                    "below `#[routes]`, write plain `#[get]`, `#[post]` and so on: actix-web reads no others",
                    "write one attribute for each method, such as `#[get(\"/items\")]`",
                )),
            });
            let mounts = mounts.collect::<syn::Result<Vec<_>>>()?;
            if mounts.is_empty() {
                return Err(unreadable(
                    &attrs[index],
                    "`#[routes]` has no route below it",
                    "write the routes below it, such as `#[get(\"/items\")]`",
                ));
            }
            return Ok(mounts);
        }
        Some(Kind::Method(method)) => Some(method),
        Some(Kind::Route) | None => None,
    };
    if let Some((_, second, _)) = others().next() {
        return Err(unreadable(
            second.path(),
            "this is a second route attribute",
            "write `#[routes]` above both",
        ));
    }
    Ok(vec![mount(index, &attrs[index], method)?])
}

enum Kind {
    Method(&'static str),
    Route,
    Routes,
}

/// Whether the path ends like a route attribute, but begins with something other than `actix_web`.
pub(crate) fn is_lookalike(path: &Path) -> bool {
    let name = path
        .segments
        .last()
        .map(|last| Path::from(last.ident.clone()));
    kind_of(path).is_none() && name.is_some_and(|name| kind_of(&name).is_some())
}

/// The mistake of an attribute that [`is_lookalike`].
pub(crate) fn lookalike(path: &Path) -> syn::Error {
    let name = path.segments.last().map(|last| &last.ident);
    let name = name.map(ToString::to_string).unwrap_or_default();
    let shown = without_spaces(path);
    unreadable(
        path,
        format!("`#[{shown}]` may or may not be actix-web's"),
        format!("import actix-web's and write `#[{name}]`, or write `#[actix_web::{name}]`"),
    )
}

/// The mistake of a route attribute that is imported under another name.
pub(crate) fn renamed(name: &Ident) -> syn::Error {
    unreadable(
        name,
        format!("`#[{name}]` is a route attribute under another name"),
        "import it under its own name: a module's policy does not reach a renamed one",
    )
}

/// The path at the start of the tokens in an attribute's brackets.
pub(crate) fn path_of(attribute: TokenStream) -> Option<Path> {
    let path = |input: ParseStream<'_>| {
        let path = input.call(Path::parse_mod_style)?;
        input.parse::<TokenStream>()?;
        Ok(path)
    };
    path.parse2(attribute).ok()
}

/// Whether the path is that of a route attribute.
pub(crate) fn is_route_path(path: &Path) -> bool {
    kind_of(path).is_some()
}

/// The kind of a route attribute, if the path is `get` and the like, alone or after `actix_web::`.
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

/// The mount of one attribute: `#[get]` and the like with their `method`, or `#[route]` without.
fn mount(index: usize, attr: &Attribute, method: Option<&str>) -> syn::Result<Mount> {
    let name = method.unwrap_or("route");
    let example = match method {
        Some(method) => format!("write it like `#[{method}(\"/items\")]`"),
        None => {
            "write it like `#[route(\"/items\", method = \"GET\", method = \"PUT\")]`".to_owned()
        }
    };
    let Meta::List(list) = &attr.meta else {
        return Err(unreadable(
            attr,
            format!("`#[{name}]` has no path"),
            example,
        ));
    };
    let args: RouteArgs = list.parse_args().map_err(|error| {
        let place = Ident::new("_", error.span());
        let tokens = if list.tokens.is_empty() {
            attr.to_token_stream()
        } else {
            place.to_token_stream()
        };
        unreadable(
            tokens,
            format!("`#[{name}]` takes a path in quotes, then options such as `name = \"items\"`"),
            example.clone(),
        )
    })?;
    check_path(&args.path)?;
    let mut mount = Mount {
        index,
        path: args.path,
        methods: method.map(str::to_ascii_uppercase).into_iter().collect(),
        guards: Vec::new(),
        wraps: Vec::new(),
        name: None,
    };
    for option in args.options {
        mount.read(&option, method)?;
    }
    if mount.methods.is_empty() {
        return Err(unreadable(attr, "`#[route]` names no method", example));
    }
    Ok(mount)
}

/// Reports a path for which `ResourceDef` panics: the app would panic at its start.
fn check_path(path: &LitStr) -> syn::Result<()> {
    let text = path.value();
    let panicked = panic::catch_unwind(|| drop(ResourceDef::new(text)));
    panicked.map_err(|reason| {
        let reason = reason
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| reason.downcast_ref::<&str>().copied());
        let reason = reason.unwrap_or("it is not a pattern").replace('\n', " ");
        unreadable(
            path,
            format!("actix-web refuses this path: {reason}"),
            "write it like `\"/items/{id}\"`",
        )
    })
}

impl Mount {
    /// Reads one option of the route attribute for `method`, or of `#[route]`.
    fn read(&mut self, option: &MetaNameValue, method: Option<&str>) -> syn::Result<()> {
        let key = option.path.get_ident().map(ToString::to_string);
        let key = key.unwrap_or_default();
        let known = match method {
            Some(_) => "`name`, `guard` and `wrap`",
            None => "`name`, `method`, `guard` and `wrap`",
        };
        if key == "method"
            && let Some(method) = method
        {
            return Err(unreadable(
                option,
                format!("`#[{method}]` is for one method"),
                "write `#[route]` for several",
            ));
        }
        if !["name", "method", "guard", "wrap"].contains(&&*key) {
            return Err(unreadable(
                &option.path,
                format!(
                    "`#[cors]` does not know the option `{}` of a route attribute",
                    without_spaces(&option.path)
                ),
                format!("leave it out: the options are {known}"),
            ));
        }
        let value = match &option.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(value),
                ..
            }) => value,
            other => {
                return Err(unreadable(
                    other,
                    format!("`{key}` of a route attribute is a string"),
                    format!("write `{key} = \"…\"`"),
                ));
            }
        };
        let unparsed = |example: &str| {
            unreadable(
                value,
                format!("`{key}` of this route attribute cannot be read"),
                format!("write it like `{key} = \"{example}\"`"),
            )
        };
        match &*key {
            "name" => self.name = Some(value.clone()),
            "guard" => self
                .guards
                .push(value.parse().map_err(|_| unparsed("is_ready"))?),
            "wrap" => self
                .wraps
                .push(value.parse().map_err(|_| unparsed("Logger::default()"))?),
            _ => self.methods.push(self.new_method(value)?),
        }
        Ok(())
    }

    /// The method in `value`, if it is upper case and not repeated.
    fn new_method(&self, value: &LitStr) -> syn::Result<String> {
        let method = value.value();
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(unreadable(
                value,
                "a method of `#[route]` is a word in upper case",
                "write it like `method = \"GET\"`",
            ));
        }
        if self.methods.contains(&method) {
            return Err(unreadable(
                value,
                format!("the method `{method}` is named twice"),
                "remove one",
            ));
        }
        Ok(method)
    }
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
