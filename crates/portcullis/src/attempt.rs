//! Who asks and from where, as far as the connection and the request say.

use http::header::USER_AGENT;
use http::{Extensions, HeaderMap};
use portcullis_core::Attempt;

use crate::device::shown;
use crate::peer::{self, Unlisted};

/// The address and the program of whoever sent a request.
pub(crate) fn attempt(extensions: &Extensions, headers: &HeaderMap) -> Attempt {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Attempt::default().from_peer(peer::of(extensions)).with_agent(agent)
}

/// The same of somebody who logs in: with the device that they show, and whether they came through a proxy that nobody listed.
pub(crate) fn login_attempt(extensions: &Extensions, headers: &HeaderMap) -> Attempt {
    attempt(extensions, headers)
        .behind_unknown_proxy(extensions.get::<Unlisted>().is_some())
        .with_device(shown(headers))
}
