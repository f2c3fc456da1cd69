//! MCAP recordings: memory-mapped, indexed by their summary if there is one and else by scanning.
//!
//! Format: <https://mcap.dev/spec>. A damaged or truncated file is read as far as possible; losses
//! become warnings with their byte offset.

use std::borrow::Cow;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::inputs;
use crate::base::progress::Progress;
use crate::base::time::{Time, index_at};
use crate::clips::blocks::Blocks;
use crate::clips::content::Content;
use crate::clips::error::ReadError;
use crate::clips::recorded::{Message, Recorded, Storage};
use crate::clips::streams::Streams;
use crate::clips::topic::Place;
use crate::clips::{Clip, ClipError, ClipKind, Wanted, mapped, mapped_file};
use crate::data::clip::{ChannelId, ClipInfo};

use ahead::Ahead;
use index::{Index, NO_CHUNK};
use records::MAGIC;

mod ahead;
mod index;
mod indexed;
mod records;
mod summary;

/// Reads `.mcap` files.
pub static KIND: ClipKind = ClipKind { id: "mcap", title: "MCAP recording", accepts, open };

fn accepts(path: &Path) -> bool {
    let mut head = [0_u8; 8];
    let starts_right =
        inputs::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && head == MAGIC;
    starts_right || path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("mcap"))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    open_mapped(path, mapped(path)?.into())
}

/// True for the beginning of an MCAP file.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Opens a file of which the end was fetched; `path` is its address.
pub(super) fn open_remote(
    path: &Path,
    content: Content,
    progress: &Progress,
) -> Result<Arc<dyn Clip>, ClipError> {
    opened(path, content, progress)
}

/// Opens a file that was decompressed; `path` is that of the compressed one.
pub(super) fn open_unpacked(path: &Path, file: &fs::File) -> Result<Arc<dyn Clip>, ClipError> {
    let bytes = mapped_file(file).map_err(|source| ClipError::Io { path: path.to_owned(), source })?;
    open_mapped(path, bytes.into())
}

fn open_mapped(path: &Path, content: Content) -> Result<Arc<dyn Clip>, ClipError> {
    opened(path, content, &Progress::default())
}

fn opened(path: &Path, content: Content, progress: &Progress) -> Result<Arc<dyn Clip>, ClipError> {
    let index = match &content {
        Content::Mapped(bytes) if !begins(bytes) => None,
        // The end says it as well, and the beginning would be another request.
        Content::Remote(_) => Index::begin(&content, progress).map(|index| {
            (index.has_summary() || begins(content.until(0..MAGIC.len()).unwrap_or_default()))
                .then_some(index)
        })?,
        Content::Mapped(_) => Some(Index::begin(&content, progress)?),
    };
    let Some(index) = index else {
        return Err(ClipError::Damaged {
            problem: "the file is named .mcap but does not start like one, check the copy".to_owned(),
            path: path.to_owned(),
        });
    };
    if index.streams.is_empty() {
        return Err(ClipError::Damaged {
            problem: "no readable message in this MCAP file, record it again or restore a backup".to_owned(),
            path: path.to_owned(),
        });
    }
    let (info, streams) = (index.info(path), index.streams.clone());
    let ahead = content.is_remote().then(|| Ahead::new(index.chunks().iter()));
    let blocks = Blocks::default();
    let file = File { path: path.to_owned(), content, index: Mutex::new(index), blocks, ahead };
    Ok(Arc::new(Recorded::new(path.to_owned(), file, info, streams)))
}

struct File {
    path: PathBuf,
    content: Content,
    index: Mutex<Index>,
    blocks: Blocks,
    /// Chunks of a remote file.
    ahead: Option<Ahead>,
}

impl File {
    /// The end of a chunk as the index has it.
    fn end(&self, start: usize) -> usize {
        self.ahead.as_ref().map_or(start, |ahead| ahead.end(start))
    }

    /// The bytes of a record that lies outside of chunks, and those before it.
    fn record(&self, start: usize) -> Result<&[u8], ReadError> {
        let bytes = self.content.until(start..start.saturating_add(9))?;
        match records::record_at(bytes, start) {
            Some(record) if record.missing > 0 => {
                let end = record.end().saturating_add(record.missing).min(self.content.len());
                Ok(self.content.until(start..end)?)
            }
            _ => Ok(bytes),
        }
    }
}

impl Storage for File {
    fn message(&self, place: Place) -> Result<Message<'_>, ReadError> {
        const GONE: &str = "the message no longer exists";
        let offset = place.offset as usize;
        if place.block == NO_CHUNK {
            let message =
                records::message_at(self.record(offset)?, offset).ok_or_else(|| ReadError::gone(GONE))?;
            return Ok(Message::Bytes(Cow::Borrowed(message.data)));
        }
        let (start, end) = (place.block as usize, self.end(place.block as usize));
        // Fetched before the cache of blocks is locked, so that several threads fetch at the same time.
        self.content.until(start..end)?;
        let chunk = || match records::chunk_at(&self.content, start, end)?.map(|chunk| chunk.decompress()) {
            Some((records, Some(problem))) if records.is_empty() => {
                Err(ReadError::damaged(format!("its chunk cannot be read, {problem}")))
            }
            Some((records, _)) => Ok(records),
            None => Err(ReadError::gone(GONE)),
        };
        let chunk = self.blocks.get(place.block, chunk)?;
        let end = records::record_at(&chunk, offset)
            .map(|record| record.end())
            .ok_or_else(|| ReadError::gone(GONE))?;
        let message = records::message_at(&chunk, offset).ok_or_else(|| ReadError::gone(GONE))?;
        if let Some(ahead) = &self.ahead {
            ahead.was_read(&self.content, start, message.channel);
        }
        let length = message.data.len();
        Ok(Message::Block(chunk, end - length..end))
    }

    fn header(&self, place: Place) -> Option<(u32, Time)> {
        let read = |bytes: &[u8]| {
            let message = records::message_at(bytes, place.offset as usize)?;
            Some((message.sequence, Time(i64::try_from(message.publish_time).ok()?)))
        };
        if place.block == NO_CHUNK {
            return read(self.record(place.offset as usize).ok()?);
        }
        // The chunk of a message that was just read is in memory.
        let chunk = self.blocks.get(place.block, || Err(ReadError::gone("the chunk is no longer in memory")));
        read(&chunk.ok()?)
    }

    fn locate(
        &self,
        channel: ChannelId,
        wanted: Wanted,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<Option<usize>, ClipError> {
        let Some(ahead) = self.ahead.as_ref().filter(|ahead| ahead.is_ordered()) else { return Ok(None) };
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let channels = index.streams.publishers(channel);
        if channels.is_empty() || !index.info(&self.path).warnings.is_empty() {
            return Ok(None);
        }
        let chunks = match wanted {
            Wanted::Time(time) => ahead.chunks_of_time(&channels, time),
            Wanted::Index(at) => {
                ahead.chunk_of_index(&channels, at as u64).map(|(start, _)| start).into_iter().collect()
            }
        };
        if chunks.is_empty() {
            return Ok(None);
        }
        // All of them in one go.
        let ends = chunks.iter().map(|start| *start..self.end(*start));
        self.content.ensure(&ends.collect::<Vec<_>>())?;
        for start in &chunks {
            if index.pending_starts().contains(start) && !index.take_early(&self.content, *start)? {
                return Ok(None);
            }
        }
        let times = index.streams.times(channel);
        let at = match wanted {
            Wanted::Time(time) => Some(index_at(&times, time)),
            Wanted::Index(at) => {
                ahead.known(&channels, at as u64, &index.pending_starts(), times.len() as u64)
            }
        };
        if at.is_some() {
            publish(index.info(&self.path), index.streams.clone());
            *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
        }
        Ok(at)
    }

    fn index_messages(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        index.find(&self.content, progress, &mut |part| {
            publish(part.info(&self.path), part.streams.clone());
        })?;
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(())
    }

    fn index(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        index.finish(&self.content, progress, |part| publish(part.info(&self.path), part.streams.clone()))?;
        publish(index.info(&self.path), index.streams.clone());
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(())
    }
}
