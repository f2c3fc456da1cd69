//! Several recordings as one, on a common clock.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::progress::Progress;
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelInfo, ClipInfo, Sample};
use crate::data::log::LogEntry;
use crate::data::space::FrameTree;

/// A recording that is a part of the whole.
pub struct Part {
    /// The recording.
    pub clip: Arc<dyn Clip>,
    /// What is added to its times.
    pub offset: Span,
    /// What its channels' names begin with; parts with the same begin share channels of the same name.
    pub prefix: String,
}

/// Joins recordings. Channels of the same full name become one, in the order of time.
pub fn join(name: String, format: &'static str, path: PathBuf, parts: Vec<Part>) -> Arc<dyn Clip> {
    let joined = Joined { name, format, path, parts, state: RwLock::new(State::default()) };
    joined.refresh();
    Arc::new(joined)
}

struct Joined {
    name: String,
    format: &'static str,
    path: PathBuf,
    parts: Vec<Part>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    info: Arc<ClipInfo>,
    channels: Vec<Channel>,
    places: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Channel {
    times: Arc<Vec<Time>>,
    values: Arc<Vec<f64>>,
    /// Part, channel and position of each sample.
    samples: Vec<(usize, ChannelId, usize)>,
}

/// Time, value, and where the sample lies.
type Found = (Time, f64, (usize, ChannelId, usize));

impl Joined {
    /// Takes over what the parts know by now. A channel keeps its number once it has one.
    fn refresh(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut infos: Vec<ChannelInfo> = state.info.channels.clone();
        let mut found: Vec<Vec<Found>> = vec![Vec::new(); infos.len()];
        let (mut range, mut warnings, mut indexed) = (None::<TimeRange>, Vec::new(), true);
        let mut about = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let info = part.clip.info();
            indexed &= info.indexed;
            about.extend(
                info.about.iter().map(|(name, text)| (format!("{}{name}", part.prefix), text.clone())),
            );
            warnings.extend(info.warnings.iter().map(|warning| format!("{}: {warning}", info.name)));
            let own = TimeRange { start: info.range.start + part.offset, end: info.range.end + part.offset };
            range =
                Some(range.map_or(own, |all| TimeRange {
                    start: all.start.min(own.start),
                    end: all.end.max(own.end),
                }));
            for (at, channel) in info.channels.iter().enumerate() {
                let name = format!("{}{}", part.prefix, channel.name);
                let place = *state.places.entry(name.clone()).or_insert_with(|| {
                    infos.push(ChannelInfo { name, ..channel.clone() });
                    found.push(Vec::new());
                    infos.len() - 1
                });
                let id = ChannelId(at);
                let (times, values) = (part.clip.times(id), part.clip.values(id));
                if let Some(found) = found.get_mut(place) {
                    found.extend(times.iter().enumerate().map(|(index, time)| {
                        (
                            *time + part.offset,
                            values.get(index).copied().unwrap_or(f64::NAN),
                            (number, id, index),
                        )
                    }));
                }
            }
        }
        let mut channels = Vec::with_capacity(found.len());
        for (info, mut samples) in infos.iter_mut().zip(found) {
            samples.sort_by_key(|(time, _, place)| (*time, *place));
            info.samples = samples.len();
            let signal = info.kind == crate::data::clip::ChannelKind::Signal;
            channels.push(Channel {
                times: Arc::new(samples.iter().map(|(time, _, _)| *time).collect()),
                values: Arc::new(if signal {
                    samples.iter().map(|(_, v, _)| *v).collect()
                } else {
                    Vec::new()
                }),
                samples: samples.into_iter().map(|(_, _, place)| place).collect(),
            });
        }
        state.info = Arc::new(ClipInfo {
            name: self.name.clone(),
            format: self.format,
            channels: infos,
            range: range.unwrap_or_default(),
            indexed,
            warnings,
            about,
        });
        state.channels = channels;
    }

    fn with<T: Default>(&self, channel: ChannelId, read: impl FnOnce(&Channel) -> T) -> T {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.channels.get(channel.0).map(read).unwrap_or_default()
    }
}

impl Clip for Joined {
    fn info(&self) -> Arc<ClipInfo> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).info)
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.with(channel, |channel| Arc::clone(&channel.times))
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.with(channel, |channel| Arc::clone(&channel.values))
    }

    fn frames(&self) -> Arc<FrameTree> {
        // Parts of one drive share their frames; the one that knows most is the one that was indexed first.
        let known = self.parts.iter().map(|part| part.clip.frames()).find(|frames| !frames.is_empty());
        known.unwrap_or_default()
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        let mut all: Vec<LogEntry> = Vec::new();
        for part in &self.parts {
            all.extend(part.clip.logs().iter().map(|entry| LogEntry {
                time: entry.time + part.offset,
                channel: format!("{}{}", part.prefix, entry.channel).into(),
                line: entry.line.clone(),
            }));
        }
        all.sort_by_key(|entry| entry.time);
        Arc::new(all)
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let place = self.with(channel, |channel| channel.samples.get(index).copied());
        let missing = || ClipError::Missing { channel: channel.0, index, path: self.path.clone() };
        let (part, own, at) = place.ok_or_else(missing)?;
        self.parts.get(part).ok_or_else(missing)?.clip.read(own, at)
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        for part in &self.parts {
            part.clip.index(progress)?;
            self.refresh();
        }
        Ok(())
    }
}
