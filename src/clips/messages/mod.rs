//! Messages of recorders: from bytes by their schema to values, and from values to images, points, positions,
//! log lines, boxes, transforms and numbers.
//!
//! MCAP files, ROS 1 bags and rosbag2 folders share this. The decoder of a known schema is a kind: one file ending
//! in `static KIND`s, and their lines in [`MEANINGS`].

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::time::Time;
use crate::base::unpacked;
use crate::clips::video::Codec;
use crate::data::clip::{ChannelKind, Sample};

pub(super) use error::MessageError;

use protobuf::Descriptors;
use ros::{Definitions, Dialect};
use value::Value;

mod boxes;
mod boxes2d;
mod error;
mod images;
mod json;
pub(in crate::clips) mod lines;
mod logs;
pub(in crate::clips) mod numbers;
mod objects;
mod paths;
mod pixels;
mod places;
mod points;
mod protobuf;
mod ros;
mod ros_idl;
mod ros_wire;
pub(super) mod transforms;
mod value;

/// Content of a message.
pub(super) enum Content {
    /// A complete sample.
    Sample(Sample),
    /// A video packet, which needs those before it.
    Packet(Packet),
}

/// A video packet as sent by a camera.
pub(super) struct Packet {
    pub(super) codec: Codec,
    /// With start codes, or in the codec's own form.
    pub(super) data: Vec<u8>,
}

/// Decoder of messages with known schemas.
pub(super) struct Meaning {
    /// Schema names, ROS names without `/msg`.
    schemas: &'static [&'static str],
    /// Kind of the channel.
    pub(super) kind: ChannelKind,
    /// True if the numbers inside are plotted as well.
    pub(super) numbers: bool,
    /// Converts a message to a sample.
    read: fn(&Value<'_>) -> Result<Sample, MessageError>,
}

static MEANINGS: &[&Meaning] = &[
    &images::COMPRESSED,
    &images::RAW,
    &images::VIDEO,
    &points::CLOUD,
    &points::FOXGLOVE_CLOUD,
    &points::SCAN,
    &points::FOXGLOVE_SCAN,
    &points::RADAR,
    &places::KIND,
    &logs::KIND,
    &logs::TEXT,
    &logs::DIAGNOSTICS,
    &boxes::SCENE,
    &boxes::MARKERS,
    &boxes::DETECTIONS,
    &objects::AUTOWARE,
    &objects::DERIVED,
    &paths::ROS,
    &paths::AUTOWARE,
    &paths::FOXGLOVE,
    &boxes2d::DETECTIONS,
    &boxes2d::ANNOTATIONS,
    &transforms::KIND,
    &transforms::CALIBRATION,
    &transforms::ODOMETRY,
];

/// Calls `found` with path and value of every number in a JSON value.
pub(super) fn numbers_of_json(json: serde_json::Value, found: impl FnMut(&str, f64)) {
    // Tables of the CAN expansion have a few numbers a row.
    let _overfull = numbers::each(&json::taken_over(json), found);
}

/// First bytes of a frame of zstd; messages in CDR begin with a zero.
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Decompresses a message.
fn unpacked(data: &[u8]) -> Result<Vec<u8>, MessageError> {
    /// Maximum size of a message.
    const MOST: u64 = 1 << 30;
    let decoder = zstd::stream::read::Decoder::with_buffer(data);
    decoder
        .and_then(|decoder| unpacked::read(decoder, data.len(), MOST))
        .map_err(|err| MessageError::damaged(format!("the compressed message is damaged ({err})")))
}

/// Encoding of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Cdr(Definitions),
    Packed(Definitions),
    Protobuf(Descriptors),
    /// Unsupported, with the reason.
    Unknown(MessageError),
}

/// Encoding and schema of a channel as the recording states them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Encoding of the messages: `cdr`, `ros1`, `protobuf`, `json`.
    pub encoding: String,
    /// Encoding of the definition: `ros2msg`, `protobuf`, `jsonschema`.
    pub schema_encoding: String,
    /// Name of the schema; "" if there is none.
    pub schema: String,
    /// The definition.
    pub definition: Vec<u8>,
}

/// Decoder of the messages of one channel.
#[derive(Clone)]
pub(super) struct Decoder {
    format: Format,
    meaning: Option<&'static Meaning>,
    described: Arc<Described>,
}

impl PartialEq for Decoder {
    /// True if both decode the same bytes to the same sample.
    fn eq(&self, other: &Self) -> bool {
        let meaning = |decoder: &Self| decoder.meaning.map(std::ptr::from_ref);
        self.format == other.format && meaning(self) == meaning(other)
    }
}

impl Decoder {
    /// From the description in the recording: `cdr`, `ros2msg`, `sensor_msgs/msg/Image` and the
    /// definition.
    pub(super) fn new(encoding: &str, schema_encoding: &str, schema: &str, definition: &[u8]) -> Self {
        let text = || String::from_utf8_lossy(definition);
        let format = match (encoding, schema_encoding) {
            ("json", _) => Ok(Format::Json),
            ("protobuf", "protobuf" | "") => Descriptors::parse(schema, definition).map(Format::Protobuf),
            ("cdr", "ros2idl") => ros_idl::translated(&text())
                .and_then(|text| Definitions::parse(schema, &text, Dialect::Ros2))
                .map(Format::Cdr),
            ("cdr", "ros2msg" | "") => Definitions::parse(schema, &text(), Dialect::Ros2).map(Format::Cdr),
            ("ros1", "ros1msg" | "") => {
                Definitions::parse(schema, &text(), Dialect::Ros1).map(Format::Packed)
            }
            ("cdr" | "ros1" | "protobuf", other) => {
                Err(MessageError::unsupported(format!("unknown schema encoding {other:?}")))
            }
            ("", _) => Err(MessageError::unsupported("the channel names no message encoding")),
            (other, _) => Err(MessageError::unsupported(format!("unknown message encoding {other:?}"))),
        };
        let described = Arc::new(Described {
            encoding: encoding.to_owned(),
            schema_encoding: schema_encoding.to_owned(),
            schema: schema.to_owned(),
            definition: definition.to_vec(),
        });
        let name = ros::short(schema);
        let meaning = MEANINGS.iter().find(|meaning| meaning.schemas.contains(&name.as_str())).copied();
        Self { format: format.unwrap_or_else(Format::Unknown), meaning, described }
    }

    /// Decoder of messages of an encoding that cannot be read for this reason.
    pub(super) fn unknown(encoding: &str, problem: String) -> Self {
        let described = Arc::new(Described { encoding: encoding.to_owned(), ..Described::default() });
        Self { format: Format::Unknown(MessageError::Definition { what: problem }), meaning: None, described }
    }

    /// Encoding and schema as the recording states them.
    pub(super) fn described(&self) -> &Arc<Described> {
        &self.described
    }

    /// The message without the compression of rosbag2 for single messages.
    pub(super) fn plain<'a>(&self, data: &'a [u8]) -> Result<Cow<'a, [u8]>, MessageError> {
        if matches!(self.format, Format::Cdr(_)) && data.starts_with(&ZSTD) {
            return unpacked(data).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(data))
    }

    /// Kind of the channel, besides its numbers.
    pub(super) fn kind(&self) -> ChannelKind {
        match (&self.format, self.meaning) {
            (Format::Unknown(_), _) | (_, None) => ChannelKind::Other,
            (_, Some(meaning)) => meaning.kind,
        }
    }

    /// True if the numbers inside are plotted.
    pub(super) fn carries_numbers(&self) -> bool {
        !matches!(self.format, Format::Unknown(_)) && self.meaning.is_none_or(|meaning| meaning.numbers)
    }

    /// Reason if the channel cannot be read.
    pub(super) fn problem(&self) -> Option<&MessageError> {
        match &self.format {
            Format::Unknown(problem) => Some(problem),
            Format::Json | Format::Cdr(_) | Format::Packed(_) | Format::Protobuf(_) => None,
        }
    }

    /// The message as values.
    pub(super) fn value<'a>(&'a self, data: &'a [u8]) -> Result<Value<'a>, MessageError> {
        match &self.format {
            Format::Json => json::decode(data),
            Format::Cdr(definitions) => ros_wire::decode_cdr(definitions, data),
            Format::Packed(definitions) => ros_wire::decode_packed(definitions, data),
            Format::Protobuf(descriptors) => descriptors.decode(data),
            Format::Unknown(problem) => Err(problem.clone()),
        }
    }

    /// The message as a sample.
    pub(super) fn sample(&self, data: &[u8]) -> Result<Sample, MessageError> {
        match self.content(data)? {
            Content::Sample(sample) => Ok(sample),
            Content::Packet(_) => Err(MessageError::unsupported("a single video packet is not an image")),
        }
    }

    /// The message as a sample, or the video packet that it carries.
    pub(super) fn content(&self, data: &[u8]) -> Result<Content, MessageError> {
        let meaning = self.meaning.ok_or_else(|| MessageError::unsupported("unknown message type"))?;
        let value = self.value(data)?;
        if meaning.kind == ChannelKind::Camera
            && let Some(packet) = images::packet(&value)
        {
            return packet.map(Content::Packet);
        }
        (meaning.read)(&value).map(Content::Sample)
    }

    /// Header stamp of the message: `header.stamp` of ROS, `timestamp` of Foxglove.
    pub(super) fn stamp(&self, data: &[u8]) -> Option<Time> {
        transforms::stamp(&self.value(data).ok()?)
    }
}
