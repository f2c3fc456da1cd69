//! Tags and boxes: what a labeller's keys and drags do.

use anyhow::anyhow;

use crate::app::App;
use crate::app::command::LabelCommand;
use crate::base::time::Time;
use crate::data::objects::{Box2, LabelBox};
use crate::data::tag::Tag;
use crate::project::edit::Edit;

/// Boxes with a shorter side are slips of the mouse.
const MIN_SIDE_PX: f32 = 3.0;

/// What is being labelled.
#[derive(Clone, Debug, Default)]
pub struct Labelling {
    /// The selected tag.
    pub tag: Option<u64>,
    /// The selected box.
    pub label_box: Option<u64>,
    /// Where the interval that is being marked begins.
    pub mark_in: Option<Time>,
    /// Position of the tag type that intervals get.
    pub kind: usize,
    /// The class that boxes get; the first of the ontology when empty.
    pub class: String,
    /// What was saved last, for the status line.
    pub last_saved: Option<String>,
}

impl Labelling {
    pub(super) fn clear_selection(&mut self) {
        self.tag = None;
        self.label_box = None;
        self.mark_in = None;
    }
}

impl App {
    /// The class that the next box gets.
    pub fn active_class(&self) -> String {
        let first = self.project().and_then(|project| project.ontology.classes.first().cloned());
        if self.labelling.class.is_empty() {
            first.unwrap_or_else(|| "object".to_owned())
        } else {
            self.labelling.class.clone()
        }
    }

    /// Makes a change of the project that is on disk when this returns.
    pub(super) fn commit(&mut self, label: &str, edit: Edit) -> anyhow::Result<()> {
        let history = self.history.as_mut().ok_or_else(|| anyhow!("open a recording first"))?;
        history.commit(label, edit)?;
        self.labelling.last_saved = Some(label.to_owned());
        Ok(())
    }

    pub(super) fn label(&mut self, command: LabelCommand) -> anyhow::Result<()> {
        match command {
            LabelCommand::Point(position) => self.add_tag(position, self.playback.playhead, None),
            LabelCommand::MarkIn => {
                self.labelling.mark_in = self.clip.is_some().then_some(self.playback.playhead);
                Ok(())
            }
            LabelCommand::MarkOut => {
                let start = self
                    .labelling
                    .mark_in
                    .take()
                    .ok_or_else(|| anyhow!("press I where the interval begins, then O where it ends"))?;
                let now = self.playback.playhead;
                // An interval covers the picture on which it ends.
                let end = self.playback.times.get(self.playback.frame() + 1).copied().unwrap_or(now).max(now);
                self.add_tag(self.labelling.kind, start.min(now), Some(end.max(start)))
            }
            LabelCommand::ActiveKind(position) => {
                self.labelling.kind = position;
                Ok(())
            }
            LabelCommand::SelectTag(id) => {
                self.labelling.tag = id;
                self.labelling.label_box = None;
                Ok(())
            }
            LabelCommand::SetTag(tag) => {
                if self.project().and_then(|project| project.tag(tag.id)) == Some(&tag) {
                    return Ok(());
                }
                self.commit("Change tag", Edit::SetTag(tag))
            }
            LabelCommand::SetNote(id, note) => {
                let history = self.history.as_mut().ok_or_else(|| anyhow!("open a recording first"))?;
                let tag = history
                    .project()
                    .tag(id)
                    .cloned()
                    .ok_or_else(|| anyhow!("the tag is no longer there"))?;
                history.commit_tag("Write note", &Tag { note, ..tag })?;
                self.labelling.last_saved = Some("Write note".to_owned());
                Ok(())
            }
            LabelCommand::AddBox(bbox) => self.add_box(bbox),
            LabelCommand::SelectBox(id) => {
                self.labelling.label_box = id;
                self.labelling.tag = None;
                if let Some(class) = id.and_then(|id| self.project()?.label_box(id)).map(|b| b.class.clone())
                {
                    self.labelling.class = class;
                }
                Ok(())
            }
            LabelCommand::SetBox(id, bbox) => {
                let old = self
                    .project()
                    .and_then(|project| project.label_box(id))
                    .cloned()
                    .ok_or_else(|| anyhow!("the box is no longer there"))?;
                if old.bbox == bbox || !bbox.valid() {
                    return Ok(());
                }
                self.commit("Move box", Edit::SetBox(LabelBox { bbox, ..old }))
            }
            LabelCommand::Class(class) => {
                self.labelling.class.clone_from(&class);
                let selected = self.labelling.label_box.and_then(|id| self.project()?.label_box(id)).cloned();
                match selected.filter(|b| b.class != class) {
                    Some(old) => self.commit("Change class", Edit::SetBox(LabelBox { class, ..old })),
                    None => Ok(()),
                }
            }
            LabelCommand::Propagate => self.propagate(),
            LabelCommand::Delete => self.delete_selected(),
            LabelCommand::SetOntology(ontology) => {
                self.commit("Change ontology", Edit::SetOntology(ontology))
            }
            LabelCommand::Undo => {
                self.travel("Nothing to undo", super::super::project::history::History::undo)
            }
            LabelCommand::Redo => {
                self.travel("Nothing to redo", super::super::project::history::History::redo)
            }
            LabelCommand::Snapshot => {
                let history = self.history.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
                let path = history.save_snapshot()?;
                self.notices
                    .done(format!("Every edit is saved as it is made; a snapshot is in {}", path.display()));
                Ok(())
            }
        }
    }

    fn add_tag(&mut self, position: usize, start: Time, end: Option<Time>) -> anyhow::Result<()> {
        let clip = self.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?.name.clone();
        let project = self.project().ok_or_else(|| anyhow!("open a recording first"))?;
        let kind = project
            .ontology
            .tags
            .get(position)
            .cloned()
            .ok_or_else(|| anyhow!("there is no tag type with this key"))?;
        let tag = Tag { id: project.fresh_id(), clip, kind: kind.clone(), start, end, note: String::new() };
        let id = tag.id;
        self.commit(&format!("Tag {kind:?}"), Edit::AddTag(tag))?;
        self.labelling.tag = Some(id);
        self.labelling.label_box = None;
        self.labelling.kind = position;
        Ok(())
    }

    fn add_box(&mut self, bbox: Box2) -> anyhow::Result<()> {
        if bbox.width() < MIN_SIDE_PX || bbox.height() < MIN_SIDE_PX || !bbox.valid() {
            return Ok(());
        }
        let (clip, channel) = self.current_camera()?;
        let frame = self.playback.frame();
        let class = self.active_class();
        let id = self.project().map_or(1, crate::project::Project::fresh_id);
        self.commit(
            &format!("Draw {class:?}"),
            Edit::AddBox(LabelBox { id, clip, channel, frame, class, bbox }),
        )?;
        self.labelling.label_box = Some(id);
        self.labelling.tag = None;
        Ok(())
    }

    fn propagate(&mut self) -> anyhow::Result<()> {
        let (clip, channel) = self.current_camera()?;
        let frame = self.playback.frame();
        if frame + 1 >= self.playback.times.len() {
            return Ok(());
        }
        let project = self.project().ok_or_else(|| anyhow!("open a recording first"))?;
        let first_id = project.fresh_id();
        let copies: Vec<Edit> = project
            .boxes_on(&clip, &channel, frame)
            .enumerate()
            .map(|(i, b)| Edit::AddBox(LabelBox { id: first_id + i as u64, frame: frame + 1, ..b.clone() }))
            .collect();
        if !copies.is_empty() {
            self.commit("Copy boxes to the next picture", Edit::Group(copies))?;
        }
        self.play(crate::app::command::PlayCommand::Step(1));
        Ok(())
    }

    fn delete_selected(&mut self) -> anyhow::Result<()> {
        if let Some(id) = self.labelling.label_box.take() {
            self.commit("Delete box", Edit::RemoveBox(id))
        } else if let Some(id) = self.labelling.tag.take() {
            self.commit("Delete tag", Edit::RemoveTag(id))
        } else {
            Ok(())
        }
    }

    fn travel(
        &mut self,
        nothing: &str,
        step: impl FnOnce(
            &mut crate::project::history::History,
        ) -> Result<Option<String>, crate::project::ProjectError>,
    ) -> anyhow::Result<()> {
        let history = self.history.as_mut().ok_or_else(|| anyhow!("open a recording first"))?;
        let label = step(history)?;
        self.labelling.last_saved = Some(label.unwrap_or_else(|| nothing.to_owned()));
        let project = history.project();
        self.labelling.tag = self.labelling.tag.filter(|id| project.tag(*id).is_some());
        self.labelling.label_box = self.labelling.label_box.filter(|id| project.label_box(*id).is_some());
        Ok(())
    }

    /// Names of the recording and of the active camera or LIDAR.
    pub(super) fn current_camera(&self) -> anyhow::Result<(String, String)> {
        let open = self.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
        let camera = self.playback.camera.and_then(|camera| open.info.channel(camera));
        let camera = camera.ok_or_else(|| anyhow!("the recording has no camera and no LIDAR"))?;
        Ok((open.name.clone(), camera.name.clone()))
    }
}
