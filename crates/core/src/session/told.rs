//! What is written down of sessions.

use super::event::Event;
use super::record::{EndReason, Family, Session};
use super::store::Ending;
use crate::attempt::Attempt;
use crate::audit::{AuditEvent, AuditKind};
use crate::cause::Cause;
use crate::record_id::SessionId;
use crate::user::UserId;

/// Somebody proved who they are, and a session began.
pub(super) fn logged_in(session: &Session, family: &Family, attempt: &Attempt) -> AuditEvent {
    let cause = Cause::user(&session.user).from(attempt);
    AuditEvent::new(AuditKind::Login, cause.with_client(session.client.as_deref()))
        .of(session.user.as_str())
        .in_session(Some(session.id))
        .with("scope", family.scopes.as_str())
}

/// Sessions were ended.
pub(super) fn ended(cause: &Cause, which: &Ending, why: EndReason) -> AuditEvent {
    let event = AuditEvent::new(AuditKind::SessionEnded, cause.clone()).with("why", why.name());
    match which {
        Ending::Session(id) => event.in_session(Some(*id)),
        Ending::SessionOf(id, user) => event.in_session(Some(*id)).of(user.as_str()),
        Ending::OfUser(user, None) => event.of(user.as_str()).with("which", "all"),
        Ending::OfUser(user, Some(but)) => event
            .of(user.as_str())
            .with("which", "all but one")
            .with("but", but.to_string()),
        Ending::OfClient(client) => event.with("which", "all of a client").with("client", client.as_str()),
    }
}

/// A user calls a session something else.
pub(super) fn labelled(cause: &Cause, session: SessionId, user: &UserId) -> AuditEvent {
    AuditEvent::new(AuditKind::SessionLabelled, cause.clone())
        .of(user.as_str())
        .in_session(Some(session))
}

/// Something happened with a refresh token of a family, presented with this generation by whoever it is.
pub(super) fn of_family(kind: AuditKind, family: &Family, generation: u32, cause: Cause) -> AuditEvent {
    AuditEvent::new(kind, cause)
        .of(family.user.as_str())
        .in_session(Some(family.session))
        .with("generation", generation)
}

impl Event {
    /// As what it is written down.
    pub(super) const fn kind(self) -> AuditKind {
        match self {
            Self::Reuse => AuditKind::RefreshReuse,
            Self::Late => AuditKind::RefreshLate,
            Self::LateRetry => AuditKind::RefreshLateRetry,
            Self::RolledForward => AuditKind::RefreshRolledForward,
            Self::WrongClient => AuditKind::RefreshWrongClient,
        }
    }
}
