//! Opening and looking.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Content, Tool, Type, needed, optional};
use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::cli::mcp::assistant::Assistant;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::labels::ontology::color_of;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::imaging::outlines;
use crate::reports::drawn::tinted;
use crate::transforms::stack;

/// Longer side of an image in pixels, and its quality.
const SIDE: u32 = 1024;
const QUALITY: u8 = 85;

pub(super) static TOOLS: &[Tool] = &[
    Tool {
        name: "open",
        title: "Open",
        help: "Open a project, a recording, a model file or an exported suite. A model is opened into what is open",
        arguments: &[needed("paths", Type::Texts, "files or folders")],
        writes: false,
        run: open,
    },
    Tool {
        name: "state",
        title: "State",
        help: "What is open: project, recording with its channels, model, frame, transforms",
        arguments: &[],
        writes: false,
        run: |assistant, _| Ok(assistant.state().into()),
    },
    Tool {
        name: "look",
        title: "Look",
        help: "An image of a frame with the boxes that the model predicts, its tags and labels",
        arguments: &[
            optional("frame", Type::Integer, "index of the frame; that of the playhead if absent"),
            optional(
                "seconds",
                Type::Number,
                "moment instead of a frame, from the beginning of the recording",
            ),
            optional("channel", Type::Text, "camera or LIDAR by name"),
            optional("transformed", Type::Flag, "true for the frame after the transforms"),
        ],
        writes: false,
        run: look,
    },
    Tool {
        name: "transform",
        title: "Transform",
        help: "Put transforms on the frame and judge what the model makes of it: fog:0.4,rotate:5. An empty stack removes them",
        arguments: &[
            needed("stack", Type::Text, "transforms with their severities, separated by commas"),
            optional("seed", Type::Integer, "random seed"),
            optional(
                "claim",
                Type::Text,
                "id of a claim, such as same_objects; the usual one of the model if absent",
            ),
            optional("class", Type::Text, "class or value that the claim is about"),
            optional("frame", Type::Integer, "index of the frame"),
            optional("seconds", Type::Number, "moment instead of a frame"),
            optional("channel", Type::Text, "camera or LIDAR by name"),
        ],
        writes: false,
        run: transform,
    },
];

fn open(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let paths = arguments["paths"].as_array().into_iter().flatten();
    let paths: Vec<PathBuf> = paths.filter_map(Value::as_str).map(PathBuf::from).collect();
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        bail!("there is no file or folder {}", missing.display());
    }
    assistant.open(paths)?;
    Ok(assistant.state().into())
}

fn look(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    assistant.go(arguments)?;
    let transformed = arguments["transformed"].as_bool().unwrap_or(false);
    shown(assistant, transformed)
}

/// The frame at the playhead as it is or transformed, with what is known about it.
pub(super) fn shown(assistant: &Assistant, transformed: bool) -> anyhow::Result<Content> {
    let (channel, input) = assistant.input()?;
    let open = &assistant.app.open;
    let look = Look::of(&input);
    let explore = &open.explore;
    let drawn: Input =
        if transformed { stack::apply(&open.models.catalog, &explore.stack, &input)? } else { input };
    let outcome = explore.outcome.as_ref();
    let seen = outcome.and_then(|outcome| outcome.as_ref().ok());
    let seen = seen.map(|outcome| if transformed { &outcome.after } else { &outcome.before });
    let mut image = look.draw(&drawn);
    if let Some(seen) = seen.map(|seen| look.place(seen)) {
        image = tinted(&image, &seen);
        if let Prediction::Objects { objects } = &seen {
            let width = image.width().max(image.height()).div_ceil(400).max(1);
            for object in objects {
                outlines::draw(&mut image, &object.bbox, color_of(&object.class), width);
            }
        }
    }
    let frame = open.playback.frame();
    let clip = open.clip.as_ref().ok_or_else(|| anyhow!("open a recording first"))?;
    let name = clip.info.channel(channel).map(|channel| channel.name.clone()).unwrap_or_default();
    let project = open.project();
    let tags = project.map(|project| project.tags_at(&clip.name, open.playback.playhead)).unwrap_or_default();
    let labels = project.map(|project| project.labels_on(&clip.name, &name, frame).len()).unwrap_or_default();
    let mut value = json!({
        "recording": clip.name, "channel": name, "frame": frame, "at_seconds": assistant.seconds(open.playback.playhead),
        "size": image.size(), "tags": tags, "labels": labels,
        "prediction": seen, "prediction_in_words": seen.map(Prediction::summary),
    });
    if let (true, Some(fields)) = (transformed, value.as_object_mut()) {
        fields.insert("stack".to_owned(), json!(stack::describe(&open.models.catalog, &explore.stack)));
        fields.insert("verdict".to_owned(), verdict(assistant));
    }
    let jpeg = image.thumbnail(SIDE).to_jpeg(QUALITY)?;
    Ok(Content { value, image: Some(STANDARD.encode(jpeg)) })
}

/// Verdict of what is on screen.
pub(super) fn verdict(assistant: &Assistant) -> Value {
    match &assistant.app.open.explore.outcome {
        None => json!({ "verdict": "none", "why": "no model is open" }),
        Some(Err(problem)) => json!({ "verdict": "error", "why": problem }),
        Some(Ok(outcome)) => {
            let why = outcome.verdict.why();
            let claim = assistant.app.open.explore.claim();
            let word = match outcome.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail { .. } => "fail",
                Verdict::Skip { .. } => "skip",
            };
            json!({ "verdict": word, "why": why, "margin": outcome.margin, "claim": crate::claims::spec::describe(claim) })
        }
    }
}

fn transform(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let text = arguments["stack"].as_str().unwrap_or_default();
    let seed = arguments["seed"].as_u64().unwrap_or(1);
    let parsed = stack::parse(&assistant.app.open.models.catalog, text, seed)?;
    assistant.go(arguments)?;
    if let Some(claim) = arguments["claim"].as_str() {
        let class = arguments["class"].as_str().map(str::to_owned);
        let spec = ClaimSpec { class, ..ClaimSpec::new(claim) };
        crate::claims::spec::check(&spec)?;
        assistant.send(Command::Explore(ExploreCommand::Oracle(spec)))?;
    }
    assistant.send(Command::Explore(ExploreCommand::Use(parsed)))?;
    shown(assistant, true)
}
