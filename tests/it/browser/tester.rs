//! In each of the three engines, the example's page shows the result of a request in the browser, and the decision of the policies.

use serde_json::json;

use crate::programs::{
    chromium::{Chromium, Command, Message},
    engine::{Browser, Engine},
    example::{self, Example},
};

#[actix_web::test]
async fn chromium_passes_every_check_of_the_page() {
    passes_every_check(Engine::Chromium).await;
}

#[actix_web::test]
async fn firefox_passes_every_check_of_the_page() {
    passes_every_check(Engine::Firefox).await;
}

#[actix_web::test]
async fn webkit_passes_every_check_of_the_page() {
    passes_every_check(Engine::WebKit).await;
}

/// Makes all checks in one browser with one server, because a browser takes seconds to start. Before each, the page is opened anew.
macro_rules! checks {
    ($($check:ident,)*) => {
        async fn passes_every_check(engine: Engine) {
            let Some(browser) = Browser::start(engine).await else {
                return;
            };
            let example = Example::start();
            $(
                println!("{engine}: {}", stringify!($check));
                open(&browser, &example.page).await;
                $check(&browser, &example).await;
            )*
        }
    };
}

checks![
    the_page_loads_without_complaint_and_each_of_its_requests_ends_as_the_policies_say,
    the_matrix_shows_what_the_browser_did_that_the_policies_agree_and_each_policy,
    a_cell_of_the_matrix_leads_to_its_details,
    the_picker_lists_every_endpoint_of_the_table_that_the_program_prints,
    a_request_shows_the_reason_in_the_policy_beside_what_the_browser_did_and_folds_the_consequences_of_a_refusal,
    explaining_a_request_changes_nothing_in_the_shop,
    no_page_may_frame_the_page_and_its_own_origins_alone_may_frame_its_frame,
    the_page_shows_a_response_as_text_and_never_as_markup,
    the_keyboard_alone_sends_a_request_and_the_focus_is_always_seen,
    the_page_explains_an_origin_and_names_each_of_its_own,
    the_arrow_to_the_api_starts_at_the_origin_of_the_page,
    the_first_request_on_offer_is_a_put_from_a_stranger_that_is_never_sent,
    the_tour_stands_before_the_matrix_and_every_anchor_leads_to_a_visible_element,
    live_is_a_web_socket_that_opens_for_pages_that_its_handler_allows,
    a_path_is_the_one_that_the_browser_makes_of_what_was_typed,
    the_page_audits_the_server_and_names_the_mistake_of_a_faulty_one,
    no_cell_of_the_matrix_touches_the_edge_of_its_card,
];

/// Makes `/partners` readable on both of the page's origins that are on `localhost`.
const PARTNERS: &str = "PARTNER_ORIGINS=http://localhost:*";

/// An endpoint, a part of its policy, and its four cells: for the page's own origin, its second port, the tenant's origin and the
/// stranger's. With [`PARTNERS`], the last two are partners too.
#[rustfmt::skip]
const MATRIX: &[(&str, &str, [&str; 4])] = &[
    ("GET /public",                 "*",              [READ, READ, READ, READ]),
    ("GET /items",                  OWN,              [READ, READ, RAN, RAN]),
    ("GET /items/{id}",             OWN,              [READ, READ, RAN, RAN]),
    ("PUT /items/{id}",             OWN,              [READ, READ, UNSENT, UNSENT]),
    ("DELETE /items/{id}",          "credentials",    [NO_CONTENT, NO_CONTENT, UNSENT, UNSENT]),
    ("DELETE /items",               "off",            [UNSENT, UNSENT, UNSENT, UNSENT]),
    ("POST /login",                 "Front",          [READ, READ, RAN, RAN]),
    ("GET /me",                     "Front",          [READ, READ, NO_COOKIE, NO_COOKIE]),
    ("GET /account/orders",         "Front",          [READ, READ, NO_COOKIE, NO_COOKIE]),
    ("PUT /account/address",        "content-type",   [NO_CONTENT, NO_CONTENT, UNSENT, UNSENT]),
    ("GET /partners",               "Partners",       [RAN, RAN, READ, READ]),
    ("GET /theme",                  "(TENANTS)",      [RAN, RAN, READ, RAN]),
    ("GET /live",                   "enforce",        ["✓ opened 101", "✓ opened 101", "⊘ refused 403", "⊘ refused 403"]),
    ("GET /broken",                 "Front",          ["! readable 500", "! readable 500", "✕ withheld 500", "✕ withheld 500"]),
    ("GET /partners/catalogue.csv", "Cors::of",       [RAN, RAN, READ, READ]),
    ("GET /health",                 "fallback",       [READ, READ, RAN, RAN]),
    ("GET /nowhere",                "fallback",       ["! readable 404", "! readable 404", "✕ withheld 404", "✕ withheld 404"]),
];
const READ: &str = "✓ readable 200";
const NO_CONTENT: &str = "✓ readable 204";
const RAN: &str = "✕ ran, withheld";
const UNSENT: &str = "⊘ not sent";
/// The cookie is `SameSite=Lax`, and the request comes from a frame of another site. `WebKitGTK` treats that as one of the same site as its
/// page, and sends the cookie: there the handler ran.
const NO_COOKIE: &str = "✕ withheld 401";
const OWN: &str = "https://shop.example, http://127.0.0.1:*, dev(\"http://localhost:5173\")";

async fn the_page_loads_without_complaint_and_each_of_its_requests_ends_as_the_policies_say(
    browser: &Browser,
    example: &Example,
) {
    for page in [&example.page, &example.stranger] {
        open(browser, page).await;
        // WebKitGTK gives no access to its console, and Firefox only to its messages about CORS, which are other ones than Chromium's.
        let tells = browser.engine == Engine::Chromium;
        if tells {
            let complaints = browser.console().await;
            assert!(
                complaints.is_empty(),
                "{page} has in its console: {complaints:#?}"
            );
        }

        let rows = browser.run(RUN_ALL, vec![]).await;
        let rows = rows.as_array().expect("a list");
        let of = |outcome| rows.iter().filter(move |row| row["outcome"] == outcome);
        for row in rows {
            assert_eq!(row["ended"], row["expected"], "on {page}: {row:#}");
        }
        let (readable, blocked) = (of("readable").count(), of("blocked").count());
        assert!(
            readable > 0 && blocked > 0,
            "{page} shows only one side: {rows:#?}"
        );
        assert_eq!(readable + blocked, rows.len(), "on {page}: {rows:#?}");

        // The console has one message for each blocked request.
        if tells {
            let console = browser.console().await;
            let by_cors = |message: &&Message| {
                message.level == "SEVERE" && message.text.contains("blocked by CORS policy")
            };
            // The server refuses the web socket, so the console blames no CORS policy.
            let sockets = of("blocked").filter(|row| row["request"] == "live").count();
            assert_eq!(
                console.iter().filter(by_cors).count(),
                blocked - sockets,
                "{page}: {console:#?}"
            );
        }
    }
}

async fn the_matrix_shows_what_the_browser_did_that_the_policies_agree_and_each_policy(
    browser: &Browser,
    _: &Example,
) {
    let example = Example::start_with(&[PARTNERS]);
    open(browser, &example.page).await;
    let seen = browser.run(FILL, vec![]).await;

    let Example {
        page,
        stranger,
        second,
        tenant,
        ..
    } = &example;
    let mut expected = Vec::new();
    for (endpoint, _, cells) in MATRIX {
        for (origin, says) in [page, second, tenant, stranger].into_iter().zip(cells) {
            let is_sent_a_cookie = *says == NO_COOKIE && browser.engine == Engine::WebKit;
            let says = if is_sent_a_cookie { RAN } else { says };
            expected.push(json!([endpoint, origin, says, "true"]));
        }
    }
    let seen = seen.as_array().expect("a list");
    assert_eq!(seen.len(), expected.len());
    let wrong: Vec<_> = seen.iter().zip(&expected).filter(|(a, b)| a != b).collect();
    assert!(wrong.is_empty(), "seen, and expected: {wrong:#?}");

    let policies = browser.run(POLICIES, vec![]).await;
    let policies = policies.as_array().expect("a list");
    assert_eq!(policies.len(), MATRIX.len());
    for ((endpoint, policy, _), shown) in MATRIX.iter().zip(policies) {
        let shown = shown.as_str().expect("a text");
        assert!(shown.contains(policy), "{endpoint} is shown with {shown:?}");
    }
    the_legend_explains_each_kind_of_cell_and_an_error_is_not_green(browser).await;
}

async fn the_legend_explains_each_kind_of_cell_and_an_error_is_not_green(browser: &Browser) {
    let kinds = browser.run(KINDS, vec![]).await;
    let kinds = kinds.as_object().expect("a kind each");
    let expected = ["error", "ran", "readable", "refused", "unsent", "withheld"];
    let mut found: Vec<_> = kinds.keys().collect();
    found.sort_unstable();
    assert_eq!(found, expected, "{kinds:#?}");
    for (kind, shown) in kinds {
        let legend = shown["legend"].as_str().expect("an entry of the legend");
        assert!(legend.contains(' '), "{kind} is explained as {legend:?}");
        let same = shown["symbol"] == shown["legend symbol"];
        assert!(same, "{kind} has another symbol in the legend: {shown}");
    }
    assert_ne!(kinds["error"]["color"], kinds["readable"]["color"]);
    assert_ne!(
        kinds["error"]["background"],
        kinds["readable"]["background"]
    );
}

async fn a_cell_of_the_matrix_leads_to_its_details(browser: &Browser, example: &Example) {
    let arguments = vec!["GET /theme".into(), example.tenant.clone().into()];
    let details = browser.run(OPEN_CELL, arguments).await;
    let story = json!({
        "endpoint": "GET /theme",
        "origin": example.tenant,
        "browser": "readable 200",
        "policy": "readable 200",
        "reason": "Access-Control-Allow-Origin is the page's origin.",
        "agreement": "They agree.",
        "focus": true,
    });
    assert_eq!(details, story);
}

async fn the_picker_lists_every_endpoint_of_the_table_that_the_program_prints(
    browser: &Browser,
    example: &Example,
) {
    let printed: Vec<String> = table(example)
        .iter()
        .map(|row| row.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let listed = browser.run(LISTED, vec![]).await;
    assert_eq!(listed, json!(printed));
}

async fn a_request_shows_the_reason_in_the_policy_beside_what_the_browser_did_and_folds_the_consequences_of_a_refusal(
    browser: &Browser,
    example: &Example,
) {
    let unlisted = "This origin is not among those that may call this resource.";
    let own = "Access-Control-Allow-Origin is the page's origin.";
    let any = "Access-Control-Allow-Origin is *: any page.";
    let null =
        "The origin null, which sandboxed documents and local files have, is not allowed here.";
    let Example {
        page,
        stranger,
        tenant,
        ..
    } = example;
    #[rustfmt::skip]
    let table = [
        ("GET /items", page.as_str(), "readable 200", "readable 200", own),
        ("GET /items", stranger, "ran, withheld", "blocked", unlisted),
        ("DELETE /items/{id}", stranger, "not sent", "blocked", unlisted),
        ("GET /health", stranger, "ran, withheld", "blocked", unlisted),
        ("GET /live", stranger, "refused 403", "blocked", unlisted),
        ("GET /public", tenant, "readable 200", "readable 200", any),
        ("GET /partners", "https://prices.partner.example", "not asked", "readable 200", own),
        ("GET /public", "null", "not asked", "readable 200", any),
        ("GET /items", "null", "not asked", "blocked", null),
    ];
    for (endpoint, origin, does, policy, reason) in table {
        let told = browser
            .run(SEND, vec![endpoint.into(), origin.into()])
            .await;
        let agreement = if does == "not asked" {
            ""
        } else {
            "They agree."
        };
        let expected = json!({
            "browser": does, "policy": policy, "reason": reason, "agreement": agreement,
            "unfolded": policy != "blocked", "backticks": 0,
        });
        assert_eq!(told, expected, "{endpoint} from {origin}");
    }
}

async fn explaining_a_request_changes_nothing_in_the_shop(browser: &Browser, example: &Example) {
    let items = example.at("/items");
    let before = browser.fetch(&items, json!({})).await.seen;
    let told = browser
        .run(EXPLAIN_DELETE, vec![example.at("").into()])
        .await;
    assert_eq!(told["status"], 204, "{told:#}");
    let after = browser.fetch(&items, json!({})).await.seen;
    assert!(format!("{after:?}").contains("kettle"), "{after:?}");
    assert_eq!(after, before);
}

async fn no_page_may_frame_the_page_and_its_own_origins_alone_may_frame_its_frame(
    browser: &Browser,
    example: &Example,
) {
    let Example {
        page,
        stranger,
        second,
        tenant,
        ..
    } = example;
    let own = [page, second, tenant, stranger]
        .map(String::as_str)
        .join(" ");
    for (path, ancestors, frames) in [
        ("/", "'none'", Some(own.as_str())),
        ("/frame.html", &own, None),
    ] {
        let policy = browser.run(SECURITY_POLICY, vec![path.into()]).await;
        let policy = policy.as_str().expect("a policy");
        let says = |directive| {
            let parts = policy.split("; ").filter_map(|part| part.split_once(' '));
            parts.into_iter().find(|(name, _)| *name == directive)
        };
        let value = |directive| says(directive).map(|(_, value)| value);
        assert_eq!(value("default-src"), Some("'none'"), "{path}: {policy}");
        assert_eq!(value("script-src"), Some("'self'"), "{path}: {policy}");
        assert_eq!(value("frame-src"), frames, "{path}: {policy}");
        assert_eq!(
            value("frame-ancestors"),
            Some(ancestors),
            "{path}: {policy}"
        );
    }
}

async fn the_page_shows_a_response_as_text_and_never_as_markup(
    browser: &Browser,
    example: &Example,
) {
    let markup = r#"{"name":"<img alt=planted>"}"#;
    let put = json!({
        "method": "PUT", "body": markup, "headers": { "content-type": "application/json" },
    });
    browser.fetch(&example.at("/items/1"), put).await;
    let arguments = vec!["GET /items".into(), example.page.clone().into()];
    browser.run(SEND, arguments).await;
    let shown = browser.run(PLANTED, vec![]).await;
    assert_eq!(
        shown,
        json!([true, 0]),
        "whether the markup is shown as text, and how many elements it made"
    );
}

async fn the_keyboard_alone_sends_a_request_and_the_focus_is_always_seen(
    browser: &Browser,
    _: &Example,
) {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let focus = async |name: &str| {
        let focused = browser.run(FOCUSED, vec![]).await;
        assert_eq!(focused, json!([name, true]));
    };
    browser.press(TAB).await;
    focus("skip").await;
    browser.press(ENTER).await;
    browser.press(TAB).await;
    focus("endpoint").await;
    browser.press("GET /theme").await;
    browser.press(TAB).await;
    focus("origin").await;
    browser.press(TAB).await;
    focus("method").await;
    browser.press(TAB).await;
    focus("path").await;
    browser.press(ENTER).await;
    let told = browser.run(FIRED, vec![1.into()]).await;
    assert_eq!(told["browser"], "ran, withheld", "{told:#}");
    assert_eq!(told["agreement"], "They agree.", "{told:#}");
}

async fn the_page_explains_an_origin_and_names_each_of_its_own(
    browser: &Browser,
    example: &Example,
) {
    for (variables, stranger, tenant) in [
        (&[][..], "stranger", "tenant"),
        (&[PARTNERS][..], "partner", "tenant and partner"),
    ] {
        let example = Example::start_with(variables);
        open(browser, &example.page).await;
        let shown = browser.run(NAMES, vec![]).await;
        let named = [
            (&example.page, "frontend"),
            (&example.second, "frontend, other port"),
            (&example.tenant, tenant),
            (&example.stranger, stranger),
        ];
        let expected: Vec<_> = named.map(|(origin, name)| json!([origin, name])).into();
        for place in ["boxes", "columns", "options"] {
            assert_eq!(shown[place], json!(expected), "{place}");
        }
    }
    open(browser, &example.stranger).await;
    let shown = browser.run(NAMES, vec![]).await;
    assert_eq!(shown["boxes"][0], json!([example.stranger, "stranger"]));
    let intro = shown["intro"].as_str().expect("a text");
    assert!(
        intro.contains("An origin is a scheme, a host and a port"),
        "{intro}"
    );
}

async fn the_arrow_to_the_api_starts_at_the_origin_of_the_page(
    browser: &Browser,
    example: &Example,
) {
    for page in [&example.page, &example.tenant] {
        open(browser, page).await;
        let arrow = browser.run(ARROW, vec![]).await;
        assert_eq!(
            arrow,
            json!([page, true, true]),
            "the origin whose box it starts at, and whether it touches both boxes"
        );
    }
}

async fn the_first_request_on_offer_is_a_put_from_a_stranger_that_is_never_sent(
    browser: &Browser,
    example: &Example,
) {
    let offered = browser.run(OFFERED, vec![]).await;
    assert_eq!(offered, json!(["PUT", "/items/1", example.stranger]));
    let told = browser.run(FIRED, vec![1.into()]).await;
    assert_eq!(told["browser"], "not sent", "{told:#}");
}

async fn the_tour_stands_before_the_matrix_and_every_anchor_leads_to_a_visible_element(
    browser: &Browser,
    _: &Example,
) {
    let parts = browser.run(PARTS, vec![]).await;
    assert_eq!(parts, json!(["tester", "tour", "matrix", "audit"]));
    for anchor in [
        "tester",
        "tour",
        "matrix",
        "audit",
        "request-list-items",
        "request-live",
    ] {
        let seen = browser.run(ANCHOR, vec![anchor.into()]).await;
        assert_eq!(seen, json!(true), "#{anchor}");
    }
}

async fn live_is_a_web_socket_that_opens_for_pages_that_its_handler_allows(
    browser: &Browser,
    example: &Example,
) {
    for (origin, does, seen) in [
        (&example.page, "opened 101", "3 items"),
        (&example.stranger, "refused 403", "no web socket"),
    ] {
        let told = browser
            .run(SEND, vec!["GET /live".into(), origin.as_str().into()])
            .await;
        assert_eq!(told["browser"], does, "{told:#}");
        assert_eq!(told["agreement"], "They agree.", "{told:#}");
        let shown = browser.run(SEEN, vec![]).await;
        let shown = shown.as_str().expect("a text");
        assert!(shown.contains(seen), "{origin} sees {shown:?}");
    }
}

async fn a_path_is_the_one_that_the_browser_makes_of_what_was_typed(
    browser: &Browser,
    example: &Example,
) {
    for (path, does) in [
        ("/../x y?z#f", "readable 404"),
        ("/nowhere/../public?a=é|{}", "readable 200"),
        ("//localhost/items", "readable 404"),
    ] {
        let arguments = vec![
            "GET /public".into(),
            example.page.as_str().into(),
            path.into(),
        ];
        let told = browser.run(SEND, arguments).await;
        let shown = [&told["browser"], &told["policy"], &told["agreement"]];
        assert_eq!(shown, [does, does, "They agree."], "{path}: {told:#}");
    }
}

async fn the_page_audits_the_server_and_names_the_mistake_of_a_faulty_one(
    browser: &Browser,
    _: &Example,
) {
    let other_cors = "Remove everything else that sets CORS headers";
    let outside = "outermost layer answers preflights";
    let remarks = "on policies that are legal and often mistakes";
    for (app, says, unlike) in [
        ("as-it-is", ["0 faults", remarks], "endpoint"),
        ("options-for-all", [other_cors, remarks], "0 faults"),
        ("sign-in-outside", [outside, remarks], "0 faults"),
    ] {
        let shown = browser.run(AUDIT, vec![app.into()]).await;
        let shown = shown.as_str().expect("a text");
        for words in says {
            assert!(shown.contains(words), "{app}: {words:?} is not in {shown}");
        }
        assert!(!shown.contains(unlike), "{app}: {shown}");
    }
}

#[actix_web::test]
async fn the_page_fits_a_narrow_screen_and_is_short_on_a_telephone() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    for (width, longest) in [(320_u32, 4800), (390, 4000)] {
        let screen =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": true });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": screen });
        let narrowed = chromium
            .client
            .issue_cmd(Command("goog/cdp/execute", command));
        narrowed.await.expect("chromedriver knows the command");
        open(&chromium, &example.page).await;
        chromium.run(FILL, vec![]).await;
        let [window, page, height] = sizes(&chromium).await;
        assert_eq!(
            [window, page],
            [u64::from(width); 2],
            "the window's width and the page's"
        );
        assert!(
            height <= longest,
            "{height} pixels on a screen that is {width} wide"
        );
        // A result, the tour and an audit, all unfolded, must fit as well.
        let arguments = vec!["PUT /items/{id}".into(), example.stranger.clone().into()];
        chromium.run(SEND, arguments).await;
        chromium.run(AUDIT, vec!["options-for-all".into()]).await;
        chromium.run(UNFOLD, vec![]).await;
        let [window, page, _] = sizes(&chromium).await;
        assert_eq!([window, page], [u64::from(width); 2], "with all unfolded");
    }
}

async fn no_cell_of_the_matrix_touches_the_edge_of_its_card(browser: &Browser, _: &Example) {
    let gap = browser.run(GAP, vec![]).await;
    assert!(gap.as_f64().is_some_and(|gap| gap >= 8.0), "{gap} pixels");
}

#[actix_web::test]
async fn the_program_prints_the_policies_as_they_are_mounted() {
    let example = Example::start();
    let table = table(&example);
    for (endpoint, policy) in [
        ("GET /public", "*"),
        (
            "PUT /items/{id}",
            "credentials; headers: content-type; max age: 600",
        ),
        ("GET /account/orders", "http://127.0.0.1:*"),
        ("GET /theme", "(TENANTS)"),
        ("GET /live", "enforced"),
    ] {
        let found = table.iter().any(|row| {
            let words: Vec<_> = row.split_whitespace().collect();
            words[..2].join(" ") == endpoint && row.contains(policy)
        });
        assert!(found, "{endpoint}: {policy} is not in {table:#?}");
    }
    let said = |words: &str| example.said.iter().any(|line| line.contains(words));
    assert!(said("(layer)") && said("server::Front: "), "the fallback");
    assert!(said("0 faults, 0 not asked"), "{:#?}", example.said);
}

#[test]
fn a_wrong_partner_keeps_the_program_from_starting_and_each_is_named() {
    let value = "https://one.example, https://two.example/, *, http://three.example";
    let output = example::fail("PARTNER_ORIGINS", value);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.starts_with("error: the environment variable `PARTNER_ORIGINS`: "),
        "{error}"
    );
    for wrong in [
        "\"https://two.example/\": origin_with_path",
        "\"*\": ",
        "\"http://three.example\": ",
    ] {
        assert!(error.contains(wrong), "{wrong} is not in {error}");
    }
    assert!(!error.contains("one.example"), "{error}");
    assert!(output.stdout.is_empty(), "nothing has started");
}

/// The window's width, the page's, and the page's height.
async fn sizes(chromium: &Chromium) -> [u64; 3] {
    let sizes = chromium.run(SIZES, vec![]).await;
    [0, 1, 2].map(|index| sizes[index].as_u64().expect("a size"))
}

/// Opens the page, and waits until it takes clicks.
async fn open(browser: &Browser, page: &str) {
    browser.open(page).await;
    browser.run(READY, vec![]).await;
}

/// The handlers' rows in the table of policies that the program prints at its start.
fn table(example: &Example) -> Vec<&String> {
    let said = example.said.iter();
    let rows = said.skip_while(|line| !line.starts_with("method "));
    let is_row = |line: &&String| !line.is_empty() && !line.starts_with("remark: ");
    let rows = rows.skip(1).take_while(is_row);
    let rows: Vec<_> = rows.filter(|row| !row.contains("(layer)")).collect();
    assert!(!rows.is_empty(), "no table in {:#?}", example.said);
    rows
}

/// Waits until the page takes clicks.
const READY: &str = "
    const ready = resolve => document.querySelector('#run-all').disabled
        ? setTimeout(ready, 20, resolve)
        : resolve();
    return new Promise(ready);
";

/// Presses "Run all", and returns for each row the expected and the actual outcome.
const RUN_ALL: &str = "
    const row = row => {
        const { outcome, status } = row.querySelector('[data-outcome]').dataset;
        return {
            request: row.dataset.request,
            expected: row.querySelector('.expected').textContent,
            outcome,
            ended: `policy: ${outcome === 'readable' ? status : outcome}`,
        };
    };
    const rows = resolve => document.documentElement.dataset.done === 'all'
        ? resolve([...document.querySelectorAll('[data-request]')].map(row))
        : setTimeout(rows, 20, resolve);
    document.querySelector('#run-all').click();
    return new Promise(rows);
";

/// Fills the matrix, and returns of each cell its endpoint, its origin, its text, and whether the policies say the same.
const FILL: &str = "
    const cell = ({ dataset, textContent }) => [dataset.endpoint, dataset.origin, textContent, dataset.agrees];
    const cells = resolve => document.documentElement.dataset.matrix === 'filled'
        ? resolve([...document.querySelectorAll('#matrix tbody button')].map(cell))
        : setTimeout(cells, 20, resolve);
    document.querySelector('#fill-matrix').click();
    return new Promise(cells);
";

/// Presses a cell, and returns what the picker and the details show then.
const OPEN_CELL: &str = "
    const [endpoint, origin] = arguments;
    const text = selector => document.querySelector(`#tester-result ${selector}`)?.textContent;
    const details = resolve => text('.agreement')
        ? resolve({
            endpoint: document.querySelector('#tester-endpoint').value,
            origin: document.querySelector('#tester-origin').value,
            browser: text('.browser .verdict'),
            policy: text('.explained .verdict'),
            reason: text('.explained .reason'),
            agreement: text('.agreement'),
            focus: document.querySelector('#tester-result').contains(document.activeElement),
        })
        : setTimeout(details, 20, resolve);
    [...document.querySelectorAll('#matrix tbody button')]
        .find(({ dataset }) => dataset.endpoint === endpoint && dataset.origin === origin)
        .click();
    return new Promise(details);
";

/// The endpoints in the picker that have a policy.
const LISTED: &str = "
    return [...document.querySelector('#tester-endpoint optgroup').children].map(option => option.value);
";

/// Sends the picker's request for an endpoint from an origin, to another path if one is given, and returns what is shown then.
const SEND: &str = "
    const [endpoint, origin, path] = arguments;
    const { elements } = document.querySelector('#tester-form');
    elements.endpoint.value = endpoint;
    elements.endpoint.dispatchEvent(new Event('change', { bubbles: true }));
    elements.origin.value = origin;
    if (path) elements.path.value = path;
    const before = document.documentElement.dataset.fired;
    document.querySelector('#tester-send').click();
    const text = selector => document.querySelector(`#tester-result ${selector}`).textContent;
    const shown = resolve => document.documentElement.dataset.fired !== before
        ? resolve({
            browser: text('.browser .verdict'),
            policy: text('.explained .verdict'),
            reason: text('.explained .reason'),
            agreement: text('.agreement'),
            unfolded: document.querySelector('#tester-result .consequences').open,
            backticks: document.querySelector('#tester-result').textContent.split('`').length - 1,
        })
        : setTimeout(shown, 20, resolve);
    return new Promise(shown);
";

/// Waits until the picker has sent this number of requests, and returns what is shown then.
const FIRED: &str = "
    const [count] = arguments;
    const text = selector => document.querySelector(`#tester-result ${selector}`).textContent;
    const shown = resolve => document.documentElement.dataset.fired === String(count)
        ? resolve({ browser: text('.browser .verdict'), agreement: text('.agreement') })
        : setTimeout(shown, 20, resolve);
    return new Promise(shown);
";

/// Asks the page to explain a request that would change the shop.
const EXPLAIN_DELETE: &str = "
    const [api] = arguments;
    return import('/send.js').then(({ explain }) =>
        explain({ method: 'DELETE', path: '/items/2', credentials: true }, location.origin, api));
";

/// The content security policy of one of the page's files.
const SECURITY_POLICY: &str = "
    const [path] = arguments;
    return fetch(path).then(response => response.headers.get('content-security-policy'));
";

/// Whether the result shows, as text, the markup that an item has for a name, and how many elements the markup made.
const PLANTED: &str = "
    const shown = document.querySelector('#tester-result .seen').textContent;
    return [shown.includes('<img alt=planted>'), document.querySelectorAll('[alt=planted]').length];
";

/// The element that has the focus, and whether its outline is visible.
const FOCUSED: &str = "
    const focused = document.activeElement;
    const { outlineStyle } = getComputedStyle(focused);
    return [focused.name || focused.className, focused.matches(':focus-visible') && outlineStyle !== 'none'];
";

const SIZES: &str = "
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [window.innerWidth, scrollWidth, scrollHeight];
";

const UNFOLD: &str =
    "for (const details of document.querySelectorAll('details')) details.open = true;";

/// The distance of the last cells from the right edge of the matrix, in pixels.
const GAP: &str = "
    const right = element => element.getBoundingClientRect().right;
    const cells = [...document.querySelectorAll('#matrix tbody tr')].map(row => row.lastElementChild.firstElementChild);
    return right(document.querySelector('#matrix table')) - Math.max(...cells.map(right));
";

/// The policies in the rows of the matrix.
const POLICIES: &str = "
    return [...document.querySelectorAll('#matrix tbody .policy')].map(policy => policy.textContent);
";

/// For each kind of cell in the matrix: its colours, its symbol, and what the legend says.
const KINDS: &str = "
    const kinds = {};
    for (const cell of document.querySelectorAll('#matrix tbody button')) {
        const { color, backgroundColor } = getComputedStyle(cell);
        const entry = document.querySelector(`#legend [data-kind=\"${cell.dataset.kind}\"]`);
        kinds[cell.dataset.kind] ??= {
            color, background: backgroundColor, symbol: cell.textContent[0],
            'legend symbol': entry?.textContent[0], legend: entry?.nextElementSibling.textContent,
        };
    }
    return kinds;
";

/// The origins with their names, wherever the page has them, and its introduction.
const NAMES: &str = "
    const all = (selector, pair) => [...document.querySelectorAll(selector)].map(pair);
    const name = within => within.querySelector('.who').textContent;
    return {
        boxes: all('.crossing [data-origin]', box => [box.dataset.origin, name(box)]),
        columns: all('#matrix thead [data-origin]', head => [head.dataset.origin, name(head)]),
        options: all('#tester-origin optgroup:first-child option', ({ value, textContent }) =>
            [value, textContent.replace(`: ${value}`, '')]),
        intro: document.querySelector('.intro').textContent.replace(/\\s+/g, ' '),
    };
";

/// The origin whose box the arrow starts at, and whether it touches that box and the API's.
const ARROW: &str = "
    const box = selector => document.querySelector(selector).getBoundingClientRect();
    const [here, arrow, api] = [box('.crossing [aria-current]'), box('.arrow'), box('#api')];
    const middle = arrow.top + arrow.height / 2;
    const beside = ({ top, bottom }) => top < middle && middle < bottom;
    const near = (one, other) => Math.abs(one - other) < 24;
    return [
        document.querySelector('.crossing [aria-current]').dataset.origin,
        near(here.right, arrow.left) && beside(here),
        near(arrow.right, api.left) && beside(api),
    ];
";

/// Sends the request that the picker offers at first, and returns its method, path and origin.
const OFFERED: &str = "
    const { method, path, origin } = document.querySelector('#tester-form').elements;
    document.querySelector('#tester-send').click();
    return [method.value, path.value, origin.value];
";

const PARTS: &str = "return [...document.querySelectorAll('main > section')].map(({ id }) => id);";

/// Goes to an anchor, and returns whether the first line of its element is visible then.
const ANCHOR: &str = "
    const [anchor] = arguments;
    location.hash = anchor;
    const target = document.getElementById(anchor);
    const seen = () => {
        const { left, top } = target.getBoundingClientRect();
        const on = document.elementFromPoint(left + 30, top + 30);
        return top > -1 && target.contains(on);
    };
    return new Promise(resolve => setTimeout(() => resolve(seen()), 200));
";

/// The response as the result of the picker shows it.
const SEEN: &str = "return document.querySelector('#tester-result .seen').textContent;";

/// Audits one of the apps, and returns what is shown then.
const AUDIT: &str = "
    const [app] = arguments;
    const root = document.documentElement;
    const before = root.dataset.audits;
    document.querySelector('#audit-app').value = app;
    document.querySelector('#run-audit').click();
    const shown = resolve => root.dataset.audits !== before
        ? resolve(document.querySelector('#audit-summary').textContent + document.querySelector('#audit-report').textContent)
        : setTimeout(shown, 20, resolve);
    return new Promise(shown);
";
