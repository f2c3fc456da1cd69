//! A decoded message as a tree of named values, independent of its encoding.

use std::borrow::Cow;

use base64::Engine as _;

/// One value of a message; strings and bytes borrow from the message where possible.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::clips) enum Value<'a> {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that may be above the range of `Int`.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A string; in JSON also bytes as base64.
    Text(Cow<'a, str>),
    /// Raw bytes.
    Bytes(Cow<'a, [u8]>),
    /// An array of numbers.
    Numbers(Vec<f64>),
    /// An array of anything else.
    List(Vec<Self>),
    /// Named fields in the order of their definition.
    Record(Vec<(Cow<'a, str>, Self)>),
}

impl Value<'_> {
    /// A field of a record.
    pub(in crate::clips) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Record(fields) = self else { return None };
        fields.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value)
    }

    /// A field inside records, by its path: `pose.position.x`.
    pub(in crate::clips) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |value, name| value.get(name))
    }

    /// As a number; not from a string, even if it looks like one.
    pub(in crate::clips) fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Uint(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(_) | Self::Bytes(_) | Self::Numbers(_) | Self::List(_) | Self::Record(_) => None,
        }
    }

    /// The number at a path; `None` if it is absent or not a number.
    pub(in crate::clips) fn number_at(&self, path: &str) -> Option<f64> {
        self.at(path)?.number()
    }

    /// The whole number at a path, if it fits.
    pub(in crate::clips) fn u32_at(&self, path: &str) -> Option<u32> {
        let value = self.at(path)?;
        if let Self::Uint(value) = value {
            return u32::try_from(*value).ok();
        }
        value.number().filter(|n| *n >= 0.0 && *n <= f64::from(u32::MAX)).map(|n| n as u32)
    }

    /// The string at a path.
    pub(in crate::clips) fn text_at(&self, path: &str) -> Option<&str> {
        if let Self::Text(text) = self.at(path)? { Some(text) } else { None }
    }

    /// The bytes at a path; base64 in JSON.
    pub(in crate::clips) fn bytes_at(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        match self.at(path)? {
            Self::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Self::Text(text) => {
                base64::engine::general_purpose::STANDARD.decode(text.as_bytes()).ok().map(Cow::Owned)
            }
            Self::Numbers(numbers) => Some(Cow::Owned(numbers.iter().map(|n| *n as u8).collect())),
            Self::Bool(_)
            | Self::Int(_)
            | Self::Uint(_)
            | Self::Float(_)
            | Self::List(_)
            | Self::Record(_) => None,
        }
    }

    /// The entries of the array at a path; empty if there is none.
    pub(in crate::clips) fn list_at(&self, path: &str) -> &[Self] {
        match self.at(path) {
            Some(Self::List(entries)) => entries,
            _ => &[],
        }
    }

    /// The numbers of the array at a path.
    pub(in crate::clips) fn numbers_at(&self, path: &str) -> Vec<f64> {
        match self.at(path) {
            Some(Self::Numbers(numbers)) => numbers.clone(),
            Some(Self::List(entries)) => entries.iter().filter_map(Value::number).collect(),
            Some(Self::Bytes(bytes)) => bytes.iter().map(|byte| f64::from(*byte)).collect(),
            _ => Vec::new(),
        }
    }
}
