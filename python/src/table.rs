//! Tables of results, handed to others without a copy.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array as _, RecordBatch, RecordBatchIterator, RecordBatchReader as _};
use arrow_schema::{DataType, SchemaRef};
use numpy::PyArray1;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList};

use crate::errors::error;

/// A table in Arrow's memory layout: pyarrow.table(t), polars.DataFrame(t), duckdb and pandas take it as it is.
#[pyclass(frozen, module = "hardcase")]
pub(crate) struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

/// A Parquet file as a table.
#[pyfunction]
pub(crate) fn read_parquet(py: Python<'_>, path: PathBuf) -> PyResult<Table> {
    py.detach(|| {
        let file = File::open(&path)
            .map_err(|err| error(format!("could not read the table: {err}: {}", path.display())))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
        let wrong =
            |err: &dyn std::fmt::Display| error(format!("the table is damaged: {err}: {}", path.display()));
        let reader = reader.map_err(|err| wrong(&err))?;
        // Names and types alone; facts about the file stay in the file.
        let schema =
            Arc::new(reader.schema().as_ref().clone().with_metadata(arrow_schema::Metadata::default()));
        let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|err| wrong(&err))?;
        let batches = batches
            .into_iter()
            .map(|batch| batch.with_schema(Arc::clone(&schema) as SchemaRef))
            .collect::<Result<_, _>>()
            .map_err(|err| wrong(&err))?;
        Ok(Table { schema, batches })
    })
}

#[pymethods]
impl Table {
    /// The names of the columns in order.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A column: float64[n] with NaN for nothing, int64[n], or a list of str.
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let at = self.schema.index_of(name).map_err(|_err| {
            error(format!("the table has no column {name:?}, it has {}", self.columns().join(", ")))
        })?;
        let parts = || self.batches.iter().map(move |batch| batch.column(at));
        match self.schema.field(at).data_type() {
            DataType::Float64 => {
                let all = parts().flat_map(|part| part.as_primitive::<Float64Type>().iter());
                Ok(PyArray1::from_iter(py, all.map(|value| value.unwrap_or(f64::NAN)).collect::<Vec<_>>())
                    .into_any())
            }
            DataType::Int64 if parts().all(|part| part.null_count() == 0) => {
                let all = parts().flat_map(|part| part.as_primitive::<Int64Type>().iter().flatten());
                Ok(PyArray1::from_iter(py, all.collect::<Vec<_>>()).into_any())
            }
            DataType::Int64 => {
                let all: Vec<Option<i64>> =
                    parts().flat_map(|part| part.as_primitive::<Int64Type>().iter()).collect();
                Ok(PyList::new(py, all)?.into_any())
            }
            DataType::Utf8 => {
                let all: Vec<Option<&str>> =
                    parts().flat_map(|part| part.as_string::<i32>().iter()).collect();
                Ok(PyList::new(py, all)?.into_any())
            }
            DataType::Dictionary(_, _) => {
                let mut all: Vec<Option<String>> = Vec::new();
                for part in parts() {
                    let keys = part.as_dictionary::<Int32Type>();
                    let words = keys.values().as_string::<i32>();
                    all.extend(keys.keys().iter().map(|key| {
                        let at = usize::try_from(key?).ok()?;
                        words.is_valid(at).then(|| words.value(at).to_owned())
                    }));
                }
                Ok(PyList::new(py, all)?.into_any())
            }
            other => {
                Err(error(format!("the column {name:?} has the type {other}, read it with pyarrow.table(t)")))
            }
        }
    }

    /// All rows as a list of dicts, for few.
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.rows(py, (0..self.__len__()).collect())
    }

    /// The rows at these positions as a list of dicts.
    fn rows<'py>(&self, py: Python<'py>, positions: Vec<usize>) -> PyResult<Bound<'py, PyList>> {
        let names = self.columns();
        let columns = names.iter().map(|name| self.__getitem__(py, name)).collect::<PyResult<Vec<_>>>()?;
        let rows = PyList::empty(py);
        for position in positions {
            let row = PyDict::new(py);
            for (name, values) in names.iter().zip(&columns) {
                let value = values.get_item(position)?;
                // Numbers of numpy become those of Python.
                let value = if value.hasattr("item")? { value.call_method0("item")? } else { value };
                row.set_item(name, value)?;
            }
            rows.append(row)?;
        }
        Ok(rows)
    }

    /// Arrow's PyCapsule interface: the batches as they lie in memory.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface lets a producer ignore what it cannot give.
        let _: Option<_> = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __repr__(&self) -> String {
        format!("<hardcase.Table {} rows: {}>", self.__len__(), self.columns().join(", "))
    }
}
