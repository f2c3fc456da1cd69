//! Objects of perception stacks with class, score, velocity and track id: Autoware, `derived_object_msgs`.

use glam::DVec3;

use super::Meaning;
use super::points::pose_of;
use super::transforms::vector;
use super::value::Value;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::{Cuboid, Pose};

/// Detected, tracked and predicted objects of Autoware, also from the time of Autoware.Auto.
///
/// Fields: <https://github.com/autowarefoundation/autoware_msgs>, `autoware_perception_msgs`. The twist is in the axes of the
/// object.
pub(super) static AUTOWARE: Meaning = Meaning {
    schemas: &[
        "autoware_perception_msgs/DetectedObjects",
        "autoware_perception_msgs/TrackedObjects",
        "autoware_perception_msgs/PredictedObjects",
        "autoware_auto_perception_msgs/DetectedObjects",
        "autoware_auto_perception_msgs/TrackedObjects",
        "autoware_auto_perception_msgs/PredictedObjects",
    ],
    kind: ChannelKind::Cuboids,
    numbers: false,
    read: |message| {
        let frame = message.text_at("header.frame_id").unwrap_or_default();
        let objects = message.list_at("objects").iter().map(|object| autoware(object, frame));
        Ok(Sample::Cuboids(objects.collect()))
    },
};

/// Objects of `derived_object_msgs`, which radars and the bridge of CARLA send.
///
/// Fields: <https://github.com/astuff/astuff_sensor_msgs>; the twist is in the frame of the header.
pub(super) static DERIVED: Meaning = Meaning {
    schemas: &["derived_object_msgs/ObjectArray", "derived_object_msgs/ObjectWithCovarianceArray"],
    kind: ChannelKind::Cuboids,
    numbers: false,
    read: |message| {
        let frame = message.text_at("header.frame_id").unwrap_or_default();
        Ok(Sample::Cuboids(message.list_at("objects").iter().map(|object| derived(object, frame)).collect()))
    },
};

/// Names of Autoware's classes by number.
const AUTOWARE_CLASSES: [&str; 12] = [
    "unknown",
    "car",
    "truck",
    "bus",
    "trailer",
    "motorcycle",
    "bicycle",
    "pedestrian",
    "animal",
    "hazard",
    "over_drivable",
    "under_drivable",
];

/// Names of the classes of `derived_object_msgs` by number.
const DERIVED_CLASSES: [&str; 12] = [
    "unknown",
    "unknown_small",
    "unknown_medium",
    "unknown_big",
    "pedestrian",
    "bike",
    "car",
    "truck",
    "motorcycle",
    "other_vehicle",
    "barrier",
    "sign",
];

fn named(classes: &[&str], number: Option<u32>) -> String {
    let number = number.unwrap_or(0);
    classes.get(number as usize).map_or_else(|| format!("class {number}"), |name| (*name).to_owned())
}

fn autoware(object: &Value<'_>, frame: &str) -> Cuboid {
    let probability = |class: &Value<'_>| class.number_at("probability").unwrap_or(0.0);
    // Of equal ones the first.
    let classes = object.list_at("classification").iter().rev();
    let best = classes.max_by(|a, b| probability(a).total_cmp(&probability(b)));
    // Predicted objects begin where they are.
    let either = |ends: &str| {
        let now = object.at(&format!("kinematics.{ends}_with_covariance"));
        now.or_else(|| object.at(&format!("kinematics.initial_{ends}_with_covariance")))
    };
    let pose = either("pose").and_then(|pose| pose.at("pose")).map_or(Pose::IDENTITY, pose_of);
    let unknown = object.at("kinematics.has_twist").and_then(Value::number) == Some(0.0);
    let twist = either("twist").and_then(|twist| twist.at("twist.linear")).map(vector).filter(|_| !unknown);
    let dimensions = object.at("shape.dimensions").map(vector).unwrap_or_default();
    let outline = object.list_at("shape.footprint.points");
    let existence = object.number_at("existence_probability").filter(|score| *score > 0.0);
    Cuboid {
        frame: frame.to_owned(),
        pose,
        size: around(dimensions, outline),
        class: named(&AUTOWARE_CLASSES, best.and_then(|class| class.u32_at("label"))),
        id: uuid(object),
        score: existence.or_else(|| best.map(probability).filter(|score| *score > 0.0)),
        velocity: twist.map(|twist| pose.rotation * twist),
    }
}

/// The size of an object; one that is given by its outline alone is as large as the outline around its center.
fn around(dimensions: DVec3, outline: &[Value<'_>]) -> DVec3 {
    let reach = |axis: &str| {
        let values = outline.iter().filter_map(|point| point.number_at(axis));
        2.0 * values.map(f64::abs).fold(0.0, f64::max)
    };
    if dimensions.x > 0.0 && dimensions.y > 0.0 {
        dimensions
    } else {
        DVec3::new(reach("x"), reach("y"), dimensions.z)
    }
}

/// The id as hexadecimal digits.
fn uuid(object: &Value<'_>) -> String {
    let bytes = object.at("object_id.uuid").or_else(|| object.at("id.uuid"));
    match bytes {
        Some(Value::Text(text)) => text.to_string(),
        Some(_) => {
            let numbers = object.numbers_at("object_id.uuid");
            let numbers = if numbers.is_empty() { object.numbers_at("id.uuid") } else { numbers };
            let digits = numbers.iter().flat_map(|byte| [(*byte as u8) >> 4, (*byte as u8) & 15]);
            digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
        }
        None => String::new(),
    }
}

fn derived(object: &Value<'_>, frame: &str) -> Cuboid {
    let pose = object.at("pose").map(|pose| pose.at("pose").unwrap_or(pose)).map_or(Pose::IDENTITY, pose_of);
    let twist = object.at("twist").map(|twist| twist.at("twist").unwrap_or(twist));
    let own = object.text_at("header.frame_id").filter(|own| !own.is_empty());
    let sides = object.numbers_at("shape.dimensions");
    let outline = object.list_at("polygon.points");
    let axis = |at: usize| sides.get(at).copied().unwrap_or(0.0);
    let tracked = object.u32_at("detection_level").is_none_or(|level| level == 1);
    let certainty = object.number_at("classification_certainty").filter(|certainty| *certainty > 0.0);
    Cuboid {
        frame: own.unwrap_or(frame).to_owned(),
        pose,
        size: around(DVec3::new(axis(0), axis(1), axis(2)), outline),
        class: named(&DERIVED_CLASSES, object.u32_at("classification")),
        id: object.u32_at("id").map(|id| id.to_string()).unwrap_or_default(),
        score: certainty.map(|certainty| certainty / 255.0),
        velocity: twist.and_then(|twist| twist.at("linear")).map(vector).filter(|_| tracked),
    }
}
