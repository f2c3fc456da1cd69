//! Cuts: a stretch of a recording as an MCAP file of its own.
//!
//! Messages keep their bytes, schemas, times and sequence numbers; what is not recorded as messages is written in the schemas
//! of Foxglove. What holds from before the cut is put at its beginning: the last static transforms and calibrations, and of
//! video packets those from the key frame on. Format: <https://mcap.dev/spec>.

use std::collections::BTreeMap;
use std::io::{Seek, Write};

use crate::base::nearest::hint;
use crate::base::progress::{Cancelled, Progress};
use crate::base::text::counted;
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::raw::{Described, RawMessages, RawTopic};
use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelKind;

mod convert;

/// Stretch and channels to cut.
#[derive(Clone, Debug, Default)]
pub struct CutTerms {
    /// From the first moment inside to the first one after.
    pub range: TimeRange,
    /// Channels or topics; all if empty.
    pub channels: Vec<String>,
}

/// Contents of a written cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutReport {
    /// Number of topics.
    pub topics: usize,
    /// Number of messages.
    pub messages: usize,
    /// Remarks, one sentence each.
    pub notes: Vec<String>,
}

/// Reason why nothing was cut.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// The stretch does not meet the recording.
    #[error("the recording goes from {start} to {end} and has nothing between {from} and {until}")]
    Outside {
        /// Beginning of the recording, as wall-clock or clip time.
        start: Span,
        /// Its end.
        end: Span,
        /// Beginning of the stretch, after that of the recording.
        from: Span,
        /// Its end.
        until: Span,
    },
    /// The recording has no such channel.
    #[error("the recording has no channel {name:?}{hint}")]
    NoChannel {
        /// Requested name.
        name: String,
        /// The most similar name, as the end of a sentence.
        hint: String,
    },
    /// Nothing lies in the stretch.
    #[error("there are no messages of these channels in this stretch")]
    Empty,
    /// A message cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The file cannot be written.
    #[error("could not write the cut: {0}")]
    Write(#[from] mcap::McapError),
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Writes a stretch of a recording. The same recording and stretch give the same bytes.
pub fn cut<W: Write + Seek>(
    clip: &dyn Clip,
    terms: &CutTerms,
    to: W,
    progress: &Progress,
) -> Result<CutReport, CutError> {
    let info = clip.info();
    let (range, whole) = (terms.range, info.range);
    if range.end <= whole.start || range.start >= whole.end || range.end <= range.start {
        let since = |time: Time| time - whole.start;
        return Err(CutError::Outside {
            start: Span(0),
            end: whole.span(),
            from: since(range.start),
            until: since(range.end),
        });
    }
    let mut notes = Vec::new();
    if range.start < whole.start {
        notes.push(format!(
            "the recording begins {} after the beginning of the cut",
            whole.start - range.start
        ));
    }
    if range.end > whole.end {
        notes.push(format!("the recording ends {} before the end of the cut", range.end - whole.end));
    }
    known(clip, terms)?;
    let mut writer = Writer::new(to)?;
    match clip.raw() {
        Some(raw) => copy(raw, terms, &mut writer, progress, &mut notes)?,
        None => convert::write(clip, terms, &mut writer, progress, &mut notes)?,
    }
    if writer.messages == 0 {
        return Err(CutError::Empty);
    }
    let (topics, messages) = (writer.channels.len(), writer.messages);
    writer.finish()?;
    Ok(CutReport { topics, messages, notes })
}

/// An error if a requested channel does not exist.
fn known(clip: &dyn Clip, terms: &CutTerms) -> Result<(), CutError> {
    let info = clip.info();
    let topics: Vec<RawTopic> = clip.raw().map(RawMessages::topics).unwrap_or_default();
    let names = || {
        let channels = info.channels.iter().map(|channel| channel.name.as_str());
        channels.chain(topics.iter().map(|topic| topic.name.as_str()))
    };
    match terms.channels.iter().find(|name| !names().any(|known| known == name.as_str())) {
        Some(name) => Err(CutError::NoChannel { name: name.clone(), hint: hint(name, names()) }),
        None => Ok(()),
    }
}

/// True if a topic is requested, by its name or by one of the channels made of it.
fn wants(terms: &CutTerms, topic: &str) -> bool {
    let within = |name: &String| {
        name.strip_prefix(topic).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', ' ']))
    };
    terms.channels.is_empty() || terms.channels.iter().any(within)
}

/// Copies the messages of the stretch.
fn copy<W: Write + Seek>(
    raw: &dyn RawMessages,
    terms: &CutTerms,
    writer: &mut Writer<W>,
    progress: &Progress,
    notes: &mut Vec<String>,
) -> Result<(), CutError> {
    let range = terms.range;
    let topics = raw.topics();
    // Time of writing, topic and message; what holds from before is written at the beginning.
    let mut wanted: Vec<(Time, usize, usize)> = Vec::new();
    let (mut unnamed, mut early) = (0, 0);
    for (at, topic) in topics.iter().enumerate().filter(|(_, topic)| wants(terms, &topic.name)) {
        let first = topic.times.partition_point(|time| *time < range.start);
        let last = topic.times.partition_point(|time| *time < range.end);
        let holds = matches!(topic.kind, ChannelKind::Calibration)
            || topic.kind == ChannelKind::Transforms && topic.name.ends_with("static");
        let begin = if holds {
            0
        } else if topic.kind == ChannelKind::Camera && first < last {
            raw.beginning(at, first)
        } else {
            first
        };
        early += first - begin;
        let kept = if holds && topic.kind == ChannelKind::Calibration {
            first.saturating_sub(1)..last
        } else {
            begin..last
        };
        wanted.extend(kept.map(|index| (topic.times[index].max(range.start), at, index)));
        let described = &topic.described;
        unnamed += usize::from(described.schema.is_empty() && first < last);
    }
    wanted.sort_unstable();
    progress.begin(wanted.len() as u64);
    for (time, at, index) in wanted {
        let topic = &topics[at];
        let message = raw.message(at, index)?;
        let published = message.published.unwrap_or(time);
        writer.write((&topic.name, &topic.described), (time, published), message.sequence, &message.data)?;
        progress.step()?;
    }
    if early > 0 {
        notes.push(format!(
            "{} from before the beginning are in the cut: static transforms, calibrations, video since the key frame",
            counted(early, "message")
        ));
    }
    if unnamed > 0 {
        notes.push(format!("{} without a schema", counted(unnamed, "topic")));
    }
    Ok(())
}

/// Writer of an MCAP file with the channels that were met so far.
struct Writer<W: Write + Seek> {
    inner: mcap::Writer<W>,
    channels: BTreeMap<(String, String, String), u16>,
    messages: usize,
}

impl<W: Write + Seek> Writer<W> {
    fn new(to: W) -> Result<Self, CutError> {
        let options = mcap::WriteOptions::new()
            .compression(Some(mcap::Compression::Lz4))
            .profile("")
            .library("hardcase");
        Ok(Self { inner: options.create(to)?, channels: BTreeMap::new(), messages: 0 })
    }

    fn write(
        &mut self,
        (topic, described): (&str, &Described),
        (time, published): (Time, Time),
        sequence: u32,
        data: &[u8],
    ) -> Result<(), CutError> {
        let key = (topic.to_owned(), described.schema.clone(), described.encoding.clone());
        let channel = if let Some(channel) = self.channels.get(&key) {
            *channel
        } else {
            let schema = if described.schema.is_empty() {
                0
            } else {
                self.inner.add_schema(&described.schema, &described.schema_encoding, &described.definition)?
            };
            let channel = self.inner.add_channel(schema, topic, &described.encoding, &BTreeMap::new())?;
            self.channels.insert(key, channel);
            channel
        };
        let nanos = |time: Time| u64::try_from(time.0).unwrap_or(0);
        let header = mcap::records::MessageHeader {
            channel_id: channel,
            sequence,
            log_time: nanos(time),
            publish_time: nanos(published),
        };
        self.inner.write_to_known_channel(&header, data)?;
        self.messages += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<(), CutError> {
        self.inner.finish()?;
        Ok(())
    }
}
