//! The ffmpeg of the user's machine, found through PATH, for what is not decoded here.
//!
//! Pixels come through one pipe, and through another the number and the time of each frame, and what the decoder says is
//! damaged: a frame that it made up from others is not taken.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::Codec;
use crate::clips::video::error::{INSTALL, VideoError};
use crate::data::image::Image;

/// Most frames that a decoder keeps back to bring them into display order.
pub(super) const LONGEST_DELAY: usize = 17;

/// Version of the installed ffmpeg, major and minor; a build without a number counts as new. `None` if `ffmpeg` or
/// `ffprobe` cannot be started.
fn version() -> Option<(u32, u32)> {
    static VERSION: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *VERSION.get_or_init(|| {
        let mut said = ["ffprobe", "ffmpeg"].into_iter().map(|name| {
            let output = Command::new(name).arg("-version").stdin(Stdio::null()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        });
        said.next()??;
        let said = said.next()??;
        let number = said.strip_prefix("ffmpeg version ")?.trim_start_matches('n');
        let mut parts = number.split(['.', '-', ' ']).map(str::parse::<u32>);
        match (parts.next(), parts.next()) {
            // Builds of a day are named after their commit.
            (Some(Ok(major)), Some(Ok(minor))) if major < 100 => Some((major, minor)),
            (Some(Ok(major)), _) if major < 100 => Some((major, 0)),
            _ => Some((u32::MAX, 0)),
        }
    })
}

/// True if both programs can be started.
pub(in crate::clips) fn installed() -> bool {
    version().is_some()
}

/// A decoded frame.
pub(super) struct Frame {
    /// Presentation time in units of the stream.
    pub(super) time: Option<i64>,
    /// The image, or what is wrong with it.
    pub(super) image: Result<Image, VideoError>,
}

/// A run of ffmpeg.
pub(super) struct Run {
    /// Arguments up to and including the input.
    pub(super) input: Vec<OsString>,
    /// Stream of the input.
    pub(super) stream: String,
    /// Time in units of the stream of the first wanted frame; all frames if `None`.
    pub(super) from: Option<i64>,
    /// Maximum number of frames.
    pub(super) count: Option<usize>,
    /// Frames that the decoder keeps back before it shows them.
    pub(super) delay: usize,
    /// True if chroma belongs to the left one of two pixels, false for the middle.
    pub(super) chroma_left: bool,
}

impl Run {
    /// Decodes frames and hands each on; stops when `take` returns false.
    pub(super) fn frames(&self, data: &[u8], mut take: impl FnMut(Frame) -> bool) -> Result<(), VideoError> {
        let started = |err: std::io::Error| {
            VideoError::decoder(format!("ffmpeg is needed but cannot be started ({err}), {INSTALL}"))
        };
        let mut child = self.command().spawn().map_err(started)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (sender, said) = channel();
        let problem = std::thread::scope(|scope| {
            scope.spawn(move || {
                // It stops reading when it has enough.
                if let Some(mut stdin) = stdin
                    && let Err(err) = stdin.write_all(data)
                {
                    log::debug!("ffmpeg read {err}");
                }
            });
            scope.spawn(move || {
                if let Some(stderr) = stderr {
                    listen(BufReader::new(stderr), &sender);
                }
            });
            let mut pixels = BufReader::with_capacity(1 << 20, stdout?);
            let problem = self.gather(&said, &mut pixels, &mut take);
            end(&mut child);
            problem
        });
        end(&mut child);
        problem.map_or(Ok(()), Err)
    }

    /// Reads the pixels of each frame that is said to come; the result is a sentence if there was none.
    fn gather(
        &self,
        said: &Receiver<Said>,
        pixels: &mut impl Read,
        take: &mut impl FnMut(Frame) -> bool,
    ) -> Option<VideoError> {
        let (mut any, mut problem): (bool, Option<String>) = (false, None);
        // Frames since the last complaint; frames that depend on a damaged one are damaged too.
        let mut clean = usize::MAX;
        for said in said {
            match said {
                Said::Problem(text) => {
                    problem = Some(text);
                    clean = 0;
                }
                Said::Frame { time, size, key } => {
                    let bytes = (size.0 as usize).checked_mul(size.1 as usize)?.checked_mul(3)?;
                    let mut rgb = vec![0; bytes];
                    if pixels.read_exact(&mut rgb).is_err() {
                        break;
                    }
                    any = true;
                    if key && clean > self.delay {
                        clean = usize::MAX;
                    }
                    let image = if clean == usize::MAX {
                        Image::from_rgb(size.0, size.1, rgb)
                            .ok_or_else(|| VideoError::decoder("the frame has no pixels"))
                    } else {
                        clean += 1;
                        let reason = problem.as_deref().unwrap_or_default();
                        Err(VideoError::decoder(format!(
                            "the video is damaged here, this frame or one that it depends on cannot be decoded (ffmpeg: {reason})"
                        )))
                    };
                    if !take(Frame { time, image }) {
                        return None;
                    }
                }
            }
        }
        let reason = || problem.unwrap_or_else(|| "no reason given".to_owned());
        (!any).then(|| VideoError::decoder(format!("ffmpeg decodes no frame here ({})", reason())))
    }

    fn command(&self) -> Command {
        let version = version().unwrap_or((u32::MAX, 0));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "level+info", "-hide_banner", "-nostats", "-nostdin", "-noautorotate", "-copyts"]);
        // Threads by frame would report damage out of order.
        ffmpeg.args(["-thread_type", "slice"]);
        // Some encoders store a checksum of each frame: damage that still decodes is found by it alone.
        ffmpeg.args(["-err_detect", "crccheck"]).args(&self.input).args(["-map", &self.stream]);
        let wanted = self.from.map(|time| format!("select=gte(pts\\,{time}),")).unwrap_or_default();
        // Colors of interlaced frames belong to their fields. The filter does not know by itself where chroma lies.
        let chroma = if self.chroma_left { ":in_h_chr_pos=0" } else { "" };
        let colors = format!("scale=flags=bicubic:interl=-1{chroma},format=rgb24");
        ffmpeg.args(["-vf", &format!("{wanted}{colors},showinfo")]);
        if let Some(count) = self.count {
            ffmpeg.args(["-frames:v", &count.to_string()]);
        }
        ffmpeg.args(if version >= (5, 1) { ["-fps_mode", "passthrough"] } else { ["-vsync", "passthrough"] });
        // The size may change in the middle.
        if version >= (4, 4) {
            ffmpeg.args(["-autoscale", "0"]);
        }
        ffmpeg.args(["-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"]);
        ffmpeg.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        ffmpeg
    }
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    if let Err(err) = child.kill().and_then(|()| child.wait().map(drop)) {
        log::debug!("ffmpeg: {err}");
    }
}

/// A line of ffmpeg.
enum Said {
    Frame { time: Option<i64>, size: (u32, u32), key: bool },
    Problem(String),
}

fn listen(lines: BufReader<impl Read>, sender: &Sender<Said>) {
    for line in lines.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if let Some(said) = understood(line.trim()) {
            // Where nobody listens ffmpeg has to be able to write all the same.
            drop(sender.send(said));
        }
    }
}

fn understood(line: &str) -> Option<Said> {
    let (context, rest) = if line.starts_with('[') && line.contains(" @ ") {
        line.split_once("] ").unwrap_or(("", line))
    } else {
        ("", line)
    };
    if let Some(text) = rest.strip_prefix("[error] ").or_else(|| rest.strip_prefix("[fatal] ")) {
        // Complaints about the output, and about notes of the camera beside the pixels, are none about the frame.
        let harmless = context.starts_with("[rawvideo") || text.contains("APP fields");
        return (!harmless).then(|| Said::Problem(text.trim().to_owned()));
    }
    if !context.starts_with("[Parsed_showinfo") {
        return None;
    }
    let value = |name: &str| {
        let mut words = rest.split_whitespace();
        words
            .find_map(|word| word.strip_prefix(name))
            .map(|value| if value.is_empty() { words.next().unwrap_or("") } else { value })
    };
    let size = value("s:")?.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)))?;
    Some(Said::Frame { time: value("pts:")?.parse().ok(), size, key: value("iskey:") == Some("1") })
}

/// Decodes packets from a key frame on; each image comes with the position of its packet.
pub(in crate::clips) fn decode(codec: Codec, packets: &[Vec<u8>]) -> Result<Vec<(usize, Image)>, VideoError> {
    let fourcc = match codec {
        Codec::H264 => b"H264",
        Codec::H265 => b"HEVC",
        Codec::Av1 => b"AV01",
        Codec::Vp9 => b"VP90",
        Codec::Jpeg => b"MJPG",
    };
    // The container has no name for H.265.
    let decoder: &[&str] = if codec == Codec::H265 { &["-c:v", "hevc"] } else { &[] };
    let input = decoder.iter().chain(&["-f", "ivf", "-i", "pipe:0"]).map(OsString::from).collect();
    let chroma_left = matches!(codec, Codec::H264 | Codec::H265);
    let run = Run { input, stream: "0:v:0".to_owned(), from: None, count: None, delay: 0, chroma_left };
    let (mut images, mut problem, mut last) = (Vec::new(), None, -1);
    run.frames(&ivf(*fourcc, packets), |frame| {
        let time = frame.time.unwrap_or(last);
        if time <= last {
            problem = Some(VideoError::decoder("the packets are not in display order"));
            return false;
        }
        last = time;
        match frame.image {
            Ok(image) => images.push((time as usize, image)),
            Err(err) => problem = Some(err),
        }
        true
    })?;
    match problem {
        Some(problem) if images.is_empty() => Err(problem),
        _ => Ok(images),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_frames_and_problems() {
        let line = "[Parsed_showinfo_3 @ 0x55] [info] n:   0 pts:      3 pts_time:0.1     pos:     1705 fmt:rgb24 sar:1/1 s:64x48 i:P iskey:1 type:B";
        let Some(Said::Frame { time, size, key }) = understood(line) else { unreachable!("a frame") };
        assert_eq!((time, size, key), (Some(3), (64, 48), true));
        let unknown = line.replace("pts:      3", "pts: NOPTS");
        assert!(matches!(understood(&unknown), Some(Said::Frame { time: None, .. })));
        assert!(
            matches!(understood("[h264 @ 0x1] [error] no frame!"), Some(Said::Problem(text)) if text == "no frame!")
        );
        assert!(matches!(understood("[error] Error while decoding stream #0:0"), Some(Said::Problem(_))));
        for line in [
            "[rawvideo @ 0x1] [error] non monotonically increasing dts",
            "[info] Stream #0:0: Video: h264, s:1x1",
            "",
        ] {
            assert!(understood(line).is_none(), "{line}");
        }
    }
}
