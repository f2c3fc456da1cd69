//! Writes: tags and cases. Each is an edit that can be undone and is marked as made by an assistant.

use anyhow::{anyhow, bail};
use serde_json::{Value, json};

use super::{Content, Tool, Type, needed, optional};
use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::label::command::LabelCommand;
use crate::app::suites::command::SuiteCommand;
use crate::base::files::sha256_hex;
use crate::cli::mcp::assistant::Assistant;
use crate::project::editor::ProjectEditor;
use crate::suites::freeze::frozen;
use crate::transforms::stack;

pub(super) static TOOLS: &[Tool] = &[
    Tool {
        name: "tag",
        title: "Tag",
        help: "Tag a moment or an interval of the recording with a type that the project has",
        arguments: &[
            needed("kind", Type::Text, "name of the tag type"),
            needed("seconds", Type::Number, "the moment, or the beginning of the interval"),
            optional("until_seconds", Type::Number, "end of the interval"),
            optional("note", Type::Text, "reason, for the people who review it"),
        ],
        writes: true,
        run: tag,
    },
    Tool {
        name: "save_case",
        title: "Save test case",
        help: "Save the failure that is on the frame as a test case. It is judged again, minimized, judged once more and given the \
               checksum of its input; what does not fail is not saved",
        arguments: &[
            needed("why", Type::Text, "reason to keep it, for people"),
            optional("suite", Type::Text, "name of the suite"),
        ],
        writes: true,
        run: save_case,
    },
    Tool {
        name: "undo",
        title: "Undo",
        help: "Take back the last change of the project",
        arguments: &[],
        writes: true,
        run: |assistant, _| step(assistant, LabelCommand::Undo),
    },
    Tool {
        name: "redo",
        title: "Redo",
        help: "Make the change again that was taken back last",
        arguments: &[],
        writes: true,
        run: |assistant, _| step(assistant, LabelCommand::Redo),
    },
];

/// The project that is written to.
fn writable(assistant: &Assistant) -> anyhow::Result<()> {
    if assistant.app.project().is_none() {
        bail!("open a project first, there is nothing to write to");
    }
    if assistant.app.open.is_read_only() {
        bail!("the project cannot be changed, copy it first");
    }
    Ok(())
}

fn tag(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    writable(assistant)?;
    let range = assistant.app.open.playback.range;
    let moment = |assistant: &Assistant, name: &str| -> anyhow::Result<_> {
        let Some(seconds) = arguments[name].as_f64() else { return Ok(None) };
        let time = assistant.time(seconds);
        if time < range.start || time > range.end {
            bail!("{name} is {seconds}, the recording is {} long", range.span());
        }
        Ok(Some(time))
    };
    let start = moment(assistant, "seconds")?.ok_or_else(|| anyhow!("the tag needs a moment"))?;
    let end = moment(assistant, "until_seconds")?;
    let note = match arguments["note"].as_str() {
        Some(note) if !note.trim().is_empty() => format!("assistant: {}", note.trim()),
        _ => "assistant".to_owned(),
    };
    let kind = arguments["kind"].as_str().unwrap_or_default().to_owned();
    assistant.send(Command::Label(LabelCommand::AddTag { kind, start, end, note }))?;
    Ok(done(assistant))
}

fn step(assistant: &mut Assistant, command: LabelCommand) -> anyhow::Result<Content> {
    writable(assistant)?;
    let said = assistant.send(Command::Label(command))?;
    let mut content = done(assistant);
    if let Some(fields) = content.value.as_object_mut() {
        fields.insert("said".to_owned(), json!(said));
    }
    Ok(content)
}

/// The change that undo would take back.
fn done(assistant: &Assistant) -> Content {
    let editor = assistant.app.open.editor.as_ref();
    let project = assistant.app.project();
    json!({ "last_change": editor.and_then(ProjectEditor::undo_label),
        "tags": project.map(|project| project.tags.len()), "cases": project.map(|project| project.cases.len()) })
    .into()
}

fn save_case(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    writable(assistant)?;
    let failing = |assistant: &Assistant, when: &str| {
        let (input, outcome) = assistant.replayed()?;
        if outcome.verdict.failed() {
            return Ok((input, outcome));
        }
        let (word, why) = (outcome.verdict.word(), outcome.verdict.why());
        Err(anyhow!("nothing was saved: {when} the claim does not fail, {word} {why}"))
    };
    failing(assistant, "judged again,")?;
    let open = &assistant.app.open;
    let before = stack::describe(&open.models.catalog, &open.explore.stack);
    if open.explore.stack.active().next().is_some() {
        assistant.send(Command::Explore(ExploreCommand::Minimize))?;
    }
    let (input, outcome) = failing(assistant, "after minimizing")?;
    let (bytes, _) = frozen(&input)?;
    let input_sha256 = sha256_hex(&bytes);
    if let Some(suite) = arguments["suite"].as_str() {
        assistant.send(Command::Suite(SuiteCommand::Active(suite.to_owned())))?;
    }
    let why = arguments["why"].as_str().unwrap_or_default().to_owned();
    let count = assistant.app.project().map_or(0, |project| project.cases.len());
    assistant.send(Command::Suite(SuiteCommand::Propose { why, input_sha256: input_sha256.clone() }))?;
    let project = assistant.app.project().ok_or_else(|| anyhow!("the project was closed"))?;
    if project.cases.len() <= count {
        bail!("the case was not saved");
    }
    let (suite, id) = assistant.app.open.suites.selected.clone().unwrap_or_default();
    let open = &assistant.app.open;
    Ok(json!({
        "suite": suite, "case": id, "why_it_fails": outcome.verdict.why(), "margin": outcome.margin,
        "stack_before_minimizing": before, "stack": stack::describe(&open.models.catalog, &open.explore.stack),
        "input_sha256": input_sha256, "last_change": open.editor.as_ref().and_then(ProjectEditor::undo_label),
    })
    .into())
}
