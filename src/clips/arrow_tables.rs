//! Columns of Arrow record batches as plain vectors, for Parquet and Feather (Arrow IPC) files.

use std::io::Cursor;
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types as arrow;
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};

use crate::clips::cells::{Cells, TimeKind};
use crate::clips::error::ReadError;
use crate::clips::guarded;

/// The columns of a Feather file, version 2. The error is a sentence without the path.
pub(super) fn feather(path: &Path) -> Result<Gathered, ReadError> {
    let bytes = crate::clips::mapped(path).map_err(Box::new)?;
    guarded(|| {
        if sizes_are_possible(&bytes).is_none() {
            return Err(ReadError::damaged("not a Feather file, or a damaged one"));
        }
        let reader = arrow_ipc::reader::FileReader::try_new(Cursor::new(&bytes[..]), None)
            .map_err(|err| ReadError::damaged(format!("not a Feather file, or a truncated one ({err})")))?;
        gathered(
            reader.map(|batch| batch.map_err(|err| ReadError::damaged(err.to_string()))),
            most_unpacked(bytes.len() as u64),
        )
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

/// The columns of all batches.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The columns with their names.
    pub(super) columns: Vec<(String, Cells)>,
    /// Columns that are not shown, and values that could not be kept.
    pub(super) warnings: Vec<String>,
}

/// Bytes that the cells of a file of this size may take: a dictionary names a long text many times for a few bits each.
pub(super) fn most_unpacked(file: u64) -> u64 {
    /// Always allowed, for small files of constant columns.
    const ALWAYS: u64 = 1 << 30;
    /// Bytes in memory for each byte of the file.
    const RATIO: u64 = 256;
    file.saturating_mul(RATIO).max(ALWAYS)
}

/// Bytes that the cells of a column will take.
fn unpacked(column: &dyn Array) -> u64 {
    /// Bytes of a cell without its text.
    const CELL: u64 = 24;
    let own = |array: &dyn Array| array.to_data().get_slice_memory_size().unwrap_or(usize::MAX) as u64;
    let cells = column.len() as u64 * CELL;
    let texts = match column.as_any_dictionary_opt() {
        Some(dictionary) if !dictionary.values().is_empty() => {
            let values = dictionary.values();
            let lengths: Vec<u64> = (0..values.len()).map(|at| own(values.slice(at, 1).as_ref())).collect();
            let keys = dictionary.normalized_keys();
            keys.into_iter()
                .filter_map(|key| lengths.get(key))
                .fold(0, |all: u64, length| all.saturating_add(*length))
        }
        _ => own(column),
    };
    cells.saturating_add(texts)
}

/// All batches one after the other, column by column. Columns other than numbers, times and strings are left out and named;
/// cells that take more than `most` bytes are an error.
pub(super) fn gathered(
    batches: impl Iterator<Item = Result<RecordBatch, ReadError>>,
    most: u64,
) -> Result<Gathered, ReadError> {
    let mut all: u64 = 0;
    let mut columns: Vec<(String, Option<Cells>)> = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    for batch in batches {
        let batch = batch?;
        let schema = batch.schema();
        if columns.is_empty() {
            columns = schema.fields().iter().map(|field| (field.name().clone(), None)).collect();
        }
        for ((name, known), column) in columns.iter_mut().zip(batch.columns()) {
            all = all.saturating_add(unpacked(column.as_ref()));
            if all > most {
                return Err(ReadError::damaged(format!(
                    "the columns unpack to more than {} MB, far more than a file of this size means",
                    most >> 20
                )));
            }
            let Some(more) = cells(column.as_ref()) else {
                let described = format!("{name:?} ({})", column.data_type());
                if !left_out.contains(&described) {
                    left_out.push(described);
                }
                continue;
            };
            match known {
                None => *known = Some(more),
                Some(known) => {
                    append(known, more).ok_or_else(|| ReadError::damaged("a column changes its type"))?;
                }
            }
        }
    }
    let mut warnings = Vec::new();
    if !left_out.is_empty() {
        warnings.push(format!(
            "columns that are no numbers, times or texts are not displayed: {}",
            left_out.join(", ")
        ));
    }
    Ok(Gathered {
        columns: columns.into_iter().filter_map(|(name, cells)| Some((name, cells?))).collect(),
        warnings,
    })
}

/// Appends cells of the same type; `None` if they are of another one.
fn append(known: &mut Cells, more: Cells) -> Option<()> {
    match (known, more) {
        (Cells::Texts(all), Cells::Texts(more)) => all.extend(more),
        (Cells::Whole(all), Cells::Whole(more)) => all.extend(more),
        (Cells::Numbers(all), Cells::Numbers(more)) => all.extend(more),
        (Cells::Decimals(all, scale), Cells::Decimals(more, other)) if *scale == other => all.extend(more),
        (Cells::Times(all, kind), Cells::Times(more, other)) if *kind == other => all.extend(more),
        // Numbers beyond 64 bits may begin in a later batch.
        (known @ Cells::Whole(_), Cells::Numbers(more)) => {
            let mut all = known.numbers();
            all.extend(more);
            *known = Cells::Numbers(all);
        }
        (Cells::Numbers(all), more @ Cells::Whole(_)) => all.extend(more.numbers()),
        _ => return None,
    }
    Some(())
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
            let values = column.as_primitive::<arrow::UInt64Type>();
            if values.iter().flatten().any(|value| i64::try_from(value).is_err()) {
                Cells::Numbers(values.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect())
            } else {
                Cells::Whole(values.iter().map(|v| v.and_then(|v| i64::try_from(v).ok())).collect())
            }
        }
        D::Timestamp(..) | D::Date32 | D::Date64 | D::Time32(_) | D::Time64(_) | D::Duration(_) => {
            times(column)?
        }
        D::Decimal32(_, scale) => decimals(column.as_primitive::<arrow::Decimal32Type>(), *scale)?,
        D::Decimal64(_, scale) => decimals(column.as_primitive::<arrow::Decimal64Type>(), *scale)?,
        D::Decimal128(_, scale) => decimals(column.as_primitive::<arrow::Decimal128Type>(), *scale)?,
        D::Decimal256(_, scale) => {
            let values = column.as_primitive::<arrow::Decimal256Type>();
            // Values beyond 128 bits do not occur in measurements.
            let all: Option<Vec<Option<i128>>> = values
                .iter()
                .map(|value| value.map_or(Some(None), |value| value.to_i128().map(Some)))
                .collect();
            scaled_decimals(all?, *scale)?
        }
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
        // Some writers do not declare that their bytes are text.
        D::Binary => texts_of_bytes(column.as_binary::<i32>().iter())?,
        D::LargeBinary => texts_of_bytes(column.as_binary::<i64>().iter())?,
        D::BinaryView => texts_of_bytes(column.as_binary_view().iter())?,
        D::Dictionary(..) => {
            let dictionary = column.as_any_dictionary_opt()?;
            let words = cells(dictionary.values().as_ref())?;
            // Keys of an empty dictionary mean nothing.
            let keys = if words.rows() == 0 { vec![0; column.len()] } else { dictionary.normalized_keys() };
            let present = |at: usize| !dictionary.keys().is_null(at) && words.rows() > 0;
            let rows: Vec<Option<usize>> =
                keys.into_iter().enumerate().map(|(at, key)| present(at).then_some(key)).collect();
            picked(&words, &rows)
        }
        _ => return None,
    })
}

/// The cells of a dictionary in these rows.
fn picked(words: &Cells, rows: &[Option<usize>]) -> Cells {
    fn of<T: Clone>(cells: &[T], rows: &[Option<usize>], missing: &T) -> Vec<T> {
        let cell = |at: &Option<usize>| at.and_then(|at| cells.get(at)).unwrap_or(missing).clone();
        rows.iter().map(cell).collect()
    }
    match words {
        Cells::Texts(cells) => Cells::Texts(of(cells, rows, &String::new())),
        Cells::Whole(cells) => Cells::Whole(of(cells, rows, &None)),
        Cells::Numbers(cells) => Cells::Numbers(of(cells, rows, &f64::NAN)),
        Cells::Decimals(cells, scale) => Cells::Decimals(of(cells, rows, &None), *scale),
        Cells::Times(cells, kind) => Cells::Times(of(cells, rows, &None), *kind),
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// Bytes as texts; `None` if some are not.
fn texts_of_bytes<'a>(cells: impl Iterator<Item = Option<&'a [u8]>>) -> Option<Cells> {
    let readable = |bytes: &'a [u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        (!text.chars().any(|c| c.is_control() && !c.is_whitespace())).then(|| text.to_owned())
    };
    let texts: Option<Vec<String>> =
        cells.map(|bytes| bytes.map_or_else(|| Some(String::new()), readable)).collect();
    texts.map(Cells::Texts)
}

fn whole<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &dyn Array) -> Cells {
    Cells::Whole(column.as_primitive::<T>().iter().map(|v| v.map(Into::into)).collect())
}

fn decimals<T: ArrowPrimitiveType<Native: Into<i128>>>(
    column: &PrimitiveArray<T>,
    scale: i8,
) -> Option<Cells> {
    scaled_decimals(column.iter().map(|value| value.map(Into::into)).collect(), scale)
}

/// Decimals without a negative scale; `None` if a value is too large.
fn scaled_decimals(values: Vec<Option<i128>>, scale: i8) -> Option<Cells> {
    if scale >= 0 {
        return Some(Cells::Decimals(values, scale));
    }
    let factor = 10_i128.checked_pow(u32::from(scale.unsigned_abs()))?;
    let larger = |value: Option<i128>| match value {
        Some(value) => value.checked_mul(factor).map(Some),
        None => Some(None),
    };
    values.into_iter().map(larger).collect::<Option<_>>().map(|values| Cells::Decimals(values, 0))
}

/// A column of a type of time, in nanoseconds of any unit. Times that do not fit into 64 bits are left out.
fn times(column: &dyn Array) -> Option<Cells> {
    use DataType as D;
    const DAY: i64 = 86_400_000_000_000;
    let scaled = |scale: i64, kind: TimeKind, values: Cells| {
        let Cells::Whole(values) = values else { return None };
        Some(Cells::Times(values.into_iter().map(|v| v?.checked_mul(scale)).collect(), kind))
    };
    let scale_of = |unit: TimeUnit| match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    };
    let (instant, clock) = (TimeKind::Instant, TimeKind::Clock);
    #[expect(clippy::wildcard_enum_match_arm, reason = "only types of time come here")]
    let (values, kind, scale) = match column.data_type() {
        D::Timestamp(unit, _) => {
            let values = match unit {
                TimeUnit::Second => whole::<arrow::TimestampSecondType>(column),
                TimeUnit::Millisecond => whole::<arrow::TimestampMillisecondType>(column),
                TimeUnit::Microsecond => whole::<arrow::TimestampMicrosecondType>(column),
                TimeUnit::Nanosecond => whole::<arrow::TimestampNanosecondType>(column),
            };
            (values, instant, scale_of(*unit))
        }
        D::Duration(unit) => {
            let values = match unit {
                TimeUnit::Second => whole::<arrow::DurationSecondType>(column),
                TimeUnit::Millisecond => whole::<arrow::DurationMillisecondType>(column),
                TimeUnit::Microsecond => whole::<arrow::DurationMicrosecondType>(column),
                TimeUnit::Nanosecond => whole::<arrow::DurationNanosecondType>(column),
            };
            (values, clock, scale_of(*unit))
        }
        D::Time32(TimeUnit::Second) => (whole::<arrow::Time32SecondType>(column), clock, 1_000_000_000),
        D::Time32(_) => (whole::<arrow::Time32MillisecondType>(column), clock, 1_000_000),
        D::Time64(TimeUnit::Microsecond) => (whole::<arrow::Time64MicrosecondType>(column), clock, 1_000),
        D::Time64(_) => (whole::<arrow::Time64NanosecondType>(column), clock, 1),
        D::Date32 => (whole::<arrow::Date32Type>(column), TimeKind::Day, DAY),
        D::Date64 => (whole::<arrow::Date64Type>(column), TimeKind::Day, 1_000_000),
        _ => return None,
    };
    scaled(scale, kind, values)
}
