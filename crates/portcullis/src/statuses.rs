//! Whether a route answers as its document says: looked at in debug builds.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, StatusCode};

/// What the document says of a route's good answers.
///
/// Errors are not looked at: a document as FastAPI makes it tells few of them.
#[derive(Debug)]
pub(crate) struct Statuses {
    route: String,
    documented: Vec<StatusCode>,
    was_told: AtomicBool,
}

impl Statuses {
    /// `documented` begins with the good answer's.
    pub(crate) fn new(method: &Method, path: &str, documented: Vec<StatusCode>) -> Self {
        Self {
            route: format!("{method} {path}"),
            documented,
            was_told: AtomicBool::new(false),
        }
    }

    /// Warns of an answer of which the document does not tell, once a route.
    pub(crate) fn look_at(&self, status: StatusCode) {
        if self.is_untold(status) && !self.was_told.swap(true, Ordering::Relaxed) {
            let documented: Vec<&str> = self.documented.iter().map(StatusCode::as_str).collect();
            tracing::warn!(
                "{} answered {}, but its document says {}: answer with a type that tells it (`Created<Json<T>>`, `NoContent`), or \
                 add `.status(…)` to the route",
                self.route,
                status.as_str(),
                documented.join(", ")
            );
        }
    }

    /// Whether it is a good answer that is not documented. That nothing changed (RFC 9110 §15.4.5) is none of its own.
    fn is_untold(&self, status: StatusCode) -> bool {
        let good = status.is_success() || status.is_redirection();
        good && status != StatusCode::NOT_MODIFIED && !self.documented.contains(&status)
    }
}

#[cfg(test)]
mod tests;
