//! Policies with many origins: the tables that the attribute writes for a list of literals, made without 10,000 lines of source.

use cors_runtime::__private::{
    Annotation, MethodTable, OriginEntry, OriginTable, PolicyTable, RequestHeaderTable,
};
use cors_runtime::{CorsPolicy, cors};

use crate::request::ORIGIN;

#[cors(origins = ["https://app.example.com"], headers = ["authorization", "content-type"], credentials, max_age = 600)]
pub struct One;

macro_rules! policies {
    ($($name:ident: $count:literal),*) => {$(
        pub struct $name;

        impl CorsPolicy for $name {
            const POLICY: PolicyTable = PolicyTable {
                origins: OriginTable::listed({
                    static TEXTS: [Text; $count] = texts();
                    static ELEMENTS: [OriginEntry; $count] = elements(&TEXTS);
                    &ELEMENTS
                }),
                methods: MethodTable::Default,
                headers: RequestHeaderTable::Listed("authorization, content-type"),
                credentials: true,
                max_age: Some(600),
                ..PolicyTable::NOTHING
            };

            fn annotation() -> &'static Annotation {
                static ANNOTATION: Annotation =
                    Annotation::new(stringify!($name), file!(), line!(), $name::POLICY);
                &ANNOTATION
            }
        }
    )*};
}
policies!(Ten: 10, Hundred: 100, Thousand: 1_000, TenThousand: 10_000);

const TEMPLATE: &[u8; 27] = b"https://tenant00000.example";
/// The index of the last digit of its number.
const UNITS: usize = 18;

type Text = [u8; TEMPLATE.len()];

/// The origins of `request::origins` as constants, without the last.
const fn texts<const COUNT: usize>() -> [Text; COUNT] {
    let mut texts = [*TEMPLATE; COUNT];
    let mut number = 1;
    while number < COUNT {
        let (mut rest, mut place) = (number, UNITS);
        while rest > 0 {
            #[expect(clippy::cast_possible_truncation, reason = "a digit")]
            let digit = (rest % 10) as u8;
            texts[number - 1][place] += digit;
            rest /= 10;
            place -= 1;
        }
        number += 1;
    }
    texts
}

const fn elements<const COUNT: usize>(
    texts: &'static [Text; COUNT],
) -> [OriginEntry<'static>; COUNT] {
    let mut elements = [OriginEntry::Literal(ORIGIN); COUNT];
    let mut index = 0;
    while index + 1 < COUNT {
        elements[index] = match str::from_utf8(&texts[index]) {
            Ok(text) => OriginEntry::Literal(text),
            Err(_) => panic!("the template is ASCII"),
        };
        index += 1;
    }
    elements
}
