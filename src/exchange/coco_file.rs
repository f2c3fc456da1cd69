//! Files of COCO as they are stored: labels with their images and categories, and lists of results.

use std::fmt;

use serde::de::{Error, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::data::geometry::shape::Mask;
use crate::exchange::rle;

/// Labels: images, what is on them and the names of its classes.
#[derive(Debug, Deserialize)]
pub struct Labels {
    /// Images by number.
    pub images: Vec<Image>,
    /// Objects on the images.
    #[serde(default)]
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

/// The number of an image or a class; some writers give it a name instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id {
    /// As COCO has it.
    Number(i64),
    /// As some writers have it.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a name")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id::Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
                i64::try_from(number)
                    .map(Id::Number)
                    .map_err(|err| E::custom(format!("{number} is too large: {err}")))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Id, E> {
                let whole = number.fract() == 0.0 && number.abs() < 9e15;
                whole.then_some(Id::Number(number as i64)).ok_or_else(|| E::custom("not a whole number"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                Ok(Id::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

/// An image that objects are on.
#[derive(Debug, Deserialize)]
pub struct Image {
    /// Its number.
    pub id: Id,
    /// Name of its file, empty where nothing is said.
    #[serde(default)]
    pub file_name: String,
    /// Pixels, 0 where nothing is said.
    #[serde(default)]
    pub width: u32,
    /// Pixels, 0 where nothing is said.
    #[serde(default)]
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
    #[serde(default)]
    pub keypoints: Vec<String>,
    /// Lines between keypoints, counted from one.
    #[serde(default)]
    pub skeleton: Vec<[usize; 2]>,
}

/// An object on an image, as a label or as a result.
#[derive(Debug, Deserialize)]
pub struct Annotation {
    /// The image.
    pub image_id: Id,
    /// The class.
    pub category_id: Id,
    /// Left edge, upper edge, width and height.
    #[serde(default)]
    bbox: Option<Vec<f64>>,
    /// Square pixels.
    #[serde(default)]
    pub area: Option<f64>,
    /// Polygons or runs.
    #[serde(default)]
    pub segmentation: Option<Segmentation>,
    /// Three numbers for each keypoint.
    #[serde(default)]
    pub keypoints: Vec<f64>,
    #[serde(default)]
    iscrowd: Value,
    #[serde(default)]
    ignore: Value,
    /// Confidence, in results.
    #[serde(default)]
    pub score: Option<f64>,
    /// The same for all annotations of one thing over time.
    #[serde(default)]
    pub track_id: Option<u64>,
    /// Anything else.
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

impl Annotation {
    /// Left edge, upper edge, width and height.
    pub fn bbox(&self) -> Option<[f64; 4]> {
        self.bbox.as_deref()?.try_into().ok()
    }

    /// True if it marks a crowd and not one object.
    pub fn is_crowd(&self) -> bool {
        is_set(&self.iscrowd)
    }

    /// True if evaluations ignore it.
    pub fn is_ignored(&self) -> bool {
        is_set(&self.ignore)
    }
}

fn is_set(flag: &Value) -> bool {
    flag.as_bool() == Some(true) || flag.as_i64().is_some_and(|number| number > 0)
}

/// The pixels of an object.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Segmentation {
    /// Runs down the columns.
    Runs {
        /// Height and width of the image.
        #[serde(default)]
        size: Option<[u32; 2]>,
        /// Lengths of the runs.
        counts: Counts,
    },
    /// Outlines, the numbers of each being x and y in turn.
    Outlines(Vec<Vec<f64>>),
    /// Any other value, treated as absent.
    Other(IgnoredAny),
}

/// Lengths of runs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Counts {
    /// Packed into letters.
    Letters(String),
    /// As numbers.
    Numbers(Vec<u32>),
}

impl Counts {
    /// The mask of an image of this height and width; none where that makes no sense.
    pub fn mask(&self, [height, width]: [u32; 2]) -> Option<Mask> {
        let runs = match self {
            Self::Letters(letters) => rle::decoded(letters)?,
            Self::Numbers(runs) => runs.clone(),
        };
        Some(Mask { size: [width, height], runs }).filter(Mask::valid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers_or_names() {
        let check = |text: &str, expected: Option<Id>| {
            assert_eq!(serde_json::from_str::<Id>(text).ok(), expected, "{text}");
        };
        check("7", Some(Id::Number(7)));
        check("7.0", Some(Id::Number(7)));
        check("-7", Some(Id::Number(-7)));
        check("\"a.png\"", Some(Id::Text("a.png".to_owned())));
        check("7.5", None);
        check("[7]", None);
    }

    #[test]
    fn what_is_strange_about_an_annotation_is_as_if_it_were_not_there() {
        let read = |more: &str| -> Annotation {
            serde_json::from_str(&format!("{{\"image_id\": 1, \"category_id\": 2, {more}}}")).unwrap()
        };
        assert_eq!(read("\"bbox\": [1, 2, 3, 4]").bbox(), Some([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(read("\"bbox\": [1, 2, 3]").bbox(), None);
        assert!(read("\"iscrowd\": 1").is_crowd() && read("\"iscrowd\": true").is_crowd());
        assert!(!read("\"iscrowd\": 0").is_crowd() && read("\"ignore\": 1").is_ignored());
        assert!(matches!(read("\"segmentation\": [[1, 2]]").segmentation, Some(Segmentation::Outlines(_))));
        assert!(matches!(read("\"segmentation\": \"?\"").segmentation, Some(Segmentation::Other(_))));
        let runs = read("\"segmentation\": {\"size\": [2, 3], \"counts\": [1, 5]}").segmentation;
        let Some(Segmentation::Runs { size: Some(size), counts }) = runs else { panic!("{runs:?}") };
        assert_eq!(counts.mask(size), Some(Mask { size: [3, 2], runs: vec![1, 5] }));
    }
}
