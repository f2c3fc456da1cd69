//! Tags as `foxglove.Event` messages in an MCAP file beside the recording, which opens with it.

use std::io::Cursor;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::base::inputs::{self, InputKind};
use crate::base::time::Time;
use crate::data::labels::label::{Attributes, Value};
use crate::data::labels::tag::Tag;
use crate::exchange::bundle::Bundle;
use crate::exchange::losses::{Holds, Tags};
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, has_extension, io, malformed, write_file};

const SCHEMA: &str = "foxglove.Event";
const TOPIC: &str = "/events";

/// JSON messages of the well-known schema.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "mcap",
    title: "MCAP events",
    holds: Holds { tags: Tags::Whole, ..Holds::NOTHING },
    one_file: Some("events.mcap"),
    pictures: None,
    accepts: |path| has_extension(path, "mcap"),
    read,
    write,
};

fn stamp(time: Time) -> Json {
    json!({ "sec": time.0.div_euclid(1_000_000_000), "nsec": time.0.rem_euclid(1_000_000_000) })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let bytes = written(bundle).map_err(|err| malformed(path, err.to_string()))?;
    write_file(path, &bytes)
}

/// A chunk that cannot be as large as it says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk of {length} bytes says that it unpacks to {unpacked} bytes, it is damaged")]
struct Overpacked {
    length: u64,
    unpacked: u64,
}

/// Number of bytes at the beginning whose records lie in the file. Chunks that say they unpack to far more than they can are
/// an error: the memory for it would be taken at once.
fn sound(bytes: &[u8]) -> Result<usize, Overpacked> {
    /// Kind of the record of a chunk.
    const CHUNK: u8 = 0x06;
    /// Messages of JSON do not pack better than this.
    const MOST_PACKED: u64 = 1024;
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?));
    // The file begins with eight bytes of its own; a record has its kind, its length and its content, and a chunk its size
    // unpacked behind two times.
    let mut at = 8;
    while let (Some(kind), Some(length)) = (bytes.get(at), number(at + 1)) {
        let unpacked = number(at + 25).filter(|_| *kind == CHUNK).unwrap_or_default();
        if unpacked > length.saturating_mul(MOST_PACKED) {
            return Err(Overpacked { length, unpacked });
        }
        let next = usize::try_from(length).ok().and_then(|length| at.checked_add(length)?.checked_add(9));
        let Some(next) = next.filter(|next| *next <= bytes.len()) else { return Ok(at) };
        // Behind 28 bytes and the length of its form a chunk that is not packed has its records, with their length.
        let inner = bytes
            .get(at + 49..next)
            .filter(|_| *kind == CHUNK && bytes.get(at + 37..at + 41) == Some(&[0; 4]));
        if inner.is_some_and(|inner| !holds_records(inner)) {
            return Ok(at);
        }
        at = next;
    }
    Ok(bytes.len())
}

/// True if bytes are whole records.
fn holds_records(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = rest.get(1..9).and_then(|length| length.try_into().ok()).map(u64::from_le_bytes);
        let next = length.and_then(|length| usize::try_from(length).ok()?.checked_add(9));
        let Some(after) = next.and_then(|next| rest.get(next..)) else { return false };
        rest = after;
    }
    true
}

fn written(bundle: &Bundle) -> Result<Vec<u8>, mcap::McapError> {
    let schema = json!({
        "title": SCHEMA, "type": "object",
        "properties": {
            "id": { "type": "string" },
            "device_id": { "type": "string" },
            "start_time": { "type": "object", "properties": { "sec": { "type": "integer" }, "nsec": { "type": "integer" } } },
            "end_time": { "type": "object", "properties": { "sec": { "type": "integer" }, "nsec": { "type": "integer" } } },
            "metadata": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    });
    let mut bytes = Cursor::new(Vec::new());
    let options = mcap::WriteOptions::new().compression(None).library("hardcase");
    let mut writer = options.create(&mut bytes)?;
    let schema = writer.add_schema(SCHEMA, "jsonschema", schema.to_string().as_bytes())?;
    let channel = writer.add_channel(schema, TOPIC, "json", &std::collections::BTreeMap::new())?;
    for (sequence, tag) in bundle.tags.iter().enumerate() {
        let start = Time(tag.start.0.max(0));
        let mut metadata = json!({ "type": tag.kind });
        if !tag.note.is_empty() {
            metadata["note"] = json!(tag.note);
        }
        for (name, value) in &tag.attributes {
            // Text is stored as it is, everything else as JSON.
            let text = match value {
                Value::Text(text) => text.clone(),
                Value::Flag(_) | Value::Number(_) | Value::Many(_) => {
                    serde_json::to_string(value).unwrap_or_default()
                }
            };
            metadata[format!("attribute.{name}")] = json!(text);
        }
        let message = json!({
            "id": tag.id.to_string(), "device_id": "", "start_time": stamp(start),
            "end_time": stamp(tag.end.unwrap_or(start)), "metadata": metadata,
        });
        let header = mcap::records::MessageHeader {
            channel_id: channel,
            sequence: sequence as u32,
            log_time: start.0 as u64,
            publish_time: start.0 as u64,
        };
        writer.write_to_known_channel(&header, message.to_string().as_bytes())?;
    }
    writer.finish()?;
    drop(writer);
    Ok(bytes.into_inner())
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let bytes = inputs::read(path, InputKind::Labels).map_err(io(path))?;
    let (mut bundle, mut warnings) = (Bundle::empty(), Vec::new());
    let sound = sound(&bytes).map_err(|err| malformed(path, err.to_string()))?;
    if sound < bytes.len() {
        warnings.push("the rest of the file is damaged (a record is longer than the file)".to_owned());
    }
    let options = mcap::read::Options::IgnoreEndMagic.into();
    let messages = mcap::MessageStream::new_with_options(bytes.get(..sound).unwrap_or_default(), options)
        .map_err(|err| malformed(path, err.to_string()))?;
    for message in messages {
        let message = match message {
            Ok(message) => message,
            Err(err) => {
                warnings.push(format!("the rest of the file is damaged ({err})"));
                break;
            }
        };
        let event = message.channel.schema.as_ref().is_some_and(|schema| schema.name == SCHEMA);
        if !event || message.channel.message_encoding != "json" {
            continue;
        }
        let Ok(event) = serde_json::from_slice::<Json>(&message.data) else { continue };
        let time = |key: &str| {
            let nanos = event[key]["nsec"].as_i64().or_else(|| event[key]["nanosec"].as_i64()).unwrap_or(0);
            let sec = event[key]["sec"].as_i64()?;
            sec.checked_mul(1_000_000_000)?.checked_add(nanos).map(Time)
        };
        let start = time("start_time").unwrap_or(Time(message.log_time as i64));
        let (mut kind, mut note, mut attributes) = ("event".to_owned(), String::new(), Attributes::new());
        for (name, value) in event["metadata"].as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match name.strip_prefix("attribute.") {
                Some(name) => {
                    let value = serde_json::from_str(&text).unwrap_or(Value::Text(text));
                    attributes.insert(name.to_owned(), value);
                }
                None if name == "type" => kind = text,
                None if name == "note" => note = text,
                None => {
                    attributes.insert(name.clone(), Value::guessed(&text));
                }
            }
        }
        bundle.know_tag(&kind);
        let id = bundle.tags.len() as u64 + 1;
        let end = time("end_time").filter(|end| *end > start);
        bundle.tags.push(Tag { id, clip: String::new(), kind, start, end, note, attributes });
    }
    Ok(Read { bundle, warnings })
}
