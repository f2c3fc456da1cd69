//! Tags of a recording as intervals, for work that does not open the project again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::time::Time;
use crate::data::labels::odd;
use crate::project::{Project, TAG_REACH_NS};

/// An interval of a recording in which a tag holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagSpan {
    /// Type of the tag.
    pub kind: String,
    /// Start of the interval, nanoseconds since 1970.
    pub start_ns: i64,
    /// End of the interval, nanoseconds since 1970, itself outside.
    pub end_ns: i64,
}

/// The intervals of all tags of a recording, in the order of the project.
pub fn of(project: &Project, clip: &str) -> Vec<TagSpan> {
    let own = project.tags.iter().filter(|tag| tag.clip == clip);
    let spans = own.filter_map(|tag| {
        let (start_ns, end_ns) = match (odd::name_of(&tag.kind), tag.end) {
            (Some(_), _) if odd::is_present(tag) => (i64::MIN, i64::MAX),
            (Some(_), _) => return None,
            (None, Some(end)) => (tag.start.0, end.0),
            (None, None) => {
                let start = tag.start.0;
                (start.saturating_sub(TAG_REACH_NS), start.saturating_add(TAG_REACH_NS + 1))
            }
        };
        Some(TagSpan { kind: tag.kind.clone(), start_ns, end_ns })
    });
    spans.collect()
}

/// Types of the tags at a moment, each once, in order; the same as [`Project::tags_at`].
pub fn at(spans: &[TagSpan], time: Time) -> Vec<String> {
    let holds = spans.iter().filter(|span| (span.start_ns..span.end_ns).contains(&time.0));
    let kinds: BTreeSet<&String> = holds.map(|span| &span.kind).collect();
    kinds.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::label::{Attributes, Value};
    use crate::data::labels::tag::Tag;

    #[test]
    fn intervals_say_the_same_as_the_project() {
        let tag = |clip: &str, kind: &str, start, end: Option<i64>| Tag {
            id: 0,
            clip: clip.to_owned(),
            kind: kind.to_owned(),
            start: Time(start),
            end: end.map(Time),
            note: String::new(),
            attributes: Attributes::default(),
        };
        let mut absent = tag("a", &odd::kind_of("Fog"), 0, None);
        absent.attributes.insert(odd::PRESENT.to_owned(), Value::Flag(false));
        let tags = vec![
            tag("a", "wet", 2_000_000_000, Some(3_000_000_000)),
            tag("a", "crowd", 2_700_000_000, None),
            tag("a", "wet", 2_500_000_000, Some(4_000_000_000)),
            tag("b", "glare", 2_000_000_000, Some(3_000_000_000)),
            tag("a", &odd::kind_of("WeatherRain"), 0, None),
            absent,
        ];
        let project = Project { tags, ..Project::default() };
        let spans = of(&project, "a");
        assert_eq!(spans.len(), 4, "one belongs to another recording, one says that there is none");
        let mut most = 0;
        for time in (0..5_000_000_000_i64).step_by(100_000_000).flat_map(|at| [at - 1, at, at + 1]) {
            let kinds = at(&spans, Time(time));
            assert_eq!(kinds, project.tags_at("a", Time(time)), "{time}");
            most = most.max(kinds.len());
        }
        assert_eq!(most, 3);
    }
}
