//! The types of the attribute's values.
//!
//! `from_meta` refuses a value of another type, with the correction as the text of the error. If only parts of a value are wrong,
//! they are kept in `wrong`, and the other parts are checked as usual.

use cors_rules::Rule;
use cors_rules::header::is_token;
use darling::FromMeta;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprCall, ExprLit, ExprPath, ExprUnary, Lit, LitStr, Meta, Path, Token, UnOp};

/// A part of a value that has the wrong type, with the correction if it is clear.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub(crate) tokens: TokenStream,
    pub(crate) help: Option<String>,
}

/// A value of the attribute.
pub(crate) trait Value: FromMeta {
    /// Its wrong parts.
    fn wrong(&self) -> &[Wrong] {
        &[]
    }
}

/// The error for a value as a whole. Its text is the correction, or empty.
fn refused(meant: Option<String>) -> darling::Error {
    darling::Error::custom(meant.map(|meant| write(&meant)).unwrap_or_default())
}

impl Wrong {
    fn new(tokens: impl ToTokens, meant: Option<String>) -> Self {
        Self::with(tokens, meant.map(|meant| write(&meant)))
    }

    fn with(tokens: impl ToTokens, help: Option<String>) -> Self {
        Self {
            tokens: tokens.into_token_stream(),
            help,
        }
    }
}

fn write(meant: &str) -> String {
    format!("write `{meant}`")
}

/// `key = ["…", "…"]`
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    pub(crate) tokens: TokenStream,
    pub(crate) elements: Vec<T>,
    pub(crate) wrong: Vec<Wrong>,
}

/// One element of `origins`.
#[derive(Clone, Debug)]
pub(crate) enum OriginValue {
    /// `"https://app.example.com"`
    Text(LitStr),
    /// `dev("http://localhost:5173")`
    Dev(LitStr),
    /// `APP_ORIGIN`
    Path(ExprPath),
}

/// `key`
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    pub(crate) tokens: TokenStream,
    pub(crate) wrong: Option<Wrong>,
}

/// `key = 600`
#[derive(Clone, Debug)]
pub(crate) struct Seconds {
    pub(crate) tokens: TokenStream,
    /// The number as written.
    pub(crate) text: String,
}

/// `allow(rule, rule)`
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) names: Vec<Path>,
    pub(crate) wrong: Vec<Wrong>,
}

/// `policy = path`, `crate = path`
#[derive(Clone, Debug)]
pub(crate) struct PathValue(pub(crate) Path);

impl<T: Element> FromMeta for List<T> {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let Some(Expr::Array(array)) = value_of(meta) else {
            let key = meta.path().to_token_stream();
            let values = values(meta);
            let elements: Option<Vec<T>> = values.iter().map(|value| T::read(value)).collect();
            let meant = elements.filter(|elements| !elements.is_empty());
            return Err(refused(
                meant.map(|elements| format!("{key} = [{}]", joined(&elements))),
            ));
        };
        let mut list = Self {
            tokens: array.to_token_stream(),
            elements: Vec::new(),
            wrong: Vec::new(),
        };
        for element in array.elems.iter().map(ungroup) {
            match T::read(element) {
                Some(element) => list.elements.push(element),
                None => list.wrong.push(Wrong::with(element, T::help(element))),
            }
        }
        Ok(list)
    }
}

impl<T: Element> Value for List<T> {
    fn wrong(&self) -> &[Wrong] {
        &self.wrong
    }
}

/// A type of element in a list.
pub(crate) trait Element: Sized {
    fn read(expr: &Expr) -> Option<Self>;

    /// The element as it is written.
    fn text(&self) -> String;

    /// The help for an element that `read` does not accept.
    fn help(expr: &Expr) -> Option<String>;
}

impl Element for LitStr {
    fn read(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) if text.suffix().is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    fn text(&self) -> String {
        format!("{:?}", self.value())
    }

    /// Corrects names without quotes (`GET`, `content-type`) and strings with a suffix (`"GET"s`).
    fn help(expr: &Expr) -> Option<String> {
        if let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = expr
        {
            return Some(write(&text.text()));
        }
        let name = without_spaces(expr);
        let is_name = !matches!(expr, Expr::Lit(_)) && is_token(name.as_bytes());
        is_name.then(|| write(&format!("\"{name}\"")))
    }
}

impl Element for OriginValue {
    fn read(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Path(path) => Some(Self::Path(path.clone())),
            Expr::Call(call) => match dev_texts(call)?.as_slice() {
                [text] => Some(Self::Dev(text.clone())),
                _ => None,
            },
            other => LitStr::read(other).map(Self::Text),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.text(),
            Self::Dev(text) => format!("dev({})", text.text()),
            Self::Path(path) => without_spaces(path),
        }
    }

    /// Corrects `&ORIGIN`, `"…".to_string()`, `dev("…", "…")` and `env!("…")`.
    fn help(expr: &Expr) -> Option<String> {
        const CONVERSIONS: [&str; 6] =
            ["to_string", "to_owned", "into", "clone", "as_str", "as_ref"];
        let meant = match expr {
            Expr::Lit(_) => return LitStr::help(expr),
            Expr::Reference(reference) => Self::read(ungroup(&reference.expr)),
            Expr::MethodCall(call) if CONVERSIONS.iter().any(|name| call.method == name) => {
                Self::read(ungroup(&call.receiver))
            }
            _ => None,
        };
        if let Some(meant) = meant {
            return Some(write(&meant.text()));
        }
        match expr {
            Expr::Call(call) if is_dev(call) => {
                let texts = dev_texts(call).filter(|texts| !texts.is_empty());
                let devs: Option<Vec<_>> =
                    texts.map(|texts| texts.into_iter().map(Self::Dev).collect());
                Some(devs.map_or_else(
                    || "write it with a string: `dev(\"http://localhost:5173\")`".to_owned(),
                    |devs| write(&joined(&devs)),
                ))
            }
            Expr::Macro(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Block(_) | Expr::If(_) => Some(
                "list a path instead: that of a `const` of type `&str` if the compiler can know the origin, or that of a `static` \
                 of type `OriginSet` if only the running program can"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The strings in `dev("…", "…")`.
fn dev_texts(call: &ExprCall) -> Option<Vec<LitStr>> {
    let texts = call.args.iter().map(|text| LitStr::read(ungroup(text)));
    if is_dev(call) { texts.collect() } else { None }
}

fn is_dev(call: &ExprCall) -> bool {
    matches!(&*call.func, Expr::Path(path) if path.path.is_ident("dev"))
}

pub(crate) fn joined<T: Element>(elements: &[T]) -> String {
    let elements: Vec<_> = elements.iter().map(Element::text).collect();
    elements.join(", ")
}

pub(crate) fn without_spaces(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}

impl ToTokens for OriginValue {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text) | Self::Dev(text) => text.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
        }
    }
}

impl FromMeta for Flag {
    /// A flag with a value counts as given, so it is not refused as a whole.
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let values = values(meta);
        let is_false = values
            .first()
            .is_some_and(|value| without_spaces(value) == "false");
        let wrong = match meta {
            Meta::Path(_) => None,
            _ if is_false => Some(Wrong::with(meta, Some("leave it out".to_owned()))),
            _ => Some(Wrong::new(
                meta,
                Some(meta.path().to_token_stream().to_string()),
            )),
        };
        Ok(Self {
            tokens: meta.to_token_stream(),
            wrong,
        })
    }
}

impl Value for Flag {
    fn wrong(&self) -> &[Wrong] {
        self.wrong.as_slice()
    }
}

impl FromMeta for Seconds {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let value = value_of(meta);
        if let Some(text) = value.and_then(number) {
            let tokens = value.to_token_stream();
            return Ok(Self { tokens, text });
        }
        let meant = match values(meta).first() {
            // `max_age = "600"`, `max_age("600")`
            Some(Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            })) => Some(text.value()),
            // `max_age(600)`
            Some(value) => number(value),
            None => None,
        };
        let meant = meant.filter(|number| number.parse::<u32>().is_ok());
        Err(refused(meant.map(|number| format!("max_age = {number}"))))
    }
}

impl Value for Seconds {}

/// The text of a number.
fn number(value: &Expr) -> Option<String> {
    let (sign, number) = match value {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => ("-", &**expr),
        other => ("", other),
    };
    match number {
        Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) if number.suffix().is_empty() => Some(format!("{sign}{}", number.base10_digits())),
        Expr::Lit(ExprLit {
            lit: number @ (Lit::Int(_) | Lit::Float(_)),
            ..
        }) => Some(format!("{sign}{}", number.to_token_stream())),
        _ => None,
    }
}

impl FromMeta for Rules {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let mut rules = Self {
            names: Vec::new(),
            wrong: Vec::new(),
        };
        match meta {
            Meta::List(list) if list.tokens.is_empty() => rules.wrong.push(Wrong::new(meta, None)),
            Meta::List(list) => {
                let comma = superfluous_comma(list.tokens.clone());
                rules.wrong.extend(
                    comma.map(|comma| Wrong::with(comma, Some("leave out this comma".to_owned()))),
                );
                for segment in split_at_commas(list.tokens.clone()) {
                    if let Ok(name) = syn::parse2(segment.clone()) {
                        rules.names.push(name);
                        continue;
                    }
                    let meant = syn::parse2(segment.clone()).ok();
                    let meant = meant.as_ref().and_then(rule_name);
                    rules.wrong.push(Wrong::new(segment, meant));
                }
            }
            other => {
                let names: Option<Vec<_>> = values(meta).iter().map(rule_name).collect();
                let meant = names
                    .filter(|names| !names.is_empty())
                    .map(|names| format!("allow({})", names.join(", ")));
                rules.wrong.push(Wrong::new(other, meant));
            }
        }
        Ok(rules)
    }
}

impl Value for Rules {
    fn wrong(&self) -> &[Wrong] {
        &self.wrong
    }
}

/// The rule that is meant by `rule` or `"rule"`.
fn rule_name(value: &Expr) -> Option<String> {
    let name = match LitStr::read(value) {
        Some(text) => text.value(),
        None => value.to_token_stream().to_string(),
    };
    Rule::from_name(&name).map(|rule| rule.name().to_owned())
}

impl FromMeta for PathValue {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let value = value_of(meta);
        let is_valid = |path: &Path| {
            let names_an_item = path.segments.iter().all(|segment| segment.ident != "Self");
            names_an_item && (!meta.path().is_ident("crate") || has_no_arguments(path))
        };
        if let Some(Expr::Path(ExprPath {
            path, qself: None, ..
        })) = value
            && is_valid(path)
        {
            return Ok(Self(path.clone()));
        }
        // `policy = "Partners"`, `policy(Partners)`
        let path = values(meta)
            .first()
            .and_then(|value| match LitStr::read(value) {
                Some(text) => text.parse::<Path>().ok(),
                None => syn::parse2(value.to_token_stream()).ok(),
            })
            .filter(is_valid);
        let key = meta.path().to_token_stream();
        let meant = path.map(|path| format!("{key} = {}", without_spaces(&path)));
        Err(refused(meant))
    }
}

impl Value for PathValue {}

/// Whether a `use` declaration can have the path.
fn has_no_arguments(path: &Path) -> bool {
    let mut segments = path.segments.iter();
    segments.all(|segment| segment.arguments.is_none())
}

/// The values in `key = value`, `key = [value, value]`, `key(value, value)` and the like.
fn values(meta: &Meta) -> Vec<Expr> {
    let exprs: Vec<Expr> = match meta {
        Meta::Path(_) => Vec::new(),
        Meta::NameValue(pair) => {
            let mut value = ungroup(&pair.value);
            while let Expr::Reference(reference) = value {
                value = ungroup(&reference.expr);
            }
            match value {
                Expr::Array(array) => array.elems.iter().cloned().collect(),
                Expr::Tuple(tuple) => tuple.elems.iter().cloned().collect(),
                Expr::Paren(paren) => vec![(*paren.expr).clone()],
                other => vec![other.clone()],
            }
        }
        Meta::List(list) => list
            .parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)
            .into_iter()
            .flatten()
            .collect(),
    };
    exprs.iter().map(|expr| ungroup(expr).clone()).collect()
}

/// The value in `key = value`.
pub(crate) fn value_of(meta: &Meta) -> Option<&Expr> {
    match meta {
        Meta::NameValue(pair) => Some(ungroup(&pair.value)),
        _ => None,
    }
}

/// Removes the invisible groups that `macro_rules!` puts around `$x:expr`.
pub(crate) fn ungroup(mut expr: &Expr) -> &Expr {
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    expr
}

/// Splits at the commas outside of all groups, and drops empty segments.
pub(crate) fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut segments = vec![TokenStream::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => segments.push(TokenStream::new()),
            _ => segments
                .last_mut()
                .expect("starts with one")
                .extend([token]),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// A comma with nothing before it.
pub(crate) fn superfluous_comma(tokens: TokenStream) -> Option<TokenTree> {
    let mut is_after_comma = true;
    for token in tokens {
        let is_comma = is_punct(&token, ',');
        if is_comma && is_after_comma {
            return Some(token);
        }
        is_after_comma = is_comma;
    }
    None
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
