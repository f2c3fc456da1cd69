//! Run of a suite: every selected case evaluated, in parallel, with the same results in the same order.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::base::progress::Progress;
use crate::claims::judge::{Outcome, judge, judge_applied};
use crate::data::cases::verdict::Verdict;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::reports::report::{Status, Step};
use crate::suites::error::CaseError;
use crate::suites::files::{CaseFile, Suite};
use crate::suites::select::Selection;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Result of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its name.
    pub id: String,
    /// Its file; none when it could not be read.
    pub case: Option<CaseFile>,
    /// The verdict, or why it could not be run: text, as reports and other processes have it.
    pub outcome: Result<Verdict, String>,
    /// Value minus bound of the claim, in its own unit, where that was judged.
    pub margin: Option<f64>,
    /// The prediction for the original.
    pub before: Option<Prediction>,
    /// The prediction for the transformed input.
    pub after: Option<Prediction>,
    /// The expected prediction.
    pub expected: Option<Prediction>,
    /// Original and transformed input to look at; for cases that do not pass.
    pub pictures: Option<(Image, Image)>,
    /// Rendering of the two images.
    pub look: Look,
    /// The case at other severities; for cases that fail, where they were asked for.
    pub steps: Vec<Step>,
    /// The transforms as text, where the process that judged it said so.
    pub change: Option<String>,
    /// Duration in seconds.
    pub seconds: f64,
}

/// Resources of a run.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Cases evaluated at the same time.
    pub threads: usize,
    /// Every case is run at least so often, to find those whose verdict is not always the same.
    pub repeats: u32,
}

impl Effort {
    /// Every case once.
    pub fn once(threads: usize) -> Self {
        Self { threads, repeats: 1 }
    }
}

impl CaseResult {
    /// The verdict, or an error where there is none.
    pub fn status(&self) -> Status {
        match self.outcome {
            Ok(Verdict::Pass) => Status::Pass,
            Ok(Verdict::Fail { .. }) => Status::Fail,
            Ok(Verdict::Skip { .. }) => Status::Skip,
            Err(_) => Status::Error,
        }
    }

    /// The reason, or "".
    pub fn why(&self) -> &str {
        match &self.outcome {
            Ok(verdict) => verdict.why(),
            Err(problem) => problem,
        }
    }

    /// Its tags.
    pub fn tags(&self) -> &[String] {
        self.case.as_ref().map_or(&[], |case| &case.tags)
    }
}

/// A case to run: its name, and its file or the reason for which it cannot be read.
pub(super) type Selected<'a> = (String, Result<&'a CaseFile, &'a str>);

/// The selected cases in the order of their names.
pub(super) fn selected<'a>(suite: &'a Suite, selection: &Selection) -> Vec<Selected<'a>> {
    let mut selected: Vec<Selected<'a>> = suite
        .cases
        .iter()
        .filter(|(id, case)| selection.takes(id, &case.tags))
        .map(|(id, case)| (id.clone(), Ok(case)))
        .collect();
    selected.extend(
        suite
            .broken
            .iter()
            .filter(|(id, _)| selection.names(id))
            .map(|(id, problem)| (id.clone(), Err(problem.as_str()))),
    );
    selected.sort_by(|a, b| a.0.cmp(&b.0));
    selected
}

/// Number of cases that the selection takes and that belong to other parts of a sharded run.
pub fn elsewhere(suite: &Suite, selection: &Selection) -> usize {
    let whole = Selection { shard: None, ..selection.clone() };
    selected(suite, &whole).len() - selected(suite, selection).len()
}

/// Judges cases on several threads, each with a state of its own; none for those that a canceled run did not come to.
pub(super) fn each<S>(
    selected: &[Selected<'_>],
    threads: usize,
    progress: &Progress,
    begin: impl Fn() -> S + Sync,
    judge: impl Fn(&mut S, &str, &CaseFile) -> Result<CaseResult, CaseError> + Sync,
) -> Vec<Option<CaseResult>> {
    progress.begin(selected.len() as u64);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<CaseResult>>> = Mutex::new(vec![None; selected.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, selected.len().max(1)) {
            scope.spawn(|| {
                let mut state = begin();
                while progress.check().is_ok() {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((id, case)) = selected.get(at) else { return };
                    let begun = Instant::now();
                    let result = match case {
                        Ok(inner) => judge(&mut state, id, inner)
                            .unwrap_or_else(|err| not_run(id, *case, &err.to_string())),
                        Err(problem) => not_run(id, *case, problem),
                    };
                    let result = CaseResult { seconds: begun.elapsed().as_secs_f64(), ..result };
                    if let Some(slot) = results.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
                        *slot = Some(result);
                    }
                    if progress.step().is_err() {
                        return;
                    }
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Result of a case that could not be run.
pub(super) fn not_run(id: &str, case: Result<&CaseFile, &str>, problem: &str) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        case: case.ok().cloned(),
        outcome: Err(problem.to_owned()),
        margin: None,
        before: None,
        after: None,
        expected: None,
        pictures: None,
        look: Look::Picture,
        steps: Vec::new(),
        change: None,
        seconds: 0.0,
    }
}

/// Results of a suite whose cases cannot be run at all, for one reason.
pub fn none_run(suite: &Suite, selection: &Selection, problem: &str) -> Vec<CaseResult> {
    let problem_of = |case: &Result<&CaseFile, &str>| case.err().unwrap_or(problem).to_owned();
    let selected = selected(suite, selection);
    selected.iter().map(|(id, case)| not_run(id, *case, &problem_of(case))).collect()
}

/// The change of a case as text.
pub(super) fn change_text(catalog: &Catalog, case: &CaseFile) -> String {
    stack::describe_case(catalog, &case.stack, case.attack.as_ref())
}

/// Judges a case so often, on its attacked image if it has one; verdicts that differ are a failure, for nothing about the case does.
pub(super) fn judge_repeatedly(
    catalog: &Catalog,
    model: &Model,
    case: &CaseFile,
    (input, attacked): (&Input, Option<&Input>),
    repeats: u32,
) -> Result<Outcome, CaseError> {
    let run = || match attacked {
        None => judge(catalog, model, input, &case.stack, &case.oracle, None),
        Some(image) => {
            stack::check(catalog, &case.stack)?;
            // An attack promises what the transforms before it promise: people see the same.
            judge_applied(catalog, model, input, image.clone(), &case.stack, &case.oracle, None)
        }
    };
    let mut first = run()?;
    let (mut held, mut flaky) = (u32::from(first.verdict == Verdict::Pass), false);
    for _ in 1..repeats {
        let other = run()?;
        held += u32::from(other.verdict == Verdict::Pass);
        flaky |= other.verdict.word() != first.verdict.word();
        // A failing run is the one to look at.
        if other.verdict.failed() && !first.verdict.failed() {
            first = other;
        }
    }
    let mut outcome = first;
    if flaky {
        let why = outcome.verdict.why();
        outcome.verdict =
            Verdict::Fail { why: format!("flaky, passed in {held} of {repeats} runs, otherwise {why}") };
        // That of a run in which it held says nothing about the failure.
        outcome.margin = outcome.margin.filter(|margin| *margin <= 0.0);
    }
    Ok(outcome)
}
