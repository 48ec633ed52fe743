//! What is written down.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::cause::Cause;
use crate::record_id::SessionId;

/// The longest detail, in bytes of JSON.
pub const DETAIL_MAX_BYTES: usize = 2048;

/// The longest text of a row beside its detail, in bytes: longer ones are cut.
pub(super) const TEXT_MAX_BYTES: usize = 256;

macro_rules! kinds {
    ($($(#[$about:meta])* $name:ident = $number:literal, $text:literal;)+) => {
        /// What happened. The numbers are stored and the names are printed; neither ever changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum AuditKind {
            $($(#[$about])* $name,)+
        }

        impl AuditKind {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The number that it is stored as.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)+
                }
            }

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// Somebody logged in, and got tokens.
    Login = 1, "login";
    /// Somebody tried to, in vain.
    LoginFailed = 2, "login_failed";
    /// Somebody was not let try.
    LoginThrottled = 3, "login_throttled";
    /// A client got a token in its own name, or a user one without a login.
    TokenIssued = 4, "token_issued";
    /// A refresh token was used.
    Refresh = 10, "refresh";
    /// The same one again, in time: the answer was given once more.
    RefreshAgain = 11, "refresh_again";
    /// A refresh token was used after its successor was: the session has ended.
    RefreshReuse = 12, "refresh_reuse";
    /// It was used again, too late or from elsewhere; nobody had used its successor. The session has ended.
    RefreshLate = 13, "refresh_late";
    /// The same, and it was forgiven.
    RefreshLateRetry = 14, "refresh_late_retry";
    /// It was newer than the store, which now follows it.
    RefreshRolledForward = 15, "refresh_rolled_forward";
    /// Another client presented it; nothing changed.
    RefreshWrongClient = 16, "refresh_wrong_client";
    /// It was another epoch's: its user had changed. The session has ended.
    RefreshRefused = 17, "refresh_refused";
    /// One session, or several, ended.
    SessionEnded = 20, "session_ended";
    /// One token ended before its time.
    TokenRevoked = 21, "token_revoked";
    /// A session is called something else.
    SessionLabelled = 22, "session_labelled";
    /// An account was added.
    UserAdded = 30, "user_added";
    /// An account was changed.
    UserChanged = 31, "user_changed";
    /// An account has another password.
    UserPassword = 32, "user_password";
    /// An account was removed.
    UserDeleted = 33, "user_deleted";
    /// Accounts of a file, or of another application, were taken in.
    UsersImported = 34, "users_imported";
    /// What was counted against an account was forgotten.
    UserAdmitted = 35, "user_admitted";
    /// The hash of a password was made anew at a login; the password stays.
    HashUpgraded = 36, "hash_upgraded";
    /// A client was added.
    ClientAdded = 40, "client_added";
    /// A client was disabled or enabled.
    ClientChanged = 41, "client_changed";
    /// A client has a second secret.
    ClientSecretAdded = 42, "client_secret_added";
    /// The older secret of a client ended.
    ClientSecretDropped = 43, "client_secret_dropped";
    /// A client was removed.
    ClientDeleted = 44, "client_deleted";
    /// A program said that it is a client, and was not believed.
    ClientRefused = 45, "client_refused";
    /// A signing key was added.
    KeyAdded = 50, "key_added";
    /// A signing key that waited signs from now on.
    KeyActivated = 51, "key_activated";
    /// A signing key ended.
    KeyRetired = 52, "key_retired";
    /// Keys and secrets are encrypted under another master key.
    KeysRewrapped = 53, "keys_rewrapped";
    /// A signing key was given out whole.
    KeyExported = 54, "key_exported";
    /// All keys and secrets were ended and wiped.
    KeysReset = 55, "keys_reset";
    /// The server started.
    ServerStarted = 60, "server_started";
    /// It started with other settings than the time before.
    SettingsChanged = 61, "settings_changed";
    /// The database is an older copy from here on.
    DatabaseRestored = 62, "database_restored";
    /// All of it was moved here from another database.
    DatabaseMoved = 63, "database_moved";
    /// Rows of this trail that are old enough were removed.
    AuditPruned = 70, "audit_pruned";
    /// Rows could not be written: so many are missing.
    AuditLost = 71, "audit_lost";
    /// More was refused within a second than is told one by one.
    RefusalsSkipped = 72, "refusals_skipped";
    /// An API key was made.
    ApiKeyAdded = 80, "api_key_added";
    /// An API key was ended.
    ApiKeyEnded = 81, "api_key_ended";
}

impl AuditKind {
    /// The one of this number; `None`: one of a newer version.
    pub fn of_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Something that happened, to be written down: what, by whom, of whom, and no secret.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    pub(super) kind: AuditKind,
    pub(super) cause: Cause,
    pub(super) subject: Option<Arc<str>>,
    pub(super) session: Option<SessionId>,
    pub(super) detail: Map<String, Value>,
}

impl AuditEvent {
    /// This, by whom it was.
    pub fn new(kind: AuditKind, cause: Cause) -> Self {
        Self {
            kind,
            cause,
            subject: None,
            session: None,
            detail: Map::new(),
        }
    }

    /// What it happened to: the id of a user, a client or a key.
    #[must_use]
    pub fn of(mut self, subject: &str) -> Self {
        // What was typed into a form may hold anything.
        let clean = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        let text: String = cut(subject).chars().map(clean).collect();
        self.subject = Some(text.into());
        self
    }

    /// In this session.
    #[must_use]
    pub fn in_session(mut self, session: Option<SessionId>) -> Self {
        self.session = session;
        self
    }

    /// With this beside it. Never a password, a token, a secret or a hash.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// The detail as it is stored: at most [`DETAIL_MAX_BYTES`], the last members going first.
    pub(super) fn detail_text(&self) -> Option<String> {
        if self.detail.is_empty() {
            return None;
        }
        let mut detail = self.detail.clone();
        let mut text = Value::Object(detail.clone()).to_string();
        while text.len() > DETAIL_MAX_BYTES {
            let last = detail.keys().rfind(|name| *name != "cut").cloned()?;
            detail.remove(&last);
            detail.insert("cut".to_owned(), true.into());
            text = Value::Object(detail.clone()).to_string();
        }
        Some(text)
    }
}

/// A text of at most [`TEXT_MAX_BYTES`], cut between characters.
pub(super) fn cut(text: &str) -> &str {
    let end = (0..=TEXT_MAX_BYTES.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_number_and_a_name_of_its_own() {
        let numbers: BTreeSet<u16> = AuditKind::ALL.iter().map(|kind| kind.number()).collect();
        let names: BTreeSet<&str> = AuditKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(
            (numbers.len(), names.len()),
            (AuditKind::ALL.len(), AuditKind::ALL.len())
        );
        for kind in AuditKind::ALL {
            assert_eq!(AuditKind::of_number(kind.number()), Some(*kind));
            assert_eq!(AuditKind::named(kind.name()), Some(*kind));
        }
        assert_eq!((AuditKind::of_number(0), AuditKind::named("")), (None, None));
    }

    #[test]
    fn a_detail_that_is_too_long_loses_its_last_members_and_says_so() {
        let event = AuditEvent::new(AuditKind::UserChanged, Cause::default());
        assert_eq!(event.detail_text(), None);
        let event = event.with("a", 1).with("b", "x".repeat(DETAIL_MAX_BYTES));
        assert_eq!(event.detail_text().as_deref(), Some(r#"{"a":1,"cut":true}"#));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let event = AuditEvent::new(AuditKind::Login, Cause::default()).of(&"ä".repeat(200));
        assert_eq!(event.subject.as_deref(), Some(&*"ä".repeat(128)));
    }
}
