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
    let largest = values.iter().map(|value| value.abs()).reduce(f64::max)?;
    // Unix times between 1990 and 2100.
    let epoch = |unit: f64| (6.3e8 * unit..4.2e9 * unit).contains(&largest);
    Some(match largest {
        t if t >= 1e17 => Guess { nanos: 1, unit: "ns", doubt: (!epoch(1e9)).then_some(" by its size") },
        t if t >= 1e14 => Guess { nanos: 1_000, unit: "us", doubt: (!epoch(1e6)).then_some(" by its size") },
        t if t >= 1e11 => {
            Guess { nanos: 1_000_000, unit: "ms", doubt: (!epoch(1e3)).then_some(" by its size") }
        }
        _ => {
            let mut steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
            steps.sort_by(f64::total_cmp);
            let long = steps.get(steps.len() / 2).is_some_and(|step| *step >= LONG_STEP_SECS);
            let doubt = long.then_some(", though its rows would be far apart");
            Guess { nanos: 1_000_000_000, unit: "s", doubt }
        }
    })
}

/// A name in lower case, with single spaces between its words and without a unit in brackets.
pub(super) fn simple(name: &str) -> String {
    let bare = name.split(['[', '(', '{', '<']).next().unwrap_or(name);
    let words = bare.split(|c: char| !c.is_alphanumeric() && c != '\u{b5}').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A simple name without the unit at its end, and that unit: `time_ms`, `timeMs`, `t in us`.
fn without_unit(name: &str) -> (String, Option<String>) {
    let simple = simple(name);
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
