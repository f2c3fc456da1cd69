//! Temporal outlier: an output of the stack leaves its neighbors for a moment although nothing else changes.

use crate::base::params::{ParamSpec, Params};
use crate::base::stats::quantile;
use crate::base::time::{Span, Time};
use crate::mining::drive::{Drive, Role, Signal};
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::sides::{RULE, Side, actuators, side};

const DEVIATIONS: ParamSpec =
    ParamSpec::setting("deviations", "Median absolute deviations", "", [2.0, 100.0], 6.0);
const FLOOR: ParamSpec = ParamSpec::setting("floor", "Least part of the range", "", [0.0, 1.0], 0.1);
const CALM: ParamSpec = ParamSpec::setting("calm", "Inputs below their quantile", "", [0.5, 1.0], 0.95);
const BAD: ParamSpec = ParamSpec::setting("bad", "Times the limit of severity 1", "", [1.5, 100.0], 10.0);

/// Samples of the median.
const MEDIAN: usize = 7;

/// More than six median absolute deviations from the median of seven.
pub(super) static KIND: FinderKind = FinderKind {
    id: "temporal_outlier",
    title: "Temporal outlier",
    summary: "An output of the stack leaves its neighbors for a moment although the vehicle moves on evenly",
    false_alarms: "bumps, cuts in the recording",
    source: "median of seven and 6 MAD, defaults of Hardcase",
    params: &[DEVIATIONS, FLOOR, CALM, BAD],
    look: Look::Drive(find),
    sensor: false,
    claim: Some(|finding| {
        let channel = finding.channels.first()?;
        let (low, high) = (finding.numbers.get("lower")?, finding.numbers.get("upper")?);
        Some(format!("always(signal(\"{channel}\") > {low} and signal(\"{channel}\") < {high})"))
    }),
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let roles = [Role::Steering, Role::Acceleration, Role::Brake, Role::Throttle];
    let all: Vec<(Role, Signal)> = roles
        .into_iter()
        .flat_map(|role| actuators(drive, role).into_iter().map(move |s| (role, s)))
        .collect();
    let outputs: Vec<&(Role, Signal)> =
        all.iter().filter(|(_, signal)| side(&signal.name) == Some(Side::Stack)).collect();
    if outputs.is_empty() {
        return Found::skipped(format!("no signal of the stack: {RULE}"));
    }
    let mut found = Found::default();
    for (role, signal) in outputs {
        // What the vehicle did of the same role, else its speed.
        let same = all.iter().find(|(other, s)| other == role && side(&s.name) == Some(Side::Human));
        let input = same.map(|(_, signal)| signal.clone()).or_else(|| drive.speed());
        let beside = input.as_ref().map_or_else(|| "no input".to_owned(), |input| input.name.clone());
        found.looked_at.push(format!("{} beside {beside}", signal.name));
        found.findings.extend(outliers(signal, input.as_ref(), params));
    }
    found
}

fn outliers(signal: &Signal, input: Option<&Signal>, params: &Params) -> Vec<Finding> {
    let values = &signal.values;
    if values.len() < 2 * MEDIAN {
        return Vec::new();
    }
    let medians = medians(values);
    let off: Vec<f64> = values.iter().zip(&medians).map(|(value, median)| (value - median).abs()).collect();
    let limit = limit(values, &off, params);
    let Some(limit) = limit else { return Vec::new() };
    let calm = calm(signal, input, params.value(&CALM));
    let ratios: Vec<f64> =
        off.iter().zip(&calm).map(|(off, calm)| if *calm { off / limit } else { 0.0 }).collect();
    let terms = EventTerms::above(1.0, params.value(&BAD), Span(0));
    let found = events(&signal.times, &ratios, &terms).into_iter();
    found
        .map(|event| {
            let at = signal.times.partition_point(|time| *time < event.peak);
            let (value, median) = (values[at], medians[at]);
            let sentence = format!("{} is {value:.3} for a moment between {median:.3}", signal.name);
            KIND.finding(
                stretched(event.range, event.peak),
                event.peak,
                terms.severity(event.value),
                sentence,
            )
            .on(&signal.name)
            .with("value", value)
            .with("median", median)
            .with("lower", median - limit)
            .with("upper", median + limit)
        })
        .collect()
}

/// Six median absolute deviations, and no less than a part of the range: a smooth signal has nearly none.
fn limit(values: &[f64], off: &[f64], params: &Params) -> Option<f64> {
    let sorted = |values: &[f64]| {
        let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let deviation = quantile(&sorted(off), 0.5)?;
    let sorted = sorted(values);
    let range = quantile(&sorted, 0.99)? - quantile(&sorted, 0.01)?;
    let limit = (params.value(&DEVIATIONS) * deviation).max(params.value(&FLOOR) * range);
    (limit > 0.0).then_some(limit)
}

/// The running median of seven, fewer at the ends.
fn medians(values: &[f64]) -> Vec<f64> {
    let reach = MEDIAN / 2;
    let mut window = Vec::with_capacity(MEDIAN);
    let mut median = |at: usize| {
        window.clear();
        window.extend_from_slice(&values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())]);
        window.sort_by(f64::total_cmp);
        window[window.len() / 2]
    };
    (0..values.len()).map(&mut median).collect()
}

/// Moments at which the input changes no more than usual over half a second.
fn calm(signal: &Signal, input: Option<&Signal>, part: f64) -> Vec<bool> {
    let Some(input) = input else { return vec![true; signal.times.len()] };
    let reach = Span::from_secs(0.25);
    let change = |time: &Time| {
        let (before, after) = (input.at(*time - reach), input.at(*time + reach));
        before.zip(after).map_or(0.0, |(before, after)| (after - before).abs())
    };
    let changes: Vec<f64> = signal.times.iter().map(change).collect();
    let mut sorted = changes.clone();
    sorted.sort_by(f64::total_cmp);
    let usual = quantile(&sorted, part).unwrap_or(f64::INFINITY);
    changes.into_iter().map(|change| change <= usual).collect()
}
