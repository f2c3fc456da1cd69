//! Carlini and Wagner's attack by L2: the least change by an optimizer, with a weight found by halving.

use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::goal::{Goal, best};
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::subject::{Shot, Slopes};
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NOT_FOUND};

/// Least changes by L2.
pub(super) static KIND: AttackKind = AttackKind {
    id: "carlini_wagner",
    title: "Carlini-Wagner",
    summary: "9 searches of a weight from 0.001, each up to 1000 steps of Adam of 0.01, in tanh space, confidence 0",
    source: "Carlini, Wagner, \"Towards Evaluating the Robustness of Neural Networks\", IEEE S&P 2017",
    knows: Knowledge::Gradients,
    norms: &[Norm::L2],
    least: true,
    objects: false,
    run,
};

/// Weights that are tried.
const SEARCHES: usize = 9;
/// Steps for each if none are asked for.
const STEPS: usize = 1000;
const STEP: f64 = 0.01;
const WEIGHT: f64 = 1e-3;
/// Factor of a weight without an upper bound.
const GROWTH: f64 = 10.0;
/// Share of the range that keeps away from its ends, where the tangent has no slope.
const INSIDE: f64 = 0.999_999;
/// Steps without progress after which a search ends, as a share of all.
const PATIENCE: usize = 10;

struct State {
    /// The image in tanh space, and its start there.
    base: Vec<f64>,
    change: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    weight: f64,
    low: f64,
    high: f64,
    reached: bool,
    best: Option<(f64, Vec<f32>)>,
    queries: usize,
}

fn run(attack: &Attack<'_>, shots: &[Shot]) -> Result<Vec<Found>, AttackError> {
    let mut slopes = Slopes::new(attack.subject)?;
    let steps = attack.settings.steps.unwrap_or(STEPS);
    let mut states: Vec<State> = shots.iter().map(State::new).collect();
    let all: Vec<&Shot> = shots.iter().collect();
    for search in 0..SEARCHES {
        for state in &mut states {
            state.begin(search + 1 == SEARCHES);
        }
        let mut last = f64::INFINITY;
        for step in 1..=steps {
            attack.progress.check()?;
            let images: Vec<Vec<f32>> = states.iter().map(State::image).collect();
            let numbers: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
            slopes.forward(&all, &numbers)?;
            let mut seeds = Vec::with_capacity(shots.len());
            let mut loss = 0.0;
            for (at, (shot, state)) in shots.iter().zip(&mut states).enumerate() {
                let scores = slopes.outputs(at).into_iter().next().unwrap_or_default();
                let (seed, own) = state.judged(shot, &scores, &images[at]);
                seeds.push(vec![seed]);
                loss += own;
            }
            let found = slopes.backward(&all, &seeds)?;
            for ((state, slope), (shot, image)) in states.iter_mut().zip(found).zip(shots.iter().zip(&images))
            {
                state.step(step, shot, image, &slope.gradient);
            }
            if step.is_multiple_of((steps / PATIENCE).max(1)) {
                if loss > last * 0.9999 {
                    break;
                }
                last = loss;
            }
        }
        states.iter_mut().for_each(State::end);
    }
    let found = states.into_iter().zip(shots).map(|(state, shot)| match state.best {
        Some((_, numbers)) => Found { numbers, queries: state.queries, note: "" },
        None => Found::nothing(shot, state.queries, NOT_FOUND),
    });
    Ok(found.collect())
}

impl State {
    fn new(shot: &Shot) -> Self {
        let base: Vec<f64> =
            shot.start.iter().map(|value| libm::atanh((2.0 * f64::from(*value) - 1.0) * INSIDE)).collect();
        let zeros = vec![0.0; base.len()];
        Self {
            base,
            change: zeros.clone(),
            first: zeros.clone(),
            second: zeros,
            weight: WEIGHT,
            low: 0.0,
            high: f64::INFINITY,
            reached: false,
            best: None,
            queries: 0,
        }
    }

    fn begin(&mut self, last: bool) {
        // The last search takes the largest weight that is still open.
        if last && self.high.is_finite() {
            self.weight = self.high;
        }
        for buffer in [&mut self.change, &mut self.first, &mut self.second] {
            buffer.fill(0.0);
        }
        self.reached = false;
    }

    fn image(&self) -> Vec<f32> {
        let value = |(base, change): (&f64, &f64)| (0.5 * (libm::tanh(base + change) / INSIDE + 1.0)) as f32;
        self.base.iter().zip(&self.change).map(value).map(|value| value.clamp(0.0, 1.0)).collect()
    }

    /// The derivative of the margin, and the loss; keeps the image if it is the nearest so far.
    fn judged(&mut self, shot: &Shot, scores: &[f32], image: &[f32]) -> (Vec<f32>, f64) {
        self.queries += 1;
        let mut seed = vec![0.0; scores.len()];
        let Goal::Class { truth, target } = &shot.goal else { return (seed, 0.0) };
        let distance = Norm::L2.size(shot.change(image));
        let own = target.unwrap_or(*truth);
        let mut others = scores.to_vec();
        if let Some(own) = others.get_mut(own) {
            *own = f32::NEG_INFINITY;
        }
        let other = best(&others);
        let (up, down) = if target.is_some() { (other, own) } else { (own, other) };
        let margin = f64::from(scores[up]) - f64::from(scores[down]);
        if margin < 0.0 {
            self.reached = true;
            if self.best.as_ref().is_none_or(|(least, _)| distance < *least) {
                self.best = Some((distance, image.to_vec()));
            }
        } else {
            seed[up] = 1.0;
            seed[down] = -1.0;
        }
        (seed, distance * distance + self.weight * margin.max(0.0))
    }

    /// A step of Adam (Kingma, Ba, ICLR 2015) on distance and margin.
    fn step(&mut self, step: usize, shot: &Shot, image: &[f32], margin: &[f32]) {
        const KEPT: (f64, f64) = (0.9, 0.999);
        let (a, b) = (1.0 - libm::pow(KEPT.0, step as f64), 1.0 - libm::pow(KEPT.1, step as f64));
        let Self { change, first, second, weight, .. } = self;
        for (at, change) in change.iter_mut().enumerate() {
            let value = f64::from(image[at]);
            let slope = 2.0 * (value - f64::from(shot.start[at])) + *weight * f64::from(margin[at]);
            let inner = 2.0 * value - 1.0;
            let slope = slope * 0.5 * (1.0 - inner * inner).max(0.0);
            first[at] = KEPT.0 * first[at] + (1.0 - KEPT.0) * slope;
            second[at] = KEPT.1 * second[at] + (1.0 - KEPT.1) * slope * slope;
            *change -= STEP * (first[at] / a) / ((second[at] / b).sqrt() + 1e-8);
        }
    }

    fn end(&mut self) {
        if self.reached {
            self.high = self.weight;
        } else {
            self.low = self.weight;
        }
        self.weight =
            if self.high.is_finite() { f64::midpoint(self.low, self.high) } else { self.weight * GROWTH };
    }
}
