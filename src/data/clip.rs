//! Recordings: their channels and metadata, without the contents.

use std::sync::Arc;

use serde::Serialize;

use crate::base::time::TimeRange;
use crate::data::geometry::frames::{Calibration, Cuboid, FrameTransform};
use crate::data::geometry::objects::Detection;
use crate::data::geometry::path::PlannedPath;
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

/// Kind of a channel's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Camera images.
    Camera,
    /// One number per sample.
    Signal,
    /// Point clouds.
    Points,
    /// 3D boxes.
    Cuboids,
    /// 2D boxes in the image of a camera.
    Boxes,
    /// Planned paths.
    Path,
    /// Positions on the earth (GPS).
    Places,
    /// Lines of text.
    Log,
    /// Transforms between coordinate frames.
    Transforms,
    /// Calibration of a camera: the projection from space to pixels.
    Calibration,
    /// A channel that is counted and listed but not decoded.
    Other,
}

impl ChannelKind {
    /// Input medium of models and transforms for this channel; `None` if models do not run on it.
    pub fn medium(self) -> Option<Medium> {
        match self {
            Self::Camera => Some(Medium::Image),
            Self::Points => Some(Medium::Points),
            Self::Signal => Some(Medium::Signals),
            Self::Log => Some(Medium::Text),
            Self::Cuboids
            | Self::Boxes
            | Self::Path
            | Self::Places
            | Self::Transforms
            | Self::Calibration
            | Self::Other => None,
        }
    }

    /// Name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Signal => "signal",
            Self::Points => "points",
            Self::Cuboids => "3D boxes",
            Self::Boxes => "2D boxes",
            Self::Path => "paths",
            Self::Places => "GPS",
            Self::Log => "log",
            Self::Transforms => "transforms",
            Self::Calibration => "calibration",
            Self::Other => "not displayed",
        }
    }
}

/// Usual names of columns with text for a model to read.
pub const TEXT_NAMES: [&str; 8] =
    ["text", "sentence", "utterance", "message", "comment", "note", "review", "tweet"];
/// Usual names of columns with the class of a text.
pub const CLASS_NAMES: [&str; 5] = ["label", "class", "category", "target", "sentiment"];

/// One recorded stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelInfo {
    /// Name in the recording.
    pub name: String,
    /// Kind of its contents.
    pub kind: ChannelKind,
    /// Encoding: `foxglove.CompressedImage (protobuf)`.
    pub encoding: String,
    /// Number of samples known so far.
    pub samples: usize,
    /// Reason why it is not displayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Contents of a recording, as far as it has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClipInfo {
    /// Name on screen: the file or folder without its path.
    pub name: String,
    /// Id of the reader that opened it.
    pub format: &'static str,
    /// The streams, cameras first.
    pub channels: Vec<ChannelInfo>,
    /// From the first sample to just after the last.
    pub range: TimeRange,
    /// True once every sample is known.
    pub indexed: bool,
    /// Parts that could not be read, one sentence each.
    pub warnings: Vec<String>,
    /// Metadata and attachments of the recording by name.
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

    /// The channels on whose samples a model is run: all with its medium; for a model of signals alone the
    /// first of its input signals, whose samples are its moments.
    pub fn asked(&self, medium: Medium, reach: &Reach) -> Vec<(ChannelId, &ChannelInfo)> {
        let all = self.channels.iter().enumerate().map(|(i, channel)| (ChannelId(i), channel));
        let carries = all.filter(|(_, channel)| channel.kind.medium() == Some(medium));
        match reach.signals.first().filter(|_| medium == Medium::Signals) {
            Some(name) => carries.filter(|(_, channel)| channel.name == *name).take(1).collect(),
            None if medium == Medium::Text => {
                // If one column has such a name, the others describe it.
                let all: Vec<_> = carries.collect();
                let called = |name: &str| TEXT_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
                let named: Vec<_> =
                    all.iter().copied().filter(|(_, channel)| called(&channel.name)).collect();
                if named.is_empty() { all } else { named }
            }
            None => carries.collect(),
        }
    }

    /// The channel with the class of each text, if one has such a name.
    pub fn classes_of_texts(&self) -> Option<ChannelId> {
        let called = |name: &str| CLASS_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.of_kind(ChannelKind::Log).find(|(_, channel)| called(&channel.name)).map(|(id, _)| id)
    }

    /// The channel called `name`.
    pub fn channel_named(&self, name: &str) -> Option<ChannelId> {
        self.channels.iter().position(|channel| channel.name == name).map(ChannelId)
    }

    /// The camera that a channel of boxes belongs to: the one whose name shares the longest prefix with it,
    /// for topics (`/front/image`, `/front/detections`) and for folders (`image_2`, `image_2/labels`).
    pub fn camera_of(&self, boxes: &str) -> Option<ChannelId> {
        let shared = |name: &str| name.bytes().zip(boxes.bytes()).take_while(|(a, b)| a == b).count();
        // Among equals the first, as everywhere.
        let cameras: Vec<_> = self.of_kind(ChannelKind::Camera).collect();
        cameras.into_iter().rev().max_by_key(|(_, camera)| shared(&camera.name)).map(|(id, _)| id)
    }

    /// The calibration channel of a camera: the one whose name is most like the camera's, as `/front/camera_info` is for
    /// `/front/image`.
    pub fn calibration_of(&self, camera: ChannelId) -> Option<ChannelId> {
        let name = &self.channel(camera)?.name;
        let shared = |other: &str| name.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
        let all: Vec<_> = self.of_kind(ChannelKind::Calibration).collect();
        let (best, info) = all.iter().max_by_key(|(_, info)| shared(&info.name))?;
        // With several cameras a calibration whose name shares nothing belongs to another one.
        let least = (name.split('/').count() - 1).max(1);
        let several = all.len() > 1 || self.of_kind(ChannelKind::Camera).count() > 1;
        (shared(&info.name) >= least || !several).then_some(*best)
    }

    /// Description of a channel.
    pub fn channel(&self, id: ChannelId) -> Option<&ChannelInfo> {
        self.channels.get(id.0)
    }
}

impl Sample {
    /// Size in bytes, for caches.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Image(image) => image.pixels().len(),
            Self::Points(cloud) => cloud.bytes(),
            Self::Cuboids(boxes) => boxes.len() * 256,
            Self::Boxes(boxes) => boxes.len() * 64,
            Self::Path(path) => path.points.len() * 64,
            Self::Scalar(_) | Self::Place(_) | Self::Log(_) | Self::Transforms(_) | Self::Calibration(_) => {
                64
            }
        }
    }
}

/// One decoded message of a channel.
#[derive(Clone, Debug)]
pub enum Sample {
    /// An image of a camera.
    Image(Image),
    /// A value of a signal.
    Scalar(f64),
    /// A point cloud.
    Points(Arc<PointCloud>),
    /// 3D boxes.
    Cuboids(Vec<Cuboid>),
    /// 2D boxes, in pixels of the image.
    Boxes(Vec<Detection>),
    /// A planned path.
    Path(PlannedPath),
    /// Position of the vehicle.
    Place(Place),
    /// A line of text.
    Log(LogLine),
    /// Edges of the tree of coordinate frames.
    Transforms(Vec<FrameTransform>),
    /// Projection of a camera from space to pixels.
    Calibration(Calibration),
}

impl Sample {
    /// The coordinate frame of points or cuboids; cuboids without a box are in none.
    pub fn coordinate_frame(&self) -> Option<&str> {
        match self {
            Self::Points(cloud) => Some(&cloud.frame),
            Self::Cuboids(boxes) => Some(&boxes.first()?.frame),
            Self::Image(_)
            | Self::Scalar(_)
            | Self::Boxes(_)
            | Self::Path(_)
            | Self::Place(_)
            | Self::Log(_)
            | Self::Transforms(_)
            | Self::Calibration(_) => None,
        }
    }
}
