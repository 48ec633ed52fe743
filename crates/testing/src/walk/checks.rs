//! What was asked of one route, and what came out otherwise.

use http::StatusCode;

use crate::answer::Answer;

/// The tally of one route.
#[derive(Default)]
pub(super) struct Checks {
    refused: usize,
    failures: Vec<String>,
}

impl Checks {
    /// What must be refused.
    pub(super) fn refused(&mut self, what: &str, answer: &Answer) {
        self.refused = self.refused.saturating_add(1);
        if answer.is_refused() {
            return;
        }
        let why = match answer.status() {
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
                ": something was read before the guard refused; name the guard first in the signature"
            }
            StatusCode::NOT_FOUND => {
                ": the route is not there, or says nothing of its guard; where the router is nested, name its path with `below`"
            }
            status if status.is_server_error() => ": that is a failure and no refusal",
            _ => "",
        };
        self.failures
            .push(format!("{what} was answered {}{why}", answer.status()));
    }

    /// What must not be.
    pub(super) fn let_in(&mut self, what: &str, answer: &Answer) {
        let status = answer.status();
        if status.is_server_error() {
            self.failures
                .push(format!("{what} was answered {status}: that says nothing of the guard"));
        } else if answer.is_refused() {
            self.failures
                .push(format!("{what} was answered {status}: then the refusals say nothing"));
        }
    }

    /// What could not be asked.
    pub(super) fn failed(&mut self, why: String) {
        self.failures.push(why);
    }

    pub(super) fn done(self) -> (usize, Vec<String>) {
        (self.refused, self.failures)
    }
}
