//! Reads the keys of the attribute. A key that cannot be read is reported, and the others are still read, so that all mistakes are
//! reported at once.

use cors_rules::header::is_token;
use cors_rules::{Problem, Rule};
use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitStr, Meta, Path};

use crate::diagnostic::Diagnostics;
use crate::value::{
    Flag, List, OriginValue, PathValue, Rules, Seconds, Value, Wrong, is_punct, joined,
    split_at_commas, superfluous_comma, value_of, without_spaces,
};

/// Declares the keys: the name, the field and the type of each, the words for the type, and an example.
macro_rules! keys {
    ($($key:literal $field:ident: $value:ty, $kind:literal, $example:literal;)+) => {
        /// The attribute's keys. A key whose value is refused is absent.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Args {
            $(pub(crate) $field: Option<$value>,)+
        }

        /// The name of each key, the words for its value, and an example.
        pub(crate) const KEYS: &[(&str, &str, &str)] = &[$(($key, $kind, $example),)+];

        impl Args {
            /// Reads the value of a key. Returns the wrong parts of a value that is not refused as a whole.
            fn read(&mut self, meta: &Meta) -> darling::Result<&[Wrong]> {
                $(if meta.path().is_ident($key) {
                    return Ok(self.$field.insert(FromMeta::from_meta(meta)?).wrong());
                })+
                Ok(&[])
            }

            /// Takes the keys that are inherited from `outer`, the attribute of a module around this one.
            pub(crate) fn inherit(&mut self, outer: &Self, is_inherited: impl Fn(&str) -> bool) {
                $(if !["allow", "off"].contains(&$key) && is_inherited($key) {
                    self.$field.clone_from(&outer.$field);
                })+
            }

            /// The keys that are present.
            fn present(&self) -> impl Iterator<Item = &'static str> {
                let keys = [$(self.$field.is_some().then_some($key),)+];
                keys.into_iter().flatten()
            }
        }
    };
}

keys! {
    "origins" origins: List<OriginValue>, "takes a list of strings, `dev(\"…\")` and paths", r#"origins = ["https://app.example.com"]"#;
    "methods" methods: List<LitStr>, "takes a list of strings", r#"methods = ["PUT"]"#;
    "headers" headers: List<LitStr>, "takes a list of strings", r#"headers = ["content-type"]"#;
    "expose_headers" expose_headers: List<LitStr>, "takes a list of strings", r#"expose_headers = ["x-request-id"]"#;
    "credentials" credentials: Flag, "is a flag and takes no value", "credentials";
    "max_age" max_age: Seconds, "takes a number of seconds", "max_age = 600";
    "allow" allow: Rules, "takes the names of rules", "allow(insecure_origin_with_credentials)";
    "policy" policy: PathValue, "takes the path of a named policy", "policy = Partners";
    "enforce" enforce: Flag, "is a flag and takes no value", "enforce";
    "off" off: Flag, "is a flag and takes no value", "off";
    "crate" runtime: PathValue, "takes the path of the runtime crate", "crate = my_prelude::cors_runtime";
}

impl Args {
    /// Reads the tokens between the attribute's parentheses.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let tokens = without_attributes(tokens, diagnostics);
        if let Some(comma) = superfluous_comma(tokens.clone()) {
            let what = "there is nothing before this comma";
            diagnostics.refuse(comma, Rule::WrongValue, what, "leave it out");
        }
        let mut args = Self::default();
        let mut seen: Vec<Path> = Vec::new();
        let mut keyless = Vec::new();
        for segment in split_at_commas(tokens) {
            if let Ok(text) = syn::parse2::<LitStr>(segment.clone()) {
                keyless.push(text);
                continue;
            }
            let Some(meta) = parse_meta(segment.clone(), diagnostics) else {
                continue;
            };
            let key = meta.path();
            if seen.contains(key) {
                let what = format!("`{}` is given twice", key.to_token_stream());
                let problem = Problem::new(Rule::DuplicateKey, what, "keep one of them");
                diagnostics.push(key, &problem);
                continue;
            }
            seen.push(key.clone());
            match args.read(&meta) {
                Ok(wrong) => {
                    for Wrong { tokens, help } in wrong {
                        diagnostics.push(tokens, &wrong_value(key, help.clone()));
                    }
                }
                Err(refusal) => {
                    let value = value_of(&meta).map(ToTokens::to_token_stream);
                    let tokens = value.unwrap_or_else(|| meta.to_token_stream());
                    // The text of darling's error is the help. Its span would underline only the first token.
                    let help = Some(refusal.to_string()).filter(|help| !help.is_empty());
                    diagnostics.push(tokens, &wrong_value(key, help));
                }
            }
            // syn reads a negative number as one literal with the span of its sign. These tokens have the span of the number, too.
            if let Some(seconds) = &mut args.max_age
                && key.is_ident("max_age")
            {
                seconds.tokens = segment.into_iter().skip(2).collect();
            }
        }
        report_keyless(&keyless, &seen, diagnostics);
        args
    }

    /// The path of the runtime crate in the user's code.
    pub(crate) fn runtime(&self) -> TokenStream {
        let given = self.runtime.as_ref();
        given.map_or_else(|| quote!(::cors_runtime), |PathValue(path)| quote!(#path))
    }

    /// The path of the named policy that this one starts from.
    pub(crate) fn policy(&self) -> Option<&Path> {
        self.policy.as_ref().map(|PathValue(path)| path)
    }

    /// Reports `off` on an item that is no handler.
    pub(crate) fn refuse_off(&self, what: &str, diagnostics: &mut Diagnostics) {
        if let Some(off) = &self.off {
            diagnostics.refuse(
                &off.tokens,
                Rule::MisplacedAttribute,
                format!("`off` closes a handler to other origins, and this is {what}"),
                "put `#[cors(off)]` on each handler that is to be closed",
            );
        }
    }

    /// Whether the attribute has the key `off`. Reports other keys beside it.
    pub(crate) fn is_off(&self, diagnostics: &mut Diagnostics) -> bool {
        let Some(off) = &self.off else {
            return false;
        };
        if self.present().any(|key| key != "off" && key != "crate") {
            diagnostics.refuse(
                &off.tokens,
                Rule::WrongValue,
                "`off` takes no other keys: a closed handler has no policy",
                "write `#[cors(off)]`, or leave out `off`",
            );
        }
        true
    }
}

/// Removes the attributes and doc comments from the arguments, and reports each, because the policy's table cannot hold a
/// condition on one element.
fn without_attributes(tokens: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    // A group that is rebuilt loses the spans of its brackets.
    if !has_attribute(tokens.clone()) {
        return tokens;
    }
    let mut kept = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                let mut attribute = hash.to_token_stream();
                if let Some(bang) = tokens.next_if(|next| is_punct(next, '!')) {
                    attribute.extend([bang]);
                }
                let brackets = tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
                let content = match &brackets {
                    Some(TokenTree::Group(group)) => group.stream(),
                    _ => TokenStream::new(),
                };
                attribute.extend(brackets);
                diagnostics.push(attribute, &attribute_inside(&content, tokens.peek()));
            }
            TokenTree::Group(group) => {
                let inner = without_attributes(group.stream(), diagnostics);
                let mut without = Group::new(group.delimiter(), inner);
                without.set_span(group.span());
                kept.extend([TokenTree::Group(without)]);
            }
            other => kept.extend([other]),
        }
    }
    kept
}

fn has_attribute(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_attribute(group.stream()),
        other => is_punct(&other, '#'),
    })
}

/// The problem of an attribute `#[content]` before `next`.
fn attribute_inside(content: &TokenStream, next: Option<&TokenTree>) -> Problem {
    let name = content.clone().into_iter().next();
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let for_debug_builds = without_spaces(content) == "cfg(debug_assertions)";
    let help = match (name.as_str(), next) {
        ("cfg", Some(TokenTree::Literal(origin))) if for_debug_builds => {
            format!("write `dev({origin})`, which is compiled in debug builds only")
        }
        ("cfg" | "cfg_attr", _) => {
            "for debug builds write `dev(\"…\")`; otherwise put the condition on a `const`, and list its path"
                .to_owned()
        }
        ("doc", _) => "leave it out, or write it as a comment: `// …`".to_owned(),
        _ => "leave it out".to_owned(),
    };
    let what = if name == "doc" {
        "a doc comment"
    } else {
        "an attribute"
    };
    Problem::new(
        Rule::WrongValue,
        format!("{what} is not allowed inside `#[cors(…)]`"),
        help,
    )
}

fn wrong_value(key: &Path, help: Option<String>) -> Problem {
    let key = key.to_token_stream().to_string();
    let (_, kind, _) = entry(&key);
    let help = help.unwrap_or_else(|| like(&key));
    Problem::new(Rule::WrongValue, format!("`{key}` {kind}"), help)
}

fn like(key: &str) -> String {
    let (_, _, example) = entry(key);
    format!("write it like `{example}`")
}

fn entry(key: &str) -> (&'static str, &'static str, &'static str) {
    let mut keys = KEYS.iter();
    keys.find(|(known, ..)| *known == key)
        .copied()
        .unwrap_or_default()
}

/// Reports strings without a key as one mistake. They are probably origins.
fn report_keyless(texts: &[LitStr], seen: &[Path], diagnostics: &mut Diagnostics) {
    if texts.is_empty() {
        return;
    }
    let help = if seen.iter().any(|key| key.is_ident("origins")) {
        "put it into the list of a key".to_owned()
    } else {
        format!("write `origins = [{}]`", joined(texts))
    };
    let tokens = quote!(#(#texts)*);
    diagnostics.refuse(tokens, Rule::UnknownKey, "a key is missing here", help);
}

/// The name of a key, and the tokens of the key with its value.
pub(crate) type Key = (String, TokenStream);

/// Splits the arguments into keys, without reading their values.
pub(crate) fn keys(tokens: TokenStream) -> Vec<Key> {
    split_at_commas(tokens)
        .into_iter()
        .map(|segment| {
            let key = segment.clone().into_iter().next();
            (key.map(|key| key.to_string()).unwrap_or_default(), segment)
        })
        .collect()
}

/// The path of the runtime crate, for the first pass, which reads no other key.
pub(crate) fn runtime_in(tokens: TokenStream) -> TokenStream {
    let given = keys(tokens).into_iter().find(|(key, _)| key == "crate");
    let path = given.and_then(|(_, segment)| {
        let value: TokenStream = segment.into_iter().skip(2).collect();
        Path::parse_mod_style.parse2(value).ok()
    });
    path.map_or_else(|| quote!(::cors_runtime), Path::into_token_stream)
}

/// One `key`, `key = value` or `key(…)` with a known key.
fn parse_meta(segment: TokenStream, diagnostics: &mut Diagnostics) -> Option<Meta> {
    let first = segment.clone().into_iter().next()?;
    let key = first.to_string();
    let Some((key, ..)) = KEYS.iter().find(|(known, ..)| *known == key) else {
        diagnostics.push(
            &first,
            &unknown_key(&key, matches!(first, TokenTree::Ident(_))),
        );
        return None;
    };
    let meta_then_rest = |input: ParseStream<'_>| {
        let meta: NestedMeta = input.parse()?;
        Ok((meta, input.parse::<TokenStream>()?))
    };
    let rest = match meta_then_rest.parse2(segment.clone()) {
        Ok((NestedMeta::Meta(meta), rest)) if rest.is_empty() && meta.path().is_ident(key) => {
            return Some(meta);
        }
        Ok((_, rest)) => rest,
        Err(_) => TokenStream::new(),
    };
    match rest.into_iter().next() {
        Some(next @ TokenTree::Ident(_)) => diagnostics.push(&next, &missing_comma(&next)),
        Some(TokenTree::Punct(colon)) if colon.as_char() == ':' => diagnostics.refuse(
            &colon,
            Rule::WrongValue,
            "a key and its value are joined by `=`",
            format!("write `{key} = …`"),
        ),
        _ => match mistake_in_list(key, segment) {
            Some((tokens, problem)) => diagnostics.push(tokens, &problem),
            None => report_unreadable(&first, key, diagnostics),
        },
    }
    None
}

fn missing_comma(next: &TokenTree) -> Problem {
    let next = next.to_string();
    // A message quotes what fits into a line.
    let (problem, help) = if next.len() <= 60 && !next.contains(char::is_control) {
        (
            format!("a comma is missing before `{next}`"),
            format!("write `, {next}`"),
        )
    } else {
        (
            "a comma is missing here".to_owned(),
            "write it in front of this element".to_owned(),
        )
    };
    Problem::new(Rule::WrongValue, problem, help)
}

fn report_unreadable(first: &TokenTree, key: &str, diagnostics: &mut Diagnostics) {
    diagnostics.refuse(
        first,
        Rule::WrongValue,
        format!("the value of `{key}` is missing or cannot be read"),
        like(key),
    );
}

/// The element because of which `key = […]` cannot be parsed: a comma before it is missing, or it is a header name without
/// quotes.
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
            let is_name =
                syn::parse2::<Expr>(element.clone()).is_err() && is_token(name.as_bytes());
            let what = format!("`{key}` takes a list of strings");
            let help = format!("write `\"{name}\"`");
            is_name.then(|| (element, Problem::new(Rule::WrongValue, what, help)))
        })
}

fn unknown_key(key: &str, is_name: bool) -> Problem {
    if !is_name {
        return Problem::new(
            Rule::UnknownKey,
            "a key is missing here",
            format!("begin with a key, like `{}`", KEYS[0].2),
        );
    }
    let meant = nearest_keys(key);
    let help = if meant.is_empty() {
        let known: Vec<_> = KEYS
            .iter()
            .map(|(known, ..)| format!("`{known}`"))
            .collect();
        format!("the keys are {}", known.join(", "))
    } else {
        let meant: Vec<_> = meant.iter().map(|known| format!("`{known}`")).collect();
        format!("write {}", meant.join(" or "))
    };
    Problem::new(
        Rule::UnknownKey,
        format!("`#[cors]` has no key `{key}`"),
        help,
    )
}

/// The keys that begin with the typed text. If there is none, the most similar key, compared with and without the prefixes that
/// other libraries use.
fn nearest_keys(typed: &str) -> Vec<&'static str> {
    const ENOUGH: f64 = 0.75;
    let known = || KEYS.iter().map(|(known, ..)| *known);
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
