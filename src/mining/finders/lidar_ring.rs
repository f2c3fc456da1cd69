//! Lost LIDAR ring: a laser that no longer fires.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Time, TimeRange};
use crate::data::geometry::points::{PointCloud, PointField};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::frames::{ScanWatcher, Watched};

const PART: ParamSpec = ParamSpec::setting("part", "Usually of the mean ring", "", [0.0, 1.0], 0.1);
const SCANS: ParamSpec = ParamSpec::setting("scans", "In scans in a row", "", [1.0, 100.0], 3.0);

/// No point of a ring in at least 3 scans, which in most scans has at least a tenth of the points of a mean ring.
pub(super) static KIND: FinderKind = FinderKind {
    id: "lidar_ring",
    title: "Lost LIDAR ring",
    summary: "A laser that usually has points has none",
    false_alarms: "upper rings under an open sky",
    source: "proposed here: a tenth of the mean ring",
    params: &[PART, SCANS],
    look: Look::Scans(|params| Box::new(Rings { params: params.clone(), ..Rings::default() })),
    sensor: true,
    claim: None,
};

/// Names of the number of the laser, in lower case.
const NAMES: [&str; 5] = ["ring", "channel", "laser_id", "laser", "line"];
/// Most lasers.
const MOST: usize = 256;

/// A bit for each ring.
type Silent = [u64; MOST / 64];

#[derive(Default)]
struct Rings {
    params: Params,
    scans: Vec<(Time, Silent)>,
    /// Scans in which a ring has as many points as usual rings have.
    well: Vec<u32>,
}

impl ScanWatcher for Rings {
    fn see(&mut self, time: Time, scan: &PointCloud) {
        let named = |field: &&PointField| NAMES.contains(&field.name.to_lowercase().as_str());
        let Some(rings) = scan.fields.iter().find(named) else { return };
        let mut counts = [0_u32; MOST];
        for ring in &rings.values {
            if let Some(count) = counts.get_mut(*ring as usize).filter(|_| *ring >= 0.0) {
                *count += 1;
            }
        }
        let own = counts.iter().filter(|count| **count > 0).count().max(1);
        let least = self.params.value(&PART) * rings.values.len() as f64 / own as f64;
        self.well.resize(MOST, 0);
        let mut silent = Silent::default();
        for (at, (count, well)) in counts.iter().zip(&mut self.well).enumerate() {
            *well += u32::from(*count > 0 && f64::from(*count) >= least);
            silent[at / 64] |= u64::from(*count == 0) << (at % 64);
        }
        self.scans.push((time, silent));
    }

    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found {
        let mut found = Found::default();
        if self.scans.is_empty() {
            found.not_looked_at.push(format!("{}: its points have no number of a ring", watched.channel));
            return found;
        }
        let mut usual = Silent::default();
        for (at, well) in self.well.iter().enumerate() {
            usual[at / 64] |= u64::from(*well as usize * 2 > self.scans.len()) << (at % 64);
        }
        let least = self.params.value(&SCANS) as usize;
        let mut open: Vec<(Time, Vec<usize>)> = Vec::new();
        for (time, silent) in &self.scans {
            let lost: Vec<usize> =
                (0..MOST).filter(|at| (silent[at / 64] & usual[at / 64]) >> (at % 64) & 1 == 1).collect();
            if !lost.is_empty() {
                open.push((*time, lost));
                continue;
            }
            found.findings.extend(finding(&open, least, watched.channel));
            open.clear();
        }
        found.findings.extend(finding(&open, least, watched.channel));
        found
    }
}

fn finding(scans: &[(Time, Vec<usize>)], least: usize, channel: &str) -> Option<Finding> {
    let peak = scans.iter().rev().max_by_key(|(_, lost)| lost.len())?.0;
    // A ring that is silent in so many scans in a row.
    let lasting: Vec<usize> = (0..MOST)
        .filter(|ring| {
            let mut run = 0;
            scans.iter().any(|(_, lost)| {
                run = if lost.contains(ring) { run + 1 } else { 0 };
                run >= least
            })
        })
        .collect();
    if lasting.is_empty() {
        return None;
    }
    let range = TimeRange { start: scans.first()?.0, end: scans.last()?.0 };
    let some: Vec<String> = lasting.iter().take(8).map(ToString::to_string).collect();
    let more = if lasting.len() > 8 { ", …" } else { "" };
    let word = if lasting.len() == 1 { "ring" } else { "rings" };
    let sentence =
        format!("{word} {}{more} without points for {:.1} s", some.join(", "), range.span().secs());
    let finding = KIND.finding(stretched(range, peak), peak, lasting.len() as f64 / 16.0, sentence);
    Some(finding.on(channel).with("rings", lasting.len() as f64).with("scans", scans.len() as f64))
}
