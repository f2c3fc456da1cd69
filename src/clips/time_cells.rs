//! The cells of a column read as times: numbers of a unit, dates, times of day.

use std::collections::BTreeMap;

use crate::base::sheet::moments::{self, Moment, moment, nanos_of_unit};
use crate::base::sheet::numbers::is_missing;
use crate::base::sheet::settings::{DateOrder, Settings};
use crate::clips::cells::{Cells, TimeKind};
use crate::clips::time_names::{guess, unit_of};

/// One column read as times.
pub(super) struct Parsed {
    pub(super) nanos: Vec<Option<i64>>,
    pub(super) kind: TimeKind,
    pub(super) said: String,
    pub(super) warnings: Vec<String>,
}

impl Parsed {
    pub(super) fn count(&self) -> usize {
        self.nanos.iter().flatten().count()
    }
}

/// Units and settings for the columns of a table.
pub(super) struct Declared<'a> {
    pub(super) units: &'a BTreeMap<String, String>,
    pub(super) settings: &'a Settings,
    /// Name of the file for settings.
    pub(super) beside: &'a str,
}

impl Declared<'_> {
    /// The cells as times; `None` if fewer than half of the filled ones are, or none.
    pub(super) fn parsed(&self, name: &str, cells: &Cells, strict: bool) -> Option<Parsed> {
        let found = match cells {
            Cells::Times(nanos, kind) => Parsed {
                nanos: nanos.clone(),
                kind: *kind,
                said: format!("time from {} by its type", shown(name)),
                warnings: Vec::new(),
            },
            Cells::Texts(texts) if texts.iter().all(|cell| is_missing(cell)) => return None,
            Cells::Texts(texts) => {
                let numbers =
                    texts.iter().filter(|cell| cell.trim().parse::<f64>().is_ok_and(f64::is_finite)).count();
                if numbers * 2 >= texts.iter().filter(|cell| !is_missing(cell)).count() {
                    self.numbered(name, cells)?
                } else {
                    self.written(name, texts)
                }
            }
            Cells::Whole(_) | Cells::Numbers(_) | Cells::Decimals(..) => self.numbered(name, cells)?,
        };
        let (count, filled) = (found.count(), present(cells));
        (count > 0 && (!strict || count * 2 >= filled)).then_some(found)
    }

    /// Numbers in the unit that is declared, else in the one that their size suggests.
    fn numbered(&self, name: &str, cells: &Cells) -> Option<Parsed> {
        let set = self.settings.unit.clone();
        let declared = set.clone().or_else(|| self.units.get(name).cloned()).or_else(|| unit_of(name));
        let declared = declared.filter(|unit| nanos_of_unit(unit).is_some());
        if let Some(unit) = declared {
            let nanos = numbers(cells, nanos_of_unit(&unit)?)?;
            if nanos.iter().flatten().count() * 2 >= present(cells) {
                let said = format!("time from {} in {unit}", shown(name));
                return Some(Parsed { nanos, kind: TimeKind::Instant, said, warnings: Vec::new() });
            }
        }
        let values: Vec<f64> =
            (0..cells.rows()).filter_map(|row| cells.number(row)).filter(|value| value.is_finite()).collect();
        let guess = guess(&values)?;
        let nanos = numbers(cells, guess.nanos)?;
        let mut warnings = Vec::new();
        if let Some(why) = guess.doubt {
            warnings.push(format!(
                "the unit of the time column {name:?} is not declared and is taken for {}{why}; if that is wrong, set unit in {}",
                guess.unit, self.beside
            ));
        }
        let said = format!("time from {} in {} by the size of its numbers", shown(name), guess.unit);
        Some(Parsed { nanos, kind: TimeKind::Instant, said, warnings })
    }

    /// Dates and times of day.
    fn written(&self, name: &str, texts: &[String]) -> Parsed {
        let read = |order| -> Vec<Option<Moment>> { texts.iter().map(|cell| moment(cell, order)).collect() };
        let span = |all: &[Option<Moment>]| {
            let nanos = all.iter().flatten().map(|found| match found {
                Moment::Instant(nanos) | Moment::Day(nanos) | Moment::Clock(nanos) => *nanos,
            });
            nanos.clone().max().unwrap_or(0).saturating_sub(nanos.min().unwrap_or(0))
        };
        let count = |all: &[Option<Moment>]| all.iter().flatten().count();
        let mut warnings = Vec::new();
        let moments = if let Some(order) = self.settings.dates {
            read(order)
        } else {
            let (day, month) = (read(DateOrder::DayFirst), read(DateOrder::MonthFirst));
            let ambiguous = day != month && count(&day) == count(&month);
            let day_first =
                count(&day) > count(&month) || count(&day) == count(&month) && span(&day) <= span(&month);
            if ambiguous {
                let order = if day_first { "day first" } else { "month first" };
                warnings.push(format!(
                    "dates in column {name:?} are read with the {order}, as in {:?}; if that is wrong, set dates in {}",
                    texts.iter().find(|cell| !is_missing(cell)).map_or("", String::as_str),
                    self.beside
                ));
            }
            if day_first { day } else { month }
        };
        let of = |kind: fn(&Moment) -> bool| moments.iter().flatten().filter(|found| kind(found)).count();
        let instants = of(|m| matches!(m, Moment::Instant(_)));
        let (days, clocks) = (of(|m| matches!(m, Moment::Day(_))), of(|m| matches!(m, Moment::Clock(_))));
        let kind = if instants > 0 && instants >= clocks {
            TimeKind::Instant
        } else if clocks > days {
            TimeKind::Clock
        } else {
            TimeKind::Day
        };
        let mut nanos: Vec<Option<i64>> = moments
            .iter()
            .map(|found| match ((*found)?, kind) {
                (Moment::Instant(nanos), TimeKind::Instant)
                | (Moment::Day(nanos), TimeKind::Instant | TimeKind::Day)
                | (Moment::Clock(nanos), TimeKind::Clock) => Some(nanos),
                _ => None,
            })
            .collect();
        if kind == TimeKind::Clock {
            let midnights = over_midnight(&mut nanos);
            if midnights > 0 {
                warnings.push(format!(
                    "the times of day in column {name:?} go over midnight {midnights} times, the rows after it are a day later"
                ));
            }
        }
        let said = format!(
            "time from {} as {}",
            shown(name),
            match kind {
                TimeKind::Instant => "dates with times, UTC where no zone is written",
                TimeKind::Day => "dates",
                TimeKind::Clock => "times of day",
            }
        );
        Parsed { nanos, kind, said, warnings }
    }
}

/// Adds a day whenever a time of day falls by more than half a day; gives the number of times.
fn over_midnight(nanos: &mut [Option<i64>]) -> usize {
    let (mut days, mut last) = (0, None::<i64>);
    for time in nanos.iter_mut().flatten() {
        if last.is_some_and(|last| last - *time > moments::DAY / 2) {
            days += 1;
        }
        last = Some(*time);
        *time = time.saturating_add(days * moments::DAY);
    }
    days as usize
}

/// A column in words.
fn shown(name: &str) -> String {
    if name.is_empty() { "the column without a name".to_owned() } else { format!("column {name:?}") }
}

/// Number of filled cells.
pub(super) fn present(cells: &Cells) -> usize {
    match cells {
        Cells::Texts(cells) => cells.iter().filter(|cell| !is_missing(cell)).count(),
        Cells::Whole(cells) | Cells::Times(cells, _) => cells.iter().flatten().count(),
        Cells::Numbers(cells) => cells.iter().filter(|value| !value.is_nan()).count(),
        Cells::Decimals(cells, _) => cells.iter().flatten().count(),
    }
}

/// Numbers of a unit in nanoseconds; `None` for cells of another kind.
pub(super) fn numbers(cells: &Cells, unit: i64) -> Option<Vec<Option<i64>>> {
    Some(match cells {
        Cells::Texts(cells) => cells.iter().map(|cell| moments::nanos(cell, unit)).collect(),
        Cells::Whole(cells) => cells.iter().map(|cell| (*cell)?.checked_mul(unit)).collect(),
        Cells::Numbers(cells) => cells.iter().map(|value| moments::from_float(*value, unit)).collect(),
        Cells::Decimals(cells, scale) => {
            let divisor = 10_i128.checked_pow(u32::try_from(*scale).ok()?)?;
            let nanos =
                |value: &Option<i128>| i64::try_from((*value)?.checked_mul(i128::from(unit))? / divisor).ok();
            cells.iter().map(nanos).collect()
        }
        Cells::Times(..) => return None,
    })
}
