//! Predictions linked over time into labels that a person accepts, fixes or rejects.

use anyhow::{anyhow, bail};

use crate::app::{App, OpenProject};
use crate::base::text::{counted, quoted};
use crate::data::geometry::motion::Motion;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::{Block, Shape};
use crate::data::labels::index::on_the_way;
use crate::data::labels::label::Label;
use crate::data::prediction::Prediction;
use crate::project::edit::Edit;
use crate::tracks::association::{Track, TrackingSettings, link};

/// Objects that nobody has looked at yet.
#[derive(Clone, Debug, Default)]
pub struct Proposals {
    /// In the order in which they appear; the first is the one that is shown.
    pub waiting: Vec<Track>,
    /// Channel that they are about.
    pub channel: String,
    /// Number of proposals.
    pub found: usize,
}

/// The shape of what a detector found.
pub(super) fn shape_of(found: &Detection) -> Shape {
    match &found.solid {
        Some(solid) => Shape::Cuboid(Box::new(Block::upright(
            solid.center.map(f64::from),
            solid.size.map(f64::from),
            f64::from(solid.yaw),
        ))),
        None => Shape::Box(found.bbox),
    }
}

impl Proposals {
    /// The first proposal on a sample, predicted there or interpolated.
    fn shown(&self, motion: Option<&Motion>, frame: usize) -> Option<(&Track, Shape)> {
        let track = self.waiting.first()?;
        let at = track.keys.partition_point(|(key, _)| *key <= frame);
        let before = track.keys.get(at.checked_sub(1)?)?;
        if before.0 == frame {
            return Some((track, shape_of(&before.1)));
        }
        let after = track.keys.get(at)?;
        let (from, to) = (shape_of(&before.1), shape_of(&after.1));
        Some((track, on_the_way(motion, (before.0, &from), (after.0, &to), frame)))
    }
}

impl OpenProject {
    /// The first proposal on a sample of the active channel.
    pub fn shown_proposal(&self, frame: usize) -> Option<(&Track, Shape)> {
        let (clip, channel) = self.current_camera().ok()?;
        self.labeling.proposals.shown(self.project()?.labels.motion(&clip, &channel), frame)
    }

    /// Goes to where the first proposal is seen.
    fn show_proposal(&mut self) {
        let frame = self.playback.frame();
        let Some(track) = self.labeling.proposals.waiting.first() else { return };
        let (Some((from, _)), Some((to, _))) = (track.keys.first(), track.keys.last()) else { return };
        if !(*from..=*to).contains(&frame) {
            let from = *from;
            self.playback.seek_frame(from);
        }
    }

    fn taken(&self, track: &Track, first: u64) -> anyhow::Result<Vec<Edit>> {
        let (clip, _) = self.current_camera()?;
        let channel = &self.labeling.proposals.channel;
        let labels = track.keys.iter().zip(first..).map(|((frame, found), id)| {
            let label = Label::new(
                id,
                clip.as_str(),
                channel.as_str(),
                *frame,
                track.class.as_str(),
                shape_of(found),
            );
            Edit::AddLabel(Label { object: first, ..label })
        });
        Ok(labels.collect())
    }

    /// Makes labels of the proposal that is shown.
    pub(super) fn accept_proposal(&mut self) -> anyhow::Result<()> {
        let Some(track) = self.labeling.proposals.waiting.first().cloned() else {
            return self.keyframe();
        };
        let first = self.project().map_or(1, crate::project::Project::fresh_id);
        let edits = self.taken(&track, first)?;
        self.commit_all(&format!("Accept {}", quoted(&track.class)), edits)?;
        self.labeling.proposals.waiting.remove(0);
        self.labeling.object = Some(first);
        self.show_proposal();
        Ok(())
    }

    /// Makes labels of all proposals, as one step.
    pub(super) fn accept_all(&mut self) -> anyhow::Result<()> {
        let waiting = self.labeling.proposals.waiting.clone();
        let mut first = self.project().map_or(1, crate::project::Project::fresh_id);
        let mut edits = Vec::new();
        for track in &waiting {
            let new = self.taken(track, first)?;
            first += new.len() as u64;
            edits.extend(new);
        }
        self.commit_all(&format!("Accept {}", counted(waiting.len(), "object")), edits)?;
        self.labeling.proposals.waiting.clear();
        Ok(())
    }

    /// Drops the proposal that is shown; without one, deletes the selected object.
    pub(super) fn reject_proposal(&mut self) -> anyhow::Result<()> {
        if self.labeling.proposals.waiting.is_empty() {
            return self.delete_object();
        }
        self.labeling.proposals.waiting.remove(0);
        self.show_proposal();
        Ok(())
    }
}

impl App {
    /// Link the predictions of the loaded model along the active channel; labeled objects are left out.
    pub(super) fn propose(&mut self) -> anyhow::Result<()> {
        let (clip, channel) = self.open.current_camera()?;
        let camera =
            self.open.playback.camera.ok_or_else(|| anyhow!("the recording has no camera and no LIDAR"))?;
        if self.open.models.loaded.is_none() {
            bail!("load a detector first: its boxes become proposals");
        }
        let answers: Vec<(usize, &[Detection])> = self
            .open
            .models
            .answers(camera, 0, usize::MAX)
            .filter_map(|(frame, answer)| match &**answer {
                Prediction::Objects { objects } => Some((frame, objects.as_slice())),
                Prediction::Classes { .. }
                | Prediction::Values { .. }
                | Prediction::Segments { .. }
                | Prediction::Vector { .. } => None,
            })
            .collect();
        if answers.is_empty() {
            bail!("the model has not predicted objects in this recording yet");
        }
        let all = self.open.playback.times.len();
        let looked_at = answers.len();
        let settings = TrackingSettings::default();
        let mut waiting = link(answers.into_iter(), &settings);
        let labels = self.project().map(|project| &project.labels);
        waiting.retain(|track| {
            !track.keys.iter().any(|(frame, found)| {
                let there = labels.map(|labels| labels.on(&clip, &channel, *frame)).unwrap_or_default();
                there.iter().any(|shown| {
                    let bounds = shown.shape.bounds();
                    bounds.is_some_and(|bounds| bounds.iou(&found.bbox) >= 0.5)
                })
            })
        });
        let found = waiting.len();
        self.open.labeling.proposals = Proposals { waiting, channel, found };
        if looked_at < all {
            self.notices.warning(format!("{looked_at} of {all} frames predicted so far"));
        }
        match found {
            0 => self.notices.done("No new objects".to_owned()),
            _ => self.notices.done(format!(
                "{} proposed: Enter to accept, Shift+Delete to reject",
                counted(found, "object")
            )),
        }
        self.open.show_proposal();
        Ok(())
    }
}
