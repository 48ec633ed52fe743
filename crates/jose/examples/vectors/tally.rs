//! The count of a run.

/// What came of a number of cases.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) skipped: usize,
    /// Id, and what came instead.
    pub(crate) failed: Vec<(String, String)>,
}
