//! Columns of Arrow record batches as plain vectors, for Parquet and Feather (Arrow IPC) files.

use std::io::Cursor;
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types as arrow;
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch};
use arrow_schema::{DataType, TimeUnit};

use crate::clips::guarded;
use crate::clips::table::Cells;

/// The columns of a Feather file, version 2. The error is a sentence without the path.
pub(super) fn feather(path: &Path) -> Result<Vec<(String, Cells)>, String> {
    let bytes = crate::clips::mapped(path).map_err(|err| err.to_string())?;
    guarded(|| {
        if sizes_are_possible(&bytes).is_none() {
            return Err("not a Feather file, or a damaged one".to_owned());
        }
        let reader = arrow_ipc::reader::FileReader::try_new(Cursor::new(&bytes[..]), None)
            .map_err(|err| format!("not a Feather file, or a truncated one ({err})"))?;
        gathered(reader.map(|batch| batch.map_err(|err| err.to_string())))
    })
}

/// Checks that the packed columns declare no more than they can hold: the decoder allocates memory by these
/// declarations. `None` if one exceeds it, or if the file is damaged.
fn sizes_are_possible(bytes: &[u8]) -> Option<()> {
    /// Unpacked bytes per packed byte: the ratio of a run in the densest packing.
    const MOST: u64 = 40_000;
    const MAGIC: &[u8] = b"ARROW1";
    /// Length of a message prefix: a marker and its length.
    const PREFIX: usize = 8;
    let i32_at = |at: usize| -> Option<usize> {
        let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(i32::from_le_bytes(four)).ok()
    };
    let tail = bytes.strip_suffix(MAGIC)?.len().checked_sub(4)?;
    let footer = bytes.get(tail.checked_sub(i32_at(tail)?)?..tail)?;
    let footer = arrow_ipc::root_as_footer(footer).ok()?;
    let blocks = footer.recordBatches().into_iter().chain(footer.dictionaries()).flatten();
    for block in blocks {
        let start = usize::try_from(block.offset()).ok()?;
        let body = start.checked_add(usize::try_from(block.metaDataLength()).ok()?)?;
        // The decoder allocates memory for a whole block at once.
        bytes.get(start..body.checked_add(usize::try_from(block.bodyLength()).ok()?)?)?;
        let message = arrow_ipc::root_as_message(bytes.get(start.checked_add(PREFIX)?..body)?).ok()?;
        let dictionary = message.header_as_dictionary_batch().and_then(|batch| batch.data());
        let Some(batch) = message.header_as_record_batch().or(dictionary) else { continue };
        if batch.compression().is_none() {
            continue;
        }
        for buffer in batch.buffers().into_iter().flatten() {
            let at = body.checked_add(usize::try_from(buffer.offset()).ok()?)?;
            let length = u64::try_from(buffer.length()).ok()?;
            let Some(announced) = bytes.get(at..at.checked_add(8)?) else { continue };
            let announced = i64::from_le_bytes(announced.try_into().ok()?);
            // -1 marks an unpacked column.
            if length > 8 && announced > 0 && announced.cast_unsigned() > length.saturating_mul(MOST) {
                return None;
            }
        }
    }
    Some(())
}

/// All batches one after the other, column by column. Columns other than numbers and strings are left out.
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
        reason = "lists, maps and the like are neither numbers nor strings"
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

/// A time column in nanoseconds, from any unit.
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
