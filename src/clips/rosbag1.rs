//! ROS 1 bags, format 2.0, see <https://wiki.ros.org/Bags/Format/2.0>. A bag with its index is opened by the index alone;
//! one that was not closed is read from the beginning as far as possible.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::Mmap;

use crate::base::inputs;
use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::base::unpacked;
use crate::clips::blocks::Blocks;
use crate::clips::error::ReadError;
use crate::clips::losses::Losses;
use crate::clips::messages::Decoder;
use crate::clips::recorded::{Message, Recorded, Storage};
use crate::clips::streams::Streams;
use crate::clips::topic::Place;
use crate::clips::{Clip, ClipError, ClipKind, mapped};
use crate::data::clip::ClipInfo;

/// Reads `.bag` files.
pub static KIND: ClipKind = ClipKind { id: "rosbag1", title: "ROS 1 bag", accepts, open };

const MAGIC: &[u8] = b"#ROSBAG V2.0\n";
/// Maximum chunk size.
const MAX_CHUNK_BYTES: u64 = 1 << 30;
/// The block of a message that lies outside of chunks.
const NO_CHUNK: u64 = 0;

const MESSAGE: u8 = 2;
const INDEX: u8 = 4;
const CHUNK: u8 = 5;
const CHUNK_INFO: u8 = 6;
const CONNECTION: u8 = 7;

fn accepts(path: &Path) -> bool {
    let mut head = [0_u8; 13];
    inputs::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && head == MAGIC
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let bytes = mapped(path)?;
    let encryptor = Record::at(&bytes, MAGIC.len()).and_then(|head| head.field("encryptor"));
    let encryptor = encryptor.map(String::from_utf8_lossy).unwrap_or_default();
    if !encryptor.is_empty() && encryptor != "rosbag/NoEncryptor" {
        return Err(ClipError::Damaged {
            problem: format!("the bag is encrypted by {encryptor}, decrypt it with: rosbag decrypt"),
            path: path.to_owned(),
        });
    }
    let mut index = Index::default();
    if !index.take_summary(&bytes) {
        index = Index::default();
        index.lost.add("the bag was not closed properly, reading it from the beginning".to_owned());
        index.scan(&bytes);
    }
    index.streams.sort();
    if index.streams.is_empty() {
        return Err(ClipError::Damaged {
            problem: "no readable message in this bag, record it again or restore a backup".to_owned(),
            path: path.to_owned(),
        });
    }
    let (info, streams) = (index.info(path), index.streams.clone());
    let file = File { path: path.to_owned(), bytes, index: Mutex::new(index), blocks: Blocks::default() };
    Ok(Arc::new(Recorded::new(path.to_owned(), file, info, streams)))
}

struct File {
    path: PathBuf,
    bytes: Mmap,
    index: Mutex<Index>,
    blocks: Blocks,
}

#[derive(Clone, Default)]
struct Index {
    streams: Streams,
    /// Chunks whose numbers have not been read yet.
    unread: Vec<usize>,
    lost: Losses,
}

/// One record: its header fields and its data.
#[derive(Clone, Copy)]
struct Record<'a> {
    header: &'a [u8],
    data: &'a [u8],
    /// Position of the next record.
    end: usize,
}

impl<'a> Record<'a> {
    fn at(bytes: &'a [u8], start: usize) -> Option<Self> {
        let header_len = u32_at(bytes, start)? as usize;
        let header_end = start.checked_add(4)?.checked_add(header_len)?;
        let header = bytes.get(start + 4..header_end)?;
        let data_len = u32_at(bytes, header_end)? as usize;
        let end = header_end.checked_add(4)?.checked_add(data_len)?;
        Some(Self { header, data: bytes.get(header_end + 4..end)?, end })
    }

    /// The value of a header field.
    fn field(&self, name: &str) -> Option<&'a [u8]> {
        fields(self.header).find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| value)
    }

    fn op(&self) -> Option<u8> {
        self.field("op")?.first().copied()
    }

    fn u32(&self, name: &str) -> Option<u32> {
        u32_at(self.field(name)?, 0)
    }

    fn time(&self) -> Option<Time> {
        self.field("time").and_then(|value| time_at(value, 0))
    }
}

fn fields(mut header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let length = u32_at(header, 0)? as usize;
        let field = header.get(4..4_usize.checked_add(length)?)?;
        header = header.get(4 + length..)?;
        let cut = field.iter().position(|byte| *byte == b'=')?;
        Some((field.get(..cut)?, field.get(cut + 1..)?))
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok().map(u64::from_le_bytes)
}

fn time_at(bytes: &[u8], at: usize) -> Option<Time> {
    let (secs, nanos) = (u32_at(bytes, at)?, u32_at(bytes, at + 4)?);
    Some(Time(i64::from(secs) * 1_000_000_000 + i64::from(nanos)))
}

impl Index {
    /// Reads the index at the end of the file; false if it is missing or inconsistent.
    fn take_summary(&mut self, bytes: &[u8]) -> bool {
        let Some(head) = Record::at(bytes, MAGIC.len()) else { return false };
        let Some(mut at) = head.field("index_pos").and_then(|v| u64_at(v, 0)).map(|n| n as usize) else {
            return false;
        };
        if at <= MAGIC.len() || at >= bytes.len() {
            return false;
        }
        let mut chunks = Vec::new();
        while let Some(record) = Record::at(bytes, at) {
            match record.op() {
                Some(CONNECTION) => self.add_connection(&record),
                Some(CHUNK_INFO) => {
                    let Some(place) = record.field("chunk_pos").and_then(|v| u64_at(v, 0)) else {
                        return false;
                    };
                    chunks.push(place as usize);
                }
                _ => {}
            }
            at = record.end;
        }
        chunks.iter().all(|start| self.take_lists(bytes, *start)) && !chunks.is_empty()
    }

    /// Takes message positions from the index records of a chunk.
    fn take_lists(&mut self, bytes: &[u8], start: usize) -> bool {
        let Some(chunk) = Record::at(bytes, start).filter(|chunk| chunk.op() == Some(CHUNK)) else {
            return false;
        };
        let mut at = chunk.end;
        let mut wanted = false;
        while let Some(list) = Record::at(bytes, at).filter(|list| list.op() == Some(INDEX)) {
            let Some(id) = list.u32("conn") else { return false };
            wanted |= self.streams.wants_contents(id);
            for entry in list.data.chunks_exact(12) {
                let (Some(time), Some(offset)) = (time_at(entry, 0), u32_at(entry, 8)) else { return false };
                let place = Place { block: start as u64, offset: offset.into() };
                self.streams.add_message(id, time, place);
            }
            at = list.end;
        }
        if wanted {
            self.unread.push(start);
        }
        true
    }

    /// Reads everything from the beginning.
    fn scan(&mut self, bytes: &[u8]) {
        let mut at = MAGIC.len();
        while let Some(record) = Record::at(bytes, at) {
            if record.op() == Some(CHUNK) {
                match decompressed(&record) {
                    Ok(data) => self.take_records(&data, at as u64),
                    Err(problem) => self.lost.add_block(at as u64, format!("was skipped: {problem}")),
                }
            } else {
                self.take_record(&record, Place { block: NO_CHUNK, offset: at as u64 });
            }
            at = record.end;
        }
        if at < bytes.len() {
            self.lost.add(format!("the file ends or is damaged at byte {at}, the rest is lost"));
        }
    }

    fn take_records(&mut self, data: &[u8], block: u64) {
        let mut at = 0;
        while let Some(record) = Record::at(data, at) {
            self.take_record(&record, Place { block, offset: at as u64 });
            at = record.end;
        }
    }

    fn take_record(&mut self, record: &Record<'_>, place: Place) {
        match record.op() {
            Some(CONNECTION) => self.add_connection(record),
            Some(MESSAGE) => {
                let (Some(id), Some(time)) = (record.u32("conn"), record.time()) else { return };
                self.streams.add_message(id, time, place);
                if self.streams.wants_contents(id) {
                    self.streams.read_contents(id, time, record.data);
                }
            }
            _ => {}
        }
    }

    fn add_connection(&mut self, record: &Record<'_>) {
        let Some(id) = record.u32("conn") else { return };
        let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        let said =
            |name: &str| fields(record.data).find(|(known, _)| *known == name.as_bytes()).map(|(_, v)| v);
        let kind = text(said("type"));
        let definition = said("message_definition").unwrap_or_default();
        let decoder = Decoder::new("ros1", "ros1msg", &kind, definition);
        self.streams.add_topic(id, &text(record.field("topic")), (&kind, "ros1"), decoder);
    }

    /// Reads the numbers in a chunk whose messages are already indexed.
    fn read_chunk(&mut self, bytes: &[u8], start: usize) {
        let Some(chunk) = Record::at(bytes, start) else { return };
        let data = match decompressed(&chunk) {
            Ok(data) => data,
            Err(problem) => {
                self.lost.add_block(start as u64, format!("was skipped: {problem}"));
                return;
            }
        };
        let mut at = 0;
        while let Some(record) = Record::at(&data, at) {
            if record.op() == Some(MESSAGE)
                && let (Some(id), Some(time)) = (record.u32("conn"), record.time())
                && self.streams.wants_contents(id)
            {
                self.streams.read_contents(id, time, record.data);
            }
            at = record.end;
        }
    }

    fn info(&self, path: &Path) -> ClipInfo {
        let (range, outside) = self.streams.range();
        ClipInfo {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            format: "rosbag1",
            channels: self.streams.channels(),
            range,
            indexed: self.unread.is_empty(),
            warnings: self.lost.sentences().chain(outside).chain(self.streams.problems()).collect(),
            about: Vec::new(),
        }
    }
}

fn decompressed(chunk: &Record<'_>) -> Result<Vec<u8>, ReadError> {
    let announced = u64::from(chunk.u32("size").unwrap_or(0));
    let packed = chunk.data.len();
    let known = chunk.field("compression").is_some_and(|name| name != b"none");
    if known && announced > unpacked::most(packed).min(MAX_CHUNK_BYTES) {
        return Err(ReadError::damaged(format!("it declares {} MB in {packed} bytes", announced >> 20)));
    }
    let mut data = Vec::new();
    let outcome = match chunk.field("compression").unwrap_or(b"none") {
        b"none" => return Ok(chunk.data.to_vec()),
        b"bz2" => bzip2::read::BzDecoder::new(chunk.data).take(announced).read_to_end(&mut data),
        b"lz4" => lz4::Decoder::new(chunk.data).and_then(|d| d.take(announced).read_to_end(&mut data)),
        other => {
            return Err(ReadError::unsupported(format!(
                "unknown compression {:?}",
                String::from_utf8_lossy(other)
            )));
        }
    };
    match outcome {
        Ok(_) if data.len() as u64 == announced => Ok(data),
        Ok(_) => Err(ReadError::damaged(format!("it declares {announced} bytes, {} found", data.len()))),
        Err(err) => Err(ReadError::damaged(format!("it cannot be decompressed ({err})"))),
    }
}

impl Storage for File {
    fn message(&self, place: Place) -> Result<Message<'_>, ReadError> {
        const GONE: &str = "the message no longer exists";
        let offset = place.offset as usize;
        if place.block == NO_CHUNK {
            let message = Record::at(&self.bytes, offset).ok_or_else(|| ReadError::gone(GONE))?;
            return Ok(Message::Bytes(Cow::Borrowed(message.data)));
        }
        let make = || match Record::at(&self.bytes, place.block as usize) {
            Some(chunk) => decompressed(&chunk)
                .map_err(|problem| ReadError::damaged(format!("its chunk cannot be read: {problem}"))),
            None => Err(ReadError::gone(GONE)),
        };
        let block = self.blocks.get(place.block, make)?;
        let message = Record::at(&block, offset).ok_or_else(|| ReadError::gone(GONE))?;
        let range = message.end - message.data.len()..message.end;
        Ok(Message::Block(block, range))
    }

    fn index(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let unread = std::mem::take(&mut index.unread);
        progress.begin(self.bytes.len() as u64);
        for start in unread {
            progress.reach(start as u64)?;
            index.read_chunk(&self.bytes, start);
        }
        index.streams.sort();
        index.streams.close();
        publish(index.info(&self.path), index.streams.clone());
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(())
    }
}
