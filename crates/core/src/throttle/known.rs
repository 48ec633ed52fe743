//! Known networks: from where somebody logged in lately.

use super::store::KnownNetwork;

/// How many an account has.
pub(super) const AT_MOST: usize = 8;

/// For how many days one is known after it was used.
pub(super) const DAYS: u32 = 30;

/// What is known of one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Familiar {
    /// Whether somebody logged in from there within thirty days.
    pub(super) is_known: bool,
    /// Whether a login today is to be noted.
    pub(super) is_due: bool,
}

/// The network of this tag among those of an account.
pub(super) fn familiar(networks: &[KnownNetwork], tag: u32, today: u32) -> Familiar {
    let last = networks
        .iter()
        .find(|network| network.tag == tag)
        .map(|network| network.day);
    Familiar {
        is_known: last.is_some_and(|day| day.saturating_add(DAYS) >= today),
        is_due: last.is_none_or(|day| day < today),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_known_for_thirty_days_and_noted_once_a_day() {
        let networks = [KnownNetwork { tag: 7, day: 100 }];
        let at = |tag, today| {
            let Familiar { is_known, is_due } = familiar(&networks, tag, today);
            (is_known, is_due)
        };
        assert_eq!(
            (at(7, 100), at(7, 101), at(7, 130), at(7, 131)),
            ((true, false), (true, true), (true, true), (false, true))
        );
        assert_eq!(at(8, 100), (false, true));
        assert_eq!(at(7, 99), (true, false), "a clock that is behind");
    }
}
