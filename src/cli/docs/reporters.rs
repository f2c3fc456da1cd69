//! The page of reports: what `hardcase test` writes, told by the help of its options.

use clap::CommandFactory as _;

use crate::cli::Args;
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};

pub(super) static PAGE: Page = Page { name: "reporters", title: "Reports", body };

const INTRO: &str = "\
`hardcase test` prints a line for each case and writes these besides, any number of them in one run. None holds a clock, so two runs \
of the same cases differ in durations only.";

/// Options of `hardcase test` that write a report.
const OPTIONS: &[&str] = &["junit", "html", "json", "markdown", "tap", "github"];

fn body() -> String {
    let command = Args::command();
    let test = command.find_subcommand("test");
    let rows = OPTIONS.iter().filter_map(|id| {
        let option = test?.get_arguments().find(|arg| arg.get_id() == id)?;
        let value = option.get_value_names().and_then(|names| names.first());
        let value = value.map(|name| format!(" {name}")).unwrap_or_default();
        let help = option.get_help().map(ToString::to_string).unwrap_or_default();
        Some(vec![code(&format!("--{id}{value}")), help])
    });
    format!("{INTRO}\n\n{}", table(&["option", "writes"], rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_one_of_the_command() {
        let command = Args::command();
        let test = command.find_subcommand("test").unwrap();
        for id in OPTIONS {
            assert!(test.get_arguments().any(|arg| arg.get_id() == id), "{id}");
        }
    }
}
