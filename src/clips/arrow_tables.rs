//! Columns of Arrow record batches as plain vectors, for Parquet and Feather (Arrow IPC) files.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types as arrow;
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::{DataType, TimeUnit};

use crate::clips::table::Cells;

/// The columns of a Feather file, version 2. The error is a sentence without the path.
pub(super) fn feather(path: &Path) -> Result<Vec<(String, Cells)>, String> {
    let bytes = crate::clips::mapped(path).map_err(|err| err.to_string())?;
    guarded(|| {
        let reader = arrow_ipc::reader::FileReader::try_new(Cursor::new(&bytes[..]), None)
            .map_err(|err| format!("this is no Feather file, or one that is cut off ({err})"))?;
        gathered(reader.map(|batch| batch.map_err(|err| err.to_string())))
    })
}

/// Runs a decoder of others that may panic on a damaged file, and says so in a sentence instead.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("the file is damaged".to_owned()))
}

/// All batches one after the other, column by column. Columns of other things than numbers and texts are left out.
pub(super) fn gathered(
    batches: impl Iterator<Item = Result<RecordBatch, String>>,
) -> Result<Vec<(String, Cells)>, String> {
    let mut columns: Vec<(String, Option<Cells>)> = Vec::new();
    for batch in batches {
        let batch = batch?;
        let schema = batch.schema();
        if columns.is_empty() {
            columns = schema.fields().iter().map(|field| (field.name().clone(), None)).collect();
        }
        for ((_, known), column) in columns.iter_mut().zip(batch.columns()) {
            let Some(more) = cells(column.as_ref()) else { continue };
            match (known.as_mut(), more) {
                (None, more) => *known = Some(more),
                (Some(Cells::Texts(all)), Cells::Texts(more)) => all.extend(more),
                (Some(Cells::Whole(all)), Cells::Whole(more)) => all.extend(more),
                (Some(Cells::Numbers(all)), Cells::Numbers(more)) => all.extend(more),
                (Some(_), _) => return Err("a column changes its type".to_owned()),
            }
        }
    }
    Ok(columns.into_iter().filter_map(|(name, cells)| Some((name, cells?))).collect())
}

fn cells(column: &dyn Array) -> Option<Cells> {
    use DataType as D;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "lists, maps and the like are neither numbers nor texts"
    )]
    Some(match column.data_type() {
        D::Int8 => whole::<arrow::Int8Type>(column),
        D::Int16 => whole::<arrow::Int16Type>(column),
        D::Int32 => whole::<arrow::Int32Type>(column),
        D::Int64 => whole::<arrow::Int64Type>(column),
        D::UInt8 => whole::<arrow::UInt8Type>(column),
        D::UInt16 => whole::<arrow::UInt16Type>(column),
        D::UInt32 => whole::<arrow::UInt32Type>(column),
        D::UInt64 => {
            let values = column.as_primitive::<arrow::UInt64Type>().iter();
            Cells::Whole(values.map(|v| v.and_then(|v| i64::try_from(v).ok())).collect())
        }
        D::Timestamp(unit, _) => stamps(column, *unit),
        D::Float16 => {
            let values = column.as_primitive::<arrow::Float16Type>().iter();
            Cells::Numbers(values.map(|v| v.map_or(f64::NAN, f64::from)).collect())
        }
        D::Float32 => {
            let values = column.as_primitive::<arrow::Float32Type>().iter();
            Cells::Numbers(values.map(|v| v.map_or(f64::NAN, f64::from)).collect())
        }
        D::Float64 => {
            let values = column.as_primitive::<arrow::Float64Type>().iter();
            Cells::Numbers(values.map(|v| v.unwrap_or(f64::NAN)).collect())
        }
        D::Boolean => Cells::Whole(column.as_boolean().iter().map(|v| v.map(i64::from)).collect()),
        D::Utf8 => Cells::Texts(column.as_string::<i32>().iter().map(text).collect()),
        D::LargeUtf8 => Cells::Texts(column.as_string::<i64>().iter().map(text).collect()),
        D::Utf8View => Cells::Texts(column.as_string_view().iter().map(text).collect()),
        D::Dictionary(..) => {
            let dictionary = column.as_any_dictionary_opt()?;
            let Cells::Texts(words) = cells(dictionary.values().as_ref())? else { return None };
            let keys = dictionary.normalized_keys();
            let word = |(i, key): (usize, usize)| {
                if dictionary.keys().is_null(i) { None } else { words.get(key).cloned() }.unwrap_or_default()
            };
            Cells::Texts(keys.into_iter().enumerate().map(word).collect())
        }
        _ => return None,
    })
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn whole<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &dyn Array) -> Cells {
    Cells::Whole(column.as_primitive::<T>().iter().map(|v| v.map(Into::into)).collect())
}

/// As nanoseconds, whatever the unit.
fn stamps(column: &dyn Array, unit: TimeUnit) -> Cells {
    let scaled = |scale: i64, values: Cells| {
        let Cells::Whole(values) = values else { return values };
        Cells::Whole(values.into_iter().map(|v| v.map(|v| v.saturating_mul(scale))).collect())
    };
    match unit {
        TimeUnit::Second => scaled(1_000_000_000, whole::<arrow::TimestampSecondType>(column)),
        TimeUnit::Millisecond => scaled(1_000_000, whole::<arrow::TimestampMillisecondType>(column)),
        TimeUnit::Microsecond => scaled(1_000, whole::<arrow::TimestampMicrosecondType>(column)),
        TimeUnit::Nanosecond => whole::<arrow::TimestampNanosecondType>(column),
    }
}
