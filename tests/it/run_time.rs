//! Origins that are known only at run time, on real servers: a set that is replaced under load, a database.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::support::{send, serve};
use actix_web::dev::RequestHead;
use actix_web::{App, Responder, put, web};
use cors_runtime::{Allows, Cors, OriginSet, OriginSource, cors};
use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, TableDefinition};

static CHANGING: OriginSet = OriginSet::new();

#[cors(origins = [CHANGING], credentials)]
#[put("/changing")]
async fn changing() -> impl Responder {
    "changing"
}

#[test]
fn a_set_that_is_replaced_under_load_is_never_seen_half_full() {
    const REQUESTS: usize = 400;
    // This origin is in every state, as its first or last element; the others are in some.
    let always = "https://always.example";
    let mut states = Vec::new();
    for size in [1, 50, 500] {
        let others = (0..size).map(|number| format!("https://*.tenant-{number}.example"));
        states.push(
            others
                .clone()
                .chain([always.to_owned()])
                .collect::<Vec<_>>(),
        );
        states.push([always.to_owned()].into_iter().chain(others).collect());
    }
    CHANGING.replace(&states[0]).expect("good origins");
    let server = serve(|| App::new().service(changing).wrap(Cors::annotated()));
    let is_over = AtomicBool::new(false);
    let replaced = AtomicUsize::new(0);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                let state = &states[replaced.fetch_add(1, Ordering::SeqCst) % states.len()];
                CHANGING.replace(state).expect("good origins");
                // A list with a bad origin is refused as a whole, and changes nothing.
                CHANGING
                    .replace(["https://new.example", "nonsense"])
                    .expect_err("one bad origin");
            }
        });
        let clients: Vec<_> = (0..3)
            .map(|_| {
                threads.spawn(|| {
                    for _ in 0..REQUESTS {
                        let asks = ("access-control-request-method", "PUT");
                        let origin = ("origin", always);
                        let preflight = send(server, "OPTIONS", "/changing", &[origin, asks]);
                        let response = send(server, "PUT", "/changing", &[origin]);
                        for response in [preflight, response] {
                            let allowed = response.allow_origin();
                            assert_eq!(allowed, Some(always), "{response:?}");
                        }
                        let new = send(
                            server,
                            "PUT",
                            "/changing",
                            &[("origin", "https://new.example")],
                        );
                        assert_eq!(new.allow_origin(), None);
                    }
                })
            })
            .collect();
        let clients: Vec<_> = clients
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, Ordering::SeqCst);
        for client in clients {
            client.expect("each answer is right");
        }
    });
    let replaced = replaced.load(Ordering::SeqCst);
    assert!(replaced > 10, "replaced {replaced} times");
}

/// The origins of tenants, in a database. A look-up blocks, so it has a thread of its own.
struct Tenants;

const TABLE: TableDefinition<&str, ()> = TableDefinition::new("tenants");

static DATABASE: LazyLock<Database> = LazyLock::new(|| {
    let memory = InMemoryBackend::new();
    let database = Database::builder().create_with_backend(memory);
    database.expect("a database in memory")
});

fn is_tenant(origin: &str) -> Result<bool, redb::Error> {
    let table = DATABASE.begin_read()?.open_table(TABLE)?;
    Ok(table.get(origin)?.is_some())
}

/// Adds an origin to the table, and removes another.
fn change_tenants(add: &str, remove: &str) -> Result<(), redb::Error> {
    let change = DATABASE.begin_write()?;
    {
        let mut table = change.open_table(TABLE)?;
        table.insert(add, ())?;
        table.remove(remove)?;
    }
    change.commit()?;
    Ok(())
}

static LOOK_UPS: AtomicUsize = AtomicUsize::new(0);

impl OriginSource for Tenants {
    fn allows(&self, origin: &str, _: &RequestHead) -> Allows {
        let origin = origin.to_owned();
        Allows::later(async move {
            let look_up = web::block(move || {
                LOOK_UPS.fetch_add(1, Ordering::SeqCst);
                is_tenant(&origin)
            });
            let found = look_up.await.map_err(|error| error.to_string())?;
            found.map_err(|error| error.to_string())
        })
    }
}

static TENANTS: Tenants = Tenants;

#[cors(origins = ["https://app.example.com", TENANTS], credentials, max_age = 60)]
#[put("/tenants")]
async fn tenants() -> impl Responder {
    "tenants"
}

#[test]
fn origins_are_looked_up_in_a_database_for_preflights_and_for_actual_requests() {
    let server = serve(|| App::new().service(tenants).wrap(Cors::annotated()));
    let bare = serve(|| App::new().service(tenants));
    let check = |origin, allowed: bool| {
        for server in [server, bare] {
            let origin = ("origin", origin);
            let asks = ("access-control-request-method", "PUT");
            let preflight = send(server, "OPTIONS", "/tenants", &[origin, asks]);
            assert_eq!(
                preflight.status,
                if allowed { 204 } else { 403 },
                "{preflight:?}"
            );
            let response = send(server, "PUT", "/tenants", &[origin]);
            for response in [preflight, response] {
                let expected = allowed.then_some(origin.1);
                assert_eq!(response.allow_origin(), expected, "{response:?}");
                let credentials = response.one("access-control-allow-credentials");
                assert_eq!(credentials, allowed.then_some("true"), "{response:?}");
            }
        }
    };
    // There is no table yet: a look-up that fails allows nothing.
    check("https://one.example", false);
    change_tenants("https://one.example", "").expect("a row");
    check("https://one.example", true);
    check("https://two.example", false);
    change_tenants("https://two.example", "https://one.example").expect("a row");
    check("https://one.example", false);
    check("https://two.example", true);

    let before = LOOK_UPS.load(Ordering::SeqCst);
    assert!(before >= 20, "{before}");
    check("https://app.example.com", true);
    assert_eq!(
        LOOK_UPS.load(Ordering::SeqCst),
        before,
        "a literal needs no look-up"
    );
}
