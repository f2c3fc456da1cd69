//! Margins of truths over time.

use crate::base::temporal::judge::{Judge, Rule, infinite};
use crate::base::temporal::pieces::Pieces;
use crate::base::temporal::stretches;
use crate::base::temporal::tree::{Truth, TruthKind};
use crate::base::temporal::windows::{Extreme, Window, greater, lesser, sliding, until};
use crate::base::time::{Span, TimeRange};

/// The rule that goes by the kind of a truth.
pub(super) fn rule<'a>() -> Rule<'a> {
    Rule(Judge::by_kind)
}

impl<'a> Judge<'a> {
    /// Margins of a truth at each moment of `range`, which is not empty.
    pub(super) fn by_kind(&self, truth: &Truth<'a>, range: TimeRange, fill: f64) -> Pieces {
        match &truth.kind {
            TruthKind::Constant(value) => Pieces::constant(range, infinite(*value)),
            TruthKind::Signal(trace) => self.filled(truth, self.truths(trace, range), fill),
            TruthKind::Compare(operator, a, b) => {
                self.filled(truth, self.compare(*operator, a, b, range), fill)
            }
            TruthKind::Match(equal, a, b) => {
                let margins = self.matching(*a, *b, range);
                let signed = if *equal { margins } else { margins.map(|margin| -margin) };
                self.filled(truth, signed, fill)
            }
            TruthKind::Not(inner) => self.margins(inner, range, -fill).map(|margin| -margin),
            TruthKind::And(a, b) => self.margins(a, range, fill).zip(&self.margins(b, range, fill), lesser),
            TruthKind::Or(a, b) => self.margins(a, range, fill).zip(&self.margins(b, range, fill), greater),
            TruthKind::Extreme(extreme, window, inner) => {
                let Some(needed) = self.needed(range, *window) else {
                    return Pieces::constant(range, self.of_nothing(truth, *extreme, fill));
                };
                let out = sliding(&self.margins(inner, needed, fill), range, *window, *extreme);
                self.open_end(truth, out, *window, fill)
            }
            TruthKind::Until(window, a, b) => self.until(truth, *window, (a, b), range, fill),
            TruthKind::Edge { inner, at_first } => stretches::edges(self, inner, *at_first, range, fill),
        }
    }

    fn filled(&self, truth: &Truth<'a>, mut margins: Pieces, fill: f64) -> Pieces {
        for (start, margin) in margins.starts.iter().zip(&mut margins.values) {
            if margin.is_nan() {
                self.miss(truth.expr, *start);
                *margin = fill;
            }
        }
        margins
    }

    /// By the decomposition of Donzé, Ferrère and Maler (2013): the second part in the window, and the first part up to
    /// the window, and `until` without bounds from there.
    fn until(
        &self,
        truth: &Truth<'a>,
        window: Window,
        (a, b): (&Truth<'a>, &Truth<'a>),
        range: TimeRange,
        fill: f64,
    ) -> Pieces {
        let Some(needed) = self.needed(range, window) else {
            return Pieces::constant(range, self.of_nothing(truth, Extreme::Greatest, fill));
        };
        let second = self.margins(b, needed, fill);
        let first = self.margins(a, needed, fill);
        let mut from_there = until(&first, &second).later(Span(-window.from.0));
        if from_there.end < range.end {
            from_there.push(from_there.end, f64::NEG_INFINITY);
        }
        from_there.end = range.end;
        let mut out = sliding(&second, range, window, Extreme::Greatest).zip(&from_there, lesser);
        if window.from > Span(0) {
            let before = Window { from: Span(0), to: Some(Span(window.from.0 - 1)) };
            if let Some(needed) = self.needed(range, before) {
                let lasts = sliding(&self.margins(a, needed, fill), range, before, Extreme::Least);
                out = out.zip(&lasts, lesser);
            }
        }
        self.open_end(truth, out, window, fill)
    }
}
