//! What new passwords must be in a deployment.

use portcullis_core::{Account, Auth, AuthBuilder, BreachedPasswords, PasswordRules};

use crate::config::Settings;
use crate::failure::{OrFail as _, Outcome};
use crate::place::Place;

/// Gives the `Auth` of a deployment its rules: the service's own words are those of its names and addresses.
pub(crate) fn with(builder: AuthBuilder<Account>, settings: &Settings, place: &Place) -> AuthBuilder<Account> {
    let names = [
        Some(&settings.issuer),
        Some(&settings.audience),
        settings.public_url.as_ref(),
    ];
    let rules = PasswordRules::recommended()
        .with_min_length(settings.new_passwords.min_length)
        .with_service_words(names.into_iter().flatten());
    let builder = builder.password_rules(rules);
    match &settings.new_passwords.breached {
        Some(file) => builder.breached_passwords(BreachedPasswords::at(place.file(file))),
        None => builder,
    }
}

/// That the breached passwords can be asked, where there are any.
pub(crate) fn expect_breached(auth: &Auth) -> Outcome {
    let Some(set) = auth.breached_passwords() else {
        return Ok(());
    };
    let count = set.len().or_fail(
        "breached_passwords cannot be used",
        "Make the file anew with `portcullis hash breached build LIST -o FILE`, or take the setting out.",
    )?;
    tracing::info!(passwords = count, file = %set.path().display(), "new passwords are held against breached ones");
    Ok(())
}
