//! Messages of recorders: from bytes by their schema to values, and from values to images, points, places,
//! log lines, boxes, transforms and numbers.
//!
//! MCAP files, ROS 1 bags and rosbag2 folders share this. What a known schema means is a kind: one file ending
//! in `static KIND`s, and their lines in [`MEANINGS`].

use crate::base::time::Time;
use crate::clips::video::Codec;
use crate::data::clip::{ChannelKind, Sample};

use protobuf::Descriptors;
use ros::Definitions;
use value::Value;

mod boxes;
mod boxes2d;
mod images;
mod json;
mod logs;
pub(in crate::clips) mod numbers;
mod pixels;
mod places;
mod points;
mod protobuf;
mod ros;
mod ros_idl;
mod ros_wire;
pub(super) mod transforms;
mod value;

/// What a message carries.
pub(super) enum Content {
    /// A sample that stands for itself.
    Sample(Sample),
    /// A part of a video, which needs those before it.
    Packet(Packet),
}

/// A part of a video as a camera sent it.
pub(super) struct Packet {
    pub(super) codec: Codec,
    /// With start codes, or as the codec has it.
    pub(super) data: Vec<u8>,
}

/// What the messages of known schemas mean.
pub(super) struct Meaning {
    /// The schemas, ROS names without `/msg`.
    schemas: &'static [&'static str],
    /// What the channel is shown as.
    pub(super) kind: ChannelKind,
    /// Whether the numbers inside are worth plotting as well.
    pub(super) numbers: bool,
    /// Takes a message apart.
    read: fn(&Value<'_>) -> Result<Sample, String>,
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
    &boxes2d::DETECTIONS,
    &boxes2d::ANNOTATIONS,
    &transforms::KIND,
    &transforms::CALIBRATION,
    &transforms::ODOMETRY,
];

/// Calls `found` with path and value of every number in a JSON value.
pub(super) fn numbers_of_json(json: serde_json::Value, found: impl FnMut(&str, f64)) {
    numbers::each(&json::taken_over(json), found);
}

/// How the bytes of a channel become values.
#[derive(Clone, Debug)]
enum Format {
    Json,
    Cdr(Definitions),
    Packed(Definitions),
    Protobuf(Descriptors),
    /// Nothing is known, and why.
    Unknown(String),
}

/// Reads the messages of one channel.
#[derive(Clone)]
pub(super) struct Decoder {
    format: Format,
    meaning: Option<&'static Meaning>,
}

impl Decoder {
    /// From what the recording says about the channel: `cdr`, `ros2msg`, `sensor_msgs/msg/Image` and the
    /// definition.
    pub(super) fn new(encoding: &str, schema_encoding: &str, schema: &str, definition: &[u8]) -> Self {
        let text = || String::from_utf8_lossy(definition);
        let format = match (encoding, schema_encoding) {
            ("json", _) => Ok(Format::Json),
            ("protobuf", _) => Descriptors::parse(schema, definition).map(Format::Protobuf),
            ("cdr", "ros2idl") => ros_idl::translated(&text())
                .and_then(|text| Definitions::parse(schema, &text))
                .map(Format::Cdr),
            ("cdr", "ros2msg" | "") => Definitions::parse(schema, &text()).map(Format::Cdr),
            ("cdr", _) => Definitions::parse(schema, "").map(Format::Cdr),
            ("ros1", _) => Definitions::parse(schema, &text()).map(Format::Packed),
            (other, _) => Err(format!("message encoding {other:?} is not known")),
        };
        let name = ros::short(schema);
        let meaning = MEANINGS.iter().find(|meaning| meaning.schemas.contains(&name.as_str())).copied();
        Self { format: format.unwrap_or_else(Format::Unknown), meaning }
    }

    /// What the channel is shown as, besides its numbers.
    pub(super) fn kind(&self) -> ChannelKind {
        match (&self.format, self.meaning) {
            (Format::Unknown(_), _) | (_, None) => ChannelKind::Other,
            (_, Some(meaning)) => meaning.kind,
        }
    }

    /// Whether the numbers inside are worth looking for.
    pub(super) fn carries_numbers(&self) -> bool {
        !matches!(self.format, Format::Unknown(_)) && self.meaning.is_none_or(|meaning| meaning.numbers)
    }

    /// Why the channel cannot be read, if so.
    pub(super) fn problem(&self) -> Option<&str> {
        match &self.format {
            Format::Unknown(problem) => Some(problem),
            Format::Json | Format::Cdr(_) | Format::Packed(_) | Format::Protobuf(_) => None,
        }
    }

    /// The message as values.
    pub(super) fn value<'a>(&'a self, data: &'a [u8]) -> Result<Value<'a>, String> {
        match &self.format {
            Format::Json => json::decode(data),
            Format::Cdr(definitions) => ros_wire::decode_cdr(definitions, data),
            Format::Packed(definitions) => ros_wire::decode_packed(definitions, data),
            Format::Protobuf(descriptors) => descriptors.decode(data),
            Format::Unknown(problem) => Err(problem.clone()),
        }
    }

    /// What the message means.
    pub(super) fn sample(&self, data: &[u8]) -> Result<Sample, String> {
        match self.content(data)? {
            Content::Sample(sample) => Ok(sample),
            Content::Packet(_) => Err("a packet of a video is no picture by itself".to_owned()),
        }
    }

    /// What the message means, or the packet of a video that it carries.
    pub(super) fn content(&self, data: &[u8]) -> Result<Content, String> {
        let meaning = self.meaning.ok_or("the meaning of the message is not known")?;
        let value = self.value(data)?;
        if meaning.kind == ChannelKind::Camera
            && let Some(packet) = images::packet(&value)
        {
            return packet.map(Content::Packet);
        }
        (meaning.read)(&value).map(Content::Sample)
    }

    /// When the message was made by its own account: `header.stamp` of ROS, `timestamp` of Foxglove.
    pub(super) fn stamp(&self, data: &[u8]) -> Option<Time> {
        transforms::stamp(&self.value(data).ok()?)
    }
}
