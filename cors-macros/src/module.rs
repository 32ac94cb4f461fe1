//! The default policy of a module: each routed handler directly in it gets the module's keys, but for those that its own
//! `#[cors(…)]` gives.

use cors_rules::{Rule, Subject};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Meta, MetaList, Path, parse_quote};

use crate::args::{self, Args};
use crate::check::Texts;
use crate::diagnostic::{Diagnostics, problem};
use crate::item::{Module, ModuleItem, is_cors};
use crate::route;

pub(crate) fn module(keys: TokenStream, mut module: Module) -> TokenStream {
    let mut diagnostics = Diagnostics::new(&module);
    let args = Args::parse(keys.clone(), &mut diagnostics);
    args.refuse_off(&mut diagnostics);
    let texts = Texts::new(&args);
    let _ = texts.check(&args, Subject::Defaults, &mut diagnostics);

    let Ok(content) = &mut module.content else {
        diagnostics.push(
            &module.ident,
            &problem(
                Rule::MisplacedAttribute,
                "this module is in a file of its own, which `#[cors]` cannot see",
                format!("write it inline: `mod {} {{ … }}`", module.ident),
            ),
        );
        let errors = diagnostics.into_compile_errors();
        return quote!(#module #errors);
    };
    for attr in content.items.iter().flat_map(|item| &item.attrs) {
        if route::is_lookalike(attr.path()) {
            diagnostics.push(
                attr.path(),
                &problem(
                    Rule::MisplacedAttribute,
                    "the module's policy is for actix's route attributes, and it cannot be seen whether this is one",
                    route::instead_of(attr.path()),
                ),
            );
        }
    }
    for attr in content.items.iter().flat_map(|item| &item.attrs) {
        if gives(attr, &is_cors) {
            diagnostics.push(
                attr,
                &problem(
                    Rule::MisplacedAttribute,
                    "the module's policy cannot be joined with a `#[cors]` that is there under a condition",
                    "write the handler twice, each under its `#[cfg]`",
                ),
            );
        }
    }
    let mut handlers: Vec<_> = content
        .items
        .iter_mut()
        .filter_map(|item| Some((condition(&item.attrs)?, item)))
        .collect();
    if handlers.is_empty() && diagnostics.is_empty() {
        diagnostics.push(
            &module.ident,
            &problem(
                Rule::MisplacedAttribute,
                "there is no routed handler directly in this module",
                format!(
                    "put `#[cors]` on the module whose functions have {}",
                    route::NAMES
                ),
            ),
        );
    }
    let mut uses = Vec::new();
    if diagnostics.is_empty() {
        let mut defaults = Defaults::new(&args, keys);
        for (condition, handler) in &mut handlers {
            uses.extend(defaults.annotate(condition, handler, &mut diagnostics));
        }
        defaults.report_unneeded_allow(&mut diagnostics);
    } else {
        // The handlers stay, and say nothing of a mistake that is the module's.
        for (_, handler) in handlers {
            handler.attrs.retain(|attr| !gives(attr, &is_cors));
            while let Some(index) = handler.attrs.iter().position(is_cors) {
                uses.push(remove(handler, index));
            }
        }
    }
    content.items.extend(uses);
    let errors = diagnostics.into_compile_errors();
    quote!(#module #errors)
}

/// Takes the attribute off a handler, and returns an item that uses its path: an import for it is to stay in use.
fn remove(handler: &mut ModuleItem, index: usize) -> ModuleItem {
    let attribute = handler.attrs.remove(index);
    // Generated as a whole: what is wrong is shown where the path stands.
    let path = attribute.path().to_token_stream().into_iter();
    let path: TokenStream = path.map(generated).collect();
    let span = Span::call_site().located_at(attribute.path().span());
    let import = quote_spanned!(span=> use #path as _;);
    let attrs = handler.attrs.iter();
    ModuleItem {
        attrs: attrs
            .filter(|attr| attr.path().is_ident("cfg"))
            .cloned()
            .collect(),
        rest: quote! {
            const _: () = {
                #[allow(unused_imports)]
                #import
            };
        },
    }
}

fn generated(mut token: TokenTree) -> TokenTree {
    token.set_span(Span::call_site().located_at(token.span()));
    token
}

/// Under which condition a function has a route attribute: empty where it always has, `any(P, Q)` for
/// `#[cfg_attr(P, get("/"))] #[cfg_attr(Q, get("/q"))]`.
fn condition(attrs: &[Attribute]) -> Option<TokenStream> {
    if route::find(attrs).is_some() {
        return Some(TokenStream::new());
    }
    let conditions: Vec<_> = attrs.iter().filter_map(condition_of).collect();
    (!conditions.is_empty()).then(|| quote!(any(#(#conditions),*)))
}

/// The condition of one `#[cfg_attr(…)]` that gives a route attribute, also by another one inside.
fn condition_of(attr: &Attribute) -> Option<TokenStream> {
    let (outer, given) = conditional(attr)?;
    let inner = condition(&given)?;
    Some(quote!(all(#outer, #inner)))
}

/// The condition of `#[cfg_attr(…)]`, and the attributes that it gives.
fn conditional(attr: &Attribute) -> Option<(TokenStream, Vec<Attribute>)> {
    if !attr.path().is_ident("cfg_attr") {
        return None;
    }
    let mut segments = args::keys(arguments(attr)).into_iter();
    let (_, condition) = segments.next()?;
    let given = segments
        .filter_map(|(_, segment)| syn::parse2(segment).ok())
        .map(|meta: Meta| parse_quote!(#[#meta]))
        .collect();
    Some((condition, given))
}

/// Whether a `#[cfg_attr(…)]` gives such an attribute.
fn gives(attr: &Attribute, is_such: &impl Fn(&Attribute) -> bool) -> bool {
    conditional(attr).is_some_and(|(_, given)| {
        let mut given = given.iter();
        given.any(|attr| is_such(attr) || gives(attr, is_such))
    })
}

/// What the module gives to its handlers.
struct Defaults<'a> {
    runtime: TokenStream,
    keys: Vec<(String, TokenStream)>,
    /// The names in `allow(…)`, each with whether some handler needs it.
    allow: Vec<(&'a Path, bool)>,
}

impl<'a> Defaults<'a> {
    fn new(args: &'a Args, keys: TokenStream) -> Self {
        let allow = args.allow.iter().flat_map(|rules| &rules.names);
        Self {
            runtime: args.runtime(),
            keys: args::keys(keys),
            allow: allow.map(|name| (name, false)).collect(),
        }
    }

    /// Gives one handler its attribute, or takes the one that says `off`.
    fn annotate(
        &mut self,
        condition: &TokenStream,
        handler: &mut ModuleItem,
        diagnostics: &mut Diagnostics,
    ) -> Option<ModuleItem> {
        let mut attributes = (0..handler.attrs.len()).filter(|&i| is_cors(&handler.attrs[i]));
        let index = attributes.next();
        if attributes.next().is_some() {
            // Whichever comes first says that there are two.
            return None;
        }
        let Some(index) = index else {
            let runtime = self.runtime.clone();
            let keys = self.keys_beside(&[]);
            let attribute = if condition.is_empty() {
                parse_quote!(#[#runtime::cors(#(#keys),*)])
            } else {
                parse_quote!(#[cfg_attr(#condition, #runtime::cors(#(#keys),*))])
            };
            handler.attrs.insert(0, attribute);
            return None;
        };
        let attribute = &mut handler.attrs[index];
        let own = args::keys(arguments(attribute));
        if let Some((_, off)) = own.iter().find(|(key, _)| key == "off") {
            if own.len() > 1 || off.to_string() != "off" {
                diagnostics.push(
                    off,
                    &problem(
                        Rule::WrongValue,
                        "`off` stands alone",
                        "write `#[cors(off)]`",
                    ),
                );
            }
            let (path, runtime) = (attribute.path(), &self.runtime);
            let closed = args::off(path, runtime);
            if condition.is_empty() {
                attribute.meta = parse_quote!(#closed);
                return None;
            }
            let import = remove(handler, index);
            let closed = parse_quote!(#[cfg_attr(#condition, #closed)]);
            handler.attrs.insert(index, closed);
            return Some(import);
        }
        let path = attribute.path().clone();
        let keys = self.keys_beside(&own);
        // The brackets stay those of the handler: what is wrong with the whole is said there.
        attribute.meta = parse_quote!(#path(#(#keys),*));
        None
    }

    /// The keys of a handler whose attribute has `own`.
    fn keys_beside(&mut self, own: &[(String, TokenStream)]) -> Vec<TokenStream> {
        // A policy of the handler's own says all: what the module has would stand beside it, and replace its keys.
        let has_policy = own.iter().any(|(key, _)| key == "policy");
        let is_inherited =
            |key: &str| own.iter().all(|(own, _)| own != key) && (!has_policy || key == "crate");
        let inherited = self
            .keys
            .iter()
            .filter(|(key, _)| key != "allow" && is_inherited(key));
        let mut keys: Vec<_> = inherited
            .chain(own)
            .map(|(_, tokens)| tokens.clone())
            .collect();
        if is_inherited("allow") {
            keys.extend(self.allow_beside(&keys));
        }
        keys
    }

    /// The key `allow` for a handler with `keys`: one with safer origins than the module's needs less of it.
    fn allow_beside(&mut self, keys: &[TokenStream]) -> Option<TokenStream> {
        let names = self.allow.iter().map(|(name, _)| name);
        let unneeded = unneeded_allow(&quote!(#(#keys,)* allow(#(#names),*)));
        let mut names = Vec::new();
        for (index, (name, needed)) in self.allow.iter_mut().enumerate() {
            if !unneeded.contains(&index) {
                *needed = true;
                names.push(*name);
            }
        }
        (!names.is_empty()).then(|| quote!(allow(#(#names),*)))
    }

    fn report_unneeded_allow(self, diagnostics: &mut Diagnostics) {
        for (name, _) in self.allow.iter().filter(|(_, needed)| !needed) {
            let rule = name.to_token_stream();
            diagnostics.push(
                name,
                &problem(
                    Rule::UnneededAllow,
                    format!("no handler of this module breaks `{rule}`"),
                    "leave it out",
                ),
            );
        }
    }
}

/// Which names in the `allow(…)` of a handler's keys nothing needs. Where the keys are wrong, the handler says why.
fn unneeded_allow(keys: &TokenStream) -> Vec<usize> {
    let mut diagnostics = Diagnostics::new(keys);
    let args = Args::parse(keys.clone(), &mut diagnostics);
    if diagnostics.is_empty() {
        Texts::new(&args).unneeded_allow(&args)
    } else {
        Vec::new()
    }
}

fn arguments(attr: &Attribute) -> TokenStream {
    match &attr.meta {
        Meta::List(MetaList { tokens, .. }) => tokens.clone(),
        _ => TokenStream::new(),
    }
}
