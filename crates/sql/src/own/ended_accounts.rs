//! The last epoch of each account that was deleted: it never comes again.

use super::statement::statements;

statements! {
    /// The epoch with which `$1` ended.
    EPOCH = "SELECT token_epoch FROM portcullis_ended_accounts WHERE id = $1";
    /// Remembers the epoch of the account `$1`, which is about to end; an earlier one only gives way to a later.
    REMEMBER = "INSERT INTO portcullis_ended_accounts (id, token_epoch) \
        SELECT id, token_epoch FROM portcullis_accounts WHERE id = $1 \
        ON CONFLICT (id) DO UPDATE SET token_epoch = excluded.token_epoch \
        WHERE portcullis_ended_accounts.token_epoch < excluded.token_epoch";
}

/// The lowest epoch that an account may begin with whose id had ended with this one.
pub(crate) fn floor(ended: Option<u64>) -> u64 {
    ended.map_or(0, |epoch| epoch.saturating_add(1))
}
