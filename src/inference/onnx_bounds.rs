//! Bounds of a model file, checked on its bytes before anything is decoded: decoders allocate by what a file says, and
//! descend as deep as it is nested.

use std::ops::Range;

use crate::inference::protobuf::{Field, each};

/// Most steps of all graphs of a file: several times those of the largest language models.
pub(super) const MOST_STEPS: usize = 200_000;
/// Most fields of all messages without weights; a step has a dozen or two.
const MOST_FIELDS: usize = 10_000_000;
/// Most levels of graphs within graphs and of types within types.
const DEEPEST: u8 = 32;
/// Most values that a byte holds, those of one bit.
const VALUES_PER_BYTE: u64 = 8;

/// Reason why a model file is not decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// A field does not end where its message ends.
    #[error("damaged protobuf: a field does not end where its message ends")]
    Damaged,
    /// More of something than a model can mean.
    #[error("{what}")]
    TooMuch {
        /// The excess in a sentence.
        what: String,
    },
}

/// Messages of ONNX that hold others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Model,
    Training,
    Function,
    Graph,
    Node,
    Attribute,
    Value,
    Type,
    /// The element of a type that holds others.
    Element,
    Sparse,
    Tensor,
}

impl Kind {
    /// The message in a field, by the numbers of onnx.proto.
    fn of_field(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) | (Self::Training, 1 | 2) | (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Model, 20) => Self::Training,
            (Self::Model, 25) => Self::Function,
            (Self::Function, 7) | (Self::Graph, 1) => Self::Node,
            (Self::Function, 11) | (Self::Node, 5) => Self::Attribute,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) | (Self::Sparse, 1 | 2) => Self::Tensor,
            (Self::Graph, 15) | (Self::Attribute, 22 | 23) => Self::Sparse,
            (Self::Graph, 11..=13) | (Self::Function, 12) => Self::Value,
            (Self::Value, 2) | (Self::Attribute, 14 | 15) | (Self::Element, 1 | 2) => Self::Type,
            (Self::Type, 4 | 5 | 9) => Self::Element,
            _ => return None,
        })
    }
}

/// An error if a model file has more steps, levels or values than it can mean.
pub(super) fn check(bytes: &[u8]) -> Result<(), BoundsError> {
    // A list of its own instead of recursion, for the file says how deep it goes.
    let mut open = vec![(Kind::Model, 0..bytes.len(), 0_u8)];
    let (mut steps, mut fields) = (0, 0);
    while let Some((kind, message, depth)) = open.pop() {
        if kind == Kind::Tensor {
            check_weight(bytes, message)?;
            continue;
        }
        for field in each(bytes, message) {
            let field = field.ok_or(BoundsError::Damaged)?;
            fields += 1;
            if fields > MOST_FIELDS {
                return Err(BoundsError::TooMuch {
                    what: format!("the file has more than {MOST_FIELDS} fields"),
                });
            }
            let Some((inner, body)) = kind.of_field(field.number).zip(field.body.ok()) else { continue };
            steps += usize::from(inner == Kind::Node);
            if steps > MOST_STEPS {
                return Err(BoundsError::TooMuch {
                    what: format!("the graph has more than {MOST_STEPS} steps"),
                });
            }
            let depth = depth + u8::from(matches!(inner, Kind::Graph | Kind::Type));
            if depth > DEEPEST {
                return Err(BoundsError::TooMuch {
                    what: format!("the graph is nested more than {DEEPEST} levels deep"),
                });
            }
            open.push((inner, body, depth));
        }
    }
    Ok(())
}

/// An error if a weight declares more values than its bytes can hold; those in a file beside the model are not looked at.
fn check_weight(bytes: &[u8], tensor: Range<usize>) -> Result<(), BoundsError> {
    let (length, mut values, mut name, mut elsewhere) = (tensor.len() as u64, 1_u64, None, false);
    let mut scalar = true;
    let mut dimension = |size: u64| {
        scalar = false;
        // A negative size is one of the largest here.
        values = values.saturating_mul(size);
    };
    for field in each(bytes, tensor) {
        let Field { number, body, .. } = field.ok_or(BoundsError::Damaged)?;
        match (number, body) {
            (1, Err(size)) => dimension(size),
            (1, Ok(sizes)) => packed(bytes.get(sizes).unwrap_or_default()).for_each(&mut dimension),
            (8, Ok(text)) => name = bytes.get(text),
            (14, Err(place)) => elsewhere = place == 1,
            _ => {}
        }
    }
    if elsewhere || scalar || values <= length.saturating_mul(VALUES_PER_BYTE) {
        return Ok(());
    }
    let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
    Err(BoundsError::TooMuch {
        what: format!("the weight {name:?} declares {values} values in {length} bytes"),
    })
}

/// Numbers that follow each other without tags.
fn packed(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.split_inclusive(|byte| byte & 128 == 0).map(|number| {
        number.iter().take(10).rev().fold(0, |value: u64, byte| value << 7 | u64::from(byte & 127))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::protobuf::header;

    /// A message in a field.
    fn field(number: u64, body: &[u8]) -> Vec<u8> {
        [header(number, body.len()), body.to_vec()].concat()
    }

    fn problem(graph: &[u8]) -> String {
        check(&field(7, graph)).unwrap_err().to_string()
    }

    #[test]
    fn graphs_are_bounded_before_they_are_decoded() {
        let node = field(1, &field(4, b"Relu"));
        assert_eq!(check(&field(7, &node.repeat(MOST_STEPS))), Ok(()));
        assert!(problem(&node.repeat(MOST_STEPS + 1)).contains("more than 200000 steps"));
        let nested =
            |depth: usize| (0..depth).fold(node.clone(), |graph, _| field(1, &field(5, &field(6, &graph))));
        assert_eq!(check(&field(7, &nested(31))), Ok(()));
        assert!(problem(&nested(32)).contains("nested more than 32 levels"));
        assert!(problem(&nested(20_000)).contains("nested more than 32 levels"));
        let list = |depth: usize| (0..depth).fold(Vec::new(), |kind: Vec<u8>, _| field(4, &field(1, &kind)));
        assert!(problem(&field(11, &field(2, &list(100)))).contains("nested"));
        assert!(check(&[0x3A, 0x05, 1]).unwrap_err().to_string().starts_with("damaged protobuf"));
    }

    #[test]
    fn weights_declare_what_they_hold() {
        let name = field(8, b"w");
        let weight = |dims: &[u8], data: usize| field(5, &[dims, &name, &field(9, &vec![0; data])].concat());
        // 2 x 3 numbers of four bytes, one by one and packed.
        assert_eq!(check(&field(7, &weight(&[0x08, 2, 0x08, 3], 24))), Ok(()));
        assert_eq!(check(&field(7, &weight(&field(1, &[2, 3]), 24))), Ok(()));
        let long = [0x08, 0x80, 0x80, 0x80, 0x80, 0x10, 0x08, 4];
        assert_eq!(problem(&weight(&long, 24)), "the weight \"w\" declares 17179869184 values in 37 bytes");
        assert!(problem(&weight(&field(1, &long[1..6]), 24)).contains("4294967296 values"));
        let elsewhere = field(5, &[&long[..], &name, &[0x70, 1]].concat());
        assert_eq!(check(&field(7, &elsewhere)), Ok(()));
        assert_eq!(check(&field(7, &weight(&[0x08, 0], 0))), Ok(()), "a weight without values");
    }
}
