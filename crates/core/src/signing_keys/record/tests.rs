use super::*;

const DAY: u64 = 86_400;

fn record(id: &str, activates: u64) -> KeyRecord {
    KeyRecord {
        id: id.to_owned(),
        algorithm: Algorithm::EdDSA,
        created: activates,
        activates,
        ended: None,
        token_lifetime: 1_800,
        sealed: vec![1],
    }
}

fn ended(id: &str, activates: u64, at: u64) -> KeyRecord {
    KeyRecord {
        ended: Some(at),
        ..record(id, activates)
    }
}

fn states(records: &[KeyRecord], now: u64) -> Vec<(String, KeyState)> {
    let keys = timeline(records, now).into_iter();
    keys.map(|key| (key.record.id, key.state)).collect()
}

fn is(states: &[(String, KeyState)], expected: &[(&str, KeyState)]) -> bool {
    let states: Vec<_> = states.iter().map(|(id, state)| (id.as_str(), *state)).collect();
    states == expected
}

use KeyState::{Active, Next, Retired, Retiring};

#[test]
fn a_key_passes_from_next_to_active_to_retiring_to_retired_on_the_second() {
    let keys = [record("a", DAY), record("b", 2 * DAY)];
    let end = 2 * DAY + 1_800 + SLACK;
    for (now, a, b) in [
        (DAY - 1, Next, Next),
        (DAY, Active, Next),
        (2 * DAY - 1, Active, Next),
        (2 * DAY, Retiring, Active),
        (end - 1, Retiring, Active),
        (end, Retired, Active),
        (u64::MAX, Retired, Active),
    ] {
        let states = states(&keys, now);
        assert!(is(&states, &[("a", a), ("b", b)]), "{now}: {states:?}");
    }
}

#[test]
fn a_key_that_was_ended_by_hand_or_wiped_is_over_by_every_clock() {
    let mut wiped = record("b", 2 * DAY);
    wiped.sealed.clear();
    for over in [ended("b", 2 * DAY, 3 * DAY), wiped] {
        let keys = [record("a", DAY), over, record("c", 3 * DAY)];
        for now in [0, DAY, 2 * DAY, 3 * DAY - 1, 3 * DAY, 4 * DAY, u64::MAX] {
            assert_eq!(states(&keys, now)[1].1, Retired, "{now}");
        }
        assert!(is(&states(&keys, 3 * DAY)[1..], &[("b", Retired), ("c", Active)]));
        // The first one was succeeded by the second, whatever came of that.
        assert!(is(&states(&keys, 2 * DAY)[..1], &[("a", Retiring)]));
    }
}

#[test]
fn the_key_that_was_added_later_signs_although_a_wrong_clock_had_it_begin_earlier() {
    let keys = [record("a", 3 * DAY), record("b", DAY)];
    assert!(is(&states(&keys, 0), &[("a", Next), ("b", Next)]));
    assert!(is(&states(&keys, DAY), &[("a", Retiring), ("b", Active)]));
    assert!(is(&states(&keys, 4 * DAY), &[("a", Retired), ("b", Active)]));
}

#[test]
fn a_next_key_that_is_ended_leaves_the_active_one_in_place() {
    for end in [DAY, 2 * DAY - 1] {
        let keys = [record("a", DAY), ended("b", 2 * DAY, end)];
        assert!(is(&states(&keys, 3 * DAY), &[("a", Active), ("b", Retired)]), "{end}");
        assert_eq!(timeline(&keys, 3 * DAY)[0].until(), None);
    }
}

#[test]
fn of_two_keys_of_one_second_the_one_added_later_signs_and_both_verify() {
    let keys = [record("b", DAY), record("a", DAY)];
    assert!(is(&states(&keys, DAY), &[("b", Retiring), ("a", Active)]));
}

#[test]
fn at_every_moment_exactly_one_of_the_keys_that_have_begun_signs() {
    let keys = [
        record("a", 10),
        record("b", 20),
        ended("c", 30, 30),
        record("d", 30),
        record("e", 5_000),
    ];
    for now in 10..10_000 {
        let active = states(&keys, now).into_iter().filter(|(_, state)| *state == Active);
        assert_eq!(active.count(), 1, "{now}");
    }
}

#[test]
fn a_key_verifies_for_as_long_as_its_longest_token_lives() {
    let mut keys = [record("a", DAY), record("b", 2 * DAY)];
    keys[0].token_lifetime = 10 * DAY;
    assert!(is(&states(&keys[..], 12 * DAY), &[("a", Retiring), ("b", Active)]));
    assert!(is(
        &states(&keys[..], 12 * DAY + SLACK),
        &[("a", Retired), ("b", Active)]
    ));
}

#[test]
fn since_and_until_are_the_bounds_of_the_state() {
    let keys = [record("a", DAY), record("b", 2 * DAY)];
    let bounds = |now: u64, place: usize| {
        let keys = timeline(&keys, now);
        (keys[place].since(), keys[place].until())
    };
    let end = 2 * DAY + 1_800 + SLACK;
    assert_eq!(bounds(DAY, 0), (DAY, Some(2 * DAY)));
    assert_eq!(bounds(DAY, 1), (2 * DAY, Some(2 * DAY)));
    assert_eq!(bounds(2 * DAY, 0), (2 * DAY, Some(end)));
    assert_eq!(bounds(2 * DAY, 1), (2 * DAY, None));
    assert_eq!(bounds(end, 0), (end, None));
}

#[test]
fn times_at_the_end_of_all_times_do_not_wrap() {
    let keys = [record("a", 0), record("b", u64::MAX)];
    assert!(is(&states(&keys, u64::MAX - 1), &[("a", Active), ("b", Next)]));
    assert_eq!(timeline(&keys, 0)[0].ends, Some(u64::MAX));
}

#[test]
fn debug_shows_no_sealed_key() {
    let record = KeyRecord {
        sealed: vec![222; 4],
        ..record("a", 1)
    };
    assert!(!format!("{record:?}").contains("222"));
}
