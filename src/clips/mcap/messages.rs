//! What is inside a message: pictures and numbers, by encoding and schema name.

use base64::Engine as _;
use prost::Message as _;
use serde_json::Value;

use crate::clips::mcap::cdr::Cdr;
use crate::clips::mcap::pixels::{self, Raw};
use crate::data::image::Image;

/// How to read the messages of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoder {
    CompressedProtobuf,
    RawProtobuf,
    CompressedJson,
    RawJson,
    CompressedCdr,
    RawCdr,
    NumbersJson,
    Float64Cdr,
    Float32Cdr,
    Unknown,
}

impl Decoder {
    /// The decoder for a message encoding and a schema name.
    pub(super) fn for_message(encoding: &str, schema: &str) -> Self {
        match (encoding, schema) {
            ("protobuf", "foxglove.CompressedImage") => Self::CompressedProtobuf,
            ("protobuf", "foxglove.RawImage") => Self::RawProtobuf,
            ("json", "foxglove.CompressedImage") => Self::CompressedJson,
            ("json", "foxglove.RawImage") => Self::RawJson,
            ("cdr", "sensor_msgs/msg/CompressedImage" | "sensor_msgs/CompressedImage") => Self::CompressedCdr,
            ("cdr", "sensor_msgs/msg/Image" | "sensor_msgs/Image") => Self::RawCdr,
            ("cdr", "std_msgs/msg/Float64") => Self::Float64Cdr,
            ("cdr", "std_msgs/msg/Float32") => Self::Float32Cdr,
            ("json", _) => Self::NumbersJson,
            _ => Self::Unknown,
        }
    }

    pub(super) fn is_image(self) -> bool {
        matches!(
            self,
            Self::CompressedProtobuf
                | Self::RawProtobuf
                | Self::CompressedJson
                | Self::RawJson
                | Self::CompressedCdr
                | Self::RawCdr
        )
    }

    pub(super) fn carries_numbers(self) -> bool {
        matches!(self, Self::NumbersJson | Self::Float64Cdr | Self::Float32Cdr)
    }

    /// The picture in a message.
    pub(super) fn image(self, data: &[u8]) -> Result<Image, String> {
        match self {
            Self::CompressedProtobuf => {
                let message =
                    CompressedImage::decode(data).map_err(|err| format!("damaged protobuf ({err})"))?;
                compressed(&message.data, &message.format)
            }
            Self::RawProtobuf => {
                let message = RawImage::decode(data).map_err(|err| format!("damaged protobuf ({err})"))?;
                pixels::rgb(&Raw {
                    width: message.width,
                    height: message.height,
                    step: message.step,
                    encoding: &message.encoding,
                    big_endian: false,
                    data: &message.data,
                })
            }
            Self::CompressedJson => {
                let json: Value =
                    serde_json::from_slice(data).map_err(|err| format!("damaged JSON ({err})"))?;
                compressed(&base64_field(&json)?, text_field(&json, "format")?)
            }
            Self::RawJson => {
                let json: Value =
                    serde_json::from_slice(data).map_err(|err| format!("damaged JSON ({err})"))?;
                pixels::rgb(&Raw {
                    width: number_field(&json, "width")?,
                    height: number_field(&json, "height")?,
                    step: number_field(&json, "step")?,
                    encoding: text_field(&json, "encoding")?,
                    big_endian: false,
                    data: &base64_field(&json)?,
                })
            }
            Self::CompressedCdr => {
                let mut cdr = Cdr::new(data)?;
                cdr.header()?;
                let format = cdr.string()?;
                compressed(cdr.bytes()?, format)
            }
            Self::RawCdr => {
                let mut cdr = Cdr::new(data)?;
                cdr.header()?;
                let (height, width) = (cdr.u32()?, cdr.u32()?);
                let encoding = cdr.string()?;
                let big_endian = cdr.u8()? != 0;
                let step = cdr.u32()?;
                pixels::rgb(&Raw { width, height, step, encoding, big_endian, data: cdr.bytes()? })
            }
            Self::NumbersJson | Self::Float64Cdr | Self::Float32Cdr | Self::Unknown => {
                Err("the message is not a picture".to_owned())
            }
        }
    }
}

/// The numbers in a message with their paths: `position.x`; "" when the message is one number.
pub(super) fn numbers(decoder: Decoder, data: &[u8]) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    match decoder {
        Decoder::NumbersJson => {
            if let Ok(json) = serde_json::from_slice::<Value>(data) {
                collect(&json, String::new(), 3, &mut found);
            }
        }
        Decoder::Float64Cdr => {
            found.extend(Cdr::new(data).and_then(|mut c| c.f64()).map(|v| (String::new(), v)));
        }
        Decoder::Float32Cdr => {
            found.extend(Cdr::new(data).and_then(|mut c| c.f32()).map(|v| (String::new(), f64::from(v))));
        }
        Decoder::CompressedProtobuf
        | Decoder::RawProtobuf
        | Decoder::CompressedJson
        | Decoder::RawJson
        | Decoder::CompressedCdr
        | Decoder::RawCdr
        | Decoder::Unknown => {}
    }
    found
}

fn collect(json: &Value, path: String, depth: usize, found: &mut Vec<(String, f64)>) {
    match json {
        Value::Number(number) => found.extend(number.as_f64().map(|value| (path, value))),
        Value::Bool(value) => found.push((path, f64::from(u8::from(*value)))),
        Value::Object(fields) if depth > 0 => {
            for (name, value) in fields {
                if matches!(name.as_str(), "timestamp" | "stamp" | "header" | "sec" | "nsec") {
                    continue;
                }
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(value, path, depth - 1, found);
            }
        }
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => {}
    }
}

fn compressed(data: &[u8], format: &str) -> Result<Image, String> {
    Image::decode(data).map_err(|err| format!("{err} (announced as {format:?})"))
}

fn base64_field(json: &Value) -> Result<Vec<u8>, String> {
    let text = text_field(json, "data")?;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|err| format!("field \"data\" is not base64 ({err})"))
}

fn text_field<'a>(json: &'a Value, name: &str) -> Result<&'a str, String> {
    json.get(name).and_then(Value::as_str).ok_or_else(|| format!("field {name:?} is missing"))
}

fn number_field(json: &Value, name: &str) -> Result<u32, String> {
    let number = json.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    number.ok_or_else(|| format!("field {name:?} is missing"))
}

/// The fields of `foxglove.CompressedImage` that matter here.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct CompressedImage {
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
    #[prost(string, tag = "3")]
    format: String,
}

/// The fields of `foxglove.RawImage` that matter here.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct RawImage {
    #[prost(fixed32, tag = "2")]
    width: u32,
    #[prost(fixed32, tag = "3")]
    height: u32,
    #[prost(string, tag = "4")]
    encoding: String,
    #[prost(fixed32, tag = "5")]
    step: u32,
    #[prost(bytes = "vec", tag = "6")]
    data: Vec<u8>,
}
