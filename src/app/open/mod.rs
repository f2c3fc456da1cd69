//! Opening: recordings, projects, models and suites, whatever was dropped on the window.

pub mod command;
mod editing;
pub mod project;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::label::exchange::ExchangeCommand;
use crate::app::model::command::ModelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::replay::open_clip::{self, OpenClip};
use crate::app::replay::playback::Playback;
use crate::app::session::LastSeen;
use crate::app::{App, OpenProject, Workspace, samples};
use crate::base::errors::told;
use crate::base::files::{sha256_hex, slug};
use crate::base::progress::Progress;
use crate::base::time::Time;
use crate::clips::joined::Joined;
use crate::clips::{self, Clip};
use crate::data::clip::ChannelId;
use crate::predictions::image_models;
use crate::project::editor::{ProjectEditor, SNAPSHOTS};
use crate::project::recordings::{Wanted, together};
use crate::project::{ClipRef, is_project};
use crate::suites::files::{self, is_suite};
use crate::suites::freeze;

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
                self.open_project(&folder)
            }
            OpenCommand::Clip(name) => self.open_project_clip(&name),
            OpenCommand::SuiteCase { folder, case, model } => {
                self.open_suite(&folder, case.as_deref(), model.as_deref())
            }
            OpenCommand::Close => {
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
            paths.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned())).collect();
        // A project closes the one before it with all that was begun, so it comes before its models and recordings.
        let file = |path: &Path| path.file_name().is_some_and(|name| name == "hardcase.toml");
        paths.sort_by_key(|path| !(is_project(path) || is_suite(path) || file(path)));
        for path in paths {
            if is_project(&path) {
                self.open_project(&path)?;
            } else if is_suite(&path) {
                self.open_suite(&path, None, None)?;
            } else if file(&path)
                && let Some(folder) = path.parent()
            {
                self.open_project(folder)?;
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
        if editor.read_only() {
            self.notices.warning(format!(
                "The project can be read but not changed, its folder is read-only: {}",
                folder.display()
            ));
        }
        let first_clip = editor.project().clips.first().map(|clip| clip.name.clone());
        let models: Vec<PathBuf> =
            editor.project().models.iter().map(|model| editor.project().resolve(&model.path)).collect();
        self.open.editor = Some(editor);
        self.session.remember(folder);
        let seen = self.last_seen();
        let known = |clip: &String| self.project().is_some_and(|p| p.clips.iter().any(|c| c.name == *clip));
        let last_clip = seen.as_ref().map(|seen| seen.clip.clone()).filter(known);
        if let Some(name) = last_clip.or(first_clip) {
            self.open_project_clip(&name)?;
        }
        if let Some(seen) = seen {
            self.workspace = seen.workspace;
        }
        let (transforms, others): (Vec<PathBuf>, Vec<PathBuf>) =
            models.into_iter().partition(|path| image_models::paints(path).unwrap_or(false));
        for path in transforms {
            self.load_image_model(&path, false);
        }
        if let Some(path) = others.into_iter().next() {
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
        let beside = recording.with_extension("hardcase");
        let made = match ProjectEditor::create(&beside, &name) {
            Ok(editor) if !editor.read_only() => (beside, editor),
            first => {
                let Some(home) = self.session.folder() else { return first.map(drop).map_err(Into::into) };
                let key = sha256_hex(recording.to_string_lossy().as_bytes());
                let folder = home.join("projects").join(format!(
                    "{}-{}",
                    slug(&name),
                    key.get(..8).unwrap_or_default()
                ));
                let editor = ProjectEditor::create(&folder, &name)?;
                self.notices.warning(format!(
                    "The folder of the recording cannot be written, labels are saved in {}",
                    folder.display()
                ));
                (folder, editor)
            }
        };
        self.open.editor = Some(made.1);
        self.session.remember(&made.0);
        Ok(())
    }

    fn open_project_clip(&mut self, name: &str) -> anyhow::Result<()> {
        let project = self.project().ok_or_else(|| anyhow!("no project is open"))?;
        let clip = project
            .clips
            .iter()
            .find(|clip| clip.name == name)
            .ok_or_else(|| anyhow!("the project has no recording {name:?}"))?;
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
            plots: BTreeMap::new(),
            views: serde_json::Value::Null,
            changing: BTreeSet::new(),
            faults: Vec::new(),
        };
        open.find_changing();
        if let Some(seen) = self.last_seen() {
            // The next recording of a project is likely to have the same views.
            open.views = seen.views;
            if seen.clip == open.name {
                self.open.playback.playhead = Time(seen.playhead_ns);
                open.plots = seen.plots;
            }
        }
        self.open.clip = Some(open);
        self.follow_clip();
        if let Some(model) = model {
            self.open.remember_model(&model)?;
            self.answer_along()?;
        }
        if !indexed {
            self.jobs.spawn(JobKind::Index, "Indexing the recording", move |progress, outbox| {
                clip.index(progress)?;
                outbox.send(move |app| {
                    app.follow_clip();
                    if let Err(err) = app.answer_along() {
                        app.notices.error(told(&err));
                    }
                    let lost: Vec<String> =
                        app.open.clip.as_ref().map(|c| c.info.warnings.clone()).unwrap_or_default();
                    let known =
                        app.notices.list().iter().map(|notice| notice.text.clone()).collect::<Vec<_>>();
                    for warning in
                        lost.iter().filter(|w| !known.iter().any(|text| text.starts_with(w.as_str())))
                    {
                        app.notices.warning(warning.clone());
                    }
                });
                Ok(())
            });
        }
        Ok(())
    }

    fn open_suite(&mut self, folder: &Path, case: Option<&str>, model: Option<&Path>) -> anyhow::Result<()> {
        let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let suite = files::read(folder)?;
        let wanted = match case {
            Some(id) => suite.cases.iter().find(|(name, _)| name == id).ok_or_else(|| {
                let known: Vec<&str> = suite.cases.iter().map(|(name, _)| name.as_str()).collect();
                anyhow!("the suite has no case {id:?}, it has {}", known.join(", "))
            })?,
            None => {
                suite.cases.first().ok_or_else(|| anyhow!("the suite has no case: {}", folder.display()))?
            }
        };
        let (id, case) = wanted.clone();
        let catalog = suite.catalog()?;
        suite.input(&case).map_err(|problem| anyhow!("{id}: {problem}"))?;
        // Frames and scans of a suite are shown together; a window and a text are recordings by themselves.
        let alone = case.input.file.extension().is_some_and(|ending| ending == "json" || ending == "txt");
        let media = if alone { folder.join(&case.input.file) } else { folder.join("media") };
        let wanted = Wanted::Files { first: media.clone(), others: Vec::new() };
        let (clip, of) = together(&wanted, &Progress::default())?;
        self.close();
        // The suite's files stay as they are; work on them goes to the user's own folder.
        if let Some(home) = self.session.folder() {
            let key = sha256_hex(folder.to_string_lossy().as_bytes());
            let place = home.join("projects").join(format!("suite-{}", key.get(..8).unwrap_or_default()));
            self.open.editor = Some(ProjectEditor::create(&place, &suite.file.name)?);
        }
        self.show_clip(clip, of)?;
        let frame = if alone {
            self.open.playback.times.len().saturating_sub(1)
        } else {
            picture_number(&media, &case.input.file)
        };
        self.open.playback.playhead = self.open.playback.times.get(frame).copied().unwrap_or_default();
        self.open.models.catalog = Arc::new(catalog);
        self.open.explore.show(case.stack, case.oracle);
        self.open.suites.active.clone_from(&suite.file.name);
        self.workspace = Workspace::Explore;
        let recorded = suite.file.model.clone();
        match (model.map(Path::to_owned), suite.model_path(), recorded) {
            (Some(path), _, recorded) => self.load_model(&path, recorded.map(|model| model.card), false),
            // Another model than that of the suite is loaded by hand only.
            (None, Some(path), recorded) => {
                let problem = move || {
                    let problem = suite.model_problem()?;
                    Some(format!("{problem}, restore it from git, or load it by hand"))
                };
                self.load_model_unless(problem, &path, recorded.map(|model| model.card), false);
            }
            (None, None, Some(recorded)) => self.notices.warning(format!(
                "The model of this suite is missing, load {} to see its predictions",
                recorded.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            )),
            (None, None, None) => {}
        }
        Ok(())
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
        };
        self.session.last_seen.insert(project.folder.clone(), seen);
        self.session.save();
    }

    /// Last position in the open project.
    fn last_seen(&self) -> Option<LastSeen> {
        self.session.last_seen.get(&self.project()?.folder).cloned()
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

/// Position of a media file among the frames of its folder, which are sorted by name.
fn picture_number(media: &Path, file: &Path) -> usize {
    let Ok(clip) = clips::open(media) else { return 0 };
    let wanted = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let count = clip.times(ChannelId(0)).len();
    (0..count)
        .find(|index| {
            let input = clip.input(ChannelId(0), *index);
            input.is_ok_and(|input| {
                freeze::frozen(&input).is_ok_and(|(bytes, _)| sha256_hex(&bytes) == wanted)
            })
        })
        .unwrap_or(0)
}
