//! Cases: an input, a change of it, and what must hold; and the suites they belong to.

use serde::{Deserialize, Serialize};

use crate::base::params::Params;
use crate::base::time::{Date, Time};
use crate::data::cases::stack::Stack;
use crate::data::geometry::box2::Box2;
use crate::data::time::window::Reach;

/// What must hold, by the id of a relation or a check, with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OracleSpec {
    /// A relation between two answers (`"same_objects"`) or a check of one (`"no_object"`).
    pub claim: String,
    /// Values by parameter; what is missing has its initial value.
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    pub params: Params,
    /// The class or the value that the claim is about, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Where in the original picture the claim applies; everywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box2>,
    /// The claim in the words of relation `expression`, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Whether the answer must stay as it was where a transform promises nothing, as `DeepTest` takes it for
    /// small changes of the camera. Otherwise such a case is skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assume_same: bool,
}

/// Whether a claim is about something that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// It is about the answer as a whole.
    None,
    /// It may be about one class or one value, and is about all when none is named.
    Optional,
    /// It is about one class or one value.
    Needed,
}

impl OracleSpec {
    /// The claim `id` with its initial values, about everything.
    pub fn new(id: &str) -> Self {
        Self {
            claim: id.to_owned(),
            params: Params::default(),
            class: None,
            region: None,
            expression: None,
            assume_same: false,
        }
    }
}

/// A failure that is known and accepted: the case is expected to fail, until a day if one is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// Why it is accepted: a ticket, a sentence.
    pub reason: String,
    /// The last day on which it is; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Where a case comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The name of the account that kept it; "" where the system has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The day on which it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// When the picture was taken, nanoseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Time>,
    /// SHA-256 of the model that answered when it was kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model_sha256: String,
    /// What that model answered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub verdict: String,
    /// What a person said of the changed picture: whether one would still know what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
}

/// How a case is judged beyond its claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Set when the case is expected to fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_failure: Option<KnownFailure>,
    /// How often it is run; when the verdicts differ it is flaky, which is a failure. Never a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub kept: Provenance,
}

impl Terms {
    fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

fn is_nothing(kept: &Provenance) -> bool {
    *kept == Provenance::default()
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
    /// How far back of it the model looked, and whether distances were wanted.
    #[serde(default, skip_serializing_if = "Reach::is_plain")]
    pub reach: Reach,
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
    /// How it is judged beyond that.
    #[serde(default, skip_serializing_if = "Terms::are_usual")]
    pub terms: Terms,
}
