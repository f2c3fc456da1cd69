//! State lanes: tag types of which exactly one holds at a time, such as kinds of weather or of road.
//!
//! Every edit passes [`settled`] before it is applied, so no tool, import or assistant can make two states of one lane
//! overlap: what was set last wins, the others are cut, and a neighbor follows an end that is dragged away from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::time::Time;
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;
use crate::project::Project;
use crate::project::edit::Edit;

/// Recording and name of a lane.
type Place = (String, String);

/// The edit, followed by those that keep the states of every lane it touches apart.
pub(in crate::project) fn settled(project: &Project, edit: Edit) -> Edit {
    let mut ontology = &project.ontology;
    find_ontology(&edit, &mut ontology);
    if ontology.tags.iter().all(|word| word.lane.is_empty()) || !touches_tags(&edit) {
        return edit;
    }
    let mut lanes = Lanes::of(project, ontology);
    lanes.follow(&edit);
    let more = lanes.settle();
    if more.is_empty() {
        return edit;
    }
    let mut edits = if let Edit::Group(edits) = edit { edits } else { vec![edit] };
    edits.extend(more);
    Edit::Group(edits)
}

fn find_ontology<'a>(edit: &'a Edit, ontology: &mut &'a Ontology) {
    if let Edit::SetOntology(new) = edit {
        *ontology = new;
    } else if let Edit::Group(edits) = edit {
        for edit in edits {
            find_ontology(edit, ontology);
        }
    }
}

fn touches_tags(edit: &Edit) -> bool {
    if let Edit::Group(edits) = edit {
        return edits.iter().any(touches_tags);
    }
    matches!(edit, Edit::AddTag(_) | Edit::SetTag(_))
}

/// The states of a project while an edit is followed.
struct Lanes<'a> {
    ontology: &'a Ontology,
    tags: BTreeMap<u64, Tag>,
    /// Tags that the edit sets, in the lanes in which they then are.
    set: BTreeMap<Place, BTreeSet<u64>>,
    /// Neighbors that followed an end; they differ from what the project holds.
    moved: BTreeSet<u64>,
    fresh: u64,
}

impl<'a> Lanes<'a> {
    fn of(project: &Project, ontology: &'a Ontology) -> Self {
        let tags = project.tags.iter().filter(|tag| ontology.lane_of(&tag.kind).is_some());
        let tags = tags.map(|tag| (tag.id, tag.clone())).collect();
        Self { ontology, tags, set: BTreeMap::new(), moved: BTreeSet::new(), fresh: project.fresh_id() }
    }

    fn place(&self, tag: &Tag) -> Option<Place> {
        Some((tag.clip.clone(), self.ontology.lane_of(&tag.kind)?.to_owned()))
    }

    fn follow(&mut self, edit: &Edit) {
        if let Edit::Group(edits) = edit {
            for edit in edits {
                self.follow(edit);
            }
        } else if let Edit::AddTag(tag) = edit {
            self.put(tag);
        } else if let Edit::SetTag(tag) = edit {
            if let Some(before) = self.tags.get(&tag.id).cloned() {
                self.neighbors_follow(&before, tag);
            }
            self.put(tag);
        } else if let Edit::RemoveTag(id) = edit {
            self.tags.remove(id);
            self.moved.remove(id);
            for ids in self.set.values_mut() {
                ids.remove(id);
            }
        }
    }

    fn put(&mut self, tag: &Tag) {
        self.fresh = self.fresh.max(tag.id + 1);
        for ids in self.set.values_mut() {
            ids.remove(&tag.id);
        }
        self.moved.remove(&tag.id);
        match self.place(tag) {
            Some(place) => {
                self.set.entry(place).or_default().insert(tag.id);
                self.tags.insert(tag.id, tag.clone());
            }
            None => drop(self.tags.remove(&tag.id)),
        }
    }

    /// Lets the states that touched an end of `before` follow that of `after` where it moved away from them, as far as
    /// `before` reached: what lies beyond belongs to others.
    fn neighbors_follow(&mut self, before: &Tag, after: &Tag) {
        let (Some(place), Some(end)) = (self.place(before), before.end) else { return };
        if self.place(after).as_ref() != Some(&place) {
            return;
        }
        let touching: Vec<Tag> = self
            .tags
            .values()
            .filter(|tag| tag.id != before.id && (tag.end == Some(before.start) || tag.start == end))
            .filter(|tag| tag.end.is_some() && self.place(tag).as_ref() == Some(&place))
            .cloned()
            .collect();
        for mut tag in touching {
            if tag.end == Some(before.start) && after.start > before.start {
                tag.end = Some(after.start.min(end));
            } else if tag.start == end && after.end.is_some_and(|after| after < end) {
                tag.start = after.end.unwrap_or(end).max(before.start);
            } else {
                continue;
            }
            self.moved.insert(tag.id);
            self.tags.insert(tag.id, tag);
        }
    }

    /// The edits after which no two states of a touched lane overlap.
    fn settle(mut self) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut fresh = self.fresh;
        let set = std::mem::take(&mut self.set);
        for (place, ids) in set.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            let new: Vec<&Tag> = ids.iter().filter_map(|id| self.tags.get(id)).collect();
            let on_top = on_top(&new);
            let taken: Vec<(Time, Time)> = on_top.iter().map(|(_, from, to)| (*from, *to)).collect();
            let mut pieces: BTreeMap<u64, Vec<(Time, Time)>> = BTreeMap::new();
            for (id, from, to) in on_top {
                pieces.entry(id).or_default().push((from, to));
            }
            for tag in new.iter().filter(|tag| tag.end.is_some()) {
                let pieces = pieces.remove(&tag.id).unwrap_or_default();
                fresh = put_pieces(&mut edits, tag, &pieces, fresh, false);
            }
            let old = self.tags.values().filter(|tag| tag.end.is_some() && !ids.contains(&tag.id));
            for tag in old.filter(|tag| self.place(tag).as_ref() == Some(&place)) {
                let pieces = without(tag.start, tag.end.unwrap_or(tag.start), &taken);
                let moved = self.moved.contains(&tag.id);
                fresh = put_pieces(&mut edits, tag, &pieces, fresh, moved);
            }
        }
        edits
    }
}

/// Adds the edits that leave the pieces of a state; the first keeps its id. Returns the next unused id.
fn put_pieces(edits: &mut Vec<Edit>, tag: &Tag, pieces: &[(Time, Time)], fresh: u64, moved: bool) -> u64 {
    if !moved && matches!(pieces, [(from, to)] if *from == tag.start && Some(*to) == tag.end) {
        return fresh;
    }
    let Some(((start, end), others)) = pieces.split_first() else {
        edits.push(Edit::RemoveTag(tag.id));
        return fresh;
    };
    edits.push(Edit::SetTag(Tag { start: *start, end: Some(*end), ..tag.clone() }));
    for ((start, end), id) in others.iter().zip(fresh..) {
        edits.push(Edit::AddTag(Tag { id, start: *start, end: Some(*end), ..tag.clone() }));
    }
    fresh + others.len() as u64
}

/// Of intervals that may overlap, the parts at which each is the one that began last: id, start, end, in order of time.
fn on_top(tags: &[&Tag]) -> Vec<(u64, Time, Time)> {
    let mut ends: Vec<(Time, bool, &Tag)> = Vec::new();
    for tag in tags {
        if let Some(end) = tag.end.filter(|end| *end > tag.start) {
            ends.extend([(tag.start, true, *tag), (end, false, *tag)]);
        }
    }
    ends.sort_by_key(|(time, begins, tag)| (*time, *begins, tag.id));
    let mut running: BTreeSet<(Time, u64)> = BTreeSet::new();
    let mut parts: Vec<(u64, Time, Time)> = Vec::new();
    let mut since = Time(0);
    for (time, begins, tag) in ends {
        if let Some((_, id)) = running.last().filter(|_| since < time) {
            match parts.last_mut() {
                Some((last, _, to)) if last == id && *to == since => *to = time,
                _ => parts.push((*id, since, time)),
            }
        }
        since = time;
        if begins {
            running.insert((tag.start, tag.id))
        } else {
            running.remove(&(tag.start, tag.id))
        };
    }
    parts
}

/// The parts of an interval that others, sorted and apart, leave.
fn without(start: Time, end: Time, taken: &[(Time, Time)]) -> Vec<(Time, Time)> {
    let mut pieces = Vec::new();
    let mut from = start;
    let first = taken.partition_point(|(_, to)| *to <= start);
    for &(begin, to) in taken.get(first..).unwrap_or_default().iter().take_while(|(begin, _)| *begin < end) {
        if begin > from {
            pieces.push((from, begin));
        }
        from = from.max(to);
    }
    if from < end {
        pieces.push((from, end));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::label::Attributes;
    use crate::data::labels::ontology::Word;

    fn word(name: &str, lane: &str) -> Word {
        Word { lane: lane.to_owned(), ..Word::from(name) }
    }

    fn project() -> Project {
        let tags =
            vec![word("dry", "weather"), word("rain", "weather"), word("city", "road"), word("odd", "")];
        Project { ontology: Ontology { tags, classes: Vec::new() }, ..Project::default() }
    }

    fn tag(id: u64, kind: &str, start: i64, end: i64) -> Tag {
        Tag {
            id,
            clip: "a".to_owned(),
            kind: kind.to_owned(),
            start: Time(start),
            end: Some(Time(end)),
            note: String::new(),
            attributes: Attributes::new(),
        }
    }

    /// Applies an edit as the editor does; the states as text afterwards.
    fn after(project: &mut Project, edit: Edit) -> String {
        let edit = settled(project, edit);
        let inverse = project.apply(edit).unwrap();
        let mut copy = project.clone();
        let states = shown(project);
        copy.apply(inverse).unwrap();
        assert_eq!(shown(&copy), LAST.with(|last| last.replace(states.clone())), "one step takes it back");
        states
    }

    thread_local! {
        static LAST: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
    }

    fn shown(project: &Project) -> String {
        let mut tags: Vec<&Tag> = project.tags.iter().collect();
        tags.sort_by_key(|tag| (tag.start, tag.id));
        let text = |tag: &&Tag| format!("{} {}-{}", tag.kind, tag.start.0, tag.range().end.0);
        tags.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn whatever_is_set_last_cuts_the_others_of_its_lane_and_no_more() {
        let mut project = project();
        assert_eq!(after(&mut project, Edit::AddTag(tag(1, "dry", 0, 100))), "dry 0-100");
        assert_eq!(after(&mut project, Edit::AddTag(tag(2, "city", 10, 90))), "dry 0-100, city 10-90");
        let states = after(&mut project, Edit::AddTag(tag(3, "rain", 40, 60)));
        assert_eq!(states, "dry 0-40, city 10-90, rain 40-60, dry 60-100", "cut in two");
        let mut free = tag(9, "odd", 0, 80);
        free.clip = "a".to_owned();
        after(&mut project, Edit::AddTag(free));
        let states =
            after(&mut project, Edit::AddTag(Tag { clip: "b".to_owned(), ..tag(10, "rain", 0, 100) }));
        assert!(states.contains("dry 0-40") && states.contains("rain 0-100"), "{states}");
        // The end of the rain is dragged back: the dry state after it follows.
        let states = after(&mut project, Edit::SetTag(tag(3, "rain", 40, 50)));
        assert!(states.contains("rain 40-50") && states.contains("dry 50-100"), "{states}");
        // Its start is dragged on: the dry state before it follows.
        let states = after(&mut project, Edit::SetTag(tag(3, "rain", 45, 50)));
        assert!(states.contains("dry 0-45, ") && states.contains("rain 45-50"), "{states}");
        // It is dragged away: the state after it fills its place, and no more.
        let states = after(&mut project, Edit::SetTag(tag(3, "rain", 10, 15)));
        assert!(states.contains("dry 15-45") && states.contains("dry 45-100"), "{states}");
        // It is dragged over everything.
        let states = after(&mut project, Edit::SetTag(tag(3, "rain", 0, 200)));
        assert_eq!(states.matches("dry").count(), 0, "{states}");
    }

    #[test]
    fn of_an_import_the_state_that_began_last_holds_and_the_one_before_goes_on_after_it() {
        let mut project = project();
        let group = vec![
            Edit::AddTag(tag(1, "dry", 0, 100)),
            Edit::AddTag(tag(2, "rain", 30, 50)),
            Edit::AddTag(tag(3, "dry", 40, 45)),
        ];
        assert_eq!(
            after(&mut project, Edit::Group(group)),
            "dry 0-30, rain 30-40, dry 40-45, rain 45-50, dry 50-100"
        );
    }

    #[test]
    fn random_edits_never_leave_two_states_at_once() {
        let mut project = project();
        let mut rng = crate::base::rng::Rng::new(7);
        for step in 1..400_u64 {
            let kinds = ["dry", "rain", "city", "odd"];
            let mut of = |most: u64| rng.bits() % most;
            let (start, length) = (of(50) as i64, 1 + of(30) as i64);
            let kind = kinds[of(4) as usize];
            let known: Vec<u64> = project.tags.iter().map(|tag| tag.id).collect();
            let id = known.get(of(8) as usize).copied();
            let edit = match (of(3), id) {
                (0, Some(id)) => Edit::SetTag(tag(id, kind, start, start + length)),
                (1, Some(id)) if step % 5 == 0 => Edit::RemoveTag(id),
                _ => Edit::AddTag(tag(project.fresh_id(), kind, start, start + length)),
            };
            let edit = settled(&project, edit);
            project.apply(edit).unwrap();
            for at in 0..80 {
                for lane in ["weather", "road"] {
                    let states = project.tags.iter().filter(|tag| tag.covers(Time(at), 0));
                    let states = states.filter(|tag| project.ontology.lane_of(&tag.kind) == Some(lane));
                    assert!(states.count() <= 1, "two states of {lane} at {at} after step {step}");
                }
            }
        }
    }
}
