//! Predicates and numbers of one track.

use crate::base::time::Time;
use crate::tracks::classes::superclass;
use crate::tracks::questions::actor::Actor;
use crate::tracks::questions::grid::Tri;
use crate::tracks::questions::tree::{Property, Side, Single};

/// Yaw rate in rad/s above which a turn goes on beyond the end of a track: 5°/s (`RefAV`).
const GOES_ON: f64 = 5.0 * std::f64::consts::PI / 180.0;

/// True if a track of a class is one of `wanted`: the same name, its superclass, or anything that drives for `vehicle`.
pub fn is_class(wanted: &str, class: &str) -> bool {
    let (wanted, class) = (wanted.to_lowercase(), class.to_lowercase());
    let motor = || wanted == "vehicle" && (class.ends_with("motorcycle") || class.ends_with("motorbike"));
    wanted == class || wanted == "any" || wanted == superclass(&class) || motor()
}

/// Values of a predicate at each observation.
pub(super) fn truths(actor: &Actor, single: &Single) -> Vec<Tri> {
    let count = actor.times.len();
    let every = |truth: Tri| vec![truth; count];
    match single {
        Single::Class(wanted) => actor.classes.iter().map(|class| Some(is_class(wanted, class))).collect(),
        Single::Source(channel) => every(Some(*channel == actor.channel)),
        Single::Moving(_)
        | Single::Stationary(_)
        | Single::Turning(..)
        | Single::UTurn(_)
        | Single::HardBrake(_)
        | Single::Reversing(_)
            if !actor.in_space() =>
        {
            every(None)
        }
        Single::Stationary(extent) => every(Some(stays(actor, *extent))),
        Single::Moving(speed) => {
            let parked = stays(actor, 3.0);
            let speeds = numbers(actor, Property::Speed);
            speeds.into_iter().map(|own| Some(!parked && own >= *speed)).collect()
        }
        Single::Turning(side, angle, at_ends) => {
            turns(actor, *side, angle.to_radians(), at_ends.to_radians())
        }
        Single::UTurn(angle) => turns(actor, None, angle.to_radians(), f64::INFINITY),
        Single::HardBrake(deceleration) => {
            numbers(actor, Property::Accel).into_iter().map(|own| Some(own <= -deceleration)).collect()
        }
        Single::Reversing(speed) => {
            let along = |at: usize| actor.turned(at, actor.derived().velocities[at]).x;
            (0..count).map(|at| Some(along(at) <= -speed)).collect()
        }
    }
}

/// True if all places are within an extent in meters: the diagonal of the box around them.
fn stays(actor: &Actor, extent: f64) -> bool {
    let positions = &actor.derived().positions;
    let Some(first) = positions.first() else { return true };
    let (low, high) =
        positions.iter().fold((*first, *first), |(low, high), place| (low.min(*place), high.max(*place)));
    (high - low).length() < extent
}

/// Turns: runs of yaw rates of one sign that add up to more than `angle`; at the begin and end of the track to more than
/// `at_ends`, if the yaw rate there and its mean are above 5°/s.
fn turns(actor: &Actor, side: Option<Side>, angle: f64, at_ends: f64) -> Vec<Tri> {
    let rates = &actor.derived().yaw_rates;
    let mut found = vec![Some(false); rates.len()];
    // The time between the first two samples stands for all.
    let step = match actor.times.get(..2) {
        Some([a, b]) => (*b - *a).secs(),
        _ => return found,
    };
    let last = rates.len() - 1;
    let (mut from, mut to) = (0, 0);
    while from < last {
        let same = (rates[from] > 0.0 && rates[to] > 0.0) || (rates[from] < 0.0 && rates[to] < 0.0);
        if same && to < last {
            to += 1;
            continue;
        }
        let run = &rates[from..=to];
        let sum = run.iter().sum::<f64>() * step;
        let sign = sum.signum();
        let mean = run.iter().sum::<f64>() / run.len() as f64;
        let cut = (from == 0 && sign * rates[from] > GOES_ON) || (to == last && sign * rates[to] > GOES_ON);
        let enough = sum.abs() > angle || (cut && sign * mean > GOES_ON && sum.abs() > at_ends);
        let wanted = match side {
            Some(Side::Left) => sum > 0.0,
            Some(Side::Right) => sum < 0.0,
            Some(Side::Front | Side::Back) | None => true,
        };
        if enough && wanted {
            found[from..=to].fill(Some(true));
        }
        (from, to) = (to, to + 1);
    }
    found
}

/// A number at each observation; not a number where it is unknown.
pub(super) fn numbers(actor: &Actor, property: Property) -> Vec<f64> {
    let count = actor.times.len();
    if property.in_space() && !actor.in_space() {
        return vec![f64::NAN; count];
    }
    let turned = |at: usize, of: &[glam::DVec3]| actor.turned(at, of[at]);
    let each = |value: &dyn Fn(usize) -> f64| (0..count).map(value).collect();
    match property {
        Property::Speed => each(&|at| actor.derived().velocities[at].length()),
        Property::Accel => each(&|at| turned(at, &actor.derived().accelerations).x),
        Property::LateralAccel => each(&|at| turned(at, &actor.derived().accelerations).y),
        Property::Jerk => each(&|at| turned(at, &actor.derived().jerks).x),
        Property::YawRate => smoothed(&actor.derived().yaw_rates),
        Property::Age => {
            let first = actor.times.first().copied().unwrap_or_default();
            actor.times.iter().map(|time: &Time| (*time - first).secs()).collect()
        }
        Property::Score => actor.scores.iter().map(|score| score.unwrap_or(f64::NAN)).collect(),
        Property::Length => each(&|at| actor.places[at].size.x),
        Property::Width => each(&|at| actor.places[at].size.y),
        Property::Height => each(&|at| actor.places[at].size.z),
    }
}

/// The running median of seven.
fn smoothed(values: &[f64]) -> Vec<f64> {
    let size = values.len().min(7);
    let last = values.len().saturating_sub(1) as i64;
    let at = |at: usize| {
        let first = at as i64 - (size / 2) as i64;
        let mut window: Vec<f64> =
            (0..size as i64).map(|n| values[(first + n).clamp(0, last) as usize]).collect();
        window.sort_by(f64::total_cmp);
        window[size / 2]
    };
    (0..values.len()).map(at).collect()
}
