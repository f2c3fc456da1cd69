//! The page of decoders.

use crate::cli::docs::Page;
use crate::cli::docs::claims::task_name;
use crate::cli::docs::markdown::{code, table};
use crate::inference::decoders::KINDS;

pub(super) static PAGE: Page = Page { name: "decoders", title: "Decoders", body };

const INTRO: &str = "\
A decoder reads the outputs of a graph. A model's card names it with `decoder = \"yolo\"`; without a card it is guessed from names and \
shapes of the outputs. Duplicates are removed by non-maximum suppression where the last column says so.";

fn body() -> String {
    let rows = KINDS.iter().map(|kind| {
        let doubles = if kind.doubles { "removed here" } else { "" };
        vec![code(kind.id), kind.title.to_owned(), task_name(kind.task).to_owned(), doubles.to_owned()]
    });
    format!("{INTRO}\n\n{}", table(&["name", "reads", "prediction", "duplicates"], rows))
}
