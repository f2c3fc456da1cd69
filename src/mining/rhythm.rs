//! Rhythms of channels: the usual time between two samples, and stretches without any.

use std::sync::Arc;

use crate::base::time::{Span, Time, TimeRange};
use crate::data::clip::{ChannelId, ChannelKind};
use crate::mining::drive::Drive;
use crate::mining::spread::median;

/// Least number of samples of which a rhythm can be told.
const LEAST: usize = 20;

/// The rhythm of a channel, or of the signals of one message.
#[derive(Clone, Debug)]
pub(super) struct Rhythm {
    /// Name of the channel, the first of several.
    pub(super) name: String,
    pub(super) channel: ChannelId,
    pub(super) kind: ChannelKind,
    pub(super) times: Arc<Vec<Time>>,
    /// Median of the time between two samples.
    pub(super) period: Span,
    /// Median absolute deviation of it, as a part of the period.
    pub(super) jitter: f64,
}

/// Jitter above which a channel has no rhythm.
const STEADY: f64 = 0.1;

impl Rhythm {
    /// True if samples come evenly.
    pub(super) fn is_steady(&self) -> bool {
        self.jitter <= STEADY
    }

    /// Stretches without a sample that are longer than `longer`.
    pub(super) fn gaps(&self, longer: Span) -> Vec<TimeRange> {
        let pairs = self.times.windows(2).map(|pair| TimeRange { start: pair[0], end: pair[1] });
        pairs.filter(|gap| gap.span() > longer).collect()
    }
}

/// The rhythms of all channels that are sampled: signals of one message count once.
pub(super) fn rhythms(drive: &Drive<'_>) -> Vec<Rhythm> {
    let mut all: Vec<Rhythm> = Vec::new();
    for (at, channel) in drive.info.channels.iter().enumerate() {
        use ChannelKind::{Camera, Places, Points, Signal};
        if !matches!(channel.kind, Camera | Places | Points | Signal) {
            continue;
        }
        let times = drive.clip.times(ChannelId(at));
        let known = |other: &Rhythm| {
            other.kind == Signal && (Arc::ptr_eq(&other.times, &times) || *other.times == *times)
        };
        if channel.kind == Signal && all.iter().any(known) {
            continue;
        }
        all.extend(rhythm(&channel.name, (ChannelId(at), channel.kind), times));
    }
    all
}

fn rhythm(name: &str, (channel, kind): (ChannelId, ChannelKind), times: Arc<Vec<Time>>) -> Option<Rhythm> {
    if times.len() < LEAST {
        return None;
    }
    let mut spans: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]).0 as f64).collect();
    let middle = median(&mut spans).filter(|middle| *middle > 0.0)?;
    for span in &mut spans {
        *span = (*span - middle).abs();
    }
    let jitter = median(&mut spans)? / middle;
    Some(Rhythm { name: name.to_owned(), channel, kind, times, period: Span(middle as i64), jitter })
}

/// Stretches in which no channel has a sample although several should: the recorder was silent. `None` where fewer than two
/// channels are steady.
pub(super) fn recorder_gaps(rhythms: &[Rhythm], least: Span) -> Option<Vec<TimeRange>> {
    // Slow channels are silent for so long anyway.
    let steady: Vec<&Rhythm> =
        rhythms.iter().filter(|rhythm| rhythm.is_steady() && rhythm.period.0 * 2 <= least.0).collect();
    if steady.len() < 2 {
        return None;
    }
    let mut common: Option<Vec<TimeRange>> = None;
    for rhythm in steady {
        let own = rhythm.gaps(Span(least.0 / 2));
        common = Some(match common {
            None => own,
            Some(known) => overlaps(&known, &own),
        });
    }
    let mut common = common.unwrap_or_default();
    common.retain(|gap| gap.span() >= least);
    Some(common)
}

/// The overlaps of two sorted lists of ranges.
fn overlaps(a: &[TimeRange], b: &[TimeRange]) -> Vec<TimeRange> {
    let (mut at, mut other, mut found) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(at), b.get(other)) {
        let both = TimeRange { start: x.start.max(y.start), end: x.end.min(y.end) };
        if both.start < both.end {
            found.push(both);
        }
        if x.end < y.end { at += 1 } else { other += 1 }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorder_was_silent_where_all_channels_were() {
        let steady = |hz: i64, silent: &[(i64, i64)]| {
            let at = (0..20 * hz).map(|n| n * 1000 / hz);
            let heard = at.filter(|ms| !silent.iter().any(|(from, until)| (*from..*until).contains(ms)));
            let times = heard.map(|ms| Time(ms * 1_000_000)).collect();
            rhythm("", (ChannelId(0), ChannelKind::Signal), Arc::new(times)).unwrap()
        };
        let half = Span(500_000_000);
        let gaps = |all: &[Rhythm]| recorder_gaps(all, half).map(|gaps| gaps.len());
        let (both, one) = ([(3000, 4000), (9000, 9700)], [(3100, 5000)]);
        assert_eq!(gaps(&[steady(50, &both), steady(20, &both)]), Some(2));
        assert_eq!(gaps(&[steady(50, &both), steady(20, &one)]), Some(1));
        assert_eq!(gaps(&[steady(50, &both), steady(20, &[])]), Some(0));
        assert_eq!(gaps(&[steady(50, &both)]), None);
        // One sample a second cannot tell.
        assert_eq!(gaps(&[steady(50, &both), steady(1, &[])]), None);
    }
}
