//! Simulated weight precision: the predictions of a model stored in 16 or 8 bits.
//!
//! The weights of the file are rounded and stay 32-bit numbers, so that every backend can run them; sums keep their precision.
//! A model that was really exported in low precision is compared as a file of its own.

use std::ops::Range;
use std::path::Path;

use half::{bf16, f16};
use tempfile::TempPath;

use crate::base::inputs::{self, InputKind};
use crate::inference::error::GraphError;
use crate::inference::protobuf::{self, fields};

/// Storage format of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// IEEE 754 binary16.
    Half,
    /// The upper half of a 32-bit number (bfloat16).
    Brain,
    /// 8-bit integers and one scale per tensor, without an offset; vectors such as biases stay as they are, as usual.
    Whole8,
}

impl Precision {
    /// All of them with their names.
    pub const NAMED: [(&'static str, Self); 3] =
        [("fp16", Self::Half), ("bf16", Self::Brain), ("int8", Self::Whole8)];

    fn round(self, dims: usize, weights: &mut [u8]) {
        let (numbers, _) = weights.as_chunks_mut::<4>();
        let value = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
        let most = numbers.iter().map(|bytes| value(bytes).abs()).fold(0.0_f32, f32::max);
        let scale = most / 127.0;
        for bytes in numbers {
            let number = value(bytes);
            let rounded = match self {
                Self::Half => f16::from_f32(number).to_f32(),
                Self::Brain => bf16::from_f32(number).to_f32(),
                Self::Whole8 if dims < 2 || scale <= 0.0 => number,
                Self::Whole8 => (number / scale).round_ties_even() * scale,
            };
            *bytes = rounded.to_le_bytes();
        }
    }
}

/// A copy of a model file with rounded weights; it is deleted when the path is dropped.
pub(super) fn rounded(path: &Path, precision: Precision) -> Result<TempPath, GraphError> {
    let mut bytes = inputs::read(path, InputKind::Model)
        .map_err(|source| GraphError::Io { path: path.to_owned(), source })?;
    let weights =
        weights(&bytes).ok_or_else(|| GraphError::damaged("the weights of the model cannot be found"))?;
    if weights.is_empty() {
        return Err(GraphError::unsupported("the model has no 32-bit weights to round"));
    }
    for (dims, range) in weights {
        precision.round(dims, bytes.get_mut(range).unwrap_or_default());
    }
    protobuf::copy(&bytes)
}

/// Positions of the 32-bit weights in a model file, with the number of dimensions of each tensor.
fn weights(bytes: &[u8]) -> Option<Vec<(usize, Range<usize>)>> {
    let inside = |message: Range<usize>, number: u64| -> Option<Vec<Range<usize>>> {
        let all = fields(bytes, message)?.into_iter().filter(|field| field.number == number);
        Some(all.filter_map(|field| field.body.ok()).collect())
    };
    let mut tensors = Vec::new();
    // model.graph, its initializers, and the values of its Constant steps.
    for graph in inside(0..bytes.len(), 7)? {
        tensors.extend(inside(graph.clone(), 5)?);
        for node in inside(graph, 1)? {
            for attribute in inside(node, 5)? {
                tensors.extend(inside(attribute, 5)?);
            }
        }
    }
    let mut found = Vec::new();
    for tensor in tensors {
        let (mut dims, mut float, mut data) = (0, false, None);
        for field in fields(bytes, tensor)? {
            match (field.number, field.body) {
                // One by one, or packed.
                (1, Err(_)) => dims += 1,
                (1, Ok(range)) => dims += bytes.get(range)?.iter().filter(|byte| **byte < 128).count(),
                (2, Err(kind)) => float = kind == 1,
                (4 | 9, Ok(range)) => data = Some(range),
                _ => {}
            }
        }
        found.extend(data.filter(|_| float).map(|range| (dims, range)));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_found_and_rounded_in_place() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("sample_projects/traffic_lights/models/traffic_light_state.onnx");
        let before = std::fs::read(&path).unwrap();
        let found = weights(&before).unwrap();
        assert!(found.iter().any(|(dims, _)| *dims == 4) && found.iter().any(|(dims, _)| *dims == 1));
        for (_, precision) in Precision::NAMED {
            let copy = rounded(&path, precision).unwrap();
            let after = std::fs::read(&copy).unwrap();
            assert_eq!(before.len(), after.len());
            // Only the weights differ.
            let inside = |at: usize| found.iter().any(|(_, range)| range.contains(&at));
            let mut apart = (0..before.len()).filter(|at| before[*at] != after[*at]);
            assert!(apart.clone().count() > 1000 && apart.all(inside));
        }
        let numbers = |precision: Precision, dims: usize, given: &[f32]| -> Vec<f32> {
            let mut bytes: Vec<u8> = given.iter().flat_map(|number| number.to_le_bytes()).collect();
            precision.round(dims, &mut bytes);
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        assert_eq!(numbers(Precision::Half, 2, &[0.1, 2049.0]), [0.099_975_586, 2048.0]);
        assert_eq!(numbers(Precision::Brain, 2, &[0.1]), [0.100_097_656]);
        assert_eq!(numbers(Precision::Whole8, 2, &[127.0, 0.4, -63.6]), [127.0, 0.0, -64.0]);
        assert_eq!(numbers(Precision::Whole8, 1, &[127.0, 0.4]), [127.0, 0.4]);
        // Random bytes are not a model.
        assert!(weights(&[255; 40]).is_none());
    }
}
