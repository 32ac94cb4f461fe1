//! What the attribute stands on. A function's signature is parsed, its body stays raw tokens: half-typed code in it is
//! the compiler's business, not ours.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ItemMod, ItemStruct, Signature, Visibility};

/// What the attribute can stand on.
#[derive(Debug)]
pub(crate) enum Item {
    Function(Function),
    Module(ItemMod),
    Struct(ItemStruct),
    Other(TokenStream),
}

impl Item {
    pub(crate) fn parse(tokens: TokenStream) -> Self {
        if let Ok(function) = syn::parse2::<Function>(tokens.clone()) {
            Self::Function(function)
        } else if let Ok(item) = syn::parse2::<ItemStruct>(tokens.clone()) {
            Self::Struct(item)
        } else if let Ok(item) = syn::parse2::<ItemMod>(tokens.clone()) {
            Self::Module(item)
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
            Self::Other(item) => item.to_tokens(tokens),
        }
    }
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
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// Whether the attribute is this one, by any path.
pub(crate) fn is_cors(attr: &Attribute) -> bool {
    attr.path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "cors" || last.ident == "cors_on_route")
}
