//! Moments of a recording: mining, and questions.

use serde_json::{Value, json};

use super::{Content, Tool, Type, needed, optional};
use crate::app::command::Command;
use crate::app::findings::moments::MineCommand;
use crate::cli::mcp::assistant::Assistant;
use crate::mining::finding::Effort;

/// Moments that are listed.
const LISTED: usize = 50;

pub(super) static TOOLS: &[Tool] = &[
    Tool {
        name: "mine",
        title: "Mine",
        help: "Find what happened in the recording that nobody tagged: braking, near collisions, faults of sensors and labels",
        arguments: &[optional(
            "samples",
            Type::Flag,
            "true to decode images and scans, too, which takes longer",
        )],
        writes: false,
        run: mine,
    },
    Tool {
        name: "ask",
        title: "Ask",
        help: "Find the moments of which a question is true: any(track.class(\"person\") and ttc(ego) < 2), signal(\"brake\") > 0.3",
        arguments: &[needed(
            "question",
            Type::Text,
            "a question in the words of the reference's page on questions",
        )],
        writes: false,
        run: ask,
    },
];

fn mine(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let samples = arguments["samples"].as_bool().unwrap_or(false);
    let effort = if samples { Effort::Samples } else { Effort::Cheap };
    assistant.send(Command::Mine(MineCommand::Mine(effort)))?;
    Ok(listed(assistant))
}

fn ask(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let question = arguments["question"].as_str().unwrap_or_default().to_owned();
    assistant.app.open.moments.found = None;
    assistant.send(Command::Mine(MineCommand::Question(question)))?;
    assistant.send(Command::Mine(MineCommand::Ask))?;
    Ok(listed(assistant))
}

fn listed(assistant: &Assistant) -> Content {
    let moments = &assistant.app.open.moments;
    let found = moments.found.as_deref().unwrap_or_default();
    let list: Vec<Value> = found
        .iter()
        .take(LISTED)
        .map(|finding| {
            let [from, to, peak] = [finding.t0, finding.t1, finding.peak].map(|time| assistant.seconds(time));
            json!({ "finder": finding.finder, "from_seconds": from, "to_seconds": to, "peak_seconds": peak,
                "severity": finding.severity, "what": finding.sentence, "channels": finding.channels })
        })
        .collect();
    json!({ "found": found.len(), "listed": list, "not_looked_at": moments.not_looked_at }).into()
}
