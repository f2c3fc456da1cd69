//! MCAP recordings: mapped, indexed by their summary where there is one and by scanning where not.
//!
//! Format: <https://mcap.dev/spec>. A damaged or cut file is read as far as it goes; what was lost
//! becomes a warning with its place in bytes.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use memmap2::Mmap;

use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::{ChannelId, ClipInfo, Sample};

use index::Index;
use records::{Chunk, MAGIC};

mod cdr;
mod index;
mod messages;
mod pixels;
mod records;

/// Reads `.mcap` files.
pub static KIND: ClipKind = ClipKind { id: "mcap", title: "MCAP recording", accepts, open };

/// Decompressed chunks kept for the next read; neighbors in time share a chunk.
const CHUNKS_KEPT: usize = 8;

fn accepts(path: &Path) -> bool {
    let mut head = [0_u8; 8];
    let starts_right =
        File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && head == MAGIC;
    starts_right || path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("mcap"))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let io = |source| ClipError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    #[expect(unsafe_code, reason = "mapping a file; a recording that is cut while mapped ends the process")]
    // SAFETY: the map is read only and lives as long as the clip; recordings are not rewritten in place.
    let bytes = unsafe { Mmap::map(&file) }.map_err(io)?;
    if !bytes.starts_with(&MAGIC) {
        return Err(ClipError::Damaged {
            problem: "the file is called .mcap but does not start as one, check what was copied".to_owned(),
            path: path.to_owned(),
        });
    }
    let index = Index::begin(&bytes, path);
    if index.streams.is_empty() {
        return Err(ClipError::Damaged {
            problem: "no readable message in this MCAP file, record it again or restore a copy".to_owned(),
            path: path.to_owned(),
        });
    }
    let info = Arc::new(index.info(path));
    Ok(Arc::new(McapClip {
        path: path.to_owned(),
        bytes,
        state: RwLock::new(State { info, index }),
        chunks: Mutex::new(Vec::new()),
    }))
}

struct McapClip {
    path: PathBuf,
    bytes: Mmap,
    state: RwLock<State>,
    /// Decompressed chunks by position in the file, the most recently used last.
    chunks: Mutex<Vec<(usize, Arc<Vec<u8>>)>>,
}

struct State {
    info: Arc<ClipInfo>,
    index: Index,
}

impl McapClip {
    fn with_state<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, index: Index) {
        let info = Arc::new(index.info(&self.path));
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State { info, index };
    }

    fn chunk(&self, start: usize) -> Option<Arc<Vec<u8>>> {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = chunks.iter().position(|(place, _)| *place == start) {
            let chunk = chunks.remove(at);
            chunks.push(chunk);
            return chunks.last().map(|(_, data)| Arc::clone(data));
        }
        let data = Arc::new(Chunk::at(&self.bytes, start)?.decompress().0);
        if chunks.len() >= CHUNKS_KEPT {
            chunks.remove(0);
        }
        chunks.push((start, Arc::clone(&data)));
        Some(data)
    }
}

impl Clip for McapClip {
    fn info(&self) -> Arc<ClipInfo> {
        self.with_state(|state| Arc::clone(&state.info))
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.with_state(|state| state.index.streams.get(channel.0).map(|s| Arc::clone(&s.times)))
            .unwrap_or_default()
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.with_state(|state| state.index.streams.get(channel.0).map(|s| Arc::clone(&s.values)))
            .unwrap_or_default()
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let missing = || ClipError::Missing { channel: channel.0, index, path: self.path.clone() };
        let (place, decoder, name, value) = self
            .with_state(|state| {
                let stream = state.index.streams.get(channel.0)?;
                let place = *stream.places.get(index)?;
                Some((place, stream.decoder, stream.name.clone(), stream.values.get(index).copied()))
            })
            .ok_or_else(missing)?;
        if let Some(value) = value {
            return Ok(Sample::Scalar(value));
        }
        let failed =
            |problem| ClipError::Sample { channel: name.clone(), index, problem, path: self.path.clone() };
        let image = if let Some(start) = place.chunk {
            let chunk = self.chunk(start).ok_or_else(missing)?;
            let message = records::message_at(&chunk, place.offset).ok_or_else(missing)?;
            decoder.image(message.data)
        } else {
            let message = records::message_at(&self.bytes, place.offset).ok_or_else(missing)?;
            decoder.image(message.data)
        };
        image.map(Sample::Image).map_err(failed)
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        let mut index = self.with_state(|state| state.index.clone());
        index.finish(&self.bytes, &self.path, progress, |part| self.publish(part.clone()))?;
        self.publish(index);
        Ok(())
    }
}
