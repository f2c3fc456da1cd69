//! Tensors of the steps that the program computes itself, in the element types of the built-in runtime.

use rten_tensor::{AsView as _, Layout as _};

use super::error::LoweringError;
use super::proto::Stored;

/// Element types of ONNX.
pub(super) mod element {
    pub(in super::super) const FLOAT: i32 = 1;
    pub(in super::super) const UINT8: i32 = 2;
    pub(in super::super) const INT8: i32 = 3;
    pub(in super::super) const UINT16: i32 = 4;
    pub(in super::super) const INT16: i32 = 5;
    pub(in super::super) const INT32: i32 = 6;
    pub(in super::super) const INT64: i32 = 7;
    pub(in super::super) const BOOL: i32 = 9;
    pub(in super::super) const FLOAT16: i32 = 10;
    pub(in super::super) const DOUBLE: i32 = 11;
    pub(in super::super) const UINT32: i32 = 12;
    pub(in super::super) const UINT64: i32 = 13;

    /// True for numbers with a fraction.
    pub(in super::super) fn real(element: i32) -> bool {
        matches!(element, FLOAT | FLOAT16 | DOUBLE)
    }

    /// Lowest and highest value of an integer type, as far as 64 bits with a sign hold them.
    pub(in super::super) fn range(element: i32) -> Option<(i64, i64)> {
        Some(match element {
            UINT8 => (0, 255),
            INT8 => (-128, 127),
            UINT16 => (0, 65_535),
            INT16 => (-32_768, 32_767),
            INT32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            UINT32 => (0, i64::from(u32::MAX)),
            INT64 => (i64::MIN, i64::MAX),
            UINT64 => (0, i64::MAX),
            BOOL => (0, 1),
            _ => return None,
        })
    }

    /// Name in messages.
    pub(in super::super) fn name(element: i32) -> &'static str {
        match element {
            FLOAT => "float",
            UINT8 => "uint8",
            INT8 => "int8",
            UINT16 => "uint16",
            INT16 => "int16",
            INT32 => "int32",
            INT64 => "int64",
            8 => "string",
            BOOL => "bool",
            FLOAT16 => "float16",
            DOUBLE => "double",
            UINT32 => "uint32",
            UINT64 => "uint64",
            16 => "bfloat16",
            _ => "of an unknown type",
        }
    }
}

/// A tensor in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub shape: Vec<usize>,
    pub data: Data,
}

/// The numbers of a tensor. Integers of 16, 32 and 64 bits and truth values are 32-bit integers here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    F32(Vec<f32>),
    I32(Vec<i32>),
    I8(Vec<i8>),
    U8(Vec<u8>),
}

impl Value {
    pub(super) fn floats(shape: Vec<usize>, data: Vec<f32>) -> Self {
        Self { shape, data: Data::F32(data) }
    }

    /// Integers of an ONNX type; one that 32 bits do not hold is an error.
    pub(super) fn wholes(element: i32, shape: Vec<usize>, data: &[i64]) -> Result<Self, LoweringError> {
        let beyond = |value: &i64| {
            LoweringError::number(format!(
                "the value {value} of type {} is beyond 32 bits",
                element::name(element)
            ))
        };
        let data = match element {
            element::UINT8 => Data::U8(data.iter().map(|v| *v as u8).collect()),
            element::INT8 => Data::I8(data.iter().map(|v| *v as i8).collect()),
            element::BOOL => Data::I32(data.iter().map(|v| i32::from(*v != 0)).collect()),
            _ => Data::I32(
                data.iter()
                    .map(|v| i32::try_from(*v).map_err(|_beyond| beyond(v)))
                    .collect::<Result<_, _>>()?,
            ),
        };
        Ok(Self { shape, data })
    }

    /// Numbers of an ONNX type; those of integer types are whole already.
    pub(super) fn of(element: i32, shape: Vec<usize>, data: &[f64]) -> Result<Self, LoweringError> {
        if element::range(element).is_none() {
            return Ok(Self::floats(shape, data.iter().map(|v| *v as f32).collect()));
        }
        let wholes: Vec<i64> = data.iter().map(|v| *v as i64).collect();
        Self::wholes(element, shape, &wholes)
    }

    pub(super) fn len(&self) -> usize {
        match &self.data {
            Data::F32(data) => data.len(),
            Data::I32(data) => data.len(),
            Data::I8(data) => data.len(),
            Data::U8(data) => data.len(),
        }
    }

    /// All numbers as 32-bit ones.
    pub(super) fn to_floats(&self) -> Vec<f32> {
        match &self.data {
            Data::F32(data) => data.clone(),
            Data::I32(data) => data.iter().map(|v| *v as f32).collect(),
            Data::I8(data) => data.iter().map(|v| f32::from(*v)).collect(),
            Data::U8(data) => data.iter().map(|v| f32::from(*v)).collect(),
        }
    }

    /// All numbers in double precision.
    pub(super) fn to_doubles(&self) -> Vec<f64> {
        match &self.data {
            Data::F32(data) => data.iter().map(|v| f64::from(*v)).collect(),
            Data::I32(data) => data.iter().map(|v| f64::from(*v)).collect(),
            Data::I8(data) => data.iter().map(|v| f64::from(*v)).collect(),
            Data::U8(data) => data.iter().map(|v| f64::from(*v)).collect(),
        }
    }

    /// All numbers as integers.
    pub(super) fn to_wholes(&self) -> Vec<i64> {
        match &self.data {
            Data::F32(data) => data.iter().map(|v| *v as i64).collect(),
            Data::I32(data) => data.iter().map(|v| i64::from(*v)).collect(),
            Data::I8(data) => data.iter().map(|v| i64::from(*v)).collect(),
            Data::U8(data) => data.iter().map(|v| i64::from(*v)).collect(),
        }
    }

    /// The numbers at these places, in this shape.
    pub(super) fn picked(&self, shape: Vec<usize>, places: &[usize]) -> Self {
        fn take<T: Copy>(data: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|at| data[*at]).collect()
        }
        let data = match &self.data {
            Data::F32(data) => Data::F32(take(data, places)),
            Data::I32(data) => Data::I32(take(data, places)),
            Data::I8(data) => Data::I8(take(data, places)),
            Data::U8(data) => Data::U8(take(data, places)),
        };
        Self { shape, data }
    }

    /// The tensor of the runtime.
    pub(super) fn to_rten(&self) -> Result<rten::Value, LoweringError> {
        macro_rules! of {
            ($data:expr) => {
                rten::Value::from_shape(&self.shape, $data.clone())
                    .map_err(|err| LoweringError::runtime(&err))
            };
        }
        match &self.data {
            Data::F32(data) => of!(data),
            Data::I32(data) => of!(data),
            Data::I8(data) => of!(data),
            Data::U8(data) => of!(data),
        }
    }

    /// A tensor of the runtime; `None` for a sequence of tensors.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds of values are not all public")]
    pub(super) fn from_rten(value: &rten::Value) -> Option<Self> {
        Some(match value {
            rten::Value::FloatTensor(t) => Self { shape: t.shape().to_vec(), data: Data::F32(t.to_vec()) },
            rten::Value::Int32Tensor(t) => Self { shape: t.shape().to_vec(), data: Data::I32(t.to_vec()) },
            rten::Value::Int8Tensor(t) => Self { shape: t.shape().to_vec(), data: Data::I8(t.to_vec()) },
            rten::Value::UInt8Tensor(t) => Self { shape: t.shape().to_vec(), data: Data::U8(t.to_vec()) },
            _ => return None,
        })
    }

    /// A tensor of the file; the error says which numbers cannot be held.
    pub(super) fn from_stored(stored: &Stored) -> Result<Self, LoweringError> {
        let shape: Vec<usize> = stored.dims.iter().map(|side| (*side).max(0) as usize).collect();
        let count = count(&shape);
        let element = stored.data_type;
        let value = if element == element::FLOAT && stored.raw_data.is_none() {
            Self::floats(shape, stored.float_data.clone())
        } else if element::real(element) {
            Self::floats(shape, reals(stored))
        } else if element::range(element).is_some() {
            let wholes = wholes(stored);
            if wholes.len() == count && element == element::INT64 {
                // 2^63 - 1 and the like mean "to the end"; lowering refuses them elsewhere.
                let held = |v: &i64| (*v).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
                Self { shape, data: Data::I32(wholes.iter().map(held).collect()) }
            } else {
                Self::wholes(element, shape, &wholes)?
            }
        } else {
            return Err(LoweringError::unsupported(format!(
                "the weights {:?} are {}",
                stored.name,
                element::name(element)
            )));
        };
        if value.len() == count {
            Ok(value)
        } else {
            Err(LoweringError::damaged(format!(
                "the weights {:?} hold {} of {count} numbers, the file is damaged",
                stored.name,
                value.len()
            )))
        }
    }
}

fn reals(stored: &Stored) -> Vec<f32> {
    let raw = stored.raw_data.as_deref();
    match (stored.data_type, raw) {
        (element::FLOAT, Some(raw)) => {
            raw.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
        }
        (element::DOUBLE, Some(raw)) => {
            raw.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect()
        }
        (element::DOUBLE, None) => stored.double_data.iter().map(|v| *v as f32).collect(),
        (element::FLOAT16, Some(raw)) => {
            raw.as_chunks::<2>().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect()
        }
        (element::FLOAT16, None) => {
            stored.int32_data.iter().map(|v| half::f16::from_bits(*v as u16).to_f32()).collect()
        }
        _ => Vec::new(),
    }
}

/// The integers of a tensor of the file; 64-bit ones without a sign are capped.
pub(super) fn wholes(stored: &Stored) -> Vec<i64> {
    let small = || stored.int32_data.iter().map(|v| i64::from(*v)).collect();
    let Some(raw) = stored.raw_data.as_deref() else {
        return match stored.data_type {
            element::INT64 => stored.int64_data.clone(),
            element::UINT32 | element::UINT64 => {
                stored.uint64_data.iter().map(|v| i64::try_from(*v).unwrap_or(i64::MAX)).collect()
            }
            _ => small(),
        };
    };
    let two = || raw.as_chunks::<2>().0.iter();
    let four = || raw.as_chunks::<4>().0.iter();
    let eight = || raw.as_chunks::<8>().0.iter();
    match stored.data_type {
        element::INT64 => eight().map(|b| i64::from_le_bytes(*b)).collect(),
        element::UINT64 => {
            eight().map(|b| i64::try_from(u64::from_le_bytes(*b)).unwrap_or(i64::MAX)).collect()
        }
        element::INT32 => four().map(|b| i64::from(i32::from_le_bytes(*b))).collect(),
        element::UINT32 => four().map(|b| i64::from(u32::from_le_bytes(*b))).collect(),
        element::INT16 => two().map(|b| i64::from(i16::from_le_bytes(*b))).collect(),
        element::UINT16 => two().map(|b| i64::from(u16::from_le_bytes(*b))).collect(),
        element::INT8 => raw.iter().map(|b| i64::from(*b as i8)).collect(),
        element::BOOL => raw.iter().map(|b| i64::from(*b != 0)).collect(),
        _ => raw.iter().map(|b| i64::from(*b)).collect(),
    }
}

/// Number of cells of a shape.
pub(super) fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// Distance between neighbors along each dimension.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for at in (0..shape.len().saturating_sub(1)).rev() {
        strides[at] = strides[at + 1] * shape[at + 1];
    }
    strides
}

/// Calls `take` with every position of a shape, the last dimension fastest.
pub(super) fn positions(shape: &[usize], mut take: impl FnMut(&[usize])) {
    let mut at = vec![0; shape.len()];
    for _ in 0..count(shape) {
        take(&at);
        for side in (0..shape.len()).rev() {
            at[side] += 1;
            if at[side] < shape[side] {
                break;
            }
            at[side] = 0;
        }
    }
}

/// The shape that several shapes are extended to.
pub(super) fn broadcast(shapes: &[&[usize]]) -> Result<Vec<usize>, LoweringError> {
    let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
    let mut out = vec![1; rank];
    for shape in shapes {
        for (at, side) in shape.iter().enumerate().map(|(at, side)| (at + rank - shape.len(), *side)) {
            if side != 1 && out[at] != 1 && out[at] != side {
                return Err(LoweringError::shape(format!("the shapes {shapes:?} do not fit together")));
            }
            if side != 1 {
                out[at] = side;
            }
        }
    }
    Ok(out)
}

/// For each cell of `out` the place in a tensor of `shape`, which is extended to it.
pub(super) fn extended(shape: &[usize], out: &[usize]) -> Vec<usize> {
    let own = strides(shape);
    let skipped = out.len() - shape.len();
    let mut places = Vec::with_capacity(count(out));
    positions(out, |at| {
        let place =
            shape.iter().enumerate().map(|(k, side)| if *side == 1 { 0 } else { at[k + skipped] * own[k] });
        places.push(place.sum());
    });
    places
}

/// A dimension counted from the start.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, LoweringError> {
    let from_start = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_start)
        .ok()
        .filter(|at| *at < rank.max(1))
        .ok_or_else(|| LoweringError::shape(format!("the axis {axis} does not exist in {rank} dimensions")))
}

/// Cells before, along and after a dimension.
pub(super) fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (
        count(&shape[..axis]),
        shape.get(axis).copied().unwrap_or(1),
        count(shape.get(axis + 1..).unwrap_or(&[])),
    )
}
