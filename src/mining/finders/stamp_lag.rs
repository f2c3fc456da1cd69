//! Stamp lag: the time between the stamp in the header of a message and its receipt.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::mining::drive::Drive;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::line::line;
use crate::mining::rhythm::{Rhythm, rhythms};
use crate::mining::spread::spread;

const OFFSET: ParamSpec = ParamSpec::setting("offset", "Beyond the usual", "s", [0.001, 10.0], 0.05);
const USUAL: ParamSpec = ParamSpec::setting("usual", "Usual lag, at most", "s", [0.01, 60.0], 1.0);
const SKEW: ParamSpec = ParamSpec::setting("skew", "Drift", "ppm", [1.0, 100_000.0], 100.0);

/// A lag that departs by more than 50 ms from its median, drifts by more than 100 ppm, is negative, or longer than a second.
pub(super) static KIND: FinderKind = FinderKind {
    id: "stamp_lag",
    title: "Stamp lag",
    summary: "The stamp of a message and its receipt are further apart than usual, or drift apart",
    false_alarms: "stamps of the exposure, a recorder that was busy",
    source: "proposed here: 50 ms, 100 ppm",
    params: &[OFFSET, USUAL, SKEW],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let mut found = Found::default();
    for rhythm in rhythms(drive) {
        let Some(stamps) = drive.stamps(rhythm.channel).filter(|stamps| stamps.len() == rhythm.times.len())
        else {
            continue;
        };
        found.looked_at.push(rhythm.name.clone());
        let lags: Vec<f64> =
            rhythm.times.iter().zip(&**stamps).map(|(received, stamp)| (*received - *stamp).secs()).collect();
        found.findings.extend(of(&rhythm, &lags, params));
    }
    if found.looked_at.is_empty() {
        found.not_looked_at.push("no messages have stamps beside their time of receipt".to_owned());
    }
    found
}

fn of(rhythm: &Rhythm, lags: &[f64], params: &Params) -> Vec<Finding> {
    let Some((usual, _)) = spread(lags) else { return Vec::new() };
    let (first, last) = (rhythm.times.first().copied(), rhythm.times.last().copied());
    let whole = TimeRange { start: first.unwrap_or_default(), end: last.unwrap_or_default() };
    let told = |severity: f64, sentence: String, name: &str, value: f64| {
        KIND.finding(whole, whole.start, severity, sentence).on(&rhythm.name).with(name, value)
    };
    let offset = params.value(&OFFSET);
    if usual < -offset || usual > params.value(&USUAL) {
        let side = if usual < 0.0 { "after" } else { "before" };
        let sentence = format!("stamps are {:.3} s {side} their receipt, the clocks differ", usual.abs());
        return vec![told(0.8, sentence, "lag", usual)];
    }
    let seconds: Vec<f64> = rhythm.times.iter().map(|time| (*time - whole.start).secs()).collect();
    let drift = thinned(&seconds, lags).and_then(|points| line(&points)).filter(|drift| {
        drift.slope.abs() * 1e6 > params.value(&SKEW) && drift.moved() > 3.0 * drift.noise + 0.005
    });
    let mut all = Vec::new();
    if let Some(drift) = &drift {
        let ppm = drift.slope * 1e6;
        let sentence =
            format!("stamps and receipt drift apart by {ppm:.0} ppm, {:.3} s in all", drift.moved());
        all.push(told(ppm.abs() / 1000.0, sentence, "ppm", ppm));
    }
    let expected = drift.map_or((0.0, usual), |drift| (drift.slope, drift.level));
    let beyond: Vec<f64> =
        lags.iter().zip(&seconds).map(|(lag, at)| (lag - expected.0 * at - expected.1).abs()).collect();
    let terms = EventTerms::above(offset, 20.0 * offset, Span(0));
    all.extend(events(&rhythm.times, &beyond, &terms).into_iter().map(|event| {
        let sentence =
            format!("the lag of stamps departs by {:.3} s from the usual {usual:.3} s", event.value);
        let (range, peak): (TimeRange, Time) = (stretched(event.range, event.peak), event.peak);
        let finding = KIND.finding(range, peak, terms.severity(event.value), sentence);
        finding.on(&rhythm.name).with("departs", event.value).with("usual", usual)
    }));
    all
}

/// At most 200 points of a series, each the median of its neighbors.
fn thinned(seconds: &[f64], values: &[f64]) -> Option<Vec<(f64, f64)>> {
    let size = values.len().div_ceil(200).max(1);
    let chunks = seconds.chunks(size).zip(values.chunks(size));
    let points: Vec<(f64, f64)> =
        chunks.filter_map(|(at, part)| Some((*at.get(at.len() / 2)?, spread(part)?.0))).collect();
    (points.len() >= 5).then_some(points)
}
