//! One channel of a joined recording, merged from those of its parts.

use std::sync::Arc;

use crate::base::time::{Span, Time};
use crate::data::clip::ChannelId;

/// Samples of a channel, in the order of time.
pub(super) struct Channel {
    pub(super) times: Arc<Vec<Time>>,
    pub(super) values: Arc<Vec<f64>>,
    pub(super) source: Source,
}

/// Source of a channel's samples.
pub(super) enum Source {
    /// One channel of one part, unchanged.
    Same(usize, ChannelId),
    /// Part, channel and position of each sample.
    Mixed(Vec<(usize, ChannelId, usize)>),
}

/// Times and, for signals, values of a channel.
type Samples = (Arc<Vec<Time>>, Arc<Vec<f64>>);

/// One channel merged from those of the parts; a channel of a single part is shared, not copied.
pub(super) fn merged(
    sources: &[(usize, ChannelId)],
    offsets: &[Span],
    clock: Option<&Arc<Vec<Time>>>,
    read: impl Fn(usize, ChannelId) -> Samples,
) -> Channel {
    let offset = |part: usize| offsets.get(part).copied().unwrap_or_default();
    let moved = |part: usize, times: &Arc<Vec<Time>>| {
        if offset(part) == Span(0) {
            Arc::clone(times)
        } else {
            Arc::new(times.iter().map(|time| *time + offset(part)).collect())
        }
    };
    if let [(part, id)] = sources {
        let (times, values) = read(*part, *id);
        let own = clock.filter(|own| own.len() == times.len());
        let times = moved(*part, own.unwrap_or(&times));
        if times.is_sorted() {
            return Channel { times, values, source: Source::Same(*part, *id) };
        }
        return mixed(
            (0..times.len()).map(|i| (times[i], values.get(i).copied(), (*part, *id, i))).collect(),
        );
    }
    let mut found = Vec::new();
    for (part, id) in sources {
        let (times, values) = read(*part, *id);
        found.extend(
            times
                .iter()
                .enumerate()
                .map(|(i, time)| (*time + offset(*part), values.get(i).copied(), (*part, *id, i))),
        );
    }
    mixed(found)
}

/// Time, value of signals, and location of the sample.
type Found = (Time, Option<f64>, (usize, ChannelId, usize));

/// Merges samples of several channels in the order of time.
fn mixed(mut samples: Vec<Found>) -> Channel {
    samples.sort_by_key(|(time, _, place)| (*time, *place));
    // Only signals have values.
    let signal = samples.iter().any(|(_, value, _)| value.is_some());
    let values = if signal {
        samples.iter().map(|(_, value, _)| value.unwrap_or(f64::NAN)).collect()
    } else {
        Vec::new()
    };
    Channel {
        times: Arc::new(samples.iter().map(|(time, _, _)| *time).collect()),
        values: Arc::new(values),
        source: Source::Mixed(samples.into_iter().map(|(_, _, place)| place).collect()),
    }
}
