//! Who asks and from where, as far as the connection and the request say.

use http::header::USER_AGENT;
use http::{Extensions, HeaderMap};
use portcullis_core::Attempt;

use crate::peer;

/// The address and the program of whoever sent a request.
pub(crate) fn attempt(extensions: &Extensions, headers: &HeaderMap) -> Attempt {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Attempt::default().from_peer(peer::of(extensions)).with_agent(agent)
}
