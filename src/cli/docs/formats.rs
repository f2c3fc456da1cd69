//! The page of label formats.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::exchange::losses::{Holds, Tags};
use crate::exchange::{ExchangeKind, KINDS};

pub(super) static PAGE: Page = Page { name: "formats", title: "Label formats", body };

const INTRO: &str = "\
Names are those of `hardcase labels export --format` and `convert --to`. What a format cannot hold is counted before anything is \
written, and refused without `--allow-lossy`. Reading guesses the format unless `--format` names it.";

fn body() -> String {
    let rows = KINDS.iter().map(|kind| {
        let mut row = vec![code(kind.id), kind.title.to_owned(), written(kind), shapes(kind.holds)];
        row.extend(marks(kind.holds));
        row
    });
    let head = [
        "name",
        "format",
        "written as",
        "shapes",
        "tracks",
        "keyframes",
        "occluded",
        "gaps",
        "attributes",
        "across sensors",
        "tags",
    ];
    format!("{INTRO}\n\n{}", table(&head, rows))
}

fn written(kind: &ExchangeKind) -> String {
    match (kind.one_file, kind.pictures) {
        (Some(ending), _) => format!("file, .{}", ending.trim_start_matches('.')),
        (None, Some(images)) => format!("folder, images in {}", code(images)),
        (None, None) => "folder".to_owned(),
    }
}

fn shapes(holds: Holds) -> String {
    holds.shapes.iter().map(|shape| shape.title()).collect::<Vec<_>>().join(", ")
}

fn marks(holds: Holds) -> Vec<String> {
    let yes = [holds.tracks, holds.keyframes, holds.occluded, holds.gaps, holds.attributes, holds.sensors];
    let mut row: Vec<String> = yes.into_iter().map(|has| if has { "yes" } else { "" }.to_owned()).collect();
    row.push(
        match holds.tags {
            Tags::None => "",
            Tags::Noted => "time, type, note",
            Tags::Whole => "yes, with attributes",
        }
        .to_owned(),
    );
    row
}
