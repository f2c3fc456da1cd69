//! Motion of the image between two frames, and the point that it comes from.

use crate::mining::reduced::Reduced;

/// Patches in a row and rows of them.
const GRID: (usize, usize) = (10, 6);
/// Pixels in a row of a patch and rows of it.
const PATCH: usize = 8;
/// Largest motion in pixels.
const REACH: usize = 6;
/// Least mean difference, in levels, that a patch must have to its surroundings to be followed.
const TEXTURE: u32 = 6;
/// Least number of patches that move.
const LEAST: usize = 12;

/// Motion of a patch in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Motion {
    at: [f64; 2],
    by: [f64; 2],
}

/// The point in pixels of the view from which the image streams: the direction of travel of a vehicle that does not turn. `None`
/// where too few patches can be followed.
pub(super) fn expansion(before: &Reduced, now: &Reduced) -> Option<[f64; 2]> {
    let all = motions(before, now);
    let moving: Vec<Motion> =
        all.into_iter().filter(|motion| motion.by[0].hypot(motion.by[1]) > 0.5).collect();
    if moving.len() < LEAST {
        return None;
    }
    let (width, height) = now.size();
    let mut point = [width as f64 / 2.0, height as f64 / 2.0];
    for round in 0..6 {
        // Patches that go elsewhere are other vehicles, or mistaken.
        point = meeting(&moving, |motion| {
            let off = distance(motion, point);
            if round == 0 { 1.0 } else { 1.0 / (1.0 + off * off / 9.0) }
        })?;
    }
    let inside = |value: f64, size: usize| (-0.5 * size as f64..1.5 * size as f64).contains(&value);
    (inside(point[0], width) && inside(point[1], height)).then_some(point)
}

/// Distance of a point from the line along which a patch moves.
fn distance(motion: &Motion, point: [f64; 2]) -> f64 {
    let [u, v] = motion.by;
    (v * (point[0] - motion.at[0]) - u * (point[1] - motion.at[1])) / u.hypot(v)
}

/// The point with the least squares of weighted distances to all lines; `None` where they are parallel.
fn meeting(moving: &[Motion], weight: impl Fn(&Motion) -> f64) -> Option<[f64; 2]> {
    let (mut xx, mut xy, mut yy, mut x, mut y) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for motion in moving {
        let ([u, v], own) = (motion.by, weight(motion));
        // A long motion tells its direction better.
        let along = v * motion.at[0] - u * motion.at[1];
        xx += own * v * v;
        xy -= own * u * v;
        yy += own * u * u;
        x += own * v * along;
        y -= own * u * along;
    }
    let whole = xx * yy - xy * xy;
    (whole > 1e-6 * (xx + yy) * (xx + yy)).then(|| [(yy * x - xy * y) / whole, (xx * y - xy * x) / whole])
}

fn motions(before: &Reduced, now: &Reduced) -> Vec<Motion> {
    let (width, height) = before.size();
    let border = REACH + 1;
    if before.size() != now.size() || width.min(height) < 4 * border + PATCH {
        return Vec::new();
    }
    let place = |n: usize, of: usize, size: usize| border + n * (size - PATCH - 2 * border) / (of - 1);
    let spots = (0..GRID.1)
        .flat_map(|row| (0..GRID.0).map(move |column| (column, row)))
        .map(|(column, row)| (place(column, GRID.0, width), place(row, GRID.1, height)));
    spots.filter_map(|spot| motion(before, now, spot)).collect()
}

type Patch = [[u8; PATCH]; PATCH];

/// The patch whose upper left pixel is at a place.
fn patch(view: &Reduced, (x, y): (usize, usize)) -> Option<Patch> {
    let mut patch = [[0; PATCH]; PATCH];
    for (row, target) in patch.iter_mut().enumerate() {
        let start = (y + row) * view.size().0 + x;
        target.copy_from_slice(view.luma().get(start..start + PATCH)?);
    }
    Some(patch)
}

/// Sum of absolute differences.
fn apart(a: &Patch, b: &Patch) -> u32 {
    let pairs = a.as_flattened().iter().zip(b.as_flattened());
    pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}

fn motion(before: &Reduced, now: &Reduced, spot: (usize, usize)) -> Option<Motion> {
    const SIDE: usize = 2 * REACH + 1;
    let (x, y) = spot;
    let area = (PATCH * PATCH) as u32;
    let own = patch(before, spot)?;
    for other in [(x + 2, y), (x, y + 2)] {
        if apart(&own, &patch(before, other)?) < TEXTURE * area {
            return None;
        }
    }
    let mut costs = [[0_u32; SIDE]; SIDE];
    let mut best = (u32::MAX, 0, 0);
    for (down, row) in costs.iter_mut().enumerate() {
        for (right, cost) in row.iter_mut().enumerate() {
            *cost = apart(&own, &patch(now, (x + right - REACH, y + down - REACH))?);
            best = best.min((*cost, down, right));
        }
    }
    let (cost, down, right) = best;
    let inside = |at: usize| at > 0 && at < SIDE - 1;
    if cost > TEXTURE * area || !inside(down) || !inside(right) {
        return None;
    }
    let part = |before: u32, after: u32| {
        let (before, own, after) = (f64::from(before), f64::from(cost), f64::from(after));
        // Absolute differences rise like a wedge on both sides.
        let most = before.max(after) - own;
        if most > 0.0 { (0.5 * (before - after) / most).clamp(-0.5, 0.5) } else { 0.0 }
    };
    let u = right as f64 - REACH as f64 + part(costs[down][right - 1], costs[down][right + 1]);
    let v = down as f64 - REACH as f64 + part(costs[down - 1][right], costs[down + 1][right]);
    let middle = (PATCH - 1) as f64 / 2.0;
    Some(Motion { at: [x as f64 + middle + u / 2.0, y as f64 + middle + v / 2.0], by: [u, v] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use crate::data::image::Image;

    /// The inside of a tube whose wall has a pattern, seen by a camera that is `gone` meters along it.
    fn tube(point: [f64; 2], gone: f64) -> Reduced {
        let rng = Rng::new(3);
        let mut pixels = Vec::new();
        for y in 0..96 {
            for x in 0..160 {
                let (dx, dy) = (f64::from(x) - point[0], f64::from(y) - point[1]);
                let (depth, angle) = (600.0 / dx.hypot(dy).max(2.0) + gone, libm::atan2(dy, dx));
                let (along, around) = (depth * 0.7, (angle + 4.0) * 4.0);
                let corner = |a: f64, b: f64| rng.unit_at((a as u64) * 1000 + b as u64);
                let (s, t) = (along.fract(), around.fract());
                let (a, b) = (along.floor(), around.floor());
                let near = corner(a, b) * (1.0 - s) + corner(a + 1.0, b) * s;
                let far = corner(a, b + 1.0) * (1.0 - s) + corner(a + 1.0, b + 1.0) * s;
                pixels.extend([(30.0 + 200.0 * (near * (1.0 - t) + far * t)) as u8; 3]);
            }
        }
        Reduced::new(&Image::from_rgb(160, 96, pixels).unwrap())
    }

    #[test]
    fn the_image_streams_from_the_direction_of_travel() {
        for point in [[80.0, 48.0], [86.0, 44.0], [70.0, 50.0], [74.0, 40.0]] {
            let mut all: Vec<[f64; 2]> = (0..60)
                .filter_map(|n| {
                    expansion(&tube(point, f64::from(n) * 0.4), &tube(point, f64::from(n + 1) * 0.4))
                })
                .collect();
            assert!(all.len() > 30, "{}", all.len());
            for axis in 0..2 {
                all.sort_by(|a, b| a[axis].total_cmp(&b[axis]));
                let middle = all[all.len() / 2][axis];
                assert!((middle - point[axis]).abs() < 3.5, "{point:?}: {middle}");
            }
        }
        let still = tube([80.0, 48.0], 0.0);
        assert_eq!(expansion(&still, &still), None);
    }
}
