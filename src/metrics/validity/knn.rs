//! Distance to the k-th nearest reference input.

use crate::base::params::{ParamSpec, Params};
use crate::metrics::neighbors::{Vectors, nearest};
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::validity::{Fitted, Rule, Scorer, ValidityKind};

const NEIGHBORS: ParamSpec = ParamSpec::setting("k", "Number of the neighbor", "", [1.0, 10_000.0], 10.0);
const NORMALIZED: ParamSpec =
    ParamSpec::setting("normalized", "Vectors of length 1", ParamSpec::SWITCH, [0.0, 1.0], 1.0);

/// Distance to the k-th nearest.
pub static KIND: ValidityKind = ValidityKind {
    id: "knn",
    title: "Nearest neighbors",
    meaning: "Euclidean distance of the layer's values, scaled to length 1, to the k-th nearest reference input",
    source: "Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, ICML 2022",
    params: &[NEIGHBORS, NORMALIZED],
    inside: true,
    rule: Rule::Gamma,
    fit,
};

#[expect(clippy::struct_field_names, reason = "the number of neighbors")]
struct Neighbors {
    points: Vectors,
    neighbors: usize,
    normalized: bool,
}

fn fit(reference: &Observed, params: &Params, threads: usize) -> Result<Fitted, ReferenceError> {
    let count = reference.count();
    if count < 2 {
        return Err(ReferenceError::TooFew { found: count, needed: 2 });
    }
    let wanted = params.value(&NEIGHBORS).round() as usize;
    let neighbors = wanted.min(count - 1);
    let normalized = params.value(&NORMALIZED) >= 0.5;
    let points = scaled(&reference.features, normalized);
    let near = nearest(&points, &points, neighbors + 1, threads);
    let own: Vec<f64> = near
        .iter()
        .enumerate()
        .filter_map(|(at, near)| near.iter().filter(|one| one.at != at).nth(neighbors - 1))
        .map(|one| f64::from(one.distance))
        .collect();
    if own.iter().all(|score| *score <= 0.0) {
        return Err(ReferenceError::Constant);
    }
    let problems = (neighbors < wanted)
        .then(|| format!("neighbor {neighbors} instead of {wanted}: the reference set has {count} inputs"));
    let about = format!("distance to neighbor {neighbors} of {count}");
    Ok(Fitted {
        own,
        about: vec![about],
        problems: problems.into_iter().collect(),
        scorer: Box::new(Neighbors { points, neighbors, normalized }),
    })
}

/// The vectors, scaled to length 1 if asked for; a vector of zeros stays.
fn scaled(vectors: &Vectors, normalized: bool) -> Vectors {
    if !normalized {
        return vectors.clone();
    }
    let one = |at: usize| {
        let own = vectors.at(at);
        let length = own.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
        own.iter().map(move |value| (f64::from(*value) * scale) as f32)
    };
    let data: Vec<f32> = (0..vectors.count()).flat_map(one).collect();
    Vectors::new(vectors.length(), &data)
}

impl Scorer for Neighbors {
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>> {
        let asked = scaled(&asked.features, self.normalized);
        let near = nearest(&self.points, &asked, self.neighbors, threads);
        near.iter().map(|near| near.last().map(|one| f64::from(one.distance))).collect()
    }
}
