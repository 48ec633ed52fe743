//! That an answer is somebody's own: what reads a credential tells it to the layer around whatever answers.
//!
//! No list of routes knows it: behind a service, a fallback or a handler of axum's stands no description. What is polled is
//! polled on one thread to its end, so a cell of that thread carries it (as in `matched.rs`) and costs a request nothing.

use std::cell::Cell;

thread_local! {
    static TOLD: Cell<bool> = const { Cell::new(false) };
}

/// A credential was found that stands elsewhere than in `Authorization`, of which caches know (RFC 9111 §3.5).
pub(crate) fn tell() {
    TOLD.set(true);
}

/// Does a step of what answers. If it is told there, `personal` becomes true, and so it does for what stands around this.
pub(crate) fn asked<T>(personal: &mut bool, step: impl FnOnce() -> T) -> T {
    let around = TOLD.replace(false);
    let done = step();
    let told = TOLD.get();
    *personal |= told;
    TOLD.set(around || told);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_reaches_those_around_and_nobody_beside() {
        let (mut outer, mut inner, mut beside, mut after) = (false, false, false, false);
        asked(&mut outer, || {
            asked(&mut beside, || {});
            asked(&mut inner, tell);
        });
        asked(&mut after, || {});
        assert_eq!((outer, inner, beside, after), (true, true, false, false));
    }
}
