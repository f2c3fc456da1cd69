//! Recordings of a project: one file or several on a common clock, opened on a thread.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording, OpenProject};
use crate::base::errors::told;
use crate::base::time::Span;
use crate::clips::Clip;
use crate::project::edit::Edit;
use crate::project::faults::Faulty;
use crate::project::identity::Identity;
use crate::project::recordings::{Wanted, together};
use crate::project::{ClipRef, PartRef};

impl OpenProject {
    /// The name of the recording in the project; it is added when it is new. Paths are absolute.
    pub(in crate::app) fn name_of_clip(&mut self, of: ClipRef) -> anyhow::Result<String> {
        let Some(editor) = &self.editor else { return Ok(of.name) };
        let project = editor.project();
        let files = |clip: &ClipRef| -> Vec<PathBuf> {
            let paths = std::iter::once(&clip.path).chain(clip.with.iter().map(|part| &part.path));
            paths.map(|path| project.resolve(path)).collect()
        };
        if let Some(clip) = project.clips.iter().find(|clip| files(clip) == files(&of)) {
            return Ok(clip.name.clone());
        }
        if editor.read_only() {
            // It is shown under its own name; labels of that name are seen on it.
            return Ok(of.name);
        }
        let mut clips = project.clips.clone();
        let mut name = of.name.clone();
        while clips.iter().any(|clip| clip.name == name) {
            name.push('\'');
        }
        let with = of.with.iter().map(|part| PartRef {
            path: project.reference_to(&part.path),
            file: Identity::of(&part.path),
            ..part.clone()
        });
        clips.push(ClipRef {
            name: name.clone(),
            path: project.reference_to(&of.path),
            with: with.collect(),
            file: Identity::of(&of.path),
            ..of
        });
        self.commit_beside("Add recording", Edit::SetClips(clips))?;
        Ok(name)
    }

    /// Change the project's entry of the open recording.
    fn change_clip(&mut self, label: &str, change: impl FnOnce(&mut ClipRef)) -> anyhow::Result<()> {
        let Some(name) = self.clip.as_ref().map(|open| open.name.clone()) else { return Ok(()) };
        let Some(editor) = &self.editor else { return Ok(()) };
        let mut clips = editor.project().clips.clone();
        if let Some(clip) = clips.iter_mut().find(|clip| clip.name == name) {
            change(clip);
        }
        if clips != editor.project().clips {
            self.commit_beside(label, Edit::SetClips(clips))?;
        }
        Ok(())
    }
}

impl App {
    /// Opens a recording on a thread: tables of data sets and far disks take their time.
    pub(in crate::app) fn open_recording(&mut self, wanted: Wanted) {
        let title = format!("Opening {}", wanted.title());
        self.jobs.spawn(JobKind::OpenRecording, title, move |progress, outbox| {
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

    /// Moves one of several files in time.
    pub(in crate::app) fn set_offset(&mut self, part: usize, offset: Span, kept: bool) -> anyhow::Result<()> {
        if let Some(open) = &mut self.open.clip {
            open.moving = (!kept).then_some((part, offset));
        }
        if kept {
            self.open.change_clip("Shift recording in time", |clip| {
                if let Some(part) = part.checked_sub(1).and_then(|at| clip.with.get_mut(at)) {
                    part.offset_ns = offset.0;
                }
            })?;
        }
        self.follow_clip();
        Ok(())
    }

    /// Puts a fault into the recording.
    pub(in crate::app) fn add_fault(&mut self, text: &str) -> anyhow::Result<()> {
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        // What cannot be is said now and not kept.
        let joined: Arc<dyn Clip> = open.joined.clone();
        drop(Faulty::new(joined, &[text.parse()?])?);
        self.open.change_clip("Inject a fault", |clip| clip.faults.push(text.to_owned()))?;
        self.follow_clip();
        Ok(())
    }

    /// Takes a fault out again.
    pub(in crate::app) fn remove_fault(&mut self, text: &str) -> anyhow::Result<()> {
        self.open.change_clip("Remove a fault", |clip| {
            if let Some(at) = clip.faults.iter().position(|known| known == text) {
                clip.faults.remove(at);
            }
        })?;
        self.follow_clip();
        Ok(())
    }

    /// Changes the clock of a channel; the headers are read on a thread.
    pub(in crate::app) fn set_header_time(&mut self, channel: &str, on: bool) -> anyhow::Result<()> {
        if !on {
            return self
                .open
                .change_clip("Use the time of receipt", |clip| clip.header_time.retain(|c| c != channel));
        }
        self.read_stamps(channel);
        Ok(())
    }

    /// Read the header stamps of a channel and use them from then on.
    pub(in crate::app) fn read_stamps(&mut self, channel: &str) {
        let Some(open) = &self.open.clip else { return };
        let (id, joined, channel) = (open.id, Arc::clone(&open.joined), channel.to_owned());
        self.jobs.spawn(
            JobKind::HeaderStamps,
            format!("Reading the headers of {channel}"),
            move |progress, outbox| {
                let Some(stamps) = joined.stamps_of(&channel, progress)? else {
                    return Err(anyhow!(
                        "not every message of {channel} has a time in its header, it stays as it is"
                    ));
                };
                outbox.send(move |app| {
                    let open = app.open.clip.as_ref().filter(|open| open.id == id);
                    let Some(open) = open else { return };
                    open.joined.set_clock(&channel, Some(stamps));
                    let kept = app.open.change_clip("Use the time in the headers", |clip| {
                        if !clip.header_time.contains(&channel) {
                            clip.header_time.push(channel);
                        }
                    });
                    if let Err(err) = kept {
                        app.notices.error(told(&err));
                    }
                });
                Ok(())
            },
        );
    }
}
