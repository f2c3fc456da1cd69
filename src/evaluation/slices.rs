//! The same numbers by slice: where a model is worse than elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::stats::Rate;
use crate::evaluation::samples::{Evaluation, Item};
use crate::metrics::detection_errors::Outcome;

/// Cut into slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Tag types at the time; "untagged" if there is none.
    Tag,
    /// The true class.
    Class,
    /// By size of the object, in COCO's sizes.
    Size,
    /// By distance of the object from the sensor, for cuboids.
    Distance,
    /// The camera or LIDAR.
    Channel,
    /// The recording.
    Clip,
}

impl Cut {
    /// Every cut, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Tag, Self::Class, Self::Size, Self::Distance, Self::Channel, Self::Clip];

    /// Id in files and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Class => "class",
            Self::Size => "size",
            Self::Distance => "distance",
            Self::Channel => "channel",
            Self::Clip => "clip",
        }
    }
}

/// A slice with fewer objects than this says little.
pub const LEAST_SUPPORT: usize = 20;

/// One part of the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Name of the slice.
    pub name: String,
    /// Recall, with its confidence interval.
    pub recall: Rate,
    /// Precision.
    pub precision: Rate,
}

impl Slice {
    /// True if the slice has enough samples.
    pub fn supported(&self) -> bool {
        self.recall.of >= LEAST_SUPPORT
    }
}

/// Every part of the data by one cut: those with enough support first, the worst recall first.
pub fn slices(evaluation: &Evaluation, cut: Cut) -> Vec<Slice> {
    parts(evaluation, cut == Cut::Class, |at| names(evaluation, &evaluation.items[at], cut))
}

/// Every slice by the names that `names` gives an item. By class, objects are counted by their class and predictions by
/// their predicted class.
pub fn parts(evaluation: &Evaluation, by_class: bool, names: impl Fn(usize) -> Vec<String>) -> Vec<Slice> {
    /// Correct predictions, predictions, objects and recalled objects. Several predictions may be about one object.
    #[derive(Default)]
    struct Counts {
        right: usize,
        answered: usize,
        there: BTreeSet<(usize, usize)>,
        recognized: usize,
    }
    let mut parts: BTreeMap<String, Counts> = BTreeMap::new();
    for (at, item) in evaluation.items.iter().enumerate() {
        let right = usize::from(item.outcome == Outcome::Right);
        let answered = usize::from(item.outcome != Outcome::Missed);
        let object = item.object_at.map(|at| (item.sample, at));
        for name in names(at) {
            let counts = parts.entry(name).or_default();
            counts.recognized += right;
            counts.there.extend(object);
            if !by_class {
                counts.right += right;
                counts.answered += answered;
            }
        }
        if by_class && answered > 0 {
            let counts = parts.entry(item.answer.clone()).or_default();
            counts.right += right;
            counts.answered += answered;
        }
    }
    let mut slices: Vec<Slice> = parts
        .into_iter()
        .map(|(name, counts)| Slice {
            name,
            recall: Rate::wilson(counts.recognized, counts.there.len()),
            precision: Rate::wilson(counts.right, counts.answered),
        })
        .collect();
    slices.sort_by(|a, b| {
        b.supported()
            .cmp(&a.supported())
            .then(a.recall.share().total_cmp(&b.recall.share()))
            .then(a.name.cmp(&b.name))
    });
    slices
}

/// The parts of the data that an item is in, by one cut.
pub fn names(evaluation: &Evaluation, item: &Item, cut: Cut) -> Vec<String> {
    let Some(sample) = evaluation.samples.get(item.sample) else { return Vec::new() };
    let place = item.object.as_ref().or(item.found.as_ref());
    match cut {
        Cut::Tag if sample.tags.is_empty() => vec!["untagged".to_owned()],
        Cut::Tag => sample.tags.clone(),
        Cut::Class if item.truth.is_empty() => vec![item.answer.clone()],
        Cut::Class => vec![item.truth.clone()],
        Cut::Channel => vec![sample.channel.to_string()],
        Cut::Clip => vec![sample.clip.to_string()],
        Cut::Size => {
            let Some(place) = place.filter(|place| place.solid.is_none()) else { return Vec::new() };
            let area = place.bbox.area();
            vec![
                if area < 1024.0 {
                    "small"
                } else if area <= 9216.0 {
                    "medium"
                } else {
                    "large"
                }
                .to_owned(),
            ]
        }
        Cut::Distance => {
            let Some(solid) = place.and_then(|place| place.solid) else { return Vec::new() };
            let meters = sample.distance(&solid);
            let from = (meters / 10.0).floor().clamp(0.0, 9.0) * 10.0;
            vec![if from >= 90.0 {
                "90 m and more".to_owned()
            } else {
                format!("{from:02.0} to {:.0} m", from + 10.0)
            }]
        }
    }
}
