//! Small ONNX graphs made in a test, and arrays of `NumPy`.

use std::io::Read as _;
use std::path::{Path, PathBuf};

/// An attribute of a step.
pub enum At {
    I(i64),
    Is(&'static [i64]),
    F(f32),
    Fs(&'static [f32]),
    S(&'static str),
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n >= 128 {
        bytes.push((n & 127) as u8 | 128);
        n >>= 7;
    }
    bytes.push(n as u8);
    bytes
}

fn number(field: u64, value: i64) -> Vec<u8> {
    [varint(field << 3), varint(value.cast_unsigned())].concat()
}

fn bytes(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn float(field: u64, value: f32) -> Vec<u8> {
    [varint(field << 3 | 5), value.to_le_bytes().to_vec()].concat()
}

/// A graph that is put together step by step; its input is `x`, its outputs are named when it is written.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<Vec<u8>>,
    weights: Vec<Vec<u8>>,
}

impl Graph {
    pub fn step(
        mut self,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, At)],
    ) -> Self {
        let mut node = Vec::new();
        for name in inputs {
            node.extend(bytes(1, name.as_bytes()));
        }
        for name in outputs {
            node.extend(bytes(2, name.as_bytes()));
        }
        node.extend(bytes(4, operator.as_bytes()));
        for (name, value) in attributes {
            let mut attribute = bytes(1, name.as_bytes());
            let kind = match value {
                At::F(value) => {
                    attribute.extend(float(2, *value));
                    1
                }
                At::I(value) => {
                    attribute.extend(number(3, *value));
                    2
                }
                At::S(value) => {
                    attribute.extend(bytes(4, value.as_bytes()));
                    3
                }
                At::Fs(values) => {
                    for value in *values {
                        attribute.extend(float(7, *value));
                    }
                    6
                }
                At::Is(values) => {
                    for value in *values {
                        attribute.extend(number(8, *value));
                    }
                    7
                }
            };
            attribute.extend(number(20, kind));
            node.extend(bytes(5, &attribute));
        }
        self.nodes.push(node);
        self
    }

    pub fn floats(mut self, name: &str, shape: &[i64], values: &[f32]) -> Self {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.weights.push(tensor(name, 1, shape, &raw));
        self
    }

    /// Weights between -0.5 and 0.5 that look random.
    pub fn weights(self, name: &str, shape: &[i64]) -> Self {
        let count = shape.iter().product::<i64>() as u64;
        let values: Vec<f32> = (0..count).map(|at| mixed(at, name.len() as u64) - 0.5).collect();
        self.floats(name, shape, &values)
    }

    pub fn wholes(mut self, name: &str, values: &[i64]) -> Self {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.weights.push(tensor(name, 7, &[values.len() as i64], &raw));
        self
    }

    pub fn write(&self, folder: &Path, shape: &[i64], outputs: &[&str]) -> PathBuf {
        let mut graph: Vec<u8> = self.nodes.iter().flat_map(|node| bytes(1, node)).collect();
        graph.extend(bytes(2, b"g"));
        for weight in &self.weights {
            graph.extend(bytes(5, weight));
        }
        graph.extend(bytes(11, &value("x", Some(shape))));
        for name in outputs {
            graph.extend(bytes(12, &value(name, None)));
        }
        let opset = [bytes(1, b""), number(2, 17)].concat();
        let model = [number(1, 8), bytes(7, &graph), bytes(8, &opset)].concat();
        let path = folder.join("graph.onnx");
        std::fs::write(&path, model).unwrap();
        path
    }
}

fn tensor(name: &str, kind: i64, shape: &[i64], raw: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = shape.iter().flat_map(|side| number(1, *side)).collect();
    [dims, number(2, kind), bytes(8, name.as_bytes()), bytes(9, raw)].concat()
}

fn value(name: &str, shape: Option<&[i64]>) -> Vec<u8> {
    let dims: Option<Vec<u8>> =
        shape.map(|shape| shape.iter().flat_map(|side| bytes(1, &number(1, *side))).collect());
    let shape = dims.map_or_else(Vec::new, |dims| bytes(2, &dims));
    let tensor = [number(1, 1), shape].concat();
    [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))].concat()
}

/// A number from 0 to 1 that looks random.
pub fn mixed(at: u64, salt: u64) -> f32 {
    let mut z = (at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (salt + 7).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
}

/// The numbers of a file of `numpy.save` behind its header.
pub fn npy(bytes: &[u8]) -> &[u8] {
    &bytes[10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]))..]
}

/// A file of 32-bit floats of `numpy.save`.
pub fn floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    npy(&bytes).as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// The numbers of one array in a file of `numpy.savez`: a ZIP archive of NPY files.
pub fn array(npz: &[u8], name: &str) -> Vec<u8> {
    let number = |at: usize, count: usize| {
        npz[at..at + count].iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    let mut at = number(npz.windows(4).rposition(|w| w == b"PK\x05\x06").unwrap() + 16, 4);
    loop {
        assert_eq!(npz[at..at + 4], *b"PK\x01\x02", "{name} is in the archive");
        let (method, packed, name_length) = (number(at + 10, 2), number(at + 20, 4), number(at + 28, 2));
        let (extra, comment, local) = (number(at + 30, 2), number(at + 32, 2), number(at + 42, 4));
        if npz[at + 46..at + 46 + name_length] == *name.as_bytes() {
            let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
            let stored = &npz[start..start + packed];
            let mut whole = Vec::new();
            if method == 0 {
                whole.extend_from_slice(stored);
            } else {
                flate2::read::DeflateDecoder::new(stored).read_to_end(&mut whole).unwrap();
            }
            return npy(&whole).to_vec();
        }
        at += 46 + name_length + extra + comment;
    }
}
