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
    pub(super) output: String,
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

    /// A string attribute; "" if absent.
    pub(super) fn word(&self, name: &str) -> String {
        let word =
            self.attributes.get(name).map(|attribute| String::from_utf8_lossy(&attribute.s).into_owned());
        word.unwrap_or_default()
    }
}

/// Steps in their order, and the values in the file: weights and constants.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Node>, BTreeMap<String, Tensor>), GradientError> {
    let model =
        Model::decode(bytes).map_err(|err| GradientError::damaged(format!("damaged protobuf: {err}")))?;
    let graph = model.graph.ok_or_else(|| GradientError::damaged("the file has no graph"))?;
    let mut values = BTreeMap::new();
    for weight in graph.initializer {
        values.insert(weight.name.clone(), tensor(weight)?);
    }
    let mut nodes = Vec::new();
    for node in graph.node {
        let output = node.output.first().cloned().unwrap_or_default();
        let attributes: BTreeMap<String, Attribute> =
            node.attribute.into_iter().map(|attribute| (attribute.name.clone(), attribute)).collect();
        if node.op_type == "Constant" {
            if let Some(value) = attributes.get("value").and_then(|attribute| attribute.t.clone()) {
                values.insert(output, tensor(value)?);
            }
            continue;
        }
        let name = if node.name.is_empty() { output.clone() } else { node.name };
        nodes.push(Node { name, operator: node.op_type, inputs: node.input, output, attributes });
    }
    Ok((nodes, values))
}

fn tensor(stored: Stored) -> Result<Tensor, GradientError> {
    let shape: Vec<usize> = stored.dims.iter().map(|side| (*side).max(0) as usize).collect();
    let raw = &stored.raw_data;
    let data: Vec<f32> = match stored.data_type {
        1 if raw.is_empty() => stored.float_data,
        1 => raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        7 if raw.is_empty() => stored.int64_data.iter().map(|value| *value as f32).collect(),
        7 => raw.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f32).collect(),
        // Other types are never multiplied with a differentiated value.
        _ => Vec::new(),
    };
    let known = matches!(stored.data_type, 1 | 7);
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
}

#[derive(Clone, PartialEq, prost::Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Step>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Stored>,
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
    #[prost(int64, repeated, tag = "7")]
    int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
}
