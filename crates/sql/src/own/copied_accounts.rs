//! What is remembered of accounts that were copied from a table of another application.

use portcullis_core::{Account, Comparison, HashString, LoginKind, User as _, UserId};
use sha2::{Digest as _, Sha256};

use super::insertion::Inserted;
use super::row::{Row, Unreadable};
use super::statement::statements;
use super::value::Value;

statements! {
    /// What is remembered of the account `$1`, for [`copy`].
    LAST = "SELECT sha256, token_epoch FROM portcullis_copied_accounts WHERE id = $1";
    /// Remembers a copy ([`remembered`]) in the place of an earlier one.
    REMEMBER = "INSERT INTO portcullis_copied_accounts (id, sha256, token_epoch) VALUES ($1, $2, $3) \
        ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, token_epoch = excluded.token_epoch";
    /// Up to `$2` ids after `$1` that were copied and are here still, in their order.
    AFTER = "SELECT id FROM portcullis_copied_accounts WHERE id > $1 \
        AND EXISTS (SELECT 1 FROM portcullis_accounts WHERE portcullis_accounts.id = portcullis_copied_accounts.id) \
        ORDER BY id LIMIT $2";
}

/// What is remembered of a copy.
pub(crate) struct Copy {
    /// Of the account as it was stored here.
    pub(crate) sha256: Vec<u8>,
    /// What the other table said.
    pub(crate) token_epoch: u64,
}

/// Reads a row of [`LAST`].
pub(crate) fn copy(row: &dyn Row) -> Result<Copy, Unreadable> {
    Ok(Copy {
        sha256: row.bytes(0)?.to_vec(),
        token_epoch: row.count(1)?,
    })
}

/// What [`AFTER`] is given.
pub(crate) fn after(id: Option<&UserId>, limit: usize) -> [Value<'_>; 2] {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    [id.map_or("", UserId::as_str).into(), Value::count(limit)]
}

/// Reads a row of [`AFTER`].
pub(crate) fn id(row: &dyn Row) -> Result<UserId, Unreadable> {
    Ok(UserId::from(row.text(0)?))
}

/// What [`REMEMBER`] is given: the id of an account, its [`digest`] as it is stored here, and the epoch that it came with.
pub(crate) fn remembered<'a>(id: &'a str, digest: &'a [u8], token_epoch: u64) -> [Value<'a>; 3] {
    [id.into(), digest.into(), Value::count(token_epoch)]
}

/// What is to be done with a copy that comes.
pub(crate) enum Step {
    /// Nothing; this is the answer.
    Nothing(Inserted),
    /// It is added, if its name and id are free.
    Add,
    /// It is remembered; it is there.
    Remember,
    /// It is put in the place of the one that is there.
    Replace {
        /// The one that is there.
        before: Box<Account>,
        /// As it is then.
        after: Box<Account>,
    },
}

/// What is to be done with a copy that comes, where `there` has its id and `last` was copied last.
pub(crate) fn step(there: Option<Account>, last: Option<&Copy>, comes: &Account) -> Step {
    let (before, last) = match (there, last) {
        (None, Some(_)) => return Step::Nothing(Inserted::Kept),
        (None, None) => return Step::Add,
        (Some(there), None) if there == *comes => return Step::Remember,
        // Somebody of ours who has the same id.
        (Some(_), None) => return Step::Nothing(Inserted::Taken),
        (Some(before), Some(last)) => (before, last),
    };
    // Where their epochs come from a hash they are no count; ours only ever rises.
    let epoch = match comes.token_epoch() {
        same if same == last.token_epoch => before.token_epoch(),
        other => other.max(before.token_epoch().saturating_add(1)),
    };
    let after = comes.clone().with_token_epoch(epoch);
    if before == after {
        return Step::Nothing(Inserted::Same);
    }
    match digest(&before).as_slice() == last.sha256 {
        true => Step::Replace {
            before: Box::new(before),
            after: Box::new(after),
        },
        false => Step::Nothing(Inserted::Kept),
    }
}

/// Of everything that an account has. Never change it: what was copied before would seem to have been changed here.
pub(crate) fn digest(account: &Account) -> [u8; 32] {
    let hash = account.password_hash();
    let (disabled, epoch) = (account.disabled().to_string(), account.token_epoch().to_string());
    let id = account.id();
    let one = [
        Some(id.as_str()),
        Some(account.username()),
        account.email(),
        account.full_name(),
        Some(&disabled),
        Some(&epoch),
        Some(account.scopes().as_str()),
        hash.map(HashString::as_str),
        hash.and_then(HashString::salt),
        hash.and_then(HashString::algorithm),
        hash.and_then(HashString::user),
    ];
    let logins = account.logins().iter().flat_map(|login| {
        let comparison = match login.comparison() {
            Comparison::Exact => "exact",
            Comparison::Folded => "folded",
        };
        let kind = match login.kind() {
            LoginKind::Email => "email",
            LoginKind::Other => "other",
        };
        [Some(login.text()), Some(comparison), Some(kind)]
    });
    let mut digest = Sha256::new();
    for text in one.into_iter().chain(logins) {
        // The length in front, so that no text can run into the next.
        let length = text.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
        digest.update(length.to_be_bytes());
        digest.update(text.unwrap_or_default());
    }
    digest.finalize().into()
}
