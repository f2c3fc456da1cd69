//! Templates of files with gaps.

/// A template with its gaps filled, each once and from left to right, so that what fills one is never read as another.
pub fn filled(template: &str, gaps: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    let next = |rest: &str| {
        gaps.iter()
            .filter_map(|(gap, value)| Some((rest.find(gap)?, *gap, *value)))
            .min_by_key(|(at, ..)| *at)
    };
    while let Some((at, gap, value)) = next(rest) {
        let (before, after) = rest.split_at(at);
        text.extend([before, value]);
        rest = after.strip_prefix(gap).unwrap_or_default();
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fills_a_gap_is_never_read_as_another() {
        assert_eq!(filled("a @N@ b @S@.", &[("@N@", "@S@"), ("@S@", "\"x\"")]), "a @S@ b \"x\".");
    }
}
