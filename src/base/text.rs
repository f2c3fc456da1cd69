//! Numbers and counts as people read them.

/// A count with its noun: "1 signal", "2 signals". `noun` is the singular of a word whose plural ends in -s, -es or -ies.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {}", if count == 1 { noun.to_owned() } else { plural(noun) })
}

/// A count with what is said of it, in the singular and in the plural: "1 line has no time", "2 lines have no time".
pub fn agreeing(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The plural of an English noun that forms it by rule; of several words the last one changes.
pub fn plural(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    let hissing = ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end));
    format!("{noun}{}", if hissing { "es" } else { "s" })
}

/// A count with its digits in groups of three: 22,900.
pub fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in seconds in one unit that suits it: 40 s, 3 min, 2.5 h.
pub fn lasting(secs: f64) -> String {
    match secs {
        secs if secs < 90.0 => format!("{:.0} s", secs.ceil()),
        secs if secs < 5400.0 => format!("{:.0} min", (secs / 60.0).ceil()),
        secs => format!("{} h", short_number((secs / 360.0).ceil() / 10.0)),
    }
}

/// Text in quotation marks as people read it: as it was typed, only control characters are escaped.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        if letter.is_control() {
            quoted.extend(letter.escape_debug());
        } else {
            quoted.push(letter);
        }
    }
    quoted.push('"');
    quoted
}

/// Text as the beginning of a sentence.
pub fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A probability with digits that say something however small it is: 0.0312, 4.1e-9.
pub fn probability(value: f64) -> String {
    if value > 0.0 && value < 0.001 { format!("{value:.1e}") } else { format!("{value:.4}") }
}

/// A text of several lines as one, each run of white space a single space.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A number in about four digits, without zeros at its end: 0.125, 12.5, 1234.
pub fn short_number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    let text = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_probability_is_not_zero() {
        assert_eq!(probability(0.03124), "0.0312");
        assert_eq!(probability(0.000_04), "4.0e-5");
        assert_eq!(probability(4.06e-9), "4.1e-9");
        assert_eq!(probability(0.0), "0.0000");
        assert_eq!(probability(1.0), "1.0000");
    }

    #[test]
    fn quotes_within_quotes_stay() {
        assert_eq!(quoted("cut-in"), "\"cut-in\"");
        assert_eq!(quoted("the \"big\" one\n"), "\"the \"big\" one\\n\"");
        assert_eq!(quoted("é 行人"), "\"é 行人\"");
    }

    #[test]
    fn one_has_no_s() {
        let check = |count, noun, expected: &str| assert_eq!(counted(count, noun), expected);
        check(1, "signal", "1 signal");
        check(0, "signal", "0 signals");
        check(2, "test case", "2 test cases");
        check(2, "class", "2 classes");
        check(2, "box", "2 boxes");
        check(2, "category", "2 categories");
        check(2, "delay", "2 delays");
    }

    #[test]
    fn numbers_have_as_many_digits_as_are_read() {
        let check = |value, expected: &str| assert_eq!(short_number(value), expected);
        check(0.5, "0.5");
        check(0.123_456, "0.123");
        check(12.345, "12.35");
        check(100.0, "100");
        check(123.45, "123.5");
        check(12_345.6, "12346");
        check(-0.000_1, "0");
        check(0.0, "0");
        check(f64::NAN, "NaN");
        check(f64::INFINITY, "inf");
    }
}
