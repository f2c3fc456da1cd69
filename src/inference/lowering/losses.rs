//! `NegativeLogLikelihoodLoss` and `SoftmaxCrossEntropyLoss`.

use super::call::Call;
use super::error::LoweringError;
use super::values::{Value, around};
use super::{Action, LoweringKind};

/// The negative log-probability of each target.
pub(super) static NEGATIVE_LOG_LIKELIHOOD: LoweringKind =
    LoweringKind { operator: "NegativeLogLikelihoodLoss", lower: |_, _| Ok(Action::Own(likelihood)) };
/// The same after a softmax over the classes.
pub(super) static SOFTMAX_CROSS_ENTROPY: LoweringKind =
    LoweringKind { operator: "SoftmaxCrossEntropyLoss", lower: |_, _| Ok(Action::Own(cross_entropy)) };

fn likelihood(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    Ok(vec![loss(call, &call.input(0)?.to_doubles())?])
}

fn cross_entropy(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    if x.shape.len() < 2 {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    }
    let (before, classes, after) = around(&x.shape, 1);
    let mut logs = x.to_doubles();
    for row in 0..before {
        for cell in 0..after {
            let place = |class: usize| (row * classes + class) * after + cell;
            let highest = (0..classes).map(|class| logs[place(class)]).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = (0..classes).map(|class| (logs[place(class)] - highest).exp()).sum();
            for class in 0..classes {
                logs[place(class)] -= highest + sum.ln();
            }
        }
    }
    let probabilities = Value::floats(x.shape.clone(), logs.iter().map(|v| *v as f32).collect());
    Ok(vec![loss(call, &logs)?, probabilities])
}

fn loss(call: &Call<'_>, logs: &[f64]) -> Result<Value, LoweringError> {
    let (x, target) = (call.input(0)?, call.input(1)?);
    if x.shape.len() < 2 {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    }
    let (before, classes, after) = around(&x.shape, 1);
    let weights = call.optional(2).map(Value::to_doubles);
    let ignored = call.node.attribute("ignore_index").map(|attribute| attribute.i);
    let targets = target.to_wholes();
    if targets.len() != before * after {
        return Err(LoweringError::shape(format!(
            "its input has the shape {:?}, its targets {:?}",
            x.shape, target.shape
        )));
    }
    let (mut each, mut total) = (Vec::with_capacity(targets.len()), 0.0);
    for (at, class) in targets.iter().enumerate() {
        if Some(*class) == ignored {
            each.push(0.0);
            continue;
        }
        let class = usize::try_from(*class).ok().filter(|class| *class < classes);
        let class =
            class.ok_or_else(|| LoweringError::number(format!("its target {} is no class", targets[at])))?;
        let weight = weights.as_ref().map_or(1.0, |weights| weights.get(class).copied().unwrap_or(1.0));
        total += weight;
        each.push(-weight * logs[(at / after * classes + class) * after + at % after]);
    }
    let sum: f64 = each.iter().sum();
    Ok(match call.node.word("reduction", "mean").as_str() {
        "none" => Value::floats(target.shape.clone(), each.iter().map(|v| *v as f32).collect()),
        "sum" => Value::floats(Vec::new(), vec![sum as f32]),
        "mean" => Value::floats(Vec::new(), vec![(sum / total) as f32]),
        other => return Err(LoweringError::unknown("reduction", other)),
    })
}
