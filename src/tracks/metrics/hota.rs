//! Higher order tracking accuracy.
//!
//! Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", IJCV 2021. Numbers and rules of
//! combination are those of `TrackEval` 1.3.

use serde::Serialize;

use crate::tracks::assignment::{Edge, heaviest};
use crate::tracks::metrics::prepared::Prepared;

/// Number of similarity thresholds.
pub const THRESHOLDS: usize = 19;

/// A number for each of [`thresholds`].
pub type Curve = [f64; THRESHOLDS];

/// Similarities from which two boxes match: 0.05 to 0.95.
pub fn thresholds() -> Curve {
    std::array::from_fn(|step| 0.05 + step as f64 * 0.05)
}

/// Mean over the thresholds, which is what is reported under the plain name of the metric.
pub fn mean(curve: &Curve) -> f64 {
    curve.iter().sum::<f64>() / THRESHOLDS as f64
}

/// HOTA and its parts at each threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hota {
    /// Matched boxes.
    pub tp: Curve,
    /// True boxes without a match.
    #[serde(rename = "fn")]
    pub misses: Curve,
    /// Tested boxes without a match.
    pub fp: Curve,
    /// Geometric mean of [`Self::det_a`] and [`Self::ass_a`].
    pub hota: Curve,
    /// Detection accuracy.
    pub det_a: Curve,
    /// Association accuracy.
    pub ass_a: Curve,
    /// Detection recall.
    pub det_re: Curve,
    /// Detection precision.
    pub det_pr: Curve,
    /// Association recall.
    pub ass_re: Curve,
    /// Association precision.
    pub ass_pr: Curve,
    /// Mean similarity of the matched boxes; 1 without any.
    pub loc_a: Curve,
    /// Open-world tracking accuracy: geometric mean of [`Self::det_re`] and [`Self::ass_a`].
    pub owta: Curve,
    /// HOTA times localization accuracy, both at the lowest threshold.
    pub hota_loc_a_0: f64,
}

impl Hota {
    /// HOTA of one class of one sequence.
    pub fn new(data: &Prepared) -> Self {
        let (true_boxes, tested_boxes) = (data.num_truth() as f64, data.num_tested() as f64);
        let mut result =
            Self { misses: [true_boxes; THRESHOLDS], fp: [tested_boxes; THRESHOLDS], ..Self::default() };
        if true_boxes <= 0.0 || tested_boxes <= 0.0 {
            result.loc_a = [1.0; THRESHOLDS];
            return result;
        }
        let found = matches(data);
        for step in 0..THRESHOLDS {
            let tp: f64 = found.iter().map(|meeting| f64::from(meeting.counts[step])).sum();
            result.tp[step] = tp;
            result.misses[step] -= tp;
            result.fp[step] -= tp;
            result.loc_a[step] = found.iter().map(|meeting| meeting.similarities[step]).sum();
            for (meeting, (truth, tested)) in found.iter().zip(&data.meetings) {
                let count = f64::from(meeting.counts[step]);
                let truth = f64::from(data.truth_counts[*truth as usize]);
                let tested = f64::from(data.tested_counts[*tested as usize]);
                result.ass_a[step] += count * count / (truth + tested - count).max(1.0);
                result.ass_re[step] += count * count / truth.max(1.0);
                result.ass_pr[step] += count * count / tested.max(1.0);
            }
        }
        result.divide();
        result
    }

    /// HOTA of several sequences of a class, or of several classes weighted by their boxes: counts are added,
    /// association is averaged over the matched boxes.
    pub fn combined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            for step in 0..THRESHOLDS {
                let tp = part.tp[step];
                all.tp[step] += tp;
                all.misses[step] += part.misses[step];
                all.fp[step] += part.fp[step];
                all.ass_a[step] += part.ass_a[step] * tp;
                all.ass_re[step] += part.ass_re[step] * tp;
                all.ass_pr[step] += part.ass_pr[step] * tp;
                all.loc_a[step] += part.loc_a[step] * tp;
            }
        }
        all.divide();
        all
    }

    /// HOTA of several classes of equal weight, `None` without any. Classes without boxes count like others, as 0,
    /// unless they are left out.
    pub fn class_averaged<'a>(
        classes: impl IntoIterator<Item = &'a Self>,
        leave_out_empty: bool,
    ) -> Option<Self> {
        let parts: Vec<&Self> =
            classes.into_iter().filter(|part| !leave_out_empty || part.boxes() > 0.0).collect();
        let count = parts.len() as f64;
        let curve = |of: fn(&Self) -> &Curve, divisor: f64| -> Curve {
            std::array::from_fn(|step| parts.iter().map(|part| of(part)[step]).sum::<f64>() / divisor)
        };
        (!parts.is_empty()).then(|| Self {
            tp: curve(|part| &part.tp, 1.0),
            misses: curve(|part| &part.misses, 1.0),
            fp: curve(|part| &part.fp, 1.0),
            hota: curve(|part| &part.hota, count),
            det_a: curve(|part| &part.det_a, count),
            ass_a: curve(|part| &part.ass_a, count),
            det_re: curve(|part| &part.det_re, count),
            det_pr: curve(|part| &part.det_pr, count),
            ass_re: curve(|part| &part.ass_re, count),
            ass_pr: curve(|part| &part.ass_pr, count),
            loc_a: curve(|part| &part.loc_a, count),
            owta: curve(|part| &part.owta, count),
            hota_loc_a_0: parts.iter().map(|part| part.hota_loc_a_0).sum::<f64>() / count,
        })
    }

    /// HOTA at the lowest threshold, HOTA(0).
    pub fn hota_0(&self) -> f64 {
        self.hota[0]
    }

    /// Localization accuracy at the lowest threshold, LocA(0).
    pub fn loc_a_0(&self) -> f64 {
        self.loc_a[0]
    }

    fn boxes(&self) -> f64 {
        self.tp[0] + self.misses[0] + self.fp[0]
    }

    /// Divides the sums of association and localization by the matches and computes all that follows.
    fn divide(&mut self) {
        for step in 0..THRESHOLDS {
            let (tp, misses, fp) = (self.tp[step], self.misses[step], self.fp[step]);
            self.ass_a[step] /= tp.max(1.0);
            self.ass_re[step] /= tp.max(1.0);
            self.ass_pr[step] /= tp.max(1.0);
            self.loc_a[step] = self.loc_a[step].max(1e-10) / tp.max(1e-10);
            self.det_re[step] = tp / (tp + misses).max(1.0);
            self.det_pr[step] = tp / (tp + fp).max(1.0);
            self.det_a[step] = tp / (tp + misses + fp).max(1.0);
            self.hota[step] = (self.det_a[step] * self.ass_a[step]).sqrt();
            self.owta[step] = (self.det_re[step] * self.ass_a[step]).sqrt();
        }
        self.hota_loc_a_0 = self.hota[0] * self.loc_a[0];
    }
}

/// Matches of a true and a tested track by threshold.
#[derive(Clone, Default)]
struct Meeting {
    counts: [u32; THRESHOLDS],
    similarities: Curve,
}

/// Matches the boxes of each frame so that the sum of similarity times alignment of the tracks is largest.
fn matches(data: &Prepared) -> Vec<Meeting> {
    let alignment = alignments(data);
    let limits = thresholds().map(|threshold| threshold - f64::EPSILON);
    let mut found = vec![Meeting::default(); data.meetings.len()];
    let mut edges = Vec::new();
    for frame in &data.frames {
        edges.clear();
        edges.extend(frame.pairs.iter().map(|pair| Edge {
            row: pair.truth,
            column: pair.tested,
            weight: alignment[pair.meeting as usize] * pair.similarity,
        }));
        for pair in heaviest(&edges).into_iter().map(|index| &frame.pairs[index]) {
            let meeting = &mut found[pair.meeting as usize];
            for (step, _) in limits.iter().enumerate().take_while(|(_, limit)| pair.similarity >= **limit) {
                meeting.counts[step] += 1;
                meeting.similarities[step] += pair.similarity;
            }
        }
    }
    found
}

/// Alignment of each pair of tracks over all frames: the Jaccard index of their boxes, where a pair of boxes counts
/// by its share of all similarities of both.
fn alignments(data: &Prepared) -> Vec<f64> {
    let mut shared = vec![0.0; data.meetings.len()];
    let (mut rows, mut columns): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for frame in &data.frames {
        rows.clear();
        rows.resize(frame.truth.len(), 0.0);
        columns.clear();
        columns.resize(frame.tested.len(), 0.0);
        for pair in &frame.pairs {
            rows[pair.truth as usize] += pair.similarity;
            columns[pair.tested as usize] += pair.similarity;
        }
        for pair in &frame.pairs {
            let all = rows[pair.truth as usize] + columns[pair.tested as usize] - pair.similarity;
            if all > f64::EPSILON {
                shared[pair.meeting as usize] += pair.similarity / all;
            }
        }
    }
    let counts = data.meetings.iter().map(|(truth, tested)| {
        f64::from(data.truth_counts[*truth as usize]) + f64::from(data.tested_counts[*tested as usize])
    });
    shared.iter().zip(counts).map(|(shared, count)| shared / (count - shared)).collect()
}
