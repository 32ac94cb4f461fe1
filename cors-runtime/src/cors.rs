//! The middleware for what an annotation on the handler cannot reach: what is decided before the handler's own
//! middleware is asked, and routes that are built by hand.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::future::{Future, Ready, poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{
    RequestHead, Service, ServiceRequest, ServiceResponse, Transform, forward_ready,
};
use actix_web::http::header::{HeaderValue, ORIGIN};
use actix_web::{Error, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::annotation::Annotation;
use crate::answers::{Answers, Judged};
use crate::claim::{claim, watch};
use crate::lookup::{Lookup, Target};
use crate::middleware::{apply, refused};
use crate::mounted::App;
use crate::policy::CorsPolicy;
use crate::preflight::{reply, requested_method};
use crate::verdict::Verdict;

/// CORS for a whole app, a scope or a resource.
///
/// [`Cors::annotated`] wraps the app, outermost: it answers the preflights of annotated handlers before anything inside
/// can turn them away, and lets the pages that a handler allows read what was answered in its place (a 401, a 429).
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, middleware, put};
/// use cors_runtime::{Cors, cors};
///
/// #[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
/// #[put("/items")]
/// async fn update() -> impl Responder {
///     HttpResponse::NoContent()
/// }
///
/// let app = App::new()
///     .service(update)
///     .wrap(middleware::Logger::default()) // … authentication, rate limits …
///     .wrap(Cors::annotated()); // the last `wrap` is the outermost
/// ```
///
/// [`Cors::of`] puts routes that are built by hand under one named policy.
///
/// Neither ever widens or replaces the policy of an annotated handler inside. Where more than one annotated handler may
/// be meant (a guard, or two scopes with one prefix, decide) both stand aside: the request goes on to the handler's
/// own middleware, and nothing is added to a response that was made before. Guards of a scope are invisible from here:
/// where one decides between an annotated handler and one without, put the scopes in apps of their own.
#[derive(Clone, Copy, Debug)]
pub struct Cors {
    default: Option<Default>,
}

/// The policy for what no annotation covers.
#[derive(Clone, Copy)]
struct Default {
    annotation: &'static Annotation,
    /// Whether it is for paths without any annotation alone, or also for other methods of annotated paths.
    paths_alone: bool,
}

impl std::fmt::Debug for Default {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.annotation.item().name)
    }
}

impl Cors {
    /// The policies of the annotated handlers, each for what is meant for it.
    #[must_use]
    pub const fn annotated() -> Self {
        Self { default: None }
    }

    /// A named policy for the paths that no annotated handler has: 404s, files, routes built by hand.
    #[must_use]
    pub fn fallback<P: CorsPolicy>(self) -> Self {
        Self {
            default: Some(Default {
                annotation: P::annotation(),
                paths_alone: true,
            }),
        }
    }

    /// One named policy for everything inside that is not an annotated handler's.
    ///
    /// Its `methods` are what `Access-Control-Allow-Methods` says; without the key the CORS-safelisted ones.
    #[must_use]
    pub fn of<P: CorsPolicy>() -> Self {
        Self {
            default: Some(Default {
                annotation: P::annotation(),
                paths_alone: false,
            }),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Cors
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = CorsService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(CorsService {
            service: Rc::new(service),
            default: self.default,
            candidates: RefCell::new(App::candidates()),
            lookup: OnceCell::new(),
        }))
    }
}

/// [`Cors`] around a service.
pub struct CorsService<S> {
    service: Rc<S>,
    default: Option<Default>,
    /// The apps that this may belong to; the first request tells.
    candidates: RefCell<Vec<Rc<App>>>,
    lookup: OnceCell<Option<Lookup>>,
}

impl<S> CorsService<S> {
    fn target(&self, request: &HttpRequest, method: &str) -> Cow<'_, Target> {
        let lookup = self.lookup.get_or_init(|| {
            let candidates = self.candidates.take();
            let app = candidates.iter().find(|app| app.has(request))?;
            Some(Lookup::new(app, request))
        });
        match lookup {
            // The whole path, also where a scope around this has taken its part of it.
            Some(lookup) => lookup.find(
                request.resource_map(),
                request.match_info().as_str(),
                method,
            ),
            None => Cow::Owned(Target::Unannotated),
        }
    }

    fn default_for(&self, target: &Target) -> Option<&'static Answers> {
        let default = self.default?;
        let applies = match target {
            Target::Handler(_) | Target::Unclear => false,
            Target::OtherMethod(_) => !default.paths_alone,
            Target::Unannotated => true,
        };
        applies.then(|| default.annotation.answers())
    }

    /// Who answers a preflight from here, and with which methods.
    fn preflight(&self, request: &HttpRequest) -> Option<(&'static Answers, HeaderValue)> {
        let asked = requested_method(request.head())?;
        // A token, so ASCII.
        let target = self.target(request, asked.to_str().unwrap_or_default());
        match &*target {
            Target::Handler(mount) => {
                Some((mount.annotation.answers(), mount.allow_methods.clone()))
            }
            target => {
                let answers = self.default_for(target)?;
                Some((answers, answers.allow_methods(asked)))
            }
        }
    }

    /// What to do with a response that no policy inside gave its headers.
    fn plan(&self, request: &HttpRequest) -> Plan {
        if requested_method(request.head()).is_some() {
            return Plan::Leave;
        }
        let target = self.target(request, request.method().as_str());
        if let Some(answers) = self.default_for(&target) {
            return Plan::Always(answers);
        }
        match &*target {
            Target::Handler(mount) => Plan::Unrouted(mount.annotation.answers()),
            Target::OtherMethod(Some(annotation)) => Plan::Unrouted(annotation.answers()),
            Target::OtherMethod(None) | Target::Unclear | Target::Unannotated => Plan::Leave,
        }
    }
}

#[derive(Clone, Copy)]
enum Plan {
    Leave,
    /// The policy of a handler that the request was meant for, where no resource took it.
    Unrouted(&'static Answers),
    Always(&'static Answers),
}

impl Plan {
    fn answers(self) -> Option<&'static Answers> {
        match self {
            Self::Leave => None,
            Self::Unrouted(answers) | Self::Always(answers) => Some(answers),
        }
    }

    /// Whether it covers this response: what an unannotated resource has answered is its own affair.
    fn covers<B>(self, result: &Result<ServiceResponse<B>, Error>) -> bool {
        match (self, result) {
            (Self::Leave, _) => false,
            (Self::Always(_), _) | (Self::Unrouted(_), Err(_)) => true,
            // The router takes off the path what it has matched.
            (Self::Unrouted(_), Ok(response)) => {
                !response.request().match_info().unprocessed().is_empty()
            }
        }
    }
}

impl<S, B> Service<ServiceRequest> for CorsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = CorsFuture<S, B>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if let Some((answers, methods)) = self.preflight(request.request()) {
            claim();
            return match answers.judge(request.head()) {
                Judged::Now(verdict) => CorsFuture::Answered {
                    response: Some(answer_preflight(answers, &verdict, &methods, request)),
                },
                Judged::Later(verdict) => CorsFuture::Boxed {
                    future: Box::pin(async move {
                        let verdict = verdict.await;
                        Ok(answer_preflight(answers, &verdict, &methods, request))
                    }),
                },
            };
        }
        let plan = self.plan(request.request());
        if let Some(answers) = plan.answers()
            && (!answers.is_immediate() || matches!(plan, Plan::Always(_)) && answers.enforces())
        {
            let service = Rc::clone(&self.service);
            return CorsFuture::Boxed {
                future: Box::pin(run_judged(service, request, plan, answers)),
            };
        }
        let asked = Asked::of(request.head());
        let (response, claimed) = watch(|| self.service.call(request));
        CorsFuture::Running {
            response,
            plan,
            asked,
            claimed,
        }
    }
}

pin_project! {
    /// The response of a [`CorsService`].
    #[project = CorsFutureProjection]
    pub enum CorsFuture<S, B>
    where
        S: Service<ServiceRequest>,
    {
        #[doc(hidden)]
        Running {
            #[pin]
            response: S::Future,
            plan: Plan,
            asked: Asked,
            claimed: bool,
        },
        #[doc(hidden)]
        Answered { response: Option<ServiceResponse<EitherBody<B>>> },
        #[doc(hidden)]
        Boxed { future: LocalBoxFuture<'static, Result<ServiceResponse<EitherBody<B>>, Error>> },
    }
}

impl<S, B> Future for CorsFuture<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (response, plan, asked, claimed) = match self.project() {
            CorsFutureProjection::Running {
                response,
                plan,
                asked,
                claimed,
            } => (response, *plan, asked, claimed),
            // Taken once: a future is not polled after it is ready.
            CorsFutureProjection::Answered { response } => {
                return response
                    .take()
                    .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
            }
            CorsFutureProjection::Boxed { future } => return future.as_mut().poll(context),
        };
        let (polled, inside) = watch(|| response.poll(context));
        *claimed |= inside;
        let Poll::Ready(mut result) = polled else {
            return Poll::Pending;
        };
        if !*claimed
            && plan.covers(&result)
            && let Some(answers) = plan.answers()
        {
            let judged = match &result {
                Ok(response) => answers.judge(response.request().head()),
                Err(_) => answers.judge(&asked.head()),
            };
            // Plans whose verdict has to be waited for are run elsewhere.
            if let Judged::Now(verdict) = judged {
                apply(answers, &verdict, &mut result);
            }
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}

/// What of a request is needed to judge it when an error has come back in its place.
struct Asked {
    origin: Option<HeaderValue>,
    is_one: bool,
}

impl Asked {
    fn of(request: &RequestHead) -> Self {
        let mut origins = request.headers.get_all(ORIGIN);
        let origin = origins.next().cloned();
        Self {
            origin,
            is_one: origins.next().is_none(),
        }
    }

    fn head(&self) -> RequestHead {
        let mut head = RequestHead::default();
        if let Some(origin) = &self.origin {
            head.headers.append(ORIGIN, origin.clone());
            if !self.is_one {
                head.headers.append(ORIGIN, origin.clone());
            }
        }
        head
    }
}

fn answer_preflight<B>(
    answers: &'static Answers,
    verdict: &Verdict,
    methods: &HeaderValue,
    request: ServiceRequest,
) -> ServiceResponse<EitherBody<B>> {
    let response: HttpResponse<BoxBody> = reply(answers, verdict, methods, request.head());
    request.into_response(response).map_into_right_body()
}

/// The request under a policy that takes its time, or that keeps the service from it.
async fn run_judged<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    plan: Plan,
    answers: &'static Answers,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let head = request.head().clone();
    let mut verdict = None;
    if matches!(plan, Plan::Always(_)) && answers.enforces() {
        let known = judged(answers, &head).await;
        if let Some(refused) = refused(answers, &request, &known) {
            let mut result = Err(refused.into());
            apply::<EitherBody<B>>(answers, &known, &mut result);
            return result;
        }
        verdict = Some(known);
    }
    let (future, mut claimed) = watch(|| service.call(request));
    let mut future = pin!(future);
    let mut result = poll_fn(|context| {
        let (polled, inside) = watch(|| future.as_mut().poll(context));
        claimed |= inside;
        polled
    })
    .await;
    if !claimed && plan.covers(&result) {
        let verdict = match verdict {
            Some(known) => known,
            None => judged(answers, &head).await,
        };
        apply(answers, &verdict, &mut result);
    }
    result.map(ServiceResponse::map_into_left_body)
}

async fn judged(answers: &'static Answers, request: &RequestHead) -> Verdict {
    match answers.judge(request) {
        Judged::Now(verdict) => verdict,
        Judged::Later(verdict) => verdict.await,
    }
}
