//! The steps of an ONNX file with their attributes and weights, as far as a gradient needs them.
//!
//! Format: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3>.

use std::collections::BTreeMap;

use prost::Message as _;

use crate::inference::Tensor;
use crate::inference::gradients::error::GradientError;

/// One step with its fixed attributes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    attributes: BTreeMap<String, Attribute>,
}

impl Node {
    /// An integer attribute with its default.
    pub(super) fn whole(&self, name: &str, otherwise: i64) -> i64 {
        self.attributes.get(name).map_or(otherwise, |attribute| attribute.i)
    }

    /// A number attribute with its default.
    pub(super) fn number(&self, name: &str, otherwise: f32) -> f32 {
        self.attributes.get(name).map_or(otherwise, |attribute| attribute.f)
    }

    /// Several integers; empty if absent.
    pub(super) fn wholes(&self, name: &str) -> Vec<i64> {
        self.attributes.get(name).map_or_else(Vec::new, |attribute| attribute.ints.clone())
    }

    /// True if the attribute is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// Several numbers; empty if absent.
    pub(super) fn numbers(&self, name: &str) -> Vec<f32> {
        self.attributes.get(name).map_or_else(Vec::new, |attribute| attribute.floats.clone())
    }

    /// A string attribute; "" if absent.
    pub(super) fn word(&self, name: &str) -> String {
        let word =
            self.attributes.get(name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned());
        word.unwrap_or_default()
    }
}

/// Content of a model file.
pub(super) struct Content {
    /// Steps in the order of execution, without constants.
    pub(super) nodes: Vec<Node>,
    /// Weights and constants.
    pub(super) values: BTreeMap<String, Tensor>,
    /// Names of the outputs.
    pub(super) outputs: Vec<String>,
    /// Version of the default operator set.
    pub(super) opset: i64,
}

/// Reads the steps, weights and outputs of a model file.
pub(super) fn read(bytes: &[u8]) -> Result<Content, GradientError> {
    let model =
        Model::decode(bytes).map_err(|err| GradientError::damaged(format!("damaged protobuf: {err}")))?;
    let opset = model.opset_import.iter().find(|set| set.domain.is_empty()).map_or(0, |set| set.version);
    let graph = model.graph.ok_or_else(|| GradientError::damaged("the file has no graph"))?;
    let outputs = graph.output.into_iter().map(|output| output.name).collect();
    let mut values = BTreeMap::new();
    for weight in graph.initializer {
        values.insert(weight.name.clone(), tensor(weight)?);
    }
    let mut nodes = Vec::new();
    for node in graph.node {
        let attributes: BTreeMap<String, Attribute> =
            node.attribute.into_iter().map(|attribute| (attribute.name.clone(), attribute)).collect();
        let constant = attributes.get("value").filter(|_| node.op_type == "Constant");
        if let (Some(value), Some(output)) =
            (constant.and_then(|attribute| attribute.t.clone()), node.output.first())
        {
            values.insert(output.clone(), tensor(value)?);
            continue;
        }
        let first = node.output.first().cloned().unwrap_or_default();
        nodes.push(Node {
            name: if node.name.is_empty() { first } else { node.name },
            operator: node.op_type,
            inputs: node.input,
            outputs: node.output,
            attributes,
        });
    }
    Ok(Content { nodes, values, outputs, opset })
}

fn tensor(stored: Stored) -> Result<Tensor, GradientError> {
    let shape: Vec<usize> = stored.dims.iter().map(|side| (*side).max(0) as usize).collect();
    let raw = &stored.raw_data;
    let data: Vec<f32> = match stored.data_type {
        1 if raw.is_empty() => stored.float_data,
        1 => raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        7 if raw.is_empty() => stored.int64_data.iter().map(|value| *value as f32).collect(),
        7 => raw.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f32).collect(),
        11 => raw.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        6 if raw.is_empty() => stored.int32_data.iter().map(|value| *value as f32).collect(),
        6 => raw.as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes) as f32).collect(),
        9 => raw.iter().map(|byte| f32::from(*byte)).collect(),
        10 => raw.as_chunks::<2>().0.iter().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect(),
        // Other types are never multiplied with a differentiated value.
        _ => Vec::new(),
    };
    let known = matches!(stored.data_type, 1 | 6 | 7 | 10 | 11);
    if known && data.len() != shape.iter().product::<usize>() {
        return Err(GradientError::damaged(format!(
            "the weights {:?} are truncated or stored in another file",
            stored.name
        )));
    }
    Ok(Tensor { name: stored.name, shape, data })
}

#[derive(Clone, PartialEq, prost::Message)]
struct Model {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Step>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Stored>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<Named>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Step {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<Attribute>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, tag = "2")]
    f: f32,
    #[prost(int64, tag = "3")]
    i: i64,
    #[prost(bytes = "vec", tag = "4")]
    s: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    t: Option<Stored>,
    #[prost(float, repeated, tag = "7")]
    floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Stored {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(float, repeated, tag = "4")]
    float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    int32_data: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}
