//! The plan of a gradient: the steps of a graph that depend on its input, with their geometry, made once and run often.
//!
//! Values that do not depend on the input are computed once, by the built-in runtime, and become part of the steps. A value
//! holds the numbers of several images side by side, the images innermost, so every step is about one image and works on
//! all of them; sums are taken in one order whatever the number of images and threads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::inputs::{self, InputKind};
use crate::inference::Tensor;
use crate::inference::embedded::inner_values;
use crate::inference::gradients::error::GradientError;
use crate::inference::gradients::graph::{self, Content, Node};
use crate::inference::gradients::rules::{self, Arg, Copied, Facts, Pointwise, Rule};

/// Numbers of all values of a batch at most, so that a batch stays in the caches of the processor and a large model runs
/// image by image.
const MOST_NUMBERS: usize = 4 << 20;
/// Images of a batch at most.
const MOST_IMAGES: usize = 64;

/// One step of a plan.
pub(super) enum Step {
    /// A function of each number that replaces its input.
    Replace { rule: Box<dyn Pointwise>, slot: usize },
    /// Any other operator: slots of its inputs and outputs.
    Apply { rule: Box<dyn Rule>, inputs: Vec<usize>, outputs: Vec<usize> },
}

/// Name and shape of a value, with a batch of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueShape {
    /// Name in the file.
    pub name: String,
    /// Length of each dimension.
    pub shape: Vec<usize>,
}

/// An output of a plan.
pub(super) struct Output {
    pub(super) facts: ValueShape,
    pub(super) slot: usize,
}

/// The differentiable part of a graph. It may be used from several threads, each with a session of its own.
pub struct Plan {
    pub(super) input: ValueShape,
    pub(super) outputs: Vec<Output>,
    pub(super) steps: Vec<Step>,
    /// Numbers of each value of one image.
    pub(super) sizes: Vec<usize>,
    /// True if the outputs are logits although the graph ends with a softmax.
    pub(super) logits: bool,
}

impl Plan {
    /// Plan of a model file for inputs like these, the first of which is differentiated; the others stay as they are.
    ///
    /// A softmax at the very end is left out, so that a saturated one does not hide the gradient of the logits.
    pub fn new(path: &Path, prepared: &[Tensor]) -> Result<Self, GradientError> {
        Self::build(path, prepared, true)
    }

    /// The same with all steps of the graph.
    pub fn whole(path: &Path, prepared: &[Tensor]) -> Result<Self, GradientError> {
        Self::build(path, prepared, false)
    }

    fn build(path: &Path, prepared: &[Tensor], logits: bool) -> Result<Self, GradientError> {
        let own = prepared.first().ok_or_else(|| GradientError::missing("the model has no input"))?;
        let bytes = inputs::read(path, InputKind::Model)
            .map_err(|source| GradientError::Io { path: path.to_owned(), source })?;
        let mut content = graph::read(&bytes)?;
        let softmaxed = logits && without_softmax(&mut content, &own.name);
        let constants = constants(path, prepared, &mut content)?;
        let mut building = Building::new(&content, &constants, own);
        for node in &content.nodes {
            if building.wanted(node) {
                building.add(node)?;
            }
        }
        building.finished(softmaxed)
    }

    /// Name and shape of the differentiated input, with a batch of one.
    pub fn input(&self) -> &ValueShape {
        &self.input
    }

    /// Names and shapes of the outputs that depend on the input, in the order of the file.
    pub fn outputs(&self) -> Vec<ValueShape> {
        self.outputs.iter().map(|output| output.facts.clone()).collect()
    }

    /// True if the first output holds logits although the graph ends with a softmax.
    pub fn takes_off_softmax(&self) -> bool {
        self.logits
    }

    /// Number of images that are best run together.
    pub fn images(&self) -> usize {
        let each: usize = self.sizes.iter().sum();
        let most = MOST_NUMBERS / each.max(1);
        // Whole vectors of the processor.
        if most >= 8 { (most / 8 * 8).min(MOST_IMAGES) } else { most.max(1) }
    }
}

/// Leaves out a softmax along the last dimension that makes the only output; true if there was one.
fn without_softmax(content: &mut Content, input: &str) -> bool {
    let [output] = content.outputs.as_slice() else { return false };
    let last = content.nodes.iter().position(|node| node.outputs.first() == Some(output));
    let Some(node) = last.and_then(|at| content.nodes.get(at)) else { return false };
    let axis = node.whole("axis", -1);
    if node.operator != "Softmax" || !matches!(axis, -1 | 1) {
        return false;
    }
    let Some(before) = node.inputs.first().filter(|name| *name != input).cloned() else { return false };
    content.outputs = vec![before];
    true
}

/// The names that depend on the input; a shape does not.
fn dependent(nodes: &[Node], input: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([input.to_owned()]);
    for node in nodes {
        let fixed =
            matches!(node.operator.as_str(), "Shape" | "Size" | "ConstantOfShape" | "RandomNormalLike");
        if !fixed && node.inputs.iter().any(|name| reached.contains(name)) {
            reached.extend(node.outputs.iter().filter(|name| !name.is_empty()).cloned());
        }
    }
    reached
}

/// Every value that steps need and that does not depend on the input.
fn constants(
    path: &Path,
    prepared: &[Tensor],
    content: &mut Content,
) -> Result<BTreeMap<String, Tensor>, GradientError> {
    let reached = dependent(&content.nodes, &prepared[0].name);
    let mut values = std::mem::take(&mut content.values);
    values.extend(prepared.iter().skip(1).map(|input| (input.name.clone(), input.clone())));
    let mut names: BTreeSet<&String> = BTreeSet::new();
    for node in content.nodes.iter().filter(|node| node.outputs.iter().any(|name| reached.contains(name))) {
        let open =
            |name: &&String| !name.is_empty() && !reached.contains(*name) && !values.contains_key(*name);
        names.extend(node.inputs.iter().filter(open));
    }
    let names: Vec<String> = names.into_iter().cloned().collect();
    if !names.is_empty() {
        inner_values(path, prepared, &names, |name, value| {
            values.insert(name.to_owned(), value);
        })?;
    }
    Ok(values)
}

/// A computed value while a plan is made.
#[derive(Clone)]
struct Value {
    slot: usize,
    shape: Vec<usize>,
    /// True if nothing else uses the slot, so that it can be overwritten.
    own: bool,
}

struct Building<'a> {
    opset: i64,
    outputs: &'a [String],
    constants: &'a BTreeMap<String, Tensor>,
    /// Number of uses by name; an output counts as one.
    uses: BTreeMap<&'a str, usize>,
    needed: BTreeSet<&'a str>,
    known: BTreeMap<&'a str, Value>,
    steps: Vec<Step>,
    sizes: Vec<usize>,
    input: ValueShape,
}

impl<'a> Building<'a> {
    fn new(content: &'a Content, constants: &'a BTreeMap<String, Tensor>, own: &'a Tensor) -> Self {
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        let mut needed: BTreeSet<&str> = content.outputs.iter().map(String::as_str).collect();
        for node in content.nodes.iter().rev() {
            if node.outputs.iter().any(|name| needed.contains(name.as_str())) {
                needed.extend(node.inputs.iter().map(String::as_str));
                node.inputs.iter().for_each(|name| *uses.entry(name).or_default() += 1);
            }
        }
        content.outputs.iter().for_each(|name| *uses.entry(name).or_default() += 1);
        let input = ValueShape { name: own.name.clone(), shape: own.shape.clone() };
        let value = Value { slot: 0, shape: own.shape.clone(), own: false };
        Self {
            opset: content.opset,
            outputs: &content.outputs,
            constants,
            uses,
            needed,
            known: BTreeMap::from([(own.name.as_str(), value)]),
            steps: Vec::new(),
            sizes: vec![own.data.len()],
            input,
        }
    }

    /// True for a step that depends on the input and that an output depends on.
    fn wanted(&self, node: &Node) -> bool {
        node.outputs.iter().any(|name| self.needed.contains(name.as_str()))
            && !matches!(node.operator.as_str(), "Shape" | "Size" | "ConstantOfShape")
            && node.inputs.iter().any(|name| self.known.contains_key(name.as_str()))
    }

    fn slot(&mut self, shape: &[usize]) -> usize {
        self.sizes.push(shape.iter().product());
        self.sizes.len() - 1
    }

    fn add(&mut self, node: &'a Node) -> Result<(), GradientError> {
        let mut arguments = Vec::with_capacity(node.inputs.len());
        let mut computed = Vec::new();
        for name in &node.inputs {
            arguments.push(if name.is_empty() {
                Arg::Absent
            } else if let Some(value) = self.known.get(name.as_str()) {
                computed.push(value.clone());
                Arg::Computed(&value.shape)
            } else if let Some(value) = self.constants.get(name) {
                Arg::Constant(value)
            } else {
                return Err(GradientError::missing(format!(
                    "the value {name:?} of the step {} ({}) is unknown",
                    node.name, node.operator
                )));
            });
        }
        let kind = rules::kind(&node.operator).ok_or_else(|| {
            GradientError::unsupported(format!(
                "no gradient for operator {} (step {}), use occlusion or a black-box attack, which work for every model",
                node.operator, node.name
            ))
        })?;
        let made = rules::made(kind, &Facts { node, arguments: &arguments, opset: self.opset })?;
        self.put(node, made, &computed)
    }

    fn put(&mut self, node: &'a Node, made: rules::Made, computed: &[Value]) -> Result<(), GradientError> {
        let first = computed.first().cloned().ok_or_else(|| {
            GradientError::missing(format!("the step {} does not depend on the input", node.name))
        })?;
        let uses = |name: &str| self.uses.get(name).copied().unwrap_or(0);
        let alone = first.own && node.inputs.first().is_some_and(|name| uses(name) == 1);
        let name = node.outputs.first().map_or("", String::as_str);
        match made {
            rules::Made::Same(shape) => {
                let own = alone;
                self.known.insert(name, Value { slot: first.slot, shape, own });
            }
            rules::Made::Each(rule) if alone => {
                // Its own backward pass needs what it made; that of an affine function does not.
                let own = !rule.needs_output();
                self.steps.push(Step::Replace { rule, slot: first.slot });
                self.known.insert(name, Value { own, ..first });
            }
            rules::Made::Each(rule) => {
                let slot = self.slot(&first.shape);
                let own = !rule.needs_output();
                let rule = Box::new(Copied(rule));
                self.steps.push(Step::Apply { rule, inputs: vec![first.slot], outputs: vec![slot] });
                self.known.insert(name, Value { slot, shape: first.shape, own });
            }
            rules::Made::Rule(rule, shapes) => {
                let own = !rule.needs_output();
                let mut outputs = Vec::with_capacity(shapes.len());
                for (name, shape) in node.outputs.iter().zip(shapes) {
                    let slot = self.slot(&shape);
                    outputs.push(slot);
                    self.known.insert(name, Value { slot, shape, own });
                }
                let inputs = computed.iter().map(|value| value.slot).collect();
                self.steps.push(Step::Apply { rule, inputs, outputs });
            }
        }
        Ok(())
    }

    fn finished(self, logits: bool) -> Result<Plan, GradientError> {
        let output = |name: &String| {
            let value = self.known.get(name.as_str())?;
            let facts = ValueShape { name: name.clone(), shape: value.shape.clone() };
            Some(Output { facts, slot: value.slot })
        };
        let outputs: Vec<Output> = self.outputs.iter().filter_map(output).collect();
        if outputs.is_empty() {
            return Err(GradientError::missing("the output does not depend on the input"));
        }
        Ok(Plan { input: self.input, outputs, steps: self.steps, sizes: self.sizes, logits })
    }
}
