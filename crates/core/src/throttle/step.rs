//! What an attempt does: one pure function of what is remembered, what happened and the time.

use super::budgets::{ACCOUNT_FROM_NETWORK, Budget, DAY, DEVICE, REPEATS, STRANGERS};
use super::refusal::Limit;
use super::state::{PLACES, Place, State};

/// How many distinct wrong passwords in a row end it (NIST SP 800-63B §5.2.2).
pub(crate) const IN_A_ROW: u8 = 100;

/// After how long they are forgotten.
const ROW_FORGOTTEN: u64 = 30 * DAY;

/// On whose side the attempts are that a state remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// All who are not known; this one comes from the network of this tag.
    Strangers { network: u16 },
    /// A network from which somebody logged in.
    KnownNetwork,
    /// A device on which somebody logged in.
    Device,
}

impl Side {
    const fn budget(self) -> Budget {
        match self {
            Self::Strangers { .. } => STRANGERS,
            Self::KnownNetwork => ACCOUNT_FROM_NETWORK,
            Self::Device => DEVICE,
        }
    }

    const fn limit(self) -> Limit {
        match self {
            Self::Strangers { .. } => Limit::Strangers,
            Self::KnownNetwork => Limit::AccountFromNetwork,
            Self::Device => Limit::Device,
        }
    }
}

/// A guess: its tag is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guess {
    /// What tells one password from another.
    pub(crate) tag: u16,
    /// What it costs.
    pub(crate) cost: u8,
}

/// What an attempt was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    guess: Guess,
    /// Whether the password was among those that were wrong already.
    pub(crate) repeated: bool,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Somebody wants to try a password.
    Attempt(Guess),
    /// It was right.
    Right(Taken),
    /// It was not found out.
    Undone(Taken),
    /// The owner was there, on a known device or network: the row of wrong passwords is interrupted.
    Forgiven,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The password may be tried; as long as nothing else is said it counts as wrong.
    Taken(Taken),
    /// It may not.
    Refused {
        /// What is used up.
        limit: Limit,
        /// For how many milliseconds.
        wait: u64,
    },
    /// There was nothing to ask.
    Noted,
}

/// What is remembered after an event, and what comes of it. Where the verdict is a refusal nothing changed.
pub(crate) fn step(side: Side, state: State, event: Event, now: u64) -> (State, Verdict) {
    match event {
        Event::Attempt(guess) => match attempt(side, state, guess, now) {
            Ok((next, taken)) => (next, Verdict::Taken(taken)),
            Err((limit, wait)) => (state, Verdict::Refused { limit, wait }),
        },
        Event::Right(taken) => {
            let mut next = give_back(side, state, taken);
            if !matches!(side, Side::Strangers { .. }) {
                next.streak = 0;
            }
            (next, Verdict::Noted)
        }
        Event::Undone(taken) => (give_back(side, state, taken), Verdict::Noted),
        Event::Forgiven => (State { streak: 0, ..state }, Verdict::Noted),
    }
}

fn attempt(side: Side, state: State, guess: Guess, now: u64) -> Result<(State, Taken), (Limit, u64)> {
    let mut next = state;
    let repeated = state.tags.contains(&guess.tag);
    let taken = Taken { guess, repeated };
    // The last one of the row was tried when there was something left to spend, so at the latest when all of it is back.
    let forgotten = state.full.saturating_add(ROW_FORGOTTEN);
    if now >= forgotten || side.budget().is_of_another_clock(state.full, now) {
        next.streak = 0;
    }
    if next.streak >= IN_A_ROW {
        return Err((Limit::InARow, forgotten.saturating_sub(now)));
    }
    let spent = side.budget().spend(state.full, guess.cost, now);
    if let Side::Strangers { network } = side {
        let place = place_of(&mut next.places, network);
        let spent = ACCOUNT_FROM_NETWORK.spend(place.full, guess.cost, now);
        place.full = spent.map_err(|wait| (Limit::AccountFromNetwork, wait))?;
        place.network = network;
    }
    next.full = spent.map_err(|wait| (side.limit(), wait))?;
    if repeated {
        // Only where another one might be tried too: two bytes are soon the same for one guess in eight thousand, and where
        // nothing is left nobody shall go on until that happens.
        let spent = REPEATS.spend(state.repeats_full, 1, now);
        let repeats_full = spent.map_err(|wait| (Limit::Repeats, wait))?;
        return Ok((State { repeats_full, ..state }, taken));
    }
    next.streak = next.streak.saturating_add(1);
    next.tags.rotate_right(1);
    if let Some(newest) = next.tags.first_mut() {
        *newest = guess.tag;
    }
    Ok((next, taken))
}

/// The place of a network; where it has none, that of the one whose budget is the fullest.
fn place_of(places: &mut [Place; PLACES], network: u16) -> &mut Place {
    places.sort_by_key(|place| (place.network != network, place.full));
    let [first, ..] = places;
    if first.network != network {
        *first = Place::default();
    }
    first
}

/// What an attempt took is there again, and its password is none that was wrong.
fn give_back(side: Side, mut state: State, taken: Taken) -> State {
    let Taken { guess, repeated } = taken;
    if repeated {
        state.repeats_full = REPEATS.give_back(state.repeats_full, 1);
    } else {
        state.full = side.budget().give_back(state.full, guess.cost);
        state.streak = state.streak.saturating_sub(1);
    }
    if let Side::Strangers { network } = side
        && !repeated
    {
        let own = |place: &&mut Place| place.network == network;
        if let Some(place) = state.places.iter_mut().find(own) {
            place.full = ACCOUNT_FROM_NETWORK.give_back(place.full, guess.cost);
        }
    }
    for tag in state.tags.iter_mut().filter(|tag| **tag == guess.tag) {
        *tag = 0;
    }
    state
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::state::tests::any_state;
    use super::*;

    const STRANGER: Side = Side::Strangers { network: 7 };

    /// The first attempt of a test.
    const START: u64 = 1_700_000_000_000;

    const MINUTE: u64 = 60_000;

    fn guess(tag: u16) -> Guess {
        Guess { tag, cost: 1 }
    }

    /// Tries a password; whether it may be tried.
    fn tries(side: Side, state: &mut State, tag: u16, now: u64) -> Result<Taken, Limit> {
        match step(side, *state, Event::Attempt(guess(tag)), now) {
            (next, Verdict::Taken(taken)) => {
                *state = next;
                Ok(taken)
            }
            (_, Verdict::Refused { limit, .. }) => Err(limit),
            (_, Verdict::Noted) => panic!("an attempt is answered"),
        }
    }

    #[test]
    fn a_sixth_wrong_password_from_one_network_waits_for_three_minutes() {
        let mut state = State::default();
        for tag in 1..=5 {
            tries(STRANGER, &mut state, tag, START).expect("one of the five");
        }
        assert_eq!(tries(STRANGER, &mut state, 6, START), Err(Limit::AccountFromNetwork));
        let soon = START + 3 * MINUTE;
        assert_eq!(tries(STRANGER, &mut state, 6, soon - 1), Err(Limit::AccountFromNetwork));
        tries(STRANGER, &mut state, 6, soon).expect("one came back");
        let elsewhere = Side::Strangers { network: 8 };
        tries(elsewhere, &mut state, 7, soon).expect("another network has its own");
    }

    #[test]
    fn strangers_have_sixty_on_the_first_day_thirty_on_the_next_and_a_hundred_in_a_row() {
        let mut state = State::default();
        let (mut tag, mut by_day) = (0, [0_u32; 40]);
        for minute in 0..40 * 24 * 60 {
            // Each from a network of its own.
            let side = Side::Strangers { network: tag };
            while tries(side, &mut state, tag + 1, START + minute * MINUTE).is_ok() {
                tag += 1;
                by_day[usize::try_from(minute / (24 * 60)).expect("small")] += 1;
            }
        }
        assert_eq!(
            by_day[..4],
            [59, 30, 11, 0],
            "the sixtieth falls on the second day's first minute"
        );
        // Thirty days later it begins anew.
        assert_eq!(by_day.iter().sum::<u32>(), 200);
    }

    #[test]
    fn one_old_password_counts_once_and_comes_back_ten_times_a_minute() {
        let mut state = State::default();
        let mut served = 0;
        for second in 0..600 {
            served += u32::from(tries(STRANGER, &mut state, 9, START + second * 1_000).is_ok());
        }
        assert_eq!((state.streak, served), (1, 1 + 10 + 99));
        for tag in 1..=4 {
            tries(STRANGER, &mut state, tag, START).expect("the others are not touched");
        }
    }

    #[test]
    fn what_was_right_leaves_nothing_behind() {
        for side in [STRANGER, Side::KnownNetwork, Side::Device] {
            let mut state = State::default();
            let taken = tries(side, &mut state, 3, START).expect("free");
            let (after, _) = step(side, state, Event::Right(taken), START + 20);
            assert!(after.is_empty(START + 20), "{after:?}");
            // Two of the same at once.
            let (first, second) = (
                tries(side, &mut after.clone(), 3, START),
                tries(side, &mut state, 3, START),
            );
            assert!(!first.expect("free").repeated && second.expect("free").repeated);
        }
    }

    #[test]
    fn a_right_password_of_a_stranger_does_not_interrupt_the_row_and_the_owner_does() {
        let mut state = State::default();
        for tag in 1..=3 {
            tries(STRANGER, &mut state, tag, START).expect("free");
        }
        let taken = tries(STRANGER, &mut state, 4, START).expect("free");
        let (state, _) = step(STRANGER, state, Event::Right(taken), START);
        assert_eq!(state.streak, 3);
        let (state, _) = step(STRANGER, state, Event::Forgiven, START);
        assert_eq!(
            (state.streak, state.full),
            (0, START + 3 * 48 * MINUTE),
            "and what was spent stays spent"
        );
    }

    #[test]
    fn a_hundred_wrong_ones_in_a_row_end_a_network_and_a_device_for_thirty_days() {
        for side in [Side::KnownNetwork, Side::Device] {
            let (mut state, mut now) = (State::default(), START);
            for tag in 1..=100 {
                now += 10 * MINUTE;
                tries(side, &mut state, tag, now).expect("slow enough");
            }
            assert_eq!(tries(side, &mut state, 101, now + DAY), Err(Limit::InARow));
            assert!(tries(side, &mut state, 101, now + 31 * DAY).is_ok());
        }
    }

    #[test]
    fn a_common_password_costs_more() {
        let mut state = State::default();
        for tag in 1..=6 {
            let side = Side::Strangers { network: tag };
            let (next, verdict) = step(side, state, Event::Attempt(Guess { tag, cost: 5 }), START);
            assert!(matches!(verdict, Verdict::Taken(_)), "{tag}");
            state = next;
        }
        assert_eq!(tries(STRANGER, &mut state, 9, START), Err(Limit::Strangers));
    }

    fn any_side() -> impl Strategy<Value = Side> {
        prop_oneof![
            (0_u16..6).prop_map(|network| Side::Strangers { network }),
            Just(Side::KnownNetwork),
            Just(Side::Device),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_stored_a_wait_ends(side in any_side(), state in any_state(), tag in 1_u16..9, now in 0_u64..(1 << 41)) {
            let (after, verdict) = step(side, state, Event::Attempt(guess(tag)), now);
            if let Verdict::Refused { limit, wait } = verdict {
                prop_assert_eq!(after, state);
                if limit != Limit::InARow {
                    prop_assert!((1..=2 * DAY + DAY / 30).contains(&wait), "{} {}", limit.name(), wait);
                }
            }
        }

        #[test]
        fn what_is_given_back_is_as_if_it_had_not_been(side in any_side(), tags in prop::collection::vec(1_u16..6, 0..20)) {
            let mut state = State::default();
            for (minute, tag) in tags.iter().enumerate() {
                let passed = MINUTE.saturating_mul(u64::try_from(minute).unwrap_or(0));
                let _ = tries(side, &mut state, *tag, START.saturating_add(passed));
            }
            let now = START + 60 * MINUTE;
            if let (next, Verdict::Taken(taken)) = step(side, state, Event::Attempt(guess(77)), now) {
                let (back, _) = step(side, next, Event::Undone(taken), now);
                prop_assert_eq!(back.streak, state.streak);
                prop_assert!(back.full <= state.full.max(now) && !back.tags.contains(&77));
            }
        }
    }
}
