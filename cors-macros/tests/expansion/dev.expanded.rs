///
/// # CORS
///
/// - origins: `https://app.example.com`, `http://localhost:5173 (debug builds)`
/// - methods: `GET`
/// - credentials: no
#[allow(non_camel_case_types)]
pub struct list;
impl ::cors_runtime::__private::HttpServiceFactory for list {
    fn register(self, __config: &mut ::cors_runtime::__private::AppService) {
        use ::cors_runtime::__private as __cors;
        static __CORS: __cors::Annotation = __cors::Annotation::new(
            ::core::concat!(::core::module_path!(), "::list"),
            ::core::file!(),
            ::core::line!(),
            __cors::PolicyTable {
                origins: __cors::OriginTable::listed(
                    &[
                        __cors::OriginEntry::Literal("https://app.example.com"),
                        __cors::OriginEntry::Dev(
                            &[#[cfg(debug_assertions)] "http://localhost:5173"],
                        ),
                    ],
                ),
                ..__cors::PolicyTable::NOTHING
            },
        );
        async fn list() -> String {
            String::new()
        }
        let __cors_route = __cors::Route::new(&__CORS, "list", "/items", &["GET"]);
        let __cors_resource = __cors_route
            .resource()
            .wrap(__cors_route.policy())
            .to(list);
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
