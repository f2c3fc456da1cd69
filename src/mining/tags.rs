//! Findings as tags of a project.

use std::collections::BTreeSet;

use crate::base::time::Time;
use crate::data::findings::Finding;
use crate::data::labels::label::Attributes;
use crate::data::labels::tag::Tag;
use crate::project::Project;
use crate::project::edit::Edit;

/// Recording, type, beginning, end and note of a tag.
type Key = (String, String, Time, Option<Time>, String);

/// The edit that adds a tag for each finding, and the number of tags; findings that a tag of the same type, extent and note has
/// already are left out. None if nothing is to be added.
pub fn edit(project: &Project, findings: &[Finding]) -> (Option<Edit>, usize) {
    // Two actors may do the same at one time: the sentence tells them apart.
    let key = |tag: &Tag| (tag.clip.clone(), tag.kind.clone(), tag.start, tag.end, tag.note.clone());
    let mut known: BTreeSet<Key> = project.tags.iter().map(key).collect();
    let first = project.fresh_id();
    let mut edits = Vec::new();
    for finding in findings {
        let tag = tag(finding, first + edits.len() as u64);
        if known.insert(key(&tag)) {
            edits.push(Edit::AddTag(tag));
        }
    }
    let count = edits.len();
    ((count > 0).then_some(Edit::Group(edits)), count)
}

/// The tag of a finding.
pub fn tag(finding: &Finding, id: u64) -> Tag {
    Tag {
        id,
        clip: finding.clip.clone(),
        kind: finding.finder.clone(),
        start: finding.t0,
        end: Some(finding.t1),
        note: finding.sentence.clone(),
        attributes: Attributes::new(),
    }
}
