//! Poses, boxes and coordinate frames in space: right-handed, meters, quaternions as x, y, z, w.

use std::collections::BTreeMap;

use glam::{DQuat, DVec3};

use crate::base::time::{Span, Time};

/// A position and a rotation: maps coordinates of a child frame to its parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Origin of the child in the parent.
    pub translation: DVec3,
    /// Rotation from child axes to parent axes; a unit quaternion.
    pub rotation: DQuat,
}

impl Default for Pose {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl Pose {
    /// No translation, no rotation.
    pub const IDENTITY: Self = Self { translation: DVec3::ZERO, rotation: DQuat::IDENTITY };

    /// From the parts in a recording; a quaternion of length zero is taken as no rotation.
    pub fn new(translation: DVec3, rotation: DQuat) -> Self {
        let length = rotation.length();
        let rotation = if length.is_finite() && length > 1e-9 { rotation / length } else { DQuat::IDENTITY };
        Self { translation, rotation }
    }

    /// A point of the child in the parent frame.
    pub fn apply(&self, point: DVec3) -> DVec3 {
        self.translation + self.rotation * point
    }

    /// Composition: first `inner`, then this.
    pub fn after(&self, inner: &Self) -> Self {
        Self { translation: self.apply(inner.translation), rotation: self.rotation * inner.rotation }
    }

    /// The pose that maps the parent to the child.
    pub fn inverse(&self) -> Self {
        let rotation = self.rotation.inverse();
        Self { translation: -(rotation * self.translation), rotation }
    }

    fn between(a: &Self, b: &Self, part: f64) -> Self {
        Self {
            translation: a.translation.lerp(b.translation, part),
            rotation: a.rotation.slerp(b.rotation, part),
        }
    }
}

/// A 3D box around an object, from a label or a prediction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cuboid {
    /// The coordinate frame of the pose.
    pub frame: String,
    /// Center and heading; x is along the length.
    pub pose: Pose,
    /// Length, width, height in meters.
    pub size: DVec3,
    /// Class of the object.
    pub class: String,
    /// Track id, the same over time.
    pub id: String,
    /// Confidence, 0 to 1, where the recording has one.
    pub score: Option<f64>,
    /// Velocity in the coordinate frame of the pose, in m/s, where the recording has one.
    pub velocity: Option<DVec3>,
}

impl Cuboid {
    /// Both ends of the twelve edges in the parent frame of `pose`, the pose of the box itself.
    pub fn edges(&self, pose: &Pose) -> [[DVec3; 2]; 12] {
        let whole = pose.after(&self.pose);
        let half = self.size / 2.0;
        let corner = |i: usize| {
            let sign = |bit: usize| if i >> bit & 1 == 1 { 1.0 } else { -1.0 };
            whole.apply(DVec3::new(sign(0) * half.x, sign(1) * half.y, sign(2) * half.z))
        };
        let mut edges = [[DVec3::ZERO; 2]; 12];
        let pairs = (0..8).flat_map(|i| (0..3).map(move |bit| (i, i | 1 << bit))).filter(|(i, j)| i != j);
        for (edge, (i, j)) in edges.iter_mut().zip(pairs) {
            *edge = [corner(i), corner(j)];
        }
        edges
    }
}

/// One edge of the tree of coordinate frames at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameTransform {
    /// Time from which it holds; absent in messages without a stamp.
    pub time: Option<Time>,
    /// The parent frame.
    pub parent: String,
    /// The child frame.
    pub child: String,
    /// Coordinates of the child in the parent.
    pub pose: Pose,
}

/// Tree of the coordinate frames of a recording over time.
#[derive(Clone, Debug, Default)]
pub struct FrameTree {
    /// Parent and poses by child, sorted by time.
    edges: BTreeMap<String, (String, Vec<(Time, Pose)>)>,
}

/// Maximum length of a chain of frames; a longer one has a cycle.
const MAX_CHAIN: usize = 64;

impl FrameTree {
    /// Adds a transform from a message; `logged` is its time if it has no stamp of its own.
    pub fn add(&mut self, transform: FrameTransform, logged: Time) {
        let time = transform.time.unwrap_or(logged);
        let (parent, poses) =
            self.edges.entry(transform.child).or_insert_with(|| (transform.parent.clone(), Vec::new()));
        // A frame that changes its parent starts again: a tree has one parent at a time.
        if *parent != transform.parent {
            *parent = transform.parent;
            poses.clear();
        }
        if poses.last().is_none_or(|(last, _)| *last <= time) {
            poses.push((time, transform.pose));
        } else {
            let at = poses.partition_point(|(known, _)| *known <= time);
            poses.insert(at, (time, transform.pose));
        }
    }

    /// The same tree on a clock that is ahead by `offset`.
    pub fn moved(&self, offset: Span) -> Self {
        let mut moved = self.clone();
        for (_, poses) in moved.edges.values_mut() {
            for (time, _) in poses {
                *time = *time + offset;
            }
        }
        moved
    }

    /// Adds what another recording of the same vehicle knows, on a clock that is ahead by `offset`. Where both have another
    /// parent for a frame, this tree's stays.
    pub fn join(&mut self, other: &Self, offset: Span) {
        for (child, (parent, poses)) in &other.edges {
            let (own, known) =
                self.edges.entry(child.clone()).or_insert_with(|| (parent.clone(), Vec::new()));
            if own != parent {
                continue;
            }
            known.extend(poses.iter().map(|(time, pose)| (*time + offset, *pose)));
            known.sort_by_key(|(time, _)| *time);
            known.dedup();
        }
    }

    /// True if it has no edges.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Every edge: child, parent and the times of its poses, sorted.
    pub fn edges(&self) -> impl Iterator<Item = (&str, &str, impl Iterator<Item = Time>)> {
        self.edges.iter().map(|(child, (parent, poses))| {
            (child.as_str(), parent.as_str(), poses.iter().map(|(time, _)| *time))
        })
    }

    /// The parent of `child`.
    pub fn parent(&self, child: &str) -> Option<&str> {
        self.edges.get(child).map(|(parent, _)| parent.as_str())
    }

    /// Maps coordinates of `from` to `to` at `time`; `None` when they are not connected.
    pub fn pose(&self, from: &str, to: &str, time: Time) -> Option<Pose> {
        if from == to {
            return Some(Pose::IDENTITY);
        }
        let up = self.chain(from, time)?;
        let down = self.chain(to, time)?;
        let (meeting, below) = up.iter().find_map(|(frame, pose)| {
            down.iter().find(|(other, _)| other == frame).map(|(_, other)| (*pose, *other))
        })?;
        Some(below.inverse().after(&meeting))
    }

    /// The topmost frame above `frame`.
    pub fn root<'a>(&'a self, frame: &'a str) -> &'a str {
        let mut at = frame;
        for _ in 0..MAX_CHAIN {
            match self.edges.get(at) {
                Some((parent, _)) => at = parent,
                None => break,
            }
        }
        at
    }

    /// `frame` and the frames above it with the pose of `frame` in each.
    fn chain<'a>(&'a self, frame: &'a str, time: Time) -> Option<Vec<(&'a str, Pose)>> {
        let mut chain = vec![(frame, Pose::IDENTITY)];
        let (mut at, mut pose) = (frame, Pose::IDENTITY);
        while let Some((parent, poses)) = self.edges.get(at) {
            pose = at_time(poses, time)?.after(&pose);
            at = parent;
            chain.push((at, pose));
            if chain.len() > MAX_CHAIN {
                return None;
            }
        }
        Some(chain)
    }
}

/// The pose at a time, interpolated between its neighbors; outside of the known times the nearest one.
fn at_time(poses: &[(Time, Pose)], time: Time) -> Option<Pose> {
    let after = poses.partition_point(|(known, _)| *known <= time);
    let Some((before_time, before)) = after.checked_sub(1).and_then(|i| poses.get(i)) else {
        return poses.first().map(|(_, pose)| *pose);
    };
    let Some((after_time, later)) = poses.get(after) else { return Some(*before) };
    let span = (*after_time - *before_time).secs();
    let part = if span > 0.0 { (time - *before_time).secs() / span } else { 0.0 };
    Some(Pose::between(before, later, part))
}

/// A pinhole camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The optical frame: x right, y down, z forward.
    pub frame: String,
    /// Image size in pixels that the numbers refer to.
    pub size: (u32, u32),
    /// Focal lengths and principal point in pixels: fx, fy, cx, cy.
    pub pinhole: [f64; 4],
    /// Distortion k1, k2, p1, p2, k3 of the Brown-Conrady model; zeros if the image is rectified.
    pub distortion: [f64; 5],
}

impl Calibration {
    /// Projection of a point of the optical frame, in pixels; `None` behind the camera.
    pub fn project(&self, point: DVec3) -> Option<(f64, f64)> {
        if point.z <= 0.05 {
            return None;
        }
        let (x, y) = (point.x / point.z, point.y / point.z);
        let [k1, k2, p1, p2, k3] = self.distortion;
        let r2 = x * x + y * y;
        let radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3));
        let xd = x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x);
        let yd = y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y;
        let [fx, fy, cx, cy] = self.pinhole;
        Some((fx * xd + cx, fy * yd + cy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(x: f64) -> Pose {
        Pose::new(DVec3::new(x, 0.0, 0.0), DQuat::IDENTITY)
    }

    fn edge(parent: &str, child: &str, secs: f64, pose: Pose) -> FrameTransform {
        FrameTransform {
            time: Some(Time::from_secs(secs)),
            parent: parent.to_owned(),
            child: child.to_owned(),
            pose,
        }
    }

    #[test]
    fn the_frames_of_a_later_part_are_known_too() {
        let tree = |parent: &str, child: &str, from: i64| {
            let mut tree = FrameTree::default();
            for n in 0..2 {
                let pose = Pose::new(DVec3::X * (from + n) as f64, DQuat::IDENTITY);
                let (parent, child) = (parent.to_owned(), child.to_owned());
                tree.add(FrameTransform { time: None, parent, child, pose }, Time(from + n));
            }
            tree
        };
        let mut whole = tree("map", "car", 0);
        whole.join(&tree("map", "car", 10), Span(0));
        whole.join(&tree("map", "car", 10), Span(0));
        whole.join(&tree("car", "lidar", 0), Span(0));
        whole.join(&tree("world", "car", 99), Span(0));
        let x =
            |tree: &FrameTree, time: i64| tree.pose("car", "map", Time(time)).unwrap().translation.x as i64;
        assert_eq!([0, 1, 10, 11, 500].map(|time| x(&whole, time)), [0, 1, 10, 11, 11]);
        assert!(whole.pose("lidar", "map", Time(5)).is_some() && whole.parent("car") == Some("map"));
        whole.join(&tree("map", "car", 20), Span(5));
        assert_eq!(x(&whole, 25), 20);
    }

    #[test]
    fn frames_are_found_through_their_common_ancestor_and_in_between_times() {
        let mut tree = FrameTree::default();
        let quarter = DQuat::from_rotation_z(std::f64::consts::FRAC_PI_2);
        tree.add(edge("map", "base", 0.0, moved(0.0)), Time(0));
        tree.add(edge("map", "base", 2.0, moved(4.0)), Time(0));
        tree.add(edge("base", "lidar", 0.0, Pose::new(DVec3::Z, quarter)), Time(0));
        tree.add(edge("base", "camera", 0.0, moved(1.0)), Time(0));
        let at = Time::from_secs(1.0);
        let in_map = tree.pose("lidar", "map", at).unwrap().apply(DVec3::X);
        assert!((in_map - DVec3::new(2.0, 1.0, 1.0)).length() < 1e-9, "{in_map}");
        let in_camera = tree.pose("lidar", "camera", at).unwrap().apply(DVec3::ZERO);
        assert!((in_camera - DVec3::new(-1.0, 0.0, 1.0)).length() < 1e-9, "{in_camera}");
        assert!(tree.pose("lidar", "moon", at).is_none());
        assert_eq!(tree.root("camera"), "map");
    }

    #[test]
    fn frames_in_circles_end() {
        let mut tree = FrameTree::default();
        tree.add(edge("a", "b", 0.0, moved(1.0)), Time(0));
        tree.add(edge("b", "a", 0.0, moved(1.0)), Time(0));
        assert!(tree.pose("a", "c", Time(0)).is_none());
        assert!(!tree.root("a").is_empty());
    }

    #[test]
    fn a_box_has_twelve_edges_as_long_as_its_sides() {
        let size = DVec3::new(4.0, 2.0, 1.5);
        let turned = Pose::new(DVec3::ONE, DQuat::from_rotation_z(0.4));
        let cuboid = Cuboid { pose: turned, size, ..Cuboid::default() };
        let edges = cuboid.edges(&moved(3.0));
        let count =
            |length: f64| edges.iter().filter(|[a, b]| ((*a - *b).length() - length).abs() < 1e-9).count();
        assert_eq!([count(4.0), count(2.0), count(1.5)], [4, 4, 4]);
        let center = edges.iter().flatten().copied().sum::<DVec3>() / 24.0;
        assert!((center - DVec3::new(4.0, 1.0, 1.0)).length() < 1e-9, "{center}");
    }

    #[test]
    fn a_point_ahead_is_seen_in_the_middle() {
        let camera = Calibration {
            frame: String::new(),
            size: (640, 480),
            pinhole: [500.0, 500.0, 320.0, 240.0],
            distortion: [0.0; 5],
        };
        assert_eq!(camera.project(DVec3::new(0.0, 0.0, 3.0)), Some((320.0, 240.0)));
        assert_eq!(camera.project(DVec3::new(1.0, 0.0, 2.0)), Some((570.0, 240.0)));
        assert_eq!(camera.project(DVec3::new(0.0, 0.0, -1.0)), None);
    }
}
