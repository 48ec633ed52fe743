//! The rows that were refused, with their reasons: those of a million rows are few, and each is kept once.

use std::collections::HashSet;
use std::sync::Arc;

/// Lines and reasons, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    rows: Vec<(u64, Arc<str>)>,
    reasons: HashSet<Arc<str>>,
}

impl Refusals {
    pub(super) fn add(&mut self, line: u64, reason: &str) {
        let known = self.reasons.get(reason).cloned();
        let reason = known.unwrap_or_else(|| {
            let new: Arc<str> = reason.into();
            self.reasons.insert(Arc::clone(&new));
            new
        });
        self.rows.push((line, reason));
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        self.rows.iter().map(|(line, reason)| (*line, &**reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_many_rows_have_is_kept_once() {
        let mut refusals = Refusals::default();
        for line in 1..=3 {
            refusals.add(line, "it has no user name");
        }
        refusals.add(4, "it was cut");
        assert_eq!((refusals.len(), refusals.reasons.len()), (4, 2));
        assert_eq!(refusals.iter().last(), Some((4, "it was cut")));
    }
}
