//! The settings of the audit trail.

use std::path::PathBuf;
use std::time::Duration;

use portcullis_core::RefreshRows;

use super::key::Key;

/// What is written down, and for how long it is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AuditChoices {
    /// Of which refreshes.
    pub(crate) refreshes: RefreshRows,
    /// 0: for ever.
    retention_days: u32,
    /// Where the newest seal is noted each hour.
    pub(crate) anchor: Option<PathBuf>,
}

impl Default for AuditChoices {
    fn default() -> Self {
        Self {
            refreshes: RefreshRows::default(),
            retention_days: 400,
            anchor: None,
        }
    }
}

impl AuditChoices {
    /// How old rows may be; `None`: however old.
    pub(crate) fn retention(&self) -> Option<Duration> {
        let days = u64::from(self.retention_days);
        (days > 0).then(|| Duration::from_secs(days.saturating_mul(24 * 60 * 60)))
    }
}

pub(super) const REFRESH: Key = Key {
    name: "audit_refresh",
    flag: "audit-refresh",
    value: "all|daily|off",
    default: "\"all\"",
    help: "Which refreshes the audit trail tells of: all, the first of a session on a day, or none",
    take: |settings, raw| {
        settings.audit.refreshes = match raw.text() {
            Some("all") => RefreshRows::All,
            Some("daily") => RefreshRows::Daily,
            Some("off") => RefreshRows::Off,
            _ => return Err("all, daily or off"),
        };
        Ok(())
    },
};

pub(super) const RETENTION_DAYS: Key = Key {
    name: "audit_retention_days",
    flag: "audit-retention-days",
    value: "DAYS",
    default: "400",
    help: "For how many days rows of the audit trail are kept, 1 to 36500; 0: for ever. Its seals stay",
    take: |settings, raw| {
        raw.number(0..=36_500)
            .map(|days| settings.audit.retention_days = days)
            .ok_or("a whole number from 0 to 36500")
    },
};

pub(super) const ANCHOR: Key = Key {
    name: "audit_anchor",
    flag: "audit-anchor",
    value: "FILE",
    default: "\"audit.anchor\"",
    help: "A file, best on another machine, that gets the newest seal of the audit trail each hour, so that a trail that was \
           cut is found by `portcullis audit verify --anchor FILE`; unset: none",
    take: |settings, raw| raw.file().map(|path| settings.audit.anchor = Some(path)),
};
