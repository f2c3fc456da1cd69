//! Audacity's label tracks: start, end and text, in seconds.
#![expect(clippy::format_push_string, reason = "lines of a file are put together one after the other")]

use std::path::Path;

use crate::base::time::Time;
use crate::data::labels::label::Attributes;
use crate::data::labels::tag::Tag;
use crate::exchange::bundle::Bundle;
use crate::exchange::losses::{Holds, Tags};
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, has_extension, head, text_of, write_file};

/// A text file with tabs.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "audacity",
    title: "Audacity labels",
    holds: Holds { tags: Tags::Noted, ..Holds::NOTHING },
    one_file: Some("labels.txt"),
    pictures: None,
    accepts: |path| {
        has_extension(path, "txt") && head(path).lines().next().is_some_and(|line| tag_of(line, 1).is_some())
    },
    read,
    write,
};

/// Separator between the type of a tag and its note.
const BETWEEN: &str = ": ";

fn tag_of(line: &str, id: u64) -> Option<Tag> {
    let mut parts = line.splitn(3, '\t');
    let (start, end) = (parts.next()?.trim().parse::<f64>().ok()?, parts.next()?.trim().parse::<f64>().ok()?);
    let text = parts.next().unwrap_or("").trim();
    let (kind, note) = text.split_once(BETWEEN).unwrap_or((text, ""));
    let (start, end) = (Time::from_secs(start), Time::from_secs(end));
    Some(Tag {
        id,
        clip: String::new(),
        kind: if kind.is_empty() { "label".to_owned() } else { kind.to_owned() },
        start,
        end: (end > start).then_some(end),
        note: note.to_owned(),
        attributes: Attributes::new(),
    })
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let (mut bundle, mut warnings) = (Bundle::empty(), Vec::new());
    for (number, line) in text_of(path)?.lines().enumerate() {
        // Lines with a backslash hold the frequencies of the label before.
        if line.trim().is_empty() || line.starts_with('\\') {
            continue;
        }
        match tag_of(line, number as u64 + 1) {
            Some(tag) => {
                bundle.know_tag(&tag.kind);
                bundle.tags.push(tag);
            }
            None => warnings
                .push(format!("line {} is not \"start, end, text\" with tabs and was skipped", number + 1)),
        }
    }
    Ok(Read { bundle, warnings })
}

/// Nanoseconds as seconds with every digit.
pub(super) fn seconds(time: Time) -> String {
    let (sign, nanos) = (if time.0 < 0 { "-" } else { "" }, time.0.unsigned_abs());
    format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut text = String::new();
    for tag in &bundle.tags {
        let end = tag.end.unwrap_or(tag.start);
        let note = tag.note.replace(['\t', '\n', '\r'], " ");
        let words = if note.is_empty() { tag.kind.clone() } else { format!("{}{BETWEEN}{note}", tag.kind) };
        text += &format!("{}\t{}\t{words}\n", seconds(tag.start), seconds(end));
    }
    write_file(path, text.as_bytes())
}
