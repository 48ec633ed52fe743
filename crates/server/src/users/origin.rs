//! Which hashes are read and which are made: where users belong to another application, it must read what we write.

use portcullis_core::password::{Origin, Passwords, Policy};
use portcullis_sql::foreign::Stage;

use crate::config::{Settings, USERS_PEPPER_VARIABLE};
use crate::failure::{Failure, Outcome};

/// The context of a deployment.
pub(crate) async fn passwords(settings: &Settings) -> Outcome<Passwords> {
    let origin = match &settings.users {
        None => None,
        Some(table) => super::open::origin(table).await?,
    };
    let secret = std::env::var(USERS_PEPPER_VARIABLE).ok();
    if origin == Some(Origin::FlaskSecurity) && secret.is_none() {
        let what = "Flask-Security's hashes cannot be read without its SECURITY_PASSWORD_SALT";
        return Err(Failure::usage(what, format!("Give it in {USERS_PEPPER_VARIABLE}.")));
    }
    let writes = settings
        .users
        .as_ref()
        .is_some_and(|users| users.stage() == Stage::WriteBack);
    if writes && origin.is_none() && !settings.passwords.names_schemes() {
        let what = "the stage \"write-back\" would write hashes that the other application may not read";
        let remedy = "Name its `framework` under [users], or list what it reads as `schemes` under [passwords].";
        return Err(Failure::usage(what, remedy));
    }
    let cut_over = settings.users.as_ref().is_some_and(|users| users.is_cut_over());
    let policy = origin.map(|origin| match cut_over {
        true => of_our_own(origin, secret.as_deref()),
        false => origin.policy(secret.as_deref()),
    });
    settings.passwords.passwords(policy)
}

/// Once nobody else reads the table, new hashes are ours. Where the application keys passwords before it hashes them, its
/// hashes cannot be told from others by their text, and its scheme, which is as good, stays.
fn of_our_own(origin: Origin, secret: Option<&str>) -> Policy {
    let policy = origin.policy(secret);
    if secret.is_some() {
        return policy;
    }
    let settings = [
        ("default", "argon2"),
        ("deprecated", "auto"),
        ("argon2__memory_cost", "19456"),
    ];
    let settings = settings
        .into_iter()
        .chain([("argon2__time_cost", "2"), ("argon2__parallelism", "1")]);
    settings
        .fold(policy, |policy, (name, value)| policy.with(name, [value]))
        .with_more_schemes(["argon2".to_owned()])
}

#[cfg(test)]
mod tests {
    use portcullis_core::password::{HashString, Password};

    use super::*;

    #[test]
    fn after_a_cut_over_hashes_are_upgraded_and_every_spelling_of_a_password_goes_on() {
        let passwords = of_our_own(Origin::WordPress, None)
            .passwords(None)
            .expect("a sound policy");
        // By WordPress 6.1.9, whose form was given `it's "quoted"`.
        let stored = HashString::new("$P$BIpMSMTbR.adlWgi1wNRRtoUYqYHmZ/");
        let typed = Password::from("it's \"quoted\"");
        let (right, better) = passwords
            .verify_and_update(&typed, Some(&stored))
            .expect("a sound hash");
        let better = better.filter(|_| right).expect("a better hash");
        assert_eq!(passwords.identify(&better), Some("argon2"));
        // The form trims, and its other ways post the slashes themselves.
        for spelling in ["it's \"quoted\"", " it's \"quoted\"\n", "it\\'s \\\"quoted\\\""] {
            let again = passwords.verify(&Password::from(spelling), Some(&better));
            assert!(again.expect("a sound hash").is_match(), "{spelling}");
        }
    }

    #[test]
    fn what_has_one_spelling_is_read_after_a_cut_over_by_everybody() {
        let passwords = of_our_own(Origin::WordPress, None)
            .passwords(None)
            .expect("a sound policy");
        let typed = Password::from("correct horse");
        let made = passwords.hash(&typed).expect("a hash");
        let ours = Passwords::recommended().verify(&typed, Some(&made));
        assert!(ours.expect("a sound hash").is_match(), "also without the table [users]");
    }
}
