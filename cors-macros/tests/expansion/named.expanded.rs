pub struct Partners;
///
/// # CORS
///
/// - origins: `https://*.partner.example`
/// - credentials: no
impl ::cors_runtime::CorsPolicy for Partners {
    const POLICY: ::cors_runtime::__private::PolicyTable = {
        use ::cors_runtime::__private as __cors;
        __cors::PolicyTable {
            origins: __cors::OriginTable::listed(
                &[__cors::OriginEntry::Literal("https://*.partner.example")],
            ),
            methods: __cors::MethodTable::Listed(&["GET"]),
            ..__cors::PolicyTable::NOTHING
        }
            .named(::core::concat!(::core::module_path!(), "::Partners"))
    };
    fn annotation() -> &'static ::cors_runtime::__private::Annotation {
        use ::cors_runtime::__private as __cors;
        static __CORS: __cors::Annotation = __cors::Annotation::new(
            ::core::concat!(::core::module_path!(), "::Partners"),
            ::core::file!(),
            ::core::line!(),
            <Partners as __cors::CorsPolicy>::POLICY,
        );
        &__CORS
    }
}
