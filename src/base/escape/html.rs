//! Text of HTML. `maud` escapes the markup; what would act in a browser or on a reader is written out before.

use std::borrow::Cow;

use crate::base::escape::visible;

/// Text of a page, for `maud` to escape; the ends of lines stay.
pub fn text(text: &str) -> Cow<'_, str> {
    visible::replaced(text, |c| (c != '\n' && visible::acts(c)).then(|| visible::written(c)))
}

/// An `id` of an element that is also its fragment: letters, digits, `-`, `.` and `_`; every other byte as its number, so
/// that no two names share one.
pub fn id(name: &str) -> String {
    let mut id = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => id.push(char::from(byte)),
            byte => id.push_str(&format_args!("_{byte:02x}").to_string()),
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_fragment() {
        assert_eq!(id("fog-0.5"), "fog-0.5");
        assert_ne!(id("a b"), id("a_b"));
        assert!(id("\" onclick=é").bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        assert_eq!(text("a\u{0}\nb\u{202e}"), "a\\x00\nb\\u{202e}");
    }
}
