//! Matching of objects before and after a transform.

use crate::base::params::{ParamSpec, Params};
use crate::data::geometry::objects::{Detection, IOU};

/// Minimum score.
pub(crate) const MIN_SCORE: ParamSpec = ParamSpec {
    id: "min_score",
    title: "Min. confidence",
    unit: "score",
    min: 0.05,
    max: 0.99,
    neutral: 0.5,
    initial: 0.5,
    step: 0.05,
};

/// Maximum distance of centers; above 0, objects are matched by distance instead of overlap.
pub(crate) const DISTANCE: ParamSpec = ParamSpec {
    id: "distance",
    title: "Max. distance",
    unit: "px or m",
    min: 0.0,
    max: 500.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

/// Switch from greedy matching by score to optimal matching.
pub(crate) const BEST: ParamSpec = ParamSpec {
    id: "best_pairing",
    title: "Optimal matching",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

/// Rules of matching objects; only those of one class match.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matching {
    iou: f32,
    distance: f32,
    best: bool,
}

impl Matching {
    pub(crate) fn new(params: &Params) -> Self {
        Self {
            iou: params.value(&IOU) as f32,
            distance: params.value(&DISTANCE) as f32,
            best: params.value(&BEST) >= 0.5,
        }
    }

    /// Cost of matching two objects, 0 to 1, if they may match; classes are not compared.
    fn cost(&self, a: &Detection, b: &Detection) -> Option<f32> {
        if self.distance > 0.0 {
            let ((ax, ay), (bx, by)) = (a.bbox.center(), b.bbox.center());
            let apart = libm::hypotf(ax - bx, ay - by);
            (apart <= self.distance).then_some(apart / self.distance)
        } else {
            let iou = a.iou(b);
            (iou >= self.iou).then_some(1.0 - iou)
        }
    }

    /// True if two objects are in the same place.
    pub(crate) fn near(&self, a: &Detection, b: &Detection) -> bool {
        self.cost(a, b).is_some()
    }

    /// For each expected object the position of the matching detection; each detection at most once.
    pub(crate) fn pairs(&self, expected: &[Detection], after: &[Detection]) -> Vec<Option<usize>> {
        let cost = |i: usize, k: usize| {
            let (a, b) = (expected.get(i)?, after.get(k)?);
            if a.class == b.class { self.cost(a, b) } else { None }
        };
        if self.best {
            return assignment(expected.len(), after.len(), cost);
        }
        // Greedy: the best expected score first.
        let mut order: Vec<usize> = (0..expected.len()).collect();
        order.sort_by(|a, b| expected[*b].score.total_cmp(&expected[*a].score));
        let mut taken = vec![false; after.len()];
        let mut pairs = vec![None; expected.len()];
        for i in order {
            let free = (0..after.len()).filter(|k| !taken[*k]);
            let best = free
                .filter_map(|k| Some((k, cost(i, k)?)))
                // The last among equals.
                .reduce(|a, b| if b.1 <= a.1 { b } else { a });
            if let Some((k, _)) = best {
                taken[k] = true;
                pairs[i] = Some(k);
            }
        }
        pairs
    }
}

/// Cost of a forbidden pair, far above any sum of allowed ones.
const FORBIDDEN: f64 = 1e6;

/// The assignment with the most pairs and, among these, the least cost.
///
/// The Hungarian method with potentials (Kuhn 1955, Munkres 1957), O(n^3).
fn assignment(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> Option<f32>) -> Vec<Option<usize>> {
    // Square, with room for every row and column to stay unmatched; rows and columns count from 1, 0 is unmatched.
    let size = rows.max(columns);
    let at = |i: usize, k: usize| {
        if i <= rows && k <= columns { cost(i - 1, k - 1).map_or(FORBIDDEN, f64::from) } else { FORBIDDEN }
    };
    let (mut u, mut v) = (vec![0.0; size + 1], vec![0.0; size + 1]);
    let mut row_of = vec![0_usize; size + 1];
    for i in 1..=size {
        row_of[0] = i;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; size + 1];
        let mut way = vec![0_usize; size + 1];
        let mut done = vec![false; size + 1];
        while row_of[column] != 0 {
            done[column] = true;
            let row = row_of[column];
            let (mut delta, mut next) = (f64::INFINITY, 0);
            for k in (1..=size).filter(|k| !done[*k]) {
                let reduced = at(row, k) - u[row] - v[k];
                if reduced < least[k] {
                    (least[k], way[k]) = (reduced, column);
                }
                if least[k] < delta {
                    (delta, next) = (least[k], k);
                }
            }
            for k in 0..=size {
                if done[k] {
                    u[row_of[k]] += delta;
                    v[k] -= delta;
                } else {
                    least[k] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[way[column]];
            column = way[column];
        }
    }
    let mut pairs = vec![None; rows];
    for (k, row) in row_of.into_iter().enumerate().skip(1).take(columns) {
        if row != 0 && row <= rows && cost(row - 1, k - 1).is_some() {
            pairs[row - 1] = Some(k - 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    /// The most pairs and the least cost, by brute force.
    fn brute(rows: usize, columns: usize, costs: &[Vec<Option<f32>>]) -> (usize, f32) {
        fn go(row: usize, used: u32, costs: &[Vec<Option<f32>>], columns: usize) -> (usize, f32) {
            if row == costs.len() {
                return (0, 0.0);
            }
            let mut best = go(row + 1, used, costs, columns);
            for k in (0..columns).filter(|k| used & (1 << k) == 0) {
                if let Some(cost) = costs[row][k] {
                    let (pairs, sum) = go(row + 1, used | (1 << k), costs, columns);
                    let now = (pairs + 1, sum + cost);
                    if now.0 > best.0 || (now.0 == best.0 && now.1 < best.1) {
                        best = now;
                    }
                }
            }
            best
        }
        assert_eq!(rows, costs.len());
        go(0, 0, costs, columns)
    }

    #[test]
    fn the_best_pairing_is_the_best_there_is() {
        let mut rng = Rng::new(5);
        for round in 0..200 {
            let (rows, columns) = (round % 6, (round / 6) % 6);
            let costs: Vec<Vec<Option<f32>>> = (0..rows)
                .map(|_| (0..columns).map(|_| (rng.unit() < 0.6).then(|| rng.unit() as f32)).collect())
                .collect();
            let pairs = assignment(rows, columns, |i, k| costs[i][k]);
            let sum: f32 = pairs.iter().enumerate().filter_map(|(i, k)| costs[i][(*k)?]).sum();
            let count = pairs.iter().flatten().count();
            let (most, least) = brute(rows, columns, &costs);
            assert!(count == most && (sum - least).abs() < 1e-4, "{round}: {count} {sum} {most} {least}");
        }
    }
}
