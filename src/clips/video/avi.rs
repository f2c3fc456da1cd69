//! Videos in AVI: RIFF chunks, one for each frame, at a constant rate.
//!
//! Format: Microsoft, "AVI RIFF File Reference", with the extensions of `OpenDML` for files above 1 GB. Its own
//! indexes are not used: the chunks can be walked, also in a truncated file.

use std::ops::Range;

use memmap2::Mmap;

use super::h264::is_idr;
use super::stream::{Packet, Stream};
use super::{Codec, Opened};

/// The first video stream of the file.
struct Video {
    /// Stream number, two digits at the beginning of its chunk ids.
    number: usize,
    codec: [u8; 4],
    /// Frames in `rate / scale` of a second.
    scale: u32,
    rate: u32,
    size: (u32, u32),
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

pub(super) fn open(bytes: Mmap) -> Result<Opened, String> {
    let video = header(&bytes).ok_or("the file has no video stream header")?;
    let (mut packets, mut seen) = (Vec::new(), 0_i64);
    let own = |name: &[u8; 4]| {
        name.get(..2).is_some_and(|digits| digits == format!("{:02}", video.number).as_bytes())
            && matches!(name.get(2..), Some(b"dc" | b"db"))
    };
    let h264 = [b"H264", b"h264", b"X264", b"x264", b"avc1", b"AVC1"].contains(&&video.codec);
    for (name, part) in chunks(&bytes, 0..bytes.len()).filter(|(name, _)| name == b"RIFF") {
        debug_assert_eq!(&name, b"RIFF");
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
                        let data = bytes.get(range.clone()).unwrap_or_default();
                        packets.push(Packet { sync: !h264 || is_idr(data), bytes: range, shown: seen });
                    }
                    seen += 1;
                }
            }
        }
    }
    let codec = match &video.codec {
        _ if h264 => Codec::H264,
        b"MJPG" | b"mjpg" => Codec::Jpeg,
        other => return Ok(Opened::Other(String::from_utf8_lossy(other).trim().to_owned())),
    };
    let scale = (u64::from(video.scale.max(1)), u64::from(video.rate.max(1)));
    Ok(Opened::Packets {
        stream: Stream::new(bytes, 0, Vec::new(), packets),
        codec,
        scale,
        size: video.size,
        lost: 0,
    })
}

/// Chunks with those of `rec ` lists among them.
fn flat<'a>(bytes: &'a [u8], frames: Chunks<'a>) -> impl Iterator<Item = ([u8; 4], Range<usize>)> {
    frames.flat_map(move |(name, range)| {
        let inner = if name == *b"LIST" { list(bytes, &range, b"rec ") } else { None };
        let own = inner.is_none().then_some((name, range));
        inner.into_iter().flatten().chain(own)
    })
}

fn header(bytes: &[u8]) -> Option<Video> {
    let (name, riff) = chunks(bytes, 0..bytes.len()).next()?;
    let inside = if &name == b"RIFF" { list(bytes, &riff, b"AVI ")? } else { return None };
    let headers =
        inside.filter(|(name, _)| name == b"LIST").find_map(|(_, range)| list(bytes, &range, b"hdrl"))?;
    let u32_at = |at: usize| -> Option<u32> {
        bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
    };
    let streams = headers.filter(|(name, _)| name == b"LIST");
    for (number, (_, range)) in streams.filter(|(_, range)| list(bytes, range, b"strl").is_some()).enumerate()
    {
        let parts: Vec<_> = list(bytes, &range, b"strl")?.collect();
        let part =
            |wanted: &[u8; 4]| parts.iter().find(|(name, _)| name == wanted).map(|(_, range)| range.start);
        let (Some(head), Some(format)) = (part(b"strh"), part(b"strf")) else { continue };
        if bytes.get(head..head + 4) != Some(b"vids") {
            continue;
        }
        return Some(Video {
            number,
            codec: bytes.get(format + 16..format + 20)?.try_into().ok()?,
            scale: u32_at(head + 20)?,
            rate: u32_at(head + 24)?,
            size: (u32_at(format + 4)?, u32_at(format + 8)?),
        });
    }
    None
}
