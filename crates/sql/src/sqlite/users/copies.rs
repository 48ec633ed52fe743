//! Accounts that are copied from a table of another application, again and again while both are in use: what was copied
//! last is remembered, so that only what nobody changed here is ever written over.

use portcullis_core::{Account, User as _};
use rusqlite::{Connection, ErrorCode};

use super::many::{Inserted, add};
use super::rows;
use crate::own::copied_accounts;
use crate::sqlite::statement;

pub(super) fn copy_one(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    let there = rows::by_id(connection, account.id().as_str())?;
    let there = there.map(|there| rows::with_logins(connection, there)).transpose()?;
    let id = account.id();
    let last = statement::first(
        connection,
        copied_accounts::LAST,
        &[id.as_str().into()],
        copied_accounts::copy,
    )?;
    let (there, last) = match (there, last) {
        (None, Some(_)) => return Ok(Inserted::Kept),
        (None, None) => return copy_new(connection, account),
        (Some(there), None) if there == *account => {
            remember(connection, &there, account)?;
            return Ok(Inserted::Same);
        }
        // Somebody of ours who has the same id.
        (Some(_), None) => return Ok(Inserted::Taken),
        (Some(there), Some(last)) => (there, last),
    };
    // Where their epochs come from a hash they are no count; ours only ever rises.
    let epoch = match account.token_epoch() {
        same if same == last.token_epoch => there.token_epoch(),
        other => other.max(there.token_epoch().saturating_add(1)),
    };
    let after = account.clone().with_token_epoch(epoch);
    if there == after {
        return Ok(Inserted::Same);
    }
    if copied_accounts::digest(&there).as_slice() != last.sha256 {
        return Ok(Inserted::Kept);
    }
    match rows::update(connection, &there, &after) {
        Ok(()) => remember(connection, &after, account).map(|()| Inserted::Updated),
        // Renamed there to the name of another one here.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(Inserted::Taken),
        Err(error) => Err(error),
    }
}

fn copy_new(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    if !add(connection, account)? {
        return Ok(Inserted::Taken);
    }
    // As it is stored: the epoch may have been raised.
    let stored = rows::by_id(connection, account.id().as_str())?.map_or(0, |stored| stored.token_epoch());
    remember(connection, &account.clone().with_token_epoch(stored), account)?;
    Ok(Inserted::New)
}

fn remember(connection: &Connection, stored: &Account, copied: &Account) -> rusqlite::Result<()> {
    let (id, digest) = (stored.id(), copied_accounts::digest(stored));
    let values = copied_accounts::remembered(id.as_str(), &digest, copied.token_epoch());
    statement::execute(connection, copied_accounts::REMEMBER, &values).map(drop)
}

#[cfg(test)]
mod tests {
    use portcullis_core::{AccountChange, AccountStore as _, HashString, Login, ScopeSet, UserId, UserStore as _};

    use super::*;
    use crate::SqliteUsers;

    fn anna() -> Account {
        Account::new("anna@example.com")
            .with_id(UserId::new("7"))
            .with_email("anna@example.com")
            .with_login(Login::folded("anna@example.com").of_email())
            .with_password_hash(HashString::new("$test$theirs").with_salt("s").with_user("anna"))
            .with_scopes(ScopeSet::parse("items admin").expect("valid"))
            .with_token_epoch(500)
    }

    async fn copied() -> SqliteUsers {
        let users = SqliteUsers::temporary().await.expect("opens");
        assert_eq!(copy(&users, anna()).await, Inserted::New);
        assert_eq!(copy(&users, anna()).await, Inserted::Same);
        assert_eq!(there(&users).await, Some(anna()));
        users
    }

    async fn copy(users: &SqliteUsers, account: Account) -> Inserted {
        *users
            .copy_many(vec![account])
            .await
            .expect("stored")
            .first()
            .expect("one")
    }

    async fn there(users: &SqliteUsers) -> Option<Account> {
        users.by_username("anna@example.com").await.expect("read")
    }

    #[tokio::test]
    async fn what_was_changed_here_since_stays_whatever_happened_there() {
        let changes = [
            AccountChange {
                password_hash: Some(HashString::new("$test$ours")),
                ..AccountChange::default()
            },
            AccountChange {
                disabled: Some(true),
                ..AccountChange::default()
            },
            AccountChange {
                scopes: Some(ScopeSet::empty()),
                ..AccountChange::default()
            },
            AccountChange {
                end_tokens: true,
                ..AccountChange::default()
            },
            AccountChange {
                email: Some(Some("new@example.com".to_owned())),
                ..AccountChange::default()
            },
        ];
        for change in changes {
            let users = copied().await;
            let changed = users.update(&UserId::new("7"), &change).await.expect("stored");
            let newer = anna().with_full_name("Anna").with_token_epoch(900);
            for comes in [anna(), newer.clone(), newer.with_disabled(false)] {
                let came = copy(&users, comes.clone()).await;
                // All that differs may be an epoch that was raised.
                let same = changed.clone().map(|there| there.with_token_epoch(500)) == Some(comes);
                assert_eq!(came, if same { Inserted::Same } else { Inserted::Kept }, "{change:?}");
                assert_eq!(there(&users).await, changed, "{change:?}");
            }
        }
        let users = copied().await;
        let (seen, new) = (
            anna().password_hash().cloned().expect("a hash"),
            HashString::new("$test$better"),
        );
        assert!(users.swap_hash(&UserId::new("7"), &seen, &new).await.expect("stored"));
        assert_eq!(copy(&users, anna()).await, Inserted::Kept);
        assert_eq!(there(&users).await, Some(anna().with_password_hash(new)));
    }

    #[tokio::test]
    async fn who_was_removed_here_stays_removed() {
        let users = copied().await;
        assert!(users.delete(&UserId::new("7")).await.expect("stored"));
        assert_eq!(copy(&users, anna()).await, Inserted::Kept);
        assert_eq!(there(&users).await, None);
    }

    #[tokio::test]
    async fn what_nobody_changed_here_follows_the_other_table_and_its_epoch_only_rises() {
        let users = copied().await;
        let mut last = 500;
        for (hash, epoch) in [("$test$2", 900), ("$test$3", 3), ("$test$4", 2), ("$test$3", 3)] {
            let comes = anna()
                .with_disabled(epoch == 3)
                .with_password_hash(HashString::new(hash))
                .with_token_epoch(epoch);
            assert_eq!(copy(&users, comes.clone()).await, Inserted::Updated, "{hash}");
            assert_eq!(copy(&users, comes.clone()).await, Inserted::Same, "{hash}");
            let now = there(&users).await.expect("there");
            assert!(now.token_epoch() > last, "{hash}: {} after {last}", now.token_epoch());
            last = now.token_epoch();
            assert_eq!(now.with_token_epoch(epoch), comes);
        }
        let renamed = anna()
            .with_password_hash(HashString::new("$test$3"))
            .with_token_epoch(3);
        let comes = renamed.with_disabled(true).with_full_name("Anna");
        assert_eq!(copy(&users, comes).await, Inserted::Updated);
        let now = there(&users).await.expect("there");
        assert_eq!(
            (now.full_name(), now.token_epoch()),
            (Some("Anna"), last),
            "tokens go on"
        );
    }

    #[tokio::test]
    async fn one_of_our_own_with_the_same_id_or_name_is_not_written_over() {
        let users = SqliteUsers::temporary().await.expect("opens");
        let own = [
            Account::new("anna@example.com").with_id(UserId::new("7")),
            Account::new("other"),
        ];
        for account in &own {
            users.insert(account).await.expect("stored");
        }
        assert_eq!(copy(&users, anna()).await, Inserted::Taken);
        assert_eq!(copy(&users, anna().with_id(UserId::new("8"))).await, Inserted::Taken);
        assert_eq!(
            copy(&users, Account::new("x").with_id(UserId::new("other"))).await,
            Inserted::Taken
        );
        assert_eq!(there(&users).await.as_ref(), own.first());
        assert_eq!(users.count().await.expect("counted"), 2);
    }
}
