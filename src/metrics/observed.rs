//! Observations of a model on a set of inputs: vectors of a layer, classes, scores.

use crate::metrics::neighbors::Vectors;

/// Behavior of a model on a set of inputs; all lists have one entry an input.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Values of the layer for surprise and distances: means of channels, or single numbers.
    pub features: Vectors,
    /// Values of the layer whole, and where asked for its style, for the validation of inputs.
    pub content: Vectors,
    /// Index of the predicted class; 0 for a model without classes.
    pub classes: Vec<usize>,
    /// Numbers before the softmax; empty if the model gives none.
    pub logits: Vec<Vec<f64>>,
    /// Probability of each class; empty for a model without classes.
    pub probabilities: Vec<Vec<f64>>,
}

impl Observed {
    /// Number of inputs.
    pub fn count(&self) -> usize {
        self.classes.len()
    }

    /// Indices of the inputs by predicted class, classes without inputs left out.
    pub fn by_class(&self) -> std::collections::BTreeMap<usize, Vec<usize>> {
        let mut places: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
        for (at, class) in self.classes.iter().enumerate() {
            places.entry(*class).or_default().push(at);
        }
        places
    }
}

/// Reason why a score cannot be computed against a reference set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The reference set is too small.
    #[error("the reference set has {found} inputs, at least {needed} are needed")]
    TooFew {
        /// Its size.
        found: usize,
        /// The least size.
        needed: usize,
    },
    /// There is one class only.
    #[error("all {found} inputs of the reference set are predicted as one class, two are needed")]
    OneClass {
        /// Size of the reference set.
        found: usize,
    },
    /// The layer says nothing.
    #[error("the layer has the same values for all inputs of a class, choose another with --layer")]
    Constant,
    /// No class can be used.
    #[error("no class can be used: {}", reasons.join("; "))]
    NoClass {
        /// Reasons, class by class.
        reasons: Vec<String>,
    },
    /// The model gives probabilities only.
    #[error("the model gives no numbers before its softmax")]
    NoLogits,
    /// The model does not classify.
    #[error("the model has no classes")]
    NoClasses,
}
