//! Spatial grid: shifts and turns of the whole image.

use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// The first shift and turn, beginning with the smallest, that reaches the goal.
pub(super) static KIND: AttackKind = AttackKind {
    id: "spatial",
    title: "Spatial grid",
    summary: "5 x 5 shifts of up to 10 % of a side and 5 turns of up to 30 degrees, black outside; eps does not apply",
    source: "Engstrom et al., \"Exploring the Landscape of Spatial Robustness\", ICML 2019",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| each(attack, shots, one),
};

/// Shifts along each side, and turns.
const GRID: usize = 5;
/// Largest shift in parts of the side.
const SHIFT: f64 = 0.1;
/// Largest turn in degrees.
const TURN: f64 = 30.0;

fn one(asking: &mut Asking<'_>) -> Result<Found, AttackError> {
    let shot = asking.shot;
    let (width, height, _) = shot.shape();
    let part = |at: usize| 2.0 * at as f64 / (GRID - 1) as f64 - 1.0;
    let mut moves: Vec<[f64; 3]> = (0..GRID * GRID * GRID)
        .map(|at| [part(at / (GRID * GRID)), part(at / GRID % GRID), part(at % GRID)])
        .collect();
    // The least first.
    let size = |m: &[f64; 3]| m.iter().map(|part| part.abs()).sum::<f64>();
    moves.sort_by(|a, b| size(a).total_cmp(&size(b)));
    for part in moves.chunks(GRID) {
        let images: Vec<Vec<f32>> = part
            .iter()
            .map(|[x, y, turn]| {
                let shift = (x * SHIFT * width as f64, y * SHIFT * height as f64);
                moved(&shot.start, (width, height), shift, (turn * TURN).to_radians())
            })
            .collect();
        let answers = asking.ask_all(&images)?;
        let done = answers.len() < part.len();
        if let Some((numbers, _)) = images.into_iter().zip(answers).find(|(_, answer)| answer.reached) {
            return Ok(Found { numbers, ..Found::default() });
        }
        if done {
            break;
        }
    }
    Ok(Found::nothing(shot, 0, NOT_FOUND))
}

/// An image turned around its middle and shifted, with bilinear weights.
fn moved(start: &[f32], (width, height): (usize, usize), shift: (f64, f64), turn: f64) -> Vec<f32> {
    let (sin, cos) = (libm::sin(turn), libm::cos(turn));
    let (cx, cy) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
    let mut made = Vec::with_capacity(start.len());
    for plane in start.chunks_exact((width * height).max(1)) {
        let at = |x: i64, y: i64| {
            let inside = (0..width as i64).contains(&x) && (0..height as i64).contains(&y);
            if inside { f64::from(plane[y as usize * width + x as usize]) } else { 0.0 }
        };
        for y in 0..height {
            for x in 0..width {
                let (dx, dy) = (x as f64 - cx - shift.0, y as f64 - cy - shift.1);
                let (u, v) = (cos * dx + sin * dy + cx, cos * dy - sin * dx + cy);
                let (left, top) = (u.floor(), v.floor());
                let (a, b) = (u - left, v - top);
                let (left, top) = (left as i64, top as i64);
                let upper = at(left, top) * (1.0 - a) + at(left + 1, top) * a;
                let lower = at(left, top + 1) * (1.0 - a) + at(left + 1, top + 1) * a;
                made.push((upper * (1.0 - b) + lower * b).clamp(0.0, 1.0) as f32);
            }
        }
    }
    made
}
