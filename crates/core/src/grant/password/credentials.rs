//! What someone who logs in hands over.

use portcullis_password::Password;

use crate::keyed::MacKey;
use crate::scope::ScopeSet;

/// What someone who logs in hands over.
#[derive(Debug)]
pub struct Credentials {
    pub(super) username: String,
    pub(super) password: Password,
    pub(super) scope: ScopeSet,
    pub(super) within: Option<ScopeSet>,
    pub(super) refuse_empty_grant: bool,
    pub(super) refuse_inactive: bool,
}

impl Credentials {
    /// A name and a password, asking for no scope.
    pub fn new(username: impl Into<String>, password: Password) -> Self {
        Self {
            username: username.into(),
            password,
            scope: ScopeSet::empty(),
            within: None,
            refuse_empty_grant: false,
            refuse_inactive: false,
        }
    }

    /// Asks for these scopes; of them is granted what the user may have.
    #[must_use]
    pub fn with_scope(mut self, scope: ScopeSet) -> Self {
        self.scope = scope;
        self
    }

    /// Asks for what there is of these scopes, if none were asked for.
    #[must_use]
    pub(crate) fn or_with_scope(mut self, scope: impl FnOnce() -> ScopeSet) -> Self {
        if self.scope.is_empty() {
            self.scope = scope();
            self.refuse_empty_grant = false;
        }
        self
    }

    /// Grants none but these, whatever is asked for: what the client's tokens may do.
    #[must_use]
    pub fn within(mut self, scopes: ScopeSet) -> Self {
        self.within = Some(scopes);
        self
    }

    /// Refuses the login with [`LoginError::InvalidScope`](crate::LoginError::InvalidScope) if nothing of what was asked for can be granted
    /// (RFC 6749 §3.3).
    #[must_use]
    pub fn refuse_empty_grant(mut self) -> Self {
        self.refuse_empty_grant = true;
        self
    }

    /// Refuses a disabled account as if the password were wrong, also where the [`Auth`](crate::Auth) was built without
    /// [`refuse_inactive_logins`](crate::AuthBuilder::refuse_inactive_logins).
    #[must_use]
    pub fn refuse_inactive(mut self) -> Self {
        self.refuse_inactive = true;
        self
    }
}

/// How much of a name is told, in bytes.
const SHOWN_NAME_BYTES: usize = 128;

impl Credentials {
    /// The code of name and password under this key.
    pub(crate) fn mac(&self, key: &MacKey) -> [u8; 32] {
        let length = u64::try_from(self.username.len()).unwrap_or(u64::MAX).to_le_bytes();
        key.mac(&[&length, self.username.as_bytes(), self.password.as_bytes()])
    }

    /// The name for a log line, cut off: a stranger chose it.
    pub(crate) fn shown_name(&self) -> String {
        let end = (0..=SHOWN_NAME_BYTES.min(self.username.len()))
            .rev()
            .find(|end| self.username.is_char_boundary(*end));
        self.username
            .get(..end.unwrap_or_default())
            .unwrap_or_default()
            .to_owned()
    }
}
