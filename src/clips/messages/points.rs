//! Point clouds and laser scans.

use std::sync::Arc;

use glam::{DQuat, DVec3};

use super::Meaning;
use super::error::MessageError;
use super::value::Value;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::Pose;
use crate::data::geometry::points::{PointCloud, PointField};

/// `PointCloud2` of ROS, any order of fields.
pub(super) static CLOUD: Meaning = Meaning {
    schemas: &["sensor_msgs/PointCloud2"],
    kind: ChannelKind::Points,
    numbers: false,
    read: |message| {
        // int8, uint8, int16, uint16, int32, uint32, float32, float64
        const TYPES: [Number; 8] = {
            use Number::{F32, F64, I8, I16, I32, U8, U16, U32};
            [I8, U8, I16, U16, I32, U32, F32, F64]
        };
        let size = |name| message.u32_at(name).map(|n| n as usize).ok_or_else(|| MessageError::missing(name));
        let (width, height) = (size("width")?, size("height")?);
        let (step, row) = (size("point_step")?, size("row_step")?);
        let data = message.bytes_at("data").ok_or_else(|| MessageError::missing("data"))?;
        let big_endian = message.at("is_bigendian").and_then(Value::number).is_some_and(|n| n != 0.0);
        let layout = layout(message, "datatype", TYPES, step)?;
        let frame = message.text_at("header.frame_id").unwrap_or_default().to_owned();
        let row = if row == 0 || height <= 1 { step.saturating_mul(width) } else { row };
        if row < step.saturating_mul(width) {
            return Err(MessageError::fields(format!(
                "rows of {row} bytes cannot hold {width} points of {step} bytes"
            )));
        }
        if row
            .checked_mul(height.saturating_sub(1))
            .and_then(|n| n.checked_add(step.saturating_mul(width)))
            .is_none_or(|n| height > 0 && n > data.len())
        {
            return Err(MessageError::fields(format!(
                "{width}x{height} points of {step} bytes need more than {} bytes",
                data.len()
            )));
        }
        let points = width.saturating_mul(height);
        let declared = row.saturating_mul(height);
        // More bytes that are a whole number a point contradict the distance between points.
        if points > 0 && data.len() > declared && data.len().is_multiple_of(points) {
            let found = data.len();
            return Err(MessageError::fields(format!(
                "{width}x{height} points of {step} bytes are {declared} bytes, found {found}"
            )));
        }
        let rows = (0..height).filter_map(|y| data.get(y * row..y * row + step * width));
        Ok(cloud(
            frame,
            &layout,
            rows.flat_map(|row| row.chunks_exact(step.max(1))),
            big_endian,
            width * height,
            None,
        ))
    },
};

/// `foxglove.PointCloud`.
pub(super) static FOXGLOVE_CLOUD: Meaning = Meaning {
    schemas: &["foxglove.PointCloud"],
    kind: ChannelKind::Points,
    numbers: false,
    read: |message| {
        // 1 is uint8, then int8, uint16, int16, uint32, int32, float32, float64
        const TYPES: [Number; 8] = {
            use Number::{F32, F64, I8, I16, I32, U8, U16, U32};
            [U8, I8, U16, I16, U32, I32, F32, F64]
        };
        let step = message
            .u32_at("point_stride")
            .filter(|n| *n > 0)
            .ok_or_else(|| MessageError::missing("point_stride"))? as usize;
        let data = message.bytes_at("data").ok_or_else(|| MessageError::missing("data"))?;
        if !data.len().is_multiple_of(step) {
            return Err(MessageError::fields(format!(
                "{} bytes are not a whole number of points of {step} bytes",
                data.len()
            )));
        }
        let layout = layout(message, "type", TYPES, step)?;
        let frame = message.text_at("frame_id").unwrap_or_default().to_owned();
        let pose = message.at("pose").map(pose_of);
        Ok(cloud(frame, &layout, data.chunks_exact(step), false, data.len() / step, pose))
    },
};

/// `LaserScan` of ROS: ranges on a circle.
pub(super) static SCAN: Meaning = Meaning {
    schemas: &["sensor_msgs/LaserScan"],
    kind: ChannelKind::Points,
    numbers: false,
    read: |message| {
        let from = message.number_at("angle_min").ok_or_else(|| MessageError::missing("angle_min"))?;
        let step =
            message.number_at("angle_increment").ok_or_else(|| MessageError::missing("angle_increment"))?;
        let least = message.number_at("range_min").unwrap_or(0.0);
        let most = message.number_at("range_max").unwrap_or(f64::INFINITY);
        let frame = message.text_at("header.frame_id").unwrap_or_default();
        Ok(scan(message, frame, from, step, least..=most, None))
    },
};

/// `foxglove.LaserScan`.
pub(super) static FOXGLOVE_SCAN: Meaning = Meaning {
    schemas: &["foxglove.LaserScan"],
    kind: ChannelKind::Points,
    numbers: false,
    read: |message| {
        let from = message.number_at("start_angle").ok_or_else(|| MessageError::missing("start_angle"))?;
        let to = message.number_at("end_angle").ok_or_else(|| MessageError::missing("end_angle"))?;
        let count = message.numbers_at("ranges").len();
        let step = (to - from) / count.saturating_sub(1).max(1) as f64;
        let frame = message.text_at("frame_id").unwrap_or_default();
        Ok(scan(message, frame, from, step, 0.0..=f64::INFINITY, message.at("pose").map(pose_of)))
    },
};

/// Scans of `radar_msgs`: range, azimuth and elevation of each return, with its speed and strength.
pub(super) static RADAR: Meaning = Meaning {
    schemas: &["radar_msgs/RadarScan"],
    kind: ChannelKind::Points,
    numbers: false,
    read: |message| {
        let names = ["doppler_velocity", "amplitude"];
        let mut fields: Vec<PointField> =
            names.iter().map(|name| PointField { name: (*name).to_owned(), values: Vec::new() }).collect();
        let mut positions = Vec::new();
        for echo in message.list_at("returns") {
            let at = |name: &str| echo.number_at(name).unwrap_or(0.0);
            let (range, azimuth, elevation) = (at("range"), at("azimuth"), at("elevation"));
            if !(range.is_finite() && azimuth.is_finite() && elevation.is_finite()) {
                continue;
            }
            let flat = range * libm::cos(elevation);
            let (x, y) = (flat * libm::cos(azimuth), flat * libm::sin(azimuth));
            positions.push([x as f32, y as f32, (range * libm::sin(elevation)) as f32]);
            for field in &mut fields {
                field.values.push(at(&field.name) as f32);
            }
        }
        let frame = message.text_at("header.frame_id").unwrap_or_default().to_owned();
        Ok(Sample::Points(Arc::new(PointCloud { frame, positions, fields })))
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Number {
    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Its bytes as a whole number.
    fn bits(self, bytes: &[u8], big_endian: bool) -> u64 {
        let mut raw = [0_u8; 8];
        let size = self.size();
        for (to, from) in raw.iter_mut().zip(bytes.iter().take(size)) {
            *to = *from;
        }
        if big_endian {
            raw[..size].reverse();
        }
        u64::from_le_bytes(raw)
    }

    /// The number at the beginning of `bytes`, whose length [`layout`] has checked.
    fn read(self, bytes: &[u8], big_endian: bool) -> f32 {
        let bits = self.bits(bytes, big_endian);
        match self {
            Self::I8 => f32::from((bits as u8).cast_signed()),
            Self::U8 => f32::from(bits as u8),
            Self::I16 => f32::from((bits as u16).cast_signed()),
            Self::U16 => f32::from(bits as u16),
            Self::I32 => (bits as u32).cast_signed() as f32,
            Self::U32 => bits as u32 as f32,
            Self::F32 => f32::from_bits(bits as u32),
            Self::F64 => f64::from_bits(bits) as f32,
        }
    }
}

/// One number of each point.
struct Entry {
    name: String,
    offset: usize,
    number: Number,
    /// The byte of a packed color.
    color: Option<u32>,
}

/// Layout of the numbers in a point; x, y and z first.
fn layout(
    message: &Value<'_>,
    type_name: &str,
    types: [Number; 8],
    step: usize,
) -> Result<Vec<Entry>, MessageError> {
    /// Fields with more values per point are descriptors.
    const MOST: usize = 16;
    let mut found = Vec::new();
    for field in message.list_at("fields") {
        let name = field.text_at("name").unwrap_or_default();
        let offset = field.u32_at("offset").unwrap_or(0) as usize;
        let kind = field.u32_at(type_name).unwrap_or(0);
        let number = (kind as usize).checked_sub(1).and_then(|kind| types.get(kind).copied());
        let Some(number) = number else {
            if ["x", "y", "z"].contains(&name) {
                return Err(MessageError::fields(format!(
                    "field {name:?} of a point has the unknown type {kind}"
                )));
            }
            continue;
        };
        // Some drivers write no count for one value.
        let count = field.u32_at("count").unwrap_or(1).max(1) as usize;
        let size = number.size().checked_mul(count).and_then(|size| size.checked_add(offset));
        if size.is_none_or(|end| end > step) {
            return Err(MessageError::fields(format!(
                "field {name:?} of a point reaches beyond its {step} bytes"
            )));
        }
        let mut add = |name: String, entry: usize, color| {
            found.push(Entry { name, offset: offset + entry * number.size(), number, color });
        };
        if count == 1 && number.size() == 4 && ["rgb", "rgba"].contains(&name) {
            add("red".to_owned(), 0, Some(16));
            add("green".to_owned(), 0, Some(8));
            add("blue".to_owned(), 0, Some(0));
        } else if count == 1 {
            add(name.to_owned(), 0, None);
        } else if count <= MOST {
            (0..count).for_each(|entry| add(format!("{name}[{entry}]"), entry, None));
        }
    }
    let mut ordered = Vec::new();
    for axis in ["x", "y", "z"] {
        let at = found.iter().position(|entry| entry.name == axis);
        match at {
            Some(at) => ordered.push(found.remove(at)),
            // Radars measure in a plane.
            None if axis == "z" => {
                ordered.push(Entry { name: String::new(), offset: 0, number: Number::U8, color: None });
            }
            None => return Err(MessageError::fields(format!("the points have no field {axis:?}"))),
        }
    }
    ordered.extend(found);
    Ok(ordered)
}

fn cloud<'a>(
    frame: String,
    layout: &[Entry],
    points: impl Iterator<Item = &'a [u8]>,
    big_endian: bool,
    count: usize,
    pose: Option<Pose>,
) -> Sample {
    let (axes, others) = layout.split_at(3.min(layout.len()));
    let pose = pose.filter(|pose| *pose != Pose::IDENTITY);
    let packed = axes.iter().all(|entry| entry.number == Number::F32) && !big_endian;
    let mut positions = Vec::with_capacity(count);
    let mut fields: Vec<PointField> = others
        .iter()
        .map(|entry| PointField { name: entry.name.clone(), values: Vec::with_capacity(count) })
        .collect();
    let at = |point: &[u8], entry: &Entry| -> f32 {
        if entry.name.is_empty() {
            return 0.0;
        }
        let bytes = point.get(entry.offset..).unwrap_or_default();
        match (packed, bytes.first_chunk::<4>()) {
            (true, Some(four)) => f32::from_le_bytes(*four),
            _ => entry.number.read(bytes, big_endian),
        }
    };
    for point in points {
        let [Some(x), Some(y), Some(z)] =
            [axes.first(), axes.get(1), axes.get(2)].map(|axis| axis.map(|axis| at(point, axis)))
        else {
            break;
        };
        if !(x.is_finite() && y.is_finite() && z.is_finite()) {
            continue;
        }
        positions.push(match pose {
            Some(pose) => {
                let moved = pose.apply(DVec3::new(f64::from(x), f64::from(y), f64::from(z)));
                [moved.x as f32, moved.y as f32, moved.z as f32]
            }
            None => [x, y, z],
        });
        for (field, entry) in fields.iter_mut().zip(others) {
            let bytes = point.get(entry.offset..).unwrap_or_default();
            field.values.push(match entry.color {
                Some(shift) => (entry.number.bits(bytes, big_endian) >> shift & 255) as f32,
                None => entry.number.read(bytes, big_endian),
            });
        }
    }
    Sample::Points(Arc::new(PointCloud { frame, positions, fields }))
}

fn scan(
    message: &Value<'_>,
    frame: &str,
    from: f64,
    step: f64,
    valid: std::ops::RangeInclusive<f64>,
    pose: Option<Pose>,
) -> Sample {
    let intensities = message.numbers_at("intensities");
    let mut positions = Vec::new();
    let mut values = Vec::new();
    for (i, range) in message.numbers_at("ranges").into_iter().enumerate() {
        if !range.is_finite() || !valid.contains(&range) {
            continue;
        }
        let angle = from + step * i as f64;
        let point = DVec3::new(range * libm::cos(angle), range * libm::sin(angle), 0.0);
        let point = pose.map_or(point, |pose| pose.apply(point));
        positions.push([point.x as f32, point.y as f32, point.z as f32]);
        values.push(intensities.get(i).copied().unwrap_or(0.0) as f32);
    }
    let fields = if intensities.is_empty() {
        Vec::new()
    } else {
        vec![PointField { name: "intensity".to_owned(), values }]
    };
    Sample::Points(Arc::new(PointCloud { frame: frame.to_owned(), positions, fields }))
}

/// `position` and `orientation`, or `translation` and `rotation`, of ROS and Foxglove.
pub(super) fn pose_of(value: &Value<'_>) -> Pose {
    let part = |names: [&str; 2], axis: &str| names.iter().find_map(|name| value.at(name)?.number_at(axis));
    let place = |axis| part(["position", "translation"], axis).unwrap_or(0.0);
    let turn = |axis| part(["orientation", "rotation"], axis).unwrap_or(0.0);
    Pose::new(
        DVec3::new(place("x"), place("y"), place("z")),
        DQuat::from_xyzw(turn("x"), turn("y"), turn("z"), turn("w")),
    )
}
