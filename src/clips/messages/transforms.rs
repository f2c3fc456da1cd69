//! Transforms between coordinate frames, and calibrations of cameras.

use glam::DVec3;

use super::Meaning;
use super::error::MessageError;
use super::points::pose_of;
use super::value::Value;
use crate::base::time::Time;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::{Calibration, FrameTransform, Pose};

/// Transforms of ROS and Foxglove, one or many in a message.
pub(super) static KIND: Meaning = Meaning {
    schemas: &["tf2_msgs/TFMessage", "tf/tfMessage", "foxglove.FrameTransform", "foxglove.FrameTransforms"],
    kind: ChannelKind::Transforms,
    numbers: false,
    read: |message| {
        let many = message.list_at("transforms");
        let found = if many.is_empty() && message.at("child_frame_id").is_some() {
            vec![foxglove(message)]
        } else {
            many.iter().map(|t| if t.at("header").is_some() { ros(t) } else { foxglove(t) }).collect()
        };
        Ok(Sample::Transforms(found))
    },
};

/// Odometry: pose and speed of the vehicle.
pub(super) static ODOMETRY: Meaning = Meaning {
    schemas: &["nav_msgs/Odometry"],
    kind: ChannelKind::Transforms,
    numbers: true,
    read: |message| {
        let text = |path| message.text_at(path).unwrap_or_default().trim_start_matches('/').to_owned();
        Ok(Sample::Transforms(vec![FrameTransform {
            time: stamp(message),
            parent: text("header.frame_id"),
            child: text("child_frame_id"),
            pose: message.at("pose.pose").map_or(Pose::IDENTITY, pose_of),
        }]))
    },
};

/// Calibrations of cameras.
pub(super) static CALIBRATION: Meaning = Meaning {
    schemas: &["sensor_msgs/CameraInfo", "foxglove.CameraCalibration"],
    kind: ChannelKind::Calibration,
    numbers: false,
    read: |message| {
        let either = |upper: &str, lower: &str| {
            let numbers = message.numbers_at(upper);
            if numbers.is_empty() { message.numbers_at(lower) } else { numbers }
        };
        let (k, p, d) = (either("K", "k"), either("P", "p"), either("D", "d"));
        let size = (message.u32_at("width").unwrap_or(0), message.u32_at("height").unwrap_or(0));
        let pinhole = match (k.as_slice(), p.as_slice()) {
            ([fx, _, cx, _, fy, cy, ..], _) if *fx > 0.0 => [*fx, *fy, *cx, *cy],
            (_, [fx, _, cx, _, _, fy, cy, ..]) if *fx > 0.0 => [*fx, *fy, *cx, *cy],
            _ => return Err(MessageError::fields("the calibration has neither K nor P")),
        };
        let mut distortion = [0.0; 5];
        if message.text_at("distortion_model").is_none_or(|m| m.is_empty() || m == "plumb_bob") {
            for (to, from) in distortion.iter_mut().zip(d) {
                *to = from;
            }
        }
        let frame = message.text_at("header.frame_id").or_else(|| message.text_at("frame_id"));
        Ok(Sample::Calibration(Calibration {
            frame: frame.unwrap_or_default().to_owned(),
            size,
            pinhole,
            distortion,
        }))
    },
};

fn ros(value: &Value<'_>) -> FrameTransform {
    let text = |path| value.text_at(path).unwrap_or_default().trim_start_matches('/').to_owned();
    FrameTransform {
        time: stamp(value),
        parent: text("header.frame_id"),
        child: text("child_frame_id"),
        pose: value.at("transform").map_or(Pose::IDENTITY, pose_of),
    }
}

fn foxglove(value: &Value<'_>) -> FrameTransform {
    let text = |path| value.text_at(path).unwrap_or_default().to_owned();
    FrameTransform {
        time: stamp(value),
        parent: text("parent_frame_id"),
        child: text("child_frame_id"),
        pose: pose_of(value),
    }
}

/// Header stamp of a message: `header.stamp` of ROS, `timestamp` of Foxglove.
///
/// Seconds and nanoseconds have the names of ROS 1, ROS 2, protobuf and Foxglove's JSON.
pub(super) fn stamp(message: &Value<'_>) -> Option<Time> {
    let value = message.at("header.stamp").or_else(|| message.at("timestamp"))?;
    let either = |names: [&str; 3]| names.iter().find_map(|name| value.number_at(name));
    let secs = either(["sec", "seconds", "secs"])?;
    let nanos = either(["nanosec", "nanos", "nsec"]).unwrap_or(0.0);
    Some(Time((secs as i64).saturating_mul(1_000_000_000).saturating_add(nanos as i64)))
}

/// The three numbers of a vector.
pub(super) fn vector(value: &Value<'_>) -> DVec3 {
    let axis = |name| value.number_at(name).unwrap_or(0.0);
    DVec3::new(axis("x"), axis("y"), axis("z"))
}
