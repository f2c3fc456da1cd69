//! Objects: drawing, keyframes, states, and what joins them over time.

use anyhow::{anyhow, bail};

use crate::app::{NoRecording, OpenProject};
use crate::base::name::Name;
use crate::base::text::quoted;
use crate::data::geometry::shape::{Shape, TurnedBox};
use crate::data::labels::label::{Label, State};
use crate::project::edit::Edit;

/// Boxes with a shorter side are slips of the mouse.
const MIN_SIDE_PX: f32 = 3.0;

/// The frame that an object is drawn on, and its class.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// Name of the recording.
    pub(super) clip: String,
    /// Name of the camera or LIDAR.
    pub(super) channel: String,
    pub(super) frame: usize,
    pub(super) class: String,
}

/// A keyframe on the current frame.
struct Key {
    label: Label,
    /// True if it has yet to be added.
    edit_is_new: bool,
}

impl Key {
    fn new(label: Label, frame: usize, id: u64) -> Self {
        // A new keyframe did not come from a file.
        Self { label: Label { id, frame, source: None, ..label }, edit_is_new: true }
    }
}

fn is_slip(shape: &Shape) -> bool {
    let small = match shape {
        Shape::Box(b) => b.width() < MIN_SIDE_PX || b.height() < MIN_SIDE_PX,
        Shape::TurnedBox(b) => b.size.iter().any(|side| *side < MIN_SIDE_PX),
        Shape::Polygon(_)
        | Shape::Polyline(_)
        | Shape::Keypoints(_)
        | Shape::Mask(_)
        | Shape::Cuboid(_)
        | Shape::Whole
        | Shape::Parts(_) => false,
    };
    small || !shape.valid()
}

impl OpenProject {
    /// Add a shape of the active class to the current frame.
    pub(super) fn draw(&mut self, shape: Shape) -> anyhow::Result<()> {
        if is_slip(&shape) {
            return Ok(());
        }
        let (clip, channel) = self.current_camera()?;
        let spot = Spot { clip, channel, frame: self.playback.frame(), class: self.active_class() };
        let object = self.draw_at(spot, shape)?;
        self.labeling.object = Some(object);
        self.labeling.tags.clear();
        self.labeling.drawing = false;
        Ok(())
    }

    /// Adds an object on any frame of the project; returns its number.
    pub(super) fn draw_at(&mut self, spot: Spot, shape: Shape) -> anyhow::Result<u64> {
        let Spot { clip, channel, frame, class } = spot;
        let id = self.project().map_or(1, crate::project::Project::fresh_id);
        self.commit(
            &format!("Draw {}", quoted(&class)),
            Edit::AddLabel(Label::new(id, clip, channel, frame, class, shape)),
        )?;
        Ok(id)
    }

    /// Set the shape of an object on the current frame. Without a keyframe it gets one: between two others it bends the
    /// track, beyond them it extends the track.
    pub(super) fn set_shape(&mut self, object: u64, shape: &Shape) -> anyhow::Result<()> {
        if !shape.valid() {
            return Ok(());
        }
        let key = self.key_here(object)?;
        if key.edit_is_new || key.label.shape != *shape {
            let label = key.label.with_shape(shape.clone());
            let name = if key.edit_is_new { "Track" } else { "Move" };
            let name = format!("{name} {}", quoted(&label.class));
            self.commit(&name, if key.edit_is_new { Edit::AddLabel(label) } else { Edit::SetLabel(label) })?;
        }
        Ok(())
    }

    /// Moves the selected object by small steps.
    pub(super) fn nudge(&mut self, [ahead, left, up, turn]: [i8; 4]) -> anyhow::Result<()> {
        let Some(shown) = self.selected_object() else { return Ok(()) };
        let object = shown.label.object;
        let shape = match &*shown.shape {
            Shape::Cuboid(block) => {
                let by = [ahead, left, up].map(|steps| 0.1 * f64::from(steps));
                Shape::Cuboid(Box::new(block.nudged(by, f64::from(2 * i32::from(turn)).to_radians())))
            }
            Shape::TurnedBox(b) => {
                let center = [b.center[0] - f32::from(left), b.center[1] - f32::from(ahead)];
                let angle = b.angle - f32::from(turn) * 0.035;
                Shape::TurnedBox(TurnedBox { center, angle, ..*b })
            }
            Shape::Box(_)
            | Shape::Polygon(_)
            | Shape::Polyline(_)
            | Shape::Keypoints(_)
            | Shape::Mask(_)
            | Shape::Whole
            | Shape::Parts(_) => shown.shape.shifted(-f32::from(left), -f32::from(ahead)),
        };
        self.set_shape(object, &shape)
    }

    /// Add a keyframe of the selected object on the current frame, at its present position.
    pub(super) fn keyframe(&mut self) -> anyhow::Result<()> {
        let object = self.labeling.object.ok_or_else(|| anyhow!("select an object first"))?;
        let key = self.key_here(object)?;
        if key.edit_is_new { self.commit("Add keyframe", Edit::AddLabel(key.label)) } else { Ok(()) }
    }

    /// Set the visibility of the selected object from the current frame on; set twice, it is visible again.
    pub(super) fn set_state(&mut self, state: State) -> anyhow::Result<()> {
        let object = self.labeling.object.ok_or_else(|| anyhow!("select an object first"))?;
        let key = self.key_here(object)?;
        let state = if key.label.state == state && !key.edit_is_new { State::Visible } else { state };
        let label = Label { state, ..key.label };
        let edit = if key.edit_is_new { Edit::AddLabel(label) } else { Edit::SetLabel(label) };
        self.commit(&format!("Mark as {}", state.title()), edit)
    }

    /// The keyframe of an object on the current frame, or a new one at its present or nearest position.
    fn key_here(&self, object: u64) -> anyhow::Result<Key> {
        self.unlocked(object)?;
        let (clip, channel) = self.current_camera()?;
        let frame = self.playback.frame();
        let project = self.project().ok_or(NoRecording)?;
        if let Some(shown) = project.labels.object_on(&clip, &channel, object, frame) {
            let label = Label { shape: shown.shape.into_owned(), ..shown.label.clone() };
            return Ok(if shown.keyframe {
                Key { label, edit_is_new: false }
            } else {
                Key::new(label, frame, project.fresh_id())
            });
        }
        let keys = project.labels.keyframes(&clip, &channel, object);
        let nearest = keys.iter().min_by_key(|key| key.frame.abs_diff(frame));
        let label = if let Some(key) = nearest {
            let motion = project.labels.motion(&clip, &channel);
            let shape = motion.map(|motion| motion.carried(&key.shape, key.frame, frame));
            let key = (*key).clone();
            Label { state: State::Visible, shape: shape.unwrap_or_else(|| key.shape.clone()), ..key }
        } else {
            // The same object, seen by another sensor.
            let known = project.labels.of_object(object);
            let known = known.first().ok_or_else(|| anyhow!("the object is no longer there"))?;
            Label { clip: Name::from(clip), channel: Name::from(channel), ..(*known).clone() }
        };
        Ok(Key::new(label, frame, project.fresh_id()))
    }

    /// Split the selected object in two: from the current frame on it is another.
    pub(super) fn split_track(&mut self) -> anyhow::Result<()> {
        let object = self.labeling.object.ok_or_else(|| anyhow!("select an object first"))?;
        self.unlocked(object)?;
        let (clip, channel) = self.current_camera()?;
        let frame = self.playback.frame();
        let project = self.project().ok_or(NoRecording)?;
        let keys = project.labels.keyframes(&clip, &channel, object);
        let later: Vec<Label> =
            keys.iter().filter(|key| key.frame >= frame).map(|key| (*key).clone()).collect();
        if later.is_empty() || later.len() == keys.len() {
            bail!("the object has keyframes on one side of this frame only, so there is nothing to split");
        }
        let here = project.labels.object_on(&clip, &channel, object, frame);
        let mut edits = Vec::new();
        let new = project.fresh_id();
        // Where it stood between two keyframes, the first half ends and the second begins.
        if let Some(shown) = here.filter(|shown| !shown.keyframe) {
            if let Some(before) = frame.checked_sub(1).filter(|before| *before > shown.label.frame)
                && let Some(last) = project.labels.object_on(&clip, &channel, object, before)
            {
                let shape = last.shape.into_owned();
                edits.push(Edit::AddLabel(Label {
                    id: new + 1,
                    frame: before,
                    shape,
                    source: None,
                    ..shown.label.clone()
                }));
            }
            let shape = shown.shape.into_owned();
            edits.push(Edit::AddLabel(Label {
                id: new,
                object: new,
                frame,
                shape,
                source: None,
                ..shown.label.clone()
            }));
        }
        edits.extend(later.into_iter().map(|label| Edit::SetLabel(Label { object: new, ..label })));
        self.commit_all("Split track", edits)?;
        self.labeling.object = Some(new);
        Ok(())
    }

    /// Makes one object of the selected one and another.
    pub(super) fn join_tracks(&mut self, other: u64) -> anyhow::Result<()> {
        let object = self.labeling.object.ok_or_else(|| anyhow!("select an object first"))?;
        self.unlocked(object)?;
        self.unlocked(other)?;
        let project = self.project().ok_or(NoRecording)?;
        let ours = project.labels.of_object(object);
        let theirs = project.labels.of_object(other);
        let (Some(first), false) = (ours.first(), theirs.is_empty() || other == object) else {
            return Ok(());
        };
        let place = |label: &Label| (label.clip.clone(), label.channel.clone(), label.frame);
        if let Some(both) = theirs.iter().find(|label| ours.iter().any(|own| place(own) == place(label))) {
            bail!("both objects are on frame {} of {}, so they cannot be one", both.frame, both.channel);
        }
        let edits = theirs
            .iter()
            .map(|label| Edit::SetLabel(Label { object, class: first.class.clone(), ..(*label).clone() }))
            .collect();
        self.commit_all("Merge tracks", edits)
    }

    /// To the next or previous keyframe of the selected object.
    pub(super) fn go_to_keyframe(&mut self, forward: bool) {
        let (Some(object), Ok((clip, channel))) = (self.labeling.object, self.current_camera()) else {
            return;
        };
        let frame = self.playback.frame();
        let Some(project) = self.project() else { return };
        let keys = project.labels.keyframes(&clip, &channel, object);
        let mut frames = keys.iter().map(|key| key.frame);
        let target = if forward { frames.find(|at| *at > frame) } else { frames.rfind(|at| *at < frame) };
        if let Some(target) = target {
            self.playback.seek_frame(target);
        }
    }

    /// Gives a class to all of the selected object, and to those drawn next.
    pub(super) fn set_class(&mut self, class: String) -> anyhow::Result<()> {
        self.labeling.class.clone_from(&class);
        let (Some(object), Some(project)) = (self.labeling.object, self.project()) else {
            return Ok(());
        };
        self.unlocked(object)?;
        let name = Name::from(class);
        let labels = project.labels.of_object(object).into_iter().filter(|label| label.class != name);
        let edits =
            labels.map(|label| Edit::SetLabel(Label { class: name.clone(), ..label.clone() })).collect();
        self.commit_all("Change class", edits)
    }

    /// Copy the selected object, or all of the current frame, to the next one and go there.
    /// The copies are the same objects.
    pub(super) fn propagate(&mut self) -> anyhow::Result<()> {
        let (clip, channel) = self.current_camera()?;
        let frame = self.playback.frame();
        if frame + 1 >= self.playback.times.len() {
            return Ok(());
        }
        let project = self.project().ok_or(NoRecording)?;
        let there = project.labels_on(&clip, &channel, frame + 1);
        let wanted = |object: u64| {
            self.labeling.object.is_none_or(|selected| selected == object)
                && !there.iter().any(|shown| shown.label.object == object)
        };
        let mut id = project.fresh_id();
        let mut edits = Vec::new();
        for shown in project.labels_on(&clip, &channel, frame) {
            if wanted(shown.label.object) {
                // What stands still in the world has moved for a sensor that moves.
                let motion = project.labels.motion(&clip, &channel);
                let shape = match motion {
                    Some(motion) => motion.carried(&shown.shape, frame, frame + 1),
                    None => shown.shape.into_owned(),
                };
                edits.push(Edit::AddLabel(Label {
                    id,
                    frame: frame + 1,
                    shape,
                    source: None,
                    ..shown.label.clone()
                }));
                id += 1;
            }
        }
        self.commit_all("Propagate to next frame", edits)?;
        self.playback.step(1);
        Ok(())
    }

    /// Delete the selected tags, or the selected object on the current frame.
    pub(super) fn delete_selected(&mut self) -> anyhow::Result<()> {
        if let Some(object) = self.labeling.object {
            self.unlocked(object)?;
            let Some(shown) = self.selected_object() else {
                bail!("the object is not on this frame; Shift+Delete deletes all of it");
            };
            if !shown.keyframe {
                bail!(
                    "the object has no keyframe on this frame; Shift+Delete deletes all of it, Shift+O ends it here"
                );
            }
            let id = shown.label.id;
            let name = if self.is_followed(object) { "Delete keyframe" } else { "Delete object" };
            self.commit(name, Edit::RemoveLabel(id))?;
            self.keep_selection();
            return Ok(());
        }
        let tags = self.selected_tags();
        let edits = self.removals(&tags);
        let name = if tags.len() > 1 { "Delete tags" } else { "Delete tag" };
        self.commit_all(name, edits)?;
        self.keep_selection();
        Ok(())
    }

    /// True if an object has more than one label.
    pub fn is_followed(&self, object: u64) -> bool {
        self.project().is_some_and(|project| project.labels.of_object(object).len() > 1)
    }

    /// Delete the selected object on every frame and channel.
    pub(super) fn delete_object(&mut self) -> anyhow::Result<()> {
        let (Some(object), Some(project)) = (self.labeling.object, self.project()) else {
            return Ok(());
        };
        let edits =
            project.labels.of_object(object).iter().map(|label| Edit::RemoveLabel(label.id)).collect();
        self.commit_all("Delete object", edits)?;
        self.keep_selection();
        Ok(())
    }
}
