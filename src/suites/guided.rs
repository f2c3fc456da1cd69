//! A search that keeps what switches on new neurons, and a random one of the same budget beside it.
//!
//! The greedy search of Tian, Pei, Jana, Ray, "DeepTest: Automated Testing of Deep-Neural-Network-driven Autonomous Cars", ICSE 2018,
//! algorithm 1: a changed input that covers more is changed further, and transforms that led there are tried again first.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::data::case::OracleSpec;
use crate::data::input::Input;
use crate::data::spec::{Stack, TransformSpec};
use crate::data::verdict::Verdict;
use crate::inference::layers::Neurons;
use crate::inference::model::Model;
use crate::metrics::coverage::{Covered, THRESHOLD};
use crate::suites::judge::judge_applied;
use crate::suites::sweep::run::Source;
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
}

/// Where a search stands; it can be written down and gone on with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Changes tried so far.
    pub tries: usize,
    /// What was switched on.
    pub covered: Covered,
    /// What the unchanged inputs switch on, as a part of all neurons.
    pub begun: f64,
    /// Those of it that break the claim.
    pub found: Vec<Found>,
    /// Tries that could not be judged, since nothing is promised.
    pub skipped: usize,
    /// Changed inputs that are worth changing further, the next one last.
    open: Vec<(usize, Stack)>,
    /// Transforms that led somewhere.
    queue: VecDeque<TransformSpec>,
    /// Tries in vain with the input that is worked on.
    vain: usize,
}

/// What is searched.
pub struct Search<'a> {
    /// The inputs.
    pub inputs: &'a [Source],
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

    fn verdict(&self, input: &Input, changed: Input, change: &Stack) -> Result<Verdict, SearchError> {
        judge_applied(self.model, input, changed, change, self.oracle, None)
            .map(|outcome| outcome.verdict)
            .map_err(|err| SearchError::Problem(err.to_string()))
    }

    /// Goes on until so many changes were tried. `keep` is given the state now and then, to write it down.
    pub fn guided(
        &self,
        tries: usize,
        state: &mut State,
        progress: &Progress,
        mut keep: impl FnMut(&State) -> Result<(), String>,
    ) -> Result<(), SearchError> {
        /// So often the state is written down.
        const OFTEN: usize = 20;
        let problem = |err: String| SearchError::Problem(err);
        let choices = self.choices();
        let (Some(_), false) = (self.inputs.first(), choices.is_empty()) else {
            return Err(problem("there is nothing to change".to_owned()));
        };
        let neurons = Neurons::new(self.model, &self.read(0)?).map_err(problem)?;
        progress.begin(tries as u64);
        if state.tries == 0 && state.open.is_empty() {
            for at in 0..self.inputs.len() {
                state.covered.add(&neurons.means(&self.read(at)?).map_err(problem)?, THRESHOLD);
            }
            state.begun = state.covered.share();
        }
        progress.reach(state.tries as u64)?;
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
            let changed = stack::apply(&change, &input).map_err(|err| problem(err.to_string()))?;
            let new = state.covered.add(&neurons.means(&changed).map_err(problem)?, THRESHOLD);
            match self.verdict(&input, changed, &change)? {
                Verdict::Fail { why } => state.found.push(Found { input: at, stack: change.clone(), why }),
                Verdict::Skip { .. } => state.skipped += 1,
                Verdict::Pass => {}
            }
            if new > 0 {
                state.vain = 0;
                state.queue.extend(added);
                if change.transforms.len() < MOST {
                    state.open.push((at, change));
                }
            } else {
                state.vain += 1;
            }
            state.tries += 1;
            if state.tries.is_multiple_of(OFTEN) || state.tries == tries {
                keep(state).map_err(problem)?;
            }
            progress.reach(state.tries as u64)?;
        }
        Ok(())
    }

    /// As many changes by chance alone: two transforms of an input, as a guided try begins.
    pub fn random(&self, tries: usize, threads: usize, progress: &Progress) -> Result<State, SearchError> {
        let choices = self.choices();
        if choices.is_empty() {
            return Err(SearchError::Problem("there is nothing to change".to_owned()));
        }
        let mut state = State::default();
        progress.begin(tries as u64);
        let one = |number: usize| -> Result<(usize, Stack, Verdict), SearchError> {
            let mut rng = Rng::split(self.seed ^ u64::MAX, number as u64);
            let at = (rng.bits() % self.inputs.len().max(1) as u64) as usize;
            let mut change = Stack { seed: self.seed, ..Stack::default() };
            for _ in 0..2 {
                let kind = choices[(rng.bits() % choices.len() as u64) as usize];
                change.transforms.push(chance::moderate(kind, &mut rng));
            }
            let input = self.read(at)?;
            let changed =
                stack::apply(&change, &input).map_err(|err| SearchError::Problem(err.to_string()))?;
            let verdict = self.verdict(&input, changed, &change)?;
            Ok((at, change, verdict))
        };
        in_order(tries, threads, one, |_, tried| {
            let (input, stack, verdict) = tried?;
            match verdict {
                Verdict::Fail { why } => state.found.push(Found { input, stack, why }),
                Verdict::Skip { .. } => state.skipped += 1,
                Verdict::Pass => {}
            }
            state.tries += 1;
            Ok::<(), SearchError>(progress.step()?)
        })?;
        Ok(state)
    }
}
