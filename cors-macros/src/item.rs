//! Parses the annotated item. The body of a function and the items of a module stay raw tokens, so that half-typed code in
//! them is reported by the compiler alone.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::parse::{Parse, ParseStream};
use syn::token::Brace;
use syn::{Attribute, ItemStruct, Path, Signature, Token, Visibility, braced};

/// The annotated item.
#[derive(Debug)]
pub(crate) enum Item {
    Function(Function),
    Module(Module),
    Struct(ItemStruct),
    /// A function whose signature cannot be parsed.
    HalfTyped(TokenStream),
    Other(TokenStream),
}

impl Item {
    pub(crate) fn parse(tokens: TokenStream) -> Self {
        if let Ok(function) = syn::parse2::<Function>(tokens.clone()) {
            Self::Function(function)
        } else if let Ok(item) = syn::parse2::<ItemStruct>(tokens.clone()) {
            Self::Struct(item)
        } else if let Ok(item) = syn::parse2::<Module>(tokens.clone()) {
            Self::Module(item)
        } else if begins_a_function(tokens.clone()) {
            Self::HalfTyped(tokens)
        } else {
            Self::Other(tokens)
        }
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(item) => item.to_tokens(tokens),
            Self::Module(item) => item.to_tokens(tokens),
            Self::Struct(item) => item.to_tokens(tokens),
            Self::HalfTyped(item) | Self::Other(item) => item.to_tokens(tokens),
        }
    }
}

/// Whether the tokens are those of a function up to the word `fn`: attributes, visibility and qualifiers.
fn begins_a_function(tokens: TokenStream) -> bool {
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "fn" => return true,
            TokenTree::Ident(word)
                if ["pub", "const", "async", "unsafe", "safe", "extern"]
                    .iter()
                    .any(|qualifier| word == qualifier) => {}
            TokenTree::Ident(_) => return false,
            TokenTree::Punct(hash) if hash.as_char() != '#' => return false,
            _ => {}
        }
    }
    false
}

/// A function with its attributes.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// A module with its items.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) attrs: Vec<Attribute>,
    vis: Visibility,
    keyword: Token![mod],
    pub(crate) ident: Ident,
    pub(crate) content: Result<Content, Token![;]>,
}

/// The inside of a module's braces.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    brace: Brace,
    attrs: Vec<Attribute>,
    pub(crate) items: Vec<ModuleItem>,
}

/// One item of a module, or a part of one. The parts together are all tokens in the braces.
#[derive(Clone, Debug)]
pub(crate) struct ModuleItem {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) rest: TokenStream,
}

impl Parse for Module {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            keyword: input.parse()?,
            ident: input.parse()?,
            content: if input.peek(Token![;]) {
                Err(input.parse()?)
            } else {
                Ok(input.parse()?)
            },
        })
    }
}

impl Parse for Content {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        let brace = braced!(content in input);
        let attrs = content.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        Ok(Self {
            brace,
            attrs,
            items,
        })
    }
}

impl Parse for ModuleItem {
    /// Reads up to a semicolon or a closing brace. If the item goes on after that, its rest is a part of its own, without
    /// attributes.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let mut rest = TokenStream::new();
        while !input.is_empty() {
            let token: TokenTree = input.parse()?;
            let is_last = match &token {
                TokenTree::Punct(punct) => punct.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                _ => false,
            };
            rest.extend([token]);
            if is_last {
                break;
            }
        }
        Ok(Self { attrs, rest })
    }
}

impl ToTokens for Module {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(tokens);
        self.keyword.to_tokens(tokens);
        self.ident.to_tokens(tokens);
        match &self.content {
            Ok(content) => content.to_tokens(tokens),
            Err(semicolon) => semicolon.to_tokens(tokens),
        }
    }
}

impl ToTokens for Content {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.brace.surround(tokens, |tokens| {
            tokens.append_all(&self.attrs);
            tokens.append_all(&self.items);
        });
    }
}

impl ToTokens for ModuleItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.rest.to_tokens(tokens);
    }
}

/// Whether the attribute is `#[cors]`, by any path.
pub(crate) fn is_cors(attr: &Attribute) -> bool {
    is_cors_path(attr.path())
}

/// Whether the path is one of `#[cors]`.
pub(crate) fn is_cors_path(path: &Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| last.ident == "cors" || last.ident == "cors_on_route")
}
