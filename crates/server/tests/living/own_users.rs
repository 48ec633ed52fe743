//! What comes of many accounts in PostgreSQL, on a real server.

use portcullis_core::{
    Account, AccountChange, AccountStore as _, HashString, Login, ScopeSet, User as _, UserId, UserStore as _,
};
use portcullis_sql::{Inserted, PostgresUsers};

use crate::own_tables::fresh;

async fn users(url: &str) -> PostgresUsers {
    PostgresUsers::open(url).await.expect("opens")
}

fn bare() -> Account {
    Account::new("anna")
        .with_email("anna@example.com")
        .with_token_epoch(100)
}

fn hashed() -> Account {
    bare().with_password_hash(HashString::new("$test$1"))
}

/// What an account that is there becomes by one that comes.
async fn taken_in(there: &Account, comes: Account) -> (Inserted, Account) {
    let users = users(&fresh("").expect("a server")).await;
    users.insert(there).await.expect("stored");
    let would = users.would_insert(&comes).await.expect("read");
    assert_eq!(users.by_username("anna").await.expect("read").as_ref(), Some(there));
    assert_eq!(users.insert_many(vec![comes]).await.expect("stored"), [would]);
    (would, users.by_username("anna").await.expect("read").expect("there"))
}

#[tokio::test]
async fn who_lacked_a_password_or_a_login_is_completed_and_nothing_else_changes() {
    let Some(_) = fresh("") else { return };
    let whole = hashed().with_full_name("Anna").with_login(Login::folded("anna"));
    let (came, now) = taken_in(&bare(), whole.clone().with_token_epoch(900)).await;
    assert_eq!((came, &now), (Inserted::Completed, &whole.with_token_epoch(101)));
    let with_login = hashed().with_login(Login::folded("anna@example.com").of_email());
    let completed = taken_in(&hashed(), with_login.clone()).await;
    assert_eq!(completed, (Inserted::Completed, with_login.clone()));
    assert_eq!(taken_in(&with_login, hashed()).await, (Inserted::Taken, with_login));
    let other = hashed().with_password_hash(HashString::new("$test$2"));
    assert_eq!(taken_in(&hashed(), other).await, (Inserted::Taken, hashed()));
    let same = hashed().with_token_epoch(900);
    assert_eq!(taken_in(&hashed(), same).await, (Inserted::Same, hashed()));
}

#[tokio::test]
async fn of_many_accounts_each_is_told_what_came_of_it_in_order() {
    let Some(url) = fresh("") else { return };
    let users = users(&url).await;
    let seven = |name: &str| Account::new(name).with_id(UserId::new("7"));
    users.insert(&seven("there")).await.expect("stored");
    users
        .insert(&Account::new("gone").with_token_epoch(9))
        .await
        .expect("stored");
    users.delete(&UserId::new("gone")).await.expect("deleted");
    let email = |n: u32| format!("n{n}@example.com");
    let new = |n: u32| Account::new(format!("n{n:03}")).with_login(Login::folded(&email(n)).of_email());
    let mut accounts: Vec<Account> = (0..300).map(new).collect();
    accounts.extend([
        Account::new("gone"),
        seven("other"),
        seven("there"),
        new(5),
        new(6).with_password_hash(HashString::new("$test$1")),
        Account::new("n007").with_email("x"),
    ]);
    let came = users.insert_many(accounts).await.expect("stored");
    assert!(came[..301].iter().all(|came| *came == Inserted::New));
    use Inserted::{Completed, Same, Taken};
    assert_eq!(came[301..], [Taken, Same, Same, Completed, Taken]);
    assert_eq!(users.count().await.expect("counted"), 302);
    let gone = users.by_username("gone").await.expect("read").expect("there again");
    assert_eq!(gone.token_epoch(), 10, "no token of before is good again");
    // Pages come with the logins of each, and of nobody else.
    let (mut listed, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = users.list(after.as_deref(), 70).await.expect("listed");
        let Some(last) = page.last() else { break };
        after = Some(last.username().to_owned());
        listed.extend(page);
    }
    assert_eq!(listed.len(), 302);
    assert!(listed.is_sorted_by(|a, b| a.username() < b.username()));
    for (n, account) in (0..).zip(listed.iter().filter(|account| account.username().starts_with('n'))) {
        assert_eq!(account.logins(), new(n).logins());
        assert!(users.by_login(&email(n).to_uppercase()).await.expect("read").is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_take_in_the_same_accounts_at_once_add_each_once() {
    let Some(url) = fresh("") else { return };
    let accounts: Vec<Account> = (0..100).map(|n| Account::new(format!("n{n}"))).collect();
    let nodes = [users(&url).await, users(&url).await, users(&url).await];
    let taking = nodes.each_ref().map(|node| {
        let (node, accounts) = (node.clone(), accounts.clone());
        tokio::spawn(async move { node.insert_many(accounts).await })
    });
    let mut new = 0;
    for take in taking {
        let came = take.await.expect("no panic").expect("stored");
        assert!(came.iter().all(|came| matches!(came, Inserted::New | Inserted::Same)));
        new += came.iter().filter(|came| **came == Inserted::New).count();
    }
    assert_eq!(new, 100);
    assert_eq!(nodes[0].count().await.expect("counted"), 100);
}

fn copied() -> Account {
    Account::new("anna@example.com")
        .with_id(UserId::new("7"))
        .with_email("anna@example.com")
        .with_login(Login::folded("anna@example.com").of_email())
        .with_login(Login::exact("Anna"))
        .with_password_hash(HashString::new("$test$theirs").with_salt("s").with_user("anna"))
        .with_scopes(ScopeSet::parse("items admin").expect("valid"))
        .with_token_epoch(500)
}

async fn copy(users: &PostgresUsers, account: Account) -> Inserted {
    users.copy_many(vec![account]).await.expect("stored")[0]
}

#[tokio::test]
async fn what_nobody_changed_here_follows_the_other_table_and_what_somebody_did_stays() {
    let Some(url) = fresh("") else { return };
    let users = users(&url).await;
    assert_eq!(copy(&users, copied()).await, Inserted::New);
    assert_eq!(copy(&users, copied()).await, Inserted::Same);
    let mut last = 500;
    for (hash, epoch) in [("$test$2", 900), ("$test$3", 3), ("$test$4", 2), ("$test$3", 3)] {
        let comes = copied()
            .with_password_hash(HashString::new(hash))
            .with_token_epoch(epoch);
        assert_eq!(copy(&users, comes.clone()).await, Inserted::Updated, "{hash}");
        assert_eq!(copy(&users, comes.clone()).await, Inserted::Same, "{hash}");
        let now = users
            .by_username("anna@example.com")
            .await
            .expect("read")
            .expect("there");
        assert!(now.token_epoch() > last, "{hash}");
        last = now.token_epoch();
        assert_eq!(now.with_token_epoch(epoch), comes);
    }
    // Another of ours has the name that it gets there.
    users.insert(&Account::new("taken")).await.expect("stored");
    let renamed = Account::new("taken").with_id(UserId::new("7")).with_token_epoch(3);
    assert_eq!(copy(&users, renamed).await, Inserted::Taken);
    assert_eq!(
        copy(&users, Account::new("x").with_id(UserId::new("taken"))).await,
        Inserted::Taken
    );
    let change = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    let changed = users.update(&UserId::new("7"), &change).await.expect("stored");
    assert_eq!(copy(&users, copied()).await, Inserted::Kept);
    assert_eq!(users.by_username("anna@example.com").await.expect("read"), changed);
    assert!(users.delete(&UserId::new("7")).await.expect("stored"));
    assert_eq!(copy(&users, copied()).await, Inserted::Kept);
    assert_eq!(users.by_id(&UserId::new("7")).await.expect("read"), None);
}
