//! Passes bodies on as streams, up to a limit.

use std::{error::Error, pin::pin};

use actix_web::{
    rt,
    web::{Bytes, Payload},
};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;

use crate::error::Stop;

/// Ends with `stop` instead of the piece that exceeds `limit`.
pub(crate) fn limited<E: Into<Box<dyn Error + Send + Sync>>>(
    pieces: impl Stream<Item = Result<Bytes, E>>,
    limit: u64,
    stop: fn() -> Stop,
) -> impl Stream<Item = Result<Bytes, Box<dyn Error + Send + Sync>>> {
    let mut left = limit;
    pieces.map(move |piece| {
        let piece = piece.map_err(Into::into)?;
        left = left.checked_sub(piece.len() as u64).ok_or_else(stop)?;
        Ok(piece)
    })
}

/// The body of a request, for the client. It takes only streams that can be sent between threads, which a payload of actix cannot.
pub(crate) fn outgoing(payload: Payload, limit: u64) -> reqwest::Body {
    let (sender, receiver) = mpsc::channel(1);
    rt::spawn(async move {
        let mut pieces = pin!(limited(payload, limit, || Stop::RequestTooLarge));
        while let Some(piece) = pieces.next().await {
            // The receiver is gone once the exchange has ended.
            if sender.send(piece).await.is_err() {
                break;
            }
        }
    });
    reqwest::Body::wrap_stream(stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    }))
}
