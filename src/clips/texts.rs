//! Collections of texts: one text per line in `.txt`, one JSON object per line in `.jsonl`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::clips::table::{Cells, Table};
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
    let bytes = mapped(path)?;
    let mut table = Table::default();
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.map(|(i, line)| (i, line.trim_ascii())).filter(|(_, line)| !line.is_empty());
    let columns = if has_extension(path, &["txt"]) {
        let texts = lines.map(|(_, line)| String::from_utf8_lossy(line).into_owned()).collect();
        table.texts.push(("text".to_owned(), texts));
        Vec::new()
    } else {
        objects(lines, &mut table.warnings)
    };
    table.with_columns(columns, path).into_clip(path, "texts", "text file", 1_000_000_000)
}

/// The fields of all objects as columns; missing fields are empty.
fn objects<'a>(
    lines: impl Iterator<Item = (usize, &'a [u8])>,
    warnings: &mut Vec<String>,
) -> Vec<(String, Cells)> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    let (mut rows, mut damaged, mut first) = (0, 0_usize, None);
    for (number, line) in lines {
        let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(line) else {
            damaged += 1;
            first.get_or_insert(number + 1);
            continue;
        };
        for (name, value) in object {
            let text = match value {
                Value::String(text) => text,
                Value::Bool(value) => i32::from(value).to_string(),
                Value::Number(number) => number.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => continue,
            };
            let known = places.len();
            if known >= MOST_FIELDS && !places.contains_key(&name) {
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
        rows += 1;
    }
    if let Some(first) = first {
        warnings.push(format!(
            "{damaged} lines are not JSON objects and were skipped, the first is line {first}"
        ));
    }
    for (_, cells) in &mut columns {
        cells.resize(rows, String::new());
    }
    columns.into_iter().map(|(name, cells)| (name, Cells::Texts(cells))).collect()
}
