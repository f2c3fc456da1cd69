//! The page of reports: what `hardcase test` writes.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::cli::reports::option;
use crate::reports::REPORTERS;

pub(super) static PAGE: Page = Page { name: "reporters", title: "Reports", body };

const INTRO: &str = "\
`hardcase test` prints a line for each case and writes these besides, any number of them in one run. None holds a clock, so two runs \
of the same cases differ in durations only.";

fn body() -> String {
    let rows = REPORTERS.iter().map(|kind| {
        let option = option(kind);
        let value = option.get_value_names().and_then(|names| names.first());
        let value = value.map(|name| format!(" {name}")).unwrap_or_default();
        vec![code(&format!("--{}{value}", kind.id)), kind.help.to_owned()]
    });
    format!("{INTRO}\n\n{}", table(&["option", "writes"], rows))
}
