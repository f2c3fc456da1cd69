//! Failures: tipping points, sweeps, runs of suites.

use anyhow::anyhow;
use serde_json::{Value, json};

use super::{Content, Tool, Type, needed, optional, seeing};
use crate::app::Workspace;
use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::results::SweepSettings;
use crate::app::price::{PriceCommand, Work};
use crate::app::suites::command::SuiteCommand;
use crate::cli::mcp::assistant::Assistant;
use crate::search::curve::Tipping;
use crate::search::sweep::summary::Tally;
use crate::transforms::stack;

/// Failures that are listed.
const LISTED: usize = 20;

pub(super) static TOOLS: &[Tool] = &[
    Tool {
        name: "tipping_point",
        title: "Tipping point",
        help: "The smallest severity of one transform at which the claim fails on the frame; the stack is set to it",
        arguments: &[optional(
            "position",
            Type::Integer,
            "position of the transform in the stack, 0 if absent",
        )],
        writes: false,
        run: tipping_point,
    },
    Tool {
        name: "sweep",
        title: "Sweep",
        help: "Run a stack over many frames with each transform over its whole range: failure rates and the smallest failures",
        arguments: &[
            needed("stack", Type::Text, "transforms, separated by commas: fog,rotate"),
            optional("levels", Type::Integer, "levels of each transform, 6 if absent"),
            optional("stride", Type::Integer, "every n-th frame; about 100 frames if absent"),
            optional("confirm", Type::Flag, "true to start a sweep that takes longer than two minutes"),
        ],
        writes: false,
        run: sweep,
    },
    Tool {
        name: "show_failure",
        title: "Show failure",
        help: "Go to a failure of the latest sweep, with its transforms on the frame",
        arguments: &[needed("number", Type::Integer, "number in the list of the sweep")],
        writes: false,
        run: show_failure,
    },
    Tool {
        name: "run_suite",
        title: "Run suite",
        help: "Judge every saved case of a suite of the project with the model",
        arguments: &[needed("suite", Type::Text, "name of the suite")],
        writes: false,
        run: run_suite,
    },
];

fn tipping_point(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let position = arguments["position"].as_u64().unwrap_or(0) as usize;
    assistant.send(Command::Explore(ExploreCommand::Select(position)))?;
    assistant.send(Command::Explore(ExploreCommand::FindTipping))?;
    let explore = &assistant.app.open.explore;
    let found = match &explore.tipping {
        Some(Tipping::Breaks { strength, holds, why }) => {
            json!({ "fails_at": strength, "passes_at": holds, "why": why })
        }
        Some(Tipping::Holds { looked_at, up_to }) => {
            json!({ "passes_up_to": up_to, "severities": looked_at })
        }
        Some(Tipping::BrokenAtStart { why }) => json!({ "fails_without_the_transform": why }),
        None => return Err(anyhow!("the severity could not be varied")),
    };
    Ok(json!({ "tipping_point": found,
        "stack": stack::describe(&assistant.app.open.models.catalog, &explore.stack) })
    .into())
}

fn sweep(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let text = arguments["stack"].as_str().unwrap_or_default();
    let parsed = stack::parse(&assistant.app.open.models.catalog, text, 1)?;
    assistant.send(Command::Explore(ExploreCommand::Use(parsed)))?;
    let usual = SweepSettings::default();
    let settings = SweepSettings {
        steps: arguments["levels"].as_u64().map_or(usual.steps, |levels| levels.clamp(2, 1000) as usize),
        every: arguments["stride"].as_u64().unwrap_or(0) as usize,
        ..usual
    };
    assistant.send(Command::Findings(FindingsCommand::Settings(settings)))?;
    assistant.app.open.findings.found = None;
    assistant.send(Command::Price(PriceCommand::Ask(Work::Stack)))?;
    if let Some(offer) = assistant.app.open.offer {
        if arguments["confirm"].as_bool() != Some(true) {
            assistant.send(Command::Price(PriceCommand::Decline))?;
            let text = offer.text();
            return Ok(json!({ "not_started": text, "to_start": "call it again with confirm" }).into());
        }
        assistant.send(Command::Price(PriceCommand::Start { sample: false }))?;
    }
    let found =
        assistant.app.open.findings.found.as_ref().ok_or_else(|| anyhow!("the sweep did not start"))?;
    let rate = |tally: Tally| {
        let rate = tally.rate();
        json!({ "failed": rate.hits, "judged": rate.of, "rate": rate.share(), "low": rate.low, "high": rate.high })
    };
    let total = found.summary.models.first().map(|model| rate(model.total()));
    let curves: Vec<Value> = found
        .plan
        .axes
        .iter()
        .enumerate()
        .map(|(at, axis)| {
            let along = found.summary.along(0, at, &found.plan, &found.variants);
            let points: Vec<Value> = along
                .into_iter()
                .map(|(value, tally)| json!({ "value": value, "failures": rate(tally) }))
                .collect();
            json!({ "parameter": axis.name(&found.plan.stack), "points": points })
        })
        .collect();
    let failures: Vec<Value> = found
        .violations
        .iter()
        .take(LISTED)
        .enumerate()
        .map(|(number, violation)| {
            let input = found.inputs.get(violation.input);
            let variant = found.variants.get(violation.variant);
            json!({ "number": number, "frame": input.map(|input| input.frame), "why": violation.why,
                "stack": variant.map(|variant| stack::describe(&found.catalog, &variant.stack)) })
        })
        .collect();
    Ok(json!({ "frames": found.done, "variants": found.variants.len(), "failures": total, "curves": curves,
        "smallest_failures": failures, "problems": found.summary.problems })
    .into())
}

fn show_failure(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let number = arguments["number"].as_u64().unwrap_or(0) as usize;
    let count = assistant.app.open.findings.found.as_ref().map_or(0, |found| found.violations.len());
    if number >= count {
        return Err(anyhow!("there is no failure {number}, the latest sweep has {count}"));
    }
    assistant.send(Command::Findings(FindingsCommand::Select(number)))?;
    assistant.send(Command::Findings(FindingsCommand::Open))?;
    assistant.send(Command::Show(Workspace::Explore))?;
    seeing::shown(assistant, true)
}

fn run_suite(assistant: &mut Assistant, arguments: &Value) -> anyhow::Result<Content> {
    let suite = arguments["suite"].as_str().unwrap_or_default().to_owned();
    let known = assistant.app.project().map(crate::project::Project::suites).unwrap_or_default();
    if !known.contains(&suite) {
        return Err(anyhow!("the project has no suite {suite:?}, it has {}", known.join(", ")));
    }
    assistant.send(Command::Suite(SuiteCommand::Run(suite.clone())))?;
    let verdicts = assistant.app.open.suites.verdicts.iter().filter(|((name, _), _)| *name == suite);
    let cases: Vec<Value> = verdicts
        .map(|((_, id), verdict)| match verdict {
            Ok(verdict) => json!({ "case": id, "verdict": verdict.word(), "why": verdict.why() }),
            Err(problem) => json!({ "case": id, "verdict": "error", "why": problem }),
        })
        .collect();
    let count = |word: &str| cases.iter().filter(|case| case["verdict"] == word).count();
    Ok(json!({ "suite": suite, "passed": count("pass"), "failed": count("fail"), "skipped": count("skip"),
        "errors": count("error"), "cases": cases })
    .into())
}
