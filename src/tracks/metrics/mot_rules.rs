//! Preprocessing of the MOT Challenge: boxes that count neither for nor against a tracker.
//!
//! The rule of `TrackEval` for MOT16, MOT17 and MOT20: tested boxes are matched with all true boxes of the frame, of any
//! class, from an intersection over union of 0.5; those matched with a distractor are removed. Then all true boxes are
//! removed that are not pedestrians or are marked with 0. A tested box on a removed pedestrian remains and is a false
//! positive. For MOT15 only the boxes marked with 0 are removed, without matching.

use crate::tracks::assignment::{Edge, heaviest};
use crate::tracks::metrics::clear::THRESHOLD;
use crate::tracks::metrics::sequence::{Object, Sequence};
use crate::tracks::metrics::similarity::Similarity;

/// Part of a true box in the evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is to be tracked.
    Counted,
    /// It may be tracked or not.
    Distractor,
    /// It is removed, but its tested boxes are not.
    Ignored,
}

/// Edition of the challenge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    /// Has no classes.
    Mot15,
    /// 2016 and 2017.
    #[default]
    Mot17,
    /// Vehicles without a motor are distractors.
    Mot20,
}

/// Rules by which true boxes get their roles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MotRules {
    /// Edition of the challenge.
    pub edition: Edition,
    /// Visibility below which pedestrians are ignored, 0 to 1. The challenge ignores none, 0.
    pub min_visibility: f64,
}

const PEDESTRIAN: u32 = 1;
/// A person on a vehicle, a static person, a distractor, a reflection.
const DISTRACTORS: [u32; 4] = [2, 7, 8, 12];
const NON_MOTOR_VEHICLE: u32 = 6;

impl MotRules {
    /// Role of a line of `gt.txt`: `mark` is its seventh column, `class` its eighth, `visibility` its ninth.
    pub fn role(&self, mark: f64, class: u32, visibility: f64) -> Role {
        let edition = self.edition;
        let distractor =
            DISTRACTORS.contains(&class) || edition == Edition::Mot20 && class == NON_MOTOR_VEHICLE;
        // The column is read as a whole number.
        let marked = mark.trunc().abs() < 0.5;
        if edition != Edition::Mot15 && distractor {
            Role::Distractor
        } else if marked
            || edition != Edition::Mot15 && class != PEDESTRIAN
            || visibility < self.min_visibility
        {
            Role::Ignored
        } else {
            Role::Counted
        }
    }
}

/// Numbers of boxes that preprocessing removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// True boxes that are distractors or ignored.
    pub truth: usize,
    /// Tested boxes on distractors.
    pub tested: usize,
}

/// Removes tested boxes on distractors, then all true boxes that are not counted. `role` is asked with the index of the
/// frame.
pub fn preprocess<B>(
    sequence: &mut Sequence<B>,
    role: impl Fn(usize, &Object<B>) -> Role,
    similarity: &impl Similarity<B>,
) -> Removed {
    let mut removed = Removed::default();
    for (index, frame) in sequence.frames.iter_mut().enumerate() {
        let roles: Vec<Role> = frame.truth.iter().map(|object| role(index, object)).collect();
        let mut stays = vec![true; frame.tested.len()];
        if roles.contains(&Role::Distractor) {
            let edges = edges(&frame.truth, &frame.tested, similarity);
            for edge in heaviest(&edges).into_iter().map(|index| edges[index]) {
                stays[edge.column as usize] = roles[edge.row as usize] != Role::Distractor;
            }
        }
        removed.tested += stays.iter().filter(|stays| !**stays).count();
        removed.truth += roles.iter().filter(|role| **role != Role::Counted).count();
        let mut stays = stays.into_iter();
        frame.tested.retain(|_| stays.next().unwrap_or(true));
        let mut roles = roles.into_iter();
        frame.truth.retain(|_| roles.next().is_none_or(|role| role == Role::Counted));
    }
    removed
}

fn edges<B>(truth: &[Object<B>], tested: &[Object<B>], similarity: &impl Similarity<B>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (row, a) in truth.iter().enumerate().filter(|(_, object)| similarity.valid(&object.shape)) {
        for (column, b) in tested.iter().enumerate().filter(|(_, object)| similarity.valid(&object.shape)) {
            let weight = similarity.of(&a.shape, &b.shape);
            if weight >= THRESHOLD - f64::EPSILON {
                edges.push(Edge { row: row as u32, column: column as u32, weight });
            }
        }
    }
    edges
}
