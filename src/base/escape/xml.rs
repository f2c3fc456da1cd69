//! Text and attributes of XML 1.0.

/// Text for an element or an attribute in either quotes: markup as references, ends of lines and tabs too, for a reader
/// makes spaces of those in an attribute, and U+FFFD for what XML cannot hold.
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\t' => safe.push_str("&#9;"),
            '\n' => safe.push_str("&#10;"),
            '\r' => safe.push_str("&#13;"),
            c => safe.push(allowed(c)),
        }
    }
    safe
}

/// A character that XML 1.0 allows (section 2.2 of the recommendation, `Char`), or U+FFFD instead: no reference can stand
/// for the others.
pub fn allowed(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => c,
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_controls_are_text() {
        assert_eq!(text("<a b=\"c\">&'\n\t"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#10;&#9;");
        assert_eq!(text("\0\u{1b}\u{fffe}é🚗"), "\u{fffd}\u{fffd}\u{fffd}é🚗");
    }
}
