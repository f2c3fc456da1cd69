//! The moment and the part that decide a margin.

use crate::base::expression::Expr;
use crate::base::temporal::judge::{Judge, moment};
use crate::base::temporal::stretches::stretches;
use crate::base::temporal::tree::{Number, Truth, TruthKind};
use crate::base::temporal::windows::{Extreme, Window, both};
use crate::base::time::{Span, Time, TimeRange};

/// A margin with its origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision<'a> {
    pub(super) margin: f64,
    /// The moment at which the part attains it.
    pub(super) moment: Time,
    /// The part that decides: a comparison, a signal or a constant, or a window without a moment.
    pub(super) part: &'a Expr,
    /// True if the part has no value there.
    pub(super) unknown: bool,
}

impl Decision<'_> {
    fn negated(self) -> Self {
        Self { margin: -self.margin, ..self }
    }
}

impl<'a> Judge<'a> {
    /// The margin of a truth at a time, with its origin: the earliest one, and the left one of two.
    pub(super) fn decide(&self, truth: &Truth<'a>, time: Time, fill: f64) -> Decision<'a> {
        match &truth.kind {
            TruthKind::Constant(_) | TruthKind::Signal(_) | TruthKind::Compare(..) | TruthKind::Match(..) => {
                self.leaf(truth, time, fill)
            }
            TruthKind::Not(inner) => self.decide(inner, time, -fill).negated(),
            TruthKind::And(a, b) => self.side(Extreme::Least, a, b, time, fill),
            TruthKind::Or(a, b) => self.side(Extreme::Greatest, a, b, time, fill),
            TruthKind::Extreme(extreme, window, inner) => {
                let Some(needed) = self.reach(time, *window) else {
                    return self.nothing(truth, *extreme, time + window.from, fill);
                };
                let margins = self.margins(inner, needed, fill);
                let best = extreme.index(&margins.values).and_then(|index| margins.starts.get(index));
                self.decide(inner, best.copied().unwrap_or(needed.start), fill)
            }
            TruthKind::Until(window, a, b) => self.until_at(truth, *window, (a, b), time, fill),
            TruthKind::Edge { inner, at_first } => self.edge(inner, *at_first, time, fill),
        }
    }

    fn leaf(&self, truth: &Truth<'a>, time: Time, fill: f64) -> Decision<'a> {
        let before = self.unknown.take();
        let margin = self.margin_at(truth, time, fill);
        let unknown = self.unknown.get().is_some();
        self.unknown.set(before.or_else(|| self.unknown.get()));
        let mut moment = time;
        if let TruthKind::Compare(_, Number::Count(window, inner), _)
        | TruthKind::Compare(_, _, Number::Count(window, inner)) = &truth.kind
        {
            moment = self.last_beginning(*window, inner, time, fill).unwrap_or(time);
        }
        Decision { margin, moment, part: truth.expr, unknown }
    }

    /// Beginning of the last stretch that is counted, which made the number what it is.
    fn last_beginning(&self, window: Window, inner: &Truth<'a>, time: Time, fill: f64) -> Option<Time> {
        let needed = self.reach(time, window)?;
        stretches(&self.margins(inner, needed, fill)).last().map(|stretch| stretch.start)
    }

    fn side(&self, extreme: Extreme, a: &Truth<'a>, b: &Truth<'a>, time: Time, fill: f64) -> Decision<'a> {
        let (a, b) = (self.decide(a, time, fill), self.decide(b, time, fill));
        if extreme.decides(b.margin, a.margin) { b } else { a }
    }

    fn nothing(&self, truth: &Truth<'a>, extreme: Extreme, moment: Time, fill: f64) -> Decision<'a> {
        let margin = self.of_nothing(truth, extreme, fill);
        Decision { margin, moment, part: truth.expr, unknown: true }
    }

    /// The moments in the window of a time; none if there are none, or none that can be known.
    fn reach(&self, time: Time, window: Window) -> Option<TimeRange> {
        self.needed(moment(time), window)
    }

    fn until_at(
        &self,
        truth: &Truth<'a>,
        window: Window,
        (a, b): (&Truth<'a>, &Truth<'a>),
        time: Time,
        fill: f64,
    ) -> Decision<'a> {
        let Some(needed) = self.reach(time, window) else {
            return self.nothing(truth, Extreme::Greatest, time + window.from, fill);
        };
        let mut lasts = (f64::INFINITY, time);
        if let Some(before) = window.from.0.checked_sub(1).filter(|before| *before >= 0) {
            let before = TimeRange { start: time, end: time + Span(before + 1) };
            let margins = self.margins(a, before, fill);
            for (start, value) in margins.iter() {
                if Extreme::Least.decides(value, lasts.0) {
                    lasts = (value, start);
                }
            }
        }
        // The greatest margin so far, true if the first part decides it, and the moment of the part that does.
        let mut best: Option<(f64, bool, Time)> = None;
        let (values, starts) = both(&self.margins(a, needed, fill), &self.margins(b, needed, fill));
        for ((holds, comes), start) in values.into_iter().zip(starts) {
            let first = Extreme::Least.decides(lasts.0, comes);
            let here = if first { lasts.0 } else { comes };
            if best.is_none_or(|(old, ..)| Extreme::Greatest.decides(here, old)) {
                best = Some((here, first, if first { lasts.1 } else { start }));
            }
            if Extreme::Least.decides(holds, lasts.0) {
                lasts = (holds, start);
            }
        }
        match best {
            Some((_, true, moment)) => self.decide(a, moment, fill),
            Some((_, false, moment)) => self.decide(b, moment, fill),
            None => self.nothing(truth, Extreme::Greatest, needed.start, fill),
        }
    }

    fn edge(&self, inner: &Truth<'a>, at_first: bool, time: Time, fill: f64) -> Decision<'a> {
        let first = self.interval.start;
        let earlier = (time - Span(1)).max(first);
        if time == first && at_first {
            return self.decide(inner, time, fill);
        }
        let (now, before) = (self.margin_at(inner, time, fill), self.margin_at(inner, earlier, -fill));
        if Extreme::Least.decides(-before, now) {
            self.decide(inner, earlier, -fill).negated()
        } else {
            self.decide(inner, time, fill)
        }
    }
}
