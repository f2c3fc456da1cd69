//! Videos in Matroska and `WebM`.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use matroska_demuxer::{Frame, MatroskaFile, TrackType};
use memmap2::Mmap;

use super::stream::{Packet, Stream, avc_configuration};
use super::{Codec, Opened, Patient};

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

pub(super) fn open(bytes: Mmap) -> Result<Opened, String> {
    let at = Arc::new(AtomicUsize::new(0));
    let reader = Placed { bytes: Patient::new(&bytes), at: Arc::clone(&at) };
    let mut file = MatroskaFile::open(reader).map_err(|err| format!("the video cannot be read ({err})"))?;
    let track = file.tracks().iter().find(|track| track.track_type() == TrackType::Video);
    let track = track.ok_or("the file has no video track")?;
    let (number, codec) = (track.track_number().get(), track.codec_id().to_owned());
    let size = track.video().map(|v| (v.pixel_width().get() as u32, v.pixel_height().get() as u32));
    let configuration = track.codec_private().and_then(avc_configuration);
    let (codec, (nal_length, parameters)) = match (codec.as_str(), configuration) {
        ("V_MPEG4/ISO/AVC", Some(configuration)) => (Codec::H264, configuration),
        ("V_MJPEG", _) => (Codec::Jpeg, (0, Vec::new())),
        (other, _) => return Ok(Opened::Other(other.trim_start_matches("V_").to_owned())),
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
        let Some(range) = place else { return Ok(Opened::Other("frames in laces".to_owned())) };
        let sync = frame.is_keyframe.unwrap_or(packets.is_empty());
        packets.push(Packet { bytes: range, shown: frame.timestamp as i64, sync });
    }
    drop(file);
    let stream = Stream::new(bytes, nal_length, parameters, packets);
    Ok(Opened::Packets { stream, codec, scale, size: size.unwrap_or_default(), lost })
}
