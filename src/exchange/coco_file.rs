//! Files of COCO as they are stored: labels with their images and categories, and lists of results. The only reader of
//! them: import, conversion and evaluation see the same annotations.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::base::inputs::{self, InputKind};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Mask, Part, Shape};
use crate::exchange::coco_json::{Id, parsed};
use crate::exchange::coco_numbers::{Numbers, Segmentation, or_default, polygon, side};
use crate::exchange::files::utf8;
use crate::exchange::{ExchangeError, io, malformed};
use crate::imaging::masks;

/// A file of COCO: labels, or results alone.
pub enum File {
    /// Labels.
    Labels(Labels),
    /// Results, which name images and classes by number.
    Results(Vec<Annotation>),
}

/// Reads labels or results, whichever it is.
pub fn read(path: &Path) -> Result<File, ExchangeError> {
    let bytes = utf8(inputs::read(path, InputKind::Labels).map_err(io(path))?);
    let list = bytes.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte));
    let read = if list == Some(&b'[') {
        parsed(&bytes).map(File::Results)
    } else {
        parsed(&bytes).map(File::Labels)
    };
    read.map_err(|err| malformed(path, format!("not the expected JSON ({err})")))
}

/// Labels: images, what is on them and the names of its classes.
#[derive(Debug, Deserialize)]
pub struct Labels {
    /// Images by number.
    pub images: Vec<Image>,
    /// Objects on the images.
    #[serde(default, deserialize_with = "or_default")]
    pub annotations: Vec<Annotation>,
    /// Classes by number.
    #[serde(default)]
    pub categories: Vec<Category>,
}

/// The part of labels that says what the numbers in results mean; objects are passed over.
#[derive(Debug, Deserialize)]
pub struct Names {
    /// Images by number.
    pub images: Vec<Image>,
    /// Classes by number.
    pub categories: Vec<Category>,
}

/// An image that objects are on.
#[derive(Debug, Deserialize)]
pub struct Image {
    /// Its number.
    pub id: Id,
    /// Name of its file, empty where nothing is said.
    #[serde(default, deserialize_with = "or_default")]
    pub file_name: String,
    /// Pixels, 0 where nothing is said.
    #[serde(default, deserialize_with = "side")]
    pub width: u32,
    /// Pixels, 0 where nothing is said.
    #[serde(default, deserialize_with = "side")]
    pub height: u32,
    /// Number of the frame, as this program writes it.
    #[serde(default)]
    pub frame: Option<usize>,
}

/// A class of objects.
#[derive(Debug, Deserialize)]
pub struct Category {
    /// Its number.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Names of its keypoints.
    #[serde(default, deserialize_with = "or_default")]
    pub keypoints: Vec<String>,
    /// Lines between keypoints, counted from one.
    #[serde(default, deserialize_with = "or_default")]
    pub skeleton: Vec<[usize; 2]>,
}

/// An object on an image, as a label or as a result.
#[derive(Debug, Deserialize)]
pub struct Annotation {
    /// Its number.
    #[serde(default)]
    id: Value,
    /// The image.
    pub image_id: Id,
    /// The class.
    pub category_id: Id,
    /// Left edge, upper edge, width and height.
    #[serde(default)]
    bbox: Numbers,
    /// Square pixels.
    #[serde(default)]
    area: Numbers,
    /// Polygons or runs.
    #[serde(default)]
    segmentation: Segmentation,
    /// Three numbers for each keypoint.
    #[serde(default)]
    keypoints: Numbers,
    #[serde(default)]
    iscrowd: Value,
    #[serde(default)]
    ignore: Value,
    /// Confidence, in results.
    #[serde(default)]
    score: Numbers,
    /// The same for all annotations of one thing over time.
    #[serde(default)]
    track_id: Value,
    /// Anything else.
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
}

impl Annotation {
    /// Its number, if it is a whole one.
    pub fn id(&self) -> Option<i64> {
        self.id.as_i64()
    }

    /// Left edge, upper edge, width and height.
    pub fn bbox(&self) -> Option<[f64; 4]> {
        let bbox: [f64; 4] = self.bbox.0.as_slice().try_into().ok()?;
        bbox.iter().all(|number| number.is_finite()).then_some(bbox)
    }

    /// Square pixels, as stated.
    pub fn area(&self) -> Option<f64> {
        self.area.0.first().copied().filter(|area| area.is_finite())
    }

    /// Confidence.
    pub fn score(&self) -> Option<f64> {
        self.score.0.first().copied().filter(|score| score.is_finite())
    }

    /// True if a confidence is stated, even if it is no number.
    pub fn has_score(&self) -> bool {
        !self.score.0.is_empty()
    }

    /// The thing over time that it belongs to.
    pub fn track(&self) -> Option<u64> {
        self.track_id.as_u64()
    }

    /// Anything else that is said about it.
    pub fn attributes(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.attributes.iter().flatten()
    }

    /// True if it marks a crowd and not one object.
    pub fn is_crowd(&self) -> bool {
        is_set(&self.iscrowd)
    }

    /// True if evaluations ignore it.
    pub fn is_ignored(&self) -> bool {
        is_set(&self.ignore)
    }

    /// True if a number is missing where one was meant: `NaN`, `Infinity`, or text that is no number.
    pub fn has_nan(&self) -> bool {
        let bad = |numbers: &Numbers| numbers.0.iter().any(|number| !number.is_finite());
        bad(&self.bbox)
            || bad(&self.area)
            || bad(&self.score)
            || bad(&self.keypoints)
            || self.segmentation.has_nan()
    }

    /// Number of polygons that are none, of fewer than three corners or with corners that are no numbers, and of masks that
    /// do not fit into the image.
    pub fn strange(&self, size: Option<(u32, u32)>) -> usize {
        let all = self.segmentation.outlines.iter().filter(|outline| !outline.is_empty());
        let masks = self.segmentation.runs.iter();
        all.filter(|outline| polygon(outline).is_none()).count()
            + masks.filter(|runs| runs.mask(size).is_none()).count()
    }

    /// The one object that it is, in an image of this size, if known: polygons or a mask, keypoints, and the box where
    /// these do not say the same. `None` if it has no shape that covers something.
    pub fn shape(&self, size: Option<(u32, u32)>) -> Option<Shape> {
        let segmentation = &self.segmentation;
        let polygons = segmentation.outlines.iter().filter_map(|outline| polygon(outline));
        let mut parts: Vec<Part> = polygons.map(|corners| Part::from(Shape::Polygon(corners))).collect();
        let mask = segmentation.mask(size);
        parts.extend(mask.map(|mask| Part::from(Shape::Mask(Box::new(mask)))));
        let points = Shape::Keypoints(self.points());
        if points.valid() {
            parts.push(Part::from(points));
        }
        let bbox = self.bbox().map(|[x, y, w, h]| Box2 {
            x0: x as f32,
            y0: y as f32,
            x1: (x + w) as f32,
            y1: (y + h) as f32,
        });
        let around = Shape::of_parts(parts.clone()).and_then(|shape| shape.bounds());
        if let Some(bbox) = bbox.filter(Box2::valid) {
            let off = |b: Box2| [b.x0 - bbox.x0, b.y0 - bbox.y0, b.x1 - bbox.x1, b.y1 - bbox.y1];
            if around.is_none_or(|b| off(b).iter().any(|off| off.abs() > SAME_PX)) {
                parts.insert(0, Part::from(Shape::Box(bbox)));
            }
        } else {
            around?;
        }
        Shape::of_parts(parts).filter(Shape::valid)
    }

    fn points(&self) -> Vec<Keypoint> {
        let points = self.keypoints.0.chunks_exact(3);
        points
            .map(|p| Keypoint { x: p[0] as f32, y: p[1] as f32, seen: p[2].clamp(0.0, 2.0) as u8 })
            .collect()
    }

    /// Its pixels in an image of this size, for the overlap of masks; `None` without a segmentation.
    pub fn mask(&self, size: (u32, u32)) -> Option<Mask> {
        let segmentation = &self.segmentation;
        if !segmentation.runs.is_empty() {
            return segmentation.mask(Some(size));
        }
        let filled = |outline: &Vec<f64>| {
            let corners: Vec<[f64; 2]> = outline.chunks_exact(2).map(|xy| [xy[0], xy[1]]).collect();
            masks::filled(&corners, size)
        };
        let good = segmentation.outlines.iter().filter(|outline| polygon(outline).is_some());
        masks::union(&good.map(filled).collect::<Vec<Mask>>())
    }
}

/// A box is stated on its own if an edge differs by more than this from that around the other shapes, in pixels.
const SAME_PX: f32 = 1e-3;

fn is_set(flag: &Value) -> bool {
    let text = |flag: &Value| matches!(flag.as_str(), Some("1" | "true" | "True"));
    flag.as_bool() == Some(true) || flag.as_f64().is_some_and(|number| number > 0.0) || text(flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> Annotation {
        parsed(format!("{{\"image_id\": 1, \"category_id\": 2, {more}}}").as_bytes()).unwrap()
    }

    #[test]
    fn what_is_strange_about_an_annotation_is_as_if_it_were_not_there() {
        assert_eq!(read("\"bbox\": [1, 2, 3, 4]").bbox(), Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(read("\"bbox\": [\"1\", 2.5, \"3\", 4]").bbox(), Some([1.0, 2.5, 3.0, 4.0]));
        assert_eq!(read("\"bbox\": [1, 2, 3]").bbox(), None);
        assert_eq!(read("\"bbox\": null").bbox(), None);
        assert_eq!(read("\"bbox\": [1, NaN, 3, 4], \"area\": -Infinity").bbox(), None);
        assert!(read("\"bbox\": [1, NaN, 3, 4]").has_nan() && read("\"area\": NaN").has_nan());
        assert_eq!(read("\"area\": \"12.5\"").area(), Some(12.5));
        for set in ["1", "true", "1.0", "\"1\""] {
            assert!(read(&format!("\"iscrowd\": {set}")).is_crowd(), "{set}");
        }
        assert!(!read("\"iscrowd\": 0").is_crowd() && read("\"ignore\": 1").is_ignored());
        assert!(!read("\"attributes\": {\"note\": \"\\\"NaN\\\"\"}, \"bbox\": [1, 2, 3, 4]").has_nan());
        for none in [
            "{\"size\": [4, 4], \"counts\": [1, 2]}",
            "\"?\"",
            "null",
            "[]",
            "[[]]",
            "[[1, 2]]",
            "[[1, 2, 3, 4]]",
            "{}",
            "[null]",
            "[[null, 1, 2, 3, 4, 5]]",
        ] {
            let one = read(&format!("\"segmentation\": {none}, \"bbox\": [1, 2, 3, 4]"));
            let b = Box2 { x0: 1.0, y0: 2.0, x1: 4.0, y1: 6.0 };
            assert_eq!(one.shape(None), Some(Shape::Box(b)), "{none}");
            assert_eq!(read(&format!("\"segmentation\": {none}")).shape(None), None, "{none}");
        }
        let runs = read("\"segmentation\": {\"size\": [2, 3], \"counts\": [1, 5]}");
        assert_eq!(runs.mask((9, 9)), Some(Mask { size: [3, 2], runs: vec![1, 5] }));
        let several = "[{\"size\": [2, 3], \"counts\": [1, 1, 4]}, {\"size\": [2, 3], \"counts\": [4, 2]}]";
        let wanted = Mask { size: [3, 2], runs: vec![1, 1, 2, 2, 0] };
        assert_eq!(read(&format!("\"segmentation\": {several}")).mask((3, 2)), Some(wanted));
    }

    #[test]
    fn an_annotation_is_one_object() {
        let kinds = |more: &str| {
            let shape = read(more).shape(Some((64, 48))).unwrap();
            let bounds = shape.bounds().unwrap();
            let kinds: Vec<_> = shape.shapes().map(|shape| format!("{:?}", shape.kind())).collect();
            (kinds.join(" "), [bounds.x0, bounds.y0, bounds.x1, bounds.y1])
        };
        let two = "[[10, 10, 20, 10, 20, 30], [30, 10, 40, 10, 40, 30]]";
        let check = |more: String, expected: &str, bounds: [f32; 4]| {
            assert_eq!(kinds(&more), (expected.to_owned(), bounds), "{more}");
        };
        let hull = [10.0, 10.0, 40.0, 30.0];
        check(format!("\"segmentation\": {two}, \"bbox\": [10, 10, 30, 20]"), "Polygon Polygon", hull);
        check(format!("\"segmentation\": {two}"), "Polygon Polygon", hull);
        let other = [9.0, 10.0, 41.5, 30.0];
        check(format!("\"segmentation\": {two}, \"bbox\": [9, 10, 32.5, 20]"), "Box Polygon Polygon", other);
        let person = "\"keypoints\": [0, 0, 0, 0, 0, 0], \"num_keypoints\": 0, \"bbox\": [10, 8, 30, 22]";
        check(person.to_owned(), "Box Keypoints", [10.0, 8.0, 40.0, 30.0]);
        let seen = "\"keypoints\": [12, 12, 2, 50, 20, 1], \"bbox\": [10, 8, 30, 22]";
        check(seen.to_owned(), "Box Keypoints", [10.0, 8.0, 40.0, 30.0]);
        let flat = "\"segmentation\": [10, 10, 40, 10, 25, 30], \"bbox\": [10, 10, 30, 20]";
        check(flat.to_owned(), "Polygon", hull);
        let pairs = "\"segmentation\": [[10, 10], [40, 10], [25, 30]], \"bbox\": [10, 10, 30, 20]";
        check(pairs.to_owned(), "Polygon", hull);
        check("\"segmentation\": [[[10, 10], [40, 10], [25, 30]]]".to_owned(), "Polygon", hull);
    }
}
