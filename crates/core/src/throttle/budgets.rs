//! The budgets: how much may be spent at once, and how fast it comes back.

/// A bucket that fills up again by itself (GCRA, the generic cell rate algorithm of ITU-T I.371). What is known of one is a
/// single time, in milliseconds since 1970: when it will be full. So one that nobody used is 0, whatever the clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// What it holds when it is full.
    burst: u64,
    /// In how many milliseconds one comes back.
    every: u64,
}

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// All attempts of one address, or of one /64.
pub(crate) const ADDRESS: Budget = Budget::new(20, MINUTE / 20);
/// Those of a /24, or of a /56.
pub(crate) const NETWORK: Budget = Budget::new(80, MINUTE / 80);
/// Those of a /48.
pub(crate) const SITE: Budget = Budget::new(320, MINUTE / 320);

/// Wrong passwords of one account from one network, whether it is known or not.
pub(crate) const ACCOUNT_FROM_NETWORK: Budget = Budget::new(5, 3 * MINUTE);
/// Those of all strangers together.
pub(crate) const STRANGERS: Budget = Budget::new(30, DAY / 30);
/// Those of one device.
pub(crate) const DEVICE: Budget = Budget::new(10, HOUR / 10);
/// Passwords that were wrong already.
pub(crate) const REPEATS: Budget = Budget::new(10, MINUTE / 10);

impl Budget {
    const fn new(burst: u64, every: u64) -> Self {
        Self { burst, every }
    }

    /// Spends `cost`: when it is full again then, or how long to wait until there is as much.
    pub(crate) fn spend(self, full: u64, cost: u8, now: u64) -> Result<u64, u64> {
        let empty = now.saturating_add(self.window());
        let full = if self.is_of_another_clock(full, now) {
            now
        } else {
            full.max(now)
        };
        let spent = full.saturating_add(self.price(cost));
        match spent.saturating_sub(empty) {
            0 => Ok(spent),
            wait => Err(wait),
        }
    }

    /// Gives `cost` back.
    pub(crate) fn give_back(self, full: u64, cost: u8) -> u64 {
        full.saturating_sub(self.price(cost))
    }

    /// Whether it was spent by a clock that has been set back since: an empty one is full within a window, and clocks that
    /// differ by another one are no clocks of a fleet. Then what is known of it means nothing.
    pub(crate) fn is_of_another_clock(self, full: u64, now: u64) -> bool {
        full > now.saturating_add(self.window().saturating_mul(2))
    }

    /// How long an empty one takes to be full.
    fn window(self) -> u64 {
        self.every.saturating_mul(self.burst)
    }

    fn price(self, cost: u8) -> u64 {
        self.every.saturating_mul(cost.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_spent_comes_back_in_time_and_no_faster() {
        let mut full = 0;
        for _ in 0..5 {
            full = ACCOUNT_FROM_NETWORK.spend(full, 1, 1_000_000).expect("there is some");
        }
        assert_eq!(ACCOUNT_FROM_NETWORK.spend(full, 1, 1_000_000), Err(180_000));
        assert_eq!(ACCOUNT_FROM_NETWORK.spend(full, 1, 1_179_999), Err(1));
        let full = ACCOUNT_FROM_NETWORK.spend(full, 1, 1_180_000).expect("one came back");
        assert!(ACCOUNT_FROM_NETWORK.spend(full, 1, 1_180_000).is_err());
        let full = ACCOUNT_FROM_NETWORK.give_back(full, 1);
        assert!(ACCOUNT_FROM_NETWORK.spend(full, 1, 1_180_000).is_ok());
    }

    #[test]
    fn a_clock_that_was_set_back_closes_for_no_longer_than_two_windows() {
        let full = STRANGERS.spend(0, 30, 10 * DAY).expect("full");
        assert_eq!(STRANGERS.spend(full, 1, 10 * DAY), Err(DAY / 30));
        assert_eq!(
            STRANGERS.spend(full, 1, 9 * DAY),
            Err(DAY + DAY / 30),
            "a clock that is behind"
        );
        assert_eq!(
            STRANGERS.spend(full, 1, 9 * DAY - 1),
            Ok(9 * DAY - 1 + DAY / 30),
            "another time"
        );
    }

    proptest! {
        #[test]
        fn no_window_gives_more_than_the_burst_and_what_came_back(gaps in prop::collection::vec(0_u64..400_000, 1..60)) {
            let (start, mut now, mut full, mut spent) = (DAY, DAY, 0, 0_u64);
            for gap in gaps {
                now = now.saturating_add(gap);
                if let Ok(then) = ACCOUNT_FROM_NETWORK.spend(full, 1, now) {
                    full = then;
                    spent = spent.saturating_add(1);
                }
            }
            prop_assert!(spent <= (now.saturating_sub(start) / 180_000).saturating_add(5));
        }
    }
}
