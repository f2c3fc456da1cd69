//! Predicted trouble: openpilot's own model expects hard braking.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::Span;
use crate::mining::drive::{Drive, Signal};
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};

const P3: ParamSpec = ParamSpec::setting("p3", "Probability of 3 m/s² from", "", [0.0, 1.0], 0.7);
const P5: ParamSpec = ParamSpec::setting("p5", "Factor of the limits for 5 m/s²", "", [0.1, 10.0], 1.0);

/// Least probabilities of braking with 5 m/s² in the last five frames.
const LAST: [f64; 5] = [0.05, 0.05, 0.15, 0.15, 0.15];
/// Names that openpilot gives, without the separators between words.
const NAMES: [&str; 2] = ["brake3meterspersecondsquaredprobs", "brake5meterspersecondsquaredprobs"];

/// The rule by which openpilot warns.
pub(super) static KIND: FinderKind = FinderKind {
    id: "predicted_trouble",
    title: "Predicted trouble",
    summary: "The model of openpilot expects hard braking",
    false_alarms: "models of other versions",
    source: "openpilot, modeld: last five frames of brake5MetersPerSecondSquaredProbs, two of brake3",
    params: &[P3, P5],
    look: Look::Drive(look),
    sensor: false,
    claim: None,
};

fn look(drive: &Drive<'_>, params: &Params) -> Found {
    let all = drive.recorded_signals();
    let plain = |name: &str| -> String {
        name.to_lowercase().chars().filter(|letter| !matches!(letter, '_' | '-' | ' ')).collect()
    };
    // Of several horizons the first, which is the nearest.
    let named = |wanted: &str| all.iter().find(|signal| plain(&signal.name).contains(wanted));
    let (Some(three), Some(five)) = (named(NAMES[0]), named(NAMES[1])) else {
        return Found::skipped("no signals brake3MetersPerSecondSquaredProbs and brake5… of openpilot");
    };
    let looked_at = vec![three.name.clone(), five.name.clone()];
    Found { looked_at, findings: find(three, five, params), ..Found::default() }
}

fn find(three: &Signal, five: &Signal, params: &Params) -> Vec<Finding> {
    let expected = |at: usize| {
        let last = at.checked_sub(LAST.len() - 1).and_then(|from| five.values.get(from..=at));
        let fives =
            last.is_some_and(|last| last.iter().zip(LAST).all(|(p, limit)| *p > limit * params.value(&P5)));
        let time = five.times[at];
        let now = three.times.partition_point(|other| *other <= time);
        let threes = now.checked_sub(2).and_then(|from| three.values.get(from..now));
        let threes = threes.is_some_and(|last| last.iter().all(|p| *p > params.value(&P3)));
        if fives && threes { five.values[at] } else { 0.0 }
    };
    let values: Vec<f64> = (0..five.values.len().min(five.times.len())).map(expected).collect();
    let terms = EventTerms { lo: Some(1e-9), ..EventTerms::above(1e-6, 1.0, Span(0)) };
    let found = events(&five.times, &values, &terms).into_iter();
    found
        .map(|event| {
            let sentence = format!("the model expects hard braking, with probability {:.2}", event.value);
            KIND.finding(stretched(event.range, event.peak), event.peak, event.value, sentence)
                .on(&five.name)
                .on(&three.name)
                .with("probability", event.value)
        })
        .collect()
}
