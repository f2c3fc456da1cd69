//! Run of a suite: every selected case evaluated, in parallel, with the same results in the same order.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::base::progress::{Cancelled, Progress};
use crate::claims::judge::{Outcome, judge};
use crate::data::cases::verdict::Verdict;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::reports::report::Status;
use crate::suites::files::{CaseFile, Suite};
use crate::suites::select::Selection;
use crate::transforms::catalog::Catalog;

/// Result of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its name.
    pub id: String,
    /// Its file; none when it could not be read.
    pub case: Option<CaseFile>,
    /// The verdict, or why it could not be run.
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

/// Judges the selected cases on several threads; the order is that of the suite.
pub fn run(
    suite: &Suite,
    catalog: &Catalog,
    model: &Model,
    selection: &Selection,
    effort: Effort,
    progress: &Progress,
) -> Result<Vec<CaseResult>, Cancelled> {
    let mut selected: Vec<(String, Result<&CaseFile, &str>)> = suite
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
    progress.begin(selected.len() as u64);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<CaseResult>>> = Mutex::new(vec![None; selected.len()]);
    std::thread::scope(|scope| {
        for _ in 0..effort.threads.clamp(1, selected.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((id, case)) = selected.get(at) else { return };
                    let result = run_case((suite, catalog), model, id, *case, effort.repeats);
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
    progress.check()?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}

fn run_case(
    (suite, catalog): (&Suite, &Catalog),
    model: &Model,
    id: &str,
    case: Result<&CaseFile, &str>,
    repeats: u32,
) -> CaseResult {
    let begun = Instant::now();
    let mut result = CaseResult {
        id: id.to_owned(),
        case: case.ok().cloned(),
        outcome: Err(case.err().unwrap_or_default().to_owned()),
        margin: None,
        before: None,
        after: None,
        expected: None,
        pictures: None,
        look: Look::Picture,
        seconds: 0.0,
    };
    if let Ok(case) = case {
        let repeats = repeats.max(case.repeats.unwrap_or(1)).max(1);
        match judge_repeatedly((suite, catalog), model, case, repeats) {
            Ok((input, outcome)) => {
                let look = Look::of(&input);
                if outcome.verdict != Verdict::Pass {
                    result.pictures = Some((look.draw(&input), look.draw(&outcome.changed)));
                }
                result.look = look;
                result.outcome = Ok(outcome.verdict);
                result.margin = outcome.margin;
                result.before = Some(outcome.before);
                result.after = Some(outcome.after);
                result.expected = outcome.expected;
            }
            Err(problem) => result.outcome = Err(problem),
        }
    }
    result.seconds = begun.elapsed().as_secs_f64();
    result
}

/// Judges a case so often; verdicts that differ are a failure, for nothing about the case does.
fn judge_repeatedly(
    (suite, catalog): (&Suite, &Catalog),
    model: &Model,
    case: &CaseFile,
    repeats: u32,
) -> Result<(Input, Outcome), String> {
    let input = suite.input(case)?;
    let run =
        || judge(catalog, model, &input, &case.stack, &case.oracle, None).map_err(|err| err.to_string());
    let mut outcomes = (0..repeats).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    let held = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass).count();
    // A failing run is the one to look at.
    let worst = outcomes.iter().position(|outcome| outcome.verdict.failed()).unwrap_or(0);
    let flaky = outcomes.iter().any(|outcome| outcome.verdict.word() != outcomes[0].verdict.word());
    let mut outcome = outcomes.swap_remove(worst);
    if flaky {
        let why = outcome.verdict.why();
        outcome.verdict =
            Verdict::Fail { why: format!("flaky, passed in {held} of {repeats} runs, otherwise {why}") };
        // That of a run in which it held says nothing about the failure.
        outcome.margin = outcome.margin.filter(|margin| *margin <= 0.0);
    }
    Ok((input, outcome))
}
