//! Motion of the vehicle that recorded, from its coordinate frames.

use std::collections::BTreeSet;

use glam::DVec3;

use crate::base::time::Time;
use crate::data::geometry::frames::FrameTree;
use crate::tracks::assemble::heading;
use crate::tracks::track::Placed;

/// Usual names of the frame that is fixed to the vehicle, the best known first.
pub(super) const NAMES: [&str; 12] = [
    "base_link",
    "base_footprint",
    "ego_vehicle",
    "hero",
    "ego",
    "vehicle",
    "car",
    "body",
    "chassis",
    "imu",
    "imu_link",
    "gps",
];

/// Extent of the vehicle around the origin of its frame, in meters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EgoShape {
    /// Length over all.
    pub length: f64,
    /// Width over all.
    pub width: f64,
    /// Distance of the middle ahead of the frame's origin, which usually is the middle of the rear axle.
    pub ahead: f64,
}

impl Default for EgoShape {
    /// A van: 5.176 m by 2.297 m, its middle 1.461 m ahead of the rear axle (nuPlan devkit, Pacifica).
    fn default() -> Self {
        Self { length: 5.176, width: 2.297, ahead: 1.461 }
    }
}

/// Problem of a text that should be the extent of the vehicle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no extent of a vehicle, expected LENGTH,WIDTH,AHEAD in meters like 4.9,1.9,1.4")]
pub struct EgoShapeError {
    text: String,
}

impl std::str::FromStr for EgoShape {
    type Err = EgoShapeError;

    fn from_str(text: &str) -> Result<Self, EgoShapeError> {
        let error = || EgoShapeError { text: text.to_owned() };
        let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some([length, width, ahead]) if *length > 0.0 && *width > 0.0 && ahead.is_finite() => {
                let finite = length.is_finite() && width.is_finite();
                finite.then_some(Self { length: *length, width: *width, ahead: *ahead }).ok_or_else(error)
            }
            _ => Err(error()),
        }
    }
}

/// The frame that is fixed to the vehicle: one of the usual names, else the frame nearest to `boxes` that moves, else the one
/// with most poses; `None` where no frame moves.
pub fn vehicle_frame<'a>(frames: &'a FrameTree, boxes: &'a str) -> Option<&'a str> {
    let moving: Vec<(&str, usize)> = frames
        .edges()
        .map(|(child, _, times)| (child, times.take(1 << 20).count()))
        .filter(|(_, poses)| *poses > 1)
        .collect();
    let moves = |frame: &str| {
        let mut at = frame;
        // Chains are short; a circle ends here as well.
        for _ in 0..64 {
            if moving.iter().any(|(child, _)| *child == at) {
                return true;
            }
            match frames.parent(at) {
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    };
    let named = |name: &&&str| {
        let known = frames.edges().any(|(child, ..)| child == **name);
        known && moves(name)
    };
    if let Some(name) = NAMES.iter().find(named) {
        return frames.edges().map(|(child, ..)| child).find(|child| child == name);
    }
    let mut at = boxes;
    for _ in 0..64 {
        if moving.iter().any(|(child, _)| *child == at) {
            return Some(at);
        }
        match frames.parent(at) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    moving.into_iter().rev().max_by_key(|(_, poses)| *poses).map(|(child, _)| child)
}

/// Stamps of the poses that move the vehicle: those of its own frame, or of the nearest one above it that moves.
pub fn stamps(frames: &FrameTree, vehicle: &str) -> BTreeSet<Time> {
    let mut at = vehicle;
    // Chains are short; a circle ends here as well.
    for _ in 0..64 {
        let own: BTreeSet<Time> =
            frames.edges().filter(|(child, ..)| *child == at).flat_map(|(_, _, times)| times).collect();
        if own.len() > 1 {
            return own;
        }
        match frames.parent(at) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    BTreeSet::new()
}

/// Places of the vehicle in the frame `world` at these times, as the middle of its box; fewer where its pose is unknown.
pub fn places(
    frames: &FrameTree,
    vehicle: &str,
    world: &str,
    times: impl IntoIterator<Item = Time>,
    shape: EgoShape,
) -> Vec<(Time, Placed)> {
    let size = DVec3::new(shape.length, shape.width, 1.8);
    let placed = |time: Time| {
        let pose = frames.pose(vehicle, world, time)?;
        let center = pose.apply(DVec3::X * shape.ahead);
        Some((time, Placed { center, heading: heading(&pose), size, velocity: None }))
    };
    times.into_iter().filter_map(placed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::frames::{FrameTransform, Pose};

    fn tree(edges: &[(&str, &str, usize)]) -> FrameTree {
        let mut tree = FrameTree::default();
        for (parent, child, poses) in edges {
            for at in 0..*poses {
                let pose = Pose { translation: DVec3::X * at as f64, ..Pose::IDENTITY };
                let (parent, child) = ((*parent).to_owned(), (*child).to_owned());
                tree.add(FrameTransform { time: None, parent, child, pose }, Time(at as i64));
            }
        }
        tree
    }

    #[test]
    fn the_vehicle_is_found_by_name_or_by_its_motion() {
        let check = |edges: &[(&str, &str, usize)], boxes: &str, expected: Option<&str>| {
            assert_eq!(vehicle_frame(&tree(edges), boxes), expected, "{edges:?}");
        };
        check(
            &[("map", "odom", 5), ("odom", "base_link", 9), ("base_link", "lidar", 1)],
            "lidar",
            Some("base_link"),
        );
        check(&[("map", "robot", 9), ("robot", "lidar", 1), ("robot", "wheel", 90)], "lidar", Some("robot"));
        check(&[("map", "robot", 9), ("robot", "lidar", 1)], "map", Some("robot"));
        check(&[("base_link", "lidar", 1)], "lidar", None);
        // A frame that is fixed to one that moves has the stamps of that one.
        let fixed = tree(&[("map", "odom", 9), ("odom", "base_link", 1)]);
        assert_eq!(vehicle_frame(&fixed, ""), Some("base_link"));
        assert_eq!(stamps(&fixed, "base_link").len(), 9);
        check(&[], "lidar", None);
    }

    #[test]
    fn an_extent_is_read_and_a_wrong_one_is_refused() {
        assert_eq!("4.9, 1.9,1.4".parse(), Ok(EgoShape { length: 4.9, width: 1.9, ahead: 1.4 }));
        for wrong in ["", "4.9", "4.9,1.9", "-1,2,3", "4.9,nan,1", "a,b,c"] {
            assert!(wrong.parse::<EgoShape>().is_err(), "{wrong}");
        }
    }
}
