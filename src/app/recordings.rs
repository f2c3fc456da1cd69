//! Recordings of a project: one file or several on a common clock, opened on a thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::base::errors::told;
use crate::base::files::relative_to;
use crate::base::progress::Progress;
use crate::base::time::Span;
use crate::clips::joined::{Joined, Part};
use crate::clips::{self, Clip};
use crate::project::edit::Edit;
use crate::project::{ClipRef, PartRef};
use crate::suites::faults::Faulty;

/// A recording that somebody wants to see.
pub(super) enum Wanted {
    /// Files that nobody put together before.
    Files { first: PathBuf, others: Vec<PathBuf> },
    /// One that a project knows.
    Known { folder: PathBuf, clip: ClipRef },
}

impl Wanted {
    fn title(&self) -> String {
        let name =
            |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match self {
            Self::Files { first, others } if others.is_empty() => name(first),
            Self::Files { first, others } => format!("{} and {} more", name(first), others.len()),
            Self::Known { clip, .. } => clip.name.clone(),
        }
    }
}

/// Opens a recording of a project and finds all of its samples. Blocks.
pub fn open_known(folder: &Path, clip: &ClipRef) -> anyhow::Result<Arc<dyn Clip>> {
    let progress = Progress::default();
    let wanted = Wanted::Known { folder: folder.to_owned(), clip: clip.clone() };
    let (joined, _) = together(&wanted, &progress)?;
    joined.index(&progress)?;
    Ok(joined)
}

/// Opens all files of a recording. Clocks that have nothing in common begin together; what a project says counts.
pub(super) fn together(wanted: &Wanted, progress: &Progress) -> anyhow::Result<(Arc<Joined>, ClipRef)> {
    let (first, others, offsets) = match wanted {
        Wanted::Files { first, others } => (first.clone(), others.clone(), None),
        Wanted::Known { folder, clip } => {
            let at = |path: &Path| crate::project::normalized(&folder.join(path));
            let others = clip.with.iter().map(|part| at(&part.path)).collect();
            (at(&clip.path), others, Some(clip.offsets()))
        }
    };
    let mut parts: Vec<Part> = Vec::new();
    for path in std::iter::once(&first).chain(&others) {
        progress.reach(parts.len() as u64)?;
        let clip = clips::open(path)?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut prefix = if others.is_empty() { String::new() } else { stem };
        while !others.is_empty() && parts.iter().any(|part| part.prefix == prefix) {
            prefix.push('\'');
        }
        let offset = match (&offsets, parts.first()) {
            (Some(offsets), _) => offsets.get(parts.len()).copied().unwrap_or_default(),
            (None, Some(first)) => {
                let (clock, own) = (first.clip.info().range, clip.info().range);
                let apart = own.end <= clock.start || clock.end <= own.start;
                if apart { clock.start - own.start } else { Span(0) }
            }
            (None, None) => Span(0),
        };
        parts.push(Part { clip, offset, prefix });
    }
    let (name, format) = match parts.as_slice() {
        [only] => (only.clip.info().name.clone(), only.clip.info().format),
        _ => (wanted.title(), "joined"),
    };
    let with = others
        .iter()
        .zip(parts.iter().skip(1))
        .map(|(path, part)| PartRef { path: path.clone(), offset_ns: part.offset.0 });
    let header_time = match wanted {
        Wanted::Files { .. } => Vec::new(),
        Wanted::Known { clip, .. } => clip.header_time.clone(),
    };
    let of = ClipRef {
        name: name.clone(),
        path: first.clone(),
        with: with.collect(),
        header_time,
        faults: Vec::new(),
    };
    Ok((Arc::new(Joined::new(name, format, first, parts)), of))
}

impl App {
    /// Opens a recording on a thread: tables of data sets and far disks take their time.
    pub(super) fn open_recording(&mut self, wanted: Wanted) {
        let title = format!("Opening {}", wanted.title());
        self.jobs.spawn("open", title, move |progress, outbox| {
            let (joined, of) = together(&wanted, progress)?;
            if progress.cancelled() {
                return Ok(());
            }
            outbox.send(move |app| {
                let shown = match &wanted {
                    Wanted::Files { first, .. } => app.open_project_for(first),
                    Wanted::Known { .. } => Ok(()),
                };
                if let Err(err) = shown.and_then(|()| app.show_clip(joined, of)) {
                    app.notices.error(told(&err));
                }
            });
            Ok(())
        });
    }

    /// The name of the recording in the project; it is added when it is new. Paths are absolute.
    pub(super) fn name_of_clip(&mut self, of: ClipRef) -> anyhow::Result<String> {
        let Some(history) = &mut self.history else { return Ok(of.name) };
        let project = history.project();
        let files = |clip: &ClipRef| -> Vec<PathBuf> {
            let paths = std::iter::once(&clip.path).chain(clip.with.iter().map(|part| &part.path));
            paths.map(|path| project.resolve(path)).collect()
        };
        if let Some(clip) = project.clips.iter().find(|clip| files(clip) == files(&of)) {
            return Ok(clip.name.clone());
        }
        let folder = project.folder.clone();
        let mut clips = project.clips.clone();
        let mut name = of.name.clone();
        while clips.iter().any(|clip| clip.name == name) {
            name.push('\'');
        }
        // A project beside its recording is seen through its parent, so that both can be moved together.
        let relative = |path: &Path| match folder
            .parent()
            .filter(|parent| path.starts_with(parent) && !path.starts_with(&folder))
        {
            Some(parent) if !parent.as_os_str().is_empty() => Path::new("..").join(relative_to(parent, path)),
            _ => relative_to(&folder, path),
        };
        let with = of.with.iter().map(|part| PartRef { path: relative(&part.path), ..*part }).collect();
        clips.push(ClipRef { name: name.clone(), path: relative(&of.path), with, ..of });
        history.commit("Add recording", Edit::SetClips(clips))?;
        Ok(name)
    }

    /// Changes what the project says about the open recording.
    fn change_clip(&mut self, label: &str, change: impl FnOnce(&mut ClipRef)) -> anyhow::Result<()> {
        let Some(name) = self.clip.as_ref().map(|open| open.name.clone()) else { return Ok(()) };
        let Some(history) = &mut self.history else { return Ok(()) };
        let mut clips = history.project().clips.clone();
        if let Some(clip) = clips.iter_mut().find(|clip| clip.name == name) {
            change(clip);
        }
        if clips != history.project().clips {
            history.commit(label, Edit::SetClips(clips))?;
        }
        Ok(())
    }

    /// Moves one of several files in time.
    pub(super) fn set_offset(&mut self, part: usize, offset: Span, kept: bool) -> anyhow::Result<()> {
        if let Some(open) = &mut self.clip {
            open.moving = (!kept).then_some((part, offset));
        }
        if kept {
            self.change_clip("Move recording in time", |clip| {
                if let Some(part) = part.checked_sub(1).and_then(|at| clip.with.get_mut(at)) {
                    part.offset_ns = offset.0;
                }
            })?;
        }
        self.follow_clip();
        Ok(())
    }

    /// Puts a fault into the recording.
    pub(super) fn add_fault(&mut self, text: &str) -> anyhow::Result<()> {
        let open = self.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        // What cannot be is said now and not kept.
        let joined: Arc<dyn Clip> = open.joined.clone();
        drop(Faulty::new(joined, &[text.parse()?])?);
        self.change_clip("Inject a fault", |clip| clip.faults.push(text.to_owned()))?;
        self.follow_clip();
        Ok(())
    }

    /// Takes a fault out again.
    pub(super) fn remove_fault(&mut self, text: &str) -> anyhow::Result<()> {
        self.change_clip("Remove a fault", |clip| {
            if let Some(at) = clip.faults.iter().position(|known| known == text) {
                clip.faults.remove(at);
            }
        })?;
        self.follow_clip();
        Ok(())
    }

    /// Changes the clock of a channel; the headers are read on a thread.
    pub(super) fn set_header_time(&mut self, channel: &str, on: bool) -> anyhow::Result<()> {
        if !on {
            return self
                .change_clip("Use the time of receipt", |clip| clip.header_time.retain(|c| c != channel));
        }
        self.read_stamps(channel);
        Ok(())
    }

    /// Reads the stamps of a channel and goes by them from then on.
    pub(super) fn read_stamps(&mut self, channel: &str) {
        let Some(open) = &self.clip else { return };
        let (id, joined, channel) = (open.id, Arc::clone(&open.joined), channel.to_owned());
        self.jobs.spawn("stamps", format!("Reading the headers of {channel}"), move |progress, outbox| {
            let Some(stamps) = joined.stamps_of(&channel, progress)? else {
                return Err(anyhow!(
                    "not every message of {channel} has a time in its header, it stays as it is"
                ));
            };
            outbox.send(move |app| {
                let open = app.clip.as_ref().filter(|open| open.id == id);
                let Some(open) = open else { return };
                open.joined.set_clock(&channel, Some(stamps));
                let kept = app.change_clip("Use the time in the headers", |clip| {
                    if !clip.header_time.contains(&channel) {
                        clip.header_time.push(channel);
                    }
                });
                if let Err(err) = kept {
                    app.notices.error(told(&err));
                }
            });
            Ok(())
        });
    }
}
