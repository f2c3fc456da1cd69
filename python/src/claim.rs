//! Claims from arguments.

use hardcase::claims::{self, spec};
use hardcase::data::cases::case::ClaimSpec;
use hardcase::inference::model::Model;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::error;

/// Names that are no parameters of a claim.
const OTHERS: [&str; 4] = ["class_name", "expression", "assume_same", "region"];

/// The claim of this name, or the usual one of the model: an expression if it is none of the names. Parameters are those of the claim,
/// beside `class_name`, `expression`, `assume_same` and `region` (left, top, right, bottom in pixels).
pub(crate) fn claim(
    model: &Model,
    name: Option<&str>,
    params: Option<&Bound<'_, PyDict>>,
) -> PyResult<ClaimSpec> {
    let mut claim = match name {
        // An expression compares; a name is one word.
        Some(text) if claims::kind(text).is_none() && text.contains(|c: char| "<>=!( ".contains(c)) => {
            ClaimSpec { expression: Some(text.to_owned()), ..ClaimSpec::new("expression") }
        }
        Some(name) => ClaimSpec::new(name),
        None => ClaimSpec::new(claims::usual(model.task()).id),
    };
    for (key, value) in params.into_iter().flatten() {
        let key: String = key.extract()?;
        match key.as_str() {
            "class_name" => claim.class = value.extract()?,
            "expression" => claim.expression = value.extract()?,
            "assume_same" => claim.assume_same = value.extract()?,
            "region" => {
                let [x0, y0, x1, y1]: [f32; 4] = value.extract()?;
                claim.region = Some(hardcase::data::geometry::box2::Box2 { x0, y0, x1, y1 });
            }
            _ => {
                let number = value.extract::<f64>().map_err(|_err| {
                    error(format!(
                        "{key}={} is no number; beside parameters there are {}",
                        value,
                        OTHERS.join(", ")
                    ))
                })?;
                claim.params.insert(&key, number);
            }
        }
    }
    spec::check(&claim).map_err(error)?;
    Ok(claim)
}
