//! A recording in memory.

use std::sync::Arc;

use hardcase::base::time::{Time, TimeRange};
use hardcase::clips::{Clip, ClipError};
use hardcase::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use hardcase::data::geometry::frames::{Cuboid, FrameTree};
use hardcase::data::geometry::objects::Detection;
use hardcase::data::geometry::path::PlannedPath;

/// Samples of a channel.
pub enum Content {
    Numbers(Arc<Vec<f64>>),
    Cuboids(Vec<Vec<Cuboid>>),
    Boxes(Vec<Vec<Detection>>),
    Paths(Vec<PlannedPath>),
}

/// Channels with their times and contents.
#[derive(Default)]
pub struct Memory {
    pub info: ClipInfo,
    pub channels: Vec<(Arc<Vec<Time>>, Content)>,
    pub frames: Arc<FrameTree>,
}

impl Memory {
    pub fn add(&mut self, name: &str, times: &Arc<Vec<Time>>, content: Content) {
        let kind = match content {
            Content::Numbers(_) => ChannelKind::Signal,
            Content::Cuboids(_) => ChannelKind::Cuboids,
            Content::Boxes(_) => ChannelKind::Boxes,
            Content::Paths(_) => ChannelKind::Path,
        };
        self.info.channels.push(ChannelInfo {
            name: name.to_owned(),
            kind,
            encoding: "planted".to_owned(),
            samples: times.len(),
            problem: None,
        });
        let (first, last) = (times[0], times[times.len() - 1]);
        let own = TimeRange { start: first, end: Time(last.0 + 1) };
        self.info.range = if self.channels.is_empty() { own } else { self.info.range.with(own) };
        self.channels.push((Arc::clone(times), content));
    }
}

impl Clip for Memory {
    fn info(&self) -> Arc<ClipInfo> {
        Arc::new(self.info.clone())
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.channels.get(channel.0).map(|(times, _)| Arc::clone(times)).unwrap_or_default()
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        let missing = || ClipError::Missing { channel: channel.0, index, path: std::path::PathBuf::new() };
        let (_, content) = self.channels.get(channel.0).ok_or_else(missing)?;
        match content {
            Content::Numbers(values) => values.get(index).map(|value| Sample::Scalar(*value)),
            Content::Cuboids(all) => all.get(index).cloned().map(Sample::Cuboids),
            Content::Boxes(all) => all.get(index).cloned().map(Sample::Boxes),
            Content::Paths(all) => all.get(index).cloned().map(Sample::Path),
        }
        .ok_or_else(missing)
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        match self.channels.get(channel.0) {
            Some((_, Content::Numbers(values))) => Arc::clone(values),
            _ => Arc::default(),
        }
    }

    fn frames(&self) -> Arc<FrameTree> {
        Arc::clone(&self.frames)
    }
}
