//! Least ambiguous sets.

use crate::base::params::Params;
use crate::metrics::conformal::{BY_CLASS, ConformalKind, Of};

/// One minus the probability of the class.
pub static KIND: ConformalKind = ConformalKind {
    id: "lac",
    title: "Least ambiguous sets",
    meaning: "one minus the probability of the class",
    source: "Sadinle, Lei, Wasserman, Least Ambiguous Set-Valued Classifiers, JASA 2019",
    params: &[BY_CLASS],
    of: Of::Classes(|probabilities, _: &Params, _| probabilities.iter().map(|p| 1.0 - p).collect()),
};
