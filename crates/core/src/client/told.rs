//! What is written down of clients that are not believed.

use std::borrow::Cow;

use super::assertion;
use super::error::ClientAuthError;
use super::proof::ClientProof;
use super::service::Clients;
use crate::attempt::Attempt;
use crate::audit::{AuditEvent, AuditKind};
use crate::cause::Cause;

impl Clients {
    /// A client was not believed. It costs whoever asks no hash, so there may be many.
    pub(super) fn tell_refused(&self, proof: &ClientProof, attempt: &Attempt, error: &ClientAuthError) {
        let (Some(audit), Some(reason)) = (&self.audit, error.reason()) else {
            return;
        };
        let event = AuditEvent::new(AuditKind::ClientRefused, Cause::default().from(attempt));
        let event = match said(proof) {
            Some(id) => event.of(&id),
            None => event,
        };
        audit.tell_refusal(event.with("method", proof.method().name()).with("reason", reason));
    }
}

/// Which client it says that it is.
fn said(proof: &ClientProof) -> Option<Cow<'_, str>> {
    match proof {
        ClientProof::Secret { id, .. } | ClientProof::None { id } => Some(id.into()),
        ClientProof::Assertion { id: Some(id), .. } => Some(id.into()),
        ClientProof::Assertion { id: None, token } => Some(assertion::claimed(token).ok()?.id.into()),
    }
}
