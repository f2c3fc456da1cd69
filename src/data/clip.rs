//! Recordings: what is inside, without the contents.

use std::sync::Arc;

use serde::Serialize;

use crate::base::time::TimeRange;
use crate::data::geometry::frames::{Calibration, Cuboid, FrameTransform};
use crate::data::geometry::objects::Detection;
use crate::data::geometry::place::Place;
use crate::data::geometry::points::PointCloud;
use crate::data::image::Image;
use crate::data::input::Medium;
use crate::data::time::log::LogLine;
use crate::data::time::window::Reach;

/// Position of a channel in [`ClipInfo::channels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ChannelId(pub usize);

/// What kind of thing a channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Pictures.
    Camera,
    /// One number per sample.
    Signal,
    /// Points in space.
    Points,
    /// Boxes in space.
    Cuboids,
    /// Boxes in the pictures of a camera.
    Boxes,
    /// Places on the earth.
    Places,
    /// Lines of text.
    Log,
    /// How coordinate frames lie to each other.
    Transforms,
    /// How a camera maps space to pixels.
    Calibration,
    /// Something that is counted and listed but not decoded.
    Other,
}

impl ChannelKind {
    /// What a model that is asked about it looks at, and what transforms change; none for what no model is asked about.
    pub fn medium(self) -> Option<Medium> {
        match self {
            Self::Camera => Some(Medium::Image),
            Self::Points => Some(Medium::Points),
            Self::Signal => Some(Medium::Signals),
            Self::Log => Some(Medium::Text),
            Self::Cuboids
            | Self::Boxes
            | Self::Places
            | Self::Transforms
            | Self::Calibration
            | Self::Other => None,
        }
    }

    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Signal => "signal",
            Self::Points => "points",
            Self::Cuboids => "boxes in space",
            Self::Boxes => "boxes in pictures",
            Self::Places => "GPS",
            Self::Log => "log",
            Self::Transforms => "transforms",
            Self::Calibration => "calibration",
            Self::Other => "not shown",
        }
    }
}

/// What columns of texts are called that a model reads.
pub const TEXT_NAMES: [&str; 8] =
    ["text", "sentence", "utterance", "message", "comment", "note", "review", "tweet"];
/// What columns are called that say the class of a text.
pub const CLASS_NAMES: [&str; 5] = ["label", "class", "category", "target", "sentiment"];

/// One recorded stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelInfo {
    /// Its name in the recording.
    pub name: String,
    /// What it carries.
    pub kind: ChannelKind,
    /// How it is stored: `foxglove.CompressedImage (protobuf)`.
    pub encoding: String,
    /// Number of samples known so far.
    pub samples: usize,
}

/// What a recording contains, as far as it has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClipInfo {
    /// Name on screen: the file or folder without its path.
    pub name: String,
    /// Which reader opened it.
    pub format: &'static str,
    /// The streams, cameras first.
    pub channels: Vec<ChannelInfo>,
    /// From the first sample to just after the last.
    pub range: TimeRange,
    /// Whether every sample is known.
    pub indexed: bool,
    /// What could not be read, one sentence each.
    pub warnings: Vec<String>,
    /// What the recording says of itself by name: metadata and attachments.
    pub about: Vec<(String, String)>,
}

impl ClipInfo {
    /// The channels of one kind with their positions.
    pub fn of_kind(&self, kind: ChannelKind) -> impl Iterator<Item = (ChannelId, &ChannelInfo)> {
        self.channels
            .iter()
            .enumerate()
            .filter(move |(_, channel)| channel.kind == kind)
            .map(|(i, channel)| (ChannelId(i), channel))
    }

    /// The channels whose samples a model is asked about: all that carry what it looks at; for a model of signals alone the
    /// first signal that it is given, whose samples are its moments.
    pub fn asked(&self, medium: Medium, reach: &Reach) -> Vec<(ChannelId, &ChannelInfo)> {
        let all = self.channels.iter().enumerate().map(|(i, channel)| (ChannelId(i), channel));
        let carries = all.filter(|(_, channel)| channel.kind.medium() == Some(medium));
        match reach.signals.first().filter(|_| medium == Medium::Signals) {
            Some(name) => carries.filter(|(_, channel)| channel.name == *name).take(1).collect(),
            None if medium == Medium::Text => {
                // Where one column is called so, the others say something about it.
                let all: Vec<_> = carries.collect();
                let called = |name: &str| TEXT_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
                let named: Vec<_> =
                    all.iter().copied().filter(|(_, channel)| called(&channel.name)).collect();
                if named.is_empty() { all } else { named }
            }
            None => carries.collect(),
        }
    }

    /// The channel of words that says the class of each text, where one is called so.
    pub fn classes_of_texts(&self) -> Option<ChannelId> {
        let called = |name: &str| CLASS_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.of_kind(ChannelKind::Log).find(|(_, channel)| called(&channel.name)).map(|(id, _)| id)
    }

    /// The channel called `name`.
    pub fn channel_named(&self, name: &str) -> Option<ChannelId> {
        self.channels.iter().position(|channel| channel.name == name).map(ChannelId)
    }

    /// The camera that a channel of boxes is about: the one whose name shares the longest beginning with it,
    /// which holds for topics (`/front/image`, `/front/detections`) and for folders (`image_2`, `image_2/labels`).
    pub fn camera_of(&self, boxes: &str) -> Option<ChannelId> {
        let shared = |name: &str| name.bytes().zip(boxes.bytes()).take_while(|(a, b)| a == b).count();
        // Among equals the first, as everywhere.
        let cameras: Vec<_> = self.of_kind(ChannelKind::Camera).collect();
        cameras.into_iter().rev().max_by_key(|(_, camera)| shared(&camera.name)).map(|(id, _)| id)
    }

    /// The channel that says how a camera sees: the one whose name is most like the camera's, as `/front/camera_info` is for
    /// `/front/image`.
    pub fn calibration_of(&self, camera: ChannelId) -> Option<ChannelId> {
        let name = &self.channel(camera)?.name;
        let shared = |other: &str| name.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
        let all: Vec<_> = self.of_kind(ChannelKind::Calibration).collect();
        let (best, info) = all.iter().max_by_key(|(_, info)| shared(&info.name))?;
        // With several cameras a calibration that shares nothing belongs to another one.
        let least = (name.split('/').count() - 1).max(1);
        let several = all.len() > 1 || self.of_kind(ChannelKind::Camera).count() > 1;
        (shared(&info.name) >= least || !several).then_some(*best)
    }

    /// What is known about a channel.
    pub fn channel(&self, id: ChannelId) -> Option<&ChannelInfo> {
        self.channels.get(id.0)
    }
}

impl Sample {
    /// Bytes that it holds, for caches.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Image(image) => image.pixels().len(),
            Self::Points(cloud) => cloud.bytes(),
            Self::Cuboids(boxes) => boxes.len() * 256,
            Self::Boxes(boxes) => boxes.len() * 64,
            Self::Scalar(_) | Self::Place(_) | Self::Log(_) | Self::Transforms(_) | Self::Calibration(_) => {
                64
            }
        }
    }
}

/// One decoded message of a channel.
#[derive(Clone, Debug)]
pub enum Sample {
    /// A picture of a camera.
    Image(Image),
    /// A value of a signal.
    Scalar(f64),
    /// What a LIDAR sees.
    Points(Arc<PointCloud>),
    /// Boxes in space.
    Cuboids(Vec<Cuboid>),
    /// Boxes in a picture, in its pixels.
    Boxes(Vec<Detection>),
    /// Where the vehicle is.
    Place(Place),
    /// A line of text.
    Log(LogLine),
    /// Edges of the tree of coordinate frames.
    Transforms(Vec<FrameTransform>),
    /// How a camera maps space to pixels.
    Calibration(Calibration),
}
