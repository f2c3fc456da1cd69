//! Cases: an input, a transform of it and a claim; and the suites they belong to.

use serde::{Deserialize, Serialize};

use crate::base::params::Params;
use crate::base::time::{Date, Time, TimeRange};
use crate::data::cases::area;
use crate::data::cases::attacked::{AttackedInput, Glance};
use crate::data::cases::stack::Stack;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::Mask;
use crate::data::geometry::solid::Solid;
use crate::data::time::window::Reach;

/// A claim by the id of its relation or check, with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimSpec {
    /// A relation between two predictions (`"same_objects"`) or a check of one (`"no_object"`).
    pub claim: String,
    /// Values by parameter; absent ones have their initial value.
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    pub params: Params,
    /// Class or value that the claim is about, for claims that need one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Region of the original image that the claim applies to; everywhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Box2>,
    /// Cuboid that the claim applies to, in the coordinates of the original points; instead of a region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Solid>,
    /// The true pixels of the class in the original image, for claims about areas.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "area")]
    pub area: Option<Mask>,
    /// Expression of the claim, for the relation `expression`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// True if the prediction must stay the same where a transform promises nothing, as `DeepTest` assumes for
    /// small changes of the camera. Otherwise such a case is skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assume_same: bool,
}

/// Named subject of a claim: none, optional or required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The claim is about the prediction as a whole.
    None,
    /// The claim may name one class or value, and is about all if none is named.
    Optional,
    /// The claim must name one class or value.
    Needed,
    /// It is about one recorded signal.
    Signal,
}

impl ClaimSpec {
    /// The claim `id` with its initial parameters, about everything.
    pub fn new(id: &str) -> Self {
        Self {
            claim: id.to_owned(),
            params: Params::default(),
            class: None,
            region: None,
            object: None,
            area: None,
            expression: None,
            assume_same: false,
        }
    }
}

/// A known failure (xfail): the case is expected to fail, until a date if one is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// Reason for accepting it: a ticket, a sentence.
    pub reason: String,
    /// The last day of the expectation; without end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Origin of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Account name of the person who saved it; "" if the system has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Day on which it was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// Capture time of the frame, nanoseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Time>,
    /// SHA-256 of the model that was run when it was saved.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model_sha256: String,
    /// Verdict of that model.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub verdict: String,
    /// A person's judgment of the transformed image: true if the frame is still valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
    /// SHA-256 of the frozen input on which the failure was seen again, for a case that an assistant proposed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub input_sha256: String,
    /// Judgment of a person who saw the attacked image for a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glance: Option<Glance>,
}

/// Conditions of judging a case beyond its claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Set if the case is expected to fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_failure: Option<KnownFailure>,
    /// Number of runs; differing verdicts make the case flaky, which is a failure. Never a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// Origin of the case.
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

/// A stretch of a recording that a case is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The first moment inside.
    pub from: Time,
    /// The first moment after.
    pub to: Time,
    /// Beginning of the recording, so that another recording of the same drive can be laid beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Time>,
    /// Channels that are kept with the case; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
}

impl Interval {
    /// The stretch as a range of time.
    pub fn range(&self) -> TimeRange {
        TimeRange { start: self.from, end: self.to }
    }

    /// The same stretch of another recording: at the same time if that is in it, else so long after its beginning.
    #[must_use]
    pub fn within(&self, other: TimeRange) -> Self {
        let inside = self.from < other.end && self.to > other.start;
        match self.begin.filter(|_| !inside) {
            None => self.clone(),
            Some(begin) => {
                let moved = |time: Time| other.start + (time - begin);
                Self { from: moved(self.from), to: moved(self.to), begin: Some(other.start), ..self.clone() }
            }
        }
    }
}

/// A case saved in a project: it points into a recording.
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
    /// Index of the frame in the channel.
    pub frame: usize,
    /// Frames and signals before it that the model needs, and whether it needs depth.
    #[serde(default, skip_serializing_if = "Reach::is_plain")]
    pub reach: Reach,
    /// The stretch of the recording, for a case about one; channel and frame say where to look then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Transforms of the input; may be empty if the claim is about one prediction.
    pub stack: Stack,
    /// The image that an attack made of the transformed input, frozen: it is judged in place of what the transforms make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack: Option<AttackedInput>,
    /// The claim to judge.
    pub oracle: ClaimSpec,
    /// Further claims about the same stretch; all must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<ClaimSpec>,
    /// Tags to select by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Reason for saving it.
    #[serde(default)]
    pub why: String,
    /// Conditions of judging beyond the claim.
    #[serde(default, skip_serializing_if = "Terms::are_usual")]
    pub terms: Terms,
}
