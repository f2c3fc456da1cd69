//! A search that keeps what switches on new neurons, and a random one of the same budget beside it.
//!
//! The greedy search of Tian, Pei, Jana, Ray, "DeepTest: Automated Testing of Deep-Neural-Network-driven Autonomous Cars", ICSE 2018,
//! algorithm 1: a changed input that covers more is changed further, and transforms that led there are tried again first.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::claims::judge::judge_applied;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::OracleSpec;
use crate::data::cases::stack::{Stack, TransformSpec};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::layers::Neurons;
use crate::inference::model::Model;
use crate::metrics::coverage::{Covered, THRESHOLD};
use crate::search::sweep::size::change_size;
use crate::transforms::catalog::Catalog;
use crate::transforms::{TransformKind, chance, stack};

/// Tries in vain after which the search goes on with another input.
const PATIENCE: usize = 10;
/// Most transforms of one stack: what is changed more often shows nothing any more.
const MOST: usize = 4;

/// A change that breaks the claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Position of the input.
    pub input: usize,
    /// The change.
    pub stack: Stack,
    /// Why the claim does not hold.
    pub why: String,
    /// Number of the try that found it; the first is 1.
    pub tried: usize,
    /// The answer about the unchanged input, in words.
    pub before: String,
    /// The answer about the changed input, in words.
    pub after: String,
    /// The class of the best answer about the unchanged input, "" without one.
    pub class: String,
    /// How far the changed input is from the original, as [`change_size`] says.
    pub change_rms: f32,
}

/// Where a search stands; it can be written down and gone on with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Changes tried so far.
    pub tries: usize,
    /// What was switched on.
    pub covered: Covered,
    /// Unchanged inputs that were looked at; all are, before the first change.
    #[serde(default)]
    pub seen: usize,
    /// What the unchanged inputs switch on, as a part of all neurons.
    pub begun: f64,
    /// Those of it that break the claim.
    pub found: Vec<Found>,
    /// Tries that could not be judged, since nothing is promised.
    pub skipped: usize,
    /// After which tries more neurons were on, and what part of all.
    #[serde(default)]
    pub growth: Vec<(usize, f64)>,
    /// Changed inputs that are worth changing further, the next one last.
    open: Vec<(usize, Stack)>,
    /// Transforms that led somewhere.
    queue: VecDeque<TransformSpec>,
    /// Tries in vain with the input that is worked on.
    vain: usize,
}

/// What is searched.
pub struct Search<'a> {
    /// Transforms that a change may name.
    pub catalog: &'a Catalog,
    /// The inputs.
    pub inputs: &'a [RecordedInput],
    /// The model, run by the built-in runtime for its neurons.
    pub model: &'a Model,
    /// What must hold.
    pub oracle: &'a OracleSpec,
    /// Fixes all chance.
    pub seed: u64,
}

/// Why a search cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The model, an input or the claim.
    #[error("{0}")]
    Problem(String),
    /// Somebody asked it to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Search<'_> {
    fn choices(&self) -> Vec<&'static TransformKind> {
        chance::choices(self.model.medium())
    }

    /// An input by its position, which may come from a file that somebody has edited.
    fn read(&self, at: usize) -> Result<Input, SearchError> {
        let source = self.inputs.get(at);
        let source = source.ok_or_else(|| SearchError::Problem("there is nothing to change".to_owned()))?;
        source.input().map_err(|err| SearchError::Problem(err.to_string()))
    }

    /// The claim about one change of an input; what is known of the unchanged input need not be asked again.
    fn judged(
        &self,
        at: usize,
        (input, changed): (&Input, Input),
        change: &Stack,
        before: Option<&Prediction>,
    ) -> Result<Judged, SearchError> {
        let change_rms = change_size(input, &changed);
        let outcome = judge_applied(self.catalog, self.model, input, changed, change, self.oracle, before)
            .map_err(|err| SearchError::Problem(err.to_string()))?;
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

    /// Goes on until so many changes were tried. The unchanged inputs come first. `keep` is given the
    /// state after each, to show it or to write it down.
    pub fn guided(
        &self,
        tries: usize,
        state: &mut State,
        progress: &Progress,
        mut keep: impl FnMut(&State) -> Result<(), String>,
    ) -> Result<(), SearchError> {
        let problem = |err: String| SearchError::Problem(err);
        let choices = self.choices();
        let (Some(_), false) = (self.inputs.first(), choices.is_empty()) else {
            return Err(problem("there is nothing to change".to_owned()));
        };
        let neurons = Neurons::new(self.model, &self.read(0)?).map_err(problem)?;
        progress.begin((self.inputs.len() + tries) as u64);
        progress.reach((state.seen + state.tries) as u64)?;
        while state.seen < self.inputs.len() {
            state.covered.add(&neurons.means(&self.read(state.seen)?).map_err(problem)?, THRESHOLD);
            state.seen += 1;
            state.begun = state.covered.share();
            keep(state).map_err(problem)?;
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
                chance::moderate(kind, &mut rng)
            };
            let first = state.queue.pop_front().unwrap_or_else(&mut fresh);
            change.transforms.extend([first, fresh()]);
            let added = change.transforms.get(base.transforms.len()..).unwrap_or_default().to_vec();
            let input = self.read(at)?;
            let changed =
                stack::apply(self.catalog, &change, &input).map_err(|err| problem(err.to_string()))?;
            let new = state.covered.add(&neurons.means(&changed).map_err(problem)?, THRESHOLD);
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
            keep(state).map_err(problem)?;
            progress.step()?;
        }
        Ok(())
    }

    /// Goes on with changes by chance alone, until so many were tried: two transforms of an input, as a guided try begins.
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
            return Err(SearchError::Problem("there is nothing to change".to_owned()));
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
                change.transforms.push(chance::moderate(kind, &mut rng));
            }
            let input = self.read(at)?;
            let changed = stack::apply(self.catalog, &change, &input)
                .map_err(|err| SearchError::Problem(err.to_string()))?;
            self.judged(at, (&input, changed), &change, None)
        };
        in_order(tries.saturating_sub(done), threads, one, |_, tried| {
            state.take(tried?);
            keep(state);
            Ok(progress.step()?)
        })
    }
}

/// What came of one try.
struct Judged {
    found: Option<Found>,
    skipped: bool,
    /// The answer about the unchanged input.
    before: Prediction,
}

impl State {
    /// Counts a try.
    fn take(&mut self, judged: Judged) {
        self.tries += 1;
        self.skipped += usize::from(judged.skipped);
        self.found.extend(judged.found.map(|found| Found { tried: self.tries, ..found }));
    }

    /// How many inputs broke at least once.
    pub fn inputs(&self) -> usize {
        self.found.iter().map(|found| found.input).collect::<BTreeSet<_>>().len()
    }
}
