//! Descriptions of CAN messages: the DBC files beside a log, the message of a frame, the values of its signals.
//!
//! Bits: Intel signals are addressed by their least significant bit, Motorola ones by their most significant, as in
//! the DBC format of Vector.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use can_dbc::{
    AttributeDefinition, AttributeValue, AttributeValueType, ByteOrder, Dbc, Message, MessageId,
    MultiplexIndicator, Signal, SignalExtendedValueType, ValueType,
};

use super::error::CanError;
use crate::base::encoding::decode;
use crate::base::files::folder_of;
use crate::base::inputs::{self, InputKind};
use crate::base::text::counted;
use crate::clips::assembled::Assembled;

/// A DBC file, its messages found by id and by J1939 group.
pub(super) struct Description {
    dbc: Dbc,
    /// Positions of messages by raw id, with bit 31 for extended ones.
    by_id: BTreeMap<u32, usize>,
    /// Positions of J1939 messages by parameter group.
    by_group: BTreeMap<u32, usize>,
    /// Names of messages and signals as they were before they were cut to 32 characters.
    long_messages: BTreeMap<u32, String>,
    long_signals: BTreeMap<(u32, String), String>,
}

/// A message of a description, found for a frame.
pub(super) struct Described<'a> {
    description: &'a Description,
    message: &'a Message,
    /// True for a J1939 message.
    pub(super) j1939: bool,
    /// True if it was found by its J1939 group and not by its id.
    pub(super) by_group: bool,
}

/// The DBC files of the log's folder.
pub(super) fn beside(log: &Path, clip: &mut Assembled) -> Vec<Description> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder_of(log))
        .map(|entries| entries.filter_map(|e| e.ok().map(|e| e.path())).collect())
        .unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("dbc")));
    // Macs leave such files on other disks.
    files.retain(|file| !file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._")));
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        let read = inputs::read(file, InputKind::Settings).map_err(CanError::from);
        match read.and_then(|bytes| parsed(&decode(&bytes, None)?.text)) {
            Ok((dbc, left_out)) => {
                if let Some(first) = left_out.first() {
                    clip.warn(format!(
                        "{} of the DBC file cannot be understood and {} left out, the first is {first:?}: {}",
                        counted(left_out.len(), "statement"),
                        if left_out.len() == 1 { "is" } else { "are" },
                        file.display()
                    ));
                }
                found.push(Description::new(dbc));
            }
            Err(problem) => {
                clip.warn(format!("the DBC file cannot be read ({problem}): {}", file.display()));
            }
        }
    }
    if files.is_empty() {
        clip.warn("no .dbc file beside the log, its frames are counted but not decoded".to_owned());
    }
    found
}

/// Parses a DBC file; statements that the parser does not understand are taken out one by one, and their lines given.
fn parsed(text: &str) -> Result<(Dbc, Vec<String>), CanError> {
    const MOST_LEFT_OUT: usize = 100;
    let text = with_extended_ids(text);
    let mut lines: Vec<&str> = text.lines().collect();
    let mut left_out = Vec::new();
    loop {
        let now = lines.join("\n") + "\n";
        let err = match Dbc::try_from(now.as_str()) {
            Ok(dbc) => return Ok((dbc, left_out)),
            Err(err) => err.to_string(),
        };
        let first = err.lines().next().unwrap_or_default().trim().to_owned();
        // The parser says ` --> 12:5` before the line.
        let at = first
            .trim_start_matches("-->")
            .trim()
            .split(':')
            .next()
            .and_then(|line| line.parse::<usize>().ok());
        let at = at.and_then(|line| line.checked_sub(1)).filter(|at| *at < lines.len());
        let Some(line) = at.and_then(|at| lines.get_mut(at)) else {
            return Err(CanError::Dbc { message: first });
        };
        if left_out.len() >= MOST_LEFT_OUT || line.trim().is_empty() {
            return Err(CanError::Dbc { message: first });
        }
        left_out.push(line.trim().to_owned());
        *line = "";
    }
}

/// Marks ids of more than 11 bits as extended where the file does not: the parser would cut them.
fn with_extended_ids(text: &str) -> String {
    let unmarked = |word: &str| {
        let id = word.parse::<u32>().ok().filter(|id| (0x800..0x2000_0000).contains(id))?;
        Some((id | 1 << 31).to_string())
    };
    let is_of_message = |line: &str| {
        ["BO_", "SG_", "CM_", "BA_", "VAL_", "SIG_VALTYPE_", "SG_MUL_VAL_", "SIG_GROUP_", "BO_TX_BU_"]
            .iter()
            .any(|start| line.split_whitespace().next() == Some(start))
    };
    let id_at = |words: &[&str]| match words {
        ["BO_" | "VAL_" | "SIG_VALTYPE_" | "SG_MUL_VAL_" | "SIG_GROUP_" | "BO_TX_BU_", ..] => Some(1),
        ["CM_", "BO_" | "SG_", ..] => Some(2),
        ["BA_", _, "BO_" | "SG_", ..] => Some(3),
        _ => None,
    };
    let line = |line: &str| {
        if !is_of_message(line) {
            return line.to_owned();
        }
        let words: Vec<&str> = line.split_whitespace().take(4).collect();
        let word = id_at(&words).and_then(|at| words.get(at).copied());
        let Some((word, marked)) = word.and_then(|word| Some((word, unmarked(word)?))) else {
            return line.to_owned();
        };
        let at = line.find(word).unwrap_or_default();
        let (before, after) = line.split_at_checked(at).unwrap_or(("", line));
        format!("{before}{marked}{}", after.get(word.len()..).unwrap_or_default())
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

impl Description {
    fn new(dbc: Dbc) -> Self {
        let by_id =
            dbc.messages.iter().enumerate().rev().map(|(at, message)| (message.id.raw(), at)).collect();
        let groups = groups(&dbc);
        let text = |value: &AttributeValue| {
            let AttributeValue::String(text) = value else { return None };
            (!text.is_empty()).then(|| text.clone())
        };
        let messages =
            dbc.attribute_values_message.iter().filter(|value| value.name == "SystemMessageLongSymbol");
        let long_messages =
            messages.filter_map(|value| Some((value.message_id.raw(), text(&value.value)?))).collect();
        let signals =
            dbc.attribute_values_signal.iter().filter(|value| value.name == "SystemSignalLongSymbol");
        let long_signals = signals
            .filter_map(|value| {
                Some(((value.message_id.raw(), value.signal_name.clone()), text(&value.value)?))
            })
            .collect();
        Self { dbc, by_id, by_group: groups, long_messages, long_signals }
    }
}

/// J1939 messages by their parameter group. A message is one if its frame format says so, or the whole file its
/// protocol.
fn groups(dbc: &Dbc) -> BTreeMap<u32, usize> {
    let protocol =
        |value: &AttributeValue| matches!(value, AttributeValue::String(text) if text.contains("J1939"));
    let whole = dbc.attribute_values_database.iter().find(|value| value.name == "ProtocolType");
    let whole = whole.map(|value| &value.value).or_else(|| dbc.attribute_default("ProtocolType"));
    let whole = whole.map(protocol);
    let formats = dbc.attribute_definitions.iter().find_map(|definition| {
        let AttributeDefinition::Message(name, AttributeValueType::Enum(values)) = definition else {
            return None;
        };
        (name == "VFrameFormat").then_some(values)
    });
    let format = |message: &Message| -> Option<String> {
        match dbc.resolved_message_attribute(message.id, "VFrameFormat")? {
            AttributeValue::String(text) => Some(text.clone()),
            AttributeValue::Uint(at) => formats?.get(usize::try_from(*at).ok()?).cloned(),
            AttributeValue::Int(at) => formats?.get(usize::try_from(*at).ok()?).cloned(),
            AttributeValue::Double(at) => formats?.get(*at as usize).cloned(),
        }
    };
    let mut found = BTreeMap::new();
    for (at, message) in dbc.messages.iter().enumerate() {
        let MessageId::Extended(id) = message.id else { continue };
        // Templates have the null address 254 as their source.
        let template = whole.is_none() && formats.is_none() && id & 0xFF == 0xFE;
        let declared = format(message).map(|format| format.contains("J1939"));
        if declared.or(whole).unwrap_or(template) {
            found.entry(group(id)).or_insert(at);
        }
    }
    found
}

/// The parameter group of a J1939 id (SAE J1939-21): without priority and source, and without the destination that
/// stands in its place below 240.
pub(super) fn group(id: u32) -> u32 {
    let group = id >> 8 & 0x3_FFFF;
    if (group >> 8 & 0xFF) < 240 { group & 0x3_FF00 } else { group }
}

/// The message of a frame in the first description that has it: by its id, else by its J1939 group.
pub(super) fn described(descriptions: &[Description], id: MessageId) -> Option<Described<'_>> {
    let exact = descriptions.iter().find_map(|description| {
        let at = *description.by_id.get(&id.raw())?;
        let message = description.dbc.messages.get(at)?;
        let j1939 =
            matches!(id, MessageId::Extended(id) if description.by_group.get(&group(id)) == Some(&at));
        Some(Described { description, message, j1939, by_group: false })
    });
    exact.or_else(|| {
        let MessageId::Extended(id) = id else { return None };
        descriptions.iter().find_map(|description| {
            let message = description.dbc.messages.get(*description.by_group.get(&group(id))?)?;
            Some(Described { description, message, j1939: true, by_group: true })
        })
    })
}

impl Described<'_> {
    /// The id of the description, with bit 31 for extended ones.
    pub(super) fn raw(&self) -> u32 {
        self.message.id.raw()
    }

    /// Name of the message, uncut.
    pub(super) fn name(&self) -> &str {
        self.description.long_messages.get(&self.message.id.raw()).unwrap_or(&self.message.name)
    }

    /// Names of the signals, uncut, their units, and their values of a frame.
    pub(super) fn signals(&self) -> impl Iterator<Item = DescribedSignal<'_>> {
        let mut names = BTreeSet::new();
        self.message.signals.iter().map(move |signal| {
            let key = (self.message.id.raw(), signal.name.clone());
            let name = self.description.long_signals.get(&key).unwrap_or(&signal.name);
            // Two long names may be equal where the short ones are not.
            let name = if names.insert(name.clone()) { name } else { &signal.name };
            DescribedSignal { of: self, signal, name: name.clone() }
        })
    }
}

/// A signal of a described message.
pub(super) struct DescribedSignal<'a> {
    of: &'a Described<'a>,
    signal: &'a Signal,
    /// Name, uncut.
    pub(super) name: String,
}

impl DescribedSignal<'_> {
    /// Unit, "" if there is none.
    pub(super) fn unit(&self) -> &str {
        &self.signal.unit
    }

    /// The value in a frame; `None` if the frame is too short or another signal is multiplexed in its place.
    pub(super) fn value(&self, data: &[u8]) -> Option<f64> {
        value(&self.of.description.dbc, self.of.message, self.signal, data)
    }
}

/// The physical value of a signal; `None` if the frame is too short or another signal is multiplexed in its place.
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
