use std::time::Duration;

use portcullis_jose::SigningKey;
use portcullis_password::{HashString, Password, PasswordRules, Unusable};

use super::*;
use crate::attempt::Attempt;
use crate::breached::BreachedPasswords;
use crate::clock::ManualClock;
use crate::grant::password::Credentials;
use crate::memory::MemoryUsers;
use crate::session::MemorySessions;
use crate::store::{StoreError, UserStore};
use crate::user::UserId;

struct Setup {
    accounts: Accounts<MemoryUsers>,
    auth: Auth<Account>,
    clock: ManualClock,
}

fn setup() -> Setup {
    let (users, clock) = (MemoryUsers::new(), ManualClock::at(1_000_000));
    let key = SigningKey::hs256(b"a secret of more than 256 bits, thirty-two bytes").expect("long enough");
    let auth = Auth::builder(key, users.clone())
        .clock(clock.clone())
        .build()
        .expect("builds");
    Setup {
        accounts: Accounts::new(auth.clone(), users).with_clock(clock.clone()),
        auth,
        clock,
    }
}

fn named(name: &str, password: &str) -> NewAccount {
    NewAccount {
        password: Some(Password::from(password)),
        ..NewAccount::named(name)
    }
}

impl Setup {
    async fn token(&self, name: &str, password: &str) -> Option<String> {
        let granted = self.auth.log_in(Credentials::new(name, Password::from(password))).await;
        granted.ok().map(|granted| granted.access_token)
    }

    async fn is_good(&self, token: &str) -> bool {
        self.auth.authenticate(token).await.is_ok()
    }
}

#[tokio::test]
async fn a_name_that_is_empty_long_reserved_or_has_control_characters_or_blanks_at_its_ends_is_refused() {
    let setup = setup();
    let long = "x".repeat(256);
    let blank = [" ", "alice ", " alice", "alice\u{a0}", "\u{2003}alice"];
    for bad in ["", "me", ".", "..", "a\0", "a\nb", "\u{9b}31m", &long]
        .into_iter()
        .chain(blank)
    {
        let error = setup
            .accounts
            .create(NewAccount::named(bad))
            .await
            .expect_err("refused");
        assert!(
            matches!(
                error,
                AccountError::Unfit(Unfit {
                    field: Field::Username,
                    ..
                })
            ),
            "{bad:?}"
        );
    }
    assert_eq!(setup.accounts.count().await.expect("answers"), 0);
}

#[tokio::test]
async fn a_new_password_has_eight_characters_at_least_and_4096_bytes_at_most() {
    let setup = setup();
    for bad in ["", "seven77", "\u{e9}\u{e9}\u{e9}\u{e9}", &"x".repeat(4097)] {
        let error = setup.accounts.create(named("alice", bad)).await.expect_err("refused");
        assert!(
            matches!(
                error,
                AccountError::Unfit(Unfit {
                    field: Field::Password,
                    ..
                })
            ),
            "{}",
            bad.len()
        );
    }
    setup.accounts.create(named("alice", "eight888")).await.expect("taken");
    for bad in ["short", &"x".repeat(4097)] {
        let error = setup
            .accounts
            .set_password("alice", Password::from(bad))
            .await
            .expect_err("refused");
        assert!(matches!(error, AccountError::Unfit(_)));
    }
    assert!(
        setup.token("alice", "eight888").await.is_some(),
        "the old one still holds"
    );
}

#[tokio::test]
async fn a_garbled_address_or_name_is_refused_everywhere() {
    let setup = setup();
    setup
        .accounts
        .create(NewAccount::named("alice"))
        .await
        .expect("created");
    for bad in ["a\u{1b}[31m", &"x".repeat(256)] {
        let email = NewAccount {
            email: Some(bad.into()),
            ..NewAccount::named("bob")
        };
        assert!(matches!(
            setup.accounts.create(email).await,
            Err(AccountError::Unfit(_))
        ));
        let edit = Edit {
            full_name: Some(Some(bad.into())),
            ..Edit::default()
        };
        assert!(matches!(
            setup.accounts.edit("alice", edit).await,
            Err(AccountError::Unfit(_))
        ));
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_what_is_not_there_is_unknown() {
    let setup = setup();
    setup
        .accounts
        .create(NewAccount::named("alice"))
        .await
        .expect("created");
    assert!(matches!(
        setup.accounts.create(NewAccount::named("alice")).await,
        Err(AccountError::Taken)
    ));
    for name in ["bob", "", "a\0"] {
        assert!(
            matches!(setup.accounts.find(name).await, Err(AccountError::Unknown)),
            "{name:?}"
        );
        assert!(
            matches!(setup.accounts.disable(name).await, Err(AccountError::Unknown)),
            "{name:?}"
        );
        assert!(
            matches!(setup.accounts.delete(name).await, Err(AccountError::Unknown)),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let setup = setup();
    let alice = setup
        .accounts
        .create(named("alice", "first password"))
        .await
        .expect("created");
    let token = setup.token("alice", "first password").await.expect("logged in");
    let refused = setup
        .accounts
        .change_password(&alice, "wrong".into(), "second password".into())
        .await;
    assert!(matches!(refused, Err(AccountError::WrongPassword)));
    assert!(setup.is_good(&token).await && setup.token("alice", "second password").await.is_none());
}

#[tokio::test]
async fn an_account_without_a_password_has_no_current_one() {
    let setup = setup();
    let alice = setup
        .accounts
        .create(NewAccount::named("alice"))
        .await
        .expect("created");
    let refused = setup
        .accounts
        .change_password(&alice, "".into(), "second password".into())
        .await;
    assert!(matches!(refused, Err(AccountError::WrongPassword)));
}

#[tokio::test]
async fn a_changed_password_ends_older_tokens_and_only_the_new_one_logs_in() {
    let setup = setup();
    let alice = setup
        .accounts
        .create(named("alice", "first password"))
        .await
        .expect("created");
    let token = setup.token("alice", "first password").await.expect("logged in");
    let change = setup
        .accounts
        .change_password(&alice, "first password".into(), "second password".into());
    change.await.expect("changed");
    assert!(!setup.is_good(&token).await);
    assert!(setup.token("alice", "first password").await.is_none());
    assert!(setup.token("alice", "second password").await.is_some());
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins_and_the_other_is_told() {
    let setup = setup();
    let alice = setup
        .accounts
        .create(named("alice", "first password"))
        .await
        .expect("created");
    let change = |new: &str| {
        setup
            .accounts
            .change_password(&alice, "first password".into(), new.into())
    };
    let (left, right) = tokio::join!(change("left password"), change("right password"));
    assert!(left.is_ok() != right.is_ok());
    let lost = left.err().or(right.err());
    assert!(
        matches!(lost, Some(AccountError::Changed | AccountError::WrongPassword)),
        "{lost:?}"
    );
}

#[tokio::test]
async fn disabling_ends_tokens_for_good() {
    let setup = setup();
    setup
        .accounts
        .create(named("alice", "first password"))
        .await
        .expect("created");
    let token = setup.token("alice", "first password").await.expect("logged in");
    assert!(setup.accounts.disable("alice").await.expect("disabled").disabled());
    assert!(!setup.is_good(&token).await);
    assert!(!setup.accounts.enable("alice").await.expect("enabled").disabled());
    assert!(!setup.is_good(&token).await, "an old token does not revive");
}

#[tokio::test]
async fn a_name_used_anew_does_not_revive_the_tokens_of_the_first() {
    let setup = setup();
    setup
        .accounts
        .create(named("alice", "first password"))
        .await
        .expect("created");
    let token = setup.token("alice", "first password").await.expect("logged in");
    setup.accounts.delete("alice").await.expect("deleted");
    setup.clock.advance(Duration::from_secs(1));
    setup
        .accounts
        .create(named("alice", "first password"))
        .await
        .expect("created anew");
    assert!(!setup.is_good(&token).await);
}

#[tokio::test]
async fn an_edit_leaves_the_rest_as_it_was_and_keeps_tokens() {
    let setup = setup();
    let new = NewAccount {
        email: Some("a@example.com".into()),
        ..named("alice", "first password")
    };
    setup.accounts.create(new).await.expect("created");
    let token = setup.token("alice", "first password").await.expect("logged in");
    let edit = Edit {
        full_name: Some(Some("Alice".into())),
        ..Edit::default()
    };
    let alice = setup.accounts.edit("alice", edit).await.expect("edited");
    assert_eq!(
        (alice.email(), alice.full_name()),
        (Some("a@example.com"), Some("Alice"))
    );
    let edit = Edit {
        email: Some(None),
        ..Edit::default()
    };
    assert_eq!(setup.accounts.edit("alice", edit).await.expect("edited").email(), None);
    assert!(setup.is_good(&token).await);
}

#[tokio::test]
async fn pages_follow_each_other_and_the_last_says_so() {
    let setup = setup();
    for name in ["d", "b", "e", "a", "c"] {
        setup.accounts.create(NewAccount::named(name)).await.expect("created");
    }
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = setup.accounts.list(after.as_deref(), 2).await.expect("listed");
        assert!(page.accounts.len() <= 2);
        seen.extend(page.accounts.iter().map(|account| account.username().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
    assert!(setup.accounts.list(None, 5).await.expect("listed").next.is_none());
    assert_eq!(setup.accounts.list(None, 0).await.expect("listed").accounts.len(), 1);
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).expect("valid")
}

async fn with_scopes(setup: &Setup, name: &str, words: &str) {
    let new = NewAccount {
        scopes: scopes(words),
        ..named(name, "first password")
    };
    setup.accounts.create(new).await.expect("created");
}

fn is_last<T>(done: &Result<T, AccountError>) -> bool {
    matches!(done, Err(AccountError::Unmet(Unmet::LastAdministrator)))
}

#[tokio::test]
async fn the_last_administrator_is_not_removed_disabled_or_stripped() {
    let setup = setup();
    with_scopes(&setup, "admin", "users:read users:write").await;
    with_scopes(&setup, "alice", "users:read").await;
    assert!(is_last(&setup.accounts.delete("admin").await));
    assert!(is_last(&setup.accounts.disable("admin").await));
    assert!(is_last(&setup.accounts.set_scopes("admin", scopes("users:read")).await));
    let within = setup.accounts.clone().within(scopes("users:read users:write"));
    assert!(is_last(&within.delete("admin").await), "the last one's own try");
    setup
        .accounts
        .set_scopes("alice", scopes("users:write"))
        .await
        .expect("given on");
    setup.accounts.delete("admin").await.expect("no longer the last");
    assert!(is_last(&setup.accounts.delete("alice").await));
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let setup = setup();
    with_scopes(&setup, "admin", "users:write items billing").await;
    let own = setup.accounts.clone().within(scopes("users:write items"));
    let beyond = |done: Result<Account, AccountError>| matches!(done, Err(AccountError::Unmet(Unmet::Beyond)));
    let new = |name: &str, words: &str| NewAccount {
        scopes: scopes(words),
        ..NewAccount::named(name)
    };
    assert!(beyond(own.create(new("bob", "items billing")).await));
    assert!(matches!(setup.accounts.find("bob").await, Err(AccountError::Unknown)));
    own.create(new("bob", "items")).await.expect("one's own");
    assert!(beyond(own.set_scopes("bob", scopes("billing")).await));
    assert!(
        beyond(own.set_password("admin", "another password".into()).await),
        "to take an account over is to take its scopes"
    );
    own.set_password("bob", "another password".into())
        .await
        .expect("within");
    setup
        .accounts
        .disable("admin")
        .await
        .expect_err("the last administrator");
    with_scopes(&setup, "carol", "billing").await;
    setup.accounts.disable("carol").await.expect("disabled");
    assert!(
        beyond(own.enable("carol").await),
        "whoever knows the password of one who is let in again has their scopes"
    );
    assert!(setup.accounts.find("carol").await.expect("there").disabled());
    setup.accounts.enable("carol").await.expect("the operator may");
    own.enable("carol")
        .await
        .expect("nothing is given to one who is enabled");
    own.disable("bob").await.expect("disabled");
    own.enable("bob").await.expect("within");
    own.set_scopes("admin", scopes("users:write billing"))
        .await
        .expect("what is there may stay");
    assert!(beyond(own.set_scopes("bob", scopes("items billing")).await));
    setup
        .accounts
        .set_scopes("bob", scopes("billing"))
        .await
        .expect("the operator may");
}

#[tokio::test]
async fn a_change_of_what_was_changed_meanwhile_is_refused() {
    let setup = setup();
    with_scopes(&setup, "alice", "me").await;
    let seen = Revision::of(&setup.accounts.find("alice").await.expect("there"));
    let only_if = setup.accounts.clone().only_if(vec![seen]);
    only_if
        .set_scopes("alice", scopes("me items"))
        .await
        .expect("unchanged");
    let stale = |error: &AccountError| matches!(error, AccountError::Unmet(Unmet::Stale));
    assert!(stale(
        &only_if.set_scopes("alice", scopes("")).await.expect_err("stale")
    ));
    assert!(stale(&only_if.delete("alice").await.expect_err("stale")));
    assert!(stale(
        &only_if
            .set_password("alice", "another password".into())
            .await
            .expect_err("stale")
    ));
    assert_eq!(
        setup.accounts.find("alice").await.expect("there").scopes(),
        &scopes("me items")
    );
}

#[tokio::test]
async fn a_name_that_a_rule_came_too_late_for_can_still_be_removed() {
    let users = MemoryUsers::from_iter([Account::new("me"), Account::new("alice ")]);
    let key = SigningKey::hs256(b"a secret of more than 256 bits, thirty-two bytes").expect("long enough");
    let auth = Auth::builder(key, users.clone()).build().expect("builds");
    let accounts = Accounts::new(auth, users);
    assert_eq!(accounts.find("me").await.expect("there").username(), "me");
    accounts.delete("me").await.expect("removed");
    accounts.delete("alice ").await.expect("removed");
    assert!(matches!(
        accounts.create(NewAccount::named("me")).await,
        Err(AccountError::Unfit(Unfit {
            rule: Rule::Reserved,
            ..
        }))
    ));
}

#[tokio::test]
async fn a_name_given_anew_while_the_clock_was_set_back_revives_no_token() {
    let setup = setup();
    let john = || named("john", "correct horse");
    setup.accounts.create(john()).await.expect("made");
    let token = setup.token("john", "correct horse").await.expect("a token");
    for seconds in [1_000_000, 999_000] {
        setup.accounts.delete("john").await.expect("removed");
        let back = setup.accounts.clone().with_clock(ManualClock::at(seconds));
        let anew = back.create(john()).await.expect("made");
        assert!(!setup.is_good(&token).await, "at {seconds}");
        assert_eq!(back.find("john").await.expect("there"), anew, "told as it is stored");
    }
}

/// Refresh tokens of two sessions of alice, whose password is `correct horse`.
async fn two_sessions(auth: &Auth<Account>) -> [String; 2] {
    let log_in = || async {
        let credentials = Credentials::new("alice", Password::from("correct horse"));
        let granted = auth.log_in(credentials).await.expect("logs in");
        granted.refresh_token.expect("a session")
    };
    [log_in().await, log_in().await]
}

#[tokio::test]
async fn who_is_no_more_who_they_were_has_no_sessions_and_followers_are_told() {
    for change in ["own password", "password", "disable", "delete"] {
        let users = MemoryUsers::new();
        let key = SigningKey::hs256(b"a secret of more than 256 bits, thirty-two bytes").expect("long enough");
        let auth = Auth::builder(key, users.clone())
            .sessions(MemorySessions::new())
            .build()
            .expect("builds");
        let accounts = Accounts::new(auth.clone(), users);
        let alice = accounts.create(named("alice", "correct horse")).await.expect("is made");
        let tokens = two_sessions(&auth).await;
        let sessions = auth.sessions().expect("are kept");
        assert_eq!(
            sessions
                .sessions_of(&alice.id(), alice.token_epoch())
                .await
                .expect("answers")
                .len(),
            2
        );
        let new = Password::from("another horse");
        match change {
            "own password" => drop(
                accounts
                    .change_password(&alice, Password::from("correct horse"), new)
                    .await
                    .expect(change),
            ),
            "password" => drop(accounts.set_password("alice", new).await.expect(change)),
            "disable" => drop(accounts.disable("alice").await.expect(change)),
            _ => accounts.delete("alice").await.expect(change),
        }
        // Two sessions, and the user's older tokens as such.
        assert_eq!(auth.revocations().expect("are kept").len(), 3, "{change}");
        for token in &tokens {
            assert!(sessions.inspect(token).await.expect("answers").is_none(), "{change}");
        }
    }
}

#[tokio::test]
async fn a_change_that_ends_no_tokens_ends_no_session() {
    let users = MemoryUsers::new();
    let key = SigningKey::hs256(b"a secret of more than 256 bits, thirty-two bytes").expect("long enough");
    let auth = Auth::builder(key, users.clone())
        .sessions(MemorySessions::new())
        .build()
        .expect("builds");
    let accounts = Accounts::new(auth.clone(), users);
    accounts.create(named("alice", "correct horse")).await.expect("is made");
    let tokens = two_sessions(&auth).await;
    accounts
        .set_scopes("alice", "items".split(' ').collect())
        .await
        .expect("changes");
    for token in &tokens {
        assert!(
            auth.sessions()
                .expect("are kept")
                .inspect(token)
                .await
                .expect("answers")
                .is_some()
        );
    }
}

/// Accounts whose new passwords are judged by these rules.
fn judged_by(rules: PasswordRules, breached: Option<BreachedPasswords>) -> Setup {
    let (users, clock) = (MemoryUsers::new(), ManualClock::at(1_000_000));
    let key = SigningKey::hs256(b"a secret of more than 256 bits, thirty-two bytes").expect("long enough");
    let builder = Auth::builder(key, users.clone())
        .clock(clock.clone())
        .password_rules(rules);
    let builder = match breached {
        Some(breached) => builder.breached_passwords(breached),
        None => builder,
    };
    let auth = builder.build().expect("builds");
    Setup {
        accounts: Accounts::new(auth.clone(), users).with_clock(clock.clone()),
        auth,
        clock,
    }
}

fn reason<T: std::fmt::Debug>(done: Result<T, AccountError>) -> Unusable {
    match done {
        Err(AccountError::Unfit(Unfit {
            field: Field::Password,
            rule: Rule::Unusable(reason),
        })) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_guessable_password_is_refused_wherever_one_is_set_and_changes_nothing() {
    let setup = judged_by(PasswordRules::recommended(), None);
    let accounts = &setup.accounts;
    assert_eq!(
        reason(accounts.create(named("alice", "password123")).await),
        Unusable::Common
    );
    assert_eq!(
        reason(accounts.create(named("alice", "alice-alice")).await),
        Unusable::OwnWords
    );
    assert_eq!(accounts.count().await.expect("answers"), 0);
    let new = NewAccount {
        email: Some("chains@example.org".to_owned()),
        full_name: Some("Alice Wonder".to_owned()),
        ..named("alice", "tr0mbone-glacier")
    };
    let alice = accounts.create(new).await.expect("created");
    for own in ["chains2024!", "Wonder-Alice", "example.org"] {
        let set = accounts.set_password("alice", Password::from(own)).await;
        assert_eq!(reason(set), Unusable::OwnWords, "{own}");
    }
    let change = |new: &str| accounts.change_password(&alice, Password::from("tr0mbone-glacier"), Password::from(new));
    assert_eq!(reason(change("iloveyou!!").await), Unusable::Common);
    assert_eq!(reason(change("wonderwonder").await), Unusable::OwnWords);
    assert!(setup.token("alice", "tr0mbone-glacier").await.is_some());
}

#[tokio::test]
async fn a_name_that_is_changed_to_the_password_bars_nobody_and_counts_at_the_next_one() {
    let setup = judged_by(PasswordRules::recommended(), None);
    setup
        .accounts
        .create(named("alice", "glacier-trombone"))
        .await
        .expect("created");
    let edit = Edit {
        full_name: Some(Some("Trombone Glacier".to_owned())),
        ..Edit::default()
    };
    let alice = setup.accounts.edit("alice", edit).await.expect("changed");
    assert!(setup.token("alice", "glacier-trombone").await.is_some());
    let (old, same) = (Password::from("glacier-trombone"), Password::from("glacier-trombone"));
    assert_eq!(
        reason(setup.accounts.change_password(&alice, old, same).await),
        Unusable::OwnWords
    );
}

#[tokio::test]
async fn two_auths_in_one_program_have_rules_of_their_own_and_who_names_none_has_the_length() {
    let (plain, strict) = (
        setup(),
        judged_by(PasswordRules::recommended().with_min_length(15), None),
    );
    plain
        .accounts
        .create(named("alice", "password"))
        .await
        .expect("as ever");
    assert_eq!(
        reason(strict.accounts.create(named("alice", "passwordpassword")).await),
        Unusable::Common
    );
    let short = strict
        .accounts
        .create(named("alice", "tr0mbone-glaci"))
        .await
        .expect_err("refused");
    assert!(
        matches!(
            short,
            AccountError::Unfit(Unfit {
                rule: Rule::TooShort { at_least: 15 },
                ..
            })
        ),
        "{short:?}"
    );
    assert_eq!(plain.auth.password_rules(), Some(&PasswordRules::default()));
    assert_eq!(strict.auth.password_rules().map(PasswordRules::min_length), Some(15));
    assert!(plain.auth.breached_passwords().is_none());
}

#[tokio::test]
async fn what_is_wrong_with_a_password_is_told_before_that_there_is_no_such_user() {
    let setup = judged_by(PasswordRules::recommended(), None);
    assert_eq!(
        reason(setup.accounts.set_password("nobody", Password::from("password")).await),
        Unusable::Common
    );
    let unknown = setup
        .accounts
        .set_password("nobody", Password::from("tr0mbone-glacier"))
        .await;
    assert!(matches!(unknown, Err(AccountError::Unknown)), "{unknown:?}");
}

#[tokio::test]
async fn a_set_that_cannot_be_asked_bars_nobody() {
    let setup = judged_by(
        PasswordRules::default(),
        Some(BreachedPasswords::at("/nowhere/breached.pcb")),
    );
    setup
        .accounts
        .create(named("alice", "password"))
        .await
        .expect("created");
    assert!(setup.token("alice", "password").await.is_some());
}

/// Users whose changes are told a while after they were made.
struct Slow(MemoryUsers);

impl UserStore for Slow {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        self.0.by_login(login).await
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.0.by_id(id).await
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        self.0.swap_hash(id, seen, new).await
    }
}

impl AccountStore for Slow {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        self.0.insert(account).await
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        let changed = self.0.update(id, change).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        changed
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        let deleted = self.0.delete(id).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        deleted
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        self.0.list(after, limit).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.0.count().await
    }
}

#[tokio::test(start_paused = true)]
async fn what_ends_with_a_user_ends_where_nobody_waits_for_it() {
    for removes in [false, true] {
        let users = MemoryUsers::from_iter([Account::new("alice")]);
        let key = SigningKey::hs256(b"a secret of more than 256 bits, thirty-two bytes").expect("long enough");
        let auth = Auth::builder(key, users.clone()).sessions(MemorySessions::new());
        let auth = auth.build().expect("builds");
        let accounts = Accounts::new(auth.clone(), Slow(users));
        let alice = accounts.find("alice").await.expect("there");
        let begun = auth.begin(&alice, ScopeSet::default(), None, &Attempt::default()).await;
        begun.expect("a session");
        let living = async || {
            let sessions = auth.sessions().expect("kept");
            sessions.sessions_of(&alice.id(), 0).await.expect("read").len()
        };
        assert_eq!(living().await, 1);
        let end = async {
            match removes {
                true => accounts.delete("alice").await,
                false => accounts.disable("alice").await.map(drop),
            }
        };
        assert!(tokio::time::timeout(Duration::from_millis(1), end).await.is_err());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(living().await, 0, "{removes}");
    }
}
