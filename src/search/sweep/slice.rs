//! Parts of the samples of a sweep.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A slice: frames with a tag, frames of a class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slice {
    /// The property that they share.
    pub kind: SliceKind,
    /// Its value.
    pub name: String,
}

/// A property that slices are made by, in the order in which slices of one rate are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SliceKind {
    /// Best class of a sample.
    Class,
    /// Class of a single object.
    Object,
    /// Distance of a single object.
    ObjectDistance,
    /// Size of a single object in the image.
    ObjectSize,
    /// Tag of a sample.
    Tag,
}

impl SliceKind {
    /// Name on screen, in files and on the command line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Object => "object",
            Self::ObjectDistance => "object distance",
            Self::ObjectSize => "object size",
            Self::Tag => "tag",
        }
    }
}

impl fmt::Display for SliceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}
