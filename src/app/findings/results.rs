//! Results of sweeps and searches in the window: failures, and which of them are shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::replay::thumbnails::Thumbnails;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::OracleSpec;
use crate::search::guided::State;
use crate::search::sweep::plan::{Plan, Variant};
use crate::search::sweep::slice::{Slice, SliceKind};
use crate::search::sweep::summary::Summary;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Violations kept for the gallery; of more, those with the smallest changes.
const KEPT: usize = 20_000;

/// How a sweep is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepSettings {
    /// Entries of the stack that stay as they are; the others vary over their whole range.
    pub fixed: BTreeSet<usize>,
    /// Values of each knob that varies.
    pub steps: usize,
    /// Every so many pictures; 0 looks at about a hundred.
    pub every: usize,
    /// How many seeds.
    pub seeds: u64,
    /// Whether pairs of values are enough where more than two knobs vary.
    pub pairwise: bool,
    /// The signal that says what the human did; guessed by name when absent.
    pub human: Option<String>,
    /// Changes that a search tries.
    pub tries: usize,
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self { fixed: BTreeSet::new(), steps: 6, every: 0, seeds: 1, pairwise: true, human: None, tries: 200 }
    }
}

/// Which violations are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViolationFilter {
    /// Words that the reason, the change or the answer must have.
    pub text: String,
    /// Only those at these positions of these axes.
    pub at: Vec<(usize, usize)>,
    /// Only those of this part of the pictures.
    pub slice: Option<Slice>,
}

/// A claim that broke.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Which picture.
    pub input: usize,
    /// Which change.
    pub variant: usize,
    /// Why.
    pub why: String,
    /// The answer about the original, in words.
    pub before: String,
    /// The answer about the changed picture, in words.
    pub after: String,
    /// The class of the original's best answer.
    pub class: String,
    /// Root mean square of the change, in gray levels.
    pub change_rms: f32,
    /// What a person said: whether one would still know what to do.
    pub valid: Option<bool>,
    /// Parts of the data with objects that were lost.
    pub lost: Vec<Slice>,
}

/// What a sweep found so far.
pub struct Found {
    /// The transforms that its stacks name.
    pub catalog: Arc<Catalog>,
    /// Counts sweeps, so that small pictures are never mixed up.
    pub number: u64,
    /// What was tried.
    pub plan: Plan,
    /// The same, one by one.
    pub variants: Arc<Vec<Variant>>,
    /// On which pictures.
    pub inputs: Arc<Vec<RecordedInput>>,
    /// What had to hold.
    pub oracle: OracleSpec,
    /// Name of the model.
    pub model: String,
    /// Pictures looked at so far.
    pub done: usize,
    /// Rates and tipping points.
    pub summary: Summary,
    /// What broke, the smallest change first.
    pub violations: Vec<Violation>,
    /// How many more broke than are kept here.
    pub left_out: usize,
    /// The search that found it, where it was no sweep.
    pub search: Option<GuidedSearch>,
}

/// Sweeps and what they found.
pub struct Findings {
    /// How the next one is done.
    pub settings: SweepSettings,
    /// What the last one found.
    pub found: Option<Found>,
    /// Which violations are shown.
    pub filter: ViolationFilter,
    /// The violation that is looked at.
    pub selected: Option<usize>,
    /// Changed pictures for the gallery, by sweep and violation.
    pub pictures: Thumbnails<(u64, usize, usize)>,
    sweeps: u64,
}

impl Findings {
    pub(in crate::app) fn new(first: u64, waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            settings: SweepSettings::default(),
            found: None,
            filter: ViolationFilter::default(),
            selected: None,
            pictures: Thumbnails::new(waker),
            sweeps: first,
        }
    }

    /// A number that none had before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.sweeps += 1;
        self.sweeps
    }

    /// Whether pictures are being made.
    pub fn busy(&self) -> bool {
        self.pictures.busy()
    }

    /// Positions of the violations that the filter lets through, in their order.
    pub fn shown(&self) -> Vec<usize> {
        let Some(found) = &self.found else { return Vec::new() };
        let words = self.filter.text.to_lowercase();
        let passes = |violation: &Violation| {
            let variant = found.variants.get(violation.variant);
            let axis = self.filter.at.iter().all(|(axis, at)| {
                let value = found.plan.axes.get(*axis).and_then(|axis| axis.values.get(*at));
                variant.zip(value).is_some_and(|(variant, value)| {
                    variant.only.is_none_or(|only| only == *axis)
                        && variant.values.get(*axis).is_some_and(|own| (own - value).abs() < 1e-9)
                })
            });
            let slice = self.filter.slice.as_ref().is_none_or(|slice| match slice.kind {
                SliceKind::Class => violation.class == slice.name,
                SliceKind::Object | SliceKind::ObjectDistance | SliceKind::ObjectSize => {
                    violation.lost.contains(slice)
                }
                SliceKind::Tag => {
                    found.inputs.get(violation.input).is_some_and(|input| input.tags.contains(&slice.name))
                }
            });
            let change =
                || variant.map(|variant| stack::describe(&found.catalog, &variant.stack)).unwrap_or_default();
            axis && slice
                && (words.is_empty()
                    || [&violation.why, &violation.before, &violation.after, &change()]
                        .iter()
                        .any(|text| text.to_lowercase().contains(&words)))
        };
        found.violations.iter().enumerate().filter(|(_, v)| passes(v)).map(|(at, _)| at).collect()
    }

    /// The violation that is looked at.
    pub fn current(&self) -> Option<(&Found, &Violation)> {
        let found = self.found.as_ref()?;
        Some((found, found.violations.get(self.selected?)?))
    }

    /// Takes in what broke.
    pub(super) fn add(&mut self, new: Vec<Violation>) {
        let Some(found) = self.found.as_mut().filter(|_| !new.is_empty()) else { return };
        let looked_at = self.selected.and_then(|at| found.violations.get(at)).cloned();
        found.violations.extend(new);
        found.violations.sort_by(|a, b| {
            a.change_rms.total_cmp(&b.change_rms).then((a.input, a.variant).cmp(&(b.input, b.variant)))
        });
        found.left_out += found.violations.len().saturating_sub(KEPT);
        found.violations.truncate(KEPT);
        // What a person looks at stays selected while others come in before it.
        let place = |wanted: &Violation| {
            found.violations.iter().position(|v| (v.input, v.variant) == (wanted.input, wanted.variant))
        };
        self.selected = looked_at.as_ref().and_then(place);
    }
}

/// How far one of two searches is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchProgress {
    /// Changes tried.
    pub tries: usize,
    /// Tries that could not be judged.
    pub skipped: usize,
    /// Inputs that broke at least once.
    pub inputs: usize,
    /// The tries that found something.
    pub found: Vec<usize>,
}

/// A search that stands behind what is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuidedSearch {
    /// Changes that each of both tries.
    pub budget: usize,
    /// Unchanged inputs that were looked at; all are, before the first change.
    pub seen: usize,
    /// The part of all neurons that the unchanged inputs switch on.
    pub begun: f64,
    /// After which tries more of them were on, and what part of all.
    pub growth: Vec<(usize, f64)>,
    /// By coverage.
    pub guided: SearchProgress,
    /// By chance.
    pub random: SearchProgress,
    /// Where both stand, to go on from.
    pub(super) states: Option<Box<(State, State)>>,
    /// What stands for the model that was asked.
    pub(super) model: String,
}

impl GuidedSearch {
    /// Whether there is something to go on from.
    pub fn can_go_on(&self) -> bool {
        self.states.is_some()
    }
}
