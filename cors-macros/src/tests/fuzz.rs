//! Properties for any input: the attribute does not panic, its expansion is Rust, and it either reports a mistake and leaves the
//! item as it is, or annotates the item.

use cors_rules::Rule;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use quote::{ToTokens, quote};
use syn::{File, ImplItem, Item, Meta};

use crate::attribute::{cors, cors_on_route};
use crate::item::Function;
use crate::tests::errors::errors_in;

/// Handlers as the attribute finds them, each called `handler`.
const HANDLERS: [&str; 7] = [
    r#"#[get("/")] async fn handler() -> String {}"#,
    r#"#[actix_web::put("/{id}")] pub async fn handler(id: Path<u32>) -> impl Responder { format!("{id}") }"#,
    r#"#[doc = "Documented."] #[route("/", method = "GET", method = "OPTIONS", guard = "a::b",)] async fn handler() -> String {}"#,
    r#"#[routes] #[get("/a")] #[post("/b", name = "b")] async fn handler(#[allow(unused)] body: String) -> String {}"#,
    r#"#[utoipa::path(responses((status = 200)))] #[delete("/")] #[cfg(feature = "x")] pub(crate) async fn handler() -> String {}"#,
    r"#[get] async fn handler() { todo!() }",
    r"#[get(path)] async fn handler<T: Clone>(x: T) where T: Send { todo!() }",
];

/// Attributes that are right, or nearly so.
const POLICIES: [&str; 12] = [
    r#"origins = ["https://example.com"]"#,
    r#"origins = ["*"], headers = ["*"], expose_headers = ["*"], methods = ["GET"]"#,
    r#"origins = ["https://*.example.com", "http://localhost:*"], credentials, max_age = 600"#,
    r#"origins = [dev("http://localhost:5173"), APP, crate::ORIGINS], enforce"#,
    r#"origins = ["http://example.com"], credentials, allow(insecure_origin_with_credentials)"#,
    r#"policy = Partners, methods = ["PUT", "GET"], headers = ["content-type", "authorization"]"#,
    r"policy = crate::policies::Partners<'static>, max_age = -1, crate = my::cors_runtime",
    r#"origins = "https://example.com", credentials = true, max_age = "600", allow = null_origin"#,
    r#"origins = ["https://Exämple.com/" "b"], expose_headers("etag"), max_age = 1.5e3_f32"#,
    "off",
    r#"methods = [PUT, b"GET", 'x', c"PATCH"], headers = [content-type], origins = &[&["a"]]"#,
    "origins = , , headers = [ , ], crate = , policy = ::, allow(, allow(()))",
];

const WORDS: &str = "origins methods headers expose_headers credentials max_age policy enforce allow off dev crate \
    self async fn mod struct get cors insecure_origin_with_credentials unneeded_allow origin Self _";

fn ident() -> impl Strategy<Value = TokenTree> {
    let raw = ["async", "fn", "origins"].map(|word| Ident::new_raw(word, Span::call_site()));
    prop_oneof![
        6 => select(WORDS.split(' ').collect::<Vec<_>>()).prop_map(|word| Ident::new(word, Span::call_site())),
        2 => "[a-zA-Z_äß][a-zA-Z0-9_é]{0,8}".prop_map(|word| Ident::new(&word, Span::call_site())),
        1 => select(raw.to_vec()),
    ]
    .prop_map(TokenTree::from)
}

/// Strings that resemble origins, methods and headers.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "(https?|HTTP|tauri|file|\\*|)(://|:|//|)(\\*\\.|u@|)[a-zA-Zäß0-9.*_-]{0,12}(:[0-9*]{0,6}|)(/|\\?q|,|)",
        1 => select(vec!["*", "null", "GET", "put", "TRACE", "content-type", "host", "set-cookie", "origin"])
            .prop_map(str::to_owned),
        1 => "[A-Za-z!#$%&'*+.^_`|~-]{0,10}",
        1 => "\\PC{0,30}",
        1 => any::<String>(),
    ]
}

fn literal() -> impl Strategy<Value = TokenTree> {
    prop_oneof![
        6 => text().prop_map(|text| Literal::string(&text)),
        1 => any::<i128>().prop_map(|number| Literal::u128_unsuffixed(number.unsigned_abs())),
        1 => any::<u64>().prop_map(Literal::u64_suffixed),
        1 => (0..200_000_u32).prop_map(Literal::u32_unsuffixed),
        1 => any::<f64>()
            .prop_filter("a literal is finite and has no sign", |number| number.is_finite() && number.is_sign_positive())
            .prop_map(Literal::f64_unsuffixed),
        1 => any::<char>().prop_map(Literal::character),
        1 => any::<Vec<u8>>().prop_map(|bytes| Literal::byte_string(&bytes)),
    ]
    .prop_map(TokenTree::from)
}

fn punct() -> impl Strategy<Value = TokenTree> {
    let punct = select("==,,,::;.&*!?#<>-+|^%/@$~'".chars().collect::<Vec<_>>());
    (punct, any::<bool>()).prop_map(|(character, joint)| {
        let spacing = if joint {
            Spacing::Joint
        } else {
            Spacing::Alone
        };
        Punct::new(character, spacing).into()
    })
}

fn token() -> impl Strategy<Value = TokenTree> {
    let leaf = prop_oneof![3 => ident(), 3 => literal(), 3 => punct()];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let delimiter = select(vec![
            Delimiter::Bracket,
            Delimiter::Parenthesis,
            Delimiter::Brace,
            Delimiter::None,
        ]);
        (delimiter, prop::collection::vec(inner, 0..6)).prop_map(|(delimiter, tokens)| {
            Group::new(delimiter, tokens.into_iter().collect()).into()
        })
    })
}

fn tokens() -> impl Strategy<Value = TokenStream> {
    prop::collection::vec(token(), 0..12).prop_map(TokenStream::from_iter)
}

/// Lists of any strings under the right keys. Many of the strings are right.
fn lists() -> impl Strategy<Value = TokenStream> {
    let list = |right: &'static [&'static str]| {
        prop_oneof![
            prop::collection::vec(select(right).prop_map(str::to_owned), 0..3),
            prop::collection::vec(text(), 0..4),
        ]
    };
    let lists = (
        list(&["https://a.com", "http://*.b.com:*", "tauri://localhost"]),
        list(&["GET"]),
        list(&["content-type", "x-a", "*"]),
        list(&["etag", "x-b", "x-c"]),
    );
    let seconds = prop_oneof![3 => 0..=86_400_i64, 1 => any::<i64>()];
    (lists, any::<bool>(), any::<bool>(), seconds).prop_map(
        |((origins, methods, headers, exposed), credentials, enforce, seconds)| {
            let credentials = credentials.then(|| quote!(credentials,));
            let enforce = enforce.then(|| quote!(enforce,));
            let seconds = Literal::i64_unsuffixed(seconds);
            quote! {
                origins = [#(#origins),*], methods = [#(#methods),*], headers = [#(#headers),*],
                expose_headers = [#(#exposed),*], #credentials #enforce max_age = #seconds
            }
        },
    )
}

fn source(sources: &'static [&'static str]) -> impl Strategy<Value = TokenStream> {
    select(sources).prop_map(parse)
}

fn parse(source: &str) -> TokenStream {
    source.parse().expect("the source has tokens")
}

#[derive(Clone, Debug)]
enum Mutation {
    Drop,
    Double,
    Swap,
    Replace(TokenTree),
    Insert(TokenTree),
    Cut,
}

/// Edits of a stream, such as a person makes while typing.
fn mutated(stream: impl Strategy<Value = TokenStream>) -> impl Strategy<Value = TokenStream> {
    let mutation = prop_oneof![
        Just(Mutation::Drop),
        Just(Mutation::Double),
        Just(Mutation::Swap),
        Just(Mutation::Cut),
        token().prop_map(Mutation::Replace),
        token().prop_map(Mutation::Insert),
    ];
    let mutations = prop::collection::vec((any::<Index>(), any::<Index>(), mutation), 1..4);
    (stream, mutations).prop_map(|(stream, mutations)| {
        mutations
            .into_iter()
            .fold(stream, |stream, (place, inner, mutation)| {
                mutate(stream, place, inner, mutation)
            })
    })
}

fn mutate(stream: TokenStream, place: Index, inner: Index, mutation: Mutation) -> TokenStream {
    let mut tokens: Vec<_> = stream.into_iter().collect();
    if tokens.is_empty() {
        return TokenStream::new();
    }
    let index = place.index(tokens.len());
    // Half of the edits of a group are made inside of it.
    if let TokenTree::Group(group) = &tokens[index]
        && inner.index(2) == 0
    {
        let stream = mutate(group.stream(), inner, place, mutation);
        tokens[index] = Group::new(group.delimiter(), stream).into();
        return tokens.into_iter().collect();
    }
    match mutation {
        Mutation::Drop => drop(tokens.remove(index)),
        Mutation::Double => tokens.insert(index, tokens[index].clone()),
        Mutation::Swap => {
            let other = inner.index(tokens.len());
            tokens.swap(index, other);
        }
        Mutation::Replace(token) => tokens[index] = token,
        Mutation::Insert(token) => tokens.insert(index, token),
        Mutation::Cut => tokens.truncate(index),
    }
    tokens.into_iter().collect()
}

/// Expands the attribute, and once more if it lets other attributes go first.
fn expand(args: &TokenStream, item: &TokenStream) -> TokenStream {
    let expansion = cors(args.clone(), item.clone());
    let Ok(mut function) = syn::parse2::<Function>(expansion.clone()) else {
        return expansion;
    };
    let Some(index) = function.attrs.iter().position(|attr| {
        attr.path()
            .segments
            .last()
            .is_some_and(|last| last.ident == "cors_on_route")
    }) else {
        return expansion;
    };
    let args = match &function.attrs[index].meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    function.attrs.drain(..=index);
    cors_on_route(args, function.into_token_stream())
}

/// The expansion of a handler has either the struct that registers it, or errors and the handler as it was. It has both the struct
/// and errors if the route attribute would report the same mistake.
fn is_annotated_or_as_it_was(args: &TokenStream, item: &TokenStream) -> Result<(), TestCaseError> {
    let expansion = expand(args, item);
    let shown = expansion.to_string();
    let errors = errors_in(expansion.clone());
    let is_refused_by_actix =
        |error: &String| error.starts_with("unreadable_route") || error.contains("returns nothing");
    if errors.is_empty() || errors.iter().any(is_refused_by_actix) {
        are_readable(&errors)?;
        let mut file: File = syn::parse2(expansion).expect("it was parsed before");
        file.items.drain(..errors.len());
        // The check of the route attribute's name comes last.
        let ([Item::Struct(name), Item::Impl(service)]
        | [Item::Struct(name), Item::Impl(service), Item::Const(_)]) = file.items.as_slice()
        else {
            return Err(TestCaseError::fail(shown));
        };
        prop_assert_eq!(name.ident.to_string(), "handler");
        let (implemented, _) = service.trait_.as_ref().expect("it is of a trait");
        let implemented = implemented.segments.last().expect("a path has a segment");
        prop_assert_eq!(implemented.ident.to_string(), "HttpServiceFactory");
        let [ImplItem::Fn(register)] = service.items.as_slice() else {
            return Err(TestCaseError::fail(shown));
        };
        prop_assert_eq!(register.sig.ident.to_string(), "register");
    } else {
        prop_assert!(ends_with(&expansion, &without_others(item)), "{}", shown);
        are_readable(&errors)?;
    }
    Ok(())
}

/// The handler after the attributes above the route attribute are expanded.
fn without_others(item: &TokenStream) -> TokenStream {
    let mut function: Function = syn::parse2(item.clone()).expect("a handler is a function");
    function
        .attrs
        .retain(|attr| attr.path().segments[0].ident != "utoipa");
    function.into_token_stream()
}

fn ends_with(whole: &TokenStream, end: &TokenStream) -> bool {
    dense(whole).ends_with(&dense(end))
}

fn dense(tokens: &TokenStream) -> String {
    tokens.to_string().replace(char::is_whitespace, "")
}

/// Policies without a mistake, with a value of each kind.
const RIGHT: [&str; 6] = [
    r#"origins = ["https://example.com", dev("http://localhost:5173"), APP, crate::ORIGINS], credentials, max_age = 600"#,
    r#"origins = ["*"], methods = ["GET"], headers = ["*"], expose_headers = ["etag", "x-a"]"#,
    r#"policy = my::Partners, headers = ["content-type", "authorization"], enforce, crate = my::cors_runtime"#,
    r#"origins = ["http://example.com"], credentials, allow(insecure_origin_with_credentials)"#,
    r#"origins = [dev("https://example.com")], methods = []"#,
    "off, crate = my::cors_runtime",
];

const DECORATIONS: [&str; 5] = [
    "#[cfg(debug_assertions)]",
    "#[cfg_attr(all(), allow(unused))]",
    "#[doc = \" A comment.\"]",
    "#[allow(unused)]",
    "#![cfg(test)]",
];

/// The number of places in a stream where tokens can be inserted, also inside of groups.
fn places(stream: &TokenStream) -> usize {
    stream
        .clone()
        .into_iter()
        .fold(1, |places, token| match token {
            TokenTree::Group(group) => places + 1 + places_in(&group),
            _ => places + 1,
        })
}

fn places_in(group: &Group) -> usize {
    places(&group.stream())
}

/// The stream with `inserted` at the place of that number.
fn with_inserted(stream: &TokenStream, place: &mut usize, inserted: &TokenStream) -> TokenStream {
    let mut tokens = TokenStream::new();
    let insert = |tokens: &mut TokenStream, place: &mut usize| {
        if *place == 0 {
            tokens.extend(inserted.clone());
        }
        *place = place.wrapping_sub(1);
    };
    for token in stream.clone() {
        insert(&mut tokens, place);
        tokens.extend([match token {
            TokenTree::Group(group) => {
                let stream = with_inserted(&group.stream(), place, inserted);
                Group::new(group.delimiter(), stream).into()
            }
            other => other,
        }]);
    }
    insert(&mut tokens, place);
    tokens
}

fn handler() -> TokenStream {
    parse("#[get(\"/\")] async fn handler() -> String {}")
}

#[test]
fn an_attribute_anywhere_inside_is_an_error_of_its_own() {
    for right in RIGHT {
        let right = parse(right);
        let untouched = errors_in(cors(right.clone(), handler()));
        assert_eq!(untouched, Vec::<String>::new(), "{right}");
        for decoration in DECORATIONS {
            for place in 0..places(&right) {
                let decorated = with_inserted(&right, &mut { place }, &parse(decoration));
                let errors = errors_in(cors(decorated.clone(), handler()));
                let is_about_it =
                    |error: &String| error.contains("is not allowed inside `#[cors(…)]`");
                assert!(errors.iter().any(is_about_it), "{decorated}: {errors:?}");
                assert_eq!(errors.len(), 1, "{decorated}: {errors:?}");
            }
        }
    }
}

/// Each error has a rule's name and the problem, and at most one line each for the help and the reason.
fn are_readable(errors: &[String]) -> Result<(), TestCaseError> {
    for error in errors {
        let mut lines = error.lines();
        let first = lines.next().and_then(|line| line.split_once(": "));
        prop_assert!(
            first.is_some_and(|(name, _)| Rule::from_name(name).is_some()),
            "{}",
            error
        );
        let rest: Vec<_> = lines.collect();
        prop_assert!(
            rest.len() <= 2
                && rest
                    .iter()
                    .all(|line| line.starts_with("help: ") || line.starts_with("why: ")),
            "{}",
            error
        );
    }
    Ok(())
}

fn any_args() -> impl Strategy<Value = TokenStream> {
    prop_oneof![
        1 => tokens(),
        3 => mutated(source(&POLICIES)),
        2 => lists(),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_arguments_annotate_the_handler_or_leave_it_alone(args in any_args(), item in source(&HANDLERS)) {
        is_annotated_or_as_it_was(&args, &item)?;
    }

    #[test]
    fn another_token_is_an_error_or_changes_the_expansion(
        right in source(&RIGHT),
        place in any::<Index>(),
        token in token(),
    ) {
        let token: TokenStream = token.into();
        // An empty invisible group changes nothing, and a trailing comma is allowed.
        prop_assume!(!dense(&token).is_empty() && dense(&token) != ",");
        let place = place.index(places(&right));
        let longer = with_inserted(&right, &mut { place }, &token);
        let expansion = cors(longer.clone(), handler());
        if errors_in(expansion.clone()).is_empty() {
            prop_assert_ne!(dense(&expansion), dense(&cors(right, handler())), "{}", longer);
        }
    }

    #[test]
    fn a_mistyped_handler_stays_visible(
        args in source(&POLICIES),
        item in mutated(source(&HANDLERS)),
    ) {
        let expansion = expand(&args, &item).to_string();
        let function = syn::parse2::<Function>(item.clone());
        let name = function.as_ref().map_or("handler".to_owned(), |function| function.sig.ident.to_string());
        if item.to_string().contains(&name) {
            prop_assert!(expansion.contains(&name), "{}", expansion);
        }
    }

    #[test]
    fn arbitrary_items_are_left_alone(args in any_args(), item in tokens()) {
        if syn::parse2::<Item>(item.clone()).is_err() {
            let expansion = expand(&args, &item);
            prop_assert!(expansion.to_string().contains("misplaced_attribute"), "{}", expansion);
            let is_kept = ends_with(&expansion, &item) || dense(&expansion).starts_with(&dense(&item));
            prop_assert!(is_kept, "{}", expansion);
        }
    }

    #[test]
    fn a_unit_struct_becomes_a_policy_whatever_is_wrong(args in any_args()) {
        let expansion = cors(args, parse("#[derive(Clone)] pub struct Partners;"));
        are_readable(&errors_in(expansion.clone()))?;
        let file: File = syn::parse2(expansion).expect("it was parsed before");
        let is_struct = matches!(&file.items[0], Item::Struct(item) if item.ident == "Partners");
        let is_policy = matches!(&file.items[1], Item::Impl(item) if item.trait_.is_some());
        prop_assert!(is_struct && is_policy);
    }

    #[test]
    fn a_module_keeps_its_handlers_whatever_is_wrong(defaults in any_args(), own in any_args()) {
        let item = quote! {
            pub mod handlers {
                #[cors(#own)] #[get("/a")] async fn first() {}
                #[doc = "Second."] #[put("/b")] async fn second() {}
                #[cors(#own)] mod inner { #[get("/c")] async fn third() {} }
            }
        };
        let expansion = cors(defaults, item);
        are_readable(&errors_in(expansion.clone()))?;
        let file: File = syn::parse2(expansion).expect("it was parsed before");
        let Item::Mod(module) = &file.items[0] else {
            return Err(TestCaseError::fail("the module comes first"));
        };
        let functions = module.content.iter().flat_map(|(_, items)| items).filter_map(|item| match item {
            Item::Fn(function) => Some(function.sig.ident.to_string()),
            Item::Mod(inner) if inner.to_token_stream().to_string().contains("fn third") => Some("third".to_owned()),
            _ => None,
        });
        prop_assert_eq!(functions.collect::<Vec<_>>(), ["first", "second", "third"]);
    }
}

/// The compiler's errors about the body must be the only ones, and an editor must find the name.
#[test]
fn mistakes_in_a_half_typed_body_are_left_to_the_compiler() {
    for body in [
        "{ let number = }",
        "{ number. }",
        "{ if }",
        "{ items.iter().map(|item|) }",
    ] {
        let item = parse(&format!(
            "#[get(\"/\")] async fn handler() -> String {body}"
        ));
        let expansion = cors(parse(POLICIES[0]), item.clone());
        assert!(
            !expansion.to_string().contains("compile_error"),
            "{expansion}"
        );
        assert!(
            expansion.to_string().contains(&parse(body).to_string()),
            "{expansion}"
        );
    }
}
