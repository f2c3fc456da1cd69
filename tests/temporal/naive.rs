//! Formulas over time by their definitions: every moment of every window, one nanosecond after the other.

use hardcase::base::rng::Rng;
use hardcase::base::temporal::traces::{Traces, Values};
use hardcase::base::time::Time;

/// Three signals of numbers, one of truths and one of strings, with their own stamps in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) times: [Vec<Time>; 5],
    pub(crate) numbers: [Vec<f64>; 3],
    pub(crate) flags: Vec<bool>,
    pub(crate) kinds: Vec<&'static str>,
}

const KINDS: [&str; 3] = ["car", "truck", "bus"];

impl Recording {
    /// Signals of `length` nanoseconds; few different values, so that comparisons are often on their bound.
    pub(crate) fn random(rng: &mut Rng, length: i64) -> Self {
        let times: [Vec<Time>; 5] = std::array::from_fn(|signal| {
            let mut times = vec![Time(0)];
            let mut at = 0;
            while at < length {
                at += 1 + below(rng, 2 + 3 * signal as u64) as i64;
                times.push(Time(at));
            }
            times
        });
        let numbers = std::array::from_fn(|signal| {
            times[signal].iter().map(|_| below(rng, 9) as f64 / 2.0 - 2.0).collect()
        });
        let flags = times[3].iter().map(|_| below(rng, 2) == 0).collect();
        let kinds = times[4].iter().map(|_| KINDS[below(rng, 3) as usize]).collect();
        Self { times, numbers, flags, kinds }
    }

    /// Removes changes at a time, which windows that end there do not see.
    pub(crate) fn hold_at(&mut self, time: i64) {
        for (signal, times) in self.times.iter().enumerate() {
            let Some(at) = times.iter().position(|stamp| stamp.0 == time).filter(|at| *at > 0) else {
                continue;
            };
            match signal {
                3 => self.flags[at] = self.flags[at - 1],
                4 => self.kinds[at] = self.kinds[at - 1],
                _ => self.numbers[signal][at] = self.numbers[signal][at - 1],
            }
        }
    }

    pub(crate) fn traces(&self) -> Traces<'_> {
        let mut traces = Traces::default();
        for (signal, name) in ["a", "ego.b", "c c"].iter().enumerate() {
            traces.insert(name, &self.times[signal], Values::Numbers(&self.numbers[signal]));
        }
        traces.insert("flag", &self.times[3], Values::Truths(&self.flags));
        traces.insert("kind", &self.times[4], Values::Texts(self.kinds.clone()));
        traces
    }

    fn index(&self, signal: usize, time: i64) -> usize {
        self.times[signal].iter().rposition(|start| start.0 <= time).unwrap_or(0)
    }

    fn number(&self, signal: usize, time: i64) -> f64 {
        self.numbers[signal][self.index(signal, time)]
    }
}

pub(crate) fn below(rng: &mut Rng, count: u64) -> u64 {
    rng.bits() % count
}

/// A formula that knows its text.
#[derive(Clone, Debug)]
pub(crate) enum Formula {
    /// A signal beside a bound.
    Bound(usize, &'static str, f64),
    /// Two signals.
    Pair(usize, &'static str, usize),
    Flag,
    Kind(&'static str),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Always(Box<Self>, Option<(i64, i64)>),
    Eventually(Box<Self>, Option<(i64, i64)>),
    Until(Box<Self>, Box<Self>, Option<(i64, i64)>),
    For(Box<Self>, i64),
    Then(Box<Self>, Box<Self>, Option<(i64, i64)>),
    Rises(Box<Self>),
    Falls(Box<Self>),
    /// Number of stretches, at most so many.
    Count(Box<Self>, Option<(i64, i64)>, f64),
}

const NAMES: [&str; 3] = ["a", "ego.b", "signal(\"c c\")"];
const OPERATORS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

fn secs(nanos: i64) -> String {
    format!("0.{nanos:09}")
}

fn limits(window: Option<(i64, i64)>) -> String {
    window.map(|(from, to)| format!(", {}, {}", secs(from), secs(to))).unwrap_or_default()
}

impl Formula {
    pub(crate) fn random(rng: &mut Rng, depth: u64, counts: bool) -> Self {
        let operator = OPERATORS[below(rng, 6) as usize];
        if depth == 0 {
            return match below(rng, 6) {
                0..=2 => Self::Bound(below(rng, 3) as usize, operator, below(rng, 9) as f64 / 2.0 - 2.0),
                3 => Self::Pair(below(rng, 3) as usize, operator, below(rng, 3) as usize),
                4 => Self::Flag,
                _ => Self::Kind(KINDS[below(rng, 3) as usize]),
            };
        }
        let p = Box::new(Self::random(rng, depth - 1, counts));
        let shallow = below(rng, depth);
        let q = Box::new(Self::random(rng, shallow, counts));
        let from = below(rng, 6) as i64;
        let to = from + below(rng, 12) as i64;
        let window = (below(rng, 3) > 0).then_some((from, to));
        match below(rng, if counts { 13 } else { 12 }) {
            0 => Self::Not(p),
            1 => Self::And(p, q),
            2 => Self::Or(p, q),
            3 | 4 => Self::Always(p, window),
            5 | 6 => Self::Eventually(p, window),
            7 => Self::Until(p, q, window),
            8 => Self::For(p, to),
            9 => Self::Then(p, q, window.map(|(_, to)| (0, to))),
            10 => Self::Rises(p),
            11 => Self::Falls(p),
            _ => Self::Count(p, window, below(rng, 4) as f64),
        }
    }

    pub(crate) fn text(&self) -> String {
        let text = |inner: &Self| inner.text();
        match self {
            Self::Bound(signal, operator, bound) if *bound < 0.0 => {
                format!("{} {operator} -{}", NAMES[*signal], -bound)
            }
            Self::Bound(signal, operator, bound) => format!("{} {operator} {bound}", NAMES[*signal]),
            Self::Pair(a, operator, b) => format!("{} {operator} {}", NAMES[*a], NAMES[*b]),
            Self::Flag => "flag".to_owned(),
            Self::Kind(kind) => format!("kind == \"{kind}\""),
            Self::Not(p) => format!("not ({})", text(p)),
            Self::And(p, q) => format!("({}) and ({})", text(p), text(q)),
            Self::Or(p, q) => format!("({}) or ({})", text(p), text(q)),
            Self::Always(p, window) => format!("always({}{})", text(p), limits(*window)),
            Self::Eventually(p, window) => format!("eventually({}{})", text(p), limits(*window)),
            Self::Until(p, q, window) => format!("until({}, {}{})", text(p), text(q), limits(*window)),
            Self::For(p, duration) => format!("for({}, {})", text(p), secs(*duration)),
            Self::Then(p, q, window) => {
                let within = window.map(|(_, to)| format!(", {}", secs(to))).unwrap_or_default();
                format!("then({}, {}{within})", text(p), text(q))
            }
            Self::Rises(p) => format!("rises({})", text(p)),
            Self::Falls(p) => format!("falls({})", text(p)),
            Self::Count(p, window, most) => format!("count({}{}) <= {most}", text(p), limits(*window)),
        }
    }

    /// The part with this text, of those that have no parts themselves.
    pub(crate) fn leaf(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Bound(..) | Self::Pair(..) | Self::Flag | Self::Kind(_) => {
                (self.text() == wanted).then_some(self)
            }
            Self::Not(p)
            | Self::Always(p, _)
            | Self::Eventually(p, _)
            | Self::For(p, _)
            | Self::Rises(p)
            | Self::Falls(p)
            | Self::Count(p, ..) => p.leaf(wanted),
            Self::And(p, q) | Self::Or(p, q) | Self::Until(p, q, _) | Self::Then(p, q, _) => {
                p.leaf(wanted).or_else(|| q.leaf(wanted))
            }
        }
    }
}

/// Judges formulas by their definitions on an interval `start..end`.
pub(crate) struct Naive<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// The first moment that bounded windows do not see: the end, or later to look beyond it.
    pub(crate) horizon: i64,
    /// The margin of windows without an end that begin after the interval; none for that of an empty window.
    pub(crate) beyond: Option<f64>,
}

impl Naive<'_> {
    fn window(&self, time: i64, window: Option<(i64, i64)>) -> std::ops::Range<i64> {
        match window {
            Some((from, to)) => time + from..(time + to + 1).min(self.horizon),
            None => time..self.end,
        }
    }

    fn least(&self, p: &Formula, moments: std::ops::Range<i64>) -> f64 {
        moments.map(|time| self.margin(p, time)).fold(f64::INFINITY, f64::min)
    }

    fn begins(&self, p: &Formula, time: i64, first: bool) -> f64 {
        let now = self.margin(p, time);
        match time == self.start {
            true if first => now,
            true => -now.abs(),
            false => now.min(-self.margin(p, time - 1)),
        }
    }

    fn beyond(&self, time: i64, window: Option<(i64, i64)>) -> Option<f64> {
        self.beyond.filter(|_| window.is_none() && time >= self.end)
    }

    /// The margin at a time.
    pub(crate) fn margin(&self, formula: &Formula, time: i64) -> f64 {
        let infinite = |truth: bool| if truth { f64::INFINITY } else { f64::NEG_INFINITY };
        let recording = self.recording;
        match formula {
            Formula::Bound(signal, operator, bound) => {
                compare(operator, recording.number(*signal, time), *bound)
            }
            Formula::Pair(a, operator, b) => {
                compare(operator, recording.number(*a, time), recording.number(*b, time))
            }
            Formula::Flag => infinite(recording.flags[recording.index(3, time)]),
            Formula::Kind(kind) => infinite(recording.kinds[recording.index(4, time)] == *kind),
            Formula::Not(p) => -self.margin(p, time),
            Formula::And(p, q) => self.margin(p, time).min(self.margin(q, time)),
            Formula::Or(p, q) => self.margin(p, time).max(self.margin(q, time)),
            Formula::Always(p, window) => {
                self.beyond(time, *window).unwrap_or_else(|| self.least(p, self.window(time, *window)))
            }
            Formula::Eventually(p, window) => self.beyond(time, *window).unwrap_or_else(|| {
                let moments = self.window(time, *window);
                moments.map(|time| self.margin(p, time)).fold(f64::NEG_INFINITY, f64::max)
            }),
            Formula::Until(p, q, window) => self.beyond(time, *window).unwrap_or_else(|| {
                let moments = self.window(time, *window);
                let at = |then: i64| self.margin(q, then).min(self.least(p, time..then));
                moments.map(at).fold(f64::NEG_INFINITY, f64::max)
            }),
            Formula::For(p, duration) => self.least(p, self.window(time, Some((0, (duration - 1).max(0))))),
            Formula::Then(p, q, window) => self.beyond(time, None).unwrap_or_else(|| {
                let follows = |time: i64| self.margin(&Formula::Eventually(q.clone(), *window), time);
                let each = |time: i64| follows(time).max(-self.begins(p, time, true));
                (time..self.end).map(each).fold(f64::INFINITY, f64::min)
            }),
            Formula::Rises(p) => self.begins(p, time, false),
            Formula::Falls(p) => self.begins(&Formula::Not(p.clone()), time, false),
            Formula::Count(p, window, most) => most - self.count(p, time, *window),
        }
    }

    fn count(&self, p: &Formula, time: i64, window: Option<(i64, i64)>) -> f64 {
        let moments = self.window(time, window);
        let first = moments.start;
        moments.filter(|time| self.holds(p, *time) && (*time == first || !self.holds(p, time - 1))).count()
            as f64
    }

    /// The truth at a time, without margins.
    pub(crate) fn holds(&self, formula: &Formula, time: i64) -> bool {
        let recording = self.recording;
        match formula {
            Formula::Bound(signal, operator, bound) => is(operator, recording.number(*signal, time), *bound),
            Formula::Pair(a, operator, b) => {
                is(operator, recording.number(*a, time), recording.number(*b, time))
            }
            Formula::Flag | Formula::Kind(_) => self.margin(formula, time) > 0.0,
            Formula::Not(p) => !self.holds(p, time),
            Formula::And(p, q) => self.holds(p, time) && self.holds(q, time),
            Formula::Or(p, q) => self.holds(p, time) || self.holds(q, time),
            Formula::Always(p, window) => match self.beyond(time, *window) {
                Some(beyond) => beyond > 0.0,
                None => self.window(time, *window).all(|time| self.holds(p, time)),
            },
            Formula::Eventually(p, window) => match self.beyond(time, *window) {
                Some(beyond) => beyond > 0.0,
                None => self.window(time, *window).any(|time| self.holds(p, time)),
            },
            Formula::Until(p, q, window) => match self.beyond(time, *window) {
                Some(beyond) => beyond > 0.0,
                None => self
                    .window(time, *window)
                    .any(|then| self.holds(q, then) && (time..then).all(|before| self.holds(p, before))),
            },
            Formula::For(p, duration) => {
                self.window(time, Some((0, (duration - 1).max(0)))).all(|time| self.holds(p, time))
            }
            Formula::Then(p, q, window) => match self.beyond(time, None) {
                Some(beyond) => beyond > 0.0,
                None => (time..self.end).all(|time| {
                    let begins = self.holds(p, time) && (time == self.start || !self.holds(p, time - 1));
                    !begins || self.holds(&Formula::Eventually(q.clone(), *window), time)
                }),
            },
            Formula::Rises(p) => time > self.start && self.holds(p, time) && !self.holds(p, time - 1),
            Formula::Falls(p) => time > self.start && !self.holds(p, time) && self.holds(p, time - 1),
            Formula::Count(p, window, most) => self.count(p, time, *window) <= *most,
        }
    }
}

fn compare(operator: &str, a: f64, b: f64) -> f64 {
    match operator {
        "<" | "<=" => b - a,
        ">" | ">=" => a - b,
        "==" => -(a - b).abs(),
        _ => (a - b).abs(),
    }
}

#[expect(clippy::float_cmp, reason = "the values are halves")]
fn is(operator: &str, a: f64, b: f64) -> bool {
    match operator {
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        ">=" => a >= b,
        "==" => a == b,
        _ => a != b,
    }
}
