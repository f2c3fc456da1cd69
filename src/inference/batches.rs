//! Batches: several inputs in one run of a graph, stacked along the first dimension and split again.

use crate::inference::error::GraphError;
use crate::inference::{Graph, Tensor};

/// Batch size of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Up to this many.
    UpTo(usize),
    /// Exactly this many, fixed by the graph; the last input is repeated to fill the batch.
    Exactly(usize),
}

impl Batch {
    /// Batch size for a graph with this first dimension, for a requested size.
    pub(super) fn of(first: Option<u64>, asked: Option<usize>) -> Result<Self, GraphError> {
        match (first, asked) {
            (Some(fixed), Some(asked)) if fixed != asked as u64 => Err(GraphError::batch(format!(
                "the batch size of the model is fixed at {fixed}, remove batch={asked}"
            ))),
            (Some(fixed @ 2..), _) => Ok(Self::Exactly(fixed as usize)),
            (_, asked) => Ok(Self::UpTo(asked.unwrap_or(1).max(1))),
        }
    }

    /// Maximum number of inputs of one run.
    pub(super) fn most(self) -> usize {
        match self {
            Self::UpTo(most) | Self::Exactly(most) => most,
        }
    }
}

/// The outputs for each of at most [`Batch::most`] questions, each with all the inputs of the graph. Stacked inputs
/// must have one shape.
pub(super) fn run(
    graph: &dyn Graph,
    inputs: &[&[Tensor]],
    batch: Batch,
) -> Result<Vec<Vec<Tensor>>, GraphError> {
    let (Some(first), Some(last)) = (inputs.first(), inputs.last()) else { return Ok(Vec::new()) };
    let count = match batch {
        Batch::Exactly(count) => count,
        Batch::UpTo(_) => inputs.len(),
    };
    if count == 1 {
        return Ok(vec![graph.run(first)?]);
    }
    let mut all = Vec::with_capacity(first.len());
    for (number, own) in first.iter().enumerate() {
        let mut stacked = Tensor {
            name: own.name.clone(),
            shape: own.shape.clone(),
            data: Vec::with_capacity(own.data.len() * count),
        };
        if let Some(side) = stacked.shape.first_mut() {
            *side *= count;
        }
        for at in 0..count {
            let tensor = inputs.get(at).unwrap_or(last).get(number).filter(|other| other.shape == own.shape);
            let tensor = tensor.ok_or_else(|| {
                GraphError::batch("inputs of different shapes cannot share a batch, remove batch")
            })?;
            stacked.data.extend_from_slice(&tensor.data);
        }
        all.push(stacked);
    }
    let outputs = graph.run(&all)?;
    let apart = |at: usize| -> Result<Vec<Tensor>, GraphError> {
        outputs.iter().map(|o| part(o, at, count)).collect()
    };
    (0..inputs.len()).map(apart).collect()
}

fn part(output: &Tensor, at: usize, count: usize) -> Result<Tensor, GraphError> {
    let first = output.shape.first().copied().unwrap_or(0);
    if first % count != 0 || first == 0 {
        return Err(GraphError::batch(format!(
            "output {:?} has the shape {:?} for {count} inputs, so it cannot be split by input, remove batch",
            output.name, output.shape
        )));
    }
    let (mut shape, each) = (output.shape.clone(), output.data.len() / count);
    shape[0] = first / count;
    let data = output.data.get(at * each..(at + 1) * each).unwrap_or_default().to_vec();
    Ok(Tensor { name: output.name.clone(), shape, data })
}
