//! Static data of `OpenLABEL`: what stands at an object itself holds on every frame that the object is on.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::base::name::Name;
use crate::base::text::counted;
use crate::data::geometry::shape::Shape;
use crate::data::labels::label::Attributes;
use crate::exchange::openlabel::shapes::{Found, Strange, objects_in};

/// Most labels that are made of static data. Intervals longer than any recording stand on the frames that the file lists.
const MOST: usize = 1_000_000;

/// Static data of all objects.
#[derive(Default)]
pub(super) struct Still {
    /// The shapes, on every frame that they stand on.
    pub found: Vec<(String, Found)>,
    /// Attributes of objects without a static shape.
    pub said: BTreeMap<String, Attributes>,
    /// Frames on which an object with static shapes has just left, to come back later.
    pub left: Vec<usize>,
    /// Number of shapes in the file.
    pub shapes: usize,
    /// Objects whose intervals are too long.
    cut: usize,
}

/// Static data in a file that lists these frames, sorted. `only` is the channel of shapes that name none.
pub(super) fn found(root: &Json, listed: &[usize], only: &Name, strange: &mut Strange) -> Still {
    let mut still = Still::default();
    for (uid, object) in root["objects"].as_object().into_iter().flatten() {
        let (entries, count) = objects_in(&object["object_data"], only, strange);
        if entries.is_empty() {
            continue;
        }
        still.shapes += count;
        let own = object["frame_intervals"].as_array().filter(|list| !list.is_empty());
        let frames = match own.or_else(|| root["frame_intervals"].as_array()) {
            Some(intervals) => {
                within(intervals, MOST.saturating_sub(still.found.len())).unwrap_or_else(|| {
                    still.cut += 1;
                    listed.iter().copied().filter(|frame| holds(intervals, *frame)).collect()
                })
            }
            None => listed.to_vec(),
        };
        for entry in entries {
            if entry.shape == Shape::Whole {
                still.said.entry(uid.clone()).or_default().extend(entry.attributes);
                continue;
            }
            let frames: &[usize] = if frames.is_empty() { &[0] } else { &frames };
            let breaks = frames.windows(2).filter(|pair| pair[1] - pair[0] > 1);
            still.left.extend(breaks.map(|pair| pair[0] + 1));
            still
                .found
                .extend(frames.iter().map(|frame| (uid.clone(), Found { frame: *frame, ..entry.clone() })));
        }
    }
    still
}

impl Still {
    /// Sentences about what was made of static data.
    pub(super) fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        if !self.found.is_empty() {
            told.push(format!(
                "{} at objects, not at frames, hold on every frame of their objects: {}",
                counted(self.shapes, "shape"),
                counted(self.found.len(), "label")
            ));
        }
        if self.cut > 0 {
            told.push(format!(
                "{} with intervals of more than {MOST} frames in all stand on the frames that the file lists",
                counted(self.cut, "static object")
            ));
        }
        told
    }
}

/// Adds what is said about an object itself to its labels; objects without any are counted.
pub(super) fn say(
    said: &BTreeMap<String, Attributes>,
    found: &mut [(String, Found)],
    warnings: &mut Vec<String>,
) {
    let mut unseen = said.clone();
    for (uid, entry) in found {
        let Some(more) = said.get(uid) else { continue };
        unseen.remove(uid);
        for (name, value) in more {
            entry.attributes.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    if !unseen.is_empty() {
        warnings.push(format!(
            "{} without a shape were left out with their attributes",
            counted(unseen.len(), "object")
        ));
    }
}

/// First and last frame of an interval.
fn ends(interval: &Json) -> Option<(usize, usize)> {
    let end = |name: &str| usize::try_from(interval[name].as_u64()?).ok();
    let start = end("frame_start")?;
    Some((start, end("frame_end").unwrap_or(start)))
}

fn holds(intervals: &[Json], frame: usize) -> bool {
    intervals.iter().filter_map(ends).any(|(start, end)| (start..=end).contains(&frame))
}

/// The frames of intervals, sorted; `None` if they are more than `most`.
fn within(intervals: &[Json], most: usize) -> Option<Vec<usize>> {
    let mut frames = Vec::new();
    for (start, end) in intervals.iter().filter_map(ends).filter(|(start, end)| start <= end) {
        if end - start >= most.saturating_sub(frames.len()) {
            return None;
        }
        frames.extend(start..=end);
    }
    frames.sort_unstable();
    frames.dedup();
    Some(frames)
}
