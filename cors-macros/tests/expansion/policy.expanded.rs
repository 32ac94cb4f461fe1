///
/// # CORS
///
/// - policy: `Partners`, except for the entries below
/// - methods: `GET`, except those that the policy leaves out
/// - credentials: yes
#[allow(non_camel_case_types)]
pub struct report;
impl ::cors_runtime::__private::HttpServiceFactory for report {
    fn register(self, __config: &mut ::cors_runtime::__private::AppService) {
        use ::cors_runtime::__private as __cors;
        static __CORS: __cors::Annotation = __cors::Annotation::new(
            ::core::concat!(::core::module_path!(), "::report"),
            ::core::file!(),
            ::core::line!(),
            (__cors::PolicyTable::checked_for)(
                __cors::PolicyTable {
                    credentials: true,
                    ..<Partners as __cors::CorsPolicy>::POLICY
                },
                &["GET"],
            ),
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
