//! Steps that take the place of one step.

use super::facts::Facts;
use super::proto::{Attribute, Node, Stored};
use super::values::element;

/// The steps that replace one step, while they are written.
pub(super) struct Rewrite<'a, 'f> {
    /// Knowledge about the graph; constants are added to it.
    pub facts: &'a mut Facts<'f>,
    /// The steps so far.
    pub nodes: Vec<Node>,
    stem: String,
    made: usize,
}

impl<'a, 'f> Rewrite<'a, 'f> {
    /// Steps in place of this one.
    pub(super) fn new(facts: &'a mut Facts<'f>, node: &Node) -> Self {
        let stem = node.output.iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
        Self { facts, nodes: Vec::new(), stem, made: 0 }
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        format!("{}/lowered/{}", self.stem, self.made)
    }

    /// Adds a step with one output of this name.
    pub(super) fn into(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>, output: &str) {
        let node = Node {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{operator} of {output}"),
            op_type: operator.to_owned(),
            attribute: attributes,
            ..Node::default()
        };
        self.facts.note(&node);
        self.nodes.push(node);
    }

    /// Adds a step and returns the name of its output.
    pub(super) fn op(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        let output = self.fresh();
        self.into(operator, inputs, attributes, &output);
        output
    }

    /// Adds a step with several outputs that is nearly the replaced one.
    pub(super) fn push(&mut self, node: Node) {
        self.nodes.push(node);
    }

    /// A constant number.
    pub(super) fn float(&mut self, value: f32) -> String {
        self.constant(Stored { data_type: element::FLOAT, float_data: vec![value], ..Stored::default() })
    }

    /// A constant number of the element type of a value that is known to be a float or an integer.
    pub(super) fn like(&mut self, kind: i32, value: i32) -> String {
        if element::real(kind) {
            return self.float(value as f32);
        }
        self.constant(Stored { data_type: element::INT32, int32_data: vec![value], ..Stored::default() })
    }

    /// Constant integers in one dimension.
    pub(super) fn wholes(&mut self, values: &[i64]) -> String {
        self.constant(Stored {
            dims: vec![values.len() as i64],
            data_type: element::INT64,
            int64_data: values.to_vec(),
            ..Stored::default()
        })
    }

    fn constant(&mut self, stored: Stored) -> String {
        let name = self.fresh();
        self.facts.weights.insert(name.clone(), Stored { name: name.clone(), ..stored });
        name
    }
}
