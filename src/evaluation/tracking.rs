//! Tracking metrics of samples whose objects have ids on both sides.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::name::Name;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::Prediction;
use crate::evaluation::samples::{Fact, Sample};
use crate::tracks::metrics::prepared::Prepared;
use crate::tracks::metrics::sequence::{Object, Sequence, TrackingError};
use crate::tracks::metrics::similarity::{CenterDistance, Iou};
use crate::tracks::metrics::summary::TrackingSummary;

/// Distance on the ground in meters at which the similarity of two cuboids is 0; half of it matches, as in nuScenes.
const ZERO_DISTANCE: f64 = 4.0;

/// Tracking metrics of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tracking {
    /// Rule by which boxes were compared, in words.
    pub similarity: &'static str,
    /// Metrics of each class.
    pub classes: BTreeMap<String, TrackingSummary>,
    /// Metrics over all boxes of all classes.
    pub all: Option<TrackingSummary>,
    /// Boxes without an id; they are not tracked and do not count here.
    pub without_id: usize,
}

/// Boxes of a sample by class: truth and predictions, each with an id.
#[derive(Default)]
struct Rows<'a> {
    truth: Vec<(usize, &'a Detection)>,
    tested: Vec<(usize, &'a Detection)>,
}

/// The tracking metrics of samples in the order of time; `None` where one side has no ids. Detections below `threshold` do not
/// count.
pub fn tracking(samples: &[Sample], threshold: f32) -> Result<Option<Tracking>, TrackingError> {
    // Each channel of a recording is a sequence of its own.
    let mut channels: BTreeMap<(&Name, &Name), Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        channels.entry((&sample.clip, &sample.channel)).or_default().push(sample);
    }
    let mut classes: BTreeMap<String, Vec<TrackingSummary>> = BTreeMap::new();
    let (mut without_id, mut sides, mut solid) = (0, [false, false], false);
    for samples in channels.values_mut() {
        samples.sort_by_key(|sample| sample.frame);
        let mut rows: BTreeMap<&str, Rows<'_>> = BTreeMap::new();
        for (frame, sample) in samples.iter().enumerate() {
            let (Fact::Objects(objects), Prediction::Objects { objects: found }) =
                (&sample.fact, &sample.answer)
            else {
                continue;
            };
            for object in objects.iter().filter(|object| !object.ignored) {
                solid |= object.place.solid.is_some();
                if object.place.id.is_empty() {
                    without_id += 1;
                } else {
                    rows.entry(&object.class).or_default().truth.push((frame, &object.place));
                }
            }
            for found in found.iter().filter(|found| found.score >= threshold) {
                if found.id.is_empty() {
                    without_id += 1;
                } else {
                    rows.entry(&found.class).or_default().tested.push((frame, found));
                }
            }
        }
        for (class, rows) in rows {
            sides = [sides[0] || !rows.truth.is_empty(), sides[1] || !rows.tested.is_empty()];
            let summary = TrackingSummary::new(&prepared(&rows, samples.len(), solid)?);
            classes.entry(class.to_owned()).or_default().push(summary);
        }
    }
    if sides != [true, true] {
        return Ok(None);
    }
    let classes: BTreeMap<String, TrackingSummary> =
        classes.into_iter().map(|(class, parts)| (class, TrackingSummary::combined(&parts))).collect();
    let all = Some(TrackingSummary::combined(classes.values()));
    let similarity =
        if solid { "distance of the centers on the ground, matched below 2 m" } else { "IoU of the boxes" };
    Ok(Some(Tracking { similarity, classes, all, without_id }))
}

/// The boxes of one class of one channel, compared frame by frame.
fn prepared(rows: &Rows<'_>, frames: usize, solid: bool) -> Result<Prepared, TrackingError> {
    // Ids are texts here and numbers there.
    let ids = |rows: &[(usize, &Detection)]| -> BTreeMap<String, u64> {
        let names: BTreeSet<&str> = rows.iter().map(|(_, found)| found.id.as_str()).collect();
        names.into_iter().zip(0..).map(|(name, number)| (name.to_owned(), number)).collect()
    };
    let (truth, tested) = (ids(&rows.truth), ids(&rows.tested));
    let number = |ids: &BTreeMap<String, u64>, found: &Detection| ids.get(&found.id).copied().unwrap_or(0);
    if solid {
        let object = |ids: &BTreeMap<String, u64>, found: &Detection| -> Option<Object<Solid>> {
            Some(Object { id: number(ids, found), shape: found.solid?, score: f64::from(found.score) })
        };
        let rows_of =
            |rows: &[(usize, &Detection)], ids: &BTreeMap<String, u64>| -> Vec<(usize, Object<Solid>)> {
                rows.iter().filter_map(|(frame, found)| Some((*frame, object(ids, found)?))).collect()
            };
        let sequence =
            Sequence::from_rows(rows_of(&rows.truth, &truth), rows_of(&rows.tested, &tested), Some(frames))?;
        return Prepared::new(&sequence, &CenterDistance { zero_distance: ZERO_DISTANCE });
    }
    let rows_of = |rows: &[(usize, &Detection)], ids: &BTreeMap<String, u64>| -> Vec<(usize, Object<Box2>)> {
        let object = |found: &Detection| Object {
            id: number(ids, found),
            shape: found.bbox,
            score: f64::from(found.score),
        };
        rows.iter().map(|(frame, found)| (*frame, object(found))).collect()
    };
    let sequence =
        Sequence::from_rows(rows_of(&rows.truth, &truth), rows_of(&rows.tested, &tested), Some(frames))?;
    Prepared::new(&sequence, &Iou)
}
