//! Factors: groups of tags of which a scene has some. Each tag is a value.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::nearest::hint;
use crate::base::time::Time;
use crate::data::labels::odd::{self, title};
use crate::data::labels::tag::{MOMENT, Tag};
use crate::mining::coverage::record::Record;

/// A group of tags that are alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// Its values: tags by the name on screen.
    pub values: Vec<String>,
}

/// Reason why factors or constraints cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    /// A text that is no factor.
    #[error("{0:?} is no factor, expected NAME=TAG|TAG, such as light=day|night")]
    Factor(String),
    /// A tag that a factor has twice.
    #[error("the factor {factor:?} has the tag {tag:?} twice, name each tag once")]
    Twice {
        /// The factor.
        factor: String,
        /// The tag.
        tag: String,
    },
    /// A text that is no constraint.
    #[error("{0:?} is no constraint, expected tags that never come together: night & sun ahead")]
    Constraint(String),
    /// A tag that no factor has.
    #[error("no factor has the tag {tag:?}{hint}")]
    Unknown {
        /// The tag.
        tag: String,
        /// The one that is most like it, in words; "" if none is.
        hint: String,
    },
}

/// The factors of the tags that recordings have: each group of the domain with the attributes that are present somewhere, and
/// each other tag by itself.
pub fn usual(records: &[Record]) -> Vec<Factor> {
    let tags = || records.iter().flat_map(|record| &record.tags);
    let present: BTreeSet<&str> =
        tags().filter(|tag| odd::is_present(tag)).filter_map(|tag| odd::name_of(&tag.kind)).collect();
    let mut factors = Vec::new();
    let mut known = BTreeSet::new();
    for group in odd::GROUPS {
        let own = group.entries.iter().filter(|(name, ..)| present.contains(name));
        let values: Vec<String> = own.clone().map(|(_, title, _)| (*title).to_owned()).collect();
        known.extend(own.map(|(name, ..)| *name));
        if !values.is_empty() {
            factors.push(Factor { name: group.title.to_owned(), values });
        }
    }
    for name in present.difference(&known) {
        factors.push(Factor { name: (*name).to_owned(), values: vec![(*name).to_owned()] });
    }
    let plain: BTreeSet<&str> =
        tags().filter(|tag| odd::name_of(&tag.kind).is_none()).map(|tag| tag.kind.as_str()).collect();
    factors.extend(
        plain.into_iter().map(|kind| Factor { name: kind.to_owned(), values: vec![kind.to_owned()] }),
    );
    factors
}

/// A factor from text: `light=day|night`.
pub fn parse(text: &str) -> Result<Factor, FactorError> {
    let wrong = || FactorError::Factor(text.to_owned());
    let (name, values) = text.split_once('=').ok_or_else(wrong)?;
    let values: Vec<String> =
        values.split('|').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect();
    if name.trim().is_empty() || values.is_empty() {
        return Err(wrong());
    }
    let twice = values
        .iter()
        .enumerate()
        .find(|(at, value)| values[..*at].iter().any(|other| other.eq_ignore_ascii_case(value)));
    if let Some((_, tag)) = twice {
        return Err(FactorError::Twice { factor: name.trim().to_owned(), tag: tag.clone() });
    }
    Ok(Factor { name: name.trim().to_owned(), values })
}

/// A constraint from text, as positions of factor and value: `night & sun ahead`.
pub fn constraint(text: &str, factors: &[Factor]) -> Result<Vec<(usize, usize)>, FactorError> {
    let tags: Vec<&str> = text.split('&').map(str::trim).collect();
    if tags.len() < 2 || tags.iter().any(|tag| tag.is_empty()) {
        return Err(FactorError::Constraint(text.to_owned()));
    }
    tags.iter().map(|tag| position(tag, factors)).collect()
}

/// Factor and value of a tag.
fn position(tag: &str, factors: &[Factor]) -> Result<(usize, usize), FactorError> {
    let found = factors.iter().enumerate().find_map(|(at, factor)| {
        let value = factor.values.iter().position(|value| value.eq_ignore_ascii_case(tag))?;
        Some((at, value))
    });
    found.ok_or_else(|| {
        let all = factors.iter().flat_map(|factor| factor.values.iter().map(String::as_str));
        FactorError::Unknown { tag: tag.to_owned(), hint: hint(tag, all) }
    })
}

/// A part of a recording in which the same tags hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Position of the recording.
    pub record: usize,
    /// Its beginning.
    pub start: Time,
    /// Its length in seconds.
    pub secs: f64,
    /// The values that hold, by factor; several where several hold.
    pub values: Vec<Vec<usize>>,
}

/// Extent of a tag, and its values by factor.
type Placed = ((Time, Time), Vec<(usize, usize)>);

/// The scenes of all recordings, in their order.
pub fn scenes(records: &[Record], factors: &[Factor]) -> Vec<Scene> {
    let mut at: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (factor, of) in factors.iter().enumerate() {
        for (value, name) in of.values.iter().enumerate() {
            at.entry(name.to_lowercase()).or_default().push((factor, value));
        }
    }
    let places = |tag: &Tag| {
        let of = |name: &str| at.get(&name.to_lowercase()).cloned().unwrap_or_default();
        let mut all = of(title(&tag.kind));
        for more in of(odd::name_of(&tag.kind).unwrap_or(&tag.kind)) {
            if !all.contains(&more) {
                all.push(more);
            }
        }
        all
    };
    let mut scenes = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let extent = |tag: &Tag| match (odd::name_of(&tag.kind), tag.end) {
            (Some(_), _) => (record.range.start, record.range.end),
            (None, Some(end)) => (tag.start.max(record.range.start), end.min(record.range.end)),
            (None, None) => {
                ((tag.start - MOMENT).max(record.range.start), (tag.start + MOMENT).min(record.range.end))
            }
        };
        let present = |tag: &&Tag| odd::name_of(&tag.kind).is_none() || odd::is_present(tag);
        let own: Vec<Placed> =
            record.tags.iter().filter(present).map(|tag| (extent(tag), places(tag))).collect();
        let mut cuts: BTreeSet<Time> = own.iter().flat_map(|((from, to), _)| [*from, *to]).collect();
        cuts.extend([record.range.start, record.range.end]);
        let cuts: Vec<Time> = cuts.into_iter().collect();
        for pair in cuts.windows(2) {
            let mut values = vec![Vec::new(); factors.len()];
            for (_, places) in own.iter().filter(|((from, to), _)| *from <= pair[0] && pair[1] <= *to) {
                for (factor, value) in places {
                    if !values[*factor].contains(value) {
                        values[*factor].push(*value);
                    }
                }
            }
            let secs = (pair[1] - pair[0]).secs();
            scenes.push(Scene { record: number, start: pair[0], secs, values });
        }
    }
    scenes
}
