//! Boundary attack: a random walk along the boundary, from labels alone.

use std::collections::VecDeque;

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::blended_noise;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::{Norm, normals};
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// Least changes by L2.
pub(super) static KIND: AttackKind = AttackKind {
    id: "boundary",
    title: "Boundary attack",
    summary: "random steps of 0.01 on the sphere and 0.01 towards the image, adapted by 1.5, until the budget is used",
    source: "Brendel, Rauber, Bethge, \"Decision-Based Adversarial Attacks\", ICLR 2018",
    knows: Knowledge::Label,
    norms: &[Norm::L2],
    least: true,
    objects: true,
    run: |attack, shots| each(attack, shots, one),
};

/// Length of a step on the sphere and towards the image, in parts of the distance.
const STEP: f64 = 0.01;
/// Factor by which they are adapted.
const ADAPTATION: f64 = 1.5;
/// Length of a step towards the image at which the walk has arrived.
const ARRIVED: f64 = 1e-7;
/// Steps between checks of the sphere.
const EVERY: usize = 10;

/// The last outcomes.
struct Record {
    outcomes: VecDeque<bool>,
    most: usize,
}

impl Record {
    fn put(&mut self, outcome: bool) {
        if self.outcomes.len() == self.most {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back(outcome);
    }

    /// The share of successes once there are enough.
    fn rate(&self) -> Option<f64> {
        let hits = self.outcomes.iter().filter(|outcome| **outcome).count();
        (self.outcomes.len() == self.most).then(|| hits as f64 / self.most as f64)
    }
}

fn one(asking: &mut Asking<'_>) -> Result<Found, AttackError> {
    let shot = asking.shot;
    let mut rng = Rng::split(shot.seed, 0);
    let Some(mut best) = blended_noise::start(asking, &mut rng)? else {
        return Ok(Found::nothing(shot, 0, NOT_FOUND));
    };
    let (mut spherical, mut towards) = (STEP, STEP);
    let mut around = Record { outcomes: VecDeque::new(), most: 100 };
    let mut steps = Record { outcomes: VecDeque::new(), most: 30 };
    let mut step = 0;
    while asking.left() >= 2 && towards >= ARRIVED {
        step += 1;
        let (sphere, candidate) = drawn(&shot.start, &best, spherical, towards, &mut rng);
        if step % EVERY == 0 {
            around.put(asking.reached(&sphere)?);
        }
        let reached = asking.reached(&candidate)?;
        if step % EVERY == 0 {
            steps.put(reached);
        }
        if reached && Norm::L2.size(shot.change(&candidate)) < Norm::L2.size(shot.change(&best)) {
            best = candidate;
        }
        if let Some(rate) = around.rate() {
            if rate > 0.5 {
                (spherical, towards) = (spherical * ADAPTATION, towards * ADAPTATION);
                around.outcomes.clear();
            } else if rate < 0.2 {
                (spherical, towards) = (spherical / ADAPTATION, towards / ADAPTATION);
                around.outcomes.clear();
            }
        }
        if let Some(rate) = steps.rate() {
            if rate > 0.25 {
                towards *= ADAPTATION;
                steps.outcomes.clear();
            } else if rate < 0.1 {
                towards /= ADAPTATION;
                steps.outcomes.clear();
            }
        }
    }
    Ok(Found { numbers: best, ..Found::default() })
}

/// A random place at the same distance, and the same a step nearer.
fn drawn(start: &[f32], best: &[f32], spherical: f64, towards: f64, rng: &mut Rng) -> (Vec<f32>, Vec<f32>) {
    let back: Vec<f64> = start.iter().zip(best).map(|(s, b)| f64::from(*s) - f64::from(*b)).collect();
    let distance = back.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
    let noise: Vec<f64> = normals(rng, start.len()).into_iter().map(f64::from).collect();
    let along = noise.iter().zip(&back).map(|(n, b)| n * b / distance).sum::<f64>();
    let mut across: Vec<f64> = noise.iter().zip(&back).map(|(n, b)| n - along * b / distance).collect();
    let length = across.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
    for value in &mut across {
        *value *= spherical * distance / length;
    }
    let shrink = 1.0 / (spherical * spherical + 1.0).sqrt();
    // From the image outwards, back on the sphere.
    let sphere: Vec<f64> = start
        .iter()
        .zip(across.iter().zip(&back))
        .map(|(s, (a, b))| f64::from(*s) + shrink * (a - b))
        .collect();
    let clipped: Vec<f32> = sphere.iter().map(|value| value.clamp(0.0, 1.0) as f32).collect();
    let out: Vec<f64> = clipped.iter().zip(start).map(|(c, s)| f64::from(*s) - f64::from(*c)).collect();
    let own = out.iter().map(|value| value * value).sum::<f64>().sqrt().max(1e-12);
    let step = (towards * distance + own - distance).max(0.0) / own;
    let candidate = clipped.iter().zip(&out).map(|(c, o)| (f64::from(*c) + step * o).clamp(0.0, 1.0) as f32);
    let candidate = candidate.collect();
    (clipped, candidate)
}
