//! The model gives the same numbers again.

use crate::base::params::ParamSpec;
use crate::claims::differential::repeated;
use crate::claims::judgment::Judgment;
use crate::claims::{ClaimKind, Judge, RunClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::inference::ModelError;
use crate::inference::model::Model;

/// Repeated runs of the model give the same outputs to the last bit, or within the tolerance.
pub static KIND: ClaimKind = ClaimKind {
    id: "deterministic",
    title: "Deterministic",
    summary: "The model gives the same numbers each time it is run on an input",
    margin: "allowed difference minus largest difference of the numbers",
    params: &[RUNS, EXACT],
    about: Task::ALL,
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Run(|oracle| {
        let runs = oracle.params.value(&RUNS).round().max(2.0) as usize;
        Ok(Box::new(Deterministic { runs, allowed: oracle.params.value(&EXACT) }))
    }),
};

/// Runs of the model on one input.
pub(super) const RUNS: ParamSpec = ParamSpec {
    id: "runs",
    title: "Runs",
    unit: "",
    min: 2.0,
    max: 100.0,
    neutral: 5.0,
    initial: 5.0,
    step: 1.0,
};
const EXACT: ParamSpec = ParamSpec::setting("atol", "Max. difference", "", [0.0, 1.0], 0.0);

struct Deterministic {
    runs: usize,
    allowed: f64,
}

impl RunClaim for Deterministic {
    fn judge(&self, model: &Model, input: &Input) -> Result<Judgment, ModelError> {
        let most = repeated(model, input, self.runs)?.most;
        let margin = self.allowed - most;
        Ok(if most > self.allowed {
            let why = format!("asked {} times, the numbers differ by up to {most:.2e}", self.runs);
            Judgment::fail(margin, why)
        } else {
            Judgment::pass(margin)
        })
    }
}
