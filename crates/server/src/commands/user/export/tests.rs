//! What is exported and taken in again.

use portcullis_core::password::Options;
use portcullis_core::password::schemes::{Named, named};
use portcullis_core::{Login, Passwords, ScopeSet, UserId};
use portcullis_sql::{AnyUsers, SqliteUsers};
use proptest::prelude::*;

use super::*;
use crate::commands::user::import::{Report, Target};
use crate::records::Source;

const BCRYPT: &str = "$2b$04$DYa4iaEPQ6uLtwPJAsQVrObQS/nyEkcY6Wczo/q5suyv6ng/n8p/S";
const GRAFANA: &str =
    "c7b9959e1f5d02d68656170d0774fc30ef32b344efad7da4943c15cc172ae38b5bfedaf7a440c24c46c42b0f0a48c60e9a83";

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ a-zA-Z0-9,;|\"'\\\\äßΣ\u{202e}#@.{}\\[\\]-]{1,12}",
        Just("null".to_owned()),
        Just("\\N".to_owned()),
        Just("=1+1".to_owned()),
    ]
}

/// A name that a new user may have.
fn name() -> impl Strategy<Value = String> {
    text().prop_map(|text| match text.trim() {
        "" => "x".to_owned(),
        name => name.to_owned(),
    })
}

fn login() -> impl Strategy<Value = Login> {
    (text(), any::<bool>(), any::<bool>()).prop_map(|(text, folded, email)| {
        let login = if folded {
            Login::folded(&text)
        } else {
            Login::exact(&text)
        };
        if email { login.of_email() } else { login }
    })
}

fn account() -> impl Strategy<Value = Account> {
    let texts = (name(), proptest::option::of(text()), proptest::option::of(text()));
    let scopes = proptest::collection::vec(prop_oneof!["[a-z:]{1,5}", Just("a,b;c".to_owned())], 0..3);
    let logins = proptest::collection::vec(login(), 0..4);
    let numbers = (
        proptest::option::of(0_u32..1_000),
        0_u64..1 << 53,
        0_u8..3,
        any::<bool>(),
    );
    (texts, scopes, logins, numbers).prop_map(|(texts, scopes, logins, numbers)| {
        let ((name, email, full_name), (id, epoch, hash, disabled)) = (texts, numbers);
        let mut account = Account::new(name.clone())
            .with_scopes(ScopeSet::parse(&scopes.join(" ")).expect("valid"))
            .with_disabled(disabled)
            .with_token_epoch(epoch);
        account = logins.into_iter().fold(account, Account::with_login);
        if let Some(id) = id {
            account = account.with_id(UserId::from(format!("id {id}")));
        }
        if let Some(email) = email {
            account = account.with_email(email);
        }
        if let Some(full_name) = full_name {
            account = account.with_full_name(full_name);
        }
        match hash {
            0 => account,
            1 => account.with_password_hash(HashString::new(BCRYPT)),
            _ => account.with_password_hash(HashString::new(GRAFANA).with_user(name).with_salt("AbCdEf1234")),
        }
    })
}

fn passwords() -> Passwords {
    match named("grafana_pbkdf2", &Options::new()) {
        Ok(Named::VerifyOnly(scheme)) => Passwords::recommended().accept(scheme),
        Ok(Named::Current(scheme)) => Passwords::recommended().accept(scheme),
        Ok(Named::Broken(scheme)) => Passwords::recommended().accept_broken(scheme),
        _ => panic!("it is there"),
    }
}

async fn all(users: &AnyUsers) -> Vec<Account> {
    users.list(None, 100).await.expect("read")
}

/// Those whom one table can hold together, and what became of them.
async fn taken_in_again(accounts: Vec<Account>, format: Form) -> (Vec<Account>, Vec<Account>) {
    let users = AnyUsers::Sqlite(SqliteUsers::temporary().await.expect("opens"));
    users.insert_many(accounts).await.expect("stored");
    let mut written = Vec::new();
    let store = Users::Own(users.clone());
    write(format, &store, &mut written).await.expect("written");

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(if format == Form::Csv {
        "users.csv"
    } else {
        "users.jsonl"
    });
    std::fs::write(&path, &written).expect("written");
    let other = AnyUsers::Sqlite(SqliteUsers::temporary().await.expect("opens"));
    for _ in 0..2 {
        let source = Source {
            path: path.clone(),
            ..Source::default()
        };
        let opened = source.open().expect("users").chosen().expect("one kind");
        let mut report = Report::new(passwords());
        report.take_all(opened, Target::Store(&other)).await.expect("read");
        assert_eq!(report.refused(), 0, "{}", String::from_utf8_lossy(&written));
    }
    (all(&users).await, all(&other).await)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_export_taken_in_again_twice_is_the_same_users(
        accounts in proptest::collection::vec(account(), 1..12),
        jsonl: bool,
    ) {
        let format = if jsonl { Form::Jsonl } else { Form::Csv };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (before, after) = runtime.block_on(taken_in_again(accounts, format));
        prop_assert_eq!(before, after);
    }
}
