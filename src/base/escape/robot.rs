//! Cells of Robot Framework.

use crate::base::escape::visible::acts;

/// Text as one argument, which is read back as it was.
///
/// Two spaces separate arguments there, some signs stand for variables, and others mean something at the beginning of a cell.
/// A backslash takes the meaning away; characters that are not seen are written as their numbers, and nothing as the
/// variable for it (Robot Framework User Guide, section "Escaping").
pub fn cell(text: &str) -> String {
    if text.is_empty() {
        return "${EMPTY}".to_owned();
    }
    let mut safe = String::new();
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let alone = before.is_some_and(|c| c != ' ') && rest.peek().is_some_and(|c| !c.is_whitespace());
        match c {
            '\\' | '$' | '@' | '&' | '%' | '#' | '{' | '}' | '=' | '|' => safe.extend(['\\', c]),
            '*' | '.' | '[' | '-' | ':' if before.is_none() => safe.extend(['\\', c]),
            ' ' if alone => safe.push(' '),
            c if c.is_whitespace() || acts(c) => safe.extend(format!("\\U{:08x}", u32::from(c)).chars()),
            c => safe.push(c),
        }
        before = Some(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_argument() {
        assert_eq!(cell("rain {0} #2"), "rain \\{0\\} \\#2");
        assert_eq!(cell("*** Settings ***"), "\\*** Settings ***");
        assert_eq!(cell("a  b\n${x}"), "a\\U00000020\\U00000020b\\U0000000a\\$\\{x\\}");
        assert_eq!(cell(" | ...\u{1b}"), "\\U00000020\\| ...\\U0000001b");
        assert_eq!(cell(""), "${EMPTY}");
    }
}
