//! Characters that are not seen, written so that they are.

use std::borrow::Cow;

/// True for characters that act instead of being seen: controls, ends of lines and paragraphs, and those that reorder or
/// hide text (Unicode Technical Report 36, "bidirectional text spoofing").
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A character as people write it in a string: `\n`, `\t`, `\x1b`, `\u{202e}`.
pub fn written(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if u32::from(c) < 0x100 => format!("\\x{:02x}", u32::from(c)),
        c => format!("\\u{{{:x}}}", u32::from(c)),
    }
}

/// Text on one line, in which each character that acts is written out.
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, |c| acts(c).then(|| written(c)))
}

/// Text in which some characters stand as others; borrowed where none does.
pub(super) fn replaced(text: &str, instead: impl Fn(char) -> Option<String>) -> Cow<'_, str> {
    if text.chars().all(|c| instead(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match instead(c) {
            Some(other) => safe.push_str(&other),
            None => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_seen() {
        let check = |text: &str, expected: &str| assert_eq!(line(text), expected, "{text:?}");
        check("C:\\street\\é 🚗", "C:\\street\\é 🚗");
        check("a\nb\r\tc", "a\\nb\\r\\tc");
        check("\u{1b}[31mred\u{7}\u{9b}0m", "\\x1b[31mred\\x07\\x9b0m");
        check("\u{202e}txt.exe\u{2066}", "\\u{202e}txt.exe\\u{2066}");
        check("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}");
    }
}
