//! Puts a box around the points where somebody clicked: what hangs together above the ground, at the angle at which its
//! points lie closest to two edges (Zhang et al., "Efficient L-shape fitting for vehicle detection using laser scanners", IV
//! 2017, closeness criterion).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::data::shape::Block;

/// Points are looked for this far from the click, in meters.
const REACH: f32 = 8.0;
/// Points in neighboring cells of this size hang together, in meters.
const CELL: f32 = 0.4;
/// What lies lower above the ground belongs to it, in meters.
const GROUND: f32 = 0.25;
/// Distances below this one count as this one, in meters.
const CLOSEST: f64 = 0.05;
/// The box where there is nothing to fit, in meters.
const USUAL: [f64; 3] = [4.2, 1.8, 1.6];

/// The box around what stands at a place; `points` and the place in the frame of the LIDAR, meters.
pub fn fit(points: &[[f32; 3]], at: [f32; 3]) -> Block {
    let near: Vec<[f32; 3]> =
        points.iter().copied().filter(|p| libm::hypotf(p[0] - at[0], p[1] - at[1]) <= REACH).collect();
    let ground = ground_of(&near, at);
    let cluster = cluster(&near, at, ground + GROUND);
    if cluster.len() < 5 {
        let center = [f64::from(at[0]), f64::from(at[1]), f64::from(ground) + USUAL[2] / 2.0];
        return Block::upright(center, USUAL, 0.0);
    }
    let flat: Vec<(f64, f64)> = cluster.iter().map(|p| (f64::from(p[0]), f64::from(p[1]))).collect();
    let mut best = (f64::MIN, 0.0);
    for degrees in 0..90 {
        let yaw = f64::from(degrees).to_radians();
        let score = closeness(&flat, yaw);
        if score > best.0 {
            best = (score, yaw);
        }
    }
    let mut yaw = best.1;
    let (a, b) = extents(&flat, yaw);
    let (middle_a, middle_b) = (f64::midpoint(a.0, a.1), f64::midpoint(b.0, b.1));
    let (sin, cos) = (libm::sin(yaw), libm::cos(yaw));
    let (mut length, mut width) = (a.1 - a.0, b.1 - b.0);
    // The longer side is the length.
    if width > length {
        std::mem::swap(&mut length, &mut width);
        yaw += std::f64::consts::FRAC_PI_2;
    }
    let top = cluster.iter().map(|p| p[2]).fold(f32::MIN, f32::max);
    let height = f64::from(top - ground).max(0.2);
    let center =
        [middle_a * cos - middle_b * sin, middle_a * sin + middle_b * cos, f64::from(ground) + height / 2.0];
    Block::upright(center, [length.max(0.2), width.max(0.2), height], yaw)
}

/// Height of the ground around a place: what a twentieth of the points lie below.
fn ground_of(near: &[[f32; 3]], at: [f32; 3]) -> f32 {
    let mut heights: Vec<f32> = near
        .iter()
        .filter(|p| libm::hypotf(p[0] - at[0], p[1] - at[1]) <= 4.0)
        .map(|p| p[2])
        .filter(|z| z.is_finite())
        .collect();
    heights.sort_by(f32::total_cmp);
    heights.get(heights.len() / 20).copied().unwrap_or(at[2]).min(at[2])
}

/// The points above a height that hang together with the place.
fn cluster(near: &[[f32; 3]], at: [f32; 3], above: f32) -> Vec<[f32; 3]> {
    let cell = |p: &[f32; 3]| (libm::floorf(p[0] / CELL) as i32, libm::floorf(p[1] / CELL) as i32);
    let mut cells: BTreeMap<(i32, i32), Vec<[f32; 3]>> = BTreeMap::new();
    for p in near.iter().filter(|p| p[2] > above) {
        cells.entry(cell(p)).or_default().push(*p);
    }
    let from = cell(&at);
    // A click may miss by a little.
    let far = |c: &(i32, i32)| (c.0 - from.0).pow(2) + (c.1 - from.1).pow(2);
    let Some(start) = cells.keys().min_by_key(|c| far(c)).copied().filter(|c| far(c) <= 16) else {
        return Vec::new();
    };
    let (mut seen, mut waiting) = (BTreeSet::from([start]), VecDeque::from([start]));
    let mut found = Vec::new();
    while let Some((x, y)) = waiting.pop_front() {
        found.extend(cells.get(&(x, y)).into_iter().flatten().copied());
        for next in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))) {
            if cells.contains_key(&next) && seen.insert(next) {
                waiting.push_back(next);
            }
        }
    }
    found
}

/// Least and greatest along the length and across it.
fn extents(flat: &[(f64, f64)], yaw: f64) -> ((f64, f64), (f64, f64)) {
    let (sin, cos) = (libm::sin(yaw), libm::cos(yaw));
    let start = ((f64::MAX, f64::MIN), (f64::MAX, f64::MIN));
    flat.iter().fold(start, |(a, b), (x, y)| {
        let (u, v) = (x * cos + y * sin, y * cos - x * sin);
        ((a.0.min(u), a.1.max(u)), (b.0.min(v), b.1.max(v)))
    })
}

fn closeness(flat: &[(f64, f64)], yaw: f64) -> f64 {
    let (a, b) = extents(flat, yaw);
    let (sin, cos) = (libm::sin(yaw), libm::cos(yaw));
    flat.iter()
        .map(|(x, y)| {
            let (u, v) = (x * cos + y * sin, y * cos - x * sin);
            let edge = (u - a.0).min(a.1 - u).min((v - b.0).min(b.1 - v));
            1.0 / edge.max(CLOSEST)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sides of a car as a LIDAR sees them, on a plane of ground, a wall further away.
    #[test]
    fn a_click_on_a_car_finds_its_box() {
        for degrees in [0.0_f64, 17.0, 63.0, 88.0] {
            let yaw = degrees.to_radians();
            let (sin, cos) = (libm::sin(yaw), libm::cos(yaw));
            let put = |u: f64, v: f64, z: f64| {
                [(12.0 + u * cos - v * sin) as f32, (-3.0 + u * sin + v * cos) as f32, z as f32]
            };
            let mut points: Vec<[f32; 3]> = Vec::new();
            for i in 0..=60 {
                for k in 0..8 {
                    let z = -1.6 + 0.1 + f64::from(k) * 0.2;
                    points.push(put(-2.1 + 4.2 * f64::from(i) / 60.0, -0.9, z));
                    points.push(put(-2.1, -0.9 + 1.8 * f64::from(i) / 60.0, z));
                }
            }
            for x in 0..80 {
                for y in 0..80 {
                    points.push([f64::from(x) as f32 * 0.3, y as f32 * 0.3 - 12.0, -1.6]);
                }
            }
            points.extend((0..200).map(|i| [12.0 + i as f32 * 0.02, 4.5, (i % 20) as f32 * 0.1 - 1.5]));
            let found = fit(&points, put(0.0, -0.9, -0.9));
            let turned = (found.yaw() - yaw).rem_euclid(std::f64::consts::PI);
            assert!(turned < 0.03 || turned > std::f64::consts::PI - 0.03, "{degrees}: {found:?}");
            assert!(
                (found.size[0] - 4.2).abs() < 0.1 && (found.size[1] - 1.8).abs() < 0.1,
                "{degrees}: {found:?}"
            );
            assert!(
                (found.center[0] - 12.0).abs() < 0.1 && (found.center[1] + 3.0).abs() < 0.1,
                "{degrees}: {found:?}"
            );
            assert!(
                (found.center[2] - found.size[2] / 2.0 + 1.6).abs() < 0.05,
                "it stands on the ground: {found:?}"
            );
        }
        assert_eq!(fit(&[], [1.0, 2.0, 0.0]).size, USUAL, "where nothing is, a car of the usual size");
    }
}
