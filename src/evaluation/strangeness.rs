//! Surprise and strangeness of evaluated samples, as fields of queries and as an order.

/// Scores of the samples of an evaluation against a reference set, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleScores {
    /// Surprise; none where the reference set has nothing to compare with.
    pub surprise: Vec<Option<f64>>,
    /// Score of input validation, higher is stranger.
    pub validity: Vec<Option<f64>>,
}

impl SampleScores {
    /// The scores called `name`; none for another name.
    pub fn field(&self, name: &str) -> Option<&[Option<f64>]> {
        match name {
            "surprise" => Some(&self.surprise),
            "validity" => Some(&self.validity),
            _ => None,
        }
    }
}
