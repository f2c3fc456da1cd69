//! Signals of human and stack, plans, with faults.

use std::sync::Arc;

use glam::DVec3;
use hardcase::base::time::{Span, Time};
use hardcase::data::geometry::path::{PathPoint, PlannedPath};

use super::memory::{Content, Memory};
use super::road::Way;
use super::{BLOCK, Block, Event, Noise, STEP, plant};

pub const KINDS: &[&str] = &[
    "shadow_steering",
    "shadow_brake",
    "temporal_outlier",
    "shadow_throttle",
    "predicted_trouble",
    "plan_jump",
    "blinker",
];
/// Those that need a vehicle that drives evenly.
pub const STEADY: &[&str] = &["shadow_brake", "shadow_throttle", "plan_jump"];
const FINE: f64 = 0.05;
/// Seconds by which the model is behind the human.
const LAG: f64 = 0.3;

pub fn add(clip: &mut Memory, blocks: &[Block], way: &Way, noise: &mut Noise, events: &mut Vec<Event>) {
    for block in blocks {
        let (kind, at) = block.signals;
        let t = block.start + at;
        match kind {
            "shadow_steering" => plant(events, kind, (t, t + 1.8), &[]),
            "shadow_brake" => plant(events, kind, (t, t + 1.5), &["late_reaction"]),
            "shadow_throttle" => plant(events, kind, (t, t + 1.5), &[]),
            "temporal_outlier" | "plan_jump" => plant(events, kind, (t, t + 0.2), &[]),
            "predicted_trouble" => plant(events, kind, (t, t + 1.0), &[]),
            _ => {}
        }
    }
    let count = (blocks.len() as f64 * BLOCK / FINE) as usize;
    let times: Arc<Vec<Time>> = Arc::new((0..count).map(|i| Time::from_secs(i as f64 * FINE)).collect());
    let mut series: [Vec<f64>; 8] = Default::default();
    for i in 0..count {
        let t = i as f64 * FINE;
        let block = &blocks[((t / BLOCK + 1e-9) as usize).min(blocks.len() - 1)];
        let values = at(block, way, t, noise);
        series.iter_mut().zip(values).for_each(|(all, value)| all.push(value));
    }
    let names = [
        "/vehicle.speed",
        "/human.steering_deg",
        "/model.steering_deg",
        "/human.acceleration",
        "/model.acceleration",
        "/modelV2.meta.brake3MetersPerSecondSquaredProbs[0]",
        "/modelV2.meta.brake5MetersPerSecondSquaredProbs[0]",
        "/vehicle.blinker",
    ];
    for (name, values) in names.into_iter().zip(series) {
        clip.add(name, &times, Content::Numbers(Arc::new(values)));
    }
    let frames = (blocks.len() as f64 * BLOCK / STEP) as usize - 45;
    let times: Arc<Vec<Time>> = Arc::new((0..frames).map(|i| Time::from_secs(i as f64 * STEP)).collect());
    let plans = times.iter().map(|time| plan(blocks, way, time.secs(), noise)).collect();
    clip.add("/plan", &times, Content::Paths(plans));
}

fn wheel(t: f64) -> f64 {
    3.0 * libm::sin(0.5 * t) + 1.5 * libm::sin(1.3 * t)
}

/// The next moment after the beginning of a block at which the human hardly steers.
pub fn calm(start: f64, at: f64) -> f64 {
    let change = |at: f64| (wheel(start + at + 0.25) - wheel(start + at - 0.25)).abs();
    (0..100).map(|n| at + f64::from(n) * FINE).find(|at| change(*at) < 0.8).unwrap_or(at)
}

fn at(block: &Block, way: &Way, t: f64, noise: &mut Noise) -> [f64; 8] {
    let (kind, began) = block.signals;
    let now = t - block.start - began;
    let n = (now / FINE).round() as i64;
    let (_, speed, acceleration) = way.at(t);
    let human = wheel(t) + noise.normal(0.05);
    let mut model = wheel(t - LAG) + noise.normal(0.1);
    let mut demand = way.at(t - LAG).2 + noise.normal(0.03);
    let (mut p3, mut p5) = (noise.within(0.0, 0.3), noise.within(0.0, 0.04));
    let mut blinker = 0.0;
    // Rises within 0.2 s, stays, falls.
    let lobe = |secs: f64| (now / 0.2).min((secs - now) / 0.2).clamp(0.0, 1.0);
    match kind {
        "shadow_steering" => model += block.sized(6.5, 15.0) * lobe(1.6),
        "blinker" => {
            model += 9.0 * lobe(1.6);
            blinker = f64::from(u8::from((-2.0..2.0).contains(&now)));
        }
        "temporal_outlier" if n == 0 => model += block.sized(3.0, 9.0),
        "shadow_brake" => demand -= block.sized(1.5, 4.0) * lobe(1.4),
        "shadow_throttle" => demand += block.sized(1.0, 2.5) * lobe(1.4),
        "predicted_trouble" if (0.0..0.6).contains(&now) => (p3, p5) = (0.9, 0.3),
        // A single frame is not enough.
        "plan_jump" if n == 40 => (p3, p5) = (0.9, 0.3),
        _ => {}
    }
    [speed + noise.normal(0.02), human, model, acceleration + noise.normal(0.03), demand, p3, p5, blinker]
}

fn plan(blocks: &[Block], way: &Way, t: f64, noise: &mut Noise) -> PlannedPath {
    let block = &blocks[((t / BLOCK + 1e-9) as usize).min(blocks.len() - 1)];
    let (kind, began) = block.signals;
    let n = ((t - block.start - began) / STEP).round() as i64;
    let aside = if kind == "plan_jump" && n == 0 { block.sized(1.3, 3.0) } else { noise.normal(0.05) };
    let points = (0..9).map(|k| {
        let after = f64::from(k) * 0.5;
        let (x, speed, _) = way.at(t + after);
        let place = DVec3::new(x, aside * after / 4.0, 0.0);
        PathPoint { after: Some(Span::from_secs(after)), place, speed: Some(speed) }
    });
    PlannedPath { frame: "map".to_owned(), points: points.collect() }
}
