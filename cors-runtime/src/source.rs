//! Origins that are known only at run time.

use std::error::Error;
use std::fmt;

use actix_web::dev::RequestHead;
use futures_util::future::LocalBoxFuture;

/// Decides at run time which origins may read. A `static` of a type that implements it can be an element of `origins`.
///
/// ```
/// use actix_web::dev::RequestHead;
/// use actix_web::{HttpResponse, Responder, get};
/// use cors_runtime::{Allows, OriginSource, cors};
///
/// struct Tenants;
///
/// impl OriginSource for Tenants {
///     fn allows(&self, origin: &str, _request: &RequestHead) -> Allows {
///         let origin = origin.to_owned();
///         Allows::later(async move { look_up(&origin).await })
///     }
/// }
///
/// async fn look_up(origin: &str) -> Result<bool, std::io::Error> {
///     Ok(origin == "https://tenant.example")
/// }
///
/// static TENANTS: Tenants = Tenants;
///
/// #[cors(origins = ["https://app.example.com", TENANTS])]
/// #[get("/")]
/// async fn index() -> impl Responder {
///     HttpResponse::Ok()
/// }
/// ```
pub trait OriginSource: Sync + 'static {
    /// Whether pages of `origin` may read the response to `request`.
    ///
    /// `origin` is a tuple origin as browsers write it, never `null`. It is none of the literals in the list, which are compared
    /// first. A source that fails or panics allows nothing, and the log says so. (With `panic = "abort"`, a panic ends the program.)
    ///
    /// `request` may be a preflight, which has no cookies and none of your headers. A layer around the app calls this before
    /// authentication, for any client, so give a slow lookup a time limit of its own.
    fn allows(&self, origin: &str, request: &RequestHead) -> Allows;

    /// Whether the answer is always [`Allows::Now`] and depends only on the origin, as that of an
    /// [`OriginSet`](crate::OriginSet). If so, a layer around the app need not copy each request's head.
    ///
    /// If this is `true` and an answer is [`Allows::Later`] nevertheless, a layer does not allow the origin.
    ///
    /// ```
    /// use std::sync::RwLock;
    ///
    /// use actix_web::dev::RequestHead;
    /// use cors_runtime::{Allows, OriginSource};
    ///
    /// struct Tenants(RwLock<Vec<String>>);
    ///
    /// impl OriginSource for Tenants {
    ///     fn allows(&self, origin: &str, _request: &RequestHead) -> Allows {
    ///         let tenants = self.0.read().expect("nobody panics with the lock");
    ///         Allows::Now(tenants.iter().any(|tenant| tenant == origin))
    ///     }
    ///
    ///     fn is_immediate(&self) -> bool {
    ///         true
    ///     }
    /// }
    /// ```
    fn is_immediate(&self) -> bool {
        false
    }
}

/// The answer of an [`OriginSource`].
///
/// ```
/// use cors_runtime::Allows;
///
/// let known = Allows::from(true);
/// assert!(matches!(known, Allows::Now(true)));
///
/// let looked_up = Allows::later(async { std::fs::read_to_string("tenants.txt").map(|text| !text.is_empty()) });
/// assert!(matches!(looked_up, Allows::Later(_)));
/// ```
pub enum Allows {
    /// The answer is known.
    Now(bool),
    /// A future gives the answer. It runs on the worker's thread, before the handler.
    Later(LocalBoxFuture<'static, Result<bool, Box<dyn Error>>>),
}

impl Allows {
    /// The answer of a future. An error is logged, and allows nothing.
    ///
    /// ```
    /// use cors_runtime::Allows;
    ///
    /// let answer = Allows::later(async { Ok::<_, std::io::Error>(true) });
    /// assert!(matches!(answer, Allows::Later(_)));
    /// ```
    pub fn later<E: Into<Box<dyn Error>>>(
        answer: impl Future<Output = Result<bool, E>> + 'static,
    ) -> Self {
        Self::Later(Box::pin(async move { answer.await.map_err(Into::into) }))
    }
}

impl From<bool> for Allows {
    fn from(answer: bool) -> Self {
        Self::Now(answer)
    }
}

impl fmt::Debug for Allows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(answer) => f.debug_tuple("Now").field(answer).finish(),
            Self::Later(_) => f.write_str("Later(…)"),
        }
    }
}
