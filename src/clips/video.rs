//! Video files: H.264 in MP4 or MOV, decoded without any system library.
//!
//! Frames are numbered in the order in which they are shown, so B-frames and variable frame rates keep
//! the exact relation of index to time.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::Mmap;
use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource as _;
use re_mp4::{StsdBoxContent, TrackKind};

use crate::base::time::{Span, Time, TimeRange};
use crate::clips::{Clip, ClipError, ClipKind, mapped};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use crate::data::image::Image;

/// Reads `.mp4`, `.m4v` and `.mov` files with an H.264 track.
pub static KIND: ClipKind = ClipKind { id: "video", title: "Video", accepts, open };

/// Decoded frames kept beside the one asked for, so that steps back within a group are cheap.
const BYTES_KEPT: usize = 72 << 20;

/// Frames before the one asked for that are kept, for steps back.
const KEPT_BEFORE: usize = 48;

fn accepts(path: &Path) -> bool {
    let named = path.extension().and_then(|ext| ext.to_str()).is_some_and(|ext| {
        ["mp4", "m4v", "mov", "avi", "mkv", "webm"].contains(&ext.to_ascii_lowercase().as_str())
    });
    let mut head = [0_u8; 8];
    let is_mp4 =
        File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && &head[4..] == b"ftyp";
    path.is_file() && (named || is_mp4)
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let convert = "convert it with: ffmpeg -i INPUT -c:v libx264 -pix_fmt yuv420p OUTPUT.mp4";
    let bytes = mapped(path)?;
    if bytes.get(4..8) != Some(b"ftyp") {
        return Err(damaged(format!("only H.264 in MP4 is read so far, and this is no MP4, {convert}")));
    }
    let mp4 = re_mp4::Mp4::read(std::io::Cursor::new(&bytes[..]), bytes.len() as u64).map_err(|err| {
        damaged(format!("the video cannot be read ({err}), it may be cut off before its index"))
    })?;
    let track = mp4
        .tracks()
        .values()
        .find(|track| track.kind == Some(TrackKind::Video))
        .ok_or_else(|| damaged("the file has no video track".to_owned()))?;
    let StsdBoxContent::Avc1(avc) = &track.trak(&mp4).mdia.minf.stbl.stsd.contents else {
        let codec = track.codec_string(&mp4).unwrap_or_else(|| "unknown".to_owned());
        return Err(damaged(format!("only H.264 video is read so far, this is {codec}, {convert}")));
    };
    let mut parameters = Vec::new();
    for nal in avc.avcc.sequence_parameter_sets.iter().chain(&avc.avcc.picture_parameter_sets) {
        parameters.extend([0, 0, 0, 1]);
        parameters.extend(&nal.bytes);
    }
    let mut warnings = Vec::new();
    let samples: Vec<Packet> = track
        .samples
        .iter()
        .filter(|sample| sample.byte_range().end <= bytes.len())
        .map(|sample| Packet {
            bytes: sample.byte_range(),
            shown: sample.composition_timestamp,
            sync: sample.is_sync,
        })
        .collect();
    if samples.len() < track.samples.len() {
        warnings.push(format!(
            "the file is cut off: {} of {} frames are lost",
            track.samples.len() - samples.len(),
            track.samples.len()
        ));
    }
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_key(|i| (samples[*i].shown, *i));
    let zero = order.first().map_or(0, |i| samples[*i].shown);
    let timescale = i128::from(track.timescale.max(1));
    let times: Vec<Time> = order
        .iter()
        .map(|i| Time((i128::from(samples[*i].shown - zero) * 1_000_000_000 / timescale) as i64))
        .collect();
    if times.is_empty() {
        return Err(damaged("the video has no frames".to_owned()));
    }
    let info = Arc::new(ClipInfo {
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        format: "video",
        channels: vec![ChannelInfo {
            name: "video".to_owned(),
            kind: ChannelKind::Camera,
            encoding: format!("H.264 {}x{}", track.width, track.height),
            samples: times.len(),
        }],
        range: TimeRange { start: Time(0), end: times.last().copied().unwrap_or_default() + Span(1) },
        indexed: true,
        warnings,
    });
    let stream = Stream {
        bytes,
        nal_length: usize::from(avc.avcc.length_size_minus_one) + 1,
        parameters,
        samples,
        order,
    };
    Ok(Arc::new(Video {
        path: path.to_owned(),
        info,
        times: Arc::new(times),
        stream,
        playing: Mutex::default(),
    }))
}

struct Packet {
    bytes: std::ops::Range<usize>,
    shown: i64,
    sync: bool,
}

struct Stream {
    bytes: Mmap,
    nal_length: usize,
    parameters: Vec<u8>,
    /// In the order in which they are decoded.
    samples: Vec<Packet>,
    /// Positions in `samples` in the order in which they are shown.
    order: Vec<usize>,
}

struct Video {
    path: PathBuf,
    info: Arc<ClipInfo>,
    times: Arc<Vec<Time>>,
    stream: Stream,
    playing: Mutex<[Playing; DECODERS]>,
}

/// A decoder on its way through the file.
#[derive(Default)]
struct Playing {
    decoder: Option<Decoder>,
    /// Next sample to feed, in decoding order.
    next_sample: usize,
    /// Index in shown order of the next frame that comes out.
    next_frame: usize,
    /// Frames that came out, oldest first.
    kept: Vec<(usize, Image)>,
    /// Counts requests; the decoder that was not needed for the longest time starts anew.
    used: u64,
}

/// One for the person who plays and one for the model that answers along the recording: sharing one, each
/// would send the other back to its key frame.
const DECODERS: usize = 2;

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

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        if channel.0 > 0 || index >= self.times.len() {
            return Err(ClipError::Missing { channel: channel.0, index, path: self.path.clone() });
        }
        let mut playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        self.stream.frame(&mut playing, index).map(Sample::Image).map_err(|problem| ClipError::Sample {
            channel: "video".to_owned(),
            index,
            problem,
            path: self.path.clone(),
        })
    }
}

impl Stream {
    fn frame(&self, decoders: &mut [Playing; DECODERS], index: usize) -> Result<Image, String> {
        let now = decoders.iter().map(|playing| playing.used).max().unwrap_or(0) + 1;
        for playing in decoders.iter_mut() {
            if let Some((_, image)) = playing.kept.iter().find(|(at, _)| *at == index) {
                playing.used = now;
                return Ok(image.clone());
            }
        }
        let sync = self.sync_before(index);
        let first = self.shown_index(sync);
        let goes_on = |playing: &Playing| {
            playing.decoder.is_some() && playing.next_frame <= index && playing.next_frame >= first
        };
        // The one that is closest before the frame, else the one that rested longest.
        let best = (0..DECODERS)
            .filter(|i| goes_on(&decoders[*i]))
            .max_by_key(|i| decoders[*i].next_frame)
            .or_else(|| (0..DECODERS).min_by_key(|i| decoders[*i].used))
            .unwrap_or(0);
        let playing = &mut decoders[best];
        playing.used = now;
        if !goes_on(playing) {
            let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
            let decoder = Decoder::with_api_config(OpenH264API::from_source(), config)
                .map_err(|err| err.to_string())?;
            playing.decoder = Some(decoder);
            playing.next_sample = sync;
            playing.next_frame = first;
        }
        let mut problem = None;
        while playing.next_frame <= index {
            let Some(decoder) = &mut playing.decoder else { return Err("the decoder is gone".to_owned()) };
            let Some(packet) = self.samples.get(playing.next_sample) else {
                let rest = decoder.flush_remaining().map_err(|err| err.to_string())?;
                let images: Vec<Image> = rest.iter().filter_map(rgb).collect();
                playing.decoder = None;
                for image in images {
                    playing.keep(image);
                }
                break;
            };
            let data = self.annex_b(packet, playing.next_sample == sync);
            playing.next_sample += 1;
            match decoder.decode(&data) {
                // On the way to a far frame only the last ones before it are worth their colors.
                Ok(Some(_)) if playing.next_frame + KEPT_BEFORE < index => playing.next_frame += 1,
                Ok(Some(yuv)) => {
                    let image = rgb(&yuv).ok_or("the frame has no pixels")?;
                    playing.keep(image);
                }
                Ok(None) => {}
                Err(err) => problem = Some(err.to_string()),
            }
        }
        let found = playing.kept.iter().find(|(at, _)| *at == index).map(|(_, image)| image.clone());
        found.ok_or_else(|| problem.unwrap_or_else(|| "the decoder gave no picture".to_owned()))
    }

    /// The sample to start decoding at so that frame `index` comes out.
    fn sync_before(&self, index: usize) -> usize {
        let target = self.order.get(index).copied().unwrap_or(0);
        (0..=target).rev().find(|i| self.samples[*i].sync).unwrap_or(0)
    }

    fn shown_index(&self, sample: usize) -> usize {
        self.order.iter().position(|i| *i == sample).unwrap_or(0)
    }

    /// The packet with start codes instead of lengths.
    fn annex_b(&self, packet: &Packet, with_parameters: bool) -> Vec<u8> {
        let mut data = if with_parameters { self.parameters.clone() } else { Vec::new() };
        let mut rest = self.bytes.get(packet.bytes.clone()).unwrap_or_default();
        while let Some((length, after)) = rest.split_at_checked(self.nal_length) {
            let length = length.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte)).min(after.len());
            data.extend([0, 0, 0, 1]);
            data.extend(&after[..length]);
            rest = &after[length..];
        }
        data
    }
}

impl Playing {
    fn keep(&mut self, image: Image) {
        let bytes = image.pixels().len();
        let most = (BYTES_KEPT / bytes.max(1)).max(2);
        while self.kept.len() >= most {
            self.kept.remove(0);
        }
        self.kept.retain(|(at, _)| *at != self.next_frame);
        self.kept.push((self.next_frame, image));
        self.next_frame += 1;
    }
}

fn rgb(yuv: &DecodedYUV<'_>) -> Option<Image> {
    let (width, height) = yuv.dimensions();
    let mut pixels = vec![0; width * height * 3];
    yuv.write_rgb8(&mut pixels);
    Image::from_rgb(width as u32, height as u32, pixels)
}
