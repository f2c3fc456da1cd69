//! Requests and responses as bytes: JSON, followed by raw numbers if both sides support the binary extension.

use half::{bf16, f16};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::inference::Tensor;
use crate::inference::served::error::ServerError;

/// A server's description of a model.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub platform: String,
    #[serde(default)]
    pub inputs: Vec<TensorMetadata>,
    #[serde(default)]
    pub outputs: Vec<TensorMetadata>,
}

/// A server's description of an input or output.
#[derive(Debug, Deserialize)]
pub(super) struct TensorMetadata {
    pub name: String,
    pub datatype: String,
    /// -1 for a dynamic dimension.
    pub shape: Vec<i64>,
}

/// Parses a server's description of a model.
pub(super) fn metadata(text: &str) -> Result<Metadata, ServerError> {
    let metadata: Metadata = serde_json::from_str(text).map_err(|err| {
        ServerError::answer(format!("the server's description of the model is not valid ({err})"))
    })?;
    if metadata.inputs.is_empty() {
        return Err(ServerError::answer("the server does not describe the model's inputs"));
    }
    Ok(metadata)
}

/// True if a server accepts raw numbers.
pub(super) fn knows_binary(text: &str) -> bool {
    let described = serde_json::from_str::<Value>(text).ok();
    let extensions = described.as_ref().and_then(|described| described.get("extensions")?.as_array());
    extensions.is_some_and(|all| all.iter().any(|name| name == "binary_tensor_data"))
}

/// The element type in ONNX terms.
pub(super) fn element(datatype: &str) -> &'static str {
    match datatype {
        "FP32" => "float",
        "FP64" => "double",
        "FP16" => "float16",
        "BF16" => "bfloat16",
        "UINT8" => "uint8",
        "INT8" => "int8",
        "INT32" => "int32",
        "INT64" => "int64",
        "BOOL" => "bool",
        _ => "other",
    }
}

/// The numbers of an input in a server's element type.
fn numbers(input: &Tensor, datatype: &str) -> Result<Value, ServerError> {
    // A number too large for the type becomes its largest.
    Ok(match datatype {
        "FP32" | "FP64" => json!(input.data),
        "BF16" => json!(input.data.iter().map(|value| bf16::from_f32(*value).to_f32()).collect::<Vec<_>>()),
        "FP16" => json!(input.data.iter().map(|value| f16::from_f32(*value).to_f32()).collect::<Vec<_>>()),
        "BOOL" => json!(input.data.iter().map(|value| *value != 0.0).collect::<Vec<_>>()),
        "INT64" | "INT32" => json!(input.data.iter().map(|value| *value as i64).collect::<Vec<_>>()),
        "UINT8" => json!(input.data.iter().map(|value| *value as u8).collect::<Vec<_>>()),
        "INT8" => json!(input.data.iter().map(|value| *value as i8).collect::<Vec<_>>()),
        "UINT64" | "UINT32" => json!(input.data.iter().map(|value| *value as u64).collect::<Vec<_>>()),
        "UINT16" => json!(input.data.iter().map(|value| *value as u16).collect::<Vec<_>>()),
        "INT16" => json!(input.data.iter().map(|value| *value as i16).collect::<Vec<_>>()),
        _ => {
            let known =
                "BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32 and FP64";
            return Err(ServerError::unsupported(format!(
                "the input {:?} is {datatype}, only {known} are supported",
                input.name
            )));
        }
    })
}

/// The same as raw bytes.
fn raw(input: &Tensor, datatype: &str) -> Result<Vec<u8>, ServerError> {
    let data = input.data.iter();
    Ok(match datatype {
        "FP32" => data.flat_map(|value| value.to_le_bytes()).collect(),
        "FP64" => data.flat_map(|value| f64::from(*value).to_le_bytes()).collect(),
        "FP16" => data.flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        "BF16" => data.flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect(),
        "UINT64" => data.flat_map(|value| (*value as u64).to_le_bytes()).collect(),
        "UINT32" => data.flat_map(|value| (*value as u32).to_le_bytes()).collect(),
        "INT64" => data.flat_map(|value| (*value as i64).to_le_bytes()).collect(),
        "INT32" => data.flat_map(|value| (*value as i32).to_le_bytes()).collect(),
        "INT16" => data.flat_map(|value| (*value as i16).to_le_bytes()).collect(),
        "UINT16" => data.flat_map(|value| (*value as u16).to_le_bytes()).collect(),
        "INT8" => data.flat_map(|value| (*value as i8).to_le_bytes()).collect(),
        "UINT8" => data.map(|value| *value as u8).collect(),
        "BOOL" => data.map(|value| u8::from(*value != 0.0)).collect(),
        _ => return numbers(input, datatype).map(|_| Vec::new()),
    })
}

/// A request with the inputs of a graph and their types, and the length of its JSON if raw numbers follow.
pub(super) fn request(
    inputs: &[(&Tensor, &str)],
    binary: bool,
) -> Result<(Vec<u8>, Option<usize>), ServerError> {
    let mut described = Vec::new();
    let mut follows = Vec::new();
    for (input, datatype) in inputs {
        let mut one = json!({ "name": input.name, "shape": input.shape, "datatype": datatype });
        if binary {
            let bytes = raw(input, datatype)?;
            one["parameters"] = json!({ "binary_data_size": bytes.len() });
            follows.extend(bytes);
        } else {
            one["data"] = numbers(input, datatype)?;
        }
        described.push(one);
    }
    let mut head = json!({ "inputs": described });
    if !binary {
        return Ok((head.to_string().into_bytes(), None));
    }
    head["parameters"] = json!({ "binary_data_output": true });
    let mut body = head.to_string().into_bytes();
    let length = body.len();
    body.extend(follows);
    Ok((body, Some(length)))
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    name: String,
    shape: Vec<usize>,
    datatype: String,
    #[serde(default)]
    parameters: serde_json::Map<String, Value>,
    #[serde(default)]
    data: Value,
}

/// Parses a response; `header` is the length of its JSON if raw numbers follow.
pub(super) fn response(body: &[u8], header: Option<usize>) -> Result<Vec<Tensor>, ServerError> {
    let (head, mut raw) = match header {
        Some(length) => body
            .split_at_checked(length)
            .ok_or_else(|| ServerError::answer("the response is shorter than declared"))?,
        None => (body, &[][..]),
    };
    let response: Response = serde_json::from_slice(head)
        .map_err(|err| ServerError::answer(format!("the server's response is not valid ({err})")))?;
    let mut tensors = Vec::new();
    for output in response.outputs {
        let size = output.parameters.get("binary_data_size").and_then(Value::as_u64);
        let data = if let Some(size) = size {
            let short = || {
                ServerError::answer(format!("the raw numbers of the output {:?} are truncated", output.name))
            };
            let (own, rest) = raw.split_at_checked(size as usize).ok_or_else(short)?;
            raw = rest;
            from_bytes(own, &output.datatype).ok_or_else(|| {
                ServerError::answer(format!(
                    "the output {:?} is {}, which is not a number type",
                    output.name, output.datatype
                ))
            })?
        } else {
            let mut data = Vec::new();
            flatten(&output.data, &mut data).ok_or_else(|| {
                ServerError::answer(format!("the output {:?} has a value that is not a number", output.name))
            })?;
            data
        };
        let wanted = output.shape.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
        if wanted != Some(data.len()) {
            return Err(ServerError::answer(format!(
                "the output {:?} declares the shape {:?} but has {} numbers",
                output.name,
                output.shape,
                data.len()
            )));
        }
        tensors.push(Tensor { name: output.name, shape: output.shape, data });
    }
    Ok(tensors)
}

/// Numbers that may be nested row in row.
fn flatten(value: &Value, into: &mut Vec<f32>) -> Option<()> {
    match value {
        Value::Array(values) => values.iter().try_for_each(|value| flatten(value, into)),
        Value::Number(number) => {
            into.push(number.as_f64()? as f32);
            Some(())
        }
        Value::Bool(flag) => {
            into.push(f32::from(u8::from(*flag)));
            Some(())
        }
        // JSON has no NaN; some servers write null.
        Value::Null => {
            into.push(f32::NAN);
            Some(())
        }
        Value::String(_) | Value::Object(_) => None,
    }
}

fn from_bytes(bytes: &[u8], datatype: &str) -> Option<Vec<f32>> {
    fn each<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> f32) -> Option<Vec<f32>> {
        let chunks = bytes.chunks_exact(N);
        // Chunks of N have N bytes.
        chunks.remainder().is_empty().then(|| chunks.map(|c| read(c.try_into().unwrap_or([0; N]))).collect())
    }
    match datatype {
        "FP32" => each::<4>(bytes, f32::from_le_bytes),
        "FP64" => each::<8>(bytes, |b| f64::from_le_bytes(b) as f32),
        "BF16" => each::<2>(bytes, |b| bf16::from_le_bytes(b).to_f32()),
        "FP16" => each::<2>(bytes, |b| f16::from_le_bytes(b).to_f32()),
        "INT8" => each::<1>(bytes, |b| f32::from(i8::from_le_bytes(b))),
        "INT16" => each::<2>(bytes, |b| f32::from(i16::from_le_bytes(b))),
        "INT32" => each::<4>(bytes, |b| i32::from_le_bytes(b) as f32),
        "INT64" => each::<8>(bytes, |b| i64::from_le_bytes(b) as f32),
        "UINT8" | "BOOL" => each::<1>(bytes, |b| f32::from(b[0])),
        "UINT16" => each::<2>(bytes, |b| f32::from(u16::from_le_bytes(b))),
        "UINT32" => each::<4>(bytes, |b| u32::from_le_bytes(b) as f32),
        "UINT64" => each::<8>(bytes, |b| u64::from_le_bytes(b) as f32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_arrive_as_they_were_sent() {
        let halves: [(u16, f32); 5] =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0), (0x8000, -0.0)];
        for (bits, value) in halves {
            assert_eq!(from_bytes(&bits.to_le_bytes(), "FP16"), Some(vec![value]));
            let input = Tensor { name: String::new(), shape: vec![1], data: vec![value] };
            assert_eq!(raw(&input, "FP16").unwrap(), bits.to_le_bytes());
        }
        // The upper half of the number, rounded to even.
        let input = Tensor { name: String::new(), shape: vec![1], data: vec![1.003_906_3] };
        assert_eq!(raw(&input, "BF16").unwrap(), 0x3f80_u16.to_le_bytes());
        assert_eq!(from_bytes(&0xc2f7_u16.to_le_bytes(), "BF16"), Some(vec![-123.5]));
        let datatypes = "BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 BF16 FP32 FP64";
        for datatype in datatypes.split(' ') {
            let input = Tensor { name: String::new(), shape: vec![2], data: vec![1.0, 0.0] };
            assert_eq!(from_bytes(&raw(&input, datatype).unwrap(), datatype), Some(vec![1.0, 0.0]));
            assert!(numbers(&input, datatype).is_ok());
        }
        assert_eq!(from_bytes(&[1, 0, 0, 0, 255, 255, 255, 255], "INT32"), Some(vec![1.0, -1.0]));
        assert_eq!(from_bytes(&[1, 0, 0], "INT32"), None);
        assert_eq!(from_bytes(&[1], "BYTES"), None);
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        let json = |text: &str| response(text.as_bytes(), None).map(|tensors| tensors[0].data.clone());
        let nested = r#"{"outputs":[{"name":"y","shape":[2,2],"datatype":"FP32","data":[[1,2],[3,4.5]]}]}"#;
        assert_eq!(json(nested), Ok(vec![1.0, 2.0, 3.0, 4.5]));
        let lies = r#"{"outputs":[{"name":"y","shape":[5],"datatype":"FP32","data":[1,2]}]}"#;
        assert!(json(lies).unwrap_err().to_string().contains("[5] but has 2 numbers"));
        let text = r#"{"outputs":[{"name":"y","shape":[1],"datatype":"BYTES","data":["cat"]}]}"#;
        assert!(json(text).unwrap_err().to_string().contains("not a number"));
        assert!(json("<html>").unwrap_err().to_string().contains("not valid"));
        assert!(response(b"{}", Some(9)).unwrap_err().to_string().contains("shorter"));
        let head =
            r#"{"outputs":[{"name":"y","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}"#;
        let cut = [head.as_bytes(), &[0; 5]].concat();
        assert!(response(&cut, Some(head.len())).unwrap_err().to_string().contains("truncated"));
        assert!(metadata("{}").unwrap_err().to_string().contains("inputs"));
    }
}
