//! MCAP recordings: memory-mapped, indexed by their summary if there is one and else by scanning.
//!
//! Format: <https://mcap.dev/spec>. A damaged or truncated file is read as far as possible; losses
//! become warnings with their byte offset.

use std::borrow::Cow;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::Mmap;

use crate::base::inputs;
use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::clips::blocks::Blocks;
use crate::clips::error::ReadError;
use crate::clips::recorded::{Message, Recorded, Storage};
use crate::clips::streams::Streams;
use crate::clips::topic::Place;
use crate::clips::{Clip, ClipError, ClipKind, mapped, mapped_file};
use crate::data::clip::ClipInfo;

use index::{Index, NO_CHUNK};
use records::{Chunk, MAGIC};

mod index;
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
    open_mapped(path, mapped(path)?)
}

/// Opens a file that was decompressed; `path` is that of the compressed one.
pub(super) fn open_unpacked(path: &Path, file: &fs::File) -> Result<Arc<dyn Clip>, ClipError> {
    let bytes = mapped_file(file).map_err(|source| ClipError::Io { path: path.to_owned(), source })?;
    open_mapped(path, bytes)
}

fn open_mapped(path: &Path, bytes: Mmap) -> Result<Arc<dyn Clip>, ClipError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(ClipError::Damaged {
            problem: "the file is named .mcap but does not start like one, check the copy".to_owned(),
            path: path.to_owned(),
        });
    }
    let index = Index::begin(&bytes);
    if index.streams.is_empty() {
        return Err(ClipError::Damaged {
            problem: "no readable message in this MCAP file, record it again or restore a backup".to_owned(),
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

impl Storage for File {
    fn message(&self, place: Place) -> Result<Message<'_>, ReadError> {
        const GONE: &str = "the message no longer exists";
        let offset = place.offset as usize;
        if place.block == NO_CHUNK {
            let message = records::message_at(&self.bytes, offset).ok_or_else(|| ReadError::gone(GONE))?;
            return Ok(Message::Bytes(Cow::Borrowed(message.data)));
        }
        let chunk = || match Chunk::at(&self.bytes, place.block as usize).map(|chunk| chunk.decompress()) {
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
        let length = records::message_at(&chunk, offset).ok_or_else(|| ReadError::gone(GONE))?.data.len();
        Ok(Message::Block(chunk, end - length..end))
    }

    fn header(&self, place: Place) -> Option<(u32, Time)> {
        let read = |bytes: &[u8]| {
            let message = records::message_at(bytes, place.offset as usize)?;
            Some((message.sequence, Time(i64::try_from(message.publish_time).ok()?)))
        };
        if place.block == NO_CHUNK {
            return read(&self.bytes);
        }
        // The chunk of a message that was just read is in memory.
        let chunk = self.blocks.get(place.block, || Err(ReadError::gone("the chunk is no longer in memory")));
        read(&chunk.ok()?)
    }

    fn index_messages(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        index
            .find(&self.bytes, progress, &mut |part| publish(part.info(&self.path), part.streams.clone()))?;
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(())
    }

    fn index(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone();
        index.finish(&self.bytes, progress, |part| publish(part.info(&self.path), part.streams.clone()))?;
        publish(index.info(&self.path), index.streams.clone());
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(())
    }
}
