//! Pickle files read as records: nothing is imported, looked up or called.
//!
//! A pickle is a program for a small stack machine (PEP 3154, PEP 574, `pickletools`). Here `GLOBAL` yields a name, `REDUCE` and
//! `NEWOBJ` yield a record of a name and its arguments, `BUILD` keeps a state. Values are indices into an arena, so a file may refer
//! to itself and no depth of nesting costs a stack frame.

use std::collections::BTreeMap;

mod machine;
mod opcodes;
mod view;

pub use view::{Element, View};

/// Longest pickle in bytes.
pub const MOST_BYTES: usize = 1 << 30;
/// Most opcodes of a pickle.
pub const MOST_OPCODES: usize = 20_000_000;
/// Most marks that are open at the same time.
pub const MOST_DEPTH: usize = 10_000;

/// Error of a pickle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PickleError {
    /// The file is longer than [`MOST_BYTES`].
    #[error("the pickle is longer than 1 GiB")]
    TooLong,
    /// There are more opcodes than [`MOST_OPCODES`].
    #[error("the pickle has more than 20 million opcodes")]
    TooManyOpcodes,
    /// More than [`MOST_DEPTH`] containers are open.
    #[error("the pickle nests deeper than 10,000 at byte {at}")]
    TooDeep {
        /// Position in the pickle.
        at: usize,
    },
    /// The file ends inside of a value.
    #[error("the pickle is truncated at byte {at}")]
    Truncated {
        /// Position in the pickle.
        at: usize,
    },
    /// The protocol is newer than 5.
    #[error("the pickle has protocol {version}, up to 5 is read")]
    Protocol {
        /// The protocol of the file.
        version: u8,
    },
    /// An opcode that is refused, or that does not exist.
    #[error("the pickle has the opcode {name} at byte {at}, which is not read")]
    Refused {
        /// Its name.
        name: String,
        /// Position in the pickle.
        at: usize,
    },
    /// An opcode finds other values on the stack than it needs.
    #[error("the pickle is damaged: {name} at byte {at} does not find {wants}")]
    Stack {
        /// The opcode.
        name: &'static str,
        /// The value that it needs.
        wants: &'static str,
        /// Position in the pickle.
        at: usize,
    },
    /// The memo has no such value.
    #[error("the pickle is damaged: nothing was stored as number {index}, asked for at byte {at}")]
    Memo {
        /// The number.
        index: u64,
        /// Position in the pickle.
        at: usize,
    },
    /// A text is no UTF-8.
    #[error("a text of the pickle at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Position in the pickle.
        at: usize,
    },
}

/// Index of a value in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u32);

/// A range of the bytes of the pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    start: u32,
    length: u32,
}

/// A value of the arena.
#[derive(Debug)]
enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits, of which only its being there is kept.
    Huge,
    Float(f64),
    Text(Span),
    Bytes(Span),
    Tuple(Box<[Id]>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Set(Vec<Id>),
    Global(Span, Span),
    Record(Box<Record>),
}

/// An object as it was described: its maker, its arguments, its state and what was added to it.
#[derive(Debug)]
struct Record {
    callee: Id,
    arguments: Id,
    state: Option<Id>,
    items: Vec<Id>,
    pairs: Vec<(Id, Id)>,
}

/// A pickle as an arena of values.
#[derive(Debug)]
pub struct Pickle {
    bytes: Vec<u8>,
    nodes: Vec<Node>,
    root: Id,
}

impl Pickle {
    /// Reads a pickle of protocols 2 to 5 within the limits of this module.
    pub fn read(bytes: Vec<u8>) -> Result<Self, PickleError> {
        machine::read(bytes)
    }

    /// The value of the pickle.
    pub fn root(&self) -> View<'_> {
        self.view(self.root)
    }

    fn view(&self, id: Id) -> View<'_> {
        View { pickle: self, id }
    }

    /// The names that the pickle refers to, `module.name`, each with the number of `GLOBAL` opcodes.
    pub fn names(&self) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        for node in &self.nodes {
            if let Node::Global(module, name) = node {
                *names.entry(format!("{}.{}", self.text(*module), self.text(*name))).or_insert(0) += 1;
            }
        }
        names
    }

    fn slice(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.bytes.get(start..start + span.length as usize).unwrap_or_default()
    }

    /// The text of a span, which was checked when it was read.
    fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.slice(span)).unwrap_or_default()
    }
}
