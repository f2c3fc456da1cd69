//! What a run of suites is reported as, whatever the format of the report.

use serde::{Deserialize, Serialize};

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
    /// Which backend ran it.
    pub backend: String,
    /// The suites in the order of the command line.
    pub suites: Vec<SuiteReport>,
    /// What makes the run fail.
    pub gate: Gate,
}

/// What makes a run fail; failures that a case itself calls known never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// Every failure.
    Any,
    /// Every failure that the baseline does not have.
    #[default]
    New,
    /// Only what held in the baseline.
    Regression,
}

/// A failure that the case calls known, against the day of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It fails, as it is known to; the text says why that is accepted.
    Accepted(String),
    /// It fails and the day until which that was accepted has passed.
    Expired(String),
    /// It holds, so the mark can go.
    Fixed(String),
}

impl Known {
    /// What a person should know.
    pub fn text(&self) -> String {
        match self {
            Self::Accepted(reason) => format!("known failure: {reason}"),
            Self::Expired(reason) => format!("the known failure has expired: {reason}"),
            Self::Fixed(reason) => format!("no failure any more, remove its mark: {reason}"),
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
    /// What came of it.
    pub status: Status,
    /// The reason, or "".
    pub why: String,
    /// Value minus bound of the claim, in its own unit; above 0 it passes.
    pub margin: Option<f64>,
    /// Why the case was kept.
    pub note: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The claim in words.
    pub claim: String,
    /// The change in words, with its seed.
    pub change: String,
    /// Where the input came from.
    pub source: String,
    /// Whether it decides the exit code.
    pub critical: bool,
    /// How it compares with the baseline.
    pub since: Since,
    /// Set when the case is marked as a known failure.
    pub known: Option<Known>,
    /// The prediction for the original.
    pub before: Option<Prediction>,
    /// The prediction for the transformed input.
    pub after: Option<Prediction>,
    /// What the answer had to be.
    pub expected: Option<Prediction>,
    /// Original and changed picture, for cases that do not hold.
    pub pictures: Option<(Image, Image)>,
    /// How these pictures are looked at.
    pub look: Look,
    /// How long it took.
    pub seconds: f64,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The claim holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be judged.
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

/// How a case compares with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// There is no baseline, or nothing changed.
    Unchanged,
    /// The case is not in the baseline.
    New,
    /// It held before.
    Broken,
    /// It did not hold before and still does not.
    Known,
    /// It did not hold before.
    Fixed,
}

impl Since {
    /// The word in reports; "" where there is nothing to say.
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

/// How many cases came out which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held.
    pub pass: usize,
    /// Did not hold.
    pub fail: usize,
    /// Could not be judged.
    pub skip: usize,
    /// Could not be run.
    pub error: usize,
}

impl Counts {
    /// All of them.
    pub fn total(self) -> usize {
        self.pass + self.fail + self.skip + self.error
    }
}

impl SuiteReport {
    /// How many cases came out which way.
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
    /// How many cases of all suites came out which way.
    pub fn counts(&self) -> Counts {
        self.suites.iter().map(SuiteReport::counts).fold(Counts::default(), |a, b| Counts {
            pass: a.pass + b.pass,
            fail: a.fail + b.fail,
            skip: a.skip + b.skip,
            error: a.error + b.error,
        })
    }

    /// 0 when all held, 1 when something critical did not hold that the gate does not let pass, else 3
    /// when something critical could not be run.
    pub fn exit_code(&self) -> u8 {
        let cases = || self.suites.iter().flat_map(|suite| &suite.cases).filter(|case| case.critical);
        if cases().any(|case| self.counts_against(case)) {
            1
        } else if cases().any(|case| case.status == Status::Error) {
            3
        } else {
            0
        }
    }

    /// Whether a case fails the run when it is critical.
    fn counts_against(&self, case: &ReportCase) -> bool {
        let stopped = match self.gate {
            Gate::Any => true,
            Gate::New => case.since != Since::Known,
            Gate::Regression => case.since == Since::Broken,
        };
        case.status == Status::Fail && stopped && !case.accepted()
    }
}

impl ReportCase {
    /// Whether it fails as it is known to.
    pub fn accepted(&self) -> bool {
        matches!(self.known, Some(Known::Accepted(_)))
    }

    /// What is to be said beside the verdict: how it compares with the baseline and with what is known.
    pub fn remark(&self) -> String {
        let since = self.since.word().to_owned();
        let known = self.known.as_ref().map(Known::text).unwrap_or_default();
        let both: Vec<String> = [since, known].into_iter().filter(|text| !text.is_empty()).collect();
        both.join("; ")
    }
}
