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
            __cors::PolicyTable {
                origins: __cors::OriginTable::Anyone,
                ..__cors::PolicyTable::NOTHING
            },
        );
        async fn report() -> String {
            String::new()
        }
        let __cors_route = __cors::Route::new(
                &__CORS,
                "report",
                "/report",
                &["GET", "OPTIONS"],
            )
            .guarded();
        let __cors_resource = __cors_route
            .resource()
            .guard(__cors::fn_guard(is_ready))
            .wrap(__cors_route.policy())
            .to(report);
        __cors_route.register(__cors_resource, __config);
    }
}
const _: () = {
    {
        use ::cors_runtime::__private as route;
        use route as _route_may_be_imported;
    }
    {
        use ::cors_runtime::__private::route_attributes::*;
        use route as _route_must_be_actix_webs;
    }
};
