//! AMOTA and AMOTP, the tracking metrics of nuScenes, by the rules of its devkit.
//!
//! Caesar et al., "nuScenes: A multimodal dataset for autonomous driving", CVPR 2020; Weng et al., "3D Multi-Object
//! Tracking: A Baseline and New Evaluation Metrics", IROS 2020. Centers match on the ground below 2 m. Score thresholds
//! are taken at 40 recalls; AMOTA is the mean over these of MOTAR, accuracy relative to the recall that is reached, and
//! AMOTP the mean of the distance of the matches. A recall that is not reached counts as 0 and as 2 m.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::tracks::metrics::events::{EventSettings, Events, followed};
use crate::tracks::metrics::gaps::{Filling, fill};
use crate::tracks::metrics::prepared::Prepared;
use crate::tracks::metrics::sequence::{Sequence, TrackingError};
use crate::tracks::metrics::similarity::CenterDistance;

/// Rules of the evaluation; the defaults are those of the challenge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmotaSettings {
    /// Distance on the ground, in meters, below which centers match; also the precision of a recall that is not reached.
    pub max_distance: f64,
    /// Lowest recall.
    pub min_recall: f64,
    /// Number of recalls, from the lowest to 1.
    pub recalls: usize,
    /// Seconds between two frames, for durations.
    pub frame_secs: f64,
    /// Treatment of frames on which a track is missing. The devkit fills them in both truth and submission.
    pub filling: Filling,
}

impl Default for AmotaSettings {
    fn default() -> Self {
        Self { max_distance: 2.0, min_recall: 0.1, recalls: 40, frame_secs: 0.5, filling: Filling::Devkit }
    }
}

/// A recording with its times.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Centers on the ground, meters, in a frame that does not move.
    pub sequence: Sequence<[f64; 2]>,
    /// Nanoseconds by frame, only used to fill gaps.
    pub times: Vec<i64>,
}

/// A recall and what the tracks make there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RecallPoint {
    /// Wanted recall.
    pub recall: f64,
    /// Score of the tracks from which they count; `None` if the recall is not reached.
    pub threshold: Option<f64>,
    /// Counts; `None` if the recall is not reached.
    pub events: Option<Events>,
}

impl RecallPoint {
    /// Accuracy relative to the matches without a switch, at least 0; `None` without any.
    pub fn motar(&self) -> Option<f64> {
        let events = self.events.filter(|events| events.matches > 0)?;
        let objects = events.objects as f64;
        let recall = events.matches as f64 / objects;
        let wrong =
            (events.misses + events.switches + events.false_positives) as f64 - (1.0 - recall) * objects;
        Some((1.0 - wrong / (recall * objects)).max(0.0))
    }

    /// Accuracy, at least 0.
    pub fn mota(&self) -> Option<f64> {
        Some(self.events?.mota()?.max(0.0))
    }

    /// Mean distance of the matches, in meters.
    pub fn motp(&self) -> Option<f64> {
        self.events?.motp()
    }
}

/// AMOTA and AMOTP of one class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Amota {
    /// Mean accuracy over the recalls, 0 to 1.
    pub amota: f64,
    /// Mean distance over the recalls, in meters.
    pub amotp: f64,
    /// Recalls from the highest to the lowest.
    pub points: Vec<RecallPoint>,
    /// Index of the point of the highest accuracy, of which the plain metrics are reported.
    pub best: Option<usize>,
    frame_secs: f64,
}

impl Amota {
    /// The point of the highest accuracy.
    pub fn best_point(&self) -> Option<&RecallPoint> {
        self.points.get(self.best?)
    }

    /// Mean time until an object is found (TID), in seconds, of the objects that are found at the best point.
    pub fn initialization_secs(&self) -> Option<f64> {
        self.per_found(|events| events.initial_frames)
    }

    /// Mean longest gap (LGD), in seconds, of the objects that are found at the best point.
    pub fn gap_secs(&self) -> Option<f64> {
        self.per_found(|events| events.gap_frames)
    }

    fn per_found(&self, frames: fn(&Events) -> u64) -> Option<f64> {
        let events = self.best_point()?.events.filter(|events| events.found_tracks > 0)?;
        Some(frames(&events) as f64 * self.frame_secs / events.found_tracks as f64)
    }
}

/// Mean AMOTA and AMOTP over classes; classes without true boxes, `None`, do not count.
pub fn class_averaged<'a>(classes: impl IntoIterator<Item = &'a Option<Amota>>) -> Option<(f64, f64)> {
    let known: Vec<&Amota> = classes.into_iter().flatten().collect();
    let mean = |of: fn(&Amota) -> f64| known.iter().map(|class| of(class)).sum::<f64>() / known.len() as f64;
    (!known.is_empty()).then(|| (mean(|class| class.amota), mean(|class| class.amotp)))
}

/// AMOTA and AMOTP of one class over several scenes; `None` without true boxes. A track counts with the mean score of
/// its boxes, where a score that is no number is 0.
///
/// # Errors
///
/// An id that is used twice on one frame of one side.
pub fn evaluate(scenes: &[Scene], settings: &AmotaSettings) -> Result<Option<Amota>, TrackingError> {
    let measure = CenterDistance { zero_distance: settings.max_distance };
    let mut prepared = Vec::with_capacity(scenes.len());
    for scene in scenes {
        // Before gaps are filled, so that an id that is used twice is named as it is.
        Prepared::new(&scene.sequence, &measure)?;
        let mut sequence = scene.sequence.clone();
        average_scores(&mut sequence);
        fill(&mut sequence, &scene.times, settings.filling);
        prepared.push(Prepared::new(&sequence, &measure)?);
    }
    let rules = EventSettings { scale: settings.max_distance, max_distance: f64::INFINITY, skip_empty: true };
    let objects: u64 = prepared.iter().map(Prepared::num_truth).sum();
    if objects == 0 {
        return Ok(None);
    }
    let mut points: Vec<RecallPoint> = Vec::with_capacity(settings.recalls);
    for (recall, threshold) in score_thresholds(&prepared, &rules, objects, settings) {
        let same = points.last().filter(|last: &&RecallPoint| last.threshold == threshold);
        let events = match (same, threshold) {
            (Some(same), _) => same.events,
            (None, None) => None,
            (None, Some(threshold)) => {
                let parts: Vec<Events> =
                    prepared.iter().map(|data| Events::new(&data.above(threshold), &rules)).collect();
                Some(Events::combined(&parts))
            }
        };
        points.push(RecallPoint { recall, threshold, events });
    }
    let mean = |of: fn(&RecallPoint) -> Option<f64>, worst: f64| {
        points.iter().map(|point| of(point).unwrap_or(worst)).sum::<f64>() / points.len() as f64
    };
    let (amota, amotp) = (mean(RecallPoint::motar, 0.0), mean(RecallPoint::motp, settings.max_distance));
    let accuracies = points.iter().enumerate().filter_map(|(index, point)| Some((index, point.mota()?)));
    // The highest recall among equals.
    let best = accuracies.reduce(|a, b| if b.1 > a.1 { b } else { a }).map(|(index, _)| index);
    Ok(Some(Amota { amota, amotp, points, best, frame_secs: settings.frame_secs }))
}

/// Gives every box the mean score of its track.
fn average_scores(sequence: &mut Sequence<[f64; 2]>) {
    let mut scores: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for object in sequence.frames.iter().flat_map(|frame| &frame.tested) {
        scores.entry(object.id).or_default().push(if object.score.is_finite() { object.score } else { 0.0 });
    }
    let means: BTreeMap<u64, f64> =
        scores.iter().map(|(id, scores)| (*id, pairwise_sum(scores) / scores.len() as f64)).collect();
    for object in sequence.frames.iter_mut().flat_map(|frame| &mut frame.tested) {
        object.score = means.get(&object.id).copied().unwrap_or(0.0);
    }
}

/// Sum in the order of numpy, so that a mean is the same to the last bit. The devkit compares scores of filled boxes,
/// which are rounded, with thresholds that are such scores.
fn pairwise_sum(numbers: &[f64]) -> f64 {
    const LANES: usize = 8;
    if numbers.len() < LANES {
        return numbers.iter().sum();
    }
    if numbers.len() > 128 {
        let half = numbers.len() / 2 / LANES * LANES;
        return pairwise_sum(&numbers[..half]) + pairwise_sum(&numbers[half..]);
    }
    let mut lanes = [0.0; LANES];
    let (groups, rest) = numbers.as_chunks::<LANES>();
    for group in groups {
        for (lane, number) in lanes.iter_mut().zip(group) {
            *lane += number;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, number| sum + number)
}

/// Recalls from the highest to the lowest, and the scores at which matches of all tracks reach them.
fn score_thresholds(
    scenes: &[Prepared],
    rules: &EventSettings,
    objects: u64,
    settings: &AmotaSettings,
) -> Vec<(f64, Option<f64>)> {
    let mut scores: Vec<f64> = Vec::new();
    for data in scenes {
        followed(data, rules, |found| {
            if !found.switch {
                scores.push(found.score);
            }
        });
    }
    scores.sort_by(|a, b| b.total_cmp(a));
    let step = (1.0 - settings.min_recall) / settings.recalls.saturating_sub(1).max(1) as f64;
    let wanted = |index: usize| {
        let exact =
            if index + 1 == settings.recalls { 1.0 } else { settings.min_recall + index as f64 * step };
        (exact * 1e12).round_ties_even() / 1e12
    };
    (0..settings.recalls)
        .rev()
        .map(|index| (wanted(index), score_at(&scores, objects, wanted(index))))
        .collect()
}

/// Score at which a recall is reached, linear between the matches, which are sorted by decreasing score.
fn score_at(scores: &[f64], objects: u64, recall: f64) -> Option<f64> {
    let reached = |index: usize| (index + 1) as f64 / objects as f64;
    let last = scores.len().checked_sub(1)?;
    if recall > reached(last) {
        return None;
    }
    // The first match by which more is reached.
    let (mut low, mut high) = (0, scores.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if reached(middle) <= recall {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let Some(before) = low.checked_sub(1) else { return scores.first().copied() };
    if low > last || reached(before) >= recall {
        return Some(scores[before]);
    }
    let slope = (scores[low] - scores[before]) / (reached(low) - reached(before));
    Some(slope * (recall - reached(before)) + scores[before])
}
