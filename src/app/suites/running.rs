//! Runs of suites in the window: judged in processes of their own, verdicts as they come, kept for the next time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::app::jobs::JobKind;
use crate::app::suites::stretches::Stretches;
use crate::base::time::Time;
use crate::base::{outputs, temporary};
use crate::data::cases::case::Case;
use crate::inference::model::Model;
use crate::predictions::image_models;
use crate::suites::export::{Sources, attacked};
use crate::suites::files::CaseMedia;
use crate::suites::freeze;
use crate::suites::history::{self, SuiteRun};
use crate::suites::hosted::{Hosts, Setup};
use crate::suites::limits::CaseLimits;
use crate::transforms::catalog::Catalog;

impl App {
    /// Judges the cases of a suite, or those of some names, and keeps the verdicts among the runs of the project.
    pub(super) fn run_suite(&mut self, suite: String, some: Option<Vec<String>>) -> anyhow::Result<()> {
        let model = self.open.models.loaded.clone();
        let project = self.project().cloned().ok_or_else(|| anyhow!("open a project first"))?;
        if model.is_none() && project.cases_of(&suite).any(|case| case.interval.is_none()) {
            return Err(anyhow!("load a model first"));
        }
        let catalog = Arc::clone(&self.open.models.catalog);
        let chosen = move |id: &str| some.as_ref().is_none_or(|some| some.iter().any(|known| known == id));
        self.open.suites.verdicts.retain(|(name, id), _| *name != suite || !chosen(id));
        let name = model.as_ref().map(|model| model.card.name.clone()).unwrap_or_default();
        self.jobs.spawn(JobKind::RunSuite, format!("Running {suite}"), move |progress, outbox| {
            let mut sources = Sources::default();
            let cases: Vec<&Case> = project.cases_of(&suite).filter(|case| chosen(&case.id)).collect();
            progress.begin(cases.len() as u64);
            // A case that hangs or kills its process costs neither the window nor the rest.
            let folder = temporary::folder()?;
            let mut stretches = Stretches::default();
            let ids: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
            let single = cases.iter().any(|case| case.interval.is_none());
            let hosts = match model.as_deref().filter(|_| single) {
                Some(model) => {
                    let setup = setup_of(&catalog, model, &cases, folder.path())?;
                    let limits = CaseLimits::default().of_one();
                    Some(Hosts::start(setup, limits, progress).map_err(|problem| anyhow!(problem))?)
                }
                None => None,
            };
            let mut worker = hosts.as_ref().map(Hosts::worker);
            for case in cases {
                let key = (suite.clone(), case.id.clone());
                if let Some(interval) = &case.interval {
                    let (judged, moment) = stretches.judge(&project, &mut sources, case, interval);
                    progress.step()?;
                    outbox.send(move |app| {
                        app.open.suites.moments.extend(moment.map(|moment| (key.clone(), moment)));
                        app.open.suites.verdicts.insert(key, judged);
                    });
                    continue;
                }
                let Some(worker) = &mut worker else { continue };
                let input = sources.input(&project, case).map_err(|err| err.to_string());
                let judged = input.and_then(|input| {
                    let (bytes, ending) = freeze::frozen(&input).map_err(|err| err.to_string())?;
                    let file =
                        freeze::case_file(case, PathBuf::from("input").with_extension(ending), String::new());
                    let attacked = attacked(&project, case).map_err(|err| err.to_string())?;
                    let media = CaseMedia { input: bytes, attacked };
                    let judged = worker.judge((&case.id, &file), media, 1, progress);
                    judged.map_err(|err| err.to_string())?.outcome
                });
                progress.step()?;
                outbox.send(move |app| drop(app.open.suites.verdicts.insert(key, judged)));
            }
            drop(worker);
            outbox.send(move |app| app.record_run(suite, &ids, name));
            Ok(())
        });
        Ok(())
    }

    /// Keeps the verdicts of a run that ended.
    fn record_run(&mut self, suite: String, ids: &[String], model: String) {
        let verdict = |id: &String| {
            let judged = self.open.suites.verdicts.get(&(suite.clone(), id.clone()))?;
            let word = judged.as_ref().map_or("error", |verdict| verdict.word());
            Some((id.clone(), word.to_owned()))
        };
        let verdicts: BTreeMap<String, String> = ids.iter().filter_map(verdict).collect();
        let Some(folder) = self.project().map(|project| project.folder.clone()) else { return };
        if verdicts.is_empty() || self.open.is_read_only() {
            return;
        }
        match history::add(&folder, SuiteRun { suite, at: Time::now(), model, verdicts }) {
            Ok(runs) => self.open.suites.runs = Some(runs),
            Err(problem) => self.notices.warning(problem.to_string()),
        }
    }
}

/// Everything that a process needs to judge these cases with the loaded model; files of transforms are written into a folder.
fn setup_of(catalog: &Catalog, model: &Model, cases: &[&Case], folder: &Path) -> anyhow::Result<Setup> {
    let mut models = Vec::new();
    for (image_model, files) in image_models::frozen(catalog, cases.iter().map(|case| &case.stack)) {
        for (file, content) in files {
            outputs::write(folder, &file, &content)?;
        }
        models.push(image_model);
    }
    Ok(Setup {
        model: model.path.clone(),
        card: Some(model.card.clone()),
        backend: model.backend.given().to_owned(),
        folder: folder.to_owned(),
        image_models: models,
    })
}
