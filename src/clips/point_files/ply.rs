//! PLY files as text and binary: Turk, "The PLY Polygon File Format" (1994). The element of vertices is read, wherever it
//! lies; lists in it and other elements are passed over by their lengths.

use super::build::{Build, Kind, Number, Read, header, missing, order, parsed};
use super::error::PointError;

/// Parsed header.
#[derive(Debug)]
pub(super) struct Head {
    form: Form,
    elements: Vec<Element>,
    /// Offset of the data.
    start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Little,
    Big,
}

#[derive(Debug)]
struct Element {
    name: String,
    count: usize,
    properties: Vec<Property>,
}

#[derive(Debug)]
struct Property {
    name: String,
    /// Of its entries, if it is a list.
    number: Number,
    /// Type of its length, if it is a list.
    list: Option<Number>,
}

/// Name of the element of points.
const VERTEX: &str = "vertex";

/// Parses the header.
pub(super) fn head(bytes: &[u8]) -> Result<Head, PointError> {
    let (lines, start) = header(bytes, |line| line == "end_header")?;
    let mut form = None;
    let mut elements: Vec<Element> = Vec::new();
    for line in &lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["format", name, ..] => {
                form = Some(match *name {
                    "ascii" => Form::Text,
                    "binary_little_endian" => Form::Little,
                    "binary_big_endian" => Form::Big,
                    other => return Err(PointError::header(format!("unknown format {other:?}"))),
                });
            }
            ["element", name, count] => {
                let count = count
                    .parse()
                    .map_err(|err| PointError::header(format!("the count of {name:?} is damaged ({err})")))?;
                elements.push(Element { name: (*name).to_owned(), count, properties: Vec::new() });
            }
            ["property", rest @ ..] => {
                let property = property(rest)
                    .ok_or_else(|| PointError::header(format!("{line:?} is not understood")))?;
                elements
                    .last_mut()
                    .ok_or_else(|| PointError::header("a property before the first element"))?
                    .properties
                    .push(property);
            }
            ["ply" | "end_header" | "comment" | "obj_info", ..] | [] => {}
            _ => return Err(PointError::header(format!("line {line:?} of the header is not understood"))),
        }
    }
    let form = form.ok_or_else(|| PointError::header("the header has no format"))?;
    if !elements.iter().any(|element| element.name == VERTEX) {
        return Err(PointError::damaged("the file has no vertices"));
    }
    Ok(Head { form, elements, start })
}

fn property(words: &[&str]) -> Option<Property> {
    match words {
        ["list", count, of, name] => {
            let count = number(count).filter(|count| count.kind != Kind::Float)?;
            Some(Property { name: (*name).to_owned(), number: number(of)?, list: Some(count) })
        }
        [of, name] => Some(Property { name: (*name).to_owned(), number: number(of)?, list: None }),
        _ => None,
    }
}

fn number(name: &str) -> Option<Number> {
    let (size, kind) = match name {
        "float" | "float32" => (4, Kind::Float),
        "double" | "float64" => (8, Kind::Float),
        "char" | "int8" => (1, Kind::Signed),
        "uchar" | "uint8" => (1, Kind::Unsigned),
        "short" | "int16" => (2, Kind::Signed),
        "ushort" | "uint16" => (2, Kind::Unsigned),
        "int" | "int32" => (4, Kind::Signed),
        "uint" | "uint32" => (4, Kind::Unsigned),
        _ => return None,
    };
    Some(Number { size, kind })
}

impl Element {
    /// Size of an entry in bytes, if all have the same.
    fn width(&self) -> Option<usize> {
        let plain = self.properties.iter().all(|property| property.list.is_none());
        plain.then(|| self.properties.iter().map(|property| property.number.size).sum())
    }
}

impl Head {
    /// Points that a file of this length lacks; `None` if that takes more than the header to know.
    pub(super) fn missing_of(&self, length: u64) -> Option<Result<Option<String>, PointError>> {
        let wide = |property: &Property| property.number.size > 4;
        let rounded = self.elements.iter().any(|element| element.properties.iter().any(wide));
        // Large coordinates are rounded, which only the points tell.
        if self.form == Form::Text || rounded {
            return None;
        }
        let mut start = self.start as u64;
        for element in &self.elements {
            let width = element.width()? as u64;
            if element.name == VERTEX {
                let found = length.saturating_sub(start) / width.max(1);
                return Some(missing(element.count as u64, found));
            }
            start = start.saturating_add(width.saturating_mul(element.count as u64));
        }
        None
    }

    /// Parts that are not shown: lists of the vertices, and other elements.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for element in &self.elements {
            if element.name != VERTEX && element.count > 0 {
                found.push(format!("{} of element {:?}", element.count, element.name));
            }
            let lists = element.properties.iter().filter(|property| property.list.is_some());
            if element.name == VERTEX {
                found.extend(lists.map(|list| format!("list {:?} of the vertices", list.name)));
            }
        }
        let sentence = format!("only the points are read, not {}", found.join(", "));
        if found.is_empty() { Vec::new() } else { vec![sentence] }
    }
}

/// Reads a PLY file as far as it goes.
pub(super) fn read(bytes: &[u8]) -> Result<Read, PointError> {
    let head = head(bytes)?;
    let data = bytes.get(head.start..).unwrap_or_default();
    let text = if head.form == Form::Text { String::from_utf8_lossy(data) } else { "".into() };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut at = 0;
    for element in &head.elements {
        if element.name != VERTEX {
            let there = match head.form {
                Form::Text => (0..element.count).all(|_| lines.next().is_some()),
                form @ (Form::Little | Form::Big) => {
                    (0..element.count).try_for_each(|_| row(element, data, &mut at, form, None)).is_some()
                }
            };
            if !there {
                return Err(PointError::damaged(format!(
                    "the file ends inside of element {:?}",
                    element.name
                )));
            }
            continue;
        }
        let names: Vec<String> = element
            .properties
            .iter()
            .map(|property| if property.list.is_none() { property.name.clone() } else { "_".to_owned() })
            .collect();
        let order = order(&names)?;
        let mut build = Build::new(order.iter().skip(3).filter_map(|i| names.get(*i).cloned()));
        let mut found = 0;
        let mut values = vec![f64::NAN; names.len()];
        while found < element.count {
            let more = match head.form {
                Form::Text => match lines.next() {
                    Some(line) => text_row(element, line, &mut values)
                        .map(Some)
                        .map_err(|problem| PointError::damaged(format!("vertex {}: {problem}", found + 1)))?,
                    None => None,
                },
                form @ (Form::Little | Form::Big) => row(element, data, &mut at, form, Some(&mut values)),
            };
            if more.is_none() {
                break;
            }
            found += 1;
            build.add(order.iter().map(|i| values.get(*i).copied().unwrap_or(f64::NAN)));
        }
        let missing = missing(element.count as u64, found as u64)?;
        let notes = head.notes().into_iter().chain(build.rounded()).collect();
        return Ok(Read { cloud: build.cloud, missing, notes });
    }
    Err(PointError::damaged("the file has no vertices"))
}

/// Walks over one binary entry, and takes its values where they are wanted; `None` where the file ends.
fn row(
    element: &Element,
    data: &[u8],
    at: &mut usize,
    form: Form,
    mut values: Option<&mut [f64]>,
) -> Option<()> {
    let mut next = |number: Number, count: usize| {
        let end = at.checked_add(number.size.checked_mul(count)?)?;
        let bytes = data.get(*at..end)?;
        *at = end;
        Some(bytes)
    };
    for (i, property) in element.properties.iter().enumerate() {
        if let Some(length) = property.list {
            let length = length.read(next(length, 1)?, form == Form::Big);
            next(property.number, (length >= 0.0).then_some(length as usize)?)?;
            continue;
        }
        let bytes = next(property.number, 1)?;
        if let Some(value) = values.as_deref_mut().and_then(|values| values.get_mut(i)) {
            *value = property.number.read(bytes, form == Form::Big);
        }
    }
    Some(())
}

/// Takes the values of one line.
fn text_row(element: &Element, line: &str, values: &mut [f64]) -> Result<(), PointError> {
    let mut words = line.split_whitespace();
    let mut next = || {
        let word = words
            .next()
            .ok_or_else(|| PointError::damaged("the line has fewer numbers than the header declares"))?;
        parsed(word).ok_or_else(|| PointError::damaged(format!("{word:?} is not a number")))
    };
    for (property, value) in element.properties.iter().zip(values) {
        let found = next()?;
        if property.list.is_none() {
            *value = found;
            continue;
        }
        for _ in 0..found as usize {
            next()?;
        }
    }
    match words.next() {
        Some(_) => Err(PointError::damaged("the line has more numbers than the header declares")),
        None => Ok(()),
    }
}
