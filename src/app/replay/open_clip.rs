//! The recording on screen: its channels, plotted signals, and samples wanted now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::jobs::JobKind;
use crate::app::replay::messages::Messages;
use crate::app::replay::tiles::{Formulas, OpenedViews};
use crate::app::{App, OpenProject};
use crate::base::errors::told;
use crate::base::time::Span;
use crate::clips::Clip;
use crate::clips::derived::ENCODING;
use crate::clips::joined::Joined;
use crate::data::clip::{ChannelId, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::frames::{Cuboid, Pose};
use crate::data::geometry::shape::Shape;
use crate::data::input::Medium;
use crate::data::prediction::Prediction;
use crate::data::time::window::Reach;
use crate::project::ClipRef;
use crate::project::faults::{Fault, Faulty};

/// The recording on screen.
pub struct OpenClip {
    /// Its name in the project.
    pub name: String,
    /// Path of the recording.
    pub path: PathBuf,
    /// The recording.
    pub clip: Arc<dyn Clip>,
    /// The same, with its files and clocks.
    pub joined: Arc<Joined>,
    /// The file that is being shifted in time, and its offset.
    pub moving: Option<(usize, Span)>,
    /// Contents, as far as known.
    pub info: Arc<ClipInfo>,
    /// Tells this opening from others, for caches.
    pub id: u64,
    /// Arrangement of the views, in the format of the front end; null until somebody arranged them.
    pub views: serde_json::Value,
    /// Views that a person opened.
    pub opened: OpenedViews,
    /// Counts how often the views were arranged anew as a whole, for the front end.
    pub arranged_anew: u64,
    /// Curves of formulas.
    pub formulas: Formulas,
    /// Messages that are looked at.
    pub messages: Messages,
    /// Signals that were chosen to be plotted or hidden.
    pub(in crate::app) plots: BTreeMap<String, bool>,
    /// Injected faults, as text.
    pub faults: Vec<String>,
    /// Signals that change at all: the others are not plotted unless chosen.
    pub(in crate::app) changing: BTreeSet<ChannelId>,
}

/// The channel that steps go by at first: a camera, or else a LIDAR.
pub(in crate::app) fn first_active(info: &ClipInfo) -> Option<ChannelId> {
    let first = |kind| info.of_kind(kind).next().map(|(id, _)| id);
    let texts = || info.asked(Medium::Text, &Reach::default()).first().map(|(id, _)| *id);
    first(ChannelKind::Camera).or_else(|| first(ChannelKind::Points)).or_else(texts)
}

/// Signals that are plotted by themselves; more are a wall that nobody reads.
const PLOTTED: usize = 12;

impl OpenClip {
    /// The cameras.
    pub fn cameras(&self) -> Vec<ChannelId> {
        self.info.of_kind(ChannelKind::Camera).map(|(id, _)| id).collect()
    }

    /// The signals on the timeline.
    pub fn plotted(&self) -> Vec<ChannelId> {
        let mut by_themselves = 0;
        let mut plotted = Vec::new();
        for (id, channel) in self.info.of_kind(ChannelKind::Signal) {
            // There is a derived signal for every metric; those that matter are chosen.
            let own = channel.encoding != ENCODING;
            let usual = own && self.changing.contains(&id) && by_themselves < PLOTTED;
            by_themselves += usize::from(usual);
            if self.plots.get(&channel.name).copied().unwrap_or(usual) {
                plotted.push(id);
            }
        }
        plotted
    }

    /// Looks which signals change.
    pub(in crate::app) fn find_changing(&mut self) {
        let changes = |id: &ChannelId| {
            let values = self.clip.values(*id);
            let mut finite = values.iter().filter(|value| value.is_finite());
            finite.next().is_some_and(|first| finite.any(|value| value.to_bits() != first.to_bits()))
        };
        self.changing = self.signals().into_iter().filter(changes).collect();
    }

    /// The channels whose samples are decoded at the playhead: cameras, points and boxes in
    /// space, calibrations; texts where there is nothing else.
    pub fn seen(&self) -> Vec<ChannelId> {
        let kinds = [
            ChannelKind::Camera,
            ChannelKind::Points,
            ChannelKind::Cuboids,
            ChannelKind::Boxes,
            ChannelKind::Path,
            ChannelKind::Calibration,
        ];
        let mut seen: Vec<ChannelId> =
            kinds.into_iter().flat_map(|kind| self.info.of_kind(kind).map(|(id, _)| id)).collect();
        // A recording of texts has nothing else to look at; what stands beside a text says something about it.
        if seen.is_empty() {
            seen.extend(self.info.of_kind(ChannelKind::Log).map(|(id, _)| id));
        }
        seen
    }

    /// The signals.
    pub fn signals(&self) -> Vec<ChannelId> {
        self.info.of_kind(ChannelKind::Signal).map(|(id, _)| id).collect()
    }
}

/// Apply the project's clock settings to a recording, also after an undo.
fn follow_project(open: &OpenClip, known: &ClipRef) {
    let mut offsets = known.offsets();
    if let Some((part, offset)) = open.moving
        && let Some(moving) = offsets.get_mut(part).filter(|_| part > 0)
    {
        *moving = offset;
    }
    open.joined.set_offsets(&offsets);
    for channel in open.joined.own_clocks() {
        if !known.header_time.contains(&channel) {
            open.joined.set_clock(&channel, None);
        }
    }
}

/// The recording with the faults that apply to it, and the problems of the others.
pub(in crate::app) fn able(joined: &Arc<Joined>, faults: &[String]) -> (Arc<dyn Clip>, Vec<String>) {
    let plain: Arc<dyn Clip> = joined.clone();
    let mut known: Vec<Fault> = Vec::new();
    let mut problems = Vec::new();
    for text in faults {
        match text.parse().and_then(|fault: Fault| {
            Faulty::new(Arc::clone(&plain), std::slice::from_ref(&fault)).map(|_| fault)
        }) {
            Ok(fault) => known.push(fault),
            Err(err) => problems.push(format!("fault skipped: {err}")),
        }
    }
    if known.is_empty() {
        return (plain, problems);
    }
    match Faulty::new(Arc::clone(&plain), &known) {
        Ok(faulty) => (Arc::new(faulty), problems),
        Err(err) => {
            problems.push(err.to_string());
            (plain, problems)
        }
    }
}

impl OpenProject {
    /// The labeled cuboids on the shown scans.
    pub fn labeled_cuboids(&self) -> Vec<Cuboid> {
        let (Some(open), Some(project)) = (&self.clip, self.project()) else { return Vec::new() };
        let mut cuboids = Vec::new();
        for (id, channel) in open.info.of_kind(ChannelKind::Points) {
            let Some((index, Ok(Sample::Points(cloud)))) = self.frames.shown(id) else { continue };
            for shown in project.labels_on(&open.name, &channel.name, index) {
                if let Shape::Cuboid(block) = &*shown.shape {
                    let pose = Pose::new(block.center.into(), glam::DQuat::from_array(block.rotation));
                    let selected = self.labeling.object == Some(shown.label.object);
                    cuboids.push(Cuboid {
                        frame: cloud.frame.clone(),
                        pose,
                        size: block.size.into(),
                        class: shown.label.class.to_string(),
                        id: if selected { "selected".to_owned() } else { shown.label.object.to_string() },
                        ..Cuboid::default()
                    });
                }
            }
        }
        cuboids
    }

    /// The predicted cuboids on the shown scans.
    pub fn predicted_cuboids(&self) -> Vec<Cuboid> {
        let Some(open) = &self.clip else { return Vec::new() };
        let mut cuboids = Vec::new();
        for (id, _) in open.info.of_kind(ChannelKind::Points) {
            let Some((index, Ok(Sample::Points(cloud)))) = self.frames.shown(id) else { continue };
            let Some(Prediction::Objects { objects }) = self.models.answer(id, index).map(|a| &**a) else {
                continue;
            };
            for (number, object) in objects.iter().enumerate() {
                let Some(solid) = object.solid else { continue };
                let turned = glam::DQuat::from_rotation_z(f64::from(solid.yaw));
                cuboids.push(Cuboid {
                    frame: cloud.frame.clone(),
                    pose: Pose::new(solid.center.map(f64::from).into(), turned),
                    size: solid.size.map(f64::from).into(),
                    class: object.class.clone(),
                    id: format!("predicted {number}"),
                    ..Cuboid::default()
                });
            }
        }
        cuboids
    }

    /// The frame of a camera at the playhead, which may still be on its way.
    pub fn wanted_frame(&self, camera: ChannelId) -> Option<usize> {
        let open = self.clip.as_ref()?;
        Some(crate::base::time::index_at(&open.clip.times(camera), self.playback.playhead))
    }

    /// Request the frames at the playhead, and the next ones in the direction of play.
    pub(in crate::app) fn request_frames(&mut self) {
        let Some(open) = &self.clip else { return };
        let now = self.playback.playhead;
        let current: Vec<(ChannelId, usize)> = open
            .seen()
            .into_iter()
            .map(|channel| (channel, crate::base::time::index_at(&open.clip.times(channel), now)))
            .collect();
        let ahead = if self.playback.playing { 4 } else { 2 };
        let back = self.playback.goes_back();
        let mut wanted = current.clone();
        for step in 1..=ahead {
            wanted.extend(current.iter().filter_map(|(camera, index)| {
                let next = if back { index.checked_sub(step)? } else { index + step };
                (next < open.clip.times(*camera).len()).then_some((*camera, next))
            }));
        }
        let (id, clip) = (open.id, Arc::clone(&open.clip));
        self.frames.want(id, &clip, &wanted);
        self.frames.take_ready(id, &current, self.playback.playing);
    }
}

impl App {
    /// Take in the results of indexing since the last poll.
    pub(in crate::app) fn follow_clip(&mut self) {
        let Some(open) = &mut self.open.clip else { return };
        let clips =
            self.open.editor.as_ref().map(|editor| editor.project().clips.as_slice()).unwrap_or_default();
        let mut lacking = None;
        let mut faults = None;
        let mut changed = false;
        if let Some(known) = clips.iter().find(|clip| clip.name == open.name) {
            follow_project(open, known);
            faults = (known.faults != open.faults).then(|| known.faults.clone());
            let lacks = |channel: &&String| open.info.indexed && open.joined.lacks_clock(channel);
            lacking = known.header_time.iter().find(lacks).cloned();
        }
        if let Some(faults) = faults {
            // One that makes no sense here was written by hand; the others count.
            let (able, problems) = able(&open.joined, &faults);
            open.faults = faults;
            open.clip = able;
            // What is still being decoded of the other one belongs to no recording any more.
            self.open.last_clip += 1;
            open.id = self.open.last_clip;
            changed = true;
            for problem in problems {
                self.notices.warning(problem);
            }
            self.open.frames.clear();
            self.open.thumbnails.clear();
            self.open.models.forget_answers();
            self.open.explore.forget();
        }
        let info = open.clip.info();
        if !Arc::ptr_eq(&info, &open.info) {
            open.info = info;
            open.find_changing();
            open.formulas = Formulas::default();
            self.open.playback.range = open.info.range;
            self.compute_formulas();
        }
        let Some(open) = &mut self.open.clip else { return };
        if self.open.playback.camera.is_none() {
            self.open.playback.camera = first_active(&open.info);
        }
        // Without a camera steps go from scan to scan, or from value to value.
        let signals = open.info.of_kind(ChannelKind::Signal).map(|(id, _)| id);
        let steps = self.open.playback.camera.or_else(|| open.seen().into_iter().chain(signals).next());
        if let Some(steps) = steps {
            self.open.playback.times = open.clip.times(steps);
        }
        if let Some(channel) = lacking.filter(|_| !self.jobs.is_running(JobKind::HeaderStamps)) {
            self.read_stamps(&channel);
        }
        if changed && let Err(err) = self.answer_along() {
            self.notices.error(told(&err));
        }
    }
}
