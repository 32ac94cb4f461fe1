use cors_runtime::cors;

struct Config<T>(T);

impl<T> Config<T> {
    const ORIGIN: &str = "https://app.example.com";
}

#[cors(origins = ["https://app.example.com"], allow(unseen_items))]
mod outer {
    use super::cors;

    pub mod no_handlers {
        pub struct Item;
    }

    #[cors(credentials)]
    mod no_handlers_either {}

    #[cors(off)]
    mod off {
        #[actix_web::get("/off")]
        pub async fn off() -> &'static str {
            "off"
        }
    }

    #[cors(origins = ["http://app.example.com"], credentials, allow(public_suffix_with_credentials))]
    mod wrong {
        #[actix_web::get("/wrong")]
        pub async fn wrong() -> &'static str {
            "wrong"
        }
    }

    #[cfg_attr(all(), cors(credentials))]
    mod under_a_condition {
        #[actix_web::get("/condition")]
        pub async fn condition() -> &'static str {
            "condition"
        }
    }
}

#[cors(origins = [super::Config::<u8>::ORIGIN], allow(unseen_items))]
mod generic {
    mod inner {
        #[actix_web::get("/inner")]
        pub async fn inner() -> &'static str {
            "inner"
        }
    }
}

#[cors(origins = ["https://app.example.com"], allow(unseen_items))]
mod seen {
    mod inner {
        #[actix_web::get("/seen")]
        pub async fn seen() -> &'static str {
            "seen"
        }
    }
}

fn main() {}
