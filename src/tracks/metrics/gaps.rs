//! Gaps of tracks, filled by interpolation of their centers.

use std::collections::BTreeMap;

use crate::tracks::metrics::sequence::{Object, Sequence};

/// Interpolation between the two boxes at the ends of a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filling {
    /// Gaps stay.
    #[default]
    None,
    /// In proportion to time.
    Linear,
    /// As the nuScenes devkit 1.1 does it: in proportion to the time that is left to the end of the gap, so that a box
    /// near the beginning is placed near the end. Equal to [`Self::Linear`] in the middle, and so for a single missing
    /// frame between frames of equal distance.
    Devkit,
}

/// Fills the gaps of both sides. `times` are nanoseconds by frame; frames beyond them are not filled.
pub fn fill<const N: usize>(sequence: &mut Sequence<[f64; N]>, times: &[i64], filling: Filling) {
    if filling == Filling::None {
        return;
    }
    for of_truth in [true, false] {
        let mut last: BTreeMap<u64, (usize, Object<[f64; N]>)> = BTreeMap::new();
        let mut added: Vec<(usize, Object<[f64; N]>)> = Vec::new();
        for (frame, objects) in sequence.frames.iter().enumerate().take(times.len()) {
            let objects = if of_truth { &objects.truth } else { &objects.tested };
            for object in objects.iter().filter(|object| object.shape.iter().all(|number| number.is_finite()))
            {
                if let Some((from, before)) = last.insert(object.id, (frame, object.clone())) {
                    added.extend((from + 1..frame).map(|between| {
                        let apart = |from: usize, to: usize| times[to].saturating_sub(times[from]) as f64;
                        let passed = if filling == Filling::Devkit {
                            apart(between, frame)
                        } else {
                            apart(from, between)
                        };
                        let part = passed / apart(from, frame);
                        (between, mixed(&before, object, part))
                    }));
                }
            }
        }
        for (frame, object) in added {
            let frame = &mut sequence.frames[frame];
            if of_truth { &mut frame.truth } else { &mut frame.tested }.push(object);
        }
    }
}

fn mixed<const N: usize>(a: &Object<[f64; N]>, b: &Object<[f64; N]>, part: f64) -> Object<[f64; N]> {
    let mix = |a: f64, b: f64| (1.0 - part) * a + part * b;
    Object {
        id: a.id,
        shape: std::array::from_fn(|axis| mix(a.shape[axis], b.shape[axis])),
        score: mix(a.score, b.score),
    }
}
