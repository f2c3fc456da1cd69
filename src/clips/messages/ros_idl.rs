//! Message definitions of ROS 2 as OMG IDL (`ros2idl`), rewritten as the text of `ros2msg`.
//!
//! Format: OMG IDL 4.2 as far as ROS 2 writes it
//! (<https://design.ros2.org/articles/idl_interface_definition.html>): modules, structures, constants, typedefs of
//! arrays, sequences and annotations.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::error::MessageError;

/// The definitions of all parts, the first without a name.
pub(super) fn translated(text: &str) -> Result<String, MessageError> {
    let mut whole = String::new();
    for (i, part) in text.split("================").enumerate() {
        let part = part.trim_start_matches('=').trim_start();
        if part.is_empty() {
            continue;
        }
        let (name, body) = match part.strip_prefix("IDL:") {
            Some(named) => named.split_once('\n').unwrap_or((named, "")),
            None => ("", part),
        };
        let tokens = tokens(body);
        let mut reader = Reader { tokens: &tokens, at: 0, modules: Vec::new(), typedefs: BTreeMap::new() };
        let mut found = Vec::new();
        reader.definitions(&mut found)?;
        for (own, fields) in found {
            // Nothing is written before the first, which is the message itself.
            if !whole.is_empty() || (i > 0 && !name.is_empty() && short(name.trim()) != own) {
                write!(whole, "================\nMSG: {own}\n").unwrap_or_default();
            }
            whole.push_str(&fields);
        }
    }
    if whole.is_empty() {
        Err(MessageError::definition("the IDL definition has no structure"))
    } else {
        Ok(whole)
    }
}

fn short(name: &str) -> String {
    super::ros::short(name)
}

/// Words, numbers and signs; comments, directives and strings are left out.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return found };
        let length = if rest.starts_with("//") || first == '#' {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            found.push("\"\"");
            end.map_or(rest.len(), |(at, _)| at + 1)
        } else {
            let word =
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            let length = if word > 0 {
                word
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.extend(rest.get(..length));
            length
        };
        rest = rest.get(length..).unwrap_or_default();
    }
}

struct Reader<'a> {
    tokens: &'a [&'a str],
    at: usize,
    modules: Vec<&'a str>,
    /// Types that have a name of their own: `double__9` is `float64[9]`.
    typedefs: BTreeMap<String, String>,
}

/// Types by name and their fields as text.
type Found = Vec<(String, String)>;

impl<'a> Reader<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).copied().unwrap_or_default()
    }

    fn next(&mut self) -> &'a str {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn take(&mut self, wanted: &str) -> bool {
        let there = self.peek() == wanted;
        self.at += usize::from(there);
        there
    }

    /// Passes over everything up to the sign, brackets and all.
    fn skip_past(&mut self, sign: &str) {
        while self.at < self.tokens.len() && self.next() != sign {}
    }

    /// `@key(…)`, `@verbatim (language="comment", text="…" "…")`.
    fn skip_annotations(&mut self) {
        while self.take("@") {
            self.next();
            if self.take("(") {
                self.skip_past(")");
            }
        }
    }

    fn definitions(&mut self, found: &mut Found) -> Result<(), MessageError> {
        while self.at < self.tokens.len() {
            self.skip_annotations();
            match self.next() {
                "module" => {
                    let name = self.next();
                    self.modules.push(name);
                    self.take("{");
                }
                "}" => {
                    self.modules.pop();
                    self.take(";");
                }
                "struct" => {
                    let name = self.next();
                    let package = self.modules.first().copied().unwrap_or_default();
                    let own = if package.is_empty() { name.to_owned() } else { format!("{package}/{name}") };
                    let fields = self.fields()?;
                    found.push((own, fields));
                }
                "typedef" => {
                    let kind = self.kind()?;
                    let name = self.next().to_owned();
                    let kind = format!("{kind}{}", self.array());
                    self.typedefs.insert(name, kind);
                    self.skip_past(";");
                }
                "enum" => {
                    let name = self.next().to_owned();
                    self.typedefs.insert(name, "uint32".to_owned());
                    self.skip_past("}");
                    self.take(";");
                }
                "" | ";" => {}
                // Constants and other declarations without bytes.
                _ => self.skip_past(";"),
            }
        }
        Ok(())
    }

    fn fields(&mut self) -> Result<String, MessageError> {
        let mut fields = String::new();
        self.take("{");
        loop {
            self.skip_annotations();
            if self.at >= self.tokens.len() {
                return Err(MessageError::definition("unterminated structure in the IDL definition"));
            }
            if self.take("}") {
                self.take(";");
                return Ok(fields);
            }
            let kind = self.kind()?;
            loop {
                let name = self.next();
                let array = self.array();
                if !array.is_empty() && kind.contains('[') {
                    return Err(MessageError::definition(format!("field {name:?} is an array of arrays")));
                }
                // ROS needs a member in every structure; one without any has this.
                if name != "structure_needs_at_least_one_member" || !kind.is_empty() {
                    writeln!(fields, "{kind}{array} {name}").unwrap_or_default();
                }
                if !self.take(",") {
                    break;
                }
            }
            self.skip_past(";");
        }
    }

    /// `[9]` after a name.
    fn array(&mut self) -> String {
        if !self.take("[") {
            return String::new();
        }
        let length = self.next();
        self.take("]");
        format!("[{length}]")
    }

    fn kind(&mut self) -> Result<String, MessageError> {
        let first = self.next();
        Ok(match first {
            "boolean" => "bool".to_owned(),
            "octet" => "uint8".to_owned(),
            "char" => "char".to_owned(),
            "wchar" | "uint16" => "uint16".to_owned(),
            "short" | "int16" => "int16".to_owned(),
            "float" => "float32".to_owned(),
            "double" => "float64".to_owned(),
            "int8" | "uint8" | "int32" | "uint32" | "int64" | "uint64" => first.to_owned(),
            "long" if self.take("long") => "int64".to_owned(),
            "long" => "int32".to_owned(),
            "unsigned" => match self.next() {
                "short" => "uint16".to_owned(),
                "long" if self.take("long") => "uint64".to_owned(),
                _ => "uint32".to_owned(),
            },
            "string" | "wstring" => {
                if self.take("<") {
                    self.skip_past(">");
                }
                first.to_owned()
            }
            "sequence" => {
                self.take("<");
                let inner = self.kind()?;
                self.skip_past(">");
                if inner.contains('[') {
                    return Err(MessageError::unsupported(
                        "sequences of arrays are not supported in IDL definitions",
                    ));
                }
                format!("{inner}[]")
            }
            "" | "}" | ";" => {
                return Err(MessageError::definition("the IDL definition is truncated inside a structure"));
            }
            name => {
                let mut path = vec![name];
                while self.take("::") {
                    path.push(self.next());
                }
                match (path.as_slice(), self.typedefs.get(*path.last().unwrap_or(&name))) {
                    (_, Some(known)) => known.clone(),
                    ([package, .., kind], None) if path.len() > 1 => format!("{package}/{kind}"),
                    _ => format!("{}/{name}", self.modules.first().copied().unwrap_or_default()),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_become_the_text_of_ros2msg() {
        let idl = r#"
            ================================================================================
            IDL: sensor_msgs/msg/CameraInfo
            // generated
            #include "std_msgs/msg/Header.idl"
            module sensor_msgs { module msg {
              typedef double double__9[9];
              module CameraInfo_Constants { const uint8 ONE = 1; };
              @verbatim (language="comment", text="Says } and ; \" here" "\n")
              struct CameraInfo {
                std_msgs::msg::Header header;
                @unit (value="pixel") unsigned long height;
                string<8> distortion_model;
                sequence<double> d;
                double__9 k;
                sequence<sensor_msgs::msg::Part, 4> parts;
                unsigned long long a, b;
                octet raw[3];
              };
            }; };
            ================================================================================
            IDL: sensor_msgs/msg/Part
            module sensor_msgs { module msg { struct Part { boolean on; long long n; }; }; };
        "#;
        let text = translated(idl).unwrap();
        let expected = "std_msgs/Header header\nuint32 height\nstring distortion_model\nfloat64[] d\nfloat64[9] k\n\
                        sensor_msgs/Part[] parts\nuint64 a\nuint64 b\nuint8[3] raw\n================\n\
                        MSG: sensor_msgs/Part\nbool on\nint64 n\n";
        assert_eq!(text, expected);
        assert!(translated("module a { struct B { double").is_err());
        assert!(translated("nothing").is_err());
    }
}
