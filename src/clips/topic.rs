//! One topic of a recording: its messages, the numbers in them, and its name among others.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::time::Time;
use crate::clips::messages::{Decoder, numbers};
use crate::data::clip::ChannelKind;

/// Location of a message; the reader defines both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) block: u64,
    pub(super) offset: u64,
}

/// The messages of one name and one type.
#[derive(Clone)]
pub(super) struct Topic {
    pub(super) name: String,
    /// Name of the schema.
    pub(super) schema: String,
    pub(super) encoding: String,
    /// Suffix that tells it apart from topics of the same name and another type.
    pub(super) twin: String,
    pub(super) decoder: Arc<Decoder>,
    /// Messages that cannot be decoded, and the problem of the first.
    pub(super) broken: usize,
    pub(super) problem: Option<String>,
    /// True if messages hold more numbers than are plotted.
    pub(super) overfull: bool,
    /// Times and locations of all messages.
    pub(super) times: Arc<Vec<Time>>,
    pub(super) places: Arc<Vec<Place>>,
    /// Times of the messages whose numbers have been read, shared by all numbers of the topic.
    pub(super) number_times: Arc<Vec<Time>>,
    /// Streams by the path of their number inside the message.
    pub(super) numbers: BTreeMap<String, usize>,
}

impl Topic {
    /// Its name, with its type if another topic has the same.
    pub(super) fn label(&self) -> String {
        format!("{}{}", self.name, self.twin)
    }

    /// True if the messages must be decoded, for numbers, transforms or text.
    pub(super) fn wants_contents(&self) -> bool {
        self.decoder.carries_numbers()
            || matches!(self.decoder.kind(), ChannelKind::Transforms | ChannelKind::Log)
    }

    /// Reason why nothing of it is displayed.
    pub(super) fn why(&self) -> String {
        if self.times.is_empty() {
            return "it has no messages".to_owned();
        }
        match (self.decoder.problem(), &self.problem) {
            (Some(problem), _) => problem.to_string(),
            (None, Some(problem)) => format!("its messages cannot be decoded: {problem}"),
            (None, None) if self.overfull => {
                let longest = numbers::LONGEST;
                format!("it holds arrays of bytes or of more than {longest} entries, which are not plotted")
            }
            (None, None) => "its messages hold no numbers, and nothing else that can be displayed".to_owned(),
        }
    }
}

/// Puts into the names of topics that share one what differs: their types, or a number.
pub(super) fn tell_apart(topics: &mut BTreeMap<u32, Topic>, name: &str) {
    let all: Vec<(String, String)> = topics
        .values()
        .filter(|topic| topic.name == name)
        .map(|topic| (topic.schema.clone(), topic.encoding.clone()))
        .collect();
    if all.len() < 2 {
        return;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for topic in topics.values_mut().filter(|topic| topic.name == name) {
        let by_type = all.iter().filter(|(schema, _)| *schema == topic.schema).count() == 1;
        let by_encoding = all.iter().filter(|(_, encoding)| *encoding == topic.encoding).count() == 1;
        topic.twin = match (by_type && !topic.schema.is_empty(), by_encoding) {
            (true, _) => format!(" ({})", topic.schema),
            (false, true) => format!(" ({})", topic.encoding.replace(['(', ')'], "")),
            (false, false) => {
                let number = seen.entry(topic.encoding.clone()).or_default();
                *number += 1;
                format!(" ({}, definition {number})", topic.schema)
            }
        };
    }
}
