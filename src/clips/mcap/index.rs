//! Where every message of an MCAP file lies, found in steps so that the first picture need not wait.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::base::progress::{Cancelled, Progress};
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::mcap::messages::{self, Decoder};
use crate::clips::mcap::records::{self, CHANNEL, CHUNK, Chunk, DATA_END, MAGIC, MESSAGE, Message, SCHEMA};
use crate::data::clip::{ChannelInfo, ChannelKind, ClipInfo};

/// Chunks looked at before the first picture is shown.
const FIRST_CHUNKS: usize = 4;
/// Chunks between two publications of what was found.
const CHUNKS_PER_PART: usize = 200;

/// Where a message lies: in the file, or in the decompressed records of the chunk that starts there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) chunk: Option<usize>,
    pub(super) offset: usize,
}

/// One channel as it is shown: a camera, one number of a message, or something only counted.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) name: String,
    pub(super) kind: ChannelKind,
    pub(super) encoding: String,
    pub(super) decoder: Decoder,
    pub(super) times: Arc<Vec<Time>>,
    pub(super) places: Arc<Vec<Place>>,
    pub(super) values: Arc<Vec<f64>>,
}

#[derive(Clone, Debug)]
struct Schema {
    name: String,
}

#[derive(Clone, Debug)]
struct Channel {
    topic: String,
    encoding: String,
    decoder: Decoder,
    /// Streams by the path of their number inside the message; "" for the message itself.
    streams: BTreeMap<String, usize>,
}

/// All that is known of a file's messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) streams: Vec<Stream>,
    schemas: BTreeMap<u16, Schema>,
    channels: BTreeMap<u16, Channel>,
    /// Chunks by the file's own index that were not looked at yet; none when the file is scanned.
    pending: Option<Vec<usize>>,
    /// Where scanning goes on.
    position: usize,
    done: bool,
    lost: Vec<String>,
}

impl Index {
    /// Looks at the file's summary, or else at its beginning, until there is something to show.
    pub(super) fn begin(bytes: &[u8], _path: &Path) -> Self {
        let mut index = Self { position: MAGIC.len(), ..Self::default() };
        match mcap_summary(bytes) {
            Ok(Some(summary)) => index.take_summary(&summary),
            Ok(None) => index.lost.push("the recording has no index, so it is read from the beginning".to_owned()),
            Err(problem) => index.lost.push(format!(
                "the recording was not closed properly or its index is damaged ({problem}), so it is read from the \
                 beginning as far as it goes"
            )),
        }
        let mut looked_at = 0;
        while !index.done && (looked_at < FIRST_CHUNKS || !index.has_picture()) {
            index.advance(bytes);
            looked_at += 1;
        }
        index.sort();
        index
    }

    /// Looks at the rest; `publish` gets what is known so far now and then.
    pub(super) fn finish(
        &mut self,
        bytes: &[u8],
        _path: &Path,
        progress: &Progress,
        mut publish: impl FnMut(&Self),
    ) -> Result<(), Cancelled> {
        progress.begin(bytes.len() as u64);
        let mut since = 0;
        while !self.done {
            self.advance(bytes);
            since += 1;
            let reached = match &self.pending {
                Some(pending) => pending.last().copied().unwrap_or(bytes.len()),
                None => self.position,
            };
            progress.reach(reached as u64)?;
            if since == CHUNKS_PER_PART {
                since = 0;
                self.sort();
                publish(self);
            }
        }
        self.sort();
        Ok(())
    }

    /// What a person is told.
    pub(super) fn info(&self, path: &Path) -> ClipInfo {
        let channels = self
            .streams
            .iter()
            .map(|stream| ChannelInfo {
                name: stream.name.clone(),
                kind: stream.kind,
                encoding: stream.encoding.clone(),
                samples: stream.times.len(),
            })
            .collect();
        let shown = self.streams.iter().filter(|s| s.kind != ChannelKind::Other);
        let range = range_of(shown).or_else(|| range_of(self.streams.iter())).unwrap_or_default();
        ClipInfo {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            format: "mcap",
            channels,
            range,
            indexed: self.done,
            warnings: self.lost.clone(),
        }
    }

    fn has_picture(&self) -> bool {
        self.streams.iter().any(|s| s.kind == ChannelKind::Camera && !s.places.is_empty())
    }

    fn take_summary(&mut self, summary: &mcap::Summary) {
        let schemas: BTreeMap<_, _> = summary.schemas.iter().collect();
        for (id, schema) in schemas {
            self.schemas.insert(*id, Schema { name: schema.name.clone() });
        }
        let channels: BTreeMap<_, _> = summary.channels.iter().collect();
        for (id, channel) in channels {
            let schema = channel.schema.as_ref().map(|schema| schema.name.clone()).unwrap_or_default();
            self.add_channel(*id, &channel.topic, &channel.message_encoding, &schema);
        }
        if !summary.chunk_indexes.is_empty() {
            let mut starts: Vec<_> = summary.chunk_indexes.iter().collect();
            starts.sort_by_key(|chunk| (chunk.message_start_time, chunk.chunk_start_offset));
            // The next chunk is taken from the end.
            self.pending = Some(starts.iter().rev().map(|chunk| chunk.chunk_start_offset as usize).collect());
        }
    }

    fn add_channel(&mut self, id: u16, topic: &str, encoding: &str, schema: &str) {
        if self.channels.contains_key(&id) {
            return;
        }
        let decoder = Decoder::for_message(encoding, schema);
        let shown = if schema.is_empty() { encoding.to_owned() } else { format!("{schema} ({encoding})") };
        let mut channel =
            Channel { topic: topic.to_owned(), encoding: shown, decoder, streams: BTreeMap::new() };
        // Numbers get their streams when they are seen, for only then are their names known.
        if !decoder.carries_numbers() {
            let kind = if decoder.is_image() { ChannelKind::Camera } else { ChannelKind::Other };
            channel.streams.insert(String::new(), self.streams.len());
            self.streams.push(Stream::new(topic.to_owned(), kind, &channel));
        }
        self.channels.insert(id, channel);
    }

    /// Looks at the next chunk, or at the next record outside of chunks.
    fn advance(&mut self, bytes: &[u8]) {
        if let Some(pending) = &mut self.pending {
            let Some(start) = pending.pop() else {
                self.done = true;
                return;
            };
            match Chunk::at(bytes, start) {
                Some(chunk) => self.take_chunk(chunk, start),
                None => self.lost.push(format!("the chunk at byte {start} is damaged and was left out")),
            }
            return;
        }
        let Some(record) = records::record_at(bytes, self.position) else {
            self.done = true;
            if self.position < bytes.len() || !bytes.ends_with(&MAGIC) {
                self.lost.push(format!("the file ends early, at byte {}", bytes.len()));
            }
            return;
        };
        if record.missing > 0 && record.op != CHUNK {
            self.done = true;
            self.lost.push(format!(
                "the file ends or is damaged in the middle of a record at byte {}, what follows is lost",
                record.start
            ));
            return;
        }
        match record.op {
            CHUNK => match Chunk::parse(&record) {
                Some(chunk) => self.take_chunk(chunk, record.start),
                None => {
                    self.lost.push(format!("the chunk at byte {} is damaged and was left out", record.start));
                }
            },
            DATA_END => self.done = true,
            op => self.take_record(op, record.body, Place { chunk: None, offset: record.start }),
        }
        self.position = record.end();
        if record.missing > 0 {
            self.done = true;
        }
    }

    fn take_chunk(&mut self, chunk: Chunk<'_>, start: usize) {
        let (data, problem) = chunk.decompress();
        let mut offset = 0;
        let mut count = 0;
        while let Some(record) = records::record_at(&data, offset).filter(|record| record.missing == 0) {
            self.take_record(record.op, record.body, Place { chunk: Some(start), offset });
            count += usize::from(record.op == MESSAGE);
            offset = record.end();
        }
        if let Some(problem) = problem {
            self.lost.push(format!(
                "the chunk at byte {start} is damaged, {problem}: {count} messages of it were kept"
            ));
        }
    }

    fn take_record(&mut self, op: u8, body: &[u8], place: Place) {
        match op {
            SCHEMA => {
                if let Ok(mcap::records::Record::Schema { header, .. }) = mcap::read::parse_record(op, body) {
                    self.schemas.entry(header.id).or_insert(Schema { name: header.name });
                }
            }
            CHANNEL => {
                if let Ok(mcap::records::Record::Channel(channel)) = mcap::read::parse_record(op, body) {
                    let schema =
                        self.schemas.get(&channel.schema_id).map(|s| s.name.clone()).unwrap_or_default();
                    self.add_channel(channel.id, &channel.topic, &channel.message_encoding, &schema);
                }
            }
            MESSAGE => {
                if let Some(message) = records::parse_message(body) {
                    self.take_message(message, place);
                }
            }
            _ => {}
        }
    }

    fn take_message(&mut self, message: Message<'_>, place: Place) {
        let Some(channel) = self.channels.get_mut(&message.channel) else { return };
        let time = Time(message.log_time.min(i64::MAX as u64) as i64);
        if !channel.decoder.carries_numbers() {
            let Some(stream) = channel.streams.get("").and_then(|at| self.streams.get_mut(*at)) else {
                return;
            };
            Arc::make_mut(&mut stream.times).push(time);
            Arc::make_mut(&mut stream.places).push(place);
            return;
        }
        for (path, value) in messages::numbers(channel.decoder, message.data) {
            let at = if let Some(at) = channel.streams.get(&path) {
                *at
            } else {
                let name =
                    if path.is_empty() { channel.topic.clone() } else { format!("{}.{path}", channel.topic) };
                self.streams.push(Stream::new(name, ChannelKind::Signal, channel));
                channel.streams.insert(path, self.streams.len() - 1);
                self.streams.len() - 1
            };
            let Some(stream) = self.streams.get_mut(at) else { continue };
            Arc::make_mut(&mut stream.times).push(time);
            Arc::make_mut(&mut stream.places).push(place);
            Arc::make_mut(&mut stream.values).push(value);
        }
    }

    fn sort(&mut self) {
        for stream in &mut self.streams {
            if stream.times.is_sorted() {
                continue;
            }
            let mut order: Vec<usize> = (0..stream.times.len()).collect();
            order.sort_by_key(|i| (stream.times[*i], stream.places[*i]));
            stream.times = Arc::new(order.iter().map(|i| stream.times[*i]).collect());
            stream.places = Arc::new(order.iter().map(|i| stream.places[*i]).collect());
            if !stream.values.is_empty() {
                stream.values = Arc::new(order.iter().map(|i| stream.values[*i]).collect());
            }
        }
    }
}

impl Stream {
    fn new(name: String, kind: ChannelKind, channel: &Channel) -> Self {
        Self {
            name,
            kind,
            encoding: channel.encoding.clone(),
            decoder: channel.decoder,
            times: Arc::default(),
            places: Arc::default(),
            values: Arc::default(),
        }
    }
}

fn range_of<'a>(streams: impl Iterator<Item = &'a Stream>) -> Option<TimeRange> {
    let (mut first, mut last) = (None::<Time>, None::<Time>);
    for stream in streams {
        first = first.into_iter().chain(stream.times.first().copied()).min();
        last = last.into_iter().chain(stream.times.last().copied()).max();
    }
    Some(TimeRange { start: first?, end: last? + Span(1) })
}

/// The summary, none when the file has none, or what is wrong with it.
fn mcap_summary(bytes: &[u8]) -> Result<Option<mcap::Summary>, String> {
    if !bytes.ends_with(&MAGIC) {
        return Err("the end of the file is missing".to_owned());
    }
    let summary = mcap::Summary::read(bytes).map_err(|err| err.to_string())?;
    Ok(summary.filter(|summary| !summary.channels.is_empty() && !summary.chunk_indexes.is_empty()))
}
