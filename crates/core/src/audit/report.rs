//! What a look through the trail found.

mod finding;
mod remark;

pub use finding::Finding;
pub use remark::Remark;

/// How many findings, and how many remarks, are told one by one.
const TOLD_AT_MOST: usize = 1_000;

/// What the rows and seals of a database are, held against each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditReport {
    /// How many rows were looked at.
    pub rows: u64,
    /// How many seals.
    pub seals: u64,
    /// How many rows no seal binds yet.
    pub unsealed: u64,
    /// What was tampered with; the first thousand.
    pub findings: Vec<Finding>,
    /// What is no tampering and should be known; the first thousand.
    pub remarks: Vec<Remark>,
    /// How much more there is of either.
    pub more: u64,
}

impl AuditReport {
    /// Whether nothing was tampered with.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < TOLD_AT_MOST {
            self.findings.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(super) fn remark(&mut self, remark: Remark) {
        if self.remarks.len() < TOLD_AT_MOST {
            self.remarks.push(remark);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}
