//! What this process learnt of late, and when: what those are told who follow it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::entry::Entry;

/// How many entries are kept at most: 3 MiB.
const AT_MOST: usize = 65_536;

/// For how long, in milliseconds.
const KEPT: u64 = 600_000;

/// By how much, in milliseconds, the clocks of two servers may differ, with the time that one needs to learn what the other
/// knows.
const OVERLAP: u64 = 5_000;

/// How far somebody who follows has read: up to which moment everything was known to the process that told it, and how much
/// of what that process learnt was told. Another process can go on by the moment alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Milliseconds since 1970.
    whole: u64,
    process: u64,
    number: u64,
}

impl Position {
    /// That of a text which [`Position::write`] gave; `None`: it is no such text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let mut part = |radix| {
            let digits = parts.next()?;
            let plain = digits.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
            u64::from_str_radix(Some(digits).filter(|_| plain)?, radix).ok()
        };
        Some(Self {
            whole: part(10)?,
            process: part(16)?,
            number: part(10)?,
        })
    }

    pub(crate) fn write(self) -> String {
        format!("{}.{:x}.{}", self.whole, self.process, self.number)
    }
}

/// What was learnt of late.
#[derive(Debug)]
pub(crate) struct Log {
    /// What tells this process from others, and from itself before it was started anew.
    process: u64,
    learnt: Mutex<Learnt>,
}

#[derive(Debug, Default)]
struct Learnt {
    /// When, in milliseconds since 1970, and what.
    entries: VecDeque<(u64, Entry)>,
    /// How many were learnt before the first of them.
    dropped: u64,
    /// What was learnt from this moment on is here; `None`: nothing is.
    since: Option<u64>,
}

impl Learnt {
    fn drop_first(&mut self) {
        if let Some((at, _)) = self.entries.pop_front() {
            self.dropped = self.dropped.saturating_add(1);
            self.since = self.since.max(Some(at.saturating_add(1)));
        }
    }

    fn number(&self) -> u64 {
        self.dropped
            .saturating_add(u64::try_from(self.entries.len()).unwrap_or(u64::MAX))
    }

    /// How many of the first of them somebody knows who is at this position; `None`: that cannot be told.
    fn known(&self, position: &Position, process: u64, now: u64) -> Option<usize> {
        if position.process == process {
            let known = position.number.checked_sub(self.dropped)?;
            return usize::try_from(known).ok().filter(|known| *known <= self.entries.len());
        }
        let from = position.whole.saturating_sub(OVERLAP);
        let lies_behind = position.whole <= now.saturating_add(OVERLAP);
        (lies_behind && self.since? <= from).then_some(0)
    }
}

impl Log {
    pub(crate) fn new(process: u64) -> Self {
        Self {
            process,
            learnt: Mutex::default(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Learnt) -> T) -> T {
        work(&mut self.learnt.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that is learnt from now on is put in: those who know what was there at `moment` can be told the rest.
    pub(crate) fn begin(&self, moment: u64) {
        self.with(|learnt| learnt.since = learnt.since.max(Some(moment)));
    }

    /// Puts in what was learnt.
    pub(crate) fn push(&self, now: u64, entry: Entry) {
        self.with(|learnt| {
            learnt.entries.push_back((now, entry));
            while learnt.entries.len() > AT_MOST
                || learnt
                    .entries
                    .front()
                    .is_some_and(|(at, _)| at.saturating_add(KEPT) < now)
            {
                learnt.drop_first();
            }
        });
    }

    /// What is in it, in the order in which it was learnt.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.with(|learnt| learnt.entries.iter().map(|(_, entry)| *entry).collect())
    }

    /// Where somebody is who knows everything, if that is everything up to `whole`.
    pub(crate) fn position(&self, whole: u64) -> Position {
        Position {
            whole,
            process: self.process,
            number: self.with(|learnt| learnt.number()),
        }
    }

    /// What somebody does not know who is at `position`, and where they are then; `None`: that cannot be told, and they must
    /// be told everything.
    pub(crate) fn after(&self, position: &Position, whole: u64, now: u64) -> Option<(Vec<Entry>, Position)> {
        self.with(|learnt| {
            let known = learnt.known(position, self.process, now)?;
            let exact = position.process == self.process;
            let from = position.whole.saturating_sub(OVERLAP);
            let new = learnt.entries.iter().skip(known);
            let new = new.filter(|(at, _)| exact || *at >= from).map(|(_, entry)| *entry);
            let next = Position {
                whole,
                process: self.process,
                number: learnt.number(),
            };
            Some((new.collect(), next))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects)]

    use super::super::entry::{Revoked, Subject16};
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn entry(id: u64) -> Entry {
        Entry {
            kind: Revoked::Session,
            subject: Subject16::of(&id.to_string()),
            value: id,
            until: NOW,
        }
    }

    /// One that began at 0 and learnt these, at these seconds.
    fn log(process: u64, learnt: &[u64]) -> Log {
        let log = Log::new(process);
        log.begin(NOW);
        for second in learnt {
            log.push(NOW + second * 1_000, entry(*second));
        }
        log
    }

    fn at(second: u64) -> u64 {
        NOW + second * 1_000
    }

    fn told(log: &Log, position: &Position, now: u64) -> Option<Vec<u64>> {
        let (new, _) = log.after(position, now, now)?;
        Some(new.iter().map(|entry| entry.value).collect())
    }

    #[test]
    fn a_text_that_is_no_position_is_none() {
        let position = log(7, &[1]).position(NOW);
        assert_eq!(Position::read(&position.write()), Some(position));
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.-3",
            "+1.2.3",
            "1.g.3",
            "1..3",
            "99999999999999999999999.1.1",
            "1.2.3\n",
        ] {
            assert_eq!(Position::read(text), None, "{text}");
        }
    }

    #[test]
    fn who_was_told_by_this_process_is_told_the_rest_and_nothing_twice() {
        let log = log(7, &[1, 2]);
        let position = log.position(at(2));
        assert_eq!(told(&log, &position, at(2)), Some(vec![]));
        log.push(at(3), entry(3));
        assert_eq!(told(&log, &position, at(3)), Some(vec![3]));
    }

    #[test]
    fn who_was_told_by_another_process_is_told_what_that_one_may_not_have_known() {
        let (here, there) = (log(7, &[1, 20, 24, 27, 30]), log(8, &[]));
        assert_eq!(told(&here, &there.position(at(29)), at(30)), Some(vec![24, 27, 30]));
    }

    #[test]
    fn who_was_told_before_this_process_began_is_told_everything() {
        let (here, there) = (log(7, &[]), log(8, &[]));
        assert_eq!(told(&here, &there.position(at(4)), at(30)), None);
        assert_eq!(told(&here, &there.position(at(5)), at(30)), Some(vec![]));
        assert_eq!(
            told(&Log::new(9), &there.position(at(5)), at(30)),
            None,
            "nothing was loaded"
        );
    }

    #[test]
    fn a_moment_that_has_not_come_is_no_position() {
        let (here, there) = (log(7, &[1]), log(8, &[]));
        assert_eq!(told(&here, &there.position(at(40)), at(30)), None);
    }

    #[test]
    fn who_comes_from_before_what_was_dropped_is_told_everything() {
        let here = log(7, &[]);
        let position = here.position(NOW);
        for id in 0..=AT_MOST as u64 {
            here.push(at(10), entry(id));
        }
        assert_eq!(told(&here, &position, at(11)), None);
        let elsewhere = log(8, &[]).position(at(11));
        assert_eq!(told(&here, &elsewhere, at(11)), None, "others too");
        let (here, position) = (log(7, &[1]), log(7, &[1]).position(NOW));
        here.push(at(700), entry(700));
        assert_eq!(
            told(&here, &position, at(700)),
            Some(vec![700]),
            "the first was dropped and was known"
        );
        assert_eq!(told(&here, &log(7, &[]).position(NOW), at(700)), None);
    }

    #[test]
    fn a_number_that_was_not_given_out_is_no_position() {
        let here = log(7, &[1]);
        let position = Position::read(&format!("{NOW}.7.9")).expect("one");
        assert_eq!(told(&here, &position, at(1)), None);
    }
}
