//! Refusal of inputs that are no longer valid: their cases are skipped, with the score.

use std::path::PathBuf;

use crate::base::parallel::in_order;
use crate::base::progress::{Cancelled, Progress};
use crate::base::text::counted;
use crate::cli::reference::ReferenceArgs;
use crate::cli::{say, with_progress_line};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::robustness::inside::guard::Strangeness;
use crate::suites::files::{CaseFile, Suite};
use crate::suites::run::CaseResult;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Skips the judged cases whose changed input is probably no longer valid by the reference set of the arguments or the suite.
pub(super) fn refuse(
    (given, path): (&ReferenceArgs, impl FnOnce() -> anyhow::Result<PathBuf>),
    suite: &Suite,
    backend: &Backend,
    results: &mut [CaseResult],
    threads: usize,
) -> anyhow::Result<()> {
    let own = suite.file.validity.as_ref();
    let reference = given.or(
        own.map(|own| suite.folder.join(&own.reference)),
        own.and_then(|own| own.score.as_deref()),
        own.and_then(|own| own.part),
    );
    let judged: Vec<usize> = (0..results.len())
        .filter(|at| {
            let single = results[*at].case.as_ref().is_some_and(|case| case.input.interval.is_none());
            single && matches!(results[*at].outcome, Ok(Verdict::Pass | Verdict::Fail { .. }))
        })
        .collect();
    let first = judged.iter().find_map(|at| results[*at].case.clone());
    let (true, Some(first)) = (reference.is_some(), first) else { return Ok(()) };
    let catalog = suite.catalog()?;
    let model =
        Model::load_with(&path()?, suite.file.model.as_ref().map(|model| model.card.clone()), backend, 1)?;
    let guard = reference.guard(&model, || Ok(suite.input(&first)?), threads)?;
    let Some(guard) = guard else { return Ok(()) };
    let score = |case: &CaseFile| -> Option<Strangeness> {
        let changed = match suite.attacked(case).ok()? {
            Some(attacked) => attacked,
            None => changed(suite, &catalog, case)?,
        };
        guard.scores(&model, &changed).ok()?.validity
    };
    let progress = Progress::default();
    progress.begin(judged.len() as u64);
    let cases: Vec<Option<CaseFile>> = judged.iter().map(|at| results[*at].case.clone()).collect();
    let mut refused = 0;
    with_progress_line("validity of inputs", &progress, || {
        let one = |at: usize| cases[at].as_ref().and_then(&score);
        in_order(judged.len(), threads, one, |at, strange| -> Result<(), Cancelled> {
            if let Some(strange) = strange.filter(Strangeness::is_strange) {
                let result = &mut results[judged[at]];
                let why = format!("input refused: {}, {}", strange.describe(""), strange.kind);
                (result.outcome, result.margin) = (Ok(Verdict::Skip { why }), None);
                refused += 1;
            }
            progress.step()
        })
    })?;
    if refused > 0 {
        say(&format!("{} refused: their inputs are probably no longer valid", counted(refused, "case")));
    }
    Ok(())
}

/// The changed input of a case that was not attacked.
fn changed(suite: &Suite, catalog: &Catalog, case: &CaseFile) -> Option<Input> {
    stack::apply(catalog, &case.stack, &suite.input(case).ok()?).ok()
}
