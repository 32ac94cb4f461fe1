//! A named policy: a unit struct that implements `CorsPolicy`.

use cors_policy::{Rule, Subject};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Fields, ItemStruct};

use crate::args::Args;
use crate::attribute::refuse_off;
use crate::check::Texts;
use crate::diagnostic::{Diagnostics, problem};
use crate::{docs, table};

pub(crate) fn policy(args: TokenStream, item: &ItemStruct) -> TokenStream {
    let mut diagnostics = Diagnostics::new(item);
    if !matches!(item.fields, Fields::Unit) || !item.generics.params.is_empty() {
        diagnostics.push(
            &item.ident,
            &problem(
                Rule::MisplacedAttribute,
                "a named policy is a unit struct",
                format!("write `struct {};`", item.ident),
            ),
        );
        let errors = diagnostics.into_compile_errors();
        return quote!(#item #errors);
    }
    let args = Args::parse(args, &mut diagnostics);
    refuse_off(&args, &mut diagnostics);
    let texts = Texts::new(&args);
    let policy = texts.check(&args, Subject::Named, &mut diagnostics);
    let implementation = match policy {
        Some(policy) if diagnostics.is_empty() => {
            let doc = docs::section(&args, &policy, &[]);
            implementation(&args, &table::policy(&args, &policy), &doc, item)
        }
        // It is a policy all the same, so that nothing fails where it is used.
        _ => {
            let stand_in = implementation(&args, &quote!(__cors::Policy::NOTHING), &[], item);
            let errors = diagnostics.into_compile_errors();
            quote!(#stand_in #errors)
        }
    };
    let (doc, attrs): (Vec<_>, Vec<_>) = item
        .attrs
        .iter()
        .partition(|attr| attr.path().is_ident("doc"));
    let ItemStruct { vis, ident, .. } = item;
    quote! {
        #(#doc)*
        #(#attrs)*
        #vis struct #ident;
        #implementation
    }
}

fn implementation(
    args: &Args,
    table: &TokenStream,
    doc: &[String],
    item: &ItemStruct,
) -> TokenStream {
    let name = &item.ident;
    let runtime = args.runtime();
    let alias = table::alias(args);
    let annotation = table::annotation(
        &name.unraw(),
        &quote!(<#name as __cors::CorsPolicy>::POLICY),
    );
    quote! {
        #(#[doc = #doc])*
        impl #runtime::CorsPolicy for #name {
            const POLICY: #runtime::__private::Policy = {
                #alias
                #table
            };

            fn annotation() -> &'static #runtime::__private::Annotation {
                #alias
                static __CORS: __cors::Annotation = #annotation;
                &__CORS
            }
        }
    }
}
