//! Input validation of `DeepRoad`: distances after a principal component analysis.

use crate::base::parallel::in_order;
use crate::base::params::{ParamSpec, Params};
use crate::metrics::numerics::linear::Components;
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::validity::{Fitted, Rule, Scorer, ValidityKind};

const COMPONENTS: ParamSpec = ParamSpec::setting("components", "Principal components", "", [1.0, 64.0], 3.0);
const NEIGHBORS: ParamSpec =
    ParamSpec::setting("k", "Nearest reference inputs; 0: a sixth of them", "", [0.0, 1e6], 0.0);

/// Part of the reference set whose distances are averaged.
const PART: usize = 6;
/// Smallest reference set.
const LEAST: usize = 6;

/// Mean distance to the nearest reference inputs along the principal components.
pub static KIND: ValidityKind = ValidityKind {
    id: "deeproad",
    title: "DeepRoad input validation",
    meaning: "mean Euclidean distance to the k nearest reference inputs along the first principal components of the content layer, \
              and of its Gram matrix with --style",
    source: "Zhang et al., DeepRoad, ASE 2018; as rebuilt by Stocco et al., ICSE 2020",
    params: &[COMPONENTS, NEIGHBORS],
    inside: true,
    rule: Rule::Gamma,
    fit,
};

struct Projected {
    components: Components,
    points: Vec<Vec<f64>>,
    neighbors: usize,
}

fn fit(reference: &Observed, params: &Params, threads: usize) -> Result<Fitted, ReferenceError> {
    let count = reference.count();
    if count < LEAST {
        return Err(ReferenceError::TooFew { found: count, needed: LEAST });
    }
    let asked = params.value(&NEIGHBORS).round() as usize;
    let neighbors = if asked > 0 { asked } else { count / PART }.min(count - 1);
    let components = Components::new(&reference.content, params.value(&COMPONENTS).round() as usize);
    let points: Vec<Vec<f64>> = (0..count).map(|at| components.project(reference.content.at(at))).collect();
    let fitted = Projected { components, points, neighbors };
    let all: Vec<usize> = (0..count).collect();
    let own = ordered(&all, threads, |at| fitted.mean_distance(&fitted.points[at], Some(at)));
    if own.iter().all(|score| *score <= 0.0) {
        return Err(ReferenceError::Constant);
    }
    let about = format!(
        "{} principal components of {} numbers, mean distance to the {neighbors} nearest of {count}",
        params.value(&COMPONENTS).round(),
        reference.content.length()
    );
    Ok(Fitted { own, about: vec![about], problems: Vec::new(), scorer: Box::new(fitted) })
}

impl Projected {
    /// Mean distance to the nearest points, one left out.
    fn mean_distance(&self, point: &[f64], without: Option<usize>) -> f64 {
        let far =
            |other: &Vec<f64>| other.iter().zip(point).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let others = self.points.iter().enumerate().filter(|(at, _)| Some(*at) != without);
        let mut distances: Vec<f64> = others.map(|(_, other)| far(other)).collect();
        distances.sort_by(f64::total_cmp);
        distances.iter().take(self.neighbors).sum::<f64>() / self.neighbors.max(1) as f64
    }
}

impl Scorer for Projected {
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>> {
        let all: Vec<usize> = (0..asked.count()).collect();
        ordered(&all, threads, |at| {
            Some(self.mean_distance(&self.components.project(asked.content.at(at)), None))
        })
    }
}

/// The values of a function, in order, computed on several threads.
pub(super) fn ordered<T: Send>(places: &[usize], threads: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut all = Vec::with_capacity(places.len());
    let done = in_order(
        places.len(),
        threads,
        |at| of(places[at]),
        |_, value| {
            all.push(value);
            Ok::<(), std::convert::Infallible>(())
        },
    );
    match done {
        Ok(()) => all,
    }
}
