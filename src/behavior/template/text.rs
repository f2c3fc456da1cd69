//! One text of a template, cut into its literals and its tags.

use std::collections::BTreeMap;

use crate::behavior::error::{BehaviorError, TemplateError};
use crate::behavior::lexicons::Value;

/// A text of a template.
pub(super) struct TemplateText {
    pieces: Vec<Piece>,
}

enum Piece {
    Literal(String),
    Tag(Tag),
}

#[expect(clippy::struct_field_names, reason = "a position among the tags")]
struct Tag {
    /// Position in the list of tags.
    tag: usize,
    /// The way from the value to the part that is written.
    path: Vec<Step>,
    /// True if an article precedes the value.
    article: bool,
}

enum Step {
    Attribute(String),
    Index(usize),
}

impl TemplateText {
    /// Cuts a text; new tags are added to the list.
    pub(super) fn read(text: &str, tags: &mut Vec<String>) -> Result<Self, BehaviorError> {
        let wrong = |source: TemplateError| BehaviorError::Template { template: text.to_owned(), source };
        let (mut pieces, mut literal, mut masks) = (Vec::new(), String::new(), 0);
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            literal.push_str(before);
            let doubled = if from.starts_with('{') { "{{" } else { "}}" };
            if let Some(after) = from.strip_prefix(doubled) {
                literal.push_str(doubled.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let Some(inside) = from.strip_prefix('{') else {
                return Err(wrong(TemplateError::Unopened));
            };
            let Some((field, after)) = inside.split_once('}') else {
                return Err(wrong(TemplateError::Unclosed));
            };
            if field.contains('{') {
                return Err(wrong(TemplateError::Braces { field: field.to_owned() }));
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Tag(tag(field, tags, &mut masks).map_err(wrong)?));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self { pieces })
    }

    /// The text with the values of the tags.
    pub(super) fn write(
        &self,
        values: &[&Value],
        articles: &BTreeMap<String, String>,
    ) -> Result<String, TemplateError> {
        let mut text = String::with_capacity(64);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Tag(tag) => {
                    let value = tag.part(values[tag.tag])?;
                    let mut push = |word: &str| {
                        if tag.article {
                            text.push_str(article(word, articles));
                            text.push(' ');
                        }
                        text.push_str(word);
                    };
                    match value {
                        Value::Text(word) => push(word),
                        Value::Number(_) => push(&value.to_string()),
                        Value::Tuple(_) | Value::Record(_) => {
                            return Err(TemplateError::NotText { value: value.to_string() });
                        }
                    }
                }
            }
        }
        Ok(text)
    }
}

/// A tag from what stands between its braces.
fn tag(field: &str, tags: &mut Vec<String>, masks: &mut usize) -> Result<Tag, TemplateError> {
    let (option, name) = field.split_once(':').unwrap_or(("", field));
    let (option, name) = if name.is_empty() { ("", option) } else { (option, name) };
    if field.contains('!') {
        return Err(TemplateError::Conversion { field: field.to_owned() });
    }
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (base, mut rest) = name.split_at(end);
    if base.is_empty() {
        return Err(TemplateError::NoName { field: field.to_owned() });
    }
    let unreadable = || TemplateError::Unreadable { field: field.to_owned() };
    let mut path = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (attribute, behind) = after.split_at(end);
            path.push(Step::Attribute(attribute.to_owned()));
            rest = behind;
        } else {
            let (index, behind) = rest.trim_start_matches('[').split_once(']').ok_or_else(unreadable)?;
            let step = index.parse().map_or_else(|_| Step::Attribute(index.to_owned()), Step::Index);
            path.push(step);
            rest = behind;
        }
        if !rest.is_empty() && !rest.starts_with(['.', '[']) {
            return Err(unreadable());
        }
    }
    // Several masks of one text are filled by the parts of one suggestion.
    if base == "mask" && path.is_empty() {
        path.push(Step::Index(*masks));
        *masks += 1;
    }
    let known = tags.iter().position(|known| known == base);
    let tag = known.unwrap_or_else(|| {
        tags.push(base.to_owned());
        tags.len() - 1
    });
    Ok(Tag { tag, path, article: option == "a" })
}

impl Tag {
    /// The part of a value that the tag names.
    fn part<'a>(&self, value: &'a Value) -> Result<&'a Value, TemplateError> {
        self.path.iter().try_fold(value, |value, step| {
            let part = match (value, step) {
                (Value::Tuple(values), Step::Index(index)) => values.get(*index),
                (Value::Record(values), Step::Attribute(name)) => values.get(name),
                // A list of words for the only mask.
                (Value::Text(_), Step::Index(0)) => Some(value),
                (Value::Text(_) | Value::Number(_) | Value::Tuple(_) | Value::Record(_), _) => None,
            };
            part.ok_or_else(|| TemplateError::NoPart {
                value: value.to_string(),
                part: match step {
                    Step::Attribute(name) => name.clone(),
                    Step::Index(index) => index.to_string(),
                },
            })
        })
    }
}

/// The article of a word: by the list of exceptions, otherwise by its first letter.
fn article<'a>(word: &str, articles: &'a BTreeMap<String, String>) -> &'a str {
    if !articles.is_empty() {
        let first = word.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
        if let Some(article) = articles.get(&first) {
            return article;
        }
    }
    if word.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" }
}
