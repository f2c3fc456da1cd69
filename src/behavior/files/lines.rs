//! Cases as JSON lines: a text, a list of examples, or an object with a label.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::behavior::data::{Case, Example, Label};
use crate::behavior::error::BehaviorError;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Text(String),
    Examples(Vec<Example>),
    Full(Full),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    examples: Option<Vec<Example>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<Label>,
}

/// Reads cases, one a line; empty lines are passed over.
pub(super) fn read(text: &str, path: &Path) -> Result<Vec<Case>, BehaviorError> {
    let wrong = |at: usize, problem: String| BehaviorError::File {
        problem: format!(
            "line {} is no case ({problem}), expected a text, a list of texts, or an object with text or examples and label",
            at + 1
        ),
        path: path.to_owned(),
    };
    let mut cases = Vec::new();
    for (at, line) in text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|err| wrong(at, err.to_string()))?;
        cases.push(match line {
            Line::Text(text) => Case { examples: vec![Example::Text(text)], label: None },
            Line::Examples(examples) => Case { examples, label: None },
            Line::Full(Full { text: Some(text), examples: None, label }) => {
                Case { examples: vec![Example::Text(text)], label }
            }
            Line::Full(Full { text: None, examples: Some(examples), label }) => Case { examples, label },
            Line::Full(_) => return Err(wrong(at, "it has both text and examples, or neither".to_owned())),
        });
    }
    Ok(cases)
}

/// Writes cases, one a line.
pub(super) fn write(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let line = match (case.examples.as_slice(), &case.label) {
            ([Example::Text(text)], None) => Line::Text(text.clone()),
            (examples, None) => Line::Examples(examples.to_vec()),
            ([Example::Text(text)], label) => {
                Line::Full(Full { text: Some(text.clone()), examples: None, label: label.clone() })
            }
            (examples, label) => {
                Line::Full(Full { text: None, examples: Some(examples.to_vec()), label: label.clone() })
            }
        };
        text.push_str(&serde_json::json!(line).to_string());
        text.push('\n');
    }
    text
}
