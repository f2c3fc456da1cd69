//! Attacks of several sizes: how many images hold as the change grows.

use crate::base::progress::Progress;
use crate::robustness::attacks::Settings;
use crate::robustness::attacks::error::{AttackError, Unreadable};
use crate::robustness::attacks::run::{Asked, Given, Outcome, run_after};
use crate::robustness::attacks::subject::Subject;

/// Sizes that are drawn if none are asked for, in levels of 8 bits.
pub const LEVELS: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

/// Attacks `count` images at each of `sizes`, in that order, and hands on the index of the size with each outcome.
///
/// Each size is an attack of its own with the same seed, as a robust accuracy is defined; nothing is interpolated. An error or
/// a cancellation ends the work; what was handed on stays.
pub fn curve(
    subject: &Subject<'_>,
    asked: &Asked<'_>,
    sizes: &[f64],
    (count, load): (usize, &(impl Fn(usize) -> Result<Given, Unreadable> + Sync)),
    progress: &Progress,
    mut take: impl FnMut(usize, Outcome),
) -> Result<(), AttackError> {
    progress.begin((count * sizes.len()) as u64);
    for (at, eps) in sizes.iter().enumerate() {
        let settings = Settings { eps: *eps, ..asked.settings.clone() };
        let asked = Asked { settings: &settings, ..*asked };
        run_after(subject, &asked, count, load, (progress, at * count), |outcome| take(at, outcome))?;
    }
    Ok(())
}
