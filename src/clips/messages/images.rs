//! Pictures of cameras.

use super::Meaning;
use super::pixels::{self, Raw};
use super::value::Value;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::image::Image;

/// JPEG, PNG, WebP or BMP inside a message.
pub(super) static COMPRESSED: Meaning = Meaning {
    schemas: &["foxglove.CompressedImage", "sensor_msgs/CompressedImage"],
    kind: ChannelKind::Camera,
    numbers: false,
    read: |message| {
        let format = message.text_at("format").unwrap_or_default();
        let data = message.bytes_at("data").ok_or("field \"data\" is missing")?;
        Image::decode(depth_payload(format, &data))
            .map(Sample::Image)
            .map_err(|err| format!("{err} (announced as {format:?})"))
    },
};

/// Rows of pixels.
pub(super) static RAW: Meaning = Meaning {
    schemas: &["foxglove.RawImage", "sensor_msgs/Image"],
    kind: ChannelKind::Camera,
    numbers: false,
    read: |message| raw(message).map(Sample::Image),
};

fn raw(message: &Value<'_>) -> Result<Image, String> {
    let size = |name| message.u32_at(name).ok_or_else(|| format!("field {name:?} is missing"));
    pixels::rgb(&Raw {
        width: size("width")?,
        height: size("height")?,
        step: message.u32_at("step").unwrap_or(0),
        encoding: message.text_at("encoding").ok_or("field \"encoding\" is missing")?,
        big_endian: message.number_at("is_bigendian").is_some_and(|n| n != 0.0),
        data: &message.bytes_at("data").ok_or("field \"data\" is missing")?,
    })
}

/// `compressedDepth` of ROS puts twelve bytes of parameters before the PNG.
fn depth_payload<'a>(format: &str, data: &'a [u8]) -> &'a [u8] {
    if format.contains("compressedDepth") { data.get(12..).unwrap_or(data) } else { data }
}
