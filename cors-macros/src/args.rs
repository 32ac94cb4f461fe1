//! The grammar of the attribute: its keys and the kind of value each takes, read so that one look finds every mistake.

use cors_rules::header::is_token;
use cors_rules::{Problem, Rule};
use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitStr, Meta, Path};

use crate::diagnostic::{Diagnostics, problem};
use crate::value::{
    Flag, List, OriginValue, PathValue, Rules, Seconds, Wrong, joined, split_at_commas,
    without_spaces,
};

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

impl Args {
    /// Reads what stands between the attribute's parentheses.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut items: Vec<Meta> = Vec::new();
        let mut keyless = Vec::new();
        let mut max_age = None;
        for segment in split_at_commas(tokens) {
            if let Ok(text) = syn::parse2::<LitStr>(segment.clone()) {
                keyless.push(text);
                continue;
            }
            let Some(item) = parse_item(segment.clone(), diagnostics) else {
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
                if item.path().is_ident("max_age") {
                    max_age = Some(segment.into_iter().skip(2).collect());
                }
                items.push(item);
            }
        }
        report_keyless(&keyless, &items, diagnostics);
        let items: Vec<_> = items.into_iter().map(NestedMeta::Meta).collect();
        let mut args = match Self::from_list(&items) {
            Ok(args) => args,
            // Only known keys, once each, come so far, and their values take anything.
            Err(error) => {
                diagnostics.push_darling(error);
                return Self::default();
            }
        };
        // As tokens: to syn, a negative number is one literal with the place of its sign.
        if let (Some(seconds), Some(tokens)) = (&mut args.max_age, max_age)
            && seconds.wrong.is_none()
        {
            seconds.tokens = tokens;
        }
        args.report_wrong_values(diagnostics);
        args
    }

    /// The path of the runtime crate in the user's code.
    pub(crate) fn runtime(&self) -> TokenStream {
        if let Some(PathValue(Ok(path))) = &self.runtime {
            path.to_token_stream()
        } else {
            quote!(::cors_runtime)
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
        let mut report = |key, kind, wrong: &Wrong| report(key, kind, wrong, diagnostics);
        for wrong in self.origins.iter().flat_map(|list| &list.wrong) {
            report(
                "origins",
                "takes a list of strings, `dev(\"…\")` and paths",
                wrong,
            );
        }
        let lists = [
            ("methods", &self.methods),
            ("headers", &self.headers),
            ("expose_headers", &self.expose_headers),
        ];
        for (key, list) in lists {
            for wrong in list.iter().flat_map(|list| &list.wrong) {
                report(key, "takes a list of strings", wrong);
            }
        }
        for (key, flag) in [
            ("credentials", &self.credentials),
            ("enforce", &self.enforce),
            ("off", &self.off),
        ] {
            if let Some(wrong) = flag.as_ref().and_then(|flag| flag.wrong.as_ref()) {
                report(key, "is a flag and takes no value", wrong);
            }
        }
        if let Some(wrong) = self.max_age.as_ref().and_then(|value| value.wrong.as_ref()) {
            report("max_age", "takes a number of seconds", wrong);
        }
        if let Some(rules) = &self.allow {
            for wrong in &rules.wrong {
                report("allow", "takes the names of rules", wrong);
            }
        }
        if let Some(PathValue(Err(wrong))) = &self.policy {
            report("policy", "takes the path of a named policy", wrong);
        }
        if let Some(PathValue(Err(wrong))) = &self.runtime {
            report("crate", "takes the path of the runtime crate", wrong);
        }
    }

    /// `off` is for handlers in a module that has a policy, and the module takes it from them.
    pub(crate) fn refuse_off(&self, diagnostics: &mut Diagnostics) {
        if let Some(off) = &self.off {
            diagnostics.push(
                &off.tokens,
                &problem(
                    Rule::MisplacedAttribute,
                    "`off` leaves a handler out of its module's policy, and here is none",
                    "remove the attribute: without one there is no CORS",
                ),
            );
        }
    }
}

fn report(key: &str, kind: &str, wrong: &Wrong, diagnostics: &mut Diagnostics) {
    let Wrong { tokens, help } = wrong;
    let like = || format!("write it like `{}`", example(key));
    diagnostics.push(
        tokens,
        &problem(
            Rule::WrongValue,
            format!("`{key}` {kind}"),
            help.clone().unwrap_or_else(like),
        ),
    );
}

fn example(key: &str) -> &'static str {
    KEYS.iter()
        .find_map(|(known, example)| (*known == key).then_some(*example))
        .unwrap_or_default()
}

/// Strings that stand alone are origins whose key was forgotten: one mistake, however many there are.
fn report_keyless(texts: &[LitStr], items: &[Meta], diagnostics: &mut Diagnostics) {
    if texts.is_empty() {
        return;
    }
    let help = if items.iter().any(|item| item.path().is_ident("origins")) {
        "put it into the list of its key".to_owned()
    } else {
        format!("write `origins = [{}]`", joined(texts))
    };
    let tokens = quote!(#(#texts)*);
    diagnostics.push(
        tokens,
        &problem(Rule::UnknownKey, "a key is missing here", help),
    );
}

/// What the attribute of a module makes of a handler's `#[cors(off)]`, by the path that the handler has.
pub(crate) fn off(path: &Path, runtime: &TokenStream) -> TokenStream {
    quote!(#path(__off crate = #runtime))
}

/// The arguments of such an attribute.
pub(crate) fn of_off(args: &TokenStream) -> Option<TokenStream> {
    let mut tokens = args.clone().into_iter();
    let first = tokens.next()?;
    (first.to_string() == "__off").then(|| tokens.collect())
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
    let Some((key, _)) = KEYS.iter().find(|(known, _)| *known == key) else {
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
    match item_then_end.parse2(segment.clone()) {
        Ok((NestedMeta::Meta(item), rest)) if rest.is_empty() && item.path().is_ident(key) => {
            return Some(item);
        }
        Ok((_, rest)) => match rest.into_iter().next() {
            Some(next @ TokenTree::Ident(_)) => {
                diagnostics.push(&next, &missing_comma(&next));
            }
            Some(TokenTree::Punct(colon)) if colon.as_char() == ':' => diagnostics.push(
                &colon,
                &problem(
                    Rule::WrongValue,
                    "between a key and its value stands `=`",
                    format!("write `{key} = …`"),
                ),
            ),
            _ => report_unreadable(&first, key, diagnostics),
        },
        Err(_) => match mistake_in_list(key, segment) {
            Some((tokens, problem)) => diagnostics.push(tokens, &problem),
            None => report_unreadable(&first, key, diagnostics),
        },
    }
    None
}

fn missing_comma(next: &TokenTree) -> Problem {
    problem(
        Rule::WrongValue,
        format!("a comma is missing before `{next}`"),
        format!("write `, {next}`"),
    )
}

fn report_unreadable(first: &TokenTree, key: &str, diagnostics: &mut Diagnostics) {
    diagnostics.push(
        first,
        &problem(
            Rule::WrongValue,
            format!("`{key}` has no value that can be read"),
            format!("write it like `{}`", example(key)),
        ),
    );
}

/// The element that keeps `key = […]` from being read: one without its comma, or a header's name without its quotes.
fn mistake_in_list(key: &str, segment: TokenStream) -> Option<(TokenStream, Problem)> {
    let Some(TokenTree::Group(list)) = segment.into_iter().nth(2) else {
        return None;
    };
    split_at_commas(list.stream())
        .into_iter()
        .find_map(|element| {
            let mut tokens = element.clone().into_iter();
            let (first, second) = (tokens.next()?, tokens.next());
            if let (TokenTree::Literal(_), Some(next @ TokenTree::Literal(_))) = (&first, second) {
                return Some((next.to_token_stream(), missing_comma(&next)));
            }
            let name = without_spaces(&element);
            let is_name = syn::parse2::<Expr>(element.clone()).is_err()
                && matches!(first, TokenTree::Ident(_))
                && is_token(name.as_bytes());
            let unquoted = || {
                problem(
                    Rule::WrongValue,
                    format!("`{key}` takes a list of strings"),
                    format!("write `\"{name}\"`"),
                )
            };
            is_name.then(|| (element, unquoted()))
        })
}

fn unknown_key(key: &str, is_name: bool) -> Problem {
    if !is_name {
        return problem(
            Rule::UnknownKey,
            "a key is missing here",
            format!("begin with a key, like `{}`", KEYS[0].1),
        );
    }
    let meant = nearest_keys(key);
    let help = if meant.is_empty() {
        let known = KEYS.map(|(known, _)| format!("`{known}`"));
        format!("the keys are {}", known.join(", "))
    } else {
        let meant: Vec<_> = meant.iter().map(|known| format!("`{known}`")).collect();
        format!("write {}", meant.join(" or "))
    };
    problem(
        Rule::UnknownKey,
        format!("`#[cors]` has no key `{key}`"),
        help,
    )
}

/// The keys that begin with what was typed, or the one that is most like it or like what other libraries call it.
fn nearest_keys(typed: &str) -> Vec<&'static str> {
    const ENOUGH: f64 = 0.75;
    let known = || KEYS.iter().map(|(known, _)| *known);
    let begun: Vec<_> = known().filter(|known| known.starts_with(typed)).collect();
    if !begun.is_empty() {
        return begun;
    }
    let bare = ["allow_", "allowed_", "supports_"]
        .iter()
        .find_map(|prefix| typed.strip_prefix(prefix))
        .unwrap_or(typed);
    let likeness =
        |known: &str| strsim::jaro_winkler(bare, known).max(strsim::jaro_winkler(typed, known));
    known()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|known| likeness(known) > ENOUGH)
        .into_iter()
        .collect()
}
