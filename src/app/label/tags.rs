//! Tags: moments and intervals.

use anyhow::{anyhow, bail};

use crate::app::{App, NoRecording, OpenProject};
use crate::base::text::quoted;
use crate::base::time::Time;
use crate::data::labels::label::{Attributes, Value};
use crate::data::labels::odd;
use crate::data::labels::tag::Tag;
use crate::project::edit::Edit;

impl OpenProject {
    pub(super) fn set_note(&mut self, id: u64, note: String) -> anyhow::Result<()> {
        let editor = self.editor_mut()?;
        let tag = editor.project().tag(id).cloned().ok_or_else(|| anyhow!("the tag is no longer there"))?;
        let outcome = editor.commit_tag("Write note", &Tag { note, ..tag });
        self.note_save("Write note", outcome)
    }

    /// Gives a type to every selected tag.
    pub(super) fn set_kind(&mut self, kind: &str) -> anyhow::Result<()> {
        let edits = self.selected_tags().into_iter().filter(|tag| tag.kind != kind);
        let edits = edits.map(|tag| Edit::SetTag(Tag { kind: kind.to_owned(), ..tag })).collect();
        self.commit_all("Change tag type", edits)
    }

    /// The selected tags that are still there.
    pub fn selected_tags(&self) -> Vec<Tag> {
        let Some(project) = self.project() else { return Vec::new() };
        self.labeling.tags.iter().filter_map(|id| project.tag(*id).cloned()).collect()
    }

    /// Cuts the selected intervals in two where the playhead is; with none selected, every interval there.
    pub(super) fn split_tags(&mut self) -> anyhow::Result<()> {
        let now = self.playback.playhead;
        let clip = self.clip.as_ref().ok_or(NoRecording)?.name.clone();
        let project = self.project().ok_or(NoRecording)?;
        let inside = |tag: &&Tag| tag.clip == clip && tag.start < now && tag.end.is_some_and(|end| now < end);
        let chosen = |tag: &&Tag| self.labeling.tags.is_empty() || self.labeling.tags.contains(&tag.id);
        let split: Vec<Tag> = project.tags.iter().filter(inside).filter(chosen).cloned().collect();
        if split.is_empty() {
            bail!("there is no interval under the playhead to split");
        }
        let mut edits = Vec::new();
        for (tag, id) in split.into_iter().zip(project.fresh_id()..) {
            edits.push(Edit::SetTag(Tag { end: Some(now), ..tag.clone() }));
            edits.push(Edit::AddTag(Tag { id, start: now, ..tag }));
        }
        self.commit_all("Split", edits)
    }

    /// Says of an attribute of the operational design domain whether it is there, for the whole recording.
    pub(super) fn set_domain(
        &mut self,
        name: &str,
        present: Option<bool>,
        value: Option<f64>,
    ) -> anyhow::Result<()> {
        let open = self.clip.as_ref().ok_or(NoRecording)?;
        let (clip, start, kind) = (open.name.clone(), self.playback.range.start, odd::kind_of(name));
        let project = self.project().ok_or(NoRecording)?;
        let known = project.tags.iter().find(|tag| tag.clip == clip && tag.kind == kind);
        let Some(present) = present else {
            let edits = known.map(|tag| Edit::RemoveTag(tag.id)).into_iter().collect();
            return self.commit_all(&format!("{name} is unknown"), edits);
        };
        let mut tag = known.cloned().unwrap_or_else(|| Tag {
            id: project.fresh_id(),
            clip,
            kind,
            start,
            end: None,
            note: String::new(),
            attributes: Attributes::new(),
        });
        tag.attributes.insert(odd::PRESENT.to_owned(), Value::Flag(present));
        if let Some(value) = value {
            tag.attributes.insert(odd::VALUE.to_owned(), Value::Number(value));
        }
        let edit = if known.is_some() { Edit::SetTag(tag) } else { Edit::AddTag(tag) };
        self.commit(&format!("{name} is {}", if present { "there" } else { "not there" }), edit)
    }

    /// Makes one of the selected tags of one type: from the first beginning to the last end.
    pub(super) fn merge_tags(&mut self) -> anyhow::Result<()> {
        let tags = self.selected_tags();
        let Some(first) = tags.iter().min_by_key(|tag| (tag.start, tag.id)).filter(|_| tags.len() > 1) else {
            bail!("select two or more tags to merge them: Shift+click on the timeline or in the table");
        };
        if tags.iter().any(|tag| tag.kind != first.kind || tag.clip != first.clip) {
            bail!("only tags of one type can be merged");
        }
        let end = tags.iter().map(|tag| tag.end.unwrap_or(tag.start)).max();
        let mut notes: Vec<&str> =
            tags.iter().map(|tag| tag.note.as_str()).filter(|n| !n.is_empty()).collect();
        notes.dedup();
        let mut attributes = first.attributes.clone();
        for (name, value) in tags.iter().flat_map(|tag| &tag.attributes) {
            attributes.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let merged = Tag {
            end: end.filter(|end| *end > first.start),
            note: notes.join("; "),
            attributes,
            ..first.clone()
        };
        let id = merged.id;
        let mut edits = vec![Edit::SetTag(merged)];
        edits.extend(tags.iter().filter(|tag| tag.id != id).map(|tag| Edit::RemoveTag(tag.id)));
        self.commit_all("Merge tags", edits)?;
        self.labeling.tags = vec![id];
        Ok(())
    }
}

impl App {
    /// Adds a tag of a type by its name.
    pub(super) fn add_named_tag(
        &mut self,
        kind: &str,
        start: Time,
        end: Option<Time>,
        note: String,
    ) -> anyhow::Result<()> {
        let clip = self.open.clip.as_ref().ok_or(NoRecording)?.name.clone();
        let project = self.project().ok_or(NoRecording)?;
        let words = &project.ontology.tags;
        if !words.iter().any(|word| word.name == kind) {
            let known: Vec<&str> = words.iter().map(|word| word.name.as_str()).collect();
            bail!("there is no tag type {}, the ontology has {}", quoted(kind), known.join(", "));
        }
        if end.is_some_and(|end| end <= start) {
            bail!("the interval ends before it begins");
        }
        let id = project.fresh_id();
        let (kind, attributes) = (kind.to_owned(), Attributes::new());
        let what = format!("Tag {}", quoted(&kind));
        self.open.commit(&what, Edit::AddTag(Tag { id, clip, kind, start, end, note, attributes }))?;
        self.open.labeling.tags = vec![id];
        Ok(())
    }

    pub(super) fn add_tag(&mut self, position: usize, start: Time, end: Option<Time>) -> anyhow::Result<()> {
        let clip = self.open.clip.as_ref().ok_or(NoRecording)?.name.clone();
        let project = self.project().ok_or(NoRecording)?;
        let kind = project
            .ontology
            .tags
            .get(position)
            .map(|word| word.name.clone())
            .ok_or_else(|| anyhow!("there is no tag type with this key"))?;
        if let (None, Some(lane)) = (end, project.ontology.lane_of(&kind).map(str::to_owned)) {
            self.open.switch_state(&kind, &lane)?;
            self.open.labeling.kind = position;
            self.say(&kind);
            return Ok(());
        }
        let tag = Tag {
            id: project.fresh_id(),
            clip,
            kind: kind.clone(),
            start,
            end,
            note: String::new(),
            attributes: Attributes::new(),
        };
        let id = tag.id;
        self.open.commit(&format!("Tag {}", quoted(&kind)), Edit::AddTag(tag))?;
        self.open.labeling.tags = vec![id];
        self.open.labeling.object = None;
        self.open.labeling.kind = position;
        self.say(&kind);
        Ok(())
    }

    pub(super) fn mark_out(&mut self) -> anyhow::Result<()> {
        let start = self
            .open
            .labeling
            .mark_in
            .take()
            .ok_or_else(|| anyhow!("press I where the interval begins, then O where it ends"))?;
        let now = self.open.playback.playhead;
        // An interval covers the frame on which it ends.
        let end =
            self.open.playback.times.get(self.open.playback.frame() + 1).copied().unwrap_or(now).max(now);
        self.add_tag(self.open.labeling.kind, start.min(now), Some(end.max(start)))
    }
}
