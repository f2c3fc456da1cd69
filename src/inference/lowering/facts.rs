//! Knowledge about the values of a graph before it runs: element types, weights, and the operator set.

use std::collections::{BTreeMap, BTreeSet};

use super::proto::{Graph, Node, Stored, ValueInfo};
use super::values::{Value, element};
use super::weights::beyond;

/// Knowledge about a graph; a graph inside of a step sees that of the graph around it.
pub(super) struct Facts<'a> {
    /// Version of the default operator set.
    pub opset: i64,
    ranks: BTreeMap<String, usize>,
    /// Weights and constants of this graph.
    pub weights: BTreeMap<String, Stored>,
    elements: BTreeMap<String, i32>,
    /// Integers that 32 bits do not hold, by the weight that has them.
    beyond: BTreeMap<String, i64>,
    outer: Option<&'a Self>,
}

impl<'a> Facts<'a> {
    /// The knowledge that a graph's own declarations give.
    pub(super) fn new(graph: &Graph, opset: i64, outer: Option<&'a Self>) -> Self {
        let mut elements = BTreeMap::new();
        let declared = graph.value_info.iter().chain(&graph.output).chain(&graph.input);
        for (name, element) in declared.filter_map(|info| Some((info.name.clone(), declared_element(info)?)))
        {
            elements.insert(name, element);
        }
        let ranks = graph.value_info.iter().chain(&graph.output).chain(&graph.input).filter_map(|info| {
            let shape = info.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
            Some((info.name.clone(), shape.dim.len()))
        });
        let ranks = ranks.collect();
        Self { opset, ranks, weights: BTreeMap::new(), elements, beyond: BTreeMap::new(), outer }
    }

    /// Element type of a value, if it is known.
    pub(super) fn element(&self, name: &str) -> Option<i32> {
        let own = self.elements.get(name).copied();
        own.or_else(|| Some(self.weights.get(name)?.data_type)).or_else(|| self.outer?.element(name))
    }

    /// Adds a weight, whose element type in the file was this one.
    pub(super) fn add_weight(&mut self, stored: Stored, element: i32) {
        if let Some(value) = beyond(&stored) {
            self.beyond.insert(stored.name.clone(), value);
        }
        self.elements.insert(stored.name.clone(), element);
        self.weights.insert(stored.name.clone(), stored);
    }

    /// An integer of this weight that 32 bits do not hold.
    pub(super) fn beyond(&self, name: &str) -> Option<i64> {
        self.beyond.get(name).copied().or_else(|| self.outer?.beyond(name))
    }

    /// Notes the element type of a value, if the file does not declare it.
    pub(super) fn note_element(&mut self, name: &str, element: i32) {
        self.elements.entry(name.to_owned()).or_insert(element);
    }

    /// Element type of an input of a step.
    pub(super) fn element_of(&self, node: &Node, at: usize) -> Option<i32> {
        self.element(node.given(at)?)
    }

    /// Number of dimensions of an input of a step, if the file tells it.
    pub(super) fn rank_of(&self, node: &Node, at: usize) -> Option<usize> {
        self.rank(node.given(at)?)
    }

    fn rank(&self, name: &str) -> Option<usize> {
        let weight = self.weights.get(name).map(|stored| stored.dims.len());
        weight.or_else(|| self.ranks.get(name).copied()).or_else(|| self.outer?.rank(name))
    }

    /// A weight in the file.
    pub(super) fn weight(&self, name: &str) -> Option<&Stored> {
        self.weights.get(name).or_else(|| self.outer?.weight(name))
    }

    /// An input of a step that is a constant.
    pub(super) fn constant(&self, node: &Node, at: usize) -> Option<Value> {
        Value::from_stored(self.weight(node.given(at)?)?).ok()
    }

    /// Notes the element types of a step's outputs, where the file does not declare them.
    pub(super) fn note(&mut self, node: &Node) {
        for (at, name) in node.output.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if !self.elements.contains_key(name)
                && let Some(element) = self.element_made(node, at)
            {
                self.elements.insert(name.clone(), element);
            }
        }
    }

    /// Element type of an output of a step, by its operator.
    fn element_made(&self, node: &Node, at: usize) -> Option<i32> {
        let input = |at| self.element_of(node, at);
        let named =
            |name: &str| node.attribute(name).map(|attribute| attribute.i as i32).filter(|kind| *kind != 0);
        match (node.op_type.as_str(), at) {
            ("Cast" | "BitCast", _) => named("to"),
            (
                "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" | "Not"
                | "Xor" | "IsNaN" | "IsInf",
                _,
            )
            | ("Dropout", 1) => Some(element::BOOL),
            ("Shape" | "Size" | "NonZero" | "ArgMax" | "ArgMin" | "NonMaxSuppression", _)
            | ("TopK" | "MaxPool", 1)
            | ("Unique", 1..) => Some(element::INT64),
            ("CastLike" | "Where", _) => input(1),
            ("ConstantOfShape", _) => Some(
                node.attribute("value")
                    .and_then(|value| value.t.as_ref())
                    .map_or(element::FLOAT, |t| t.data_type),
            ),
            ("QuantizeLinear", _) => input(2).or_else(|| named("output_dtype")).or(Some(element::UINT8)),
            ("DequantizeLinear", _) => named("output_dtype").or_else(|| input(1)).or(Some(element::FLOAT)),
            ("DynamicQuantizeLinear", 1) | ("RandomNormal" | "RandomUniform", _) => {
                named("dtype").or(Some(element::FLOAT))
            }
            ("DynamicQuantizeLinear", _) => Some(element::UINT8),
            ("QLinearConv" | "QLinearMatMul", _) => input(7),
            ("MatMulInteger" | "ConvInteger", _) => Some(element::INT32),
            ("OneHot", _) => input(2),
            ("EyeLike", _) => named("dtype").or_else(|| input(0)),
            ("HannWindow" | "HammingWindow" | "BlackmanWindow" | "MelWeightMatrix", _) => {
                named("output_datatype").or(Some(element::FLOAT))
            }
            ("If" | "Loop" | "Scan" | "SequenceAt" | "SequenceLength", _) => None,
            _ => input(0),
        }
    }
}

/// Element type that the file declares.
pub(super) fn declared_element(info: &ValueInfo) -> Option<i32> {
    let tensor = info.r#type.as_ref()?.tensor_type.as_ref()?;
    Some(tensor.elem_type).filter(|element| *element != 0)
}

/// The names that a graph takes from the graph around it.
pub(super) fn captured(graph: &Graph) -> BTreeSet<String> {
    let mut known: BTreeSet<&str> = graph.input.iter().map(|value| value.name.as_str()).collect();
    known.extend(graph.initializer.iter().map(|stored| stored.name.as_str()));
    known.extend(graph.node.iter().flat_map(|node| &node.output).map(String::as_str));
    let used = graph.node.iter().flat_map(used);
    let all = used.chain(graph.output.iter().map(|value| value.name.clone()));
    all.filter(|name| !name.is_empty() && !known.contains(name.as_str())).collect()
}

/// The names that a step needs: its inputs and what the graphs inside of it take from outside.
pub(super) fn used(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = node.input.iter().filter(|name| !name.is_empty()).cloned().collect();
    for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
        names.extend(captured(graph));
    }
    names
}
