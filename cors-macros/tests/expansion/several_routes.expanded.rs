///
/// # CORS
///
/// - origins: `https://app.example.com`
/// - methods: `GET`
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
                origins: __cors::OriginTable::listed(
                    &[__cors::OriginEntry::Literal("https://app.example.com")],
                ),
                methods: __cors::MethodTable::Listed(&["GET"]),
                ..__cors::PolicyTable::NOTHING
            },
        );
        async fn report() -> String {
            String::new()
        }
        let __cors_route = __cors::Route::new(&__CORS, "report", "/report", &["GET"]);
        let __cors_resource = __cors_route
            .resource()
            .wrap(__cors_route.policy())
            .to(report);
        __cors_route.register(__cors_resource, __config);
        let __cors_route = __cors::Route::new(
                &__CORS,
                "old_report",
                "/report/{id}",
                &["DELETE"],
            )
            .allowed(&[]);
        let __cors_resource = __cors_route
            .resource()
            .wrap(__cors_route.policy())
            .to(report);
        __cors_route.register(__cors_resource, __config);
    }
}
const _: () = {
    {
        use ::cors_runtime::__private as routes;
        use routes as _routes_may_be_imported;
    }
    {
        use ::cors_runtime::__private::route_attributes::*;
        use routes as _routes_must_be_actix_webs;
    }
};
