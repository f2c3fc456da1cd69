//! Export of a suite of a project: the cases it holds, their inputs read from the recordings.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::base::errors::told;
use crate::base::files::sha256_hex;
use crate::base::inputs::{self, InputKind};
use crate::base::progress::Progress;
use crate::base::time::TimeRange;
use crate::clips::Clip;
use crate::clips::cut::{CutTerms, cut};
use crate::data::cases::case::{Case, Interval};
use crate::data::input::Input;
use crate::inference::model::Model;
use crate::project::{Project, samples};
use crate::suites::bundle::{self, ModelPlace};
use crate::suites::error::SourceError;
use crate::suites::freeze::{self, Frozen};
use crate::suites::stretches::AROUND;
use crate::transforms::catalog::Catalog;

/// Writes a suite of a project as files; returns how many cases it has.
pub fn export(
    project: &Project,
    catalog: &Catalog,
    suite: &str,
    (model, place): (Option<&Model>, ModelPlace),
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
    let recorded = model.map(|model| bundle::recorded(project, model, folder, place)).transpose()?;
    let sources = std::cell::RefCell::new(Sources::default());
    let input = |case: &Case| match &case.interval {
        None => {
            let input = sources.borrow_mut().input(project, case)?;
            Ok(match attacked(project, case)? {
                None => Frozen::Input(input),
                Some(bytes) => Frozen::Attacked(input, bytes),
            })
        }
        Some(interval) => sources.borrow_mut().stretch(project, case, interval).map(Frozen::Stretch),
    };
    freeze::export(folder, suite, &[], recorded, (catalog, &cases), input, progress)
        .context("could not export the suite")?;
    Ok(cases.len())
}

/// The file of the image that an attack made of the input of a case, from the folder of the project.
pub fn attacked(project: &Project, case: &Case) -> Result<Option<Vec<u8>>, SourceError> {
    let Some(attack) = &case.attack else { return Ok(None) };
    let read = inputs::inside(&project.folder, &attack.file)
        .and_then(|path| inputs::read(&path, InputKind::Media))
        .map_err(|source| SourceError::Attacked { file: attack.file.clone(), source })?;
    if sha256_hex(&read) != attack.sha256 {
        return Err(SourceError::Altered { file: attack.file.clone() });
    }
    Ok(Some(read))
}

/// Recordings of a project, opened for the inputs of its cases, each once.
#[derive(Default)]
pub struct Sources {
    clips: BTreeMap<String, Arc<dyn Clip>>,
}

impl Sources {
    /// The recording of a case.
    pub fn clip(&mut self, project: &Project, case: &Case) -> Result<Arc<dyn Clip>, SourceError> {
        if let Some(clip) = self.clips.get(&case.clip) {
            return Ok(Arc::clone(clip));
        }
        let place = project.clips.iter().find(|clip| clip.name == case.clip);
        let place = place.ok_or_else(|| SourceError::NoRecording { clip: case.clip.clone() })?;
        let clip =
            samples::opened(project, place).map_err(|err| SourceError::Open { problem: told(&err) })?;
        self.clips.insert(case.clip.clone(), Arc::clone(&clip));
        Ok(clip)
    }

    /// The stretch of a recording that a case is about, as the bytes of an MCAP file.
    pub fn stretch(
        &mut self,
        project: &Project,
        case: &Case,
        interval: &Interval,
    ) -> Result<Vec<u8>, SourceError> {
        let clip = self.clip(project, case)?;
        let mut bytes = Cursor::new(Vec::new());
        let TimeRange { start, end } = interval.range();
        let range = TimeRange { start: start - AROUND, end: end + AROUND };
        let terms = CutTerms { range, channels: interval.channels.clone() };
        cut(&*clip, &terms, &mut bytes, &Progress::default())?;
        Ok(bytes.into_inner())
    }

    /// The input of a case, read from its recording.
    pub fn input(&mut self, project: &Project, case: &Case) -> Result<Input, SourceError> {
        let clip = self.clip(project, case)?;
        let channel = clip.info().channel_named(&case.channel);
        let channel = channel.ok_or_else(|| SourceError::NoChannel {
            clip: case.clip.clone(),
            channel: case.channel.clone(),
        })?;
        Ok(clip.reached(channel, case.frame, &case.reach)?)
    }
}
