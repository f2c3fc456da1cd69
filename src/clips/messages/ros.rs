//! Message definitions of ROS 1 and ROS 2 as text (`ros1msg`, `ros2msg`).
//!
//! Format: fields one per line, the types they use after lines of `=` and `MSG: package/Type`
//! (<https://docs.ros.org/en/rolling/Concepts/Basic/About-Interfaces.html>,
//! <https://wiki.ros.org/msg>).

use std::collections::BTreeMap;

/// A primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Bool,
    Int(u8),
    Uint(u8),
    Float(u8),
    Text,
    WideText,
    /// Seconds and nanoseconds of ROS 1; a duration is the same with signs.
    Time {
        signed: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Plain(Plain),
    /// Position of the record in [`Definitions::records`].
    Record(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    One,
    Fixed(usize),
    Any,
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) of: Type,
    pub(super) count: Count,
}

/// All record types of a message; the message itself is the first.
#[derive(Clone, Debug)]
pub(super) struct Definitions {
    pub(super) records: Vec<Vec<Field>>,
}

/// Maximum nesting depth; definitions that contain themselves end here.
const MAX_DEPTH: usize = 24;

/// Well-known definitions that a recording may leave out.
const KNOWN: &str = include_str!("known.msg");

impl Definitions {
    /// Parses the definition of the message `name`.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut sources: BTreeMap<String, &str> = parts(KNOWN).collect();
        let own: Vec<(String, &str)> = parts(text).collect();
        let ros1 = !text.contains("builtin_interfaces");
        for (part, body) in own {
            let key = if part.is_empty() { short(name) } else { part };
            if !body.trim().is_empty() || !sources.contains_key(&key) {
                sources.insert(key, body);
            }
        }
        let mut built = Self { records: Vec::new() };
        let mut places = BTreeMap::new();
        built.add(&short(name), &sources, &mut places, ros1 && !text.trim().is_empty(), 0)?;
        Ok(built)
    }

    fn add(
        &mut self,
        name: &str,
        sources: &BTreeMap<String, &str>,
        places: &mut BTreeMap<String, usize>,
        ros1: bool,
        depth: usize,
    ) -> Result<usize, String> {
        if let Some(at) = places.get(name) {
            return Ok(*at);
        }
        let body = sources.get(name).ok_or_else(|| format!("the recording has no definition of {name}"))?;
        if depth > MAX_DEPTH {
            return Err(format!("the definition of {name} contains itself"));
        }
        let at = self.records.len();
        self.records.push(Vec::new());
        places.insert(name.to_owned(), at);
        let package = name.split('/').next().unwrap_or_default();
        let mut fields = Vec::new();
        for line in body.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some((kind, rest)) = line.split_once(char::is_whitespace) else { continue };
            let field = rest.split_whitespace().next().unwrap_or_default();
            // A constant has a value; a default comes after a space.
            if field.contains('=')
                || rest.trim_start().trim_start_matches(field).trim_start().starts_with('=')
            {
                continue;
            }
            let (kind, count) = counted(kind)?;
            let of = if let Some(of) = plain(kind, ros1) {
                Type::Plain(of)
            } else {
                let full = match kind {
                    "Header" => "std_msgs/Header".to_owned(),
                    kind if kind.contains('/') => short(kind),
                    kind => format!("{package}/{kind}"),
                };
                Type::Record(self.add(&full, sources, places, ros1, depth + 1)?)
            };
            fields.push(Field { name: field.to_owned(), of, count });
        }
        if let Some(record) = self.records.get_mut(at) {
            *record = fields;
        }
        if self.contains_itself(at, at, 0) {
            return Err(format!("the definition of {name} contains itself"));
        }
        Ok(at)
    }

    fn contains_itself(&self, at: usize, wanted: usize, depth: usize) -> bool {
        let fields = self.records.get(at).map(Vec::as_slice).unwrap_or_default();
        depth <= MAX_DEPTH
            && fields.iter().any(|field| match field.of {
                Type::Record(inner) => inner == wanted || self.contains_itself(inner, wanted, depth + 1),
                Type::Plain(_) => false,
            })
    }
}

/// The parts of a definition with their names; the first has none.
fn parts(text: &str) -> impl Iterator<Item = (String, &str)> {
    let mut rest = text;
    let mut pieces = Vec::new();
    loop {
        let mut cut = None;
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            if line.trim().len() >= 3 && line.trim().bytes().all(|byte| byte == b'=') {
                cut = Some((at, at + line.len()));
                break;
            }
            at += line.len();
        }
        let Some((end, next)) = cut else {
            pieces.push(rest);
            break;
        };
        pieces.push(rest.get(..end).unwrap_or_default());
        rest = rest.get(next..).unwrap_or_default();
    }
    pieces.into_iter().map(|piece| match piece.trim_start().strip_prefix("MSG:") {
        Some(named) => {
            let (name, body) = named.split_once('\n').unwrap_or((named, ""));
            (short(name.trim()), body)
        }
        None => (String::new(), piece),
    })
}

/// `package/msg/Type` of ROS 2 without its middle.
pub(super) fn short(name: &str) -> String {
    match name.split('/').collect::<Vec<_>>().as_slice() {
        [package, "msg", kind] => format!("{package}/{kind}"),
        _ => name.to_owned(),
    }
}

fn counted(kind: &str) -> Result<(&str, Count), String> {
    let Some((base, array)) = kind.split_once('[') else {
        return Ok((bounded(kind), Count::One));
    };
    let inside = array.trim_end_matches(']');
    let count = if inside.is_empty() || inside.starts_with("<=") {
        Count::Any
    } else {
        Count::Fixed(inside.parse().map_err(|err| format!("{kind:?} is not an array ({err})"))?)
    };
    Ok((bounded(base), count))
}

/// `string<=10` is a string.
fn bounded(kind: &str) -> &str {
    kind.split("<=").next().unwrap_or(kind)
}

fn plain(kind: &str, ros1: bool) -> Option<Plain> {
    Some(match kind {
        "bool" => Plain::Bool,
        "byte" if ros1 => Plain::Int(1),
        "byte" | "char" | "uint8" => Plain::Uint(1),
        "int8" => Plain::Int(1),
        "int16" => Plain::Int(2),
        "uint16" => Plain::Uint(2),
        "int32" => Plain::Int(4),
        "uint32" => Plain::Uint(4),
        "int64" => Plain::Int(8),
        "uint64" => Plain::Uint(8),
        "float32" => Plain::Float(4),
        "float64" => Plain::Float(8),
        "string" => Plain::Text,
        "wstring" => Plain::WideText,
        "time" => Plain::Time { signed: false },
        "duration" => Plain::Time { signed: true },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_read_with_constants_arrays_and_comments() {
        let text = "# a comment\nuint8 ON=1\nuint8 OFF = 0\nstd_msgs/Header header\nfloat64[3] axis # three\n\
                    Part[] parts\nstring<=5 name \"x\"\nint32[<=4] few\n================\nMSG: my/Part\nuint16 a\n";
        let built = Definitions::parse("my/msg/Thing", text).unwrap();
        let names: Vec<&str> = built.records[0].iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["header", "axis", "parts", "name", "few"]);
        assert_eq!(built.records[0][1].count, Count::Fixed(3));
        assert_eq!(built.records[0][4].count, Count::Any);
    }

    #[test]
    fn a_definition_that_contains_itself_or_misses_a_part_is_refused() {
        assert!(Definitions::parse("a/A", "a/A again").unwrap_err().contains("itself"));
        assert!(Definitions::parse("a/A", "a/B b\n===\nMSG: a/B\na/A a").unwrap_err().contains("itself"));
        assert!(Definitions::parse("a/A", "a/B b").unwrap_err().contains("a/B"));
    }
}
