//! Text in SARIF 2.1.0: addresses (RFC 3986) and plain-text messages (section 3.11).

use crate::base::escape::visible;

/// A path as a relative reference or a `file` address: what is no letter, digit or one of `-._~/` is written as bytes.
pub fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format_args!("%{byte:02X}").to_string()),
        }
    }
    if path.starts_with('/') { format!("file://{uri}") } else { uri }
}

/// A message: no link (`[text](1)`) and no placeholder (`{0}`) in it, and no character that acts.
pub fn message(text: &str) -> String {
    let shown = visible::replaced(text, |c| (c != '\n' && visible::acts(c)).then(|| visible::written(c)));
    let mut safe = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '\\' | '[' | ']' => safe.extend(['\\', c]),
            '{' | '}' => safe.extend([c, c]),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_messages_stay_text() {
        assert_eq!(uri("suites/a b/c:é%.toml"), "suites/a%20b/c%3A%C3%A9%25.toml");
        assert_eq!(uri("/a/b"), "file:///a/b");
        assert_eq!(message("see [x](1) {0} \u{1b}"), "see \\[x\\](1) {{0}} \\\\x1b");
    }
}
