//! The numbers of the graph are the same on every backend.

use crate::base::params::ParamSpec;
use crate::claims::deterministic::RUNS;
use crate::claims::differential::along::Tolerance;
use crate::claims::differential::{compare, repeated};
use crate::claims::judgment::Judgment;
use crate::claims::{ClaimKind, Judge, RunClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::inference::{BACKENDS, ModelError};

/// The outputs of the graph are equal on other backends: those that the claim names, or all that are available.
pub static KIND: ClaimKind = ClaimKind {
    id: "same_on_backends",
    title: "Same on all backends",
    summary: "Other backends give the same numbers, within a tolerance",
    // Absolute and relative differences and changed rankings have no common unit.
    margin: "",
    params: &[ABSOLUTE, RELATIVE, RUNS],
    about: Task::ALL,
    subject: Subject::None,
    text: Text::Backends,
    human: None,
    reach: None,
    judge: Judge::Run(|oracle| {
        let names = oracle.expression.as_deref().unwrap_or_default().split_whitespace();
        let named = names.map(Backend::named).collect::<Result<_, _>>()?;
        let tolerance = Tolerance {
            absolute: oracle.params.value(&ABSOLUTE),
            relative: oracle.params.value(&RELATIVE),
            runs: oracle.params.value(&RUNS).round().max(2.0) as usize,
        };
        Ok(Box::new(SameOnBackends { named, tolerance }))
    }),
};

const ABSOLUTE: ParamSpec = ParamSpec::setting("atol", "Max. difference", "", [0.0, 1.0], 1e-4);
const RELATIVE: ParamSpec = ParamSpec::setting("rtol", "as a part", "of the numbers", [0.0, 1.0], 1e-4);

struct SameOnBackends {
    named: Vec<Backend>,
    tolerance: Tolerance,
}

impl SameOnBackends {
    /// Backends that the claim names; those that are here and are not the model's own when it names none.
    fn others(&self, model: &Model) -> Vec<Backend> {
        if !self.named.is_empty() {
            return self.named.clone();
        }
        let here = BACKENDS.iter().filter(|kind| kind.id != model.backend.id && (kind.status)().is_ok());
        here.map(|kind| Backend::from(*kind)).collect()
    }
}

impl RunClaim for SameOnBackends {
    fn judge(&self, model: &Model, input: &Input) -> Result<Judgment, ModelError> {
        let others = self.others(model);
        if others.is_empty() {
            return Ok(Judgment::skip("no other backend is installed, see `hardcase doctor`"));
        }
        let prepared = model.prepared(input)?;
        let own = model.outputs(&prepared)?;
        for backend in others {
            let there = match model.on(&backend) {
                Ok(there) => there,
                Err(err) => return Ok(Judgment::skip(format!("{}: {err}", backend.id))),
            };
            let found = compare(&own, &there.outputs(&prepared)?);
            // Noise only widens the tolerance, so it is measured only if there is a difference.
            let differs = self.tolerance.is_exceeded(&found, [0.0; 2]) && {
                let runs = self.tolerance.runs;
                let noise = [repeated(model, input, runs)?.most, repeated(&there, input, runs)?.most];
                self.tolerance.is_exceeded(&found, noise)
            };
            if differs {
                let flip = if found.flipped { ", the top class changes" } else { "" };
                let why = format!(
                    "{} and {} differ by up to {:.2e} (relative {:.2e}){flip}, D_CLASS {:.0}",
                    model.backend.id, backend.id, found.apart.most, found.apart.most_relative, found.class
                );
                return Ok(Judgment { verdict: Verdict::Fail { why }, margin: None });
            }
        }
        Ok(Judgment { verdict: Verdict::Pass, margin: None })
    }
}
