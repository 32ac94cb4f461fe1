//! The handlers of the generated apps: their patterns overlap, and their methods and policies differ.

use actix_web::guard::GuardContext;
use actix_web::web::ServiceConfig;
use cors_runtime::cors;

#[cors(origins = ["https://one.example"])]
pub struct One;

#[cors(origins = ["https://two.example"], credentials)]
pub struct Two;

#[cors(origins = ["https://one.example", "https://three.example"])]
pub struct Three;

#[cors(origins = ["*"])]
pub struct Anyone;

/// A guard for requests with the header `x-side`.
pub fn side(request: &GuardContext<'_>) -> bool {
    request.head().headers().contains_key("x-side")
}

/// One handler of the pool.
#[derive(Clone, Copy)]
pub struct Handler {
    pub name: &'static str,
    /// The name of its policy, or `Off`.
    pub policy: &'static str,
    /// Its paths and, for each, its methods.
    pub routes: &'static [(&'static str, &'static [&'static str])],
    /// The methods that other origins may use, if not all.
    pub allowed: Option<&'static [&'static str]>,
    pub register: fn(&mut ServiceConfig),
    /// Registers the same handler with actix's attribute alone.
    pub register_plain: fn(&mut ServiceConfig),
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! pool {
    (
        full { $($name:ident: $policy:ident [$($method:literal)*] $path:literal #[$($route:tt)*])* }
        narrow { $($narrow:ident: $narrow_policy:ident [$($allowed:literal)*] of [$($served:literal)*] $narrow_path:literal #[$($narrow_route:tt)*])* }
        off { $($off:ident [$($off_method:literal)*] $off_path:literal #[$($off_route:tt)*])* }
    ) => {
        mod handlers {
            use super::{side, cors, One, Two, Three, Anyone};
            use actix_web::{get, put, delete, route, routes};
            $(
                #[cors(policy = $policy)]
                #[$($route)*]
                pub(super) async fn $name() -> &'static str {
                    stringify!($name)
                }
            )*

            $(
                #[cors(policy = $narrow_policy, methods = [$($allowed),*])]
                #[$($narrow_route)*]
                pub(super) async fn $narrow() -> &'static str {
                    stringify!($narrow)
                }
            )*

            #[cors(policy = Three)]
            #[routes]
            #[get("/a")]
            #[put("/b")]
            pub(super) async fn several() -> &'static str {
                "several"
            }
        }

        #[cors(origins = ["*"])]
        mod closed {
            use super::cors;
            use actix_web::{get, put};
            $(
                #[cors(off)]
                #[$($off_route)*]
                pub(super) async fn $off() -> &'static str {
                    stringify!($off)
                }
            )*
        }

        mod plain {
            use super::side;
            use actix_web::{get, put, delete, route, routes};
            $(
                #[$($route)*]
                pub(super) async fn $name() -> &'static str {
                    stringify!($name)
                }
            )*
            $(
                #[$($narrow_route)*]
                pub(super) async fn $narrow() -> &'static str {
                    stringify!($narrow)
                }
            )*
            $(
                #[$($off_route)*]
                pub(super) async fn $off() -> &'static str {
                    stringify!($off)
                }
            )*

            #[routes]
            #[get("/a")]
            #[put("/b")]
            pub(super) async fn several() -> &'static str {
                "several"
            }
        }

        pub const POOL: &[Handler] = &[
            $(
                Handler {
                    name: stringify!($name),
                    policy: stringify!($policy),
                    routes: &[($path, &[$($method),*])],
                    allowed: None,
                    register: |app| { app.service(handlers::$name); },
                    register_plain: |app| { app.service(plain::$name); },
                },
            )*
            $(
                Handler {
                    name: stringify!($narrow),
                    policy: stringify!($narrow_policy),
                    routes: &[($narrow_path, &[$($served),*])],
                    allowed: Some(&[$($allowed),*]),
                    register: |app| { app.service(handlers::$narrow); },
                    register_plain: |app| { app.service(plain::$narrow); },
                },
            )*
            $(
                Handler {
                    name: stringify!($off),
                    policy: "Off",
                    routes: &[($off_path, &[$($off_method),*])],
                    allowed: Some(&[]),
                    register: |app| { app.service(closed::$off); },
                    register_plain: |app| { app.service(plain::$off); },
                },
            )*
            Handler {
                name: "several",
                policy: "Three",
                routes: &[("/a", &["GET"]), ("/b", &["PUT"])],
                allowed: None,
                register: |app| { app.service(handlers::several); },
                register_plain: |app| { app.service(plain::several); },
            },
        ];
    };
}

pool! {
    full {
        get_a: One ["GET"] "/a" #[get("/a")]
        get_a_too: Two ["GET"] "/a" #[get("/a")]
        put_a: Two ["PUT"] "/a" #[put("/a")]
        put_a_too: Three ["PUT"] "/a" #[put("/a")]
        delete_a: Anyone ["DELETE"] "/a" #[delete("/a")]
        get_a_on_a_side: Three ["GET"] "/a" #[get("/a", guard = "side")]
        put_a_on_a_side: One ["PUT"] "/a" #[put("/a", guard = "side")]
        both_a: Three ["GET" "PUT"] "/a" #[route("/a", method = "GET", method = "PUT")]
        get_b: One ["GET"] "/b" #[get("/b")]
        put_b: Anyone ["PUT"] "/b" #[put("/b")]
        get_a_slash: Two ["GET"] "/a/" #[get("/a/")]
        get_a_b: Two ["GET"] "/a/b" #[get("/a/b")]
        put_a_b: One ["PUT"] "/a/b" #[put("/a/b")]
        get_any: Three ["GET"] "/{any}" #[get("/{any}")]
        put_any: Two ["PUT"] "/{any}" #[put("/{any}")]
        get_number: One ["GET"] "/{number:\\d+}" #[get("/{number:\\d+}")]
        put_number: Anyone ["PUT"] "/{number:\\d+}" #[put("/{number:\\d+}")]
        get_any_b: Anyone ["GET"] "/{any}/b" #[get("/{any}/b")]
        put_any_b: Two ["PUT"] "/{any}/b" #[put("/{any}/b")]
        get_a_any: One ["GET"] "/a/{any}" #[get("/a/{any}")]
        put_a_any: Three ["PUT"] "/a/{any}" #[put("/a/{any}")]
        get_tail: Two ["GET"] "/{tail:.*}" #[get("/{tail:.*}")]
        delete_tail: One ["DELETE"] "/{tail:.*}" #[delete("/{tail:.*}")]
        get_nothing: One ["GET"] "" #[get("")]
        put_nothing: Two ["PUT"] "" #[put("")]
        get_slash: Three ["GET"] "/" #[get("/")]
    }
    narrow {
        no_put_a: Two ["GET"] of ["GET" "PUT"] "/a" #[route("/a", method = "GET", method = "PUT")]
        no_get_any: One ["PUT"] of ["GET" "PUT"] "/{any}" #[route("/{any}", method = "GET", method = "PUT")]
    }
    off {
        off_get_a ["GET"] "/a" #[get("/a")]
        off_put_any ["PUT"] "/{any}" #[put("/{any}")]
    }
}
