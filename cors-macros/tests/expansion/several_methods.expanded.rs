///
/// # CORS
///
/// - origins: any
/// - methods: `GET`, `OPTIONS`
/// - credentials: no
#[allow(non_camel_case_types)]
struct report;
impl ::cors_runtime::__private::HttpServiceFactory for report {
    fn register(self, __config: &mut ::cors_runtime::__private::AppService) {
        static __CORS: ::cors_runtime::__private::Annotation = ::cors_runtime::__private::Annotation::new(::cors_runtime::__private::Policy {
            origins: ::cors_runtime::__private::Origins::Anyone,
            headers: ::cors_runtime::__private::RequestHeaders::None,
            expose_headers: ::cors_runtime::__private::ExposedHeaders::None,
            credentials: false,
            max_age: ::cors_runtime::__private::Option::None,
        });
        fn __cors_policy() -> ::cors_runtime::__private::ApplyPolicy {
            ::cors_runtime::__private::ApplyPolicy::new(&__CORS)
        }
        use ::cors_runtime::__private::is_no_preflight as __cors_is_no_preflight;
        #[route(
            "/report",
            method = "GET",
            method = "OPTIONS",
            guard = "is_ready",
            guard = "__cors_is_no_preflight",
            wrap = "__cors_policy()"
        )]
        async fn report() -> String {
            String::new()
        }
        ::cors_runtime::__private::HttpServiceFactory::register(report, __config);
        __CORS
            .preflight("/report", &["GET", "OPTIONS"])
            .guard(is_ready)
            .register(__config);
    }
}
