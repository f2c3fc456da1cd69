//! Cases: an input, a change of it, and what must hold; and the suites they belong to.

use serde::{Deserialize, Serialize};

use crate::base::params::Params;
use crate::data::objects::Box2;
use crate::data::spec::Stack;

/// What must hold, by the id of a relation or a check, with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OracleSpec {
    /// A relation between two answers (`"same_objects"`) or a check of one (`"no_object"`).
    pub claim: String,
    /// Values by parameter; what is missing has its initial value.
    #[serde(default, skip_serializing_if = "no_params")]
    pub params: Params,
    /// The class that the claim is about, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Where in the original picture the claim applies; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box2>,
}

impl OracleSpec {
    /// The claim `id` with its initial values, about everything.
    pub fn new(id: &str) -> Self {
        Self { claim: id.to_owned(), params: Params::default(), class: None, region: None }
    }
}

/// A case kept in a project: it points into a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Stable name within its suite; also the name of its file.
    pub id: String,
    /// Name of the suite it belongs to.
    pub suite: String,
    /// Name of the clip in the project.
    pub clip: String,
    /// Name of the camera's channel.
    pub channel: String,
    /// Which picture of the channel.
    pub frame: usize,
    /// The change of the input; may be empty when the claim is about one answer.
    pub stack: Stack,
    /// What must hold.
    pub oracle: OracleSpec,
    /// Words to select by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Why it was kept.
    #[serde(default)]
    pub why: String,
}

fn no_params(params: &Params) -> bool {
    params.0.is_empty()
}
