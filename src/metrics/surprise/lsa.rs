//! Likelihood-based surprise adequacy.

use std::collections::BTreeMap;

use crate::base::parallel::in_order;
use crate::base::params::{ParamSpec, Params};
use crate::base::text::counted;
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::surprise::kde::Density;
use crate::metrics::surprise::{Fitted, Scorer, SurpriseKind};

const MOST: ParamSpec = ParamSpec::setting(
    "most",
    "Neurons of highest variance; 0: as many as the classes allow",
    "",
    [0.0, 4096.0],
    0.0,
);
const VARIANCE: ParamSpec =
    ParamSpec::setting("variance", "Least variance of a neuron in every class", "", [0.0, 1e6], 1e-5);

/// Neurons that a fit uses at most by itself.
const USUAL: usize = 300;
/// Inputs of a class for each neuron that a fit uses by itself.
const FOR_EACH: usize = 2;
/// Inputs of a class from which a density can be estimated.
const LEAST: usize = 3;

/// Minus the logarithm of the density.
pub static KIND: SurpriseKind = SurpriseKind {
    id: "lsa",
    title: "Likelihood-based surprise",
    meaning: "minus the logarithm of the density of the layer's values among those of the reference inputs with the same \
              predicted class, by Gaussian kernels with the bandwidth of Scott and the full covariance; all inputs are one class \
              for a model without classes",
    source: "Kim, Feldt, Yoo, ICSE 2019",
    params: &[MOST, VARIANCE],
    upper: 2000.0,
    fit,
};

struct Densities {
    neurons: Vec<usize>,
    classes: BTreeMap<usize, Density>,
}

fn fit(reference: &Observed, params: &Params) -> Result<Fitted, ReferenceError> {
    if reference.count() < LEAST {
        return Err(ReferenceError::TooFew { found: reference.count(), needed: LEAST });
    }
    let classes = reference.by_class();
    let usable = || classes.iter().filter(|(_, places)| places.len() >= LEAST);
    let mut problems: Vec<String> = classes
        .iter()
        .filter(|(_, places)| places.len() < LEAST)
        .map(|(class, places)| format!("class {class} has only {}", counted(places.len(), "reference input")))
        .collect();
    let all: Vec<usize> = (0..reference.count()).collect();
    let overall = variances(reference, &all);
    let mut kept: Vec<usize> = (0..overall.len()).collect();
    for (_, places) in usable() {
        let own = variances(reference, places);
        kept.retain(|at| own[*at] >= params.value(&VARIANCE));
    }
    let length = reference.features.length();
    if kept.is_empty() {
        return Err(ReferenceError::Constant);
    }
    kept.sort_by(|a, b| overall[*b].total_cmp(&overall[*a]).then(a.cmp(b)));
    let smallest = usable().map(|(_, places)| places.len()).min().unwrap_or(LEAST);
    let asked = params.value(&MOST).round() as usize;
    let most = if asked > 0 { asked } else { USUAL.min(smallest / FOR_EACH).max(1) };
    let varying = kept.len();
    kept.truncate(most);
    let mut densities = BTreeMap::new();
    for (class, places) in usable() {
        let points: Vec<Vec<f64>> =
            places.iter().map(|at| chosen(reference.features.at(*at), &kept)).collect();
        match Density::new(&points) {
            Some(density) => drop(densities.insert(*class, density)),
            None => problems.push(format!(
                "class {class}: the covariance of {} over {} is singular, use fewer neurons (lsa:most=N)",
                counted(kept.len(), "neuron"),
                counted(places.len(), "input")
            )),
        }
    }
    if densities.is_empty() {
        return Err(ReferenceError::NoClass { reasons: problems });
    }
    let about = format!(
        "{} of {} neurons with the highest variance, {} of which vary by {} or more in every class",
        kept.len(),
        length,
        varying,
        params.value(&VARIANCE)
    );
    Ok(Fitted {
        about: vec![about],
        problems,
        scorer: Box::new(Densities { neurons: kept, classes: densities }),
    })
}

/// Variance of each neuron over these inputs, by their number.
fn variances(observed: &Observed, places: &[usize]) -> Vec<f64> {
    let mean = crate::metrics::numerics::linear::mean(&observed.features, places);
    let mut sums = vec![0.0; mean.len()];
    for at in places {
        let values = observed.features.at(*at).iter().zip(&mean);
        sums.iter_mut()
            .zip(values)
            .for_each(|(sum, (value, mean))| *sum += (f64::from(*value) - mean).powi(2));
    }
    sums.into_iter().map(|sum| sum / places.len().max(1) as f64).collect()
}

fn chosen(values: &[f32], neurons: &[usize]) -> Vec<f64> {
    neurons.iter().filter_map(|at| values.get(*at)).map(|value| f64::from(*value)).collect()
}

impl Scorer for Densities {
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>> {
        let mut scores = Vec::with_capacity(asked.count());
        let score = |at: usize| {
            let density = self.classes.get(asked.classes.get(at)?)?;
            Some(-density.log(chosen(asked.features.at(at), &self.neurons)))
        };
        let done = in_order(asked.count(), threads, score, |_, score| {
            scores.push(score);
            Ok::<(), std::convert::Infallible>(())
        });
        match done {
            Ok(()) => scores,
        }
    }
}
