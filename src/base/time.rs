//! Points and spans of time in whole nanoseconds.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
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

    /// The time by the clock of this machine, for names and histories; no result depends on it.
    pub fn now() -> Self {
        Self(i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(0))
    }

    /// Seconds after the epoch.
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Date and time of day in UTC after RFC 3339, to a millisecond: `2018-03-18T21:58:30.125Z`.
    pub fn wall_clock(self) -> String {
        // Times are 64 bits of nanoseconds, which reach to 2262: every one is a date.
        let stamp = Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(Timestamp::UNIX_EPOCH);
        format!("{stamp:.3}")
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

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `None` if there is no such day.
pub fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let midnight = TimeZone::UTC.to_timestamp(date.to_datetime(civil::Time::midnight())).ok()?;
    Some(midnight.as_second().div_euclid(86_400))
}

/// A day of the proleptic Gregorian calendar, written `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(civil::Date);

/// A text that is no date.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date, expected a form like 2027-01-31")]
pub struct NotADate(String);

impl Date {
    /// Today's date in UTC.
    pub fn today() -> Self {
        Self(now().date())
    }

    /// Current date and time in UTC, as a part of a file's name: `2026-11-22_22-30-05`.
    pub fn now_for_name() -> String {
        now().strftime("%Y-%m-%d_%H-%M-%S").to_string()
    }
}

/// A date and time in UTC to the second, as ISO 8601 writes it: `2027-01-31T08:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(Timestamp);

/// A text that is no date and time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time, expected a form like 2027-01-31T08:00:00Z")]
pub struct NotADateTime(String);

impl DateTime {
    /// The current one.
    pub fn now() -> Self {
        Self(Timestamp::now())
    }
}

impl FromStr for DateTime {
    type Err = NotADateTime;

    fn from_str(text: &str) -> Result<Self, NotADateTime> {
        text.parse().ok().map(Self).ok_or_else(|| NotADateTime(text.to_owned()))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

/// Current date and time in UTC.
fn now() -> civil::DateTime {
    TimeZone::UTC.to_datetime(Timestamp::now())
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let date = civil::Date::strptime("%Y-%m-%d", text).ok().filter(|date| date.year() >= 0);
        date.map(Self).ok_or_else(|| NotADate(text.to_owned()))
    }
}

impl TryFrom<String> for Date {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, NotADate> {
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
        write!(f, "{}", self.0)
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

/// A moment as people write it: after the beginning of a recording, or by the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So long after the beginning.
    After(Span),
    /// At this time.
    At(Time),
}

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time, expected seconds like 12.5, m:ss.mmm, h:mm:ss.mmm, or 2026-11-30T10:15:00Z")]
pub struct NotAMoment(String);

impl Moment {
    /// The time, in a recording that begins at `start`.
    pub fn after(self, start: Time) -> Time {
        match self {
            Self::After(span) => start + span,
            Self::At(time) => time,
        }
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let error = || NotAMoment(text.to_owned());
        if let Ok(stamp) = text.parse::<Timestamp>() {
            let nanos = i64::try_from(stamp.as_nanosecond()).ok();
            return nanos.map(|nanos| Self::At(Time(nanos))).ok_or_else(error);
        }
        let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
        let parts: Vec<&str> = digits.split(':').collect();
        if parts.len() > 3 || parts.iter().any(|part| part.is_empty() || part.starts_with(['+', '-'])) {
            return Err(error());
        }
        let mut secs = 0.0;
        for (at, part) in parts.iter().enumerate() {
            let number: f64 =
                part.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(error)?;
            // Only the last part has a fraction, and what stands behind a colon is below sixty.
            let whole = at + 1 == parts.len() || number.fract() == 0.0;
            if !whole || at > 0 && number >= 60.0 {
                return Err(error());
            }
            secs = secs * 60.0 + number;
        }
        Ok(Self::After(Span::from_secs(sign * secs)))
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
    fn moments_are_read_as_people_write_them() {
        let after = |secs: f64| Ok(Moment::After(Span::from_secs(secs)));
        assert_eq!("12.5".parse(), after(12.5));
        assert_eq!("1:02.250".parse(), after(62.25));
        assert_eq!("1:00:01".parse(), after(3601.0));
        assert_eq!("-3".parse(), after(-3.0));
        assert_eq!("1970-01-01T00:00:01.5Z".parse(), Ok(Moment::At(Time(1_500_000_000))));
        for wrong in ["", "x", "1:60", "1.5:00", "1:2:3:4", ":5", "5:", "nan", "1:-5"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_days_that_exist() {
        assert_eq!(days_since_1970(1970, 1, 1), Some(0));
        assert_eq!(days_since_1970(2000, 2, 29), Some(11_016));
        assert_eq!(days_since_1970(1601, 1, 1), Some(-134_774));
        assert_eq!(days_since_1970(2027, 4, 31), None);
        assert_eq!(days_since_1970(1900, 2, 29), None);
        assert_eq!("2027-01-31".parse::<Date>().map(String::from), Ok("2027-01-31".to_owned()));
        for wrong in ["2027-04-31", "2027-01", "31.1.2027", "2027-01-31T10:00", ""] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
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
