//! The requests of the mixed traffic, and the answers that their policies give.
//!
//! The policies of `examples/server.rs`, as a release build has them, are written down here once more, so that the answers are compared
//! with these texts and not with the library itself.

use crate::client::{Request, Response};
use crate::partners::{ALWAYS, GROUPS, Seen};

const SHOP: &str = "https://shop.example";

struct Policy {
    /// The methods in the answer to a preflight.
    methods: &'static str,
    headers: Option<&'static str>,
    max_age: Option<&'static str>,
    expose: Option<&'static str>,
    credentials: bool,
}

const PLAIN: Policy = Policy {
    methods: "GET",
    headers: None,
    max_age: None,
    expose: None,
    credentials: false,
};
const LIST: Policy = Policy {
    expose: Some("x-total-count"),
    ..PLAIN
};
const PUT_ONE: Policy = Policy {
    methods: "PUT",
    headers: Some("content-type"),
    max_age: Some("600"),
    credentials: true,
    ..PLAIN
};
const DELETE_ONE: Policy = Policy {
    methods: "DELETE",
    credentials: true,
    ..PLAIN
};
const LOGIN: Policy = Policy {
    methods: "POST",
    credentials: true,
    ..PLAIN
};
const SIGNED_IN: Policy = Policy {
    credentials: true,
    ..PLAIN
};
const ADDRESS: Policy = Policy {
    methods: "PUT",
    headers: Some("content-type"),
    credentials: true,
    ..PLAIN
};
const PARTNERS: Policy = Policy {
    expose: Some("x-valid-until"),
    ..PLAIN
};
/// The policy of a layer, which has no route and names its methods itself.
const PARTNERS_LAYER: Policy = Policy {
    methods: "GET, HEAD, POST",
    ..PARTNERS
};
const FALLBACK: Policy = Policy {
    methods: "GET, HEAD, POST",
    ..PLAIN
};

/// Whether the policy of a request allows its origin.
#[derive(Clone, Copy)]
enum Verdict {
    Allowed,
    Refused,
    /// Allowed while the replaced set holds the group.
    WhileHeld(u64),
}
use Verdict::{Allowed, Refused, WhileHeld};

pub struct Case {
    pub request: Request,
    verdict: Verdict,
    allowed: Expected,
    refused: Expected,
}

/// The expected answer, without the headers that have nothing to do with CORS.
struct Expected {
    status: u16,
    /// The `access-control-…` and `vary` lines, sorted.
    headers: Vec<String>,
    body: Option<String>,
}

impl Expected {
    fn mistake(&self, response: &Response) -> Option<String> {
        let headers = cors_headers(response);
        if response.status != self.status {
            return Some(format!("status {}, not {}", response.status, self.status));
        }
        if headers != self.headers {
            return Some(format!("headers {headers:?}, not {:?}", self.headers));
        }
        let body = self.body.as_ref()?;
        (response.body != body.as_bytes()).then(|| {
            let found = String::from_utf8_lossy(&response.body);
            format!("body {found:?}, not {body:?}")
        })
    }
}

pub fn cors_headers(response: &Response) -> Vec<String> {
    let mut headers: Vec<String> = response
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("access-control-") || name == "vary")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    headers
}

impl Case {
    fn actual(request: Request, policy: &Policy, verdict: Verdict, status: u16) -> Self {
        let mut headers = vec!["vary: Origin".to_owned()];
        let refused = Expected {
            status,
            headers: headers.clone(),
            body: None,
        };
        headers.extend(policy.of_any(&request));
        headers.extend(
            policy
                .expose
                .map(|names| format!("access-control-expose-headers: {names}")),
        );
        headers.sort();
        let allowed = Expected {
            status,
            headers,
            body: None,
        };
        Self {
            request,
            verdict,
            allowed,
            refused,
        }
    }

    fn preflight(request: Request, policy: &Policy, verdict: Verdict) -> Self {
        let mut headers = vec![
            "vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
                .to_owned(),
        ];
        let refused = Expected {
            status: 403,
            headers: headers.clone(),
            body: None,
        };
        headers.extend(policy.of_any(&request));
        headers.push(format!("access-control-allow-methods: {}", policy.methods));
        let named = [
            ("access-control-allow-headers", policy.headers),
            ("access-control-max-age", policy.max_age),
        ];
        for (name, value) in named {
            headers.extend(value.map(|value| format!("{name}: {value}")));
        }
        headers.sort();
        let allowed = Expected {
            status: 204,
            headers,
            body: Some(String::new()),
        };
        Self {
            request,
            verdict,
            allowed,
            refused,
        }
    }

    /// Sets the body, whatever the verdict.
    fn body(mut self, body: &str) -> Self {
        self.allowed.body = Some(body.to_owned());
        self.refused.body = Some(body.to_owned());
        self
    }

    /// The handler does not run for a refused origin.
    fn enforced(mut self) -> Self {
        self.refused.status = 403;
        self.refused.body = None;
        self
    }

    /// The handler is closed to other origins, so that no policy answers its preflight.
    fn off(mut self) -> Self {
        self.refused.status = 404;
        self.refused.headers.clear();
        self
    }

    /// The mistake in an answer, given the states that the replaced set may have had at the time.
    pub fn mistake(&self, response: &Response, seen: &Seen) -> Option<String> {
        let (may_allow, may_refuse) = match self.verdict {
            Allowed => (true, false),
            Refused => (false, true),
            WhileHeld(group) => (seen.may_hold(group), seen.may_lack(group)),
        };
        let not_allowed = may_allow.then(|| self.allowed.mistake(response));
        let not_refused = may_refuse.then(|| self.refused.mistake(response));
        match (not_allowed, not_refused) {
            (Some(None), _) | (_, Some(None)) => None,
            (Some(Some(one)), Some(Some(other))) => Some(format!("{one}; and {other}")),
            (Some(mistake), None) | (None, Some(mistake)) => mistake,
            (None, None) => unreachable!("a verdict is one or the other"),
        }
    }

    pub const fn is_preflight(&self) -> bool {
        matches!(self.request.method.as_bytes(), b"OPTIONS")
    }

    /// Whether a handler runs: not for a preflight, nor for a request that `enforce` refuses.
    pub const fn reaches_a_handler(&self) -> bool {
        !self.is_preflight()
            && (!self.is_surely_refused() || self.refused.status == self.allowed.status)
    }

    pub const fn is_surely_refused(&self) -> bool {
        matches!(self.verdict, Refused)
    }
}

impl Policy {
    /// The headers that both an actual response and the answer to a preflight have.
    fn of_any(&self, request: &Request) -> Vec<String> {
        let origin = request.header("origin").unwrap_or_default();
        let mut headers = vec![format!("access-control-allow-origin: {origin}")];
        if self.credentials {
            headers.push("access-control-allow-credentials: true".to_owned());
        }
        headers
    }
}

/// One case of each kind. The origins, paths and bodies contain `turn`, so that the answer to another request is a mistake.
pub fn cases(turn: u64) -> Vec<Case> {
    let get = |path: &str, origin: &str| Request::new("GET", path).with("origin", origin);
    let put = |path: &str, origin: &str, body: &str| {
        Request::new("PUT", path)
            .with("origin", origin)
            .with("content-type", "application/json")
            .body(body)
    };
    let ask = |path: &str, method: &str, origin: &str| {
        Request::new("OPTIONS", path)
            .with("origin", origin)
            .with("access-control-request-method", method)
    };
    let local = &*format!("http://127.0.0.1:{}", 1024 + turn % 64_000);
    let partner = &*format!("https://p{turn}.partner.example");
    let group = turn % GROUPS;
    let listed = &*format!("https://g{group}.example");
    let below_listed = &*format!("https://t{turn}.g{group}.example");
    let never = &*format!("https://g{group}.example.evil{turn}.example");
    // Origins that a careless comparison would allow.
    let strangers = [
        format!("https://shop.example.evil{turn}.example"),
        format!("https://evil{turn}shop.example"),
        format!("http://127.0.0.1.evil{turn}.example:80"),
        format!("https://shop.example:{}", 1024 + turn % 64_000),
        "null".to_owned(),
        "http://localhost:5173".to_owned(),
    ];
    let stranger = &*strangers[usize::try_from(turn % 6).unwrap_or_default()];
    let item = &*format!("/items/{}", 1 + turn % 3);
    let missing = &*format!("/items/{}", 1000 + turn);
    let change = &*format!(r#"{{"name":"lamp {turn:09}"}}"#);
    let changed = &*format!(r#"{{"name":"lamp {turn:09}","edited_by":null}}"#);
    let no_item = &*format!("There is no item {}.\n", 1000 + turn);

    let mut public = Case::actual(get("/public", stranger), &PLAIN, Allowed, 200)
        .body("Hello, whoever you are.\n");
    public.allowed.headers = vec!["access-control-allow-origin: *".to_owned()];
    let mut public_preflight = Case::preflight(ask("/public", "GET", stranger), &PLAIN, Allowed);
    for line in &mut public_preflight.allowed.headers {
        if line.starts_with("access-control-allow-origin") {
            "access-control-allow-origin: *".clone_into(line);
        }
    }

    vec![
        public,
        public_preflight,
        Case::actual(get("/items", local), &LIST, Allowed, 200),
        Case::actual(get("/items", SHOP), &LIST, Allowed, 200),
        Case::actual(get("/items", stranger), &LIST, Refused, 200),
        Case::actual(Request::new("GET", "/items"), &LIST, Refused, 200),
        // Neither of two origins is used.
        Case::actual(
            get("/items", SHOP).with("origin", SHOP),
            &LIST,
            Refused,
            200,
        ),
        Case::actual(get(missing, local), &PLAIN, Allowed, 404).body(no_item),
        Case::actual(get(missing, stranger), &PLAIN, Refused, 404).body(no_item),
        Case::actual(put(item, local, change), &PUT_ONE, Allowed, 200).body(changed),
        Case::actual(put(item, stranger, change), &PUT_ONE, Refused, 200).body(changed),
        Case::actual(put(item, local, "{"), &PUT_ONE, Allowed, 400),
        Case::preflight(ask(missing, "GET", local), &PLAIN, Allowed),
        Case::preflight(ask(missing, "PUT", local), &PUT_ONE, Allowed),
        Case::preflight(ask(item, "PUT", local), &PUT_ONE, Allowed),
        Case::preflight(ask(item, "PUT", stranger), &PUT_ONE, Refused),
        Case::preflight(ask(item, "DELETE", SHOP), &DELETE_ONE, Allowed),
        Case::preflight(ask("/items", "DELETE", SHOP), &PLAIN, Refused).off(),
        Case::actual(
            Request::new("POST", "/login").with("origin", local),
            &LOGIN,
            Allowed,
            200,
        )
        .body("Welcome, ada.\n"),
        Case::actual(get("/me", local), &SIGNED_IN, Allowed, 401),
        Case::actual(
            get("/me", local).with("cookie", "user=ada"),
            &SIGNED_IN,
            Allowed,
            200,
        )
        .body("ada"),
        Case::actual(get("/account/orders", local), &SIGNED_IN, Allowed, 401),
        Case::actual(get("/account/orders", stranger), &SIGNED_IN, Refused, 401),
        Case::actual(
            get("/account/orders", SHOP).with("cookie", "user=ada"),
            &SIGNED_IN,
            Allowed,
            200,
        )
        .body("One globe, on its way.\n"),
        Case::preflight(ask("/account/address", "PUT", local), &ADDRESS, Allowed),
        Case::preflight(ask("/account/address", "PUT", stranger), &ADDRESS, Refused),
        Case::actual(get("/partners", partner), &PARTNERS, Allowed, 200),
        Case::actual(get("/partners", ALWAYS), &PARTNERS, Allowed, 200),
        Case::actual(get("/partners", listed), &PARTNERS, WhileHeld(group), 200),
        Case::actual(
            get("/partners", below_listed),
            &PARTNERS,
            WhileHeld(group),
            200,
        ),
        Case::actual(get("/partners", never), &PARTNERS, Refused, 200),
        Case::actual(
            get("/partners", "https://bad.example"),
            &PARTNERS,
            Refused,
            200,
        ),
        Case::preflight(ask("/partners", "GET", listed), &PARTNERS, WhileHeld(group)),
        Case::actual(
            get("/partners/catalogue.csv", below_listed),
            &PARTNERS_LAYER,
            WhileHeld(group),
            200,
        )
        .body("lamp,20\nkettle,15\n"),
        Case::preflight(
            ask("/partners/catalogue.csv", "GET", listed),
            &PARTNERS_LAYER,
            WhileHeld(group),
        ),
        // The source answers later.
        Case::actual(get("/theme", SHOP), &PLAIN, Allowed, 200).body("teal"),
        Case::actual(get("/theme", partner), &PLAIN, Refused, 200).body("teal"),
        // The requests open no web socket: the handler answers 400, and `enforce` refuses before it.
        Case::actual(get("/live", local), &PLAIN, Allowed, 400),
        Case::actual(get("/live", stranger), &PLAIN, Refused, 400).enforced(),
        Case::actual(get("/broken", local), &PLAIN, Allowed, 500)
            .body("The storeroom is on fire.\n"),
        Case::actual(get("/health", local), &FALLBACK, Allowed, 200).body("Well.\n"),
        Case::actual(get("/health", stranger), &FALLBACK, Refused, 200).body("Well.\n"),
        Case::preflight(ask("/health", "GET", local), &FALLBACK, Allowed),
        Case::actual(
            get(&format!("/nothing/{turn}"), local),
            &FALLBACK,
            Allowed,
            404,
        ),
    ]
}

/// An allowed preflight with more lines than it needs.
pub fn stretched(turn: u64, lines: impl IntoIterator<Item = String>) -> Case {
    let origin = format!("http://127.0.0.1:{}", 1024 + turn % 64_000);
    let mut request = Request::new("OPTIONS", &format!("/items/{turn}"))
        .with("origin", &origin)
        .with("access-control-request-method", "PUT");
    for line in lines {
        request = request.with("access-control-request-headers", &line);
    }
    Case::preflight(request, &PUT_ONE, Allowed)
}

/// An allowed actual request for clients that are slow.
pub fn change(turn: u64) -> Case {
    let origin = format!("http://127.0.0.1:{}", 1024 + turn % 64_000);
    let request = Request::new("PUT", "/items/1")
        .with("origin", &origin)
        .with("content-type", "application/json")
        .body(&format!(r#"{{"name":"lamp {turn:09}"}}"#));
    let body = format!(r#"{{"name":"lamp {turn:09}","edited_by":null}}"#);
    Case::actual(request, &PUT_ONE, Allowed, 200).body(&body)
}
