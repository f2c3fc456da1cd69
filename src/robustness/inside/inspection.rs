//! Inputs of an inspection, and its errors.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::progress::Cancelled;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::inference::model::Model;
use crate::robustness::attacks::{self, AttackKind, Settings};
use crate::robustness::inside::lens::LensError;
use crate::robustness::inside::report::Report;
use crate::transforms::catalog::Catalog;

/// Problems with single inputs that are told.
const TOLD: usize = 5;

/// Ground truth of an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// Index of its class.
    pub class: Option<usize>,
    /// Its numbers, in the order of the model's.
    pub values: Vec<Option<f64>>,
}

/// An input with its ground truth.
#[derive(Clone)]
pub struct Subject {
    /// The input.
    pub input: RecordedInput,
    /// Its ground truth.
    pub truth: Truth,
}

/// An attack on tested images.
pub struct Attacker<'a> {
    /// The attack.
    pub kind: &'static AttackKind,
    /// Its size and effort.
    pub settings: Settings,
    /// The model under attack.
    pub subject: &'a attacks::subject::Subject<'a>,
}

/// Inputs and model of an inspection.
pub struct Inspection<'a> {
    /// The model.
    pub model: &'a Model,
    /// Inputs that the model is used to.
    pub reference: &'a [Subject],
    /// Inputs to inspect.
    pub tested: &'a [Subject],
    /// Transforms of the tested inputs, one after the other; none without.
    pub stacks: &'a [Stack],
    /// Transforms that a stack may name.
    pub catalog: &'a Catalog,
    /// Claim that has to hold under transforms.
    pub oracle: &'a ClaimSpec,
    /// Attack on the tested images, which stand in a set of their own then.
    pub attacker: Option<Attacker<'a>>,
    /// File that keeps the profile of the reference set; it is used again while model, conventions and inputs are the same.
    pub profile: Option<&'a Path>,
}

/// Error of an inspection.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The model cannot be looked into.
    #[error(transparent)]
    Lens(#[from] LensError),
    /// Nothing was left of a set.
    #[error("no input of the {set} set can be looked at: {why}")]
    Nothing {
        /// Name of the set.
        set: &'static str,
        /// The first problem.
        why: String,
    },
    /// The profile cannot be kept.
    #[error("the profile could not be written ({source}): {}", path.display())]
    Profile {
        /// Its file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The inspection was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

pub(super) fn place(input: &RecordedInput) -> String {
    format!("{} {} {}", input.clip_name, input.channel_name, input.frame)
}

pub(super) fn tell(report: &mut Report, problems: Vec<String>) {
    let more = problems.len().saturating_sub(TOLD);
    report.problems.extend(problems.into_iter().take(TOLD));
    if more > 0 {
        report.problems.push(format!("{more} more inputs could not be looked at"));
    }
}
