//! Keys and drags of an annotator: tags in `tags`, objects in `objects`, the ontology in `ontology`, proposals of a

//! model in `proposals`.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::label::command::LabelCommand;
use crate::app::label::sight::Sight;
use crate::app::label::voice::Voice;
use crate::app::{App, NoRecording, OpenProject};
use crate::base::errors::told;
use crate::base::time::{Date, Time};
use crate::data::geometry::shape::ShapeKind;
use crate::data::labels::index::Shown;
use crate::data::labels::label::Value;
use crate::data::labels::tag::Tag;
use crate::project::Project;
use crate::project::edit::Edit;
use crate::project::editor::ProjectEditor;
use crate::quality::{self, LabelIssue, Seen};

pub mod alarm;
pub mod command;
mod cuboid;
pub mod exchange;
pub mod grips;
mod motion;
mod objects;
pub mod ontology;
pub mod proposals;
pub mod sight;
mod states;
mod tags;
pub mod voice;

/// Edits that were made and not saved; they were taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedSave {
    /// The latest of them.
    pub edit: String,
    /// Reason in a sentence.
    pub why: String,
    /// Number of edits that failed one after the other.
    pub times: usize,
}

/// State of labeling.
#[derive(Clone)]
pub struct Labeling {
    /// The selected tags; the last one is shown.
    pub tags: Vec<u64>,
    /// The selected object.
    pub object: Option<u64>,
    /// Start of the interval that is being marked.
    pub mark_in: Option<Time>,
    /// Position of the tag type that intervals get.
    pub kind: usize,
    /// The class that objects get; the first of the ontology when empty.
    pub class: String,
    /// The shape to draw next.
    pub tool: ShapeKind,
    /// True if the next drag or click draws.
    pub drawing: bool,
    /// The latest saved edit, for the status line.
    pub last_saved: Option<String>,
    /// The latest edits, if they could not be saved; none again as soon as one was.
    pub save_failed: Option<FailedSave>,
    /// Text that the tags have which are shown; all of them when empty.
    pub filter: String,
    lower_filter: String,
    /// Objects proposed by the model.
    pub proposals: proposals::Proposals,
    /// Objects and classes that are hidden or locked.
    pub sight: Sight,
    /// Labels that seemed wrong when somebody last looked.
    pub issues: Option<Vec<LabelIssue>>,
    /// Motion of the LIDARs, as recorded.
    motions: motion::Asked,
    /// Voice that speaks each tag.
    voice: Option<Arc<Voice>>,
}

impl Default for Labeling {
    fn default() -> Self {
        Self {
            tags: Vec::new(),
            object: None,
            mark_in: None,
            kind: 0,
            class: String::new(),
            tool: ShapeKind::Box,
            drawing: false,
            last_saved: None,
            save_failed: None,
            filter: String::new(),
            lower_filter: String::new(),
            proposals: proposals::Proposals::default(),
            sight: Sight::default(),
            issues: None,
            motions: motion::Asked::new(),
            voice: None,
        }
    }
}

impl Labeling {
    /// True if a tag passes the filter by its type, note or attributes, ignoring case.
    pub fn fits(&self, tag: &Tag) -> bool {
        let has = |text: &str| text.to_lowercase().contains(&self.lower_filter);
        self.filter.is_empty()
            || has(&tag.kind)
            || has(&tag.note)
            || tag.attributes.iter().any(|(name, value)| has(name) || has(&value.text()))
    }

    /// The tag that is shown.
    pub fn tag(&self) -> Option<u64> {
        self.tags.last().copied()
    }

    /// Lets go of what is no longer there.
    pub(super) fn keep_selection(&mut self, project: &Project) {
        self.tags.retain(|id| project.tag(*id).is_some());
        self.object = self.object.filter(|object| !project.labels.of_object(*object).is_empty());
    }

    pub(super) fn clear_selection(&mut self) {
        self.tags.clear();
        self.object = None;
        self.mark_in = None;
    }

    /// Forgets what belongs to the recording before.
    pub(super) fn begin_recording(&mut self) {
        self.clear_selection();
        self.issues = None;
    }
}

impl OpenProject {
    /// The class that the next object gets.
    pub fn active_class(&self) -> String {
        let first = self.project().and_then(|project| project.ontology.classes.first());
        if self.labeling.class.is_empty() {
            first.map_or_else(|| "object".to_owned(), |word| word.name.clone())
        } else {
            self.labeling.class.clone()
        }
    }

    /// The selected object on the current frame, drawn there or between keyframes.
    pub fn selected_object(&self) -> Option<Shown<'_>> {
        let object = self.labeling.object?;
        let (clip, channel) = self.current_camera().ok()?;
        self.project()?.labels.object_on(&clip, &channel, object, self.playback.frame())
    }

    /// Says something about what is selected: every selected tag, or the object. No value takes it back.
    fn set_attribute(&mut self, name: &str, value: Option<&Value>) -> anyhow::Result<()> {
        let Some(project) = self.project() else { return Ok(()) };
        let changed = |attributes: &crate::data::labels::label::Attributes| {
            let mut attributes = attributes.clone();
            match value {
                Some(value) => attributes.insert(name.to_owned(), value.clone()),
                None => attributes.remove(name),
            };
            attributes
        };
        let mut edits: Vec<Edit> = Vec::new();
        for tag in self.labeling.tags.iter().filter_map(|id| project.tag(*id)) {
            edits.push(Edit::SetTag(Tag { attributes: changed(&tag.attributes), ..tag.clone() }));
        }
        if let Some(shown) = self.selected_object() {
            let label = crate::data::labels::label::Label {
                attributes: changed(&shown.label.attributes),
                ..shown.label.clone()
            };
            edits.push(Edit::SetLabel(label));
        }
        self.commit_all(&format!("Set {name}"), edits)
    }

    /// Names of the recording and of the active camera or LIDAR.
    pub fn current_camera(&self) -> anyhow::Result<(String, String)> {
        let open = self.clip.as_ref().ok_or(NoRecording)?;
        let camera = self.playback.camera.and_then(|camera| open.info.channel(camera));
        let camera = camera.ok_or_else(|| anyhow!("the recording has no camera and no LIDAR"))?;
        Ok((open.name.clone(), camera.name.clone()))
    }
}

impl App {
    pub(super) fn label(&mut self, command: LabelCommand) -> anyhow::Result<()> {
        self.open.follow_others()?;
        match command {
            LabelCommand::Point(position) => self.add_tag(position, self.open.playback.playhead, None),
            LabelCommand::MarkIn => {
                self.open.labeling.mark_in = self.open.clip.is_some().then_some(self.open.playback.playhead);
                Ok(())
            }
            LabelCommand::MarkOut => self.mark_out(),
            LabelCommand::ActiveKind(position) => {
                self.open.labeling.kind = position;
                Ok(())
            }
            LabelCommand::Speak(on) => self.set_voice(on),
            LabelCommand::Filter(text) => {
                self.open.labeling.lower_filter = text.to_lowercase();
                self.open.labeling.filter = text;
                Ok(())
            }
            LabelCommand::SelectTag(id) => {
                self.open.labeling.tags = id.into_iter().collect();
                self.open.labeling.object = None;
                Ok(())
            }
            LabelCommand::SelectTags(ids) => {
                self.open.labeling.tags = ids;
                self.open.labeling.object = None;
                Ok(())
            }
            LabelCommand::AddTag { kind, start, end, note } => self.add_named_tag(&kind, start, end, note),
            LabelCommand::SetTag(tag) => {
                if self.project().and_then(|project| project.tag(tag.id)) == Some(&tag) {
                    return Ok(());
                }
                self.open.commit("Change tag", Edit::SetTag(tag))
            }
            LabelCommand::SetKind(kind) => self.open.set_kind(&kind),
            LabelCommand::SetNote(id, note) => self.open.set_note(id, note),
            LabelCommand::Sight(command) => self.open.change_sight(command),
            LabelCommand::EndStates => self.open.end_states(),
            LabelCommand::SetLane { kind, lane, moments } => self.set_lane(&kind, &lane, moments),
            LabelCommand::SplitTag => self.open.split_tags(),
            LabelCommand::MergeTags => self.open.merge_tags(),
            LabelCommand::SetAttribute { name, value } => self.open.set_attribute(&name, value.as_ref()),
            LabelCommand::Tool(tool) => {
                let again = tool == Some(self.open.labeling.tool) && self.open.labeling.drawing;
                self.open.labeling.drawing = tool.is_some() && !again;
                self.open.labeling.tool = tool.unwrap_or(self.open.labeling.tool);
                Ok(())
            }
            LabelCommand::Draw(shape) => self.open.draw(shape),
            LabelCommand::FitCuboid { channel, seed } => self.fit_cuboid(channel, seed),
            LabelCommand::SelectObject(object) => {
                self.open.labeling.object = object;
                self.open.labeling.tags.clear();
                if let Some(class) = self.open.selected_object().map(|shown| shown.label.class.to_string()) {
                    self.open.labeling.class = class;
                }
                Ok(())
            }
            LabelCommand::SetShape(object, shape) => self.open.set_shape(object, &shape),
            LabelCommand::Nudge(steps) => self.open.nudge(steps),
            LabelCommand::Keyframe => self.open.keyframe(),
            LabelCommand::State(state) => self.open.set_state(state),
            LabelCommand::SplitTrack => self.open.split_track(),
            LabelCommand::JoinTracks(other) => self.open.join_tracks(other),
            LabelCommand::NextKeyframe(forward) => {
                self.open.go_to_keyframe(forward);
                Ok(())
            }
            LabelCommand::Class(class) => self.open.set_class(class),
            LabelCommand::ClassAt(position) => {
                let word = self.project().and_then(|project| project.ontology.classes.get(position));
                let class = word
                    .map(|word| word.name.clone())
                    .ok_or_else(|| anyhow!("there is no class with this key"))?;
                self.open.set_class(class)
            }
            LabelCommand::Propagate => self.open.propagate(),
            LabelCommand::Delete => self.open.delete_selected(),
            LabelCommand::DeleteObject => self.open.delete_object(),
            LabelCommand::Propose => self.propose(),
            LabelCommand::Accept => self.open.accept_proposal(),
            LabelCommand::AcceptAll => self.open.accept_all(),
            LabelCommand::Reject => self.open.reject_proposal(),
            LabelCommand::Check => self.check_labels(),
            LabelCommand::SetOntology(ontology) => self.set_ontology("Change ontology", ontology),
            LabelCommand::Rename { tag, from, to } => self.rename_word(tag, &from, &to),
            LabelCommand::Domain { name, present, value } => self.open.set_domain(&name, present, value),
            LabelCommand::Undo => self.travel("undone", "Nothing to undo", ProjectEditor::undo),
            LabelCommand::Redo => self.travel("redone", "Nothing to redo", ProjectEditor::redo),
            LabelCommand::Snapshot => {
                let outcome = self.open.editor_mut()?.save_snapshot(&Date::now_for_name());
                let path = self.open.note_save("Save a snapshot", outcome)?;
                self.notices.done(format!(
                    "Every edit is saved at once; drop this snapshot on the window to restore it: {}",
                    path.display()
                ));
                Ok(())
            }
        }
    }

    /// Looks for what seems wrong, on a thread that opens the project itself.
    fn check_labels(&mut self) -> anyhow::Result<()> {
        let (clip, channel) = self.open.current_camera()?;
        let folder = self.open.editor_mut()?.project().folder.clone();
        let camera = self.open.playback.camera;
        let size = camera.and_then(|camera| match self.open.frames.picture(camera) {
            Some((_, Ok(image))) => Some(image.size()),
            _ => None,
        });
        let motion = self.project().and_then(|project| project.labels.motion(&clip, &channel).cloned());
        self.jobs.spawn(JobKind::LabelIssues, "Checking the labels", move |_, outbox| {
            let mut editor = ProjectEditor::open(&folder)?;
            if let Some(motion) = motion {
                editor.set_motion(&clip, &channel, Some(motion));
            }
            let labels = &editor.project().labels;
            let found = quality::issues(&Seen { clip: &clip, channel: &channel, size, labels });
            outbox.send(move |app| app.open.labeling.issues = Some(found));
            Ok(())
        });
        Ok(())
    }

    fn set_voice(&mut self, on: bool) -> anyhow::Result<()> {
        self.open.labeling.voice = if on { Some(Arc::new(Voice::new()?)) } else { None };
        self.session.speak = on;
        self.session.save();
        Ok(())
    }

    /// Says something aloud, where somebody wants to hear it.
    fn say(&mut self, text: &str) {
        if self.session.speak && self.open.labeling.voice.is_none() {
            // Where there is no voice any more, the window says so once and goes on without.
            if let Err(err) = self.set_voice(true) {
                self.session.speak = false;
                self.notices.warning(told(&err));
            }
        }
        if let Some(voice) = &self.open.labeling.voice {
            voice.say(text);
        }
    }

    fn travel(
        &mut self,
        done: &str,
        nothing: &str,
        step: impl FnOnce(&mut ProjectEditor) -> Result<Option<String>, crate::project::ProjectError>,
    ) -> anyhow::Result<()> {
        let outcome = step(self.open.editor_mut()?);
        let label = self.open.note_save(done, outcome)?;
        self.say(label.as_ref().map_or(nothing, |_| done));
        self.open.labeling.last_saved = Some(label.unwrap_or_else(|| nothing.to_owned()));
        self.open.keep_selection();
        Ok(())
    }
}
