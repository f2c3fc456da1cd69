//! Summary of a sweep for a model: failure rates by severity and slice, with
//! intervals, and the tipping points.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::stats::Rate;
use crate::base::tally::Counted;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::verdict::Verdict;
use crate::search::sweep::errors::Errors;
use crate::search::sweep::plan::{Plan, Variant};
use crate::search::sweep::result::UnitResult;
use crate::search::sweep::slice::{Slice, SliceKind};

/// Number of evaluated and failed variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Number of failures.
    pub failed: usize,
    /// Number of evaluations.
    pub judged: usize,
    /// Number of skips.
    pub skipped: usize,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Pass => self.judged += 1,
            Verdict::Fail { .. } => {
                self.failed += 1;
                self.judged += 1;
            }
            Verdict::Skip { .. } => self.skipped += 1,
        }
    }

    /// Adds the numbers of other inputs.
    fn join(&mut self, other: Self) {
        self.failed += other.failed;
        self.judged += other.judged;
        self.skipped += other.skipped;
    }

    /// The failure rate, with its 95 % confidence interval.
    pub fn rate(self) -> Rate {
        Rate::wilson(self.failed, self.judged)
    }
}

/// Results of one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSummary {
    /// By variant.
    pub variants: Vec<Tally>,
    /// By slice.
    #[serde(with = "as_list")]
    pub slices: BTreeMap<Slice, Tally>,
    /// Number of inputs that were evaluated.
    pub judged: usize,
    /// Smallest failing severities, 0 to 1, of the inputs with a failure.
    pub tips: Counted,
    /// Errors against the human driver, if known.
    pub errors: Errors,
}

/// Slices as a list: keys of JSON are texts.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::search::sweep::slice::Slice;
    use crate::search::sweep::summary::Tally;

    pub(super) fn serialize<S: Serializer>(
        slices: &BTreeMap<Slice, Tally>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        slices.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<BTreeMap<Slice, Tally>, D::Error> {
        Ok(Vec::<(Slice, Tally)>::deserialize(from)?.into_iter().collect())
    }
}

/// Summary of a sweep so far. Summaries of parts [append](Self::append) to that of the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// By model.
    pub models: Vec<ModelSummary>,
    /// Frames that could not be read.
    pub problems: Vec<String>,
}

/// Tipping points of a model over all inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tipping {
    /// Inputs with a failure.
    pub broke: usize,
    /// Inputs that were evaluated.
    pub of: usize,
    /// Smallest failing severities: lower quartile, median, upper quartile.
    pub quartiles: [f64; 3],
    /// 95 % interval of that median, by [`Counted::median_interval`].
    pub median: (f64, f64),
}

impl Summary {
    /// Nothing yet, of so many models and variants.
    pub fn new(models: usize, variants: usize) -> Self {
        let empty = ModelSummary {
            variants: vec![Tally::default(); variants],
            errors: Errors::new(variants),
            ..ModelSummary::default()
        };
        Self { models: vec![empty; models], problems: Vec::new() }
    }

    /// Appends the summary of inputs that come after these.
    pub fn append(&mut self, later: Self) {
        self.problems.extend(later.problems);
        for (model, more) in self.models.iter_mut().zip(later.models) {
            for (tally, other) in model.variants.iter_mut().zip(more.variants) {
                tally.join(other);
            }
            for (slice, other) in more.slices {
                model.slices.entry(slice).or_default().join(other);
            }
            model.judged += more.judged;
            model.tips.join(&more.tips);
            model.errors.append(more.errors);
        }
    }

    /// Take in the result of one input, all of it at once.
    pub fn add(&mut self, result: &UnitResult, input: &RecordedInput, variants: &[Variant]) {
        if !result.problem.is_empty() {
            self.problems.push(result.problem.clone());
        }
        for (number, model) in self.models.iter_mut().enumerate() {
            model.errors.add(result, number, input);
        }
        // By model: the smallest failing severity of this input, none if it passed throughout.
        let mut tips: BTreeMap<usize, Option<f64>> = BTreeMap::new();
        for cell in &result.cells {
            let Some(model) = self.models.get_mut(cell.model) else { continue };
            if let Some(tally) = model.variants.get_mut(cell.variant) {
                tally.add(&cell.verdict);
            }
            let class = result.classes.get(cell.model).filter(|class| !class.is_empty());
            let slices = input
                .tags
                .iter()
                .map(|tag| Slice { kind: SliceKind::Tag, name: tag.clone() })
                .chain(class.map(|class| Slice { kind: SliceKind::Class, name: class.clone() }));
            for slice in slices {
                model.slices.entry(slice).or_default().add(&cell.verdict);
            }
            for fared in &cell.objects {
                for slice in fared.slices() {
                    let tally = model.slices.entry(slice).or_default();
                    tally.judged += fared.expected;
                    tally.failed += fared.lost;
                }
            }
            if let (false, Some(variant)) =
                (matches!(cell.verdict, Verdict::Skip { .. }), variants.get(cell.variant))
            {
                let least = tips.entry(cell.model).or_default();
                if cell.verdict.failed() {
                    *least = Some(least.map_or(variant.strength, |known: f64| known.min(variant.strength)));
                }
            }
        }
        for (number, least) in tips {
            let Some(model) = self.models.get_mut(number) else { continue };
            model.judged += 1;
            if let Some(least) = least {
                model.tips.add(least);
            }
        }
    }

    /// The tally over one value of one axis, for a curve.
    pub fn along(&self, model: usize, axis: usize, plan: &Plan, variants: &[Variant]) -> Vec<(f64, Tally)> {
        let Some(values) = plan.axes.get(axis).map(|axis| &axis.values) else { return Vec::new() };
        let mut along: Vec<(f64, Tally)> = values.iter().map(|value| (*value, Tally::default())).collect();
        let tallies = self.models.get(model).map_or(&[][..], |model| &model.variants);
        for (variant, tally) in variants.iter().zip(tallies) {
            let Some(value) =
                variant.values.get(axis).filter(|_| variant.only.is_none_or(|only| only == axis))
            else {
                continue;
            };
            // Drawn values go to the nearest one on the curve.
            let nearest = along.iter_mut().min_by(|a, b| (a.0 - value).abs().total_cmp(&(b.0 - value).abs()));
            if let Some((_, sum)) = nearest {
                sum.join(*tally);
            }
        }
        along
    }
}

impl ModelSummary {
    /// The tally over everything.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in &self.variants {
            total.join(*tally);
        }
        total
    }

    /// Tipping points; none if it never failed.
    pub fn tipping(&self) -> Option<Tipping> {
        let tips = &self.tips;
        let quartiles = [tips.quantile(0.25)?, tips.quantile(0.5)?, tips.quantile(0.75)?];
        Some(Tipping { broke: tips.count(), of: self.judged, quartiles, median: tips.median_interval(1)? })
    }

    /// The parts with the highest rates first; those with little support last.
    pub fn worst_slices(&self) -> Vec<(&Slice, Tally)> {
        let mut slices: Vec<(&Slice, Tally)> =
            self.slices.iter().map(|(slice, tally)| (slice, *tally)).collect();
        // By the lower end of the interval: a rate from few frames does not come first.
        slices.sort_by(|a, b| b.1.rate().low.total_cmp(&a.1.rate().low).then_with(|| a.0.cmp(b.0)));
        slices
    }
}
