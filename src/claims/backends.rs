//! Claims about running a model: all backends give the same prediction, and every run gives the same one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::params::ParamSpec;
use crate::claims::differential::along::Tolerance;
use crate::claims::differential::{compare, repeated};
use crate::claims::judge::ClaimKind;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::inference::model::Model;
use crate::inference::{BACKENDS, ModelError, backend};

const ABSOLUTE: ParamSpec = ParamSpec::setting("atol", "Max. difference", "", [0.0, 1.0], 1e-4);
const RELATIVE: ParamSpec =
    ParamSpec::setting("rtol", "Relative difference", "of the value", [0.0, 1.0], 1e-4);
const RUNS: ParamSpec = ParamSpec {
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

/// The outputs of the graph are equal on other backends: those that the claim names, or all that are available.
pub const SAME_ON_BACKENDS: ClaimKind = ClaimKind {
    id: "same_on_backends",
    title: "Same on all backends",
    params: &[ABSOLUTE, RELATIVE, RUNS],
    about: Task::ALL,
    subject: Subject::None,
    relation: false,
};

/// Repeated runs of the model give the same outputs to the last bit, or within the tolerance.
pub const DETERMINISTIC: ClaimKind = ClaimKind {
    id: "deterministic",
    title: "Deterministic",
    params: &[RUNS, EXACT],
    about: Task::ALL,
    subject: Subject::None,
    relation: false,
};

/// Both claims.
pub const CLAIMS: [ClaimKind; 2] = [SAME_ON_BACKENDS, DETERMINISTIC];

/// The model on another backend, loaded once.
fn other(model: &Model, id: &str) -> Result<Arc<Model>, ModelError> {
    type Known = BTreeMap<(PathBuf, String, String), Arc<Model>>;
    static LOADED: Mutex<Known> = Mutex::new(BTreeMap::new());
    let key = (model.path.clone(), model.identity(), id.to_owned());
    let mut known = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    // The card may have been corrected since.
    if let Some(loaded) = known.get(&key).filter(|loaded| loaded.card == model.card) {
        return Ok(Arc::clone(loaded));
    }
    let loaded = Arc::new(Model::load_with(&model.path, Some(model.card.clone()), backend(id)?, 1)?);
    known.insert(key, Arc::clone(&loaded));
    Ok(loaded)
}

/// Backends named in a claim, separated by blanks; if it names none, all available ones except the model's own.
fn others(oracle: &OracleSpec, model: &Model) -> Vec<String> {
    let named: Vec<String> =
        oracle.expression.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if !named.is_empty() {
        return named;
    }
    let here = BACKENDS.iter().filter(|kind| kind.id != model.backend.id && (kind.status)().is_ok());
    here.map(|kind| kind.id.to_owned()).collect()
}

/// An error if the claim is incomplete.
pub fn check(oracle: &OracleSpec) -> Result<(), String> {
    let named = oracle.expression.as_deref().unwrap_or_default().split_whitespace();
    named.into_iter().try_for_each(|id| backend(id).map(drop).map_err(|err| err.to_string()))
}

/// Judges one of [`CLAIMS`] about an input.
pub fn judge(model: &Model, input: &Input, oracle: &OracleSpec) -> Result<Verdict, ModelError> {
    let runs = oracle.params.value(&RUNS).round().max(2.0) as usize;
    if oracle.claim == DETERMINISTIC.id {
        let found = repeated(model, input, runs)?;
        let allowed = oracle.params.value(&EXACT);
        return Ok(if found.most > allowed {
            Verdict::Fail { why: format!("in {runs} runs the outputs differ by up to {:.2e}", found.most) }
        } else {
            Verdict::Pass
        });
    }
    let tolerance = Tolerance {
        absolute: oracle.params.value(&ABSOLUTE),
        relative: oracle.params.value(&RELATIVE),
        runs,
    };
    let names = others(oracle, model);
    if names.is_empty() {
        let why = "no other backend is installed, see `hardcase doctor`".to_owned();
        return Ok(Verdict::Skip { why });
    }
    let prepared = model.prepared(input)?;
    let own = model.outputs(&prepared)?;
    for name in names {
        let there = match other(model, &name) {
            Ok(there) => there,
            Err(err) => return Ok(Verdict::Skip { why: format!("{name}: {err}") }),
        };
        let found = compare(&own, &there.outputs(&prepared)?);
        // Noise only widens the tolerance, so it is measured only if there is a difference.
        let differs = tolerance.is_exceeded(&found, [0.0; 2]) && {
            let noise = [repeated(model, input, runs)?.most, repeated(&there, input, runs)?.most];
            tolerance.is_exceeded(&found, noise)
        };
        if differs {
            let flip = if found.flipped { ", the top class changes" } else { "" };
            let why = format!(
                "{} and {} differ by up to {:.2e} (relative {:.2e}){flip}, D_CLASS {:.0}",
                model.backend.id, name, found.apart.most, found.apart.most_relative, found.class
            );
            return Ok(Verdict::Fail { why });
        }
    }
    Ok(Verdict::Pass)
}
