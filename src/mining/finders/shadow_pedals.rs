//! Shadow mode, pedals: one of human and stack brakes or accelerates, the other does not.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::Span;
use crate::mining::drive::{Drive, Role};
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finders::shadow::{Counts, no_pair, told};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::sides::{Aligned, Pair, Unit, aligned, pairs, unit};

const BRAKES: ParamSpec = ParamSpec::setting("brakes", "One decelerates by", "m/s²", [0.2, 10.0], 1.0);
const CALM: ParamSpec = ParamSpec::setting("calm", "The other by less than", "m/s²", [0.0, 5.0], 0.3);
const ACCELERATES: ParamSpec =
    ParamSpec::setting("accelerates", "One accelerates by", "m/s²", [0.1, 5.0], 0.65);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.5);
const SPEED: ParamSpec = ParamSpec::setting("speed", "Above a speed of", "m/s", [0.0, 30.0], 2.0);
const LAG: ParamSpec = ParamSpec::setting("lag", "Largest lag", "s", [0.0, 3.0], 1.0);
const FULL_BRAKE: ParamSpec =
    ParamSpec::setting("full", "Acceleration of a full pedal", "m/s²", [0.5, 15.0], 8.0);
const FULL_THROTTLE: ParamSpec =
    ParamSpec::setting("full", "Acceleration of a full pedal", "m/s²", [0.5, 15.0], 4.0);
const BAD: ParamSpec = ParamSpec::setting("bad", "Difference of severity 1", "m/s²", [0.5, 20.0], 5.0);

/// One below -1 m/s², the other above -0.3, for half a second.
pub(super) static BRAKE: FinderKind = FinderKind {
    id: "shadow_brake",
    title: "Shadow mode: brake",
    summary: "One of human and stack brakes, the other does not",
    false_alarms: "creeping and hills; lag is aligned by cross-correlation",
    source: "shadow mode as fleets run it; braking of RefAV is -1 m/s²",
    params: &[BRAKES, CALM, HOLD, SPEED, LAG, FULL_BRAKE, BAD],
    look: Look::Drive(|drive, params| {
        let terms = Terms { on: params.value(&BRAKES), full: params.value(&FULL_BRAKE), sign: -1.0 };
        find(drive, params, &BRAKE, (Role::Brake, terms))
    }),
    sensor: false,
    claim: Some(|finding| claim(finding, -1.0)),
};

/// One above 0.65 m/s², the other below 0.3, for half a second.
pub(super) static THROTTLE: FinderKind = FinderKind {
    id: "shadow_throttle",
    title: "Shadow mode: throttle",
    summary: "One of human and stack accelerates, the other does not",
    false_alarms: "creeping and hills; lag is aligned by cross-correlation",
    source: "shadow mode as fleets run it; accelerating of RefAV is 0.65 m/s²",
    params: &[ACCELERATES, CALM, HOLD, SPEED, LAG, FULL_THROTTLE, BAD],
    look: Look::Drive(|drive, params| {
        let terms = Terms { on: params.value(&ACCELERATES), full: params.value(&FULL_THROTTLE), sign: 1.0 };
        find(drive, params, &THROTTLE, (Role::Throttle, terms))
    }),
    sensor: false,
    claim: Some(|finding| claim(finding, 1.0)),
};

/// Terms of one pedal; accelerations along its `sign` are positive.
#[derive(Clone, Copy)]
struct Terms {
    on: f64,
    full: f64,
    sign: f64,
}

fn find(
    drive: &Drive<'_>,
    params: &Params,
    kind: &'static FinderKind,
    (pedal, terms): (Role, Terms),
) -> Found {
    let roles = [Role::Acceleration, pedal];
    let all: Vec<(Role, Pair)> = roles
        .into_iter()
        .flat_map(|role| pairs(drive, role).into_iter().map(move |pair| (role, pair)))
        .collect();
    if all.is_empty() {
        let mut found = no_pair(drive, Role::Acceleration);
        found.add(no_pair(drive, pedal));
        // Where neither is recorded, both say so in the same words.
        found.not_looked_at.dedup();
        return found;
    }
    let counts = Counts::driving(drive, params.value(&SPEED));
    let mut found = Found { not_looked_at: counts.unknown().into_iter().collect(), ..Found::default() };
    for (role, pair) in &all {
        let [human, stack] = [&pair.human, &pair.stack].map(|signal| factor(unit(*role, signal), terms));
        let Some(aligned) = aligned(pair, params.value(&LAG), |v| v * human, |v| v * stack) else { continue };
        found.looked_at.push(told(&pair.title(), &aligned));
        found.findings.extend(differences(kind, pair, &aligned, (&counts, terms, [human, stack]), params));
    }
    found
}

/// Factor to an acceleration along the sign of the pedal.
fn factor(unit: Unit, terms: Terms) -> f64 {
    match unit {
        Unit::Pedal => terms.full,
        Unit::Percent => terms.full / 100.0,
        Unit::Acceleration
        | Unit::WheelDegrees
        | Unit::WheelRadians
        | Unit::TireRadians
        | Unit::Curvature => terms.sign,
    }
}

fn differences(
    kind: &'static FinderKind,
    pair: &Pair,
    aligned: &Aligned,
    (counts, terms, factors): (&Counts, Terms, [f64; 2]),
    params: &Params,
) -> Vec<Finding> {
    let calm = params.value(&CALM);
    let both = |n: usize| [aligned.human[n], aligned.stack[n]];
    let off = |n: usize| {
        let [human, stack] = both(n);
        let apart = (human > terms.on && stack < calm) || (stack > terms.on && human < calm);
        if apart && counts.at(aligned.times[n]) { (human - stack).abs() } else { 0.0 }
    };
    let values: Vec<f64> = (0..aligned.times.len()).map(off).collect();
    let least = terms.on - calm;
    let hold = Span::from_secs(params.value(&HOLD));
    // The condition itself has its two thresholds.
    let events_terms = EventTerms {
        lo: Some(least * 0.5),
        hi: least * 0.999,
        ..EventTerms::above(least, params.value(&BAD), hold)
    };
    let verb = if terms.sign < 0.0 { "brakes" } else { "accelerates" };
    let found = events(&aligned.times, &values, &events_terms).into_iter();
    found
        .map(|event| {
            let at = aligned.times.partition_point(|time| *time < event.peak);
            let [human, stack] = both(at);
            let who = if human > stack { ["human", "stack"] } else { ["stack", "human"] };
            let sentence =
                format!("the {} {verb} with {:.1} m/s², the {} does not", who[0], human.max(stack), who[1]);
            let range = stretched(event.range, event.peak);
            kind.finding(range, event.peak, events_terms.severity(event.value), sentence)
                .on(&pair.human.name)
                .on(&pair.stack.name)
                .with("human", terms.sign * human)
                .with("stack", terms.sign * stack)
                .with("difference", event.value)
                .with("lag", aligned.lag)
                .with("human_on", terms.on / factors[0])
                .with("stack_on", calm / factors[1])
        })
        .collect()
}

/// If the human brakes or accelerates, the stack does within a second.
fn claim(finding: &Finding, sign: f64) -> Option<String> {
    let [human, stack] = finding.channels.as_slice() else { return None };
    let (on, follows) = (finding.numbers.get("human_on")?, finding.numbers.get("stack_on")?);
    let human_is_on = finding.numbers.get("human")? * sign > finding.numbers.get("stack")? * sign;
    let than = |limit: f64| if limit < 0.0 { '<' } else { '>' };
    let formula = format!(
        "then(signal(\"{human}\") {} {on}, signal(\"{stack}\") {} {follows}, 1)",
        than(*on),
        than(*follows)
    );
    human_is_on.then_some(formula)
}
