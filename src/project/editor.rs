//! Commits, undo and redo: the only way to change a project. Every commit is on disk before it returns.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
use crate::project::{Project, ProjectError, is_project, states};

/// Labels as text, beside or instead of the database: a snapshot for version control.
pub(super) const SNAPSHOT: &str = "labels.json";
/// Folder of named snapshots.
pub const SNAPSHOTS: &str = "snapshots";

/// A project with its history and its location on disk.
pub struct ProjectEditor {
    project: Project,
    store: Store,
    /// Counts changes, so that views know when to update.
    revision: u64,
    /// Author of the edits, if that is nobody at the keyboard.
    author: Option<String>,
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
        // A folder that is no project gets no database.
        Manifest::read(folder)?;
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
        let project = read(folder, &mut store)?;
        let mut editor = Self { project, store, revision: 0, author: None };
        if fresh && folder.join(SNAPSHOT).is_file() {
            if editor.read_only() {
                editor.read_snapshot()?;
            } else {
                editor.start_from_snapshot()?;
            }
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
        let mut project = read(&self.project.folder, &mut self.store)?;
        project.labels = project.labels.with_motions_of(&self.project.labels);
        self.project = project;
        self.revision += 1;
        Ok(true)
    }

    /// Applies an edit, and with it those that keep states of one lane apart; it is on disk when this returns, and an
    /// error changes nothing.
    pub fn commit(&mut self, label: &str, edit: Edit) -> Result<(), ProjectError> {
        self.writable()?;
        let edit = states::settled(&self.project, edit);
        let label = &self.signed(label);
        let inverse = self.project.apply(edit.clone())?;
        self.revision += 1;
        let project = &self.project;
        if let Err(err) = self.store.record(label, &edit, &inverse, || save_manifest(project, &edit)) {
            // The inverse of an edit that was just made applies.
            drop(self.project.apply(inverse));
            return Err(err);
        }
        Ok(())
    }

    /// The same for an edit that depends on the project as it is. Where another program wrote at the same moment, the
    /// project is read again and the edit made again, for half a minute. `edit` returns none where nothing is to be done.
    pub fn commit_again(
        &mut self,
        label: &str,
        mut edit: impl FnMut(&Project) -> Option<Edit>,
    ) -> Result<(), ProjectError> {
        let mut waits = backoff();
        loop {
            let Some(next) = edit(&self.project) else { return Ok(()) };
            let refused = match self.commit(label, next) {
                Err(err) if err.is_contention() => err,
                done => return done,
            };
            let Some(wait) = waits.next() else { return Err(refused) };
            std::thread::sleep(wait);
            self.refresh()?;
        }
    }

    /// Changes a tag; consecutive changes of the same tag with the same label are one step
    /// of undo. Text fields save with every letter this way.
    pub fn commit_tag(&mut self, label: &str, tag: &Tag) -> Result<(), ProjectError> {
        self.writable()?;
        let edit = Edit::SetTag(tag.clone());
        match self.store.last()? {
            Some((seq, last, Edit::SetTag(before))) if last == self.signed(label) && before.id == tag.id => {
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

    /// Marks the edits from now on as made by somebody, by a word after their label; none for the person at the keyboard.
    pub fn set_author(&mut self, author: Option<String>) {
        self.author = author;
    }

    fn signed(&self, label: &str) -> String {
        match &self.author {
            Some(author) => format!("{label} ({author})"),
            None => label.to_owned(),
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
        self.writable()?;
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

    /// Writes the database with its history into a new file.
    pub(super) fn copy_labels(&self, path: &Path) -> Result<(), ProjectError> {
        self.store.copy_into(path)
    }

    fn step(&mut self, direction: Direction) -> Result<Option<String>, ProjectError> {
        self.writable()?;
        let Some((seq, label, edit)) = self.store.next(direction)? else { return Ok(None) };
        let inverse = self.project.apply(edit.clone())?;
        self.revision += 1;
        let project = &self.project;
        if let Err(err) = self.store.mark(seq, direction, &edit, || save_manifest(project, &edit)) {
            // The inverse of an edit that was just made applies.
            drop(self.project.apply(inverse));
            return Err(err);
        }
        Ok(Some(label))
    }

    fn start_from_snapshot(&mut self) -> Result<(), ProjectError> {
        let path = self.project.folder.join(SNAPSHOT);
        let snapshot = Snapshot::read(&path)?;
        self.commit("Import labels.json", Edit::Group(snapshot.edits().collect()))
    }

    /// Takes the labels from the snapshot where no database can be made for them.
    fn read_snapshot(&mut self) -> Result<(), ProjectError> {
        let snapshot = Snapshot::read(&self.project.folder.join(SNAPSHOT))?;
        self.project.apply(Edit::Group(snapshot.edits().collect())).map(drop)
    }

    fn writable(&self) -> Result<(), ProjectError> {
        if self.store.read_only {
            return Err(ProjectError::ReadOnly { path: self.project.folder.clone() });
        }
        Ok(())
    }
}

/// Waits between attempts: longer each time, up to a second, half a minute in all; other for each process, so that
/// several do not keep in step.
fn backoff() -> impl Iterator<Item = Duration> {
    let own = u64::from(std::process::id());
    (0..40_u32).map(move |attempt| {
        let longest = (20_u64 << attempt.min(6)).min(1000);
        // Some prime keeps processes with neighboring numbers apart.
        Duration::from_millis(longest / 2 + (own * 7919 + u64::from(attempt) * 31) % (longest / 2 + 1))
    })
}

/// The project as it is on disk. The database is read first: a program that writes in between changes it after its
/// manifest, so that the next commit here is refused instead of taking back what that program wrote.
fn read(folder: &Path, store: &mut Store) -> Result<Project, ProjectError> {
    let mut project = Project { folder: folder.to_owned(), ..Project::default() };
    store.load(&mut project)?;
    let manifest = Manifest::read(folder)?;
    Ok(Project {
        name: manifest.name,
        clips: manifest.clips,
        models: manifest.models,
        ontology: manifest.ontology,
        questions: manifest.questions,
        ..project
    })
}

/// Writes the part of the project that is kept outside of the database, if the edit touches it.
fn save_manifest(project: &Project, edit: &Edit) -> Result<(), ProjectError> {
    fn touches(edit: &Edit) -> bool {
        match edit {
            Edit::SetOntology(_) | Edit::SetClips(_) | Edit::SetModels(_) | Edit::SetQuestion { .. } => true,
            Edit::Group(edits) => edits.iter().any(touches),
            Edit::AddTag(_)
            | Edit::SetTag(_)
            | Edit::RemoveTag(_)
            | Edit::AddLabel(_)
            | Edit::SetLabel(_)
            | Edit::RemoveLabel(_)
            | Edit::AddCase(_)
            | Edit::SetCase(_)
            | Edit::RemoveCase { .. }
            | Edit::SetReview(_)
            | Edit::RemoveReview(_) => false,
        }
    }
    if touches(edit) { Manifest::of(project).write(&project.folder) } else { Ok(()) }
}
