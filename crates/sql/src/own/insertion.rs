//! What becomes of an account that is added to those that are there.

use portcullis_core::{Account, HashString, User as _};

/// What came of an account that was to be added or copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inserted {
    /// It is new.
    New,
    /// There was one of that name, with the same hash, fields and scopes.
    Same,
    /// There was one of that name that nobody could log in to with a password, or not by every login: it is whole now.
    Completed,
    /// It was copied before, nothing was changed here since, and it is as the other table has it now.
    Updated,
    /// It was copied before, and was changed or removed here since: it stays as it is here.
    Kept,
    /// There was another of that name or id, which stays as it was.
    Taken,
}

/// Whether the one that is there is the one that comes, and how it is completed by it.
pub(crate) fn compared(there: &Account, comes: &Account) -> (Inserted, Option<Account>) {
    // Whoever was added without an id of their own keeps the one they have: it is what their tokens say.
    let has_own_id = there.id().as_str() != there.username() && comes.id().as_str() != comes.username();
    if has_own_id && there.id() != comes.id() {
        return (Inserted::Taken, None);
    }
    // The epoch may be the time at which it was added, and is no sign of another.
    let comes = comes.clone().with_id(there.id()).with_token_epoch(there.token_epoch());
    if *there == comes {
        return (Inserted::Same, None);
    }
    match completed(there, &comes) {
        Some(completed) => (Inserted::Completed, Some(completed)),
        None => (Inserted::Taken, None),
    }
}

/// The one that is there with what it lacks. What may have been decided here since is not undone: nobody is enabled, no
/// scope given, no field replaced.
fn completed(there: &Account, comes: &Account) -> Option<Account> {
    let comes_with_hash = comes.password_hash().filter(|hash| lacks(there.password_hash(), hash));
    let mut whole = comes.logins().iter().cloned().fold(there.clone(), Account::with_login);
    let Some(hash) = comes_with_hash else {
        // All but the logins is as it was.
        return (there.logins().is_empty() && whole == *comes).then_some(whole);
    };
    let agree = |there: Option<&str>, comes: Option<&str>| there.is_none() || comes.is_none() || there == comes;
    if !agree(there.email(), comes.email()) {
        return None;
    }
    if let (None, Some(email)) = (there.email(), comes.email()) {
        whole = whole.with_email(email);
    }
    if let (None, Some(full_name)) = (there.full_name(), comes.full_name()) {
        whole = whole.with_full_name(full_name);
    }
    // A new password ends older tokens.
    Some(
        whole
            .with_password_hash(hash.clone())
            .with_disabled(there.disabled() || comes.disabled())
            .with_token_epoch(there.token_epoch().saturating_add(1)),
    )
}

/// Whether no password could be verified by what is there, and can be by what comes: there is no hash, or it came without
/// what stands beside it.
fn lacks(there: Option<&HashString>, comes: &HashString) -> bool {
    there.is_none_or(|there| there != comes && *there == HashString::new(comes.as_str()))
}
