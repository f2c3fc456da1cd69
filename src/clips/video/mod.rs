//! Video files: H.264 and JPEG in MP4, MOV, Matroska and AVI without any system library, the rest through an
//! installed ffmpeg. A container is one file that returns an [`Opened`].
//!
//! Frames are numbered in display order, so B-frames, start offsets and variable frame rates
//! keep the exact relation of index to time.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::time::{Span, Time, TimeRange};
use crate::clips::{Clip, ClipError, ClipKind, guarded, has_extension, mapped};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use crate::data::image::Image;

use h264::{Decoders, Packets as _};
use stream::Stream;

mod avi;
pub(super) mod ffmpeg;
pub(super) mod h264;
mod matroska;
mod mp4;
mod stream;

/// Reads `.mp4`, `.m4v`, `.mov`, `.mkv`, `.webm` and `.avi` files.
pub static KIND: ClipKind = ClipKind { id: "video", title: "Video", accepts, open };

/// True if this machine has an ffmpeg, for the codecs that are not decoded here.
pub fn has_ffmpeg() -> bool {
    ffmpeg::installed()
}

/// Video codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// Decoded by Hardcase.
    H264,
    /// Decoded by ffmpeg.
    H265,
    /// Decoded by ffmpeg.
    Av1,
    /// Decoded by ffmpeg.
    Vp9,
    /// Decoded by Hardcase.
    Jpeg,
}

/// A reader with a limited number of reads: a box that contains itself would be read forever. A whole file takes far
/// fewer reads than it has bytes.
struct Patient<'a> {
    bytes: Cursor<&'a [u8]>,
    reads_left: usize,
}

impl<'a> Patient<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: Cursor::new(bytes), reads_left: bytes.len().saturating_add(10_000) }
    }

    fn count(&mut self) -> std::io::Result<()> {
        let left = self.reads_left.checked_sub(1);
        self.reads_left = left.ok_or_else(|| std::io::Error::other("the file contains a cycle"))?;
        Ok(())
    }
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.count()?;
        self.bytes.read(buffer)
    }
}

impl Seek for Patient<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.count()?;
        self.bytes.seek(to)
    }
}

/// Contents of a container.
enum Opened {
    /// A stream that is decoded here.
    Packets {
        stream: Stream,
        codec: Codec,
        /// Seconds of a unit of time: numerator and denominator.
        scale: (u64, u64),
        size: (u32, u32),
        /// Frames that the file declares and does not have.
        lost: usize,
    },
    /// A codec that is not decoded here.
    Other(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Mp4,
    Matroska,
    Avi,
}

fn container(path: &Path) -> Option<Container> {
    let mut head = [0_u8; 12];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    match &head {
        head if &head[4..8] == b"ftyp" => Some(Container::Mp4),
        // QuickTime's older files have no type.
        head if [b"moov", b"mdat", b"wide"].iter().any(|atom| &head[4..8] == *atom) => Some(Container::Mp4),
        head if head[..4] == [0x1A, 0x45, 0xDF, 0xA3] => Some(Container::Matroska),
        head if &head[..4] == b"RIFF" && &head[8..] == b"AVI " => Some(Container::Avi),
        _ => None,
    }
}

fn accepts(path: &Path) -> bool {
    let named = ["mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "ts", "wmv", "flv"];
    has_extension(path, &named) || path.is_file() && container(path).is_some()
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let container = container(path);
    let opened = match container {
        Some(Container::Mp4) => {
            let bytes = mapped(path)?;
            guarded(|| mp4::open(bytes))
        }
        Some(Container::Matroska) => {
            let bytes = mapped(path)?;
            guarded(|| matroska::open(bytes))
        }
        Some(Container::Avi) => avi::open(mapped(path)?),
        None => Ok(Opened::Other("an unknown container".to_owned())),
    };
    let mut warnings = Vec::new();
    let (times, encoding, source) = match opened.map_err(damaged)? {
        Opened::Packets { stream, codec, scale, size, lost } => {
            if lost > 0 {
                let all = lost + stream.count();
                warnings.push(format!("the file is truncated: {lost} of {all} frames are lost"));
            }
            let name = if codec == Codec::Jpeg { "JPEG" } else { "H.264" };
            let times = stream.times(scale);
            let source = match codec {
                Codec::Jpeg => Source::Jpeg(stream),
                Codec::H264 | Codec::H265 | Codec::Av1 | Codec::Vp9 => Source::H264(stream, Box::default()),
            };
            (times, format!("{name} {}x{}", size.0, size.1), source)
        }
        Opened::Other(codec) if !ffmpeg::installed() => {
            return Err(damaged(format!(
                "H.264 and JPEG in MP4, Matroska and AVI are decoded here, this is {codec}: install ffmpeg to read it, {}",
                ffmpeg::CONVERT
            )));
        }
        Opened::Other(_) => {
            let film = ffmpeg::Film::open(path).map_err(damaged)?;
            warnings.push(format!("{} is decoded by the ffmpeg of this machine", film.codec));
            let encoding = format!("{} {}x{} (ffmpeg)", film.codec, film.size.0, film.size.1);
            (film.times(), encoding, Source::Film(film))
        }
    };
    if times.is_empty() {
        return Err(damaged("the video has no frames".to_owned()));
    }
    let info = Arc::new(ClipInfo {
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        format: "video",
        channels: vec![ChannelInfo {
            name: "video".to_owned(),
            kind: ChannelKind::Camera,
            encoding,
            samples: times.len(),
            problem: None,
        }],
        range: TimeRange { start: Time(0), end: times.last().copied().unwrap_or_default() + Span(1) },
        indexed: true,
        warnings,
        about: Vec::new(),
    });
    Ok(Arc::new(Video { path: path.to_owned(), info, times: Arc::new(times), source }))
}

enum Source {
    H264(Stream, Box<Decoders>),
    Jpeg(Stream),
    Film(ffmpeg::Film),
}

struct Video {
    path: PathBuf,
    info: Arc<ClipInfo>,
    times: Arc<Vec<Time>>,
    source: Source,
}

impl Video {
    fn failed(&self, index: usize, problem: String) -> ClipError {
        ClipError::Sample { channel: "video".to_owned(), index, problem, path: self.path.clone() }
    }
}

impl Clip for Video {
    fn info(&self) -> Arc<ClipInfo> {
        Arc::clone(&self.info)
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        if channel.0 == 0 { Arc::clone(&self.times) } else { Arc::default() }
    }

    fn values(&self, _channel: ChannelId) -> Arc<Vec<f64>> {
        Arc::default()
    }

    fn preview(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        let Source::H264(stream, _) = &self.source else { return self.picture(channel, index) };
        h264::key_frame(stream, index.min(self.times.len().saturating_sub(1)))
            .map_err(|problem| self.failed(index, problem))
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        if channel.0 > 0 || index >= self.times.len() {
            return Err(ClipError::Missing { channel: channel.0, index, path: self.path.clone() });
        }
        let image = match &self.source {
            Source::H264(stream, decoders) => decoders.frame(stream, index),
            Source::Jpeg(stream) => {
                Image::decode(stream.raw(stream.packet_of(index))).map_err(|err| err.to_string())
            }
            Source::Film(film) => film.frame(index),
        };
        image.map(Sample::Image).map_err(|problem| self.failed(index, problem))
    }
}
