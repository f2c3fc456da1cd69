//! Videos that an installed ffmpeg decodes: everything but H.264 and JPEG in MP4, Matroska and AVI.
//!
//! `ffprobe` lists the packets of the file, so that frames have exact numbers and times; `ffmpeg` then decodes
//! a few frames from an exact time on. Both are programs of the user's machine, found through PATH.

use std::io::{BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::Codec;
use super::h264::BYTES_KEPT;
use crate::base::time::Time;
use crate::data::image::Image;

/// Conversion advice for messages.
pub(super) const CONVERT: &str =
    "or convert it with: ffmpeg -i INPUT -c:v libx264 -pix_fmt yuv420p OUTPUT.mp4";

/// True if the program can be started.
pub(in crate::clips) fn installed() -> bool {
    let started = |name: &str| {
        Command::new(name)
            .arg("-version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    ["ffmpeg", "ffprobe"].into_iter().all(|name| started(name).is_ok_and(|status| status.success()))
}

/// A video file decoded by ffmpeg.
pub(super) struct Film {
    path: PathBuf,
    /// Presentation time of each frame in display order, in units of the container.
    shown: Vec<i64>,
    /// Seconds of a unit: numerator and denominator.
    unit: (u64, u64),
    pub(super) codec: String,
    pub(super) size: (u32, u32),
    kept: Mutex<Vec<(usize, Image)>>,
}

impl Film {
    /// Lists the frames of a file.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let mut probe = Command::new("ffprobe");
        probe.args(["-v", "error", "-select_streams", "v:0", "-of", "compact", "-show_entries"]);
        probe.arg("stream=codec_name,width,height,time_base:packet=pts,dts").arg(path);
        let output = probe
            .stdin(Stdio::null())
            .output()
            .map_err(|err| format!("ffprobe cannot be started ({err})"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut film = Self {
            path: path.to_owned(),
            shown: Vec::new(),
            unit: (1, 1),
            codec: "an unknown codec".to_owned(),
            size: (0, 0),
            kept: Mutex::default(),
        };
        for line in text.lines() {
            let value = |wanted: &str| {
                line.split('|')
                    .find_map(|part| part.strip_prefix(wanted)?.strip_prefix('='))
                    .unwrap_or_default()
            };
            if line.starts_with("packet") {
                film.shown.extend(value("pts").parse::<i64>().or_else(|_| value("dts").parse()).ok());
            } else if line.starts_with("stream") {
                value("codec_name").clone_into(&mut film.codec);
                film.size = (value("width").parse().unwrap_or(0), value("height").parse().unwrap_or(0));
                let unit = value("time_base").split_once('/');
                film.unit =
                    unit.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?))).unwrap_or((1, 1));
            }
        }
        film.shown.sort_unstable();
        if film.shown.is_empty() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().next().unwrap_or("no reason given").trim().to_owned();
            return Err(format!("ffmpeg finds no frame in this video ({said})"));
        }
        Ok(film)
    }

    /// Presentation times of the frames, the first at zero.
    pub(super) fn times(&self) -> Vec<Time> {
        let zero = self.shown.first().copied().unwrap_or(0);
        let nanos = |units: i64| {
            i128::from(units) * 1_000_000_000 * i128::from(self.unit.0) / i128::from(self.unit.1.max(1))
        };
        self.shown.iter().map(|shown| Time(nanos(shown.saturating_sub(zero)) as i64)).collect()
    }

    /// Frame `index` in display order.
    pub(super) fn frame(&self, index: usize) -> Result<Image, String> {
        /// Number of frames before a requested frame that are decoded as well, for steps back.
        const BEFORE: usize = 8;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, image)) = kept.iter().find(|(at, _)| *at == index) {
            return Ok(image.clone());
        }
        let goes_on = index.checked_sub(1).is_some_and(|before| kept.iter().any(|(at, _)| *at == before));
        let from = if goes_on { index } else { index.saturating_sub(BEFORE) };
        let bytes = (self.size.0 as usize * self.size.1 as usize * 3).max(1);
        let count = (BYTES_KEPT / 2 / bytes).clamp(2, 32) + index - from;
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-nostdin"]);
        if let Some(before) = from.checked_sub(1) {
            // Halfway between two frames: the first decoded one is the one after.
            let middle = f64::midpoint(self.shown[before] as f64, self.shown[from] as f64);
            let secs = middle * self.unit.0 as f64 / self.unit.1.max(1) as f64;
            ffmpeg.args(["-seek_timestamp", "1", "-ss", &format!("{secs:.6}")]);
        }
        ffmpeg.arg("-i").arg(&self.path).args(["-map", "0:v:0", "-frames:v", &count.to_string()]);
        ffmpeg.args(["-fps_mode", "passthrough"]);
        let images = pictures(ffmpeg, &[])?;
        kept.truncate(count);
        kept.retain(|(at, _)| !(from..from + images.len()).contains(at));
        kept.splice(0..0, images.into_iter().enumerate().map(|(i, image)| (from + i, image)));
        let found = kept.iter().find(|(at, _)| *at == index).map(|(_, image)| image.clone());
        found.ok_or_else(|| "ffmpeg decoded no frame here, the video is damaged or truncated".to_owned())
    }
}

/// Decodes packets from a key frame on; the last images are those of the last packets.
pub(in crate::clips) fn decode(codec: Codec, packets: &[Vec<u8>]) -> Result<Vec<Image>, String> {
    let (format, stream) = match codec {
        Codec::H264 => ("h264", packets.concat()),
        Codec::H265 => ("hevc", packets.concat()),
        Codec::Av1 => ("ivf", ivf(*b"AV01", packets)),
        Codec::Vp9 => ("ivf", ivf(*b"VP90", packets)),
        Codec::Jpeg => ("mjpeg", packets.concat()),
    };
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", format, "-i", "pipe:0", "-fps_mode", "passthrough"]);
    pictures(ffmpeg, &stream)
}

/// The packets in the simplest container, one unit of time apart.
fn ivf(codec: [u8; 4], packets: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = b"DKIF\0\0\x20\0".to_vec();
    stream.extend(codec);
    // The size is in the packets too; time counts in units of 1/30 s.
    stream.extend([0, 0, 0, 0, 30, 0, 0, 0, 1, 0, 0, 0]);
    stream.extend((packets.len() as u32).to_le_bytes());
    stream.extend([0; 4]);
    for (i, packet) in packets.iter().enumerate() {
        stream.extend((packet.len() as u32).to_le_bytes());
        stream.extend((i as u64).to_le_bytes());
        stream.extend_from_slice(packet);
    }
    stream
}

/// The output of ffmpeg, as images.
fn pictures(mut ffmpeg: Command, input: &[u8]) -> Result<Vec<Image>, String> {
    ffmpeg.args(["-pix_fmt", "rgb24", "-f", "image2pipe", "-c:v", "ppm", "pipe:1"]);
    ffmpeg.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = |err: std::io::Error| format!("ffmpeg is needed but cannot be started ({err}), install it");
    let mut child = ffmpeg.spawn().map_err(started)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let images = std::thread::scope(|scope| {
        scope.spawn(move || {
            // It stops reading when it has enough.
            if let Some(mut stdin) = stdin
                && let Err(err) = stdin.write_all(input)
            {
                log::debug!("ffmpeg read {err}");
            }
        });
        let said = scope.spawn(move || {
            let mut said = String::new();
            if let Some(stderr) = stderr {
                // Its output is only for the error message below.
                stderr.take(2000).read_to_string(&mut said).unwrap_or_default();
            }
            said
        });
        let mut images = Vec::new();
        if let Some(stdout) = stdout {
            let mut stdout = BufReader::with_capacity(1 << 20, stdout);
            while let Some(image) = ppm(&mut stdout) {
                images.push(image);
            }
        }
        let said = said.join().unwrap_or_default();
        if images.is_empty() {
            let said = said.lines().next().unwrap_or("no reason given").to_owned();
            return Err(format!("ffmpeg cannot decode this ({said})"));
        }
        Ok(images)
    });
    child.wait().map_err(|err| err.to_string())?;
    images
}

/// `P6`, width, height, 255, and the pixels.
fn ppm(stream: &mut impl Read) -> Option<Image> {
    let mut word = || {
        let mut word = String::new();
        loop {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            if !byte[0].is_ascii_whitespace() {
                word.push(byte[0].into());
            } else if !word.is_empty() {
                return Some(word);
            }
        }
    };
    let (magic, width, height, _) = (word()?, word()?, word()?, word()?);
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
    let mut pixels = vec![0; bytes];
    stream.read_exact(&mut pixels).ok()?;
    if magic == "P6" { Image::from_rgb(width, height, pixels) } else { None }
}
