//! Which hashes are read and which are made: where users belong to another application, it must read what we write.

use portcullis_core::password::{Origin, Passwords};
use portcullis_sql::foreign::Stage;

use crate::config::{Settings, USERS_PEPPER_VARIABLE};
use crate::failure::{Failure, Outcome};

/// The context of a deployment.
pub(crate) fn passwords(settings: &Settings) -> Outcome<Passwords> {
    let framework = settings.users.as_ref().and_then(|users| users.framework.as_deref());
    let origin: Option<Origin> = framework.and_then(|name| name.parse().ok());
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
    settings
        .passwords
        .passwords(origin.map(|origin| origin.policy(secret.as_deref())))
}
