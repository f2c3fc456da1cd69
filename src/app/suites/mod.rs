//! Keeping cases, running them and writing suites.

pub mod command;
pub mod preview;
mod running;
mod stretches;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::replay::command::PlayCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::suites::preview::Preview;
use crate::app::{App, NoRecording, OpenProject, Workspace};
use crate::base::files::slug;
use crate::base::outputs::{self, file_names};
use crate::base::text::{counted, quoted};
use crate::base::time::{Date, Time};
use crate::claims::spec;
use crate::data::cases::attacked::{AttackedInput, Glance};
use crate::data::cases::case::{Case, ClaimSpec, Provenance, Terms};
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::project::edit::Edit;
use crate::suites::bundle::ModelPlace;
use crate::suites::contents::contents;
use crate::suites::export::{attacked, export};
use crate::suites::files;
use crate::suites::history::SuiteRun;
use crate::transforms::stack;

/// Author of what an assistant does, in the history of a project and in cases.
pub const ASSISTANT: &str = "assistant";

/// A case as it is kept, before it has a name.
pub(super) struct Draft {
    /// Name of the recording.
    pub(super) clip: String,
    /// Name of the camera.
    pub(super) channel: String,
    /// Index of the frame.
    pub(super) frame: usize,
    /// Time of the frame.
    pub(super) taken: Time,
    /// The change.
    pub(super) stack: Stack,
    /// The expectation.
    pub(super) oracle: ClaimSpec,
    /// Reason to save it.
    pub(super) why: String,
    /// Verdict of the model, if known.
    pub(super) verdict: Option<Verdict>,
    /// A person's vote on the transformed frame, if any.
    pub(super) valid: Option<bool>,
    /// Checksum of the frozen input, if an assistant proposed the case.
    pub(super) proposed: Option<String>,
    /// The attack with its frozen image.
    pub(super) attack: Option<AttackedInput>,
    /// Judgment of a person who saw it for a moment.
    pub(super) glance: Option<Glance>,
}

/// The suites of the project.
#[derive(Clone, Debug)]
pub struct Suites {
    /// Suite that cases are saved to.
    pub active: String,
    /// The verdicts of the last run by suite and case; an error is one that could not be run.
    pub verdicts: BTreeMap<(String, String), Result<Verdict, String>>,
    /// The moments that decided about cases over time.
    pub moments: BTreeMap<(String, String), Time>,
    /// Folder of the last export.
    pub exported: Option<PathBuf>,
    /// Cases that are selected to be run together, by suite and case.
    pub ticked: BTreeSet<(String, String)>,
    /// The case that is looked at.
    pub preview: Option<Preview>,
    /// Number of the next preview.
    previews: u64,
    /// Runs of this project, the oldest first; none until they were read.
    pub runs: Option<Vec<SuiteRun>>,
    /// The case that was kept or opened last.
    pub selected: Option<(String, String)>,
}

impl Default for Suites {
    fn default() -> Self {
        Self {
            active: "regressions".to_owned(),
            verdicts: BTreeMap::new(),
            moments: BTreeMap::new(),
            exported: None,
            ticked: BTreeSet::new(),
            preview: None,
            previews: 0,
            runs: None,
            selected: None,
        }
    }
}

impl OpenProject {
    /// Reason to save a case without a note: the verdict on screen.
    fn reason(&self) -> String {
        match &self.explore.outcome {
            Some(Ok(outcome)) if outcome.verdict.failed() => outcome.verdict.why().to_owned(),
            _ => String::new(),
        }
    }
}

impl App {
    pub(super) fn suite(&mut self, command: SuiteCommand) -> anyhow::Result<()> {
        match command {
            SuiteCommand::Keep { why } => self.keep(why.trim(), None),
            SuiteCommand::Propose { why, input_sha256 } => self.keep(why.trim(), Some(input_sha256)),
            SuiteCommand::Active(name) => {
                self.open.suites.active =
                    if name.trim().is_empty() { "regressions".to_owned() } else { name };
                Ok(())
            }
            SuiteCommand::Change(case) => {
                let what = format!("Edit case {}", quoted(&case.id));
                self.open.commit(&what, Edit::SetCase(*case))
            }
            SuiteCommand::OpenCase { suite, id } => self.open_case(&suite, &id),
            SuiteCommand::Remove { suite, id } => {
                self.open.suites.verdicts.remove(&(suite.clone(), id.clone()));
                self.open.commit("Remove case", Edit::RemoveCase { suite, id })
            }
            SuiteCommand::KeepStretch { formula } => self.keep_stretch(&formula),
            SuiteCommand::Run(suite) => self.run_suite(suite, None),
            SuiteCommand::RunSome { suite, ids } => self.run_suite(suite, Some(ids)),
            SuiteCommand::Tick { suite, ids, on } => {
                let keys = ids.into_iter().map(|id| (suite.clone(), id));
                for key in keys {
                    if on {
                        self.open.suites.ticked.insert(key)
                    } else {
                        self.open.suites.ticked.remove(&key)
                    };
                }
                Ok(())
            }
            SuiteCommand::Preview { suite, id } => self.preview_case(suite, id),
            SuiteCommand::Export { suite, folder, model } => self.export_suite(suite, folder, model),
        }
    }

    fn keep(&mut self, why: &str, proposed: Option<String>) -> anyhow::Result<()> {
        if self.workspace == Workspace::Findings && proposed.is_none() {
            return self.keep_violation();
        }
        let (clip, channel) = self.open.current_camera()?;
        let attack = self.frozen_attack()?;
        let glance = attack.as_ref().and_then(|attack| self.open.explore.glance.of(&attack.sha256).cloned());
        let verdict = match &self.open.explore.outcome {
            Some(Ok(outcome)) if !self.open.explore.busy() => Some(outcome.verdict.clone()),
            _ => None,
        };
        self.keep_draft(Draft {
            clip,
            channel,
            frame: self.open.playback.frame(),
            taken: self.open.playback.playhead,
            stack: self.open.explore.stack.clone(),
            oracle: self.open.explore.claim().clone(),
            why: if why.is_empty() { self.open.reason() } else { why.to_owned() },
            verdict,
            valid: None,
            proposed,
            attack,
            glance,
        })
    }

    /// Keeps a case in the active suite, with the tags of its moment.
    pub(super) fn keep_draft(&mut self, draft: Draft) -> anyhow::Result<()> {
        let ids = self.keep_drafts(vec![draft])?;
        let (suite, id) = (self.open.suites.active.clone(), ids.into_iter().next().unwrap_or_default());
        self.notices.done(format!("Saved as {} in suite {}", quoted(&id), quoted(&suite)));
        self.open.suites.selected = Some((suite, id));
        Ok(())
    }

    /// Keeps cases in the active suite, each with the tags of its moment, as one step; returns what they are called.
    pub(super) fn keep_drafts(&mut self, drafts: Vec<Draft>) -> anyhow::Result<Vec<String>> {
        let project = self.project().ok_or(NoRecording)?;
        let suite = self.open.suites.active.clone();
        let reach = self.open.models.loaded.as_ref().map(|model| model.reach()).unwrap_or_default();
        let (mut ids, mut edits, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
        for draft in drafts {
            let Draft { clip, channel, frame, taken, stack: change, oracle, why, verdict, valid, .. } = draft;
            let (proposed, attack, glance) = (draft.proposed, draft.attack, draft.glance);
            let mut tags = project.tags_at(&clip, taken);
            tags.extend(oracle.class.clone());
            tags.extend(change.active().map(|(_, spec)| spec.transform.clone()));
            tags.extend(attack.iter().flat_map(|attack| ["attack".to_owned(), attack.attack.clone()]));
            tags.sort();
            tags.dedup();
            let changed = change.active().next().is_some();
            let described = changed.then(|| stack::describe(&self.open.models.catalog, &change));
            let all: Vec<String> =
                described.into_iter().chain(attack.as_ref().map(AttackedInput::describe)).collect();
            let what = if all.is_empty() { oracle.claim.clone() } else { all.join(", ") };
            let wish = format!("{what} frame {frame}");
            let mut id = project.fresh_case_id(&suite, &wish);
            // Those before it are not in the project yet.
            for number in 2.. {
                if !ids.contains(&id) {
                    break;
                }
                id = project.fresh_case_id(&suite, &format!("{wish} {number}"));
            }
            ids.push(id.clone());
            let mut kept = Provenance { valid, glance, ..self.provenance(taken, verdict.as_ref()) };
            if let Some(input_sha256) = proposed {
                kept = Provenance { by: ASSISTANT.to_owned(), input_sha256, ..kept };
            }
            let terms = Terms { kept, ..Terms::default() };
            verdicts.extend(verdict.map(|verdict| ((suite.clone(), id.clone()), Ok(verdict))));
            let suite = suite.clone();
            edits.push(Edit::AddCase(Case {
                id,
                suite,
                clip,
                channel,
                frame,
                reach: reach
                    .clone()
                    .with(&spec::reach(&oracle))
                    .with(&stack::reach(&self.open.models.catalog, &change)),
                interval: None,
                stack: change,
                oracle,
                more: Vec::new(),
                attack,
                tags,
                why,
                terms,
            }));
        }
        let what = match ids.as_slice() {
            [only] => format!("Save case {}", quoted(only)),
            all => format!("Save {} cases", all.len()),
        };
        self.open.commit_all(&what, edits)?;
        self.open.suites.verdicts.extend(verdicts);
        Ok(ids)
    }

    /// Author of a case and verdict of the model, as of now.
    fn provenance(&self, taken: Time, verdict: Option<&Verdict>) -> Provenance {
        let account = || ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        // Files travel, so the name goes into them only when its owner said so.
        let named = self.session.sign_cases == Some(true);
        Provenance {
            by: named.then(account).flatten().unwrap_or_default(),
            on: Some(Date::today()),
            taken: Some(taken),
            model_sha256: self
                .open
                .models
                .loaded
                .as_ref()
                .map(|model| model.sha256.clone())
                .unwrap_or_default(),
            verdict: verdict.map(|verdict| verdict.word().to_owned()).unwrap_or_default(),
            valid: None,
            input_sha256: String::new(),
            glance: None,
        }
    }

    fn open_case(&mut self, suite: &str, id: &str) -> anyhow::Result<()> {
        let project = self.project().ok_or_else(|| anyhow!("open a project first"))?;
        let case = project
            .cases_of(suite)
            .find(|case| case.id == id)
            .cloned()
            .ok_or_else(|| anyhow!("the case is no longer there"))?;
        if self.open.clip.as_ref().is_none_or(|open| open.name != case.clip) {
            self.open(crate::app::open::command::OpenCommand::Clip(case.clip.clone()))?;
            self.predict_again();
        }
        if let Some(interval) = &case.interval {
            suite.clone_into(&mut self.open.suites.active);
            self.show_stretch(&case, interval);
            return Ok(());
        }
        let camera = self.open.clip.as_ref().and_then(|open| open.info.channel_named(&case.channel));
        if let Some(camera) = camera {
            self.play(PlayCommand::Camera(camera));
        }
        self.play(PlayCommand::SeekFrame(case.frame));
        self.open.playback.playing = false;
        let attack = attacked(self.project().ok_or(NoRecording)?, &case);
        self.open.explore.show(case.stack, case.oracle);
        if let Some(note) = &case.attack {
            self.show_attacked(note, case.frame, attack?)?;
        }
        self.open.suites.selected = Some((suite.to_owned(), id.to_owned()));
        suite.clone_into(&mut self.open.suites.active);
        self.workspace = Workspace::Explore;
        Ok(())
    }

    fn predict_again(&mut self) {
        if self.open.models.loaded.is_some() {
            // Without a recording there is nothing to predict, which is no error here.
            drop(self.model(crate::app::model::command::ModelCommand::PredictAll));
        }
    }

    fn export_suite(
        &mut self,
        suite: String,
        folder: Option<PathBuf>,
        place: ModelPlace,
    ) -> anyhow::Result<()> {
        let project = self.project().cloned().ok_or_else(|| anyhow!("open a project first"))?;
        let (model, catalog) = (self.open.models.loaded.clone(), Arc::clone(&self.open.models.catalog));
        let folder = folder.unwrap_or_else(|| {
            // Two suites whose names reduce to one file name keep folders of their own.
            let suites = project.suites();
            let names = file_names(suites.iter().map(|name| &**name));
            project.folder.join("suites").join(names.get(&*suite).cloned().unwrap_or_else(|| slug(&suite)))
        });
        self.jobs.spawn(JobKind::ExportSuite, format!("Exporting {suite}"), move |progress, outbox| {
            let count = export(&project, &catalog, &suite, (model.as_deref(), place), &folder, progress)?;
            let cases = counted(count, "case");
            let done = format!("{cases} exported to {}{}", folder.display(), replaced());
            let contents = contents(&files::read(&folder)?)?;
            outbox.done(format!("{done}; it {contents}"));
            outbox.send(move |app| app.open.suites.exported = Some(folder));
            Ok(())
        });
        Ok(())
    }
}

/// Files that the export of this thread replaced or removed, as the end of a notification.
pub(super) fn replaced() -> String {
    outputs::take_changes().told().map_or_else(String::new, |changes| format!(" ({changes})"))
}
