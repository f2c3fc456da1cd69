//! Text inside of Markdown as GitHub and GitLab read it.

use crate::base::escape::visible::{acts, written};

/// Text that stays text, also in a cell of a table: no emphasis, link, image, markup, mention or reference.
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '~' | '$' | '&' => safe.extend(['\\', c]),
            // Mentions and references are found in the finished page, where only a border between them and their sign helps.
            '@' | '#' if chars.clone().next().is_some_and(char::is_alphanumeric) => {
                safe.extend([c]);
                safe.push_str("<!-- -->");
            }
            ':' => safe.push_str("\\:"),
            'w' | 'W' if rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("www.")) => {
                safe.extend([c]);
                safe.push_str("<!-- -->");
            }
            '\n' | '\t' => safe.push(' '),
            c if acts(c) => {
                safe.push('\\');
                safe.push_str(&written(c));
            }
            c => safe.push(c),
        }
        rest = chars.as_str();
    }
    safe
}

/// Text as code, between as many backticks as it needs; not for cells of tables.
pub fn code(text: &str) -> String {
    let text = super::visible::line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let margin =
        if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{margin}{text}{margin}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        let check = |given: &str, expected: &str| assert_eq!(text(given), expected, "{given:?}");
        check("fog 0.5, rotate 3°", "fog 0.5, rotate 3°");
        check("a|b *c* [x](y)", "a\\|b \\*c\\* \\[x\\](y)");
        check("<img src=x>", "\\<img src=x\\>");
        check("@everyone #12 C#", "@<!-- -->everyone #<!-- -->12 C#");
        check("https://x www.x", "https\\://x w<!-- -->ww.x");
        check("a\nb\u{1b}", "a b\\\\x1b");
    }

    #[test]
    fn code_ends_where_it_ends() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code("a\n"), "`a\\n`");
    }
}
