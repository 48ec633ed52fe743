//! Which route answers: told from inside the router to the loop around it, where that wants to know.
//!
//! axum knows it inside alone. A response's extensions would carry it out at the price of three allocations for each
//! request; what is polled is polled on one thread to its end, so a cell of that thread carries it for none.

use std::cell::Cell;

use axum::extract::MatchedPath;
use http::Extensions;

/// What a poll of the router finds there.
#[derive(Default)]
enum Slot {
    /// Nobody asks.
    #[default]
    Unwanted,
    /// Somebody around asks.
    Wanted,
    /// It was told.
    Found(MatchedPath),
}

thread_local! {
    static SLOT: Cell<Slot> = const { Cell::new(Slot::Unwanted) };
}

/// Does a step of the router, and takes what it tells into `route`, if it does.
pub(crate) fn asked<T>(route: &mut Option<MatchedPath>, step: impl FnOnce() -> T) -> T {
    SLOT.set(Slot::Wanted);
    let done = step();
    if let Slot::Found(path) = SLOT.take() {
        *route = Some(path);
    }
    done
}

/// Tells the route of a request, if somebody asks. The first around a handler counts.
pub(crate) fn tell(extensions: &Extensions) {
    match SLOT.take() {
        Slot::Wanted => match extensions.get::<MatchedPath>() {
            Some(path) => SLOT.set(Slot::Found(path.clone())),
            None => SLOT.set(Slot::Wanted),
        },
        other => SLOT.set(other),
    }
}
