//! Messages in JSON, with or without a schema.

use std::borrow::Cow;

use super::error::MessageError;
use super::value::Value;

/// Decodes one message.
pub(super) fn decode(data: &[u8]) -> Result<Value<'static>, MessageError> {
    serde_json::from_slice::<serde_json::Value>(data)
        .map(taken_over)
        .map_err(|err| MessageError::damaged(format!("damaged JSON ({err})")))
}

/// A JSON value as the value of a message.
pub(super) fn taken_over(json: serde_json::Value) -> Value<'static> {
    match json {
        // The field counts as absent.
        serde_json::Value::Null => Value::List(Vec::new()),
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => Value::Uint(value),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::Text(Cow::Owned(text)),
        serde_json::Value::Array(entries) => {
            let numbers: Option<Vec<f64>> = entries.iter().map(serde_json::Value::as_f64).collect();
            match numbers {
                Some(numbers) if !numbers.is_empty() => Value::Numbers(numbers),
                _ => Value::List(entries.into_iter().map(taken_over).collect()),
            }
        }
        serde_json::Value::Object(fields) => Value::Record(
            fields.into_iter().map(|(name, value)| (Cow::Owned(name), taken_over(value))).collect(),
        ),
    }
}
