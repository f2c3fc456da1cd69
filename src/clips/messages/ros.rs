//! Message definitions of ROS 1 and ROS 2 as text (`ros1msg`, `ros2msg`).
//!
//! Format: fields one per line, the types they use after lines of `=` and `MSG: package/Type`
//! (<https://docs.ros.org/en/rolling/Concepts/Basic/About-Interfaces.html>,
//! <https://wiki.ros.org/msg>).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::error::MessageError;

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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) of: Type,
    pub(super) count: Count,
}

/// All record types of a message; the message itself is the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definitions {
    pub(super) records: Vec<Vec<Field>>,
}

/// Maximum nesting depth; definitions that contain themselves end here.
const MAX_DEPTH: usize = 24;

/// Well-known definitions of ROS 2 that a recording may leave out.
const KNOWN: &str = include_str!("known.msg");

/// Version of ROS whose definitions these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Recordings bring the definitions of all messages.
    Ros1,
    /// Recordings of early versions bring none.
    Ros2,
}

impl Definitions {
    /// Parses the definition of the message `name`.
    pub(super) fn parse(name: &str, text: &str, dialect: Dialect) -> Result<Self, MessageError> {
        let known = if dialect == Dialect::Ros2 { KNOWN } else { "" };
        let mut sources: BTreeMap<String, Cow<'_, str>> =
            parts(known).map(|(part, body)| (part, Cow::Borrowed(body))).collect();
        let own = short(name);
        for (part, body) in parts(text) {
            if !part.is_empty() {
                sources.insert(part, Cow::Borrowed(body));
            } else if own.ends_with(EVENT) && body.lines().any(|line| line.trim() == "---") {
                sources.extend(service_event(&own, body));
            } else if !body.trim().is_empty() || own.ends_with("/Empty") {
                sources.insert(own.clone(), Cow::Borrowed(body));
            }
        }
        let mut built = Self { records: Vec::new() };
        let mut places = BTreeMap::new();
        built.add(&own, &sources, &mut places, dialect, 0)?;
        Ok(built)
    }

    fn add(
        &mut self,
        name: &str,
        sources: &BTreeMap<String, Cow<'_, str>>,
        places: &mut BTreeMap<String, usize>,
        dialect: Dialect,
        depth: usize,
    ) -> Result<usize, MessageError> {
        if let Some(at) = places.get(name) {
            return Ok(*at);
        }
        let body = sources
            .get(name)
            .ok_or_else(|| MessageError::definition(format!("the recording has no definition of {name}")))?;
        if depth > MAX_DEPTH {
            return Err(MessageError::definition(format!("the definition of {name} contains itself")));
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
            let of = if let Some(of) = plain(kind, dialect) {
                Type::Plain(of)
            } else {
                let full = match kind {
                    "Header" => "std_msgs/Header".to_owned(),
                    kind if kind.contains('/') => short(kind),
                    kind => format!("{package}/{kind}"),
                };
                Type::Record(self.add(&full, sources, places, dialect, depth + 1)?)
            };
            fields.push(Field { name: field.to_owned(), of, count });
        }
        if let Some(record) = self.records.get_mut(at) {
            *record = fields;
        }
        if self.contains_itself(at, at, 0) {
            return Err(MessageError::definition(format!("the definition of {name} contains itself")));
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

/// End of the names of messages that record the calls of a service.
const EVENT: &str = "_Event";

/// Definitions of the message that records the calls of a service, from the definition of the service: its request and its
/// response apart by `---`.
fn service_event<'a>(name: &str, body: &'a str) -> [(String, Cow<'a, str>); 3] {
    let service = name.strip_suffix(EVENT).unwrap_or(name);
    let line = body.split_inclusive('\n').take_while(|line| line.trim() != "---").map(str::len).sum();
    let (request, rest) = body.split_at_checked(line).unwrap_or((body, ""));
    let response = rest.split_once('\n').map(|(_, response)| response).unwrap_or_default();
    let event = format!(
        "service_msgs/ServiceEventInfo info\n{service}_Request[<=1] request\n{service}_Response[<=1] response\n"
    );
    [
        (name.to_owned(), Cow::Owned(event)),
        (format!("{service}_Request"), Cow::Borrowed(request)),
        (format!("{service}_Response"), Cow::Borrowed(response)),
    ]
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

fn counted(kind: &str) -> Result<(&str, Count), MessageError> {
    let Some((base, array)) = kind.split_once('[') else {
        return Ok((bounded(kind), Count::One));
    };
    let inside = array.trim_end_matches(']');
    let count = if inside.is_empty() || inside.starts_with("<=") {
        Count::Any
    } else {
        Count::Fixed(
            inside
                .parse()
                .map_err(|err| MessageError::definition(format!("{kind:?} is not an array ({err})")))?,
        )
    };
    Ok((bounded(base), count))
}

/// `string<=10` is a string.
fn bounded(kind: &str) -> &str {
    kind.split("<=").next().unwrap_or(kind)
}

fn plain(kind: &str, dialect: Dialect) -> Option<Plain> {
    Some(match kind {
        "bool" => Plain::Bool,
        "byte" if dialect == Dialect::Ros1 => Plain::Int(1),
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
        let built = Definitions::parse("my/msg/Thing", text, Dialect::Ros2).unwrap();
        let names: Vec<&str> = built.records[0].iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["header", "axis", "parts", "name", "few"]);
        assert_eq!(built.records[0][1].count, Count::Fixed(3));
        assert_eq!(built.records[0][4].count, Count::Any);
    }

    #[test]
    fn a_definition_that_contains_itself_or_misses_a_part_is_refused() {
        let refused = |text: &str| Definitions::parse("a/A", text, Dialect::Ros2).unwrap_err().to_string();
        assert!(refused("a/A again").contains("itself"));
        assert!(refused("a/B b\n===\nMSG: a/B\na/A a").contains("itself"));
        assert!(refused("a/B b").contains("a/B"));
        assert_eq!(refused(""), "the recording has no definition of a/A");
    }

    #[test]
    fn the_event_of_a_service_has_its_request_and_its_response() {
        let built =
            Definitions::parse("a/srv/Add_Event", "int64 a\n---\nint64 sum\n", Dialect::Ros2).unwrap();
        let names = |at: usize| built.records[at].iter().map(|f| f.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names(0), ["info", "request", "response"]);
        assert!(built.records.iter().any(|fields| fields.len() == 1 && fields[0].name == "sum"));
    }
}
