//! Comparison with another model on the same labels: items that only one of them got right.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::evaluate::filter::ItemFilter;
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::evaluation::comparison::{self, Comparison};
use crate::evaluation::gather::gather;
use crate::evaluation::samples::Evaluation;
use crate::predictions::source::Source;

/// The model that was measured beside another one.
pub struct Compared {
    /// Name of the other model.
    pub other: String,
    /// Its file.
    pub path: PathBuf,
    /// Their differences.
    pub found: Comparison,
    /// Items of the other model, to look at its predictions.
    pub evaluation: Evaluation,
}

impl App {
    /// Evaluate another model on the same samples, and show what only one of them got right.
    pub(crate) fn compare_with(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let folder = self.project().ok_or(NoRecording)?.folder.clone();
        let wanted = self.wanted_sides()?;
        let (backend, terms) = (self.backend_for(&path), self.open.evaluate.terms.clone());
        self.jobs.spawn(JobKind::CompareModels, "Running the other model", move |progress, outbox| {
            let source = Source::load(&path, None, backend)?;
            if source.task() != result.task {
                return Err(anyhow!(
                    "{} and {} have different outputs and cannot be compared",
                    source.name(),
                    result.model
                ));
            }
            let truth = wanted.truth()?;
            let gathered = gather(&folder, &[], (&source, &truth), &terms, Self::threads(), progress)?;
            let evaluation = Evaluation::with_limits(gathered.samples, source.threshold(), &gathered.limits);
            let found = comparison::compare(&result.evaluation, &evaluation);
            if found.all.all() == 0 {
                return Err(anyhow!("the models have no evaluated samples in common"));
            }
            let compared = Arc::new(Compared { other: source.name().to_owned(), path, found, evaluation });
            outbox.send(move |app| {
                if app.open.evaluate.result.as_ref().is_some_and(|now| now.number == result.number) {
                    app.open.evaluate.comparison = Some(compared);
                    app.open.evaluate.filter =
                        ItemFilter { compared: None, ..app.open.evaluate.filter.clone() };
                    app.refresh_items();
                }
            });
            Ok(())
        });
        Ok(())
    }
}
