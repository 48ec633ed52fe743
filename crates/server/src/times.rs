//! Times in words: `2026-11-24 01:22:28 UTC`, `in 29 minutes`, `3 hours ago`.

use std::time::Duration;

use portcullis_core::{Clock as _, SystemClock};

/// The present time since 1970.
pub(crate) fn now() -> Duration {
    SystemClock.now()
}

/// Seconds since 1970 as date and time of day in UTC; `None` beyond the year 9999 or before 1970.
pub(crate) fn date(seconds: i64) -> Option<String> {
    const LAST: i64 = 253_402_300_799;
    if !(0..=LAST).contains(&seconds) {
        return None;
    }
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (hour, minute, second) = (
        rest.div_euclid(3600),
        rest.div_euclid(60).rem_euclid(60),
        rest.rem_euclid(60),
    );
    let (year, month, day) = civil(days)?;
    Some(format!(
        "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC"
    ))
}

/// The date of a day counted from 1970-01-01, by walking over the years (at most 8029) and months.
fn civil(mut days: i64) -> Option<(i64, usize, i64)> {
    let mut year: i64 = 1970;
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = if leap { 366 } else { 365 };
        if days >= length {
            days = days.checked_sub(length)?;
            year = year.checked_add(1)?;
            continue;
        }
        let february = if leap { 29 } else { 28 };
        for (month, length) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            .into_iter()
            .enumerate()
        {
            if days < length {
                return Some((year, month.checked_add(1)?, days.checked_add(1)?));
            }
            days = days.checked_sub(length)?;
        }
        return None;
    }
}

/// How far a time lies from now: `in 29 minutes`, `3 hours ago`, `now`.
pub(crate) fn relative(seconds: i64, now: i64) -> String {
    let distance = seconds.abs_diff(now);
    let (count, unit) = match distance {
        0 => return "now".to_owned(),
        1..120 => (distance, "second"),
        120..7_200 => (distance / 60, "minute"),
        7_200..172_800 => (distance / 3_600, "hour"),
        172_800..63_072_000 => (distance / 86_400, "day"),
        _ => (distance / 31_536_000, "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds > now {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_calendar_here_reaches_has_no_date() {
        assert_eq!(date(-1), None);
        assert_eq!(date(i64::MAX), None);
        assert_eq!(date(i64::MIN), None);
    }

    #[test]
    fn dates_are_right_over_leap_years_and_at_the_ends() {
        assert_eq!(date(0).as_deref(), Some("1970-01-01 00:00:00 UTC"));
        assert_eq!(date(951_782_399).as_deref(), Some("2000-02-28 23:59:59 UTC"));
        assert_eq!(date(951_782_400).as_deref(), Some("2000-02-29 00:00:00 UTC"));
        assert_eq!(date(1_709_251_199).as_deref(), Some("2024-02-29 23:59:59 UTC"));
        assert_eq!(date(4_107_542_400).as_deref(), Some("2100-03-01 00:00:00 UTC"));
        assert_eq!(date(253_402_300_799).as_deref(), Some("9999-12-31 23:59:59 UTC"));
    }

    #[test]
    fn distances_are_in_the_unit_that_a_person_would_take() {
        assert_eq!(relative(100, 100), "now");
        assert_eq!(relative(101, 100), "in 1 second");
        assert_eq!(relative(0, 1_800), "30 minutes ago");
        assert_eq!(relative(7_200, 0), "in 2 hours");
        assert_eq!(relative(0, 864_000), "10 days ago");
        assert_eq!(relative(i64::MAX, 0), "in 292471208677 years");
        assert_eq!(relative(i64::MIN, i64::MAX), "584942417355 years ago");
    }
}
