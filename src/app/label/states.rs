//! States of a lane, of which one holds at a time: one key switches, and tag types become states and back.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail};

use crate::app::{App, NoRecording, OpenProject};
use crate::base::text::{counted, quoted};
use crate::base::time::{Span, Time};
use crate::data::labels::label::Attributes;
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;
use crate::project::Project;
use crate::project::edit::Edit;

/// Tags that became states, for the sentence about it.
#[derive(Debug, Default)]
struct Converted {
    edits: Vec<Edit>,
    states: usize,
    /// Moments in recordings that are not open, whose end is not known.
    waiting: usize,
}

impl OpenProject {
    /// The state of each lane at the playhead, in the order of the ontology.
    pub fn running_states(&self) -> Vec<&Tag> {
        let (Some(project), Some(clip)) = (self.project(), &self.clip) else { return Vec::new() };
        let now = self.playback.playhead;
        let mut running: Vec<&Tag> = project
            .tags
            .iter()
            .filter(|tag| tag.clip == clip.name && tag.end.is_some() && tag.covers(now, 0))
            .filter(|tag| project.ontology.lane_of(&tag.kind).is_some())
            .collect();
        let place = |tag: &Tag| project.ontology.tags.iter().position(|word| word.name == tag.kind);
        running.sort_by_key(|tag| (place(tag), tag.start));
        running
    }

    /// End of the last frame: a state that nothing ends covers it.
    fn end_of_states(&self) -> Time {
        self.playback.range.end + Span(1)
    }

    /// Makes a state hold from the playhead on, until the next state of its lane or the end of the recording. The state
    /// before ends there; states of one type that then touch become one.
    pub(super) fn switch_state(&mut self, kind: &str, lane: &str) -> anyhow::Result<()> {
        let clip = self.clip.as_ref().ok_or(NoRecording)?.name.clone();
        let (now, last) = (self.playback.playhead, self.end_of_states());
        let project = self.project().ok_or(NoRecording)?;
        let of_lane = |tag: &&Tag| {
            tag.clip == clip && tag.end.is_some() && project.ontology.lane_of(&tag.kind) == Some(lane)
        };
        let mut states: Vec<&Tag> = project.tags.iter().filter(of_lane).collect();
        states.sort_by_key(|tag| tag.start);
        let running = states.iter().find(|tag| tag.start <= now && tag.range().end > now);
        if let Some(running) = running.filter(|running| running.kind == kind) {
            self.labeling.tags = vec![running.id];
            return Ok(());
        }
        let following = states.iter().map(|tag| tag.start).find(|start| *start > now);
        let until = running.and_then(|tag| tag.end).or(following).unwrap_or(last).max(now + Span(1));
        let next = states.iter().find(|tag| tag.start == until && tag.kind == kind);
        let before = states.iter().find(|tag| tag.end == Some(now) && tag.kind == kind);
        let until = next.and_then(|next| next.end).unwrap_or(until);
        let mut edits: Vec<Edit> = Vec::new();
        // Attributes are those of the type, so a switch at the very beginning of a state drops it.
        match running {
            Some(running) if running.start == now => edits.push(Edit::RemoveTag(running.id)),
            Some(running) => edits.push(Edit::SetTag(Tag { end: Some(now), ..(*running).clone() })),
            None => {}
        }
        edits.extend(next.filter(|_| before.is_some()).map(|next| Edit::RemoveTag(next.id)));
        let id = match (before, next) {
            (Some(before), _) => {
                edits.push(Edit::SetTag(Tag { end: Some(until), ..(*before).clone() }));
                before.id
            }
            (None, Some(next)) => {
                edits.push(Edit::SetTag(Tag { start: now, ..(*next).clone() }));
                next.id
            }
            (None, None) => {
                let id = project.fresh_id();
                let (kind, note) = (kind.to_owned(), String::new());
                let (start, attributes) = (now, Attributes::new());
                edits.push(Edit::AddTag(Tag { id, clip, kind, start, end: Some(until), note, attributes }));
                id
            }
        };
        self.commit_all(&format!("Switch to {}", quoted(kind)), edits)?;
        self.labeling.tags = vec![id];
        self.labeling.object = None;
        Ok(())
    }

    /// Ends the states at the playhead, where no other state of their lane follows.
    pub(super) fn end_states(&mut self) -> anyhow::Result<()> {
        let now = self.playback.playhead;
        let project = self.project().ok_or(NoRecording)?;
        let running: Vec<&Tag> = self.running_states().into_iter().filter(|tag| tag.start < now).collect();
        if running.is_empty() {
            bail!("no state holds here: press the key of a tag type that has a lane");
        }
        let lane = |tag: &Tag| project.ontology.lane_of(&tag.kind);
        let follows = |tag: &Tag| {
            let touching = |other: &&Tag| {
                other.clip == tag.clip && Some(other.start) == tag.end && lane(other) == lane(tag)
            };
            project.tags.iter().any(|other| touching(&other))
        };
        let last: Vec<Edit> = running
            .iter()
            .filter(|tag| !follows(tag))
            .map(|tag| Edit::SetTag(Tag { end: Some(now), ..(*tag).clone() }))
            .collect();
        if last.is_empty() {
            bail!(
                "another state follows, so there would be a gap: press the key of the state that begins here"
            );
        }
        self.commit_all("End the state", last)
    }

    /// Edits that remove tags; where a state goes, the one before it goes on.
    pub(super) fn removals(&self, tags: &[Tag]) -> Vec<Edit> {
        let Some(project) = self.project() else { return Vec::new() };
        let mut grown: BTreeMap<u64, Tag> = BTreeMap::new();
        let mut gone: Vec<&Tag> = tags.iter().collect();
        gone.sort_by_key(|tag| tag.start);
        for tag in &gone {
            let (Some(lane), Some(end)) = (project.ontology.lane_of(&tag.kind), tag.end) else { continue };
            let ends_there = |other: &&Tag| {
                let to = grown.get(&other.id).map_or(other.end, |grown| grown.end);
                other.clip == tag.clip
                    && to == Some(tag.start)
                    && project.ontology.lane_of(&other.kind) == Some(lane)
                    && !gone.iter().any(|gone| gone.id == other.id)
            };
            if let Some(before) = project.tags.iter().find(ends_there).cloned() {
                grown.insert(before.id, Tag { end: Some(end), ..before });
            }
        }
        let removed = tags.iter().map(|tag| Edit::RemoveTag(tag.id));
        removed.chain(grown.into_values().map(Edit::SetTag)).collect()
    }

    /// Edits that make the tags of types that newly belong to a lane states of it: a moment lasts until the next tag of
    /// the lane or the end of the recording.
    fn converted(&self, project: &Project, ontology: &Ontology) -> Converted {
        let mut converted = Converted::default();
        let mut lanes: BTreeMap<(&str, &str), Vec<&Tag>> = BTreeMap::new();
        for tag in &project.tags {
            if let Some(lane) = ontology.lane_of(&tag.kind) {
                lanes.entry((&tag.clip, lane)).or_default().push(tag);
            }
        }
        let open = self.clip.as_ref().map(|clip| clip.name.as_str());
        for ((clip, lane), mut tags) in lanes {
            let joins = |tag: &&Tag| project.ontology.lane_of(&tag.kind) != Some(lane);
            if !tags.iter().any(joins) {
                continue;
            }
            tags.sort_by_key(|tag| (tag.start, tag.id));
            for (at, tag) in tags.iter().enumerate() {
                let next = tags.iter().skip(at + 1).map(|next| next.start).find(|start| *start > tag.start);
                let last = (open == Some(clip)).then(|| self.end_of_states()).filter(|end| *end > tag.start);
                let Some(end) = tag.end.or(next).or(last) else {
                    converted.waiting += 1;
                    continue;
                };
                converted.states += usize::from(joins(tag));
                converted.edits.push(Edit::SetTag(Tag { end: Some(end), ..(*tag).clone() }));
            }
        }
        converted
    }
}

impl App {
    /// Replaces the ontology; tags of types that newly belong to a lane become its states in the same step.
    pub(super) fn set_ontology(&mut self, label: &str, ontology: Ontology) -> anyhow::Result<()> {
        let project = self.project().ok_or(NoRecording)?;
        let Converted { edits, states, waiting } = self.open.converted(project, &ontology);
        let all = std::iter::once(Edit::SetOntology(ontology)).chain(edits).collect();
        self.open.commit_all(label, all)?;
        self.open.keep_selection();
        if states > 0 {
            self.notices.done(format!("{} became states of a lane; Ctrl+Z to undo", counted(states, "tag")));
        }
        if waiting > 0 {
            self.notices.warning(format!(
                "{} in recordings that are not open stay moments: open the recording and press the key of the state there",
                counted(waiting, "tag")
            ));
        }
        Ok(())
    }

    /// Puts a tag type into a lane of states, or takes it out of its lane; then its states stay as intervals, or become
    /// moments at which they began.
    pub(super) fn set_lane(&mut self, kind: &str, lane: &str, moments: bool) -> anyhow::Result<()> {
        let project = self.project().ok_or(NoRecording)?;
        let mut ontology = project.ontology.clone();
        let word = ontology.tags.iter_mut().find(|word| word.name == kind);
        let word = word.ok_or_else(|| anyhow!("there is no tag type {}", quoted(kind)))?;
        lane.trim().clone_into(&mut word.lane);
        if !lane.trim().is_empty() {
            return self
                .set_ontology(&format!("Make {} a state of {}", quoted(kind), quoted(lane)), ontology);
        }
        let mut edits = vec![Edit::SetOntology(ontology)];
        if moments {
            let states = project.tags.iter().filter(|tag| tag.kind == kind && tag.end.is_some());
            edits.extend(states.map(|tag| Edit::SetTag(Tag { end: None, ..tag.clone() })));
        }
        self.open.commit_all(&format!("Make {} a plain tag", quoted(kind)), edits)
    }
}
