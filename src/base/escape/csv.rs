//! Cells of tables that spreadsheets open.

use std::borrow::Cow;

/// Signs with which a spreadsheet takes a cell for a formula (OWASP, "CSV Injection").
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}'];

/// Formulas in the cells of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// Text stands as it is, for programs.
    #[default]
    Kept,
    /// An apostrophe before text that a spreadsheet would compute.
    Guarded,
}

impl Formulas {
    /// Guarded if somebody asked for it.
    pub fn guarded_if(guard: bool) -> Self {
        if guard { Self::Guarded } else { Self::Kept }
    }
}

/// Text of a cell; the separators are quoted by whoever writes the rows.
pub fn text(text: &str, formulas: Formulas) -> Cow<'_, str> {
    if formulas == Formulas::Guarded && text.trim_start_matches(' ').starts_with(FORMULA) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_by_choice() {
        assert_eq!(text("=1+1", Formulas::Kept), "=1+1");
        let check = |given: &str, expected: &str| assert_eq!(text(given, Formulas::Guarded), expected);
        check("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0");
        check(" @SUM(A1)", "' @SUM(A1)");
        check("fog-0.5", "fog-0.5");
    }
}
