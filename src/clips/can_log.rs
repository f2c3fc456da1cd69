//! CAN logs, decoded by the DBC files that lie beside them: candump (`.log`) and Vector ASC (`.asc`).
//!
//! Bits: Intel signals are named by their least significant bit, Motorola ones by their most significant, as in
//! the DBC format of Vector.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use can_dbc::{
    ByteOrder, Dbc, Message, MessageId, MultiplexIndicator, Signal, SignalExtendedValueType, ValueType,
};

use crate::base::time::Time;
use crate::clips::assembled::Assembled;
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::ChannelKind;

/// Reads candump and ASC logs.
pub static KIND: ClipKind = ClipKind { id: "can", title: "CAN log", accepts, open };

fn accepts(path: &Path) -> bool {
    let known = |ext: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ext));
    if known("asc") {
        return path.is_file();
    }
    let mut head = Vec::new();
    let read = |file: fs::File| file.take(4096).read_to_end(&mut head).is_ok();
    known("log")
        && fs::File::open(path).is_ok_and(read)
        && String::from_utf8_lossy(&head).lines().take(20).any(|line| candump(line).is_some())
}

/// One frame on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame {
    time: Time,
    bus: String,
    id: MessageId,
    data: Vec<u8>,
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let bytes = fs::read(path).map_err(|source| ClipError::Io { path: path.to_owned(), source })?;
    let text = String::from_utf8_lossy(&bytes);
    let ascii = path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("asc"));
    let (mut frames, mut strange) = (Vec::new(), 0_usize);
    for line in text.lines() {
        match if ascii { asc(line) } else { candump(line) } {
            Some(frame) => frames.push(frame),
            // ASC files have headers and events between frames.
            None => strange += usize::from(!ascii && !line.trim().is_empty()),
        }
    }
    if frames.is_empty() {
        return Err(ClipError::Damaged {
            problem: "no CAN frame in this log, expected are lines of candump -L or of a Vector ASC file"
                .to_owned(),
            path: path.to_owned(),
        });
    }
    frames.sort_by_key(|frame| frame.time);
    let mut clip = Assembled::new(path, "can");
    if strange > 0 {
        clip.warn(format!("{strange} lines that are no CAN frames were left out"));
    }
    let descriptions = descriptions(path, &mut clip);
    fill(&mut clip, &frames, &descriptions);
    Ok(Arc::new(clip))
}

/// The DBC files of the log's folder.
fn descriptions(log: &Path, clip: &mut Assembled) -> Vec<Dbc> {
    let folder = log.parent().unwrap_or_else(|| Path::new("."));
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.filter_map(|e| e.ok().map(|e| e.path())).collect())
        .unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("dbc")));
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        let text = fs::read(file)
            .ok()
            .and_then(|bytes| can_dbc::decode_cp1252(&bytes).map(std::borrow::Cow::into_owned));
        match text.as_deref().map(Dbc::try_from) {
            Some(Ok(dbc)) => found.push(dbc),
            Some(Err(err)) => {
                let first = err.to_string().lines().next().unwrap_or_default().to_owned();
                clip.warn(format!("the DBC file cannot be read ({first}): {}", file.display()));
            }
            None => clip.warn(format!("the DBC file cannot be read: {}", file.display())),
        }
    }
    if files.is_empty() {
        clip.warn("no .dbc file lies beside the log, so its frames are counted but not decoded".to_owned());
    }
    found
}

fn fill(clip: &mut Assembled, frames: &[Frame], descriptions: &[Dbc]) {
    let mut groups: BTreeMap<(&str, u32), Vec<&Frame>> = BTreeMap::new();
    for frame in frames {
        groups.entry((&frame.bus, frame.id.raw())).or_default().push(frame);
    }
    let buses: std::collections::BTreeSet<&str> = frames.iter().map(|frame| frame.bus.as_str()).collect();
    for ((bus, raw), frames) in groups {
        let prefix = if buses.len() > 1 { format!("{bus}/") } else { String::new() };
        let id = raw & 0x1FFF_FFFF;
        let described = descriptions.iter().find_map(|dbc| {
            dbc.messages.iter().find(|message| message.id.raw() == raw).map(|message| (dbc, message))
        });
        let Some((dbc, message)) = described else {
            let times = frames.iter().map(|frame| frame.time).collect();
            let name = format!("{prefix}{id:#05x}");
            clip.add_samples(
                &name,
                ChannelKind::Other,
                "CAN frames without a description",
                times,
                Vec::new(),
            );
            continue;
        };
        for signal in &message.signals {
            let (mut times, mut values) = (Vec::new(), Vec::new());
            for frame in &frames {
                if let Some(value) = value(dbc, message, signal, &frame.data) {
                    times.push(frame.time);
                    values.push(value);
                }
            }
            let unit = if signal.unit.is_empty() { String::new() } else { format!(" in {}", signal.unit) };
            let name = format!("{prefix}{}.{}", message.name, signal.name);
            clip.add_signal(&name, &format!("CAN {id:#05x}{unit}"), times, values);
        }
    }
}

/// The physical value of a signal; none when the frame is too short or another signal is sent in its place.
fn value(dbc: &Dbc, message: &Message, signal: &Signal, data: &[u8]) -> Option<f64> {
    if !is_sent(dbc, message, signal, data, 0) {
        return None;
    }
    let raw = bits(signal, data)?;
    let number = match dbc.extended_value_type_for_signal(message.id, &signal.name) {
        Some(SignalExtendedValueType::IEEEfloat32Bit) => f64::from(f32::from_bits(raw as u32)),
        Some(SignalExtendedValueType::IEEEdouble64bit) => f64::from_bits(raw),
        Some(SignalExtendedValueType::SignedOrUnsignedInteger) | None => match signal.value_type {
            ValueType::Unsigned => raw as f64,
            ValueType::Signed => {
                let unused = 64 - signal.size.clamp(1, 64) as u32;
                ((raw << unused).cast_signed() >> unused) as f64
            }
        },
    };
    Some(number * signal.factor + signal.offset)
}

/// Whether the multiplexors of the frame say that the signal is in it.
fn is_sent(dbc: &Dbc, message: &Message, signal: &Signal, data: &[u8], depth: usize) -> bool {
    const DEEPEST: usize = 8;
    if depth > DEEPEST {
        return false;
    }
    let extended = dbc
        .extended_multiplex
        .iter()
        .find(|entry| entry.message_id == message.id && entry.signal_name == signal.name);
    if let Some(entry) = extended {
        let switch = message.signals.iter().find(|other| other.name == entry.multiplexor_signal_name);
        return switch.is_some_and(|switch| {
            is_sent(dbc, message, switch, data, depth + 1)
                && bits(switch, data).is_some_and(|value| {
                    entry.mappings.iter().any(|range| (range.min_value..=range.max_value).contains(&value))
                })
        });
    }
    match signal.multiplexer_indicator {
        MultiplexIndicator::Plain | MultiplexIndicator::Multiplexor => true,
        MultiplexIndicator::MultiplexedSignal(wanted)
        | MultiplexIndicator::MultiplexorAndMultiplexedSignal(wanted) => message
            .signals
            .iter()
            .find(|other| other.multiplexer_indicator == MultiplexIndicator::Multiplexor)
            .and_then(|switch| bits(switch, data))
            .is_some_and(|value| value == wanted),
    }
}

/// The bits of a signal, the least significant last; none when the frame does not reach that far.
fn bits(signal: &Signal, data: &[u8]) -> Option<u64> {
    let bit = |at: u64| data.get((at / 8) as usize).map(|byte| u64::from(byte >> (at % 8) & 1));
    let size = signal.size.min(64);
    match signal.byte_order {
        ByteOrder::LittleEndian => {
            (0..size).try_fold(0, |value, i| Some(value | bit(signal.start_bit.checked_add(i)?)? << i))
        }
        ByteOrder::BigEndian => {
            let (mut at, mut value) = (signal.start_bit, 0);
            for _ in 0..size {
                value = value << 1 | bit(at)?;
                // Down to the lowest bit of the byte, then the highest of the next.
                at = if at.is_multiple_of(8) { at.checked_add(15)? } else { at - 1 };
            }
            Some(value)
        }
    }
}

/// `(1436509052.249713) vcan0 044#2A366C2BBA`, CAN FD with `##` and a digit of flags.
fn candump(line: &str) -> Option<Frame> {
    let mut words = line.split_whitespace();
    let time = words.next()?.strip_prefix('(')?.strip_suffix(')')?;
    let (bus, frame) = (words.next()?, words.next()?);
    let (id, data) = frame.split_once('#')?;
    let data = match data.strip_prefix('#') {
        Some(fd) => fd.get(1..)?,
        None => data,
    };
    if data.starts_with('R') {
        return None;
    }
    let number = u32::from_str_radix(id, 16).ok()?;
    let id = if id.len() > 3 {
        MessageId::Extended(number & 0x1FFF_FFFF)
    } else {
        MessageId::Standard(number as u16)
    };
    Some(Frame { time: seconds(time)?, bus: bus.to_owned(), id, data: hex(data)? })
}

/// `0.015991 1 36F Rx d 8 05 00 …`, CAN FD as `0.015991 CANFD 1 Rx 36F 1 0 d 32 05 00 …`; an `x` ends a long id.
fn asc(line: &str) -> Option<Frame> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let time = seconds(words.first()?)?;
    let id = |word: &str| match word.strip_suffix('x') {
        Some(long) => u32::from_str_radix(long, 16).ok().map(|id| MessageId::Extended(id & 0x1FFF_FFFF)),
        None => u16::from_str_radix(word, 16).ok().map(MessageId::Standard),
    };
    let bytes = |words: &[&str], count: usize| -> Option<Vec<u8>> {
        words.get(..count)?.iter().map(|word| u8::from_str_radix(word, 16).ok()).collect()
    };
    if words.get(1) == Some(&"CANFD") {
        let (bus, sender) = (*words.get(2)?, id(words.get(4)?)?);
        // A name may stand between the id and the flags.
        let rest = words.get(5..)?;
        let rest =
            if rest.first().is_some_and(|word| *word != "0" && *word != "1") { rest.get(1..)? } else { rest };
        let count = rest.get(3)?.parse().ok()?;
        return Some(Frame { time, bus: bus.to_owned(), id: sender, data: bytes(rest.get(4..)?, count)? });
    }
    let (bus, sender) = (*words.get(1)?, id(words.get(2)?)?);
    if !matches!(*words.get(3)?, "Rx" | "Tx") || *words.get(4)? != "d" {
        return None;
    }
    let count = usize::from_str_radix(words.get(5)?, 16).ok()?;
    Some(Frame { time, bus: bus.to_owned(), id: sender, data: bytes(words.get(6..)?, count)? })
}

/// Seconds with up to nine digits after the point, without the rounding of floats.
fn seconds(text: &str) -> Option<Time> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let digits = part.get(..part.len().min(9))?;
    let nanos: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let scale = 10_i64.checked_pow(9 - digits.len() as u32)?;
    Some(Time(whole.checked_mul(1_000_000_000)?.checked_add(nanos * scale)?))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}
