//! Summary of a sweep for a model: failure rates by severity and slice, with
//! intervals, and the tipping points.

use std::collections::BTreeMap;

use crate::base::stats::{Rate, median_interval, quantile};
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::verdict::Verdict;
use crate::search::sweep::errors::Errors;
use crate::search::sweep::plan::{Plan, Variant};
use crate::search::sweep::result::UnitResult;
use crate::search::sweep::slice::{Slice, SliceKind};

/// Number of evaluated and failed variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    /// The failure rate, with its 95 % confidence interval.
    pub fn rate(self) -> Rate {
        Rate::wilson(self.failed, self.judged)
    }
}

/// Results of one model.
#[derive(Clone, Debug, Default)]
pub struct ModelSummary {
    /// By variant.
    pub variants: Vec<Tally>,
    /// By slice.
    pub slices: BTreeMap<Slice, Tally>,
    /// By input the smallest failing severity, 0 to 1; none if it passed throughout.
    pub tips: BTreeMap<usize, Option<f64>>,
    /// Errors against the human driver, if known.
    pub errors: Errors,
}

/// Summary of a sweep so far.
#[derive(Clone, Debug, Default)]
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
    /// 95 % bootstrap interval of that median.
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

    /// Take in the result of one input.
    pub fn add(&mut self, result: &UnitResult, input: &RecordedInput, variants: &[Variant]) {
        if !result.problem.is_empty() {
            self.problems.push(result.problem.clone());
        }
        for (number, model) in self.models.iter_mut().enumerate() {
            model.errors.add(result, number, input);
        }
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
                let least = model.tips.entry(result.input).or_default();
                if cell.verdict.failed() {
                    *least = Some(least.map_or(variant.strength, |known| known.min(variant.strength)));
                }
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
                sum.failed += tally.failed;
                sum.judged += tally.judged;
                sum.skipped += tally.skipped;
            }
        }
        along
    }
}

impl ModelSummary {
    /// The tally over everything.
    pub fn total(&self) -> Tally {
        self.variants.iter().fold(Tally::default(), |a, b| Tally {
            failed: a.failed + b.failed,
            judged: a.judged + b.judged,
            skipped: a.skipped + b.skipped,
        })
    }

    /// Tipping points; none if it never failed.
    pub fn tipping(&self) -> Option<Tipping> {
        let mut least: Vec<f64> = self.tips.values().copied().flatten().collect();
        least.sort_by(f64::total_cmp);
        let quartiles = [quantile(&least, 0.25)?, quantile(&least, 0.5)?, quantile(&least, 0.75)?];
        Some(Tipping {
            broke: least.len(),
            of: self.tips.len(),
            quartiles,
            median: median_interval(&least, 1)?,
        })
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
