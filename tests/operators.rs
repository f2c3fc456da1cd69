//! Single operators on the built-in runtime: what ONNX Runtime computes, or a refusal that names the operator.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;

use base64::Engine as _;
use hardcase::inference::Tensor;
use hardcase::inference::backend::Backend;
use hardcase::inference::error::GraphError;
use serde_json::Value;

/// Largest difference, relative and absolute: sums are taken in another order.
const TOLERANCE: (f32, f32) = (1e-3, 1e-4);

fn cases() -> Value {
    serde_json::from_str(include_str!("fixtures/operators.json")).unwrap()
}

fn tensor(name: &str, value: &Value) -> Tensor {
    let numbers = |key: &str| value[key].as_array().unwrap().iter();
    Tensor {
        name: name.to_owned(),
        shape: numbers("shape").map(|side| side.as_u64().unwrap() as usize).collect(),
        data: numbers("data").map(|number| number.as_f64().unwrap() as f32).collect(),
    }
}

/// What a backend makes of a case.
fn run(case: &Value, id: &str) -> Result<Vec<Tensor>, GraphError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let bytes = base64::engine::general_purpose::STANDARD.decode(case["model"].as_str().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let inputs: Vec<Tensor> =
        case["inputs"].as_object().unwrap().iter().map(|(name, value)| tensor(name, value)).collect();
    Backend::named(id).unwrap().graph(&path, 1)?.run(&inputs)
}

fn close(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits()
        || a.is_nan() && b.is_nan()
        || (a - b).abs() <= TOLERANCE.1 + TOLERANCE.0 * b.abs()
}

fn differences(id: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, case) in cases()["equal"].as_object().unwrap() {
        let expected: Vec<Tensor> =
            case["outputs"].as_array().unwrap().iter().map(|value| tensor("", value)).collect();
        match run(case, id) {
            Err(err) => drop(found.insert(name.clone(), err.to_string())),
            Ok(made) => {
                let same = made.len() == expected.len()
                    && made.iter().zip(&expected).all(|(made, expected)| {
                        made.shape == expected.shape
                            && made.data.iter().zip(&expected.data).all(|(a, b)| close(*a, *b))
                    });
                if !same {
                    found.insert(name.clone(), format!("{made:?} for {expected:?}"));
                }
            }
        }
    }
    found
}

#[test]
fn operators_compute_what_onnx_runtime_computes() {
    assert!(cases()["equal"].as_object().unwrap().len() > 130);
    let found = differences("embedded");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_graph_that_is_not_optimized_computes_the_same() {
    let found = differences("embedded:optimization=none");
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_could_be_wrong_is_refused_by_the_name_of_its_operator() {
    for (name, case) in cases()["refused"].as_object().unwrap() {
        let operator = case["operator"].as_str().unwrap();
        match run(case, "embedded") {
            Ok(made) => panic!("{name} is computed as {made:?}"),
            Err(err) => assert!(err.to_string().contains(operator), "{name}: {err}"),
        }
    }
}
