//! Fits a cuboid to the points around a click.
//!
//! The points are a connected cluster above the ground, at the angle at which they lie closest to two edges (Zhang et
//! al., "Efficient L-shape fitting for vehicle detection using laser scanners", IV 2017, closeness criterion).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::data::geometry::shape::Block;

/// Search radius around the click, in meters.
const REACH: f32 = 8.0;
/// Cell size in meters: points in neighboring cells are connected.
const CELL: f32 = 0.4;
/// Height above the ground below which points belong to it, in meters.
const GROUND: f32 = 0.25;
/// Minimum distance in the criterion, in meters.
const CLOSEST: f64 = 0.05;
/// Default cuboid if there is nothing to fit, in meters.
const USUAL: [f64; 3] = [4.2, 1.8, 1.6];

/// Usual length, width and height of a class, in meters; `None` for classes without a usual size.
pub fn usual_size(class: &str) -> Option<[f64; 3]> {
    let class = class.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| class.contains(word));
    Some(match () {
        () if has(&["motorcycle", "motorbike"]) => [2.1, 0.8, 1.5],
        () if has(&["bicycle", "cyclist", "bike"]) => [1.8, 0.6, 1.7],
        () if has(&["person", "pedestrian", "human"]) => [0.7, 0.7, 1.75],
        () if has(&["bus", "tram"]) => [11.0, 2.6, 3.1],
        () if has(&["truck", "lorry"]) => [7.5, 2.5, 3.0],
        () if has(&["van"]) => [5.2, 2.0, 2.2],
        () if has(&["car", "vehicle", "taxi"]) => USUAL,
        () => return None,
    })
}

/// The cuboid around the object at a position; `points` and the position in the frame of the lidar, meters.
///
/// A lidar sees the near sides only: if the usual size of the class is known, the cuboid extends that far behind them.
pub fn fit(points: &[[f32; 3]], at: [f32; 3], usual: Option<[f64; 3]>) -> Block {
    let near: Vec<[f32; 3]> =
        points.iter().copied().filter(|p| libm::hypotf(p[0] - at[0], p[1] - at[1]) <= REACH).collect();
    let ground = ground_of(&near, at);
    let cluster = cluster(&near, at, ground + GROUND);
    if cluster.len() < 5 {
        let size = usual.unwrap_or(USUAL);
        let center = [f64::from(at[0]), f64::from(at[1]), f64::from(ground) + size[2] / 2.0];
        return Block::upright(center, size, 0.0);
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
    let mut yaw: f64 = best.1;
    let (mut along, mut across) = extents(&flat, yaw);
    let side = |ends: (f64, f64)| ends.1 - ends.0;
    // The longer side is the length, unless it is no longer than the usual width.
    let longer = side(along) >= side(across);
    let face = usual
        .is_some_and(|usual| side(along).max(side(across)) <= 1.3 * usual[1] && usual[0] > 1.5 * usual[1]);
    if longer == face {
        yaw += std::f64::consts::FRAC_PI_2;
        (along, across) = (across, (-along.1, -along.0));
    }
    if let Some(usual) = usual {
        (along, across) = (reaching(along, usual[0]), reaching(across, usual[1]));
    }
    let (u, v) = (f64::midpoint(along.0, along.1), f64::midpoint(across.0, across.1));
    let (sin, cos) = (libm::sin(yaw), libm::cos(yaw));
    let top = cluster.iter().map(|p| p[2]).fold(f32::MIN, f32::max);
    let height = f64::from(top - ground).max(0.2);
    let center = [u * cos - v * sin, u * sin + v * cos, f64::from(ground) + height / 2.0];
    // Of the two possible headings, the one closer to the vehicle's own.
    let heading = if yaw > std::f64::consts::FRAC_PI_2 { yaw - std::f64::consts::PI } else { yaw };
    Block::upright(center, [side(along).max(0.2), side(across).max(0.2), height], heading)
}

/// An extent of at least this length: the end nearer to the lidar stays.
fn reaching(ends: (f64, f64), length: f64) -> (f64, f64) {
    let lacks = (length - (ends.1 - ends.0)).max(0.0);
    if ends.0 >= 0.0 {
        (ends.0, ends.1 + lacks)
    } else if ends.1 <= 0.0 {
        (ends.0 - lacks, ends.1)
    } else {
        (ends.0 - lacks / 2.0, ends.1 + lacks / 2.0)
    }
}

/// Height of the ground around a position: the 5 % quantile of the points.
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

/// The points above a height that are connected with the position.
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

/// Least and greatest coordinate along the length and across it.
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

    /// Two sides of a car in a lidar scan, on a plane of ground, a wall further away.
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
            let found = fit(&points, put(0.0, -0.9, -0.9), None);
            let turned = (found.yaw() - yaw).rem_euclid(std::f64::consts::PI);
            assert!(!(0.03..=std::f64::consts::PI - 0.03).contains(&turned), "{degrees}: {found:?}");
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
        let nothing = fit(&[], [1.0, 2.0, 0.0], None);
        assert_eq!(
            nothing.size.map(f64::to_bits),
            USUAL.map(f64::to_bits),
            "where nothing is, a car of the usual size"
        );
    }

    /// Only the tail of a car ahead is visible: it gets the usual length of a car, away from the lidar.
    #[test]
    fn what_is_hidden_is_as_long_as_usual() {
        let tail =
            (0..=18).flat_map(|i| (0..8).map(move |k| [6.5, -2.5 + 0.1 * i as f32, -1.5 + 0.15 * k as f32]));
        let ground = (0..60).flat_map(|x| (0..40).map(move |y| [x as f32 * 0.3, y as f32 * 0.3 - 6.0, -1.7]));
        let points: Vec<[f32; 3]> = tail.chain(ground).collect();
        let found = fit(&points, [6.5, -1.6, -1.0], usual_size("car"));
        assert!(found.yaw().abs() < 0.05, "{found:?}");
        assert!((found.size[0] - 4.2).abs() < 0.1 && (found.size[1] - 1.8).abs() < 0.1, "{found:?}");
        assert!((found.center[0] - 8.6).abs() < 0.1 && (found.center[1] + 1.6).abs() < 0.1, "{found:?}");
    }
}
