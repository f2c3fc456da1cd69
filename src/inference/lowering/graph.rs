//! Lowering of a graph, step by step, with the graphs inside of its steps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rten::ModelOptions;

use super::call::Own;
use super::error::LoweringError;
use super::facts::{Facts, captured, used};
use super::program::Program;
use super::proto::{Graph, Model, Node, OperatorSet, Stored};
use super::rewrite::Rewrite;
use super::values::element;
use super::{Action, KINDS, flow, functions, weights};

/// A step after lowering.
pub(super) enum Item {
    Node(Node),
    Own(Node, Own),
    Flow(Box<flow::Flow>),
}

impl Item {
    pub(super) fn node(&self) -> &Node {
        match self {
            Self::Node(node) | Self::Own(node, _) => node,
            Self::Flow(flow) => &flow.node,
        }
    }

    /// Names of the values that it needs.
    pub(super) fn takes(&self) -> Vec<String> {
        match self {
            Self::Node(node) | Self::Own(node, _) => used(node),
            Self::Flow(flow) => flow.takes.iter().cloned().collect(),
        }
    }
}

/// A graph after lowering.
pub(super) struct Lowered<'a> {
    pub(super) items: Vec<Item>,
    pub(super) facts: Facts<'a>,
    /// Its inputs and outputs; its steps are the items, its weights are in the facts.
    pub(super) graph: Graph,
    /// False if the runtime may load the file as it is.
    pub(super) changed: bool,
}

/// Surroundings of all graphs of a file.
struct Context<'a> {
    folder: &'a Path,
    options: &'a ModelOptions,
    sets: Vec<OperatorSet>,
    opset: i64,
}

/// Lowers the graph of a file that lies in `folder`.
pub(super) fn lowered(
    model: Model,
    folder: &Path,
    options: &ModelOptions,
) -> Result<Lowered<'static>, LoweringError> {
    let default = |set: &&OperatorSet| set.domain.is_empty() || set.domain == "ai.onnx";
    let opset = model.opset_import.iter().find(default).map_or(1, |set| set.version);
    let mut graph = model.graph.ok_or_else(|| LoweringError::damaged("the file has no graph"))?;
    let inlined = functions::inline(&mut graph, &model.functions)?;
    let context = Context { folder, options, sets: model.opset_import, opset };
    let mut lowered = lowered_graph(graph, &[], None, &context)?;
    lowered.changed |= inlined;
    Ok(lowered)
}

fn lowered_graph<'a>(
    mut graph: Graph,
    given: &[Option<i32>],
    outer: Option<&'a Facts<'a>>,
    context: &Context<'_>,
) -> Result<Lowered<'a>, LoweringError> {
    if !graph.sparse_initializer.is_empty() {
        return Err(LoweringError::unsupported(
            "sparse weights are not supported, use the backend onnxruntime",
        ));
    }
    let mut facts = Facts::new(&graph, context.opset, outer);
    for (value, element) in graph.input.iter().zip(given).filter_map(|(value, kind)| Some((value, (*kind)?)))
    {
        facts.note_element(&value.name, element);
    }
    let mut changed = false;
    for stored in std::mem::take(&mut graph.initializer) {
        changed |= add_weight(stored, &mut facts, context)?;
    }
    let nodes = std::mem::take(&mut graph.node);
    let mut items = Vec::with_capacity(nodes.len());
    for node in sorted(nodes, &facts, &graph) {
        if let Some(stored) = constant(&node) {
            changed |= add_weight(stored, &mut facts, context)?;
            continue;
        }
        changed |= lower_node(node, &mut facts, &mut items, context)?;
    }
    for item in &items {
        let capped = |name: &String| Some((name.clone(), facts.beyond(name)?));
        let operator = &item.node().op_type;
        if let Some((name, value)) = item.takes().iter().find_map(capped)
            && !weights::may_be_capped(operator)
        {
            let title = item.node().title();
            return Err(LoweringError::unsupported(format!(
                "the operator {title} takes {value} from {name:?}, the built-in runtime has 32-bit integers"
            )));
        }
    }
    Ok(Lowered { items, facts, graph, changed })
}

/// Adds a weight in a form that the runtime reads; true if its form changed.
fn add_weight(
    mut stored: Stored,
    facts: &mut Facts<'_>,
    context: &Context<'_>,
) -> Result<bool, LoweringError> {
    let kind = stored.data_type;
    // The runtime reads another file by itself, but only if the place is written out.
    let told = |key: &str| stored.external_data.iter().any(|entry| entry.key == key);
    let elsewhere = stored.data_location == 1;
    let changed = elsewhere && !(told("offset") && told("length"));
    if elsewhere {
        weights::inline(&mut stored, context.folder)?;
    }
    let converted = weights::convert(&mut stored)?;
    facts.add_weight(stored, kind);
    Ok(changed || converted)
}

/// The value of a `Constant` step.
fn constant(node: &Node) -> Option<Stored> {
    if node.op_type != "Constant" || !(node.domain.is_empty() || node.domain == "ai.onnx") {
        return None;
    }
    let name = node.output.first()?.clone();
    let [attribute] = node.attribute.as_slice() else { return None };
    let (floats, wholes) = (element::FLOAT, element::INT64);
    let stored = match attribute.name.as_str() {
        "value" => attribute.t.clone()?,
        "value_float" => Stored { data_type: floats, float_data: vec![attribute.f], ..Stored::default() },
        "value_int" => Stored { data_type: wholes, int64_data: vec![attribute.i], ..Stored::default() },
        "value_floats" => Stored {
            data_type: floats,
            dims: vec![attribute.floats.len() as i64],
            float_data: attribute.floats.clone(),
            ..Stored::default()
        },
        "value_ints" => Stored {
            data_type: wholes,
            dims: vec![attribute.ints.len() as i64],
            int64_data: attribute.ints.clone(),
            ..Stored::default()
        },
        _ => return None,
    };
    Some(Stored { name, ..stored })
}

/// The steps in an order in which each comes after those that it needs. Files are written so, as a rule.
fn sorted(nodes: Vec<Node>, facts: &Facts<'_>, graph: &Graph) -> Vec<Node> {
    let made: BTreeSet<String> = nodes.iter().flat_map(|node| node.output.iter().cloned()).collect();
    let mut known: BTreeSet<String> = facts.weights.keys().cloned().collect();
    known.extend(graph.input.iter().map(|value| value.name.clone()));
    let (mut ordered, mut waiting) = (Vec::with_capacity(nodes.len()), nodes);
    loop {
        let before = ordered.len();
        let mut left = Vec::new();
        for node in waiting {
            if used(&node).iter().all(|name| known.contains(name) || !made.contains(name)) {
                known.extend(node.output.iter().cloned());
                ordered.push(node);
            } else {
                left.push(node);
            }
        }
        if left.is_empty() || ordered.len() == before {
            // Steps in a circle are for the runtime to refuse.
            ordered.extend(left);
            return ordered;
        }
        waiting = left;
    }
}

/// Lowers one step; true if it does not stay as it is.
fn lower_node(
    mut node: Node,
    facts: &mut Facts<'_>,
    items: &mut Vec<Item>,
    context: &Context<'_>,
) -> Result<bool, LoweringError> {
    let own_set = node.domain.is_empty() || node.domain == "ai.onnx";
    // Messages of the runtime name steps by their names only.
    let mut changed = node.name.is_empty();
    if own_set && node.attribute.iter().any(|attribute| attribute.g.is_some()) {
        let (inside, made) = lower_bodies(&mut node, facts, context)?;
        for (name, element) in node.output.iter().zip(made).filter_map(|(name, kind)| Some((name, kind?))) {
            facts.note_element(name, element);
        }
        match inside {
            Inside::Steps(inside) => changed = inside,
            Inside::Flow(flow) => {
                items.push(Item::Flow(flow));
                return Ok(true);
            }
        }
    }
    // A constant inside of an attribute may be of a type that the runtime lacks, too.
    for stored in node.attribute.iter_mut().filter_map(|attribute| attribute.t.as_mut()) {
        for name in &node.output {
            facts.note_element(name, stored.data_type);
        }
        changed |= weights::convert(stored)?;
    }
    let kind = KINDS.iter().find(|kind| own_set && kind.operator == node.op_type);
    let Some(kind) = kind else {
        facts.note(&node);
        items.push(Item::Node(node));
        return Ok(changed);
    };
    facts.note(&node);
    let mut rewrite = Rewrite::new(facts, &node);
    let action =
        (kind.lower)(&node, &mut rewrite).map_err(|err| LoweringError::of_operator(node.title(), err))?;
    let nodes = rewrite.nodes;
    match action {
        Action::Keep => items.push(Item::Node(node)),
        Action::Replaced => {
            items.extend(nodes.into_iter().map(Item::Node));
            changed = true;
        }
        Action::Own(run) => {
            items.push(Item::Own(node, run));
            changed = true;
        }
    }
    Ok(changed)
}

/// The graphs inside of a step after lowering.
enum Inside {
    /// They stay in the step; true if they changed.
    Steps(bool),
    /// The program runs the step, because it runs a step inside of it.
    Flow(Box<flow::Flow>),
}

fn lower_bodies(
    node: &mut Node,
    facts: &Facts<'_>,
    context: &Context<'_>,
) -> Result<(Inside, Vec<Option<i32>>), LoweringError> {
    let mut bodies = Vec::new();
    let kinds = (0..node.input.len()).map(|at| facts.element_of(node, at));
    let given: Vec<Option<i32>> = match node.op_type.as_str() {
        // The count and the condition come first, as in its inputs.
        "Loop" => [Some(element::INT64), Some(element::BOOL)].into_iter().chain(kinds.skip(2)).collect(),
        "Scan" => kinds.collect(),
        _ => Vec::new(),
    };
    let mut takes: BTreeSet<String> = node.input.iter().filter(|name| !name.is_empty()).cloned().collect();
    for attribute in &mut node.attribute {
        let Some(graph) = attribute.g.take() else { continue };
        let outside = captured(&graph).into_iter().filter(|name| facts.weight(name).is_none());
        let outside: BTreeSet<String> = outside.collect();
        bodies.push((attribute.name.clone(), outside, lowered_graph(graph, &given, Some(facts), context)?));
    }
    // The outputs of a step are those of its first body; the condition of a loop stays inside.
    let made = bodies.first().map_or_else(Vec::new, |(_, _, body)| {
        let outputs = body.graph.output.iter().skip(usize::from(node.op_type == "Loop"));
        outputs.map(|value| body.facts.element(&value.name)).collect()
    });
    let simple =
        |(_, _, body): &(_, _, Lowered<'_>)| body.items.iter().all(|item| matches!(item, Item::Node(_)));
    if node.op_type != "Scan" && bodies.iter().all(simple) {
        let mut changed = false;
        for (name, _, body) in bodies {
            changed |= body.changed;
            let nodes = body.items.into_iter().filter_map(|item| match item {
                Item::Node(node) => Some(node),
                Item::Own(..) | Item::Flow(_) => None,
            });
            let node_list = nodes.collect();
            let initializer = body.facts.weights.into_values().collect();
            let graph = Graph { node: node_list, initializer, ..body.graph };
            if let Some(attribute) = node.attribute.iter_mut().find(|attribute| attribute.name == name) {
                attribute.g = Some(graph);
            }
        }
        return Ok((Inside::Steps(changed), made));
    }
    if !matches!(node.op_type.as_str(), "If" | "Loop" | "Scan")
        || (node.op_type == "Scan" && context.opset < 9)
    {
        return Err(LoweringError::unsupported(format!(
            "the built-in runtime does not support the operator {}",
            node.title()
        )));
    }
    let mut found = BTreeMap::new();
    for (name, outside, body) in bodies {
        let wanted = body.graph.output.iter().map(|value| value.name.clone()).collect();
        let inputs = body.graph.input.iter().map(|value| value.name.clone()).collect();
        let program =
            Program::of(body.items, body.facts, &body.graph, &wanted, &context.sets, context.options)?;
        takes.extend(outside.iter().cloned());
        found.insert(name, flow::Body { program, inputs, captured: outside });
    }
    Ok((Inside::Flow(Box::new(flow::Flow { node: node.clone(), bodies: found, takes })), made))
}
