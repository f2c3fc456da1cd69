//! Models behind an endpoint that takes and returns JSON of its own, as those of `TensorFlow` Serving, `TorchServe` or `SageMaker`:
//! a small TOML file describes the request and the places of the outputs in the response.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::base::escape::address::hidden;
use crate::base::inputs::{self, InputKind};
use crate::inference::error::GraphError;
use crate::inference::onnx_file::{OnnxInfo, ValueInfo};
use crate::inference::served::Remote;
use crate::inference::served::client::{Client, Sending};
use crate::inference::served::error::ServerError;
use crate::inference::{Graph, Tensor};

/// Ending of the file.
const ENDING: &str = "toml";

/// True if this is the file of such an endpoint.
pub(super) fn is_description(id: &str) -> bool {
    Path::new(id).extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

/// An endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    /// Address of the POST request.
    url: String,
    /// Its body: `{NAME}` is an input as nested lists of numbers.
    body: String,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
}

/// An input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
    /// -1 for a size that is free.
    shape: Vec<i64>,
}

/// An output.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    name: String,
    /// -1 for a size that is free.
    shape: Vec<i64>,
    /// JSON pointer to its numbers in the response (RFC 6901).
    at: String,
}

/// Reads the description; nothing is asked before the first prediction.
pub(super) fn connect(path: &str, sending: Sending) -> Result<Remote, ServerError> {
    let wrong = |problem: String| ServerError::answer(format!("{path} describes no endpoint: {problem}"));
    let text =
        inputs::read_text(Path::new(path), InputKind::Settings).map_err(|err| wrong(err.to_string()))?;
    let described = parse(&text).map_err(|err| wrong(err.to_string()))?;
    let value = |name: &str, shape: &[i64]| ValueInfo {
        name: name.to_owned(),
        element: "float".to_owned(),
        shape: shape.iter().map(|side| u64::try_from(*side).ok().filter(|side| *side > 0)).collect(),
    };
    let info = OnnxInfo {
        producer: "endpoint".to_owned(),
        opset: 0,
        inputs: described.inputs.iter().map(|input| value(&input.name, &input.shape)).collect(),
        outputs: described.outputs.iter().map(|output| value(&output.name, &output.shape)).collect(),
        operators: BTreeMap::new(),
        parameters: 0,
        metadata: BTreeMap::new(),
        weight_files: BTreeSet::new(),
    };
    let identity = hidden(&text).into_owned();
    let client = Client::new(&described.url, sending);
    Ok(Remote { info, identity, graph: Arc::new(Endpoint { client, described }) })
}

fn parse(text: &str) -> Result<Description, ServerError> {
    let described: Description = toml::from_str(text).map_err(|err| {
        ServerError::answer(err.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
    })?;
    if !(described.url.starts_with("http://") || described.url.starts_with("https://")) {
        return Err(ServerError::answer("url has to begin with http:// or https://"));
    }
    if described.inputs.is_empty() || described.outputs.is_empty() {
        return Err(ServerError::answer("it needs an input and an output"));
    }
    if let Some(input) = described.inputs.iter().find(|input| !described.body.contains(&place(&input.name))) {
        return Err(ServerError::answer(format!("body has no place for the input: {}", place(&input.name))));
    }
    if let Some(output) =
        described.outputs.iter().find(|output| !output.at.is_empty() && !output.at.starts_with('/'))
    {
        let what = format!("the place of the output {:?} is a JSON pointer and begins with /", output.name);
        return Err(ServerError::answer(what));
    }
    // With stand-ins for the inputs it has to be JSON.
    let filled = described
        .inputs
        .iter()
        .fold(described.body.clone(), |body, input| body.replace(&place(&input.name), "[]"));
    serde_json::from_str::<Value>(&filled)
        .map_err(|err| ServerError::answer(format!("body is not JSON ({err})")))?;
    Ok(described)
}

fn place(name: &str) -> String {
    format!("{{{name}}}")
}

struct Endpoint {
    client: Client,
    described: Description,
}

impl Graph for Endpoint {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let mut body = self.described.body.clone();
        for input in &self.described.inputs {
            let given = inputs.iter().find(|given| given.name == input.name);
            let given =
                given.ok_or_else(|| ServerError::answer(format!("the input {:?} is missing", input.name)))?;
            body = body.replace(&place(&input.name), &nested(&given.data, &given.shape).to_string());
        }
        let answer = self.client.infer("", body.as_bytes(), None)?;
        let response: Value = serde_json::from_slice(&answer.body)
            .map_err(|err| ServerError::answer(format!("the server's response is not JSON ({err})")))?;
        let outputs = self.described.outputs.iter().map(|output| Ok(tensor(output, &response)?));
        outputs.collect()
    }
}

/// Numbers as lists within lists.
fn nested(data: &[f32], shape: &[usize]) -> Value {
    match shape {
        [] => json!(data.first()),
        [_] => json!(data),
        [_, rest @ ..] => {
            let size = rest.iter().product::<usize>().max(1);
            Value::Array(data.chunks(size).map(|part| nested(part, rest)).collect())
        }
    }
}

/// An output of the response, whose lists have to be as long as each other and as the description says.
fn tensor(output: &Output, response: &Value) -> Result<Tensor, ServerError> {
    let name = &output.name;
    let found = response.pointer(&output.at).ok_or_else(|| {
        ServerError::answer(format!("the response has nothing at {:?} for the output {name:?}", output.at))
    })?;
    let mut shape = Vec::new();
    let mut at = found;
    while let Value::Array(members) = at {
        shape.push(members.len());
        match members.first() {
            Some(first) => at = first,
            None => break,
        }
    }
    let mut data = Vec::new();
    read(found, &shape, &mut data).ok_or_else(|| {
        ServerError::answer(format!("the output {name:?} is no list of numbers of one shape"))
    })?;
    let fits = shape.len() == output.shape.len()
        && shape.iter().zip(&output.shape).all(|(side, wanted)| *wanted < 1 || *side as i64 == *wanted);
    if !fits {
        let what =
            format!("the output {name:?} has the shape {shape:?}, and {:?} is described", output.shape);
        return Err(ServerError::answer(what));
    }
    Ok(Tensor { name: name.clone(), shape, data })
}

fn read(value: &Value, shape: &[usize], into: &mut Vec<f32>) -> Option<()> {
    match (value, shape) {
        (Value::Array(members), [length, rest @ ..]) if members.len() == *length => {
            members.iter().try_for_each(|member| read(member, rest, into))
        }
        (Value::Number(number), []) => {
            into.push(number.as_f64()? as f32);
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
url = "http://localhost:8501/v1/models/m:predict"
body = '{"instances": {x}}'
[[inputs]]
name = "x"
shape = [-1, 2, 2]
[[outputs]]
name = "y"
shape = [-1, 2]
at = "/predictions"
"#;

    #[test]
    fn numbers_are_nested_as_their_shape_says() {
        let data: Vec<f32> = (0..8_u8).map(f32::from).collect();
        let text = nested(&data, &[2, 2, 2]).to_string();
        assert_eq!(text, "[[[0.0,1.0],[2.0,3.0]],[[4.0,5.0],[6.0,7.0]]]");
        assert_eq!(nested(&[3.0], &[]).to_string(), "3.0");
    }

    #[test]
    fn outputs_are_read_or_refused() {
        let described = parse(GOOD).unwrap();
        let read = |text: &str| tensor(&described.outputs[0], &serde_json::from_str(text).unwrap());
        let found = read(r#"{"predictions": [[1, 2], [3, 4.5]]}"#).unwrap();
        assert_eq!((found.shape, found.data), (vec![2, 2], vec![1.0, 2.0, 3.0, 4.5]));
        for (text, told) in [
            (r#"{"other": []}"#, "nothing at"),
            (r#"{"predictions": [[1, 2], [3]]}"#, "one shape"),
            (r#"{"predictions": [["a", "b"]]}"#, "one shape"),
            (r#"{"predictions": [[1, 2, 3]]}"#, "[1, 3], and [-1, 2] is described"),
            (r#"{"predictions": []}"#, "[0], and"),
        ] {
            let problem = read(text).unwrap_err().to_string();
            assert!(problem.contains(told), "{text}: {problem}");
        }
    }

    #[test]
    fn descriptions_that_cannot_work_are_refused() {
        for (good, bad, told) in [
            ("http://", "ftp://", "begin with http"),
            ("{x}", "{z}", "no place for the input: {x}"),
            ("{\"instances\": {x}}", "{x", "no place"),
            ("{\"instances\": {x}}", "{\"instances\": {x}", "not JSON"),
            ("\"/predictions\"", "\"predictions\"", "begins with /"),
            ("shape = [-1, 2, 2]", "size = 3", "unknown field"),
        ] {
            let problem = parse(&GOOD.replacen(good, bad, 1)).unwrap_err().to_string();
            assert!(problem.contains(told), "{bad}: {problem}");
        }
    }
}
