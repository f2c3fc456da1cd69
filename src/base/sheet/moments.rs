//! Times as tables write them: dates, times of day, both, numbers of some unit.

use crate::base::sheet::settings::DateOrder;
use crate::base::time::days_since_1970;

const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a day.
pub const DAY: i64 = 86_400 * SECOND;

/// A time in a cell, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Date and time of day, since 1970 in UTC.
    Instant(i64),
    /// A date alone, its midnight since 1970.
    Day(i64),
    /// A time of day or a duration, since midnight.
    Clock(i64),
}

/// Reads a date, a time of day or both: `2027-03-01T12:00:00.5+01:00`, `1.3.2027 12:00`, `12:00:00.5 PM`. A time without
/// a time zone is taken for UTC.
pub fn moment(text: &str, order: DateOrder) -> Option<Moment> {
    // Java writes the name of the zone behind its offset.
    let text = text.split('[').next()?.trim();
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '+') || text.len() > 60 {
        return None;
    }
    if let Some(clock) = clock(text) {
        return Some(Moment::Clock(clock));
    }
    if let Some(day) = date(text, order) {
        return Some(Moment::Day(day));
    }
    // The time of day begins behind a T, or at the first of the words with a colon.
    let at_t = text.split_once(['T', 't']).filter(|(day, _)| date(day, order).is_some());
    let at_word = || {
        let is_clock = |at: &usize| {
            let next = text.get(at + 1..).and_then(|rest| rest.split([' ', ',']).next());
            next.is_some_and(|word| word.contains(':'))
        };
        let at = text.match_indices([' ', ',']).map(|(at, _)| at).find(is_clock)?;
        text.split_at_checked(at)
    };
    let (day, time) = at_t.or_else(at_word)?;
    let day = date(day.trim_end_matches([' ', ',']), order)?;
    let (time, offset) = zone(time.trim_start_matches([' ', ',']))?;
    let clock = clock(time).or_else(|| compact(time))?;
    Some(Moment::Instant(day.checked_add(clock)?.checked_sub(offset)?))
}

/// A time of day and the offset of its zone to UTC.
fn zone(text: &str) -> Option<(&str, i64)> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    for name in ["Z", "UTC", "GMT"] {
        if upper.ends_with(name) {
            return text.get(..text.len() - name.len()).map(|time| (time.trim_end(), 0));
        }
    }
    let Some(at) = text.rfind(['+', '-', '\u{2212}']).filter(|at| *at > 0) else { return Some((text, 0)) };
    let (time, offset) = text.split_at_checked(at)?;
    let sign = if offset.starts_with('+') { 1 } else { -1 };
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse::<i64>().ok());
    let (hours, minutes) = match digits.len() {
        1 => (number(0..1)?, 0),
        2 => (number(0..2)?, 0),
        4 => (number(0..2)?, number(2..4)?),
        _ => return None,
    };
    let time = time.trim_end();
    let time = ["UTC", "GMT"].iter().find_map(|name| time.strip_suffix(name)).unwrap_or(time);
    Some((time.trim_end(), sign * (hours * 3600 + minutes * 60) * SECOND))
}

/// `12:00`, `12:00:01.5`, `12:00:01:500` with milliseconds, `01:02.5` in minutes and seconds, `1 days 02:00:00`, `3:00 PM`.
fn clock(text: &str) -> Option<i64> {
    let (days, text) = match text.split_once(" days ").or_else(|| text.split_once(" day ")) {
        Some((days, rest)) => (days.parse::<i64>().ok().filter(|days| days.abs() < 100_000)?, rest),
        None => (0, text),
    };
    let upper = text.to_ascii_uppercase();
    let (text, noon) = match upper.strip_suffix("AM").or_else(|| upper.strip_suffix("PM")) {
        Some(time) => (time.trim_end(), Some(upper.ends_with("PM"))),
        None => (text, None),
    };
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<&str> = unsigned.split(':').collect();
    let whole = |part: &str| {
        (1..=4).contains(&part.len()).then(|| part.parse::<i64>().ok()).flatten().filter(|n| *n >= 0)
    };
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (whole(hours)?, whole(minutes)?, fraction(seconds)?),
        [hours, minutes, seconds, millis] if millis.len() == 3 => {
            (whole(hours)?, whole(minutes)?, fraction(seconds)? + whole(millis)? * 1_000_000)
        }
        [minutes, seconds] if seconds.contains(['.', ',']) => (0, whole(minutes)?, fraction(seconds)?),
        [hours, minutes] if minutes.len() == 2 => (whole(hours)?, whole(minutes)?, 0),
        _ => return None,
    };
    // The last second of some days is their 60th.
    if seconds >= 61 * SECOND || (minutes >= 60 && parts.len() > 2) {
        return None;
    }
    let hours = match noon {
        Some(_) if !(1..=12).contains(&hours) => return None,
        Some(afternoon) => hours % 12 + if afternoon { 12 } else { 0 },
        None => hours,
    };
    let all = days * DAY + (hours * 3600 + minutes * 60) * SECOND + seconds;
    Some(if unsigned.len() < text.len() { -all } else { all })
}

/// `120001` or `120001.5` behind a date.
fn compact(text: &str) -> Option<i64> {
    let (hours, minutes, seconds) = (text.get(..2)?, text.get(2..4)?, text.get(4..).unwrap_or_default());
    let seconds = if seconds.is_empty() { 0 } else { fraction(seconds)? };
    clock(&format!("{hours}:{minutes}")).map(|all| all + seconds)
}

/// Seconds with a fraction, in nanoseconds; digits beyond are cut off.
fn fraction(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if !(1..=2).contains(&whole.len()) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    Some(whole * SECOND + nanos_of(part, SECOND)?)
}

/// The decimals `part` of a unit, in nanoseconds; digits beyond are cut off.
fn nanos_of(part: &str, unit: i64) -> Option<i64> {
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = part.get(..part.len().min(18)).unwrap_or_default();
    if digits.is_empty() {
        return Some(0);
    }
    let number: i128 = digits.parse().ok()?;
    i64::try_from(number * i128::from(unit) / 10_i128.pow(digits.len() as u32)).ok()
}

/// Midnight of a date.
fn date(text: &str, order: DateOrder) -> Option<i64> {
    let text = text.trim();
    let nanos = |(year, month, day): (i64, i64, i64)| days_since_1970(year, month, day)?.checked_mul(DAY);
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |range: std::ops::Range<usize>| text.get(range)?.parse().ok();
        return nanos((part(0..4)?, part(4..6)?, part(6..8)?)).filter(|_| text.starts_with(['1', '2']));
    }
    let parts: Vec<&str> = text.split(['-', '/', '.', ' ', ',']).filter(|part| !part.is_empty()).collect();
    let [first, second, third] = parts[..] else { return None };
    let number = |part: &str| part.parse::<i64>().ok().filter(|n| *n >= 0 && part.len() <= 4);
    let year = |part: &str| match part.len() {
        4 => number(part),
        2 => number(part).map(|year| 2000 + year),
        _ => None,
    };
    if let Some(month) = month_named(second) {
        let day_last = first.len() == 4;
        let (of_year, day) = if day_last { (first, third) } else { (third, first) };
        return nanos((year(of_year)?, month, number(day)?));
    }
    if let Some(month) = month_named(first) {
        return nanos((year(third)?, month, number(second)?));
    }
    if first.len() == 4 {
        return nanos((number(first)?, number(second)?, number(third)?));
    }
    if third.len() != 4 && !(third.len() == 2 && text.contains(['/', '.'])) {
        return None;
    }
    let day_first = order == DateOrder::DayFirst || text.contains('.');
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    nanos((year(third)?, number(month)?, number(day)?))
}

fn month_named(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = text.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == start)?;
    Some(at as i64 + 1)
}

/// A number of some unit in nanoseconds, without the rounding of floats; `None` if it is not a number or too large.
pub fn nanos(text: &str, unit: i64) -> Option<i64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.contains(['e', 'E']) {
        let value: f64 = text.parse().ok()?;
        return from_float(value, unit);
    }
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && part.is_empty() || whole.starts_with(['-', '+']) {
        return None;
    }
    let number: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let all = number.checked_mul(unit)?.checked_add(nanos_of(part, unit)?)?;
    Some(if text.starts_with('-') { -all } else { all })
}

/// A number of some unit in nanoseconds; `None` if it is not finite or too large.
pub fn from_float(value: f64, unit: i64) -> Option<i64> {
    let nanos = value * unit as f64;
    (nanos.abs() < 9.2e18).then_some(nanos.round() as i64)
}

/// Nanoseconds of a unit of time, by its name in headers and settings.
pub fn nanos_of_unit(name: &str) -> Option<i64> {
    Some(match name.trim().trim_end_matches('.').to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" | "sek" | "sekunden" | "\u{79d2}" => SECOND,
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds"
        | "\u{6beb}\u{79d2}" => 1_000_000,
        "us" | "\u{b5}s" | "\u{3bc}s" | "usec" | "usecs" | "micro" | "micros" | "microsecond"
        | "microseconds" => 1_000,
        "ns" | "nsec" | "nsecs" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => 1,
        "min" | "mins" | "minute" | "minutes" => 60 * SECOND,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600 * SECOND,
        "d" | "day" | "days" => DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        const NOON: i64 = 1_772_366_400 * SECOND;
        let at = |text: &str| moment(text, DateOrder::DayFirst);
        let check =
            |text: &str, nanos: i64| assert_eq!(at(text), Some(Moment::Instant(NOON + nanos)), "{text}");
        for text in [
            "2026-03-01T12:00:00.000Z",
            "2026-03-01T12:00:00",
            "2026-03-01 12:00:00 UTC",
            "2026-03-01 12:00",
            "2026-03-01T13:00:00+01:00",
            "2026-03-01T13:00:00+0100[Europe/Berlin]",
            "2026-03-01 04:00:00-08",
            "2026/03/01 12:00:00",
            "01.03.2026 12:00:00",
            "1.3.2026, 12:00",
            "01/03/2026 12:00:00 PM",
            "1-Mar-2026 12:00:00",
            "Mar 1, 2026 12:00:00",
            "20260301T120000Z",
        ] {
            check(text, 0);
        }
        check("2026-03-01T12:00:01.123456789Z", 1_123_456_789);
        check("2026-03-01 12:00:00,5", SECOND / 2);
        assert_eq!(moment("03/01/2026 12:00", DateOrder::MonthFirst), Some(Moment::Instant(NOON)));
        let clock = |text: &str, nanos: i64| assert_eq!(at(text), Some(Moment::Clock(nanos)), "{text}");
        clock("12:00:01.5", 12 * 3600 * SECOND + 3 * SECOND / 2);
        clock("12:00:01:500", 12 * 3600 * SECOND + 3 * SECOND / 2);
        clock("00:01.5", 3 * SECOND / 2);
        clock("1 days 00:00:01", DAY + SECOND);
        clock("1:00 PM", 13 * 3600 * SECOND);
        assert_eq!(at("2026-03-01"), Some(Moment::Day(NOON - DAY / 2)));
        for text in ["10.5", "2026", "1.2.3", "31.04.2026", "a:b:c", "12:61:00", "speed", "", "-"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_become_exact_nanoseconds() {
        assert_eq!(nanos("1700000000.123456789", SECOND), Some(1_700_000_000_123_456_789));
        assert_eq!(nanos("-0.25", SECOND), Some(-SECOND / 4));
        assert_eq!(nanos("1.5", 1_000_000), Some(1_500_000));
        assert_eq!(nanos("1e3", 1_000_000), Some(SECOND));
        assert_eq!(nanos("9999999999999", SECOND), None);
        assert_eq!(nanos("x", SECOND), None);
    }
}
