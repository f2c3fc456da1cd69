//! Health of a recording: the cheap finders of sensor faults, which run when it is opened.

use crate::base::errors::quietly;
use crate::base::params::Params;
use crate::base::progress::{Cancelled, Progress};
use crate::clips::Clip;
use crate::mining::drive::Drive;
use crate::mining::finders;
use crate::mining::finding::{Finding, Look};

/// Finders that look at times, numbers and positions only.
const FINDERS: [&str; 4] = ["recorder_gap", "dropped_frames", "stuck_signal", "gps_jump"];

/// Most findings that are told one by one.
const MOST: usize = 20;

/// Faults of sensors and of the recorder that times, numbers and positions tell, in the order of time. Neither decodes images or
/// scans nor opens messages for their stamps.
pub fn health(clip: &dyn Clip, progress: &Progress) -> Result<Vec<Finding>, Cancelled> {
    let drive = Drive::glance(clip);
    let mut all = Vec::new();
    for kind in FINDERS.iter().filter_map(|id| finders::kind(id)) {
        progress.check()?;
        let Look::Drive(find) = kind.look else { continue };
        // A fault in one finder costs that finder.
        let found = quietly(|| find(&drive, &Params::default())).unwrap_or_default();
        all.extend(found.findings);
    }
    all.sort_by(|a, b| (a.t0, a.t1, &a.finder, &a.channels).cmp(&(b.t0, b.t1, &b.finder, &b.channels)));
    let name = clip.info().name.clone();
    for finding in &mut all {
        finding.clip.clone_from(&name);
    }
    Ok(all)
}

/// The findings as sentences with their time and channel, the most severe ones where there are many.
pub fn sentences(clip: &dyn Clip, findings: &[Finding]) -> Vec<String> {
    let start = clip.info().range.start;
    let mut worst: Vec<&Finding> = findings.iter().collect();
    worst.sort_by(|a, b| b.severity.total_cmp(&a.severity));
    let left = worst.len().saturating_sub(MOST);
    worst.truncate(MOST);
    worst.sort_by_key(|finding| finding.t0);
    let told = |finding: &&Finding| {
        let channel = finding.channels.first().map_or_else(String::new, |channel| format!("{channel}: "));
        format!("{} {channel}{}", finding.peak - start, finding.sentence)
    };
    let mut all: Vec<String> = worst.iter().map(told).collect();
    if left > 0 {
        all.push(format!("and {left} less severe ones, see hardcase mine --sensors"));
    }
    all
}
