//! Summary records at the end of an MCAP file, and the records that describe channels.
//!
//! Every length is checked against the available bytes before anything is allocated for it.

use super::records::{self, ATTACHMENT, CHANNEL, MAGIC, METADATA, SCHEMA};
use crate::clips::error::ReadError;

const FOOTER: u8 = 0x02;
const CHUNK_INDEX: u8 = 0x08;
const ATTACHMENT_INDEX: u8 = 0x0A;
const STATISTICS: u8 = 0x0B;
const METADATA_INDEX: u8 = 0x0D;

/// A description of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) encoding: String,
    pub(super) definition: Vec<u8>,
}

/// A stream of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) id: u16,
    /// Schema id, 0 for none.
    pub(super) schema: u16,
    pub(super) topic: String,
    pub(super) encoding: String,
}

/// Position of a chunk and of its message index records, by channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChunkPlace {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) start: u64,
    /// Bytes of the chunk, and of the message index records behind it.
    pub(super) lengths: (u64, u64),
    pub(super) lists: Vec<(u16, u64)>,
}

/// Contents of a file's summary section.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    pub(super) schemas: Vec<(u16, Schema)>,
    pub(super) channels: Vec<Channel>,
    pub(super) chunks: Vec<ChunkPlace>,
    /// Positions of attachments and metadata.
    pub(super) about: Vec<u64>,
    pub(super) declared: Option<Declared>,
}

/// Counts in the statistics of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) messages: u64,
    /// Attachments and metadata records.
    pub(super) about: u64,
}

/// Cursor over a record's body.
struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn prefixed(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.bytes(count as usize)
    }

    fn text(&mut self) -> Option<String> {
        self.prefixed().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}

/// A schema with its id; 0 is none.
pub(super) fn schema(body: &[u8]) -> Option<(u16, Schema)> {
    let mut parts = Parts(body);
    let id = parts.u16().filter(|id| *id > 0)?;
    let (name, encoding, definition) = (parts.text()?, parts.text()?, parts.prefixed()?.to_vec());
    Some((id, Schema { name, encoding, definition }))
}

pub(super) fn channel(body: &[u8]) -> Option<Channel> {
    let mut parts = Parts(body);
    Some(Channel { id: parts.u16()?, schema: parts.u16()?, topic: parts.text()?, encoding: parts.text()? })
}

/// Attachment or metadata of the recording, by name.
pub(super) fn about(op: u8, body: &[u8]) -> Vec<(String, String)> {
    let mut parts = Parts(body);
    let mut attachment = || {
        parts.bytes(16)?;
        let (name, kind, length) = (parts.text()?, parts.text()?, parts.u64()?);
        Some((format!("attachment {name}"), format!("{length} bytes of {kind}")))
    };
    if op == ATTACHMENT {
        return attachment().into_iter().collect();
    }
    let metadata = || -> Option<Vec<(String, String)>> {
        let mut parts = Parts(body);
        let name = parts.text()?;
        let mut pairs = Parts(parts.prefixed()?);
        let mut found = Vec::new();
        while let (Some(key), Some(value)) = (pairs.text(), pairs.text()) {
            found.push((format!("{name}.{key}"), value));
        }
        if found.is_empty() {
            found.push((format!("metadata {name}"), "no entries".to_owned()));
        }
        Some(found)
    };
    if op == METADATA { metadata().unwrap_or_default() } else { Vec::new() }
}

fn chunk_place(body: &[u8]) -> Option<ChunkPlace> {
    let mut parts = Parts(body);
    let (first, last, start, length) = (parts.u64()?, parts.u64()?, parts.u64()?, parts.u64()?);
    let mut pairs = Parts(parts.prefixed()?);
    let mut lists = Vec::new();
    while let (Some(channel), Some(place)) = (pairs.u16(), pairs.u64()) {
        lists.push((channel, place));
    }
    let lengths = (length, parts.u64().unwrap_or(0));
    Some(ChunkPlace { first, last, start, lengths, lists })
}

fn declared(body: &[u8]) -> Option<Declared> {
    let mut parts = Parts(body);
    let (messages, _, _) = (parts.u64()?, parts.u16()?, parts.u32()?);
    Some(Declared { messages, about: u64::from(parts.u32()?) + u64::from(parts.u32()?) })
}

const FOOTER_BODY: usize = 20;
const DAMAGED: &str = "its last records are damaged";

/// Bytes at the end of a file that say where its summary begins.
pub(super) const END: usize = 9 + FOOTER_BODY + MAGIC.len();

/// Position of the summary, 0 if there is none; position of the footer; checksum. Only the last bytes are read.
pub(super) fn footer(bytes: &[u8]) -> Result<(usize, usize, u32), ReadError> {
    if !bytes.ends_with(&MAGIC) {
        return Err(ReadError::damaged("the file is truncated"));
    }
    let at =
        bytes.len().checked_sub(MAGIC.len() + 9 + FOOTER_BODY).ok_or_else(|| ReadError::damaged(DAMAGED))?;
    let footer = records::record_at(bytes, at)
        .filter(|footer| footer.op == FOOTER)
        .ok_or_else(|| ReadError::damaged(DAMAGED))?;
    let mut parts = Parts(footer.body);
    let (Some(start), Some(_), Some(checksum)) = (parts.u64(), parts.u64(), parts.u32()) else {
        return Err(ReadError::damaged(DAMAGED));
    };
    Ok((start as usize, at, checksum))
}

/// The summary, `None` if the file has none, or its problem. Nothing before the summary is read.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Summary>, ReadError> {
    let (start, at, checksum) = footer(bytes)?;
    if start == 0 {
        return Ok(None);
    }
    // The checksum covers all records of the summary and the footer up to itself.
    let summed = bytes.get(start..at + 9 + FOOTER_BODY - 4).ok_or_else(|| ReadError::damaged(DAMAGED))?;
    if checksum != 0 && crc32fast::hash(summed) != checksum {
        return Err(ReadError::damaged("its checksum does not match"));
    }
    let mut summary = Summary::default();
    let mut at = start;
    while let Some(record) = records::record_at(bytes, at).filter(|record| record.missing == 0) {
        match record.op {
            SCHEMA => summary.schemas.extend(schema(record.body)),
            CHANNEL => summary.channels.extend(channel(record.body)),
            CHUNK_INDEX => {
                summary.chunks.push(chunk_place(record.body).ok_or_else(|| ReadError::damaged(DAMAGED))?);
            }
            ATTACHMENT_INDEX | METADATA_INDEX => summary.about.extend(Parts(record.body).u64()),
            STATISTICS => summary.declared = declared(record.body),
            FOOTER => break,
            _ => {}
        }
        at = record.end();
    }
    Ok((!summary.channels.is_empty() && !summary.chunks.is_empty()).then_some(summary))
}
