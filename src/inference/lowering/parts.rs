//! Division of the steps of a graph into parts that the built-in runtime runs at once.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use rten::{ModelOptions, NodeId, RunOptions, ValueOrView};

use super::error::LoweringError;
use super::facts::{Facts, used};
use super::graph::Item;
use super::proto::{Graph, Model, Node, OperatorSet, Stored, ValueInfo};

/// Values by name while a graph runs.
pub(super) type Values = BTreeMap<String, rten::Value>;

/// Steps that the built-in runtime computes at once.
pub(super) struct Part {
    pub(super) model: rten::Model,
    pub(super) inputs: Vec<(String, NodeId)>,
    pub(super) outputs: Vec<(String, NodeId)>,
}

/// Loads the steps of one level into the runtime; `None` if nobody needs them.
pub(super) fn part(
    nodes: Vec<Node>,
    facts: &mut Facts<'_>,
    crossing: &BTreeSet<String>,
    graph: &Graph,
    sets: &[OperatorSet],
    options: &ModelOptions,
    last: bool,
) -> Result<Option<Part>, LoweringError> {
    let made: BTreeSet<String> = nodes.iter().flat_map(|node| node.output.iter().cloned()).collect();
    let outputs: Vec<String> = made.intersection(crossing).filter(|name| !name.is_empty()).cloned().collect();
    if outputs.is_empty() {
        return Ok(None);
    }
    let needed: BTreeSet<String> = nodes.iter().flat_map(used).filter(|name| !made.contains(name)).collect();
    let (mut initializer, mut inputs) = (Vec::<Stored>::new(), Vec::new());
    for name in needed {
        // The last part takes the weights, so that they are not twice in memory.
        let own = if last { facts.weights.remove(&name) } else { None };
        match own.or_else(|| facts.weight(&name).cloned()) {
            Some(weight) => initializer.push(weight),
            None => inputs.push(name),
        }
    }
    let info = |name: &String| {
        graph.input.iter().find(|value| value.name == *name).cloned().unwrap_or_else(|| plain(name))
    };
    let node = nodes.into_iter().map(named).collect();
    let part = Graph {
        node,
        name: graph.name.clone(),
        initializer,
        input: inputs.iter().map(info).collect(),
        output: outputs.iter().map(|name| plain(name)).collect(),
        ..Graph::default()
    };
    let model = Model { ir_version: 8, opset_import: sets.to_vec(), graph: Some(part), ..Model::default() };
    let bytes = model.encode_to_vec();
    drop(model);
    let model = options.load(bytes).map_err(|err| LoweringError::runtime(&err))?;
    let find = |name: String| {
        let id = model
            .find_node(&name)
            .ok_or_else(|| LoweringError::missing(format!("the runtime lost the value {name:?}")))?;
        Ok::<_, LoweringError>((name, id))
    };
    let inputs = inputs.into_iter().map(find).collect::<Result<_, _>>()?;
    let outputs = outputs.into_iter().map(find).collect::<Result<_, _>>()?;
    Ok(Some(Part { model, inputs, outputs }))
}

fn plain(name: &str) -> ValueInfo {
    ValueInfo { name: name.to_owned(), r#type: None }
}

/// The step with a name that messages can use.
fn named(mut node: Node) -> Node {
    if node.name.is_empty() {
        let output = node.output.iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
        node.name = format!("{} of {output}", node.op_type);
    }
    node
}

/// For each step the number of the program's own steps before it.
pub(super) fn levels(items: &[Item]) -> Vec<usize> {
    let mut made: BTreeMap<String, usize> = BTreeMap::new();
    let mut levels = Vec::with_capacity(items.len());
    for item in items {
        let level = item.takes().iter().filter_map(|name| made.get(name).copied()).max().unwrap_or(0);
        let after = level + usize::from(!matches!(item, Item::Node(_)));
        made.extend(item.node().output.iter().map(|name| (name.clone(), after)));
        levels.push(level);
    }
    levels
}

/// The values that leave the part that makes them.
pub(super) fn crossing(items: &[Item], levels: &[usize], wanted: &BTreeSet<String>) -> BTreeSet<String> {
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let mut crossing = wanted.clone();
    for (item, level) in items.iter().zip(levels) {
        let inside = matches!(item, Item::Node(_));
        let leaves = |name: &String| made.get(name.as_str()).is_some_and(|at| !inside || at != level);
        crossing.extend(item.takes().into_iter().filter(leaves));
        if inside {
            made.extend(item.node().output.iter().map(|name| (name.as_str(), *level)));
        }
    }
    crossing
}

impl Part {
    pub(super) fn run(
        &self,
        values: &mut Values,
        made: &[&str],
        options: Option<&RunOptions>,
    ) -> Result<(), LoweringError> {
        let outputs: Vec<&(String, NodeId)> =
            self.outputs.iter().filter(|(name, _)| made.contains(&name.as_str())).collect();
        let ids: Vec<NodeId> = outputs.iter().map(|(_, id)| *id).collect();
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for (name, id) in &self.inputs {
            let value = values
                .get(name)
                .ok_or_else(|| LoweringError::missing(format!("the value {name:?} is missing")))?;
            inputs.push((*id, ValueOrView::View(value.as_view())));
        }
        let found =
            self.model.run(inputs, &ids, options.cloned()).map_err(|err| LoweringError::runtime(&err))?;
        let named = outputs.into_iter().map(|(name, _)| name.clone());
        values.extend(named.zip(found));
        Ok(())
    }
}
