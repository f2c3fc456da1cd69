//! `Celu`, `Mish`, `Selu`, `Shrink`, `Sign` and `ThresholdedRelu`, in steps that the runtime has.

use super::error::LoweringError;
use super::proto::{Attribute, Node};
use super::rewrite::Rewrite;
use super::values::element;
use super::{Action, LoweringKind};

/// `alpha * elu(x / alpha)`.
pub(super) static CELU: LoweringKind = LoweringKind { operator: "Celu", lower: celu };
/// `x * tanh(ln(1 + e^x))`.
pub(super) static MISH: LoweringKind = LoweringKind { operator: "Mish", lower: mish };
/// `gamma * elu(x)` with the slope alpha below zero.
pub(super) static SELU: LoweringKind = LoweringKind { operator: "Selu", lower: selu };
/// Zero around zero, shifted towards it elsewhere.
pub(super) static SHRINK: LoweringKind = LoweringKind { operator: "Shrink", lower: shrink };
/// The runtime's own gives 1 for 0.
pub(super) static SIGN: LoweringKind = LoweringKind { operator: "Sign", lower: sign };
/// `x` above alpha, zero elsewhere.
pub(super) static THRESHOLDED_RELU: LoweringKind =
    LoweringKind { operator: "ThresholdedRelu", lower: thresholded_relu };

/// The input and the output of a step with one of each.
fn ends(node: &Node) -> Result<(&str, &str), LoweringError> {
    let output = node.output.first().ok_or(LoweringError::NoOutput)?;
    Ok((node.given(0).ok_or(LoweringError::NoInput)?, output))
}

fn elu(alpha: f32) -> Vec<Attribute> {
    vec![Attribute::number("alpha", alpha)]
}

fn celu(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) = ends(node)?;
    let alpha = to.float(node.number("alpha", 1.0));
    let scaled = to.op("Div", &[x, &alpha], Vec::new());
    let bent = to.op("Elu", &[&scaled], elu(1.0));
    to.into("Mul", &[&bent, &alpha], Vec::new(), y);
    Ok(Action::Replaced)
}

fn mish(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) = ends(node)?;
    let soft = to.op("Softplus", &[x], Vec::new());
    let factor = to.op("Tanh", &[&soft], Vec::new());
    to.into("Mul", &[x, &factor], Vec::new(), y);
    Ok(Action::Replaced)
}

fn selu(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) = ends(node)?;
    let bent = to.op("Elu", &[x], elu(node.number("alpha", 1.673_263_2)));
    let gamma = to.float(node.number("gamma", 1.050_701));
    to.into("Mul", &[&bent, &gamma], Vec::new(), y);
    Ok(Action::Replaced)
}

fn shrink(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) = ends(node)?;
    if to.facts.element_of(node, 0).is_some_and(|kind| !element::real(kind)) {
        return Err(LoweringError::unsupported("its input is not a float"));
    }
    let (limit, bias) = (node.number("lambd", 0.5), node.number("bias", 0.0));
    let (low, high, shift, zero) = (to.float(-limit), to.float(limit), to.float(bias), to.float(0.0));
    let below = to.op("Less", &[x, &low], Vec::new());
    let above = to.op("Greater", &[x, &high], Vec::new());
    let (raised, lowered) = (to.op("Add", &[x, &shift], Vec::new()), to.op("Sub", &[x, &shift], Vec::new()));
    let upper = to.op("Where", &[&above, &lowered, &zero], Vec::new());
    to.into("Where", &[&below, &raised, &upper], Vec::new(), y);
    Ok(Action::Replaced)
}

fn sign(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) = ends(node)?;
    let kind = to
        .facts
        .element_of(node, 0)
        .ok_or_else(|| LoweringError::unsupported("the element type of its input is unknown"))?;
    // Integers of 8 bits are widened for the comparison.
    let wide = if matches!(kind, element::INT8 | element::UINT8) {
        to.op("Cast", &[x], vec![Attribute::whole("to", i64::from(element::INT32))])
    } else {
        x.to_owned()
    };
    let zero = to.like(kind, 0);
    let above = to.op("Greater", &[&wide, &zero], Vec::new());
    let below = to.op("Less", &[&wide, &zero], Vec::new());
    let sign = to.op("Sub", &[&above, &below], Vec::new());
    to.into("Cast", &[&sign], vec![Attribute::whole("to", i64::from(held(kind)))], y);
    Ok(Action::Replaced)
}

/// The element type that the runtime holds a type in.
fn held(kind: i32) -> i32 {
    match kind {
        element::INT8 | element::UINT8 => kind,
        _ if element::real(kind) => element::FLOAT,
        _ => element::INT32,
    }
}

fn thresholded_relu(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    let (x, y) = ends(node)?;
    let (alpha, zero) = (to.float(node.number("alpha", 1.0)), to.float(0.0));
    let above = to.op("Greater", &[x, &alpha], Vec::new());
    to.into("Where", &[&above, x, &zero], Vec::new(), y);
    Ok(Action::Replaced)
}
