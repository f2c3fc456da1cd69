//! Descriptions of TAP 14.

use crate::base::escape::visible;

/// Text on the line of a test point: no directive begins in it.
pub fn text(text: &str) -> String {
    let instead = |c| match c {
        '\\' => Some("\\\\".to_owned()),
        '#' => Some("\\#".to_owned()),
        '\n' | '\r' | '\t' => Some(" ".to_owned()),
        c if visible::acts(c) => Some(format!("\\{}", visible::written(c))),
        _ => None,
    };
    visible::replaced(text, instead).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_directive_begins_in_a_name() {
        assert_eq!(text("a # SKIP\\\nnot ok 2\u{1b}"), "a \\# SKIP\\\\ not ok 2\\\\x1b");
    }
}
