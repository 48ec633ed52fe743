//! What says that somebody may not log in: truths, words and times, as databases and applications write them.

/// How a column says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// True, or the time since when: they may not.
    Barred,
    /// False: they may not.
    Good,
    /// They may not before this time.
    BarredUntil,
    /// They may not after this time.
    GoodUntil,
    /// Whatever stands there: they may not.
    Set,
    /// Only with one of these texts they may.
    OneOf(&'static [&'static str]),
    /// With one of these texts they may not.
    NoneOf(&'static [&'static str]),
    /// With this bit in the number they may not.
    Bit(u32),
    /// With one of these letters they may not.
    Letter(&'static [char]),
}

impl State {
    /// Whether a user with this text may not log in at `now`, in seconds since 1970.
    ///
    /// # Errors
    /// What is wrong with the text of the column `name`.
    pub(super) fn bars(self, text: &str, name: &str, now: i64) -> Result<bool, String> {
        if is_nothing(text) {
            return Ok(false);
        }
        let a_time = || moment(text).ok_or_else(|| format!("{name} is no time that can be read"));
        match self {
            Self::Barred => {
                if let Some(said) = truth(text).or_else(|| standing(text).map(|good| !good)) {
                    return Ok(said);
                }
                match moment(text) {
                    None => Err(format!("{name} is neither true nor false")),
                    // Another hour may be meant, no other day.
                    Some(Some(since)) if since > now.saturating_add(DAY) => Err(format!(
                        "{name} is a time that is still to come: is it active_until= or disabled_until=?"
                    )),
                    Some(since) => Ok(since.is_some()),
                }
            }
            Self::Good => {
                let said = truth(text).or_else(|| standing(text));
                said.map(|good| !good)
                    .ok_or_else(|| format!("{name} is neither true nor false"))
            }
            Self::BarredUntil => Ok(match truth(text) {
                Some(barred) if text.parse::<i64>().is_err() => barred,
                _ => a_time()?.is_some_and(|until| until > now),
            }),
            Self::GoodUntil => Ok(a_time()?.is_some_and(|until| until <= now)),
            Self::Set => Ok(true),
            Self::OneOf(good) => Ok(!good.contains(&text.trim())),
            Self::NoneOf(bad) => Ok(bad.contains(&text.trim())),
            Self::Letter(letters) => Ok(text.contains(letters)),
            Self::Bit(bit) => {
                let number: Result<u32, _> = text.trim().parse();
                number
                    .map(|number| number & bit != 0)
                    .map_err(|_| format!("{name} is no number"))
            }
        }
    }
}

/// What databases write where nothing stands.
pub(super) fn is_nothing(value: &str) -> bool {
    matches!(value.trim(), "" | "NULL" | "null" | "\\N")
}

/// What programs and databases write for true and false.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "yes" | "y" | "on" | "\\x01" | "b'1'" | "\u{1}" => Some(true),
        "false" | "f" | "0" | "no" | "n" | "off" | "\\x00" | "b'0'" | "\0" => Some(false),
        _ => None,
    }
}

/// Words that say by themselves that somebody may not log in.
pub(super) const BARRED: &str = "\
    blocked banned suspended locked lockout disabled deleted inactive deactivated archived closed frozen removed \
    terminated rejected retired unapproved expired revoked";

/// Words for users who may log in, or may not; `ldap_blocked` and `blocked_pending_approval` are such as well.
fn standing(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    let mut words = text.split(|sign: char| !sign.is_alphanumeric());
    if words.any(|word| BARRED.split(' ').any(|known| known == word)) {
        return Some(false);
    }
    let good = "active enabled ok normal confirmed approved valid";
    good.split(' ').any(|known| known == text).then_some(true)
}

/// A day in seconds, and the first second of which it is believed that something happened in it.
const DAY: i64 = 86_400;
const FIRST: i64 = 365 * DAY;

/// A time that somebody was barred at, or is until: what lies before 1971 never was. Programs write the beginning of their
/// own times where they have none (`0001-01-01`, `1753-01-01`, `1970-01-01`).
fn moment(text: &str) -> Option<Option<i64>> {
    Some(time(text)?.filter(|seconds| *seconds >= FIRST))
}

/// A time in seconds since 1970: a date, with or without the time of day and an offset from UTC, or a number of seconds,
/// milliseconds or more. `Some(None)` is a time that never was (zero). None of both if it is no time.
pub(crate) fn time(text: &str) -> Option<Option<i64>> {
    let text = text.trim();
    match text {
        "infinity" => return Some(Some(i64::MAX)),
        "-infinity" => return Some(Some(i64::MIN)),
        _ if text.starts_with("0000-00-00") => return Some(None),
        _ => {}
    }
    if let Ok(number) = text.parse::<f64>() {
        return number_of_seconds(number);
    }
    generalized(text).or_else(|| written(text)).map(Some)
}

/// Seconds, milliseconds, microseconds or nanoseconds, days (shadow(5)) or a directory's tenths of microseconds since 1601
/// (FILETIME): by their size, for no user was barred before 1973. What may be a year is none of them.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a float beyond an integer becomes the largest"
)]
fn number_of_seconds(number: f64) -> Option<Option<i64>> {
    // shadow(5) writes -1 for never.
    if number == 0.0 || number == -1.0 {
        return Some(None);
    }
    if !number.is_finite() || (1900.0..2200.0).contains(&number) {
        return None;
    }
    let mut seconds = match number {
        // Up to the year 2243.
        days if days.abs() < 1e5 => days * 86_400.0,
        // From 1918 to 2235; as nanoseconds no later than 1976.
        ticks if (1e17..2e17).contains(&ticks) => ticks / 1e7 - 11_644_473_600.0,
        seconds => seconds,
    };
    // Beyond the year 5138.
    while seconds.abs() > 1e11 {
        seconds /= 1000.0;
    }
    Some(Some(seconds as i64))
}

/// LDAP's `20250305163516Z` (RFC 4517 §3.3.13).
fn generalized(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.is_ascii())?;
    let digits = digits.split('.').next().filter(|digits| digits.len() == 14)?;
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    let days = days(part(0, 4)?, part(4, 6)?, part(6, 8)?)?;
    seconds(days, [part(8, 10)?, part(10, 12)?, part(12, 14)?])
}

/// `2025-03-05T16:35:16.775Z`, `2025-03-05 16:35:16+00`, `2025-03-05 16:35:16.0000000 +01:00`, `2025-03-05`.
fn written(text: &str) -> Option<i64> {
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(place) => (text.get(..place)?, text.get(place.checked_add(1)?..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let days = days(parts.next()??, parts.next()??, parts.next()??)?;
    if parts.next().is_some() {
        return None;
    }
    let rest = rest.trim_end_matches(" UTC").trim_end_matches(['Z', 'z']);
    let (clock, offset) = match rest.rfind(['+', '-']) {
        Some(place) => (rest.get(..place)?.trim(), offset(rest.get(place..)?)?),
        None => (rest, 0),
    };
    let mut clock = clock.split(':').filter(|part| !part.is_empty());
    let mut part = || match clock.next() {
        None => Some(0),
        // Parts of a second do not matter.
        Some(part) => part.split(['.', ',']).next()?.parse::<i64>().ok(),
    };
    seconds(days, [part()?, part()?, part()?])?.checked_sub(offset)
}

/// `+01:00`, `+0100`, `-03`, in seconds.
fn offset(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().skip(1).filter(|letter| *letter != ':').collect();
    let number = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |part| part.parse::<i64>().ok());
    let minutes = number(0, 2)?.checked_mul(60)?.checked_add(number(2, 4)?)?;
    minutes.checked_mul(60)?.checked_mul(sign)
}

fn seconds(days: i64, [hour, minute, second]: [i64; 3]) -> Option<i64> {
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    let hours = days.checked_mul(24)?.checked_add(hour)?;
    hours
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)
}

/// The days from 1970-01-01 on, in the calendar that is in use (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = month.checked_add(9)?.rem_euclid(12);
    let of_year = month
        .checked_mul(153)?
        .checked_add(2)?
        .div_euclid(5)
        .checked_add(day)?
        .checked_sub(1)?;
    let leaps = of_era.div_euclid(4).checked_sub(of_era.div_euclid(100))?;
    let of_era = of_era.checked_mul(365)?.checked_add(leaps)?.checked_add(of_year)?;
    era.checked_mul(146_097)?.checked_add(of_era)?.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_741_192_516;

    #[test]
    fn a_text_that_says_nothing_is_told() {
        for (state, text) in [
            (State::Barred, "perhaps"),
            (State::Good, "perhaps"),
            (State::BarredUntil, "soon"),
            (State::BarredUntil, "2025-13-01"),
            (State::GoodUntil, "01/02/2025"),
            (State::GoodUntil, "2030"),
            (State::Barred, "2099-01-01"),
        ] {
            let told = state.bars(text, "x", NOW).expect_err(text);
            assert!(
                told.starts_with("x is n") || told.starts_with("x is a time that is still"),
                "{told}"
            );
        }
    }

    #[test]
    fn times_of_every_spelling_are_the_same_second() {
        for text in [
            "2025-03-05T16:35:16.775Z",
            "2025-03-05 16:35:16",
            "2025-03-05 16:35:16+00",
            "2025-03-05 17:35:16.0000000 +01:00",
            "2025-03-05T13:05:16-0330",
            "2025-03-05 16:35:16 UTC",
            "20250305163516Z",
            "20250305163516.0Z",
            "1741192516",
            "1741192516.5",
            "1741192516000",
            "1741192516000000",
            "133856661160000000",
        ] {
            assert_eq!(time(text), Some(Some(NOW)), "{text}");
        }
        assert_eq!(time("1970-01-01"), Some(Some(0)));
        assert_eq!(time("2000-02-29"), Some(Some(951_782_400)));
        for text in ["0", "0000-00-00 00:00:00"] {
            assert_eq!(time(text), Some(None), "{text}");
        }
        for text in [
            "",
            "-",
            "2025",
            "now",
            "2025-03-05T25:00",
            "9999999-01-01",
            "2199",
            "2025-03-05-01",
            "\u{e9}-1-1",
            "NaN",
        ] {
            assert!(time(text).flatten().is_none(), "{text}");
        }
    }

    #[test]
    fn a_state_bars_as_its_source_means_it() {
        for (state, text, barred) in [
            (State::Barred, "", false),
            (State::Barred, "NULL", false),
            (State::Barred, "0", false),
            (State::Barred, "true", true),
            (State::Barred, "blocked", true),
            (State::Barred, "active", false),
            (State::Barred, "2020-01-01 00:00:00", true),
            (State::Barred, "0000-00-00 00:00:00", false),
            (State::Barred, "1741192516000", true),
            (State::Good, "", false),
            (State::Good, "f", true),
            (State::Good, "Active", false),
            (State::Good, "suspended", true),
            (State::BarredUntil, "9999-12-31 23:59:59.9999999 +00:00", true),
            (State::BarredUntil, "infinity", true),
            (State::BarredUntil, "2020-01-01", false),
            (State::BarredUntil, "0", false),
            (State::GoodUntil, "2020-01-01", true),
            (State::GoodUntil, "2099-01-01", false),
            (State::GoodUntil, "0", false),
            (State::Set, "000001010000Z", true),
            (State::Set, "", false),
            (State::OneOf(&["1"]), "1", false),
            (State::OneOf(&["1"]), "3", true),
            (State::GoodUntil, "15000", true),
            (State::GoodUntil, "30000", false),
            (State::GoodUntil, "-1", false),
            (State::GoodUntil, "131277024000000000", true),
            (State::GoodUntil, "157149504000000000", false),
            (State::GoodUntil, "9223372036854775807", false),
            (State::Barred, "0001-01-01T00:00:00Z", false),
            (State::Barred, "1753-01-01", false),
            (State::Barred, "1970-01-01T00:00:00Z", false),
            (State::GoodUntil, "0001-01-01 00:00:00+00", false),
            (State::Barred, "ldap_blocked", true),
            (State::Good, "blocked_pending_approval", true),
            (State::NoneOf(&["nologin"]), "nologin", true),
            (State::NoneOf(&["nologin"]), "manual", false),
            (State::Letter(&['D', 'L']), "[UD         ]", true),
            (State::Letter(&['D', 'L']), "[U          ]", false),
            (State::Bit(2), "512", false),
            (State::Bit(2), "514", true),
        ] {
            assert_eq!(state.bars(text, "x", NOW), Ok(barred), "{state:?} {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = time(&text);
            for state in [State::Barred, State::Good, State::BarredUntil, State::GoodUntil] {
                let _ = state.bars(&text, "x", NOW);
            }
        }

        #[test]
        fn a_date_is_what_the_calendar_says(seconds in 0_i64..253_402_300_799) {
            let text = crate::times::date(seconds).unwrap_or_default();
            proptest::prop_assert_eq!(time(&text), Some(Some(seconds)).filter(|_| seconds > 0).or(Some(Some(0))));
        }
    }
}
