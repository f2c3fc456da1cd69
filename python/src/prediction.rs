//! A prediction of a model.

use hardcase::data::geometry::shape::Mask;
use hardcase::data::prediction::{self, Task};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arrays;
use crate::errors::error;

/// Tasks of models as Python names them, with the decoders that read the outputs of a callable.
pub(crate) const TASKS: [(&str, Task, &str); 5] = [
    ("classification", Task::Classes, "classes"),
    ("detection", Task::Objects, "boxes"),
    ("regression", Task::Values, "values"),
    ("segmentation", Task::Segments, "segments"),
    ("embedding", Task::Vector, "vector"),
];

/// Name of a task.
pub(crate) fn task_name(task: Task) -> &'static str {
    TASKS.iter().find(|(_, of, _)| *of == task).map_or("", |(name, ..)| name)
}

/// A prediction of a model for one input.
#[pyclass(frozen, module = "hardcase")]
#[derive(Clone)]
pub(crate) struct Prediction {
    pub(crate) inner: prediction::Prediction,
}

impl From<prediction::Prediction> for Prediction {
    fn from(inner: prediction::Prediction) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Prediction {
    /// "classification", "detection", "regression", "segmentation" or "embedding".
    #[getter]
    fn task(&self) -> &'static str {
        task_name(self.inner.task())
    }

    /// One line for people.
    #[getter]
    fn summary(&self) -> String {
        self.inner.summary()
    }

    /// float32[n, 4]: left, top, right, bottom of the objects in pixels, highest score first.
    #[getter]
    fn boxes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let edges = self.objects().iter().flat_map(|o| [o.bbox.x0, o.bbox.y0, o.bbox.x1, o.bbox.y1]);
        arrays::table(py, edges.collect(), 4)
    }

    /// float32[n]: scores of the objects, or of the classes, highest first.
    #[getter]
    fn scores<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        let scores = match &self.inner {
            prediction::Prediction::Classes { top } => top.iter().map(|class| class.score).collect(),
            _ => self.objects().iter().map(|object| object.score).collect(),
        };
        PyArray1::from_vec(py, scores)
    }

    /// Classes of the objects, or the classes themselves, in the order of `scores`; of a segmentation those that are there.
    #[getter]
    fn labels(&self) -> Vec<String> {
        match &self.inner {
            prediction::Prediction::Classes { top } => top.iter().map(|class| class.class.clone()).collect(),
            prediction::Prediction::Segments { segments } => {
                segments.iter().map(|segment| segment.class.clone()).collect()
            }
            _ => self.objects().iter().map(|object| object.class.clone()).collect(),
        }
    }

    /// Values by name, for regression.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        if let prediction::Prediction::Values { values } = &self.inner {
            values.iter().try_for_each(|value| all.set_item(&value.name, value.value))?;
        }
        Ok(all)
    }

    /// bool[height, width] for each class of a segmentation, or for each object that has a mask, in the order of `labels`.
    #[getter]
    fn masks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let masks: Vec<&Mask> = match &self.inner {
            prediction::Prediction::Segments { segments } => segments.iter().map(|one| &one.mask).collect(),
            _ => self.objects().iter().filter_map(|object| object.mask.as_ref()).collect(),
        };
        let arrays = masks.into_iter().map(|mask| pixels(py, mask)).collect::<PyResult<Vec<_>>>()?;
        PyList::new(py, arrays)
    }

    /// float32[d], for embeddings.
    #[getter]
    fn vector<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        let vector = match &self.inner {
            prediction::Prediction::Vector { vector } => vector.clone(),
            _ => Vec::new(),
        };
        PyArray1::from_vec(py, vector)
    }

    /// Everything as plain values, as the command line writes it into JSON.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = serde_json::to_string(&self.inner).map_err(error)?;
        py.import("json")?.call_method1("loads", (text,))
    }

    fn __repr__(&self) -> String {
        format!("<hardcase.Prediction {}: {}>", self.task(), self.summary())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().inner == self.inner)
    }
}

impl Prediction {
    fn objects(&self) -> &[hardcase::data::geometry::objects::Detection] {
        match &self.inner {
            prediction::Prediction::Objects { objects } => objects,
            _ => &[],
        }
    }
}

/// `bool[height, width]` of a mask, whose runs go down the columns.
fn pixels(py: Python<'_>, mask: &Mask) -> PyResult<Py<PyAny>> {
    let [width, height] = mask.size.map(|side| side as usize);
    let mut pixels = vec![false; width * height];
    let mut at = 0;
    for (number, run) in mask.runs.iter().enumerate() {
        let end = (at + *run as usize).min(pixels.len());
        if number % 2 == 1 {
            (at..end).for_each(|at| pixels[(at % height) * width + at / height] = true);
        }
        at = end;
    }
    arrays::shaped(py, pixels, &[height, width])
}
