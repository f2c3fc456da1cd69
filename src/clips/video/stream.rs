//! Packets of a video that lie in a mapped file.

use std::ops::Range;

use memmap2::Mmap;

use crate::base::time::Time;
use crate::clips::video::h264::Packets;

/// One packet in the order of decoding.
pub(super) struct Packet {
    pub(super) bytes: Range<usize>,
    /// Presentation time, in units of the container.
    pub(super) shown: i64,
    pub(super) sync: bool,
}

/// An H.264 stream.
pub(super) struct Stream {
    bytes: Mmap,
    /// Bytes of the length prefix of each unit; 0 if units have start codes.
    nal_length: usize,
    /// Parameter sets with start codes.
    parameters: Vec<u8>,
    packets: Vec<Packet>,
    /// Positions in `packets` in display order.
    order: Vec<usize>,
    /// The reverse of `order`.
    places: Vec<usize>,
}

impl Stream {
    pub(super) fn new(bytes: Mmap, nal_length: usize, parameters: Vec<u8>, packets: Vec<Packet>) -> Self {
        let mut order: Vec<usize> = (0..packets.len()).collect();
        order.sort_by_key(|i| (packets[*i].shown, *i));
        let mut places = vec![0; order.len()];
        for (place, packet) in order.iter().enumerate() {
            places[*packet] = place;
        }
        Self { bytes, nal_length, parameters, packets, order, places }
    }

    /// Presentation times of the frames, the first at zero; a unit lasts `scale.0 / scale.1` seconds.
    pub(super) fn times(&self, scale: (u64, u64)) -> Vec<Time> {
        let shown = |i: &usize| self.packets[*i].shown;
        let zero = self.order.first().map_or(0, shown);
        let nanos =
            |units: i64| i128::from(units) * 1_000_000_000 * i128::from(scale.0) / i128::from(scale.1.max(1));
        self.order.iter().map(|i| Time(nanos(shown(i).saturating_sub(zero)) as i64)).collect()
    }

    /// The bytes of a packet as stored in the file.
    pub(super) fn raw(&self, packet: usize) -> &[u8] {
        self.packets.get(packet).and_then(|packet| self.bytes.get(packet.bytes.clone())).unwrap_or_default()
    }
}

impl Packets for Stream {
    fn count(&self) -> usize {
        self.packets.len()
    }

    fn is_sync(&self, packet: usize) -> bool {
        self.packets.get(packet).is_some_and(|packet| packet.sync)
    }

    fn packet_of(&self, index: usize) -> usize {
        self.order.get(index).copied().unwrap_or(0)
    }

    fn shown_as(&self, packet: usize) -> usize {
        self.places.get(packet).copied().unwrap_or(0)
    }

    fn annex_b(&self, packet: usize, begins: bool) -> Result<Vec<u8>, String> {
        let mut data = if begins { self.parameters.clone() } else { Vec::new() };
        let mut rest = self.raw(packet);
        if self.nal_length == 0 {
            data.extend_from_slice(rest);
            return Ok(data);
        }
        while let Some((length, after)) = rest.split_at_checked(self.nal_length) {
            let length = length.iter().fold(0_usize, |n, byte| n << 8 | usize::from(*byte)).min(after.len());
            data.extend([0, 0, 0, 1]);
            data.extend(&after[..length]);
            rest = &after[length..];
        }
        Ok(data)
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
