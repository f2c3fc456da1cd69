//! Conclusion of a run: one word for the exit code and for the first line of every report.

use crate::reports::report::{Empty, Gate, Known, Report, ReportCase, Since, Status};

/// Result of a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// At least one critical case was judged, and none fails the run.
    Passed,
    /// Critical cases fail the run.
    Failed,
    /// Critical cases could not be run.
    Errors,
    /// No case was selected.
    NoCase,
    /// Cases were selected and none of them could have failed the run: all are skipped, known failures or not critical.
    NothingJudged,
    /// Nothing had to be judged: a part of a suite without a case of its own, or `--allow-empty`.
    Nothing,
}

impl Conclusion {
    /// The exit code of `hardcase test`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Passed | Self::Nothing => 0,
            Self::Failed => 1,
            Self::Errors => 3,
            Self::NoCase | Self::NothingJudged => 5,
        }
    }

    /// Text for the head of a report.
    pub fn title(self) -> &'static str {
        match self {
            Self::Passed => "All critical cases pass",
            Self::Failed => "Critical cases fail",
            Self::Errors => "Critical cases have errors",
            Self::NoCase => "No case was selected",
            Self::NothingJudged => "No critical case was judged",
            Self::Nothing => "Nothing had to be judged",
        }
    }

    /// The CSS class and the sign of a verdict: `pass`, `fail`, `error` or `skip`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "fail",
            Self::Errors | Self::NoCase | Self::NothingJudged => "error",
            Self::Nothing => "skip",
        }
    }

    /// Sentence for people where the title is not enough: the cause and what to do.
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::NoCase => Some(
                "no case was selected, look at --include, --exclude and the folder, or accept it with --allow-empty",
            ),
            Self::NothingJudged => Some(
                "no critical case was judged: all are skipped, known failures or not critical, accept it with --allow-empty",
            ),
            Self::Nothing => Some("nothing had to be judged"),
            Self::Passed | Self::Failed | Self::Errors => None,
        }
    }
}

impl Report {
    /// Conclusion of the run.
    pub fn conclusion(&self) -> Conclusion {
        let cases = || self.suites.iter().flat_map(|suite| &suite.cases).filter(|case| case.critical);
        let skipped = |case: &ReportCase| self.strict && case.status == Status::Skip;
        if cases().any(|case| self.counts_against(case) || skipped(case)) {
            return Conclusion::Failed;
        }
        if cases().any(|case| case.status == Status::Error) {
            return Conclusion::Errors;
        }
        // A failure that the run lets pass cannot turn it red, so a run of such cases judges nothing.
        let judged = cases().any(|case| case.status == Status::Pass);
        let recorded = self.gate == Gate::Nothing && self.counts().total() > 0;
        if judged || recorded {
            return Conclusion::Passed;
        }
        // The other parts of the suite decide.
        let part_of_more = self.elsewhere > 0;
        let none = self.counts().total() == 0;
        match self.empty {
            Empty::Fails if none => Conclusion::Failed,
            Empty::Allowed => Conclusion::Nothing,
            Empty::Told | Empty::Fails if part_of_more => Conclusion::Nothing,
            Empty::Told | Empty::Fails if none => Conclusion::NoCase,
            Empty::Told | Empty::Fails => Conclusion::NothingJudged,
        }
    }

    /// True if a critical case fails the run.
    fn counts_against(&self, case: &ReportCase) -> bool {
        let stopped = match self.gate {
            Gate::Any => true,
            Gate::New => case.since != Since::Known,
            Gate::Regression => case.since == Since::Broken,
            Gate::Nothing => false,
        };
        case.status == Status::Fail && stopped && !case.accepted()
    }
}

impl ReportCase {
    /// True if it fails as a known failure.
    pub fn accepted(&self) -> bool {
        matches!(self.known, Some(Known::Accepted(_)))
    }
}
