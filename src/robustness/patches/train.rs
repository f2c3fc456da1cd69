//! Training of a patch over random frames and placements.

use crate::base::progress::Progress;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::Task;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::goal::Goal;
use crate::robustness::attacks::objects::ObjectGoal;
use crate::robustness::attacks::subject::{Shot, Slopes, Subject};
use crate::robustness::patches::paste::{Pasted, Patch, back, composed, image};
use crate::robustness::patches::placement::Placement;
use crate::robustness::patches::wanted::{TEXELS, Wanted, seen};

/// Darkest and brightest color: what an ink-jet printer on matte paper reaches, at a guess on the safe side.
const INKS: (f32, f32) = (0.06, 0.94);
/// Rate, and the decays of both moments, of Adam (Kingma et al., ICLR 2015).
const RATE: f32 = 0.03;
const DECAYS: (f32, f32) = (0.9, 0.999);
/// Weight of the total variation.
const SMOOTH: f32 = 0.3;
/// Placements that are tried for one in which the model sees the clean sign.
const TRIES: u64 = 8;

/// A trained patch.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The patch.
    pub patch: Patch,
    /// Steps that were made.
    pub steps: usize,
    /// Placements in which the model did not see the clean sign; they taught nothing.
    pub unseen: usize,
    /// Share of the last quarter of the steps in which the model still saw the sign with the patch.
    pub seen_at_the_end: f64,
}

/// Trains a patch on frames by climbing the goal of one image at a time, with total variation held down.
///
/// The same patch on every machine. An error if the model has no gradients, or never sees the clean sign.
pub fn train(
    subject: &Subject<'_>,
    wanted: &Wanted<'_>,
    frames: &[Image],
    progress: &Progress,
) -> Result<Trained, PatchError> {
    let mut slopes = Slopes::new(subject)?;
    let mut patch = Patch::filled(TEXELS, [0.5; 3]);
    let mut moments = [[(); 3], [(); 3]].map(|row| row.map(|()| vec![0.0_f32; TEXELS * TEXELS]));
    let (mut unseen, mut made, mut late) = (0, 0, (0_usize, 0_usize));
    progress.begin(wanted.steps as u64);
    for step in 0..wanted.steps {
        progress.step().map_err(AttackError::from)?;
        let mut rng = Rng::split(wanted.seed, step as u64);
        let mut found = None;
        for _ in 0..TRIES {
            let frame = &frames[rng.bits() as usize % frames.len()];
            let placement = Placement::random(&mut rng, &wanted.ranges, frame.size());
            match goal(subject, wanted, frame, &placement)? {
                Some(goal) => {
                    found = Some((frame, placement, goal));
                    break;
                }
                None => unseen += 1,
            }
        }
        let Some((frame, placement, goal)) = found else { continue };
        let pasted = Pasted { sign: wanted.sign, patch: Some((&patch, wanted.cover)) };
        let numbers = composed(frame, pasted, &placement);
        let picture = image(&numbers, frame.size());
        if step * 4 >= wanted.steps * 3 {
            late.1 += 1;
            let prediction = subject.predict(&picture).map_err(AttackError::from)?;
            late.0 += usize::from(seen(&prediction, wanted.class, &placement));
        }
        let shot = Shot::new(subject, picture, goal, 0);
        let count = shot.shape().0 * shot.shape().1;
        let numbers = &numbers[..count * shot.shape().2];
        let slope = slopes.of(&[&shot], &[numbers])?.pop().filter(|slope| slope.finite);
        let Some(slope) = slope else { continue };
        let own = back(&slope.gradient, frame.size(), (wanted.sign, &patch, wanted.cover), &placement);
        made += 1;
        climb(&mut patch, &own, &mut moments, made);
    }
    if made == 0 {
        return Err(PatchError::NeverSeen { class: wanted.class.to_owned(), tries: unseen });
    }
    let seen_at_the_end = if late.1 == 0 { 0.0 } else { late.0 as f64 / late.1 as f64 };
    Ok(Trained { patch, steps: made, unseen, seen_at_the_end })
}

/// Reason why there is no patch.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// The model cannot be attacked.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// The model does not see the sign even without a patch.
    #[error(
        "the model never predicts {class:?} for the clean sign in {tries} placements, make it larger or name another class or sign"
    )]
    NeverSeen {
        /// The class.
        class: String,
        /// Placements that were tried.
        tries: usize,
    },
}

/// The goal in a placement: the sign is no longer what it is; none if the model does not see the clean one.
fn goal(
    subject: &Subject<'_>,
    wanted: &Wanted<'_>,
    frame: &Image,
    placement: &Placement,
) -> Result<Option<Goal>, AttackError> {
    let clean = image(&composed(frame, Pasted { sign: wanted.sign, patch: None }, placement), frame.size());
    if subject.model.task() == Task::Objects {
        let goal = ObjectGoal::of_one(subject.model, &clean, (wanted.class, placement.bbox()))?;
        return Ok(goal.map(|goal| Goal::Objects(Box::new(goal))));
    }
    if !seen(&subject.predict(&clean)?, wanted.class, placement) {
        return Ok(None);
    }
    let truth = subject.model.card.labels.iter().position(|label| label == wanted.class);
    Ok(truth.map(|truth| Goal::Class { truth, target: None }))
}

/// One step of Adam along the slope, against the total variation, within what can be printed.
fn climb(patch: &mut Patch, slopes: &[Vec<f32>; 3], moments: &mut [[Vec<f32>; 3]; 2], step: usize) {
    let [firsts, seconds] = moments;
    let power = i32::try_from(step).unwrap_or(i32::MAX);
    let (first_rest, second_rest) = (1.0 - DECAYS.0.powi(power), 1.0 - DECAYS.1.powi(power));
    for c in 0..3 {
        let rough = variation(&patch.planes[c], patch.side);
        let plane = &mut patch.planes[c];
        for (at, value) in plane.iter_mut().enumerate() {
            let slope = slopes[c][at] - SMOOTH * rough[at];
            let (first, second) = (&mut firsts[c][at], &mut seconds[c][at]);
            *first = DECAYS.0 * *first + (1.0 - DECAYS.0) * slope;
            *second = DECAYS.1 * *second + (1.0 - DECAYS.1) * slope * slope;
            let way = (*first / first_rest) / ((*second / second_rest).sqrt() + 1e-8);
            *value = (*value + RATE * way).clamp(INKS.0, INKS.1);
        }
    }
}

/// The derivative of the mean absolute difference of neighbors.
fn variation(plane: &[f32], side: usize) -> Vec<f32> {
    let mut slopes = vec![0.0; plane.len()];
    let part = 1.0 / plane.len() as f32;
    let mut pair = |a: usize, b: usize| {
        let apart = plane[a] - plane[b];
        if apart != 0.0 {
            slopes[a] += part * apart.signum();
            slopes[b] -= part * apart.signum();
        }
    };
    for y in 0..side {
        for x in 0..side {
            if x + 1 < side {
                pair(y * side + x, y * side + x + 1);
            }
            if y + 1 < side {
                pair(y * side + x, (y + 1) * side + x);
            }
        }
    }
    slopes
}
