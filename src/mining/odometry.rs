//! The way of the vehicle through its coordinate frames.

use std::f64::consts::{PI, TAU};

use glam::DVec2;

use crate::base::time::Time;
use crate::data::geometry::frames::FrameTree;
use crate::tracks::assemble::heading;
use crate::tracks::ego::{stamps, vehicle_frame};

/// Position and heading of the vehicle at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waypoint {
    /// Time of the pose.
    pub time: Time,
    /// Meters in the topmost frame.
    pub place: DVec2,
    /// Radians from x towards y.
    pub heading: f64,
}

/// Places and headings of the vehicle at given times, in the topmost frame; empty where no frame of the vehicle moves.
pub fn way_at(frames: &FrameTree, times: &[Time]) -> Vec<Waypoint> {
    let Some(vehicle) = vehicle_frame(frames, "") else { return Vec::new() };
    let world = frames.root(vehicle);
    let at = |time: &Time| {
        let pose = frames.pose(vehicle, world, *time)?;
        Some(Waypoint { time: *time, place: pose.translation.truncate(), heading: heading(&pose) })
    };
    times.iter().filter_map(at).collect()
}

/// The same at the stamps of the poses that move the vehicle.
pub fn way(frames: &FrameTree) -> Vec<Waypoint> {
    let Some(vehicle) = vehicle_frame(frames, "") else { return Vec::new() };
    let times: Vec<Time> = stamps(frames, vehicle).into_iter().collect();
    way_at(frames, &times)
}

/// Speeds along a way in m/s, one a waypoint, by differences over one waypoint on either side.
pub fn speeds(way: &[Waypoint]) -> Vec<f64> {
    let last = way.len().saturating_sub(1);
    let speed = |at: usize| {
        let (a, b) = (way[at.saturating_sub(1)], way[(at + 1).min(last)]);
        let seconds = (b.time - a.time).secs();
        if seconds > 0.0 { (b.place - a.place).length() / seconds } else { 0.0 }
    };
    (0..way.len()).map(speed).collect()
}

/// Yaw rates along a way in rad/s, one a waypoint, likewise.
pub fn turns(way: &[Waypoint]) -> Vec<f64> {
    let last = way.len().saturating_sub(1);
    let rate = |at: usize| {
        let (a, b) = (way[at.saturating_sub(1)], way[(at + 1).min(last)]);
        let seconds = (b.time - a.time).secs();
        let turn = (b.heading - a.heading + PI).rem_euclid(TAU) - PI;
        if seconds > 0.0 { turn / seconds } else { 0.0 }
    };
    (0..way.len()).map(rate).collect()
}
