use portcullis_jose::SigningKey;
use portcullis_password::schemes::Argon2;
use portcullis_password::{Password, Passwords};

use super::*;
use crate::account::{Account, AccountChange};
use crate::accounts::{AccountError, Accounts, NewAccount};
use crate::api_key::{ApiKeyError, MemoryApiKeys, NewApiKey};
use crate::attempt::Attempt;
use crate::builder::BuildError;
use crate::condition::Unmet;
use crate::grant::password::Credentials;
use crate::memory::MemoryUsers;
use crate::principal::Granted;
use crate::role::Roles;
use crate::session::{MemorySessions, Presented};
use crate::store::AccountStore as _;
use crate::user::UserId;

crate::scopes! {
    /// Items.
    Items = "items";
    /// Me.
    Me = "me";
    /// Bills.
    Bills = "bills";
    /// Users.
    Users = "users:write";
}

crate::roles! {
    /// Edits.
    Editor = "editor" => (Items, Me);
    /// Pays.
    Cashier = "cashier" => Bills;
}

/// What the program's next version says.
mod next {
    crate::roles! {
        /// Edits less.
        pub Less = "editor" => super::Me;
        /// Edits more.
        pub More = "editor" => (super::Items, super::Me, super::Bills);
        /// Is called as a scope is.
        pub LikeAScope = "bills" => super::Me;
    }
}

const PASSWORD: &str = "correct horse battery";

/// What programs on one set of stores share.
struct Shared {
    users: MemoryUsers,
    sessions: MemorySessions,
    keys: MemoryApiKeys,
}

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn passwords() -> Passwords {
    Passwords::new(Argon2::new(8, 1, 1).unwrap())
}

/// Ed, who has the role; Ann, who has what it holds; and Bob, who has a part.
fn shared() -> Shared {
    let hash = passwords().hash(&Password::from(PASSWORD)).unwrap();
    let people = [("ed", "editor"), ("ann", "items me"), ("bob", "me users:write")];
    let account = |(name, scopes)| {
        Account::new(name)
            .with_scopes(set(scopes))
            .with_password_hash(hash.clone())
    };
    Shared {
        users: people.map(account).into_iter().collect(),
        sessions: MemorySessions::new(),
        keys: MemoryApiKeys::new(),
    }
}

impl Shared {
    /// A program with these roles.
    fn with<R: Roles>(&self) -> Auth<Account> {
        self.built::<R>().unwrap()
    }

    fn built<R: Roles>(&self) -> Result<Auth<Account>, BuildError> {
        let key = SigningKey::hs256(b"a secret of at least 256 bits, say 32 bytes").unwrap();
        let builder = Auth::builder(key, self.users.clone()).passwords(passwords());
        let builder = builder.sessions(self.sessions.clone()).api_keys(self.keys.clone());
        builder.scopes::<(Items, Me, Bills, Users)>().roles::<R>().build()
    }

    async fn user(&self, name: &str) -> Account {
        self.users.by_username(name).await.unwrap().unwrap()
    }

    async fn change(&self, name: &str, scopes: &str) {
        let change = AccountChange {
            scopes: Some(set(scopes)),
            ..AccountChange::default()
        };
        self.users.update(&UserId::from(name), &change).await.unwrap();
    }
}

async fn login(auth: &Auth<Account>, name: &str, scope: &str) -> Granted {
    let credentials = Credentials::new(name, Password::from(PASSWORD)).with_scope(set(scope));
    auth.log_in(credentials).await.unwrap()
}

async fn may(auth: &Auth<Account>, bearer: &str) -> String {
    let principal = auth.authenticate(bearer).await.unwrap();
    principal.scopes.as_str().to_owned()
}

async fn refreshed(auth: &Auth<Account>, text: &str) -> Granted {
    let presented = Presented {
        text,
        client: None,
        scope: None,
        attempt: &Attempt::default(),
    };
    auth.refresh(presented).await.unwrap()
}

fn scope(granted: &Granted) -> &str {
    granted.scope.as_ref().unwrap().as_str()
}

#[tokio::test]
async fn a_login_grants_what_the_role_holds_and_never_the_role_itself() {
    let shared = shared();
    let auth = shared.with::<(Editor, Cashier)>();
    let granted = login(&auth, "ed", "bills items editor me").await;
    assert_eq!(scope(&granted), "items me");
    assert_eq!(may(&auth, &granted.access_token).await, "items me");
    assert_eq!(
        scope(&login(&auth, "ed", "").await),
        "",
        "who asks for nothing gets nothing"
    );
    assert_eq!(auth.roles().len(), 2);
}

#[tokio::test]
async fn without_the_role_declared_its_name_is_worth_nothing() {
    let shared = shared();
    let auth = shared.with::<Cashier>();
    assert_eq!(scope(&login(&auth, "ed", "items editor me").await), "");
}

#[tokio::test]
async fn a_role_that_holds_less_narrows_the_tokens_that_are_out_and_their_refresh() {
    let shared = shared();
    let granted = login(&shared.with::<Editor>(), "ed", "items me").await;
    let next = shared.with::<next::Less>();
    assert_eq!(may(&next, &granted.access_token).await, "me");
    let again = refreshed(&next, granted.refresh_token.as_ref().unwrap()).await;
    assert_eq!(scope(&again), "me");
}

#[tokio::test]
async fn a_role_that_holds_more_adds_to_the_next_login_alone() {
    let shared = shared();
    let granted = login(&shared.with::<Editor>(), "ed", "items me bills").await;
    let next = shared.with::<next::More>();
    assert_eq!(may(&next, &granted.access_token).await, "items me");
    let again = refreshed(&next, granted.refresh_token.as_ref().unwrap()).await;
    assert_eq!(scope(&again), "items me");
    assert_eq!(scope(&login(&next, "ed", "items me bills").await), "items me bills");
}

#[tokio::test]
async fn who_loses_the_role_loses_what_it_held_at_once_but_for_what_they_have_otherwise() {
    let shared = shared();
    let auth = shared.with::<Editor>();
    let token = login(&auth, "ed", "items me").await.access_token;
    shared.change("ed", "me").await;
    assert_eq!(may(&auth, &token).await, "me");
    shared.change("ed", "editor").await;
    assert_eq!(may(&auth, &token).await, "items me");
}

#[tokio::test]
async fn a_key_has_scopes_of_its_owners_roles_and_loses_them_with_those() {
    let shared = shared();
    let auth = shared.with::<Editor>();
    let (keys, ed) = (auth.api_keys().unwrap(), shared.user("ed").await);
    let new = |scopes: &str| NewApiKey {
        scopes: set(scopes),
        ..NewApiKey::named("ci")
    };
    for beyond in ["bills", "editor"] {
        let refused = keys.add(&ed, new(beyond)).await;
        assert!(matches!(refused, Err(ApiKeyError::Beyond)), "{beyond}");
    }
    let key = keys.add(&ed, new("items")).await.unwrap().text;
    assert_eq!(may(&auth, &key).await, "items");
    shared.change("ed", "me").await;
    assert_eq!(may(&auth, &key).await, "");
}

#[tokio::test]
async fn a_name_and_a_password_in_place_of_a_token_may_do_the_same() {
    let shared = shared();
    let auth = shared.with::<Editor>();
    let comes = async || {
        let credentials = Credentials::new("ed", Password::from(PASSWORD));
        let principal = auth.authenticate_password(credentials, &Attempt::default()).await;
        principal.unwrap().scopes.as_str().to_owned()
    };
    assert_eq!(comes().await, "items me");
    shared.change("ed", "").await;
    assert_eq!(comes().await, "", "remembered, and looked at anew");
}

#[tokio::test]
async fn a_role_is_given_by_who_has_all_that_it_holds_and_an_account_with_it_is_taken_over_by_nobody_else() {
    let shared = shared();
    let accounts = Accounts::new(shared.with::<(Editor, Cashier)>(), shared.users.clone());
    let by = async |name: &str| {
        let own = shared.user(name).await.scopes().clone();
        accounts.clone().within(own)
    };
    let new = |name: &str, scopes: &str| NewAccount {
        scopes: set(scopes),
        ..NewAccount::named(name)
    };
    let beyond = |done: Result<Account, AccountError>| matches!(done, Err(AccountError::Unmet(Unmet::Beyond)));
    assert!(beyond(by("bob").await.create(new("x", "editor")).await));
    assert!(beyond(
        by("bob").await.set_password("ed", "another password".into()).await
    ));
    assert!(beyond(by("ann").await.create(new("x", "cashier")).await));
    by("ann").await.create(new("one", "editor")).await.unwrap();
    by("ed").await.create(new("two", "editor items")).await.unwrap();
    by("ann")
        .await
        .set_password("ed", "another password".into())
        .await
        .unwrap();
}

#[test]
fn what_cannot_be_a_role_is_told_where_the_auth_is_built() {
    let shared = shared();
    let refused = shared.built::<next::LikeAScope>().unwrap_err();
    assert!(matches!(refused, BuildError::Roles(_)), "{refused}");
}
