//! Numpy arrays as inputs and back: images are `uint8[height, width, 3]` in RGB, point clouds `float32[n, 3 or 4]` with x, y, z in
//! meters and the intensity, texts `str`.

use std::sync::Arc;

use hardcase::data::geometry::points::{PointCloud, PointField};
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use numpy::ndarray::Array2;
use numpy::{
    Element, PyArray1, PyArray2, PyArrayDyn, PyArrayMethods as _, PyReadonlyArrayDyn, PyUntypedArray,
    PyUntypedArrayMethods as _,
};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::errors::error;

/// Name of the field of a point cloud that is the fourth column.
const INTENSITY: &str = "intensity";

/// An image, a point cloud or a text. The array is read where it lies; it must be contiguous, rows first.
pub(crate) fn input(value: &Bound<'_, PyAny>) -> PyResult<Input> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Input::Text(text.to_str()?.into()));
    }
    if let Ok(array) = value.extract::<PyReadonlyArrayDyn<'_, u8>>() {
        return image(&array).map(Input::Image);
    }
    if let Ok(array) = value.extract::<PyReadonlyArrayDyn<'_, f32>>()
        && matches!(*array.shape(), [_, 3 | 4])
    {
        return points(&array);
    }
    let found = match value.cast::<PyUntypedArray>() {
        Ok(array) => format!("an array of {} with the shape {:?}", array.dtype(), array.shape()),
        Err(_) => format!("a {}", value.get_type().name()?),
    };
    Err(error(format!(
        "expected an image uint8[height, width, 3], points float32[n, 4] or a str, got {found}; convert it, as \
         x.astype(numpy.uint8)"
    )))
}

fn image(array: &PyReadonlyArrayDyn<'_, u8>) -> PyResult<Image> {
    let &[height, width, 3] = array.shape() else {
        return Err(error(format!(
            "an image must have the shape [height, width, 3] with red first, this array has {:?}",
            array.shape()
        )));
    };
    let pixels = contiguous(array)?;
    let side = |side: usize| u32::try_from(side).map_err(|_err| error("the image is too large"));
    Image::from_rgb(side(width)?, side(height)?, pixels.to_vec()).ok_or_else(|| {
        error(format!("an image needs at least one pixel, this array has {:?}", array.shape()))
    })
}

fn points(array: &PyReadonlyArrayDyn<'_, f32>) -> PyResult<Input> {
    let columns = array.shape()[1];
    let values = contiguous(array)?;
    let bad = values.chunks_exact(columns).filter(|row| !row.iter().all(|value| value.is_finite())).count();
    if bad > 0 {
        return Err(error(format!("{bad} points are not finite (NaN or infinity), leave them out")));
    }
    let positions = values.chunks_exact(columns).map(|row| [row[0], row[1], row[2]]).collect();
    let fields = (columns == 4).then(|| PointField {
        name: INTENSITY.to_owned(),
        values: values.chunks_exact(4).map(|row| row[3]).collect(),
    });
    let cloud = PointCloud { frame: String::new(), positions, fields: fields.into_iter().collect() };
    Ok(Input::Points(Arc::new(cloud)))
}

/// The values of an array, as they lie.
pub(crate) fn contiguous<'a, T: Element>(array: &'a PyReadonlyArrayDyn<'_, T>) -> PyResult<&'a [T]> {
    let rows_first = array.is_c_contiguous();
    array.as_slice().ok().filter(|_| rows_first).ok_or_else(|| {
        error("the array is a strided view, make it contiguous with numpy.ascontiguousarray(x)")
    })
}

/// An input as Python knows it; of a window its latest frame.
pub(crate) fn output<'py>(py: Python<'py>, input: Input) -> PyResult<Bound<'py, PyAny>> {
    match input {
        Input::Image(image) => from_image(py, image),
        Input::Points(cloud) => from_points(py, &cloud),
        Input::Text(text) => Ok(PyString::new(py, &text).into_any()),
        Input::Window(ref window) => match input.image() {
            Some(image) => from_image(py, image.clone()),
            None => Err(error(format!("a window of {} signals has no array", window.signals.series.len()))),
        },
    }
}

/// `uint8[height, width, 3]`; the pixels are moved, not copied.
pub(crate) fn from_image(py: Python<'_>, image: Image) -> PyResult<Bound<'_, PyAny>> {
    let (width, height) = image.size();
    let shape = [height as usize, width as usize, 3];
    Ok(PyArray1::from_vec(py, image.into_pixels()).reshape(shape)?.into_any())
}

/// `float32[n, 4]`: x, y, z and the intensity, 0 where there is none.
pub(crate) fn from_points<'py>(py: Python<'py>, cloud: &PointCloud) -> PyResult<Bound<'py, PyAny>> {
    let intensity = cloud.field(INTENSITY);
    let rows = cloud.positions.iter().enumerate();
    let values = rows.flat_map(|(at, [x, y, z])| {
        [*x, *y, *z, intensity.and_then(|all| all.get(at)).copied().unwrap_or(0.0)]
    });
    table(py, values.collect(), 4)
}

/// `float32[n, columns]`.
pub(crate) fn table(py: Python<'_>, values: Vec<f32>, columns: usize) -> PyResult<Bound<'_, PyAny>> {
    let rows = values.len() / columns.max(1);
    let array = Array2::from_shape_vec((rows, columns), values).map_err(error)?;
    Ok(PyArray2::from_owned_array(py, array).into_any())
}

/// An array of any rank from its values.
pub(crate) fn shaped<T: Element>(py: Python<'_>, values: Vec<T>, shape: &[usize]) -> PyResult<Py<PyAny>> {
    let array: Bound<'_, PyArrayDyn<T>> = PyArray1::from_vec(py, values).reshape(shape.to_vec())?;
    Ok(array.into_any().unbind())
}

/// The rows of boxes: left, top, right, bottom in pixels, and further columns that go with them.
pub(crate) fn boxes(value: &Bound<'_, PyAny>) -> PyResult<(Vec<f32>, usize)> {
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method1("ascontiguousarray", (value, "float32"))?;
    let array: PyReadonlyArrayDyn<'_, f32> = array.extract()?;
    match *array.shape() {
        [0] => Ok((Vec::new(), 4)),
        [_, columns] if columns >= 4 => Ok((contiguous(&array)?.to_vec(), columns)),
        ref other => Err(error(format!(
            "boxes must have the shape [n, 4]: left, top, right, bottom; these have {other:?}"
        ))),
    }
}
