//! Text of a table to rows of cells: separators, quotes, ends of lines.

use crate::base::sheet::error::UnknownSeparator;

/// Separator of the cells in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// One character.
    Char(char),
    /// Any number of spaces and tabs.
    Spaces,
    /// A line is one cell.
    None,
}

impl Separator {
    /// By its name in settings.
    pub(super) fn named(name: &str) -> Result<Self, UnknownSeparator> {
        Ok(match name {
            "tab" | "\\t" => Self::Char('\t'),
            "space" | " " => Self::Spaces,
            "none" | "" => Self::None,
            other => match (other.chars().next(), other.chars().nth(1)) {
                (Some(only), None) if only != '"' => Self::Char(only),
                _ => return Err(UnknownSeparator { name: other.to_owned() }),
            },
        })
    }

    /// Name in settings and messages.
    pub(super) fn name(self) -> String {
        match self {
            Self::Char('\t') => "tab".to_owned(),
            Self::Char(mark) => mark.to_string(),
            Self::Spaces => "space".to_owned(),
            Self::None => "none".to_owned(),
        }
    }
}

/// One line of a table; cells in quotes may span several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Number of its first line, counted from 1.
    pub(super) line: usize,
    /// The cells without quotes and spaces around them.
    pub(super) cells: Vec<String>,
    /// True if the first cell is in quotes.
    pub(super) quoted: bool,
}

impl Row {
    /// The first cell, unless it is in quotes.
    pub(super) fn begins_with(&self, mark: &str) -> bool {
        !self.quoted && self.cells.first().is_some_and(|cell| cell.starts_with(mark))
    }

    /// Number of cells without empty ones at the end.
    pub(super) fn filled(&self) -> usize {
        self.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1)
    }
}

/// The rows of a text, at most `limit`; lines without any text are left out.
pub(super) fn rows(text: &str, separator: Separator, limit: usize, keep_spaces: bool) -> Vec<Row> {
    let mut found = Vec::new();
    let mut reader = Reader { rest: text, line: 1, separator, keep_spaces, unclosed: false };
    while !reader.rest.is_empty() && found.len() < limit {
        let row = reader.row();
        if row.cells.iter().any(|cell| !cell.is_empty()) {
            found.push(row);
        }
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    separator: Separator,
    /// Spaces around cells are kept.
    keep_spaces: bool,
    /// A quote was never closed, so that quotes are plain characters from here on.
    unclosed: bool,
}

impl Reader<'_> {
    fn row(&mut self) -> Row {
        let line = self.line;
        let mut row = Row { line, cells: Vec::new(), quoted: false };
        loop {
            let (cell, quoted) = self.cell();
            row.quoted |= quoted && row.cells.is_empty();
            match row.cells.last_mut() {
                // The unit of a name belongs to it: `speed [km/h]`.
                Some(name) if self.separator == Separator::Spaces && cell.starts_with(['[', '(']) => {
                    name.push(' ');
                    name.push_str(&cell);
                }
                _ => row.cells.push(cell),
            }
            match self.rest.chars().next() {
                None => break,
                Some('\r' | '\n') => {
                    self.end_line();
                    break;
                }
                Some(mark) => {
                    self.skip(mark.len_utf8());
                    if self.separator == Separator::Spaces {
                        self.skip_blanks();
                        if self.at_end() {
                            self.end_line();
                            break;
                        }
                    }
                }
            }
        }
        row
    }

    fn at_end(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(['\r', '\n'])
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_blanks(&mut self) {
        let separator = self.separator;
        let blank = |c: char| (c == ' ' || c == '\t') && separator != Separator::Char(c);
        self.rest = self.rest.trim_start_matches(blank);
    }

    fn end_line(&mut self) {
        if self.rest.starts_with("\r\n") {
            self.skip(2);
        } else if self.at_end() {
            self.skip(usize::from(!self.rest.is_empty()));
        }
        self.line += 1;
    }

    fn ends_cell(&self, c: char) -> bool {
        c == '\r'
            || c == '\n'
            || match self.separator {
                Separator::Char(mark) => c == mark,
                Separator::Spaces => c == ' ' || c == '\t',
                Separator::None => false,
            }
    }

    /// A cell up to its separator, and true if it is in quotes.
    fn cell(&mut self) -> (String, bool) {
        if !self.keep_spaces {
            self.skip_blanks();
        }
        if self.rest.starts_with('"')
            && !self.unclosed
            && let Some(cell) = self.quoted()
        {
            return (cell, true);
        }
        let end = self.rest.find(|c| self.ends_cell(c)).unwrap_or(self.rest.len());
        let cell = self.rest.get(..end).unwrap_or_default();
        let cell = if self.keep_spaces { cell } else { cell.trim() }.to_owned();
        self.skip(end);
        (cell, false)
    }

    /// A cell in quotes; `None` if text follows its end, or if it has none.
    fn quoted(&mut self) -> Option<String> {
        let inside = self.rest.get(1..)?;
        let mut cell = String::new();
        let mut at = 0;
        loop {
            let Some(end) = inside.get(at..)?.find('"') else {
                self.unclosed = true;
                return None;
            };
            cell.push_str(inside.get(at..at + end)?);
            at += end + 1;
            if inside.get(at..)?.starts_with('"') {
                cell.push('"');
                at += 1;
                continue;
            }
            break;
        }
        let separator = self.separator;
        let after = inside.get(at..)?;
        let after =
            after.trim_start_matches(|c: char| (c == ' ' || c == '\t') && !(separator == Separator::Char(c)));
        let spaces = separator == Separator::Spaces && after.len() < inside.len() - at;
        if !spaces && !after.chars().next().is_none_or(|c| self.ends_cell(c)) {
            return None;
        }
        self.line += lines_in(self.rest.get(..self.rest.len() - after.len())?);
        // The separator of spaces is what follows, of which one is left to be skipped.
        self.rest = if spaces && !after.is_empty() && !after.starts_with(['\r', '\n']) {
            inside.get(at..)?
        } else {
            after
        };
        Some(cell)
    }
}

fn lines_in(text: &str) -> usize {
    let ends = text.bytes().filter(|byte| *byte == b'\n').count();
    if ends > 0 { ends } else { text.bytes().filter(|byte| *byte == b'\r').count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, separator: Separator) -> Vec<Vec<String>> {
        rows(text, separator, usize::MAX, false).into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn cells_come_apart_as_spreadsheets_write_them() {
        let check = |text: &str, separator, expected: &[&[&str]]| {
            assert_eq!(cells(text, separator), expected, "{text:?}");
        };
        let comma = Separator::Char(',');
        check("a,b\r\n1,2\r\n", comma, &[&["a", "b"], &["1", "2"]]);
        check("a,b\r1,2\r", comma, &[&["a", "b"], &["1", "2"]]);
        check("a , b\n\n1, 2", comma, &[&["a", "b"], &["1", "2"]]);
        check("\"a,b\",\"say \"\"hi\"\"\"\n1,\n", comma, &[&["a,b", "say \"hi\""], &["1", ""]]);
        check("\"two\nlines\",2\n3,4", comma, &[&["two\nlines", "2"], &["3", "4"]]);
        check("5\" wheel,\"open\n1,2", comma, &[&["5\" wheel", "\"open"], &["1", "2"]]);
        check("a\tb c\t\n1\t\t2", Separator::Char('\t'), &[&["a", "b c", ""], &["1", "", "2"]]);
        check("  a   b \n 1  \"2 3\"  4\n", Separator::Spaces, &[&["a", "b"], &["1", "2 3", "4"]]);
        check("a, b\nc", Separator::None, &[&["a, b"], &["c"]]);
    }

    #[test]
    fn rows_know_their_lines() {
        let lines: Vec<usize> = rows("a,b\n\n\"x\ny\",2\n3,4", Separator::Char(','), 9, false)
            .iter()
            .map(|row| row.line)
            .collect();
        assert_eq!(lines, [1, 3, 5]);
    }
}
