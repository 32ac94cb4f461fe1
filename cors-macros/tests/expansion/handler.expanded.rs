/// Updates an item.
///
/// # CORS
///
/// - origins: `https://app.example.com`, `https://*.example.com`, `http://localhost:*`
/// - methods: `PUT`
/// - request headers: `content-type`
/// - credentials: yes
/// - max age: 600 s
#[allow(non_camel_case_types)]
pub struct update;
impl ::cors_runtime::__private::HttpServiceFactory for update {
    fn register(self, __config: &mut ::cors_runtime::__private::AppService) {
        use ::cors_runtime::__private as __cors;
        static __CORS: __cors::Annotation = __cors::Annotation::new(
            ::core::concat!(::core::module_path!(), "::update"),
            ::core::file!(),
            ::core::line!(),
            __cors::PolicyTable {
                origins: __cors::OriginTable::listed(
                    &[
                        __cors::OriginEntry::Literal("https://app.example.com"),
                        __cors::OriginEntry::Literal("https://*.example.com"),
                        __cors::OriginEntry::Literal("http://localhost:*"),
                    ],
                ),
                headers: __cors::RequestHeaderTable::Listed("content-type"),
                credentials: true,
                max_age: __cors::Option::Some(600u32),
                ..__cors::PolicyTable::NOTHING
            },
        );
        async fn update(id: web::Path<u32>) -> impl Responder {
            HttpResponse::NoContent()
        }
        let __cors_route = __cors::Route::new(
            &__CORS,
            "update",
            "/items/{id}",
            &["PUT"],
        );
        let __cors_resource = __cors_route
            .resource()
            .wrap(__cors_route.policy())
            .to(update);
        __cors_route.register(__cors_resource, __config);
    }
}
const _: () = {
    {
        use ::cors_runtime::__private as put;
        use put as _put_may_be_imported;
    }
    {
        use ::cors_runtime::__private::route_attributes::*;
        use put as _put_must_be_actix_webs;
    }
};
