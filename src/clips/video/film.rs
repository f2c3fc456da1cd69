//! A video file that ffmpeg decodes. Frames are found by their presentation time, which `ffprobe` lists: a frame that
//! does not come with the expected time is no frame.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::ffmpeg::{Frame, LONGEST_DELAY, Run};
use super::h264::BYTES_KEPT;
use crate::base::time::Time;
use crate::clips::video::error::VideoError;
use crate::data::image::Image;
use crate::data::orientation::Orientation;

/// Pixels up to which a whole video is decoded to list its frames; in a larger one a packet is a frame, which is tried
/// on the first ones.
const PIXELS_LISTED: u64 = 500_000_000;

/// Packets on which it is tried.
const TRIED: usize = 64;

/// A video file decoded by ffmpeg.
pub(super) struct Film {
    path: PathBuf,
    /// Number of the stream in the file.
    stream: String,
    /// Presentation time of each frame in display order, in units of the container.
    shown: Vec<Option<i64>>,
    /// The frame of each time, if all times are known and different.
    places: Option<BTreeMap<i64, usize>>,
    /// Times of key frames, sorted.
    keys: Vec<i64>,
    /// Seconds of a unit: numerator and denominator.
    unit: (u64, u64),
    /// Frames that the decoder keeps back.
    delay: usize,
    /// True if chroma belongs to the left one of two pixels.
    chroma_left: bool,
    pub(super) codec: String,
    /// Stored size.
    pub(super) size: (u32, u32),
    /// Width and height of a pixel.
    pub(super) aspect: Option<(u32, u32)>,
    /// `None` if frames are to be turned by other than right angles.
    pub(super) orientation: Option<Orientation>,
    /// Number of further video tracks.
    pub(super) others: usize,
    /// Sentence of ffmpeg about the file, if it found damage when it listed the frames.
    pub(super) complaint: Option<String>,
    kept: Mutex<Vec<(usize, Result<Image, VideoError>)>>,
}

impl Film {
    /// Lists the frames of a file.
    pub(super) fn open(path: &Path) -> Result<Self, VideoError> {
        let (text, said) = probe(path, &["-show_streams", "-of", "json"])?;
        let streams: Value = serde_json::from_str(&text).unwrap_or_default();
        let streams = streams["streams"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is = |stream: &&Value, kind: &str| stream["codec_type"] == kind;
        let attached = |stream: &&Value| stream["disposition"]["attached_pic"] == 1;
        let mut videos = streams.iter().filter(|stream| is(stream, "video") && !attached(stream));
        let Some(stream) = videos.next() else {
            return Err(if streams.iter().any(|stream| is(&stream, "audio")) {
                VideoError::OnlyAudio
            } else {
                VideoError::container(format!("ffmpeg finds no video track in the file ({})", reason(&said)))
            });
        };
        let number = |name: &str| stream[name].as_u64().unwrap_or(0);
        let ratio = |name: &str, mark: char| {
            let (a, b) = stream[name].as_str()?.split_once(mark)?;
            Some((a.parse().ok()?, b.parse().ok()?)).filter(|(a, b): &(u64, u64)| *a > 0 && *b > 0)
        };
        let mut film = Self {
            path: path.to_owned(),
            stream: number("index").to_string(),
            shown: Vec::new(),
            places: None,
            keys: Vec::new(),
            unit: ratio("time_base", '/').unwrap_or((1, 1)),
            // A decoder that is told of none may still keep some back.
            delay: if number("has_b_frames") == 0 { 0 } else { LONGEST_DELAY },
            chroma_left: stream["chroma_location"] == "left",
            codec: stream["codec_name"].as_str().unwrap_or("an unknown codec").to_owned(),
            size: (number("width") as u32, number("height") as u32),
            aspect: ratio("sample_aspect_ratio", ':').map(|(w, h)| (w as u32, h as u32)),
            orientation: orientation(stream),
            others: videos.count(),
            complaint: None,
            kept: Mutex::default(),
        };
        film.list()?;
        film.complaint = film.complaint.or_else(|| cut_off(path));
        if film.shown.is_empty() {
            let said = film.complaint.unwrap_or(said);
            return Err(VideoError::decoder(format!(
                "ffmpeg finds no frame in this video ({})",
                reason(&said)
            )));
        }
        Ok(film)
    }

    fn list(&mut self) -> Result<(), VideoError> {
        let packets = self.rows("packet=pts,dts,flags", None)?;
        let mut times = Vec::with_capacity(packets.len());
        for packet in &packets {
            let mut fields = packet.split(',');
            let (pts, dts, flags) = (fields.next(), fields.next(), fields.next().unwrap_or(""));
            let time = pts.and_then(|pts| pts.parse::<i64>().ok());
            if flags.contains('K') {
                self.keys.extend(time.or_else(|| dts?.parse().ok()));
            }
            // The container asks to leave some frames out.
            if !flags.contains('D') {
                times.push(time);
            }
        }
        self.keys.sort_unstable();
        let pixels = u64::from(self.size.0) * u64::from(self.size.1) * packets.len() as u64;
        let reliable = times.iter().all(Option::is_some);
        times.sort_unstable();
        if reliable && pixels > PIXELS_LISTED {
            let tried = self.decoded_times(Some(TRIED))?;
            let first = tried.first().copied().flatten();
            times.retain(|time| *time >= first);
            // The last ones lack frames that are coded after them.
            let sure = tried.len().saturating_sub(LONGEST_DELAY);
            if tried.get(..sure) == times.get(..sure) && sure > 0 {
                self.shown = times;
            }
        }
        if self.shown.is_empty() {
            self.shown = self.decoded_times(None)?;
        }
        let known: Option<Vec<i64>> = self.shown.iter().copied().collect();
        let places = known.map(|known| known.into_iter().zip(0..).collect::<BTreeMap<i64, usize>>());
        self.places = places.filter(|places| places.len() == self.shown.len());
        Ok(())
    }

    /// The times of decoded frames in display order, of all packets or the first ones.
    fn decoded_times(&mut self, packets: Option<usize>) -> Result<Vec<Option<i64>>, VideoError> {
        let rows = self.rows("frame=best_effort_timestamp", packets)?;
        Ok(rows.iter().map(|row| row.split(',').next().unwrap_or("").parse().ok()).collect())
    }

    /// Values of each packet or frame, separated by commas.
    fn rows(&mut self, entries: &str, packets: Option<usize>) -> Result<Vec<String>, VideoError> {
        let stream = self.stream.clone();
        let mut options = vec!["-select_streams", &stream, "-show_entries", entries, "-of", "csv=p=0"];
        let interval = packets.map(|count| format!("%+#{count}"));
        if let Some(interval) = &interval {
            options.extend(["-read_intervals", interval]);
        }
        let (text, said) = probe(&self.path, &options)?;
        if !said.is_empty() {
            self.complaint = Some(said);
        }
        Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Presentation times of the frames, the first at zero. Frames that are not in the order of their times take these in
    /// order, and frames without a time follow at the rate of the others.
    pub(super) fn times(&self) -> Vec<Time> {
        let mut known: Vec<i64> = self.shown.iter().copied().flatten().collect();
        known.sort_unstable();
        let zero = known.first().copied().unwrap_or(0);
        let last = known.last().copied().unwrap_or(0);
        let step = (last - zero) / (known.len().max(2) as i64 - 1);
        let missing = self.shown.len() - known.len();
        known.extend((1..=missing as i64).map(|n| last.saturating_add(n.saturating_mul(step.max(1)))));
        let nanos = |units: i64| {
            i128::from(units) * 1_000_000_000 * i128::from(self.unit.0) / i128::from(self.unit.1.max(1))
        };
        known.into_iter().map(|time| Time(nanos(time.saturating_sub(zero)) as i64)).collect()
    }

    /// Frame `index` in display order, as stored.
    pub(super) fn frame(&self, index: usize) -> Result<Image, VideoError> {
        /// Number of frames before a requested frame that are decoded as well, for steps back.
        const BEFORE: usize = 8;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, image)) = kept.iter().find(|(at, _)| *at == index) {
            return image.clone();
        }
        let goes_on = index.checked_sub(1).is_some_and(|before| kept.iter().any(|(at, _)| *at == before));
        let from = if goes_on { index } else { index.saturating_sub(BEFORE) };
        let bytes = (self.size.0 as usize * self.size.1 as usize * 3).max(1);
        let count = (BYTES_KEPT / 2 / bytes).clamp(2, 32) + index - from;
        let mut problem = None;
        for start in self.starts(from) {
            let frames = match self.decode(start, from, count) {
                Ok(frames) => frames,
                Err(err) => {
                    problem = Some(err);
                    continue;
                }
            };
            let good = frames.get(&index).is_some_and(Result::is_ok);
            if let Some(Err(err)) = frames.get(&index) {
                problem = Some(err.clone());
            }
            if good {
                kept.truncate(count);
                kept.retain(|(at, _)| !frames.contains_key(at));
                kept.splice(0..0, frames);
                break;
            }
        }
        if let Some((_, image)) = kept.iter().find(|(at, _)| *at == index) {
            return image.clone();
        }
        let problem = problem.unwrap_or_else(|| {
            VideoError::decoder("ffmpeg decodes no frame here, the video is damaged or truncated")
        });
        kept.truncate(count);
        kept.insert(0, (index, Err(problem.clone())));
        Err(problem)
    }

    /// Places to start decoding at for a frame, the cheapest first: the key frame before it, an earlier one for files in
    /// which a seek ends too late, the beginning if that is not far.
    fn starts(&self, from: usize) -> Vec<Option<i64>> {
        let mut starts = Vec::new();
        let time = self.shown.get(from).copied().flatten();
        if let (Some(time), Some(_), true) = (time, &self.places, from > 0) {
            let before = self.shown.get(from - 1).copied().flatten().unwrap_or(time);
            starts.push(Some(before.midpoint(time)));
            let keys = self.keys.partition_point(|key| *key <= time);
            starts.extend(keys.checked_sub(3).and_then(|key| self.keys.get(key)).map(|key| Some(*key)));
        }
        let pixels = u64::from(self.size.0) * u64::from(self.size.1) * from as u64;
        if starts.is_empty() || pixels < PIXELS_LISTED {
            starts.push(None);
        }
        starts
    }

    /// Decodes about `count` frames from frame `from` on, starting at a time.
    fn decode(
        &self,
        start: Option<i64>,
        from: usize,
        count: usize,
    ) -> Result<BTreeMap<usize, Result<Image, VideoError>>, VideoError> {
        let mut input: Vec<OsString> = Vec::new();
        if let Some(start) = start {
            let secs = start as f64 * self.unit.0 as f64 / self.unit.1.max(1) as f64;
            let seek = ["-noaccurate_seek", "-seek_timestamp", "1", "-ss"];
            input.extend(seek.map(OsString::from));
            input.push(format!("{secs:.6}").into());
        }
        input.extend(["-i".into(), file(&self.path)]);
        let by_time = self.places.as_ref();
        let run = Run {
            input,
            stream: format!("0:{}", self.stream),
            from: by_time.and_then(|_| self.shown.get(from).copied().flatten()),
            count: by_time.map(|_| count),
            delay: self.delay,
            chroma_left: self.chroma_left,
        };
        let (mut frames, mut number) = (BTreeMap::new(), 0);
        run.frames(&[], |Frame { time, image }| {
            let place = match by_time {
                Some(places) => time.and_then(|time| places.get(&time).copied()),
                None => Some(number),
            };
            number += 1;
            if let Some(place) = place.filter(|place| *place >= from) {
                frames.insert(place, image);
            }
            frames.len() < count
        })?;
        Ok(frames)
    }
}

/// Sentence about a transport stream that ends within a packet: ffmpeg passes over the rest without a word.
fn cut_off(path: &Path) -> Option<String> {
    /// Bytes before the mark of a packet, and bytes of a packet.
    const FORMS: [(usize, u64); 3] = [(0, 188), (4, 192), (0, 204)];
    const MARK: u8 = 0x47;
    let file = std::fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut head = Vec::new();
    file.take(1024).read_to_end(&mut head).ok()?;
    let marked = |(before, size): &(usize, u64)| {
        (0..4).all(|packet| head.get(before + packet * *size as usize) == Some(&MARK))
    };
    let (_, size) = FORMS.into_iter().find(marked)?;
    (length % size != 0)
        .then(|| format!("the file ends after {} of the {size} bytes of a packet", length % size))
}

fn reason(said: &str) -> &str {
    if said.is_empty() { "no reason given" } else { said }
}

/// The path as a file, also if it looks like an address.
fn file(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}

/// Output of `ffprobe` on a file, and the first line that it complains with; empty if there is none.
fn probe(path: &Path, options: &[&str]) -> Result<(String, String), VideoError> {
    let mut ffprobe = Command::new("ffprobe");
    ffprobe.args(["-v", "error"]).args(options).arg("-i").arg(file(path)).stdin(Stdio::null());
    let output =
        ffprobe.output().map_err(|err| VideoError::decoder(format!("ffprobe cannot be started ({err})")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default().trim();
    // Its part, and an address in memory.
    let said = said
        .strip_prefix('[')
        .and_then(|said| said.split_once("] "))
        .map_or(said, |(_, said)| said)
        .to_owned();
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), said))
}

/// The display matrix of a stream: lines of a position and three numbers.
fn orientation(stream: &Value) -> Option<Orientation> {
    let data = stream["side_data_list"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(matrix) = data.iter().find_map(|data| data["displaymatrix"].as_str()) else {
        return Some(Orientation::Upright);
    };
    let mut rows = matrix.lines().filter_map(|line| line.split_once(':')).map(|(_, row)| {
        let mut numbers = row.split_whitespace().map(str::parse::<i64>);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    });
    let ((a, b), (c, d)) = (rows.next()??, rows.next()??);
    Orientation::from_matrix(a, b, c, d)
}
