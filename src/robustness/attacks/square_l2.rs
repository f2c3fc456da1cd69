//! Square attack by L2: pyramids whose norm moves from one window to another.

use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::squares::{Search, below};

/// Parts of the image's height that a window of the start covers.
const WINDOWS: usize = 5;
/// Smallest norm that is divided by.
const FLOOR: f64 = 1e-12;

/// A pyramid in a rectangle, of norm one.
fn pyramid(height: usize, width: usize) -> Vec<f64> {
    let mut values = vec![0.0; height * width];
    let (middle_y, middle_x) = ((height / 2) as i64, (width / 2) as i64);
    for ring in 0..=middle_y.max(middle_x) {
        let add = 1.0 / ((ring + 1) * (ring + 1)) as f64;
        let range = |middle: i64, side: usize| {
            let to = (middle + ring + 1).clamp(0, side as i64);
            ((middle - ring).max(0) as usize)..(to as usize)
        };
        for y in range(middle_y, height) {
            for x in range(middle_x, width) {
                values[y * width + x] += add;
            }
        }
    }
    normalized(values)
}

fn normalized(mut values: Vec<f64>) -> Vec<f64> {
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt().max(FLOOR);
    for value in &mut values {
        *value /= length;
    }
    values
}

/// Two pyramids of opposite sides, one above the other or side by side, of norm one.
fn pair(search: &mut Search<'_>, side: usize) -> Vec<f64> {
    let half = side / 2;
    let mut values = if half == 0 { Vec::new() } else { pyramid(half, side) };
    values.extend(pyramid(side - half, side).iter().map(|value| -value));
    let values = normalized(values);
    if search.rng.unit() > 0.5 {
        return (0..side * side).map(|at| values[at % side * side + at / side]).collect();
    }
    values
}

fn random_side(search: &mut Search<'_>) -> f64 {
    if search.rng.unit() < 0.5 { -1.0 } else { 1.0 }
}

fn within(search: &Search<'_>, mut change: Vec<f32>) -> Vec<f32> {
    Norm::L2.rescale(&mut change, search.eps);
    search.shot.start.iter().zip(&change).map(|(start, change)| (start + change).clamp(0.0, 1.0)).collect()
}

/// A grid of pyramids.
pub(super) fn start(search: &mut Search<'_>) -> Vec<f32> {
    let (width, height, planes) = search.shot.shape();
    let side = (height.min(width) / WINDOWS).max(1);
    let mut change = vec![0.0; search.shot.start.len()];
    for row in 0..height / side {
        for column in 0..width / side {
            let own = pair(search, side);
            for plane in 0..planes {
                let sign = random_side(search);
                for (at, value) in own.iter().enumerate() {
                    let (y, x) = (row * side + at / side, column * side + at % side);
                    change[(plane * height + y) * width + x] = (value * sign) as f32;
                }
            }
        }
    }
    within(search, change)
}

/// One window loses its change to another, with what is left of the ball.
pub(super) fn moved(search: &mut Search<'_>, share: f64) -> Vec<f32> {
    let (width, height, planes) = search.shot.shape();
    let least = width.min(height);
    let mut side = ((share * (width * height) as f64).sqrt().round() as usize).max(3);
    if side.is_multiple_of(2) {
        side += 1;
    }
    while side >= least && side > 1 {
        side = side.saturating_sub(2).max(1);
    }
    let mut place = || (below(&mut search.rng, height - side + 1), below(&mut search.rng, width - side + 1));
    let (to, from) = (place(), place());
    let mut change: Vec<f32> = search.shot.change(&search.best).collect();
    let cells = |(top, left): (usize, usize), plane: usize| {
        (0..side * side).map(move |at| (plane * height + top + at / side) * width + left + at % side)
    };
    let all = |window: (usize, usize)| (0..planes).flat_map(move |plane| cells(window, plane));
    let square = |at: usize| f64::from(change[at]) * f64::from(change[at]);
    let inside: f64 = all(to).map(square).sum();
    let image: f64 = change.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    let mut both: Vec<usize> = all(to).chain(all(from)).collect();
    both.sort_unstable();
    both.dedup();
    let windows: f64 = both.iter().map(|at| square(*at)).sum();
    let room = (search.eps * search.eps - image).max(0.0);
    let length = ((room + windows) / planes as f64).sqrt();
    let shape = pair(search, side);
    let mut made = Vec::with_capacity(planes * side * side);
    for plane in 0..planes {
        let sign = random_side(search);
        let own: Vec<f64> = cells(to, plane)
            .zip(&shape)
            .map(|(at, value)| sign * value + f64::from(change[at]) / (FLOOR + inside.sqrt()))
            .collect();
        made.extend(normalized(own).into_iter().map(|value| (value * length) as f32));
    }
    for at in all(from) {
        change[at] = 0.0;
    }
    for (at, value) in all(to).zip(made) {
        change[at] = value;
    }
    within(search, change)
}
