//! MCAP recordings: mapped, indexed by their summary where there is one and by scanning where not.
//!
//! Format: <https://mcap.dev/spec>. A damaged or cut file is read as far as it goes; what was lost
//! becomes a warning with its place in bytes.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use memmap2::Mmap;

use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::clips::blocks::Blocks;
use crate::clips::streams::SampleAt;
use crate::clips::{Clip, ClipError, ClipKind, mapped};
use crate::data::clip::{ChannelId, ClipInfo, Sample};
use crate::data::log::LogEntry;
use crate::data::space::FrameTree;

use index::{Index, NO_CHUNK};
use records::{Chunk, MAGIC};

mod index;
mod records;

/// Reads `.mcap` files.
pub static KIND: ClipKind = ClipKind { id: "mcap", title: "MCAP recording", accepts, open };

fn accepts(path: &Path) -> bool {
    let mut head = [0_u8; 8];
    let starts_right =
        File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && head == MAGIC;
    starts_right || path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("mcap"))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let bytes = mapped(path)?;
    if !bytes.starts_with(&MAGIC) {
        return Err(ClipError::Damaged {
            problem: "the file is called .mcap but does not start as one, check what was copied".to_owned(),
            path: path.to_owned(),
        });
    }
    let index = Index::begin(&bytes);
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
        blocks: Blocks::default(),
    }))
}

struct McapClip {
    path: PathBuf,
    bytes: Mmap,
    state: RwLock<State>,
    blocks: Blocks,
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
}

impl Clip for McapClip {
    fn info(&self) -> Arc<ClipInfo> {
        self.with_state(|state| Arc::clone(&state.info))
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.with_state(|state| state.index.streams.times(channel))
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.with_state(|state| state.index.streams.values(channel))
    }

    fn frames(&self) -> Arc<FrameTree> {
        self.with_state(|state| state.index.streams.frames())
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        self.with_state(|state| state.index.streams.logs())
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let missing = || ClipError::Missing { channel: channel.0, index, path: self.path.clone() };
        match self.with_state(|state| state.index.streams.sample(channel, index)).ok_or_else(missing)? {
            SampleAt::Number(value) => Ok(Sample::Scalar(value)),
            SampleAt::Message { place, decoder, channel } => {
                let failed = |problem| ClipError::Sample { channel, index, problem, path: self.path.clone() };
                let offset = place.offset as usize;
                let sample = if place.block == NO_CHUNK {
                    let message = records::message_at(&self.bytes, offset).ok_or_else(missing)?;
                    decoder.sample(message.data)
                } else {
                    let chunk = self.blocks.get(place.block, || {
                        Some(Chunk::at(&self.bytes, place.block as usize)?.decompress().0)
                    });
                    let chunk = chunk.ok_or_else(missing)?;
                    let message = records::message_at(&chunk, offset).ok_or_else(missing)?;
                    decoder.sample(message.data)
                };
                sample.map_err(failed)
            }
        }
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        let mut index = self.with_state(|state| state.index.clone());
        index.finish(&self.bytes, progress, |part| self.publish(part.clone()))?;
        self.publish(index);
        Ok(())
    }
}
