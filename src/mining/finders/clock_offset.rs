//! Clock offset: two sensors see the same turn at different times.

use crate::base::params::{ParamSpec, Params};
use crate::mining::drive::Drive;
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::line::line;
use crate::mining::spread::median;
use crate::mining::yaw_offsets::{Offsets, agreed, offsets};

const LIMIT: ParamSpec = ParamSpec::setting("offset", "Offset", "s", [0.001, 1.0], 0.05);
const PERIODS: ParamSpec =
    ParamSpec::setting("periods", "And periods of the slower sensor", "", [0.0, 10.0], 0.5);
const PEAK: ParamSpec = ParamSpec::setting("peak", "Correlation", "", [0.1, 1.0], 0.7);

/// More than 50 ms, and half a period of the slower sensor, below which no offset can be told.
pub(super) static KIND: FinderKind = FinderKind {
    id: "clock_offset",
    title: "Clock offset",
    summary: "Yaw rates of two sensors match best when one of them is moved in time",
    false_alarms: "filters in a sensor, which delay what it says",
    source: "cross-correlation of yaw rates; proposed here: 50 ms",
    params: &[LIMIT, PERIODS, PEAK],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let all = match offsets(drive, params.value(&PEAK)) {
        Ok(all) => all,
        Err(why) => return Found::skipped(why.to_string()),
    };
    let medians: Vec<f64> = all.iter().filter_map(middle).collect();
    let usual = agreed(&medians);
    let mut found = Found::default();
    found.looked_at.extend(all.iter().map(|offsets| offsets.name.clone()));
    // A clock that drifts is another finding.
    let drifts = |offsets: &Offsets| {
        offsets.windows.len() >= 5 && line(&offsets.windows).is_some_and(|line| line.moved() > 0.1)
    };
    let reference = all.first().map(|offsets| (offsets.with.clone(), -usual, offsets));
    let others = all.iter().zip(&medians).map(|(offsets, own)| (offsets.name.clone(), own - usual, offsets));
    for (name, offset, offsets) in others.chain(reference) {
        let limit = params.value(&LIMIT).max(params.value(&PERIODS) * offsets.period);
        if offset.abs() <= limit || drifts(offsets) {
            continue;
        }
        let side = if offset > 0.0 { "late" } else { "early" };
        let other = if name == offsets.name { &offsets.with } else { &offsets.name };
        let sentence = format!("{name} is {:.3} s {side}, by its yaw rate against {other}", offset.abs());
        let finding =
            KIND.finding(offsets.range, offsets.range.start, offset.abs() / (10.0 * limit), sentence);
        found.findings.push(finding.on(&name).with("offset", offset));
    }
    found
}

fn middle(offsets: &Offsets) -> Option<f64> {
    median(&mut offsets.windows.iter().map(|(_, offset)| *offset).collect::<Vec<f64>>())
}
