//! Floods of preflights leave nothing in memory but caches of fixed size: an allocator counts the blocks that remain.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Condition;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, Responder, get, put};
use cors_runtime::{Cors, cors};
use stats_alloc::Region;

const FLOOD: usize = 500;
/// Enough distinct paths to fill each of the 512 places of a cache.
const FILLING: usize = 3_500;

/// A handler in front of the annotated one: no policy answers its preflights.
#[get("/users/me")]
async fn me() -> impl Responder {
    "me"
}

#[cors(origins = ["https://app.example.com"])]
#[put("/users/{id}")]
async fn update() -> impl Responder {
    "updated"
}

#[cors(origins = ["https://fallback.example"], methods = ["PUT"])]
struct Fallback;

fn preflight(path: &str, origin: &str, method: &str) -> TestRequest {
    TestRequest::with_uri(path)
        .method(Method::OPTIONS)
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", method))
}

/// The number of blocks of memory that remain after a flood.
async fn kept<S, B>(app: &S, path: &str, origin: &str, method: &str) -> isize
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let send = async |number: usize| {
        let request =
            preflight(&path.replace('#', &number.to_string()), origin, method).to_request();
        drop(app.call(request).await.expect("a response"));
    };
    let filling = if path.contains('#') { FILLING } else { 10 };
    for number in 0..filling {
        send(number).await;
    }
    let region = Region::new(crate::ALLOCATOR);
    for number in filling..filling + FLOOD {
        send(number).await;
    }
    let change = region.change();
    let count = |blocks: usize| isize::try_from(blocks).expect("less than half the memory");
    count(change.allocations) - count(change.deallocations)
}

pub async fn a_flood_of_preflights_leaves_nothing_behind() {
    for (annotated, fallback) in [(false, false), (true, false), (false, true)] {
        let app = App::new()
            .service(me)
            .service(update)
            .wrap(Condition::new(annotated, Cors::annotated()))
            .wrap(Condition::new(
                fallback,
                Cors::annotated().fallback::<Fallback>(),
            ));
        let app = init_service(app).await;
        let (ours, stranger) = ("https://app.example.com", "https://evil.example");
        // A number replaces each `#`, so that no two paths are the same. The paths of the last flood are too long for the cache.
        let long = format!("/users/#-{}", "x".repeat(400));
        let floods = [
            ("/users/7", ours, "PUT"),
            ("/users/7", stranger, "PUT"),
            ("/users/me", ours, "PUT"),
            ("/users/#", ours, "PUT"),
            ("/users/#", stranger, "DELETE"),
            ("/nowhere/#", stranger, "PUT"),
            (&long, ours, "PUT"),
        ];
        for (path, origin, method) in floods {
            let blocks = kept(&app, path, origin, method).await;
            // A place of a cache may hold a larger entry than before.
            assert!(
                blocks < 100,
                "{method} {path:.20} left {blocks} blocks (annotated: {annotated}, fallback: {fallback})"
            );
        }
    }
}
