//! H.264 decoders in progress, with their recently decoded images.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::colors::Colors;
use super::openh264::{Decoded, OpenH264};
use super::sps::Sps;
use crate::clips::video::error::VideoError;
use crate::data::image::Image;

/// Bytes of images cached beside the requested one, so that steps back within a group are cheap.
pub(super) const BYTES_KEPT: usize = 72 << 20;

/// Number of frames cached before the requested one, for steps back.
const KEPT_BEFORE: usize = 48;

/// Number of decoders: one for playback and one for the model that runs along the recording. Sharing one, each
/// would send the other back to its key frame.
const DECODERS: usize = 2;

/// Packets after a frame's own by which it has come out; a decoder keeps at most 16 frames back.
const LONGEST_WAIT: usize = 40;

/// The packets of an H.264 stream, independent of storage.
pub(in crate::clips) trait Packets {
    /// Number of packets, in decoding order.
    fn count(&self) -> usize;
    /// True if decoding can begin with this packet.
    fn is_sync(&self, packet: usize) -> bool;
    /// Packet of the frame with display index `index`.
    fn packet_of(&self, index: usize) -> usize;
    /// Display index of a packet's frame; `None` if it is not shown.
    fn shown_as(&self, packet: usize) -> Option<usize>;
    /// The packet with start codes; with the parameters of the stream if decoding begins with it.
    fn annex_b(&self, packet: usize, begins: bool) -> Result<Vec<u8>, VideoError>;
    /// Colors that the container declares.
    fn colors(&self) -> Colors {
        Colors::default()
    }
}

/// Two decoders and their cached images.
#[derive(Default)]
pub(in crate::clips) struct Decoders {
    playing: Mutex<[Playing; DECODERS]>,
}

/// A decoder in progress.
#[derive(Default)]
struct Playing {
    decoder: Option<OpenH264>,
    /// Next packet to feed, in decoding order.
    next_packet: usize,
    /// Packets whose frames have not come out yet.
    awaited: BTreeSet<usize>,
    /// Reason why packets cannot be decoded, up to the next one at which decoding can begin.
    broken: Option<VideoError>,
    colors: Colors,
    /// Decoded frames by display index, oldest first.
    kept: Vec<(usize, Image)>,
    /// Last use; the least recently used decoder starts anew.
    used: u64,
}

impl Decoders {
    /// Frame `index` in display order.
    pub(in crate::clips) fn frame(&self, packets: &impl Packets, index: usize) -> Result<Image, VideoError> {
        let mut decoders = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = decoders.iter().map(|playing| playing.used).max().unwrap_or(0) + 1;
        for playing in decoders.iter_mut() {
            if let Some((_, image)) = playing.kept.iter().find(|(at, _)| *at == index) {
                playing.used = now;
                return Ok(image.clone());
            }
        }
        // A decoder in progress needs no key frame, unless it is better to jump.
        let target = packets.packet_of(index);
        let sync = sync_before(packets, target)?;
        let goes_on = |playing: &Playing| playing.decoder.is_some() && playing.reaches(target, sync);
        // The decoder closest before the frame, else the least recently used one.
        let best = (0..DECODERS)
            .filter(|i| goes_on(&decoders[*i]))
            .max_by_key(|i| decoders[*i].next_packet)
            .or_else(|| (0..DECODERS).min_by_key(|i| decoders[*i].used))
            .unwrap_or(0);
        let playing = &mut decoders[best];
        playing.used = now;
        if !goes_on(playing) {
            playing.decoder = Some(OpenH264::new()?);
            playing.next_packet = sync;
            playing.awaited.clear();
            playing.broken = None;
        }
        playing.play_to(packets, index, target)
    }
}

impl Playing {
    /// True if the frame of a packet comes out of this decoder when it goes on.
    fn reaches(&self, target: usize, sync: usize) -> bool {
        self.next_packet >= sync && (self.next_packet <= target || self.awaited.contains(&target))
    }

    fn play_to(&mut self, packets: &impl Packets, index: usize, target: usize) -> Result<Image, VideoError> {
        let mut problem = None;
        while self.reaches(target, 0) && self.next_packet <= target + LONGEST_WAIT {
            let Some(mut decoder) = self.decoder.take() else { break };
            if self.next_packet >= packets.count() {
                while let Some(frame) = decoder.flush() {
                    self.take(packets, &decoder, &frame, index);
                }
                // The decoder has ended.
                self.awaited.clear();
                break;
            }
            let packet = self.next_packet;
            self.next_packet += 1;
            let sync = packets.is_sync(packet);
            let data = packets.annex_b(packet, sync)?;
            if sync {
                self.begin(packets, &data);
            }
            let (frame, failed) = decoder.decode(&data, packet);
            if failed && self.broken.is_none() {
                self.broken = Some(VideoError::Damaged);
            }
            match &self.broken {
                Some(reason) if packet == target => problem = Some(reason.clone()),
                Some(_) => {}
                None => drop(self.awaited.insert(packet)),
            }
            if let Some(frame) = frame {
                self.take(packets, &decoder, &frame, index);
            }
            self.decoder = Some(decoder);
        }
        let found = self.kept.iter().find(|(at, _)| *at == index).map(|(_, image)| image.clone());
        found.ok_or_else(|| {
            self.awaited.remove(&target);
            problem.unwrap_or(VideoError::Damaged)
        })
    }

    /// Begins anew with a packet that depends on none before it.
    fn begin(&mut self, packets: &impl Packets, data: &[u8]) {
        self.broken = None;
        for sps in parameter_sets(data) {
            match sps.fits() {
                Ok(()) => self.colors = sps.colors.or(packets.colors()),
                Err(other) => self.broken = Some(VideoError::Changed { other }),
            }
        }
    }

    /// Takes a frame that came out of the decoder; one of a broken packet is no image.
    fn take(&mut self, packets: &impl Packets, decoder: &OpenH264, frame: &Decoded, index: usize) {
        // On the way to a far frame only the last ones before it are converted to RGB.
        if self.awaited.remove(&frame.packet)
            && let Some(shown) = packets.shown_as(frame.packet)
            && shown + KEPT_BEFORE >= index
            && let Some(image) = decoder.image(frame, self.colors)
        {
            self.keep(shown, image);
        }
    }

    fn keep(&mut self, shown: usize, image: Image) {
        let bytes = image.pixels().len();
        let most = (BYTES_KEPT / bytes.max(1)).max(2);
        while self.kept.len() >= most {
            self.kept.remove(0);
        }
        self.kept.retain(|(at, _)| *at != shown);
        self.kept.push((shown, image));
    }
}

/// The key frame that frame `index` depends on, by a decoder of its own: playback is not disturbed.
pub(in crate::clips) fn key_frame(packets: &impl Packets, index: usize) -> Result<Image, VideoError> {
    let sync = sync_before(packets, packets.packet_of(index))?;
    let mut playing = Playing { decoder: Some(OpenH264::new()?), next_packet: sync, ..Playing::default() };
    let data = packets.annex_b(sync, true)?;
    playing.begin(packets, &data);
    if let Some(reason) = playing.broken {
        return Err(reason);
    }
    let Some(decoder) = &mut playing.decoder else { return Err(VideoError::Damaged) };
    let (frame, failed) = decoder.decode(&data, sync);
    if failed {
        return Err(VideoError::Damaged);
    }
    let frame = frame.or_else(|| decoder.flush());
    frame.and_then(|frame| decoder.image(&frame, playing.colors)).ok_or(VideoError::Damaged)
}

/// The packet to start decoding at so that the frame of a packet comes out.
fn sync_before(packets: &impl Packets, target: usize) -> Result<usize, VideoError> {
    let found = (0..=target).rev().find(|packet| packets.is_sync(*packet));
    found.ok_or(VideoError::NoKeyFrame)
}

/// Units of a packet with start codes.
pub(in crate::clips) fn units(annex_b: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start(annex_b);
    std::iter::from_fn(move || {
        let unit = rest?;
        rest = after_start(unit);
        let end = rest.map_or(unit.len(), |rest| unit.len() - rest.len() - 3);
        unit.get(..end)
    })
}

fn after_start(bytes: &[u8]) -> Option<&[u8]> {
    let at = bytes.windows(3).position(|three| three == [0, 0, 1])?;
    bytes.get(at + 3..)
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |first| first & 31)
}

/// The sequence parameter sets of a packet with start codes, as far as they can be read.
pub(in crate::clips) fn parameter_sets(annex_b: &[u8]) -> impl Iterator<Item = Sps> {
    units(annex_b).filter(|unit| kind(unit) == 7).filter_map(Sps::parse)
}

/// True if an H.264 packet is an IDR picture.
pub(in crate::clips) fn is_idr(annex_b: &[u8]) -> bool {
    units(annex_b).any(|unit| kind(unit) == 5)
}

/// The first slice of a packet with start codes.
pub(super) fn slice(annex_b: &[u8]) -> Option<&[u8]> {
    units(annex_b).find(|unit| matches!(kind(unit), 1 | 5))
}
