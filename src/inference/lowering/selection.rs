//! `ArgMax` and `ArgMin`, of which the runtime takes the last of equal numbers, and `SequenceInsert`.

use super::error::LoweringError;
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::element;
use super::{Action, LoweringKind};

/// The first or the last of the highest numbers.
pub(super) static ARG_MAX: LoweringKind =
    LoweringKind { operator: "ArgMax", lower: |node, to| best(node, 1, to) };
/// The first or the last of the lowest numbers.
pub(super) static ARG_MIN: LoweringKind =
    LoweringKind { operator: "ArgMin", lower: |node, to| best(node, 0, to) };
/// The runtime counts a negative position from another end.
pub(super) static SEQUENCE_INSERT: LoweringKind =
    LoweringKind { operator: "SequenceInsert", lower: sequence_insert };

fn best(node: &Node, largest: i64, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) =
        (node.given(0).ok_or(LoweringError::NoInput)?, node.output.first().ok_or(LoweringError::NoOutput)?);
    let (axis, keep) = (node.whole("axis", 0), node.whole("keepdims", 1));
    let narrow = matches!(to.facts.element_of(node, 0), Some(element::INT8 | element::UINT8));
    let wide = if narrow {
        to.op("Cast", &[x], vec![Attribute::whole("to", i64::from(element::INT32))])
    } else {
        x.to_owned()
    };
    if node.whole("select_last_index", 0) != 0 {
        let attributes = vec![Attribute::whole("axis", axis), Attribute::whole("keepdims", keep)];
        to.into(&node.op_type, &[&wide], attributes, y);
        return Ok(Action::Replaced);
    }
    // Of equal numbers the first is at the top.
    let one = to.wholes(&[1]);
    let values = format!("{y}/lowered/best");
    let indices = if keep == 0 { format!("{y}/lowered/index") } else { y.clone() };
    to.push(Node {
        input: vec![wide, one],
        output: vec![values, indices.clone()],
        name: format!("TopK of {y}"),
        op_type: "TopK".to_owned(),
        attribute: vec![Attribute::whole("axis", axis), Attribute::whole("largest", largest)],
        ..Node::default()
    });
    if keep == 0 {
        let axes = to.wholes(&[axis]);
        to.into("Squeeze", &[&indices, &axes], Vec::new(), y);
    }
    Ok(Action::Replaced)
}

fn sequence_insert(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    if node.given(2).is_none() {
        return Ok(Action::Keep);
    }
    let position = to
        .facts
        .constant(node, 2)
        .ok_or_else(|| LoweringError::unsupported("its position is not a constant"))?;
    if position.to_wholes().iter().any(|at| *at < 0) {
        return Err(LoweringError::unsupported("its position is counted from the end"));
    }
    Ok(Action::Keep)
}
