//! The times of a table: the column that holds them, or two of them, and the unit of their numbers.

use crate::base::sheet::moments::{self, Moment, moment, nanos_of_unit};
use crate::base::sheet::numbers::is_missing;
use crate::base::sheet::settings::DateOrder;
use crate::base::time::Time;
use crate::clips::cells::{Cells, TimeKind};
use crate::clips::error::ReadError;
use crate::clips::time_cells::{Declared, Parsed, numbers, present};
use crate::clips::time_names::{rank, simple};

/// Times of the rows of a table.
#[derive(Debug, Default)]
pub(super) struct TimeColumn {
    /// Positions of the columns that hold them.
    pub(super) columns: Vec<usize>,
    /// Time of each row; `None` where it has none.
    pub(super) times: Vec<Option<Time>>,
    /// Column, unit and their origin, in words.
    pub(super) said: String,
}

/// Name that pandas gives to an index without one.
const INDEX: &str = "__index_level_0__";

/// A table whose time column is looked for.
pub(super) struct Searched<'a> {
    pub(super) columns: &'a [(String, Cells)],
    pub(super) declared: Declared<'a>,
}

impl Searched<'_> {
    /// The times, if a column holds some.
    pub(super) fn find(&self, warnings: &mut Vec<String>) -> Result<Option<TimeColumn>, ReadError> {
        if let Some(names) = &self.declared.settings.time {
            return self.named(&names.list(), warnings);
        }
        if let Some(found) = self.two_numbers() {
            return Ok(Some(found));
        }
        for at in self.candidates() {
            let Some((name, cells)) = self.columns.get(at) else { continue };
            let Some(parsed) = self.declared.parsed(name, cells, true) else {
                let named = rank(name).is_some();
                if named && present(cells) > 0 {
                    warnings.push(format!(
                        "most cells of the time column {name:?} are not times, so it is not used; set time in {} to the right one",
                        self.declared.beside
                    ));
                }
                continue;
            };
            if let Some(found) = self.completed(at, parsed, warnings) {
                return Ok(Some(found));
            }
        }
        Ok(self.counted_up(warnings))
    }

    /// The columns that settings name.
    fn named(&self, names: &[&str], warnings: &mut Vec<String>) -> Result<Option<TimeColumn>, ReadError> {
        let position = |wanted: &&str| {
            let shown = |at: usize, name: &str| match name {
                "" => format!("column {}", at + 1),
                name => name.to_owned(),
            };
            let found =
                self.columns.iter().enumerate().position(|(at, (name, _))| shown(at, name) == *wanted);
            found.ok_or_else(|| {
                let known: Vec<String> =
                    self.columns.iter().enumerate().map(|(at, (name, _))| shown(at, name)).collect();
                ReadError::times(format!(
                    "the settings in {} name a time column {wanted:?}, the columns are {}",
                    self.declared.beside,
                    known.join(", ")
                ))
            })
        };
        let at = names.iter().map(position).collect::<Result<Vec<usize>, ReadError>>()?;
        let parsed = |at: usize| {
            let (name, cells) = self.columns.get(at)?;
            self.declared.parsed(name, cells, false)
        };
        let none = |at: usize| {
            let name = self.columns.get(at).map(|(name, _)| name.as_str()).unwrap_or_default();
            ReadError::times(format!(
                "the column {name:?} that {} names as time holds no times",
                self.declared.beside
            ))
        };
        match at[..] {
            [] => Ok(None),
            [only] => {
                let mut found = parsed(only).ok_or_else(|| none(only))?;
                warnings.append(&mut found.warnings);
                Ok(Some(single(only, found)))
            }
            [first, second] => {
                if let Some(found) = self.seconds_and_nanos(first, second) {
                    return Ok(Some(found));
                }
                let mut a = parsed(first).ok_or_else(|| none(first))?;
                let mut b = parsed(second).ok_or_else(|| none(second))?;
                warnings.append(&mut a.warnings);
                warnings.append(&mut b.warnings);
                let (day, clock) = if b.kind == TimeKind::Day { (b, a) } else { (a, b) };
                if day.kind != TimeKind::Day || clock.kind != TimeKind::Clock {
                    return Err(ReadError::times(format!(
                        "the two columns that {} names as time are not a date and a time of day",
                        self.declared.beside
                    )));
                }
                Ok(Some(joined(vec![first, second], &day, &clock)))
            }
            _ => Err(ReadError::times(format!("{} names more than two time columns", self.declared.beside))),
        }
    }

    /// Columns that may hold times, by name, then by type, then by their first cell.
    fn candidates(&self) -> Vec<usize> {
        let mut ranked: Vec<(usize, usize)> = Vec::new();
        for (at, (name, cells)) in self.columns.iter().enumerate() {
            let instants = match cells {
                Cells::Times(_, TimeKind::Instant) => true,
                Cells::Texts(cells) => {
                    let first = cells.iter().find(|cell| !is_missing(cell));
                    first.is_some_and(|cell| {
                        matches!(moment(cell, DateOrder::DayFirst), Some(Moment::Instant(_)))
                    })
                }
                Cells::Times(..) | Cells::Whole(_) | Cells::Numbers(_) | Cells::Decimals(..) => false,
            };
            let by_type = instants.then_some(1000);
            if let Some(rank) = rank(name).or(by_type) {
                ranked.push((rank, at));
            }
        }
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, at)| at).collect()
    }

    /// A column with times, with the date that belongs to a time of day; `None` if they cannot be times of rows.
    fn completed(&self, at: usize, mut parsed: Parsed, warnings: &mut Vec<String>) -> Option<TimeColumn> {
        let other = |kind: TimeKind| {
            self.columns.iter().enumerate().filter(|(other, _)| *other != at).find_map(
                |(other, (name, cells))| {
                    let dated = matches!(cells, Cells::Texts(_) | Cells::Times(..));
                    let found = dated.then(|| self.declared.parsed(name, cells, true)).flatten()?;
                    (found.kind == kind && found.count() * 10 >= present(cells) * 9).then_some((other, found))
                },
            )
        };
        let pair = match parsed.kind {
            TimeKind::Clock => other(TimeKind::Day),
            TimeKind::Day => other(TimeKind::Clock),
            TimeKind::Instant => None,
        };
        warnings.append(&mut parsed.warnings);
        if let Some((other, mut found)) = pair {
            warnings.append(&mut found.warnings);
            let (day, clock) =
                if parsed.kind == TimeKind::Day { (&parsed, &found) } else { (&found, &parsed) };
            return Some(joined(vec![at, other], day, clock));
        }
        // One day for all rows tells them apart no better than no time.
        let mut different = parsed.nanos.iter().flatten();
        let first = different.next();
        if parsed.kind == TimeKind::Day && different.all(|day| Some(day) == first) {
            return None;
        }
        Some(single(at, parsed))
    }

    /// Seconds and nanoseconds in two columns, as ROS writes them.
    fn two_numbers(&self) -> Option<TimeColumn> {
        let names: Vec<String> = self.columns.iter().map(|(name, _)| simple(name)).collect();
        names.iter().enumerate().find_map(|(nanos, name)| {
            let ends = ["nanosec", "nanosecs", "nanoseconds", "nsec", "nsecs"];
            let prefix = ends.iter().find_map(|end| {
                name.strip_suffix(end).filter(|rest| rest.is_empty() || rest.ends_with(' '))
            })?;
            let wanted = ["sec", "secs", "seconds"].map(|end| format!("{prefix}{end}"));
            let seconds = names.iter().position(|name| wanted.contains(name))?;
            self.seconds_and_nanos(seconds, nanos)
        })
    }

    fn seconds_and_nanos(&self, seconds: usize, nanos: usize) -> Option<TimeColumn> {
        let column = |at: usize| self.columns.get(at);
        let whole = |at: usize, unit: i64| numbers(&column(at)?.1, unit);
        let (first, second) = (whole(seconds, 1_000_000_000)?, whole(nanos, 1)?);
        let rows = column(seconds)?.1.rows();
        let fits = second.iter().flatten().all(|part| (0..1_000_000_000).contains(part));
        let times: Vec<Option<Time>> =
            first.iter().zip(&second).map(|(a, b)| Some(Time((*a)?.checked_add((*b)?)?))).collect();
        let enough = times.iter().flatten().count() * 2 >= rows && rows > 0;
        let said =
            format!("time from columns {:?} in s and {:?} in ns", column(seconds)?.0, column(nanos)?.0);
        (fits && enough).then_some(TimeColumn { columns: vec![seconds, nanos], times, said })
    }

    /// The first column without a name, if it counts up.
    fn counted_up(&self, warnings: &mut Vec<String>) -> Option<TimeColumn> {
        let unnamed = |(at, name): (usize, &str)| (at == 0 && name.is_empty()) || name == INDEX;
        let at = self.columns.iter().enumerate().position(|(at, (name, _))| unnamed((at, name)))?;
        let (_, cells) = self.columns.get(at)?;
        let unit = self.declared.settings.unit.as_deref().and_then(nanos_of_unit).unwrap_or(1_000_000_000);
        let nanos: Option<Vec<i64>> = numbers(cells, unit)?.into_iter().collect();
        let nanos = nanos?;
        if nanos.len() < 2 || !nanos.windows(2).all(|pair| pair[0] < pair[1]) {
            return None;
        }
        warnings.push(format!(
            "no column is named as time, the first one without a name counts up and is taken for seconds; if that is wrong, set time \
             or unit in {}",
            self.declared.beside
        ));
        let times = nanos.into_iter().map(|nanos| Some(Time(nanos))).collect();
        Some(TimeColumn { columns: vec![at], times, said: "time from the column without a name".to_owned() })
    }
}

fn single(at: usize, parsed: Parsed) -> TimeColumn {
    let times = parsed.nanos.into_iter().map(|nanos| nanos.map(Time)).collect();
    TimeColumn { columns: vec![at], times, said: parsed.said }
}

fn joined(columns: Vec<usize>, day: &Parsed, clock: &Parsed) -> TimeColumn {
    // The date changes at midnight by itself.
    let of_day = |nanos: i64| nanos.rem_euclid(moments::DAY);
    let both = day.nanos.iter().zip(&clock.nanos);
    let times = both.map(|(day, clock)| Some(Time((*day)?.checked_add(of_day((*clock)?))?))).collect();
    TimeColumn {
        columns,
        times,
        said: "time from a column of dates and one of times of day, as UTC".to_owned(),
    }
}
