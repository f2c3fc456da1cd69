//! `hardcase load`: load test of a model, rate after rate, with limits as claims.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use crate::base::errors::told;
use crate::base::text::counted;
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::columns::{JsonArg, put_json};
use crate::cli::{BadArgument, call, print, say, with_progress_line};
use crate::evaluation::load::arrivals::{Arrivals, moments};
use crate::evaluation::load::limits::{Judgment, Limit, Saturation, saturation};
use crate::evaluation::load::run::{RequestError, stage};
use crate::evaluation::load::stage::{PARTS, StageResult};
use crate::inference::Tensor;
use crate::inference::model::Model;
use crate::predictions::image_models::first_model;
use crate::project::samples::{self, inputs, model_files};
use crate::transforms::catalog::Catalog;

const EXAMPLES: &str = "\
Examples:
  hardcase load lights --backend http://localhost:8000 --rate 10,20,40,80
  hardcase load lights --backend http://localhost:8000 --rate 50 --seconds 60 --max p99=100ms --max errors=0.1%
  hardcase load frames/ --model model.onnx --backend onnxruntime --rate 5,10,20 --arrivals even

Only for servers of your own: every request is sent, whether or not the server keeps up.
Ends with 0, with 1 if a limit is exceeded or the server does not keep up at a rate that has limits, with 5 if there were too few
requests to judge a limit.";

/// Requests of a stage at most.
const MOST: f64 = 1e6;
/// Error texts that are shown at most.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LoadArgs {
    /// Projects, recordings, images or texts whose samples are sent, again and again
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The model; the project's model if absent
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Requests a second; several are tried one after the other, from the lowest on
    #[arg(long, value_name = "RATE,RATE", value_delimiter = ',', required = true, value_parser = rate)]
    rate: Vec<f64>,
    /// Length of each stage in seconds
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS", value_parser = seconds)]
    seconds: f64,
    /// Pattern of the requests: independent like those of many users, or even like the frames of a camera
    #[arg(long, value_enum, default_value_t = ArrivalsName::Poisson)]
    arrivals: ArrivalsName,
    /// Connections at most; a request that is due while all are busy waits, and its wait counts
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    connections: u32,
    /// Requests before the first stage, which do not count
    #[arg(long, default_value_t = 3, value_name = "N")]
    warm_up: u32,
    /// Different samples that are sent, the first ones
    #[arg(long, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    samples: u32,
    /// Limit at every rate: `p99=100ms`, `p50=20ms`, `errors=0.1%`; may be repeated
    #[arg(long = "max", value_name = "NAME=VALUE", value_parser = str::parse::<Limit>)]
    limits: Vec<Limit>,
    /// The limits have to hold up to this rate only; higher ones may fail
    #[arg(long, value_name = "RATE", value_parser = rate)]
    sustain: Option<f64>,
    /// Go on with higher rates after one that failed
    #[arg(long)]
    all: bool,
    /// Seed of the arrivals
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    json: JsonArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ArrivalsName {
    Poisson,
    Even,
}

fn within(text: &str, most: f64, what: &str) -> Result<f64, BadArgument> {
    let number = text.trim().parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= most);
    number.ok_or_else(|| BadArgument(format!("expected {what} above 0 and up to {most}")))
}

fn rate(text: &str) -> Result<f64, BadArgument> {
    within(text, 1e5, "requests a second")
}

fn seconds(text: &str) -> Result<f64, BadArgument> {
    within(text, 3600.0, "seconds")
}

pub(super) fn run(args: &LoadArgs) -> anyhow::Result<ExitCode> {
    let mut rates = args.rate.clone();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    if let Some(rate) = rates.iter().find(|rate| **rate * args.seconds > MOST || **rate * args.seconds < 1.0)
    {
        let what =
            format!("{rate} a second for {} seconds are not between 1 and {MOST} requests", args.seconds);
        return Err(BadArgument(what).into());
    }
    if let Some(sustain) = args.sustain
        && !rates.iter().any(|rate| *rate >= sustain)
    {
        return Err(BadArgument(format!("--sustain {sustain} is above every rate that is tried")).into());
    }
    let model = model(args)?;
    let prepared = prepared(args, &model)?;
    let ask = |number: usize| {
        let failed = |what: String| RequestError { what };
        let outputs = model.outputs(&prepared[number % prepared.len()]);
        let outputs = outputs.map_err(|err| failed(told(&err.into())))?;
        // A prediction that no one can use is an error, as a server under load may send one.
        if outputs.iter().any(|output| output.data.iter().any(|number| !number.is_finite())) {
            return Err(failed("the prediction has numbers that are not finite".to_owned()));
        }
        Ok(())
    };
    for number in 0..args.warm_up as usize {
        ask(number).context("a first request failed")?;
    }
    let progress = call::stopped_by_signals();
    let mut results: Vec<StageResult> = Vec::new();
    let mut stopped = false;
    for (at, rate) in rates.iter().enumerate() {
        let count = (rate * args.seconds).round().max(1.0) as usize;
        let arrivals = match args.arrivals {
            ArrivalsName::Poisson => Arrivals::Poisson,
            ArrivalsName::Even => Arrivals::Even,
        };
        let moments: Vec<Duration> = moments(arrivals, *rate, count, args.seed.wrapping_add(at as u64));
        progress.begin(count as u64);
        let done = with_progress_line(&format!("{rate} a second"), &progress, || {
            stage(&moments, args.connections as usize, &progress, &ask)
        });
        let Ok(requests) = done else {
            stopped = true;
            break;
        };
        results.push(StageResult::of(*rate, &requests));
        if saturation(&results, &args.limits).failed.is_some() && !args.all {
            break;
        }
    }
    let found = saturation(&results, &args.limits);
    let problems = problems(args, &results);
    report(args, &model, &results, found, &problems)?;
    for (judgment, rate) in &problems {
        if let Judgment::Exceeded(why) | Judgment::Unknown(why) = judgment {
            say(&format!("at {rate} requests a second: {why}"));
        }
    }
    if stopped {
        say("stopped before the last rate was done");
    }
    let exceeded = problems.iter().any(|(judgment, _)| matches!(judgment, Judgment::Exceeded(_)));
    let unknown = problems.iter().any(|(judgment, _)| matches!(judgment, Judgment::Unknown(_)));
    Ok(ExitCode::from(match (exceeded || stopped, unknown) {
        (true, _) => 1,
        (false, true) => 5,
        (false, false) => 0,
    }))
}

/// The model; a server gets every request once, without a pause.
fn model(args: &LoadArgs) -> anyhow::Result<Model> {
    let own = first_model(&mut Catalog::default(), model_files(&args.inputs)?)?;
    let path = args.model.clone().or_else(|| args.backend.served_model()).or(own);
    let path = path.ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    Ok(tried(&path, &args.backend.kind()?.sending_once())?)
}

/// Inputs of the graph, so that reading and preprocessing take no part in the latency.
fn prepared(args: &LoadArgs, model: &Model) -> anyhow::Result<Vec<Vec<Tensor>>> {
    let asked = samples::Asked {
        clip: None,
        channel: None,
        human: None,
        every: 1,
        medium: Some(model.medium()),
        reach: model.reach(),
    };
    let chosen = inputs(&args.inputs, &asked)?;
    let mut all = Vec::new();
    for sample in chosen.iter().take(args.samples as usize) {
        all.push(model.prepared(&sample.input()?)?);
    }
    if all.is_empty() {
        return Err(BadArgument(format!("there are no samples of {}", model.medium().title())).into());
    }
    Ok(all)
}

/// Limits that do not hold or cannot be judged, with the rate; those above the rate that has to be sustained do not count.
fn problems(args: &LoadArgs, results: &[StageResult]) -> Vec<(Judgment, f64)> {
    let mut found = Vec::new();
    let judged = results.iter().filter(|result| args.sustain.is_none_or(|sustain| result.rate <= sustain));
    for result in judged {
        if !result.kept_up() && (!args.limits.is_empty() || args.sustain.is_some()) {
            let what = format!("{:.1} predictions a second were reached", result.reached);
            found.push((Judgment::Exceeded(what), result.rate));
        }
        for limit in &args.limits {
            let judgment = limit.judge(result);
            if judgment != Judgment::Holds {
                found.push((judgment, result.rate));
            }
        }
    }
    found
}

fn report(
    args: &LoadArgs,
    model: &Model,
    results: &[StageResult],
    found: Saturation,
    problems: &[(Judgment, f64)],
) -> anyhow::Result<()> {
    if let Some(place) = &args.json.json {
        let told = problems.iter().map(|(judgment, rate)| match judgment {
            Judgment::Exceeded(why) => json!({ "rate": rate, "exceeded": why }),
            Judgment::Unknown(why) => json!({ "rate": rate, "unknown": why }),
            Judgment::Holds => Value::Null,
        });
        let document = json!({
            "model": { "name": model.card.name, "sha256": model.sha256, "backend": model.backend.id },
            "stages": results.iter().map(stage_json).collect::<Vec<_>>(),
            "saturation": { "held": found.held, "failed": found.failed },
            "problems": told.collect::<Vec<_>>(),
        });
        put_json(place, &document)?;
        if place == std::path::Path::new("-") {
            return Ok(());
        }
    }
    print(&format!(
        "{:>9} {:>9} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "rate/s", "requests", "errors", "reached", "p50 ms", "p90 ms", "p95 ms", "p99 ms", "max ms"
    ));
    for result in results {
        let latency = |part: f64| {
            result
                .quantile(part)
                .map_or_else(|| "–".to_owned(), |found| format!("{:.1}", 1e3 * found.seconds))
        };
        let [p50, p90, p95, p99] = PARTS.map(latency);
        let longest =
            result.latencies.last().map_or_else(|| "–".to_owned(), |last| format!("{:.1}", 1e3 * last));
        let errors = format!("{:.2} %", 100.0 * result.error_rate().share());
        print(&format!(
            "{:>9} {:>9} {errors:>8} {:>9.1} {p50:>9} {p90:>9} {p95:>9} {p99:>9} {longest:>9}",
            result.rate, result.requests, result.reached
        ));
        for (text, count) in result.errors.iter().take(SHOWN) {
            print(&format!("          {count} x {text}"));
        }
        if result.late > 0 {
            print(&format!(
                "          {} waited for one of {} connections",
                counted(result.late, "request"),
                args.connections
            ));
        }
    }
    match found {
        Saturation { held, failed: Some(failed) } => {
            let held = held.map_or_else(String::new, |held| format!("above {held} and "));
            print(&format!("saturated {held}at or below {failed} requests a second"));
        }
        Saturation { held: Some(held), failed: None } => {
            print(&format!("not saturated at {held} requests a second"));
        }
        Saturation { held: None, failed: None } => {}
    }
    Ok(())
}

fn stage_json(result: &StageResult) -> Value {
    let mut document = json!(result);
    document["error_rate"] = json!(result.error_rate().share());
    document["kept_up"] = json!(result.kept_up());
    document["quantiles"] =
        PARTS.iter().filter_map(|part| result.quantile(*part)).map(|one| json!(one)).collect();
    document["longest"] = json!(result.latencies.last());
    document
}
