//! Distance-based surprise adequacy.

use std::collections::BTreeMap;

use crate::base::params::Params;
use crate::metrics::neighbors::{Vectors, nearest_within};
use crate::metrics::numerics::linear::squared_distance;
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::surprise::bounds::Bounds;
use crate::metrics::surprise::{Fitted, Scorer, SurpriseKind};

/// Ratio of the distances within and between classes.
pub static KIND: SurpriseKind = SurpriseKind {
    id: "dsa",
    title: "Distance-based surprise",
    meaning: "distance to the nearest reference input a with the same predicted class, divided by the distance from a to the \
              nearest reference input of any other class",
    source: "Kim, Feldt, Yoo, ICSE 2019",
    params: &[],
    upper: 2.0,
    fit,
};

struct Ratio {
    vectors: Vectors,
    classes: Vec<usize>,
}

fn fit(reference: &Observed, _: &Params) -> Result<Fitted, ReferenceError> {
    if reference.count() < 2 {
        return Err(ReferenceError::TooFew { found: reference.count(), needed: 2 });
    }
    if reference.probabilities.is_empty() {
        return Err(ReferenceError::NoClasses);
    }
    if reference.by_class().len() < 2 {
        return Err(ReferenceError::OneClass { found: reference.count() });
    }
    let scorer = Ratio { vectors: reference.features.clone(), classes: reference.classes.clone() };
    let about =
        "the second distance is that from the nearest input of the same class, not from the input itself";
    Ok(Fitted { about: vec![about.to_owned()], problems: Vec::new(), scorer: Box::new(scorer) })
}

impl Scorer for Ratio {
    fn scores(&self, asked: &Observed, threads: usize) -> Vec<Option<f64>> {
        ratios(&self.vectors, &self.classes, &asked.features, &asked.classes, threads)
    }
}

/// The distance of each vector to the nearest known one of its class, divided by the distance from that one to the nearest of any
/// other class.
///
/// `classes` and `own` are the classes of `known` and `asked`; `None` without a reference. Blocks.
pub fn ratios(
    known: &Vectors,
    classes: &[usize],
    asked: &Vectors,
    own: &[usize],
    threads: usize,
) -> Vec<Option<f64>> {
    // Known vectors class by class, so that a class is a range of positions.
    let mut order: Vec<usize> = (0..known.count()).collect();
    order.sort_by_key(|at| classes[*at]);
    let sorted = known.gathered(&order);
    let place = |class: usize| order.partition_point(|at| classes[*at] < class);
    let bounds = Bounds::new(&sorted);
    let mut found = vec![None; asked.count()];
    let mut there: Vec<usize> = own.to_vec();
    there.sort_unstable();
    there.dedup();
    for class in there {
        let same = place(class)..place(class + 1);
        let others = [0..same.start, same.end..known.count()];
        let rows: Vec<usize> = (0..asked.count()).filter(|at| own[*at] == class).collect();
        let near = nearest_within(&sorted, std::slice::from_ref(&same), &asked.gathered(&rows), 1, threads);
        let near: Vec<Option<usize>> = near.iter().map(|near| near.first().map(|near| near.at)).collect();
        // Many inputs share their nearest one; its way to the other classes is measured once.
        let mut anchors: Vec<usize> = near.iter().flatten().copied().collect();
        anchors.sort_unstable();
        anchors.dedup();
        let across = bounds.nearest(&others, &anchors, threads);
        let across: BTreeMap<usize, usize> =
            anchors.iter().zip(across).filter_map(|(anchor, across)| Some((*anchor, across?))).collect();
        for (row, near) in rows.iter().zip(near) {
            let Some(anchor) = near else { continue };
            let Some(beyond) = across.get(&anchor) else { continue };
            let within = squared_distance(asked.at(*row), sorted.at(anchor)).sqrt();
            let between = squared_distance(sorted.at(anchor), sorted.at(*beyond)).sqrt();
            found[*row] = (between > 0.0).then(|| within / between);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surprise_is_the_ratio_of_both_distances() {
        let known = Vectors::new(1, &[0.0, 1.0, 10.0, 14.0]);
        let asked = Vectors::new(1, &[3.0, 12.0]);
        let found = ratios(&known, &[0, 0, 1, 1], &asked, &[0, 1], 1);
        // From 3 to 1 is 2, from 1 to 10 is 9; from 12 to 10 is 2, from 10 to 1 is 9.
        assert_eq!(found, [Some(2.0 / 9.0), Some(2.0 / 9.0)]);
        assert_eq!(ratios(&known, &[0; 4], &asked, &[0, 0], 1), [None, None], "nothing of another class");
    }
}
