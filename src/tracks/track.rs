//! Tracks: one thing over time.

use std::collections::BTreeMap;

use glam::DVec3;

use crate::base::name::Name;
use crate::base::time::{Span, Time};
use crate::data::geometry::box2::Box2;

/// One thing over time, as a recording, a labeler or an association has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its id; a part behind `#` tells later things with the same id from the first.
    pub id: Name,
    /// Its observations in the order of time; never empty.
    pub states: Vec<State>,
}

/// One observation of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Time of the sample.
    pub time: Time,
    /// Index of the sample in its channel.
    pub sample: usize,
    /// Class at this time.
    pub class: Name,
    /// Confidence, 0 to 1, where it is known.
    pub score: Option<f64>,
    /// Position and extent.
    pub place: Place,
}

/// Position and extent of a thing at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// In the image of a camera, in pixels.
    Image(Box2),
    /// In a coordinate frame that does not move with the vehicle where its motion is known.
    World(Placed),
}

/// A cuboid in space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Center in meters.
    pub center: DVec3,
    /// Heading of the length: radians from x towards y.
    pub heading: f64,
    /// Length, width, height in meters.
    pub size: DVec3,
    /// Velocity as recorded, in m/s.
    pub velocity: Option<DVec3>,
}

/// A change of the class within a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassChange {
    /// Time of the first observation with the new class.
    pub time: Time,
    /// The class before.
    pub from: Name,
    /// The class after.
    pub to: Name,
}

impl Track {
    /// The class that most of its observations have; of equally frequent ones the first by name.
    pub fn class(&self) -> Name {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for state in &self.states {
            *counts.entry(&state.class).or_default() += 1;
        }
        let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        most.map(|(class, _)| Name::from(class)).unwrap_or_default()
    }

    /// Its class history: every change from one class to another, between observations whose score is at least `min_score`;
    /// observations without a score count.
    pub fn class_changes(&self, min_score: f64) -> Vec<ClassChange> {
        let sure: Vec<&State> =
            self.states.iter().filter(|state| state.score.is_none_or(|score| score >= min_score)).collect();
        let pairs = sure.windows(2).filter(|pair| pair[0].class != pair[1].class);
        let change = |pair: &[&State]| ClassChange {
            time: pair[1].time,
            from: pair[0].class.clone(),
            to: pair[1].class.clone(),
        };
        pairs.map(change).collect()
    }

    /// Gaps in which the thing was not observed: the time between two observations that are more than `most` apart.
    pub fn gaps(&self, most: Span) -> Vec<(Time, Time)> {
        let pairs = self.states.windows(2).map(|pair| (pair[0].time, pair[1].time));
        pairs.filter(|(from, to)| *to - *from > most).collect()
    }

    /// Time of the first observation.
    pub fn start(&self) -> Time {
        self.states.first().map(|state| state.time).unwrap_or_default()
    }

    /// Time of the last observation.
    pub fn end(&self) -> Time {
        self.states.last().map(|state| state.time).unwrap_or_default()
    }

    /// The last observation at or before a time, if the next one is not more than `most` after it.
    pub fn at(&self, time: Time, most: Span) -> Option<usize> {
        let at = self.states.partition_point(|state| state.time <= time).checked_sub(1)?;
        let until = self.states.get(at + 1).map_or(self.states[at].time, |next| next.time);
        (time <= until && until - self.states[at].time <= most).then_some(at)
    }
}

impl Place {
    /// The cuboid, if the track is one in space.
    pub fn world(&self) -> Option<&Placed> {
        match self {
            Self::World(placed) => Some(placed),
            Self::Image(_) => None,
        }
    }

    /// The box, if the track is one in an image.
    pub fn image(&self) -> Option<&Box2> {
        match self {
            Self::Image(bbox) => Some(bbox),
            Self::World(_) => None,
        }
    }
}
