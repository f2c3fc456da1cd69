//! Labels of objects: one shape on one sample, or tracks over time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::name::Name;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::Shape;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A number in the unit of the ontology.
    Number(f64),
    /// Free text, or one of several choices.
    Text(String),
    /// Several choices.
    Many(Vec<String>),
}

impl Value {
    /// Text form for people.
    pub fn text(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Many(choices) => choices.join(","),
        }
    }

    /// Value parsed from text without a type: booleans and numbers are recognized.
    pub fn guessed(text: &str) -> Self {
        match text {
            "true" | "True" => Self::Flag(true),
            "false" | "False" => Self::Flag(false),
            _ => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Self::Number(number),
                _ => Self::Text(text.to_owned()),
            },
        }
    }
}

/// Values by the name of the attribute.
pub type Attributes = BTreeMap<String, Value>;

/// Visibility of an object at a keyframe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Visible.
    #[default]
    Visible,
    /// Hidden behind something.
    Occluded,
    /// Out of view; absent from here to the next keyframe.
    Outside,
    /// In view but not recognizable; absent from here to the next keyframe.
    Lost,
}

impl State {
    /// Every state, in display order.
    pub const ALL: [Self; 4] = [Self::Visible, Self::Occluded, Self::Outside, Self::Lost];

    /// Name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Occluded => "occluded",
            Self::Outside => "outside",
            Self::Lost => "lost",
        }
    }

    /// True if the object is present in the sample.
    pub fn present(self) -> bool {
        matches!(self, Self::Visible | Self::Occluded)
    }
}

/// Facts about a label in the file it was imported from, for evaluation and for writing it back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Number of its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<i64>,
    /// Number of the annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotation: Option<i64>,
    /// Area as stated in the file, in square pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<f64>,
}

/// One object on one sample of a channel, drawn by a person.
///
/// A label is an object of its own, or a keyframe of a track. Keyframes of a track share the object's number, on every
/// channel; between two of them on one channel the shape is interpolated, and beyond the last the object is not
/// labeled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RawLabel")]
pub struct Label {
    /// Stable id within the project.
    pub id: u64,
    /// Id of the object, which is that of its first label.
    pub object: u64,
    /// Name of the clip in the project.
    pub clip: Name,
    /// Name of the channel: a camera or a lidar.
    pub channel: Name,
    /// Index of the sample in the channel.
    pub frame: usize,
    /// Name of the class.
    pub class: Name,
    /// Shape of the object.
    pub shape: Shape,
    /// Visibility.
    #[serde(skip_serializing_if = "is_visible")]
    pub state: State,
    /// Further attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Attributes,
    /// The file it came from; `None` once it was drawn anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<Source>>,
}

impl Label {
    /// A new object on one sample.
    pub fn new(
        id: u64,
        clip: impl Into<Name>,
        channel: impl Into<Name>,
        frame: usize,
        class: impl Into<Name>,
        shape: Shape,
    ) -> Self {
        Self {
            id,
            object: id,
            clip: clip.into(),
            channel: channel.into(),
            frame,
            class: class.into(),
            shape,
            state: State::Visible,
            attributes: Attributes::new(),
            source: None,
        }
    }

    /// The same object with another shape: the area that was stated for the old one no longer holds.
    pub fn with_shape(self, shape: Shape) -> Self {
        let mut source = self.source;
        if shape != self.shape
            && let Some(source) = &mut source
        {
            source.area = None;
        }
        Self { shape, source, ..self }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_visible(state: &State) -> bool {
    *state == State::Visible
}

/// A label as stored in files; before version 0.2 every label was a box with its edges beside the other fields.
#[derive(Deserialize)]
struct RawLabel {
    id: u64,
    object: Option<u64>,
    clip: Name,
    channel: Name,
    frame: usize,
    class: Name,
    shape: Option<Shape>,
    #[serde(default)]
    state: State,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    source: Option<Box<Source>>,
    #[serde(default)]
    x0: f32,
    #[serde(default)]
    y0: f32,
    #[serde(default)]
    x1: f32,
    #[serde(default)]
    y1: f32,
}

impl From<RawLabel> for Label {
    fn from(raw: RawLabel) -> Self {
        let bbox = Box2 { x0: raw.x0, y0: raw.y0, x1: raw.x1, y1: raw.y1 };
        Self {
            id: raw.id,
            object: raw.object.unwrap_or(raw.id),
            clip: raw.clip,
            channel: raw.channel,
            frame: raw.frame,
            class: raw.class,
            shape: raw.shape.unwrap_or(Shape::Box(bbox)),
            state: raw.state,
            attributes: raw.attributes,
            source: raw.source,
        }
    }
}
