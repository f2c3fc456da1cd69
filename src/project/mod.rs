//! A project: recordings, models and the work people put into them. It changes only through an [`edit::Edit`].

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::time::{Span, Time};
use crate::data::cases::case::Case;
use crate::data::labels::index::{Labels, Shown};
use crate::data::labels::odd;
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;

pub mod edit;
pub mod editor;
pub mod exchanging;
pub mod faults;
mod manifest;
pub mod recordings;
mod rows;
pub mod samples;
mod store;

/// Moments that belong to a point tag: half a second around it.
const TAG_REACH_NS: i64 = 500_000_000;

/// A model by name; the path is seen from the project's folder where that is possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Name within the project.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

/// A recording of a project: one file or folder, or several on one clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipRef {
    /// Name within the project.
    pub name: String,
    /// Where it lies, seen from the project's folder where that is possible; of several the one whose clock counts.
    pub path: PathBuf,
    /// The others, in the order in which their channels are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<PartRef>,
    /// Channels whose samples go by the stamps in their headers and not by when they were received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header_time: Vec<String>,
    /// Faults that are put into what is recorded, in words: `/camera=freeze@10..12`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A file that is seen together with another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRef {
    /// Where it lies, as with the others.
    pub path: PathBuf,
    /// What is added to its times, in nanoseconds.
    #[serde(default)]
    pub offset_ns: i64,
}

impl ClipRef {
    /// What is added to the times of each file, that of the first being nothing.
    pub fn offsets(&self) -> Vec<Span> {
        std::iter::once(Span(0)).chain(self.with.iter().map(|part| Span(part.offset_ns))).collect()
    }
}

/// Everything that is saved and can be undone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// The project's folder.
    pub folder: PathBuf,
    /// Name on screen.
    pub name: String,
    /// Its recordings.
    pub clips: Vec<ClipRef>,
    /// Its models.
    pub models: Vec<FileRef>,
    /// The words it labels with.
    pub ontology: Ontology,
    /// Tags sorted by start, then by number.
    pub tags: Vec<Tag>,
    /// What is said about objects.
    pub labels: Labels,
    /// Cases sorted by suite, then by name.
    pub cases: Vec<Case>,
}

impl Project {
    /// A number that no tag, no label and no object has; nor have those after it.
    pub fn fresh_id(&self) -> u64 {
        let tags = self.tags.iter().map(|tag| tag.id).max().unwrap_or(0);
        self.labels.last_id().max(tags) + 1
    }

    /// Where a recording or a model lies.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        normalized(&self.folder.join(path))
    }

    /// The tag with this number.
    pub fn tag(&self, id: u64) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.id == id)
    }

    /// Kinds of the tags that hold at a moment of a recording, each once, in order: those around it or near it, and what is
    /// there of the domain of the whole recording.
    pub fn tags_at(&self, clip: &str, time: Time) -> Vec<String> {
        let own = self.tags.iter().filter(|tag| tag.clip == clip);
        let holds = own.filter(|tag| match odd::name_of(&tag.kind) {
            Some(_) => odd::is_present(tag),
            None => tag.covers(time, TAG_REACH_NS),
        });
        let kinds: BTreeSet<String> = holds.map(|tag| tag.kind.clone()).collect();
        kinds.into_iter().collect()
    }

    /// What stands on one sample of a channel, drawn there or between keyframes, and can be seen.
    pub fn labels_on(&self, clip: &str, channel: &str, frame: usize) -> Vec<Shown<'_>> {
        let mut shown = self.labels.on(clip, channel, frame);
        shown.retain(|shown| shown.label.state.present());
        shown
    }

    /// The cases of a suite.
    pub fn cases_of<'a>(&'a self, suite: &'a str) -> impl Iterator<Item = &'a Case> {
        self.cases.iter().filter(move |case| case.suite == suite)
    }

    /// The names of the suites, each once.
    pub fn suites(&self) -> Vec<String> {
        let mut names: Vec<String> = self.cases.iter().map(|case| case.suite.clone()).collect();
        names.dedup();
        names
    }

    /// A name for a new case that its suite does not have yet.
    pub fn fresh_case_id(&self, suite: &str, wish: &str) -> String {
        let wish = crate::base::files::slug(wish);
        let taken = |id: &str| self.cases_of(suite).any(|case| case.id == id);
        if !taken(&wish) {
            return wish;
        }
        // There are fewer cases than numbers.
        (2..=self.cases.len() + 2).map(|n| format!("{wish}-{n}")).find(|id| !taken(id)).unwrap_or(wish)
    }
}

/// Why a project could not be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file system said no.
    #[error("could not use the project: {source}: {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database said no; nothing was changed.
    #[error("could not save, the edit was not made: {source}: {}", path.display())]
    Database {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        source: rusqlite::Error,
    },
    /// `hardcase.toml` or the labels are not what they should be.
    #[error("{problem}: {}", path.display())]
    Malformed {
        /// What is wrong.
        problem: String,
        /// Which file.
        path: PathBuf,
    },
    /// The folder cannot be written.
    #[error("the project is read-only, copy it to a folder you can write to: {}", path.display())]
    ReadOnly {
        /// Which folder.
        path: PathBuf,
    },
    /// The edit speaks of something that is not there.
    #[error("{0} is no longer there")]
    Gone(String),
    /// Another window or program wrote in the same moment.
    #[error("another program changed the project at the same moment, nothing was changed here, do it again")]
    ChangedElsewhere,
    /// An edit would add what is there already.
    #[error("{0} is there already")]
    Taken(String),
}

/// The path without `.` and `..`, so that two ways to write it are equal. Links are not followed.
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir && parts.file_name().is_some() {
            parts.pop();
        } else if part != Component::CurDir {
            parts.push(part);
        }
    }
    parts
}

/// Whether the folder is a project.
pub fn is_project(folder: &Path) -> bool {
    folder.join(manifest::FILE).is_file()
}
