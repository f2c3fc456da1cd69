//! Selection and order of the shown items.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evaluation::comparison::Which;
use crate::evaluation::slices::Cut;
use crate::metrics::detection_errors::Outcome;

/// In which order mistakes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The surest mistakes first; of numbers the largest errors.
    #[default]
    Confidence,
    /// The least overlap first.
    Overlap,
    /// As they were recorded.
    Time,
    /// By the least probability of the true class.
    Loss,
    /// By distance from correct predictions, in the embedding map.
    Surprise,
    /// By surprise against the reference set.
    Strange,
    /// By the score of validity against the reference set, the strangest first.
    Invalid,
    /// Most like a chosen item, by the vectors of the map.
    Likeness,
}

/// Selection of the shown items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Only this outcome; without one every mistake.
    pub outcome: Option<Outcome>,
    /// Only a cell of the confusion matrix: true and predicted class, "" for the background.
    pub cell: Option<(String, String)>,
    /// Only this part of the data.
    pub slice: Option<(Cut, String)>,
    /// And of that only this part.
    pub and: Option<(Cut, String)>,
    /// Only items that match this query; "" for all.
    pub query: String,
    /// Only these, chosen on the map or by likeness.
    pub only: Option<Arc<BTreeSet<usize>>>,
    /// Only items that this model got right and the compared one did not, or the reverse.
    pub compared: Option<Which>,
    /// In which order.
    pub order: Order,
}

/// A filter with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Name given by a person.
    pub name: String,
    /// Text of the query.
    pub query: String,
}
