//! The grammar of the attribute: its keys and the kind of value each takes.
//!
//! Nothing here fails: what is wrong is set down beside what is right, so that one look finds every mistake.

use cors_policy::{Problem, Rule};
use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, ExprPath, ExprUnary, Lit, LitStr, Meta, Path, UnOp};

use crate::diagnostic::{Diagnostics, problem};

/// The attribute's keys, as written.
#[derive(Debug, Default, FromMeta)]
#[darling(default)]
pub(crate) struct Args {
    pub(crate) origins: Option<List<OriginValue>>,
    pub(crate) methods: Option<List<LitStr>>,
    pub(crate) headers: Option<List<LitStr>>,
    pub(crate) expose_headers: Option<List<LitStr>>,
    pub(crate) credentials: Option<Flag>,
    pub(crate) max_age: Option<Seconds>,
    pub(crate) policy: Option<PathValue>,
    pub(crate) enforce: Option<Flag>,
    pub(crate) allow: Option<Rules>,
    pub(crate) off: Option<Flag>,
    #[darling(rename = "crate")]
    pub(crate) runtime: Option<PathValue>,
}

/// Every key, with a value of the kind it takes.
const KEYS: [(&str, &str); 11] = [
    ("origins", r#"origins = ["https://app.example.com"]"#),
    ("methods", r#"methods = ["PUT"]"#),
    ("headers", r#"headers = ["content-type"]"#),
    ("expose_headers", r#"expose_headers = ["x-request-id"]"#),
    ("credentials", "credentials"),
    ("max_age", "max_age = 600"),
    ("allow", "allow(insecure_origin_with_credentials)"),
    ("policy", "policy = Partners"),
    ("enforce", "enforce"),
    ("off", "off"),
    ("crate", "crate = my_prelude::cors_runtime"),
];

/// `key = ["…", "…"]`
#[derive(Debug)]
pub(crate) struct List<T> {
    pub(crate) tokens: TokenStream,
    pub(crate) elements: Vec<T>,
    wrong: Vec<TokenStream>,
}

/// One element of `origins`.
#[derive(Debug)]
pub(crate) enum OriginValue {
    /// `"https://app.example.com"`
    Text(LitStr),
    /// `dev("http://localhost:5173")`
    Dev(LitStr),
    /// `APP_ORIGIN`
    Path(ExprPath),
}

/// `key`
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) tokens: TokenStream,
    wrong: Option<TokenStream>,
}

/// `key = 600`
#[derive(Debug)]
pub(crate) struct Seconds {
    pub(crate) tokens: TokenStream,
    /// The number as written; empty where it is none.
    pub(crate) text: Option<String>,
}

/// `allow(rule, rule)`
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) names: Vec<Path>,
    wrong: Vec<TokenStream>,
}

/// `policy = path`, `crate = path`
#[derive(Debug)]
pub(crate) struct PathValue(Result<Path, TokenStream>);

impl Args {
    /// Reads what stands between the attribute's parentheses.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut items: Vec<Meta> = Vec::new();
        for segment in split_at_commas(tokens) {
            let Some(item) = parse_item(segment, diagnostics) else {
                continue;
            };
            if items.iter().any(|earlier| earlier.path() == item.path()) {
                let key = item.path();
                diagnostics.push(
                    key,
                    &problem(
                        Rule::DuplicateKey,
                        format!("`{}` is given twice", key.to_token_stream()),
                        "keep one of them",
                    ),
                );
            } else {
                items.push(item);
            }
        }
        let items: Vec<_> = items.into_iter().map(NestedMeta::Meta).collect();
        match Self::from_list(&items) {
            Ok(args) => {
                args.report_wrong_values(diagnostics);
                args
            }
            // Only known keys, once each, come so far, and their values take anything.
            Err(error) => {
                diagnostics.push_darling(error);
                Self::default()
            }
        }
    }

    /// The path of the runtime crate in the user's code.
    pub(crate) fn runtime(&self) -> TokenStream {
        match &self.runtime {
            Some(PathValue(Ok(path))) => path.to_token_stream(),
            _ => quote!(::cors_runtime),
        }
    }

    /// The path of the named policy that this one starts from.
    pub(crate) fn policy(&self) -> Option<&Path> {
        match &self.policy {
            Some(PathValue(Ok(path))) => Some(path),
            _ => None,
        }
    }

    fn report_wrong_values(&self, diagnostics: &mut Diagnostics) {
        let mut wrong =
            |key, kind, tokens: &TokenStream| wrong_value(key, kind, tokens, diagnostics);
        for tokens in self.origins.iter().flat_map(|list| &list.wrong) {
            wrong(
                "origins",
                "takes a list of strings, `dev(\"…\")` and paths",
                tokens,
            );
        }
        let lists = [
            ("methods", &self.methods),
            ("headers", &self.headers),
            ("expose_headers", &self.expose_headers),
        ];
        for (key, list) in lists {
            for tokens in list.iter().flat_map(|list| &list.wrong) {
                wrong(key, "takes a list of strings", tokens);
            }
        }
        for (key, flag) in [
            ("credentials", &self.credentials),
            ("enforce", &self.enforce),
            ("off", &self.off),
        ] {
            if let Some(tokens) = flag.as_ref().and_then(|flag| flag.wrong.as_ref()) {
                wrong(key, "is a flag and takes no value", tokens);
            }
        }
        if let Some(Seconds { tokens, text: None }) = &self.max_age {
            wrong("max_age", "takes a number of seconds", tokens);
        }
        for tokens in self.allow.iter().flat_map(|rules| &rules.wrong) {
            wrong("allow", "takes the names of rules", tokens);
        }
        if let Some(PathValue(Err(tokens))) = &self.policy {
            wrong("policy", "takes the path of a named policy", tokens);
        }
        if let Some(PathValue(Err(tokens))) = &self.runtime {
            wrong("crate", "takes the path of the runtime crate", tokens);
        }
    }
}

fn wrong_value(key: &str, kind: &str, tokens: &TokenStream, diagnostics: &mut Diagnostics) {
    let example = KEYS
        .iter()
        .find_map(|(known, example)| (*known == key).then_some(*example));
    diagnostics.push(
        tokens,
        &problem(
            Rule::WrongValue,
            format!("`{key}` {kind}"),
            format!("write it like `{}`", example.unwrap_or(key)),
        ),
    );
}

/// Top-level commas end a key; whatever a key's value is, its own commas are inside brackets.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
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

/// The attribute's keys by name, each with the tokens that give it.
pub(crate) fn keys(tokens: TokenStream) -> Vec<(String, TokenStream)> {
    split_at_commas(tokens)
        .into_iter()
        .map(|segment| {
            let key = segment.clone().into_iter().next();
            (key.map(|key| key.to_string()).unwrap_or_default(), segment)
        })
        .collect()
}

/// One `key`, `key = value` or `key(…)` with a known key.
fn parse_item(segment: TokenStream, diagnostics: &mut Diagnostics) -> Option<Meta> {
    let first = segment.clone().into_iter().next()?;
    let key = first.to_string();
    let known = KEYS.iter().find(|(known, _)| *known == key);
    let Some((key, example)) = known else {
        diagnostics.push(
            &first,
            &unknown_key(&key, matches!(first, TokenTree::Ident(_))),
        );
        return None;
    };
    let item_then_end = |input: ParseStream<'_>| {
        let item: NestedMeta = input.parse()?;
        Ok((item, input.parse::<TokenStream>()?))
    };
    match item_then_end.parse2(segment) {
        Ok((NestedMeta::Meta(item), rest)) if rest.is_empty() && item.path().is_ident(key) => {
            Some(item)
        }
        Ok((_, rest)) if matches!(rest.clone().into_iter().next(), Some(TokenTree::Ident(_))) => {
            let next = rest.into_iter().next()?;
            diagnostics.push(
                &next,
                &problem(
                    Rule::WrongValue,
                    format!("a comma is missing before `{next}`"),
                    format!("separate the keys: `{example}, {next} …`"),
                ),
            );
            None
        }
        _ => {
            diagnostics.push(
                &first,
                &problem(
                    Rule::WrongValue,
                    format!("`{key}` has no value that can be read"),
                    format!("write it like `{example}`"),
                ),
            );
            None
        }
    }
}

fn unknown_key(key: &str, is_name: bool) -> Problem {
    let nearest = KEYS
        .iter()
        .map(|(known, _)| (strsim::jaro_winkler(key, known), *known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let help = match nearest {
        Some((_, known)) if is_name => format!("write `{known}`"),
        _ if !is_name => format!("begin with a key, like `{}`", KEYS[0].1),
        _ => {
            let known = KEYS.map(|(known, _)| format!("`{known}`"));
            format!("the keys are {}", known.join(", "))
        }
    };
    let what = if is_name {
        format!("`#[cors]` has no key `{key}`")
    } else {
        "a key is missing here".to_owned()
    };
    problem(Rule::UnknownKey, what, help)
}

impl<T: Element> FromMeta for List<T> {
    fn from_meta(item: &Meta) -> darling::Result<Self> {
        let value = value_of(item);
        let mut list = Self {
            tokens: value.to_token_stream(),
            elements: Vec::new(),
            wrong: Vec::new(),
        };
        match value {
            Some(Expr::Array(array)) => {
                for element in &array.elems {
                    match T::read(ungroup(element)) {
                        Some(element) => list.elements.push(element),
                        None => list.wrong.push(element.to_token_stream()),
                    }
                }
            }
            Some(other) => list.wrong.push(other.to_token_stream()),
            None => list.wrong.push(item.to_token_stream()),
        }
        Ok(list)
    }
}

/// What a list may hold.
trait Element: Sized {
    fn read(expr: &Expr) -> Option<Self>;
}

impl Element for LitStr {
    fn read(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Element for OriginValue {
    fn read(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Path(path) => Some(Self::Path(path.clone())),
            Expr::Call(call) => {
                let is_dev = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("dev"));
                match call.args.first() {
                    Some(text) if is_dev && call.args.len() == 1 => {
                        Some(Self::Dev(LitStr::read(ungroup(text))?))
                    }
                    _ => None,
                }
            }
            other => LitStr::read(other).map(Self::Text),
        }
    }
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
    fn from_meta(item: &Meta) -> darling::Result<Self> {
        let wrong = match item {
            Meta::Path(_) => None,
            other => Some(other.to_token_stream()),
        };
        Ok(Self {
            tokens: item.to_token_stream(),
            wrong,
        })
    }
}

impl FromMeta for Seconds {
    fn from_meta(item: &Meta) -> darling::Result<Self> {
        let Some(value) = value_of(item) else {
            return Ok(Self {
                tokens: item.to_token_stream(),
                text: None,
            });
        };
        let number = match value {
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_),
                expr,
                ..
            }) => expr,
            other => other,
        };
        let text = match number {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) if number.suffix().is_empty() => Some(number.base10_digits().to_owned()),
            Expr::Lit(ExprLit {
                lit: number @ (Lit::Int(_) | Lit::Float(_)),
                ..
            }) => Some(number.to_token_stream().to_string()),
            _ => None,
        };
        let sign = if matches!(value, Expr::Unary(_)) {
            "-"
        } else {
            ""
        };
        Ok(Self {
            tokens: value.to_token_stream(),
            text: text.map(|digits| format!("{sign}{digits}")),
        })
    }
}

impl FromMeta for Rules {
    fn from_meta(item: &Meta) -> darling::Result<Self> {
        let mut rules = Self {
            names: Vec::new(),
            wrong: Vec::new(),
        };
        match item {
            Meta::List(list) => {
                for segment in split_at_commas(list.tokens.clone()) {
                    match syn::parse2::<Path>(segment.clone()) {
                        Ok(name) => rules.names.push(name),
                        Err(_) => rules.wrong.push(segment),
                    }
                }
            }
            other => rules.wrong.push(other.to_token_stream()),
        }
        Ok(rules)
    }
}

impl FromMeta for PathValue {
    fn from_meta(item: &Meta) -> darling::Result<Self> {
        Ok(Self(match value_of(item) {
            Some(Expr::Path(ExprPath {
                path, qself: None, ..
            })) => Ok(path.clone()),
            Some(other) => Err(other.to_token_stream()),
            None => Err(item.to_token_stream()),
        }))
    }
}

fn value_of(item: &Meta) -> Option<&Expr> {
    match item {
        Meta::NameValue(pair) => Some(ungroup(&pair.value)),
        _ => None,
    }
}

/// What `macro_rules!` passes on as `$x:expr` comes in an invisible group.
fn ungroup(mut expr: &Expr) -> &Expr {
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    expr
}
