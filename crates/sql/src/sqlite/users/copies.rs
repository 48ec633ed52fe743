//! Accounts that are copied from a table of another application, again and again while both are in use: what was copied
//! last is remembered, so that only what nobody changed here is ever written over.

use portcullis_core::{Account, StoreError, User as _, UserId};
use rusqlite::Connection;

use super::{SqliteUsers, rows};
use crate::own::copied_accounts::{self, Step};
use crate::own::insertion::Inserted;
use crate::sqlite::statement;

impl SqliteUsers {
    /// Up to `limit` ids after `after`, in their order, of accounts that were copied ([`SqliteUsers::copy_many`]) and are here
    /// still.
    ///
    /// # Errors
    /// What the store says.
    pub async fn copied_after(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let after = after.cloned();
        let page = move |connection: &Connection| {
            let values = copied_accounts::after(after.as_ref(), limit);
            statement::all(connection, copied_accounts::AFTER, &values, copied_accounts::id)
        };
        self.database.scan(page).await
    }
}

pub(super) fn copy_one(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    let id = account.id();
    let there = rows::by_id(connection, &id)?;
    let there = there.map(|there| rows::with_logins(connection, there)).transpose()?;
    let last = statement::first(
        connection,
        copied_accounts::LAST,
        &[id.as_str().into()],
        copied_accounts::copy,
    )?;
    match copied_accounts::step(there, last.as_ref(), account) {
        Step::Nothing(came) => Ok(came),
        Step::Add => add(connection, account),
        Step::Remember => remember(connection, account, account).map(|()| Inserted::Same),
        Step::Replace { before, after } => replace(connection, &before, &after, account),
    }
}

fn add(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    if !rows::add(connection, account)? {
        return Ok(Inserted::Taken);
    }
    // As it is stored: the epoch may have been raised.
    let stored = rows::by_id(connection, &account.id())?.map_or(0, |stored| stored.token_epoch());
    remember(connection, &account.clone().with_token_epoch(stored), account)?;
    Ok(Inserted::New)
}

fn replace(connection: &Connection, before: &Account, after: &Account, copied: &Account) -> rusqlite::Result<Inserted> {
    // Renamed there to the name of another one here, it stays.
    if !rows::free(rows::update(connection, before, after))? {
        return Ok(Inserted::Taken);
    }
    remember(connection, after, copied)?;
    Ok(Inserted::Updated)
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
    async fn who_was_copied_and_is_here_is_listed_and_nobody_else() {
        let users = copied().await;
        users.insert(&Account::new("ours")).await.expect("stored");
        let (seven, eight) = (UserId::new("7"), UserId::new("8"));
        copy(&users, Account::new("bert").with_id(eight.clone())).await;
        let listed = async |after: Option<&UserId>| users.copied_after(after, 10).await.expect("read");
        assert_eq!(listed(None).await, [seven.clone(), eight.clone()]);
        assert_eq!(listed(Some(&seven)).await, std::slice::from_ref(&eight));
        let first = users.copied_after(None, 1).await.expect("read");
        assert_eq!(first, std::slice::from_ref(&seven));
        assert!(users.delete(&eight).await.expect("stored"));
        assert_eq!(listed(None).await, [seven]);
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
