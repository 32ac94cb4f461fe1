///
/// # CORS
///
/// - origins: any
/// - methods: `GET`, `OPTIONS`
/// - credentials: no
#[allow(non_camel_case_types)]
pub struct report;
impl ::cors_runtime::__private::HttpServiceFactory for report {
    fn register(self, __config: &mut ::cors_runtime::__private::AppService) {
        use ::cors_runtime::__private as __cors;
        static __CORS: __cors::Annotation = __cors::Annotation::new(
            ::core::concat!(::core::module_path!(), "::report"),
            ::core::file!(),
            ::core::line!(),
            __cors::Policy {
                origins: __cors::Origins::Anyone,
                ..__cors::Policy::NOTHING
            },
        );
        fn __cors_policy() -> __cors::ApplyPolicy {
            __cors::ApplyPolicy::new(&__CORS)
        }
        #[route(
            "/report",
            method = "GET",
            method = "OPTIONS",
            guard = "is_ready",
            guard = "__cors::is_no_preflight",
            wrap = "__cors_policy()"
        )]
        async fn report() -> String {
            String::new()
        }
        __cors::HttpServiceFactory::register(report, __config);
        __CORS
            .preflight("/report", &["GET", "OPTIONS"])
            .guard(is_ready)
            .register(__config);
    }
}
