//! Signals and texts in Parquet and Feather files: one column of times, the others numbers or strings.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};

use crate::base::inputs;
use crate::base::sheet::settings::Settings;
use crate::clips::arrow_tables::{Gathered, feather, gathered, most_unpacked};
use crate::clips::error::ReadError;
use crate::clips::table::{Source, Table};
use crate::clips::{Clip, ClipError, ClipKind, guarded, has_extension};

/// Reads `.parquet` and `.feather` files.
pub static KIND: ClipKind = ClipKind {
    id: "parquet",
    title: "Signals or texts in Parquet",
    accepts: |path| has_extension(path, &["parquet", "feather", "arrow"]),
    open,
};

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |err: &dyn Display| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() };
    let is_parquet = has_extension(path, &["parquet"]);
    let Gathered { columns, warnings } =
        if is_parquet { columns(path) } else { feather(path) }.map_err(|err| damaged(&err))?;
    let settings = Settings::of(path).map_err(|err| damaged(&err))?;
    let encoding = if is_parquet { "Parquet column" } else { "Feather column" };
    let source = Source { columns, settings, warnings, ..Source::default() };
    Table::new(source, path).map_err(|err| damaged(&err))?.into_clip(path, "parquet", encoding, 100_000_000)
}

pub(super) fn columns(path: &Path) -> Result<Gathered, ReadError> {
    let file = inputs::open(path)?;
    let size = file.metadata()?.len();
    guarded(|| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| {
                let rows = rows_at_once(builder.metadata());
                builder.with_batch_size(rows).build()
            })
            .map_err(|err| ReadError::damaged(format!("not a Parquet file, or a truncated one ({err})")))?;
        gathered(
            reader.map(|batch| batch.map_err(|err| ReadError::damaged(err.to_string()))),
            most_unpacked(size),
        )
    })
}

/// Rows decoded at once: fewer where a dictionary may have long texts, each of which every row can name.
fn rows_at_once(about: &ParquetMetaData) -> usize {
    /// Bytes that rows of the longest text may take.
    const MOST: i64 = 256 << 20;
    let columns = about.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let dictionaries = columns.filter(|column| column.dictionary_page_offset().is_some());
    let longest = dictionaries.map(ColumnChunkMetaData::uncompressed_size).max().unwrap_or(1).max(1);
    usize::try_from(MOST / longest).unwrap_or(1).clamp(16, 1024)
}
