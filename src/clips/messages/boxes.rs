//! 3D boxes of perception systems and labelers.

use super::Meaning;
use super::points::pose_of;
use super::transforms::vector;
use super::value::Value;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::{Cuboid, Pose};

/// `foxglove.SceneUpdate`: the cubes of its entities.
pub(super) static SCENE: Meaning = Meaning {
    schemas: &["foxglove.SceneUpdate"],
    kind: ChannelKind::Cuboids,
    numbers: false,
    read: |message| {
        let mut found = Vec::new();
        for entity in message.list_at("entities") {
            let id = entity.text_at("id").unwrap_or_default();
            let said = |wanted: &str| {
                let pairs = entity.list_at("metadata");
                let pair = pairs.iter().find(|pair| pair.text_at("key") == Some(wanted));
                pair.and_then(|pair| pair.text_at("value"))
            };
            let class = ["class", "category", "label", "type"].into_iter().find_map(said);
            let score = ["score", "confidence", "probability"].into_iter().find_map(said);
            for cube in entity.list_at("cubes") {
                found.push(Cuboid {
                    frame: entity.text_at("frame_id").unwrap_or_default().to_owned(),
                    pose: cube.at("pose").map_or(Pose::IDENTITY, pose_of),
                    size: cube.at("size").map(vector).unwrap_or_default(),
                    class: class.unwrap_or("object").to_owned(),
                    id: id.to_owned(),
                    score: score.and_then(|text| text.parse().ok()),
                    velocity: None,
                });
            }
        }
        Ok(Sample::Cuboids(found))
    },
};

/// ROS markers of type cube.
pub(super) static MARKERS: Meaning = Meaning {
    schemas: &["visualization_msgs/MarkerArray", "visualization_msgs/Marker"],
    kind: ChannelKind::Cuboids,
    numbers: false,
    read: |message| {
        let many = message.list_at("markers");
        let markers = if many.is_empty() { std::slice::from_ref(message) } else { many };
        // Type 1 is a cube, action 0 adds it.
        let cubes = markers.iter().filter(|m| m.u32_at("type") == Some(1) && m.u32_at("action") == Some(0));
        Ok(Sample::Cuboids(cubes.map(marker).collect()))
    },
};

/// Detections of `vision_msgs`.
pub(super) static DETECTIONS: Meaning = Meaning {
    schemas: &["vision_msgs/Detection3DArray"],
    kind: ChannelKind::Cuboids,
    numbers: false,
    read: |message| {
        let frame = message.text_at("header.frame_id").unwrap_or_default();
        let found = message.list_at("detections").iter().map(|detection| {
            let (class, score) = best_hypothesis(detection);
            Cuboid {
                frame: frame.to_owned(),
                pose: detection.at("bbox.center").map_or(Pose::IDENTITY, pose_of),
                size: detection.at("bbox.size").map(vector).unwrap_or_default(),
                class,
                id: detection.text_at("id").unwrap_or_default().to_owned(),
                score,
                velocity: None,
            }
        });
        Ok(Sample::Cuboids(found.collect()))
    },
};

fn marker(marker: &Value<'_>) -> Cuboid {
    Cuboid {
        frame: marker.text_at("header.frame_id").unwrap_or_default().to_owned(),
        pose: marker.at("pose").map_or(Pose::IDENTITY, pose_of),
        size: marker.at("scale").map(vector).unwrap_or_default(),
        class: marker.text_at("ns").filter(|ns| !ns.is_empty()).unwrap_or("object").to_owned(),
        id: marker.u32_at("id").map(|id| id.to_string()).unwrap_or_default(),
        ..Cuboid::default()
    }
}

/// Class and score of the most probable hypothesis of a `vision_msgs` detection, of version 4 and earlier; "object" without
/// one.
pub(super) fn best_hypothesis(detection: &Value<'_>) -> (String, Option<f64>) {
    let score = |result: &Value<'_>| {
        result.number_at("hypothesis.score").or_else(|| result.number_at("score")).filter(|s| s.is_finite())
    };
    let class = |result: &Value<'_>| {
        let value = result.at("hypothesis.class_id").or_else(|| result.at("id"))?;
        if let Value::Text(text) = value {
            return Some(text.to_string());
        }
        value.number().map(|number| number.to_string())
    };
    // Of equal ones the first.
    let results = detection.list_at("results").iter().rev();
    let best = results.max_by(|a, b| score(a).unwrap_or(0.0).total_cmp(&score(b).unwrap_or(0.0)));
    let name = best.and_then(class).unwrap_or_else(|| "object".to_owned());
    (name, best.and_then(score))
}
