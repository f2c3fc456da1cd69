//! `HopSkipJump`: steps along the boundary from labels alone.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::blended_noise;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::{Norm, normals, sign};
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NOT_FOUND};

/// Least changes by L2 or Linf.
pub(super) static KIND: AttackKind = AttackKind {
    id: "hop_skip_jump",
    title: "HopSkipJump",
    summary: "up to 64 steps; directions from 100 sqrt(step) questions about the label, at most 10,000, within the budget",
    source: "Chen, Jordan, Wainwright, \"HopSkipJumpAttack\", IEEE S&P 2020",
    knows: Knowledge::Label,
    norms: &[Norm::L2, Norm::Linf],
    least: true,
    objects: true,
    run: |attack, shots| each(attack, shots, |asking| one(attack, asking)),
};

/// Steps if none are asked for.
const STEPS: usize = 64;
/// Questions for the direction of the first step, and at most.
const QUESTIONS: (usize, usize) = (100, 10_000);
/// Distance of the questions of the first step.
const FIRST: f64 = 0.1;
/// Questions that are asked together.
const TOGETHER: usize = 32;
/// Parts of a step that are tried until it stays beyond the boundary.
const HALVES: usize = 25;

struct Hop<'a, 'b> {
    norm: Norm,
    asking: &'a mut Asking<'b>,
    /// Precision of the search for the boundary.
    theta: f64,
}

fn one(attack: &Attack<'_>, asking: &mut Asking<'_>) -> Result<Found, AttackError> {
    let norm = attack.settings.norm;
    let shot = asking.shot;
    let count = shot.start.len() as f64;
    let mut rng = Rng::split(shot.seed, 0);
    let Some(begun) = blended_noise::start(asking, &mut rng)? else {
        return Ok(Found::nothing(shot, 0, NOT_FOUND));
    };
    let theta = if norm == Norm::Linf { 1.0 / (count * count) } else { 1.0 / (count * count.sqrt()) };
    let mut hop = Hop { norm, asking, theta };
    let mut numbers = hop.boundary(&begun)?;
    let mut best = numbers.clone();
    let mut least = norm.size(shot.change(&best));
    for step in 0..attack.settings.steps.unwrap_or(STEPS) {
        let questions = ((QUESTIONS.0 as f64 * ((step + 1) as f64).sqrt()) as usize).min(QUESTIONS.1);
        let questions = questions.min(hop.asking.left().saturating_sub(HALVES));
        if questions < 2 {
            break;
        }
        let distance = norm.size(shot.change(&numbers));
        let reach = match (step, norm) {
            (0, _) => FIRST,
            (_, Norm::Linf) => count * theta * distance,
            (_, _) => count.sqrt() * theta * distance,
        };
        let direction = hop.direction(&numbers, reach, questions, &mut rng)?;
        let mut length = distance / ((step + 1) as f64).sqrt();
        let mut moved = None;
        for _ in 0..HALVES {
            let tried: Vec<f32> = numbers
                .iter()
                .zip(&direction)
                .map(|(value, way)| (f64::from(*value) + length * f64::from(*way)).clamp(0.0, 1.0) as f32)
                .collect();
            if hop.asking.reached(&tried)? {
                moved = Some(tried);
                break;
            }
            length /= 2.0;
        }
        if let Some(moved) = moved {
            numbers = hop.boundary(&moved)?;
        }
        let size = norm.size(shot.change(&numbers));
        if size < least {
            (least, best) = (size, numbers.clone());
        }
        if hop.asking.left() == 0 {
            break;
        }
    }
    Ok(Found { numbers: best, ..Found::default() })
}

impl Hop<'_, '_> {
    /// The place just beyond the boundary between the image and one that reaches the goal.
    fn boundary(&mut self, far: &[f32]) -> Result<Vec<f32>, AttackError> {
        let start = &self.asking.shot.start;
        let (mut low, mut high) = (0.0, 1.0);
        let mut precision = self.theta;
        if self.norm == Norm::Linf {
            high = self.norm.size(self.asking.shot.change(far));
            precision = (high * self.theta).max(1e-6);
        }
        let place = |at: f64, norm: Norm| -> Vec<f32> {
            let pairs = start.iter().zip(far);
            if norm == Norm::Linf {
                return pairs.map(|(s, f)| s + (f - s).clamp(-at as f32, at as f32)).collect();
            }
            pairs.map(|(s, f)| (f64::from(*s) + at * f64::from(f - s)) as f32).collect()
        };
        while high - low > precision && self.asking.left() > 0 {
            let middle = f64::midpoint(low, high);
            if self.asking.reached(&place(middle, self.norm))? {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(place(high, self.norm))
    }

    /// The direction into the region of the goal, from the labels around a place on the boundary.
    fn direction(
        &mut self,
        numbers: &[f32],
        reach: f64,
        questions: usize,
        rng: &mut Rng,
    ) -> Result<Vec<f32>, AttackError> {
        let mut ways = Vec::with_capacity(questions);
        let mut sides = Vec::with_capacity(questions);
        while ways.len() < questions {
            let count = TOGETHER.min(questions - ways.len());
            let mut asked = Vec::with_capacity(count);
            for _ in 0..count {
                let mut way = if self.norm == Norm::Linf {
                    (0..numbers.len()).map(|_| (2.0 * rng.unit() - 1.0) as f32).collect()
                } else {
                    normals(rng, numbers.len())
                };
                Norm::L2.rescale(&mut way, 1.0);
                let near: Vec<f32> = numbers
                    .iter()
                    .zip(&way)
                    .map(|(value, way)| (f64::from(*value) + reach * f64::from(*way)).clamp(0.0, 1.0) as f32)
                    .collect();
                ways.push(
                    near.iter()
                        .zip(numbers)
                        .map(|(near, value)| (f64::from(near - value) / reach) as f32)
                        .collect::<Vec<f32>>(),
                );
                asked.push(near);
            }
            sides.extend(
                self.asking.ask_all(&asked)?.iter().map(|answer| if answer.reached { 1.0 } else { -1.0 }),
            );
            if sides.len() < ways.len() {
                break;
            }
        }
        let mean: f64 = sides.iter().sum::<f64>() / sides.len().max(1) as f64;
        // Where all agree their own sides are what is known.
        let middle = if (mean.abs() - 1.0).abs() < 1e-12 { 0.0 } else { mean };
        let mut direction = vec![0.0_f64; numbers.len()];
        for (way, side) in ways.iter().zip(&sides) {
            direction.iter_mut().zip(way).for_each(|(sum, way)| *sum += (side - middle) * f64::from(*way));
        }
        let mut direction: Vec<f32> = direction.into_iter().map(|value| value as f32).collect();
        if self.norm == Norm::Linf {
            for value in &mut direction {
                *value = sign(*value);
            }
        } else {
            Norm::L2.rescale(&mut direction, 1.0);
        }
        Ok(direction)
    }
}
