//! Average precision of cuboids by the distance of their centers, as in the nuScenes detection task (Caesar et
//! al., "nuScenes: A multimodal dataset for autonomous driving", CVPR 2020).

use serde::Serialize;

/// Distances on the ground, in meters, up to which a detection matches an object.
pub const DISTANCES: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
/// Recall and precision below which the curve does not count.
const LEAST: f64 = 0.1;

/// A cuboid seen from above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Center {
    /// Index of the sample.
    pub sample: u32,
    /// Center on the ground, meters.
    pub place: [f64; 2],
    /// Confidence; unused for ground truth.
    pub score: f64,
}

/// Average precision of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CenterAp {
    /// Number of ground truth objects.
    pub objects: usize,
    /// Average precision at each of [`DISTANCES`].
    pub ap: [f64; 4],
    /// Mean distance of the true positives at 2 m; `None` without any.
    pub distance: Option<f64>,
}

impl CenterAp {
    /// The mean over the distances.
    pub fn mean(&self) -> f64 {
        self.ap.iter().sum::<f64>() / 4.0
    }
}

/// Compares the detections of one class with the ground truth: `None` without objects.
pub fn evaluate(truths: &[Center], found: &[Center]) -> Option<CenterAp> {
    if truths.is_empty() {
        return None;
    }
    let mut ranked: Vec<&Center> = found.iter().collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut by_sample: std::collections::BTreeMap<u32, Vec<usize>> = std::collections::BTreeMap::new();
    for (at, truth) in truths.iter().enumerate() {
        by_sample.entry(truth.sample).or_default().push(at);
    }
    let mut result = CenterAp { objects: truths.len(), ..CenterAp::default() };
    for (at, limit) in DISTANCES.iter().enumerate() {
        let mut taken = vec![false; truths.len()];
        let mut curve = Vec::with_capacity(ranked.len());
        let (mut right, mut apart) = (0_usize, 0.0);
        for (rank, one) in ranked.iter().enumerate() {
            let near = by_sample.get(&one.sample).map(Vec::as_slice).unwrap_or_default();
            let distance = |truth: usize| {
                libm::hypot(truths[truth].place[0] - one.place[0], truths[truth].place[1] - one.place[1])
            };
            let best = near
                .iter()
                .filter(|truth| !taken[**truth])
                .map(|truth| (distance(*truth), *truth))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((distance, truth)) = best.filter(|(distance, _)| distance < limit) {
                taken[truth] = true;
                right += 1;
                apart += distance;
            }
            curve.push((right as f64 / truths.len() as f64, right as f64 / (rank + 1) as f64));
        }
        result.ap[at] = area(&curve);
        if at == 2 && right > 0 {
            result.distance = Some(apart / right as f64);
        }
    }
    Some(result)
}

/// Mean of the precision above 0.1, at recalls from 0.11 to 1 in steps of a hundredth, as a fraction of the
/// maximum; linear between two points of the curve.
fn area(curve: &[(f64, f64)]) -> f64 {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return 0.0 };
    if last.0 <= 0.0 {
        return 0.0;
    }
    let mut sum = 0.0;
    for i in 11..=100 {
        let wanted = f64::from(i) / 100.0;
        let precision = if wanted > last.0 {
            0.0
        } else if wanted <= first.0 {
            first.1
        } else {
            // Of points of one recall the last, like numpy's `interp`.
            let after = curve.partition_point(|(recall, _)| *recall <= wanted);
            let before = curve[after - 1];
            match curve.get(after) {
                Some(next) if next.0 > before.0 => {
                    before.1 + (next.1 - before.1) * (wanted - before.0) / (next.0 - before.0)
                }
                _ => before.1,
            }
        };
        sum += (precision - LEAST).max(0.0);
    }
    sum / 90.0 / (1.0 - LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detection_counts_at_the_distances_that_it_keeps() {
        let at = |sample, x: f64, score| Center { sample, place: [x, 0.0], score };
        let truths = [at(0, 0.0, 0.0), at(0, 10.0, 0.0), at(1, 0.0, 0.0)];
        let perfect = evaluate(&truths, &[at(0, 0.1, 0.9), at(0, 10.1, 0.8), at(1, 0.1, 0.7)]).unwrap();
        assert!(perfect.ap.iter().all(|ap| (ap - 1.0).abs() < 1e-9), "{perfect:?}");
        assert!((perfect.distance.unwrap() - 0.1).abs() < 1e-9);
        let far = evaluate(&truths, &[at(0, 1.5, 0.9), at(0, 11.5, 0.8), at(1, 1.5, 0.7)]).unwrap();
        assert_eq!(far.ap.map(|ap| ap > 0.99), [false, false, true, true]);
        let nothing = evaluate(&truths, &[]).unwrap();
        assert!(nothing.mean() <= 0.0 && nothing.distance.is_none());
        assert_eq!(evaluate(&[], &[at(0, 0.0, 1.0)]), None);
    }
}
