//! Whether rows and seals are what they were: pure, over what a store gives.

use super::anchor::Anchor;
use super::event::AuditKind;
use super::keys::AuditKeys;
use super::report::{AuditReport, Finding, Remark};
use super::reset::Reset;
use super::row::{Position, StoredRow};
use super::seal::{Hash, Root, Seal};
use super::store::Head;

/// Rows are sealed each second; after so many milliseconds it was late.
pub(super) const LATE: u64 = 5_000;

/// So much older than one before it a row may be, in milliseconds: processes write side by side.
const DISORDER: u64 = 60 * 60 * 1_000;

/// The member of a row's detail that says up to where rows were removed.
pub(super) const PRUNED_UPTO: &str = "upto";

/// Takes in rows and seals in their order: of each seal first the rows that it binds, then itself; at the end the rows
/// that none binds.
pub(super) struct Verifier<'a> {
    keys: &'a AuditKeys,
    anchors: &'a [Anchor],
    reset: Option<Reset>,
    pruned: Position,
    report: AuditReport,
    /// The last seal.
    last: Option<Seal>,
    /// Where the next row should stand.
    next: Position,
    /// The latest time of a row.
    latest: u64,
    set: Set,
}

/// Rows since the last seal.
#[derive(Default)]
struct Set {
    rows: Vec<(Position, Hash)>,
    forged: Vec<Position>,
    oldest: Option<u64>,
    /// Whether it is known already that the rows are not those that were sealed.
    broken: bool,
}

impl<'a> Verifier<'a> {
    /// `removed` are the rows that say that others were removed, `resets` those that say that secrets were wiped.
    pub(super) fn new(keys: &'a AuditKeys, anchors: &'a [Anchor], removed: &[StoredRow], resets: &[StoredRow]) -> Self {
        let mut report = AuditReport::default();
        let resets = resets.iter().filter_map(|stored| Reset::told_by(keys, &stored.row));
        // The last one tells of all before it, and nobody can look into those.
        let reset = resets.max_by_key(Reset::key);
        if let Some(Reset { upto, at, .. }) = reset {
            report.remark(Remark::Reset { upto, at });
        }
        let is_good = |stored: &&StoredRow| {
            let before = || reset.as_ref().is_some_and(|reset| reset.binds(stored));
            keys.is_ours(&stored.row).unwrap_or_else(before)
        };
        let pruned = removed.iter().filter(is_good).filter_map(pruned_by).max();
        if let Some(upto) = pruned {
            report.remark(Remark::Pruned { upto });
        }
        Self {
            keys,
            anchors,
            reset,
            pruned: pruned.unwrap_or(0),
            report,
            last: None,
            next: 1,
            latest: 0,
            set: Set::default(),
        }
    }

    pub(super) fn row(&mut self, stored: &StoredRow) {
        let StoredRow { position, row } = stored;
        self.missing(position.saturating_sub(1));
        self.next = position.saturating_add(1);
        self.report.rows = self.report.rows.saturating_add(1);
        match (self.keys.is_ours(row), &self.reset) {
            (Some(true), _) => {}
            (None, Some(reset)) if reset.binds(stored) => {}
            (None, None) => self.missing_key(row.key),
            (None, Some(reset)) if !reset.wiped(row.key) => self.missing_key(row.key),
            // Or its secret was gone by then.
            _ => self.set.forged.push(*position),
        }
        if row.at.saturating_add(DISORDER) < self.latest {
            self.report.remark(Remark::OutOfTime { position: *position });
        }
        self.latest = self.latest.max(row.at);
        self.set.oldest = Some(self.set.oldest.map_or(row.at, |oldest| oldest.min(row.at)));
        self.set.rows.push((*position, row.hash()));
    }

    pub(super) fn seal(&mut self, seal: &Seal) {
        self.report.seals = self.report.seals.saturating_add(1);
        self.missing(seal.upto);
        self.chain(seal);
        match self.keys.is_signed(seal.key, &seal.signed(), &seal.signature) {
            Some(true) => self.bound(seal),
            Some(false) => self.altered(seal),
            None => self.unsigned(seal),
        }
        if self.reset.as_ref().is_some_and(|reset| reset.misses(seal)) {
            self.report.find(Finding::SealAltered { number: seal.number });
        }
        self.anchored(seal);
        self.set = Set::default();
        self.last = Some(seal.clone());
    }

    /// So many stand where none is read.
    pub(super) fn astray(&mut self, count: u64) {
        if count > 0 {
            self.report.find(Finding::Astray { count });
        }
    }

    pub(super) fn end(mut self, head: &Head) -> AuditReport {
        self.forged(None);
        if let Some(since) = self.set.oldest {
            let rows = u64::try_from(self.set.rows.len()).unwrap_or(u64::MAX);
            self.report.unsealed = rows;
            self.report.remark(Remark::Unsealed { rows, since });
        }
        let first = self.next.max(self.pruned.saturating_add(1));
        if head.position >= first {
            let last = head.position;
            self.report.find(Finding::RowsCut { first, last });
        }
        let (newest, era) = self.last.as_ref().map_or((0, 0), |seal| (seal.number, seal.era));
        let sealed = head.sealed.max(self.reset.as_ref().map_or(0, Reset::sealed));
        if sealed > newest {
            let (first, last) = (newest.saturating_add(1), sealed);
            self.report.find(Finding::SealsCut { first, last });
        }
        let beyond = self.anchors.iter().filter(|anchor| anchor.number > newest);
        if let Some(anchor) = beyond.max_by_key(|anchor| (anchor.era, anchor.number)) {
            match anchor.era < era {
                true => self.left_behind(anchor.number),
                false => self.report.find(Finding::AnchorMissing {
                    newest,
                    anchored: anchor.number,
                    at: anchor.at,
                }),
            }
        }
        self.report
    }

    /// Rows should stand up to here.
    fn missing(&mut self, upto: Position) {
        let first = self.next.max(self.pruned.saturating_add(1));
        if first <= upto {
            self.report.find(Finding::RowsDeleted { first, last: upto });
            self.set.broken = true;
        }
        self.next = self.next.max(upto.saturating_add(1));
    }

    /// Whether a seal follows the last one.
    fn chain(&mut self, seal: &Seal) {
        let (last, prev) = self
            .last
            .as_ref()
            .map_or((0, [0; 32]), |last| (last.number, last.hash()));
        let expected = last.saturating_add(1);
        if seal.number > expected {
            let last = seal.number.saturating_sub(1);
            self.report.find(Finding::SealsMissing { first: expected, last });
            // Which rows this one binds is known all the same.
            let own = usize::try_from(seal.rows).unwrap_or(usize::MAX);
            let others = self.set.rows.len().saturating_sub(own);
            self.set.rows.drain(..others);
        } else if seal.prev != prev {
            self.report.find(Finding::SealUnlinked { number: seal.number });
        }
        if let Some(last) = &self.last
            && seal.era > last.era
        {
            let (seal, at) = (seal.number, seal.at);
            self.report.remark(Remark::Restored { seal, at });
        }
    }

    fn altered(&mut self, seal: &Seal) {
        self.report.find(Finding::SealAltered { number: seal.number });
        self.forged(None);
    }

    /// The secret that it was signed with is not here.
    fn unsigned(&mut self, seal: &Seal) {
        match &self.reset {
            Some(reset) if reset.wiped(seal.key) && seal.number <= reset.sealed() => self.bound(seal),
            Some(reset) if reset.wiped(seal.key) => self.altered(seal),
            // It binds nothing any more but the one before it, and the next one binds it.
            _ if seal.upto <= self.pruned => {}
            _ => self.missing_key(seal.key),
        }
    }

    /// Whether the rows are those that a good seal binds.
    fn bound(&mut self, seal: &Seal) {
        if seal.upto <= self.pruned && self.set.rows.is_empty() {
            return;
        }
        let mut root = Root::default();
        for (position, row) in &self.set.rows {
            root.take(*position, row);
        }
        let as_sealed = root.end() == seal.root;
        self.forged((!as_sealed).then_some(seal.number));
        if !as_sealed && !self.set.broken {
            let end = seal.upto;
            let (first, last) = (self.set.rows.first(), self.set.rows.last());
            self.report.find(Finding::RowsSwapped {
                seal: seal.number,
                first: first.map_or(end, |(position, _)| *position),
                last: last.map_or(end, |(position, _)| *position),
            });
        }
        let after = seal.at.saturating_sub(self.set.oldest.unwrap_or(seal.at));
        if after > LATE {
            let (seal, rows) = (seal.number, seal.rows);
            self.report.remark(Remark::SealedLate { seal, rows, after });
        }
    }

    /// Tells of rows that are not ours; `seal` binds others in their place.
    fn forged(&mut self, seal: Option<u64>) {
        for position in std::mem::take(&mut self.set.forged) {
            self.set.broken = true;
            self.report.find(match seal {
                Some(seal) => Finding::RowAltered { position, seal },
                None => Finding::RowInserted { position },
            });
        }
    }

    fn anchored(&mut self, seal: &Seal) {
        let hash = seal.hash();
        let others = self.anchors.iter().filter(|anchor| anchor.number == seal.number);
        let other = others
            .filter(|anchor| anchor.hash != hash)
            .max_by_key(|anchor| anchor.era);
        match other {
            None => {}
            Some(anchor) if anchor.era < seal.era => self.left_behind(anchor.number),
            Some(_) => self.report.find(Finding::AnchorDiffers { number: seal.number }),
        }
    }

    /// Of several the last is told.
    fn left_behind(&mut self, anchored: u64) {
        let told = |remark: &Remark| matches!(remark, Remark::LeftBehind { .. });
        self.report.remarks.retain(|remark| !told(remark));
        self.report.remark(Remark::LeftBehind { anchored });
    }

    fn missing_key(&mut self, number: u8) {
        self.set.broken = true;
        let finding = Finding::KeyMissing { number };
        if !self.report.findings.contains(&finding) {
            self.report.find(finding);
        }
    }
}

/// Up to where rows were removed, as a row says.
fn pruned_by(StoredRow { row, .. }: &StoredRow) -> Option<Position> {
    if row.what() != Some(AuditKind::AuditPruned) {
        return None;
    }
    let detail: serde_json::Value = serde_json::from_str(row.detail.as_deref()?).ok()?;
    detail.get(PRUNED_UPTO)?.as_u64()
}
