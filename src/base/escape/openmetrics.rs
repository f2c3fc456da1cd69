//! Values of labels in `OpenMetrics` text (version 1.0, section "Escaping").

use crate::base::escape::visible;

/// A value between quotes, without them: characters that act are written out, so that no scraper's log is moved by one.
pub fn label(text: &str) -> String {
    let shown = visible::replaced(text, |c| (c != '\n' && visible::acts(c)).then(|| visible::written(c)));
    let mut value = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '\\' => value.push_str("\\\\"),
            '"' => value.push_str("\\\""),
            '\n' => value.push_str("\\n"),
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_in_its_quotes() {
        assert_eq!(label("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
        assert_eq!(label("\u{1b}[31m"), "\\\\x1b[31m");
    }
}
