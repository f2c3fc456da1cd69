//! The page of the command line, from the parser itself.

use clap::{Arg, Command, CommandFactory as _};

use crate::cli::Args;
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};

pub(super) static PAGE: Page = Page { name: "command-line", title: "Command line", body };

const INTRO: &str = "\
Results go to the standard output, everything else to the standard error. `hardcase COMMAND --help` prints the same as this page.

| exit code | meaning |
|---|---|
| 0 | all held |
| 1 | something did not |
| 2 | bad arguments: trying again does not help |
| 3 | could not run |
| 5 | nothing was selected, or nothing of it could be judged |";

fn body() -> String {
    let command = Args::command();
    let mut text = format!("{INTRO}\n");
    section(&command, "hardcase", &mut text);
    text
}

/// The section of a command and those of its subcommands below it.
fn section(command: &Command, path: &str, text: &mut String) {
    text.extend([format!("\n## {path}\n\n")]);
    if let Some(about) = command.get_about() {
        text.extend([format!("{about}\n\n")]);
    }
    let named: Vec<Vec<String>> = command.get_arguments().filter(|arg| !arg.is_hide_set()).map(row).collect();
    if !named.is_empty() {
        text.push_str(&table(&["argument", "meaning"], named));
    }
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        section(inner, &format!("{path} {}", inner.get_name()), text);
    }
}

fn row(arg: &Arg) -> Vec<String> {
    let mut help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| code(&value.to_string_lossy())).collect();
    let flag = !arg.get_action().takes_values();
    if !flag {
        let known: Vec<String> =
            arg.get_possible_values().iter().map(|value| code(value.get_name())).collect();
        if !known.is_empty() {
            help.extend([format!(" One of {}.", known.join(", "))]);
        }
        if !defaults.is_empty() {
            help.extend([format!(" Default: {}.", defaults.join(", "))]);
        }
    }
    vec![code(&usage(arg, flag)), help]
}

/// An argument as it is typed: `--model FILE`, `INPUT…`.
fn usage(arg: &Arg, flag: bool) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let value = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let value = if value.is_empty() { arg.get_id().to_string().to_uppercase() } else { value };
    let several = arg.get_num_args().is_some_and(|range| range.max_values() > 1);
    if arg.is_positional() {
        return if several { format!("{value}…") } else { value };
    }
    let mut text = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    text.push_str(&arg.get_long().map(|long| format!("--{long}")).unwrap_or_default());
    if !flag {
        text.extend([format!(" {value}")]);
    }
    text
}
