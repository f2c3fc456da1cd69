//! Description of an ONNX file, read without running it.
//!
//! Format: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3>. Only the fields used here are
//! declared; weights are skipped.

use crate::inference::onnx_bounds::BoundsError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prost::Message as _;
use serde::Serialize;

use crate::base::inputs::{self, InputKind};
use crate::inference::{ModelError, onnx_bounds};

/// Reason why bytes are no ONNX model.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// The bytes are no protobuf of this schema.
    #[error("damaged protobuf: {source}")]
    Damaged {
        /// Error of the decoder.
        source: prost::DecodeError,
    },
    /// The model has no graph.
    #[error("the file has no graph")]
    NoGraph,
    /// The graph does nothing.
    #[error("the graph is empty")]
    NoSteps,
    /// The file says more than a model can mean.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
}

/// Inputs, outputs and facts of a model file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OnnxInfo {
    /// Program that wrote the file.
    pub producer: String,
    /// Version of the default operator set.
    pub opset: i64,
    /// Inputs other than weights.
    pub inputs: Vec<ValueInfo>,
    /// Outputs in the order of the file.
    pub outputs: Vec<ValueInfo>,
    /// Number of occurrences of each operator.
    pub operators: BTreeMap<String, usize>,
    /// Number of weights.
    pub parameters: u64,
    /// Free-form metadata.
    pub metadata: BTreeMap<String, String>,
    /// Files that hold weights, relative to the folder of the model.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub weight_files: BTreeSet<String>,
}

/// Name, type and shape of an input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueInfo {
    /// Name.
    pub name: String,
    /// Element type in ONNX terms: `float`.
    pub element: String,
    /// Dimensions; `None` for a dynamic one.
    pub shape: Vec<Option<u64>>,
}

impl ValueInfo {
    /// The shape as text: `1x3x416x416`, `?` for a dynamic dimension.
    pub fn shape_text(&self) -> String {
        let parts: Vec<String> =
            self.shape.iter().map(|d| d.map_or("?".to_owned(), |d| d.to_string())).collect();
        if parts.is_empty() { "scalar".to_owned() } else { parts.join("x") }
    }
}

/// Reads the description of a model file.
pub fn read(path: &Path) -> Result<OnnxInfo, ModelError> {
    let bytes = inputs::read(path, InputKind::Model)
        .map_err(|source| ModelError::Io { path: path.to_owned(), source })?;
    parse(&bytes).map_err(|source| ModelError::NotOnnx { source, path: path.to_owned() })
}

/// Reads the description of a model from its bytes.
pub fn parse(bytes: &[u8]) -> Result<OnnxInfo, OnnxError> {
    if bytes.is_empty() {
        return Err(OnnxError::Empty);
    }
    onnx_bounds::check(bytes)?;
    let model = ModelProto::decode(bytes).map_err(|source| OnnxError::Damaged { source })?;
    let graph = model.graph.ok_or(OnnxError::NoGraph)?;
    if graph.node.is_empty() {
        return Err(OnnxError::NoSteps);
    }
    let weights: BTreeSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut operators = BTreeMap::new();
    for node in &graph.node {
        *operators.entry(node.op_type.clone()).or_default() += 1;
    }
    let inputs =
        graph.input.iter().filter(|value| !weights.contains(value.name.as_str())).map(described).collect();
    let places = graph.initializer.iter().flat_map(|tensor| &tensor.external_data);
    let weight_files =
        places.filter(|entry| entry.key == "location").map(|entry| entry.value.clone()).collect();
    Ok(OnnxInfo {
        weight_files,
        producer: [model.producer_name, model.producer_version].join(" ").trim().to_owned(),
        opset: model.opset_import.iter().find(|set| set.domain.is_empty()).map_or(0, |set| set.version),
        inputs,
        outputs: graph.output.iter().map(described).collect(),
        operators,
        parameters: graph
            .initializer
            .iter()
            .map(|tensor| tensor.dims.iter().map(|d| (*d).max(0) as u64).fold(1_u64, u64::saturating_mul))
            .fold(0, u64::saturating_add),
        metadata: model.metadata_props.into_iter().map(|entry| (entry.key, entry.value)).collect(),
    })
}

/// One step of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name; its first output if it has none.
    pub name: String,
    /// Its operator: `Conv`.
    pub operator: String,
    /// Names of its input values, weights among them.
    pub inputs: Vec<String>,
    /// Names of its output values.
    pub outputs: Vec<String>,
}

/// The steps of a graph in order of execution, which is that of the file.
pub fn steps(bytes: &[u8]) -> Result<Vec<Step>, OnnxError> {
    onnx_bounds::check(bytes)?;
    let model = ModelProto::decode(bytes).map_err(|source| OnnxError::Damaged { source })?;
    let graph = model.graph.ok_or(OnnxError::NoGraph)?;
    let step = |node: NodeProto| {
        let first = node.output.first().cloned().unwrap_or_default();
        let name = if node.name.is_empty() { first } else { node.name };
        Step { name, operator: node.op_type, inputs: node.input, outputs: node.output }
    };
    Ok(graph.node.into_iter().map(step).collect())
}

fn described(value: &ValueInfoProto) -> ValueInfo {
    let tensor = value.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let element = match tensor.map_or(0, |tensor| tensor.elem_type) {
        1 => "float",
        2 => "uint8",
        3 => "int8",
        6 => "int32",
        7 => "int64",
        9 => "bool",
        10 => "float16",
        11 => "double",
        _ => "other",
    };
    let shape = tensor.and_then(|tensor| tensor.shape.as_ref()).map_or_else(Vec::new, |shape| {
        shape.dim.iter().map(|dim| dim.dim_value.filter(|d| *d > 0).map(|d| d as u64)).collect()
    });
    ValueInfo { name: value.name.clone(), element: element.to_owned(), shape }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ModelProto {
    #[prost(string, tag = "2")]
    producer_name: String,
    #[prost(string, tag = "3")]
    producer_version: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSetIdProto>,
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<StringStringEntryProto>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    output: Vec<ValueInfoProto>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<StringStringEntryProto>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ValueInfoProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TypeProto {
    #[prost(message, optional, tag = "1")]
    tensor_type: Option<TensorTypeProto>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    elem_type: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<TensorShapeProto>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TensorShapeProto {
    #[prost(message, repeated, tag = "1")]
    dim: Vec<DimensionProto>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct DimensionProto {
    #[prost(int64, optional, tag = "1")]
    dim_value: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct StringStringEntryProto {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}
