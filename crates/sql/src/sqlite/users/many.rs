//! Many accounts at once.

use portcullis_core::{Account, StoreError, User as _};
use rusqlite::Connection;

use super::{SqliteUsers, copies, rows};
use crate::own::insertion::{Inserted, compared};

impl SqliteUsers {
    /// Adds accounts in one step, on the disk together when this answers; says of each, in order, what came of it. Who was
    /// added before without a password is completed; nothing else that is there changes.
    ///
    /// # Errors
    /// What the store says; then none was added.
    pub async fn insert_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        self.each(accounts, insert_one).await
    }

    /// Copies accounts that another table owns, ids and epochs and all: what is new is added, what was copied before and
    /// not changed here since is brought up to date, whatever was changed or removed here stays so. No epoch falls. In one
    /// step, on the disk together when this answers; says of each, in order, what came of it.
    ///
    /// # Errors
    /// What the store says; then none was changed.
    pub async fn copy_many(&self, accounts: Vec<Account>) -> Result<Vec<Inserted>, StoreError> {
        self.each(accounts, copies::copy_one).await
    }

    /// What [`SqliteUsers::insert_many`] would answer for one account, with nothing written.
    ///
    /// # Errors
    /// What the store says.
    pub fn would_insert(&self, account: &Account) -> Result<Inserted, StoreError> {
        self.database.read(|connection| {
            let view = connection.unchecked_transaction()?;
            match there(&view, account)? {
                There::Nobody => Ok(Inserted::New),
                There::Another => Ok(Inserted::Taken),
                There::One(there) => Ok(compared(&there, account).0),
            }
        })
    }

    async fn each(
        &self,
        accounts: Vec<Account>,
        one: fn(&Connection, &Account) -> rusqlite::Result<Inserted>,
    ) -> Result<Vec<Inserted>, StoreError> {
        let all = move |connection: &Connection| accounts.iter().map(|account| one(connection, account)).collect();
        self.database.write(all).await
    }
}

/// Who has the name or the id of an account that is to be added.
enum There {
    Nobody,
    /// One of that name.
    One(Account),
    /// One of that id and another name.
    Another,
}

fn there(connection: &Connection, account: &Account) -> rusqlite::Result<There> {
    if let Some(there) = rows::by_username(connection, account.username())? {
        return Ok(There::One(there));
    }
    let by_id = rows::by_id(connection, &account.id())?;
    Ok(by_id.map_or(There::Nobody, |_| There::Another))
}

fn insert_one(connection: &Connection, account: &Account) -> rusqlite::Result<Inserted> {
    if rows::add(connection, account)? {
        return Ok(Inserted::New);
    }
    let There::One(there) = there(connection, account)? else {
        return Ok(Inserted::Taken);
    };
    let (came, completed) = compared(&there, account);
    if let Some(completed) = completed {
        rows::update(connection, &there, &completed)?;
    }
    Ok(came)
}

#[cfg(test)]
mod tests {
    use portcullis_core::{AccountStore as _, HashString, Login, ScopeSet, UserId};

    use super::*;

    fn bare() -> Account {
        Account::new("anna")
            .with_email("anna@example.com")
            .with_token_epoch(100)
    }

    fn hashed() -> Account {
        bare().with_password_hash(HashString::new("$test$1"))
    }

    async fn holding(account: &Account) -> SqliteUsers {
        let users = SqliteUsers::temporary().await.expect("opens");
        users.insert(account).await.expect("stored");
        users
    }

    /// What an account that is there becomes by one that comes.
    async fn taken_in(there: &Account, comes: Account) -> (Inserted, Account) {
        let users = holding(there).await;
        let would = users.would_insert(&comes).expect("read");
        assert_eq!(users.by_username("anna").await.expect("read").as_ref(), Some(there));
        let came = users.insert_many(vec![comes]).await.expect("stored");
        assert_eq!(came, [would]);
        (would, users.by_username("anna").await.expect("read").expect("there"))
    }

    #[tokio::test]
    async fn who_never_had_a_password_is_completed_and_nothing_is_given_back() {
        let comes = hashed()
            .with_full_name("Anna")
            .with_login(Login::folded("anna"))
            .with_token_epoch(900);
        let (came, now) = taken_in(&bare(), comes.clone()).await;
        assert_eq!(
            (came, &now),
            (Inserted::Completed, &comes.clone().with_token_epoch(101))
        );
        let disabled = bare().with_disabled(true);
        let scoped = comes.with_scopes(ScopeSet::parse("admin").expect("valid"));
        let (came, now) = taken_in(&disabled, scoped).await;
        assert_eq!(came, Inserted::Completed);
        assert!(now.disabled() && now.scopes().is_empty() && now.password_hash().is_some());
    }

    #[tokio::test]
    async fn a_hash_that_came_without_its_salt_gets_it() {
        let salted = bare().with_password_hash(HashString::new("$test$1").with_salt("s"));
        let (came, now) = taken_in(&hashed(), salted.clone().with_disabled(true)).await;
        assert_eq!(came, Inserted::Completed);
        assert_eq!(now, salted.clone().with_disabled(true).with_token_epoch(101));
        let (came, now) = taken_in(&salted, hashed()).await;
        assert_eq!((came, now), (Inserted::Taken, salted));
    }

    #[tokio::test]
    async fn logins_that_were_not_taken_in_are_added() {
        let comes = hashed().with_login(Login::folded("anna@example.com").of_email());
        assert_eq!(
            taken_in(&hashed(), comes.clone()).await,
            (Inserted::Completed, comes.clone())
        );
        assert_eq!(taken_in(&comes, hashed()).await, (Inserted::Taken, comes));
    }

    #[tokio::test]
    async fn nothing_else_that_is_there_changes() {
        let other = hashed().with_password_hash(HashString::new("$test$2"));
        for comes in [
            bare(),
            other,
            hashed().with_disabled(true),
            hashed().with_email("other@example.com"),
        ] {
            assert_eq!(taken_in(&hashed(), comes).await, (Inserted::Taken, hashed()));
        }
        let another = hashed().with_email("other@example.com");
        assert_eq!(taken_in(&bare(), another).await, (Inserted::Taken, bare()));
        let same = hashed().with_token_epoch(900);
        assert_eq!(taken_in(&hashed(), same).await, (Inserted::Same, hashed()));
    }

    #[tokio::test]
    async fn the_id_of_who_is_there_stays() {
        let seven = |account: Account| account.with_id(UserId::new("7"));
        assert_eq!(taken_in(&hashed(), seven(hashed())).await, (Inserted::Same, hashed()));
        assert_eq!(
            taken_in(&seven(hashed()), hashed()).await,
            (Inserted::Same, seven(hashed()))
        );
        let eight = hashed().with_id(UserId::new("8"));
        assert_eq!(
            taken_in(&seven(hashed()), eight).await,
            (Inserted::Taken, seven(hashed()))
        );
        let users = holding(&seven(hashed())).await;
        let came = users
            .insert_many(vec![seven(Account::new("other"))])
            .await
            .expect("stored");
        assert_eq!(came, [Inserted::Taken]);
    }
}
