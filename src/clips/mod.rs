//! Reading recordings. A reader is a kind: one file ending in a `static KIND`, and its line below.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use crate::base::errors::{Panicked, quietly};
use crate::base::inputs;
use crate::base::progress::{Cancelled, Progress};
use crate::base::remote::{Address, RemoteError};
use crate::base::time::{Time, index_at};
use crate::data::clip::{ChannelId, ClipInfo, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::time::log::LogEntry;
use crate::data::time::window::Reach;

pub mod argoverse2;
mod arrow_tables;
mod assembled;
mod blocks;
pub mod can;
pub mod cells;
mod content;
pub mod cut;
mod depths;
pub mod derived;
pub mod donkeycar;
pub mod error;
pub mod image_folder;
pub mod joined;
pub mod kitti;
pub mod kitti_object;
mod losses;
pub mod mcap;
mod merged;
mod messages;
pub mod nuscenes;
pub mod parquet;
pub mod point_files;
pub mod raw;
mod recorded;
pub mod recorded_input;
mod remote;
pub mod rosbag1;
pub mod rosbag2;
pub mod signal_table;
mod streams;
pub mod table;
pub mod texts;
mod time_cells;
mod time_column;
mod time_names;
mod topic;
pub mod video;
pub mod windows;

/// A recording, open but not in memory.
pub trait Clip: Send + Sync {
    /// Contents, as far as indexed.
    fn info(&self) -> Arc<ClipInfo>;
    /// The times of a channel's samples indexed so far, sorted.
    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>>;
    /// Decodes one sample.
    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError>;
    /// Decodes one image of a camera.
    fn picture(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        if let Sample::Image(image) = self.read(channel, index)? {
            return Ok(image);
        }
        let channel = self.info().channel(channel).map(|c| c.name.clone()).unwrap_or_default();
        Err(ClipError::NoPicture { channel })
    }
    /// Decodes one sample as a model input: an image, a point cloud, a text.
    fn input(&self, channel: ChannelId, index: usize) -> Result<Input, ClipError> {
        match self.read(channel, index)? {
            Sample::Image(image) => Ok(Input::Image(image)),
            Sample::Points(cloud) => Ok(Input::Points(cloud)),
            Sample::Log(line) => Ok(Input::Text(line.text.into())),
            Sample::Scalar(_)
            | Sample::Cuboids(_)
            | Sample::Boxes(_)
            | Sample::Path(_)
            | Sample::Place(_)
            | Sample::Transforms(_)
            | Sample::Calibration(_) => {
                let channel = self.info().channel(channel).map(|c| c.name.clone()).unwrap_or_default();
                Err(ClipError::NoPicture { channel })
            }
        }
    }
    /// Decodes one sample with its window or its depth map, for models of sequences and transforms that need depth.
    fn reached(&self, channel: ChannelId, index: usize, reach: &Reach) -> Result<Input, ClipError> {
        let input = if reach.is_single() {
            self.input(channel, index)?
        } else {
            windows::read(self, channel, index, reach)?
        };
        Ok(if reach.depth { depths::known(self, channel, index, input) } else { input })
    }
    /// An image near this one that is quick to decode, for thumbnails: of a video the key frame before it.
    fn preview(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        self.picture(channel, index)
    }
    /// The file of a sample, if each sample is a file of its own.
    fn file(&self, _channel: ChannelId, _index: usize) -> Option<PathBuf> {
        None
    }
    /// The values of a signal beside its times; empty for other channels.
    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>>;
    /// Coordinate frames, as far as indexed.
    fn frames(&self) -> Arc<FrameTree> {
        Arc::default()
    }
    /// Every log line indexed so far, in the order of time.
    fn logs(&self) -> Arc<Vec<LogEntry>> {
        Arc::default()
    }
    /// Header stamps of a channel's samples, as opposed to the log time at which they were received;
    /// `None` if the messages have none. Blocks.
    fn stamps(&self, _channel: ChannelId, _progress: &Progress) -> Result<Option<Vec<Time>>, ClipError> {
        Ok(None)
    }
    /// The messages as recorded, for recordings of messages.
    fn raw(&self) -> Option<&dyn raw::RawMessages> {
        None
    }
    /// Times at which reading can begin without anything before them, in ascending order: starts of chunks, key frames.
    /// `None` where every sample is read by itself. Of an [indexed](Self::index_samples) recording.
    fn seams(&self) -> Option<Vec<Time>> {
        None
    }
    /// Finds every sample that models run on; numbers inside of messages, coordinate frames and log lines may stay unread
    /// until [`index`](Self::index). Blocks.
    fn index_samples(&self, progress: &Progress) -> Result<(), ClipError> {
        self.index(progress)
    }
    /// Position of a sample in [`times`](Self::times), found with as little of the index as the reader can; the last one at or
    /// before a time, and the number past the last where there is no such sample. Blocks. Positions hold for the index as it is afterwards.
    fn locate(&self, channel: ChannelId, wanted: Wanted, progress: &Progress) -> Result<usize, ClipError> {
        self.index_samples(progress)?;
        Ok(match wanted {
            Wanted::Index(index) => index,
            Wanted::Time(time) => index_at(&self.times(channel), time),
        })
    }
    /// Finishes the index that opening began. Blocks; readers with a complete index return at once.
    fn index(&self, _progress: &Progress) -> Result<(), ClipError> {
        Ok(())
    }
}

/// A sample that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// By its position among all samples of its channel.
    Index(usize),
    /// By time.
    Time(Time),
}

/// A way to read recordings.
#[derive(Debug)]
pub struct ClipKind {
    /// Id in files and messages.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Detection by path, and by content where that is cheap.
    pub accepts: fn(&Path) -> bool,
    /// Opens it far enough to show the first image.
    pub open: fn(&Path) -> Result<Arc<dyn Clip>, ClipError>,
}

/// Every reader, in the order of detection.
pub static KINDS: &[&ClipKind] = &[
    &mcap::KIND,
    &rosbag1::KIND,
    &rosbag2::KIND,
    &video::KIND,
    &kitti::KIND,
    &kitti_object::KIND,
    &nuscenes::KIND,
    &argoverse2::KIND,
    &donkeycar::KIND,
    &can::KIND,
    &signal_table::KIND,
    &parquet::KIND,
    &texts::KIND,
    &point_files::KIND,
    &windows::KIND,
    &image_folder::KIND,
];

/// Opens a recording with the first reader that accepts it. An address is opened as far as its first image needs it, or downloaded
/// into the cache where its reader needs all of it.
pub fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    open_with(path, &Progress::default())
}

/// The same with the progress of a download.
pub fn open_with(path: &Path, progress: &Progress) -> Result<Arc<dyn Clip>, ClipError> {
    match Address::of(path) {
        Some(address) => remote::open(&address, progress),
        None => open_local(path),
    }
}

fn open_local(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => {
            return Err(ClipError::Empty { path: path.to_owned() });
        }
        Ok(_) => {}
        // `FOLDER#PART` is a part of what lies in a folder.
        Err(_) if path.to_string_lossy().contains('#') => {}
        Err(source) => return Err(ClipError::Io { path: path.to_owned(), source }),
    }
    match KINDS.iter().find(|kind| (kind.accepts)(path)) {
        Some(kind) => (kind.open)(path),
        None => Err(ClipError::Unsupported { path: path.to_owned() }),
    }
}

/// True if the path is a file with one of these extensions, in any case.
fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension()
        .and_then(|ext| ext.to_str())
        .is_some_and(|ext| wanted.iter().any(|known| ext.eq_ignore_ascii_case(known)))
        && path.is_file()
}

/// Runs a third-party decoder that may panic on a damaged file, and turns the panic into an error.
fn guarded<T, E: From<Panicked>>(read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    quietly(read).unwrap_or_else(|panicked| Err(panicked.into()))
}

/// A memory-mapped file; unread pages are never loaded.
fn mapped(path: &Path) -> Result<Mmap, ClipError> {
    let io = |source| ClipError::Io { path: path.to_owned(), source };
    let file = inputs::open(path).map_err(io)?;
    mapped_file(&file).map_err(io)
}

/// The memory-mapped content of an open file.
fn mapped_file(file: &std::fs::File) -> std::io::Result<Mmap> {
    #[expect(unsafe_code, reason = "mapping a file; a recording that is cut while mapped ends the process")]
    // SAFETY: the map is read only and lives as long as the clip; recordings are not rewritten in place.
    unsafe {
        Mmap::map(file)
    }
}

/// Error of reading a recording or a sample.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The file system reported an error.
    #[error("could not read the recording: {source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// A file of zero bytes.
    #[error("the file is empty (0 bytes), copy it again from the recorder: {}", path.display())]
    Empty {
        /// Path of the file.
        path: PathBuf,
    },
    /// No reader accepts it.
    #[error(
        "not a recording that can be opened, supported are .mcap, .bag, .db3, videos, .csv, .tsv, .parquet, .feather, .jsonl, \
         .txt, .pcd, .ply, .las, .bin, CAN logs (.log, .asc, .blf, .trc), folders of rosbag2, KITTI, nuScenes, \
         Argoverse 2, Donkeycar and Udacity, and folders of images or point clouds: {}", path.display()
    )]
    Unsupported {
        /// Path of the file or folder.
        path: PathBuf,
    },
    /// The container is damaged beyond what can be skipped.
    #[error("{problem}: {}", path.display())]
    Damaged {
        /// Problem and advice.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// One sample cannot be decoded; the others may be fine.
    #[error("sample {index} of {channel} cannot be decoded: {problem}: {}", path.display())]
    Sample {
        /// Name of the channel.
        channel: String,
        /// Position in the channel.
        index: usize,
        /// Problem in a sentence.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// The channel has no model inputs.
    #[error("the channel {channel:?} holds no images, point clouds or texts")]
    NoPicture {
        /// Name of the channel.
        channel: String,
    },
    /// A signal that a model needs is missing.
    #[error("the model needs a signal {name:?}, the recording has {known}")]
    NoSignal {
        /// Name of the signal.
        name: String,
        /// Signals in the recording.
        known: String,
    },
    /// There is no such channel or sample.
    #[error("the recording has no sample {index} in channel {channel}: {}", path.display())]
    Missing {
        /// Number of the channel.
        channel: usize,
        /// Position in the channel.
        index: usize,
        /// Path of the file.
        path: PathBuf,
    },
    /// A remote file cannot be read.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
