//! The questions that every store of clients must answer alike.

mod changes;
mod once;
mod records;
mod samples;

pub use changes::*;
pub use once::*;
pub use records::*;

/// Writes one test per question of the contract of a [`ClientStore`](crate::ClientStore). The argument is an expression
/// that gives a future of a fresh, empty store and of the [`RevocationStore`](crate::RevocationStore) that its entries go
/// to, as a pair; it is evaluated once per test. With `if` before it as
/// in [`store_contract!`](crate::store_contract).
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! client_store_contract {
    (if $fresh:expr) => {
        $crate::client_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::client_store_contract!(@each $fresh, $is_there;
            an_unknown_client_is_none_and_is_not_changed,
            ids_are_compared_as_they_are,
            an_id_is_taken_once,
            of_two_clients_of_one_id_added_at_once_one_is,
            clients_come_back_whole,
            clients_are_listed_by_id_in_pages,
            secrets_are_changed_only_if_they_are_the_ones_seen,
            of_two_secrets_added_at_once_one_is,
            a_change_leaves_the_rest_as_it_was,
            what_a_change_revokes_is_added_with_it,
            a_removed_client_is_gone_and_its_id_is_free,
            nothing_is_revoked_where_nothing_changed,
            a_thing_is_used_once,
            of_many_who_use_a_thing_at_once_one_does,
            what_is_still_kept_is_never_forgotten,
            a_clock_that_was_wrong_for_a_while_has_nothing_forgotten,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some((store, revocations)) = $is_there($fresh.await) else { return };
            $crate::client_contract::$question(store, revocations).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::client_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}
