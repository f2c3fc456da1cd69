//! Fate of single objects in a sweep, by class, size and distance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::claims;
use crate::claims::reasons::found_again;
use crate::data::cases::case::ClaimSpec;
use crate::data::geometry::objects::Detection;
use crate::data::prediction::{Expected, Prediction, Task};
use crate::search::sweep::slice::{Slice, SliceKind};

/// Objects of one kind that had to be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fared {
    /// Their class.
    pub class: String,
    /// In images small, medium or large as in COCO, for cuboids the distance.
    pub extent: String,
    /// Number of objects.
    pub expected: usize,
    /// Number of objects no longer detected with their class.
    pub lost: usize,
}

/// Areas of up to 32 x 32 pixels are small, above 96 x 96 large.
const SIZES: [f32; 2] = [1024.0, 9216.0];
/// Meters to the next kind of distance.
const DISTANCES: [f32; 2] = [20.0, 40.0];

fn extent(object: &Detection) -> &'static str {
    if let Some(solid) = object.solid {
        let meters = libm::hypotf(solid.center[0], solid.center[1]);
        return match DISTANCES {
            [near, _] if meters < near => "below 20 m",
            [_, far] if meters < far => "20 to 40 m",
            _ => "40 m and more",
        };
    }
    match SIZES {
        [small, _] if object.bbox.area() < small => "small",
        [_, large] if object.bbox.area() <= large => "medium",
        _ => "large",
    }
}

/// Fate of the objects of a prediction, if the claim is about objects; paired as the claim does.
pub(super) fn fared(
    oracle: &ClaimSpec,
    before: &Prediction,
    expected: &Expected,
    after: &Prediction,
) -> Vec<Fared> {
    let expected = match expected {
        Expected::Answer(answer) => answer,
        Expected::Same => before,
        Expected::Unknown(_) if oracle.assume_same => before,
        Expected::Unknown(_) => return Vec::new(),
    };
    let about = claims::kind(&oracle.claim).is_some_and(|claim| claim.about.contains(&Task::Objects));
    let (Prediction::Objects { objects: expected }, Prediction::Objects { objects: after }, true) =
        (expected, after, about)
    else {
        return Vec::new();
    };
    let pairs = found_again(&oracle.params, expected, after);
    let mut all: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for (object, pair) in expected.iter().zip(&pairs).filter(|(object, _)| object.score > 0.0) {
        let (count, lost) = all.entry((&object.class, extent(object))).or_default();
        *count += 1;
        *lost += usize::from(pair.is_none());
    }
    let one = |((class, extent), (expected, lost)): ((&str, &str), (usize, usize))| Fared {
        class: class.to_owned(),
        extent: extent.to_owned(),
        expected,
        lost,
    };
    all.into_iter().map(one).collect()
}

impl Fared {
    /// The parts of the data that these objects are in.
    pub fn slices(&self) -> [Slice; 2] {
        let far = self.extent.contains(|letter: char| letter.is_ascii_digit());
        let kind = if far { SliceKind::ObjectDistance } else { SliceKind::ObjectSize };
        [
            Slice { kind: SliceKind::Object, name: self.class.clone() },
            Slice { kind, name: self.extent.clone() },
        ]
    }
}
