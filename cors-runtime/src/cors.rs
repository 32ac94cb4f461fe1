//! The middleware for what an annotation on the handler cannot reach: what is decided before the handler's own
//! middleware is asked, and routes that are built by hand.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::future::{Future, Ready, poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{
    RequestHead, Service, ServiceRequest, ServiceResponse, Transform, Url, forward_ready,
};
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::{Error, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::annotation::Annotation;
use crate::answers::{Answers, Judged};
use crate::decision::{Decision, RequestId, join, watch};
use crate::enforce::is_same_origin;
use crate::log;
use crate::lookup::{Lookup, Target};
use crate::middleware::refused;
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
/// Neither ever widens or replaces the policy of an annotated handler inside. Where it cannot be told which handler is
/// meant, both stand aside: the request goes on to the handler's own middleware, and nothing is added to a response that
/// was made before. So it is where
///
/// - the route attribute has a `guard`, or scopes that overlap have handlers of different policies for the same path and
///   method: the guard of a scope cannot be seen from here;
/// - a resource without an annotation comes before, and its pattern matches the path;
/// - another pattern in front matches the path too, and its handlers have other methods.
///
/// Two things cannot be seen, and want another order or an app of their own: whether the guard of a scope sends a request
/// past an annotated handler to one without an annotation, and whether a resource without an annotation stands between two
/// annotated handlers of one path.
///
/// Middleware that changes the path, such as `NormalizePath`, belongs outside: `.wrap(Cors::annotated()).wrap(NormalizePath::trim())`.
#[derive(Clone, Copy, Debug)]
pub struct Cors {
    default: Option<Default>,
    /// What [`BUILT`] was when this was made.
    built_before: usize,
}

/// The policy for what no annotation covers.
#[derive(Clone, Copy)]
struct Default {
    annotation: &'static Annotation,
    /// Whether it is for paths without any annotation alone, or also for other methods of annotated paths.
    paths_alone: bool,
}

impl Default {
    fn of<P: CorsPolicy>(paths_alone: bool) -> Self {
        let annotation = P::annotation();
        // A wrong constant among its origins ends the program here, not with the first request.
        annotation.answers();
        Self {
            annotation,
            paths_alone,
        }
    }
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
        Self {
            default: None,
            built_before: 0,
        }
    }

    /// A named policy for the paths that no annotated handler has: 404s, files, routes built by hand.
    #[must_use]
    pub fn fallback<P: CorsPolicy>(self) -> Self {
        Self {
            default: Some(Default::of::<P>(true)),
            built_before: BUILT.get(),
        }
    }

    /// One named policy for everything inside that is not an annotated handler's.
    ///
    /// Its `methods` are what `Access-Control-Allow-Methods` says; without the key the CORS-safelisted ones.
    #[must_use]
    pub fn of<P: CorsPolicy>() -> Self {
        Self {
            default: Some(Default::of::<P>(false)),
            built_before: BUILT.get(),
        }
    }
}

thread_local! {
    /// How many layers with a policy were built on this thread. Those inside another are built before it, and after the
    /// app's factory has made it.
    static BUILT: Cell<usize> = const { Cell::new(0) };
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
        let built = BUILT.get();
        BUILT.set(built + usize::from(self.default.is_some()));
        ready(Ok(CorsService {
            service: Rc::new(service),
            judge: Rc::new(Judge {
                default: self.default,
                may_have_others_inside: built != self.built_before,
                lookup: OnceCell::new(),
            }),
        }))
    }
}

/// [`Cors`] around a service.
pub struct CorsService<S> {
    service: Rc<S>,
    judge: Rc<Judge>,
}

/// Knows whose policy is for which request.
struct Judge {
    default: Option<Default>,
    /// Whether a layer inside may have a policy for a part of what this one's is for.
    may_have_others_inside: bool,
    /// Of the app that this belongs to; the first request tells which.
    lookup: OnceCell<Option<Lookup>>,
}

impl Judge {
    fn lookup(&self, request: &HttpRequest) -> Option<&Lookup> {
        self.lookup
            .get_or_init(|| {
                let app = App::serving(request)?;
                Some(Lookup::new(&app, request.resource_map().clone()))
            })
            .as_ref()
    }

    /// The target of a request for `path`, decoded as the router decodes it.
    fn target(&self, path: &str, method: &str) -> Cow<'_, Target> {
        match self.lookup.get() {
            Some(Some(lookup)) => lookup.find(path, method),
            _ => Cow::Owned(Target::Unannotated),
        }
    }

    fn default_for(&self, target: &Target) -> Option<&'static Answers> {
        let default = self.default?;
        let applies = match target {
            Target::Handler(_) | Target::Unclear(_) => false,
            Target::OtherMethod(_) => !default.paths_alone,
            Target::Unannotated => true,
        };
        applies.then(|| default.annotation.answers())
    }

    fn default_preflight(
        &self,
        target: &Target,
        asked: &HeaderValue,
    ) -> Option<(&'static Answers, HeaderValue)> {
        let answers = self.default_for(target)?;
        Some((answers, answers.allow_methods(asked)))
    }

    /// Who answers a preflight that nothing inside answers.
    fn last_preflight(
        &self,
        request: &HttpRequest,
        asked: &HeaderValue,
    ) -> Option<(&'static Answers, HeaderValue)> {
        let path = request.match_info().as_str();
        let target = self.target(path, asked.to_str().unwrap_or_default());
        self.default_preflight(&target, asked)
    }

    /// Who answers a preflight before anything inside is asked, and with which methods.
    fn preflight(
        &self,
        request: &HttpRequest,
        asked: &HeaderValue,
    ) -> Option<(&'static Answers, HeaderValue)> {
        self.lookup(request);
        // The whole path, also where a scope around this has taken its part of it. The method is a token, so ASCII.
        let target = self.target(
            request.match_info().as_str(),
            asked.to_str().unwrap_or_default(),
        );
        match &*target {
            Target::Handler(mount) => mount
                .answers_for(asked)
                .then(|| (mount.annotation.answers(), mount.allow_methods.clone())),
            _ if self.may_have_others_inside => None,
            target => self.default_preflight(target, asked),
        }
    }

    /// What to do with a response to an actual request that no policy inside gave its headers.
    fn plan(&self, target: &Target) -> Plan {
        if let Some(answers) = self.default_for(target) {
            return Plan::Always(answers);
        }
        match target {
            Target::Handler(mount) => {
                Plan::Meant(mount.annotation.answers(), mount.path.is_empty())
            }
            Target::OtherMethod(Some(annotation)) => Plan::NotFound(annotation.answers()),
            Target::OtherMethod(None) | Target::Unclear(_) | Target::Unannotated => Plan::Leave,
        }
    }

    /// What has to be known before there is a response: where a policy keeps the service from the request, or takes its
    /// time over a verdict that depends on the whole request.
    fn early(&self, request: &HttpRequest) -> Option<Early> {
        let lookup = self.lookup(request);
        let default = self.default.map(|default| default.annotation.answers());
        let enforced = default.filter(|answers| answers.enforces());
        if enforced.is_none()
            && default.is_none_or(Answers::is_immediate)
            && !lookup.is_some_and(Lookup::has_sources)
        {
            return None;
        }
        let target = self.target(request.match_info().as_str(), request.method().as_str());
        let plan = self.plan(&target);
        let early = Early {
            plan,
            enforced,
            others: Rc::default(),
        };
        match (plan, &*target, self.default) {
            (Plan::Always(_), ..) => Some(early),
            // For one of the handlers or for none: what all of them refuse nobody gets.
            (_, Target::Unclear(others), Some(default)) if !default.paths_alone => Some(Early {
                others: Rc::clone(others),
                ..early
            }),
            _ => plan
                .answers()
                .is_some_and(|answers| !answers.is_immediate())
                .then_some(Early {
                    enforced: None,
                    ..early
                }),
        }
    }

    /// Gives the headers to a response that no policy inside has decided about, or `several`.
    #[cold]
    fn settle<B>(
        &self,
        asked: &Asked,
        several: bool,
        result: &mut Result<ServiceResponse<B>, Error>,
    ) {
        let own;
        let (head, path, is_same_origin) = if let Ok(response) = &*result {
            let request = response.request();
            let path = Cow::Borrowed(request.match_info().as_str());
            (
                request.head(),
                path,
                log::is_on() && is_same_origin(request),
            )
        } else {
            own = asked.head();
            let path = Url::new(own.uri.clone()).path().to_owned();
            (&own, Cow::Owned(path), asked.is_same_origin)
        };
        if let Some(method) = requested_method(head) {
            if !matches!(
                &*self.target(&path, method.to_str().unwrap_or_default()),
                Target::Unannotated
            ) {
                log::unclaimed(head);
                Decision::Unclaimed.hand_over(asked.id);
            }
            return;
        }
        let plan = self.plan(&self.target(&path, head.method.as_str()));
        if plan.covers(several, result)
            && let Some(answers) = plan.answers()
            // Plans whose verdict has to be waited for are made early.
            && let Judged::Now(verdict) = answers.judge(head)
        {
            if !is_same_origin {
                log_refusal(answers, &verdict, head);
            }
            Decision::Actual { answers, verdict }.deliver(asked.id, result);
        }
    }
}

/// What is decided before there is a response.
struct Early {
    plan: Plan,
    /// The policy that keeps the service from what it refuses.
    enforced: Option<&'static Answers>,
    /// Unless one of these does not refuse it.
    others: Rc<[&'static Annotation]>,
}

#[derive(Clone, Copy)]
enum Plan {
    Leave,
    /// The policy of the handler that the request was meant for, where no resource took it; and whether the handler's path
    /// is its scope's, so that the router's words do not tell.
    Meant(&'static Answers, bool),
    /// The policy of the path, where there is no handler for the method. What says so is not the handler's, nor is any
    /// other response: it may be meant for a handler without an annotation.
    NotFound(&'static Answers),
    Always(&'static Answers),
}

impl Plan {
    fn answers(self) -> Option<&'static Answers> {
        match self {
            Self::Leave => None,
            Self::Meant(answers, _) | Self::NotFound(answers) | Self::Always(answers) => {
                Some(answers)
            }
        }
    }

    fn covers<B>(self, several: bool, result: &Result<ServiceResponse<B>, Error>) -> bool {
        // The router takes off the path what it has matched. What an unannotated resource answers is its own affair.
        let is_unrouted = match result {
            Ok(response) => !response.request().match_info().unprocessed().is_empty(),
            Err(_) => true,
        };
        let status = match result {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        let is_error = status.is_client_error() || status.is_server_error();
        match self {
            Self::Leave => false,
            Self::Always(_) => true,
            // Where different handlers have answered it is still known for whom the request was.
            Self::Meant(_, at_scope) => is_unrouted || several || at_scope && is_error,
            Self::NotFound(_) => {
                is_unrouted
                    && matches!(
                        status,
                        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
                    )
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
        if let Some(method) = requested_method(request.head()) {
            if let Some((answers, methods)) = self.judge.preflight(request.request(), method) {
                return answer_first(request, answers, methods);
            }
            if let Some((answers, methods)) = self.judge.last_preflight(request.request(), method) {
                let service = Rc::clone(&self.service);
                return CorsFuture::Boxed {
                    future: Box::pin(ask_inside_first(service, request, answers, methods)),
                };
            }
        } else if let Some(early) = self.judge.early(request.request()) {
            let service = Rc::clone(&self.service);
            return CorsFuture::Boxed {
                future: Box::pin(run_judged(service, request, early)),
            };
        }
        let judge = Rc::clone(&self.judge);
        let asked = Asked::of(request.request());
        let id = asked.id;
        let (response, decided) = if asked.is_preflight {
            watch(id, || self.service.call(request))
        } else {
            // Nobody decides about an actual request before there is a response to poll for.
            (self.service.call(request), None)
        };
        CorsFuture::Running {
            response,
            judge,
            asked,
            decided: decided.map(Box::new),
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
            judge: Rc<Judge>,
            asked: Asked,
            decided: Option<Box<Decision>>,
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
        let (response, judge, asked, kept) = match self.project() {
            CorsFutureProjection::Running {
                response,
                judge,
                asked,
                decided,
            } => (response, judge, asked, decided),
            // Taken once: a future is not polled after it is ready.
            CorsFutureProjection::Answered { response } => {
                return response
                    .take()
                    .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
            }
            CorsFutureProjection::Boxed { future } => return future.as_mut().poll(context),
        };
        let id = asked.id;
        let (polled, inside) = watch(id, || response.poll(context));
        let decided = match (kept.take(), inside) {
            (None, inside) => inside,
            (Some(known), None) => Some(*known),
            (Some(known), Some(later)) => Some(join(&known, later)),
        };
        let Poll::Ready(mut result) = polled else {
            *kept = decided.map(Box::new);
            return Poll::Pending;
        };
        match decided {
            None => judge.settle(asked, false, &mut result),
            Some(Decision::Several) => judge.settle(asked, true, &mut result),
            Some(decision) => decision.deliver(id, &mut result),
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}

/// What of a request is needed where an error comes back in its place.
struct Asked {
    id: RequestId,
    /// For a preflight the one that it asks for.
    method: Method,
    path: Option<PathAndQuery>,
    origin: Option<HeaderValue>,
    has_one_origin: bool,
    is_preflight: bool,
    /// Known where the log wants to know.
    is_same_origin: bool,
}

impl Asked {
    #[inline]
    fn of(request: &HttpRequest) -> Self {
        let head = request.head();
        let preflight = requested_method(head);
        let mut origins = head.headers.get_all(ORIGIN);
        // A token, as is the name of any method.
        let requested = preflight.and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        Self {
            id: RequestId::of(head),
            method: requested.unwrap_or_else(|| head.method.clone()),
            path: head.uri.path_and_query().cloned(),
            origin: origins.next().cloned(),
            has_one_origin: origins.next().is_none(),
            is_preflight: preflight.is_some(),
            is_same_origin: log::is_on() && is_same_origin(request),
        }
    }

    fn head(&self) -> RequestHead {
        let mut head = RequestHead::default();
        head.method = self.method.clone();
        if let Some(path) = &self.path {
            head.uri = Uri::from(path.clone());
        }
        if let Some(origin) = &self.origin {
            head.headers.append(ORIGIN, origin.clone());
            if !self.has_one_origin {
                head.headers.append(ORIGIN, origin.clone());
            }
        }
        if self.is_preflight {
            head.method = Method::OPTIONS;
            if let Ok(method) = HeaderValue::from_str(self.method.as_str()) {
                head.headers.insert(ACCESS_CONTROL_REQUEST_METHOD, method);
            }
        }
        head
    }
}

/// Answers a preflight before anything inside is asked.
#[inline]
fn answer_first<S, B>(
    request: ServiceRequest,
    answers: &'static Answers,
    methods: HeaderValue,
) -> CorsFuture<S, B>
where
    S: Service<ServiceRequest>,
    B: 'static,
{
    match answers.judge(request.head()) {
        Judged::Now(verdict) => CorsFuture::Answered {
            response: Some(answer_preflight(answers, verdict, &methods, request)),
        },
        Judged::Later(verdict) => CorsFuture::Boxed {
            future: Box::pin(async move {
                let verdict = verdict.await;
                Ok(answer_preflight(answers, verdict, &methods, request))
            }),
        },
    }
}

fn answer_preflight<B>(
    answers: &'static Answers,
    verdict: Verdict,
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
    early: Early,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let Early {
        plan,
        enforced,
        others,
    } = early;
    let id = RequestId::of(request.head());
    let head = request.head().clone();
    let is_same_origin = log::is_on() && is_same_origin(request.request());
    let mut verdict = None;
    if let Some(answers) = enforced {
        let known = judged(answers, &head).await;
        if let Some(refused) = refused(answers, &request, &known)
            && !anyone_allows(&others, &head).await
        {
            log_refusal(answers, &known, &head);
            let mut result = Err(refused.into());
            let verdict = known;
            Decision::Actual { answers, verdict }.deliver(id, &mut result);
            return result;
        }
        verdict = Some(known);
    }
    let (mut result, decided) = run(&*service, request, id).await;
    match decided {
        Some(
            decision @ (Decision::Actual { .. } | Decision::Preflight { .. } | Decision::Unclaimed),
        ) => decision.deliver(id, &mut result),
        several => {
            if plan.covers(several.is_some(), &result)
                && let Some(answers) = plan.answers()
            {
                let verdict = match verdict {
                    Some(known) => known,
                    None => judged(answers, &head).await,
                };
                if !is_same_origin {
                    log_refusal(answers, &verdict, &head);
                }
                Decision::Actual { answers, verdict }.deliver(id, &mut result);
            }
        }
    }
    result.map(ServiceResponse::map_into_left_body)
}

/// A preflight for which a layer inside may have a policy: the one here answers where nobody does.
async fn ask_inside_first<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    answers: &'static Answers,
    methods: HeaderValue,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let id = RequestId::of(request.head());
    let (mut result, decided) = run(&*service, request, id).await;
    if let Some(decision) = decided {
        decision.deliver(id, &mut result);
    } else if Plan::NotFound(answers).covers(false, &result)
        && let Ok(response) = result
    {
        let (request, _) = response.into_parts();
        let verdict = judged(answers, request.head()).await;
        let response = reply(answers, verdict, &methods, request.head());
        return Ok(ServiceResponse::new(request, response).map_into_right_body());
    }
    result.map(ServiceResponse::map_into_left_body)
}

/// The response, and what was decided about it inside.
async fn run<S, B>(
    service: &S,
    request: ServiceRequest,
    id: RequestId,
) -> (Result<ServiceResponse<B>, Error>, Option<Decision>)
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let (future, mut decided) = watch(id, || service.call(request));
    let mut future = pin!(future);
    let result = poll_fn(|context| {
        let (polled, inside) = watch(id, || future.as_mut().poll(context));
        if let Some(later) = inside {
            decided = Some(match &decided {
                None => later,
                Some(known) => join(known, later),
            });
        }
        polled
    })
    .await;
    (result, decided)
}

fn log_refusal(answers: &Answers, verdict: &Verdict, request: &RequestHead) {
    if let Verdict::Refused(refusal) = verdict {
        log::refused(answers.item(), *refusal, request);
    }
}

async fn anyone_allows(annotations: &[&'static Annotation], request: &RequestHead) -> bool {
    for annotation in annotations {
        let verdict = judged(annotation.answers(), request).await;
        if matches!(verdict, Verdict::Anyone | Verdict::Allowed(_)) {
            return true;
        }
    }
    false
}

async fn judged(answers: &'static Answers, request: &RequestHead) -> Verdict {
    match answers.judge(request) {
        Judged::Now(verdict) => verdict,
        Judged::Later(verdict) => verdict.await,
    }
}
