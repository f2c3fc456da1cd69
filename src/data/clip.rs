//! Recordings: what is inside, without the contents.

use serde::Serialize;

use crate::base::time::TimeRange;
use crate::data::image::Image;

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
    /// Something that is counted and listed but not decoded.
    Other,
}

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

    /// The channel called `name`.
    pub fn channel_named(&self, name: &str) -> Option<ChannelId> {
        self.channels.iter().position(|channel| channel.name == name).map(ChannelId)
    }

    /// What is known about a channel.
    pub fn channel(&self, id: ChannelId) -> Option<&ChannelInfo> {
        self.channels.get(id.0)
    }
}

/// One decoded message of a channel.
#[derive(Clone, Debug)]
pub enum Sample {
    /// A picture of a camera.
    Image(Image),
    /// A value of a signal.
    Scalar(f64),
}
