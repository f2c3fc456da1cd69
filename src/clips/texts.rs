//! Collections of texts: one text per line in `.txt`, one JSON object per line in `.jsonl`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::base::encoding::decode;
use crate::base::sheet::settings::{Settings, name_beside};
use crate::base::text::{agreeing, counted};
use crate::clips::cells::Cells;
use crate::clips::table::{Source, Table};
use crate::clips::{Clip, ClipError, ClipKind, has_extension, mapped};

/// Reads `.txt`, `.jsonl` and `.ndjson` files.
pub static KIND: ClipKind = ClipKind {
    id: "texts",
    title: "Collection of texts",
    accepts: |path| has_extension(path, &["txt", "jsonl", "ndjson"]),
    open,
};

/// Maximum number of fields: a file that uses each field once is not a collection.
const MOST_FIELDS: usize = 256;

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |err: &dyn Display| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() };
    let settings = Settings::of(path).map_err(|err| damaged(&err))?;
    let decoded = decode(&mapped(path)?, settings.encoding.as_deref()).map_err(|err| damaged(&err))?;
    let mut warnings = Vec::new();
    if decoded.guessed || decoded.damaged {
        warnings.push(format!(
            "the text is {} and is read as {}; if that is wrong, set encoding in {}",
            if decoded.guessed { "not UTF-8" } else { "damaged" },
            decoded.encoding,
            name_beside(path)
        ));
    }
    let is_text = has_extension(path, &["txt"]);
    let mut source = Source { settings, ..Source::default() };
    if !is_text {
        let lines = decoded.text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        (source.columns, source.lines) = objects(lines, &mut warnings);
    }
    source.warnings = warnings;
    let mut table = Table::new(source, path).map_err(|err| damaged(&err))?;
    if is_text {
        // Lines may end as on a Mac of old.
        let lines = decoded.text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        table.texts.push(("text".to_owned(), lines.map(str::to_owned).collect()));
    }
    table.into_clip(path, "texts", "text file", 1_000_000_000)
}

/// Quotes around the numbers that JSON does not have: NaN, Infinity, -Infinity.
fn with_quoted_numbers(line: &str) -> String {
    let mut quoted = String::with_capacity(line.len() + 16);
    let mut rest = line;
    let (mut inside, mut escaped) = (false, false);
    while let Some(first) = rest.chars().next() {
        if !inside {
            let found = ["-Infinity", "Infinity", "-inf", "inf", "NaN", "nan"].into_iter().find(|word| {
                rest.strip_prefix(word).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
            });
            if let Some(word) = found {
                quoted.push('"');
                quoted.push_str(word);
                quoted.push('"');
                rest = rest.get(word.len()..).unwrap_or_default();
                continue;
            }
        }
        inside ^= first == '"' && !escaped;
        escaped = inside && first == '\\' && !escaped;
        quoted.push(first);
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    quoted
}

/// The fields of all objects as columns, missing ones empty, and the line of each object.
fn objects<'a>(
    lines: impl Iterator<Item = (usize, &'a str)>,
    warnings: &mut Vec<String>,
) -> (Vec<(String, Cells)>, Vec<usize>) {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    let (mut numbers, mut damaged, mut first) = (Vec::new(), 0_usize, None);
    let (mut nested, mut beyond) = (BTreeSet::new(), BTreeSet::new());
    for (number, line) in lines {
        let read = serde_json::from_str(line).or_else(|_| serde_json::from_str(&with_quoted_numbers(line)));
        let Ok(Value::Object(object)) = read else {
            damaged += 1;
            first.get_or_insert(number + 1);
            continue;
        };
        let rows = numbers.len();
        for (name, value) in object {
            let text = match value {
                Value::String(text) => text,
                Value::Bool(value) => i32::from(value).to_string(),
                Value::Number(number) => number.to_string(),
                Value::Null => continue,
                Value::Array(_) | Value::Object(_) => {
                    if nested.len() < MOST_FIELDS {
                        nested.insert(name);
                    }
                    continue;
                }
            };
            let known = places.len();
            if known >= MOST_FIELDS && !places.contains_key(&name) {
                if beyond.len() < MOST_FIELDS {
                    beyond.insert(name);
                }
                continue;
            }
            let at = *places.entry(name.clone()).or_insert(known);
            if at == columns.len() {
                columns.push((name, Vec::new()));
            }
            if let Some((_, cells)) = columns.get_mut(at) {
                cells.resize(rows, String::new());
                cells.push(text);
            }
        }
        numbers.push(number + 1);
    }
    if let Some(first) = first {
        warnings.push(format!(
            "{}, the first is line {first}",
            agreeing(
                damaged,
                "line is not a JSON object and was skipped",
                "lines are not JSON objects and were skipped"
            )
        ));
    }
    let named = |names: &BTreeSet<String>| names.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
    if !nested.is_empty() {
        warnings.push(format!("fields that hold lists or objects are not displayed: {}", named(&nested)));
    }
    if !beyond.is_empty() {
        warnings.push(format!(
            "{} beyond the first {MOST_FIELDS} are not displayed: {}",
            counted(beyond.len(), "field"),
            named(&beyond)
        ));
    }
    for (_, cells) in &mut columns {
        cells.resize(numbers.len(), String::new());
    }
    (columns.into_iter().map(|(name, cells)| (name, Cells::Texts(cells))).collect(), numbers)
}
