//! Shadow mode, steering: the stack would have steered otherwise than the human did.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::Span;
use crate::mining::drive::{Drive, Role, Signal};
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finders::shadow::{Counts, no_pair, told};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::sides::{Aligned, Pair, STEP, Unit, aligned, pairs, unit};

const ANGLE: ParamSpec = ParamSpec::setting("angle", "Difference at the wheel", "degrees", [0.5, 90.0], 5.0);
const LATERAL: ParamSpec =
    ParamSpec::setting("lateral", "Difference of the lateral acceleration", "m/s²", [0.05, 5.0], 0.5);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.3);
const SPEED: ParamSpec = ParamSpec::setting("speed", "Above a speed of", "m/s", [0.0, 30.0], 2.0);
const LAG: ParamSpec = ParamSpec::setting("lag", "Largest lag", "s", [0.0, 3.0], 1.0);
const RATIO: ParamSpec = ParamSpec::setting("ratio", "Steering ratio of tire angles", "", [1.0, 30.0], 15.0);
const BAD: ParamSpec = ParamSpec::setting("bad", "Excess of severity 1", "limit x s", [0.1, 60.0], 2.0);

/// More than 5 degrees at the wheel, or 0.5 m/s² of curvature at speed.
pub(super) static KIND: FinderKind = FinderKind {
    id: "shadow_steering",
    title: "Shadow mode: steering",
    summary: "The stack would have steered otherwise than the human did",
    false_alarms: "lag, which is aligned by cross-correlation, and turns, which a blinker tells apart",
    source: "shadow mode as fleets run it; lag and hysteresis are defaults of Hardcase",
    params: &[ANGLE, LATERAL, HOLD, SPEED, LAG, RATIO, BAD],
    look: Look::Drive(find),
    sensor: false,
    claim: Some(|finding| {
        let [human, stack] = finding.channels.as_slice() else { return None };
        let limit = finding.numbers.get("limit")?;
        Some(format!("always(abs(signal(\"{human}\") - signal(\"{stack}\")) < {limit})"))
    }),
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let pairs = pairs(drive, Role::Steering);
    if pairs.is_empty() {
        return no_pair(drive, Role::Steering);
    }
    let counts = Counts::of(drive, params.value(&SPEED));
    let mut found = Found { not_looked_at: counts.unknown().into_iter().collect(), ..Found::default() };
    for pair in &pairs {
        let units = [&pair.human, &pair.stack].map(|signal| unit(Role::Steering, signal));
        let curved = units.map(|unit| unit == Unit::Curvature);
        if curved[0] != curved[1] || (curved[0] && counts.speed(drive.range().start).is_none()) {
            found.not_looked_at.push(format!("{}: units or speed do not fit", pair.title()));
            continue;
        }
        let degrees = |unit: Unit| in_degrees(unit, params.value(&RATIO));
        let (human, stack) = (degrees(units[0]), degrees(units[1]));
        let Some(aligned) = aligned(pair, params.value(&LAG), |v| v * human, |v| v * stack) else { continue };
        found.looked_at.push(told(&pair.title(), &aligned));
        let same = (units[0] == units[1] && !aligned.turned).then_some(1.0 / human);
        found.findings.extend(excesses(pair, &aligned, &counts, (curved[0], same), params));
    }
    found
}

/// Factor to degrees at the wheel; 1 for curvatures.
fn in_degrees(unit: Unit, ratio: f64) -> f64 {
    match unit {
        Unit::WheelRadians => 1.0_f64.to_degrees(),
        Unit::TireRadians => ratio.to_degrees(),
        Unit::WheelDegrees | Unit::Curvature | Unit::Acceleration | Unit::Pedal | Unit::Percent => 1.0,
    }
}

fn excesses(
    pair: &Pair,
    aligned: &Aligned,
    counts: &Counts,
    (curved, raw): (bool, Option<f64>),
    params: &Params,
) -> Vec<Finding> {
    let limit = params.value(if curved { &LATERAL } else { &ANGLE });
    let off = |n: usize| {
        let time = aligned.times[n];
        let off = (aligned.human[n] - aligned.stack[n]).abs();
        let speed = if curved { counts.speed(time).unwrap_or(0.0) } else { 1.0 };
        if counts.at(time) && off.is_finite() { off * speed * speed / limit } else { 0.0 }
    };
    let ratios: Vec<f64> = (0..aligned.times.len()).map(off).collect();
    let terms = EventTerms::above(1.0, 3.0, Span::from_secs(params.value(&HOLD)));
    let found = events(&aligned.times, &ratios, &terms).into_iter();
    found
        .map(|event| {
            let inside = aligned.times.iter().zip(&ratios).filter(|(time, _)| event.range.contains(**time));
            let excess: f64 = inside.map(|(_, ratio)| (ratio - 1.0).max(0.0) * STEP.secs()).sum();
            let (most, unit) = (event.value * limit, if curved { "m/s²" } else { "degrees" });
            let sentence =
                format!("the stack would have steered otherwise than the human, by {most:.1} {unit}");
            let range = stretched(event.range, event.peak);
            let finding = KIND.finding(range, event.peak, excess / params.value(&BAD), sentence);
            let named = |finding: Finding, signal: &Signal| finding.on(&signal.name);
            let finding = named(named(finding, &pair.human), &pair.stack);
            let finding = finding.with("difference", most).with("excess", excess).with("lag", aligned.lag);
            match raw.filter(|_| !curved) {
                Some(raw) => finding.with("limit", limit * raw),
                None => finding,
            }
        })
        .collect()
}
