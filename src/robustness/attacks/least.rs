//! The least strength along a path at which the goal is reached: a coarse search, then halves.

use crate::robustness::attacks::asking::Asking;
use crate::robustness::attacks::error::AttackError;

/// Strengths that are asked about together.
const TOGETHER: usize = 10;

/// The image of the least strength from 0 to 1 that reaches the goal, to about one part in `steps * 2^halves`.
///
/// A coarse search finds the first of `steps` strengths, so the path need not be monotonic.
pub(super) fn least(
    asking: &mut Asking<'_>,
    steps: usize,
    halves: usize,
    path: impl Fn(f64) -> Vec<f32>,
) -> Result<Option<Vec<f32>>, AttackError> {
    let strengths: Vec<f64> = (1..=steps).map(|at| at as f64 / steps as f64).collect();
    let mut first = None;
    for part in strengths.chunks(TOGETHER) {
        let images: Vec<Vec<f32>> = part.iter().map(|strength| path(*strength)).collect();
        let answers = asking.ask_all(&images)?;
        first = part.iter().zip(&answers).find(|(_, answer)| answer.reached).map(|(strength, _)| *strength);
        if first.is_some() || answers.len() < part.len() {
            break;
        }
    }
    let Some(mut high) = first else { return Ok(None) };
    let mut low = high - 1.0 / steps as f64;
    for _ in 0..halves {
        let middle = f64::midpoint(low, high);
        match asking.ask(&path(middle))? {
            Some(answer) if answer.reached => high = middle,
            Some(_) => low = middle,
            None => break,
        }
    }
    Ok(Some(path(high)))
}
