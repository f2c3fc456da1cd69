//! The stack machine of pickle, which fills the arena.

use super::opcodes::name;
use super::{Id, MOST_BYTES, MOST_DEPTH, MOST_OPCODES, Node, Pickle, PickleError, Record, Span};

struct Machine {
    bytes: Vec<u8>,
    at: usize,
    nodes: Vec<Node>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: Vec<Option<Id>>,
}

/// Runs the opcodes of a pickle until `STOP`.
pub(super) fn read(bytes: Vec<u8>) -> Result<Pickle, PickleError> {
    if bytes.len() > MOST_BYTES {
        return Err(PickleError::TooLong);
    }
    let mut machine =
        Machine { bytes, at: 0, nodes: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
    for _ in 0..MOST_OPCODES {
        if machine.step()? {
            let root = machine.pop("STOP", "a value")?;
            let Machine { bytes, nodes, .. } = machine;
            return Ok(Pickle { bytes, nodes, root });
        }
    }
    Err(PickleError::TooManyOpcodes)
}

impl Machine {
    /// Runs one opcode; true for `STOP`.
    fn step(&mut self) -> Result<bool, PickleError> {
        let start = self.at;
        let opcode = self.byte()?;
        match opcode {
            b'.' => return Ok(true),
            0x80 => {
                let version = self.byte()?;
                if version > 5 {
                    return Err(PickleError::Protocol { version });
                }
            }
            0x95 => {
                // A frame only announces its length.
                let length = self.number(8)?;
                self.fits(length)?;
            }
            b'(' => {
                if self.marks.len() >= MOST_DEPTH {
                    return Err(PickleError::TooDeep { at: start });
                }
                self.marks.push(self.stack.len());
            }
            b'0' => {
                // A mark counts as a value here.
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop("POP", "a value")?;
                }
            }
            b'1' => drop(self.marked("POP_MARK")?),
            b'2' => {
                let top = self.top("DUP", "a value")?;
                self.stack.push(top);
            }
            b'N' | 0x88 | 0x89 | b'K' | b'M' | b'J' | 0x8a | 0x8b | b'G' => {
                let node = self.scalar(opcode)?;
                self.push(node);
            }
            b'X' | 0x8c | 0x8d | b'T' | b'U' | b'B' | b'C' | 0x8e | 0x96 => {
                let node = self.characters(opcode)?;
                self.push(node);
            }
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b')' => self.push(Node::Tuple(Box::default())),
            0x8f => self.push(Node::Set(Vec::new())),
            b'l' => {
                let items = self.marked("LIST")?;
                self.push(Node::List(items));
            }
            b't' => {
                let items = self.marked("TUPLE")?;
                self.push(Node::Tuple(items.into()));
            }
            0x91 => {
                let items = self.marked("FROZENSET")?;
                self.push(Node::Set(items));
            }
            b'd' => {
                let items = self.marked("DICT")?;
                self.push(Node::Dict(pairs(&items)));
            }
            0x85..=0x87 => {
                let from = self.stack.len().checked_sub(usize::from(opcode - 0x84));
                let from = from.filter(|from| self.marks.last().is_none_or(|mark| mark <= from));
                let from = from.ok_or_else(|| self.missing("TUPLE", "its items"))?;
                let items = self.stack.split_off(from);
                self.push(Node::Tuple(items.into()));
            }
            b'a' | b'e' | b's' | b'u' | 0x90 => self.add(opcode)?,
            b'q' | b'r' | b'p' | 0x94 | b'h' | b'j' | b'g' => self.memoize(opcode)?,
            b'c' => {
                let (module, global) = (self.line()?, self.line()?);
                self.push(Node::Global(module, global));
            }
            0x93 => {
                let global = self.popped_text()?;
                let module = self.popped_text()?;
                self.push(Node::Global(module, global));
            }
            b'R' | 0x81 | 0x92 | b'b' => self.object(opcode)?,
            _ => return Err(PickleError::Refused { name: name(opcode), at: start }),
        }
        Ok(false)
    }

    /// Numbers, truth values and nothing.
    fn scalar(&mut self, opcode: u8) -> Result<Node, PickleError> {
        Ok(match opcode {
            0x88 => Node::Bool(true),
            0x89 => Node::Bool(false),
            b'K' => Node::Int(i64::from(self.byte()?)),
            b'M' => Node::Int(self.number(2)? as i64),
            b'J' => Node::Int(i64::from(self.number(4)? as u32 as i32)),
            0x8a | 0x8b => {
                let length = self.number(if opcode == 0x8a { 1 } else { 4 })?;
                let span = self.take(length)?;
                let digits = self.bytes.get(span.start as usize..self.at).unwrap_or_default();
                if digits.len() > 8 {
                    return Ok(Node::Huge);
                }
                let negative = digits.last().is_some_and(|byte| byte & 0x80 != 0);
                let mut all = [if negative { 0xff } else { 0 }; 8];
                all.iter_mut().zip(digits).for_each(|(target, byte)| *target = *byte);
                Node::Int(i64::from_le_bytes(all))
            }
            b'G' => Node::Float(f64::from_bits(self.number(8)?.swap_bytes())),
            _ => Node::None,
        })
    }

    /// Texts and bytes.
    fn characters(&mut self, opcode: u8) -> Result<Node, PickleError> {
        let digits = match opcode {
            0x8c | b'U' | b'C' => 1,
            0x8d | 0x8e | 0x96 => 8,
            _ => 4,
        };
        let length = self.number(digits)?;
        let at = self.at;
        let span = self.take(length)?;
        if !matches!(opcode, b'X' | 0x8c | 0x8d) {
            return Ok(Node::Bytes(span));
        }
        self.check_text(span).then_some(Node::Text(span)).ok_or(PickleError::NotUtf8 { at })
    }

    fn check_text(&self, span: Span) -> bool {
        let start = span.start as usize;
        let bytes = self.bytes.get(start..start + span.length as usize).unwrap_or_default();
        std::str::from_utf8(bytes).is_ok()
    }

    /// Adds values to a list, a set, a dictionary or a record.
    fn add(&mut self, opcode: u8) -> Result<(), PickleError> {
        let keyed = matches!(opcode, b's' | b'u');
        let title = match opcode {
            b'a' => "APPEND",
            b'e' => "APPENDS",
            b's' => "SETITEM",
            b'u' => "SETITEMS",
            _ => "ADDITEMS",
        };
        let items = match opcode {
            b'a' => vec![self.pop(title, "a value")?],
            b's' => {
                let value = self.pop(title, "a value")?;
                vec![self.pop(title, "a key")?, value]
            }
            _ => self.marked(title)?,
        };
        let target = self.top(title, "a container")?;
        let at = self.at;
        let wrong = PickleError::Stack { name: title, wants: "a container of its kind", at };
        match self.nodes.get_mut(target.0 as usize) {
            Some(Node::List(list) | Node::Set(list)) if !keyed => list.extend(items),
            Some(Node::Dict(dict)) if keyed => dict.extend(pairs(&items)),
            Some(Node::Record(record)) if keyed => record.pairs.extend(pairs(&items)),
            Some(Node::Record(record)) => record.items.extend(items),
            Some(_) | None => return Err(wrong),
        }
        Ok(())
    }

    /// Stores the top of the stack under a number, or pushes what was stored.
    fn memoize(&mut self, opcode: u8) -> Result<(), PickleError> {
        let start = self.at;
        let index = match opcode {
            b'q' | b'h' => self.number(1)?,
            b'r' | b'j' => self.number(4)?,
            0x94 => self.memo.len() as u64,
            _ => {
                let span = self.line()?;
                let range = span.start as usize..(span.start + span.length) as usize;
                let digits = std::str::from_utf8(self.bytes.get(range).unwrap_or_default()).ok();
                let index = digits.and_then(|digits| digits.parse().ok());
                index.ok_or_else(|| self.missing("GET or PUT", "a number"))?
            }
        };
        let unknown = PickleError::Memo { index, at: start };
        // Writers count from zero, so a number beyond the bytes of the file is damage.
        if index > self.bytes.len() as u64 {
            return Err(unknown);
        }
        let index = index as usize;
        if matches!(opcode, b'h' | b'j' | b'g') {
            let stored = self.memo.get(index).copied().flatten().ok_or(unknown)?;
            self.stack.push(stored);
            return Ok(());
        }
        let top = self.top("PUT", "a value")?;
        if self.memo.len() <= index {
            self.memo.resize(index + 1, None);
        }
        self.memo[index] = Some(top);
        Ok(())
    }

    /// Makes a record, or gives one its state.
    fn object(&mut self, opcode: u8) -> Result<(), PickleError> {
        if opcode == b'b' {
            let state = self.pop("BUILD", "a state")?;
            let target = self.top("BUILD", "an object")?;
            let Some(Node::Record(record)) = self.nodes.get_mut(target.0 as usize) else {
                return Err(self.missing("BUILD", "an object"));
            };
            record.state = Some(state);
            return Ok(());
        }
        let title = if opcode == b'R' { "REDUCE" } else { "NEWOBJ" };
        if opcode == 0x92 {
            self.pop(title, "named arguments")?;
        }
        let arguments = self.pop(title, "arguments")?;
        let callee = self.pop(title, "a name")?;
        if !matches!(self.nodes.get(arguments.0 as usize), Some(Node::Tuple(_))) {
            return Err(self.missing(title, "a tuple of arguments"));
        }
        if !matches!(self.nodes.get(callee.0 as usize), Some(Node::Global(..) | Node::Record(_))) {
            return Err(self.missing(title, "a name to call"));
        }
        let record = Record { callee, arguments, state: None, items: Vec::new(), pairs: Vec::new() };
        self.push(Node::Record(Box::new(record)));
        Ok(())
    }

    fn push(&mut self, node: Node) {
        // There are fewer opcodes than numbers of 32 bits.
        self.stack.push(Id(self.nodes.len() as u32));
        self.nodes.push(node);
    }

    fn missing(&self, name: &'static str, wants: &'static str) -> PickleError {
        PickleError::Stack { name, wants, at: self.at }
    }

    fn top(&self, name: &'static str, wants: &'static str) -> Result<Id, PickleError> {
        let above = self.stack.len() > self.marks.last().copied().unwrap_or(0);
        self.stack.last().copied().filter(|_| above).ok_or_else(|| self.missing(name, wants))
    }

    fn pop(&mut self, name: &'static str, wants: &'static str) -> Result<Id, PickleError> {
        let top = self.top(name, wants)?;
        self.stack.pop();
        Ok(top)
    }

    fn popped_text(&mut self) -> Result<Span, PickleError> {
        let id = self.pop("STACK_GLOBAL", "a name")?;
        match self.nodes.get(id.0 as usize) {
            Some(Node::Text(span)) => Ok(*span),
            Some(_) | None => Err(self.missing("STACK_GLOBAL", "a name")),
        }
    }

    /// The values above the last mark, which is removed.
    fn marked(&mut self, name: &'static str) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| self.missing(name, "a mark"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn byte(&mut self) -> Result<u8, PickleError> {
        let byte = self.bytes.get(self.at).copied().ok_or(PickleError::Truncated { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// A whole number without sign of so many bytes, the lowest first.
    fn number(&mut self, digits: usize) -> Result<u64, PickleError> {
        let bytes =
            self.bytes.get(self.at..self.at + digits).ok_or(PickleError::Truncated { at: self.at })?;
        let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        self.at += digits;
        Ok(number)
    }

    fn fits(&self, length: u64) -> Result<usize, PickleError> {
        let left = self.bytes.len() - self.at;
        let length = usize::try_from(length).ok().filter(|length| *length <= left);
        length.ok_or(PickleError::Truncated { at: self.at })
    }

    fn take(&mut self, length: u64) -> Result<Span, PickleError> {
        let length = self.fits(length)?;
        let span = Span { start: self.at as u32, length: length as u32 };
        self.at += length;
        Ok(span)
    }

    /// The bytes up to the end of the line, as a text.
    fn line(&mut self) -> Result<Span, PickleError> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length =
            rest.iter().position(|byte| *byte == b'\n').ok_or(PickleError::Truncated { at: start })?;
        self.at = start + length + 1;
        let span = Span { start: start as u32, length: length as u32 };
        self.check_text(span).then_some(span).ok_or(PickleError::NotUtf8 { at: start })
    }
}

/// Keys and values that follow each other; a last key without a value is dropped.
fn pairs(items: &[Id]) -> Vec<(Id, Id)> {
    items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}
