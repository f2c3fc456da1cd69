//! Requests of the Model Context Protocol and their answers.

use serde_json::{Value, json};

use crate::base::errors::told;
use crate::cli::mcp::assistant::Assistant;
use crate::cli::mcp::tools::{self, Content};

/// Revisions of the protocol that are spoken, newest first.
const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Errors of JSON-RPC 2.0, section 5.1.
const PARSE: i64 = -32700;
const REQUEST: i64 = -32600;
const METHOD: i64 = -32601;
const PARAMS: i64 = -32602;

const INSTRUCTIONS: &str = "Hardcase finds out where a model fails on recorded drives. Open a project or a recording and a model, \
look at frames, transform them, and save a failure as a test case. Times are seconds from the beginning of the recording. \
A proposed failure is saved only if it fails again; it is minimized first. What you write can be undone and is marked as yours.";

/// The answer to a line; none to a notification.
pub(super) fn answer(assistant: &mut Assistant, line: &[u8]) -> Option<Value> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    let message: Value = match serde_json::from_slice(line) {
        Ok(message) => message,
        Err(err) => return Some(error(&Value::Null, PARSE, &format!("not JSON: {err}"))),
    };
    let id = message.get("id").cloned().unwrap_or(Value::Null);
    if message["jsonrpc"] != "2.0" || !(id.is_null() || id.is_string() || id.is_number()) {
        return Some(error(&Value::Null, REQUEST, "expected a message of JSON-RPC 2.0"));
    }
    let Some(method) = message["method"].as_str() else {
        // An answer to a request; this program makes none.
        let stray = message.get("result").is_some() || message.get("error").is_some();
        return (!stray).then(|| error(&id, REQUEST, "expected a method"));
    };
    // A notification has no id, and no answer.
    message.get("id")?;
    let params = &message["params"];
    let result = match method {
        "initialize" => Ok(initialized(params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({ "tools": tools::offered(assistant.read_only) })),
        "tools/call" => called(assistant, params),
        _ => Err((METHOD, format!("there is no method {method:?}"))),
    };
    Some(match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, text)) => error(&id, code, &text),
    })
}

fn error(id: &Value, code: i64, text: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": text } })
}

fn initialized(params: &Value) -> Value {
    let asked = params["protocolVersion"].as_str().unwrap_or_default();
    let version = VERSIONS.into_iter().find(|known| *known == asked).unwrap_or(VERSIONS[0]);
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": { "listChanged": false } },
        "serverInfo": { "name": "hardcase", "title": "Hardcase", "version": env!("CARGO_PKG_VERSION") },
        "instructions": INSTRUCTIONS,
    })
}

/// The result of a tool. What goes wrong inside of one is part of the result, so that the assistant reads it.
fn called(assistant: &mut Assistant, params: &Value) -> Result<Value, (i64, String)> {
    let name = params["name"].as_str().unwrap_or_default();
    let tool = tools::named(name, assistant.read_only);
    let tool = tool.ok_or_else(|| (PARAMS, format!("there is no tool {name:?}")))?;
    let empty = json!({});
    let arguments = params.get("arguments").filter(|given| !given.is_null()).unwrap_or(&empty);
    let problem = tool.problem(arguments);
    let outcome = match problem {
        Some(problem) => Err(anyhow::anyhow!(problem)),
        None => (tool.run)(assistant, arguments),
    };
    Ok(match outcome {
        Ok(content) => {
            let Content { value, image } = content;
            let mut parts = vec![json!({ "type": "text", "text": format!("{value:#}") })];
            parts
                .extend(image.map(|jpeg| json!({ "type": "image", "data": jpeg, "mimeType": "image/jpeg" })));
            json!({ "content": parts, "structuredContent": value, "isError": false })
        }
        Err(err) => json!({ "content": [{ "type": "text", "text": told(&err) }], "isError": true }),
    })
}
