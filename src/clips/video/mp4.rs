//! Videos in MP4 and MOV (ISO/IEC 14496-12, `QuickTime` File Format), also in fragments.

use std::ops::Range;

use memmap2::Mmap;

use super::boxes::{Fields, atoms, find, find_in};
use super::colors::Colors;
use super::mp4_samples::{Sample, of_fragments, of_tables};
use super::stream::{Contents, Packet, Stream, avc_configuration};
use super::{Codec, Opened, Track};
use crate::clips::video::error::{NotDecoded, VideoError};
use crate::data::orientation::Orientation;

/// Length of the fields of a visual sample entry before its boxes.
const VISUAL: usize = 78;

pub(super) fn open(bytes: Mmap) -> Result<Opened, VideoError> {
    let moov = find(&bytes, 0..bytes.len(), *b"moov");
    let moov = moov.ok_or_else(|| {
        VideoError::container("the video has no index (moov), the recording ended before it was written")
    })?;
    if find(&bytes, moov.clone(), *b"cmov").is_some() {
        return Ok(Opened::Other(NotDecoded::new("a video with a compressed index")));
    }
    let traks: Vec<Range<usize>> =
        atoms(&bytes, moov.clone()).filter(|atom| &atom.name == b"trak").map(|atom| atom.content).collect();
    let mut videos = traks.iter().filter(|trak| handler(&bytes, trak) == Some(*b"vide"));
    let Some(trak) = videos.next() else {
        let audio = traks.iter().any(|trak| handler(&bytes, trak) == Some(*b"soun"));
        return Err(if audio {
            VideoError::OnlyAudio
        } else {
            VideoError::container("the file has no video track")
        });
    };
    let others = videos.count();
    match track(&bytes, &moov, trak) {
        Ok((track, contents)) => {
            Ok(Opened::Packets(Stream::new(bytes, contents), Box::new(Track { others, ..track })))
        }
        Err(Unread::Other(what)) => Ok(Opened::Other(what)),
        Err(Unread::Encrypted) => Err(VideoError::Encrypted),
    }
}

/// Reason why a track is not decoded here.
enum Unread {
    /// Another decoder may do it; this is what the track is, as a noun.
    Other(NotDecoded),
    /// Nobody can.
    Encrypted,
}

fn handler(bytes: &[u8], trak: &Range<usize>) -> Option<[u8; 4]> {
    let hdlr = find_in(bytes, trak.clone(), &[b"mdia", b"hdlr"])?;
    bytes.get(hdlr)?.get(8..)?.first_chunk().copied()
}

fn track(bytes: &[u8], moov: &Range<usize>, trak: &Range<usize>) -> Result<(Track, Contents), Unread> {
    let other = |what: &str| Unread::Other(NotDecoded::new(what));
    let strange = || other("a video with an unusual index");
    let stbl = find_in(bytes, trak.clone(), &[b"mdia", b"minf", b"stbl"]).ok_or_else(strange)?;
    let (name, entry) = description(bytes, &stbl).ok_or_else(strange)??;
    let inside = entry.start + VISUAL..entry.end;
    let record = |name: &[u8; 4]| bytes.get(find(bytes, inside.clone(), *name)?);
    let mut contents = Contents { colors: colors(record(b"colr")), ..Contents::default() };
    let codec = match &name {
        b"avc1" | b"avc3" => {
            let configuration = record(b"avcC").and_then(avc_configuration);
            (contents.nal_length, contents.parameters) =
                configuration.ok_or_else(|| other("H.264 without parameters"))?;
            Codec::H264
        }
        // Two fields in a sample are two JPEG images.
        b"jpeg" | b"mjpg" if record(b"fiel").is_none_or(|fields| fields.first() == Some(&1)) => Codec::Jpeg,
        b"encv" | b"drmi" => {
            return Err(Unread::Encrypted);
        }
        name => return Err(Unread::Other(NotDecoded::new(String::from_utf8_lossy(name).trim()))),
    };
    let header =
        |name: &[u8; 4]| find_in(bytes, trak.clone(), &[b"mdia", name]).and_then(|range| bytes.get(range));
    let rate = header(b"mdhd").and_then(timescale).ok_or_else(strange)?;
    let (mut samples, mut lost) = of_tables(bytes, &stbl).ok_or_else(strange)?;
    if samples.is_empty() {
        let tkhd = find(bytes, trak.clone(), *b"tkhd").and_then(|range| bytes.get(range));
        of_fragments(bytes, moov, tkhd.and_then(track_id).ok_or_else(strange)?, &mut samples);
    } else {
        let movie =
            find(bytes, moov.clone(), *b"mvhd").and_then(|range| bytes.get(range)).and_then(timescale);
        contents.shown = edit(bytes, trak, (movie.unwrap_or(rate), rate)).map_err(other)?;
    }
    let all = samples.len();
    contents.packets = samples.into_iter().filter_map(|sample| packet(&sample, bytes.len())).collect();
    lost += all - contents.packets.len();
    let mut size = Fields(bytes.get(entry.start + 24..).unwrap_or_default());
    let size = (size.u16().unwrap_or(0).into(), size.u16().unwrap_or(0).into());
    let aspect = record(b"pasp").and_then(|pasp| {
        let mut fields = Fields(pasp);
        Some((fields.u32()?, fields.u32()?))
    });
    let orientation = orientation(bytes, moov, trak);
    Ok((
        Track {
            codec,
            scale: (1, rate.max(1).into()),
            size,
            aspect,
            orientation,
            lost,
            others: 0,
            timed: true,
        },
        contents,
    ))
}

/// A sample that lies in the file as a whole.
fn packet(sample: &Sample, length: usize) -> Option<Packet> {
    let (start, end) = (usize::try_from(sample.bytes.start).ok()?, usize::try_from(sample.bytes.end).ok()?);
    (end <= length).then_some(Packet { bytes: start..end, shown: sample.shown, sync: sample.sync })
}

/// Name and content of a sample description.
type Description = ([u8; 4], Range<usize>);

/// The only sample description.
fn description(bytes: &[u8], stbl: &Range<usize>) -> Option<Result<Description, Unread>> {
    let stsd = find(bytes, stbl.clone(), *b"stsd")?;
    let mut entries = atoms(bytes, stsd.start + 8..stsd.end);
    let first = entries.next()?;
    if entries.next().is_some() {
        return Some(Err(Unread::Other(NotDecoded::new("a video with several descriptions"))));
    }
    (first.content.len() >= VISUAL).then_some(Ok((first.name, first.content)))
}

/// The unit of time of `mvhd` and `mdhd`.
fn timescale(header: &[u8]) -> Option<u32> {
    let mut fields = Fields(header);
    let (version, _) = fields.version()?;
    fields.long(version)?;
    fields.long(version)?;
    fields.u32().filter(|scale| *scale > 0)
}

fn track_id(tkhd: &[u8]) -> Option<u32> {
    let mut fields = Fields(tkhd);
    let (version, _) = fields.version()?;
    fields.long(version)?;
    fields.long(version)?;
    fields.u32()
}

/// Color range and matrix of a `colr` box.
fn colors(colr: Option<&[u8]>) -> Colors {
    let read = |colr: &[u8]| {
        let mut fields = Fields(colr);
        let kind = fields.u32()?.to_be_bytes();
        fields.u16()?;
        fields.u16()?;
        let matrix = Some(fields.u16()? as u8).filter(|matrix| *matrix != 2);
        match &kind {
            b"nclx" => Some(Colors { full: fields.0.first().map(|flags| flags >> 7 == 1), matrix }),
            b"nclc" => Some(Colors { full: None, matrix }),
            _ => None,
        }
    };
    colr.and_then(read).unwrap_or_default()
}

/// The composition times that the edit list shows, in units of the track; `rates` are those of the movie and the track.
/// A later start of the whole track shifts no frame against another.
fn edit(bytes: &[u8], trak: &Range<usize>, rates: (u32, u32)) -> Result<Option<Range<i64>>, &'static str> {
    let Some(elst) = find_in(bytes, trak.clone(), &[b"edts", b"elst"]) else { return Ok(None) };
    let mut fields = Fields(bytes.get(elst).unwrap_or_default());
    let Some((version, _)) = fields.version() else { return Ok(None) };
    let count = fields.u32().unwrap_or(0);
    let mut edits = Vec::new();
    let mut entry = || {
        let (duration, start) = (fields.long(version)?, fields.long(version)?);
        let start = if version == 1 { start.cast_signed() } else { i64::from((start as u32).cast_signed()) };
        Some((duration, start, fields.u32()?))
    };
    for _ in 0..count {
        let Some((duration, start, rate)) = entry() else { break };
        if start >= 0 {
            edits.push((duration, start, rate));
        }
    }
    match edits[..] {
        [] => Ok(None),
        [(duration, start, 0x1_0000)] => {
            let (movie, track) = (u128::from(rates.0.max(1)), u128::from(rates.1));
            let length = (u128::from(duration) * track + movie / 2) / movie;
            let end = start.saturating_add(i64::try_from(length).unwrap_or(i64::MAX));
            Ok(Some(start..if duration == 0 { i64::MAX } else { end }))
        }
        _ => Err("a video with an edit list of several parts"),
    }
}

/// The matrix of the track, then that of the movie; `None` if frames are to be turned by other than right angles.
fn orientation(bytes: &[u8], moov: &Range<usize>, trak: &Range<usize>) -> Option<Orientation> {
    // Fields before the matrix: times and number of a track, its layer and volume; those of a movie are as many.
    let matrix = |range: Option<Range<usize>>, after: usize| {
        let mut fields = Fields(bytes.get(range?)?);
        let (version, _) = fields.version()?;
        fields.skip(if version == 1 { after + 12 } else { after })?;
        let mut next = || fields.i32().map(i64::from);
        let (a, b, _, c, d) = (next()?, next()?, next()?, next()?, next()?);
        Some([a, b, c, d]).filter(|matrix| matrix.iter().any(|entry| *entry != 0))
    };
    let one = [0x1_0000, 0, 0, 0x1_0000];
    let [a, b, c, d] = matrix(find(bytes, trak.clone(), *b"tkhd"), 36).unwrap_or(one);
    let [e, f, g, h] = matrix(find(bytes, moov.clone(), *b"mvhd"), 32).unwrap_or(one);
    Orientation::from_matrix(a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
}
