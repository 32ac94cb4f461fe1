//! Reads the keys of the attribute. A key that cannot be read is reported, and the others are read all the same, so that all
//! mistakes are reported at once.

use cors_rules::header::is_token;
use cors_rules::{Problem, Rule};
use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitStr, Meta, Path};

use crate::diagnostic::{Diagnostics, problem};
use crate::value::{
    Flag, List, OriginValue, PathValue, Rules, Seconds, Wrong, joined, split_at_commas,
    without_spaces,
};

/// The attribute's keys. darling finds the field for each key, and calls `from_meta` of its type.
#[derive(Clone, Debug, Default, FromMeta)]
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

/// Every key with an example of its value.
pub(crate) const KEYS: [(&str, &str); 11] = [
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
    /// Reads the tokens between the attribute's parentheses.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let tokens = without_attributes(tokens, diagnostics);
        if let Some(comma) = superfluous_comma(tokens.clone()) {
            diagnostics.push(
                comma,
                &problem(
                    Rule::WrongValue,
                    "nothing stands before this comma",
                    "leave it out",
                ),
            );
        }
        let mut metas: Vec<Meta> = Vec::new();
        let mut keyless = Vec::new();
        let mut max_age = None;
        for segment in split_at_commas(tokens) {
            if let Ok(text) = syn::parse2::<LitStr>(segment.clone()) {
                keyless.push(text);
                continue;
            }
            let Some(meta) = parse_meta(segment.clone(), diagnostics) else {
                continue;
            };
            if metas.iter().any(|earlier| earlier.path() == meta.path()) {
                let key = meta.path();
                diagnostics.push(
                    key,
                    &problem(
                        Rule::DuplicateKey,
                        format!("`{}` is given twice", key.to_token_stream()),
                        "keep one of them",
                    ),
                );
            } else {
                if meta.path().is_ident("max_age") {
                    max_age = Some(segment.into_iter().skip(2).collect());
                }
                metas.push(meta);
            }
        }
        report_keyless(&keyless, &metas, diagnostics);
        let metas: Vec<_> = metas.into_iter().map(NestedMeta::Meta).collect();
        let mut args = match Self::from_list(&metas) {
            Ok(args) => args,
            // darling refuses unknown and repeated keys, which are reported above in our words, and values that `from_meta`
            // refuses. Ours keep a wrong value instead: the right elements beside it are checked as well, and a darling error
            // has a single span, which would underline the first token alone.
            Err(error) => {
                diagnostics.push_darling(error);
                return Self::default();
            }
        };
        // To syn, a negative number is one literal with the span of its sign. These tokens have the spans of both.
        if let (Some(seconds), Some(tokens)) = (&mut args.max_age, max_age)
            && seconds.wrong.is_none()
        {
            seconds.tokens = tokens;
        }
        args.report_wrong_values(diagnostics);
        args
    }

    /// Takes from `outer`, the attribute of a module around this one, the keys that are inherited.
    pub(crate) fn inherit(&mut self, outer: &Self, is_inherited: impl Fn(&str) -> bool) {
        macro_rules! inherit {
            ($($field:ident = $key:literal),*) => {$(
                if is_inherited($key) {
                    self.$field.clone_from(&outer.$field);
                }
            )*};
        }
        inherit!(
            origins = "origins",
            methods = "methods",
            headers = "headers",
            expose_headers = "expose_headers",
            credentials = "credentials",
            max_age = "max_age",
            policy = "policy",
            enforce = "enforce",
            runtime = "crate"
        );
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

    /// Reports `off` on an item that is no handler.
    pub(crate) fn refuse_off(&self, what: &str, diagnostics: &mut Diagnostics) {
        if let Some(off) = &self.off {
            diagnostics.push(
                &off.tokens,
                &problem(
                    Rule::MisplacedAttribute,
                    format!("`off` closes a handler to other origins, and this is {what}"),
                    "put `#[cors(off)]` on each handler that is to be closed",
                ),
            );
        }
    }

    /// Whether the attribute has the key `off`. Reports other keys beside it.
    pub(crate) fn is_off(&self, diagnostics: &mut Diagnostics) -> bool {
        let Some(off) = &self.off else {
            return false;
        };
        let Self {
            origins,
            methods,
            headers,
            expose_headers,
            credentials,
            max_age,
            policy,
            enforce,
            allow,
            off: _,
            runtime: _,
        } = self;
        let is_alone = origins.is_none()
            && methods.is_none()
            && headers.is_none()
            && expose_headers.is_none()
            && credentials.is_none()
            && max_age.is_none()
            && policy.is_none()
            && enforce.is_none()
            && allow.is_none();
        if !is_alone {
            diagnostics.push(
                &off.tokens,
                &problem(
                    Rule::WrongValue,
                    "`off` takes no other keys: a closed handler has no policy",
                    "write `#[cors(off)]`, or leave out `off`",
                ),
            );
        }
        true
    }
}

/// The arguments without the attributes and doc comments in them, each of which is reported: the policy's table could not
/// express a condition on one element.
fn without_attributes(tokens: TokenStream, diagnostics: &mut Diagnostics) -> TokenStream {
    // The original groups keep the spans of their brackets.
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

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// The error for `#[content]` in front of `next`.
fn attribute_inside(content: &TokenStream, next: Option<&TokenTree>) -> Problem {
    let name = content.clone().into_iter().next();
    let name = name.map(|name| name.to_string()).unwrap_or_default();
    let for_debug_builds = without_spaces(content) == "cfg(debug_assertions)";
    let help = match (name.as_str(), next) {
        ("cfg", Some(TokenTree::Literal(origin))) if for_debug_builds => {
            format!("write `dev({origin})`, which is there in debug builds alone")
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
    problem(
        Rule::WrongValue,
        format!("{what} is not allowed inside `#[cors(…)]`"),
        help,
    )
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

/// Reports strings without a key as one mistake. They are probably origins.
fn report_keyless(texts: &[LitStr], metas: &[Meta], diagnostics: &mut Diagnostics) {
    if texts.is_empty() {
        return;
    }
    let help = if metas.iter().any(|meta| meta.path().is_ident("origins")) {
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

/// A key of an attribute by name, with the tokens that give it.
pub(crate) type Key = (String, TokenStream);

/// Splits the arguments at their commas. The values are not read.
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
    let Some((key, _)) = KEYS.iter().find(|(known, _)| *known == key) else {
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
    match meta_then_rest.parse2(segment.clone()) {
        Ok((NestedMeta::Meta(meta), rest)) if rest.is_empty() && meta.path().is_ident(key) => {
            return Some(meta);
        }
        Ok((_, rest)) => match rest.into_iter().next() {
            Some(next @ TokenTree::Ident(_)) => {
                diagnostics.push(&next, &missing_comma(&next));
            }
            Some(TokenTree::Punct(colon)) if colon.as_char() == ':' => diagnostics.push(
                &colon,
                &problem(
                    Rule::WrongValue,
                    "a key and its value are joined by `=`",
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

/// The keys that begin with the typed text. If there is none, the most similar key, where the prefixes that other libraries
/// put before a key do not count.
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
