//! Successes of attacks as a suite.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::base::files::{seen_from, slug};
use crate::base::progress::Progress;
use crate::cli::attack::{Sized, origin};
use crate::clips::recorded_input::RecordedInput;
use crate::inference::model::Model;
use crate::robustness::attacks::cases::{Names, case};
use crate::robustness::attacks::run::Asked;
use crate::suites::files::SuiteModel;
use crate::suites::freeze::export_images;

/// Writes a suite of the successes; returns how many cases it has.
pub(super) fn freeze(
    folder: &Path,
    model: &Model,
    asked: &Asked<'_>,
    frames: &[RecordedInput],
    runs: &[Sized],
) -> anyhow::Result<usize> {
    let (mut given, mut names) = (Vec::new(), Names::default());
    for run in runs {
        let settings = run.settings(asked);
        for outcome in run.outcomes.iter().filter(|outcome| outcome.success) {
            let (Some(image), Some(frame)) = (&outcome.changed, frames.get(outcome.image)) else { continue };
            let origin = origin(frame);
            let id = names.unique(slug(&origin.name(outcome, run.named(runs))));
            given.extend(case(&origin, id, outcome, &settings, asked.seed).map(|case| (case, image.clone())));
        }
    }
    let file = seen_from(folder, &model.path)
        .or_else(|| model.path.file_name().map(PathBuf::from))
        .unwrap_or_else(|| model.path.clone());
    let count = given.len();
    let model = SuiteModel { file, sha256: model.sha256.clone(), card: model.card.clone() };
    export_images(folder, "attacks", model, given, &Progress::default())
        .context("could not freeze the successes")?;
    Ok(count)
}
