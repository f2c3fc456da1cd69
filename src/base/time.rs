//! Points and spans of time in whole nanoseconds.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Nanoseconds since the epoch of the recording: Unix time if known, else its own start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

/// Duration in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Time {
    /// The time `secs` seconds after the epoch, rounded to a nanosecond.
    pub fn from_secs(secs: f64) -> Self {
        Self((secs * 1e9).round() as i64)
    }

    /// Seconds after the epoch.
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Span {
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);

    /// A duration of `secs` seconds, rounded to a nanosecond.
    pub fn from_secs(secs: f64) -> Self {
        Self((secs * 1e9).round() as i64)
    }

    /// The duration in seconds.
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, other: Self) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `None` if there is no such month or day.
pub fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(-10_000..=10_000).contains(&year) {
        return None;
    }
    // Years that begin in March end with the leap day.
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    Some(365 * y + leap_days + (153 * m + 2) / 5 + day - 719_469)
}

/// A day of the proleptic Gregorian calendar, written `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// Today's date in UTC.
    pub fn today() -> Self {
        let secs =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Self::from_days((secs / 86_400) as i64)
    }

    /// Current date and time in UTC, as a part of a file's name: `2026-11-22_22-30-05`.
    pub fn now_for_name() -> String {
        let secs =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let (day, rest) = (Self::from_days((secs / 86_400) as i64), secs % 86_400);
        format!("{day}_{:02}-{:02}-{:02}", rest / 3600, rest / 60 % 60, rest % 60)
    }

    /// The date this many days after 1970-01-01.
    fn from_days(days: i64) -> Self {
        // Counted from 0000-03-01, in eras of 400 years.
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        Self { year: era * 400 + year + next, month, day }
    }
}

impl std::str::FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<i64> = text.split('-').filter_map(|part| part.parse().ok()).collect();
        let wrong = || format!("{text:?} is not a date, expected a form like 2027-01-31");
        let [year, month, day] = parts[..] else { return Err(wrong()) };
        let date = Self { year, month, day };
        // A 31st of April comes back as a 1st of May.
        let same = days_since_1970(year, month, day).is_some_and(|days| Self::from_days(days) == date);
        if same && (0..=9999).contains(&year) { Ok(date) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// `m:ss.mmm`, with hours if there are any.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let millis = (self.0.unsigned_abs() + 500_000) / 1_000_000;
        let (secs, millis) = (millis / 1000, millis % 1000);
        let (mins, secs) = (secs / 60, secs % 60);
        let (hours, mins) = (mins / 60, mins % 60);
        if hours > 0 {
            write!(f, "{sign}{hours}:{mins:02}:{secs:02}.{millis:03}")
        } else {
            write!(f, "{sign}{mins}:{secs:02}.{millis:03}")
        }
    }
}

/// A half-open range `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first moment inside.
    pub start: Time,
    /// The first moment after.
    pub end: Time,
}

impl TimeRange {
    /// The shortest range that contains both; an empty one that begins at zero is ignored.
    pub fn with(self, other: Self) -> Self {
        if self == Self::default() {
            return other;
        }
        if other == Self::default() {
            return self;
        }
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range between two moments in either order.
    pub fn between(a: Time, b: Time) -> Self {
        Self { start: a.min(b), end: a.max(b) }
    }

    /// Duration of the range.
    pub fn span(self) -> Span {
        self.end - self.start
    }

    /// True if `time` lies inside.
    pub fn contains(self, time: Time) -> bool {
        self.start <= time && time < self.end
    }

    /// The nearest moment to `time` that is not outside; the end counts as inside here.
    pub fn clamp(self, time: Time) -> Time {
        time.max(self.start).min(self.end)
    }
}

/// Index of the last of sorted `times` that is not after `time`, or the first.
pub fn index_at(times: &[Time], time: Time) -> usize {
    times.partition_point(|t| *t <= time).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_like_a_clock() {
        let check = |nanos: i64, expected: &str| assert_eq!(Span(nanos).to_string(), expected);
        check(0, "0:00.000");
        check(61_234_000_000, "1:01.234");
        check(-500_000_000, "-0:00.500");
        check(3_600_000_000_000, "1:00:00.000");
        check(59_999_600_000, "1:00.000");
    }

    #[test]
    fn the_frame_at_a_time_is_the_last_one_not_after_it() {
        let times = [Time(0), Time(10), Time(20)];
        assert_eq!(index_at(&times, Time(-5)), 0);
        assert_eq!(index_at(&times, Time(10)), 1);
        assert_eq!(index_at(&times, Time(19)), 1);
        assert_eq!(index_at(&times, Time(99)), 2);
        assert_eq!(index_at(&[], Time(3)), 0);
    }
}
