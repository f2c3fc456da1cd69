//! Formulas over time and their outcome on an interval.

use std::collections::BTreeSet;
use std::fmt;

use crate::base::expression::{Expr, parse};
use crate::base::nearest::hint;
use crate::base::temporal::error::{Missing, TemporalError};
use crate::base::temporal::grammar::GRAMMAR;
use crate::base::temporal::judge::{Judge, Tail};
use crate::base::temporal::moments::Decision;
use crate::base::temporal::traces::Traces;
use crate::base::temporal::tree::Truth;
use crate::base::temporal::truths::rule;
use crate::base::temporal::typing;
use crate::base::time::{Time, TimeRange};

/// A formula, parsed but not yet about any signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    expr: Expr,
}

/// A verdict of a formula on an interval, at its first moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// True if it holds.
    pub holds: bool,
    /// Margin in the unit of the part that decides: above 0 if it holds, below 0 if not, at 0 either. Infinite where
    /// only a truth decides.
    pub margin: f64,
    /// The worst moment: at which the part that decides has this margin.
    pub moment: Time,
    /// The part that decides, as it is written.
    pub part: String,
}

/// Outcome of a formula on an interval.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It holds or not.
    Judged(Judged),
    /// It cannot be judged.
    Skipped {
        /// The reason.
        why: Missing,
        /// The verdict with all windows cut at the end of the interval, if that is all that is missing.
        so_far: Option<Judged>,
    },
}

impl Formula {
    /// Parses a formula; an error gives the problem and its position.
    pub fn parse(text: &str) -> Result<Self, TemporalError> {
        Ok(Self { expr: parse(text, GRAMMAR)? })
    }

    /// Names of the signals that it speaks of.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        names(&self.expr, &mut found);
        found
    }

    /// Checks the names against those of a recording; an error names the nearest one.
    pub fn check_names(&self, known: &[&str]) -> Result<(), TemporalError> {
        match self.names().into_iter().find(|name| !known.contains(name)) {
            Some(name) => {
                let hint = hint(name, known.iter().copied());
                Err(TemporalError::UnknownName { name: name.to_owned(), hint })
            }
            None => Ok(()),
        }
    }

    /// Judges the formula at the beginning of an interval. An error if it does not fit the signals: an unknown name,
    /// another type, a window that ends before it begins.
    pub fn judge(&self, traces: &Traces<'_>, interval: TimeRange) -> Result<Outcome, TemporalError> {
        let truth = typing::truth(&self.expr, traces)?;
        if interval.start >= interval.end {
            return Ok(Outcome::Skipped { why: Missing::Empty, so_far: None });
        }
        for name in self.names() {
            if let Some(why) = traces.get(name).and_then(|trace| trace.missing(name, interval)) {
                return Ok(Outcome::Skipped { why, so_far: None });
            }
        }
        let cut = Judge::new(interval, Tail::Cut, rule());
        let decision = cut.decide(&truth, interval.start, f64::NEG_INFINITY);
        if cut.unknown.get().is_none() && !cut.cut.get() {
            return Ok(Outcome::Judged(judged(&decision)));
        }
        Ok(bounded(&truth, interval, traces, &cut, decision))
    }
}

/// The outcome where values are unknown or windows were cut: a verdict only if all possible values agree.
fn bounded<'a>(
    truth: &Truth<'a>,
    interval: TimeRange,
    traces: &Traces<'_>,
    cut: &Judge<'a>,
    decision: Decision<'a>,
) -> Outcome {
    let complete = cut.unknown.get().is_none();
    let open = Judge::new(interval, Tail::Unknown, rule());
    let least = open.decide(truth, interval.start, f64::NEG_INFINITY);
    if least.margin.is_sign_positive() {
        return Outcome::Judged(judged(&decision));
    }
    let greatest = open.decide(truth, interval.start, f64::INFINITY);
    if greatest.margin.is_sign_negative() {
        let decision = if complete { decision } else { cut.decide(truth, interval.start, f64::INFINITY) };
        return Outcome::Judged(judged(&decision));
    }
    let unknown = [&least, &greatest].into_iter().find(|decision| decision.unknown);
    let cause = unknown.map(|decision| (decision.part, decision.moment)).or_else(|| open.unknown.get());
    let (part, moment) = cause.unwrap_or((least.part, least.moment));
    Outcome::Skipped {
        why: reason(part, moment, interval, traces),
        so_far: complete.then(|| judged(&decision)),
    }
}

fn judged(decision: &Decision<'_>) -> Judged {
    Judged {
        holds: decision.margin.is_sign_positive(),
        margin: decision.margin + 0.0,
        moment: decision.moment,
        part: decision.part.to_string(),
    }
}

/// The reason for which a part has no value at its moment.
fn reason(part: &Expr, moment: Time, interval: TimeRange, traces: &Traces<'_>) -> Missing {
    let after = moment - interval.start;
    if moment >= interval.end {
        return Missing::Short { part: part.to_string() };
    }
    let mut used = BTreeSet::new();
    names(part, &mut used);
    let value = |name: &&str| traces.get(name).and_then(|trace| trace.held(moment, interval));
    if let Some(name) = used.iter().find(|name| value(name).is_none()) {
        return Missing::Late { name: (*name).to_owned(), after };
    }
    let lost =
        |name: &&&str| value(name).is_some_and(|at| traces.get(name).is_some_and(|trace| trace.is_lost(at)));
    if let Some(name) = used.iter().find(lost) {
        return Missing::NotNumber { name: (*name).to_owned(), after };
    }
    Missing::Undefined { part: part.to_string(), after }
}

fn names<'a>(expr: &'a Expr, found: &mut BTreeSet<&'a str>) {
    match expr {
        Expr::Name(_, name) => drop(found.insert(name)),
        Expr::Call(function, args) => match (function.as_str(), args.as_slice()) {
            ("signal", [Expr::Text(name)]) => drop(found.insert(name)),
            (_, args) => args.iter().for_each(|arg| names(arg, found)),
        },
        Expr::Unary(_, inner) => names(inner, found),
        Expr::Binary(_, a, b) => {
            names(a, found);
            names(b, found);
        }
        Expr::Number(_) | Expr::Text(_) | Expr::Truth(_) => {}
    }
}

/// The formula in its shortest spelling.
impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}
