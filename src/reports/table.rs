//! Tables of results as Parquet, CSV or JSON lines, row by row, so that they may be larger than memory.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use tempfile::TempPath;

use crate::base::escape::csv::{Formulas, text as guarded};
use crate::base::{files, outputs};

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Text of few values, such as verdicts and classes; a dictionary in Parquet.
    Word,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number, or none.
    Number(Option<f64>),
}

/// Version of the tables; columns that are added do not change it.
const FORMAT: &str = "1";
/// Rows of a row group in Parquet.
const GROUP: usize = 16_384;

/// Writes a table to a file that appears whole or not at all.
pub struct TableWriter {
    path: PathBuf,
    /// Removed if the table is not finished.
    partial: TempPath,
    columns: Vec<(String, ColumnKind)>,
    formulas: Formulas,
    sink: Sink,
}

enum Sink {
    Parquet { writer: Box<ArrowWriter<File>>, schema: Arc<Schema>, rows: Vec<Builder>, count: usize },
    Csv(Box<csv::Writer<File>>),
    JsonLines(std::io::BufWriter<File>),
}

enum Builder {
    Text(StringBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Integer(Int64Builder),
    Number(Float64Builder),
}

impl Builder {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Text => Self::Text(StringBuilder::new()),
            ColumnKind::Word => Self::Word(StringDictionaryBuilder::new()),
            ColumnKind::Integer => Self::Integer(Int64Builder::new()),
            ColumnKind::Number => Self::Number(Float64Builder::new()),
        }
    }

    /// A value of another kind than the column is nothing.
    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Text(builder), Value::Text(text)) => builder.append_value(text),
            (Self::Word(builder), Value::Text(text)) => builder.append_value(text),
            (Self::Integer(builder), Value::Integer(number)) => builder.append_value(*number),
            (Self::Number(builder), Value::Number(number)) => builder.append_option(*number),
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Word(builder), _) => builder.append_null(),
            (Self::Integer(builder), _) => builder.append_null(),
            (Self::Number(builder), _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Word(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Number(builder) => Arc::new(builder.finish()),
        }
    }
}

/// The extensions that [`TableWriter::create`] knows.
pub const EXTENSIONS: [&str; 3] = ["parquet", "csv", "jsonl"];

/// Error of writing a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be written.
    #[error("could not write {}: {source}", path.display())]
    Write {
        /// Path of the file.
        path: PathBuf,
        /// The reason.
        source: WriteFault,
    },
    /// The extension is that of no table.
    #[error("cannot write .{ending} files, known are {known}")]
    UnknownEnding {
        /// The extension.
        ending: String,
        /// Known extensions.
        known: String,
    },
}

/// Reason why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// The file system reported an error.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The writer of Parquet failed.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The columns do not fit together.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The writer of CSV failed.
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

impl TableWriter {
    /// Begins a file whose kind is its extension; `about` is kept in Parquet's metadata.
    pub fn create(
        path: &Path,
        columns: Vec<(String, ColumnKind)>,
        about: &[(&str, String)],
    ) -> Result<Self, TableError> {
        let failed = |source: WriteFault| TableError::Write { path: path.to_owned(), source };
        let begun = outputs::named(path).and_then(|path| files::beside(&path));
        let (file, partial) = begun.map_err(|err| failed(err.into()))?.into_parts();
        let sink = match path.extension().and_then(|ext| ext.to_str()) {
            Some("parquet") => {
                let fields: Vec<Field> = columns
                    .iter()
                    .map(|(name, kind)| {
                        let kind = match kind {
                            ColumnKind::Text => DataType::Utf8,
                            ColumnKind::Word => {
                                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
                            }
                            ColumnKind::Integer => DataType::Int64,
                            ColumnKind::Number => DataType::Float64,
                        };
                        Field::new(name, kind, true)
                    })
                    .collect();
                let schema = Arc::new(Schema::new(fields));
                let own = [("hardcase.format", FORMAT), ("hardcase.version", env!("CARGO_PKG_VERSION"))];
                let own = own.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
                let about = about.iter().map(|(k, v)| KeyValue::new((*k).to_owned(), v.clone()));
                let about = own.into_iter().chain(about).collect();
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_key_value_metadata(Some(about))
                    .build();
                let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
                    .map_err(|err| failed(err.into()))?;
                let rows = columns.iter().map(|(_, kind)| Builder::new(*kind)).collect();
                Sink::Parquet { writer: Box::new(writer), schema, rows, count: 0 }
            }
            Some("csv") => {
                let mut writer = csv::Writer::from_writer(file);
                let names = columns.iter().map(|(name, _)| name);
                writer.write_record(names).map_err(|err| failed(err.into()))?;
                Sink::Csv(Box::new(writer))
            }
            Some("jsonl") => Sink::JsonLines(std::io::BufWriter::new(file)),
            other => {
                let known = EXTENSIONS.map(|ext| format!(".{ext}")).join(", ");
                let ending = other.unwrap_or_default().to_owned();
                return Err(TableError::UnknownEnding { ending, known });
            }
        };
        Ok(Self { path: path.to_owned(), partial, columns, formulas: Formulas::default(), sink })
    }

    /// The same table with other formulas in the text of a CSV file; other kinds of files know none.
    #[must_use]
    pub fn with(self, formulas: Formulas) -> Self {
        Self { formulas, ..self }
    }

    /// Adds a row; its values are in the order of the columns.
    pub fn row(&mut self, values: &[Value<'_>]) -> Result<(), TableError> {
        let failed = |source: WriteFault| TableError::Write { path: self.path.clone(), source };
        match &mut self.sink {
            Sink::Parquet { writer, schema, rows, count } => {
                for (builder, value) in rows.iter_mut().zip(values) {
                    builder.push(value);
                }
                *count += 1;
                if *count == GROUP {
                    *count = 0;
                    flush(writer, schema, rows).map_err(failed)?;
                }
            }
            Sink::Csv(writer) => {
                let words = values.iter().map(|value| match value {
                    Value::Text(text) => guarded(text, self.formulas).into_owned(),
                    Value::Integer(number) => number.to_string(),
                    Value::Number(number) => number.map_or(String::new(), |n| n.to_string()),
                });
                writer.write_record(words).map_err(|err| failed(err.into()))?;
            }
            Sink::JsonLines(writer) => {
                let object: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(values)
                    .map(|((name, _), value)| {
                        let value = match value {
                            Value::Text(text) => (*text).into(),
                            Value::Integer(number) => (*number).into(),
                            Value::Number(number) => (*number).into(),
                        };
                        (name.clone(), value)
                    })
                    .collect();
                writeln!(writer, "{}", serde_json::Value::Object(object))
                    .map_err(|err| failed(err.into()))?;
            }
        }
        Ok(())
    }

    /// Ends the row group, so that the rows so far can be read apart from those that follow; returns the number of row groups
    /// so far. Other files than Parquet have none.
    pub fn end_group(&mut self) -> Result<usize, TableError> {
        let failed = |source: WriteFault| TableError::Write { path: self.path.clone(), source };
        let Sink::Parquet { writer, schema, rows, count } = &mut self.sink else { return Ok(0) };
        if *count > 0 {
            *count = 0;
            flush(writer, schema, rows).map_err(failed)?;
        }
        writer.flush().map_err(|err| failed(err.into()))?;
        Ok(writer.flushed_row_groups().len())
    }

    /// Ends the file and puts it in its place.
    pub fn finish(self) -> Result<(), TableError> {
        let failed = |source: WriteFault| TableError::Write { path: self.path.clone(), source };
        match self.sink {
            Sink::Parquet { mut writer, schema, mut rows, count } => {
                if count > 0 {
                    flush(&mut writer, &schema, &mut rows).map_err(failed)?;
                }
                writer.close().map_err(|err| failed(err.into()))?;
            }
            Sink::Csv(mut writer) => writer.flush().map_err(|err| failed(err.into()))?,
            Sink::JsonLines(mut writer) => writer.flush().map_err(|err| failed(err.into()))?,
        }
        outputs::persist(self.partial, &self.path).map_err(|err| failed(err.into()))
    }
}

fn flush(
    writer: &mut ArrowWriter<File>,
    schema: &Arc<Schema>,
    rows: &mut [Builder],
) -> Result<(), WriteFault> {
    let arrays = rows.iter_mut().map(Builder::finish).collect();
    let batch = RecordBatch::try_new(Arc::clone(schema), arrays)?;
    Ok(writer.write(&batch)?)
}
