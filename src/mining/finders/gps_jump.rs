//! GPS jump: a step that the vehicle cannot have made.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::data::clip::ChannelKind;
use crate::data::geometry::place::Place;
use crate::mining::drive::{Drive, Signal};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::spread::{SIGMAS, median, spread};

const BEYOND: ParamSpec = ParamSpec::setting("beyond", "Beyond speed × time", "m", [0.1, 100.0], 3.0);
const SIGMA: ParamSpec = ParamSpec::setting("sigmas", "And its standard deviations", "", [0.0, 20.0], 3.0);
const ACCELERATION: ParamSpec =
    ParamSpec::setting("acceleration", "Or acceleration", "m/s²", [1.0, 1000.0], 15.0);
const BACK: ParamSpec = ParamSpec::setting("back", "Jump back within", "s", [0.0, 600.0], 60.0);

/// More than 3 m and three standard deviations beyond speed times time, or an acceleration of more than 15 m/s² that is no noise
/// either. A jump and the jump back are one finding.
pub(super) static KIND: FinderKind = FinderKind {
    id: "gps_jump",
    title: "GPS jump",
    summary: "The position jumps by more than the vehicle can have moved",
    false_alarms: "the first fix, the end of a tunnel",
    source: "proposed here: 3 m and 3 sigma, 15 m/s²",
    params: &[BEYOND, SIGMA, ACCELERATION, BACK],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

/// A step from one position to the next.
#[derive(Clone, Copy)]
struct Step {
    range: TimeRange,
    /// Meters to the east and north.
    way: (f64, f64),
    /// Meters that the vehicle can have moved.
    expected: f64,
}

impl Step {
    fn length(&self) -> f64 {
        self.way.0.hypot(self.way.1)
    }

    fn beyond(&self) -> f64 {
        self.length() - self.expected
    }
}

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let mut found = Found::default();
    let speed = drive.speed();
    for (id, channel) in drive.info.of_kind(ChannelKind::Places) {
        let places = drive.places(id);
        if places.len() < 10 {
            found.not_looked_at.push(format!(
                "{}: it has {} positions, 10 are needed",
                channel.name,
                places.len()
            ));
            continue;
        }
        found.looked_at.push(channel.name.clone());
        let all = steps(&places, speed.as_ref());
        found.findings.extend(jumps(&all, params).into_iter().map(|finding| finding.on(&channel.name)));
    }
    if found.looked_at.is_empty() && found.not_looked_at.is_empty() {
        found.not_looked_at.push("the recording has no GPS".to_owned());
    }
    found
}

/// The steps with the length that is expected of each: by the recorded speed where it agrees with the positions, else by the
/// steps around it.
fn steps(places: &[(Time, Place)], speed: Option<&Signal>) -> Vec<Step> {
    let mut all: Vec<Step> = places
        .windows(2)
        .map(|pair| {
            let ((a, from), (b, to)) = (pair[0], pair[1]);
            Step { range: TimeRange { start: a, end: b }, way: to.meters_from(&from), expected: 0.0 }
        })
        .collect();
    let own: Vec<f64> = all.iter().map(|step| step.length() / step.range.span().secs().max(1e-3)).collect();
    let recorded = |step: &Step| speed.and_then(|speed| speed.at(step.range.start)).map(f64::abs);
    let mut ratios: Vec<f64> = all
        .iter()
        .zip(&own)
        .filter_map(|(step, own)| Some(own / recorded(step).filter(|recorded| *recorded > 1.0)?))
        .collect();
    let agrees = median(&mut ratios).is_some_and(|ratio| (0.8..1.25).contains(&ratio));
    for (at, step) in all.iter_mut().enumerate() {
        let around = own.get(at.saturating_sub(5)..(at + 6).min(own.len())).unwrap_or_default();
        let local = median(&mut around.to_vec()).unwrap_or_default();
        let fast = recorded(step).filter(|_| agrees).map_or(local, |recorded| recorded.max(local));
        step.expected = fast * step.range.span().secs();
    }
    all
}

fn jumps(all: &[Step], params: &Params) -> Vec<Finding> {
    let beyond: Vec<f64> = all.iter().map(Step::beyond).collect();
    let sigma = spread(&beyond).map_or(0.0, |(_, mad)| SIGMAS * mad);
    let accelerations: Vec<f64> = all
        .windows(2)
        .map(|pair| {
            let seconds = |step: &Step| step.range.span().secs().max(1e-3);
            let (a, b) = (seconds(&pair[0]), seconds(&pair[1]));
            let change = |from: f64, to: f64| to / b - from / a;
            change(pair[0].way.0, pair[1].way.0).hypot(change(pair[0].way.1, pair[1].way.1)) / b
        })
        .collect();
    let noise = spread(&accelerations).map_or(0.0, |(median, mad)| median + 6.0 * SIGMAS * mad);
    let limit = params.value(&BEYOND) + params.value(&SIGMA) * sigma;
    let hard = params.value(&ACCELERATION).max(noise);
    let back = Span::from_secs(params.value(&BACK));
    let mut groups: Vec<Vec<Step>> = Vec::new();
    for (at, step) in all.iter().enumerate() {
        let hardly =
            at.checked_sub(1).and_then(|at| accelerations.get(at)).is_some_and(|value| *value > hard);
        // Noise of a few centimeters at a hundred hertz is a large acceleration, and no jump.
        let far =
            step.beyond() > limit || hardly && step.beyond() > params.value(&BEYOND) / 3.0 + 6.0 * sigma;
        if !far {
            continue;
        }
        match groups.last_mut() {
            Some(group) if belongs(group, step, (limit, back)) => group.push(*step),
            _ => groups.push(vec![*step]),
        }
    }
    groups.iter().filter_map(|group| finding(group, limit)).collect()
}

/// True if a step follows at once, or undoes the jump before.
fn belongs(group: &[Step], step: &Step, (limit, back): (f64, Span)) -> bool {
    let Some(last) = group.last() else { return false };
    let sum = group.iter().fold((0.0, 0.0), |sum, step| (sum.0 + step.way.0, sum.1 + step.way.1));
    let room = limit + step.expected + group.iter().map(|step| step.expected).sum::<f64>();
    let undone = (sum.0 + step.way.0).hypot(sum.1 + step.way.1) <= room;
    let apart = step.range.start - last.range.end;
    apart <= Span::SECOND || undone && apart <= back && group.len() == 1
}

fn finding(group: &[Step], limit: f64) -> Option<Finding> {
    let worst = group.iter().rev().max_by(|a, b| a.beyond().total_cmp(&b.beyond()))?;
    let range = TimeRange { start: group.first()?.range.start, end: group.last()?.range.end };
    let seconds = worst.range.span().secs();
    let (beyond, length) = (worst.beyond(), worst.length());
    let sentence = format!("the position jumps by {length:.1} m within {seconds:.2} s");
    let finding =
        KIND.finding(stretched(range, worst.range.end), worst.range.end, beyond / (10.0 * limit), sentence);
    Some(finding.with("meters", length).with("beyond", beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions of a vehicle at 10 m/s and 10 Hz with a GPS that is moved by meters to the north at a sample.
    fn found(north: impl Fn(usize) -> f64) -> Vec<Finding> {
        let origin = Place { latitude: 50.0, longitude: 8.0, altitude: 0.0 };
        let wobble = |n: usize| 0.02 * (n * 7 % 5) as f64;
        let place =
            |n: usize| (Time::from_secs(n as f64 * 0.1), origin.moved(n as f64 + wobble(n), north(n)));
        let places: Vec<(Time, Place)> = (0..300).map(place).collect();
        jumps(&steps(&places, None), &Params::default())
    }

    #[test]
    fn a_jump_and_the_jump_back_are_one_finding_and_noise_is_none() {
        let jump = found(|n| if (100..130).contains(&n) { 8.0 } else { 0.0 });
        assert_eq!(jump.len(), 1, "{jump:?}");
        assert!(jump[0].t0 <= Time::from_secs(10.0) && jump[0].t1 >= Time::from_secs(12.9));
        assert_eq!(found(|n| if n >= 150 { 20.0 } else { 0.0 }).len(), 1);
        assert_eq!(found(|n| 0.3 * libm::sin(n as f64)).len(), 0);
        // A receiver that leaves a tunnel far away, and comes back much later.
        assert_eq!(found(|n| if (50..250).contains(&n) { 500.0 } else { 0.0 }).len(), 1);
    }
}
