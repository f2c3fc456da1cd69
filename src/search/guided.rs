//! Coverage-guided search: keeps inputs that activate new neurons, beside a random baseline with the same budget.
//!
//! The greedy search of Tian, Pei, Jana, Ray, "DeepTest: Automated Testing of Deep-Neural-Network-driven Autonomous Cars", ICSE 2018,
//! algorithm 1: a transformed input that covers more is mutated further, and transforms that led there come first again.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::claims::judge::{JudgeError, judge_applied};
use crate::clips::ClipError;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::{Stack, TransformSpec};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::layers::LayerError;
use crate::inference::model::Model;
use crate::inference::taps::{Choice, Neuron, Taps};
use crate::metrics::coverage::deep_test::{Covered, THRESHOLD};
use crate::search::NotKept;
use crate::search::sweep::size::change_size;
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::StackError;
use crate::transforms::{TransformKind, random, stack};

/// Runs without success after which the search goes on with another input.
const PATIENCE: usize = 10;
/// Most transforms of one stack: an input with more of them shows nothing anymore.
const MOST: usize = 4;

/// A stack for which the claim fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Position of the input.
    pub input: usize,
    /// The change.
    pub stack: Stack,
    /// Reason of the failure.
    pub why: String,
    /// Number of the try that found it; the first is 1.
    pub tried: usize,
    /// The prediction for the original input, as text.
    pub before: String,
    /// The prediction for the transformed input, as text.
    pub after: String,
    /// The best class of the original prediction, "" without one.
    pub class: String,
    /// Distance of the transformed input from the original, as in `change_size`.
    pub change_rms: f32,
}

/// State of a search; it can be saved and resumed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Runs so far.
    pub tries: usize,
    /// The covered neurons.
    pub covered: Covered,
    /// Number of original inputs done; all are, before the first transform.
    #[serde(default)]
    pub seen: usize,
    /// Share of all neurons that the original inputs activate.
    pub begun: f64,
    /// The failures.
    pub found: Vec<Found>,
    /// Runs that could not be evaluated, since nothing is promised.
    pub skipped: usize,
    /// Number of activated neurons by runs, and the share of all.
    #[serde(default)]
    pub growth: Vec<(usize, f64)>,
    /// Changed inputs that are worth changing further, the next one last.
    open: Vec<(usize, Stack)>,
    /// Transforms that led somewhere.
    queue: VecDeque<TransformSpec>,
    /// Runs without success on the current input.
    vain: usize,
}

/// Subject of a search.
pub struct Search<'a> {
    /// Transforms that a change may name.
    pub catalog: &'a Catalog,
    /// The inputs.
    pub inputs: &'a [RecordedInput],
    /// The model, run by the built-in runtime for its neurons.
    pub model: &'a Model,
    /// The expectation.
    pub oracle: &'a ClaimSpec,
    /// Random seed.
    pub seed: u64,
}

/// Reason why a search stopped.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is no input, or no transform for the model.
    #[error("there is nothing to transform")]
    Nothing,
    /// An input cannot be read.
    #[error(transparent)]
    Input(#[from] ClipError),
    /// A stack cannot be applied.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The model has no neurons, or fails.
    #[error(transparent)]
    Neurons(#[from] LayerError),
    /// The claim cannot be judged.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The caller could not keep the state.
    #[error("{source}")]
    Kept {
        /// Its error.
        source: NotKept,
    },
    /// The search was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Search<'_> {
    fn choices(&self) -> Vec<&'static TransformKind> {
        random::choices(self.model.medium())
    }

    /// An input by its position, which may come from a file that somebody has edited.
    fn read(&self, at: usize) -> Result<Input, SearchError> {
        let source = self.inputs.get(at);
        Ok(source.ok_or(SearchError::Nothing)?.input()?)
    }

    /// The claim for one stack on an input; the known prediction for the original is used again.
    fn judged(
        &self,
        at: usize,
        (input, changed): (&Input, Input),
        change: &Stack,
        before: Option<&Prediction>,
    ) -> Result<Judged, SearchError> {
        let change_rms = change_size(input, &changed);
        let outcome = judge_applied(self.catalog, self.model, input, changed, change, self.oracle, before)?;
        let Verdict::Fail { why } = outcome.verdict else {
            return Ok(Judged {
                skipped: outcome.verdict != Verdict::Pass,
                found: None,
                before: outcome.before,
            });
        };
        let found = Found {
            input: at,
            stack: change.clone(),
            why,
            tried: 0,
            before: outcome.before.summary(),
            after: outcome.after.summary(),
            class: outcome.before.best().map(|(class, _)| class.to_owned()).unwrap_or_default(),
            change_rms,
        };
        Ok(Judged { skipped: false, found: Some(found), before: outcome.before })
    }

    /// Continue until the budget is used. The original inputs come first. `keep` is given the
    /// state after each, to show it or to write it down.
    pub fn guided(
        &self,
        tries: usize,
        state: &mut State,
        progress: &Progress,
        mut keep: impl FnMut(&State) -> Result<(), NotKept>,
    ) -> Result<(), SearchError> {
        let choices = self.choices();
        let (Some(_), false) = (self.inputs.first(), choices.is_empty()) else {
            return Err(SearchError::Nothing);
        };
        let taps = Taps::new(self.model, &self.read(0)?, &Choice::Activations, &[])?;
        let means = |input: &Input| taps.neurons(&taps.run(self.model, input)?, Neuron::Channel);
        progress.begin((self.inputs.len() + tries) as u64);
        progress.reach((state.seen + state.tries) as u64)?;
        while state.seen < self.inputs.len() {
            state.covered.add(&means(&self.read(state.seen)?)?, THRESHOLD);
            state.seen += 1;
            state.begun = state.covered.share();
            keep(state).map_err(|source| SearchError::Kept { source })?;
            progress.step()?;
        }
        // An input is mostly changed several times in a row.
        let mut known: Option<(usize, Prediction)> = None;
        while state.tries < tries {
            let mut rng = Rng::split(self.seed, state.tries as u64);
            if state.vain > PATIENCE {
                state.open.pop();
                state.vain = 0;
            }
            if state.open.is_empty() {
                let at = (rng.bits() % self.inputs.len() as u64) as usize;
                state.open.push((at, Stack::default()));
            }
            // There is one: it was put there.
            let Some((at, base)) = state.open.last().cloned() else { continue };
            let mut change = base.clone();
            change.seed = self.seed;
            let mut fresh = || {
                let kind = choices[(rng.bits() % choices.len() as u64) as usize];
                random::moderate(kind, &mut rng)
            };
            let first = state.queue.pop_front().unwrap_or_else(&mut fresh);
            change.transforms.extend([first, fresh()]);
            let added = change.transforms.get(base.transforms.len()..).unwrap_or_default().to_vec();
            let input = self.read(at)?;
            let changed = stack::apply(self.catalog, &change, &input)?;
            let new = state.covered.add(&means(&changed)?, THRESHOLD);
            let before = known.as_ref().filter(|(known, _)| *known == at).map(|(_, before)| before);
            let judged = self.judged(at, (&input, changed), &change, before)?;
            known = Some((at, judged.before.clone()));
            state.take(judged);
            if new > 0 {
                state.growth.push((state.tries, state.covered.share()));
                state.vain = 0;
                state.queue.extend(added);
                if change.transforms.len() < MOST {
                    state.open.push((at, change));
                }
            } else {
                state.vain += 1;
            }
            keep(state).map_err(|source| SearchError::Kept { source })?;
            progress.step()?;
        }
        Ok(())
    }

    /// Continue with random stacks until the budget is used: two transforms of an input, as a guided run begins.
    pub fn random(
        &self,
        tries: usize,
        state: &mut State,
        threads: usize,
        progress: &Progress,
        mut keep: impl FnMut(&State),
    ) -> Result<(), SearchError> {
        let choices = self.choices();
        if choices.is_empty() || self.inputs.is_empty() {
            return Err(SearchError::Nothing);
        }
        progress.begin(tries as u64);
        progress.reach(state.tries as u64)?;
        let done = state.tries;
        let one = |number: usize| -> Result<Judged, SearchError> {
            let mut rng = Rng::split(self.seed ^ u64::MAX, (done + number) as u64);
            let at = (rng.bits() % self.inputs.len() as u64) as usize;
            let mut change = Stack { seed: self.seed, ..Stack::default() };
            for _ in 0..2 {
                let kind = choices[(rng.bits() % choices.len() as u64) as usize];
                change.transforms.push(random::moderate(kind, &mut rng));
            }
            let input = self.read(at)?;
            let changed = stack::apply(self.catalog, &change, &input)?;
            self.judged(at, (&input, changed), &change, None)
        };
        in_order(tries.saturating_sub(done), threads, one, |_, tried| {
            state.take(tried?);
            keep(state);
            Ok(progress.step()?)
        })
    }
}

/// Result of one run.
struct Judged {
    found: Option<Found>,
    skipped: bool,
    /// The prediction for the original input.
    before: Prediction,
}

impl State {
    /// Counts a try.
    fn take(&mut self, judged: Judged) {
        self.tries += 1;
        self.skipped += usize::from(judged.skipped);
        self.found.extend(judged.found.map(|found| Found { tried: self.tries, ..found }));
    }

    /// Number of inputs with at least one failure.
    pub fn inputs(&self) -> usize {
        self.found.iter().map(|found| found.input).collect::<BTreeSet<_>>().len()
    }
}
