//! `Dropout`, which drops nothing when a model predicts.

use super::error::LoweringError;
use super::proto::Node;
use super::rewrite::Rewrite;
use super::values::element;
use super::{Action, LoweringKind};

/// The input as it is, and a mask of ones.
pub(super) static KIND: LoweringKind = LoweringKind { operator: "Dropout", lower };

fn lower(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) =
        (node.given(0).ok_or(LoweringError::NoInput)?, node.output.first().ok_or(LoweringError::NoOutput)?);
    let (old, current) = (to.facts.opset < 7, to.facts.opset >= 12);
    let keeps_all =
        || to.facts.constant(node, 1).is_some_and(|ratio| ratio.to_floats().iter().all(|r| *r == 0.0));
    let training = if current && node.given(2).is_some() {
        let mode = to
            .facts
            .constant(node, 2)
            .ok_or_else(|| LoweringError::unsupported("its training mode is not a constant"))?;
        mode.to_wholes().iter().any(|flag| *flag != 0) && !keeps_all()
    } else {
        old && node.whole("is_test", 0) == 0
    };
    if training {
        return Err(LoweringError::unsupported(
            "it is in training mode and drops values at random, export the model for inference",
        ));
    }
    to.into("Identity", &[x], Vec::new(), y);
    if node.wanted(1) {
        let shape = to.op("Shape", &[x], Vec::new());
        let one = to.like(element::INT32, 1);
        to.into("Expand", &[&one, &shape], Vec::new(), &node.output[1]);
    }
    Ok(Action::Replaced)
}
