//! The questions that every store of API keys must answer alike.

mod limits;
mod records;
mod samples;

pub use limits::*;
pub use records::*;

/// Writes one test per question of the contract of an [`ApiKeyStore`](crate::ApiKeyStore). The argument is an expression that
/// gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it as
/// in [`store_contract!`](crate::store_contract).
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! api_key_store_contract {
    (if $fresh:expr) => {
        $crate::api_key_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::api_key_store_contract!(@each $fresh, $is_there;
            an_unknown_key_is_none_and_does_not_end,
            keys_come_back_whole,
            an_id_is_taken_once,
            a_key_ends_for_its_owner_alone,
            users_are_compared_as_they_are_and_keys_listed_by_id,
            keys_of_former_epochs_end_and_the_others_stay,
            a_use_is_noted_and_an_earlier_one_changes_nothing,
            nobody_has_more_than_so_many_that_are_good,
            nobody_makes_more_than_so_many_in_a_while,
            of_two_that_are_added_at_once_none_is_one_too_many,
            what_has_been_over_for_long_goes_when_another_is_made,
            what_ended_is_kept_until_then,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::api_key_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::api_key_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}
