//! The questions that every store of sessions must answer alike.

mod ends;
mod records;
mod refreshes;
mod samples;
mod uses;

pub use ends::*;
pub use records::*;
pub use refreshes::*;
pub use uses::*;

/// Writes one test per question of the contract of a [`SessionStore`](crate::SessionStore). The argument is an expression
/// that gives a future of a fresh, empty store; it is evaluated once per test. With `if` before it the future gives an
/// `Option`: where there is no store nothing is asked. A store of sessions is one of revocations: hold it against
/// [`revocation_store_contract!`](crate::revocation_store_contract) too.
///
/// Needs `tokio` with the `macros`, `rt` and `rt-multi-thread` features among the dev-dependencies.
#[macro_export]
macro_rules! session_store_contract {
    (if $fresh:expr) => {
        $crate::session_store_contract!(@all $fresh, ::std::convert::identity);
    };
    (@all $fresh:expr, $is_there:expr) => {
        $crate::session_store_contract!(@each $fresh, $is_there;
            of_an_unknown_session_nothing_is_known_and_nothing_changes,
            a_session_and_its_family_come_back_whole,
            to_begin_again_changes_nothing,
            a_family_goes_on_only_from_what_was_seen,
            a_family_goes_on_with_the_token_that_it_has,
            of_many_who_rotate_at_once_one_does,
            a_late_answer_is_given_once_a_generation,
            a_confirmed_generation_is_not_answered_late,
            a_family_is_rolled_forward_and_never_back,
            an_ended_family_is_changed_by_nothing,
            an_end_takes_the_families_along_and_stands_among_the_revocations,
            an_end_is_a_fact,
            an_end_and_a_rotation_at_once_leave_an_end,
            an_end_ends_what_it_names_and_nothing_else,
            living_sessions_are_listed_the_one_used_last_first,
            a_label_is_set_by_its_user_alone,
            a_use_is_noted_and_never_back_in_time,
            what_is_over_is_removed_a_few_at_a_time,
        );
    };
    (@each $fresh:expr, $is_there:expr; $($question:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $question() {
            let ::std::option::Option::Some(store) = $is_there($fresh.await) else { return };
            $crate::session_contract::$question(store).await.expect("the store answers");
        }
    )+};
    ($fresh:expr) => {
        $crate::session_store_contract!(@all $fresh, ::std::option::Option::Some);
    };
}
