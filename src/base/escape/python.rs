//! Literals of Python's source.

/// Text as a string literal in double quotes.
pub fn literal(text: &str) -> String {
    format!("\"{}\"", inside(text))
}

/// Text inside of a docstring, on one line.
pub fn docstring(text: &str) -> String {
    inside(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn inside(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '"' => safe.extend(['\\', c]),
            '\n' => safe.push_str("\\n"),
            c if super::visible::acts(c) => safe.push_str(&numbered(u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}

fn numbered(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_literal() {
        assert_eq!(literal("a\"\\b\n\u{1b}\u{202e}\u{e0001}é"), "\"a\\\"\\\\b\\n\\x1b\\u202e\\U000e0001é\"");
        assert_eq!(docstring("a\"\"\"\nimport os\\"), "a\\\"\\\"\\\" import os\\\\");
    }
}
