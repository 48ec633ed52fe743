//! The floor share: how much processor time password work is owed, and when the floor thread may step in.

use std::time::Duration;

/// Below this debt the floor thread stays asleep, so that neither many tiny works nor one long one call it for nothing.
const LEAST_DEBT: Duration = Duration::from_millis(100);
/// What a work is taken to cost before one was measured: about bcrypt at cost 12.
const FIRST_GUESS: Duration = Duration::from_millis(250);
/// A debt that could not be paid (no memory free) is forgotten beyond this many works, so that no burst follows.
const MOST_WORKS_OWED: u32 = 4;

/// A ledger of processor time.
///
/// While the pool has work, it is owed `percent` % of one core. Every finished work, on whatever thread, pays with the
/// processor time it got. Once a whole average work is owed the pool is starved, and the floor thread takes one work
/// from the queue. A pool that is served well pays more than it is owed, so the floor thread never wakes.
///
/// Time is handed in; nothing here reads a clock.
#[derive(Debug)]
pub(super) struct FloorShare {
    percent: u32,
    owed: Duration,
    average: Duration,
    last: Duration,
}

impl FloorShare {
    /// A ledger that owes nothing; `percent` of one core, 0 for no floor at all.
    pub(super) fn new(percent: u32) -> Self {
        Self {
            percent,
            owed: Duration::ZERO,
            average: FIRST_GUESS,
            last: Duration::ZERO,
        }
    }

    /// Time has come to `now` (since any fixed start); `busy` tells whether the pool had work since the last call.
    pub(super) fn pass(&mut self, now: Duration, busy: bool) {
        let elapsed = now.saturating_sub(self.last);
        self.last = self.last.max(now);
        if busy {
            let share = percent_of(elapsed, self.percent);
            self.owed = self
                .owed
                .saturating_add(share)
                .min(self.threshold().saturating_mul(MOST_WORKS_OWED));
        }
    }

    /// A work ended that got `cpu` of processor time.
    pub(super) fn paid(&mut self, cpu: Duration) {
        self.owed = self.owed.saturating_sub(cpu);
        self.average = moving_average(self.average, cpu);
    }

    /// Whether the floor thread may take a work now.
    pub(super) fn is_due(&self) -> bool {
        self.percent > 0 && self.owed >= self.threshold()
    }

    /// How long the pool must stay busy and unpaid until the floor thread may step in.
    pub(super) fn due_in(&self) -> Duration {
        let missing = self.threshold().saturating_sub(self.owed);
        // Rounded up: to wake a little late is to wake once.
        let wait = missing
            .saturating_mul(100)
            .checked_div(self.percent)
            .unwrap_or(Duration::MAX);
        wait.saturating_add(Duration::from_millis(1))
    }

    fn threshold(&self) -> Duration {
        self.average.max(LEAST_DEBT)
    }
}

/// The average after `sample`, which counts for an eighth.
pub(super) fn moving_average(average: Duration, sample: Duration) -> Duration {
    average
        .saturating_mul(7)
        .saturating_add(sample)
        .checked_div(8)
        .unwrap_or(average)
}

fn percent_of(time: Duration, percent: u32) -> Duration {
    time.saturating_mul(percent).checked_div(100).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of a simulation")]
mod tests {
    use super::*;

    const BCRYPT: Duration = Duration::from_millis(220);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn used_to(work: Duration, percent: u32) -> FloorShare {
        let mut share = FloorShare::new(percent);
        (0..100).for_each(|_| share.paid(work));
        share
    }

    #[test]
    fn without_a_percentage_the_floor_thread_is_never_due() {
        let mut share = FloorShare::new(0);
        share.pass(ms(1_000_000), true);
        assert!(!share.is_due());
        assert!(share.due_in() > ms(1_000_000));
    }

    #[test]
    fn an_idle_pool_is_owed_nothing() {
        let mut share = used_to(BCRYPT, 25);
        share.pass(ms(60_000), false);
        assert!(!share.is_due());
        assert_eq!(share.owed, Duration::ZERO);
    }

    #[test]
    fn a_pool_that_is_served_well_never_calls_the_floor_thread() {
        let mut share = used_to(BCRYPT, 25);
        for work in 1..1_000 {
            share.pass(BCRYPT * work, true);
            assert!(!share.is_due());
            share.paid(BCRYPT);
        }
    }

    #[test]
    fn a_starved_pool_is_due_once_one_average_work_is_owed_and_not_before() {
        let mut share = used_to(BCRYPT, 25);
        share.pass(ms(879), true);
        assert!(!share.is_due());
        assert!(share.due_in() >= ms(1));
        share.pass(ms(881), true);
        assert!(share.is_due());
        share.paid(BCRYPT);
        assert!(!share.is_due());
    }

    #[test]
    fn small_works_do_not_call_the_floor_thread_one_by_one() {
        let mut share = used_to(ms(1), 25);
        share.pass(ms(399), true);
        assert!(!share.is_due());
        share.pass(ms(401), true);
        assert!(share.is_due());
    }

    #[test]
    fn what_could_not_be_paid_is_forgotten_beyond_a_few_works() {
        let mut share = used_to(BCRYPT, 25);
        share.pass(ms(3_600_000), true);
        (0..MOST_WORKS_OWED).for_each(|_| share.paid(BCRYPT));
        assert!(share.owed < ms(1));
    }

    #[test]
    fn a_clock_that_steps_back_owes_nothing_and_counts_no_time_twice() {
        let mut share = used_to(BCRYPT, 25);
        share.pass(ms(400), true);
        share.pass(ms(100), true);
        share.pass(ms(400), true);
        assert_eq!(share.owed, ms(100));
    }

    const MINUTES: u64 = 3 * 60 * 1_000;

    /// Three minutes of one low worker and the floor thread on a busy machine, in steps of a millisecond, when they get
    /// these percentages of a core while they work: the milliseconds of processor time that each got.
    fn simulate(percent: u32, work_ms: u64, low_percent: u64, floor_percent: u64) -> (u64, u64) {
        let work = ms(work_ms);
        let mut share = used_to(work, percent);
        let (mut low, mut floor, mut floor_work) = (0, 0, None);
        for step in 1..=MINUTES {
            share.pass(ms(step), true);
            low += low_percent;
            if low % (work_ms * 100) < low_percent {
                share.paid(work);
            }
            if floor_work.is_none() && share.is_due() {
                floor_work = Some(0);
            }
            if let Some(got) = &mut floor_work {
                *got += floor_percent;
                floor += floor_percent;
                if *got >= work_ms * 100 {
                    share.paid(work);
                    floor_work = None;
                }
            }
        }
        (low / 100, floor / 100)
    }

    #[test]
    fn however_little_the_low_workers_get_the_pool_gets_its_floor_and_the_floor_thread_no_more_than_that() {
        for percent in [5, 25, 40] {
            for work_ms in [5, 220, 1_000] {
                for low_percent in [0, 9, 60] {
                    let (low, floor) = simulate(percent, work_ms, low_percent, 50);
                    let owed = MINUTES * u64::from(percent) / 100;
                    let case = format!("{percent} % of {work_ms} ms: {low} ms low, {floor} ms floor, {owed} ms owed");
                    // What is owed when the time is up is less than two works, or than the least debt.
                    assert!(low + floor + 2 * work_ms.max(100) >= owed, "{case}");
                    assert!(floor <= owed, "{case}");
                    assert!(floor == 0 || low_percent <= u64::from(percent), "{case}");
                }
            }
        }
    }
}
