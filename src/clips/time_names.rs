//! Names of columns with times, and the units of their numbers.

use crate::base::sheet::moments::nanos_of_unit;

/// Names of columns with times, the surest first, in lower case and without units.
const NAMES: [&str; 42] = [
    "timestamp",
    "timestamps",
    "time",
    "t",
    "stamp",
    "time stamp",
    "unix timestamp",
    "unix time",
    "unixtime",
    "epoch",
    "epoch time",
    "datetime",
    "date time",
    "timestamp utc",
    "time utc",
    "utc time",
    "utc",
    "header stamp",
    "gps time",
    "log time",
    "ros time",
    "system time",
    "elapsed",
    "elapsed time",
    "time elapsed",
    "relative time",
    "rel time",
    "zeit",
    "zeitstempel",
    "uhrzeit",
    "datum uhrzeit",
    "temps",
    "tiempo",
    "tempo",
    "\u{65f6}\u{95f4}",
    "\u{65f6}\u{95f4}\u{6233}",
    "\u{6642}\u{9593}",
    "\u{6642}\u{523b}",
    "\u{65e5}\u{6642}",
    "\u{432}\u{440}\u{435}\u{43c}\u{44f}",
    "date",
    "datum",
];
/// Names that are the unit.
const UNITS: [&str; 8] =
    ["secs", "seconds", "millis", "milliseconds", "micros", "microseconds", "nanos", "nanoseconds"];
/// A unit by the size of the numbers.
pub(super) struct Guess {
    /// Nanoseconds.
    pub(super) nanos: i64,
    /// Name.
    pub(super) unit: &'static str,
    /// Reason for doubt, behind a comma; `None` if there is hardly any.
    pub(super) doubt: Option<&'static str>,
}

/// The unit that the size of numbers suggests; `None` without numbers.
pub(super) fn guess(values: &[f64]) -> Option<Guess> {
    /// Slower than this is unusual for a recording.
    const LONG_STEP_SECS: f64 = 5.0;
    const UNITS: [(i64, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns")];
    let largest = values.iter().map(|value| value.abs()).reduce(f64::max)?;
    let mut steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    steps.sort_by(f64::total_cmp);
    let step = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
    let secs = |nanos: i64, value: f64| value * nanos as f64 / 1e9;
    let long = |nanos: i64| secs(nanos, step) >= LONG_STEP_SECS;
    // Unix times between 1990 and 2100.
    let epoch = |nanos: i64| (6.3e8..4.2e9).contains(&secs(nanos, largest));
    if let Some((nanos, unit)) = UNITS.into_iter().find(|(nanos, _)| epoch(*nanos)) {
        return Some(Guess {
            nanos,
            unit,
            doubt: long(nanos).then_some(", though its rows would be far apart"),
        });
    }
    let (second, unit) = UNITS[0];
    if secs(second, largest) < 6.3e8 {
        return Some(Guess {
            nanos: second,
            unit,
            doubt: long(second).then_some(", though its rows would be far apart"),
        });
    }
    // A clock that began elsewhere, such as with the computer.
    let close = UNITS.into_iter().find(|(nanos, _)| !long(*nanos));
    let (nanos, unit) = close.unwrap_or(UNITS[3]);
    Some(Guess { nanos, unit, doubt: Some(" by the distance of its rows") })
}

/// A name in lower case, with single spaces between its words and without a unit in brackets.
pub(super) fn simple(name: &str) -> String {
    let bare = name.split(['[', '(', '{', '<']).next().unwrap_or(name);
    let words = bare.split(|c: char| !c.is_alphanumeric() && c != '\u{b5}').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A simple name without the unit at its end, and that unit: `time_ms`, `timeMs`, `t in us`, `Time [s]`.
fn without_unit(name: &str) -> (String, Option<String>) {
    let simple = simple(name);
    let inside = name
        .rsplit_once(['[', '(', '{', '<'])
        .map(|(_, rest)| rest.trim_end_matches([']', ')', '}', '>', ' ']));
    if let Some(unit) = inside.filter(|unit| nanos_of_unit(unit).is_some()) {
        return (simple, Some(unit.to_owned()));
    }
    if UNITS.contains(&simple.as_str()) {
        return (simple.clone(), Some(simple));
    }
    if let Some((rest, last)) = simple.rsplit_once(' ')
        && nanos_of_unit(last).is_some()
    {
        return (rest.trim_end_matches(" in").to_owned(), Some(last.to_owned()));
    }
    for unit in ["ms", "us", "ns"] {
        if let Some(rest) = simple.strip_suffix(unit).filter(|rest| NAMES.contains(rest)) {
            return (rest.to_owned(), Some(unit.to_owned()));
        }
    }
    (simple, None)
}

/// The unit in the name of a column.
pub(super) fn unit_of(name: &str) -> Option<String> {
    without_unit(name).1
}

/// Position of a name among those of time columns.
pub(super) fn rank(name: &str) -> Option<usize> {
    let (bare, _) = without_unit(name);
    let known = NAMES.iter().position(|known| *known == bare);
    known.or_else(|| UNITS.contains(&bare.as_str()).then_some(NAMES.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_time_columns_and_their_units_are_known() {
        let check = |name: &str, unit: Option<&str>| {
            assert!(rank(name).is_some(), "{name}");
            assert_eq!(unit_of(name).as_deref(), unit, "{name}");
        };
        check("Timestamp", None);
        check("Time [s]", Some("s"));
        check("Zeit (ms)", Some("ms"));
        check("Time (UTC)", None);
        check("time_ms", Some("ms"));
        check("timeUs", Some("us"));
        check("t in ms", Some("ms"));
        check("Time, s", Some("s"));
        check("__time", None);
        check("seconds", Some("seconds"));
        for name in ["speed", "time to collision", "lap time", "h", "min", "parameters", ""] {
            assert!(rank(name).is_none(), "{name}");
        }
    }

    #[test]
    fn units_are_guessed_from_size_and_distance() {
        let check = |values: &[f64], unit: &str, doubtful: bool| {
            let found = guess(values).unwrap();
            assert_eq!((found.unit, found.doubt.is_some()), (unit, doubtful), "{values:?}");
        };
        check(&[0.0, 0.1, 0.2], "s", false);
        check(&[0.0, 100.0, 200.0], "s", true);
        check(&[1.7e9, 1.7e9 + 1.0], "s", false);
        check(&[1.7e12, 1.7e12 + 100.0], "ms", false);
        check(&[1.7e15, 1.7e15 + 1e5], "us", false);
        check(&[1.7e18, 1.7e18 + 1e8], "ns", false);
        check(&[2e11, 2e11 + 1e8], "ns", true);
        check(&[2e10, 2e10 + 1e5], "us", true);
    }
}
