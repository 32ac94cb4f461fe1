//! Two servers in one process, each with several workers, keep their policies apart.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread;

use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, rt, web};
use cors_runtime::Cors;

use super::bearer::bearer;
use super::rows::Says::{Denied, For};
use super::rows::{ADMIN, APP, EVIL, Row, ask, check, get, preflight};
use crate::support::listen;

mod one {
    use std::thread;

    use actix_web::{Responder, get, put};
    use cors_runtime::cors;

    #[cors(origins = ["https://app.example.com"], headers = ["authorization"], credentials)]
    #[get("/items/{id}")]
    pub async fn items() -> impl Responder {
        format!("one, by {:?}", thread::current().id())
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[put("/items/{id}")]
    pub async fn update() -> impl Responder {
        "one"
    }
}

mod two {
    use std::thread;

    use actix_web::{Responder, get, put};
    use cors_runtime::cors;

    #[cors(origins = ["https://admin.example.com"], headers = ["authorization"])]
    #[get("/items/{id}")]
    pub async fn items() -> impl Responder {
        format!("two, by {:?}", thread::current().id())
    }

    #[cors(origins = ["https://app.example.com"])]
    #[put("/items/{id}")]
    pub async fn update() -> impl Responder {
        "two"
    }
}

const WORKERS: usize = 2;
const CLIENTS: usize = 6;
const ROUNDS: usize = 8;

/// Both servers in one runtime, each with workers of its own.
fn serve() -> [SocketAddr; 2] {
    let [(first, address), (second, second_address)] = [listen(), listen()];
    let (started, is_started) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async move {
            let first = server(first, || (one::items, one::update));
            let second = server(second, || (two::items, two::update));
            rt::spawn(first);
            started.send(()).expect("the test waits");
            second.await.expect("the server runs");
        });
    });
    is_started.recv().expect("the servers start");
    [address, second_address]
}

fn server<S: HttpServiceFactory + 'static>(
    listener: TcpListener,
    services: fn() -> S,
) -> actix_web::dev::Server {
    HttpServer::new(move || {
        App::new()
            .service(web::scope("/v1").service(services()))
            .service(services())
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
    })
    .workers(WORKERS)
    .listen(listener)
    .expect("a bound socket")
    .run()
}

#[test]
fn two_servers_with_the_same_paths_each_have_their_own_policies_on_all_their_workers() {
    let servers = serve();
    let rows = |path: &str, reads: &'static str, writes: &'static str| -> Vec<Row> {
        let signed_in = get(path).with("authorization", "1");
        vec![
            (preflight("GET", path).from(reads), 204, For(reads)),
            (preflight("GET", path).from(writes), 403, Denied),
            (preflight("PUT", path).from(writes), 204, For(writes)),
            (preflight("PUT", path).from(reads), 403, Denied),
            (get(path).from(reads), 401, For(reads)),
            (get(path).from(writes), 401, Denied),
            (ask("PUT", path).from(writes), 401, For(writes)),
            (signed_in.clone().from(reads), 200, For(reads)),
            (signed_in.clone().from(writes), 200, Denied),
            (signed_in.from(EVIL), 200, Denied),
        ]
    };
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    let path = ["/items/1", "/v1/items/1"][round % 2];
                    check(servers[0], &rows(path, APP, ADMIN));
                    check(servers[1], &rows(path, ADMIN, APP));
                }
            });
        }
    });
    for (server, name) in servers.into_iter().zip(["one, ", "two, "]) {
        let signed_in = get("/items/1").with("authorization", "1");
        let bodies = (0..100).map(|_| signed_in.send(server).body);
        let workers: HashSet<_> = bodies.collect();
        assert_eq!(workers.len(), WORKERS, "every worker answers: {workers:?}");
        assert!(workers.iter().all(|worker| worker.starts_with(name)));
    }
}
