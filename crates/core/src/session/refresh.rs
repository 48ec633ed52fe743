//! What becomes of a refresh token that somebody presents: the decision, which looks at nothing but what is handed in.

use std::time::Duration;

use super::error::RefreshRefusal;
use super::record::{Digest, Family, Session, millis};
use super::request::Standing;
use super::settings::{LateRetry, SessionSettings};
use super::text::RefreshToken;
use crate::scope::ScopeSet;

/// For how long a late retry is thought of.
const LATE_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A refresh token, and all that has to be known.
pub(super) struct Case<'a> {
    pub(super) token: &'a RefreshToken,
    /// The digest of the token, by the secret that it names.
    pub(super) digest: Digest,
    /// Who presents it, and what for.
    pub(super) client: Option<&'a str>,
    pub(super) scope: Option<&'a ScopeSet>,
    /// From where, as the family would have it.
    pub(super) network: Option<u32>,
    pub(super) family: &'a Family,
    pub(super) session: &'a Session,
    /// The user as they are now, if they are.
    pub(super) user: Option<&'a Standing>,
    pub(super) settings: &'a SessionSettings,
    pub(super) now: u64,
    /// Whether a late answer was open at an earlier look: who took it since came at the same time.
    pub(super) was_open: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is the good one: make the next.
    Rotate,
    /// It was used a moment ago: give the same successor again.
    Again,
    /// The same, though later, if nobody used the successor.
    Late,
    /// The store is behind it: set the store forward, and look again.
    RollForward,
    /// It was used before: end the session.
    Replay {
        /// Whether nobody used what came of it: its owner may have lost the answer.
        late: bool,
    },
    /// Its user is not who they were: end the session.
    UserChanged,
    /// More was asked for than there is, or nothing of it is left. Nothing changes.
    TooWide,
    /// Nothing changes.
    Refuse(RefreshRefusal),
}

impl Case<'_> {
    pub(super) fn decide(&self) -> Decision {
        let family = self.family;
        if !self.session.lives(self.now) || !family.lives(self.now) {
            return Decision::Refuse(RefreshRefusal::Ended);
        }
        if self.client != family.client.as_deref() {
            return Decision::Refuse(RefreshRefusal::OtherClient);
        }
        if !self.user.is_some_and(|user| user.active && user.epoch == family.epoch) {
            return Decision::UserChanged;
        }
        let decision = self.by_generation();
        // A replay is one whatever is asked for.
        let gives = !matches!(decision, Decision::Replay { .. } | Decision::Refuse(_));
        if gives && (self.asks_for_more() || self.asks_in_vain()) {
            return Decision::TooWide;
        }
        decision
    }

    fn by_generation(&self) -> Decision {
        let (token, family) = (self.token.generation, self.family.generation);
        if token > family {
            return match self.settings.accept_ahead {
                true => Decision::RollForward,
                false => Decision::Refuse(RefreshRefusal::Ahead),
            };
        }
        if token == family && self.digest == self.family.digest {
            return Decision::Rotate;
        }
        if token.checked_add(1) == Some(family) && self.family.parent == Some(self.digest) {
            return self.of_parent();
        }
        Decision::Replay { late: false }
    }

    /// The token before the good one: was its answer lost?
    fn of_parent(&self) -> Decision {
        let family = self.family;
        let since = self.now.saturating_sub(family.rotated);
        if since <= millis(self.settings.window) {
            return Decision::Again;
        }
        if family.confirmed {
            return Decision::Replay { late: false };
        }
        let forgiven = self.settings.late_retry == LateRetry::SameNetwork
            // Nobody sees tokens that are for others: to them no generation is ever confirmed.
            && family.audience.is_none()
            && since <= millis(LATE_WINDOW)
            && self.network.is_some()
            && self.network == family.network;
        match (forgiven, family.late) {
            (true, false) => Decision::Late,
            (true, true) if self.was_open => Decision::Again,
            _ => Decision::Replay { late: true },
        }
    }

    fn asks_for_more(&self) -> bool {
        let own = &self.family.scopes;
        self.scope
            .is_some_and(|asked| asked.iter().any(|scope| !own.contains(scope)))
    }

    /// Whether the user has nothing of what is asked for any more: an answer without a scope would mean that it was given
    /// (RFC 6749 §5.1).
    fn asks_in_vain(&self) -> bool {
        let has = |scope| self.user.is_some_and(|user| user.scopes.contains(scope));
        let asked = self.scope.filter(|asked| asked.iter().next().is_some());
        asked.is_some_and(|asked| !asked.iter().any(has))
    }
}
