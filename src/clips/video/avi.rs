//! Videos in AVI: RIFF chunks, one for each frame, at a constant rate.
//!
//! Format: Microsoft, "AVI RIFF File Reference", with the extensions of `OpenDML` for files above 1 GB. Its own
//! indexes are not used: the chunks can be walked, also in a truncated file.

use std::ops::Range;

use memmap2::Mmap;

use super::stream::{Contents, Packet, Stream};
use super::{Codec, Opened, Track};
use crate::clips::video::error::{NotDecoded, VideoError};
use crate::data::orientation::Orientation;

/// The first video stream of the file.
struct Video {
    /// Stream number, two digits at the beginning of its chunk ids.
    number: usize,
    codec: [u8; 4],
    /// Frames in `rate / scale` of a second.
    scale: u32,
    rate: u32,
    size: (u32, u32),
    /// Number of further video streams.
    others: usize,
    /// Declared number of frames; zero while the recorder runs.
    frames: u32,
}

/// Chunks inside of a list or file: name and bytes. A truncated last one is left out.
struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl Iterator for Chunks<'_> {
    type Item = ([u8; 4], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.bytes.get(self.at..self.at.checked_add(8)?)?;
        let name: [u8; 4] = head.get(..4)?.try_into().ok()?;
        let size = u32::from_le_bytes(head.get(4..8)?.try_into().ok()?) as usize;
        let start = self.at + 8;
        let end = start.checked_add(size)?;
        // Lists that are still open when the recorder dies have no size yet.
        let lists = [*b"RIFF", *b"LIST"].contains(&name);
        let end = if lists && (size == 0 || end > self.end) { self.end } else { end };
        if start > self.end || end > self.end {
            return None;
        }
        self.at = end + end % 2;
        Some((name, start..end))
    }
}

fn chunks(bytes: &[u8], range: Range<usize>) -> Chunks<'_> {
    Chunks { bytes, at: range.start, end: range.end.min(bytes.len()) }
}

/// The chunks in a list after its name.
fn list<'a>(bytes: &'a [u8], range: &Range<usize>, wanted: &[u8]) -> Option<Chunks<'a>> {
    (bytes.get(range.start..range.start + 4)? == wanted).then(|| chunks(bytes, range.start + 4..range.end))
}

pub(super) fn open(bytes: Mmap) -> Result<Opened, VideoError> {
    let video = header(&bytes)?;
    let (mut packets, mut seen) = (Vec::new(), 0_i64);
    let own = |name: &[u8; 4]| {
        name.get(..2).is_some_and(|digits| digits == format!("{:02}", video.number).as_bytes())
            && matches!(name.get(2..), Some(b"dc" | b"db"))
    };
    for (_, part) in chunks(&bytes, 0..bytes.len()).filter(|(name, _)| name == b"RIFF") {
        let Some(inside) =
            bytes.get(part.start..part.start + 4).map(|_| chunks(&bytes, part.start + 4..part.end))
        else {
            continue;
        };
        for (_, movie) in inside.filter(|(name, _)| name == b"LIST") {
            let Some(frames) = list(&bytes, &movie, b"movi") else { continue };
            for (name, range) in flat(&bytes, frames) {
                if own(&name) {
                    // An empty chunk repeats the frame before it.
                    if !range.is_empty() {
                        packets.push(Packet { bytes: range, shown: seen, sync: true });
                    }
                    seen += 1;
                }
            }
        }
    }
    let codec = match &video.codec {
        b"H264" | b"h264" | b"X264" | b"x264" | b"avc1" | b"AVC1" => Codec::H264,
        b"MJPG" | b"mjpg" => Codec::Jpeg,
        // Rows of pixels have no name.
        [0, 0, 0, 0] | b"DIB " => return Ok(Opened::Other(NotDecoded::new("uncompressed video"))),
        other => return Ok(Opened::Other(NotDecoded::new(String::from_utf8_lossy(other).trim()))),
    };
    let track = Track {
        codec,
        scale: (u64::from(video.scale.max(1)), u64::from(video.rate.max(1))),
        size: video.size,
        aspect: None,
        orientation: Some(Orientation::Upright),
        lost: usize::try_from(i64::from(video.frames) - seen).unwrap_or(0),
        others: video.others,
        timed: false,
    };
    let contents = Contents { packets, ..Contents::default() };
    Ok(Opened::Packets(Stream::new(bytes, contents), Box::new(track)))
}

/// Chunks with those of `rec ` lists among them.
fn flat<'a>(bytes: &'a [u8], frames: Chunks<'a>) -> impl Iterator<Item = ([u8; 4], Range<usize>)> {
    frames.flat_map(move |(name, range)| {
        let inner = if name == *b"LIST" { list(bytes, &range, b"rec ") } else { None };
        let own = inner.is_none().then_some((name, range));
        inner.into_iter().flatten().chain(own)
    })
}

/// The first video stream.
fn header(bytes: &[u8]) -> Result<Video, VideoError> {
    let missing = || VideoError::container("the file has no header of its streams");
    let (_, riff) = chunks(bytes, 0..bytes.len()).next().ok_or_else(missing)?;
    let mut inside = list(bytes, &riff, b"AVI ").ok_or_else(missing)?;
    let headers = inside.find_map(|(_, range)| list(bytes, &range, b"hdrl")).ok_or_else(missing)?;
    let streams: Vec<_> = headers.filter_map(|(_, range)| list(bytes, &range, b"strl")).collect();
    let (mut videos, mut audio) = (Vec::new(), false);
    for (number, stream) in streams.into_iter().enumerate() {
        let parts: Vec<_> = stream.collect();
        let part =
            |wanted: &[u8; 4]| parts.iter().find(|(name, _)| name == wanted).map(|(_, range)| range.start);
        let (Some(head), Some(format)) = (part(b"strh"), part(b"strf")) else { continue };
        match bytes.get(head..head + 4) {
            Some(b"vids") => videos.extend(stream_header(bytes, number, head, format)),
            Some(b"auds") => audio = true,
            _ => {}
        }
    }
    let others = videos.len().saturating_sub(1);
    let missing = || {
        if audio { VideoError::OnlyAudio } else { VideoError::container("the file has no video stream") }
    };
    let first = videos.into_iter().next().ok_or_else(missing)?;
    Ok(Video { others, ..first })
}

fn stream_header(bytes: &[u8], number: usize, head: usize, format: usize) -> Option<Video> {
    let u32_at = |at: usize| -> Option<u32> {
        bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
    };
    Some(Video {
        number,
        codec: bytes.get(format + 16..format + 20)?.try_into().ok()?,
        scale: u32_at(head + 20)?,
        rate: u32_at(head + 24)?,
        // Rows from the top have a negative height.
        size: (u32_at(format + 4)?, u32_at(format + 8)?.cast_signed().unsigned_abs()),
        others: 0,
        frames: u32_at(head + 32)?,
    })
}
