pub struct Partners;
///
/// # CORS
///
/// - origins: `https://*.partner.example`
/// - credentials: no
impl ::cors_runtime::CorsPolicy for Partners {
    const POLICY: ::cors_runtime::__private::Policy = {
        use ::cors_runtime::__private as __cors;
        __cors::Policy {
            origins: __cors::Origins::listed(
                &[
                    __cors::OriginElement::Pattern(
                        __cors::Pattern::from_parts(
                            "https",
                            "partner.example",
                            true,
                            __cors::Port::Default,
                        ),
                    ),
                ],
            ),
            methods: __cors::Methods::Listed(&["GET"]),
            ..__cors::Policy::NOTHING
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
