//! From the tree of an expression to the tree with types.

use crate::base::expression::{Binary, Expr, Unary};
use crate::base::nearest::hint;
use crate::base::temporal::error::TemporalError;
use crate::base::temporal::traces::{Traces, Values};
use crate::base::temporal::tree::{Label, Number, Truth, TruthKind, Word};
use crate::base::temporal::windows::{Extreme, Window};
use crate::base::time::Span;

/// Levels of rises, falls, then and count inside of each other: each one may take twice the time of the one inside.
const EVENTS: usize = 4;

/// Longest window in seconds.
const LONGEST: f64 = 1e9;

/// A part of any type.
enum Part<'a> {
    Truth(Truth<'a>),
    Number(Number<'a>),
    Label(Label<'a>),
}

impl Part<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Truth(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Label(_) => "a string",
        }
    }
}

/// The formula as a truth about these signals.
pub(super) fn truth<'a>(expr: &'a Expr, traces: &'a Traces<'a>) -> Result<Truth<'a>, TemporalError> {
    Typing { traces, events: EVENTS }.truth(expr)
}

#[derive(Clone, Copy)]
struct Typing<'a> {
    traces: &'a Traces<'a>,
    events: usize,
}

impl<'a> Typing<'a> {
    fn truth(self, expr: &'a Expr) -> Result<Truth<'a>, TemporalError> {
        match self.part(expr)? {
            Part::Truth(truth) => Ok(truth),
            other @ (Part::Number(_) | Part::Label(_)) => {
                Err(wrong("true or false", &other, expr, String::new()))
            }
        }
    }

    fn boxed(self, expr: &'a Expr) -> Result<Box<Truth<'a>>, TemporalError> {
        self.truth(expr).map(Box::new)
    }

    fn number(self, expr: &'a Expr) -> Result<Number<'a>, TemporalError> {
        match self.part(expr)? {
            Part::Number(number) => Ok(number),
            other @ (Part::Truth(_) | Part::Label(_)) => {
                let mut hint = String::new();
                if let Expr::Text(name) = expr {
                    hint = format!(", write signal({name:?}) for the signal");
                }
                Err(wrong("a number", &other, expr, hint))
            }
        }
    }

    fn part(self, expr: &'a Expr) -> Result<Part<'a>, TemporalError> {
        let truth = |kind| Ok(Part::Truth(Truth { expr, kind }));
        match expr {
            Expr::Number(number) => Ok(Part::Number(Number::Constant(*number))),
            Expr::Text(text) => Ok(Part::Label(Label::Constant(Word::Text(text)))),
            Expr::Truth(value) => truth(TruthKind::Constant(*value)),
            Expr::Name(_, name) => self.signal(name, expr),
            Expr::Unary(Unary::Minus, inner) => Ok(Part::Number(change(|x| -x, self.number(inner)?))),
            Expr::Unary(Unary::Not, inner) => truth(TruthKind::Not(self.boxed(inner)?)),
            Expr::Binary(Binary::And, a, b) => truth(TruthKind::And(self.boxed(a)?, self.boxed(b)?)),
            Expr::Binary(Binary::Or, a, b) => truth(TruthKind::Or(self.boxed(a)?, self.boxed(b)?)),
            Expr::Binary(operator @ (Binary::Equal | Binary::Unequal), a, b) => {
                self.equality(expr, *operator, a, b)
            }
            Expr::Binary(
                operator @ (Binary::Less | Binary::AtMost | Binary::Greater | Binary::AtLeast),
                a,
                b,
            ) => truth(TruthKind::Compare(*operator, self.number(a)?, self.number(b)?)),
            Expr::Binary(Binary::Plus, a, b) => self.join(|a, b| a + b, a, b),
            Expr::Binary(Binary::Minus, a, b) => self.join(|a, b| a - b, a, b),
            Expr::Binary(Binary::Times, a, b) => self.join(|a, b| a * b, a, b),
            Expr::Binary(Binary::Over, a, b) => {
                self.join(|a, b| if b == 0.0 { f64::NAN } else { a / b }, a, b)
            }
            Expr::Call(function, args) => self.call(expr, function, args),
        }
    }

    fn signal(self, name: &str, expr: &'a Expr) -> Result<Part<'a>, TemporalError> {
        let unknown =
            || TemporalError::UnknownName { name: name.to_owned(), hint: hint(name, self.traces.names()) };
        let trace = self.traces.get(name).ok_or_else(unknown)?;
        Ok(match trace.values {
            Values::Numbers(_) => Part::Number(Number::Signal(trace)),
            Values::Truths(_) => Part::Truth(Truth { expr, kind: TruthKind::Signal(trace) }),
            Values::Texts(_) => Part::Label(Label::Signal(trace)),
        })
    }

    fn join(self, join: fn(f64, f64) -> f64, a: &'a Expr, b: &'a Expr) -> Result<Part<'a>, TemporalError> {
        Ok(Part::Number(match (self.number(a)?, self.number(b)?) {
            (Number::Constant(a), Number::Constant(b)) => Number::Constant(join(a, b)),
            (a, b) => Number::Join(join, Box::new(a), Box::new(b)),
        }))
    }

    fn equality(
        self,
        expr: &'a Expr,
        operator: Binary,
        a: &'a Expr,
        b: &'a Expr,
    ) -> Result<Part<'a>, TemporalError> {
        let (left, right) = (self.part(a)?, self.part(b)?);
        let kind = match (label(&left), label(&right)) {
            (Some(left), Some(right)) if word_kind(left) == word_kind(right) => {
                TruthKind::Match(operator == Binary::Equal, left, right)
            }
            _ => match (left, right) {
                (Part::Number(left), Part::Number(right)) => TruthKind::Compare(operator, left, right),
                (Part::Number(_), other) => return Err(wrong("a number", &other, b, String::new())),
                (other, Part::Number(_)) => return Err(wrong("a number", &other, a, String::new())),
                (Part::Truth(_), other @ Part::Truth(_)) => {
                    let hint = ", join truths by and, or, not".to_owned();
                    return Err(wrong("a signal or a constant", &other, expr, hint));
                }
                (Part::Truth(_), other) => return Err(wrong("true or false", &other, b, String::new())),
                (Part::Label(_), other) => return Err(wrong("a string", &other, b, String::new())),
            },
        };
        Ok(Part::Truth(Truth { expr, kind }))
    }

    fn call(self, expr: &'a Expr, function: &str, args: &'a [Expr]) -> Result<Part<'a>, TemporalError> {
        if matches!(function, "rises" | "falls" | "then" | "count") && self.events == 0 {
            return Err(TemporalError::Events { part: expr.to_string(), limit: EVENTS });
        }
        let inner = Self { events: self.events.saturating_sub(1), ..self };
        match (function, args) {
            ("signal", [Expr::Text(name)]) => self.signal(name, expr),
            ("signal", [other]) => Err(wrong("a name in quotes", &self.part(other)?, other, String::new())),
            ("abs", [x]) => Ok(Part::Number(change(f64::abs, self.number(x)?))),
            ("sqrt", [x]) => Ok(Part::Number(change(f64::sqrt, self.number(x)?))),
            ("min", [a, b]) => self.join(|a, b| if a < b || a.is_nan() { a } else { b }, a, b),
            ("max", [a, b]) => self.join(|a, b| if a > b || a.is_nan() { a } else { b }, a, b),
            ("count", [p, limits @ ..]) => {
                Ok(Part::Number(Number::Count(self.window(expr, limits)?, inner.boxed(p)?)))
            }
            _ => self.over_time(expr, function, args, inner),
        }
    }

    /// A truth about other moments. `inner` is for parts whose events count.
    fn over_time(
        self,
        expr: &'a Expr,
        function: &str,
        args: &'a [Expr],
        inner: Self,
    ) -> Result<Part<'a>, TemporalError> {
        let window = |limits| self.window(expr, limits);
        let truth = |kind| Truth { expr, kind };
        let kind = match (function, args) {
            ("always", [p, limits @ ..]) => {
                TruthKind::Extreme(Extreme::Least, window(limits)?, self.boxed(p)?)
            }
            ("eventually" | "within", [p, limits @ ..]) => {
                TruthKind::Extreme(Extreme::Greatest, window(limits)?, self.boxed(p)?)
            }
            ("until", [p, q, limits @ ..]) => {
                TruthKind::Until(window(limits)?, self.boxed(p)?, self.boxed(q)?)
            }
            ("for", [p, duration @ ..]) => {
                // A stretch of the duration itself is long enough, so the window ends just before.
                let Window { from, to } = window(duration)?;
                let to = to.map(|to| Span((to.0 - 1).max(0)));
                TruthKind::Extreme(Extreme::Least, Window { from, to }, self.boxed(p)?)
            }
            ("rises", [p]) => TruthKind::Edge { inner: inner.boxed(p)?, at_first: false },
            ("falls", [p]) => {
                let not = truth(TruthKind::Not(inner.boxed(p)?));
                TruthKind::Edge { inner: Box::new(not), at_first: false }
            }
            ("then", [p, q, limits @ ..]) => {
                let begins = truth(TruthKind::Edge { inner: inner.boxed(p)?, at_first: true });
                let begins_not = truth(TruthKind::Not(Box::new(begins)));
                let follows = truth(TruthKind::Extreme(Extreme::Greatest, window(limits)?, self.boxed(q)?));
                let each = truth(TruthKind::Or(Box::new(begins_not), Box::new(follows)));
                TruthKind::Extreme(Extreme::Least, window(&[])?, Box::new(each))
            }
            // The parser knows no others.
            _ => return Err(TemporalError::UnknownName { name: function.to_owned(), hint: String::new() }),
        };
        Ok(Part::Truth(truth(kind)))
    }

    /// The window of a call from its limits: none, its end, or its beginning and its end, in seconds.
    fn window(self, expr: &Expr, limits: &'a [Expr]) -> Result<Window, TemporalError> {
        let wrong = |problem| TemporalError::Window { part: expr.to_string(), problem };
        let mut spans = Vec::new();
        for limit in limits {
            let Number::Constant(secs) = self.number(limit)? else {
                return Err(wrong("durations must be constant numbers of seconds"));
            };
            if !(0.0..=LONGEST).contains(&secs) {
                return Err(wrong("durations must be from 0 to 1000000000 seconds"));
            }
            spans.push(Span::from_secs(secs));
        }
        match *spans {
            [] => Ok(Window { from: Span(0), to: None }),
            [to] => Ok(Window { from: Span(0), to: Some(to) }),
            [from, to, ..] if from <= to => Ok(Window { from, to: Some(to) }),
            [..] => Err(wrong("the window ends before it begins")),
        }
    }
}

fn change(change: fn(f64) -> f64, number: Number<'_>) -> Number<'_> {
    if let Number::Constant(number) = number {
        return Number::Constant(change(number));
    }
    Number::Change(change, Box::new(number))
}

/// The part as something that `==` compares by identity, if it is.
fn label<'a>(part: &Part<'a>) -> Option<Label<'a>> {
    match part {
        Part::Label(label) => Some(*label),
        Part::Truth(Truth { kind: TruthKind::Signal(trace), .. }) => Some(Label::Signal(trace)),
        Part::Truth(Truth { kind: TruthKind::Constant(value), .. }) => {
            Some(Label::Constant(Word::Truth(*value)))
        }
        Part::Truth(_) | Part::Number(_) => None,
    }
}

/// True for a string, false for a truth.
fn word_kind(label: Label<'_>) -> bool {
    match label {
        Label::Constant(word) => matches!(word, Word::Text(_)),
        Label::Signal(trace) => matches!(trace.values, Values::Texts(_)),
    }
}

fn wrong(expected: &'static str, found: &Part<'_>, part: &Expr, hint: String) -> TemporalError {
    TemporalError::Kind { expected, found: found.kind(), part: part.to_string(), hint }
}
