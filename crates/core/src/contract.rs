//! The questions that every store must answer alike.

mod conditions;
mod hashes;
mod logins;
mod people;
mod questions;
mod records;
mod users;

pub use conditions::*;
pub use hashes::*;
pub use logins::*;
pub use records::*;
pub use users::*;

pub(crate) use questions::questions;

/// Writes one test per question of the store contract. The argument is an expression that gives a future of a fresh,
/// empty [`AccountStore`](crate::AccountStore); it is evaluated once per test. With `if` before it the future gives an `Option`:
/// where there is no store (a server that is not installed, say) nothing is asked.
///
/// Needs `tokio` with the `macros` and `rt` features among the dev-dependencies.
#[macro_export]
macro_rules! store_contract {
    (if $fresh:expr) => {
        $crate::store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::store_contract!(@each $fresh, $is_there;
            an_unknown_login_is_none_and_no_error,
            names_are_compared_as_they_are,
            a_login_leads_to_its_one_account,
            a_login_of_two_accounts_is_nobodys,
            a_name_is_taken_once,
            everything_that_was_stored_comes_back,
            a_sample_of_hashes_is_spread_over_all_users_and_stays_the_same,
            a_hash_is_swapped_only_if_it_is_the_one_seen,
            of_two_swaps_at_once_one_wins,
            a_new_password_ends_older_tokens_and_an_upgraded_hash_does_not,
            a_change_leaves_the_rest_as_it_was,
            a_change_under_a_condition_that_does_not_hold_changes_nothing,
            logins_change_and_go_with_their_account,
            what_stands_beside_a_hash_is_kept_and_goes_with_it,
            a_deleted_account_is_gone,
            the_epoch_of_a_deleted_account_never_comes_again,
            accounts_are_listed_by_name_in_pages,
            every_write_counts_the_generation_up,
            names_that_look_like_sql_are_names,
            a_condition_that_does_not_hold_changes_nothing,
            the_last_administrator_stays_whatever_is_tried,
            of_two_administrators_who_leave_at_once_one_stays,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}

/// Writes one test per question to a [`UserStore`](crate::UserStore) of an application's own. The first argument is an
/// expression that gives a future of a fresh store, evaluated once per test; the second is what one user of it, who has a
/// password, logs in with.
///
/// ```
/// # mod tests {
/// # use portcullis_core::{Account, MemoryUsers};
/// # use portcullis_core::password::HashString;
/// portcullis_core::user_store_contract!(
///     async { MemoryUsers::from_iter([Account::new("ada").with_password_hash(HashString::new("$2b$…"))]) },
///     "ada"
/// );
/// # }
/// ```
///
/// Needs `tokio` with the features `macros` and `rt-multi-thread` among the dev-dependencies.
#[macro_export]
macro_rules! user_store_contract {
    ($fresh:expr, $login:expr) => {
        $crate::user_store_contract!(@each $fresh, $login;
            nobody_is_none_and_no_error,
            a_login_and_an_id_lead_to_the_same_user,
            only_the_hash_that_was_seen_is_swapped,
            of_two_upgrades_at_once_one_wins,
            a_sample_is_no_larger_than_asked_for,
        );
    };
    (@each $fresh:expr, $login:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let store = $fresh.await;
            $crate::contract::$question(store, $login).await.expect("the store answers");
        }
    )+};
}

#[cfg(test)]
mod tests {
    use portcullis_password::HashString;

    use crate::account::Account;
    use crate::memory::MemoryUsers;

    crate::user_store_contract!(
        async { MemoryUsers::from_iter([Account::new("ada").with_password_hash(HashString::new("$test$1"))]) },
        "ada"
    );
}
