//! Decoding of signals in CAN frames by DBC descriptions.
//!
//! Bits: Intel signals are addressed by their least significant bit, Motorola ones by their most significant, as in
//! the DBC format of Vector.

use std::fs;
use std::path::{Path, PathBuf};

use can_dbc::{ByteOrder, Dbc, Message, MultiplexIndicator, Signal, SignalExtendedValueType, ValueType};

use crate::clips::assembled::Assembled;

/// The DBC files of the log's folder.
pub(super) fn beside(log: &Path, clip: &mut Assembled) -> Vec<Dbc> {
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
        clip.warn("no .dbc file beside the log, its frames are counted but not decoded".to_owned());
    }
    found
}

/// The physical value of a signal; `None` if the frame is too short or another signal is multiplexed in its place.
pub(super) fn value(dbc: &Dbc, message: &Message, signal: &Signal, data: &[u8]) -> Option<f64> {
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

/// True if the multiplexors of the frame select the signal.
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

/// The bits of a signal, the least significant last; `None` if the frame is too short.
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
