//! A named policy: a unit struct that implements `CorsPolicy`.

use cors_rules::{Rule, Subject};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Fields, ItemStruct};

use crate::args::Args;
use crate::check::Texts;
use crate::diagnostic::Diagnostics;
use crate::{doc_section, table};

pub(crate) fn policy(args: TokenStream, item: &ItemStruct) -> TokenStream {
    let mut diagnostics = Diagnostics::new(item);
    let args = Args::parse(args, &mut diagnostics);
    if !matches!(item.fields, Fields::Unit) || !item.generics.params.is_empty() {
        let mut diagnostics = Diagnostics::new(item);
        diagnostics.refuse(
            &item.ident,
            Rule::MisplacedAttribute,
            "a named policy is a unit struct",
            format!("write `struct {};`", item.ident),
        );
        return with_errors(&args, item, diagnostics);
    }
    args.refuse_off("a named policy", &mut diagnostics);
    let texts = Texts::new(&args);
    match texts.check(&args, Subject::Named, &mut diagnostics) {
        Some(policy) if diagnostics.is_empty() => {
            let doc = doc_section::section(&args, &policy, &[]);
            let implementation = implementation(&args, &table::policy(&args, &policy, None), item);
            quote! {
                #item
                #(#[doc = #doc])*
                #implementation
            }
        }
        _ => with_errors(&args, item, diagnostics),
    }
}

/// The struct with its errors. It still implements `CorsPolicy`, so that its uses cause no further errors.
fn with_errors(args: &Args, item: &ItemStruct, diagnostics: Diagnostics) -> TokenStream {
    let errors = diagnostics.into_compile_errors();
    let stand_in = item
        .generics
        .params
        .is_empty()
        .then(|| implementation(args, &quote!(__cors::PolicyTable::NOTHING), item));
    quote!(#item #stand_in #errors)
}

fn implementation(args: &Args, table: &TokenStream, item: &ItemStruct) -> TokenStream {
    let name = &item.ident;
    let runtime = args.runtime();
    let alias = table::alias(args);
    let path = format!("::{}", name.unraw());
    let annotation = table::annotation(
        &name.unraw(),
        &quote!(<#name as __cors::CorsPolicy>::POLICY),
    );
    quote! {
        impl #runtime::CorsPolicy for #name {
            const POLICY: #runtime::__private::PolicyTable = {
                #alias
                #table.named(::core::concat!(::core::module_path!(), #path))
            };

            fn annotation() -> &'static #runtime::__private::Annotation {
                #alias
                static __CORS: __cors::Annotation = #annotation;
                &__CORS
            }
        }
    }
}
