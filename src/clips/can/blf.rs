//! Binary logs of Vector (`.blf`): objects in containers that are packed with zlib.
//!
//! The format is not published; the layout of the objects follows python-can.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::error::CanError;
use super::{Format, Frame, Log, id};
use crate::base::sheet::settings::Settings;
use crate::base::time::{Span, Time, days_since_1970};

/// Objects of many kinds, of which CAN and CAN FD frames are read.
pub(super) static FORMAT: Format = Format { accepts: |_, head| head.starts_with(b"LOGG"), read };

const CONTAINER: u32 = 10;
/// Bytes of the common object header: signature, sizes and kind.
const OBJECT_HEADER: usize = 16;
/// Unpacked bytes of one container; writers use 128 KiB.
const LARGEST_CONTAINER: u64 = 64 << 20;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn read(bytes: &[u8], _settings: &Settings) -> Result<Log, CanError> {
    let header = u32_at(bytes, 4).ok_or(CanError::Truncated)? as usize;
    let start = start(bytes).unwrap_or_default();
    let mut found = Log::default();
    let mut rest = bytes.get(header..).ok_or(CanError::Truncated)?;
    // An object may begin in one container and end in the next.
    let mut unread: Vec<u8> = Vec::new();
    let mut damaged = 0_usize;
    while let Some((kind, object, after)) = object(rest) {
        rest = after;
        if kind != CONTAINER {
            continue;
        }
        let Some(packed) = object.get(OBJECT_HEADER + 16..) else { break };
        match u16_at(object, OBJECT_HEADER) {
            Some(0) => unread.extend_from_slice(packed),
            Some(2) => {
                let mut unpacked = ZlibDecoder::new(packed).take(LARGEST_CONTAINER);
                damaged += usize::from(unpacked.read_to_end(&mut unread).is_err());
            }
            _ => damaged += 1,
        }
        let mut at = 0;
        while let Some((kind, object, after)) = unread.get(at..).and_then(self::object) {
            if let Some(name) = without_data(kind, object) {
                *found.others.entry(name).or_default() += 1;
            }
            found.frames.extend(frame(kind, object, start));
            at = unread.len() - after.len();
        }
        unread.drain(..at);
    }
    // Up to three bytes of padding follow the last container.
    if rest.len() > 3 {
        found.warnings.push("the log is truncated, its last frames are lost".to_owned());
    }
    if damaged > 0 {
        found.warnings.push(format!("{damaged} containers are damaged, their frames are lost"));
    }
    Ok(found)
}

/// Kind and bytes of the first object, and the bytes after it; `None` if it is incomplete.
fn object(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    // Up to seven bytes of padding lie between objects.
    let from = bytes.windows(4).take(8).position(|four| four == b"LOBJ")?;
    let bytes = bytes.get(from..)?;
    let (size, kind) = (u32_at(bytes, 8)? as usize, u32_at(bytes, 12)?);
    if size < OBJECT_HEADER {
        return None;
    }
    let (object, after) = bytes.split_at_checked(size)?;
    Some((kind, object, after))
}

/// Flag of a remote frame among those of a CAN message.
const REMOTE: u8 = 0x80;

/// The part of an object behind its header: version 1 of the header has 32 bytes, version 2 has 40.
fn body(object: &[u8]) -> Option<&[u8]> {
    let from = match u16_at(object, 6)? {
        1 => OBJECT_HEADER + 16,
        2 => OBJECT_HEADER + 24,
        _ => return None,
    };
    object.get(from..)
}

/// Name of an object on the bus that carries no data.
fn without_data(kind: u32, object: &[u8]) -> Option<&'static str> {
    match kind {
        1 | 86 => (body(object)?.get(2)? & REMOTE != 0).then_some("remote frame"),
        // Errors in three versions.
        2 | 73 | 104 => Some("error frame"),
        _ => None,
    }
}

fn frame(kind: u32, object: &[u8], start: Time) -> Option<Frame> {
    let ticks = u64_at(object, OBJECT_HEADER + 8)?;
    let nanos = if u32_at(object, OBJECT_HEADER)? == 1 { ticks.saturating_mul(10_000) } else { ticks };
    let body = body(object)?;
    let byte = |at: usize| body.get(at).copied();
    let (bus, number, data) = match kind {
        // CAN message, in two versions.
        1 | 86 => {
            let length = usize::from(byte(3)?).min(8);
            if byte(2)? & REMOTE != 0 {
                return None;
            }
            (u16_at(body, 0)?, u32_at(body, 4)?, body.get(8..8 + length)?)
        }
        // CAN FD message.
        100 => {
            let length = usize::from(byte(14)?).min(64);
            (u16_at(body, 0)?, u32_at(body, 4)?, body.get(20..20 + length)?)
        }
        // CAN FD message of 64 bytes.
        101 => {
            // Writers leave out zeros at the end.
            let length = usize::from(byte(2)?).min(64);
            let there = body.get(40..)?;
            (u16::from(byte(0)?), u32_at(body, 4)?, there.get(..length).unwrap_or(there))
        }
        _ => return None,
    };
    Some(Frame {
        time: start + Span(i64::try_from(nanos).ok()?),
        bus: bus.to_string(),
        id: id(number & 0x1FFF_FFFF, number >> 31 == 1),
        data: data.to_vec(),
    })
}

/// Start time of the measurement: eight 16-bit numbers, the third of which is the day of the week.
fn start(bytes: &[u8]) -> Option<Time> {
    const AT: usize = 40;
    let part = |i: usize| u16_at(bytes, AT + 2 * i).map(i64::from);
    let days = days_since_1970(part(0)?, part(1)?, part(3)?)?;
    let secs = days * 86_400 + part(4)? * 3600 + part(5)? * 60 + part(6)?;
    Some(Time(secs.checked_mul(1_000_000_000)?.checked_add(part(7)? * 1_000_000)?))
}
