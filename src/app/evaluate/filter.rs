//! Which items are shown, and in which order.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evaluation::comparison::Which;
use crate::evaluation::slices::Cut;
use crate::metrics::detection_errors::Outcome;

/// In which order mistakes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The surest mistakes first.
    #[default]
    Confidence,
    /// The least overlap first.
    Overlap,
    /// As they were recorded.
    Time,
    /// Where the truth was given the least probability.
    Loss,
    /// Least like what the model gets right, by the vectors of the map.
    Surprise,
    /// Most like a chosen item, by the vectors of the map.
    Likeness,
}

/// Which items are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Only this outcome; without one every mistake.
    pub outcome: Option<Outcome>,
    /// Only a cell of the confusion matrix: true and answered class, "" for nothing.
    pub cell: Option<(String, String)>,
    /// Only this part of the data.
    pub slice: Option<(Cut, String)>,
    /// And of that only this part.
    pub and: Option<(Cut, String)>,
    /// Only what this is true of; "" asks for nothing.
    pub query: String,
    /// Only these, chosen on the map or by likeness.
    pub only: Option<Arc<BTreeSet<usize>>>,
    /// Only what this model recognized and the compared one did not, or the reverse.
    pub compared: Option<Which>,
    /// In which order.
    pub order: Order,
}

/// A filter with a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// What somebody called it.
    pub name: String,
    /// What is asked.
    pub query: String,
}
