//! What an administrator should hear of.

use std::net::IpAddr;

use super::record::Family;

/// What happened with a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// It was used again after its successor was: somebody else has it too. The session has ended.
    Reuse,
    /// It was used again, too late or from elsewhere, and nobody had used its successor: its owner may have lost the answer.
    /// The session has ended.
    Late,
    /// The same, and it was forgiven.
    LateRetry,
    /// It was newer than the store, which now follows it.
    RolledForward,
    /// Another client presented it; nothing changed.
    WrongClient,
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Reuse => "refresh_reuse",
            Self::Late => "refresh_late",
            Self::LateRetry => "refresh_late_retry",
            Self::RolledForward => "refresh_rolled_forward",
            Self::WrongClient => "refresh_wrong_client",
        }
    }
}

/// Tells of it. `generation` is the token's, `address` whose who presented it.
pub(super) fn raise(event: Event, family: &Family, generation: u32, address: Option<IpAddr>) {
    tracing::warn!(
        target: "portcullis::event",
        event = event.name(),
        session = %family.session,
        user = %family.user,
        client = family.client.as_deref(),
        generation,
        current = family.generation,
        address = address.map(tracing::field::display),
    );
}
