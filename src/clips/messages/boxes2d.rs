//! 2D boxes of detectors and labelers.

use super::Meaning;
use super::boxes::best_hypothesis;
use super::value::Value;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;

/// Detections of `vision_msgs`, of version 4 and earlier.
pub(super) static DETECTIONS: Meaning = Meaning {
    schemas: &["vision_msgs/Detection2DArray"],
    kind: ChannelKind::Boxes,
    numbers: false,
    read: |message| Ok(Sample::Boxes(message.list_at("detections").iter().filter_map(detection).collect())),
};

/// `foxglove.ImageAnnotations`: closed lines of at least three points, each named by the text at the same position.
pub(super) static ANNOTATIONS: Meaning = Meaning {
    schemas: &["foxglove.ImageAnnotations", "foxglove_msgs/ImageAnnotations"],
    kind: ChannelKind::Boxes,
    numbers: false,
    read: |message| {
        const LOOP: u32 = 2;
        let texts = message.list_at("texts");
        let loops = message.list_at("points").iter().filter(|points| points.u32_at("type") == Some(LOOP));
        let boxes = loops.enumerate().filter_map(|(i, points)| {
            let corners = points.list_at("points");
            let axis = |name: &'static str| corners.iter().filter_map(move |corner| corner.number_at(name));
            let least = |name: &'static str| axis(name).fold(f64::INFINITY, f64::min) as f32;
            let most = |name: &'static str| axis(name).fold(f64::NEG_INFINITY, f64::max) as f32;
            let bbox = Box2 { x0: least("x"), y0: least("y"), x1: most("x"), y1: most("y") };
            let class = texts.get(i).and_then(|text| text.text_at("text")).unwrap_or("object").to_owned();
            (corners.len() >= 3).then_some(Detection::flat(class, 1.0, bbox))
        });
        Ok(Sample::Boxes(boxes.collect()))
    },
};

fn detection(detection: &Value<'_>) -> Option<Detection> {
    let either = |new: &str, old: &str| {
        detection
            .number_at(&format!("bbox.center.{new}"))
            .or_else(|| detection.number_at(&format!("bbox.center.{old}")))
    };
    let (x, y) = (either("position.x", "x")? as f32, either("position.y", "y")? as f32);
    let (w, h) = (detection.number_at("bbox.size_x")? as f32, detection.number_at("bbox.size_y")? as f32);
    let (class, score) = best_hypothesis(detection);
    let bbox = Box2::between((x - w / 2.0, y - h / 2.0), (x + w / 2.0, y + h / 2.0));
    let id = detection.text_at("id").unwrap_or_default().to_owned();
    Some(Detection { id, ..Detection::flat(class, score.unwrap_or(1.0) as f32, bbox) })
}
