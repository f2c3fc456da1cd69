//! Running a suite: every selected case judged, in parallel, with the same results in the same order.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::base::progress::{Cancelled, Progress};
use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::data::verdict::Verdict;
use crate::inference::model::Model;
use crate::suites::files::{CaseFile, Suite};
use crate::suites::judge::judge;

/// Which cases take part.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only cases with one of these tags; all when empty.
    pub include: Vec<String>,
    /// No case with one of these tags.
    pub exclude: Vec<String>,
    /// Only this case.
    pub case: Option<String>,
    /// This part of so many, from 1: `(2, 8)`.
    pub shard: Option<(usize, usize)>,
}

impl Selection {
    fn takes(&self, id: &str, tags: &[String]) -> bool {
        let any = |wanted: &[String]| wanted.iter().any(|tag| tags.contains(tag));
        self.case.as_ref().is_none_or(|case| case == id)
            && (self.include.is_empty() || any(&self.include))
            && !any(&self.exclude)
    }
}

/// What became of one case.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its name.
    pub id: String,
    /// Its file; none when it could not be read.
    pub case: Option<CaseFile>,
    /// The verdict, or why it could not be run.
    pub outcome: Result<Verdict, String>,
    /// The answer about the original.
    pub before: Option<Prediction>,
    /// The answer about the changed input.
    pub after: Option<Prediction>,
    /// What it had to be.
    pub expected: Option<Prediction>,
    /// Original and changed picture; kept for cases that do not hold.
    pub pictures: Option<(Image, Image)>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl CaseResult {
    /// `pass`, `fail`, `skip` or `error`.
    pub fn word(&self) -> &'static str {
        self.outcome.as_ref().map_or("error", Verdict::word)
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

/// Judges the selected cases on `threads` threads; the order is that of the suite.
pub fn run(
    suite: &Suite,
    model: &Model,
    selection: &Selection,
    threads: usize,
    progress: &Progress,
) -> Result<Vec<CaseResult>, Cancelled> {
    let mut selected: Vec<(String, Result<&CaseFile, &str>)> = suite
        .cases
        .iter()
        .filter(|(id, case)| selection.takes(id, &case.tags))
        .map(|(id, case)| (id.clone(), Ok(case)))
        .collect();
    // A case that cannot be read has no tags, so no selection by tag can rule it out.
    selected.extend(
        suite
            .broken
            .iter()
            .filter(|(id, _)| selection.case.as_ref().is_none_or(|case| case == id))
            .map(|(id, problem)| (id.clone(), Err(problem.as_str()))),
    );
    selected.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some((part, parts)) = selection.shard {
        let mut position = 0;
        selected.retain(|_| {
            position += 1;
            (position - 1) % parts == part - 1
        });
    }
    progress.begin(selected.len() as u64);
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<CaseResult>>> = Mutex::new(vec![None; selected.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, selected.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((id, case)) = selected.get(at) else { return };
                    let result = run_case(suite, model, id, *case);
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

fn run_case(suite: &Suite, model: &Model, id: &str, case: Result<&CaseFile, &str>) -> CaseResult {
    let begun = Instant::now();
    let mut result = CaseResult {
        id: id.to_owned(),
        case: case.ok().cloned(),
        outcome: Err(case.err().unwrap_or_default().to_owned()),
        before: None,
        after: None,
        expected: None,
        pictures: None,
        seconds: 0.0,
    };
    if let Ok(case) = case {
        let judged = suite.picture(case).and_then(|image| {
            judge(model, &image, &case.stack, &case.oracle, None)
                .map(|outcome| (image, outcome))
                .map_err(|err| err.to_string())
        });
        match judged {
            Ok((image, outcome)) => {
                if outcome.verdict != Verdict::Pass {
                    result.pictures = Some((image, outcome.changed));
                }
                result.outcome = Ok(outcome.verdict);
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
