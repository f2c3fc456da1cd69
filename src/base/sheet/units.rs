//! Units in the cells of a table: lines of units, units behind names, and cells that are values.

use crate::base::sheet::moments::{moment, nanos_of_unit};
use crate::base::sheet::numbers::{Evidence, evidence, is_missing};
use crate::base::sheet::rows::Row;
use crate::base::sheet::settings::DateOrder;

/// Names of times, which no line of units has.
const NAMES_OF_TIME: [&str; 6] = ["time", "timestamp", "date", "datetime", "zeit", "datum"];

/// True for a line that says the units of the columns.
pub(super) fn are_units(row: &Row) -> bool {
    let filled: Vec<&String> = row.cells.iter().filter(|cell| !is_missing(cell)).collect();
    let units = filled.iter().filter(|cell| is_unit(cell)).count();
    let words = filled.iter().any(|cell| !is_value(cell));
    if filled.iter().any(|cell| NAMES_OF_TIME.contains(&cell.trim().to_lowercase().as_str())) {
        return false;
    }
    words && units * 2 >= filled.len() && units > 0
}

fn is_unit(cell: &str) -> bool {
    const UNITS: [&str; 58] = [
        "m",
        "km",
        "cm",
        "mm",
        "km/h",
        "kmh",
        "kph",
        "kmph",
        "mph",
        "m/s",
        "m/s2",
        "m/s^2",
        "m/s\u{b2}",
        "g",
        "deg",
        "\u{b0}",
        "rad",
        "rad/s",
        "deg/s",
        "\u{b0}/s",
        "\u{b0}c",
        "degc",
        "c",
        "k",
        "f",
        "%",
        "v",
        "mv",
        "a",
        "ma",
        "w",
        "kw",
        "nm",
        "n",
        "kn",
        "bar",
        "mbar",
        "pa",
        "kpa",
        "hpa",
        "mpa",
        "psi",
        "rpm",
        "1/min",
        "u/min",
        "hz",
        "khz",
        "mhz",
        "l",
        "l/h",
        "l/100km",
        "kg",
        "t",
        "bool",
        "1",
        "db",
        "m2",
        "ft",
    ];
    let bare = cell.trim();
    let inner = bare.strip_prefix(['[', '(']).and_then(|rest| rest.strip_suffix([']', ')']));
    if inner.is_some() {
        return true;
    }
    let lower = bare.to_lowercase();
    UNITS.contains(&lower.as_str()) || nanos_of_unit(bare).is_some()
}

/// True for a line that says units, but begins with the name that a time has: tons are no unit of a first column.
pub(super) fn begins_with_time(row: &Row) -> bool {
    row.cells.first().is_some_and(|cell| cell.trim() == "t")
}

/// The unit behind a name: `speed [km/h]`, `Time (ms)`.
pub(super) fn unit_in(name: &str) -> String {
    let inner = |open: char, close: char| {
        let rest = name.trim_end().strip_suffix(close)?;
        let (before, unit) = rest.rsplit_once(open)?;
        let number = unit.trim().parse::<f64>().is_ok();
        (!before.trim().is_empty() && unit.len() <= 16 && !number).then(|| unit.trim().to_owned())
    };
    inner('[', ']')
        .or_else(|| inner('(', ')'))
        .or_else(|| inner('{', '}'))
        .or_else(|| inner('<', '>'))
        .unwrap_or_default()
}

pub(super) fn is_value(cell: &str) -> bool {
    evidence(cell) != Evidence::Word
        || moment(cell, DateOrder::DayFirst).is_some()
        || moment(cell, DateOrder::MonthFirst).is_some()
}
