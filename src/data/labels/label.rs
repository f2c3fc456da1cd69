//! What people say about objects: one shape on one sample, and objects that are followed over time.

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
    /// A number in the unit that the ontology gives.
    Number(f64),
    /// Free text, or one of several choices.
    Text(String),
    /// Several choices.
    Many(Vec<String>),
}

impl Value {
    /// As people write it.
    pub fn text(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Many(choices) => choices.join(","),
        }
    }

    /// From a text of which nothing more is known: yes and no and numbers are taken as such.
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

/// Whether an object can be seen at a keyframe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It can.
    #[default]
    Visible,
    /// Something is before it.
    Occluded,
    /// It has left the view; from here to the next keyframe it is nowhere.
    Outside,
    /// It is in view and cannot be made out; from here to the next keyframe it is nowhere.
    Lost,
}

impl State {
    /// Every state, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Visible, Self::Occluded, Self::Outside, Self::Lost];

    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Occluded => "occluded",
            Self::Outside => "outside",
            Self::Lost => "lost",
        }
    }

    /// Whether the object is somewhere.
    pub fn present(self) -> bool {
        matches!(self, Self::Visible | Self::Occluded)
    }
}

/// One shape that a person put on one sample of a channel.
///
/// It is an object of its own, or a keyframe of one that is followed. Keyframes of an object share its number, on every channel that sees it; between two of them on one
/// channel it is where the line between both puts it, and beyond the last it is not labelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "RawLabel")]
pub struct Label {
    /// Stable number within the project.
    pub id: u64,
    /// Number of the object, which is that of its first label.
    pub object: u64,
    /// Name of the clip in the project.
    pub clip: Name,
    /// Name of the channel: a camera or a LIDAR.
    pub channel: Name,
    /// Which sample of the channel.
    pub frame: usize,
    /// Name of the class.
    pub class: Name,
    /// Where it is.
    pub shape: Shape,
    /// Whether it can be seen.
    #[serde(skip_serializing_if = "is_visible")]
    pub state: State,
    /// What else is said about it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: Attributes,
}

impl Label {
    /// An object that is seen on one sample.
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
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_visible(state: &State) -> bool {
    *state == State::Visible
}

/// A label as it lies in files; before version 0.2 every label was a box and its edges stood beside the rest.
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
        }
    }
}
