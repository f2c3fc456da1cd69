//! Results of sweeps and searches in the window: failures, and which of them are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::app::replay::thumbnails::Thumbnails;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::robustness::inside::guard::Strangeness;
use crate::search::guided::State;
use crate::search::sweep::plan::{Plan, Variant};
use crate::search::sweep::slice::{Slice, SliceKind};
use crate::search::sweep::summary::Summary;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Violations kept for the gallery; of more, those with the smallest changes.
const KEPT: usize = 20_000;

/// Settings of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepSettings {
    /// Entries of the stack that stay as they are; the others vary over their whole range.
    pub fixed: BTreeSet<usize>,
    /// Levels per varied parameter.
    pub steps: usize,
    /// Frame stride; 0 uses about a hundred frames.
    pub every: usize,
    /// Number of seeds.
    pub seeds: u64,
    /// True if covering all pairs of values is enough when more than two parameters vary.
    pub pairwise: bool,
    /// The signal that says what the human did; guessed by name when absent.
    pub human: Option<String>,
    /// Budget of a search, in runs.
    pub tries: usize,
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self { fixed: BTreeSet::new(), steps: 6, every: 0, seeds: 1, pairwise: true, human: None, tries: 200 }
    }
}

/// Filter of the shown failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViolationFilter {
    /// Text that the reason, the transform or the prediction must contain.
    pub text: String,
    /// Only those at these positions of these axes.
    pub at: Vec<(usize, usize)>,
    /// Only those of this slice.
    pub slice: Option<Slice>,
    /// Only those on valid inputs, which are the model's fault, or only those on inputs that are no longer valid.
    pub fault: Option<bool>,
}

/// A claim that broke.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Position of the input.
    pub input: usize,
    /// Position of the variant.
    pub variant: usize,
    /// Reason.
    pub why: String,
    /// The prediction for the original, as text.
    pub before: String,
    /// The answer about the changed picture, in words.
    pub after: String,
    /// The best class of the original prediction.
    pub class: String,
    /// Root mean square of the change, in gray levels.
    pub change_rms: f32,
    /// A person's vote: true if the frame is still valid.
    pub valid: Option<bool>,
    /// Strangeness of the transformed input, once it was looked at.
    pub strange: Option<Strangeness>,
    /// Parts of the data with objects that were lost.
    pub lost: Vec<Slice>,
}

impl Violation {
    /// True if it is the model's fault, since the input is valid; none while that is not known.
    pub fn is_fault(&self) -> Option<bool> {
        self.strange.map(|strange| !strange.is_strange())
    }
}

/// Results of a sweep so far.
pub struct Found {
    /// The transforms that its stacks name.
    pub catalog: Arc<Catalog>,
    /// Counts sweeps, so that thumbnails are never mixed up.
    pub number: u64,
    /// Plan of the sweep.
    pub plan: Plan,
    /// The same, one by one.
    pub variants: Arc<Vec<Variant>>,
    /// On which pictures.
    pub inputs: Arc<Vec<RecordedInput>>,
    /// Claim that was evaluated.
    pub oracle: ClaimSpec,
    /// Name of the model.
    pub model: String,
    /// Frames done so far.
    pub done: usize,
    /// Rates and tipping points.
    pub summary: Summary,
    /// The failures, the smallest change first.
    pub violations: Vec<Violation>,
    /// Number of failures that are not listed here.
    pub left_out: usize,
    /// The search that found it, if it was no sweep.
    pub search: Option<GuidedSearch>,
}

impl Found {
    /// Failures with the smallest change first. Once it is known how strange their inputs are: those that are the model's fault
    /// first, and of these and of the others those with the least strangeness times severity.
    fn sort(&mut self) {
        let variants = Arc::clone(&self.variants);
        let key = |one: &Violation| -> (u8, f64) {
            let severity = variants.get(one.variant).map_or(1.0, |variant| variant.strength.max(1e-3));
            match one.strange {
                None => (2, f64::from(one.change_rms)),
                Some(strange) => (u8::from(strange.is_strange()), strange.share() * severity),
            }
        };
        self.violations.sort_by(|a, b| {
            let (ours, theirs) = (key(a), key(b));
            let order = ours.0.cmp(&theirs.0).then(ours.1.total_cmp(&theirs.1));
            order.then((a.input, a.variant).cmp(&(b.input, b.variant)))
        });
    }

    /// Number of failures that are the model's fault, and of those on inputs that are no longer valid.
    pub fn faults(&self) -> (usize, usize) {
        let count = |wanted| self.violations.iter().filter(|one| one.is_fault() == Some(wanted)).count();
        (count(true), count(false))
    }
}

/// Sweeps and their results.
pub struct Findings {
    /// Settings of the next sweep.
    pub settings: SweepSettings,
    /// Predictions of the next sweep or search, if only a sample is wanted.
    pub(in crate::app) sample: Option<usize>,
    /// Results of the latest sweep.
    pub found: Option<Found>,
    /// Filter of the shown failures.
    pub filter: ViolationFilter,
    /// The selected failure.
    pub selected: Option<usize>,
    /// Thumbnails for the gallery, by sweep and failure.
    pub pictures: Thumbnails<(u64, usize, usize)>,
    sweeps: u64,
}

impl Findings {
    pub(in crate::app) fn new(first: u64, waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            settings: SweepSettings::default(),
            sample: None,
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

    /// True while thumbnails are being rendered.
    pub fn busy(&self) -> bool {
        self.pictures.busy()
    }

    /// Positions of the failures that pass the filter, in their order.
    pub fn shown(&self) -> Vec<usize> {
        let Some(found) = &self.found else { return Vec::new() };
        let words = self.filter.text.to_lowercase();
        let passes = |violation: &Violation| {
            let fault = self.filter.fault.is_none_or(|wanted| violation.is_fault() == Some(wanted));
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
                && fault
                && (words.is_empty()
                    || [&violation.why, &violation.before, &violation.after, &change()]
                        .iter()
                        .any(|text| text.to_lowercase().contains(&words)))
        };
        found.violations.iter().enumerate().filter(|(_, v)| passes(v)).map(|(at, _)| at).collect()
    }

    /// The selected failure.
    pub fn current(&self) -> Option<(&Found, &Violation)> {
        let found = self.found.as_ref()?;
        Some((found, found.violations.get(self.selected?)?))
    }

    /// Takes in how strange the inputs of failures are; without any, nothing is known of any of them.
    pub(in crate::app) fn take_strangeness(&mut self, scores: &BTreeMap<(usize, usize), Strangeness>) {
        let Some(found) = self.found.as_mut() else { return };
        let looked_at =
            self.selected.and_then(|at| found.violations.get(at)).map(|one| (one.input, one.variant));
        for violation in &mut found.violations {
            if scores.is_empty() {
                violation.strange = None;
            } else if let Some(strange) = scores.get(&(violation.input, violation.variant)) {
                violation.strange = Some(*strange);
            }
        }
        found.sort();
        let place = |wanted| found.violations.iter().position(|one| (one.input, one.variant) == wanted);
        self.selected = looked_at.and_then(place);
    }

    /// Takes in what broke.
    pub(super) fn add(&mut self, new: Vec<Violation>) {
        let Some(found) = self.found.as_mut().filter(|_| !new.is_empty()) else { return };
        let looked_at = self.selected.and_then(|at| found.violations.get(at)).cloned();
        found.violations.extend(new);
        found.sort();
        found.left_out += found.violations.len().saturating_sub(KEPT);
        found.violations.truncate(KEPT);
        // What a person looks at stays selected while others come in before it.
        let place = |wanted: &Violation| {
            found.violations.iter().position(|v| (v.input, v.variant) == (wanted.input, wanted.variant))
        };
        self.selected = looked_at.as_ref().and_then(place);
    }
}

/// Progress of one of the two searches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchProgress {
    /// Changes tried.
    pub tries: usize,
    /// Runs that could not be evaluated.
    pub skipped: usize,
    /// Inputs with at least one failure.
    pub inputs: usize,
    /// The runs that found a failure.
    pub found: Vec<usize>,
}

/// A search that stands behind what is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GuidedSearch {
    /// Budget of each search, in runs.
    pub budget: usize,
    /// Number of original inputs done; all are, before the first transform.
    pub seen: usize,
    /// The share of all neurons that the original inputs activate.
    pub begun: f64,
    /// Number of activated neurons by runs, and the share of all.
    pub growth: Vec<(usize, f64)>,
    /// By coverage.
    pub guided: SearchProgress,
    /// By chance.
    pub random: SearchProgress,
    /// State of both searches, to continue from.
    pub(super) states: Option<Box<(State, State)>>,
    /// Identity of the model.
    pub(super) model: String,
}

impl GuidedSearch {
    /// True if there is a state to continue from.
    pub fn can_go_on(&self) -> bool {
        self.states.is_some()
    }
}
