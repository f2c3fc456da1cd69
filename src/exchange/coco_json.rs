//! JSON of COCO as its many writers write it: numbers that are none, and names in the place of numbers.

use std::fmt;

use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};

/// JSON as Python and `NumPy` write it: numbers may be `NaN` and `Infinity`, which are read as absent.
pub fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|err| match without_nan(bytes) {
        Some(bytes) => serde_json::from_slice(&bytes),
        None => Err(err),
    })
}

/// The text with `"NaN"` in the place of numbers that are none; `None` if it has no such numbers.
fn without_nan(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut clean, mut at, mut quoted, mut any) = (Vec::with_capacity(bytes.len()), 0, false, false);
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let token = [&b"-Infinity"[..], b"Infinity", b"-NaN", b"NaN", b"nan"]
            .into_iter()
            .find(|token| !quoted && rest.starts_with(token));
        if let Some(token) = token {
            clean.extend_from_slice(b"\"NaN\"");
            at += token.len();
            any = true;
            continue;
        }
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                clean.push(*byte);
                at += 1;
            }
            _ => {}
        }
        clean.extend(bytes.get(at));
        at += 1;
    }
    any.then_some(clean)
}

/// The number of an image or a class; some writers give it a name instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id {
    /// As COCO has it.
    Number(i64),
    /// As some writers have it.
    Text(String),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a name")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
                Ok(Id::Number(number))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
                i64::try_from(number)
                    .map(Id::Number)
                    .map_err(|err| E::custom(format!("{number} is too large: {err}")))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Id, E> {
                let whole = number.fract() == 0.0 && number.abs() < 9e15;
                whole.then_some(Id::Number(number as i64)).ok_or_else(|| E::custom("not a whole number"))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
                Ok(Id::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers_or_names() {
        let check = |text: &str, expected: Option<Id>| {
            assert_eq!(serde_json::from_str::<Id>(text).ok(), expected, "{text}");
        };
        check("7", Some(Id::Number(7)));
        check("7.0", Some(Id::Number(7)));
        check("-7", Some(Id::Number(-7)));
        check("\"a.png\"", Some(Id::Text("a.png".to_owned())));
        check("7.5", None);
        check("[7]", None);
    }
}
