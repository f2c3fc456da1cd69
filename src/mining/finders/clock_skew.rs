//! Clock skew: the clocks of two sensors drift apart.

use crate::base::params::{ParamSpec, Params};
use crate::mining::drive::Drive;
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::line::{Line, line};
use crate::mining::yaw_offsets::{Offsets, agreed, offsets};

const SKEW: ParamSpec = ParamSpec::setting("skew", "Drift", "ppm", [1.0, 100_000.0], 100.0);
const PEAK: ParamSpec = ParamSpec::setting("peak", "Correlation", "", [0.1, 1.0], 0.7);

/// More than 100 ppm, over at least five windows of 20 s, and more than the noise of the offsets.
pub(super) static KIND: FinderKind = FinderKind {
    id: "clock_skew",
    title: "Clock skew",
    summary: "The offset between the yaw rates of two sensors grows",
    false_alarms: "sensors of a few samples a second",
    source: "cross-correlation of yaw rates; proposed here: 100 ppm",
    params: &[SKEW, PEAK],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

/// Least number of windows.
const WINDOWS: usize = 5;

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let all = match offsets(drive, params.value(&PEAK)) {
        Ok(all) => all,
        Err(why) => return Found::skipped(why.to_string()),
    };
    let mut found = Found::default();
    let mut drifting: Vec<(&Offsets, Line)> = Vec::new();
    for offsets in &all {
        match line(&offsets.windows).filter(|_| offsets.windows.len() >= WINDOWS) {
            Some(line) => drifting.push((offsets, line)),
            None => found.not_looked_at.push(format!(
                "{}: the vehicle turns in {} windows of 20 s, {WINDOWS} are needed",
                offsets.name,
                offsets.windows.len()
            )),
        }
    }
    let slopes: Vec<f64> = drifting.iter().map(|(_, line)| line.slope).collect();
    let usual = agreed(&slopes);
    found.looked_at.extend(drifting.iter().map(|(offsets, _)| offsets.name.clone()));
    let reference = drifting.first().map(|(offsets, line)| (offsets.with.clone(), -usual, *offsets, *line));
    let others =
        drifting.iter().map(|(offsets, line)| (offsets.name.clone(), line.slope - usual, *offsets, *line));
    for (name, slope, offsets, line) in others.chain(reference) {
        let ppm = slope * 1e6;
        let moved = slope.abs() * line.span;
        // Offsets are known to half a period of the slower sensor.
        if ppm.abs() <= params.value(&SKEW) || moved <= 3.0 * line.noise + 0.5 * offsets.period {
            continue;
        }
        let side = if ppm > 0.0 { "late" } else { "early" };
        let sentence =
            format!("{name} gets {ppm_abs:.0} ppm {side}, {moved:.3} s in all", ppm_abs = ppm.abs());
        let finding = KIND.finding(offsets.range, offsets.range.end, ppm.abs() / 10_000.0, sentence);
        found.findings.push(finding.on(&name).with("ppm", ppm).with("moved", moved));
    }
    found
}
