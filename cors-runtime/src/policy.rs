//! The policy as the attribute leaves it: a constant that was checked when the user's crate was built.

use cors_policy::Pattern;

/// One checked policy. The attribute is the only one to write it.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Who may read.
    pub origins: Origins,
    /// `Access-Control-Allow-Headers`.
    pub headers: RequestHeaders,
    /// `Access-Control-Expose-Headers`.
    pub expose_headers: ExposedHeaders,
    /// `Access-Control-Allow-Credentials`. With [`Origins::Anyone`] it was refused at build time.
    pub credentials: bool,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: Option<u32>,
}

/// The key `origins`.
#[derive(Clone, Copy, Debug)]
pub enum Origins {
    /// `"*"`.
    Anyone,
    /// Everything else.
    Listed(&'static [OriginElement]),
}

/// One element of `origins`.
#[derive(Clone, Copy, Debug)]
pub enum OriginElement {
    /// One origin, as browsers send it.
    Exact(&'static str),
    /// `https://*.example.com`, `http://localhost:*`.
    Pattern(Pattern),
}

/// The key `headers`.
#[derive(Clone, Copy, Debug)]
pub enum RequestHeaders {
    /// Absent.
    None,
    /// Names, lower-case, joined by `, `.
    Listed(&'static str),
    /// `"*"`: all but `authorization`.
    Any,
    /// `"*"` and `"authorization"`: all.
    AnyAndAuthorization,
}

/// The key `expose_headers`.
#[derive(Clone, Copy, Debug)]
pub enum ExposedHeaders {
    /// Absent.
    None,
    /// Names, lower-case, joined by `, `.
    Listed(&'static str),
    /// `"*"`.
    Any,
}
