//! The numbers inside any message, with their paths.

use std::fmt::Write as _;

use super::value::Value;

/// Maximum nesting depth of numbers.
const DEPTH: usize = 5;
/// Maximum length of arrays of signals; longer arrays are data.
pub(in crate::clips) const LONGEST: usize = 16;
/// Maximum number of signals of one channel: more than a person can choose from.
pub(in crate::clips) const MOST: usize = 256;

/// Calls `found` for every number: `linear_acceleration.x`; the path is "" if the message is one number.
/// Stamps and counters of the recorder are left out. True if there are more numbers than that, in long arrays or too many.
pub(in crate::clips) fn each(message: &Value<'_>, mut found: impl FnMut(&str, f64)) -> bool {
    let (mut count, mut overfull) = (0, false);
    let mut path = String::new();
    walk(message, &mut path, DEPTH, (&mut count, &mut overfull), &mut found);
    overfull
}

fn walk(
    value: &Value<'_>,
    path: &mut String,
    depth: usize,
    (count, overfull): (&mut usize, &mut bool),
    found: &mut impl FnMut(&str, f64),
) {
    if *count >= MOST {
        *overfull = true;
        return;
    }
    match value {
        Value::Record(fields) if depth > 0 => {
            // `data` of std_msgs is the message itself.
            if let [(name, only)] = fields.as_slice()
                && name == "data"
                && path.is_empty()
            {
                walk(only, path, depth - 1, (count, overfull), found);
                return;
            }
            for (name, value) in fields {
                // Rarely plotted, and there are dozens.
                if name.ends_with("covariance") {
                    continue;
                }
                if matches!(
                    name.as_ref(),
                    "header" | "stamp" | "timestamp" | "nsec" | "nanosec" | "sec" | "secs" | "nsecs"
                ) {
                    continue;
                }
                let end = path.len();
                if end > 0 {
                    path.push('.');
                }
                path.push_str(name);
                walk(value, path, depth - 1, (count, overfull), found);
                path.truncate(end);
            }
        }
        Value::Numbers(numbers) if numbers.len() <= LONGEST => {
            for (i, number) in numbers.iter().enumerate() {
                let end = path.len();
                push_index(path, i);
                *count += 1;
                found(path, *number);
                path.truncate(end);
            }
        }
        Value::List(entries) if depth > 0 && entries.len() <= LONGEST => {
            for (i, entry) in entries.iter().enumerate() {
                let end = path.len();
                push_index(path, i);
                walk(entry, path, depth - 1, (count, overfull), found);
                path.truncate(end);
            }
        }
        Value::List(entries) => *overfull |= !entries.is_empty(),
        Value::Bytes(bytes) => *overfull |= !bytes.is_empty(),
        Value::Numbers(_) | Value::Record(_) => *overfull = true,
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_) | Value::Text(_) => {
            if let Some(number) = value.number() {
                *count += 1;
                found(path, number);
            }
        }
    }
}

fn push_index(path: &mut String, index: usize) {
    // Writing to a string cannot fail.
    write!(path, "[{index}]").unwrap_or_default();
}
