//! The grant of a refresh token (RFC 6749 §6).

use std::sync::Arc;

use crate::session::{Presented, RefreshError, Refreshed, Sessions, Standing};
use crate::store::ErasedStore;
use crate::user::{User, UserId};

/// Gives new tokens for a refresh token, if its user is still who they were.
///
/// # Errors
/// See [`Sessions::refresh`].
#[allow(dead_code, reason = "an `Auth` asks")]
pub(crate) async fn refresh<U: User>(
    sessions: &Sessions,
    users: &Arc<dyn ErasedStore<U>>,
    presented: Presented<'_>,
) -> Result<Refreshed, RefreshError> {
    let users = users.clone();
    let standing = move |id: UserId| {
        let users = users.clone();
        async move { Ok(users.by_id(&id).await?.as_ref().map(Standing::of)) }
    };
    sessions.refresh(presented, standing).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portcullis_password::OsRandom;

    use super::*;
    use crate::account::{Account, AccountChange};
    use crate::attempt::Attempt;
    use crate::clock::ManualClock;
    use crate::memory::MemoryUsers;
    use crate::session::{MemorySessions, NewSession, RefreshRefusal, RefreshSecrets, SessionParts, SessionSettings};
    use crate::store::AccountStore as _;

    fn sessions() -> Sessions {
        let parts = SessionParts {
            secrets: RefreshSecrets::new(1, &[1; 32]).expect("usable"),
            settings: SessionSettings::default(),
            clock: Arc::new(ManualClock::at(1_600_000_000)),
            random: Arc::new(OsRandom),
            token_lifetime: Duration::from_secs(1_800),
            apply: Arc::new(|_| ()),
        };
        Sessions::new(Arc::new(MemorySessions::new()), parts)
    }

    #[tokio::test]
    async fn a_user_gets_what_they_may_do_now_and_nothing_once_they_are_disabled() {
        let account = Account::new("alice")
            .with_scopes("me items".split(' ').collect())
            .with_token_epoch(7);
        let users = MemoryUsers::from_iter([account]);
        let store: Arc<dyn ErasedStore<Account>> = Arc::new(users.clone());
        let (sessions, attempt) = (sessions(), Attempt::default());
        let new = NewSession {
            user: UserId::from("alice"),
            epoch: 7,
            client: None,
            scopes: "items admin".split(' ').collect(),
            audience: None,
            attempt: &attempt,
        };
        let begun = sessions.begin(new).await.expect("a session");
        let presented = |text| Presented {
            text,
            client: None,
            scope: None,
            attempt: &attempt,
        };
        let refreshed = refresh(&sessions, &store, presented(&begun.refresh_token))
            .await
            .expect("good");
        assert_eq!(refreshed.scopes.as_str(), "items");
        assert_eq!((refreshed.user.as_str(), refreshed.epoch), ("alice", 7));

        let disabled = AccountChange {
            disabled: Some(true),
            ..AccountChange::default()
        };
        users.update(&UserId::from("alice"), &disabled).await.expect("answers");
        let answer = refresh(&sessions, &store, presented(&refreshed.refresh_token)).await;
        assert!(
            matches!(answer, Err(RefreshError::Refused(RefreshRefusal::UserChanged))),
            "{answer:?}"
        );
    }
}
