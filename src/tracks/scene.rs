//! The vehicle among others: criticality of a whole scene at every moment.

use std::collections::{BTreeMap, BTreeSet};

use glam::DVec2;

use crate::base::time::{Span, Time};
use crate::data::geometry::frames::FrameTree;
use crate::tracks::assemble::Assembled;
use crate::tracks::criticality::metric::{Critical, Metric};
use crate::tracks::criticality::pair::{Pair, PairSettings};
use crate::tracks::criticality::reading::Reading as Value;
use crate::tracks::criticality::state::State as Actor;
use crate::tracks::ego::{EgoShape, NAMES, places, stamps, vehicle_frame};
use crate::tracks::kinematics::{Motion, motions, motions_of};
use crate::tracks::track::Placed;

/// Terms of the readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneTerms {
    /// Extent of the vehicle.
    pub shape: EgoShape,
    /// Largest distance of the centers in meters of actors that count: relations over longer ways are dropped (`RefAV`).
    pub reach: f64,
    /// Abilities of the vehicle and conventions of the metrics.
    pub pair: PairSettings,
}

impl Default for SceneTerms {
    fn default() -> Self {
        Self { shape: EgoShape::default(), reach: 50.0, pair: PairSettings::default() }
    }
}

/// Knowledge about the motion of the vehicle.
#[derive(Clone, Debug, PartialEq)]
pub enum EgoMotion {
    /// Its places over time, in the frame of the tracks.
    Known(Vec<(Time, Placed)>),
    /// The tracks are in the frame of the vehicle, whose own speed is unknown: only metrics of relative motion can be had.
    Relative,
    /// Nothing, with the reason.
    Unknown(String),
}

/// The most critical reading of each metric at each moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// The moments.
    pub times: Vec<Time>,
    /// The metrics that could be had, in the order of [`Metric::ALL`].
    pub series: Vec<Reading>,
    /// Times at which the motion of the vehicle is known: the moments, and the stamps of its coordinate frames where there is no
    /// moment near.
    pub ego_times: Vec<Time>,
    /// Positions and motions of the vehicle at those times.
    pub ego: Vec<(Placed, Motion)>,
}

/// One metric over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The metric.
    pub metric: Metric,
    /// Its most critical value over all actors: infinite where none is in danger.
    pub values: Vec<f64>,
    /// The track that it is about, where there is one.
    pub actors: Vec<Option<u32>>,
}

/// Time between two stamps of the vehicle that count where there are no moments to go by.
const STEP: Span = Span(50_000_000);

/// Metrics that need no speed over ground.
const RELATIVE: [Metric; 6] = [
    Metric::Ttc2d,
    Metric::Drac,
    Metric::ClosestEncounter,
    Metric::ClosestEncounterTime,
    Metric::Distance,
    Metric::Ttc,
];

/// The motion of the vehicle among tracks, at the moments of their samples and at the stamps of its coordinate frames where no
/// track is.
pub fn ego_motion(tracks: &Assembled, frames: &FrameTree, shape: EgoShape) -> EgoMotion {
    if let Some(vehicle) = vehicle_frame(frames, &tracks.frame).filter(|vehicle| *vehicle != tracks.frame) {
        let times = filled(&moments(tracks).into_values().collect(), &stamps(frames, vehicle));
        let known = places(frames, vehicle, &tracks.frame, times, shape);
        if known.len() > 1 {
            return EgoMotion::Known(known);
        }
    }
    if NAMES.contains(&tracks.frame.as_str()) {
        return EgoMotion::Relative;
    }
    EgoMotion::Unknown(format!("no coordinate frame of the vehicle moves in {:?}", tracks.frame))
}

/// Moments, and stamps in their holes, no denser than the moments: what is measured at both keeps one rate.
fn filled(moments: &BTreeSet<Time>, stamps: &BTreeSet<Time>) -> BTreeSet<Time> {
    let mut steps: Vec<Span> = moments.iter().zip(moments.iter().skip(1)).map(|(a, b)| *b - *a).collect();
    steps.sort_unstable();
    let usual = steps.get(steps.len() / 2).copied().unwrap_or(STEP).0;
    // Three quarters of a step leave room for stamps that are not quite even.
    let near = Span((usual - usual / 4).max(1));
    let mut all = moments.clone();
    let mut last: Option<Time> = None;
    for stamp in stamps {
        let before = moments.range(..=*stamp).next_back().is_some_and(|time| *stamp - *time < near);
        let after = moments.range(*stamp..).next().is_some_and(|time| *time - *stamp < near);
        if before || after || last.is_some_and(|last| *stamp - last < near) {
            continue;
        }
        all.insert(*stamp);
        last = Some(*stamp);
    }
    all
}

/// Times by sample.
fn moments(tracks: &Assembled) -> BTreeMap<usize, Time> {
    let states = tracks.tracks.iter().flat_map(|track| &track.states);
    states.map(|state| (state.sample, state.time)).collect()
}

/// The most critical readings over all actors at the moments of the samples.
pub fn readings(tracks: &Assembled, ego: &EgoMotion, terms: &SceneTerms) -> Readings {
    let (places, relative) = match ego {
        EgoMotion::Known(places) => (places.clone(), false),
        EgoMotion::Relative => {
            let center = glam::DVec3::X * terms.shape.ahead;
            let size = glam::DVec3::new(terms.shape.length, terms.shape.width, 1.8);
            let placed = Placed { center, heading: 0.0, size, velocity: None };
            (moments(tracks).into_values().map(|time| (time, placed)).collect(), true)
        }
        EgoMotion::Unknown(_) => return Readings::default(),
    };
    let own = motions_of(&places);
    let sampled: BTreeSet<Time> = moments(tracks).into_values().collect();
    let here: Vec<usize> = (0..places.len()).filter(|at| sampled.contains(&places[*at].0)).collect();
    let at: BTreeMap<Time, usize> =
        here.iter().enumerate().map(|(at, place)| (places[*place].0, at)).collect();
    let metrics: Vec<Metric> =
        Metric::ALL.into_iter().filter(|metric| !relative || RELATIVE.contains(metric)).collect();
    let mut series: Vec<Reading> = metrics
        .iter()
        .map(|metric| Reading {
            metric: *metric,
            values: vec![neutral(*metric); here.len()],
            actors: vec![None; here.len()],
        })
        .collect();
    let egos: Vec<Actor> = here.iter().map(|at| actor(&places[*at].1, &own[*at])).collect();
    for (number, track) in tracks.tracks.iter().enumerate() {
        let moving = motions(track);
        for (state, motion) in track.states.iter().zip(&moving) {
            let (Some(now), Some(placed)) = (at.get(&state.time), state.place.world()) else { continue };
            let Some(ego) = egos.get(*now) else { continue };
            let apart = DVec2::new(placed.center.x - ego.x, placed.center.y - ego.y).length();
            if apart > terms.reach {
                continue;
            }
            let other = actor(placed, motion);
            let Ok(pair) = Pair::new(ego, &other, &terms.pair) else { continue };
            for reading in &mut series {
                let Some(value) = pair.evaluate(reading.metric).ok().and_then(Value::extended) else {
                    continue;
                };
                if worse(reading.metric, value, reading.values[*now]) {
                    reading.values[*now] = value;
                    reading.actors[*now] = u32::try_from(number).ok();
                }
            }
        }
    }
    let times = here.iter().map(|at| places[*at].0).collect();
    if relative {
        return Readings { times, series, ..Readings::default() };
    }
    let ego_times = places.iter().map(|(time, _)| *time).collect();
    let ego = places.iter().map(|(_, placed)| *placed).zip(own).collect();
    Readings { times, series, ego_times, ego }
}

fn actor(placed: &Placed, motion: &Motion) -> Actor {
    Actor {
        x: placed.center.x,
        y: placed.center.y,
        heading: placed.heading,
        vx: motion.velocity.x,
        vy: motion.velocity.y,
        acceleration: Some(motion.acceleration),
        length: placed.size.x,
        width: placed.size.y,
        yaw_rate: Some(motion.yaw_rate),
    }
}

/// The value of a metric where no actor is in danger.
fn neutral(metric: Metric) -> f64 {
    match metric.spec().critical {
        Critical::Below | Critical::AtMost => f64::INFINITY,
        Critical::AtLeast => 0.0,
    }
}

fn worse(metric: Metric, value: f64, than: f64) -> bool {
    match metric.spec().critical {
        Critical::Below | Critical::AtMost => value < than,
        Critical::AtLeast => value > than,
    }
}
