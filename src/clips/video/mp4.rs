//! Videos in MP4 and MOV.

use memmap2::Mmap;
use re_mp4::{StsdBoxContent, TrackKind};

use super::stream::{Packet, Stream};
use super::{Codec, Opened, Patient};

pub(super) fn open(bytes: Mmap) -> Result<Opened, String> {
    let mp4 = re_mp4::Mp4::read(Patient::new(&bytes), bytes.len() as u64)
        .map_err(|err| format!("the video cannot be read ({err}), it may be truncated before its index"))?;
    let track = mp4
        .tracks()
        .values()
        .find(|track| track.kind == Some(TrackKind::Video))
        .ok_or("the file has no video track")?;
    let StsdBoxContent::Avc1(avc) = &track.trak(&mp4).mdia.minf.stbl.stsd.contents else {
        return Ok(Opened::Other(track.codec_string(&mp4).unwrap_or_else(|| "an unknown codec".to_owned())));
    };
    let mut parameters = Vec::new();
    for nal in avc.avcc.sequence_parameter_sets.iter().chain(&avc.avcc.picture_parameter_sets) {
        parameters.extend([0, 0, 0, 1]);
        parameters.extend(&nal.bytes);
    }
    let nal_length = usize::from(avc.avcc.length_size_minus_one) + 1;
    let packets: Vec<Packet> = track
        .samples
        .iter()
        .filter(|sample| sample.byte_range().end <= bytes.len())
        .map(|sample| Packet {
            bytes: sample.byte_range(),
            shown: sample.composition_timestamp,
            sync: sample.is_sync,
        })
        .collect();
    let lost = track.samples.len() - packets.len();
    let scale = (1, track.timescale.max(1));
    let size = (u32::from(track.width), u32::from(track.height));
    Ok(Opened::Packets {
        stream: Stream::new(bytes, nal_length, parameters, packets),
        codec: Codec::H264,
        scale,
        size,
        lost,
    })
}
