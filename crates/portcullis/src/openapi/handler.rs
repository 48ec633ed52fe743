//! Which functions can stand at a route.

use std::future::Future;

use axum::handler::Handler;

use super::describe::Arguments;
use super::{Operation, Respond};

/// A handler that documents itself: an axum handler each argument of which is [`Describe`](super::Describe) and whose
/// answer is [`Respond`]. Implemented for every such `async fn` of up to eight arguments; there is nothing to write.
///
/// `T` and `S` are as in axum's [`Handler`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand at a route",
    label = "not an async function whose arguments and answer axum knows",
    note = "a handler is an `async fn` of at most eight extractors, of which only the last may read the body, and its answer must be `IntoResponse`",
    note = "`Json`, `Query` and `Path` take what derives `serde::Deserialize` and `schemars::JsonSchema`",
    note = "a guard asks for the `Auth` of its user type in the state: with a state of your own, derive `FromRef` for it and mount with `front().mount_with(routes, state)`; that of `Allowed<R, T>` is the `User` of `Guarded<R>`, and its `State` must be in there too",
    note = "`#[axum::debug_handler]` on the function says what is wrong with it"
)]
pub trait ApiHandler<T, S>: Handler<T, S> {
    /// Lets the arguments and then the answer describe themselves.
    fn describe(operation: &mut Operation);
}

impl<H, T, S> ApiHandler<T, S> for H
where
    H: Handler<T, S> + Returns<T>,
    T: Arguments,
{
    fn describe(operation: &mut Operation) {
        T::describe(operation);
        H::respond(operation);
    }
}

/// A function with the arguments `T` whose answer says what it is.
pub trait Returns<T> {
    /// Lets the answer describe itself.
    fn respond(operation: &mut Operation);
}

impl<F, Answer> Returns<((),)> for F
where
    F: FnOnce() -> Answer,
    Answer: Future<Output: Respond>,
{
    fn respond(operation: &mut Operation) {
        <Answer::Output as Respond>::respond(operation);
    }
}

macro_rules! returns {
    ($($argument:ident)+) => {
        impl<Function, Answer, M, $($argument),+> Returns<(M, $($argument,)+)> for Function
        where
            Function: FnOnce($($argument),+) -> Answer,
            Answer: Future<Output: Respond>,
        {
            fn respond(operation: &mut Operation) {
                <Answer::Output as Respond>::respond(operation);
            }
        }
    };
}
returns!(A);
returns!(A B);
returns!(A B C);
returns!(A B C D);
returns!(A B C D E);
returns!(A B C D E F);
returns!(A B C D E F G);
returns!(A B C D E F G H);
