//! Parser of MCAP records that survives damage: a damaged record costs itself and not the file.

use std::io::Read as _;

use crate::base::remote::RemoteError;
use crate::base::unpacked;
use crate::clips::content::Content;

/// First and last eight bytes of every complete file.
pub(super) const MAGIC: [u8; 8] = [0x89, b'M', b'C', b'A', b'P', 0x30, 0x0D, 0x0A];

pub(super) const DATA_END: u8 = 0x0F;
pub(super) const SCHEMA: u8 = 0x03;
pub(super) const CHANNEL: u8 = 0x04;
pub(super) const MESSAGE: u8 = 0x05;
pub(super) const CHUNK: u8 = 0x06;
pub(super) const ATTACHMENT: u8 = 0x09;
pub(super) const METADATA: u8 = 0x0C;
const MESSAGE_INDEX: u8 = 0x07;

/// Maximum chunk size; a larger number is a flipped bit.
const MAX_CHUNK_BYTES: u64 = 1 << 30;
/// Size above which chunks are decompressed one at a time; writers usually make chunks of a few megabytes.
const LARGE_CHUNK_BYTES: u64 = 64 << 20;

/// One record: its opcode and the position of its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) op: u8,
    pub(super) start: usize,
    pub(super) body: &'a [u8],
    /// Bytes of the body that the file no longer has.
    pub(super) missing: usize,
}

impl Record<'_> {
    /// Position of the next record.
    pub(super) fn end(&self) -> usize {
        self.start + 9 + self.body.len()
    }
}

/// The record that starts at `start`; its body is shorter than declared if the bytes end early.
pub(super) fn record_at(bytes: &[u8], start: usize) -> Option<Record<'_>> {
    let head = bytes.get(start..start.checked_add(9)?)?;
    let op = *head.first()?;
    let length = usize::try_from(u64_at(head, 1)?).ok()?;
    let body = bytes.get(start + 9..)?;
    let present = length.min(body.len());
    Some(Record { op, start, body: body.get(..present)?, missing: length - present })
}

/// A parsed message record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) channel: u16,
    pub(super) sequence: u32,
    pub(super) log_time: u64,
    pub(super) publish_time: u64,
    pub(super) data: &'a [u8],
}

/// The message whose record starts at `start`.
pub(super) fn message_at(bytes: &[u8], start: usize) -> Option<Message<'_>> {
    let record = record_at(bytes, start)?;
    (record.op == MESSAGE && record.missing == 0).then(|| parse_message(record.body)).flatten()
}

pub(super) fn parse_message(body: &[u8]) -> Option<Message<'_>> {
    let channel = u16::from_le_bytes(body.get(..2)?.try_into().ok()?);
    Some(Message {
        channel,
        sequence: u32_at(body, 2)?,
        log_time: u64_at(body, 6)?,
        publish_time: u64_at(body, 14)?,
        data: body.get(22..)?,
    })
}

/// The times and positions of one channel's messages in a chunk, from the message index record at `start`.
pub(super) fn message_list(
    bytes: &[u8],
    start: usize,
    channel: u16,
) -> Option<impl Iterator<Item = (u64, u64)>> {
    let record = record_at(bytes, start)?;
    let body = record.body;
    let right = record.op == MESSAGE_INDEX && record.missing == 0;
    if !right || u16::from_le_bytes(body.get(..2)?.try_into().ok()?) != channel {
        return None;
    }
    let length = u32_at(body, 2)? as usize;
    let entries = body.get(6..)?.get(..length)?;
    Some(entries.chunks_exact(16).filter_map(|entry| Some((u64_at(entry, 0)?, u64_at(entry, 8)?))))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A chunk's header and its compressed records.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    uncompressed: u64,
    crc: u32,
    compression: &'a [u8],
    data: &'a [u8],
    cut: bool,
}

/// The chunk whose record starts at `start`; of a remote file its bytes up to `end` are fetched, and more if it is longer.
pub(super) fn chunk_at(
    content: &Content,
    start: usize,
    end: usize,
) -> Result<Option<Chunk<'_>>, RemoteError> {
    let bytes = content.until(start..end.max(start.saturating_add(9)))?;
    let longer = record_at(bytes, start).filter(|record| record.missing > 0 && content.is_remote());
    let Some(record) = longer else { return Ok(Chunk::at(bytes, start)) };
    let length = record.body.len() as u64 + record.missing as u64;
    if record.op != CHUNK || length > MAX_CHUNK_BYTES {
        return Ok(None);
    }
    Ok(Chunk::at(content.until(start..start + 9 + length as usize)?, start))
}

impl<'a> Chunk<'a> {
    /// The chunk whose record starts at `start`.
    pub(super) fn at(bytes: &'a [u8], start: usize) -> Option<Self> {
        let record = record_at(bytes, start)?;
        (record.op == CHUNK).then(|| Self::parse(&record)).flatten()
    }

    /// Parses a chunk record; a truncated one keeps the available bytes.
    pub(super) fn parse(record: &Record<'a>) -> Option<Self> {
        let body = record.body;
        let uncompressed = u64_at(body, 16)?;
        let crc = u32_at(body, 24)?;
        let name_len = u32_at(body, 28)? as usize;
        let compression = body.get(32..32_usize.checked_add(name_len)?)?;
        let length = usize::try_from(u64_at(body, 32 + name_len)?).ok()?;
        let data = body.get(40 + name_len..)?;
        let present = data.len().min(length);
        let cut = record.missing > 0 || present < length;
        Some(Self { uncompressed, crc, compression, data: data.get(..present)?, cut })
    }

    /// The records inside, as far as they can be read, and the problem with the rest.
    pub(super) fn decompress(&self) -> (Vec<u8>, Option<String>) {
        let most = unpacked::most(self.data.len()).min(MAX_CHUNK_BYTES);
        if self.uncompressed > most && !self.cut && !self.compression.is_empty() {
            let problem = format!("it declares {} MB in {} bytes", self.uncompressed >> 20, self.data.len());
            return (Vec::new(), Some(problem));
        }
        let limit = self.uncompressed.min(most);
        if self.compression == b"zstd"
            && !self.is_large()
            && let Ok(records) = zstd::bulk::decompress(self.data, limit as usize)
        {
            // In one go, without a buffer between.
            return self.checked(records, Ok(()));
        }
        let mut records = Vec::with_capacity(limit.min(LARGE_CHUNK_BYTES) as usize);
        let outcome = match self.compression {
            b"" => self.data.take(limit).read_to_end(&mut records).map(drop),
            b"zstd" => zstd::stream::read::Decoder::with_buffer(self.data)
                .and_then(|decoder| decoder.take(limit).read_to_end(&mut records).map(drop)),
            b"lz4" => lz4::Decoder::new(self.data)
                .and_then(|decoder| decoder.take(limit).read_to_end(&mut records).map(drop)),
            other => {
                let name = String::from_utf8_lossy(other).into_owned();
                return (Vec::new(), Some(format!("unknown compression {name:?}")));
            }
        };
        self.checked(records, outcome)
    }

    /// True for chunks so large that only one at a time should be in memory.
    pub(super) fn is_large(&self) -> bool {
        self.uncompressed > LARGE_CHUNK_BYTES
    }

    fn checked(&self, records: Vec<u8>, outcome: std::io::Result<()>) -> (Vec<u8>, Option<String>) {
        let problem = match outcome {
            _ if self.cut => Some("it is truncated".to_owned()),
            Err(err) => Some(format!("it cannot be decompressed ({err})")),
            Ok(()) if self.crc != 0 && crc32fast::hash(&records) != self.crc => {
                Some("its checksum does not match".to_owned())
            }
            Ok(()) => None,
        };
        (records, problem)
    }
}
