//! Which entries are in force: looked up without a lock.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::entry::{Entry, Revoked, Subject16};

/// The bits of a mark that say its kind.
const KIND_BITS: u64 = 0b111;

/// How many kinds fit into them, with none.
const KINDS: usize = 8;

/// The fewest places.
const AT_LEAST: usize = 16;

/// What an entry is found by: a digest of kind and subject under a secret of the process, with the kind in its last bits.
/// Never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl Mark {
    fn kind(self) -> usize {
        usize::try_from(self.0 & KIND_BITS).unwrap_or_default()
    }

    /// Where it is looked for first: by the bits above the kind.
    fn first(self) -> usize {
        usize::try_from(self.0 >> 3).unwrap_or_default()
    }

    /// One byte of it, which has no bits in common with where it stands. Never 0.
    fn tag(self) -> u8 {
        let [.., last] = self.0.to_le_bytes();
        last.max(1)
    }
}

/// Places that were given out and never are again before the table is rebuilt: open addressing, with at most three of four
/// in use. Twenty-one bytes each, in four rows: the first of them stays in the processor's memory, and tells nearly all that
/// are not here.
struct Places {
    /// 0: free.
    tags: Box<[AtomicU8]>,
    marks: Box<[AtomicU64]>,
    values: Box<[AtomicU64]>,
    /// Until when, in minutes since 1970, rounded up.
    until: Box<[AtomicU32]>,
    mask: usize,
}

impl Places {
    /// With room for `entries`, and as many again by half.
    fn for_entries(entries: usize) -> Self {
        let length = entries.saturating_mul(3).div_ceil(2).max(AT_LEAST).next_power_of_two();
        Self {
            tags: (0..length).map(|_| AtomicU8::new(0)).collect(),
            marks: (0..length).map(|_| AtomicU64::new(0)).collect(),
            values: (0..length).map(|_| AtomicU64::new(0)).collect(),
            until: (0..length).map(|_| AtomicU32::new(0)).collect(),
            mask: length.wrapping_sub(1),
        }
    }

    fn len(&self) -> usize {
        self.tags.len()
    }

    /// Where this mark stands, or else the free place where it would.
    fn find(&self, mark: Mark) -> (usize, bool) {
        let tag = mark.tag();
        let mut at = mark.first() & self.mask;
        loop {
            match self.tags.get(at).map(|place| place.load(Ordering::Acquire)) {
                Some(0) | None => return (at, false),
                Some(found) if found == tag && self.mark(at) == mark.0 => return (at, true),
                Some(_) => at = at.wrapping_add(1) & self.mask,
            }
        }
    }

    /// The mark that stands here; 0 where none does.
    fn mark(&self, at: usize) -> u64 {
        self.marks
            .get(at)
            .map(|mark| mark.load(Ordering::Acquire))
            .unwrap_or_default()
    }

    fn value(&self, mark: Mark) -> Option<u64> {
        match self.find(mark) {
            (at, true) => self.values.get(at).map(|value| value.load(Ordering::Acquire)),
            _ => None,
        }
    }

    /// What stands here, if anything does.
    fn at(&self, at: usize) -> Option<(Mark, u64, u32)> {
        let tag = self.tags.get(at)?.load(Ordering::Acquire);
        let value = self.values.get(at)?.load(Ordering::Acquire);
        let until = self.until.get(at)?.load(Ordering::Acquire);
        (tag != 0).then_some((Mark(self.mark(at)), value, until))
    }

    /// All that are needed from this minute on.
    fn living(&self, from: u32) -> impl Iterator<Item = (Mark, u64, u32)> {
        (0..self.len())
            .filter_map(|at| self.at(at))
            .filter(move |(.., until)| *until >= from)
    }

    /// Sets a value that is higher than the one that is there, or an end that is later.
    fn put(&self, mark: Mark, value: u64, until: u32) -> Put {
        let (at, known) = self.find(mark);
        let rows = (
            self.tags.get(at),
            self.marks.get(at),
            self.values.get(at),
            self.until.get(at),
        );
        let (Some(tag), Some(place), Some(kept), Some(end)) = rows else {
            return Put::Nothing;
        };
        let raised = kept.fetch_max(value, Ordering::AcqRel) < value;
        let longer = end.fetch_max(until, Ordering::AcqRel) < until;
        match known {
            // Whoever sees the tag sees what belongs to it.
            false => {
                place.store(mark.0, Ordering::Release);
                tag.store(mark.tag(), Ordering::Release);
                Put::New
            }
            true if raised || longer => Put::Changed,
            true => Put::Nothing,
        }
    }
}

#[derive(PartialEq)]
enum Put {
    Nothing,
    Changed,
    New,
}

/// The table. One writes, behind a lock; who looks up takes none.
pub(crate) struct Table {
    secret: RandomState,
    places: ArcSwap<Places>,
    /// How many of each kind: of what there is none, nothing need be looked up.
    counts: [AtomicUsize; KINDS],
    writing: Mutex<()>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self {
            secret: RandomState::new(),
            places: ArcSwap::from_pointee(Places::for_entries(0)),
            counts: Default::default(),
            writing: Mutex::default(),
        }
    }

    /// What an entry of this kind and subject is found by.
    pub(crate) fn mark(&self, kind: Revoked, subject: Subject16) -> Mark {
        Mark((self.secret.hash_one((kind.number(), subject.0)) & !KIND_BITS) | u64::from(kind.number()))
    }

    /// One mark an entry; of those that tell changes, each value is one of its own.
    fn mark_of(&self, entry: &Entry) -> Mark {
        let mark = self.mark(entry.kind, entry.subject);
        match entry.kind {
            Revoked::Changed => Mark((self.secret.hash_one((mark.0, entry.value)) & !KIND_BITS) | (mark.0 & KIND_BITS)),
            _ => mark,
        }
    }

    /// The value of the entry that is found by this, if there is one.
    pub(crate) fn value(&self, mark: Mark) -> Option<u64> {
        match self.counts.get(mark.kind())?.load(Ordering::Acquire) {
            0 => None,
            _ => self.places.load().value(mark),
        }
    }

    /// Takes entries in, and gives those that changed something to `learnt`. Where there is no more room, those that are
    /// over before `now` (milliseconds since 1970) make some.
    pub(crate) fn put(&self, entries: &[Entry], now: u64, mut learnt: impl FnMut(&Entry)) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = self.places.load_full();
        let mut used: usize = self.counts.iter().map(|count| count.load(Ordering::Acquire)).sum();
        for entry in entries {
            if used >= places.len().saturating_sub(places.len() / 4) {
                (places, used) = self.rebuild(&places, minutes_down(now));
            }
            let mark = self.mark_of(entry);
            match places.put(mark, entry.value, minutes_up(entry.until)) {
                Put::Nothing => continue,
                Put::Changed => {}
                Put::New => {
                    used = used.saturating_add(1);
                    if let Some(count) = self.counts.get(mark.kind()) {
                        count.fetch_add(1, Ordering::AcqRel);
                    }
                }
            }
            learnt(entry);
        }
    }

    /// Drops those that are over before `now` (milliseconds since 1970), if that is worth the work: a quarter of them.
    pub(crate) fn forget(&self, now: u64) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let places = self.places.load_full();
        let (mut all, mut dead) = (0_usize, 0_usize);
        for (.., until) in places.living(0) {
            all = all.saturating_add(1);
            dead = dead.saturating_add(usize::from(until < minutes_down(now)));
        }
        if dead > 0 && dead >= all / 4 {
            self.rebuild(&places, minutes_down(now));
        }
    }

    /// The same without those that are over, with room for more; and how many these are.
    fn rebuild(&self, old: &Places, from: u32) -> (Arc<Places>, usize) {
        let living = old.living(from).count();
        let anew = Arc::new(Places::for_entries(living));
        let mut counts = [0_usize; KINDS];
        for (mark, value, until) in old.living(from) {
            anew.put(mark, value, until);
            if let Some(count) = counts.get_mut(mark.kind()) {
                *count = count.saturating_add(1);
            }
        }
        self.places.store(anew.clone());
        for (count, new) in self.counts.iter().zip(counts) {
            count.store(new, Ordering::Release);
        }
        (anew, living)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.counts.iter().map(|count| count.load(Ordering::Acquire)).sum()
    }

    /// The memory of its places, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.places.load().len().saturating_mul(
            size_of::<u64>()
                .saturating_mul(2)
                .saturating_add(size_of::<u32>())
                .saturating_add(1),
        )
    }
}

const MINUTE: u64 = 60_000;

fn minutes_down(millis: u64) -> u32 {
    u32::try_from(millis / MINUTE).unwrap_or(u32::MAX)
}

fn minutes_up(millis: u64) -> u32 {
    u32::try_from(millis.div_ceil(MINUTE)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects)]

    use std::sync::atomic::AtomicBool;

    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn entry(kind: Revoked, id: u64, value: u64) -> Entry {
        Entry {
            kind,
            subject: Subject16::of(&id.to_string()),
            value,
            until: NOW + MINUTE,
        }
    }

    fn learnt(table: &Table, entries: &[Entry]) -> usize {
        let mut learnt = 0;
        table.put(entries, NOW, |_| learnt += 1);
        learnt
    }

    fn found(table: &Table, entry: &Entry) -> Option<u64> {
        table.value(table.mark(entry.kind, entry.subject))
    }

    #[test]
    fn nothing_is_found_that_was_not_put_in() {
        let table = Table::new();
        let (one, two) = (entry(Revoked::Session, 1, 0), entry(Revoked::Session, 2, 0));
        assert_eq!(found(&table, &one), None);
        learnt(&table, &[one]);
        assert_eq!((found(&table, &one), found(&table, &two)), (Some(0), None));
        assert_eq!(found(&table, &entry(Revoked::Token, 1, 0)), None, "another kind");
    }

    #[test]
    fn what_is_known_changes_nothing_and_the_highest_value_counts() {
        let table = Table::new();
        let user = |value| entry(Revoked::User, 1, value);
        assert_eq!(learnt(&table, &[user(7), user(7), user(5)]), 1);
        assert_eq!(learnt(&table, &[user(9)]), 1);
        assert_eq!(found(&table, &user(0)), Some(9));
        let longer = Entry {
            until: NOW + 2 * MINUTE,
            ..user(9)
        };
        assert_eq!(learnt(&table, &[longer]), 1, "it is needed for longer");
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn two_changes_of_one_user_are_two() {
        let table = Table::new();
        let changes = [1, 2, 1].map(|nonce| entry(Revoked::Changed, 1, nonce));
        assert_eq!(learnt(&table, &changes), 2);
    }

    #[test]
    fn who_looks_up_finds_what_was_there_while_it_grows() {
        let (table, done) = (Table::new(), AtomicBool::new(false));
        let first = entry(Revoked::Session, 0, 3);
        learnt(&table, &[first]);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for id in 1..20_000 {
                    learnt(&table, &[entry(Revoked::Session, id, 3)]);
                }
                done.store(true, Ordering::SeqCst);
            });
            while !done.load(Ordering::SeqCst) {
                assert_eq!(found(&table, &first), Some(3));
            }
        });
        assert_eq!(table.len(), 20_000);
    }

    #[test]
    fn the_dead_are_dropped_and_the_living_stay() {
        let table = Table::new();
        let living: Vec<_> = (0..100).map(|id| entry(Revoked::Session, id, 0)).collect();
        let dead: Vec<_> = (100..200)
            .map(|id| Entry {
                until: NOW - MINUTE,
                ..entry(Revoked::Token, id, 0)
            })
            .collect();
        for entries in [&living, &dead] {
            table.put(entries, 0, |_| {});
        }
        table.forget(NOW - 2 * MINUTE);
        assert_eq!(table.len(), 200, "not yet");
        table.forget(NOW);
        assert_eq!(table.len(), 100);
        assert!(living.iter().all(|entry| found(&table, entry).is_some()));
        assert!(dead.iter().all(|entry| found(&table, entry).is_none()));
    }

    #[test]
    fn an_entry_is_not_dropped_within_its_last_minute() {
        let table = Table::new();
        let entry = Entry {
            until: NOW + 1,
            ..entry(Revoked::Session, 1, 0)
        };
        learnt(&table, &[entry]);
        table.forget(NOW + MINUTE);
        assert_eq!(table.len(), 1);
        table.forget(NOW + 2 * MINUTE);
        assert_eq!(table.len(), 0);
    }

    #[test]
    fn half_a_million_entries() {
        let table = Table::new();
        let numbered = |id: u128| Entry {
            subject: Subject16(id.to_ne_bytes()),
            ..entry(Revoked::Session, 0, 0)
        };
        let entries: Vec<_> = (0..500_000).map(numbered).collect();
        assert_eq!(learnt(&table, &entries), entries.len());
        assert!(table.bytes() <= 32 << 20, "{} bytes", table.bytes());
        assert!(entries.iter().step_by(10).all(|entry| found(&table, entry).is_some()));
        let mut strangers = (500_000..510_000).map(numbered);
        assert!(strangers.all(|entry| found(&table, &entry).is_none()));
    }

    proptest! {
        #[test]
        fn it_says_what_a_map_says(steps in prop::collection::vec((0_u64..40, 0_u64..8, 0_u64..4), 0..400)) {
            let (table, mut map) = (Table::new(), std::collections::HashMap::new());
            for (id, value, minutes) in steps {
                let kind = Revoked::ALL[usize::try_from(id % 6).unwrap()];
                let entry = Entry { until: NOW + minutes * MINUTE, ..entry(kind, id, value) };
                learnt(&table, &[entry]);
                let known = map.entry((kind, id)).or_insert((value, entry.until));
                *known = (known.0.max(value), known.1.max(entry.until));
            }
            for late in [false, true] {
                if late {
                    // A rebuild at any share of the dead.
                    table.rebuild(&table.places.load_full(), minutes_down(NOW + 2 * MINUTE));
                    map.retain(|_, (_, until)| *until >= NOW + 2 * MINUTE);
                }
                prop_assert_eq!(table.len(), map.len());
                for id in 0..40 {
                    for kind in Revoked::ALL {
                        let said = found(&table, &entry(kind, id, 0));
                        prop_assert_eq!(said, map.get(&(kind, id)).map(|known| known.0));
                    }
                }
            }
        }
    }
}
