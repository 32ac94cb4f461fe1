//! Boxed bodies. With one type of body, an answer of ours can replace any response.

use std::any::Any;
use std::task::Poll;

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;

pub(crate) type Polled<B> = Poll<Result<ServiceResponse<B>, Error>>;

/// Boxes the body of the response. A body that is boxed already stays as it is.
pub(crate) fn boxed<B: MessageBody + 'static>(polled: Polled<B>) -> Polled<BoxBody> {
    let mut polled = Some(polled);
    let any: &mut dyn Any = &mut polled;
    let same = any.downcast_mut::<Option<Polled<BoxBody>>>();
    match same.and_then(Option::take) {
        Some(polled) => polled,
        None => polled.map_or(Poll::Pending, |polled| {
            polled.map_ok(ServiceResponse::map_into_boxed_body)
        }),
    }
}
