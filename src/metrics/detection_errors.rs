//! Detection errors, by the error types of Bolya et al., "TIDE: A General Toolbox for Identifying Object
//! Detection Errors", ECCV 2020.

use std::collections::BTreeMap;

use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::labels::label::Attributes;

/// Overlap from which a detection matches an object.
pub const ON: f32 = 0.5;
/// Overlap up to which it is background.
pub const OFF: f32 = 0.1;

/// Outcome of a detection, or of an object without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Correct class, well localized.
    Right,
    /// Well localized, wrong class.
    WrongClass,
    /// Correct class, localization error.
    BadlyPlaced,
    /// Wrong class and localization error.
    WrongAndBadlyPlaced,
    /// A second detection of an object.
    Duplicate,
    /// A detection of background.
    Background,
    /// An object without a detection.
    Missed,
    /// A number whose error is beyond its limit.
    LargeError,
}

impl Outcome {
    /// Every outcome of detections, in listing order.
    pub const ALL: [Self; 7] = [
        Self::Right,
        Self::WrongClass,
        Self::BadlyPlaced,
        Self::WrongAndBadlyPlaced,
        Self::Duplicate,
        Self::Background,
        Self::Missed,
    ];

    /// Those that an evaluation has, in listing order.
    pub fn of(counts: &BTreeMap<Self, usize>) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain([Self::LargeError]).filter(|outcome| counts.contains_key(outcome))
    }

    /// Name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Right => "correct",
            Self::WrongClass => "wrong class",
            Self::BadlyPlaced => "localization error",
            Self::WrongAndBadlyPlaced => "wrong class, localization error",
            Self::Duplicate => "duplicate",
            Self::Background => "false positive",
            Self::Missed => "missed",
            Self::LargeError => "large error",
        }
    }

    /// Id in files that programs read, which stays the same; queries accept it too.
    pub fn id(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::BadlyPlaced => "badly placed",
            Self::WrongAndBadlyPlaced => "wrong class, badly placed",
            Self::Background => "nothing there",
            Self::WrongClass | Self::Duplicate | Self::Missed | Self::LargeError => self.title(),
        }
    }
}

/// A ground truth object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its class.
    pub class: String,
    /// Its position, in the space of the detections.
    pub place: Detection,
    /// True for a crowd or an optional object: detections on it are neither true nor false positives.
    pub ignored: bool,
    /// Further attributes of the label.
    pub attributes: Attributes,
    /// Area as stated by the file of the label, in square pixels; `None` for that of the box.
    pub area: Option<f64>,
}

/// One detection or one missed object, with its outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The outcome.
    pub outcome: Outcome,
    /// Index of the detection; `None` for a missed object.
    pub found: Option<usize>,
    /// Index of the matched or nearest object.
    pub object: Option<usize>,
    /// Overlap with that object.
    pub iou: f32,
}

/// Judges the detections of one image. Best scores match first; detections on an ignored object alone are left out.
pub fn judge(objects: &[Object], found: &[Detection]) -> Vec<Judged> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|a, b| found[*b].score.total_cmp(&found[*a].score));
    let overlap = |one: usize, object: usize| found[one].iou(&objects[object].place);
    let mut owner: Vec<Option<usize>> = vec![None; objects.len()];
    let mut right: Vec<Option<usize>> = vec![None; found.len()];
    for &one in &order {
        let free = (0..objects.len()).filter(|object| {
            owner[*object].is_none()
                && !objects[*object].ignored
                && objects[*object].class == found[one].class
        });
        let best = best_of(free, |object| overlap(one, object)).filter(|(_, iou)| *iou >= ON);
        if let Some((object, _)) = best {
            owner[object] = Some(one);
            right[one] = Some(object);
        }
    }
    let mut judged = Vec::new();
    let mut explained = vec![false; objects.len()];
    for &one in &order {
        if let Some(object) = right[one] {
            let iou = overlap(one, object);
            judged.push(Judged { outcome: Outcome::Right, found: Some(one), object: Some(object), iou });
            continue;
        }
        let of = |same: bool| {
            let all = (0..objects.len()).filter(move |object| !objects[*object].ignored);
            best_of(
                all.filter(move |object| (objects[*object].class == found[one].class) == same),
                |object| overlap(one, object),
            )
        };
        let (same, other) = (of(true), of(false));
        let on_ignored = (0..objects.len())
            .filter(|object| objects[*object].ignored && objects[*object].class == found[one].class)
            .any(|object| covered(&found[one].bbox, &objects[object].place.bbox) >= ON);
        if on_ignored {
            continue;
        }
        let any = [same, other].into_iter().flatten().max_by(|a, b| a.1.total_cmp(&b.1));
        let (outcome, about) = match (same, other) {
            (Some((_, iou)), _) if (OFF..ON).contains(&iou) => (Outcome::BadlyPlaced, same),
            (_, Some((_, iou))) if iou >= ON => (Outcome::WrongClass, other),
            (Some((_, iou)), _) if iou >= ON => (Outcome::Duplicate, same),
            _ if any.is_none_or(|(_, iou)| iou <= OFF) => (Outcome::Background, None),
            _ => (Outcome::WrongAndBadlyPlaced, any),
        };
        if let (Outcome::BadlyPlaced | Outcome::WrongClass, Some((object, _))) = (outcome, about) {
            explained[object] = true;
        }
        judged.push(Judged {
            outcome,
            found: Some(one),
            object: about.map(|(object, _)| object),
            iou: about.or(any).map_or(0.0, |(_, iou)| iou),
        });
    }
    let missed = (0..objects.len())
        .filter(|object| owner[*object].is_none() && !explained[*object] && !objects[*object].ignored);
    judged.extend(missed.map(|object| Judged {
        outcome: Outcome::Missed,
        found: None,
        object: Some(object),
        iou: best_of(0..found.len(), |one| overlap(one, object)).map_or(0.0, |(_, iou)| iou),
    }));
    judged
}

/// The first of those with the largest value.
fn best_of(all: impl Iterator<Item = usize>, value: impl Fn(usize) -> f32) -> Option<(usize, f32)> {
    all.map(|at| (at, value(at))).fold(None, |best, next| match best {
        Some((_, most)) if most >= next.1 => best,
        _ => Some(next),
    })
}

/// Fraction of the first box inside the second.
fn covered(first: &Box2, second: &Box2) -> f32 {
    let area = first.area();
    if area > 0.0 { first.intersection(second).area() / area } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(class: &str, score: f32, x: f32) -> Detection {
        let bbox = Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 10.0 };
        Detection::flat(class.to_owned(), score, bbox)
    }

    fn object(class: &str, x: f32, ignored: bool) -> Object {
        Object {
            class: class.to_owned(),
            place: at(class, 1.0, x),
            ignored,
            attributes: Attributes::default(),
            area: None,
        }
    }

    #[test]
    fn every_way_to_be_wrong_has_its_name() {
        let objects = [
            object("car", 0.0, false),
            object("car", 100.0, false),
            object("bus", 200.0, false),
            object("car", 300.0, false),
            object("car", 400.0, true),
        ];
        let found = [
            at("car", 0.9, 1.0),
            at("car", 0.8, 0.0),
            at("car", 0.7, 106.0),
            at("car", 0.6, 200.0),
            at("car", 0.5, 206.0),
            at("car", 0.4, 900.0),
            at("car", 0.3, 401.0),
        ];
        let judged = judge(&objects, &found);
        let outcomes: Vec<(Option<usize>, Outcome)> = judged.iter().map(|j| (j.found, j.outcome)).collect();
        assert_eq!(
            outcomes,
            [
                (Some(0), Outcome::Right),
                (Some(1), Outcome::Duplicate),
                (Some(2), Outcome::BadlyPlaced),
                (Some(3), Outcome::WrongClass),
                (Some(4), Outcome::WrongAndBadlyPlaced),
                (Some(5), Outcome::Background),
                (None, Outcome::Missed),
            ]
        );
        assert_eq!(judged.last().map(|j| j.object), Some(Some(3)), "what is on a crowd is not counted");
        assert!(judge(&[], &[]).is_empty());
    }
}
