//! YAML as a tree of texts: no scalar is taken for a number or a truth value, so a class may be called `no` or `007`.

use saphyr_parser::{Event, Parser};

/// A node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yaml {
    /// A scalar as it is written, without its quotation marks; "" for nothing.
    Text(String),
    /// A sequence.
    List(Vec<Self>),
    /// A mapping in the order of the file.
    Map(Vec<(Self, Self)>),
}

/// A document that is not read.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The text is not YAML; the message has line and column.
    #[error("not valid YAML ({0})")]
    Invalid(String),
    /// A reference to another place in the document.
    #[error("YAML aliases (*name) are not supported, write the value out")]
    Alias,
    /// More levels than any settings have.
    #[error("the YAML is nested more than {DEEPEST} levels deep")]
    Deep,
}

/// Levels of a document that is read.
const DEEPEST: usize = 64;

impl Yaml {
    /// The first document of a text; an empty mapping without any.
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        // The root is taken out of a list around it. A mapping collects keys and values in turn until it is closed.
        let mut open: Vec<Vec<Self>> = vec![Vec::new()];
        let put = |open: &mut Vec<Vec<Self>>, node: Self| {
            if let Some(last) = open.last_mut() {
                last.push(node);
            }
        };
        for event in Parser::new_from_str(text) {
            let (event, _) = event.map_err(|err| YamlError::Invalid(err.to_string()))?;
            match event {
                Event::Scalar(text, ..) => put(&mut open, Self::Text(text.into_owned())),
                Event::SequenceStart(..) | Event::MappingStart(..) => {
                    if open.len() > DEEPEST {
                        return Err(YamlError::Deep);
                    }
                    open.push(Vec::new());
                }
                Event::SequenceEnd => {
                    let list = open.pop().unwrap_or_default();
                    put(&mut open, Self::List(list));
                }
                Event::MappingEnd => {
                    let mut nodes = open.pop().unwrap_or_default().into_iter();
                    let pairs = std::iter::from_fn(|| nodes.next().zip(nodes.next()));
                    put(&mut open, Self::Map(pairs.collect()));
                }
                Event::Alias(_) => return Err(YamlError::Alias),
                Event::DocumentEnd => break,
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
            }
        }
        let root = open.into_iter().next().and_then(|nodes| nodes.into_iter().next());
        Ok(root.unwrap_or_else(|| Self::Map(Vec::new())))
    }

    /// The value of a key; `None` without it, and if this is no mapping.
    pub fn field(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// The texts of a sequence of scalars, or of a single one.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(nodes) => nodes.iter().filter_map(Self::text).collect(),
            Self::Map(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stay_as_they_are_written() {
        let yaml = Yaml::parse(
            "# by hand\npath: ../data  # here\nnames:\n    0: no\n    1: 'a: b'\n    2: \"007\"\nkpt_shape: [17,\n  3]\n",
        );
        let yaml = yaml.unwrap();
        assert_eq!(yaml.field("path").and_then(Yaml::text), Some("../data"));
        let text = |text: &str| Yaml::Text(text.to_owned());
        let names = [("0", "no"), ("1", "a: b"), ("2", "007")].map(|(key, name)| (text(key), text(name)));
        assert_eq!(yaml.field("names"), Some(&Yaml::Map(names.to_vec())));
        assert_eq!(yaml.field("kpt_shape").map(Yaml::texts), Some(vec!["17", "3"]));
        assert_eq!(Yaml::parse("").unwrap(), Yaml::Map(Vec::new()));
    }

    #[test]
    fn what_is_not_read_is_refused() {
        assert!(Yaml::parse("names: [car").unwrap_err().to_string().starts_with("not valid YAML ("));
        assert!(matches!(Yaml::parse("a: &x [1]\nb: *x\n"), Err(YamlError::Alias)));
        assert!(matches!(Yaml::parse(&"- ".repeat(1000)), Err(YamlError::Deep)));
        assert!(Yaml::parse(&"[".repeat(1000)).is_err());
    }
}
