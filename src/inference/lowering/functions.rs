//! Operators that a file defines itself, replaced by their steps.

use std::collections::BTreeMap;

use super::error::LoweringError;
use super::proto::{Attribute, Function, Graph, Node};

/// Deepest nesting of such operators.
const DEEPEST: usize = 16;

/// Replaces every such step of a graph; true if there was one.
pub(super) fn inline(graph: &mut Graph, functions: &[Function]) -> Result<bool, LoweringError> {
    let mut changed = false;
    if functions.is_empty() {
        return Ok(changed);
    }
    for _ in 0..DEEPEST {
        let mut found = false;
        let mut steps = Vec::with_capacity(graph.node.len());
        for (at, mut node) in std::mem::take(&mut graph.node).into_iter().enumerate() {
            for inside in node.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()) {
                changed |= inline(inside, functions)?;
            }
            match functions.iter().find(|function| is_of(&node, function)) {
                Some(function) => {
                    found = true;
                    steps.extend(body(&node, function, at));
                }
                None => steps.push(node),
            }
        }
        graph.node = steps;
        if !found {
            return Ok(changed);
        }
        changed = true;
    }
    Err(LoweringError::damaged(format!(
        "the operators that the file defines are nested deeper than {DEEPEST}"
    )))
}

fn is_of(node: &Node, function: &Function) -> bool {
    node.op_type == function.name && node.domain == function.domain && node.overload == function.overload
}

/// The steps of a function in place of a step that calls it.
fn body(call: &Node, function: &Function, number: usize) -> Vec<Node> {
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for (inner, outer) in
        function.input.iter().zip(call.input.iter().map(Some).chain(std::iter::repeat(None)))
    {
        names.insert(inner, outer.cloned().unwrap_or_default());
    }
    for (inner, outer) in function.output.iter().zip(&call.output).filter(|(_, outer)| !outer.is_empty()) {
        names.insert(inner, outer.clone());
    }
    let stem = call.output.iter().find(|name| !name.is_empty()).cloned().unwrap_or_default();
    let attributes: BTreeMap<&str, &Attribute> = function
        .attribute_proto
        .iter()
        .chain(&call.attribute)
        .map(|attribute| (attribute.name.as_str(), attribute))
        .collect();
    let mut steps = function.node.clone();
    for step in &mut steps {
        rename(step, &names, &format!("{stem}/{}/{number}", function.name), &attributes);
    }
    steps
}

fn rename(
    step: &mut Node,
    names: &BTreeMap<&str, String>,
    stem: &str,
    attributes: &BTreeMap<&str, &Attribute>,
) {
    let renamed = |name: &String| match names.get(name.as_str()) {
        Some(outer) => outer.clone(),
        None if name.is_empty() => String::new(),
        None => format!("{stem}/{name}"),
    };
    step.input = step.input.iter().map(renamed).collect();
    step.output = step.output.iter().map(renamed).collect();
    let own = std::mem::take(&mut step.attribute);
    let given = own.into_iter().filter_map(|attribute| {
        if attribute.ref_attr_name.is_empty() {
            return Some(attribute);
        }
        let outer = attributes.get(attribute.ref_attr_name.as_str())?;
        Some(Attribute { name: attribute.name, ..(*outer).clone() })
    });
    step.attribute = given.collect();
    for graph in step.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()) {
        graph.node.iter_mut().for_each(|inner| rename(inner, names, stem, attributes));
        for value in graph.input.iter_mut().chain(&mut graph.output).chain(&mut graph.value_info) {
            value.name = renamed(&value.name);
        }
        for stored in &mut graph.initializer {
            stored.name = renamed(&stored.name);
        }
    }
}
