//! Text for a program that speaks.

/// Text as an argument that no program takes for an option or a file; `None` for what cannot be said.
///
/// Some of these programs do not know `--`, so nothing that begins with a sign is handed on.
pub fn argument(text: &str) -> Option<String> {
    let spoken: String = text.chars().map(|c| if super::visible::acts(c) { ' ' } else { c }).collect();
    let spoken = spoken.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end();
    (!spoken.is_empty()).then(|| spoken.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_spoken_is_an_option() {
        assert_eq!(argument("-wvictim").as_deref(), Some("wvictim"));
        assert_eq!(argument("\n --file=/etc/passwd").as_deref(), Some("file=/etc/passwd"));
        assert_eq!(argument("deer, left"), Some("deer, left".to_owned()));
        assert_eq!(argument("--"), None);
    }
}
