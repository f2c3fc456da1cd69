//! Stacks of transforms, as functions of arrays.

use hardcase::data::cases::stack as data;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;
use hardcase::data::prediction::{Expected, Prediction};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::arrays;
use crate::errors::error;

/// Transforms in order, with one random seed: the same stack and input give the same bytes everywhere.
///
/// Stack("fog:0.4,rotate:5", seed=7) is written as on the command line.
#[pyclass(frozen, module = "hardcase")]
#[derive(Clone, PartialEq)]
pub(crate) struct Stack {
    pub(crate) inner: data::Stack,
}

/// A stack from a `Stack` or from a text, for which `seed` counts.
pub(crate) fn stack_of(value: &Bound<'_, PyAny>, seed: u64) -> PyResult<data::Stack> {
    if let Ok(stack) = value.cast::<Stack>() {
        return Ok(stack.get().inner.clone());
    }
    let text: String = value.extract().map_err(|_err| {
        error("expected a hardcase.Stack or a text like \"fog:0.4,rotate:5\" as the stack of transforms")
    })?;
    stack::parse(&BUILT_IN, &text, seed).map_err(error)
}

#[pymethods]
impl Stack {
    #[new]
    #[pyo3(signature = (stack, seed = 0))]
    fn new(stack: &str, seed: u64) -> PyResult<Self> {
        Ok(Self { inner: stack::parse(&BUILT_IN, stack, seed).map_err(error)? })
    }

    /// The stack that `to_json` wrote, with its region and parts.
    #[classmethod]
    fn from_json(_class: &Bound<'_, PyType>, text: &str) -> PyResult<Self> {
        let inner: data::Stack = serde_json::from_str(text)
            .map_err(|err| error(format!("the stack cannot be read: {err}, write it with Stack.to_json")))?;
        stack::check(&BUILT_IN, &inner).map_err(error)?;
        Ok(Self { inner })
    }

    /// The stack as JSON, the form of it in suites and projects.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&self.inner).map_err(error)
    }

    /// The random seed.
    #[getter]
    fn seed(&self) -> u64 {
        self.inner.seed
    }

    /// Ids of the active transforms in order.
    #[getter]
    fn transforms(&self) -> Vec<String> {
        self.inner.active().map(|(_, spec)| spec.transform.clone()).collect()
    }

    /// The same transforms with another seed, as for another epoch.
    fn with_seed(&self, seed: u64) -> Self {
        Self { inner: data::Stack { seed, ..self.inner.clone() } }
    }

    /// The transformed input, a new array of the same shape; with boxes also those, moved like the image, without the rows of
    /// boxes that have left it. With `image=` (and `bboxes=`) a dict of these, as albumentations returns it.
    #[pyo3(signature = (x = None, *, boxes = None, image = None, bboxes = None))]
    fn __call__<'py>(
        &self,
        py: Python<'py>,
        x: Option<&Bound<'py, PyAny>>,
        boxes: Option<&Bound<'py, PyAny>>,
        image: Option<&Bound<'py, PyAny>>,
        bboxes: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (given, boxes, named) = match (x, image) {
            (Some(x), None) => (x, boxes, false),
            (None, Some(image)) => (image, bboxes.or(boxes), true),
            _ => return Err(error("give one input: stack(x), or stack(image=x)")),
        };
        let input = arrays::input(given)?;
        let boxes = boxes.map(arrays::boxes).transpose()?;
        let size = input.size();
        let changed = py.detach(|| stack::apply(&BUILT_IN, &self.inner, &input)).map_err(error)?;
        drop(input);
        let changed = arrays::output(py, changed)?;
        let moved = boxes.map(|(rows, columns)| self.moved(py, rows, columns, size)).transpose()?;
        if named {
            let all = PyDict::new(py);
            all.set_item("image", changed)?;
            moved.map_or(Ok(()), |moved| all.set_item("bboxes", moved))?;
            return Ok(all.into_any());
        }
        Ok(match moved {
            Some(moved) => PyTuple::new(py, [changed, moved])?.into_any(),
            None => changed,
        })
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((slf.get_type().getattr("from_json")?, (slf.get().to_json()?,)))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get() == self)
    }

    fn __str__(&self) -> String {
        stack::describe(&BUILT_IN, &self.inner)
    }

    fn __repr__(&self) -> String {
        format!("hardcase.Stack({:?}, seed={})", self.__str__(), self.inner.seed)
    }
}

impl Stack {
    /// Rows of boxes after the transforms; further columns stay with their rows.
    fn moved<'py>(
        &self,
        py: Python<'py>,
        rows: Vec<f32>,
        columns: usize,
        size: (u32, u32),
    ) -> PyResult<Bound<'py, PyAny>> {
        if size.0 == 0 {
            return Err(error("boxes go with images, this input is none"));
        }
        // The number of the row goes along as the class.
        let object = |(number, row): (usize, &[f32])| {
            Detection::flat(number.to_string(), 1.0, Box2 { x0: row[0], y0: row[1], x1: row[2], y1: row[3] })
        };
        let objects = rows.chunks_exact(columns).enumerate().map(object).collect();
        let before = Prediction::Objects { objects };
        let expected = stack::expected(&BUILT_IN, &self.inner, &before, size).map_err(error)?;
        let kept = match expected {
            Expected::Same => rows,
            Expected::Answer(Prediction::Objects { objects }) => {
                let there = objects.iter().filter(|object| object.score > 0.0 && object.bbox.valid());
                let row = |object: &Detection| {
                    let at = object.class.parse::<usize>().unwrap_or_default() * columns;
                    let Box2 { x0, y0, x1, y1 } = object.bbox;
                    [x0, y0, x1, y1]
                        .into_iter()
                        .chain(rows[at + 4..at + columns].to_vec())
                        .collect::<Vec<f32>>()
                };
                there.flat_map(row).collect()
            }
            Expected::Answer(_) => rows,
            Expected::Unknown(why) => {
                return Err(error(format!(
                    "the boxes after {self_text} are unknown: {why}",
                    self_text = self.__str__()
                )));
            }
        };
        arrays::table(py, kept, columns)
    }
}
