//! Times in words: `2026-11-24 01:22:28 UTC`, `in 29 minutes`, `3 hours ago`.

use std::time::Duration;

use portcullis_core::{Clock as _, rfc3339};

use crate::clock;

/// The present time since 1970.
pub(crate) fn now() -> Duration {
    clock::of_this_machine().now()
}

/// Seconds since 1970 as date and time of day in UTC; `None` beyond the year 9999 or before 1970.
pub(crate) fn date(seconds: i64) -> Option<String> {
    const LAST: i64 = 253_402_300_799;
    if !(0..=LAST).contains(&seconds) {
        return None;
    }
    let date = rfc3339(u64::try_from(seconds).ok()?);
    Some(date.replace('T', " ").replace('Z', " UTC"))
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

/// How long ago something was: `4 seconds ago`.
pub(crate) fn ago(time: Duration) -> String {
    relative(0, i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// How many seconds a text such as `30m`, `2h`, `7d` means.
pub(crate) fn span(text: &str) -> Option<u64> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let count: u32 = count.parse().ok()?;
    Some(seconds.saturating_mul(count.into()))
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
