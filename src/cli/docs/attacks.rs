//! The page of attacks.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::robustness::attacks::{AttackKind, KINDS};

pub(super) static PAGE: Page = Page { name: "attacks", title: "Attacks", body };

const INTRO: &str = "\
`hardcase attack` changes images so that a model becomes wrong. Success counts on the image that a file holds: 8 bits, through the whole \
preprocessing, on the backend that is used. Attacks without a norm have changes of any size; those that look for the least change count as \
successful if it is within `--eps`.";

fn body() -> String {
    let rows: Vec<Vec<String>> = KINDS.iter().map(|kind| row(kind)).collect();
    let head = ["name", "title", "rule", "norms", "needs", "source"];
    format!("{INTRO}\n\n{}", table(&head, rows))
}

fn row(kind: &AttackKind) -> Vec<String> {
    let norms: Vec<&str> = kind.norms.iter().map(|norm| norm.id()).collect();
    vec![
        code(kind.id),
        kind.title.to_owned(),
        kind.summary.to_owned(),
        if norms.is_empty() { "any size".to_owned() } else { norms.join(", ") },
        kind.knows.title().to_owned(),
        kind.source.to_owned(),
    ]
}
