//! Index of the messages of an MCAP file, built in steps so that the first image need not wait.
//!
//! A file with an index is opened by its index alone: no chunk is decompressed to locate its messages. The
//! numbers inside of messages follow later. A file without an index is read from the beginning.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::remote::RemoteError;
use crate::base::time::Time;
use crate::clips::ClipError;
use crate::clips::content::Content;
use crate::clips::losses::Losses;
use crate::clips::mcap::indexed::{ABOUT_BYTES, Indexed, about_at, read_summary};
use crate::clips::mcap::records::{
    self, ATTACHMENT, CHANNEL, CHUNK, Chunk, DATA_END, MAGIC, MESSAGE, METADATA, SCHEMA,
};
use crate::clips::mcap::summary::{self, Channel, Schema, Summary};
use crate::clips::messages::Decoder;
use crate::clips::streams::Streams;
use crate::clips::topic::Place;
use crate::data::clip::ClipInfo;

/// Number of chunks read before the first image is shown.
const FIRST_CHUNKS: usize = 4;
/// Number of chunks of a remote file whose lists, or whose content, are fetched together.
const LISTS_TOGETHER: usize = 256;
const CHUNKS_TOGETHER: usize = 16;
/// Number of steps after which a file without an image is shown as it is.
const FIRST_STEPS: usize = 2_000;
/// Number of bytes after which a file without an index and without an image is shown as it is.
const FIRST_BYTES: usize = 32 << 20;
/// Number of chunks between two publications of results.
const CHUNKS_PER_PART: usize = 200;

/// Fault of a chunk whose record makes no sense.
const DAMAGED: &str = "is damaged and was skipped";

/// The block of a message that lies outside of chunks; no chunk starts at the beginning of the file.
pub(super) const NO_CHUNK: u64 = 0;

/// Index of all messages in a file.
#[derive(Clone, Default)]
pub(super) struct Index {
    pub(super) streams: Streams,
    schemas: BTreeMap<u16, Schema>,
    /// The chunks in the file's own index, the latest first; `None` while the file is scanned.
    pending: Option<Vec<Indexed>>,
    /// All chunks of a remote file, the earliest first.
    chunks: Arc<Vec<Indexed>>,
    /// Lists of messages that were fetched ahead, by the start of their chunk.
    lists: BTreeMap<usize, Vec<u8>>,
    /// Chunks whose messages are known but whose numbers have not been read yet.
    unread: Vec<Indexed>,
    /// Position of the next scan step.
    position: usize,
    done: bool,
    lost: Losses,
    /// Channels of messages that the file does not describe.
    strangers: BTreeSet<u16>,
    /// Attachments and metadata.
    about: Vec<(String, String)>,
    /// Messages that the file says it has, and those in its index.
    declared: Option<u64>,
    listed: u64,
}

impl Index {
    /// Reads the file's summary, or else its beginning, until there is something to show.
    pub(super) fn begin(content: &Content, progress: &Progress) -> Result<Self, ClipError> {
        let mut index = Self { position: MAGIC.len(), ..Self::default() };
        match read_summary(content)? {
            Ok(Some(summary)) => index.take_summary(content, summary)?,
            Ok(None) => index.lost.add("the recording has no index, reading it from the beginning".to_owned()),
            Err(problem) => index.lost.add(format!(
                "the recording was not closed properly or its index is damaged ({problem}), reading it from the \
                 beginning as far as it goes"
            )),
        }
        if index.pending.is_none() {
            content.whole(progress)?;
        }
        let first = if content.is_remote() { 1 } else { FIRST_CHUNKS };
        for step in 0..FIRST_STEPS {
            let enough = step >= first && index.streams.has_something_to_see();
            if index.done || enough || index.position > FIRST_BYTES {
                break;
            }
            index.advance(content)?;
        }
        index.streams.sort();
        Ok(index)
    }

    /// True if the file has an index.
    pub(super) fn has_summary(&self) -> bool {
        self.pending.is_some()
    }

    /// All chunks of a remote file with an index, in the order of time.
    pub(super) fn chunks(&self) -> &[Indexed] {
        &self.chunks
    }

    /// Starts of the chunks whose messages are not known yet.
    pub(super) fn pending_starts(&self) -> BTreeSet<usize> {
        self.pending().map(|chunk| chunk.start).collect()
    }

    /// The chunks whose messages are not known yet, in the order of time.
    fn pending(&self) -> impl DoubleEndedIterator<Item = &Indexed> {
        self.pending.iter().flatten().rev()
    }

    /// Takes the messages of one chunk before those of the others; false if they cannot be trusted.
    pub(super) fn take_early(&mut self, content: &Content, start: usize) -> Result<bool, RemoteError> {
        let Some(pending) = &mut self.pending else { return Ok(false) };
        let Some(at) = pending.iter().position(|chunk| chunk.start == start) else { return Ok(false) };
        let chunk = pending.remove(at);
        content.until(chunk.start..chunk.behind.end)?;
        let taken = self.take_lists(content, &chunk)?;
        if taken && self.wants_contents(&chunk) {
            self.unread.push(chunk);
        }
        self.streams.sort();
        Ok(taken)
    }

    fn wants_contents(&self, chunk: &Indexed) -> bool {
        chunk.lists.iter().any(|(id, _)| self.streams.wants_contents((*id).into()))
    }

    /// Finds the rest of the messages; `publish` gets the current state now and then, and at the end.
    pub(super) fn find(
        &mut self,
        content: &Content,
        progress: &Progress,
        publish: &mut impl FnMut(&Self),
    ) -> Result<(), ClipError> {
        let chunks = self.pending.as_ref().map_or(0, Vec::len);
        let remote = content.is_remote() && self.pending.is_some();
        progress.begin(if remote { chunks } else { content.len() } as u64);
        let (mut since, mut steps) = (0, 0);
        while !self.done {
            if remote && steps % LISTS_TOGETHER == 0 {
                let next: Vec<_> = self.pending().take(LISTS_TOGETHER).cloned().collect();
                let lists =
                    content.exact(&next.iter().map(|chunk| chunk.behind.clone()).collect::<Vec<_>>())?;
                self.lists = next.iter().map(|chunk| chunk.start).zip(lists).collect();
            }
            steps += 1;
            self.advance(content)?;
            if remote {
                progress.reach(steps.min(chunks) as u64)?;
                since += 1;
            } else if self.pending.is_none() {
                progress.reach(self.position as u64)?;
                since += 1;
            }
            if since == CHUNKS_PER_PART {
                since = 0;
                self.streams.sort();
                publish(self);
            }
        }
        self.streams.sort();
        publish(self);
        Ok(())
    }

    /// Reads the rest; `publish` gets the current state now and then.
    pub(super) fn finish(
        &mut self,
        content: &Content,
        progress: &Progress,
        mut publish: impl FnMut(&Self),
    ) -> Result<(), ClipError> {
        self.find(content, progress, &mut publish)?;
        let unread = std::mem::take(&mut self.unread);
        progress.begin(content.len() as u64);
        // Decompression is the slow part, so all processors take part; the numbers are read in file order.
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let together = if content.is_remote() { CHUNKS_TOGETHER } else { unread.len().max(1) };
        let mut count = 0;
        for part in unread.chunks(together) {
            content.ensure(&part.iter().map(|chunk| chunk.start..chunk.behind.start).collect::<Vec<_>>())?;
            let at = |i: usize| records::chunk_at(content, part[i].start, part[i].behind.start);
            let small = |i: usize| at(i).ok().flatten().filter(|found| !found.is_large());
            let decompress = |i: usize| small(i).map(|found| found.decompress());
            in_order(part.len(), threads, decompress, |i, found| -> Result<(), ClipError> {
                let start = part[i].start;
                progress.reach(start as u64)?;
                let found = match found {
                    Some(found) => Some(found),
                    None => at(i)?.map(|found| found.decompress()),
                };
                self.read_chunk(start, found);
                count += 1;
                if count % CHUNKS_PER_PART == 0 {
                    self.streams.sort();
                    publish(self);
                }
                Ok(())
            })?;
        }
        self.streams.sort();
        self.streams.close();
        Ok(())
    }

    /// Description of the recording for the user.
    pub(super) fn info(&self, path: &Path) -> ClipInfo {
        let (range, outside) = self.streams.range();
        let mut warnings: Vec<String> = self.lost.sentences().collect();
        warnings.extend(outside);
        warnings.extend(self.streams.problems());
        if !self.strangers.is_empty() {
            let ids: Vec<String> = self.strangers.iter().map(u16::to_string).collect();
            warnings.push(format!(
                "messages of channels that the file does not describe were skipped: {}",
                ids.join(", ")
            ));
        }
        ClipInfo {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            format: "mcap",
            channels: self.streams.channels(),
            range,
            indexed: self.done && self.unread.is_empty(),
            warnings,
            about: self.about.clone(),
        }
    }

    fn take_summary(&mut self, content: &Content, mut summary: Summary) -> Result<(), RemoteError> {
        self.schemas.extend(std::mem::take(&mut summary.schemas));
        summary.channels.sort_by_key(|channel| channel.id);
        for channel in &summary.channels {
            self.add_channel(channel);
        }
        summary.chunks.sort_by_key(|chunk| (chunk.first, chunk.start));
        // The next chunk is taken from the end.
        self.pending = Some(summary.chunks.drain(..).rev().map(Indexed::from).collect());
        if content.is_remote() {
            self.chunks = Arc::new(self.pending().cloned().collect());
            let about = summary.about.iter().map(|start| *start as usize);
            let about = about.map(|start| start..start.saturating_add(ABOUT_BYTES));
            content.ensure(&self.first_ranges().chain(about).collect::<Vec<_>>())?;
        }
        for start in &summary.about {
            match about_at(content, *start as usize)? {
                Some(about) => self.about.extend(about),
                None => self.lost.add(format!("the attachment or metadata at byte {start} is missing")),
            }
        }
        if let Some(declared) = summary.declared {
            self.declared = Some(declared.messages);
            let (all, found) = (declared.about, summary.about.len() as u64);
            if all > found {
                let of = format!(
                    "of {all} attachments and metadata records, {} are not in the index",
                    all - found
                );
                self.lost.add(format!("{of} and are not displayed"));
            }
        }
        Ok(())
    }

    /// Ranges of a remote file for the first image: the first chunk with something to see, and the lists of those before it.
    fn first_ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let seen = |chunk: &Indexed| chunk.lists.iter().any(|(id, _)| self.streams.is_seen((*id).into()));
        let first = self.pending().take(FIRST_STEPS).position(seen).unwrap_or(0);
        self.pending().take(first + 1).enumerate().map(move |(at, chunk)| {
            if at == first { chunk.start..chunk.behind.end } else { chunk.behind.clone() }
        })
    }

    fn add_channel(&mut self, channel: &Channel) {
        if self.streams.knows(channel.id.into()) {
            return;
        }
        let schema = self.schemas.get(&channel.schema);
        let (name, schema_encoding, definition) = schema
            .map_or(("", "", &[][..]), |s| (s.name.as_str(), s.encoding.as_str(), s.definition.as_slice()));
        let encoding = channel.encoding.as_str();
        let decoder = match (schema, encoding) {
            (None, "cdr" | "ros1" | "protobuf") => Decoder::unknown(
                encoding,
                match channel.schema {
                    0 => format!("the channel has no schema, which messages in {encoding} need"),
                    id => format!("the file has no schema {id}, which the channel names"),
                },
            ),
            _ => Decoder::new(encoding, schema_encoding, name, definition),
        };
        self.streams.add_topic(channel.id.into(), &channel.topic, (name, encoding), decoder);
    }

    /// Reads the next chunk, or the next record outside of chunks.
    fn advance(&mut self, content: &Content) -> Result<(), RemoteError> {
        if let Some(pending) = &mut self.pending {
            let Some(chunk) = pending.pop() else {
                self.done = true;
                if let Some(declared) = self.declared.filter(|declared| *declared != self.listed) {
                    let listed = self.listed;
                    self.lost
                        .add(format!("the file declares {declared} messages, {listed} found by its index"));
                }
                return Ok(());
            };
            if self.take_lists(content, &chunk)? {
                if self.wants_contents(&chunk) {
                    self.unread.push(chunk);
                }
                return Ok(());
            }
            match records::chunk_at(content, chunk.start, chunk.behind.start)? {
                Some(found) => self.take_chunk(found, chunk.start),
                None => {
                    self.lost.add_block(chunk.start as u64, DAMAGED.to_owned());
                }
            }
            return Ok(());
        }
        // A file without an index was fetched before.
        let bytes = content.whole(&Progress::default())?;
        let Some(record) = records::record_at(bytes, self.position) else {
            self.done = true;
            if self.position < bytes.len() || !bytes.ends_with(&MAGIC) {
                self.lost.add(format!("the file is truncated at byte {}", bytes.len()));
            }
            return Ok(());
        };
        if record.missing > 0 && record.op != CHUNK {
            self.done = true;
            self.lost.add(format!(
                "the file ends or is damaged inside the record at byte {}, the rest is lost",
                record.start
            ));
            return Ok(());
        }
        match record.op {
            CHUNK => match Chunk::parse(&record) {
                Some(chunk) => self.take_chunk(chunk, record.start),
                None => {
                    self.lost.add_block(record.start as u64, DAMAGED.to_owned());
                }
            },
            DATA_END => self.done = true,
            op => self.take_record(op, record.body, Place { block: NO_CHUNK, offset: record.start as u64 }),
        }
        self.position = record.end();
        if record.missing > 0 {
            self.done = true;
        }
        Ok(())
    }

    /// Takes message positions from the message index records of a chunk; false if they cannot be trusted.
    fn take_lists(&mut self, content: &Content, chunk: &Indexed) -> Result<bool, RemoteError> {
        let fetched = self.lists.remove(&chunk.start);
        let (bytes, first) = match &fetched {
            Some(lists) => (lists.as_slice(), chunk.behind.start),
            None => (content.until(chunk.behind.clone())?, 0),
        };
        // Of a remote file nothing else is there.
        let least = if content.is_remote() { chunk.behind.start } else { 0 };
        let list = |(id, at): &(u16, u64)| {
            let at = (*at as usize).checked_sub(least)? + least - first;
            records::message_list(bytes, at, *id)
        };
        let lists: Option<Vec<_>> = chunk.lists.iter().map(list).collect();
        let Some(lists) = lists.filter(|lists| !lists.is_empty()) else { return Ok(false) };
        for ((id, _), list) in chunk.lists.iter().zip(lists) {
            if !self.streams.knows((*id).into()) {
                self.strangers.insert(*id);
            }
            for (time, offset) in list {
                self.listed += 1;
                let place = Place { block: chunk.start as u64, offset };
                self.streams.add_message((*id).into(), time_of(time), place);
            }
        }
        Ok(true)
    }

    /// Reads the numbers in a chunk whose messages are already indexed.
    fn read_chunk(&mut self, start: usize, found: Option<(Vec<u8>, Option<String>)>) {
        let Some((data, problem)) = found else {
            self.lost.add_block(start as u64, DAMAGED.to_owned());
            return;
        };
        let mut offset = 0;
        while let Some(record) = records::record_at(&data, offset).filter(|record| record.missing == 0) {
            if record.op == MESSAGE
                && let Some(message) = records::parse_message(record.body)
                && self.streams.wants_contents(message.channel.into())
            {
                self.streams.read_contents(message.channel.into(), time_of(message.log_time), message.data);
            }
            offset = record.end();
        }
        if let Some(problem) = problem {
            self.lost.add_block(start as u64, format!("is damaged, {problem}"));
        }
    }

    fn take_chunk(&mut self, chunk: Chunk<'_>, start: usize) {
        let (data, problem) = chunk.decompress();
        let mut offset = 0;
        let mut count = 0;
        while let Some(record) = records::record_at(&data, offset).filter(|record| record.missing == 0) {
            self.take_record(record.op, record.body, Place { block: start as u64, offset: offset as u64 });
            count += usize::from(record.op == MESSAGE);
            offset = record.end();
        }
        if let Some(problem) = problem {
            let recovered = format!("is damaged, {problem}: {count} messages of it were recovered");
            self.lost.add_block(start as u64, recovered);
        }
    }

    fn take_record(&mut self, op: u8, body: &[u8], place: Place) {
        match op {
            SCHEMA => {
                if let Some((id, schema)) = summary::schema(body) {
                    self.schemas.entry(id).or_insert(schema);
                }
            }
            CHANNEL => {
                if let Some(channel) = summary::channel(body) {
                    self.add_channel(&channel);
                }
            }
            ATTACHMENT | METADATA => self.about.extend(summary::about(op, body)),
            MESSAGE => {
                self.listed += 1;
                let Some(message) = records::parse_message(body) else { return };
                let id = u32::from(message.channel);
                if !self.streams.knows(id) {
                    self.strangers.insert(message.channel);
                    return;
                }
                let time = time_of(message.log_time);
                self.streams.add_message(id, time, place);
                if self.streams.wants_contents(id) {
                    self.streams.read_contents(id, time, message.data);
                }
            }
            _ => {}
        }
    }
}

/// Time of a message as the rest of the program counts it.
pub(super) fn time_of(log_time: u64) -> Time {
    Time(log_time.min(i64::MAX as u64) as i64)
}
