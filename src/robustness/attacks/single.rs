//! An attack on a single image that somebody waits for.

use crate::base::progress::Progress;
use crate::data::image::Image;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::run::{Asked, Given, Outcome, batch, check};
use crate::robustness::attacks::subject::Subject;

/// Attacks a single image with the first of the attacks; the progress counts the forward runs.
pub fn one(
    subject: &Subject<'_>,
    asked: &Asked<'_>,
    (image, truth): (&Image, Option<&str>),
    progress: &Progress,
) -> Result<Outcome, AttackError> {
    check(subject, asked)?;
    let load = |_| Ok(Given { image: image.clone(), truth: truth.map(str::to_owned) });
    let outcomes = batch(subject, asked, 0..1, &load, (progress, true))?;
    outcomes.into_iter().next().ok_or(AttackError::Nothing)
}
