//! Small XML documents as trees.

use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::exchange::{ExchangeError, malformed, text_of, text_with};

/// Nesting limit: deeper than any format of labels, shallow enough for every stack.
const DEPTH: usize = 256;

/// An element with everything in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Self>,
    pub(super) text: String,
}

impl Element {
    /// The document in a file.
    pub(super) fn read(path: &Path) -> Result<Self, ExchangeError> {
        Self::parsed(path, &text_of(path)?)
    }

    /// The same, with a word about an encoding that is not certain.
    pub(super) fn read_with(path: &Path, warnings: &mut Vec<String>) -> Result<Self, ExchangeError> {
        Self::parsed(path, &text_with(path, warnings)?)
    }

    fn parsed(path: &Path, text: &str) -> Result<Self, ExchangeError> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        let bad = |problem: String| malformed(path, format!("not the expected XML ({problem})"));
        loop {
            let event = reader.read_event().map_err(|err| bad(err.to_string()))?;
            // The document itself is always there.
            let depth = open.len() - 1;
            match event {
                // Elements are dropped and searched by recursion.
                Event::Start(_) if depth >= DEPTH => {
                    return Err(bad(format!("elements are nested more than {DEPTH} levels deep")));
                }
                Event::Start(start) => open.push(Self::begun(&start).map_err(|err| bad(err.to_string()))?),
                Event::Empty(start) => {
                    let element = Self::begun(&start).map_err(|err| bad(err.to_string()))?;
                    open[depth].children.push(element);
                }
                Event::End(_) => {
                    if let (Some(element), true) = (open.pop(), depth > 0) {
                        open[depth - 1].children.push(element);
                    }
                }
                Event::Text(text) => {
                    let text = text.decode().map_err(|err| bad(err.to_string()))?;
                    open[depth].text.push_str(text.trim());
                }
                Event::CData(text) => open[depth].text.push_str(&String::from_utf8_lossy(&text)),
                Event::GeneralRef(name) => {
                    let name = name.decode().map_err(|err| bad(err.to_string()))?;
                    let known =
                        quick_xml::escape::unescape(&format!("&{name};")).map(std::borrow::Cow::into_owned);
                    open[depth].text.push_str(&known.map_err(|err| bad(err.to_string()))?);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let root = open.swap_remove(0).children.into_iter().next();
        root.ok_or_else(|| bad("the document is empty".to_owned()))
    }

    fn begun(start: &quick_xml::events::BytesStart<'_>) -> Result<Self, quick_xml::Error> {
        let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        let mut element = Self { name, ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute?;
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let raw = String::from_utf8_lossy(&attribute.value).into_owned();
            let value = quick_xml::escape::unescape(&raw)?.into_owned();
            element.attributes.push((key, value));
        }
        Ok(element)
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name, "" without one.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.as_str())
    }

    /// The text of a child as a number.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text_of(name).trim().parse().ok()
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An attribute as a number.
    pub(super) fn attribute_number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.attribute(name)?.trim().parse().ok()
    }
}
