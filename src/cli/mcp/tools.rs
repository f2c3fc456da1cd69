//! The tools that an assistant is offered.

use serde_json::{Value, json};

use crate::cli::mcp::assistant::Assistant;

mod commands;
mod failures;
mod moments;
mod seeing;
mod writing;

/// Result of a tool: a value, and an image as JPEG in base64.
pub(super) struct Content {
    pub(super) value: Value,
    pub(super) image: Option<String>,
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        Self { value, image: None }
    }
}

/// Type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Integer,
    Flag,
    Texts,
}

/// An argument of a tool.
pub(super) struct Argument {
    name: &'static str,
    of: Type,
    required: bool,
    help: &'static str,
}

const fn needed(name: &'static str, of: Type, help: &'static str) -> Argument {
    Argument { name, of, required: true, help }
}

const fn optional(name: &'static str, of: Type, help: &'static str) -> Argument {
    Argument { name, of, required: false, help }
}

/// A tool.
pub(super) struct Tool {
    name: &'static str,
    title: &'static str,
    help: &'static str,
    arguments: &'static [Argument],
    /// True if it changes a project on disk.
    writes: bool,
    pub(super) run: fn(&mut Assistant, &Value) -> anyhow::Result<Content>,
}

static ALL: [&[Tool]; 5] = [seeing::TOOLS, moments::TOOLS, failures::TOOLS, writing::TOOLS, commands::TOOLS];

fn all(read_only: bool) -> impl Iterator<Item = &'static Tool> {
    ALL.into_iter().flatten().filter(move |tool| !(read_only && tool.writes))
}

/// The tool of this name.
pub(super) fn named(name: &str, read_only: bool) -> Option<&'static Tool> {
    all(read_only).find(|tool| tool.name == name)
}

/// The tools as the protocol lists them.
pub(super) fn offered(read_only: bool) -> Vec<Value> {
    all(read_only).map(Tool::described).collect()
}

impl Tool {
    fn described(&self) -> Value {
        let property = |argument: &Argument| {
            let mut schema = match argument.of {
                Type::Text => json!({ "type": "string" }),
                Type::Number => json!({ "type": "number" }),
                Type::Integer => json!({ "type": "integer", "minimum": 0 }),
                Type::Flag => json!({ "type": "boolean" }),
                Type::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            };
            if let Some(fields) = schema.as_object_mut() {
                fields.insert("description".to_owned(), argument.help.into());
            }
            (argument.name.to_owned(), schema)
        };
        let properties: serde_json::Map<String, Value> = self.arguments.iter().map(property).collect();
        let required: Vec<&str> = self
            .arguments
            .iter()
            .filter(|argument| argument.required)
            .map(|argument| argument.name)
            .collect();
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.help,
            "inputSchema": { "type": "object", "properties": properties, "required": required, "additionalProperties": false },
            "annotations": { "title": self.title, "readOnlyHint": !self.writes, "destructiveHint": false, "openWorldHint": false },
        })
    }

    /// Problem of arguments that are missing, unknown or of another type.
    pub(super) fn problem(&self, given: &Value) -> Option<String> {
        let Some(given) = given.as_object() else {
            return Some("the arguments must be an object".to_owned());
        };
        for argument in self.arguments {
            let Some(value) = given.get(argument.name).filter(|value| !value.is_null()) else {
                if argument.required {
                    return Some(format!(
                        "the tool {} needs {:?}: {}",
                        self.name, argument.name, argument.help
                    ));
                }
                continue;
            };
            let fits = match argument.of {
                Type::Text => value.is_string(),
                Type::Number => value.as_f64().is_some_and(f64::is_finite),
                Type::Integer => value.is_u64(),
                Type::Flag => value.is_boolean(),
                Type::Texts => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
            };
            if !fits {
                let of = match argument.of {
                    Type::Text => "text",
                    Type::Number => "a number",
                    Type::Integer => "a whole number from 0",
                    Type::Flag => "true or false",
                    Type::Texts => "a list of texts",
                };
                return Some(format!("{:?} is {value}, expected {of}", argument.name));
            }
        }
        let known: Vec<&str> = self.arguments.iter().map(|argument| argument.name).collect();
        let stranger = given.keys().find(|name| !known.contains(&name.as_str()))?;
        Some(format!("the tool {} has no argument {stranger:?}, expected {}", self.name, known.join(", ")))
    }
}
