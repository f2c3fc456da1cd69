//! Video files: H.264 and JPEG in MP4, MOV, Matroska and AVI without any system library, the rest through an
//! installed ffmpeg. A container is one file that returns an `Opened`.
//!
//! Frames are numbered in display order, so B-frames, start offsets and variable frame rates
//! keep the exact relation of index to time.

use std::fmt::Display;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::inputs;
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::{Clip, ClipError, ClipKind, guarded, has_extension, mapped};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use crate::data::image::Image;
use crate::data::orientation::Orientation;

use error::{INSTALL, NotDecoded, VideoError};
use h264::{Decoders, Packets as _};
use stream::Stream;

mod avi;
mod boxes;
mod colors;
pub mod error;
pub(super) mod ffmpeg;
mod film;
pub(super) mod h264;
mod matroska;
mod mp4;
mod mp4_samples;
mod openh264;
mod sps;
mod stream;

/// Reads `.mp4`, `.m4v`, `.mov`, `.mkv`, `.webm` and `.avi` files, and what else an installed ffmpeg reads.
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
    /// A stream that may be decoded here.
    Packets(Stream, Box<Track>),
    /// One that is not decoded here: what it is, as a noun.
    Other(NotDecoded),
}

/// The video track of a container.
struct Track {
    codec: Codec,
    /// Seconds of a unit of time: numerator and denominator.
    scale: (u64, u64),
    /// Stored size in pixels.
    size: (u32, u32),
    /// Width and height of a pixel, where declared.
    aspect: Option<(u32, u32)>,
    /// `None` if frames are to be turned by other than right angles.
    orientation: Option<Orientation>,
    /// Frames that the file declares and does not have.
    lost: usize,
    /// Number of further video tracks.
    others: usize,
    /// False if the container knows only the order of decoding.
    timed: bool,
}

/// Sentence for a sound recording.

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Mp4,
    Matroska,
    Avi,
}

fn container(path: &Path) -> Option<Container> {
    let mut head = [0_u8; 12];
    inputs::open(path).ok()?.read_exact(&mut head).ok()?;
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
    let named = [
        "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "vob", "ts", "m2ts", "mts", "wmv", "asf",
        "flv", "3gp", "3g2", "ogv", "mxf", "dv", "y4m", "h264", "264", "h265", "265", "hevc",
    ];
    has_extension(path, &named) || path.is_file() && container(path).is_some()
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged =
        |problem: &dyn Display| ClipError::Damaged { problem: problem.to_string(), path: path.to_owned() };
    let container = container(path);
    let bytes = if container.is_some() { Some(mapped(path)?) } else { None };
    let roll = bytes
        .as_ref()
        .filter(|_| container == Some(Container::Matroska))
        .map_or(Roll::AsFfmpegSays, |map| Roll::Stated(matroska::orientation(map)));
    let opened = match (container, bytes) {
        (Some(Container::Mp4), Some(bytes)) => guarded(|| mp4::open(bytes)),
        (Some(Container::Matroska), Some(bytes)) => guarded(|| matroska::open(bytes)),
        (Some(Container::Avi), Some(bytes)) => guarded(|| avi::open(bytes)),
        _ => Ok(Opened::Other(NotDecoded::new("a video in another container"))),
    };
    let what = match opened.map(decodable) {
        Ok(Ok(found)) => return found.clip(path),
        Ok(Err(what)) => what,
        // Another reader may get over it, but not over a missing index; if it does not, the problem is the one found here.
        Err(err)
            if container == Some(Container::Mp4) || err == VideoError::OnlyAudio || !ffmpeg::installed() =>
        {
            return Err(damaged(&err));
        }
        Err(err) => {
            let Ok(film) = film::Film::open(path) else { return Err(damaged(&err)) };
            return Found::film(film, &roll).clip(path);
        }
    };
    if !ffmpeg::installed() {
        return Err(damaged(&format!(
            "H.264 (8 bits, 4:2:0, progressive) and JPEG in MP4, Matroska and AVI are decoded here, this is {what}: {INSTALL}"
        )));
    }
    let film = film::Film::open(path).map_err(|err| damaged(&err))?;
    Found::film(film, &roll).clip(path)
}

/// A video that can be read: its frames, and what is to be said about it.
struct Found {
    source: Source,
    times: Vec<Time>,
    codec: String,
    size: (u32, u32),
    aspect: Option<(u32, u32)>,
    orientation: Option<Orientation>,
    others: usize,
    warnings: Vec<String>,
}

/// A stream that is decoded here.
fn decodable(opened: Opened) -> Result<Found, NotDecoded> {
    let (mut stream, track) = match opened {
        Opened::Packets(stream, track) => (stream, *track),
        Opened::Other(what) => return Err(what),
    };
    let mut warnings = Vec::new();
    if track.lost > 0 {
        let all = track.lost + stream.count();
        warnings.push(format!("the file is truncated: {} of {all} frames are lost", track.lost));
    }
    let (mut size, mut aspect) = (track.size, track.aspect);
    let codec = match track.codec {
        Codec::Jpeg => {
            let stored = Image::size_of(stream.raw(stream.packet_of(0)));
            // Two fields of half the height are two JPEG images.
            if stored.is_some_and(|stored| size != (0, 0) && stored != size && (stored.1, stored.0) != size) {
                return Err(NotDecoded::new("JPEG in fields"));
            }
            "JPEG"
        }
        Codec::H264 | Codec::H265 | Codec::Av1 | Codec::Vp9 => {
            if stream.count() > 0 {
                let sps = stream.check()?;
                if !sps.colors.or(stream.colors()).known() {
                    return Err(NotDecoded::new("H.264 with an unusual color matrix"));
                }
                (size, aspect) = (sps.size, aspect.or(sps.aspect));
                if !track.timed {
                    stream = stream.with_coded_order(&sps)?;
                }
            }
            "H.264"
        }
    };
    Ok(Found {
        times: stream.times(track.scale),
        source: match track.codec {
            Codec::Jpeg => Source::Jpeg(stream),
            Codec::H264 | Codec::H265 | Codec::Av1 | Codec::Vp9 => Source::H264(stream, Box::default()),
        },
        codec: codec.to_owned(),
        size,
        aspect,
        orientation: track.orientation,
        others: track.others,
        warnings,
    })
}

/// Source of the orientation of a video that ffmpeg decodes.
enum Roll {
    /// The container; `None` is an angle between the right ones.
    Stated(Option<Orientation>),
    /// ffmpeg.
    AsFfmpegSays,
}

impl Found {
    fn film(film: film::Film, roll: &Roll) -> Self {
        let orientation = match roll {
            // Versions of ffmpeg before 7 do not know the rotation of Matroska.
            Roll::Stated(orientation) => *orientation,
            Roll::AsFfmpegSays => film.orientation,
        };
        let mut warnings = vec![format!("{} is decoded by the ffmpeg of this machine", film.codec)];
        if let Some(said) = &film.complaint {
            warnings.push(format!(
                "the video is damaged or truncated, frames are missing or cannot be decoded ({said})"
            ));
        }
        Self {
            times: film.times(),
            codec: film.codec.clone(),
            size: film.size,
            aspect: film.aspect,
            orientation,
            others: film.others,
            warnings,
            source: Source::Film(film),
        }
    }

    fn clip(self, path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
        let Self { source, times, mut warnings, orientation, .. } = self;
        if times.is_empty() {
            let problem = warnings.into_iter().next().unwrap_or_else(|| "the video has no frames".to_owned());
            return Err(ClipError::Damaged { problem, path: path.to_owned() });
        }
        if let Some((width, height)) = self.aspect.filter(|(width, height)| width != height) {
            warnings.push(format!(
                "pixels are {width}:{height} and not square, frames keep the pixels as stored"
            ));
        }
        if orientation.is_none() {
            warnings.push("the video is to be shown at an angle, frames are shown as stored".to_owned());
        }
        if self.others > 0 {
            let all = self.others + 1;
            warnings.push(format!("the file has {all} video tracks, the first is read; get another one with: ffmpeg -i INPUT -map 0:v:1 -c copy OUTPUT"));
        }
        let orientation = orientation.unwrap_or_default();
        let (width, height) = orientation.upright_size(self.size);
        let by = if matches!(source, Source::Film(_)) { " (ffmpeg)" } else { "" };
        let info = Arc::new(ClipInfo {
            name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            format: "video",
            channels: vec![ChannelInfo {
                name: "video".to_owned(),
                kind: ChannelKind::Camera,
                encoding: format!("{} {width}x{height}{by}", self.codec),
                samples: times.len(),
                problem: None,
            }],
            range: TimeRange { start: Time(0), end: times.last().copied().unwrap_or_default() + Span(1) },
            indexed: true,
            warnings,
            about: Vec::new(),
        });
        Ok(Arc::new(Video { path: path.to_owned(), info, times: Arc::new(times), orientation, source }))
    }
}

enum Source {
    H264(Stream, Box<Decoders>),
    Jpeg(Stream),
    Film(film::Film),
}

struct Video {
    path: PathBuf,
    info: Arc<ClipInfo>,
    times: Arc<Vec<Time>>,
    orientation: Orientation,
    source: Source,
}

impl Video {
    fn failed(&self, index: usize, err: &VideoError) -> ClipError {
        let (channel, problem) = ("video".to_owned(), err.to_string());
        ClipError::Sample { channel, index, problem, path: self.path.clone() }
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

    fn seams(&self) -> Option<Vec<Time>> {
        let Source::H264(stream, _) = &self.source else { return None };
        let syncs = (0..stream.count()).filter(|packet| stream.is_sync(*packet));
        let shown = syncs.filter_map(|packet| self.times.get(stream.shown_as(packet)?).copied());
        let mut seams: Vec<Time> = shown.collect();
        seams.sort_unstable();
        Some(seams)
    }

    fn preview(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        let Source::H264(stream, _) = &self.source else { return self.picture(channel, index) };
        h264::key_frame(stream, index.min(self.times.len().saturating_sub(1)))
            .map(|image| image.upright(self.orientation))
            .map_err(|err| self.failed(index, &err))
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        if channel.0 > 0 || index >= self.times.len() {
            return Err(ClipError::Missing { channel: channel.0, index, path: self.path.clone() });
        }
        let image = match &self.source {
            Source::H264(stream, decoders) => decoders.frame(stream, index),
            Source::Jpeg(stream) => Image::decode_frame(stream.raw(stream.packet_of(index)))
                .map_err(|err| VideoError::Picture { problem: err.to_string() }),
            Source::Film(film) => film.frame(index),
        };
        let image = image.map(|image| image.upright(self.orientation));
        image.map(Sample::Image).map_err(|err| self.failed(index, &err))
    }
}
