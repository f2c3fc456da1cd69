//! The command table of the window: every command that needs no further input, by its title.

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::{Content, Tool, Type, needed};
use crate::app::table;
use crate::app::table::entry::{Action, Entry};
use crate::base::nearest::hint;
use crate::cli::mcp::assistant::Assistant;

pub(super) static TOOLS: &[Tool] = &[
    Tool {
        name: "commands",
        title: "Commands",
        help: "Titles of the commands of the program by group, for the tool run_command",
        arguments: &[],
        writes: false,
        run: |_, _| Ok(listed()),
    },
    Tool {
        name: "run_command",
        title: "Run command",
        help: "Run a command of the program by its title, as a person does by its key. Changes of the project can be undone",
        arguments: &[needed("title", Type::Text, "title of the command, as the tool commands lists it")],
        writes: true,
        run: run_command,
    },
];

/// Commands that do something without a window.
fn usable() -> impl Iterator<Item = &'static Entry> {
    table::entries().filter(|entry| matches!(entry.action, Action::Run(_) | Action::With(_)))
}

fn listed() -> Content {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for entry in usable() {
        match groups.iter_mut().find(|(group, _)| *group == entry.group) {
            Some((_, titles)) => titles.push(entry.title),
            None => groups.push((entry.group, vec![entry.title])),
        }
    }
    let groups: serde_json::Map<String, Value> =
        groups.into_iter().map(|(group, titles)| (group.to_owned(), json!(titles))).collect();
    json!({ "groups": groups }).into()
}

fn run_command(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let title = arguments["title"].as_str().unwrap_or_default();
    let entry = usable().find(|entry| entry.title == title);
    let entry = entry.ok_or_else(|| {
        anyhow!("there is no command {title:?}{}", hint(title, usable().map(|entry| entry.title)))
    })?;
    let command = match entry.action {
        Action::Run(command) => Some(command()),
        Action::With(command) => command(&assistant.app),
        Action::Window(_) | Action::Native => None,
    };
    let Some(command) = command else { bail!("there is nothing that {title:?} could do now") };
    let said = assistant.send(command)?;
    Ok(json!({ "said": said, "state": assistant.state() }).into())
}
