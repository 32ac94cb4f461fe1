///
/// # CORS
///
/// - off
#[allow(non_camel_case_types)]
pub struct metrics;
impl ::cors_runtime::__private::HttpServiceFactory for metrics {
    fn register(self, __config: &mut ::cors_runtime::__private::AppService) {
        use ::cors_runtime::__private as __cors;
        static __CORS: __cors::Annotation = __cors::Annotation::off(
            ::core::concat!(::core::module_path!(), "::metrics"),
            ::core::file!(),
            ::core::line!(),
        );
        async fn metrics() -> String {
            String::new()
        }
        let __cors_route = __cors::Route::new(&__CORS, "metrics", "/metrics", &["GET"])
            .allowed(&[]);
        let __cors_resource = __cors_route
            .resource()
            .wrap(__cors_route.policy())
            .to(metrics);
        __cors_route.register(__cors_resource, __config);
    }
}
const _: () = {
    {
        use ::cors_runtime::__private as get;
        use get as _get_may_be_imported;
    }
    {
        use ::cors_runtime::__private::route_attributes::*;
        use get as _get_must_be_actix_webs;
    }
};
