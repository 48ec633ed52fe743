//! Logging in and being recognised, on users in memory, with a clock that we move.

#![allow(clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects)]

mod support;

use std::time::Duration;

use portcullis_core::password::Options;
use portcullis_core::password::schemes::{self, Named};
use portcullis_core::{
    Account, AccountChange, AccountStore, AuthError, Credentials, LoginError, MemoryUsers, Password, ScopeSet, User,
    UserId, UserStore,
};
use support::{Setup, Watched, cheap, johndoe, login};

portcullis_core::scopes! {
    /// Read information about the current user.
    Me = "me";
    /// Read items.
    Items = "items";
}

portcullis_core::entities! {
    /// A car.
    Car = "car";
    /// A blog entry.
    Blog = "blog";
}

portcullis_core::scopes! {
    /// Drive it.
    Drive = "drive";
}

#[tokio::test]
async fn wrong_passwords_unknown_names_and_accounts_without_password_are_one_refusal() {
    let setup = Setup::new([johndoe(), Account::new("nopassword")]);
    for (name, password) in [
        ("johndoe", "wrong"),
        ("nobody", "secret"),
        ("nopassword", ""),
        ("", "x"),
        ("a\0b", "x"),
    ] {
        let refused = login(&setup.auth, name, password).await;
        assert!(matches!(refused, Err(LoginError::Refused)), "{name:?}: {refused:?}");
    }
}

#[tokio::test]
async fn every_refusal_costs_one_verification() {
    let setup = Setup::new([johndoe(), Account::new("nopassword")]);
    for name in ["johndoe", "nobody", "nopassword", "a\0b"] {
        let before = setup.verifications();
        let _ = login(&setup.auth, name, "wrong").await;
        assert_eq!(setup.verifications() - before, 1, "{name}");
    }
}

#[tokio::test]
async fn an_unknown_name_always_costs_the_same_and_costs_are_drawn_from_what_the_store_holds() {
    let hashes = ["$cheap$1", "$cheap$1", "$cheap$1", "$cheap$9"];
    let users = hashes.iter().enumerate().map(|(n, text)| {
        Account::new(format!("user{n}")).with_password_hash(portcullis_core::HashString::new(format!("{text}$pw")))
    });
    let setup = Setup::new(users);
    let mut dear = 0;
    for n in 0..200 {
        let name = format!("nobody{n}");
        let mut costs = Vec::new();
        for _ in 0..2 {
            let _ = login(&setup.auth, &name, "x").await;
            costs.push(setup.last_cost());
        }
        assert_eq!(costs[0], costs[1], "{name}");
        dear += usize::from(costs[0] == 9);
    }
    // A quarter of the store; 200 draws of 1/4 stay far inside these bounds.
    assert!(
        (20..=90).contains(&dear),
        "{dear} of 200 imaginary records are of the dear format"
    );
}

#[tokio::test]
async fn a_stored_hash_that_cannot_be_verified_refuses_at_the_cost_of_a_verification() {
    let broken = Account::new("broken").with_password_hash(portcullis_core::HashString::new("$cheap$broken"));
    let setup = Setup::new([broken, johndoe()]);
    let before = setup.verifications();
    assert!(matches!(
        login(&setup.auth, "broken", "pw").await,
        Err(LoginError::Refused)
    ));
    assert_eq!(setup.verifications() - before, 1);
}

#[tokio::test]
async fn a_failing_login_never_writes_and_a_good_one_upgrades_an_outdated_hash_once() {
    let setup = Setup::new([johndoe()]);
    let _ = login(&setup.auth, "johndoe", "wrong").await;
    assert_eq!(setup.store.swaps(), 0);
    login(&setup.auth, "johndoe", "secret").await.expect("logs in");
    assert_eq!(setup.store.swaps(), 1);
    let stored = setup
        .store
        .by_login("johndoe")
        .await
        .expect("answers")
        .expect("is there");
    assert_eq!(
        stored.password_hash().map(|hash| hash.as_str().to_owned()),
        Some("$cheap$5$secret".to_owned())
    );
    login(&setup.auth, "johndoe", "secret").await.expect("logs in");
    assert_eq!(setup.store.swaps(), 1);
}

#[tokio::test]
async fn an_upgrade_that_fails_leaves_the_login_standing() {
    let setup = Setup::new([johndoe()]);
    setup.store.fail_writes();
    login(&setup.auth, "johndoe", "secret").await.expect("logs in");
}

#[tokio::test]
async fn what_is_granted_is_what_was_asked_for_and_the_user_has_and_the_application_declares() {
    let account = johndoe().with_scopes(["me", "items", "undeclared"].into_iter().collect());
    let setup = Setup::with([account], |builder| builder.scopes::<(Me, Items)>());
    for (asked, granted) in [
        ("", ""),
        ("items me", "items me"),
        ("admin me", "me"),
        ("undeclared admin", ""),
    ] {
        let credentials =
            Credentials::new("johndoe", Password::from("secret")).with_scope(ScopeSet::parse(asked).expect("valid"));
        let answer = setup.auth.log_in(credentials).await.expect("logs in");
        assert_eq!(
            answer.scope.as_ref().map(ScopeSet::as_str),
            Some(granted),
            "asked for {asked:?}"
        );
        let principal = setup.auth.authenticate(&answer.access_token).await.expect("good");
        assert_eq!(principal.scopes.as_str(), granted);
    }
}

#[tokio::test]
async fn a_scope_that_cannot_be_granted_refuses_where_that_is_asked_for() {
    let setup = Setup::with([johndoe()], |builder| builder.scopes::<(Me, Items)>());
    let ask = |scope: &str| {
        Credentials::new("johndoe", Password::from("secret"))
            .with_scope(ScopeSet::parse(scope).expect("valid"))
            .refuse_empty_grant()
    };
    assert!(matches!(
        setup.auth.log_in(ask("admin")).await,
        Err(LoginError::InvalidScope)
    ));
    assert!(setup.auth.log_in(ask("me admin")).await.is_ok());
    assert!(setup.auth.log_in(ask("")).await.is_ok());
}

#[tokio::test]
async fn an_application_without_scopes_ignores_them() {
    let setup = Setup::new([johndoe()]);
    let credentials = Credentials::new("johndoe", Password::from("secret"))
        .with_scope(ScopeSet::parse("anything").expect("valid"))
        .refuse_empty_grant();
    assert_eq!(setup.auth.log_in(credentials).await.expect("logs in").scope, None);
}

#[tokio::test]
async fn a_scope_taken_from_the_user_is_gone_from_tokens_made_before() {
    let setup = Setup::with([johndoe()], |builder| builder.scopes::<(Me, Items)>());
    let credentials =
        Credentials::new("johndoe", Password::from("secret")).with_scope(ScopeSet::parse("me items").expect("valid"));
    let token = setup.auth.log_in(credentials).await.expect("logs in").access_token;
    let change = AccountChange {
        scopes: ScopeSet::parse("me").ok(),
        ..AccountChange::default()
    };
    setup
        .store
        .update(&UserId::new("johndoe"), &change)
        .await
        .expect("answers");
    let principal = setup.auth.authenticate(&token).await.expect("good");
    assert!(principal.require::<Me>(true).is_ok());
    assert!(matches!(
        principal.require::<(Items, Me)>(true),
        Err(AuthError::MissingScope)
    ));
}

#[tokio::test]
async fn a_token_ends_on_its_second() {
    let setup = Setup::new([johndoe()]);
    let token = setup.token("johndoe").await;
    setup.clock.advance(Duration::from_secs(30 * 60 - 1));
    assert!(setup.auth.authenticate(&token).await.is_ok());
    setup.clock.advance(Duration::from_secs(1));
    assert!(matches!(
        setup.auth.authenticate(&token).await,
        Err(AuthError::Invalid(_))
    ));
}

#[tokio::test]
async fn a_deleted_user_and_a_changed_password_end_tokens_at_once() {
    let setup = Setup::new([johndoe(), Account::new("alice").with_password_hash(cheap(5, "pw"))]);
    let (johns, alices) = (setup.token("johndoe").await, setup.token_with("alice", "pw").await);
    assert!(setup.auth.authenticate(&johns).await.is_ok() && setup.auth.authenticate(&alices).await.is_ok());
    setup.store.delete(&UserId::new("johndoe")).await.expect("answers");
    let change = AccountChange {
        password_hash: Some(cheap(5, "new")),
        ..AccountChange::default()
    };
    setup
        .store
        .update(&UserId::new("alice"), &change)
        .await
        .expect("answers");
    assert!(matches!(setup.auth.authenticate(&johns).await, Err(AuthError::Gone)));
    assert!(matches!(setup.auth.authenticate(&alices).await, Err(AuthError::Ended)));
    assert!(
        setup
            .auth
            .authenticate(&setup.token_with("alice", "new").await)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_name_given_anew_does_not_revive_the_tokens_of_the_one_before() {
    let setup = Setup::new([johndoe()]);
    let token = setup.token("johndoe").await;
    setup.store.delete(&UserId::new("johndoe")).await.expect("answers");
    setup
        .store
        .insert(&johndoe().with_token_epoch(77))
        .await
        .expect("answers");
    assert!(matches!(setup.auth.authenticate(&token).await, Err(AuthError::Ended)));
}

#[tokio::test]
async fn a_change_made_elsewhere_holds_when_the_user_is_no_longer_remembered() {
    let setup = Setup::new([johndoe()]);
    let token = setup.token("johndoe").await;
    assert!(setup.auth.authenticate(&token).await.is_ok());
    setup.store.change_behind_our_back(&johndoe().with_disabled(true));
    assert!(
        setup
            .auth
            .authenticate(&token)
            .await
            .expect("remembered")
            .user
            .is_active()
    );
    setup.clock.advance(portcullis_core::REMEMBER);
    assert!(
        !setup
            .auth
            .authenticate(&token)
            .await
            .expect("asked anew")
            .user
            .is_active()
    );
}

#[tokio::test]
async fn the_store_is_asked_once_while_a_user_is_remembered() {
    let setup = Setup::new([johndoe()]);
    let token = setup.token("johndoe").await;
    let before = setup.store.reads();
    for _ in 0..5 {
        setup.auth.authenticate(&token).await.expect("good");
    }
    assert_eq!(setup.store.reads() - before, 1);
}

#[tokio::test]
async fn a_store_that_is_away_is_not_a_wrong_password_and_not_a_bad_token() {
    let setup = Setup::new([johndoe()]);
    let token = setup.token("johndoe").await;
    setup.store.fail_reads();
    assert!(matches!(
        login(&setup.auth, "johndoe", "secret").await,
        Err(LoginError::Store(_))
    ));
    assert!(matches!(
        setup.auth.authenticate(&token).await,
        Err(AuthError::Store(_))
    ));
}

#[tokio::test]
async fn a_disabled_account_gets_a_token_that_says_inactive_or_no_token_where_that_is_chosen() {
    let off = || [johndoe().with_disabled(true)];
    let setup = Setup::new(off());
    let token = setup.token("johndoe").await;
    let principal = setup.auth.authenticate(&token).await.expect("good");
    assert!(matches!(principal.require::<()>(true), Err(AuthError::Inactive)));
    assert!(principal.require::<()>(false).is_ok());
    let strict = Setup::with(off(), |builder| builder.refuse_inactive_logins());
    assert!(matches!(
        login(&strict.auth, "johndoe", "secret").await,
        Err(LoginError::Refused)
    ));
}

#[tokio::test]
async fn a_token_about_a_thing_is_good_for_that_thing_alone() {
    let setup = Setup::new([johndoe(), Account::new("car:42").with_password_hash(cheap(5, "pw"))]);
    let hour = Duration::from_secs(3600);
    let car = setup.auth.issue_entity::<Car, Drive>("42", hour).expect("issued");
    assert_eq!(
        &*setup.auth.authenticate_entity::<Car, Drive>(&car).await.expect("good"),
        "42"
    );
    assert!(matches!(
        setup.auth.authenticate_entity::<Blog, Drive>(&car).await,
        Err(AuthError::WrongSubject)
    ));
    assert!(matches!(
        setup.auth.authenticate_entity::<Car, Me>(&car).await,
        Err(AuthError::MissingScope)
    ));
    assert!(setup.auth.authenticate(&car).await.is_err());
    let namesake = setup.token_with("car:42", "pw").await;
    assert!(setup.auth.authenticate_entity::<Car, ()>(&namesake).await.is_err());
    assert_eq!(
        setup.auth.authenticate(&namesake).await.expect("good").user.username(),
        "car:42"
    );
    setup.clock.advance(hour);
    assert!(setup.auth.authenticate_entity::<Car, Drive>(&car).await.is_err());
}

#[tokio::test]
async fn with_prefixed_subjects_both_spellings_of_a_user_are_read_and_without_only_our_own() {
    let plain = Setup::new([johndoe()]);
    let prefixed = Setup::with([johndoe()], |builder| builder.prefixed_subjects());
    let ours = plain.token("johndoe").await;
    let spelled_out = prefixed.token("johndoe").await;
    assert!(prefixed.auth.authenticate(&ours).await.is_ok());
    assert!(prefixed.auth.authenticate(&spelled_out).await.is_ok());
    assert!(plain.auth.authenticate(&spelled_out).await.is_err());
}

#[tokio::test]
async fn when_the_queue_is_full_everyone_is_told_to_come_back_and_tokens_are_still_read() {
    let setup = Setup::busy([johndoe()]).await;
    let token = setup
        .auth
        .grant(&johndoe(), ScopeSet::empty())
        .expect("issued")
        .access_token;
    for name in ["johndoe", "nobody"] {
        let busy = login(&setup.auth, name, "secret").await;
        assert!(
            matches!(busy, Err(LoginError::Busy { retry_after: 1.. })),
            "{name}: {busy:?}"
        );
    }
    assert!(setup.auth.authenticate(&token).await.is_ok());
}

#[tokio::test]
async fn issuer_and_audience_are_written_and_demanded() {
    let with = |issuer: &'static str| Setup::with([johndoe()], move |builder| builder.issuer(issuer).audience("api"));
    let (here, there, nowhere) = (with("https://here"), with("https://there"), Setup::new([johndoe()]));
    let token = here.token("johndoe").await;
    assert!(here.auth.authenticate(&token).await.is_ok());
    assert!(there.auth.authenticate(&token).await.is_err());
    assert!(nowhere.auth.authenticate(&token).await.is_err());
    assert!(here.auth.authenticate(&nowhere.token("johndoe").await).await.is_err());
}

#[tokio::test]
async fn the_current_password_is_needed_to_be_known() {
    let setup = Setup::new([johndoe()]);
    assert!(
        setup
            .auth
            .verify_password(&johndoe(), Password::from("secret"))
            .await
            .expect("answers")
    );
    assert!(
        !setup
            .auth
            .verify_password(&johndoe(), Password::from("wrong"))
            .await
            .expect("answers")
    );
    let _: &Watched<MemoryUsers> = &setup.store;
}

#[tokio::test]
async fn a_wrong_password_for_a_hash_that_costs_nothing_costs_what_an_unknown_name_costs() {
    let Ok(Named::Broken(md5)) = schemes::named("hex_md5", &Options::new()) else {
        panic!("hex_md5 is a broken scheme")
    };
    let Ok(Named::Disabled(disabled)) = schemes::named("django_disabled", &Options::new()) else {
        panic!("django_disabled is a marker")
    };
    // "secret", as an old table has it.
    let old = Account::new("old").with_password_hash("5ebe2294ecd0e0f08eab7690d2a6ee69".into());
    let away = Account::new("away").with_password_hash("!".into());
    let setup = Setup::accepting([old, away], |passwords| {
        passwords.accept_broken(md5).accept_disabled(disabled)
    });
    for (done, name) in ["nobody", "old", "away"].into_iter().enumerate() {
        assert!(matches!(
            login(&setup.auth, name, "wrong").await,
            Err(LoginError::Refused)
        ));
        assert_eq!(setup.verifications(), done as u64 + 1, "{name}");
    }
    assert!(login(&setup.auth, "old", "secret").await.is_ok());
}

#[tokio::test]
async fn an_access_token_by_its_name_is_read_and_other_kinds_are_not() {
    use portcullis_core::jose::{Claims, SigningKey};
    let setup = Setup::new([johndoe()]);
    let strict = Setup::with([johndoe()], |builder| {
        builder.token_type(portcullis_core::AccessTokenType::AtJwt)
    });
    // The key of every `Setup`.
    let key = SigningKey::hs256("a key for tests that is long enough").expect("a good key");
    let token = |typ: &str| {
        let mut claims = Claims::new(());
        claims.sub = Some("johndoe".to_owned());
        claims.exp = Some((support::NOW + 60).into());
        key.sign(typ, &claims).expect("signs")
    };
    for good in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
        assert!(setup.auth.authenticate(&token(good)).await.is_ok(), "{good}");
    }
    for other in [
        "entity+jwt",
        "id_token+jwt",
        "rt+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "at",
        "",
    ] {
        assert!(setup.auth.authenticate(&token(other)).await.is_err(), "{other}");
    }
    assert!(strict.auth.authenticate(&token("at+jwt")).await.is_ok());
    assert!(strict.auth.authenticate(&token("JWT")).await.is_err());
}

#[tokio::test]
async fn a_principal_tells_what_its_token_says() {
    let setup = Setup::with(
        [johndoe().with_scopes(ScopeSet::parse("me items").expect("valid"))],
        |builder| builder.scopes::<(Me, Items)>().issuer("https://here"),
    );
    let credentials =
        Credentials::new("johndoe", Password::from("secret")).with_scope(ScopeSet::parse("me").expect("valid"));
    let token = setup.auth.log_in(credentials).await.expect("logs in").access_token;
    for _ in 0..2 {
        let principal = setup.auth.authenticate(&token).await.expect("good");
        let facts = &principal.token;
        assert_eq!(facts.scopes.as_str(), "me");
        assert_eq!(facts.issued, Some(Duration::from_secs(support::NOW)));
        assert_eq!(
            facts.expires,
            Duration::from_secs(support::NOW) + portcullis_core::ACCESS_TOKEN_LIFETIME
        );
        assert_eq!(facts.issuer.as_deref(), Some("https://here"));
        assert!(facts.jti.as_ref().is_some_and(|jti| !jti.is_empty()) && facts.client.is_none());
    }
}

#[tokio::test]
async fn clocks_may_differ_by_as_much_as_was_chosen_and_by_default_by_nothing() {
    let with = |leeway: u64| {
        Setup::with([johndoe()], move |builder| {
            builder.start_leeway(Duration::from_secs(leeway))
        })
    };
    for (leeway, behind, good) in [
        (0, 1, false),
        (60, 60, true),
        (60, 61, false),
        (1_000, 300, true),
        (1_000, 301, false),
    ] {
        let setup = with(leeway);
        let token = setup.token("johndoe").await;
        setup.clock.set(support::NOW - behind);
        assert_eq!(setup.auth.authenticate(&token).await.is_ok(), good, "{leeway} {behind}");
    }
    let late = Setup::with([johndoe()], |builder| builder.exp_leeway(Duration::from_secs(10)));
    let token = late.token("johndoe").await;
    for (beyond, good) in [(0, true), (9, true), (10, false)] {
        late.clock.set(support::NOW + 30 * 60 + beyond);
        assert_eq!(late.auth.authenticate(&token).await.is_ok(), good, "{beyond}");
    }
}
