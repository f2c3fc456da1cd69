//! Merging the parts of a run: the table and the summary that one machine would have written.
//!
//! Rows of one machine are in the order of recording, channel and frame. A part has a run of row groups for each channel,
//! so the merge walks recording, channel, part and sorts nothing; its memory does not grow with the rows.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array as _, ArrayAccessor as _, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TypedDictionaryArray,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::base::escape::csv::Formulas;
use crate::base::files::sha256_hex;
use crate::base::progress::Progress;
use crate::reports::table::{ColumnKind, TableWriter, Value};
use crate::search::sweep::rows;
use crate::search::sweep::summary::Summary;
use crate::shards::error::ShardError;
use crate::shards::gaps::{gaps, shown};
use crate::shards::plan::RunPlan;
use crate::shards::state::{PartState, done, rows_name};
use crate::shards::store::Store;

/// A merged run.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The summary of all inputs of the parts that are there.
    pub summary: Summary,
    /// Number of these inputs.
    pub inputs: usize,
    /// Number of rows.
    pub rows: usize,
    /// Missing parts as ranges for people; "" if none.
    pub missing: String,
}

/// Options of a merge.
#[derive(Clone, Copy, Debug, Default)]
pub struct Merging {
    /// Formulas in text of CSV files.
    pub formulas: Formulas,
    /// True to merge what is there although parts are missing.
    pub allow_missing: bool,
}

/// A part that is there, open.
struct Part {
    state: PartState,
    name: String,
    rows: File,
}

/// Writes the rows of all parts to a table, whose kind is its extension, and adds up their summaries. `variants` is their
/// number by the plan.
pub fn merge(
    store: &dyn Store,
    (plan, id): (&RunPlan, &str),
    variants: usize,
    output: &Path,
    options: Merging,
    progress: &Progress,
) -> Result<Merged, ShardError> {
    let there = done(store, plan.parts.len())?;
    let gaps = gaps(plan.parts.len(), &there);
    if there.is_empty() {
        return Err(ShardError::Nothing);
    }
    let missing = plan.parts.len() - there.len();
    if missing > 0 && !options.allow_missing {
        return Err(ShardError::Missing { missing, parts: plan.parts.len(), numbers: shown(&gaps) });
    }
    let columns = rows::columns(&plan.sweep);
    let kinds: Vec<ColumnKind> = columns.iter().map(|(_, kind)| *kind).collect();
    let about = rows::about(&plan.claim, plan.models.iter().map(|model| model.sha256.as_str()), &plan.sweep);
    let mut table = TableWriter::create(output, columns, &about)?.with(options.formulas);
    let mut merged = Merged {
        summary: Summary::new(plan.models.len(), variants),
        inputs: 0,
        rows: 0,
        missing: shown(&gaps),
    };
    progress.begin(there.len() as u64);
    for (number, recording) in plan.recordings.iter().enumerate() {
        let numbers = plan.parts_of(number).filter(|part| there.contains(part));
        let mut before = vec![0; numbers.clone().count()];
        for channel in 0..recording.channels.len() {
            for (at, part) in numbers.clone().enumerate() {
                progress.check()?;
                let Some(mut part) = opened(store, (plan, id), part)? else { continue };
                let own = part.state.channels.swap_remove(channel);
                let groups = before[at]..before[at] + own.groups;
                before[at] = groups.end;
                merged.summary.append(own.summary);
                merged.inputs += own.inputs;
                merged.rows += copy(&mut table, &kinds, part, groups.collect())?;
                if channel == 0 {
                    progress.step()?;
                }
            }
        }
    }
    table.finish()?;
    Ok(merged)
}

fn opened(store: &dyn Store, plan: (&RunPlan, &str), number: usize) -> Result<Option<Part>, ShardError> {
    let Some(state) = PartState::read(store, plan.0, plan.1, number)? else { return Ok(None) };
    let name = rows_name(number);
    let damaged = |problem: &str| ShardError::Damaged { name: name.clone(), problem: problem.to_owned() };
    let bytes = store.read(&name)?.ok_or_else(|| damaged("it is missing"))?;
    if sha256_hex(&bytes) != state.sha256 {
        return Err(damaged("its checksum is not that of its state"));
    }
    let mut rows = tempfile::tempfile()?;
    rows.write_all(&bytes)?;
    Ok(Some(Part { state, name, rows }))
}

/// Copies row groups of a part and returns the number of their rows.
fn copy(
    table: &mut TableWriter,
    kinds: &[ColumnKind],
    part: Part,
    groups: Vec<usize>,
) -> Result<usize, ShardError> {
    let name = part.name;
    let damaged = |problem: String| ShardError::Damaged { name: name.clone(), problem };
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(part.rows).map_err(|err| damaged(err.to_string()))?;
    if groups.iter().any(|group| *group >= reader.metadata().num_row_groups()) {
        return Err(damaged("it has fewer row groups than its state says".to_owned()));
    }
    let reader = reader.with_row_groups(groups).build().map_err(|err| damaged(err.to_string()))?;
    let mut rows = 0;
    for batch in reader {
        let batch = batch.map_err(|err| damaged(err.to_string()))?;
        let columns = columns(&batch, kinds)
            .ok_or_else(|| damaged("its columns are not those of the plan".to_owned()))?;
        for row in 0..batch.num_rows() {
            let values: Vec<Value<'_>> = columns.iter().map(|column| column.value(row)).collect();
            table.row(&values)?;
        }
        rows += batch.num_rows();
    }
    Ok(rows)
}

enum Column<'a> {
    Text(&'a StringArray),
    Word(TypedDictionaryArray<'a, Int32Type, StringArray>),
    Integer(&'a Int64Array),
    Number(&'a Float64Array),
}

impl Column<'_> {
    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Text(column) => Value::Text(column.value(row)),
            Self::Word(column) => Value::Text(column.value(row)),
            Self::Integer(column) => Value::Integer(column.value(row)),
            Self::Number(column) => Value::Number(column.is_valid(row).then(|| column.value(row))),
        }
    }
}

/// The columns of a batch by these kinds; none if they have others.
fn columns<'a>(batch: &'a RecordBatch, kinds: &[ColumnKind]) -> Option<Vec<Column<'a>>> {
    if batch.num_columns() != kinds.len() {
        return None;
    }
    let columns = batch.columns().iter().zip(kinds).map(|(column, kind)| {
        let any = column.as_any();
        Some(match kind {
            ColumnKind::Text => Column::Text(any.downcast_ref()?),
            ColumnKind::Word => {
                Column::Word(any.downcast_ref::<DictionaryArray<Int32Type>>()?.downcast_dict()?)
            }
            ColumnKind::Integer => Column::Integer(any.downcast_ref()?),
            ColumnKind::Number => Column::Number(any.downcast_ref()?),
        })
    });
    columns.collect()
}
