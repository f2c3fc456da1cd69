//! Errors of a model against the human driver over a whole sweep: the map of Tian et al.,
//! "`DeepTest`", ICSE 2018, of the errors counted for each lambda and epsilon.

use serde::{Deserialize, Serialize};

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::claims::spec;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::inference::model::Model;
use crate::search::sweep::result::UnitResult;

/// Multiples of the usual error: 1 to 10.
pub const LAMBDAS: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
/// Largest differences from the usual error at which a variant counts: 0.01 to 0.05.
pub const EPSILONS: [f64; 5] = [0.01, 0.02, 0.03, 0.04, 0.05];

/// Squared errors of one model in the order of the inputs, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    originals: Vec<f64>,
    /// By variant.
    changed: Vec<Vec<f64>>,
}

/// Errors counted by lambda and epsilon.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorMap {
    /// The mean squared error about the original inputs.
    pub usual: f64,
    /// For each of [`EPSILONS`] and each of [`LAMBDAS`] the number of predictions that err more than lambda times the usual error, of
    /// variants whose mean squared error is within epsilon of the usual one.
    pub counts: Vec<Vec<usize>>,
    /// For each of [`EPSILONS`] the number of predictions of such variants.
    pub answers: Vec<usize>,
}

impl Errors {
    /// Nothing yet, of so many variants.
    pub fn new(variants: usize) -> Self {
        Self { originals: Vec::new(), changed: vec![Vec::new(); variants] }
    }

    /// Take in the result of one input with one model.
    pub fn add(&mut self, result: &UnitResult, model: usize, input: &RecordedInput) {
        let Some(human) = input.human else { return };
        let before = result.values.get(model).copied().flatten();
        self.originals.extend(before.map(|value| squared_error(human, value)));
        for cell in result.cells.iter().filter(|cell| cell.model == model) {
            if let (Some(value), Some(errors)) = (cell.value, self.changed.get_mut(cell.variant)) {
                errors.push(squared_error(human, value));
            }
        }
    }

    /// Appends the errors of inputs that come after these: sums depend on the order.
    pub fn append(&mut self, mut later: Self) {
        self.originals.append(&mut later.originals);
        for (errors, more) in self.changed.iter_mut().zip(&mut later.changed) {
            errors.append(more);
        }
    }

    /// The map; none if no human value is known.
    pub fn map(&self) -> Option<ErrorMap> {
        let usual = mean(&self.originals)?;
        let near: Vec<(f64, &Vec<f64>)> =
            self.changed.iter().filter_map(|errors| Some(((mean(errors)? - usual).abs(), errors))).collect();
        let counted = |epsilon: f64| near.iter().filter(move |(apart, _)| *apart <= epsilon).map(|(_, e)| *e);
        let count = |lambda: f64, epsilon: f64| {
            counted(epsilon).flatten().filter(|error| **error > lambda * usual).count()
        };
        Some(ErrorMap {
            usual,
            counts: EPSILONS.map(|epsilon| LAMBDAS.map(|lambda| count(lambda, epsilon)).to_vec()).to_vec(),
            answers: EPSILONS.map(|epsilon| counted(epsilon).map(Vec::len).sum()).to_vec(),
        })
    }
}

/// The mean squared error of a model on original inputs with a known human value; none if there are none.
///
/// Summed in the order of the inputs, so that it is the same on every number of threads. It is a property of all inputs of a
/// sweep: shards get the one of the whole.
pub fn usual_error(
    inputs: &[RecordedInput],
    model: &Model,
    name: &str,
    threads: usize,
    progress: &Progress,
) -> Result<Option<f64>, Cancelled> {
    progress.begin(inputs.len() as u64);
    let mut errors = Vec::new();
    let error = |at: usize| {
        let input = inputs.get(at)?;
        let human = input.human?;
        let value = model.run(&input.input().ok()?).ok()?.quantity(name)?;
        Some(squared_error(human, value))
    };
    in_order(inputs.len(), threads, error, |_, error| {
        errors.extend(error);
        progress.step()
    })?;
    Ok(mean(&errors))
}

fn squared_error(human: f64, value: f64) -> f64 {
    (human - value) * (human - value)
}

fn mean(errors: &[f64]) -> Option<f64> {
    (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64)
}

/// The claim for one input: the human value there is part of it.
pub(super) fn about(oracle: &ClaimSpec, input: &RecordedInput) -> Option<ClaimSpec> {
    let (human, param) = (input.human?, spec::human(oracle)?.value);
    let mut oracle = ClaimSpec { assume_same: true, ..oracle.clone() };
    oracle.params.insert(param.id, human);
    Some(oracle)
}
