//! `MountedPolicies` lists the policies and layers of an app, before it serves and while it does.

use crate::support::{send, serve};
use actix_web::dev::RequestHead;
use actix_web::{App, HttpRequest, Responder, get, put, web};
use cors_runtime::test::audit;
use cors_runtime::{Allows, Cors, MountedPolicies, OriginSet, OriginSource, PolicyConfig, cors};

static SET: OriginSet = OriginSet::new();

struct Anyone;

impl OriginSource for Anyone {
    fn allows(&self, _: &str, _: &RequestHead) -> Allows {
        true.into()
    }
}

mod sources {
    pub(super) static DATABASE: super::Anyone = super::Anyone;
}

const APP: &str = "https://app.example.com";

#[cors(origins = [APP, "https://*.example.com", dev("http://localhost:5173"), SET], max_age = 60)]
struct Partners;

#[cors(policy = Partners, credentials)]
#[put("/items/{id}")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = [sources::DATABASE], headers = ["x-a"], expose_headers = ["x-b"], enforce)]
#[get("/items/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["*"], methods = ["GET", "PUT"])]
struct Anybody;

macro_rules! app {
    () => {
        App::new()
            .service(web::scope("/t/{tenant}").service(update).service(read))
            .service(web::scope("/files").wrap(Cors::of::<Anybody>()))
            .route(
                "/policies",
                web::get()
                    .to(async |request: HttpRequest| MountedPolicies::of(&request).snapshot()),
            )
            .wrap(Cors::annotated().fallback::<Partners>())
    };
}

const SNAPSHOT: &str = "\
PUT /t/{tenant}/items/{id}
  handler: it::listing::update
  policy: it::listing::Partners
  origins: https://app.example.com, https://*.example.com, dev(\"http://localhost:5173\"), (SET)
  max_age: 60
  credentials

GET /t/{tenant}/items/{id}
  handler: it::listing::read
  origins: (sources::DATABASE)
  headers: x-a
  expose_headers: x-b
  enforce

layer in tests/it/listing.rs
  methods: GET PUT
  policy: it::listing::Anybody
  origins: *

layer in tests/it/listing.rs
  methods: GET HEAD POST
  policy: it::listing::Partners
  origins: https://app.example.com, https://*.example.com, dev(\"http://localhost:5173\"), (SET)
  max_age: 60

remarks
  subdomains_with_credentials: whoever takes over one subdomain reads with the user's credentials through https://*.example.com: list the hosts, if they are known
    PUT /t/{tenant}/items/{id}
";

#[actix_web::test]
async fn every_policy_and_layer_is_listed_before_the_app_serves() {
    // Another app, which the thread builds at the same time, adds nothing to the list.
    let other = App::new().service(read).wrap(Cors::annotated());
    let (listed, _) = futures_util::join!(
        MountedPolicies::of_app(app!()),
        actix_web::test::init_service(other)
    );
    assert_eq!(listed.snapshot(), SNAPSHOT);

    let table = listed.to_string();
    let rows: Vec<&str> = table.lines().collect();
    let head: Vec<&str> = rows[0].split_whitespace().collect();
    assert_eq!(head, ["method", "path", "policy", "handler"]);
    assert_eq!(rows.len(), 5 + 2, "two lines of a remark: {table}");
    assert!(
        table.contains("it::listing::Partners: https://app.example.com"),
        "{table}"
    );
    assert!(
        table.contains("(layer)") && table.contains("Cors (tests/it/listing.rs:"),
        "{table}"
    );
    // A layer without a policy of its own says so.
    let (layer, line) = (Cors::annotated(), line!());
    let listed = MountedPolicies::of_app(App::new().wrap(layer)).await;
    assert_eq!(listed.layers[0].line, line);
    assert_eq!(
        listed.snapshot(),
        "layer in tests/it/listing.rs\n  the policies of the annotated handlers\n"
    );
}

#[actix_web::test]
async fn a_policy_that_is_read_at_start_is_listed_key_by_key() {
    let config = PolicyConfig {
        origins: vec![APP.to_owned()],
        headers: vec!["x-a".to_owned(), "x-b".to_owned()],
        ..PolicyConfig::default()
    };
    let layer = Cors::with(config.check().expect("a good policy"));
    let listed = MountedPolicies::of_app(App::new().wrap(layer)).await;
    let says = listed.layers[0].says.as_ref().expect("a policy");
    assert_eq!(
        (says.headers.as_deref(), says.expose_headers.as_deref()),
        (Some("x-a, x-b"), None)
    );
}

/// The factory runs while the app is built, before its layers are.
#[actix_web::test]
async fn an_app_that_lists_another_while_it_is_built_is_listed_itself() {
    let app = app!().data_factory(async || {
        let other = MountedPolicies::of_app(App::new().service(read)).await;
        assert_eq!(other.policies.len(), 1, "{other}");
        Ok::<_, ()>(other)
    });
    let listed = MountedPolicies::of_app(app).await;
    assert_eq!(listed.snapshot(), SNAPSHOT);
}

#[test]
fn a_running_app_lists_the_layers_that_have_seen_a_request() {
    let server = serve(|| app!());
    let listed = send(server, "GET", "/policies", &[]).body;
    let of_files = SNAPSHOT.find("layer in").expect("a layer");
    let outer = SNAPSHOT.rfind("layer in").expect("a layer");
    assert_eq!(
        listed,
        format!("{}{}", &SNAPSHOT[..of_files], &SNAPSHOT[outer..])
    );
    send(server, "GET", "/files/1", &[]);
    let listed = send(server, "GET", "/policies", &[]).body;
    assert_eq!(listed.matches("layer in").count(), 2, "{listed}");
}

#[actix_web::test]
async fn the_listing_serialises_to_json() {
    let listed = MountedPolicies::of_app(app!()).await;
    let json = serde_json::to_value(&listed).expect("JSON");
    let put = &json["policies"][0];
    assert_eq!(put["policy"], "it::listing::Partners");
    assert_eq!(put["origins"][3], "(SET)");
    assert_eq!(json["layers"][0]["says"]["origins"][0], "*");
}

#[actix_web::test]
async fn a_policy_that_may_be_a_mistake_has_a_remark() {
    static TENANTS: OriginSet = OriginSet::new();
    const HOSTS: [&str; 2] = ["https://staging.example.com", "https://shop.example.com"];

    #[cors(origins = [dev("http://localhost:5173")], credentials)]
    #[get("/dev-alone")]
    async fn dev_alone() -> &'static str {
        ""
    }
    #[cors(origins = ["http://localhost:5173", "http://127.0.0.1:5173", "https://app.example.com"])]
    #[get("/loopback")]
    async fn loopback() -> &'static str {
        ""
    }
    #[cors(origins = ["https://*.example.com"], credentials)]
    #[get("/subdomains")]
    async fn subdomains() -> &'static str {
        ""
    }
    #[cors(origins = ["https://*.example.com"], credentials)]
    #[put("/subdomains")]
    async fn subdomains_too() -> &'static str {
        ""
    }
    #[cors(origins = [HOSTS], credentials)]
    #[get("/staging")]
    async fn staging() -> &'static str {
        ""
    }
    #[cors(origins = ["https://app.example.com"], headers = ["*"], credentials)]
    #[get("/any-header")]
    async fn any_header() -> &'static str {
        ""
    }
    #[cors(origins = [TENANTS], max_age = 7200)]
    #[get("/long")]
    async fn long() -> &'static str {
        ""
    }
    // The same without credentials is no mistake.
    #[cors(origins = ["https://*.example.com", "https://staging.example.org", dev("http://localhost:1")], headers = ["*"], max_age = 7200)]
    #[get("/fine")]
    async fn fine() -> &'static str {
        ""
    }
    #[cors(origins = [dev("http://localhost:5173")])]
    #[get("/fine/alone")]
    async fn fine_alone() -> &'static str {
        ""
    }
    #[cors(origins = [TENANTS, "https://latest.example.com"], max_age = 600, credentials)]
    #[get("/fine/too")]
    async fn fine_too() -> &'static str {
        ""
    }
    macro_rules! app {
        () => {
            App::new()
                .service(dev_alone)
                .service(loopback)
                .service(subdomains)
                .service(subdomains_too)
                .service(staging)
                .service(any_header)
                .service(long)
                .service(fine)
                .service(fine_alone)
                .service(fine_too)
                .wrap(Cors::annotated())
        };
    }
    let policies = MountedPolicies::of_app(app!()).await;
    let remarks = policies.remarks();
    let found: Vec<_> = remarks
        .iter()
        .map(|remark| (remark.name, remark.about.join(", ")))
        .collect();
    let expected = [
        ("credentials_for_dev_alone", "GET /dev-alone"),
        ("loopback_origin", "GET /loopback"),
        ("loopback_origin", "GET /loopback"),
        (
            "subdomains_with_credentials",
            "GET /subdomains, PUT /subdomains",
        ),
        ("staging_with_credentials", "GET /staging"),
        ("any_header_with_credentials", "GET /any-header"),
        ("long_max_age_with_source", "GET /long"),
    ];
    let expected = expected.map(|(name, about)| (name, about.to_owned()));
    assert_eq!(found, expected);
    for text in [policies.to_string(), policies.snapshot()] {
        assert!(
            text.contains("write dev(\"http://localhost:5173\")"),
            "{text}"
        );
    }

    let app = actix_web::test::init_service(app!()).await;
    let audit = audit(&app).await;
    assert_eq!(audit.remarks(), remarks);
    audit.assert_clean();
    assert!(audit.to_string().contains("loopback_origin"), "{audit}");
}
