//! Looking at a value of a pickle.

use std::borrow::Cow;

use super::{Id, Node, Pickle};

/// A value of a pickle with what it refers to.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub(super) pickle: &'a Pickle,
    pub(super) id: Id,
}

/// Most elements that are decoded of one array.
const MOST_ELEMENTS: usize = 1 << 24;

impl<'a> View<'a> {
    fn node(self) -> Option<&'a Node> {
        self.pickle.nodes.get(self.id.0 as usize)
    }

    /// Number of the value, the same for the same value.
    pub fn id(self) -> Id {
        self.id
    }

    /// True for None.
    pub fn is_none(self) -> bool {
        matches!(self.node(), Some(Node::None))
    }

    /// A truth value.
    pub fn truth(self) -> Option<bool> {
        if let Some(Node::Bool(value)) = self.node() { Some(*value) } else { None }
    }

    /// A whole number, also one of numpy.
    pub fn integer(self) -> Option<i64> {
        match self.node()? {
            Node::Int(value) => Some(*value),
            Node::Record(_) => match self.scalar()? {
                Element::Int(value) => Some(value),
                Element::Float(_) | Element::Text(_) => None,
            },
            Node::None
            | Node::Bool(_)
            | Node::Huge
            | Node::Float(_)
            | Node::Text(_)
            | Node::Bytes(_)
            | Node::Tuple(_)
            | Node::List(_)
            | Node::Dict(_)
            | Node::Set(_)
            | Node::Global(..) => None,
        }
    }

    /// A number, also one of numpy.
    pub fn number(self) -> Option<f64> {
        match self.node()? {
            Node::Float(value) => Some(*value),
            Node::Int(value) => Some(*value as f64),
            Node::Record(_) => match self.scalar()? {
                Element::Int(value) => Some(value as f64),
                Element::Float(value) => Some(value),
                Element::Text(_) => None,
            },
            Node::None
            | Node::Bool(_)
            | Node::Huge
            | Node::Text(_)
            | Node::Bytes(_)
            | Node::Tuple(_)
            | Node::List(_)
            | Node::Dict(_)
            | Node::Set(_)
            | Node::Global(..) => None,
        }
    }

    /// A text, also one of numpy.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self.node()? {
            Node::Text(span) => Some(Cow::Borrowed(self.pickle.text(*span))),
            Node::Record(_) => match self.scalar()? {
                Element::Text(text) => Some(Cow::Owned(text)),
                Element::Int(_) | Element::Float(_) => None,
            },
            Node::None
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Huge
            | Node::Float(_)
            | Node::Bytes(_)
            | Node::Tuple(_)
            | Node::List(_)
            | Node::Dict(_)
            | Node::Set(_)
            | Node::Global(..) => None,
        }
    }

    /// Bytes.
    pub fn bytes(self) -> Option<&'a [u8]> {
        if let Some(Node::Bytes(span)) = self.node() { Some(self.pickle.slice(*span)) } else { None }
    }

    fn views(self, ids: &'a [Id]) -> Vec<Self> {
        ids.iter().map(|id| self.pickle.view(*id)).collect()
    }

    /// The items of a list.
    pub fn list(self) -> Option<Vec<Self>> {
        if let Some(Node::List(items)) = self.node() { Some(self.views(items)) } else { None }
    }

    /// The items of a tuple.
    pub fn tuple(self) -> Option<Vec<Self>> {
        if let Some(Node::Tuple(items)) = self.node() { Some(self.views(items)) } else { None }
    }

    /// The items of a list or a tuple.
    pub fn items(self) -> Option<Vec<Self>> {
        self.list().or_else(|| self.tuple())
    }

    /// The entries of a dictionary, or of an object that acts like one.
    fn entries(self) -> Option<&'a [(Id, Id)]> {
        Some(match self.node()? {
            Node::Dict(pairs) => pairs,
            Node::Record(record) => &record.pairs,
            Node::None
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Huge
            | Node::Float(_)
            | Node::Text(_)
            | Node::Bytes(_)
            | Node::Tuple(_)
            | Node::List(_)
            | Node::Set(_)
            | Node::Global(..) => return None,
        })
    }

    /// Keys and values of a dictionary, or of an object that acts like one.
    pub fn pairs(self) -> Option<Vec<(Self, Self)>> {
        let pairs = self.entries()?;
        Some(pairs.iter().map(|(key, value)| (self.pickle.view(*key), self.pickle.view(*value))).collect())
    }

    /// The last value under this key of a dictionary, or of an object that acts like one.
    pub fn get(self, key: &str) -> Option<Self> {
        let pairs = self.entries()?;
        let named = |id: Id| matches!(self.pickle.nodes.get(id.0 as usize), Some(Node::Text(span)) if self.pickle.text(*span) == key);
        let pair = pairs.iter().rev().find(|(id, _)| named(*id));
        pair.map(|(_, value)| self.pickle.view(*value))
    }

    /// An attribute in the state of an object.
    pub fn attribute(self, name: &str) -> Option<Self> {
        let Some(Node::Record(record)) = self.node() else { return None };
        self.pickle.view(record.state?).get(name)
    }

    /// The state of an object.
    pub fn state(self) -> Option<Self> {
        let Some(Node::Record(record)) = self.node() else { return None };
        record.state.map(|id| self.pickle.view(id))
    }

    /// `module.name` of a name.
    pub fn name(self) -> Option<String> {
        let Some(Node::Global(module, name)) = self.node() else { return None };
        Some(format!("{}.{}", self.pickle.text(*module), self.pickle.text(*name)))
    }

    /// Maker of an object: a name, or another object.
    pub fn callee(self) -> Option<Self> {
        let Some(Node::Record(record)) = self.node() else { return None };
        Some(self.pickle.view(record.callee))
    }

    /// True for an object that a function or class of this name would make: `_create_cell`.
    pub fn made_by(self, name: &str) -> bool {
        let callee = self.callee().and_then(View::node);
        matches!(callee, Some(Node::Global(_, of)) if self.pickle.text(*of) == name)
    }

    /// Arguments with which an object is made.
    pub fn arguments(self) -> Option<Vec<Self>> {
        let Some(Node::Record(record)) = self.node() else { return None };
        self.pickle.view(record.arguments).tuple()
    }

    /// Elements of an array of numpy in its order in memory, or of a list; numbers and texts only.
    pub fn elements(self) -> Option<Vec<Element>> {
        if let Some(items) = self.items() {
            return items.into_iter().map(Self::element).collect();
        }
        if !self.array() {
            return None;
        }
        let state = self.state()?.tuple()?;
        let (kind, data) = (state.get(2)?, state.get(4)?);
        if let Some(items) = data.list() {
            return items.into_iter().map(Self::element).collect();
        }
        let kind = ElementKind::of(*kind)?;
        let bytes = data.bytes()?;
        if bytes.len() / kind.size > MOST_ELEMENTS {
            return None;
        }
        bytes.chunks_exact(kind.size).map(|bytes| kind.read(bytes)).collect()
    }

    fn array(self) -> bool {
        let first = self.arguments().and_then(|arguments| arguments.first().copied());
        let name = first.and_then(Self::name);
        name.is_some_and(|name| name == "numpy.ndarray") || self.made_by("ndarray")
    }

    /// One number or text.
    pub fn element(self) -> Option<Element> {
        match self.node()? {
            Node::Bool(value) => Some(Element::Int(i64::from(*value))),
            Node::Int(value) => Some(Element::Int(*value)),
            Node::Float(value) => Some(Element::Float(*value)),
            Node::Text(span) => Some(Element::Text(self.pickle.text(*span).to_owned())),
            Node::Record(_) => self.scalar(),
            Node::None
            | Node::Huge
            | Node::Bytes(_)
            | Node::Tuple(_)
            | Node::List(_)
            | Node::Dict(_)
            | Node::Set(_)
            | Node::Global(..) => None,
        }
    }

    /// A scalar of numpy: `scalar(dtype, bytes)`, where the function is a name or an attribute of a module.
    fn scalar(self) -> Option<Element> {
        let callee = self.callee()?;
        let named = callee.name().is_some_and(|name| name.ends_with(".scalar"));
        let attribute = || {
            let arguments = callee.arguments().unwrap_or_default();
            callee.made_by("_get_attr") && arguments.get(1).and_then(|name| name.plain()) == Some("scalar")
        };
        if !named && !attribute() {
            return None;
        }
        let arguments = self.arguments()?;
        ElementKind::of(*arguments.first()?)?.read(arguments.get(1)?.bytes()?)
    }

    /// A text of the pickle itself.
    fn plain(self) -> Option<&'a str> {
        if let Some(Node::Text(span)) = self.node() { Some(self.pickle.text(*span)) } else { None }
    }
}

/// An element of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A whole number or a truth value.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
}

/// A type of numpy: letter, bytes of an element, and order.
struct ElementKind {
    letter: char,
    size: usize,
    swapped: bool,
}

impl ElementKind {
    /// The type of `dtype("i8", …)` with its state `(3, "<", …)`.
    fn of(view: View<'_>) -> Option<Self> {
        if !view.made_by("dtype") {
            return None;
        }
        let arguments = view.arguments()?;
        let code = arguments.first()?.plain()?;
        let letter = code.chars().next()?;
        let count: usize = code.get(letter.len_utf8()..)?.parse().ok()?;
        let size = if letter == 'U' { count.checked_mul(4)? } else { count };
        let order = view.state().and_then(View::tuple).and_then(|state| state.get(1)?.plain());
        (size > 0).then_some(Self { letter, size, swapped: order == Some(">") })
    }

    fn read(&self, bytes: &[u8]) -> Option<Element> {
        let bytes = bytes.get(..self.size)?;
        let number = |bytes: &[u8]| {
            let digits = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
            if self.swapped { bytes.iter().fold(0, digits) } else { bytes.iter().rev().fold(0, digits) }
        };
        match (self.letter, self.size) {
            ('i', 1 | 2 | 4 | 8) => {
                let unused = 64 - 8 * self.size as u32;
                Some(Element::Int((number(bytes) << unused) as i64 >> unused))
            }
            ('u' | 'b', 1 | 2 | 4) => Some(Element::Int(number(bytes) as i64)),
            ('u', 8) => i64::try_from(number(bytes)).ok().map(Element::Int),
            ('f', 4) => Some(Element::Float(f64::from(f32::from_bits(number(bytes) as u32)))),
            ('f', 8) => Some(Element::Float(f64::from_bits(number(bytes)))),
            ('U', _) => {
                let letters: Option<String> =
                    bytes.chunks_exact(4).map(|letter| char::from_u32(number(letter) as u32)).collect();
                Some(Element::Text(letters?.trim_end_matches('\0').to_owned()))
            }
            ('S', _) => {
                let text = std::str::from_utf8(bytes).ok()?;
                Some(Element::Text(text.trim_end_matches('\0').to_owned()))
            }
            _ => None,
        }
    }
}
