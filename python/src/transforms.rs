//! The list of transforms.

use std::collections::BTreeMap;

use hardcase::base::params::ParamSpec;
use hardcase::data::cases::stack::{Stack, TransformSpec};
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;
use hardcase::data::input::Medium;
use hardcase::data::prediction::{ClassScore, Expected, NamedValue, Prediction, Task};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::{TransformKind, stack};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::error;
use crate::prediction::task_name;

/// A transform as it is listed.
#[pyclass(frozen, get_all, module = "hardcase")]
#[derive(Clone)]
pub(crate) struct TransformInfo {
    /// Id in stacks: "fog".
    id: &'static str,
    /// Name on screen.
    title: &'static str,
    /// One sentence.
    summary: &'static str,
    /// Group in menus.
    group: &'static str,
    /// "image", "points", "signals" or "text".
    medium: &'static str,
    /// True if the seed has an effect.
    seeded: bool,
    /// Parameters; the first is the severity.
    params: Vec<Param>,
    /// By task of a model the promise about its prediction: "same", "moved", or "nothing".
    promises: BTreeMap<&'static str, &'static str>,
}

/// A parameter: id, title, unit, range, value that changes nothing, and initial value.
#[derive(Clone, IntoPyObject)]
struct Param {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    min: f64,
    max: f64,
    neutral: f64,
    initial: f64,
}

#[pymethods]
impl TransformInfo {
    /// The attributes as a dict.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(slf.py());
        for name in ["id", "title", "summary", "group", "medium", "seeded", "params", "promises"] {
            all.set_item(name, slf.getattr(name)?)?;
        }
        Ok(all)
    }

    fn __repr__(&self) -> String {
        format!("<hardcase.TransformInfo {}: {}>", self.id, self.summary)
    }
}

/// Names of the media in Python.
pub(crate) const MEDIA: [(&str, Medium); 4] = [
    ("image", Medium::Image),
    ("points", Medium::Points),
    ("signals", Medium::Signals),
    ("text", Medium::Text),
];

/// The transforms of a medium: "image", "points", "signals" or "text".
#[pyfunction]
#[pyo3(signature = (medium = "image"))]
pub(crate) fn transforms(medium: &str) -> PyResult<Vec<TransformInfo>> {
    let (name, medium) = MEDIA.into_iter().find(|(name, _)| *name == medium).ok_or_else(|| {
        error(format!("unknown medium {medium:?}, expected one of image, points, signals, text"))
    })?;
    Ok(BUILT_IN.kinds().filter(|kind| kind.medium() == medium).map(|kind| info(kind, name)).collect())
}

fn info(kind: &TransformKind, medium: &'static str) -> TransformInfo {
    let param = |spec: &ParamSpec| Param {
        id: spec.id,
        title: spec.title,
        unit: spec.unit,
        min: spec.min,
        max: spec.max,
        neutral: spec.neutral,
        initial: spec.initial,
    };
    let stack = Stack { transforms: vec![TransformSpec::new(kind.id)], ..Stack::default() };
    let promise = |before: &Prediction| match stack::expected(&BUILT_IN, &stack, before, SIZE) {
        Ok(Expected::Same) => "same",
        Ok(Expected::Answer(_)) => "moved",
        Ok(Expected::Unknown(_)) | Err(_) => "nothing",
    };
    TransformInfo {
        id: kind.id,
        title: kind.title,
        summary: kind.summary,
        group: kind.group.title(),
        medium,
        seeded: kind.seeded,
        params: kind.params.iter().map(param).collect(),
        promises: examples().iter().map(|(task, before)| (task_name(*task), promise(before))).collect(),
    }
}

/// Size of the image that promises are asked for, in pixels.
const SIZE: (u32, u32) = (64, 48);

/// A prediction of each task for which transforms promise something.
fn examples() -> [(Task, Prediction); 3] {
    let object = Detection::flat("car".to_owned(), 0.9, Box2 { x0: 20.0, y0: 16.0, x1: 40.0, y1: 32.0 });
    let value = NamedValue { name: "steering".to_owned(), value: 0.5, unit: String::new(), lateral: true };
    [
        (
            Task::Classes,
            Prediction::Classes { top: vec![ClassScore { class: "car".to_owned(), score: 0.9 }] },
        ),
        (Task::Objects, Prediction::Objects { objects: vec![object] }),
        (Task::Values, Prediction::Values { values: vec![value] }),
    ]
}
