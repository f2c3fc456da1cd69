//! Lost LIDAR sector: no points in directions that usually have some.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Time, TimeRange};
use crate::data::geometry::points::PointCloud;
use crate::mining::azimuth::{DEGREES, degree};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::frames::{ScanWatcher, Watched};

const WIDTH: ParamSpec = ParamSpec::setting("width", "At least", "°", [1.0, 360.0], 10.0);
const SCANS: ParamSpec = ParamSpec::setting("scans", "In scans in a row", "", [1.0, 100.0], 3.0);
const USUAL: ParamSpec = ParamSpec::setting("usual", "Points usually in a degree", "", [1.0, 1000.0], 5.0);

/// At least 10 degrees in a row without a point in at least 3 scans, where the median of the recording is at least 5 points.
pub(super) static KIND: FinderKind = FinderKind {
    id: "lidar_sector",
    title: "Lost LIDAR sector",
    summary: "Directions in which the LIDAR usually sees something have no points",
    false_alarms: "open fields and water, wet roads, a scan in several messages",
    source: "blockage of Autoware, and proposed here: 10 degrees, 3 scans, median of 5 points",
    params: &[WIDTH, SCANS, USUAL],
    look: Look::Scans(|params| Box::new(Sectors { params: params.clone(), ..Sectors::default() })),
    sensor: true,
    claim: None,
};

/// A bit for each direction.
type Directions = [u64; DEGREES.div_ceil(64)];

#[derive(Default)]
struct Sectors {
    params: Params,
    /// Directions without a point, by scan.
    scans: Vec<(Time, Directions)>,
    /// Scans in which a direction has as many points as usual directions have.
    well: Vec<u32>,
}

impl ScanWatcher for Sectors {
    fn see(&mut self, time: Time, scan: &PointCloud) {
        let usual = self.params.value(&USUAL) as u32;
        let mut counts = [0_u32; DEGREES];
        for position in &scan.positions {
            if let Some(degree) = degree(*position) {
                counts[degree] += 1;
            }
        }
        self.well.resize(DEGREES, 0);
        let mut empty = Directions::default();
        for (at, (count, well)) in counts.iter().zip(&mut self.well).enumerate() {
            *well += u32::from(*count >= usual);
            empty[at / 64] |= u64::from(*count == 0) << (at % 64);
        }
        self.scans.push((time, empty));
    }

    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found {
        let usual: Vec<bool> = self.well.iter().map(|well| *well as usize * 2 > self.scans.len()).collect();
        let mut found = Found::default();
        let width = self.params.value(&WIDTH) as usize;
        if usual.iter().filter(|usual| **usual).count() < width {
            let why = "its scans usually have less than the wanted number of points in nearly all directions";
            found.not_looked_at.push(format!("{}: {why}", watched.channel));
            return found;
        }
        let least = self.params.value(&SCANS) as usize;
        let mut open: Vec<(Time, (usize, usize))> = Vec::new();
        for (time, empty) in &self.scans {
            let sector = widest(|at| usual[at] && empty[at / 64] >> (at % 64) & 1 == 1);
            if sector.1 >= width {
                open.push((*time, sector));
                continue;
            }
            found.findings.extend(finding(&open, least, watched.channel));
            open.clear();
        }
        found.findings.extend(finding(&open, least, watched.channel));
        found
    }
}

/// First degree and width of the longest run of directions, around the whole circle.
fn widest(empty: impl Fn(usize) -> bool) -> (usize, usize) {
    let (mut best, mut run) = ((0, 0), 0);
    for at in 0..2 * DEGREES {
        run = if empty(at % DEGREES) { run + 1 } else { 0 };
        if run > best.1 {
            best = ((at + 1 - run) % DEGREES, run);
        }
        if run == DEGREES {
            return (0, DEGREES);
        }
    }
    best
}

fn finding(scans: &[(Time, (usize, usize))], least: usize, channel: &str) -> Option<Finding> {
    let (peak, (from, width)) = *scans.iter().rev().max_by_key(|(_, (_, width))| *width)?;
    if scans.len() < least {
        return None;
    }
    let range = TimeRange { start: scans.first()?.0, end: scans.last()?.0 };
    let middle = (from + width / 2) % DEGREES;
    let middle = if middle > 180 { middle as f64 - 360.0 } else { middle as f64 };
    let sentence =
        format!("{width}° around {middle:.0}° to the left have no points in {} scans", scans.len());
    let finding = KIND.finding(stretched(range, peak), peak, width as f64 / 90.0, sentence);
    Some(
        finding
            .on(channel)
            .with("width", width as f64)
            .with("middle", middle)
            .with("scans", scans.len() as f64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_sector_may_cross_the_x_axis() {
        let check = |empty: &dyn Fn(usize) -> bool, expected| assert_eq!(widest(empty), expected);
        check(&|at| !(10..350).contains(&at), (350, 20));
        check(&|at| (40..55).contains(&at) || (90..100).contains(&at), (40, 15));
        check(&|_| false, (0, 0));
        check(&|_| true, (0, 360));
    }
}
