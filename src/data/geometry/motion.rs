//! Motion of a sensor during a recording, so that labels of static objects stay in place in the world.

use std::sync::Arc;

use glam::{DQuat, DVec3};

use crate::base::time::Time;
use crate::data::geometry::frames::{FrameTree, Pose};
use crate::data::geometry::shape::{Block, Shape};

/// Path of one sensor through the world, sample by sample.
#[derive(Clone, Debug)]
pub struct Motion {
    frames: Arc<FrameTree>,
    sensor: String,
    fixed: String,
    times: Arc<Vec<Time>>,
}

impl Motion {
    /// The motion of the sensor whose coordinate frame is `sensor`, with the times of its samples.
    ///
    /// `None` if the recording does not say how that frame moves. The fixed frame is the root of all others.
    pub fn of(frames: &Arc<FrameTree>, sensor: &str, times: &Arc<Vec<Time>>) -> Option<Self> {
        let fixed = frames.root(sensor);
        let (first, last) =
            (frames.pose(sensor, fixed, *times.first()?)?, frames.pose(sensor, fixed, *times.last()?)?);
        // A rigidly mounted frame does not move; a drive that ends where it began is checked in its middle.
        let middle = frames.pose(sensor, fixed, *times.get(times.len() / 2)?)?;
        (first != last || first != middle).then(|| Self {
            frames: Arc::clone(frames),
            sensor: sensor.to_owned(),
            fixed: fixed.to_owned(),
            times: Arc::clone(times),
        })
    }

    /// Maps coordinates of the sensor on sample `from` to those on sample `to`, for objects that are static in the world.
    pub fn across(&self, from: usize, to: usize) -> Option<Pose> {
        Some(self.at(to)?.inverse().after(&self.at(from)?))
    }

    /// The shape on sample `to` of an object that is static since sample `from`. Only cuboids move.
    pub fn carried(&self, shape: &Shape, from: usize, to: usize) -> Shape {
        match (shape, self.across(from, to)) {
            (Shape::Cuboid(block), Some(pose)) => Shape::Cuboid(Box::new(moved(block, &pose))),
            _ => shape.clone(),
        }
    }

    /// The shape on sample `on`, between one on sample `from` and one on sample `to`.
    ///
    /// Interpolation is linear in the world, which is not linear in the coordinates of a moving sensor.
    pub fn between(&self, from: (usize, &Shape), to: (usize, &Shape), on: usize) -> Shape {
        let part = (on.saturating_sub(from.0)) as f32 / (to.0.saturating_sub(from.0)).max(1) as f32;
        self.carried(from.1, from.0, on)
            .between(&self.carried(to.1, to.0, on), self.part(from.0, to.0, on).unwrap_or(part))
    }

    fn at(&self, sample: usize) -> Option<Pose> {
        self.frames.pose(&self.sensor, &self.fixed, *self.times.get(sample)?)
    }

    /// Fraction of the time between two samples that has passed: speed is per second, also where samples are missing.
    fn part(&self, from: usize, to: usize, on: usize) -> Option<f32> {
        let at = |sample: usize| self.times.get(sample).copied();
        let (from, to, on) = (at(from)?, at(to)?, at(on)?);
        let whole = (to - from).secs();
        (whole > 0.0).then(|| ((on - from).secs() / whole) as f32)
    }
}

fn moved(block: &Block, pose: &Pose) -> Block {
    let inner = Pose { translation: DVec3::from(block.center), rotation: DQuat::from_array(block.rotation) };
    let outer = pose.after(&inner);
    Block { center: outer.translation.to_array(), rotation: outer.rotation.normalize().to_array(), ..*block }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::frames::FrameTransform;

    /// A vehicle that drives a curve of ten meters radius, a quarter turn in one second.
    fn curve() -> Motion {
        let mut tree = FrameTree::default();
        let times: Vec<Time> = (0..=10).map(|i| Time::from_secs(f64::from(i) / 10.0)).collect();
        for time in &times {
            let angle = time.0 as f64 / 1e9 * std::f64::consts::FRAC_PI_2;
            let place = DVec3::new(10.0 * libm::sin(angle), 10.0 - 10.0 * libm::cos(angle), 0.0);
            let pose = Pose::new(place, DQuat::from_rotation_z(angle));
            let (parent, child) = ("map".to_owned(), "vehicle".to_owned());
            tree.add(FrameTransform { time: Some(*time), parent, child, pose }, *time);
        }
        let (parent, child) = ("vehicle".to_owned(), "lidar".to_owned());
        let pose = Pose::new(DVec3::new(1.0, 0.0, 2.0), DQuat::IDENTITY);
        tree.add(FrameTransform { time: None, parent, child, pose }, Time(0));
        Motion::of(&Arc::new(tree), "lidar", &Arc::new(times)).unwrap()
    }

    #[test]
    fn what_is_parked_stays_where_it_is_while_the_vehicle_turns() {
        let motion = curve();
        let parked = Shape::Cuboid(Box::new(Block::upright([8.0, 3.0, -1.0], [4.5, 1.9, 1.6], 0.3)));
        let later = motion.carried(&parked, 0, 10);
        for on in 0..=10 {
            let (wanted, found) =
                (motion.carried(&parked, 0, on), motion.between((0, &parked), (10, &later), on));
            let (Shape::Cuboid(wanted), Shape::Cuboid(found)) = (wanted, found) else { panic!("cuboids") };
            let apart = (DVec3::from(wanted.center) - DVec3::from(found.center)).length();
            assert!(apart < 1e-9 && (wanted.yaw() - found.yaw()).abs() < 1e-9, "sample {on}: {apart} m");
        }
        // The straight line in the sensor's frame is meters off in the middle of this curve.
        let Shape::Cuboid(straight) = parked.between(&later, 0.5) else { panic!("a cuboid") };
        let Shape::Cuboid(right) = motion.carried(&parked, 0, 5) else { panic!("a cuboid") };
        assert!((DVec3::from(straight.center) - DVec3::from(right.center)).length() > 1.0);
    }

    #[test]
    fn a_sensor_that_is_screwed_on_has_no_motion() {
        let mut tree = FrameTree::default();
        let (parent, child) = ("rig".to_owned(), "lidar".to_owned());
        tree.add(FrameTransform { time: None, parent, child, pose: Pose::IDENTITY }, Time(0));
        let times = Arc::new(vec![Time(0), Time(1), Time(2)]);
        assert!(Motion::of(&Arc::new(tree), "lidar", &times).is_none());
        assert!(Motion::of(&Arc::default(), "lidar", &times).is_none());
        assert!(Motion::of(&Arc::default(), "lidar", &Arc::default()).is_none());
    }
}
