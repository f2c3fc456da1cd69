//! Numbers as tables write them: decimal commas, grouped thousands, words for a missing value.

/// True for an empty cell and the usual words for a missing value.
pub fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 15] =
        ["", "-", "--", "---", "nan", "null", "none", "na", "n/a", "#n/a", "#na", "nat", "nil", "?", "<na>"];
    let cell = cell.trim();
    cell.len() <= 4 && WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// The number of a cell in the form of programs; `None` for words and for what is not finite.
pub fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

/// Evidence of a cell for the decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Not a number.
    Word,
    /// A number that reads the same either way.
    Neither,
    /// This is the decimal mark.
    Decimal(char),
    /// A number either way, but not the same one: `1,234`.
    Ambiguous(char),
}

/// Marks between groups of three digits, besides the one that is no decimal mark.
const GROUPING: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

pub(super) fn evidence(cell: &str) -> Evidence {
    if let Some(found) = obvious(cell) {
        return found;
    }
    let point = plain(cell, '.');
    let comma = plain(cell, ',');
    match (point, comma) {
        (None, None) => Evidence::Word,
        (Some(_), None) => Evidence::Decimal('.'),
        (None, Some(_)) => Evidence::Decimal(','),
        (Some(a), Some(b)) if a == b => Evidence::Neither,
        (Some(_), Some(_)) => Evidence::Ambiguous(if cell.contains(',') { ',' } else { '.' }),
    }
}

/// The usual forms at a glance: digits, and digits with a point that separates no thousands.
fn obvious(cell: &str) -> Option<Evidence> {
    let digits = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    let Some(point) = digits.iter().position(|byte| !byte.is_ascii_digit()) else {
        return (!digits.is_empty()).then_some(Evidence::Neither);
    };
    let part = digits.get(point + 1..)?;
    let fits = digits.get(point) == Some(&b'.') && part.iter().all(u8::is_ascii_digit);
    (fits && part.len() != 3 && point > 0 && !part.is_empty()).then_some(Evidence::Decimal('.'))
}

/// A number in the form of programs, without groups and with a decimal point; `None` if it is none.
pub(super) fn plain(cell: &str, decimal: char) -> Option<String> {
    let cell = cell.trim();
    let unsigned = cell.strip_prefix(['+', '-', '\u{2212}']).unwrap_or(cell);
    let sign = if unsigned.len() == cell.len() || cell.starts_with('+') { "" } else { "-" };
    let lower = unsigned.to_ascii_lowercase();
    if ["inf", "infinity", "\u{221e}", "1.#inf"].contains(&lower.as_str()) {
        return Some(format!("{sign}inf"));
    }
    if let Some(hex) = lower.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| format!("{sign}{number}"));
    }
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((mantissa, exponent)) => {
            exponent.parse::<i32>().ok()?;
            (mantissa, format!("e{exponent}"))
        }
        None => (lower.as_str(), String::new()),
    };
    let (whole, part) = match mantissa.rsplit_once(decimal) {
        Some((whole, part)) => (whole, Some(part)),
        None => (mantissa, None),
    };
    if whole.contains(decimal) || part.is_some_and(|part| !part.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let whole = ungrouped(whole, if decimal == ',' { '.' } else { ',' })?;
    let part = part.unwrap_or_default();
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let zero = if whole.is_empty() { "0" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    Some(format!("{sign}{zero}{whole}{point}{part}{exponent}"))
}

/// Digits without the marks between groups of three; `None` if they are not digits, or grouped otherwise.
fn ungrouped(text: &str, other: char) -> Option<String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let mark = text.chars().find(|c| !c.is_ascii_digit())?;
    if mark != other && !GROUPING.contains(&mark) {
        return None;
    }
    let groups: Vec<&str> = text.split(mark).collect();
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let (first, others) = groups.split_first()?;
    // 0,125 has no groups.
    let grouped = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && others.iter().all(|group| group.len() == 3)
        && groups.iter().all(digits);
    grouped.then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_marks_are_told_apart() {
        let check = |cell: &str, expected| assert_eq!(evidence(cell), expected, "{cell}");
        check("10.5", Evidence::Decimal('.'));
        check("10,5", Evidence::Decimal(','));
        check("-,5", Evidence::Decimal(','));
        check("1.234,5", Evidence::Decimal(','));
        check("1,234.5", Evidence::Decimal('.'));
        check("1,234,567", Evidence::Decimal('.'));
        check("1,234", Evidence::Ambiguous(','));
        check("1.234", Evidence::Ambiguous('.'));
        check("0,125", Evidence::Decimal(','));
        check("0.125", Evidence::Decimal('.'));
        check("1 234", Evidence::Neither);
        check("-12e-3", Evidence::Neither);
        check("1,5E+03", Evidence::Decimal(','));
        check("12.03.2026", Evidence::Word);
        check("km/h", Evidence::Word);
        check("1,2,3", Evidence::Word);
        check("e", Evidence::Word);
        check("", Evidence::Word);
    }

    #[test]
    fn numbers_become_those_of_programs() {
        let check = |cell: &str, decimal, expected: &str| {
            assert_eq!(plain(cell, decimal).as_deref(), Some(expected), "{cell}");
        };
        check("1.234,5", ',', "1234.5");
        check("-1 234 567,25", ',', "-1234567.25");
        check("1'234.5", '.', "1234.5");
        check(",5", ',', "0.5");
        check("+7", '.', "7");
        check("-inf", '.', "-inf");
        check("0x1F", '.', "31");
        check("1.e3", '.', "1e3");
        assert!(is_missing("NaN") && is_missing(" - ") && is_missing("NULL") && !is_missing("0"));
    }
}
