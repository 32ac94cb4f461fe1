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
        static __CORS: ::cors_runtime::__private::Annotation = ::cors_runtime::__private::Annotation::new(::cors_runtime::__private::Policy {
            origins: ::cors_runtime::__private::Origins::Listed(
                &[
                    ::cors_runtime::__private::OriginElement::Exact(
                        "https://app.example.com",
                    ),
                    ::cors_runtime::__private::OriginElement::Pattern(
                        ::cors_runtime::__private::Pattern::from_parts(
                            "https",
                            "example.com",
                            true,
                            ::cors_runtime::__private::Port::Default,
                        ),
                    ),
                    ::cors_runtime::__private::OriginElement::Pattern(
                        ::cors_runtime::__private::Pattern::from_parts(
                            "http",
                            "localhost",
                            false,
                            ::cors_runtime::__private::Port::Any,
                        ),
                    ),
                ],
            ),
            headers: ::cors_runtime::__private::RequestHeaders::Listed("content-type"),
            expose_headers: ::cors_runtime::__private::ExposedHeaders::None,
            credentials: true,
            max_age: ::cors_runtime::__private::Option::Some(600u32),
        });
        fn __cors_policy() -> ::cors_runtime::__private::ApplyPolicy {
            ::cors_runtime::__private::ApplyPolicy::new(&__CORS)
        }
        #[put("/items/{id}", wrap = "__cors_policy()")]
        async fn update(id: web::Path<u32>) -> impl Responder {
            HttpResponse::NoContent()
        }
        ::cors_runtime::__private::HttpServiceFactory::register(update, __config);
        __CORS.preflight("/items/{id}", &["PUT"]).register(__config);
    }
}
