//! Tables and code in Markdown.

/// A table; cells are escaped, so that a bar in a text does not end its column.
pub(super) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    text.extend([format!("|{}\n", "---|".repeat(head.len()))]);
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        text.push_str(&line(&cells));
    }
    text
}

/// A piece of code inside of a line.
pub(super) fn code(text: &str) -> String {
    format!("`{text}`")
}

/// Pieces of code with commas between them.
pub(super) fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// A number as short as it can be read back.
pub(super) fn number(value: f64) -> String {
    format!("{value}")
}

/// Note about a kind beyond its own description; "" for none.
pub(super) fn note(notes: &[(&str, &'static str)], id: &str) -> &'static str {
    notes.iter().find(|(known, _)| *known == id).map_or("", |(_, note)| note)
}
