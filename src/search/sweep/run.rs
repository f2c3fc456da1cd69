//! Run of a sweep: every core decodes, transforms, predicts and evaluates; results come back in the order of the inputs
//! and are handed on at once, so memory does not grow with the sweep.

use std::collections::BTreeSet;

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::claims::judge::{self, JudgeError};
use crate::claims::{self, spec};
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::{Expected, Prediction};
use crate::inference::model::Model;
use crate::search::NotKept;
use crate::search::sweep::errors;
use crate::search::sweep::objects::fared;
use crate::search::sweep::plan::Variant;
use crate::search::sweep::result::{Cell, UnitResult};
use crate::search::sweep::size::change_size;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;
use crate::transforms::steps::Steps;

/// Validation of transformed inputs.
#[derive(Clone, Copy)]
pub struct Validation<'a> {
    /// Threshold of the reference set.
    pub limit: f64,
    /// The score of an input, higher is stranger, and true if it is above its threshold; none where it cannot be had.
    pub score: &'a (dyn Fn(&Input) -> Option<(f64, bool)> + Sync),
}

/// Subject of a sweep.
#[derive(Clone, Copy)]
pub struct Sweep<'a> {
    /// Transforms that the variants may name.
    pub catalog: &'a Catalog,
    /// The inputs.
    pub inputs: &'a [RecordedInput],
    /// Variants to run on each input.
    pub variants: &'a [Variant],
    /// The models.
    pub models: &'a [&'a Model],
    /// The expectation.
    pub oracle: &'a ClaimSpec,
    /// Validation of the transformed inputs, if that is asked for.
    pub validation: Option<Validation<'a>>,
    /// Number of inputs processed concurrently.
    pub threads: usize,
}

/// Reason why a sweep stopped.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A variant cannot be evaluated at all.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The sweep was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Results could not be saved.
    #[error("{source}")]
    Keep {
        /// Error of the caller.
        source: NotKept,
    },
}

/// Process every input that is not `done` yet and hand each result to `keep`, in the order of the inputs.
///
/// The same sweep gives the same results in the same order on every number of threads.
pub fn run(
    sweep: &Sweep<'_>,
    done: &BTreeSet<usize>,
    progress: &Progress,
    mut keep: impl FnMut(UnitResult) -> Result<(), NotKept>,
) -> Result<(), SweepError> {
    spec::check(sweep.oracle).map_err(JudgeError::from)?;
    for variant in sweep.variants {
        stack::check(sweep.catalog, &variant.stack).map_err(JudgeError::from)?;
    }
    let open: Vec<usize> = (0..sweep.inputs.len()).filter(|input| !done.contains(input)).collect();
    progress.begin(sweep.inputs.len() as u64);
    progress.reach((sweep.inputs.len() - open.len()) as u64)?;
    in_order(
        open.len(),
        sweep.threads,
        |at| unit(sweep, open[at], progress),
        |_, result| {
            // An input that was left in the middle is not a result.
            progress.check()?;
            keep(result?).map_err(|source| SweepError::Keep { source })?;
            progress.step()?;
            Ok(())
        },
    )
}

fn unit(sweep: &Sweep<'_>, input: usize, progress: &Progress) -> Result<UnitResult, JudgeError> {
    let mut result = UnitResult {
        input,
        classes: Vec::new(),
        before: Vec::new(),
        values: Vec::new(),
        cells: Vec::new(),
        problem: String::new(),
    };
    let Some(place) = sweep.inputs.get(input) else { return Ok(result) };
    let given = match place.input() {
        Ok(input) => input,
        Err(err) => {
            result.problem = err.to_string();
            return Ok(result);
        }
    };
    let mut answers = Vec::with_capacity(sweep.models.len());
    for model in sweep.models {
        let before = match model.run(&given) {
            Ok(before) => before,
            Err(err) => {
                result.problem = err.to_string();
                result.classes.clear();
                result.before.clear();
                result.values.clear();
                return Ok(result);
            }
        };
        result.classes.push(before.best().map(|(class, _)| class.to_owned()).unwrap_or_default());
        result.before.push(before.summary());
        result.values.push(sweep.oracle.class.as_deref().and_then(|name| before.quantity(name)));
        answers.push(before);
    }
    let own = errors::about(sweep.oracle, place);
    let oracle = own.as_ref().unwrap_or(sweep.oracle);
    let mut steps = Steps::new(given.clone());
    for (number, variant) in sweep.variants.iter().enumerate() {
        if progress.cancelled() {
            return Ok(result);
        }
        let changed = steps.apply(sweep.catalog, &variant.stack)?;
        let change_rms = change_size(&given, &changed);
        let validity = sweep.validation.and_then(|validation| (validation.score)(&changed));
        for (model, before) in answers.iter().enumerate() {
            let cell = cell(sweep, oracle, model, (&given, &changed), before, &variant.stack)?;
            let (validity, strange) =
                (validity.map(|(score, _)| score), validity.is_some_and(|(_, strange)| strange));
            result.cells.push(Cell { model, variant: number, change_rms, validity, strange, ..cell });
        }
    }
    // Models before variants: that is how the results are read.
    result.cells.sort_by_key(|cell| (cell.model, cell.variant));
    Ok(result)
}

fn cell(
    sweep: &Sweep<'_>,
    oracle: &ClaimSpec,
    model: usize,
    (input, changed): (&Input, &Input),
    before: &Prediction,
    change: &Stack,
) -> Result<Cell, JudgeError> {
    let blank = |verdict: Verdict| Cell {
        model,
        variant: 0,
        verdict,
        margin: None,
        confidence: None,
        change_rms: 0.0,
        answer: String::new(),
        value: None,
        validity: None,
        strange: false,
        objects: Vec::new(),
    };
    // What the transforms promise is known before the model is asked, which is what takes long.
    if let Expected::Unknown(why) = stack::expected(sweep.catalog, change, before, input.size())?
        && !oracle.assume_same
        && claims::kind(&oracle.claim).is_some_and(claims::ClaimKind::compares)
    {
        return Ok(blank(Verdict::Skip { why }));
    }
    match judge::judge_changed(sweep.catalog, sweep.models[model], input, changed, change, oracle, before) {
        Ok(judged) => Ok(Cell {
            margin: judged.judgment.margin,
            confidence: judged.confidence,
            answer: judged.after.summary(),
            value: oracle.class.as_deref().and_then(|name| judged.after.quantity(name)),
            objects: fared(oracle, before, &judged.expected, &judged.after),
            ..blank(judged.judgment.verdict)
        }),
        // One input that a model fails on with an error does not end the sweep.
        Err(JudgeError::Model(err)) => Ok(blank(Verdict::Skip { why: err.to_string() })),
        Err(err) => Err(err),
    }
}
