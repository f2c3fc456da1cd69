//! Export of a suite of a project: the cases it holds, their inputs read from the recordings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::base::errors::told;
use crate::base::files::seen_from;
use crate::base::progress::Progress;
use crate::clips::Clip;
use crate::data::cases::case::Case;
use crate::data::input::Input;
use crate::inference::model::Model;
use crate::project::{Project, samples};
use crate::suites::error::SourceError;
use crate::suites::files::SuiteModel;
use crate::suites::freeze;
use crate::transforms::catalog::Catalog;

/// Writes a suite of a project as files; returns how many cases it has.
pub fn export(
    project: &Project,
    catalog: &Catalog,
    suite: &str,
    model: Option<&Model>,
    folder: &Path,
    progress: &Progress,
) -> anyhow::Result<usize> {
    let cases: Vec<Case> = project.cases_of(suite).cloned().collect();
    if cases.is_empty() {
        return Err(anyhow!(
            "the project has no case in the suite {suite:?}, it has the suites {:?}",
            project.suites()
        ));
    }
    let recorded = model.map(|model| SuiteModel {
        // A model far away is named only; it is given on the command line where the suite runs.
        file: seen_from(folder, &model.path)
            .unwrap_or_else(|| model.path.file_name().map(PathBuf::from).unwrap_or_default()),
        sha256: model.sha256.clone(),
        card: model.card.clone(),
    });
    let sources = std::cell::RefCell::new(Sources::default());
    let input = |case: &Case| sources.borrow_mut().input(project, case);
    freeze::export(folder, suite, &[], recorded, (catalog, &cases), input, progress)
        .context("could not export the suite")?;
    Ok(cases.len())
}

/// Recordings of a project, opened for the inputs of its cases, each once.
#[derive(Default)]
pub struct Sources {
    clips: BTreeMap<String, Arc<dyn Clip>>,
}

impl Sources {
    /// The input of a case, read from its recording.
    pub fn input(&mut self, project: &Project, case: &Case) -> Result<Input, SourceError> {
        let clip = if let Some(clip) = self.clips.get(&case.clip) {
            Arc::clone(clip)
        } else {
            let place = project.clips.iter().find(|clip| clip.name == case.clip);
            let place = place.ok_or_else(|| SourceError::NoRecording { clip: case.clip.clone() })?;
            let clip =
                samples::opened(project, place).map_err(|err| SourceError::Open { problem: told(&err) })?;
            self.clips.insert(case.clip.clone(), Arc::clone(&clip));
            clip
        };
        let channel = clip.info().channel_named(&case.channel);
        let channel = channel.ok_or_else(|| SourceError::NoChannel {
            clip: case.clip.clone(),
            channel: case.channel.clone(),
        })?;
        Ok(clip.reached(channel, case.frame, &case.reach)?)
    }
}
