//! Material of the page about a model.

use std::collections::BTreeMap;

use crate::evaluation::intervals::Interval;
use crate::evaluation::model_card::statements::Statements;
use crate::evaluation::samples::Evaluation;
use crate::predictions::source::Source;
use crate::project::Project;
use crate::quality::LabelIssue;
use crate::reports::report::Report;

/// Everything that the page tells.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The project with labels, tags and cases.
    pub project: &'a Project,
    /// The source of the predictions.
    pub source: &'a Source,
    /// The evaluated samples.
    pub evaluation: &'a Evaluation,
    /// Number of samples without ground truth.
    pub unlabeled: usize,
    /// Number of samples without a prediction at their time.
    pub silent: usize,
    /// Labels of classes that the model does not have.
    pub strange: &'a BTreeMap<String, usize>,
    /// The overall numbers with their intervals.
    pub intervals: &'a [Interval],
    /// Number of draws of these intervals.
    pub draws: usize,
    /// Label issues; `None` if the labels were not checked.
    pub issues: Option<&'a [LabelIssue]>,
    /// Report of regression suites, if one was given.
    pub results: Option<&'a Report>,
    /// Answers of people.
    pub statements: &'a Statements,
}
