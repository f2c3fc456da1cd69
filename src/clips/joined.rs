//! Several recordings joined on a common clock; or one with a clock chosen per channel.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::progress::Progress;
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::merged::{Channel, Source, merged};
use crate::clips::raw::{RawMessage, RawMessages, RawTopic};
use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::image::Image;
use crate::data::time::log::LogEntry;

/// One of the joined recordings.
pub struct Part {
    /// The recording.
    pub clip: Arc<dyn Clip>,
    /// Offset added to its times.
    pub offset: Span,
    /// Prefix of its channel names, before a slash; parts with the same prefix share channels.
    pub prefix: String,
}

impl Part {
    /// Name of a channel of the part in the joined recording.
    fn name_of(&self, channel: &str) -> String {
        match &self.prefix {
            none if none.is_empty() => channel.to_owned(),
            // Topics begin with a slash of their own.
            prefix => format!("{prefix}/{}", channel.trim_start_matches('/')),
        }
    }
}

/// Joined recordings. Channels of the same full name become one, in the order of time.
pub struct Joined {
    name: String,
    format: &'static str,
    path: PathBuf,
    parts: Vec<Part>,
    /// Parts that could not be opened, one sentence each.
    lost: Vec<String>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    info: Arc<ClipInfo>,
    /// The part's descriptions when the channels were made.
    seen: Vec<Arc<ClipInfo>>,
    /// Offset added to the times of each part.
    offsets: Vec<Span>,
    /// Times of channels that use their own clock instead of the log time.
    clocks: BTreeMap<String, Arc<Vec<Time>>>,
    channels: Vec<Channel>,
    frames: Arc<FrameTree>,
    places: BTreeMap<String, usize>,
}

impl Joined {
    /// Joins recordings. A single one keeps its name, its format and its warnings.
    pub fn new(name: String, format: &'static str, path: PathBuf, parts: Vec<Part>) -> Self {
        let offsets = parts.iter().map(|part| part.offset).collect();
        let state = State { offsets, ..State::default() };
        let joined = Self { name, format, path, parts, lost: Vec::new(), state: RwLock::new(state) };
        joined.refresh(|_| {});
        joined
    }

    /// The same with warnings about parts that could not be opened.
    pub fn without(mut self, lost: Vec<String>) -> Self {
        self.lost = lost;
        self.refresh(|_| {});
        self
    }

    /// The recordings.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Offset added to the times of each part.
    pub fn offsets(&self) -> Vec<Span> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).offsets.clone()
    }

    /// Sets the offsets of the parts.
    pub fn set_offsets(&self, offsets: &[Span]) {
        if self.offsets() != offsets {
            self.refresh(|state| {
                for (to, from) in state.offsets.iter_mut().zip(offsets) {
                    *to = *from;
                }
            });
        }
    }

    /// Names of the channels that use their own clock instead of the log time.
    pub fn own_clocks(&self) -> Vec<String> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clocks.keys().cloned().collect()
    }

    /// True if a channel still uses the log time, because it has no times of its own or not as many as it
    /// now has samples.
    pub fn lacks_clock(&self, channel: &str) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let samples = state.places.get(channel).and_then(|at| state.channels.get(*at)).map(|c| c.times.len());
        state.clocks.get(channel).map(|times| times.len()) != samples
    }

    /// Sets the times of a channel in place of the log time, or resets them. There must be one for each of
    /// its samples, in log order; other counts are ignored.
    pub fn set_clock(&self, channel: &str, times: Option<Vec<Time>>) {
        self.refresh(|state| match times {
            Some(times) => {
                state.clocks.insert(channel.to_owned(), Arc::new(times));
            }
            None => {
                state.clocks.remove(channel);
            }
        });
    }

    /// Header stamps of a channel's samples; see [`Clip::stamps`].
    pub fn stamps_of(&self, name: &str, progress: &Progress) -> Result<Option<Vec<Time>>, ClipError> {
        for part in &self.parts {
            let info = part.clip.info();
            if let Some(at) = info.channels.iter().position(|channel| part.name_of(&channel.name) == name) {
                return part.clip.stamps(ChannelId(at), progress);
            }
        }
        Ok(None)
    }

    /// Updates from the parts. A channel keeps its number once it has one.
    fn refresh(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        change(state);
        state.seen = self.parts.iter().map(|part| part.clip.info()).collect();
        let mut infos: Vec<ChannelInfo> = state.info.channels.clone();
        let mut sources: Vec<Vec<(usize, ChannelId)>> = vec![Vec::new(); infos.len()];
        let alone = self.parts.len() == 1;
        let mut whole =
            ClipInfo { name: self.name.clone(), format: self.format, indexed: true, ..ClipInfo::default() };
        whole.warnings.extend(self.lost.iter().cloned());
        let mut range = None::<TimeRange>;
        // Topics without messages in one part may have them in another.
        let mut empty: Vec<(usize, ChannelId, ChannelInfo)> = Vec::new();
        for (number, (part, info)) in self.parts.iter().zip(&state.seen).enumerate() {
            let offset = state.offsets.get(number).copied().unwrap_or_default();
            whole.indexed &= info.indexed;
            let named = |text: &String| if alone { text.clone() } else { format!("{}: {text}", info.name) };
            whole.warnings.extend(info.warnings.iter().map(named));
            whole.about.extend(info.about.iter().map(|(name, text)| (part.name_of(name), text.clone())));
            let own = TimeRange { start: info.range.start + offset, end: info.range.end + offset };
            range = Some(range.map_or(own, |all| all.with(own)));
            for (at, channel) in info.channels.iter().enumerate() {
                let name = part.name_of(&channel.name);
                if channel.kind == ChannelKind::Other && channel.samples == 0 {
                    empty.push((number, ChannelId(at), ChannelInfo { name, ..channel.clone() }));
                    continue;
                }
                let place = *state.places.entry(name.clone()).or_insert_with(|| {
                    infos.push(ChannelInfo { name: name.clone(), ..channel.clone() });
                    sources.push(Vec::new());
                    infos.len() - 1
                });
                if let Some(info) = infos.get_mut(place).filter(|info| info.kind == ChannelKind::Other) {
                    *info = ChannelInfo { name, ..channel.clone() };
                }
                if let Some(found) = sources.get_mut(place) {
                    found.push((number, ChannelId(at)));
                }
            }
        }
        for (number, at, channel) in empty.into_iter().filter(|_| whole.indexed) {
            let inside = |other: &ChannelInfo| {
                other.name.strip_prefix(&channel.name).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            let place = match state.places.get(&channel.name) {
                Some(place) => *place,
                None if infos.iter().any(inside) => continue,
                None => {
                    state.places.insert(channel.name.clone(), infos.len());
                    infos.push(channel);
                    sources.push(Vec::new());
                    infos.len() - 1
                }
            };
            if let Some(found) = sources.get_mut(place) {
                found.push((number, at));
            }
        }
        let read = |part: usize, id: ChannelId| {
            let clip = self.parts.get(part).map(|part| &part.clip);
            clip.map(|clip| (clip.times(id), clip.values(id))).unwrap_or_default()
        };
        let channels = infos.iter_mut().zip(&sources).map(|(info, sources)| {
            let channel = merged(sources, &state.offsets, state.clocks.get(&info.name), read);
            info.samples = channel.times.len();
            channel
        });
        state.channels = channels.collect();
        whole.range = range.unwrap_or_default();
        whole.channels = infos;
        // Its own clock may move a channel before or after all others.
        for name in state.clocks.keys() {
            let times = state.places.get(name).and_then(|at| state.channels.get(*at)).map(|c| &c.times);
            if let Some((first, last)) = times.and_then(|times| times.first().zip(times.last())) {
                whole.range = whole.range.with(TimeRange { start: *first, end: *last + Span(1) });
            }
        }
        state.frames = self.frames_of_parts(&state.offsets);
        state.info = Arc::new(whole);
    }

    /// The coordinate frames of all parts; a tree that parts share is taken once, and not copied where it is the only one.
    fn frames_of_parts(&self, offsets: &[Span]) -> Arc<FrameTree> {
        let mut known: Vec<(Arc<FrameTree>, Span)> = Vec::new();
        for (part, offset) in self.parts.iter().zip(offsets) {
            let frames = part.clip.frames();
            let same = |(other, by): &(Arc<FrameTree>, Span)| Arc::ptr_eq(other, &frames) && by == offset;
            if !frames.is_empty() && !known.iter().any(same) {
                known.push((frames, *offset));
            }
        }
        match known.as_slice() {
            [] => Arc::default(),
            [(frames, Span(0))] => Arc::clone(frames),
            [(first, offset), rest @ ..] => {
                let mut whole = first.moved(*offset);
                for (frames, offset) in rest {
                    whole.join(frames, *offset);
                }
                Arc::new(whole)
            }
        }
    }

    /// Location of a sample: the part, and channel and position in it.
    fn place(
        &self,
        channel: ChannelId,
        index: usize,
    ) -> Result<(&Arc<dyn Clip>, ChannelId, usize), ClipError> {
        let place = self.with(channel, |channel| match &channel.source {
            Source::Same(part, own) => (index < channel.times.len()).then_some((*part, *own, index)),
            Source::Mixed(places) => places.get(index).copied(),
        });
        let missing = || ClipError::Missing { channel: channel.0, index, path: self.path.clone() };
        let (part, own, at) = place.ok_or_else(missing)?;
        Ok((&self.parts.get(part).ok_or_else(missing)?.clip, own, at))
    }

    fn with<T: Default>(&self, channel: ChannelId, read: impl FnOnce(&Channel) -> T) -> T {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.channels.get(channel.0).map(read).unwrap_or_default()
    }
}

impl RawMessages for Joined {
    fn topics(&self) -> Vec<RawTopic> {
        let mut all = Vec::new();
        for (part, offset) in self.parts.iter().zip(self.offsets()) {
            for topic in part.clip.raw().map(RawMessages::topics).unwrap_or_default() {
                let times = topic.times.iter().map(|time| *time + offset).collect();
                all.push(RawTopic { name: part.name_of(&topic.name), times: Arc::new(times), ..topic });
            }
        }
        all
    }

    fn message(&self, topic: usize, index: usize) -> Result<RawMessage, ClipError> {
        let missing = || ClipError::Missing { channel: topic, index, path: self.path.clone() };
        let (raw, own, offset) = self.raw_topic(topic).ok_or_else(missing)?;
        let message = raw.message(own, index)?;
        Ok(RawMessage { published: message.published.map(|time| time + offset), ..message })
    }

    fn beginning(&self, topic: usize, index: usize) -> usize {
        self.raw_topic(topic).map_or(index, |(raw, own, _)| raw.beginning(own, index))
    }
}

impl Joined {
    /// The part of a topic, its position there, and the offset of the part.
    fn raw_topic(&self, topic: usize) -> Option<(&dyn RawMessages, usize, Span)> {
        let mut before = 0;
        for (part, offset) in self.parts.iter().zip(self.offsets()) {
            let raw = part.clip.raw()?;
            let count = raw.topics().len();
            if topic < before + count {
                return Some((raw, topic - before, offset));
            }
            before += count;
        }
        None
    }
}

impl Clip for Joined {
    fn raw(&self) -> Option<&dyn RawMessages> {
        self.parts.iter().all(|part| part.clip.raw().is_some()).then_some(self)
    }

    fn info(&self) -> Arc<ClipInfo> {
        let stale = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            let fresh = |(part, seen): (&Part, &Arc<ClipInfo>)| Arc::ptr_eq(&part.clip.info(), seen);
            !self.parts.iter().zip(&state.seen).all(fresh)
        };
        if stale {
            self.refresh(|_| {});
        }
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).info)
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.with(channel, |channel| Arc::clone(&channel.times))
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.with(channel, |channel| Arc::clone(&channel.values))
    }

    fn frames(&self) -> Arc<FrameTree> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).frames)
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        let offsets = self.offsets();
        if let ([only], [Span(0)]) = (self.parts.as_slice(), offsets.as_slice()) {
            return only.clip.logs();
        }
        let mut all: Vec<LogEntry> = Vec::new();
        for (part, offset) in self.parts.iter().zip(offsets) {
            all.extend(part.clip.logs().iter().map(|entry| LogEntry {
                time: entry.time + offset,
                channel: part.name_of(&entry.channel).into(),
                line: entry.line.clone(),
            }));
        }
        all.sort_by_key(|entry| entry.time);
        Arc::new(all)
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let (clip, own, at) = self.place(channel, index)?;
        clip.read(own, at)
    }

    fn file(&self, channel: ChannelId, index: usize) -> Option<PathBuf> {
        let (clip, own, at) = self.place(channel, index).ok()?;
        clip.file(own, at)
    }

    fn preview(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        let (clip, own, at) = self.place(channel, index)?;
        clip.preview(own, at)
    }

    fn stamps(&self, channel: ChannelId, progress: &Progress) -> Result<Option<Vec<Time>>, ClipError> {
        let name = self.info().channel(channel).map(|channel| channel.name.clone()).unwrap_or_default();
        self.stamps_of(&name, progress)
    }

    fn seams(&self) -> Option<Vec<Time>> {
        let parts = self.parts.iter().zip(self.offsets());
        let all = parts.filter_map(|(part, offset)| {
            let seams = part.clip.seams()?;
            Some(seams.into_iter().map(move |time| time + offset))
        });
        let all: Vec<_> = all.collect();
        if all.is_empty() {
            return None;
        }
        let mut seams: Vec<Time> = all.into_iter().flatten().collect();
        seams.sort_unstable();
        seams.dedup();
        Some(seams)
    }

    fn index_samples(&self, progress: &Progress) -> Result<(), ClipError> {
        for part in &self.parts {
            part.clip.index_samples(progress)?;
        }
        self.refresh(|_| {});
        Ok(())
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        for part in &self.parts {
            part.clip.index(progress)?;
        }
        self.refresh(|_| {});
        Ok(())
    }
}
