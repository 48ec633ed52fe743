//! The bytes of a request's body, a piece at a time.

use std::error::Error;
use std::io;

use axum::body::Body;
use http::StatusCode;
use http_body_util::BodyExt as _;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than the limit, or says so.
    TooLarge,
    /// It came too slowly: the server ends a body that stalls with a time-out.
    Slow,
    /// The client went away.
    Incomplete,
}

impl Unread {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Incomplete => StatusCode::BAD_REQUEST,
        }
    }
}

/// Gives the pieces of a body to `take`, and ends with the one that goes beyond `limit` bytes in all.
pub(crate) async fn read<E: From<Unread>>(
    mut body: Body,
    limit: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut room = limit;
    while let Some(frame) = body.frame().await {
        match frame.map_err(|error| broken_off(&error))?.into_data() {
            Ok(data) => {
                take(&data)?;
                room = room.checked_sub(data.len()).ok_or(Unread::TooLarge)?;
            }
            Err(_trailers) => break,
        }
    }
    Ok(())
}

fn broken_off(error: &axum::Error) -> Unread {
    let mut causes = std::iter::successors(Some(error as &dyn Error), |cause| (*cause).source());
    let slow = causes.any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == io::ErrorKind::TimedOut)
    });
    if slow { Unread::Slow } else { Unread::Incomplete }
}
