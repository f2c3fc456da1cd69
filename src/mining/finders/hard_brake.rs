//! Hard braking of the vehicle.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::drive::{Drive, Role};
use crate::mining::events::{EventTerms, events_below, stretched};
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::roles::Measured;

const LIMIT: ParamSpec = ParamSpec::setting("deceleration", "Deceleration", "m/s²", [0.5, 15.0], 4.05);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.2);

/// Below -4.05 m/s², severe from -8 m/s² on.
pub(super) static KIND: FinderKind = FinderKind {
    id: "hard_brake",
    title: "Hard braking",
    summary: "The vehicle decelerates strongly",
    false_alarms: "speeds that are not filtered, wheel slip",
    source: "comfort bound of nuPlan, 4.05 m/s²",
    params: &[LIMIT, HOLD],
    look: Look::Drive(|drive, params| {
        let Some(Measured { signal, scale }) = acceleration(drive) else {
            return Found::skipped(unknown(drive));
        };
        let limit = params.value(&LIMIT);
        let terms = EventTerms::above(-limit, -2.0 * limit, Span::from_secs(params.value(&HOLD)));
        let mut found = Found { looked_at: vec![signal.name.clone()], ..Found::default() };
        found.not_looked_at.extend(drive.unknown_motion(&signal.name, &signal.times));
        // No vehicle has an infinite acceleration: such a sample is no number.
        let values: Vec<f64> = signal
            .values
            .iter()
            .map(|value| if value.is_finite() { value * scale } else { f64::NAN })
            .collect();
        for event in events_below(&signal.times, &values, &terms) {
            let sentence = format!("the vehicle brakes with {:.1} m/s²", -event.value);
            let range = stretched(event.range, event.peak);
            let finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
            let finding = finding.on(&signal.name).with("acceleration", event.value);
            // The limit is in the unit of the channel, as a claim about it is.
            found.findings.push(finding.with("limit", -limit / scale));
        }
        found
    }),
    sensor: false,
    claim: Some(|finding| {
        let channel = finding.channels.first()?;
        let limit = finding.numbers.get("limit")?;
        Some(format!("always(signal(\"{channel}\") > {limit})"))
    }),
};

/// Acceleration of the vehicle: from its coordinate frames, else a recorded signal.
fn acceleration(drive: &Drive<'_>) -> Option<Measured> {
    let moving = drive.ego_series("ego/acceleration", |motion| motion.acceleration);
    moving.map(|signal| Measured { signal, scale: 1.0 }).or_else(|| drive.measured(Role::Acceleration))
}

/// The reason why no acceleration is known, with the signals that were not taken.
fn unknown(drive: &Drive<'_>) -> String {
    let none = "neither the motion of the vehicle nor an acceleration is recorded";
    let all = drive.signals(Role::Acceleration);
    let names: Vec<&str> = all.iter().map(|signal| signal.name.as_str()).collect();
    if names.is_empty() {
        return none.to_owned();
    }
    let names = names.join(", ");
    format!("{none}: {names} may be demands, across the vehicle or in another unit than m/s²")
}
