//! A graph as the program runs it: parts for the built-in runtime, and between them the steps that it computes itself.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use prost::Message as _;
use rten::{ModelOptions, RunOptions};

use crate::base::inputs::{self, InputKind};
use crate::inference::{Tensor, onnx_bounds};

use super::call::{Call, Own};
use super::error::LoweringError;
use super::facts::{Facts, declared_element};
use super::flow;
use super::graph::{Item, Lowered, lowered};
use super::parts::{Part, Values, crossing, levels, part};
use super::proto::{Graph, Model, Node, OperatorSet, ValueInfo};
use super::values::{Value, element};

/// An input of a graph.
struct Input {
    name: String,
    element: i32,
}

/// A graph that can be run.
pub(in crate::inference) struct Program {
    inputs: Vec<Input>,
    outputs: Vec<String>,
    constants: BTreeMap<String, Value>,
    steps: Vec<Step>,
}

enum Step {
    Part(Part),
    Own(OwnStep),
    Flow(flow::Flow),
}

/// A step that the program computes.
struct OwnStep {
    node: Node,
    run: Own,
    takes: Vec<Option<i32>>,
    makes: Vec<Option<i32>>,
    opset: i64,
}

impl Program {
    /// Loads a model file. The values called `kept` can be asked for beside its outputs.
    pub(in crate::inference) fn load(
        path: &Path,
        optimize: bool,
        kept: &[String],
    ) -> Result<Self, LoweringError> {
        let bytes = inputs::read(path, InputKind::Model)
            .map_err(|source| LoweringError::Io { path: path.to_owned(), source })?;
        onnx_bounds::check(&bytes).map_err(|err| LoweringError::damaged(err.to_string()))?;
        let model = Model::decode(bytes.as_slice())
            .map_err(|err| LoweringError::damaged(format!("damaged protobuf: {err}")))?;
        drop(bytes);
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let sets = model.opset_import.clone();
        let mut options = ModelOptions::with_all_ops();
        options.enable_optimization(optimize);
        let Lowered { items, facts, graph, changed } = lowered(model, folder, &options)?;
        let unchanged = (!changed && kept.is_empty()).then_some(path);
        let mut wanted: BTreeSet<String> = graph.output.iter().map(|value| value.name.clone()).collect();
        wanted.extend(kept.iter().cloned());
        if let Some(path) = unchanged
            && let Ok(model) = options.load_file(path)
        {
            return Ok(Self::whole(model, &graph, &facts));
        }
        // A file that the runtime refuses is loaded again step by step, so that the message names the step.
        Self::of(items, facts, &graph, &wanted, &sets, &options)
    }

    /// Names of the outputs in the order of the file.
    pub(in crate::inference) fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// True if the value of this name can be asked for.
    pub(in crate::inference) fn makes(&self, name: &str) -> bool {
        self.constants.contains_key(name) || self.steps.iter().any(|step| step.made().contains(&name))
    }

    /// The outputs of the graph, or the values of these names, for its inputs.
    pub(in crate::inference) fn run(
        &self,
        inputs: &[Tensor],
        names: &[String],
        options: Option<&RunOptions>,
    ) -> Result<Vec<rten::Value>, LoweringError> {
        let value = |input: &Input| {
            let tensor = inputs.iter().find(|tensor| tensor.name == input.name);
            let tensor = tensor
                .ok_or_else(|| LoweringError::missing(format!("the input {:?} is missing", input.name)))?;
            Ok::<_, LoweringError>((input.name.clone(), runtime_value(tensor, input.element)?))
        };
        let values = self.inputs.iter().map(value).collect::<Result<_, _>>()?;
        self.run_values(values, names, options)
    }

    /// The same for values of the runtime.
    pub(super) fn run_values(
        &self,
        mut values: Values,
        names: &[String],
        options: Option<&RunOptions>,
    ) -> Result<Vec<rten::Value>, LoweringError> {
        let mut needed: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let mut plan = Vec::with_capacity(self.steps.len());
        for step in self.steps.iter().rev() {
            let made = step.made().into_iter().filter(|name| needed.contains(name)).collect::<Vec<_>>();
            if !made.is_empty() {
                needed.extend(step.takes());
                plan.push((step, made));
            }
        }
        for (step, made) in plan.into_iter().rev() {
            match step {
                Step::Part(part) => part.run(&mut values, &made, options)?,
                Step::Own(own) => own.run(&mut values, &self.constants)?,
                Step::Flow(flow) => flow.run(&mut values, &self.constants, options)?,
            }
        }
        let value = |name: &String| match values.get(name) {
            Some(value) => Ok(value.clone()),
            None => match self.constants.get(name) {
                Some(constant) => constant.to_rten(),
                None => Err(LoweringError::missing(format!("the graph has no value {name:?}"))),
            },
        };
        names.iter().map(value).collect()
    }

    /// A graph that the runtime runs as it is.
    fn whole(model: rten::Model, graph: &Graph, facts: &Facts<'_>) -> Self {
        let named = |name: &String| Some((name.clone(), model.find_node(name)?));
        let inputs = inputs(graph, facts);
        let outputs: Vec<String> = graph.output.iter().map(|value| value.name.clone()).collect();
        let part = Part {
            inputs: inputs.iter().filter_map(|input| named(&input.name)).collect(),
            outputs: outputs.iter().filter_map(named).collect(),
            model,
        };
        Self { inputs, outputs, constants: BTreeMap::new(), steps: vec![Step::Part(part)] }
    }

    /// Divides the steps of a graph into parts.
    pub(super) fn of(
        items: Vec<Item>,
        mut facts: Facts<'_>,
        graph: &Graph,
        wanted: &BTreeSet<String>,
        sets: &[OperatorSet],
        options: &ModelOptions,
    ) -> Result<Self, LoweringError> {
        let inputs = inputs(graph, &facts);
        let outputs: Vec<String> = graph.output.iter().map(|value| value.name.clone()).collect();
        let mut constants = BTreeMap::new();
        let own = items.iter().filter(|item| !matches!(item, Item::Node(_)));
        for name in own.flat_map(Item::takes).chain(wanted.iter().cloned()) {
            if let Some(weight) = facts.weight(&name) {
                let value = Value::from_stored(weight)?;
                constants.insert(name, value);
            }
        }
        let levels = levels(&items);
        let crossing = crossing(&items, &levels, wanted);
        let last = levels.iter().copied().max().unwrap_or(0);
        let mut by_level: Vec<(Vec<Node>, Vec<Item>)> = (0..=last).map(|_| Default::default()).collect();
        for (item, level) in items.into_iter().zip(levels) {
            match item {
                Item::Node(node) => by_level[level].0.push(node),
                own @ (Item::Own(..) | Item::Flow(_)) => by_level[level].1.push(own),
            }
        }
        let mut steps = Vec::new();
        for (level, (nodes, own)) in by_level.into_iter().enumerate() {
            for item in &own {
                // Types are noted before the last part takes the weights.
                log::debug!("computed by the program itself: {}", item.node().title());
            }
            let own: Vec<Step> = own.into_iter().filter_map(|item| Step::of(item, &facts)).collect();
            steps.extend(
                part(nodes, &mut facts, &crossing, graph, sets, options, level == last)?.map(Step::Part),
            );
            steps.extend(own);
        }
        Ok(Self { inputs, outputs, constants, steps })
    }
}

/// The inputs of a graph that are not weights.
fn inputs(graph: &Graph, facts: &Facts<'_>) -> Vec<Input> {
    let given = graph.input.iter().filter(|value| !facts.weights.contains_key(&value.name));
    let input = |value: &ValueInfo| Input {
        name: value.name.clone(),
        element: declared_element(value).unwrap_or(element::FLOAT),
    };
    given.map(input).collect()
}

/// The tensor of the runtime for an input of this element type.
fn runtime_value(tensor: &Tensor, element: i32) -> Result<rten::Value, LoweringError> {
    let (shape, data) = (&tensor.shape, &tensor.data);
    macro_rules! of {
        ($data:expr) => {
            rten::Value::from_shape(shape, $data).map_err(|err| LoweringError::runtime(&err))
        };
    }
    // A number too large for the type becomes its largest.
    match element {
        element::FLOAT | element::DOUBLE => of!(data.clone()),
        element::FLOAT16 => of!(data.iter().map(|v| half::f16::from_f32(*v).to_f32()).collect::<Vec<_>>()),
        element::INT8 => of!(data.iter().map(|v| *v as i8).collect::<Vec<_>>()),
        element::UINT8 => of!(data.iter().map(|v| *v as u8).collect::<Vec<_>>()),
        element::BOOL => of!(data.iter().map(|v| i32::from(*v != 0.0)).collect::<Vec<_>>()),
        element::INT16
        | element::UINT16
        | element::INT32
        | element::INT64
        | element::UINT32
        | element::UINT64 => {
            of!(data.iter().map(|v| *v as i32).collect::<Vec<_>>())
        }
        other => Err(LoweringError::unsupported(format!(
            "the element type {} of input {:?} is not supported",
            element::name(other),
            tensor.name
        ))),
    }
}

impl Step {
    fn of(item: Item, facts: &Facts<'_>) -> Option<Self> {
        Some(match item {
            Item::Own(node, run) => {
                let kinds = |names: &[String]| names.iter().map(|name| facts.element(name)).collect();
                let (takes, makes) = (kinds(&node.input), kinds(&node.output));
                Self::Own(OwnStep { node, run, takes, makes, opset: facts.opset })
            }
            Item::Flow(flow) => Self::Flow(*flow),
            Item::Node(_) => return None,
        })
    }

    /// Names of the values that it can make.
    fn made(&self) -> Vec<&str> {
        match self {
            Self::Part(part) => part.outputs.iter().map(|(name, _)| name.as_str()).collect(),
            Self::Own(own) => own.node.output.iter().map(String::as_str).collect(),
            Self::Flow(flow) => flow.node.output.iter().map(String::as_str).collect(),
        }
    }

    /// Names of the values that it needs.
    fn takes(&self) -> Vec<&str> {
        match self {
            Self::Part(part) => part.inputs.iter().map(|(name, _)| name.as_str()).collect(),
            Self::Own(own) => own.node.input.iter().map(String::as_str).collect(),
            Self::Flow(flow) => flow.takes.iter().map(String::as_str).collect(),
        }
    }
}

impl OwnStep {
    fn run(&self, values: &mut Values, constants: &BTreeMap<String, Value>) -> Result<(), LoweringError> {
        let refused = |err| LoweringError::of_step(self.node.title(), err);
        let input = |name: &String| -> Result<Option<Value>, LoweringError> {
            if name.is_empty() {
                return Ok(None);
            }
            match values.get(name) {
                Some(value) => Value::from_rten(value)
                    .map(Some)
                    .ok_or_else(|| LoweringError::missing(format!("its input {name:?} is not a tensor"))),
                None => constants
                    .get(name)
                    .cloned()
                    .map(Some)
                    .ok_or_else(|| LoweringError::missing(format!("its input {name:?} is missing"))),
            }
        };
        let inputs = self.node.input.iter().map(input).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let call = Call {
            node: &self.node,
            inputs: &inputs,
            takes: &self.takes,
            makes: &self.makes,
            opset: self.opset,
        };
        // Shapes that contradict each other must not end the program.
        let found = catch_unwind(AssertUnwindSafe(|| (self.run)(&call)))
            .map_err(|_panic| refused(LoweringError::shape("its inputs have shapes that do not fit")))?
            .map_err(refused)?;
        for (name, value) in self.node.output.iter().zip(found).filter(|(name, _)| !name.is_empty()) {
            values.insert(name.clone(), value.to_rten().map_err(refused)?);
        }
        Ok(())
    }
}
