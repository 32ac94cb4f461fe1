//! Sets the headers of a response.

use actix_web::Error;
use actix_web::dev::ServiceResponse;

use super::policy_ref::PolicyRef;
use super::verdict::Verdict;

/// Sets the headers of the response to an actual request, or of the response that will be made from its error.
#[inline]
pub(crate) fn apply<B>(
    policy: &PolicyRef,
    verdict: &Verdict,
    result: &mut Result<ServiceResponse<B>, Error>,
) {
    match result {
        Ok(response) => policy.set_headers(verdict, response.headers_mut()),
        Err(error) => {
            let (policy, verdict) = (policy.clone(), verdict.clone());
            error.add_response_mapper(move |mut response| {
                policy.set_headers(&verdict, response.headers_mut());
                response
            });
        }
    }
}
