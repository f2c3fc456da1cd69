//! Claims about how a model is run: every way gives the same prediction, and one way always gives the same.

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

const ABSOLUTE: ParamSpec = ParamSpec::setting("atol", "Largest difference", "", [0.0, 1.0], 1e-4);
const RELATIVE: ParamSpec = ParamSpec::setting("rtol", "as a part", "of the numbers", [0.0, 1.0], 1e-4);
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
const EXACT: ParamSpec = ParamSpec::setting("atol", "Largest difference", "", [0.0, 1.0], 0.0);

/// The numbers of the graph are the same on other backends: those that its words name, or all that are here.
pub const SAME_ON_BACKENDS: ClaimKind = ClaimKind {
    id: "same_on_backends",
    title: "Same on every backend",
    params: &[ABSOLUTE, RELATIVE, RUNS],
    about: Task::ALL,
    subject: Subject::None,
    relation: false,
};

/// Asked again, the model gives the same numbers to the last bit, or as far as the tolerance allows.
pub const DETERMINISTIC: ClaimKind = ClaimKind {
    id: "deterministic",
    title: "Same when asked again",
    params: &[RUNS, EXACT],
    about: Task::ALL,
    subject: Subject::None,
    relation: false,
};

/// Both.
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

/// Backends that a claim names, separated by blanks; those that are here and are not the model's own when it names none.
fn others(oracle: &OracleSpec, model: &Model) -> Vec<String> {
    let named: Vec<String> =
        oracle.expression.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if !named.is_empty() {
        return named;
    }
    let here = BACKENDS.iter().filter(|kind| kind.id != model.backend.id && (kind.status)().is_ok());
    here.map(|kind| kind.id.to_owned()).collect()
}

/// Whether such a claim says enough.
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
            Verdict::Fail {
                why: format!("asked {runs} times, the numbers differ by up to {:.2e}", found.most),
            }
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
        let why = "no other backend is installed here, see `hardcase doctor`".to_owned();
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
        // Noise only widens what is allowed, so it is looked for where something seems to differ.
        let differs = tolerance.is_exceeded(&found, [0.0; 2]) && {
            let noise = [repeated(model, input, runs)?.most, repeated(&there, input, runs)?.most];
            tolerance.is_exceeded(&found, noise)
        };
        if differs {
            let flip = if found.flipped { ", the best class is another" } else { "" };
            let why = format!(
                "{} and {} differ by up to {:.2e} (relative {:.2e}){flip}, D_CLASS {:.0}",
                model.backend.id, name, found.apart.most, found.apart.most_relative, found.class
            );
            return Ok(Verdict::Fail { why });
        }
    }
    Ok(Verdict::Pass)
}
