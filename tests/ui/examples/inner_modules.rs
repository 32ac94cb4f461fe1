//! The modules inside of a module inherit its policy. The paths in the policy resolve in them as well.
#![deny(warnings)]

use actix_web::App;
use cors_runtime::{OriginSet, cors};

macro_rules! nothing {
    () => {};
}

pub const APP: &str = "https://app.example.com";
pub const SHOP: &str = "https://shop.example.com";
pub static TENANTS: OriginSet = OriginSet::new();

#[cors(origins = ["https://admin.example.com"], methods = ["GET", "PUT"])]
pub struct Admin;

#[cors(origins = [APP, self::LOCAL, super::TENANTS, crate::SHOP], credentials)]
pub mod outer {
    use super::APP;

    pub const LOCAL: &str = "https://local.example.com";

    pub mod inner {
        // Another constant of the same name.
        pub const APP: u8 = 0;

        pub mod innermost {
            use actix_web::{Responder, get};

            #[get("/innermost")]
            pub async fn innermost() -> impl Responder {
                super::APP.to_string()
            }
        }
    }

    pub mod dto {
        pub struct Item;
    }
}

#[cors(policy = super::Admin, allow(unseen_items))]
pub mod with_a_policy {
    #[actix_web::scope("/scope")]
    pub mod scope {
        use actix_web::{Responder, get};
        use cors_runtime::cors;

        #[get("/read")]
        pub async fn read() -> impl Responder {
            "read"
        }

        #[cors(off)]
        #[get("/closed")]
        pub async fn closed() -> impl Responder {
            "closed"
        }
    }

    nothing! {}
}

fn main() {
    let _ = outer::dto::Item;
    let _ = App::new()
        .service(outer::inner::innermost::innermost)
        .service(with_a_policy::scope::read)
        .service(with_a_policy::scope::closed);
}
