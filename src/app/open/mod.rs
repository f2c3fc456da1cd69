//! Opening: recordings, projects, models and suites, whatever was dropped on the window.

pub mod command;
mod copy;
mod editing;
pub mod missing;
pub mod project;
mod remote;
mod suite;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::texts::command::TextCommand;
use crate::app::findings::moments::Moments;
use crate::app::jobs::JobKind;
use crate::app::label::exchange::ExchangeCommand;
use crate::app::model::command::ModelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::replay::messages::Messages;
use crate::app::replay::open_clip::{self, OpenClip};
use crate::app::replay::playback::Playback;
use crate::app::replay::tiles::{Formulas, OpenedViews};
use crate::app::session::LastSeen;
use crate::app::{App, NoRecording, OpenProject, Workspace, samples};
use crate::base::errors::told;
use crate::base::remote::address::file_path;
use crate::base::remote::download::absolute;
use crate::base::remote::{Address, is_remote};
use crate::base::text::quoted;
use crate::base::time::Time;
use crate::behavior::files;
use crate::clips::Clip;
use crate::clips::joined::Joined;
use crate::predictions::image_models;
use crate::project::editor::{ProjectEditor, SNAPSHOTS};
use crate::project::missing::Role;
use crate::project::recordings::Wanted;
use crate::project::{ClipRef, is_project};
use crate::suites::files::is_suite;

use copy::own_folder;
use remote::may_be_folder;

/// Said when a remote recording is opened by its index.
const SIGNALS_LATER: &str =
    "Signals inside of messages are not read from a remote recording, choose \"Read all signals\" for them";

impl App {
    pub(super) fn open(&mut self, command: OpenCommand) -> anyhow::Result<()> {
        match command {
            OpenCommand::Paths(paths) => self.open_paths(&paths),
            OpenCommand::Offset { part, offset, kept } => self.set_offset(part, offset, kept),
            OpenCommand::HeaderTime { channel, on } => self.set_header_time(&channel, on),
            OpenCommand::AddFault(text) => self.add_fault(&text),
            OpenCommand::RemoveFault(text) => self.remove_fault(&text),
            OpenCommand::Sample(id) => {
                let home = self
                    .session
                    .folder()
                    .ok_or_else(|| anyhow!("there is no folder for copies of samples, set HARDCASE_HOME"))?;
                let folder = samples::working_copy(&id, home).context("could not copy the sample")?;
                self.session.terms.entry(folder.clone()).or_insert_with(|| samples::terms_of(&id));
                self.open_project(&folder)
            }
            OpenCommand::Clip(name) => self.open_project_clip(&name),
            OpenCommand::SuiteCase { folder, case, model } => {
                self.open_suite(&folder, case.as_deref(), model.as_deref())
            }
            OpenCommand::Locate { from, to } => self.locate(&from, &to),
            OpenCommand::SearchFolder(folder) => {
                self.search_folder(folder);
                Ok(())
            }
            OpenCommand::WritableCopy { into } => self.make_writable_copy(into),
            OpenCommand::ReadSignals => self.read_signals(),
            OpenCommand::Close => {
                self.may_leave()?;
                self.close();
                Ok(())
            }
        }
    }

    /// Opens whatever these are; several recordings become one on a common clock.
    fn open_paths(&mut self, paths: &[PathBuf]) -> anyhow::Result<()> {
        // A snapshot of this project: back to it, which can be undone.
        if let ([path], Some(editor)) = (paths, &mut self.open.editor)
            && path.parent() == Some(&editor.project().folder.join(SNAPSHOTS))
        {
            editor.restore(path)?;
            self.notices.done("Labels restored from the snapshot; Ctrl+Z to undo");
            return Ok(());
        }
        // Labels are looked at before they are taken in.
        if let ([path], true) = (paths, self.open.clip.is_some())
            && path
                .extension()
                .is_some_and(|ext| ["json", "xml"].iter().any(|own| ext.eq_ignore_ascii_case(own)))
            && crate::exchange::guess(path).is_ok()
        {
            return self.exchange(ExchangeCommand::Preview(path.clone()));
        }
        let mut recordings = Vec::new();
        let mut paths: Vec<PathBuf> =
            paths.iter().map(|path| file_path(path.as_os_str()).unwrap_or_else(|| path.clone())).collect();
        for path in &mut paths {
            *path = absolute(path).unwrap_or_else(|_| path.clone());
        }
        // A project closes the one before it with all that was begun, so it comes before its models and recordings.
        let file = |path: &Path| path.file_name().is_some_and(|name| name == "hardcase.toml");
        paths.sort_by_key(|path| !(is_project(path) || is_suite(path) || file(path)));
        for path in paths {
            if let Some(address) = Address::of(&path).filter(may_be_folder) {
                self.open_remote_folder(address);
            } else if is_project(&path) {
                self.open_project(&path)?;
            } else if is_suite(&path) {
                self.open_suite(&path, None, None)?;
            } else if file(&path)
                && let Some(folder) = path.parent()
            {
                self.open_project(folder)?;
            } else if files::is_suite_of_texts(&path) {
                self.dispatch(Command::Evaluate(EvaluateCommand::Texts(TextCommand::Open(path))));
            } else if path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("onnx")) {
                self.dispatch(Command::Model(ModelCommand::Load(path)));
            } else {
                recordings.push(path);
            }
        }
        if let Some((first, others)) = recordings.split_first() {
            self.open_recording(Wanted::Files { first: first.clone(), others: others.to_vec() });
        }
        Ok(())
    }

    /// Opens a project and what it had open first.
    fn open_project(&mut self, folder: &Path) -> anyhow::Result<()> {
        let editor = ProjectEditor::open(folder)?;
        self.close();
        let models: Vec<PathBuf> =
            editor.project().models.iter().map(|model| editor.project().resolve(&model.path)).collect();
        self.open.editor = Some(editor);
        self.session.remember(folder);
        self.open.look_for_missing();
        if self.open.is_read_only() {
            self.tell_read_only();
        }
        if !self.open.missing.files.is_empty() {
            let told = self.open.missing.told();
            self.notices.warning(format!("{told}, choose \"Locate…\" beside its name to find it"));
        }
        if let Some(terms) = self.session.terms.get(folder) {
            self.open.evaluate.terms = terms.clone();
        }
        let seen = self.last_seen();
        self.open_first_clip()?;
        if let Some(seen) = seen {
            self.workspace = seen.workspace;
        }
        let (transforms, others): (Vec<PathBuf>, Vec<PathBuf>) =
            models.into_iter().partition(|path| image_models::paints(path).unwrap_or(false));
        for path in transforms {
            self.load_image_model(&path, false);
        }
        if let Some(path) = others.into_iter().next().filter(|path| path.exists()) {
            self.dispatch(Command::Model(ModelCommand::Load(path)));
        }
        Ok(())
    }

    /// The open project if there is one, else the one that belongs to a recording: beside it, or in the
    /// user's own folder where that place cannot be written.
    pub(super) fn open_project_for(&mut self, recording: &Path) -> anyhow::Result<()> {
        if self.open.editor.is_some() {
            return Ok(());
        }
        let name = recording.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        // Nothing is written beside a remote recording.
        if is_remote(recording) {
            let home = self.session.folder().ok_or_else(|| {
                anyhow!("there is no folder for labels of remote recordings, set HARDCASE_HOME")
            })?;
            let editor = ProjectEditor::create(&own_folder(home, recording), &name)?;
            let folder = editor.project().folder.clone();
            self.open.editor = Some(editor);
            self.session.remember(&folder);
            return Ok(());
        }
        let beside = recording.with_extension("hardcase");
        let was_there = is_project(&beside);
        let editor = match ProjectEditor::create(&beside, &name) {
            Ok(editor) if !editor.read_only() => editor,
            // Its labels are never replaced by an empty project elsewhere.
            Ok(editor) => match self.own_copy(recording) {
                Some(copy) => {
                    self.notices.warning(format!(
                        "The project beside the recording is read-only, its copy is opened: {}",
                        copy.project().folder.display()
                    ));
                    copy
                }
                None => editor,
            },
            Err(err) if was_there => return Err(err.into()),
            Err(err) => {
                let Some(home) = self.session.folder() else { return Err(err.into()) };
                let folder = own_folder(home, recording);
                let editor = ProjectEditor::create(&folder, &name)?;
                self.notices.warning(format!(
                    "The folder of the recording cannot be written, labels are saved in {}",
                    folder.display()
                ));
                editor
            }
        };
        let folder = editor.project().folder.clone();
        self.open.editor = Some(editor);
        self.session.remember(&folder);
        if self.open.is_read_only() {
            self.tell_read_only();
        }
        Ok(())
    }

    fn tell_read_only(&mut self) {
        let folder = self.project().map(|project| project.folder.display().to_string()).unwrap_or_default();
        self.notices
            .warning(format!("The project is read-only, make a writable copy to change anything: {folder}"));
    }

    /// Opens the recording that was shown last, or else the first one whose files are there.
    pub(super) fn open_first_clip(&mut self) -> anyhow::Result<()> {
        let Some(project) = self.project() else { return Ok(()) };
        let seen = self.last_seen().map(|seen| seen.clip);
        let there = |clip: &&ClipRef| self.open.missing.of(Role::Recording, &clip.name).next().is_none();
        let clips = || project.clips.iter().filter(there);
        let clip = clips().find(|clip| seen.as_ref() == Some(&clip.name)).or_else(|| clips().next());
        match clip.map(|clip| clip.name.clone()) {
            Some(name) => self.open_project_clip(&name),
            None => Ok(()),
        }
    }

    fn open_project_clip(&mut self, name: &str) -> anyhow::Result<()> {
        let project = self.project().ok_or_else(|| anyhow!("no project is open"))?;
        let clip = project
            .clips
            .iter()
            .find(|clip| clip.name == name)
            .ok_or_else(|| anyhow!("the project has no recording {}", quoted(name)))?;
        let clip = clip.clone();
        let folder = project.folder.clone();
        self.open_recording(Wanted::Known { folder, clip });
        Ok(())
    }

    /// Puts a recording on screen.
    pub(super) fn show_clip(&mut self, joined: Arc<Joined>, of: ClipRef) -> anyhow::Result<()> {
        let clip: Arc<dyn Clip> = Arc::<Joined>::clone(&joined);
        let info = clip.info();
        let path = of.path.clone();
        let name = self.open.name_of_clip(of)?;
        for warning in &info.warnings {
            self.notices.warning(format!("{warning}: {}", info.name));
        }
        self.open.last_clip += 1;
        let id = self.open.last_clip;
        self.open.frames.clear();
        self.open.thumbnails.clear();
        self.jobs.begin_recording();
        self.open.findings.found = None;
        self.open.moments = Moments { page: self.open.moments.page, ..Moments::default() };
        self.open.findings.pictures.clear();
        self.open.models.forget_answers();
        self.open.labeling.begin_recording();
        self.open.models.differential = None;
        self.open.playback = Playback {
            playhead: info.range.start,
            range: info.range,
            camera: open_clip::first_active(&info),
            ..Playback::default()
        };
        let indexed = info.indexed;
        let model = self.open.models.loaded.as_ref().map(|model| model.path.clone());
        let mut open = OpenClip {
            name,
            path,
            clip: Arc::clone(&clip),
            joined,
            moving: None,
            info,
            id,
            opened: OpenedViews::default(),
            arranged_anew: 0,
            formulas: Formulas::default(),
            messages: Messages::default(),
            plots: BTreeMap::new(),
            views: serde_json::Value::Null,
            changing: BTreeSet::new(),
            faults: Vec::new(),
        };
        open.find_changing();
        if let Some(seen) = self.last_seen() {
            // The next recording of a project is likely to have the same views.
            open.views = seen.views;
            open.opened = seen.opened;
            if seen.clip == open.name {
                self.open.playback.playhead = Time(seen.playhead_ns);
                open.plots = seen.plots;
            }
        }
        self.open.clip = Some(open);
        self.follow_clip();
        self.compute_formulas();
        if let Some(model) = model {
            self.open.remember_model(&model)?;
            self.answer_along()?;
        }
        if indexed {
            self.derive_signals();
        } else {
            let by_parts =
                is_remote(&self.open.clip.as_ref().map(|open| open.path.clone()).unwrap_or_default());
            if by_parts {
                self.notices.done(SIGNALS_LATER);
            }
            self.index_recording(clip, by_parts);
        }
        Ok(())
    }

    /// Reads what is not read yet of the open remote recording: the numbers inside of messages.
    fn read_signals(&mut self) -> anyhow::Result<()> {
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        if open.info.indexed {
            self.notices.done("All signals of the recording are read");
            return Ok(());
        }
        let clip = Arc::clone(&open.clip);
        self.index_recording(clip, false);
        Ok(())
    }

    /// Indexes the recording on a thread; with `by_parts` only what has to be read to find its samples.
    fn index_recording(&mut self, clip: Arc<dyn Clip>, by_parts: bool) {
        self.jobs.spawn(JobKind::Index, "Indexing the recording", move |progress, outbox| {
            if by_parts {
                clip.index_samples(progress)?;
            } else {
                clip.index(progress)?;
            }
            outbox.send(move |app| {
                app.follow_clip();
                app.derive_signals();
                if let Err(err) = app.answer_along() {
                    app.notices.error(told(&err));
                }
                let lost: Vec<String> =
                    app.open.clip.as_ref().map(|c| c.info.warnings.clone()).unwrap_or_default();
                let known = app.notices.list().iter().map(|notice| notice.text.clone()).collect::<Vec<_>>();
                for warning in lost.iter().filter(|w| !known.iter().any(|text| text.starts_with(w.as_str())))
                {
                    app.notices.warning(warning.clone());
                }
            });
            Ok(())
        });
    }

    /// Remember the position in the project for the next time.
    pub fn remember_place(&mut self) {
        let (Some(project), Some(open)) = (self.project(), &self.open.clip) else { return };
        let seen = LastSeen {
            clip: open.name.clone(),
            playhead_ns: self.open.playback.playhead.0,
            workspace: self.workspace,
            plots: open.plots.clone(),
            views: open.views.clone(),
            opened: open.opened.clone(),
        };
        self.session.last_seen.insert(project.folder.clone(), seen);
        self.session.save();
    }

    /// Last position in the open project.
    fn last_seen(&self) -> Option<LastSeen> {
        self.session.last_seen.get(&self.project()?.folder).cloned()
    }

    /// An error, the first time, while something is not saved that is lost with the project.
    pub fn may_leave(&mut self) -> anyhow::Result<()> {
        let evaluate = &self.open.evaluate;
        let lost = match (evaluate.texts.unsaved(), evaluate.card.unsaved()) {
            (true, false) => "the suite of texts is",
            (false, true) => "the statements of the model card are",
            (true, true) => "the suite of texts and the statements of the model card are",
            (false, false) => return Ok(()),
        };
        if std::mem::replace(&mut self.open.asked_to_leave, true) {
            return Ok(());
        }
        anyhow::bail!("{lost} not saved: save in Evaluate, or close again to discard what was added")
    }

    /// Drops everything that belongs to the open project and keeps in mind where somebody was.
    fn close(&mut self) {
        self.remember_place();
        // A model that is still being loaded is given up, which is no fault of the model.
        self.end_first_run();
        self.open = OpenProject::nothing(self.jobs.begin_opening(), &self.waker);
        self.workspace = Workspace::Label;
    }
}
