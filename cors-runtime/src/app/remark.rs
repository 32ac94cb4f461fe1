//! Policies that break no rule and are often mistakes.

use std::fmt;

use cors_rules::Pattern;

use super::listing::{MountedPolicies, PolicySummary};

/// A policy that breaks no rule and is often a mistake. A reviewer should look at it.
///
/// The compiler cannot say it, because stable Rust has no warning in a macro's own words.
/// [`MountedPolicies::remarks`] and [`test::audit`](crate::test::audit) list them. A remark fails no test.
///
/// | name | what the policy says |
/// | --- | --- |
/// | `credentials_for_dev_alone` | `credentials`, and all its origins are `dev(…)`: a release build allows nobody |
/// | `loopback_origin` | an origin on the user's own machine, outside of `dev(…)` |
/// | `subdomains_with_credentials` | `https://*.example.com` with `credentials` |
/// | `staging_with_credentials` | an origin whose host is called `staging`, `test`, `dev` and so on, with `credentials` |
/// | `any_header_with_credentials` | `"*"` among the `headers`, with `credentials` |
/// | `long_max_age_with_source` | a `max_age` of more than ten minutes, and a source of origins that may change its mind |
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, Responder, get};
/// use cors_runtime::{MountedPolicies, cors};
///
/// #[cors(origins = ["https://app.example.com", "http://localhost:5173"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     "Nothing new."
/// }
///
/// let listing = MountedPolicies::of_app(App::new().service(news)).await;
/// let remarks = listing.remarks();
/// assert_eq!(remarks[0].name, "loopback_origin");
/// assert_eq!(remarks[0].about, ["GET /news"]);
/// println!("{}", remarks[0].text);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Remark {
    /// The name in the table above.
    pub name: &'static str,
    /// What may be wrong, and what to write if it is.
    pub text: String,
    /// The policies that it is about: `PUT /items/{id}`, or `layer in src/main.rs`.
    pub about: Vec<String>,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, text, about } = self;
        write!(f, "{name}: {text}\n    {}", about.join(", "))
    }
}

impl MountedPolicies {
    /// The policies that break no rule and may be mistakes, as in the example of [`Remark`].
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let handlers = self.policies.iter().filter(|policy| !policy.off);
        let handlers = handlers.map(|policy| {
            let about = format!("{} {}", policy.methods.join(" "), policy.path);
            (about, &policy.says)
        });
        let layers = self.layers.iter().filter_map(|layer| {
            let says = layer.says.as_ref()?;
            Some((format!("layer in {}", layer.file), says))
        });
        let mut remarks: Vec<Remark> = Vec::new();
        for (about, says) in handlers.chain(layers) {
            for (name, text) in remarks_on(says) {
                let same = |remark: &&mut Remark| remark.name == name && remark.text == text;
                match remarks.iter_mut().find(same) {
                    Some(remark) => remark.about.push(about.clone()),
                    None => remarks.push(Remark {
                        name,
                        text,
                        about: vec![about.clone()],
                    }),
                }
            }
        }
        remarks
    }
}

/// The longest `max_age`, in seconds, without a remark if a source may take an origin away.
const LONG: u32 = 600;

/// Words in the names of hosts that are not for users.
const STAGING: [&str; 9] = [
    "staging", "stage", "test", "testing", "dev", "qa", "uat", "preview", "sandbox",
];

fn remarks_on(says: &PolicySummary) -> Vec<(&'static str, String)> {
    let mut remarks = Vec::new();
    let origins = &says.origins;
    if says.credentials
        && !origins.is_empty()
        && origins.iter().all(|origin| origin.starts_with("dev("))
    {
        let text = "a release build allows nobody, and a page of the same origin has its credentials anyway: name the origins of \
                    users, or leave `credentials` out";
        remarks.push(("credentials_for_dev_alone", text.to_owned()));
    }
    for origin in origins {
        // A source, `"*"` and `dev(…)` are no patterns.
        let Ok(pattern) = Pattern::parse(origin.as_str()) else {
            continue;
        };
        if pattern.is_loopback() {
            let text = format!(
                "any program on a user's machine can serve {origin}: write dev({origin:?}), or keep it in the settings of developers"
            );
            remarks.push(("loopback_origin", text));
        }
        if says.credentials && pattern.covers_subdomains() {
            let text = format!(
                "whoever takes over one subdomain reads with the user's credentials through {origin}: list the hosts, if they are \
                 known"
            );
            remarks.push(("subdomains_with_credentials", text));
        }
        let mut words = pattern.host().split(['.', '-']);
        if says.credentials && words.any(|word| STAGING.contains(&word)) {
            let text = format!(
                "{origin} seems to be a host for tests, which are guarded less, and it reads with the user's credentials: leave it \
                 to the policy of the build or the settings that it belongs to"
            );
            remarks.push(("staging_with_credentials", text));
        }
    }
    let headers = says.headers.as_deref().unwrap_or_default();
    if says.credentials && headers.split(", ").any(|name| name == "*") {
        let text = "pages may set any request header beside the user's credentials, also those by which a proxy or a middleware \
                    trusts a request: list the headers";
        remarks.push(("any_header_with_credentials", text.to_owned()));
    }
    if let Some(seconds) = says.max_age.filter(|&seconds| seconds > LONG)
        && origins.iter().any(|origin| origin.starts_with('('))
    {
        let text = format!(
            "browsers may remember a preflight's answer for {seconds} seconds, and go on sending requests for an origin that the \
             source has taken away: lower `max_age`, or set `enforce`"
        );
        remarks.push(("long_max_age_with_source", text));
    }
    remarks
}
