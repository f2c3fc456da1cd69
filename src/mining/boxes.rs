//! Channels of boxes as finders see them: tracks, moments of the samples, the vehicle among them.

use std::sync::Arc;

use crate::base::time::{Span, Time};
use crate::clips::derived::Scene;
use crate::data::geometry::box2::Box2;
use crate::mining::drive::Drive;
use crate::mining::finding::{Finding, Found};
use crate::tracks::kinematics::Motion;
use crate::tracks::scene::EgoMotion;
use crate::tracks::track::{Place, Placed, State, Track};

/// Tracks of one channel of boxes, in an image or in space.
pub struct Boxes<'a> {
    /// Name of the channel.
    pub channel: &'a str,
    /// Its tracks.
    pub tracks: &'a [Track],
    /// Times of the samples of the channel, those without a box as well.
    pub moments: Arc<Vec<Time>>,
    /// The vehicle among tracks in space.
    pub scene: Option<&'a Scene>,
}

impl<'a> Boxes<'a> {
    /// Every channel of boxes: those in space, then those in images.
    pub fn of(drive: &'a Drive<'_>) -> Vec<Self> {
        let moments = |channel: &str| {
            let id = drive.info.channel_named(channel);
            id.map(|id| drive.clip.times(id)).unwrap_or_default()
        };
        let spaces = drive.scenes.iter().map(|scene| Self {
            channel: &scene.channel,
            tracks: &scene.tracks.tracks,
            moments: moments(&scene.channel),
            scene: Some(scene),
        });
        let images = drive.images.iter().map(|image| Self {
            channel: &image.channel,
            tracks: &image.tracks.tracks,
            moments: moments(&image.channel),
            scene: None,
        });
        spaces.chain(images).collect()
    }

    /// Usual time between two samples: the median.
    pub fn period(&self) -> Span {
        let mut steps: Vec<Span> = self.moments.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied().unwrap_or(Span(100_000_000))
    }

    /// The observations by sample: positions of track and observation.
    pub fn by_sample(&self) -> Vec<Vec<(usize, usize)>> {
        let mut samples = vec![Vec::new(); self.moments.len()];
        for (number, track) in self.tracks.iter().enumerate() {
            for (at, state) in track.states.iter().enumerate() {
                if let Some(sample) = samples.get_mut(state.sample) {
                    sample.push((number, at));
                }
            }
        }
        samples
    }

    /// An observation by its positions.
    pub fn state(&self, (track, at): (usize, usize)) -> Option<&'a State> {
        self.tracks.get(track)?.states.get(at)
    }

    /// The vehicle at a moment, where its place among the boxes is known.
    pub fn vehicle(&self, time: Time) -> Option<(Placed, Motion)> {
        let readings = &self.scene?.readings;
        let at = readings.ego_times.partition_point(|other| *other <= time).saturating_sub(1);
        readings.ego.get(at).copied()
    }

    /// The place that boxes are seen from: the vehicle, or the origin where boxes are told relative to it.
    pub fn eye(&self, time: Time) -> Option<glam::DVec2> {
        match self.scene?.ego {
            EgoMotion::Known(_) => self.vehicle(time).map(|(placed, _)| placed.center.truncate()),
            EgoMotion::Relative => Some(glam::DVec2::ZERO),
            EgoMotion::Unknown(_) => None,
        }
    }

    /// The part of an image in which boxes are, from the outermost edges; `None` in space.
    pub fn extent(&self) -> Option<Box2> {
        let boxes =
            self.tracks.iter().flat_map(|track| &track.states).filter_map(|state| state.place.image());
        boxes.fold(None, |all: Option<Box2>, b| {
            let all = all.unwrap_or(*b);
            Some(Box2 {
                x0: all.x0.min(b.x0),
                y0: all.y0.min(b.y0),
                x1: all.x1.max(b.x1),
                y1: all.y1.max(b.y1),
            })
        })
    }

    /// Weight of a box by its size: its part of the image, in space 10 m over its distance; 0 to 1.
    pub fn weight(&self, place: &Place, time: Time, extent: Option<Box2>) -> f64 {
        match place {
            Place::Image(b) => {
                let whole = extent.map_or(1.0, |extent| f64::from(extent.area()).max(1.0));
                (10.0 * f64::from(b.area()) / whole).min(1.0)
            }
            Place::World(placed) => {
                let apart = self.eye(time).map_or(10.0, |eye| (placed.center.truncate() - eye).length());
                (10.0 / apart.max(1.0)).min(1.0)
            }
        }
    }
}

/// The same of channels in space alone; those in images are not looked at.
pub fn in_space(drive: &Drive<'_>, mut find: impl FnMut(&Boxes<'_>) -> Vec<Finding>) -> Found {
    let mut found = in_boxes(drive, |boxes| if boxes.scene.is_some() { find(boxes) } else { Vec::new() });
    let image = |channel: &str| drive.images.iter().any(|image| image.channel == channel);
    found.looked_at.retain(|channel| !image(channel));
    let images = drive.images.iter().filter(|image| !image.tracks.tracks.is_empty());
    found.not_looked_at.extend(images.map(|image| format!("{} has boxes in images only", image.channel)));
    found
}

/// Findings of every channel of boxes; channels without tracks are not looked at.
pub fn in_boxes(drive: &Drive<'_>, mut find: impl FnMut(&Boxes<'_>) -> Vec<Finding>) -> Found {
    let mut found = Found::default();
    for boxes in Boxes::of(drive) {
        if boxes.tracks.is_empty() {
            found.not_looked_at.push(format!("{} has no boxes with ids", boxes.channel));
            continue;
        }
        found.looked_at.push(boxes.channel.to_owned());
        found.findings.extend(find(&boxes).into_iter().map(|finding| finding.on(boxes.channel)));
    }
    if found.looked_at.is_empty() && found.not_looked_at.is_empty() {
        found.not_looked_at.push("the recording has no boxes".to_owned());
    }
    found
}
