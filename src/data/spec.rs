//! Transforms by name: what a file, a slider and a command line say about a change of the input.

use serde::{Deserialize, Serialize};

use crate::base::params::Params;

/// One transform by its id, with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformSpec {
    /// Which transform: `"fog"`.
    pub transform: String,
    /// Its values by parameter; what is missing has its initial value.
    #[serde(default, skip_serializing_if = "no_params")]
    pub params: Params,
    /// Whether it takes part.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
}

/// Transforms in the order in which they are applied, and the seed of all chance in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// Fixes all chance: the same seed gives the same picture.
    #[serde(default)]
    pub seed: u64,
    /// First to last.
    #[serde(default)]
    pub transforms: Vec<TransformSpec>,
}

impl TransformSpec {
    /// The transform `id` with its initial values.
    pub fn new(id: &str) -> Self {
        Self { transform: id.to_owned(), params: Params::default(), enabled: true }
    }
}

impl Stack {
    /// The transforms that take part.
    pub fn active(&self) -> impl Iterator<Item = (usize, &TransformSpec)> {
        self.transforms.iter().enumerate().filter(|(_, spec)| spec.enabled)
    }
}

fn no_params(params: &Params) -> bool {
    params.0.is_empty()
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_true(value: &bool) -> bool {
    *value
}
