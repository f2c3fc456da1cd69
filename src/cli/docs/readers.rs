//! The page of what can be opened.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::clips::KINDS;

pub(super) static PAGE: Page = Page { name: "readers", title: "Recordings and data sets", body };

const INTRO: &str = "\
Whatever is given to `hardcase`, dropped on the window or named in a project is opened by the first reader that accepts it, in this \
order. A part of a folder is named behind a number sign: `FOLDER#scene-0061`. Damaged files are read as far as they go, with a warning.";

fn body() -> String {
    let rows = KINDS.iter().map(|kind| vec![code(kind.id), kind.title.to_owned()]);
    format!("{INTRO}\n\n{}", table(&["name", "opens"], rows))
}
