//! H.264 decoders in progress, with their recently decoded images.

use std::sync::{Mutex, PoisonError};

use openh264::OpenH264API;
use openh264::decoder::{DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource as _;

use crate::data::image::Image;

/// Bytes of images cached beside the requested one, so that steps back within a group are cheap.
pub(super) const BYTES_KEPT: usize = 72 << 20;

/// Number of frames cached before the requested one, for steps back.
const KEPT_BEFORE: usize = 48;

/// Number of decoders: one for playback and one for the model that runs along the recording. Sharing one, each
/// would send the other back to its key frame.
const DECODERS: usize = 2;

/// The packets of an H.264 stream, independent of storage.
pub(in crate::clips) trait Packets {
    /// Number of packets, in decoding order.
    fn count(&self) -> usize;
    /// True if decoding can begin with this packet.
    fn is_sync(&self, packet: usize) -> bool;
    /// Packet of the frame with display index `index`.
    fn packet_of(&self, index: usize) -> usize;
    /// Display index of a packet's frame.
    fn shown_as(&self, packet: usize) -> usize;
    /// The packet with start codes; with the parameters of the stream if decoding begins with it.
    fn annex_b(&self, packet: usize, begins: bool) -> Result<Vec<u8>, String>;
}

/// Two decoders and their cached images.
#[derive(Default)]
pub(in crate::clips) struct Decoders {
    playing: Mutex<[Playing; DECODERS]>,
}

/// A decoder in progress.
#[derive(Default)]
struct Playing {
    decoder: Option<Decoder>,
    /// Next packet to feed, in decoding order.
    next_packet: usize,
    /// Display index of the next frame that comes out.
    next_frame: usize,
    /// Decoded frames, oldest first.
    kept: Vec<(usize, Image)>,
    /// Last use; the least recently used decoder starts anew.
    used: u64,
}

impl Decoders {
    /// Frame `index` in display order.
    pub(in crate::clips) fn frame(&self, packets: &impl Packets, index: usize) -> Result<Image, String> {
        let mut decoders = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = decoders.iter().map(|playing| playing.used).max().unwrap_or(0) + 1;
        for playing in decoders.iter_mut() {
            if let Some((_, image)) = playing.kept.iter().find(|(at, _)| *at == index) {
                playing.used = now;
                return Ok(image.clone());
            }
        }
        // A decoder in progress needs no key frame, unless it is better to jump.
        let sync = sync_before(packets, index);
        let first = packets.shown_as(sync);
        let goes_on = |playing: &Playing| {
            playing.decoder.is_some() && playing.next_frame <= index && playing.next_frame >= first
        };
        // The decoder closest before the frame, else the least recently used one.
        let best = (0..DECODERS)
            .filter(|i| goes_on(&decoders[*i]))
            .max_by_key(|i| decoders[*i].next_frame)
            .or_else(|| (0..DECODERS).min_by_key(|i| decoders[*i].used))
            .unwrap_or(0);
        let playing = &mut decoders[best];
        playing.used = now;
        if !goes_on(playing) {
            let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
            let decoder = Decoder::with_api_config(OpenH264API::from_source(), config)
                .map_err(|err| err.to_string())?;
            playing.decoder = Some(decoder);
            playing.next_packet = sync;
            playing.next_frame = first;
        }
        playing.play_to(packets, index, sync)
    }
}

impl Playing {
    fn play_to(&mut self, packets: &impl Packets, index: usize, sync: usize) -> Result<Image, String> {
        let mut problem = None;
        while self.next_frame <= index {
            let Some(decoder) = &mut self.decoder else {
                return Err("the decoder is not available".to_owned());
            };
            if self.next_packet >= packets.count() {
                let rest = decoder.flush_remaining().map_err(|err| err.to_string())?;
                let images: Vec<Image> = rest.iter().filter_map(rgb).collect();
                self.decoder = None;
                for image in images {
                    self.keep(image);
                }
                break;
            }
            let data = packets.annex_b(self.next_packet, self.next_packet == sync)?;
            self.next_packet += 1;
            match decoder.decode(&data) {
                // On the way to a far frame only the last ones before it are converted to RGB.
                Ok(Some(_)) if self.next_frame + KEPT_BEFORE < index => self.next_frame += 1,
                Ok(Some(yuv)) => {
                    let image = rgb(&yuv).ok_or("the frame has no pixels")?;
                    self.keep(image);
                }
                Ok(None) => {}
                Err(err) => problem = Some(err.to_string()),
            }
        }
        let found = self.kept.iter().find(|(at, _)| *at == index).map(|(_, image)| image.clone());
        found.ok_or_else(|| problem.unwrap_or_else(|| "the decoder returned no frame".to_owned()))
    }

    fn keep(&mut self, image: Image) {
        let bytes = image.pixels().len();
        let most = (BYTES_KEPT / bytes.max(1)).max(2);
        while self.kept.len() >= most {
            self.kept.remove(0);
        }
        self.kept.retain(|(at, _)| *at != self.next_frame);
        self.kept.push((self.next_frame, image));
        self.next_frame += 1;
    }
}

/// The key frame that frame `index` depends on, by a decoder of its own: playback is not disturbed.
pub(in crate::clips) fn key_frame(packets: &impl Packets, index: usize) -> Result<Image, String> {
    let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
    let mut decoder =
        Decoder::with_api_config(OpenH264API::from_source(), config).map_err(|err| err.to_string())?;
    let data = packets.annex_b(sync_before(packets, index), true)?;
    if let Some(yuv) = decoder.decode(&data).map_err(|err| err.to_string())? {
        return rgb(&yuv).ok_or_else(|| "the frame has no pixels".to_owned());
    }
    let rest = decoder.flush_remaining().map_err(|err| err.to_string())?;
    rest.first().and_then(rgb).ok_or_else(|| "the decoder returned no frame".to_owned())
}

/// The packet to start decoding at so that frame `index` comes out.
fn sync_before(packets: &impl Packets, index: usize) -> usize {
    let target = packets.packet_of(index);
    (0..=target).rev().find(|packet| packets.is_sync(*packet)).unwrap_or(0)
}

fn rgb(yuv: &DecodedYUV<'_>) -> Option<Image> {
    let (width, height) = yuv.dimensions();
    let mut pixels = vec![0; width * height * 3];
    yuv.write_rgb8(&mut pixels);
    Image::from_rgb(width as u32, height as u32, pixels)
}

/// Kinds of the NAL units of a packet with start codes.
pub(in crate::clips) fn units(annex_b: &[u8]) -> impl Iterator<Item = u8> {
    annex_b.windows(4).filter(|four| four.starts_with(&[0, 0, 1])).map(|four| four[3])
}

/// True if an H.264 packet is an IDR picture.
pub(in crate::clips) fn is_idr(annex_b: &[u8]) -> bool {
    units(annex_b).any(|unit| unit & 31 == 5)
}
