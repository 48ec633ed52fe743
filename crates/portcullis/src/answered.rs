//! A refusal as a response, and that response as a table answers it.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, RETRY_AFTER, TRANSFER_ENCODING, WWW_AUTHENTICATE};

use crate::answers::Answers;
use crate::ours::OurError;
use crate::refusal::Refusal;

impl IntoResponse for Refusal {
    /// FastAPI's answer, with the refusal itself among the response's extensions: a mounted router writes it anew by
    /// its own table.
    fn into_response(self) -> Response {
        let mut response = Answers::fastapi().respond(&self);
        response.extensions_mut().insert(self);
        response
    }
}

/// Beside a refusal in a response: the router that it comes from has answered it by its table, and one around that
/// router leaves it so.
#[derive(Debug, Clone, Copy)]
struct Answered;

/// A refusal as the table answers it. What layers inside added to the response stays, but what belongs to the body or
/// is the table's to say.
pub(crate) fn answered(response: Response, answers: Option<&Answers>) -> Response {
    let (mut head, mut body) = response.into_parts();
    if head.extensions.insert(Answered).is_some() {
        return Response::from_parts(head, body);
    }
    let anew = answers.zip(head.extensions.get::<Refusal>());
    if let Some((own, text)) = anew.map(|(answers, refusal)| answers.respond(refusal).into_parts()) {
        for stale in [
            CONTENT_ENCODING,
            CONTENT_LENGTH,
            TRANSFER_ENCODING,
            RETRY_AFTER,
            WWW_AUTHENTICATE,
        ] {
            head.headers.remove(stale);
        }
        for name in own.headers.keys() {
            head.headers.remove(name);
        }
        for (name, value) in &own.headers {
            head.headers.append(name, value.clone());
        }
        (head.status, body) = (own.status, text);
    }
    head.extensions.insert(OurError);
    Response::from_parts(head, body)
}
