//! Text on a terminal or in the log of a CI: nothing in it moves the cursor, and no runner takes a line of it for a command,
//! and no address shows its password.

use std::borrow::Cow;

use crate::base::escape::{address, visible};

/// Text as one line.
pub fn line(text: &str) -> Cow<'_, str> {
    let shown = match address::hidden(text) {
        Cow::Borrowed(text) => visible::line(text),
        Cow::Owned(text) => Cow::Owned(visible::line(&text).into_owned()),
    };
    match shown {
        Cow::Borrowed(text) => no_command(text),
        Cow::Owned(text) => Cow::Owned(no_command(&text).into_owned()),
    }
}

/// Text of several lines, each as [`line()`].
pub fn lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(|text| line(text.trim_end_matches('\r'))).collect();
    lines.join("\n")
}

/// Workflow commands of GitHub begin a line with `::` after blanks, those of Azure and of older runners have `##[` or
/// `##vso[` anywhere in it, those of `TeamCity` begin with `##teamcity[`.
fn no_command(line: &str) -> Cow<'_, str> {
    let blanks = line.len() - line.trim_start().len();
    let (margin, rest) = line.split_at(blanks);
    let line = match rest.strip_prefix("::") {
        Some(rest) => Cow::Owned(format!("{margin}:\\:{rest}")),
        None => Cow::Borrowed(line),
    };
    let marks = ["##[", "##vso[", "##teamcity["];
    if marks.iter().any(|mark| line.contains(mark)) { Cow::Owned(line.replace("##", "#\\#")) } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        let check = |text: &str, expected: &str| assert_eq!(line(text), expected, "{text:?}");
        check("pass  street/a::b", "pass  street/a::b");
        check("::error::x", ":\\:error::x");
        check("  ::add-mask::true", "  :\\:add-mask::true");
        check("\u{3000}::x", "\u{3000}:\\:x");
        check("a ##[error]b", "a #\\#[error]b");
        check("##vso[task.setvariable variable=x]y", "#\\#vso[task.setvariable variable=x]y");
        check("x\n::error::y", "x\\n::error::y");
        assert_eq!(lines("x\r\n::error::y\n"), "x\n:\\:error::y\n");
    }
}
