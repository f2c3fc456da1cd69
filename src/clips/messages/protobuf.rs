//! Protobuf messages by the `FileDescriptorSet` that the recording carries.
//!
//! The wire format is walked by hand so that images and point clouds are not copied
//! (<https://protobuf.dev/programming-guides/encoding/>).

use std::borrow::Cow;
use std::collections::BTreeMap;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type as Kind};
use prost_types::{DescriptorProto, FileDescriptorSet};

use super::error::MessageError;
use super::value::Value;

/// Maximum nesting depth of a message.
const MAX_DEPTH: usize = 48;

/// The messages of a descriptor set; the one that the channel carries is [`Self::root`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Descriptors {
    messages: Vec<Vec<Field>>,
    root: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    number: u32,
    name: String,
    kind: Kind,
    repeated: bool,
    /// True if an absent field is zero: not so in proto2, in a `oneof` or if it was declared optional.
    plain: bool,
    /// Index of its message type.
    message: Option<usize>,
}

impl Descriptors {
    /// Parses the descriptor set; a recording without one still has the well-known image types.
    pub(super) fn parse(name: &str, data: &[u8]) -> Result<Self, MessageError> {
        let set = FileDescriptorSet::decode(data).map_err(|err| {
            MessageError::damaged(format!("the protobuf description of {name} is damaged ({err})"))
        })?;
        let mut places = BTreeMap::new();
        let mut found = Vec::new();
        // Without a syntax it is proto2, in which an absent field has no value.
        let mut implicit = Vec::new();
        for file in &set.file {
            let package = file.package.as_deref().unwrap_or_default();
            for message in &file.message_type {
                collect(message, package, &mut places, &mut found);
            }
            implicit.resize(found.len(), file.syntax() == "proto3");
        }
        if let Some(root) = places.get(name).copied() {
            let all = found.iter().zip(implicit);
            let messages = all.map(|(message, implicit)| fields(message, &places, implicit)).collect();
            return Ok(Self { messages, root });
        }
        known(name).map(|fields| Self { messages: vec![fields], root: 0 }).ok_or_else(|| {
            MessageError::definition(format!(
                "the recording has no description of the protobuf message {name}"
            ))
        })
    }

    /// Decodes one message.
    pub(super) fn decode<'a>(&'a self, data: &'a [u8]) -> Result<Value<'a>, MessageError> {
        self.message(self.root, data, 0)
    }

    fn message<'a>(&'a self, at: usize, data: &'a [u8], depth: usize) -> Result<Value<'a>, MessageError> {
        if depth > MAX_DEPTH {
            return Err(MessageError::damaged("the message is nested too deeply"));
        }
        let fields = self.messages.get(at).map(Vec::as_slice).unwrap_or_default();
        let mut slots: Vec<Vec<Value<'a>>> = vec![Vec::new(); fields.len()];
        let mut wire = Wire { data, at: 0 };
        while wire.at < data.len() {
            let key = wire.varint()?;
            let (number, kind) = ((key >> 3) as u32, key & 7);
            let slot = fields.iter().position(|field| field.number == number);
            let Some((field, values)) = slot.and_then(|i| fields.get(i).zip(slots.get_mut(i))) else {
                wire.skip(kind)?;
                continue;
            };
            match (kind, field.kind) {
                (2, Kind::String) => values.push(Value::Text(String::from_utf8_lossy(wire.block()?))),
                (2, Kind::Bytes) => values.push(Value::Bytes(Cow::Borrowed(wire.block()?))),
                (2, Kind::Message) => {
                    let block = wire.block()?;
                    if let Some(inner) = field.message {
                        values.push(self.message(inner, block, depth + 1)?);
                    }
                }
                (2, _) if field.repeated => {
                    let mut packed = Wire { data: wire.block()?, at: 0 };
                    while packed.at < packed.data.len() {
                        values.push(packed.plain(field.kind)?);
                    }
                }
                (3, Kind::Group) => wire.skip(kind)?,
                (0 | 1 | 5, of) if field.wire() == Some(kind) => values.push(wire.plain(of)?),
                _ => {
                    return Err(MessageError::damaged(format!(
                        "field {:?} is not stored as its description says",
                        field.name
                    )));
                }
            }
        }
        let mut record = Vec::with_capacity(fields.len());
        for (field, mut values) in fields.iter().zip(slots) {
            let value = if field.repeated {
                let numbers: Option<Vec<f64>> = values.iter().map(Value::number).collect();
                match numbers {
                    Some(numbers) if !numbers.is_empty() => Value::Numbers(numbers),
                    _ => Value::List(values),
                }
            } else if let Some(last) = values.pop() {
                last
            } else if let Some(default) = field.default() {
                default
            } else {
                continue;
            };
            record.push((Cow::Borrowed(field.name.as_str()), value));
        }
        Ok(Value::Record(record))
    }
}

impl Field {
    /// The wire type of a single number.
    fn wire(&self) -> Option<u64> {
        match self.kind {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Some(1),
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Some(5),
            Kind::Bool
            | Kind::Enum
            | Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64 => Some(0),
            Kind::String | Kind::Bytes | Kind::Message | Kind::Group => None,
        }
    }

    /// Value of an absent field in proto3.
    fn default(&self) -> Option<Value<'static>> {
        if !self.plain {
            return None;
        }
        Some(match self.kind {
            Kind::Message | Kind::Group => return None,
            Kind::String => Value::Text(Cow::Borrowed("")),
            Kind::Bytes => Value::Bytes(Cow::Borrowed(&[])),
            Kind::Bool => Value::Bool(false),
            Kind::Double | Kind::Float => Value::Float(0.0),
            Kind::Int64
            | Kind::Uint64
            | Kind::Int32
            | Kind::Fixed64
            | Kind::Fixed32
            | Kind::Uint32
            | Kind::Enum
            | Kind::Sfixed32
            | Kind::Sfixed64
            | Kind::Sint32
            | Kind::Sint64 => Value::Int(0),
        })
    }
}

fn collect<'a>(
    message: &'a DescriptorProto,
    scope: &str,
    places: &mut BTreeMap<String, usize>,
    found: &mut Vec<&'a DescriptorProto>,
) {
    let name = message.name.as_deref().unwrap_or_default();
    let full = if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
    places.insert(full.clone(), found.len());
    found.push(message);
    for inner in &message.nested_type {
        collect(inner, &full, places, found);
    }
}

fn fields(message: &DescriptorProto, places: &BTreeMap<String, usize>, implicit: bool) -> Vec<Field> {
    message
        .field
        .iter()
        .map(|field| Field {
            number: field.number.unwrap_or_default().cast_unsigned(),
            name: field.name.clone().unwrap_or_default(),
            kind: field.r#type(),
            repeated: field.label() == Label::Repeated,
            plain: implicit && field.oneof_index.is_none() && !field.proto3_optional(),
            message: field
                .type_name
                .as_deref()
                .and_then(|name| places.get(name.strip_prefix('.').unwrap_or(name)).copied()),
        })
        .collect()
}

/// Image types that can be decoded without a description in the recording.
fn known(name: &str) -> Option<Vec<Field>> {
    let field = |number, name: &str, kind| Field {
        number,
        name: name.to_owned(),
        kind,
        repeated: false,
        plain: true,
        message: None,
    };
    match name {
        "foxglove.CompressedImage" => {
            Some(vec![field(2, "data", Kind::Bytes), field(3, "format", Kind::String)])
        }
        "foxglove.RawImage" => Some(vec![
            field(2, "width", Kind::Fixed32),
            field(3, "height", Kind::Fixed32),
            field(4, "encoding", Kind::String),
            field(5, "step", Kind::Fixed32),
            field(6, "data", Kind::Bytes),
        ]),
        _ => None,
    }
}

struct Wire<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Wire<'a> {
    fn varint(&mut self) -> Result<u64, MessageError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.data.get(self.at).ok_or(MessageError::Truncated)?;
            self.at += 1;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(MessageError::damaged("the message is damaged"))
    }

    fn block(&mut self) -> Result<&'a [u8], MessageError> {
        let length = usize::try_from(self.varint()?).map_err(|_beyond| MessageError::Truncated)?;
        self.take(length)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], MessageError> {
        let end = self.at.checked_add(count).ok_or(MessageError::Truncated)?;
        let bytes = self.data.get(self.at..end).ok_or(MessageError::Truncated)?;
        self.at = end;
        Ok(bytes)
    }

    fn fixed32(&mut self) -> Result<u32, MessageError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    fn fixed64(&mut self) -> Result<u64, MessageError> {
        let bytes = self.take(8)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    fn plain(&mut self, kind: Kind) -> Result<Value<'a>, MessageError> {
        Ok(match kind {
            Kind::Double => Value::Float(f64::from_bits(self.fixed64()?)),
            Kind::Float => Value::Float(f64::from(f32::from_bits(self.fixed32()?))),
            Kind::Fixed64 => Value::Uint(self.fixed64()?),
            Kind::Sfixed64 => Value::Int(self.fixed64()?.cast_signed()),
            Kind::Fixed32 => Value::Uint(u64::from(self.fixed32()?)),
            Kind::Sfixed32 => Value::Int(i64::from(self.fixed32()?.cast_signed())),
            Kind::Bool => Value::Bool(self.varint()? != 0),
            Kind::Uint64 => Value::Uint(self.varint()?),
            Kind::Uint32 => Value::Uint(self.varint()? & 0xFFFF_FFFF),
            Kind::Int32 | Kind::Enum => Value::Int(i64::from((self.varint()? as u32).cast_signed())),
            Kind::Int64 => Value::Int(self.varint()?.cast_signed()),
            Kind::Sint32 | Kind::Sint64 => {
                let value = self.varint()?;
                Value::Int((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
            }
            Kind::String | Kind::Bytes | Kind::Message | Kind::Group => {
                return Err(MessageError::mismatch("the message does not match its description"));
            }
        })
    }

    fn skip(&mut self, kind: u64) -> Result<(), MessageError> {
        match kind {
            0 => self.varint().map(drop),
            1 => self.take(8).map(drop),
            2 => self.block().map(drop),
            5 => self.take(4).map(drop),
            // Groups are obsolete; their contents do not belong to this message.
            3 => {
                let mut open = 1_usize;
                while open > 0 {
                    match self.varint()? & 7 {
                        3 => open += 1,
                        4 => open -= 1,
                        inner => self.skip(inner)?,
                    }
                }
                Ok(())
            }
            _ => Err(MessageError::damaged("the message is damaged")),
        }
    }
}
