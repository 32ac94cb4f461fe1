//! Passes the keys of a module on to its handlers, and to those in its inline modules. A key in the `#[cors(…)]` of an inner
//! module or of the handler replaces the outer key.

use std::mem;

use cors_rules::{Problem, Rule, Subject};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprPath, Meta, MetaList, Path, PathArguments, Token, parse_quote};

use crate::args::{self, Args, Key};
use crate::check::Texts;
use crate::diagnostic::Diagnostics;
use crate::item::{Content, Module, ModuleItem, is_cors, is_cors_path};
use crate::route;
use crate::value::{Rules, split_at_commas, ungroup, without_spaces};

/// Macros of the standard library, which define no handlers.
const HARMLESS_MACROS: [&str; 3] = ["macro_rules", "thread_local", "compile_error"];

pub(crate) fn module(keys: TokenStream, mut module: Module) -> TokenStream {
    let mut diagnostics = Diagnostics::new(&module);
    let args = Args::parse(keys.clone(), &mut diagnostics);
    args.refuse_off("a module", &mut diagnostics);
    let _ = Texts::new(&args).check(&args, Subject::Defaults, &mut diagnostics);

    let mut annotated = module.clone();
    if let Ok(content) = &mut annotated.content {
        let mut policy = ModulePolicy::new(args, args::keys(keys), diagnostics.is_empty());
        let has_handlers = policy.annotate_all(content, &mut diagnostics);
        if !has_handlers && diagnostics.is_empty() {
            diagnostics.push(&module.ident, &no_handlers());
        }
        if diagnostics.is_empty() {
            policy.report_unneeded_allow(&mut diagnostics);
        }
    } else {
        diagnostics.refuse(
            &module.ident,
            Rule::MisplacedAttribute,
            "this module is in a file of its own, which `#[cors]` cannot see",
            format!("write it inline: `mod {} {{ … }}`", module.ident),
        );
    }
    if diagnostics.is_empty() {
        return annotated.into_token_stream();
    }
    // Without their `#[cors]`, the handlers do not report a mistake in the module's keys again.
    if let Ok(content) = &mut module.content {
        without_policies(content);
    }
    let errors = diagnostics.into_compile_errors();
    quote!(#module #errors)
}

fn no_handlers() -> Problem {
    Problem::new(
        Rule::MisplacedAttribute,
        "no function in this module has a route attribute",
        format!(
            "put `#[cors]` on the module whose functions have {}",
            route::NAMES
        ),
    )
}

/// Removes the `#[cors]` attributes of the handlers and of the inner modules.
fn without_policies(content: &mut Content) {
    let mut imports = Vec::new();
    for item in &mut content.items {
        let inner = inline_module(item);
        if inner.is_none() && condition(&item.attrs).is_none() {
            continue;
        }
        item.attrs.retain(|attr| !gives(attr, &is_cors));
        while let Some(index) = item.attrs.iter().position(is_cors) {
            imports.push(remove(item, index));
        }
        if let Some(mut inner) = inner {
            if let Ok(content) = &mut inner.content {
                without_policies(content);
            }
            item.rest = inner.into_token_stream();
        }
    }
    content.items.extend(imports);
}

/// Removes the attribute from an item, and returns an item that uses its path. Without it, the compiler would call the user's
/// import of the attribute unused.
fn remove(item: &mut ModuleItem, index: usize) -> ModuleItem {
    let attribute = item.attrs.remove(index);
    // The spans of generated code at the place of the path, because the compiler shows an error there.
    let path = attribute.path().to_token_stream().into_iter();
    let path: TokenStream = path.map(generated).collect();
    let span = Span::call_site().located_at(attribute.path().span());
    let import = quote_spanned!(span=> use #path as _keeps_the_import_in_use;);
    let attrs = item.attrs.iter();
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

/// The condition under which an item has a route attribute: empty for a plain one, `any(P, Q)` for
/// `#[cfg_attr(P, get("/"))] #[cfg_attr(Q, get("/q"))]`.
fn condition(attrs: &[Attribute]) -> Option<TokenStream> {
    if route::find(attrs).is_some() {
        return Some(TokenStream::new());
    }
    let conditions: Vec<_> = attrs.iter().filter_map(condition_of).collect();
    (!conditions.is_empty()).then(|| quote!(any(#(#conditions),*)))
}

/// The condition of one `#[cfg_attr(…)]` that gives a route attribute, directly or by a nested `cfg_attr`.
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
    let mut segments = split_at_commas(arguments(attr)).into_iter();
    let condition = segments.next()?;
    let given = segments
        .filter_map(|segment| syn::parse2(segment).ok())
        .map(|meta: Meta| parse_quote!(#[#meta]))
        .collect();
    Some((condition, given))
}

/// Whether the attribute is a `#[cfg_attr(…)]` that gives an attribute for which `is_such` is true.
fn gives(attr: &Attribute, is_such: &impl Fn(&Attribute) -> bool) -> bool {
    conditional(attr).is_some_and(|(_, given)| {
        let mut given = given.iter();
        given.any(|attr| is_such(attr) || gives(attr, is_such))
    })
}

/// Parses the item, without its attributes, as an inline module.
fn inline_module(item: &ModuleItem) -> Option<Module> {
    let module: Module = syn::parse2(item.rest.clone()).ok()?;
    module.content.is_ok().then_some(module)
}

/// An item that may contain handlers that the module's attribute cannot see.
struct UnseenPlace {
    tokens: TokenStream,
    problem: String,
    advice: &'static str,
}

/// Looks for an unseen place in an item that is not an inline module.
fn unseen(item: &ModuleItem) -> Option<UnseenPlace> {
    if let Ok(Module { ident, .. }) = syn::parse2(item.rest.clone()) {
        return Some(UnseenPlace {
            tokens: ident.to_token_stream(),
            problem: format!(
                "`mod {ident};` is in a file of its own, which the module's `#[cors]` cannot see"
            ),
            advice: "write it inline, or move it out of this module",
        });
    }
    if let Some(path) = called_macro(&item.rest) {
        let name = without_spaces(&path);
        let is_harmless = path
            .segments
            .last()
            .is_some_and(|last| HARMLESS_MACROS.iter().any(|name| last.ident == name));
        return (!is_harmless).then(|| UnseenPlace {
            tokens: path.into_token_stream(),
            problem: format!(
                "`{name}!` may define handlers that the module's `#[cors]` cannot see"
            ),
            advice: "move the call out of this module",
        });
    }
    hidden_route(item.rest.clone()).map(|tokens| UnseenPlace {
        tokens,
        problem: "this handler is inside another item, which the module's `#[cors]` does not reach"
            .to_owned(),
        advice: "move it into the module itself, or give it a `#[cors]` of its own",
    })
}

/// The path of the macro that an item calls.
fn called_macro(item: &TokenStream) -> Option<Path> {
    let call = |input: ParseStream<'_>| {
        let path = input.call(Path::parse_mod_style)?;
        input.parse::<Token![!]>()?;
        input.parse::<TokenStream>()?;
        Ok(path)
    };
    call.parse2(item.clone()).ok()
}

/// The first route attribute in these tokens without a `#[cors]` beside it, at any depth.
fn hidden_route(tokens: TokenStream) -> Option<TokenStream> {
    let mut found = None;
    let mut has_cors = false;
    let mut hash = None;
    for token in tokens {
        match (hash.take(), token) {
            (Some(hash), TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                let path = route::path_of(group.stream());
                has_cors |= path.as_ref().is_some_and(is_cors_path);
                if path.as_ref().is_some_and(route::is_route_path) {
                    found.get_or_insert(quote!(#hash #group));
                }
            }
            (_, TokenTree::Punct(punct)) if punct.as_char() == '#' => hash = Some(punct),
            (_, token) => {
                if !mem::take(&mut has_cors) && found.is_some() {
                    return found;
                }
                found = None;
                if let TokenTree::Group(group) = token
                    && let Some(inside) = hidden_route(group.stream())
                {
                    return Some(inside);
                }
            }
        }
    }
    None
}

/// The names under which the module imports route attributes: `fetch` for `use actix_web::get as fetch`.
fn other_names(content: &Content) -> Vec<Ident> {
    let mut names = Vec::new();
    for item in &content.items {
        // `pub(crate) use`
        let mut start = item.rest.clone().into_iter().take(3);
        if start.any(|token| matches!(token, TokenTree::Ident(word) if word == "use")) {
            let words = words(item.rest.clone());
            let renamed = words
                .windows(3)
                .filter(|three| three[1] == "as" && route::is_route_path(&three[0].clone().into()));
            names.extend(renamed.map(|three| three[2].clone()));
        }
    }
    names
}

/// The identifiers among the tokens of an import.
fn words(tokens: TokenStream) -> Vec<Ident> {
    let words = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(word) => vec![word],
        TokenTree::Group(group) => words(group.stream()),
        _ => Vec::new(),
    });
    words.collect()
}

/// The keys of a module, for its handlers and its inner modules.
struct ModulePolicy {
    args: Args,
    /// The keys, except `allow`, with paths as they are written in this module.
    keys: Vec<Key>,
    /// The names in `allow(…)`.
    allow: Vec<AllowedRule>,
    /// Whether the keys have no mistake.
    is_sound: bool,
}

/// A name in the `allow(…)` of a module.
#[derive(Clone)]
struct AllowedRule {
    name: Path,
    is_needed: bool,
}

impl ModulePolicy {
    fn new(args: Args, mut keys: Vec<Key>, is_sound: bool) -> Self {
        keys.retain(|(key, _)| key != "allow");
        let names = args.allow.iter().flat_map(|rules| &rules.names);
        let allow = names.map(|name| AllowedRule {
            name: name.clone(),
            is_needed: false,
        });
        Self {
            allow: allow.collect(),
            args,
            keys,
            is_sound,
        }
    }

    /// Annotates the handlers in `content`. Returns whether there are any.
    fn annotate_all(&mut self, content: &mut Content, diagnostics: &mut Diagnostics) -> bool {
        let mut has_handlers = false;
        let mut imports = Vec::new();
        let other_names = other_names(content);
        for item in &mut content.items {
            // Tests need no policy.
            let mut attrs = item.attrs.iter();
            if attrs.any(|attr| without_spaces(&attr.meta) == "cfg(test)") {
                continue;
            }
            for attr in &item.attrs {
                if route::is_lookalike(attr.path()) {
                    diagnostics.push_error(route::lookalike(attr.path()));
                }
                if let Some(name) = attr.path().get_ident()
                    && other_names.contains(name)
                {
                    diagnostics.push_error(route::renamed(name));
                }
                if gives(attr, &is_cors) {
                    diagnostics.refuse(
                        attr,
                        Rule::MisplacedAttribute,
                        "a `#[cors]` under a condition cannot be combined with the module's policy",
                        "write the item twice, each under its `#[cfg]`",
                    );
                }
            }
            if let Some(inner) = inline_module(item) {
                has_handlers |= self.annotate_inner(item, inner, &mut imports, diagnostics);
                continue;
            }
            if let Some(unseen) = unseen(item) {
                self.report_unseen(unseen, diagnostics);
            }
            if let Some(condition) = condition(&item.attrs) {
                has_handlers = true;
                imports.extend(self.annotate(&condition, item, diagnostics));
            }
        }
        content.items.extend(imports);
        has_handlers
    }

    fn report_unseen(&mut self, unseen: UnseenPlace, diagnostics: &mut Diagnostics) {
        let rule = Rule::UnseenItems;
        let allowed = self
            .allow
            .iter_mut()
            .find(|allowed| allowed.name.is_ident(rule.name()));
        if let Some(allowed) = allowed {
            allowed.is_needed = true;
            return;
        }
        let advice = format!(
            "{}, or add `allow({})` to the module's `#[cors]`",
            unseen.advice,
            rule.name()
        );
        diagnostics.refuse(unseen.tokens, rule, unseen.problem, advice);
    }

    /// Annotates the handlers of an inner module, and removes its attribute. Returns whether there are any handlers.
    fn annotate_inner(
        &mut self,
        item: &mut ModuleItem,
        mut inner: Module,
        imports: &mut Vec<ModuleItem>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let Ok(content) = &mut inner.content else {
            return false;
        };
        let Some((index, own)) = own_keys(item, diagnostics) else {
            return true;
        };
        let attribute = index.map(|index| &item.attrs[index]);
        let inherits_allow = is_inherited("allow", &own);
        let mut found = Diagnostics::at(attribute);
        let mut args = Args::parse(attribute.map(arguments).unwrap_or_default(), &mut found);
        args.refuse_off("a module", &mut found);
        args.inherit(&self.args, |key| is_inherited(key, &own));
        // The outer module reports its own mistakes.
        if attribute.is_some() && self.is_sound {
            if inherits_allow {
                args.allow = Some(self.allow_needed_by(&args, Subject::Defaults));
            }
            let _ = Texts::new(&args).check(&args, Subject::Defaults, &mut found);
        }
        let is_sound = self.is_sound && found.is_empty();
        diagnostics.append(found);
        let (keys, unreachable) = self.keys_one_deeper(own);
        let mut policy = Self::new(args, keys, is_sound);
        if inherits_allow {
            policy.allow.clone_from(&self.allow);
        }
        let mistakes = diagnostics.len();
        let has_handlers = policy.annotate_all(content, diagnostics);
        if has_handlers {
            for path in unreachable {
                diagnostics.refuse(path, Rule::WrongValue,
                        "a path with `<…>` cannot be passed on to an inner module",
                        "list the path of a `const` or a `static` without `<…>`, or give the inner module its own key");
            }
        } else if index.is_some() && policy.is_sound && diagnostics.len() == mistakes {
            diagnostics.push(&inner.ident, &no_handlers());
        }
        if inherits_allow {
            for (outer, inner) in self.allow.iter_mut().zip(&policy.allow) {
                outer.is_needed |= inner.is_needed;
            }
        } else if policy.is_sound && diagnostics.len() == mistakes {
            policy.report_unneeded_allow(diagnostics);
        }
        if let Some(index) = index {
            imports.push(remove(item, index));
        }
        item.rest = inner.into_token_stream();
        has_handlers
    }

    /// Adds `#[cors]` to a handler, or the inherited keys to the `#[cors]` that it has.
    fn annotate(
        &mut self,
        condition: &TokenStream,
        handler: &mut ModuleItem,
        diagnostics: &mut Diagnostics,
    ) -> Option<ModuleItem> {
        let (index, own) = own_keys(handler, diagnostics)?;
        let attribute = index.map(|index| &handler.attrs[index]);
        let allow = self.allow_for_handler(attribute, &own);
        let inherited = self.inherited(&own).map(|(_, tokens)| tokens);
        let own = own.iter().map(|(_, tokens)| tokens);
        let keys = inherited.chain(own).chain(&allow);
        let Some(index) = index else {
            let runtime = self.args.runtime();
            let attribute = under(condition, &quote!(#runtime::cors(#(#keys),*)));
            handler.attrs.insert(0, attribute);
            return None;
        };
        let path = handler.attrs[index].path().clone();
        let completed = quote!(#path(#(#keys),*));
        if condition.is_empty() {
            // Only the tokens inside `#[…]` are replaced. The brackets keep their span, and an error about the whole attribute
            // points at them.
            handler.attrs[index].meta = parse_quote!(#completed);
            return None;
        }
        let import = remove(handler, index);
        handler.attrs.insert(index, under(condition, &completed));
        Some(import)
    }

    fn inherited(&self, own: &[Key]) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(|(key, _)| is_inherited(key, own))
    }

    /// The keys of an inner module whose attribute has `own`, and the paths that cannot be written in it.
    fn keys_one_deeper(&self, own: Vec<Key>) -> (Vec<Key>, Vec<TokenStream>) {
        let mut unreachable = Vec::new();
        let inherited = self.inherited(&own).cloned();
        let mut keys: Vec<Key> = inherited
            .map(|(key, tokens)| {
                let tokens = one_deeper(&key, tokens, &mut unreachable);
                (key, tokens)
            })
            .collect();
        keys.extend(own);
        (keys, unreachable)
    }

    /// The key `allow` for a handler with that attribute: the part of the module's `allow(…)` that the handler needs. The
    /// values of a handler's keys are read here and in the handler's own expansion, and nowhere else.
    fn allow_for_handler(
        &mut self,
        attribute: Option<&Attribute>,
        own: &[Key],
    ) -> Option<TokenStream> {
        if self.allow.is_empty() || !is_inherited("allow", own) {
            return None;
        }
        // The expansion of the handler reports them.
        let mut mistakes = Diagnostics::at(attribute);
        let mut args = Args::parse(attribute.map(arguments).unwrap_or_default(), &mut mistakes);
        args.inherit(&self.args, |key| is_inherited(key, own));
        let names = if mistakes.is_empty() {
            let subject = Subject::Handler { routed: &[] };
            self.allow_needed_by(&args, subject).names
        } else {
            self.allow.iter().map(|rule| rule.name.clone()).collect()
        };
        for rule in &mut self.allow {
            rule.is_needed |= names.contains(&rule.name);
        }
        (!names.is_empty()).then(|| quote!(allow(#(#names),*)))
    }

    /// The part of `allow(…)` that an item with these keys needs. An item with safer origins than the module's needs less.
    fn allow_needed_by(&self, args: &Args, subject: Subject<'_>) -> Rules {
        let mut args = args.clone();
        let mut needed = Rules {
            names: self.allow.iter().map(|rule| rule.name.clone()).collect(),
            wrong: Vec::new(),
        };
        args.allow = Some(needed.clone());
        let unneeded = Texts::new(&args).unneeded_allow(&args, subject);
        let mut index = 0..;
        needed
            .names
            .retain(|_| index.next().is_none_or(|index| !unneeded.contains(&index)));
        needed
    }

    fn report_unneeded_allow(self, diagnostics: &mut Diagnostics) {
        for AllowedRule { name, .. } in self.allow.iter().filter(|allowed| !allowed.is_needed) {
            let rule = name.to_token_stream();
            let what = if name.is_ident(Rule::UnseenItems.name()) {
                "the attribute sees every item of this module".to_owned()
            } else {
                format!("no handler of this module breaks `{rule}`")
            };
            diagnostics.refuse(name, Rule::UnneededAllow, what, "leave it out");
        }
    }
}

/// The index and the keys of an item's own `#[cors(…)]`, if it has one. `None` if the attribute is a mistake.
fn own_keys(item: &ModuleItem, diagnostics: &mut Diagnostics) -> Option<(Option<usize>, Vec<Key>)> {
    let mut attributes = (0..item.attrs.len()).filter(|&i| is_cors(&item.attrs[i]));
    let Some(index) = attributes.next() else {
        return Some((None, Vec::new()));
    };
    let attribute = &item.attrs[index];
    if let Some(second) = attributes.next() {
        diagnostics.refuse(
            &item.attrs[second],
            Rule::MisplacedAttribute,
            "this item has two `#[cors]` attributes",
            "keep one: a handler has one policy",
        );
        return None;
    }
    if matches!(attribute.meta, Meta::NameValue(_)) {
        diagnostics.refuse(
            attribute,
            Rule::WrongValue,
            "the keys of `#[cors]` are written in parentheses",
            "write it like `#[cors(origins = [\"https://app.example.com\"])]`",
        );
        return None;
    }
    Some((Some(index), args::keys(arguments(attribute))))
}

/// Whether an item whose attribute has the keys `own` inherits the module's `key`. A key beside the item's own `policy` would
/// replace that policy's key, and `off` must be alone, so such an item inherits only `crate`.
fn is_inherited(key: &str, own: &[Key]) -> bool {
    let is_complete = own.iter().any(|(own, _)| own == "policy" || own == "off");
    own.iter().all(|(own, _)| own != key) && (!is_complete || key == "crate")
}

/// The attribute under a condition, which may be empty.
fn under(condition: &TokenStream, attribute: &TokenStream) -> Attribute {
    if condition.is_empty() {
        parse_quote!(#[#attribute])
    } else {
        parse_quote!(#[cfg_attr(#condition, #attribute)])
    }
}

/// The key of a module, rewritten for a module inside it: the path `PARTNERS` becomes `super::PARTNERS`.
fn one_deeper(key: &str, tokens: TokenStream, unreachable: &mut Vec<TokenStream>) -> TokenStream {
    if !["origins", "policy", "crate"].contains(&key) {
        return tokens;
    }
    let mut tokens = tokens.into_iter();
    let start: TokenStream = tokens.by_ref().take(2).collect();
    let value: TokenStream = tokens.collect();
    let mut elements = value.clone().into_iter();
    let value = match (elements.next(), elements.next()) {
        (Some(TokenTree::Group(list)), None) if list.delimiter() == Delimiter::Bracket => {
            let elements = split_at_commas(list.stream());
            let elements = elements
                .into_iter()
                .map(|element| path_one_deeper(element, unreachable));
            let mut deeper = Group::new(Delimiter::Bracket, quote!(#(#elements),*));
            deeper.set_span(list.span());
            deeper.into_token_stream()
        }
        _ => path_one_deeper(value, unreachable),
    };
    quote!(#start #value)
}

fn path_one_deeper(value: TokenStream, unreachable: &mut Vec<TokenStream>) -> TokenStream {
    let Ok(expr) = syn::parse2::<Expr>(value.clone()) else {
        return value;
    };
    let Expr::Path(ExprPath { qself, path, .. }) = ungroup(&expr) else {
        return value;
    };
    let has_arguments = |segment: &syn::PathSegment| segment.arguments != PathArguments::None;
    if qself.is_some() || path.segments.iter().any(has_arguments) {
        unreachable.push(value);
        return quote!(#path);
    }
    let mut path = path.clone();
    let first = &mut path.segments[0].ident;
    if path.leading_colon.is_some() || first == "crate" || first == "$crate" {
        return path.into_token_stream();
    }
    let parent = Ident::new("super", first.span());
    if first == "self" {
        *first = parent;
    } else {
        path.segments.insert(0, parent.into());
    }
    path.into_token_stream()
}

fn arguments(attr: &Attribute) -> TokenStream {
    match &attr.meta {
        Meta::List(MetaList { tokens, .. }) => tokens.clone(),
        _ => TokenStream::new(),
    }
}
