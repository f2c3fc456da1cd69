//! A message as lines: a field each, indented as it is nested, for people to read.

use crate::clips::messages::value::Value;
use crate::clips::messages::{Decoder, Described, MessageError};

/// Numbers shown of an array, and entries of a list.
const ENTRIES: usize = 24;
/// Lines of a message: more are said and not shown.
const LINES: usize = 4_000;
/// Characters of a string.
const LETTERS: usize = 400;

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageLine {
    /// Number of fields that it is inside of.
    pub depth: usize,
    /// Name of the field, or the position in a list.
    pub name: String,
    /// The value; "" for a field that has fields.
    pub value: String,
    /// Path from the message down to the field, as signals are named after their topic.
    pub path: String,
}

/// The fields of a message as recorded. Long arrays are cut and say their length, bytes are counted.
pub(in crate::clips) fn lines(described: &Described, data: &[u8]) -> Result<Vec<MessageLine>, MessageError> {
    let Described { encoding, schema_encoding, schema, definition } = described;
    let decoder = Decoder::new(encoding, schema_encoding, schema, definition);
    let plain = decoder.plain(data)?;
    let mut out = Vec::new();
    let value = decoder.value(&plain)?;
    if let Value::Record(fields) = &value {
        for (name, value) in fields {
            push(&mut out, 0, name, name, value);
        }
    } else {
        push(&mut out, 0, "message", "", &value);
    }
    if out.len() > LINES {
        let more = out.len() - LINES;
        out.truncate(LINES);
        let value = format!("{more} more lines are not shown");
        out.push(MessageLine { depth: 0, name: "…".to_owned(), value, path: String::new() });
    }
    Ok(out)
}

fn push(out: &mut Vec<MessageLine>, depth: usize, name: &str, path: &str, value: &Value<'_>) {
    let mut line = |value: String| {
        out.push(MessageLine { depth, name: name.to_owned(), value, path: path.to_owned() });
    };
    match value {
        Value::Bool(truth) => line(truth.to_string()),
        Value::Int(number) => line(number.to_string()),
        Value::Uint(number) => line(number.to_string()),
        Value::Float(number) => line(number.to_string()),
        Value::Text(text) => line(short(text)),
        Value::Bytes(bytes) => line(format!("{} bytes", bytes.len())),
        Value::Numbers(numbers) => line(array(numbers)),
        Value::List(entries) => {
            line(format!("{} entries", entries.len()));
            for (at, entry) in entries.iter().take(ENTRIES).enumerate() {
                let at = format!("[{at}]");
                push(out, depth + 1, &at, &format!("{path}{at}"), entry);
            }
            if let Some(more) = entries.len().checked_sub(ENTRIES).filter(|more| *more > 0) {
                let (name, value) = ("…".to_owned(), format!("{more} more"));
                out.push(MessageLine { depth: depth + 1, name, value, path: String::new() });
            }
        }
        Value::Record(fields) => {
            line(String::new());
            for (name, value) in fields {
                push(out, depth + 1, name, &format!("{path}.{name}"), value);
            }
        }
    }
}

fn short(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(LETTERS) else { return text.to_owned() };
    format!("{}… ({} characters)", text.get(..end).unwrap_or(text), text.chars().count())
}

fn array(numbers: &[f64]) -> String {
    let first: Vec<String> = numbers.iter().take(ENTRIES).map(f64::to_string).collect();
    let first = first.join(", ");
    if numbers.len() > ENTRIES {
        format!("[{first}, … {} numbers]", numbers.len())
    } else {
        format!("[{first}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_line_for_each_field_and_says_what_it_leaves_out() {
        let described = Described { encoding: "json".to_owned(), ..Described::default() };
        let numbers: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let text = format!(
            r#"{{"header":{{"frame":"map"}},"ok":true,"list":[{{"x":1.5}},{{"x":2}}],"long":[{}]}}"#,
            numbers.join(",")
        );
        let all = lines(&described, text.as_bytes()).unwrap();
        let shown: Vec<String> = all
            .iter()
            .map(|line| format!("{}{}={} @{}", " ".repeat(line.depth), line.name, line.value, line.path))
            .collect();
        assert_eq!(shown[0], "header= @header");
        assert_eq!(shown[1], " frame=map @header.frame");
        assert!(shown.contains(&"ok=true @ok".to_owned()), "{shown:?}");
        assert!(shown.contains(&"  x=1.5 @list[0].x".to_owned()), "{shown:?}");
        assert!(shown.last().unwrap().contains("… 30 numbers]"), "{shown:?}");
        let problem = lines(&Described::default(), b"x").unwrap_err().to_string();
        assert!(problem.contains("no message encoding"), "{problem}");
    }
}
