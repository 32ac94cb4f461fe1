//! The page as a tester: what it shows is what the browser does, and what the policies say.

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::json;

use super::READY;
use crate::programs::{
    chromium::Chromium,
    example::{self, Example},
};

/// Makes `/partners` readable on both of the page's origins that are on `localhost`.
const PARTNERS: &str = "PARTNER_ORIGINS=http://localhost:*";

/// What script reads from each endpoint on the page's own origin, a stranger's (but a partner's), the page's second
/// port, and a tenant's (and a partner's): the status, or nothing.
#[rustfmt::skip]
const MATRIX: &[(&str, [Option<u16>; 4])] = &[
    ("GET /public",                 [Some(200), Some(200), Some(200), Some(200)]),
    ("GET /items",                  [Some(200), None,      Some(200), None]),
    ("GET /items/{id}",             [Some(200), None,      Some(200), None]),
    ("PUT /items/{id}",             [Some(200), None,      Some(200), None]),
    ("DELETE /items/{id}",          [Some(204), None,      Some(204), None]),
    ("DELETE /items",               [None,      None,      None,      None]),
    ("POST /login",                 [Some(200), None,      Some(200), None]),
    ("GET /me",                     [Some(200), None,      Some(200), None]),
    ("GET /account/orders",         [Some(200), None,      Some(200), None]),
    ("PUT /account/address",        [Some(204), None,      Some(204), None]),
    ("GET /partners",               [None,      Some(200), None,      Some(200)]),
    ("GET /theme",                  [None,      None,      None,      Some(200)]),
    ("GET /live",                   [Some(400), None,      Some(400), None]),
    ("GET /broken",                 [Some(500), None,      Some(500), None]),
    ("GET /partners/catalogue.csv", [None,      Some(200), None,      Some(200)]),
    ("GET /health",                 [Some(200), None,      Some(200), None]),
    ("GET /nowhere",                [Some(404), None,      Some(404), None]),
];

#[actix_web::test]
async fn the_matrix_holds_what_the_browser_did_and_that_is_what_the_policies_say() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start_with(&[PARTNERS]);
    open(&chromium, &example.page).await;
    let seen = chromium.run(FILL, vec![]).await;

    let Example {
        page,
        stranger,
        second,
        tenant,
        ..
    } = &example;
    let mut expected = Vec::new();
    for (endpoint, statuses) in MATRIX {
        for (origin, status) in [page, stranger, second, tenant].into_iter().zip(statuses) {
            let says = match status {
                Some(status) => format!("✓ readable {status}"),
                None => "✕ blocked".to_owned(),
            };
            expected.push(json!([endpoint, origin, says, "true"]));
        }
    }
    let seen = seen.as_array().expect("a list");
    let wrong: Vec<_> = seen.iter().zip(&expected).filter(|(a, b)| a != b).collect();
    assert!(wrong.is_empty(), "seen, and expected: {wrong:#?}");
    assert_eq!(seen.len(), expected.len());
}

#[actix_web::test]
async fn a_cell_of_the_matrix_leads_to_its_details() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    open(&chromium, &example.page).await;
    let arguments = vec!["GET /theme".into(), example.tenant.clone().into()];
    let details = chromium.run(OPEN_CELL, arguments).await;
    let story = json!({
        "endpoint": "GET /theme",
        "origin": example.tenant,
        "browser": "readable, 200",
        "policy": "readable, 200",
        "reason": "Access-Control-Allow-Origin is the page's origin",
        "agreement": "They agree.",
        "focus": true,
    });
    assert_eq!(details, story);
}

#[actix_web::test]
async fn the_picker_lists_every_endpoint_of_the_table_that_the_program_prints() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    let printed: Vec<String> = table(&example)
        .iter()
        .map(|row| row.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    open(&chromium, &example.page).await;
    let listed = chromium.run(LISTED, vec![]).await;
    assert_eq!(listed, json!(printed));
}

#[actix_web::test]
async fn a_request_that_is_sent_shows_what_the_browser_did_beside_the_reason_in_the_policy() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    open(&chromium, &example.page).await;
    let absent = "origin: the response has no Access-Control-Allow-Origin";
    for (endpoint, origin, browser, policy, reason) in [
        (
            "GET /items",
            example.page.as_str(),
            "readable, 200",
            "readable, 200",
            "Access-Control-Allow-Origin is the page's origin",
        ),
        (
            "GET /items",
            &example.stranger,
            "blocked: withheld",
            "blocked",
            absent,
        ),
        (
            "DELETE /items/{id}",
            &example.stranger,
            "blocked: not sent",
            "blocked",
            absent,
        ),
        (
            "GET /public",
            &example.tenant,
            "readable, 200",
            "readable, 200",
            "Access-Control-Allow-Origin is `*`: any page",
        ),
        (
            "GET /partners",
            "https://prices.partner.example",
            "not asked",
            "readable, 200",
            "Access-Control-Allow-Origin is the page's origin",
        ),
        (
            "GET /public",
            "null",
            "not asked",
            "readable, 200",
            "Access-Control-Allow-Origin is `*`: any page",
        ),
    ] {
        let told = chromium
            .run(SEND, vec![endpoint.into(), origin.into()])
            .await;
        let agreement = if browser == "not asked" {
            ""
        } else {
            "They agree."
        };
        let expected = json!({
            "browser": browser, "policy": policy, "reason": reason, "agreement": agreement,
        });
        assert_eq!(told, expected, "{endpoint} from {origin}");
    }
}

#[actix_web::test]
async fn what_the_policies_are_asked_changes_nothing_in_the_shop() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    open(&chromium, &example.page).await;
    let told = chromium.run(EXPLAIN_DELETE, vec![]).await;
    assert_eq!(told["status"], 204, "{told:#}");
    let item = chromium.fetch(&example.at("/items/1"), json!({})).await;
    assert!(format!("{item:?}").contains("lamp"), "{item:?}");
}

#[actix_web::test]
async fn the_page_may_be_framed_by_nobody_and_its_frame_by_its_own_origins() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    let Example {
        page,
        stranger,
        second,
        tenant,
        ..
    } = &example;
    let own = [page, stranger, second, tenant]
        .map(String::as_str)
        .join(" ");
    open(&chromium, page).await;
    for (path, ancestors, frames) in [
        ("/", "'none'", Some(own.as_str())),
        ("/frame.html", &own, None),
    ] {
        let policy = chromium.run(SECURITY_POLICY, vec![path.into()]).await;
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

#[actix_web::test]
async fn what_a_server_says_is_text_on_the_page_and_never_markup() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    open(&chromium, &example.page).await;
    let markup = r#"{"name":"<img alt=planted>"}"#;
    let put = json!({
        "method": "PUT", "body": markup, "headers": { "content-type": "application/json" },
    });
    chromium.fetch(&example.at("/items/1"), put).await;
    let arguments = vec!["GET /items".into(), example.page.clone().into()];
    chromium.run(SEND, arguments).await;
    let shown = chromium.run(PLANTED, vec![]).await;
    assert_eq!(
        shown,
        json!([true, 0]),
        "whether it is there as text, and how often as an element"
    );
}

#[actix_web::test]
async fn the_keyboard_alone_sends_a_request_and_the_focus_is_always_seen() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    open(&chromium, &example.page).await;
    let focus = async |name: &str| {
        let focused = chromium.run(FOCUSED, vec![]).await;
        assert_eq!(focused, json!([name, true]));
    };
    press(&chromium, TAB).await;
    focus("skip").await;
    press(&chromium, ENTER).await;
    press(&chromium, TAB).await;
    focus("endpoint").await;
    press(&chromium, "GET /theme").await;
    press(&chromium, TAB).await;
    focus("origin").await;
    press(&chromium, TAB).await;
    focus("method").await;
    press(&chromium, TAB).await;
    focus("path").await;
    press(&chromium, ENTER).await;
    let told = chromium.run(FIRED, vec![1.into()]).await;
    assert_eq!(told["browser"], "blocked: withheld", "{told:#}");
    assert_eq!(told["agreement"], "They agree.", "{told:#}");
}

#[actix_web::test]
async fn the_page_fits_a_narrow_screen() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    let narrowed = chromium.client.issue_cmd(Narrow(320)).await;
    narrowed.expect("chromedriver knows the command");
    open(&chromium, &example.page).await;
    chromium.run(FILL, vec![]).await;
    let arguments = vec!["PUT /items/{id}".into(), example.stranger.clone().into()];
    chromium.run(SEND, arguments).await;
    let widths = chromium.run(WIDTHS, vec![]).await;
    assert_eq!(widths, json!([320, 320]), "the window's and the page's");
}

#[actix_web::test]
async fn a_web_socket_opens_for_a_page_that_its_handler_allows_and_for_no_other() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    let url = example.at("/live").replacen("http", "ws", 1);
    for (page, says) in [(&example.page, "3 items"), (&example.stranger, "refused")] {
        chromium.open(page).await;
        let said = chromium.run(SOCKET, vec![url.clone().into()]).await;
        assert_eq!(said, says, "{page}");
    }
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

async fn open(chromium: &Chromium, page: &str) {
    chromium.open(page).await;
    chromium.run(READY, vec![]).await;
}

/// The rows of the handlers in the table of policies that the program has printed.
fn table(example: &Example) -> Vec<&String> {
    let said = example.said.iter();
    let rows = said.skip_while(|line| !line.starts_with("method "));
    let rows = rows.skip(1).take_while(|line| !line.is_empty());
    let rows: Vec<_> = rows.filter(|row| !row.contains("(layer)")).collect();
    assert!(!rows.is_empty(), "no table in {:#?}", example.said);
    rows
}

/// Types into whatever has the focus: text, or keys as `WebDriver` writes them.
async fn press(chromium: &Chromium, keys: &str) {
    let focused = chromium.client.active_element().await.expect("a focus");
    focused.send_keys(keys).await.expect("it takes keys");
}

/// chromedriver's command that makes the window as wide as a telephone's.
#[derive(Debug)]
struct Narrow(u32);

impl WebDriverCompatibleCommand for Narrow {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.expect("a session is open");
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let metrics =
            json!({ "width": self.0, "height": 800, "deviceScaleFactor": 1, "mobile": true });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        (http::Method::POST, Some(command.to_string()))
    }
}

/// Fills the matrix: endpoint, origin, text, and whether the policies say the same, of each cell.
const FILL: &str = "
    const cell = ({ dataset, textContent }) => [dataset.endpoint, dataset.origin, textContent, dataset.agrees];
    const cells = resolve => document.documentElement.dataset.matrix === 'filled'
        ? resolve([...document.querySelectorAll('#matrix button')].map(cell))
        : setTimeout(cells, 20, resolve);
    document.querySelector('#fill-matrix').click();
    return new Promise(cells);
";

/// Presses a cell: what stands in the picker and in the details then.
const OPEN_CELL: &str = "
    const [endpoint, origin] = arguments;
    const text = selector => document.querySelector(`#tester-result ${selector}`)?.textContent;
    const details = resolve => text('.agreement')
        ? resolve({
            endpoint: document.querySelector('#tester-endpoint').value,
            origin: document.querySelector('#tester-origin').value,
            browser: text('.browser .verdict'),
            policy: text('.told .verdict'),
            reason: text('.told .detail'),
            agreement: text('.agreement'),
            focus: document.querySelector('#tester-result').contains(document.activeElement),
        })
        : setTimeout(details, 20, resolve);
    [...document.querySelectorAll('#matrix button')]
        .find(({ dataset }) => dataset.endpoint === endpoint && dataset.origin === origin)
        .click();
    return new Promise(details);
";

/// The endpoints in the picker that have a policy.
const LISTED: &str = "
    return [...document.querySelector('#tester-endpoint optgroup').children].map(option => option.value);
";

/// Sends a request for an endpoint from an origin with the picker: what is shown then.
const SEND: &str = "
    const [endpoint, origin] = arguments;
    const { elements } = document.querySelector('#tester-form');
    elements.endpoint.value = endpoint;
    elements.endpoint.dispatchEvent(new Event('change', { bubbles: true }));
    elements.origin.value = origin;
    const before = document.documentElement.dataset.fired;
    document.querySelector('#tester-send').click();
    const text = selector => document.querySelector(`#tester-result ${selector}`).textContent;
    const shown = resolve => document.documentElement.dataset.fired !== before
        ? resolve({
            browser: text('.browser .verdict'),
            policy: text('.told .verdict'),
            reason: text('.told .detail'),
            agreement: text('.agreement'),
        })
        : setTimeout(shown, 20, resolve);
    return new Promise(shown);
";

/// What is shown once so many requests have been sent with the picker.
const FIRED: &str = "
    const [count] = arguments;
    const text = selector => document.querySelector(`#tester-result ${selector}`).textContent;
    const shown = resolve => document.documentElement.dataset.fired === String(count)
        ? resolve({ browser: text('.browser .verdict'), agreement: text('.agreement') })
        : setTimeout(shown, 20, resolve);
    return new Promise(shown);
";

/// Asks what the policies say of a request that would change the shop.
const EXPLAIN_DELETE: &str = "
    return import('/send.js').then(({ explain }) =>
        explain({ method: 'DELETE', path: '/items/1', credentials: true }, location.origin));
";

/// The policy that comes with a file of the page.
const SECURITY_POLICY: &str = "
    const [path] = arguments;
    return fetch(path).then(response => response.headers.get('content-security-policy'));
";

/// Whether the result shows the markup that an item has for a name, and in how many elements it has come to life.
const PLANTED: &str = "
    const shown = document.querySelector('#tester-result .seen').textContent;
    return [shown.includes('<img alt=planted>'), document.querySelectorAll('[alt=planted]').length];
";

/// What has the focus, and whether a sighted user can tell.
const FOCUSED: &str = "
    const focused = document.activeElement;
    const { outlineStyle } = getComputedStyle(focused);
    return [focused.name || focused.className, focused.matches(':focus-visible') && outlineStyle !== 'none'];
";

/// How wide the window is, and what the page takes.
const WIDTHS: &str = "return [window.innerWidth, document.documentElement.scrollWidth];";

/// What a web socket says first, or that it does not open.
const SOCKET: &str = "
    const [url] = arguments;
    return new Promise(resolve => {
        const socket = new WebSocket(url);
        socket.onopen = () => socket.send('how many?');
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => resolve('refused');
    });
";
