//! Words of a command that people copy into a shell.

use crate::base::escape::visible;

/// Text as one word of a POSIX shell; one that begins with a dash is never an option where it is a path or follows `=`.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.chars().any(visible::acts) {
        // $'…' of bash, zsh and POSIX 2024 writes characters that are not seen.
        let inside = visible::replaced(text, |c| match c {
            '\'' | '\\' => Some(format!("\\{c}")),
            c if visible::acts(c) => {
                let mut bytes = [0; 4];
                let bytes = c.encode_utf8(&mut bytes).bytes();
                Some(bytes.fold(String::new(), |text, byte| format!("{text}\\{byte:03o}")))
            }
            _ => None,
        });
        return format!("$'{inside}'");
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A path as one word that no program takes for an option.
pub fn path(path: &str) -> String {
    if path.starts_with('-') { word(&format!("./{path}")) } else { word(path) }
}

/// An option with its value, as one word where the value could be taken for another option.
pub fn option(name: &str, value: &str) -> String {
    if value.starts_with('-') { format!("{name}={}", word(value)) } else { format!("{name} {}", word(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word() {
        let check = |text: &str, expected: &str| assert_eq!(word(text), expected);
        check("suites/street", "suites/street");
        check("a b", "'a b'");
        check("it's; rm -rf $HOME", "'it'\\''s; rm -rf $HOME'");
        check("", "''");
        check("a\n'\u{1b}", "$'a\\012\\'\\033'");
        assert_eq!(path("-rf"), "./-rf");
        assert_eq!(option("--case", "--model"), "--case=--model");
        assert_eq!(option("--case", "a b"), "--case 'a b'");
    }
}
