//! Content of a report on a run of suites, whatever its format.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::text::counted;
use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;

/// A run of one or more suites with one model.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name of the model.
    pub model: String,
    /// SHA-256 of the model file.
    pub model_sha256: String,
    /// Title of the backend.
    pub backend: String,
    /// The suites in the order of the command line.
    pub suites: Vec<SuiteReport>,
    /// Failures that fail the run.
    pub gate: Gate,
    /// True if critical cases that are skipped fail the run.
    pub strict: bool,
    /// Treatment of a run that judges nothing.
    pub empty: Empty,
    /// Number of cases of the selection that belong to other parts of a sharded run.
    pub elsewhere: usize,
    /// Folder of the CI job, which paths in annotations and SARIF are relative to; as they were given if absent.
    pub job: Option<PathBuf>,
    /// Folder of the HTML report, if the images that other reports attach are written there.
    pub attachments: Option<PathBuf>,
    /// Metrics of earlier runs and this one, for the drawing over runs.
    pub trend: Vec<TrendPoint>,
    /// True for a part of a sharded run, whose JSON carries the images, so that parts can be merged.
    pub part: bool,
}

/// Failures that fail the run; known failures of a case never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Every failure.
    Any,
    /// Every failure that the baseline does not have.
    #[default]
    New,
    /// Only cases that passed in the baseline.
    Regression,
    /// None: the run records verdicts (`--update-baseline`).
    Nothing,
}

/// Treatment of a run that judged nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Empty {
    /// A conclusion of its own, exit code 5.
    #[default]
    Told,
    /// A failure (`--fail-on empty`).
    Fails,
    /// Nothing to mind (`--allow-empty`).
    Allowed,
}

/// A failure that the case calls known, against the day of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It fails as a known failure; the text gives the reason.
    Accepted(String),
    /// It fails and the day until which that was accepted has passed.
    Expired(String),
    /// It passes, so the known failure can be removed.
    Fixed(String),
}

impl Known {
    /// Text for people.
    pub fn text(&self) -> String {
        match self {
            Self::Accepted(reason) => format!("known failure: {reason}"),
            Self::Expired(reason) => format!("known failure expired: {reason}"),
            Self::Fixed(reason) => format!("unexpected pass, remove the known failure: {reason}"),
        }
    }
}

/// One suite's part.
#[derive(Clone, Debug, Default)]
pub struct SuiteReport {
    /// Its name.
    pub name: String,
    /// Its folder as it was given, for the line that tells how to open a case.
    pub folder: String,
    /// Its cases in the order of their names.
    pub cases: Vec<ReportCase>,
}

/// One case's part.
#[derive(Clone, Debug)]
pub struct ReportCase {
    /// Its name.
    pub id: String,
    /// Verdict of the case.
    pub status: Status,
    /// The reason, or "".
    pub why: String,
    /// Value minus bound of the claim, in its own unit; above 0 it passes.
    pub margin: Option<f64>,
    /// The metric that a case about a data set is about.
    pub metric: Option<Metric>,
    /// Note of the person who saved the case.
    pub note: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The claim, as text.
    pub claim: String,
    /// The transforms, as text, with their seed.
    pub change: String,
    /// Origin of the input.
    pub source: String,
    /// True if the case decides the exit code.
    pub critical: bool,
    /// Change against the baseline.
    pub since: Since,
    /// Set when the case is marked as a known failure.
    pub known: Option<Known>,
    /// The prediction for the original.
    pub before: Option<Prediction>,
    /// The prediction for the transformed input.
    pub after: Option<Prediction>,
    /// The expected prediction.
    pub expected: Option<Prediction>,
    /// Original and transformed image, for cases that do not pass.
    pub pictures: Option<(Image, Image)>,
    /// Rendering of the two images.
    pub look: Look,
    /// The case at other severities, from none to its own; for cases that fail.
    pub steps: Vec<Step>,
    /// Duration in seconds.
    pub seconds: f64,
}

/// A metric of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its value.
    pub value: f64,
    /// Ends of its interval, where it has one.
    pub interval: Option<[f64; 2]>,
    /// The bound of the claim.
    pub bound: f64,
    /// Number of things that were evaluated.
    pub support: usize,
    /// Its name: that of a claim.
    #[serde(default)]
    pub name: String,
    /// Its definition in a sentence.
    #[serde(default)]
    pub definition: String,
    /// Confidence of the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// True if the interval has the bound inside.
    #[serde(default)]
    pub open: bool,
}

/// A metric of a case in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrendPoint {
    /// Name of the run: a commit, the number of a build.
    pub run: String,
    /// Time of the run in UTC, as ISO 8601; none in files of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The suite.
    pub suite: String,
    /// The case.
    pub case: String,
    /// The claim, as text.
    pub claim: String,
    /// The metric.
    pub value: f64,
    /// Ends of its interval, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The bound of the claim.
    pub bound: f64,
    /// Number of things that were evaluated.
    pub support: usize,
    /// The verdict.
    pub verdict: Status,
    /// SHA-256 of the model under test.
    pub model_sha256: String,
}

/// One severity of a case and its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Fraction of the case's own severity: 0 is the original, 1 the case.
    pub part: f64,
    /// The transforms at that severity, as text.
    pub change: String,
    /// The transformed input as JPEG, reduced to what a slider shows; base64 in JSON.
    #[serde(with = "crate::reports::images")]
    pub jpeg: Vec<u8>,
    /// Width and height of the image in pixels before it was reduced, which boxes are in.
    pub size: (u32, u32),
    /// The prediction, its boxes in pixels of the image.
    pub seen: Option<Prediction>,
    /// Verdict at that severity.
    pub status: Status,
    /// The reason, or "".
    pub why: String,
    /// Value minus bound of the claim, in its own unit; above 0 it passes.
    pub margin: Option<f64>,
}

/// Verdict of a case, or an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The claim passes.
    Pass,
    /// It does not.
    Fail,
    /// It could not be evaluated.
    Skip,
    /// It could not be run.
    Error,
}

impl Status {
    /// `pass`, `fail`, `skip` or `error`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Error => "error",
        }
    }
}

/// Change of a case against the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// There is no baseline, or nothing changed.
    Unchanged,
    /// The case is not in the baseline.
    New,
    /// It passed before.
    Broken,
    /// It failed before and still does.
    Known,
    /// It failed before.
    Fixed,
}

impl Since {
    /// Title for people; "" if there is nothing to report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Broken => "newly failing",
            Self::Unchanged | Self::New | Self::Known | Self::Fixed => self.word(),
        }
    }

    /// Word in files that programs read, which stays the same; "" if there is nothing to report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "",
            Self::New => "new case",
            Self::Broken => "newly broken",
            Self::Known => "known",
            Self::Fixed => "fixed",
        }
    }
}

/// Number of cases by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Skipped.
    pub skip: usize,
    /// Could not be run.
    pub error: usize,
}

impl Counts {
    /// The counts as one line: "12 passed, 0 failed, 1 skipped, 1 error".
    pub fn line(self) -> String {
        let errors = counted(self.error, "error");
        format!("{} passed, {} failed, {} skipped, {errors}", self.pass, self.fail, self.skip)
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.pass + self.fail + self.skip + self.error
    }
}

impl SuiteReport {
    /// Number of cases by status.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for case in &self.cases {
            match case.status {
                Status::Pass => counts.pass += 1,
                Status::Fail => counts.fail += 1,
                Status::Skip => counts.skip += 1,
                Status::Error => counts.error += 1,
            }
        }
        counts
    }
}

impl Report {
    /// Number of cases of all suites by status.
    pub fn counts(&self) -> Counts {
        self.suites.iter().map(SuiteReport::counts).fold(Counts::default(), |a, b| Counts {
            pass: a.pass + b.pass,
            fail: a.fail + b.fail,
            skip: a.skip + b.skip,
            error: a.error + b.error,
        })
    }
}

impl Report {
    /// Definitions of the metrics that cases are about, by name, each once.
    pub fn definitions(&self) -> BTreeMap<&str, &str> {
        let metrics =
            self.suites.iter().flat_map(|suite| &suite.cases).filter_map(|case| case.metric.as_ref());
        let named = metrics.filter(|metric| !metric.definition.is_empty());
        named.map(|metric| (metric.name.as_str(), metric.definition.as_str())).collect()
    }
}

impl ReportCase {
    /// Remark beside the verdict: change against the baseline, and known failures.
    pub fn remark(&self) -> String {
        let since = self.since.title().to_owned();
        let known = self.known.as_ref().map(Known::text).unwrap_or_default();
        let both: Vec<String> = [since, known].into_iter().filter(|text| !text.is_empty()).collect();
        both.join("; ")
    }
}
