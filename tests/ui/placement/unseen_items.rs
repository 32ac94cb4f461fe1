use cors_runtime::cors;

macro_rules! nothing {
    () => {};
}

#[cors(origins = ["https://admin.example.com"])]
mod admin {
    use actix_web::{Responder, get, web};

    macro_rules! handler {
        ($name:ident, $path:literal) => {
            #[get($path)]
            pub async fn $name() -> impl Responder {
                "made by a macro"
            }
        };
    }

    thread_local! {
        static COUNT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }

    handler!(made, "/made");

    #[get("/read")]
    pub async fn read() -> impl Responder {
        COUNT.get().to_string()
    }

    pub mod inner {
        nothing!();
    }

    pub fn configure(app: &mut web::ServiceConfig) {
        #[get("/in-a-function")]
        async fn in_a_function() -> impl Responder {
            "in a function"
        }
        #[cors_runtime::cors(off)]
        #[get("/with-its-own")]
        async fn with_its_own() -> impl Responder {
            "with its own"
        }
        app.service(in_a_function).service(with_its_own);
    }

    #[cfg(test)]
    mod tests {
        nothing!();
    }
}

fn main() {}
