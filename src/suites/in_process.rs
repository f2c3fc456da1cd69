//! Run of a suite inside of this process.

use crate::base::errors::quietly;
use crate::base::progress::{Cancelled, Progress};
use crate::data::cases::verdict::Verdict;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::suites::files::{CaseFile, Suite};
use crate::suites::run::{CaseResult, Effort, each, judge_repeatedly, not_run, selected};
use crate::suites::select::Selection;
use crate::suites::stretches::{self, Ground};
use crate::transforms::catalog::Catalog;

/// Judges the selected cases on several threads inside of this process; the order is that of the suite.
pub fn run(
    suite: &Suite,
    catalog: &Catalog,
    model: &Model,
    selection: &Selection,
    effort: Effort,
    progress: &Progress,
) -> Result<Vec<CaseResult>, Cancelled> {
    let selected = selected(suite, selection);
    let judge = |(): &mut (), id: &str, case: &CaseFile| {
        if case.input.interval.is_some() {
            return stretches::judge(suite, &Ground::Kept, id, case);
        }
        let (input, attacked) = (suite.input(case)?, suite.attacked(case)?);
        let repeats = case.runs(effort.repeats);
        let outcome =
            quietly(|| judge_repeatedly(catalog, model, case, (&input, attacked.as_ref()), repeats))
                .unwrap_or_else(|panic| Err(panic.into()))?;
        let look = Look::of(&input);
        Ok(CaseResult {
            pictures: (outcome.verdict != Verdict::Pass)
                .then(|| (look.draw(&input), look.draw(&outcome.changed))),
            look,
            outcome: Ok(outcome.verdict),
            margin: outcome.margin,
            before: Some(outcome.before),
            after: Some(outcome.after),
            expected: outcome.expected,
            ..not_run(id, Ok(case), "")
        })
    };
    let results = each(&selected, effort.threads, progress, || (), judge);
    progress.check()?;
    Ok(results.into_iter().flatten().collect())
}
