//! Table of an attack: a row for each image, attack and size.

use std::path::Path;

use crate::base::escape::csv::Formulas;
use crate::cli::attack::Sized;
use crate::clips::recorded_input::RecordedInput;
use crate::inference::model::Model;
use crate::reports::table::{ColumnKind, TableWriter, Value};
use crate::robustness::attacks::objects::Fates;
use crate::robustness::attacks::run::Asked;

/// Columns and their types.
const COLUMNS: &[(&str, ColumnKind)] = &[
    ("clip", ColumnKind::Text),
    ("channel", ColumnKind::Text),
    ("frame", ColumnKind::Integer),
    ("time_ns", ColumnKind::Integer),
    ("tags", ColumnKind::Text),
    ("model", ColumnKind::Text),
    ("attack", ColumnKind::Text),
    ("norm", ColumnKind::Text),
    ("eps", ColumnKind::Number),
    ("seed", ColumnKind::Integer),
    ("target", ColumnKind::Text),
    ("label", ColumnKind::Text),
    ("clean", ColumnKind::Text),
    ("attacked", ColumnKind::Text),
    ("right", ColumnKind::Integer),
    ("success", ColumnKind::Integer),
    ("reached", ColumnKind::Integer),
    ("float_only", ColumnKind::Integer),
    ("noise", ColumnKind::Integer),
    ("linf", ColumnKind::Number),
    ("l2", ColumnKind::Number),
    ("l1", ColumnKind::Number),
    ("l0", ColumnKind::Number),
    ("queries", ColumnKind::Integer),
    ("objects", ColumnKind::Integer),
    ("vanished", ColumnKind::Integer),
    ("changed", ColumnKind::Integer),
    ("fabricated", ColumnKind::Integer),
    ("transferred", ColumnKind::Integer),
    ("skipped", ColumnKind::Integer),
    ("note", ColumnKind::Text),
];

/// Writes the outcomes; what is not known of one is nothing.
pub(super) fn write(
    path: &Path,
    formulas: Formulas,
    asked: &Asked<'_>,
    model: &Model,
    frames: &[RecordedInput],
    runs: &[Sized],
) -> anyhow::Result<()> {
    let columns = COLUMNS.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    let about =
        [("hardcase.model", model.sha256.clone()), ("hardcase.objective", asked.objective.id().to_owned())];
    let mut writer = TableWriter::create(path, columns, &about)?.with(formulas);
    let target = asked.target.map(|at| model.card.label(at)).unwrap_or_default();
    for (eps, outcome) in runs.iter().flat_map(|run| run.outcomes.iter().map(|outcome| (run.eps, outcome))) {
        let Some(frame) = frames.get(outcome.image) else { continue };
        let tags = frame.tags.join(";");
        let flag = |flag: bool| Value::Integer(i64::from(flag));
        let known = |value: Option<i64>| value.map_or(Value::Number(None), Value::Integer);
        let size = |at: usize| Value::Number(outcome.sizes.get(at).copied().filter(|_| outcome.counts()));
        let fate = |of: &dyn Fn(&Fates) -> usize| known(outcome.fates.as_ref().map(|fates| of(fates) as i64));
        writer.row(&[
            Value::Text(&frame.clip_name),
            Value::Text(&frame.channel_name),
            Value::Integer(frame.frame as i64),
            Value::Integer(frame.time_ns),
            Value::Text(&tags),
            Value::Text(&model.card.name),
            Value::Text(outcome.kind.id),
            Value::Text(asked.settings.norm.id()),
            Value::Number(Some(eps)),
            Value::Integer(asked.seed as i64),
            Value::Text(&target),
            Value::Text(&outcome.label),
            Value::Text(&outcome.clean),
            Value::Text(&outcome.attacked),
            flag(outcome.right),
            flag(outcome.success),
            flag(outcome.reached),
            flag(outcome.float_only),
            flag(outcome.noise),
            size(0),
            size(1),
            size(2),
            size(3),
            Value::Integer(outcome.queries as i64),
            fate(&|fates| fates.clean),
            fate(&|fates| fates.vanished),
            fate(&|fates| fates.changed),
            fate(&|fates| fates.fabricated),
            known(outcome.transferred.map(i64::from)),
            flag(!outcome.counts()),
            Value::Text(&outcome.note),
        ])?;
    }
    Ok(writer.finish()?)
}
