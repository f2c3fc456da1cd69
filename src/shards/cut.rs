//! Parts of recordings: windows of time that begin where reading begins cheaply, with all channels.
//!
//! Channels of a recording share its chunks, so parts by channel would read each chunk once for each of them.

use std::ops::Range;
use std::sync::Arc;

use crate::base::time::Time;
use crate::clips::Clip;
use crate::data::clip::ChannelId;
use crate::shards::plan::{PlannedPart, strided};

/// Divides a recording into parts of about so many inputs, at its seams; `recording` is its position in the plan.
///
/// Each frame of each channel is in exactly one part, and parts are in the order of time. A recording without channels or
/// frames has none.
pub fn parts(
    clip: &dyn Clip,
    recording: usize,
    channels: &[ChannelId],
    every: usize,
    target: usize,
) -> Vec<PlannedPart> {
    let times: Vec<Arc<Vec<Time>>> = channels.iter().map(|id| clip.times(*id)).collect();
    let cuts = match (clip.seams(), times.as_slice()) {
        (Some(seams), _) => at_times(&seams, &times, every, target),
        (None, [only]) => by_number(only.len(), every, target),
        (None, _) => {
            let mut all: Vec<Time> = times.iter().flat_map(|times| times.iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            at_times(&all, &times, every, target)
        }
    };
    let mut parts = Vec::new();
    let mut from = vec![0; times.len()];
    let ends: Vec<usize> = times.iter().map(|times| times.len()).collect();
    for to in cuts.into_iter().chain([ends]) {
        let ranges: Vec<Range<usize>> = from.iter().zip(&to).map(|(from, to)| *from..*to).collect();
        if ranges.iter().any(|range| strided(range.clone(), every) > 0) {
            let first = ranges.iter().zip(&times).filter_map(|(range, times)| times.get(range.start));
            parts.push(PlannedPart {
                recording,
                start_ns: first.min().map_or(0, |time| time.0),
                frames: ranges.iter().map(|range| [range.start, range.end]).collect(),
            });
            from = to;
        }
    }
    parts
}

/// Cuts at the first of these times at which a part has its inputs, as the first frame of each channel behind it.
fn at_times(seams: &[Time], times: &[Arc<Vec<Time>>], every: usize, target: usize) -> Vec<Vec<usize>> {
    let mut cuts: Vec<Vec<usize>> = Vec::new();
    let mut last = vec![0; times.len()];
    for seam in seams {
        let at: Vec<usize> = times.iter().map(|times| times.partition_point(|time| time < seam)).collect();
        if count(&last, &at, every) >= target.max(1) {
            cuts.push(at.clone());
            last = at;
        }
    }
    cuts
}

fn by_number(frames: usize, every: usize, target: usize) -> Vec<Vec<usize>> {
    let step = target.max(1).saturating_mul(every.max(1));
    (step..frames).step_by(step).map(|at| vec![at]).collect()
}

fn count(from: &[usize], to: &[usize], every: usize) -> usize {
    from.iter().zip(to).map(|(from, to)| strided(*from..*to, every)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_lie_at_seams_and_lose_nothing() {
        let camera: Arc<Vec<Time>> = Arc::new((0..100).map(|i| Time(i * 10)).collect());
        let other: Arc<Vec<Time>> = Arc::new((0..50).map(|i| Time(i * 20 + 5)).collect());
        let seams: Vec<Time> = (0..10).map(|i| Time(i * 100)).collect();
        let cuts = at_times(&seams, &[Arc::clone(&camera), other], 1, 20);
        // 15 inputs lie between two seams, so a part has two of these.
        assert_eq!(cuts, [[20, 10], [40, 20], [60, 30], [80, 40]]);
        assert_eq!(
            at_times(&seams, std::slice::from_ref(&camera), 7, 2),
            [[10], [30], [50], [70], [80]].map(Vec::from)
        );
        assert_eq!(at_times(&[Time(0)], &[camera], 1, 5), Vec::<Vec<usize>>::new());
        assert_eq!(by_number(10, 2, 2), [[4], [8]]);
        assert_eq!((strided(0..10, 4), strided(1..10, 4), strided(9..12, 4)), (3, 2, 0));
    }
}
