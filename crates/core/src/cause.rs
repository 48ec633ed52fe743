//! Who changes something, and from where.

use std::sync::Arc;

use crate::attempt::Attempt;
use crate::subject::Subject;
use crate::user::UserId;

/// Who does something that is written down, from where, and by which client. Everything may be missing: whoever guesses
/// a password is nobody, and a command has no address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cause {
    /// Who, spelled as the `sub` of a token is: a user's id, `client:` and a client's id, `cli:` and the name that the
    /// system has for whoever gave a command.
    pub actor: Option<Arc<str>>,
    /// From where, and with which program.
    pub attempt: Attempt,
    /// By which client; `None`: the server's own.
    pub client: Option<Arc<str>>,
}

impl Cause {
    /// A user.
    #[must_use]
    pub fn user(id: &UserId) -> Self {
        Self::by(&Subject::User(id.clone()).to_string())
    }

    /// Whoever gave a command, by the name that the system has for them.
    #[must_use]
    pub fn command(name: &str) -> Self {
        Self::by(&format!("cli:{name}"))
    }

    /// A client in its own name.
    #[must_use]
    pub fn client(id: &str) -> Self {
        Self::by(&format!("client:{id}")).with_client(Some(id))
    }

    /// The server itself, on its schedule.
    #[must_use]
    pub fn server() -> Self {
        Self::by("server:portcullis")
    }

    /// From there.
    #[must_use]
    pub fn from(mut self, attempt: &Attempt) -> Self {
        self.attempt = attempt.clone();
        self
    }

    /// By this client.
    #[must_use]
    pub fn with_client(mut self, client: Option<&str>) -> Self {
        self.client = client.map(Arc::from);
        self
    }

    fn by(actor: &str) -> Self {
        Self {
            actor: Some(actor.into()),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_never_taken_for_a_command_or_a_client() {
        for name in ["cli:root", "client:shop", "server:portcullis"] {
            let user = Cause::user(&UserId::new(name));
            assert_eq!(user.actor.as_deref(), Some(&*format!("username:{name}")));
        }
        assert_eq!(Cause::command("root").actor.as_deref(), Some("cli:root"));
    }
}
