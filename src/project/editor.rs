//! Commits, undo and redo: the only way to change a project. Every commit is on disk before it returns.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::write_atomic;
use crate::base::inputs::{self, InputKind};
use crate::clips::Clip;
use crate::data::cases::case::Case;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::motion::Motion;
use crate::data::labels::label::Label;
use crate::data::labels::tag::Tag;
use crate::project::edit::Edit;
use crate::project::manifest::Manifest;
use crate::project::store::{Direction, Store};
use crate::project::{Project, ProjectError, is_project};

/// Labels as text, beside or instead of the database: a snapshot for version control.
const SNAPSHOT: &str = "labels.json";
/// Folder of named snapshots.
pub const SNAPSHOTS: &str = "snapshots";

/// A project with its history and its location on disk.
pub struct ProjectEditor {
    project: Project,
    store: Store,
    /// Counts changes, so that views know when to update.
    revision: u64,
}

/// All labels as text.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Snapshot {
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default, alias = "boxes")]
    labels: Vec<Label>,
    #[serde(default)]
    cases: Vec<Case>,
}

impl Snapshot {
    fn read(path: &Path) -> Result<Self, ProjectError> {
        let text = inputs::read_text(path, InputKind::Labels)
            .map_err(|source| ProjectError::Io { path: path.to_owned(), source })?;
        serde_json::from_str(&text).map_err(|err| ProjectError::Malformed {
            problem: format!("the labels cannot be read ({err})"),
            path: path.to_owned(),
        })
    }

    fn edits(self) -> impl Iterator<Item = Edit> {
        let tags = self.tags.into_iter().map(Edit::AddTag);
        let labels = self.labels.into_iter().map(Edit::AddLabel);
        tags.chain(labels).chain(self.cases.into_iter().map(Edit::AddCase))
    }
}

impl ProjectEditor {
    /// Opens the project in a folder. A project with a snapshot and no database starts from the snapshot.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let manifest = Manifest::read(folder)?;
        // One after the other: of two that open it for the first time at once only one imports the snapshot, and
        // the other sees all of it. The lock ends with the file, even if the program is killed; without file
        // locks there is no waiting.
        let turn = fs::File::open(Manifest::path(folder)).ok();
        let taken = turn.as_ref().map(fs::File::lock);
        if let Some(Err(err)) = taken {
            log::debug!("no lock while opening {}: {err}", folder.display());
        }
        let fresh = !folder.join("labels.db").exists();
        let mut store = Store::open(folder)?;
        let mut project = Project {
            folder: folder.to_owned(),
            name: manifest.name,
            clips: manifest.clips,
            models: manifest.models,
            ontology: manifest.ontology,
            ..Project::default()
        };
        store.load(&mut project)?;
        let mut editor = Self { project, store, revision: 0 };
        if fresh && folder.join(SNAPSHOT).is_file() {
            editor.start_from_snapshot()?;
        }
        Ok(editor)
    }

    /// Creates a project in a folder, or opens an existing one.
    pub fn create(folder: &Path, name: &str) -> Result<Self, ProjectError> {
        if !is_project(folder) {
            fs::create_dir_all(folder)
                .map_err(|source| ProjectError::Io { path: folder.to_owned(), source })?;
            Manifest { name: name.to_owned(), ..Manifest::default() }.write(folder)?;
        }
        Self::open(folder)
    }

    /// The current project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// A number that changes with every edit.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Sets the motion of a channel's sensor; nothing is saved, since it comes from the recording.
    pub fn set_motion(&mut self, clip: &str, channel: &str, motion: Option<Motion>) {
        self.project.labels.set_motion(clip, channel, motion);
        self.revision += 1;
    }

    /// Reads the motions of lidars with labels from a recording. Decodes one sample of each.
    pub fn learn_motions(&mut self, name: &str, clip: &dyn Clip) {
        let (info, frames) = (clip.info(), clip.frames());
        for (id, channel) in info.of_kind(ChannelKind::Points) {
            let labeled = self.project.labels.channels().any(|(c, of)| *c == *name && *of == *channel.name);
            if let (true, Ok(Sample::Points(cloud))) = (labeled, clip.read(id, 0)) {
                self.set_motion(name, &channel.name, Motion::of(&frames, &cloud.frame, &clip.times(id)));
            }
        }
    }

    /// True if the folder is not writable, so that nothing can be changed.
    pub fn read_only(&self) -> bool {
        self.store.read_only
    }

    /// Loads changes that another window or program has made since; true if there were any.
    pub fn refresh(&mut self) -> Result<bool, ProjectError> {
        if !self.store.changed_elsewhere()? {
            return Ok(false);
        }
        let manifest = Manifest::read(&self.project.folder)?;
        let mut project = Project {
            folder: self.project.folder.clone(),
            name: manifest.name,
            clips: manifest.clips,
            models: manifest.models,
            ontology: manifest.ontology,
            ..Project::default()
        };
        self.store.load(&mut project)?;
        project.labels = project.labels.with_motions_of(&self.project.labels);
        self.project = project;
        self.revision += 1;
        Ok(true)
    }

    #[expect(clippy::needless_pass_by_value, reason = "an edit is made for its commit and used up by it")]
    /// Applies an edit; it is on disk when this returns, and an error changes nothing.
    pub fn commit(&mut self, label: &str, edit: Edit) -> Result<(), ProjectError> {
        self.writable()?;
        let inverse = self.project.apply(edit.clone())?;
        self.revision += 1;
        if let Err(err) = self.store.record(label, &edit, &inverse) {
            // The inverse of an edit that was just made applies.
            drop(self.project.apply(inverse));
            return Err(err);
        }
        self.save_manifest(&edit)
    }

    /// Changes a tag; consecutive changes of the same tag with the same label are one step
    /// of undo. Text fields save with every letter this way.
    pub fn commit_tag(&mut self, label: &str, tag: &Tag) -> Result<(), ProjectError> {
        self.writable()?;
        let edit = Edit::SetTag(tag.clone());
        match self.store.last()? {
            Some((seq, last, Edit::SetTag(before))) if last == label && before.id == tag.id => {
                let inverse = self.project.apply(edit.clone())?;
                self.revision += 1;
                if let Err(err) = self.store.extend(seq, &edit) {
                    // The inverse of an edit that was just made applies.
                    drop(self.project.apply(inverse));
                    return Err(err);
                }
                Ok(())
            }
            _ => self.commit(label, edit),
        }
    }

    /// Undoes the last edit; its label, or `None` if there is none.
    pub fn undo(&mut self) -> Result<Option<String>, ProjectError> {
        self.step(Direction::Undo)
    }

    /// Redoes the last undone edit; its label, or `None` if there is none.
    pub fn redo(&mut self) -> Result<Option<String>, ProjectError> {
        self.step(Direction::Redo)
    }

    /// Label of the edit that undo would revert.
    pub fn undo_label(&self) -> Option<String> {
        self.store.next(Direction::Undo).ok().flatten().map(|(_, label, _)| label)
    }

    /// Label of the edit that redo would repeat.
    pub fn redo_label(&self) -> Option<String> {
        self.store.next(Direction::Redo).ok().flatten().map(|(_, label, _)| label)
    }

    /// Writes all labels as text beside the database, and a second time under a name of their own, which is never overwritten.
    pub fn save_snapshot(&self, name: &str) -> Result<PathBuf, ProjectError> {
        let folder = self.project.folder.join(SNAPSHOTS);
        let path = self.project.folder.join(SNAPSHOT);
        let snapshot = Snapshot {
            tags: self.project.tags.clone(),
            labels: self.project.labels.iter().cloned().collect(),
            cases: self.project.cases.clone(),
        };
        let text = serde_json::to_string_pretty(&snapshot)
            .map_err(|err| ProjectError::Malformed { problem: err.to_string(), path: path.clone() })?;
        let text = text + "\n";
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ProjectError::Io { path, source }
        };
        write_atomic(&path, text.as_bytes()).map_err(io(&path))?;
        fs::create_dir_all(&folder).map_err(io(&folder))?;
        let mut named = folder.join(format!("{name}.json"));
        for number in 2.. {
            if !named.exists() {
                break;
            }
            named = folder.join(format!("{name}_{number}.json"));
        }
        write_atomic(&named, text.as_bytes()).map_err(io(&named))?;
        Ok(named)
    }

    /// Restores a snapshot: all tags, labels and cases of that time, as one step that can be undone.
    pub fn restore(&mut self, path: &Path) -> Result<(), ProjectError> {
        let snapshot = Snapshot::read(path)?;
        let project = &self.project;
        let tags = project.tags.iter().map(|tag| Edit::RemoveTag(tag.id));
        let labels = project.labels.iter().map(|label| Edit::RemoveLabel(label.id));
        let cases = project
            .cases
            .iter()
            .map(|case| Edit::RemoveCase { suite: case.suite.clone(), id: case.id.clone() });
        let edits = tags.chain(labels).chain(cases).chain(snapshot.edits()).collect();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        self.commit(&format!("Restore {name}"), Edit::Group(edits))
    }

    fn step(&mut self, direction: Direction) -> Result<Option<String>, ProjectError> {
        self.writable()?;
        let Some((seq, label, edit)) = self.store.next(direction)? else { return Ok(None) };
        let inverse = self.project.apply(edit.clone())?;
        self.revision += 1;
        if let Err(err) = self.store.mark(seq, direction, &edit) {
            // The inverse of an edit that was just made applies.
            drop(self.project.apply(inverse));
            return Err(err);
        }
        self.save_manifest(&edit)?;
        Ok(Some(label))
    }

    fn start_from_snapshot(&mut self) -> Result<(), ProjectError> {
        let path = self.project.folder.join(SNAPSHOT);
        let snapshot = Snapshot::read(&path)?;
        self.commit("Import labels.json", Edit::Group(snapshot.edits().collect()))
    }

    fn writable(&self) -> Result<(), ProjectError> {
        if self.store.read_only {
            return Err(ProjectError::ReadOnly { path: self.project.folder.clone() });
        }
        Ok(())
    }

    fn save_manifest(&self, edit: &Edit) -> Result<(), ProjectError> {
        fn touches(edit: &Edit) -> bool {
            match edit {
                Edit::SetOntology(_) | Edit::SetClips(_) | Edit::SetModels(_) => true,
                Edit::Group(edits) => edits.iter().any(touches),
                Edit::AddTag(_)
                | Edit::SetTag(_)
                | Edit::RemoveTag(_)
                | Edit::AddLabel(_)
                | Edit::SetLabel(_)
                | Edit::RemoveLabel(_)
                | Edit::AddCase(_)
                | Edit::SetCase(_)
                | Edit::RemoveCase { .. } => false,
            }
        }
        if touches(edit) { Manifest::of(&self.project).write(&self.project.folder) } else { Ok(()) }
    }
}
