//! Packets of a video that lie in a mapped file.

use std::ops::Range;

use memmap2::Mmap;

use super::colors::Colors;
use super::h264::{Packets, is_idr, parameter_sets, slice};
use super::sps::Sps;
use crate::base::time::Time;
use crate::clips::video::error::{NotDecoded, VideoError};

/// One packet in the order of decoding.
pub(super) struct Packet {
    pub(super) bytes: Range<usize>,
    /// Presentation time, in units of the container.
    pub(super) shown: i64,
    pub(super) sync: bool,
}

/// The packets of a container, and how they are to be taken.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) packets: Vec<Packet>,
    /// Bytes of the length prefix of each unit; 0 if units have start codes.
    pub(super) nal_length: usize,
    /// Parameter sets with start codes.
    pub(super) parameters: Vec<u8>,
    /// Presentation times that are shown; the frames around are only there for others to be decoded. All if `None`.
    pub(super) shown: Option<Range<i64>>,
    /// Colors that the container declares.
    pub(super) colors: Colors,
}

/// The packets of a video in display order.
pub(super) struct Stream {
    bytes: Mmap,
    contents: Contents,
    /// Positions of packets in display order, those of hidden frames too.
    order: Vec<usize>,
    /// The reverse of `order`.
    places: Vec<usize>,
    /// Part of `order` that is shown.
    visible: Range<usize>,
}

impl Stream {
    pub(super) fn new(bytes: Mmap, contents: Contents) -> Self {
        let packets = &contents.packets;
        let mut order: Vec<usize> = (0..packets.len()).collect();
        order.sort_by_key(|i| (packets[*i].shown, *i));
        let mut places = vec![0; order.len()];
        for (place, packet) in order.iter().enumerate() {
            places[*packet] = place;
        }
        let before = |time: i64| order.partition_point(|i| packets[*i].shown < time);
        let visible = match &contents.shown {
            Some(shown) => before(shown.start)..before(shown.end).max(before(shown.start)),
            None => 0..order.len(),
        };
        Self { bytes, contents, order, places, visible }
    }

    /// Presentation times of the shown frames, the first at zero; a unit lasts `scale.0 / scale.1` seconds.
    pub(super) fn times(&self, scale: (u64, u64)) -> Vec<Time> {
        let order = self.order.get(self.visible.clone()).unwrap_or_default();
        let shown = |i: &usize| self.contents.packets[*i].shown;
        let zero = order.first().map_or(0, shown);
        let nanos =
            |units: i64| i128::from(units) * 1_000_000_000 * i128::from(scale.0) / i128::from(scale.1.max(1));
        order.iter().map(|i| Time(nanos(shown(i).saturating_sub(zero)) as i64)).collect()
    }

    /// The bytes of a packet as stored in the file.
    pub(super) fn raw(&self, packet: usize) -> &[u8] {
        let packet = self.contents.packets.get(packet);
        packet.and_then(|packet| self.bytes.get(packet.bytes.clone())).unwrap_or_default()
    }

    /// The packet with start codes; with the parameters of the stream if decoding begins with it.
    fn with_start_codes(&self, packet: usize, begins: bool) -> Vec<u8> {
        let mut data = if begins { self.contents.parameters.clone() } else { Vec::new() };
        let mut rest = self.raw(packet);
        let nal_length = self.contents.nal_length;
        if nal_length == 0 {
            data.extend_from_slice(rest);
            return data;
        }
        while let Some((length, after)) = rest.split_at_checked(nal_length) {
            let length = length.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
            // A length that leads out of the packet is damage; the decoder finds the frame incomplete.
            let Some((unit, after)) = after.split_at_checked(length) else { break };
            data.extend([0, 0, 0, 1]);
            data.extend(unit);
            rest = after;
        }
        data
    }

    /// An error if this H.264 stream is not decoded here.
    pub(super) fn check(&self) -> Result<Sps, NotDecoded> {
        let begins = self.is_sync(0);
        let first = self.with_start_codes(0, true);
        let mut found = None;
        for sps in parameter_sets(&first) {
            sps.fits()?;
            found = Some(sps);
        }
        let sps = found.ok_or_else(|| NotDecoded::new("H.264 without parameters"))?;
        if begins { Ok(sps) } else { Err(NotDecoded::new("H.264 that does not begin with a key frame")) }
    }

    /// Sets the display order of a container that has none from the slices of the packets; an error if
    /// they have an order that is not known.
    pub(super) fn with_coded_order(self, sps: &Sps) -> Result<Self, NotDecoded> {
        if sps.order_kind == 2 {
            return Ok(self);
        }
        let unordered = || NotDecoded::new("H.264 without times and with an unusual display order");
        if sps.order_kind == 1 {
            return Err(unordered());
        }
        let period = sps.order_period();
        let (mut group, mut before) = (0_u64, 0_i64);
        let mut keys = Vec::with_capacity(self.count());
        for packet in 0..self.count() {
            let data = self.with_start_codes(packet, false);
            let unit = slice(&data).ok_or_else(unordered)?;
            if is_idr(&data) {
                (group, before) = (group + 1, 0);
            }
            // The low bits of the number closest to that of the last frame that others refer to.
            let low = i64::from(sps.slice_order(unit).ok_or_else(unordered)?);
            let mut order = before - before.rem_euclid(period) + low;
            if order + period / 2 < before {
                order += period;
            } else if order > before + period / 2 {
                order -= period;
            }
            if unit.first().is_some_and(|first| first >> 5 & 3 != 0) {
                before = order;
            }
            keys.push((group, order));
        }
        let mut order: Vec<usize> = (0..self.count()).collect();
        order.sort_by_key(|packet| keys[*packet]);
        let Self { bytes, mut contents, .. } = self;
        let times: Vec<i64> = contents.packets.iter().map(|packet| packet.shown).collect();
        for (packet, time) in order.into_iter().zip(times) {
            contents.packets[packet].shown = time;
        }
        Ok(Self::new(bytes, contents))
    }
}

impl Packets for Stream {
    fn count(&self) -> usize {
        self.contents.packets.len()
    }

    fn is_sync(&self, packet: usize) -> bool {
        // Containers also mark frames after which only later ones are right.
        self.contents.packets.get(packet).is_some_and(|packet| packet.sync)
            && is_idr(&self.with_start_codes(packet, false))
    }

    fn packet_of(&self, index: usize) -> usize {
        self.order.get(self.visible.start + index).copied().unwrap_or(0)
    }

    fn shown_as(&self, packet: usize) -> Option<usize> {
        let place = *self.places.get(packet)?;
        self.visible.contains(&place).then(|| place - self.visible.start)
    }

    fn annex_b(&self, packet: usize, begins: bool) -> Result<Vec<u8>, VideoError> {
        Ok(self.with_start_codes(packet, begins))
    }

    fn colors(&self) -> Colors {
        self.contents.colors
    }
}

/// Length of units and parameter sets from an `avcC` record (ISO/IEC 14496-15).
pub(super) fn avc_configuration(record: &[u8]) -> Option<(usize, Vec<u8>)> {
    let nal_length = usize::from(record.get(4)? & 3) + 1;
    let mut parameters = Vec::new();
    let mut rest = record.get(5..)?;
    for mask in [31, 255] {
        let (count, after) = rest.split_first()?;
        rest = after;
        for _ in 0..count & mask {
            let (length, after) = rest.split_at_checked(2)?;
            let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
            let (unit, after) = after.split_at_checked(length)?;
            parameters.extend([0, 0, 0, 1]);
            parameters.extend_from_slice(unit);
            rest = after;
        }
    }
    Some((nal_length, parameters))
}
