//! Gradients of a prediction by the input: reverse-mode differentiation of ONNX graphs.
//!
//! A [`Plan`] is made once for a model and run on batches of inputs. An error names an unsupported operator.

use crate::inference::Tensor;
use crate::inference::decoders::classes::softmax;
use crate::inference::gradients::error::GradientError;
use crate::inference::gradients::plan::Plan;
use crate::inference::gradients::session::Session;
use crate::inference::model::Model;

pub mod error;
mod graph;
pub mod passage;
pub mod plan;
mod rules;
pub mod session;

/// Objective to differentiate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// One number of the first output.
    Output(usize),
    /// The cross-entropy of the first output, taken as logits, with this class as the ground truth.
    ///
    /// This is the objective of the fast gradient sign method (Goodfellow, Shlens, Szegedy, "Explaining and Harnessing
    /// Adversarial Examples", ICLR 2015).
    CrossEntropy(usize),
}

/// The derivative of the objective by each number of the first prepared input, in its shape.
pub fn gradient(model: &Model, prepared: &[Tensor], objective: Objective) -> Result<Tensor, GradientError> {
    let own = prepared.first().ok_or_else(|| GradientError::missing("the model has no input"))?;
    let plan = Plan::whole(&model.path, prepared)?;
    let mut session = Session::new(&plan);
    session.forward(&[&own.data])?;
    let seed = seed(&session.output(0, 0), &plan, objective)?;
    let data = session.backward(&[vec![seed]])?.pop().unwrap_or_default();
    Ok(Tensor { data, ..own.clone() })
}

fn seed(output: &[f32], plan: &Plan, objective: Objective) -> Result<Vec<f32>, GradientError> {
    let (Objective::Output(at) | Objective::CrossEntropy(at)) = objective;
    if at >= output.len() {
        let name = plan.outputs().first().map(|output| output.name.clone()).unwrap_or_default();
        return Err(GradientError::Index { output: name, count: output.len(), index: at });
    }
    let mut seed = match objective {
        Objective::Output(_) => vec![0.0; output.len()],
        Objective::CrossEntropy(_) => softmax(output),
    };
    seed[at] += if matches!(objective, Objective::Output(_)) { 1.0 } else { -1.0 };
    Ok(seed)
}
