//! Whose policy is for which request, as a layer sees it: the handler's, the layer's own, or nobody's.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use actix_web::dev::{ServiceResponse, Url};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpRequest};

use super::asked::Asked;
use crate::annotation::Annotation;
use crate::answers::{Answers, Judged};
use crate::decision::{Decision, RequestId};
use crate::log;
use crate::lookup::{Lookup, Target};
use crate::mounted::{App, Mount};
use crate::named::CorsPolicy;
use crate::request::{is_same_origin, requested_method};

/// The policy for what no annotation covers.
#[derive(Clone, Copy)]
pub(super) struct Default {
    annotation: &'static Annotation,
    /// Whether it is for paths without any annotation alone, or also for other methods of annotated paths.
    paths_alone: bool,
}

impl Default {
    pub(super) fn of<P: CorsPolicy>(paths_alone: bool) -> Self {
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

/// Knows whose policy is for which request.
pub(super) struct Judge {
    pub(super) default: Option<Default>,
    /// Whether, around an app, a layer inside may have a policy for a part of what this one's is for.
    pub(super) may_have_others_inside: bool,
    /// Of the app that this belongs to; the first request tells which.
    pub(super) app: OnceCell<Known>,
}

/// What the first request tells.
pub(super) struct Known {
    /// None where the app has no annotated handler.
    lookup: Option<Lookup>,
    /// Whether there are requests for which something is decided before there is a response.
    has_early: bool,
}

impl Judge {
    fn app(&self, request: &HttpRequest) -> &Known {
        self.app.get_or_init(|| {
            let lookup =
                App::serving(request).map(|app| Lookup::new(&app, request.resource_map().clone()));
            let default = self.default.map(|default| default.annotation.answers());
            Known {
                has_early: default
                    .is_some_and(|answers| answers.enforces() || !answers.is_immediate())
                    || lookup.as_ref().is_some_and(Lookup::has_sources),
                lookup,
            }
        })
    }

    /// The target of a request for `path`, decoded as the router decodes it.
    fn target(&self, path: &str, method: &str) -> Cow<'_, Target> {
        match self.app.get() {
            Some(Known {
                lookup: Some(lookup),
                ..
            }) => lookup.find(path, method),
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
    pub(super) fn last_preflight(
        &self,
        request: &HttpRequest,
        asked: &HeaderValue,
    ) -> Option<(&'static Answers, HeaderValue)> {
        let path = request.match_info().as_str();
        let target = self.target(path, asked.to_str().unwrap_or_default());
        self.default_preflight(&target, asked)
    }

    /// Who answers a preflight before anything inside is asked, and with which methods.
    pub(super) fn preflight(
        &self,
        request: &HttpRequest,
        asked: &HeaderValue,
    ) -> Option<(&'static Answers, HeaderValue)> {
        self.app(request);
        // The whole path, also where a scope around this has taken its part of it. The method is a token, so ASCII.
        let target = self.target(
            request.match_info().as_str(),
            asked.to_str().unwrap_or_default(),
        );
        match &*target {
            Target::Handler(mount) => {
                let methods = mount.allow_methods.clone()?;
                Some((mount.annotation.answers(), methods))
            }
            _ if self.may_have_others_inside && is_around_an_app(request) => None,
            target => self.default_preflight(target, asked),
        }
    }

    /// What to do with a response to an actual request that no policy inside gave its headers.
    fn plan(&self, target: &Target) -> Plan {
        if let Some(answers) = self.default_for(target) {
            return Plan::Always(answers);
        }
        match target {
            Target::Handler(mount) if !mount.annotation.is_off() => {
                Plan::Meant(mount.annotation.answers(), Where::of(mount))
            }
            Target::OtherMethod(Some(annotation)) if !annotation.is_off() => {
                Plan::NotFound(annotation.answers())
            }
            Target::Handler(_)
            | Target::OtherMethod(_)
            | Target::Unclear(_)
            | Target::Unannotated => Plan::Leave,
        }
    }

    /// What has to be known before there is a response: where a policy keeps the service from the request, or takes its
    /// time over a verdict that depends on the whole request.
    #[inline]
    pub(super) fn early(&self, request: &HttpRequest) -> Option<Early> {
        if self.app(request).has_early {
            self.early_for(request)
        } else {
            None
        }
    }

    fn early_for(&self, request: &HttpRequest) -> Option<Early> {
        let target = self.target(request.match_info().as_str(), request.method().as_str());
        let enforced = self
            .default
            .map(|default| default.annotation.answers())
            .filter(|answers| answers.enforces());
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

    /// Gives the headers to a response that no policy inside has decided about; or, where nothing is `asked`, that several
    /// have.
    #[cold]
    pub(super) fn settle<B>(
        &self,
        id: RequestId,
        asked: Option<&Asked>,
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
            // Whose error it is that comes of several is not known.
            let Some(asked) = asked else { return };
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
                Decision::Unclaimed.hand_over(id);
            }
            return;
        }
        let plan = self.plan(&self.target(&path, head.method.as_str()));
        if plan.covers(asked.is_none(), result)
            && let Some(answers) = plan.answers()
            // Plans whose verdict has to be waited for are made early.
            && let Judged::Now(verdict) = answers.judge(head)
        {
            if !is_same_origin {
                log::refused_if(answers.item(), &verdict, head);
            }
            Decision::of(answers, verdict).deliver(id, result);
        }
    }
}

/// A scope or a resource has taken its part of the path. Those beside one another are no part of each other.
fn is_around_an_app(request: &HttpRequest) -> bool {
    let path = request.match_info();
    path.unprocessed().len() == path.as_str().len()
}

/// What is decided before there is a response.
pub(super) struct Early {
    pub(super) plan: Plan,
    /// The policy that keeps the service from what it refuses.
    pub(super) enforced: Option<&'static Answers>,
    /// Unless one of these does not refuse it.
    pub(super) others: Rc<[&'static Annotation]>,
}

#[derive(Clone, Copy)]
pub(super) enum Plan {
    Leave,
    /// The policy of the handler that the request was meant for, where no resource took it.
    Meant(&'static Answers, Where),
    /// The policy of the path, where there is no handler for the method. What says so is not the handler's, nor is any
    /// other response: it may be meant for a handler without an annotation.
    NotFound(&'static Answers),
    Always(&'static Answers),
}

/// What can be told of a response by which no resource took the request.
#[derive(Clone, Copy)]
pub(super) enum Where {
    /// It was made before the handler was reached.
    Outside,
    /// So, too, or the guard of the scope has turned the request away, and it is anybody's.
    InScope,
    /// The handler's path is its scope's, and the router's words are the same where it was reached.
    AtScope,
}

impl Where {
    fn of(mount: &Mount) -> Self {
        match (mount.is_scoped(), mount.path.is_empty()) {
            (false, false) => Self::Outside,
            (true, false) => Self::InScope,
            (_, true) => Self::AtScope,
        }
    }
}

impl Plan {
    pub(super) fn answers(self) -> Option<&'static Answers> {
        match self {
            Self::Leave => None,
            Self::Meant(answers, _) | Self::NotFound(answers) | Self::Always(answers) => {
                Some(answers)
            }
        }
    }

    pub(super) fn covers<B>(
        self,
        several: bool,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> bool {
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
            _ if several && result.is_err() => false,
            Self::Leave => false,
            Self::Always(_) => true,
            // Where different handlers have answered it is still known for whom the request was.
            Self::Meant(_, place) => {
                several
                    || match place {
                        Where::Outside => is_unrouted,
                        Where::InScope => is_unrouted && is_error,
                        Where::AtScope => is_error,
                    }
            }
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
