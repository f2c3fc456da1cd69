//! Videos in Matroska and `WebM`.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use matroska_demuxer::{
    Colour, Frame, MatrixCoefficients, MatroskaFile, Range as ColorRange, TrackEntry, TrackType, Video,
};
use memmap2::Mmap;

use super::colors::Colors;
use super::stream::{Contents, Packet, Stream, avc_configuration};
use super::{Codec, Opened, Patient, Track};
use crate::clips::video::error::{NotDecoded, VideoError};
use crate::data::orientation::Orientation;

/// A reader with a position that others can read: the library returns frames without their positions.
struct Placed<'a> {
    bytes: Patient<'a>,
    at: Arc<AtomicUsize>,
}

impl Read for Placed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        self.at.store(self.bytes.bytes.position() as usize, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Placed<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = self.bytes.seek(to)?;
        self.at.store(at as usize, Ordering::Relaxed);
        Ok(at)
    }
}

/// Bytes of a block's group after its frame.
const SAID_AFTER: usize = 64;

pub(super) fn open(bytes: Mmap) -> Result<Opened, VideoError> {
    let at = Arc::new(AtomicUsize::new(0));
    let reader = Placed { bytes: Patient::new(&bytes), at: Arc::clone(&at) };
    let mut file = MatroskaFile::open(reader)
        .map_err(|err| VideoError::container(format!("the video cannot be read ({err})")))?;
    let is = |kind: TrackType| move |track: &&TrackEntry| track.track_type() == kind;
    let mut videos = file.tracks().iter().filter(is(TrackType::Video));
    let Some(track) = videos.next() else {
        let audio = file.tracks().iter().any(|track| is(TrackType::Audio)(&track));
        return Err(if audio {
            VideoError::OnlyAudio
        } else {
            VideoError::container("the file has no video track")
        });
    };
    let others = videos.count();
    let declared = track.video().and_then(Video::colour).map(colors).unwrap_or_default();
    let (number, codec) = (track.track_number().get(), track.codec_id().to_owned());
    let size = track.video().map(|v| (v.pixel_width().get() as u32, v.pixel_height().get() as u32));
    let configuration = track.codec_private().and_then(avc_configuration);
    let (codec, (nal_length, parameters)) = match (codec.as_str(), configuration) {
        ("V_MPEG4/ISO/AVC", Some(configuration)) => (Codec::H264, configuration),
        ("V_MJPEG", _) => (Codec::Jpeg, (0, Vec::new())),
        (other, _) => return Ok(Opened::Other(NotDecoded::new(other.trim_start_matches("V_")))),
    };
    let scale = (file.info().timestamp_scale().get(), 1_000_000_000);
    let mut frame = Frame::default();
    let (mut packets, mut lost) = (Vec::new(), 0);
    loop {
        match file.next_frame(&mut frame) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => {
                lost += 1;
                break;
            }
        }
        if frame.track != number {
            continue;
        }
        // Block properties may follow the block.
        let end = at.load(Ordering::Relaxed);
        let ends = (end.saturating_sub(SAID_AFTER)..=end).rev();
        let place = ends.map(|end| end.saturating_sub(frame.data.len())..end);
        let place = place.into_iter().find(|range| bytes.get(range.clone()) == Some(&frame.data[..]));
        // Several frames in one block: rare for video.
        let Some(range) = place else { return Ok(Opened::Other(NotDecoded::new("frames in laces"))) };
        let sync = frame.is_keyframe.unwrap_or(packets.is_empty());
        packets.push(Packet { bytes: range, shown: frame.timestamp as i64, sync });
    }
    drop(file);
    let orientation = orientation(&bytes);
    let contents = Contents { packets, nal_length, parameters, shown: None, colors: declared };
    let track = Track {
        codec,
        scale,
        size: size.unwrap_or_default(),
        aspect: None,
        orientation,
        lost,
        others,
        timed: true,
    };
    Ok(Opened::Packets(Stream::new(bytes, contents), Box::new(track)))
}

fn colors(stated: &Colour) -> Colors {
    let full = stated.range().and_then(|range| match range {
        ColorRange::Full => Some(true),
        ColorRange::Broadcast => Some(false),
        ColorRange::Unknown | ColorRange::Defined => None,
    });
    let matrix = stated.matrix_coefficients().and_then(|matrix| match matrix {
        MatrixCoefficients::Unknown => None,
        MatrixCoefficients::Identity => Some(0),
        MatrixCoefficients::Bt709 => Some(1),
        MatrixCoefficients::Fcc73682 => Some(4),
        MatrixCoefficients::Bt470bg => Some(5),
        MatrixCoefficients::Smpte170 => Some(6),
        MatrixCoefficients::Smpte240 => Some(7),
        MatrixCoefficients::YCoCg => Some(8),
        MatrixCoefficients::Bt2020Ncl => Some(9),
        MatrixCoefficients::Bt2020Cl => Some(10),
        MatrixCoefficients::SmpteSt2085 => Some(11),
        MatrixCoefficients::ChromaDerivedNcl => Some(12),
        MatrixCoefficients::ChromaDerivedCl => Some(13),
        MatrixCoefficients::Bt2100 => Some(14),
    });
    Colors { full, matrix }
}

/// Orientation by the projection of the first video track; `None` if it is turned by other than right angles.
pub(super) fn orientation(bytes: &[u8]) -> Option<Orientation> {
    /// Ids of the elements from the file down to the projection.
    const PATH: [u32; 5] = [0x1853_8067, 0x1654_AE6B, 0xAE, 0xE0, 0x7670];
    let mut found = Vec::new();
    walk(bytes, &PATH, &mut |projection| found.push(projection));
    let value = |projection: &[u8], wanted: u32| {
        let content = elements(projection).find(|(id, _)| *id == wanted)?.1;
        match content.len() {
            4 => content.first_chunk().map(|four| f64::from(f32::from_be_bytes(*four))),
            8 => content.first_chunk().map(|eight| f64::from_be_bytes(*eight)),
            _ => None,
        }
    };
    let Some(projection) = found.first() else { return Some(Orientation::Upright) };
    let of = |id: u32| value(projection, id).unwrap_or(0.0);
    let (yaw, pitch, roll) = (of(0x7673), of(0x7674), of(0x7675));
    // A projection on a sphere is looked at from the inside; its frames are shown as stored.
    if elements(projection).any(|(id, content)| id == 0x7671 && content.iter().any(|byte| *byte != 0)) {
        return Some(Orientation::Upright);
    }
    let mirrored = (yaw.abs() - 180.0).abs() < 0.01;
    if pitch.abs() > 0.01 || (yaw.abs() > 0.01 && !mirrored) {
        return None;
    }
    // Roll is counterclockwise, and comes after the half turn that mirrors.
    let angle = if mirrored { -roll } else { roll }.to_radians();
    let fixed = |value: f64| (value * 65536.0).round() as i64;
    let (sin, cos) = (fixed(libm::sin(angle)), fixed(libm::cos(angle)));
    let side = if mirrored { -1 } else { 1 };
    Orientation::from_matrix(side * cos, -sin, side * sin, cos)
}

/// Calls `found` with the content of every element on a path of ids.
fn walk<'a>(bytes: &'a [u8], path: &[u32], found: &mut impl FnMut(&'a [u8])) {
    let Some((id, below)) = path.split_first() else { return found(bytes) };
    for (_, content) in elements(bytes).filter(|(own, _)| own == id) {
        walk(content, below, &mut *found);
        // Tracks come before the pixels, which need no walk.
        if *id == 0x1853_8067 {
            break;
        }
    }
}

/// Elements one after the other: id and content, cut at the end. One of unknown length reaches to the end.
fn elements(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let number = |bytes: &[u8], keep: bool| {
            let length = bytes.first()?.leading_zeros() as usize + 1;
            let digits = bytes.get(..length).filter(|_| length <= 8)?;
            let whole = digits.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            let value = whole & ((1_u64 << (7 * length)) - 1);
            let unknown = value == (1_u64 << (7 * length)) - 1;
            Some((if keep { whole } else { value }, length, unknown))
        };
        let (id, length, _) = number(rest, true)?;
        let (size, more, unknown) = number(rest.get(length..)?, false)?;
        let content = rest.get(length + more..)?;
        let size = if unknown { content.len() } else { usize::try_from(size).ok()?.min(content.len()) };
        let (content, after) = content.split_at(size);
        rest = after;
        Some((u32::try_from(id).ok()?, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
        // A length of two bytes.
        [id, &(content.len() as u16 | 0x4000).to_be_bytes(), content].concat()
    }

    fn check(yaw: f32, roll: f32, expected: Option<Orientation>) {
        let pose = [
            element(&[0x76, 0x73], &yaw.to_be_bytes()),
            element(&[0x76, 0x75], &f64::from(roll).to_be_bytes()),
        ];
        let projection = element(&[0x76, 0x70], &pose.concat());
        let video = [element(&[0xE0], &projection), element(&[0xD7], &[1])].concat();
        let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &video));
        // A segment that was never closed has no length.
        let file =
            [element(&[0x1A, 0x45, 0xDF, 0xA3], &[]), vec![0x18, 0x53, 0x80, 0x67, 0xFF], tracks].concat();
        assert_eq!(orientation(&file), expected, "{yaw} {roll}");
        for cut in 0..file.len() {
            orientation(&file[..cut]);
        }
    }

    /// As ffmpeg 7 reads them: roll is counterclockwise.
    #[test]
    fn a_projection_turns_the_frames() {
        check(0.0, 0.0, Some(Orientation::Upright));
        check(0.0, 90.0, Some(Orientation::Counterclockwise));
        check(0.0, -90.0, Some(Orientation::Clockwise));
        check(0.0, 180.0, Some(Orientation::Turned180));
        check(180.0, 0.0, Some(Orientation::Mirrored));
        check(0.0, 30.0, None);
    }
}
