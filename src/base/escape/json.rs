//! JSON that may be shown: it means the same, and no terminal or reader is moved by it.

use std::borrow::Cow;

use crate::base::escape::visible;

/// A document in which each character that acts is written as its number, and in which no runner of a CI finds the sign of
/// its commands. Outside of strings JSON has neither.
pub fn document(json: &str) -> Cow<'_, str> {
    let shown = visible::replaced(json, |c| (c != '\n' && visible::acts(c)).then(|| numbered(c)));
    if shown.contains("##") { Cow::Owned(shown.replace("##", "#\\u0023")) } else { shown }
}

/// Text as a string of JSON, which is also one of YAML.
pub fn string(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    visible::replaced(&json, |c| visible::acts(c).then(|| numbered(c))).into_owned()
}

fn numbered(c: char) -> String {
    let mut units = [0; 2];
    let units = c.encode_utf16(&mut units).iter();
    units.fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_read_back() {
        let name = "a##[x]###\"\\\n\u{7f}\u{9b}\u{202e}\u{e0001}é";
        let shown = string(name);
        assert!(!shown.chars().any(visible::acts), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), name);
        let json = format!("{:#}", serde_json::json!({ name: [name] }));
        let shown = document(&json);
        assert!(!shown.contains("##"), "{shown}");
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read[name][0], name);
    }
}
