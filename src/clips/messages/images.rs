//! Camera images.

use super::error::MessageError;
use super::pixels::{self, Raw};
use super::value::Value;
use super::{Meaning, Packet};
use crate::clips::video::Codec;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::image::Image;

/// JPEG, PNG, WebP or BMP inside a message.
pub(super) static COMPRESSED: Meaning = Meaning {
    schemas: &["foxglove.CompressedImage", "foxglove_msgs/CompressedImage", "sensor_msgs/CompressedImage"],
    kind: ChannelKind::Camera,
    numbers: false,
    read: |message| {
        let format = message.text_at("format").unwrap_or_default();
        let data = message.bytes_at("data").ok_or_else(|| MessageError::missing("data"))?;
        let named =
            |err: &dyn std::fmt::Display| MessageError::picture(format!("{err} (declared as {format:?})"));
        if format.contains("compressedDepth") {
            return depth(format, &data).map(Sample::Image).map_err(|err| named(&err));
        }
        Image::decode(&data).map(Sample::Image).map_err(|err| named(&err))
    },
};

/// Rows of pixels.
pub(super) static RAW: Meaning = Meaning {
    schemas: &["foxglove.RawImage", "foxglove_msgs/RawImage", "sensor_msgs/Image"],
    kind: ChannelKind::Camera,
    numbers: false,
    read: |message| raw(message).map(Sample::Image),
};

/// Video packets, decoded together with those before them.
pub(super) static VIDEO: Meaning = Meaning {
    schemas: &[
        "foxglove.CompressedVideo",
        "foxglove_msgs/CompressedVideo",
        "ffmpeg_image_transport_msgs/FFMPEGPacket",
    ],
    kind: ChannelKind::Camera,
    numbers: false,
    read: |message| {
        let format = format_of(message).unwrap_or_default();
        Err(MessageError::unsupported(format!(
            "unknown video format {format:?}, expected one of h264, h265, av1, vp9"
        )))
    },
};

fn format_of<'a>(message: &'a Value<'_>) -> Option<&'a str> {
    message.text_at("format").or_else(|| message.text_at("encoding"))
}

/// The video packet in a message.
pub(super) fn packet(message: &Value<'_>) -> Option<Result<Packet, MessageError>> {
    let format = format_of(message)?.to_ascii_lowercase();
    let says = |names: &[&str]| names.iter().any(|name| format.contains(name));
    let codec = if says(&["h264", "libx264", "avc1"]) {
        Codec::H264
    } else if says(&["h265", "hevc", "libx265"]) {
        Codec::H265
    } else if says(&["av1"]) {
        Codec::Av1
    } else if says(&["vp9"]) {
        Codec::Vp9
    } else {
        return None;
    };
    let data = message.bytes_at("data").map(std::borrow::Cow::into_owned);
    Some(data.map(|data| Packet { codec, data }).ok_or_else(|| MessageError::missing("data")))
}

fn raw(message: &Value<'_>) -> Result<Image, MessageError> {
    let size = |name| message.u32_at(name).ok_or_else(|| MessageError::missing(name));
    pixels::rgb(&Raw {
        width: size("width")?,
        height: size("height")?,
        step: message.u32_at("step").unwrap_or(0),
        encoding: message.text_at("encoding").ok_or_else(|| MessageError::missing("encoding"))?,
        big_endian: message.number_at("is_bigendian").is_some_and(|n| n != 0.0),
        data: &message.bytes_at("data").ok_or_else(|| MessageError::missing("data"))?,
    })
}

/// `compressedDepth` of ROS: twelve bytes, the kind of the file and two parameters, then a PNG file of 16 bits that holds
/// millimeters, or for floats the parameters over the meters, less the second one (`compressed_depth_image_transport`).
fn depth(format: &str, data: &[u8]) -> Result<Image, MessageError> {
    let (head, png) =
        data.split_at_checked(12).ok_or_else(|| MessageError::picture("the image is truncated"))?;
    let gray =
        image::load_from_memory(png).map_err(|err| MessageError::picture(err.to_string()))?.into_luma16();
    let parameter = |at: usize| {
        let bytes = head.get(at..).and_then(<[u8]>::first_chunk::<4>);
        bytes.map_or(0.0, |bytes| f32::from_le_bytes(*bytes))
    };
    let (a, b) = (parameter(4), parameter(8));
    let float = format.starts_with("32FC1");
    let meters = |value: &u16| match (*value, float) {
        (0, _) => 0.0,
        (value, false) => f32::from(value) / 1000.0,
        (value, true) => a / (f32::from(value) - b),
    };
    let meters: Vec<f32> = gray.as_raw().iter().map(meters).collect();
    let (width, height) = gray.dimensions();
    pixels::depths(width, height, &meters).ok_or_else(|| MessageError::picture("the image is empty"))
}
