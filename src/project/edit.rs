//! Edits of a project. Each returns its own inverse, so undo is a property of the types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::cases::case::Case;
use crate::data::findings::Review;
use crate::data::labels::label::Label;
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;
use crate::project::{ClipRef, FileRef, Project, ProjectError};

/// One edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Adds a tag.
    AddTag(Tag),
    /// Replaces the tag with the same id.
    SetTag(Tag),
    /// Removes a tag by its id.
    RemoveTag(u64),
    /// Adds a label of an object.
    #[serde(alias = "add_box")]
    AddLabel(Label),
    /// Replaces the label with the same id.
    #[serde(alias = "set_box")]
    SetLabel(Label),
    /// Removes a label by its id.
    #[serde(alias = "remove_box")]
    RemoveLabel(u64),
    /// Adds a case.
    AddCase(Case),
    /// Replaces the case of the same suite and name.
    SetCase(Case),
    /// Removes a case.
    RemoveCase {
        /// Name of the suite.
        suite: String,
        /// Name of the case.
        id: String,
    },
    /// Adds or replaces the review of a finding.
    SetReview(Review),
    /// Removes the review of a finding by its key.
    RemoveReview(String),
    /// Replaces the ontology.
    SetOntology(Ontology),
    /// Replaces the list of recordings.
    SetClips(Vec<ClipRef>),
    /// Replaces the list of models.
    SetModels(Vec<FileRef>),
    /// Adds or replaces a saved question by its name; without a text it is removed.
    SetQuestion {
        /// Its name.
        name: String,
        /// The question.
        text: Option<String>,
    },
    /// Applies all or nothing, in order.
    Group(Vec<Self>),
}

impl Project {
    /// Applies an edit and returns its inverse. An error changes nothing.
    pub(in crate::project) fn apply(&mut self, edit: Edit) -> Result<Edit, ProjectError> {
        Ok(match edit {
            Edit::AddTag(tag) => {
                if self.tag(tag.id).is_some() {
                    return Err(ProjectError::Taken(format!("tag {}", tag.id)));
                }
                let id = tag.id;
                self.insert_tag(tag);
                Edit::RemoveTag(id)
            }
            Edit::SetTag(tag) => {
                let old = self.take_tag(tag.id)?;
                self.insert_tag(tag);
                Edit::SetTag(old)
            }
            Edit::RemoveTag(id) => Edit::AddTag(self.take_tag(id)?),
            Edit::AddLabel(label) => {
                let id = label.id;
                self.insert_label(label)?;
                Edit::RemoveLabel(id)
            }
            Edit::SetLabel(label) => {
                let old = self.take_label(label.id)?;
                self.insert_label(label)?;
                Edit::SetLabel(old)
            }
            Edit::RemoveLabel(id) => Edit::AddLabel(self.take_label(id)?),
            Edit::AddCase(case) => {
                let Err(at) = self.case_position(&case.suite, &case.id) else {
                    return Err(ProjectError::Taken(format!("case {:?}", case.id)));
                };
                let inverse = Edit::RemoveCase { suite: case.suite.clone(), id: case.id.clone() };
                self.cases.insert(at, case);
                inverse
            }
            Edit::SetCase(case) => {
                let at = self.case_position(&case.suite, &case.id).map_err(|_at| gone_case(&case.id))?;
                Edit::SetCase(std::mem::replace(&mut self.cases[at], case))
            }
            Edit::RemoveCase { suite, id } => {
                let at = self.case_position(&suite, &id).map_err(|_at| gone_case(&id))?;
                Edit::AddCase(self.cases.remove(at))
            }
            Edit::SetReview(review) => {
                let key = review.finding.key();
                match self.reviews.insert(key.clone(), review) {
                    Some(before) => Edit::SetReview(before),
                    None => Edit::RemoveReview(key),
                }
            }
            Edit::RemoveReview(key) => {
                let review = self.reviews.remove(&key);
                Edit::SetReview(review.ok_or_else(|| ProjectError::Gone("the review".to_owned()))?)
            }
            Edit::SetOntology(ontology) => Edit::SetOntology(std::mem::replace(&mut self.ontology, ontology)),
            Edit::SetClips(clips) => Edit::SetClips(std::mem::replace(&mut self.clips, clips)),
            Edit::SetModels(models) => Edit::SetModels(std::mem::replace(&mut self.models, models)),
            Edit::SetQuestion { name, text } => {
                let before = match text {
                    Some(text) => self.questions.insert(name.clone(), text),
                    None => match self.questions.remove(&name) {
                        None => return Err(ProjectError::Gone(format!("question {name:?}"))),
                        before => before,
                    },
                };
                Edit::SetQuestion { name, text: before }
            }
            Edit::Group(edits) => self.apply_all(edits)?,
        })
    }

    fn apply_all(&mut self, edits: Vec<Edit>) -> Result<Edit, ProjectError> {
        let mut inverses = Vec::with_capacity(edits.len());
        let mut edits = edits.into_iter().peekable();
        loop {
            let mut run: Vec<TagEdit> =
                std::iter::from_fn(|| edits.next_if(is_tag)).filter_map(TagEdit::of).collect();
            let alone = if run.len() > 1 { None } else { run.pop().map(Edit::from).or_else(|| edits.next()) };
            let applied = match alone {
                Some(edit) => self.apply(edit).map(|inverse| inverses.push(inverse)),
                None if run.is_empty() => break,
                None => self.apply_tags(run, &mut inverses),
            };
            if let Err(err) = applied {
                inverses.reverse();
                // Undoing the last edits cannot fail: nothing happened in between.
                drop(self.apply_all(inverses));
                return Err(err);
            }
        }
        inverses.reverse();
        Ok(Edit::Group(inverses))
    }

    /// Applies edits of tags one after the other, by their ids and sorted once, so that each costs the same however many
    /// tags there are. An error leaves the tags as the edits before it made them.
    fn apply_tags(&mut self, edits: Vec<TagEdit>, inverses: &mut Vec<Edit>) -> Result<(), ProjectError> {
        let mut tags: BTreeMap<u64, Tag> =
            std::mem::take(&mut self.tags).into_iter().map(|tag| (tag.id, tag)).collect();
        let outcome = edits.into_iter().try_for_each(|edit| {
            inverses.push(edit.apply(&mut tags)?.into());
            Ok(())
        });
        self.tags = tags.into_values().collect();
        self.tags.sort_by_key(|tag| (tag.start, tag.id));
        outcome
    }

    fn insert_tag(&mut self, tag: Tag) {
        let at = self.tags.partition_point(|t| (t.start, t.id) < (tag.start, tag.id));
        self.tags.insert(at, tag);
    }

    fn take_tag(&mut self, id: u64) -> Result<Tag, ProjectError> {
        let at = self.tags.iter().position(|tag| tag.id == id);
        at.map(|at| self.tags.remove(at)).ok_or_else(|| ProjectError::Gone(format!("tag {id}")))
    }

    fn insert_label(&mut self, label: Label) -> Result<(), ProjectError> {
        self.labels.insert(label).map_err(|id| ProjectError::Taken(format!("label {id}")))
    }

    fn take_label(&mut self, id: u64) -> Result<Label, ProjectError> {
        self.labels.remove(id).ok_or_else(|| ProjectError::Gone(format!("label {id}")))
    }

    fn case_position(&self, suite: &str, id: &str) -> Result<usize, usize> {
        self.cases.binary_search_by(|case| (case.suite.as_str(), case.id.as_str()).cmp(&(suite, id)))
    }
}

fn is_tag(edit: &Edit) -> bool {
    matches!(edit, Edit::AddTag(_) | Edit::SetTag(_) | Edit::RemoveTag(_))
}

/// An edit of a tag.
enum TagEdit {
    Add(Tag),
    Set(Tag),
    Remove(u64),
}

impl TagEdit {
    /// The edit of a tag that an edit is; none if it is another one.
    fn of(edit: Edit) -> Option<Self> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other edit is none of a tag")]
        match edit {
            Edit::AddTag(tag) => Some(Self::Add(tag)),
            Edit::SetTag(tag) => Some(Self::Set(tag)),
            Edit::RemoveTag(id) => Some(Self::Remove(id)),
            _ => None,
        }
    }

    /// Applies it to tags by their ids and returns its inverse.
    fn apply(self, tags: &mut BTreeMap<u64, Tag>) -> Result<Self, ProjectError> {
        let gone = |id: u64| ProjectError::Gone(format!("tag {id}"));
        match self {
            Self::Add(tag) if tags.contains_key(&tag.id) => {
                Err(ProjectError::Taken(format!("tag {}", tag.id)))
            }
            Self::Add(tag) => {
                let id = tag.id;
                tags.insert(id, tag);
                Ok(Self::Remove(id))
            }
            Self::Set(tag) => {
                let known = tags.get_mut(&tag.id).ok_or_else(|| gone(tag.id))?;
                Ok(Self::Set(std::mem::replace(known, tag)))
            }
            Self::Remove(id) => tags.remove(&id).map(Self::Add).ok_or_else(|| gone(id)),
        }
    }
}

impl From<TagEdit> for Edit {
    fn from(edit: TagEdit) -> Self {
        match edit {
            TagEdit::Add(tag) => Self::AddTag(tag),
            TagEdit::Set(tag) => Self::SetTag(tag),
            TagEdit::Remove(id) => Self::RemoveTag(id),
        }
    }
}

fn gone_case(id: &str) -> ProjectError {
    ProjectError::Gone(format!("case {id:?}"))
}
