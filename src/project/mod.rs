//! Projects: recordings, models and the work put into them. All changes go through an [`edit::Edit`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::relative_to;
use crate::base::remote::Address;
use crate::base::remote::download::named_in;
use crate::base::time::{Span, Time};
use crate::data::cases::case::Case;
use crate::data::findings::Review;
use crate::data::labels::index::{Labels, Shown};
use crate::data::labels::odd;
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;

use identity::Identity;

pub mod checksums;
pub mod copying;
pub mod edit;
pub mod editor;
pub mod exchanging;
pub mod faults;
pub mod identity;
pub mod importing;
mod manifest;
pub mod missing;
mod read_only;
pub mod recordings;
pub mod remote;
mod rows;
pub mod samples;
mod states;
mod store;
pub mod tag_spans;

/// Extent of a point tag: half a second around it.
const TAG_REACH_NS: i64 = 500_000_000;

/// A model by name; the path is relative to the project's folder where possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Name within the project.
    pub name: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Identity of the file when it was added; absent in projects of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Identity>,
}

/// A recording of a project: one file or folder, or several on one clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipRef {
    /// Name within the project.
    pub name: String,
    /// Path, relative to the project's folder where possible; of several files the one with the reference clock.
    pub path: PathBuf,
    /// The other files, in the order of their channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<PartRef>,
    /// Channels that use header stamps instead of the log time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub header_time: Vec<String>,
    /// Injected faults in text form: `/camera=freeze@10..12`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Identity of the first file when it was added; absent for folders and in projects of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Identity>,
}

/// A file joined with another one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRef {
    /// Path, as with the first file.
    pub path: PathBuf,
    /// Offset added to its times, in nanoseconds.
    #[serde(default)]
    pub offset_ns: i64,
    /// Identity, as with the first file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Identity>,
}

impl ClipRef {
    /// Offset added to the times of each file, zero for the first.
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
    /// Its ontology.
    pub ontology: Ontology,
    /// Tags sorted by start, then by id.
    pub tags: Vec<Tag>,
    /// Labels of objects.
    pub labels: Labels,
    /// Cases sorted by suite, then by name.
    pub cases: Vec<Case>,
    /// Reviews of findings by the key of the finding.
    pub reviews: BTreeMap<String, Review>,
    /// Saved questions about recordings by their name.
    pub questions: BTreeMap<String, String>,
}

impl Project {
    /// An id that no tag, label or object has; those after it are free as well.
    pub fn fresh_id(&self) -> u64 {
        let tags = self.tags.iter().map(|tag| tag.id).max().unwrap_or(0);
        self.labels.last_id().max(tags) + 1
    }

    /// Absolute path of a recording or a model.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        if let Some(address) = named_in(&self.folder, path) {
            return address.path();
        }
        normalized(&self.folder.join(path))
    }

    /// The path by which the project refers to a recording or a model. A project beside its recording is seen through its parent, so that
    /// both can be moved together.
    pub fn reference_to(&self, path: &Path) -> PathBuf {
        if let Some(address) = Address::of(path) {
            return address.path();
        }
        match self
            .folder
            .parent()
            .filter(|parent| path.starts_with(parent) && !path.starts_with(&self.folder))
        {
            Some(parent) if !parent.as_os_str().is_empty() => Path::new("..").join(relative_to(parent, path)),
            _ => relative_to(&self.folder, path),
        }
    }

    /// The tag with this id.
    pub fn tag(&self, id: u64) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.id == id)
    }

    /// Types of the tags at a moment of a recording, each once, in order: those around it or near it, and attributes
    /// present in the domain of the whole recording.
    pub fn tags_at(&self, clip: &str, time: Time) -> Vec<String> {
        let own = self.tags.iter().filter(|tag| tag.clip == clip);
        let holds = own.filter(|tag| match odd::name_of(&tag.kind) {
            Some(_) => odd::is_present(tag),
            None => tag.covers(time, TAG_REACH_NS),
        });
        let kinds: BTreeSet<String> = holds.map(|tag| tag.kind.clone()).collect();
        kinds.into_iter().collect()
    }

    /// Visible labels on one sample of a channel, drawn there or interpolated.
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

    /// An unused name for a new case of a suite.
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

/// Error of opening or changing a project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file system reported an error.
    #[error("could not use the project: {source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// The database reported an error; nothing was changed.
    #[error("could not save, the edit was not made: {source}: {}", path.display())]
    Database {
        /// Path of the file.
        path: PathBuf,
        /// Error of the database.
        source: rusqlite::Error,
    },
    /// `hardcase.toml` or the labels are not valid.
    #[error("{problem}: {}", path.display())]
    Malformed {
        /// Problem in a sentence.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// The folder is not writable.
    #[error("the project is read-only, nothing was changed, make a writable copy to work on it: {}", path.display())]
    ReadOnly {
        /// Path of the folder.
        path: PathBuf,
    },
    /// The edit refers to something that no longer exists.
    #[error("{0} no longer exists")]
    Gone(String),
    /// Another window or program wrote at the same moment.
    #[error("another program changed the project at the same moment, nothing was changed, try again")]
    ChangedElsewhere,
    /// An edit would add something that exists already.
    #[error("{0} exists already")]
    Taken(String),
}

impl ProjectError {
    /// True if an edit could not be written, and false if it made no sense.
    pub fn is_failed_save(&self) -> bool {
        match self {
            Self::Io { .. } | Self::Database { .. } | Self::ReadOnly { .. } | Self::ChangedElsewhere => true,
            Self::Malformed { .. } | Self::Gone(_) | Self::Taken(_) => false,
        }
    }

    /// True if another program stood in the way for a moment.
    pub fn is_contention(&self) -> bool {
        match self {
            Self::ChangedElsewhere => true,
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
            }
            Self::Io { .. }
            | Self::Malformed { .. }
            | Self::ReadOnly { .. }
            | Self::Gone(_)
            | Self::Taken(_) => false,
        }
    }
}

/// The path without `.` and `..`, so that equal paths compare equal. Links are not followed.
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

/// True if the folder is a project.
pub fn is_project(folder: &Path) -> bool {
    folder.join(manifest::FILE).is_file()
}
