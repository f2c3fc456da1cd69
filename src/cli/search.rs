//! `hardcase search`: failing transforms found by neuron coverage, beside a random baseline.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::base::files::{sha256_hex, write_atomic};
use crate::base::outputs::{self, Changes};
use crate::base::progress::Progress;
use crate::claims::{self, spec};
use crate::cli::backend::tried;
use crate::cli::{BadArgument, print, print_json, say, threads, with_progress_line};
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::data::time::window::Reach;
use crate::inference::backend::Backend;
use crate::inference::embedded;
use crate::predictions::image_models::first_model;
use crate::project::samples::{Asked, inputs, model_files};
use crate::search::guided::{Search, State};
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// Projects, recordings or images
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The model file, run by the built-in runtime; the project's model if absent
    #[arg(long)]
    model: Option<PathBuf>,
    /// Runs of each of both searches
    #[arg(long = "budget", alias = "tries", value_name = "RUNS", default_value_t = 200)]
    tries: usize,
    /// Random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The claim; the usual relation for the model if absent
    #[arg(long, value_name = "CLAIM")]
    claim: Option<String>,
    /// The class or value that the claim is about
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Assume an unchanged prediction where a transform promises nothing
    #[arg(long)]
    assume_same: bool,
    /// Stride: use every n-th sample
    #[arg(long = "stride", alias = "every", value_name = "N", default_value_t = 1)]
    every: usize,
    /// Output file (JSON); an interrupted search resumes from it
    #[arg(short, long)]
    output: PathBuf,
    /// Discard the results of an earlier run
    #[arg(long)]
    fresh: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Content of the output file.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Identity of the search; another one cannot be resumed.
    about: String,
    guided: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    random: Option<State>,
}

/// Interval at which the state is written.
const OFTEN: usize = 20;

pub(super) fn run(args: &SearchArgs) -> anyhow::Result<ExitCode> {
    let mut catalog = Catalog::default();
    let path = match args.model.clone() {
        Some(model) => Some(model),
        None => first_model(&mut catalog, model_files(&args.inputs)?)?,
    };
    let path = path.ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    let model = tried(&path, &Backend::from(&embedded::KIND))?;
    let oracle = ClaimSpec {
        class: args.class.clone(),
        assume_same: args.assume_same,
        ..ClaimSpec::new(args.claim.as_deref().unwrap_or_else(|| claims::usual(model.task()).id))
    };
    spec::check(&oracle).map_err(|err| BadArgument(err.to_string()))?;
    let asked = Asked {
        every: args.every,
        medium: Some(model.medium()),
        // Any transform may be applied.
        reach: Reach { depth: true, ..model.reach() }.with(&spec::reach(&oracle)),
        ..Asked::default()
    };
    let inputs = inputs(&args.inputs, &asked)?;
    if inputs.is_empty() {
        return Err(BadArgument(format!("no {} were selected", model.medium().title())).into());
    }
    let places: Vec<_> = inputs.iter().map(|s| (&s.clip_name, &s.channel_name, s.frame)).collect();
    let about = json!({ "model": model.identity(), "card": model.card, "inputs": places, "oracle": oracle,
        "seed": args.seed, "version": env!("CARGO_PKG_VERSION") });
    let about = sha256_hex(about.to_string().as_bytes());
    let mut kept = kept(args, about);
    let search =
        Search { catalog: &catalog, inputs: &inputs, model: &model, oracle: &oracle, seed: args.seed };
    // It grows as the search goes on, and is replaced once.
    let place = outputs::named(&args.output)?;
    outputs::note(Changes { replaced: usize::from(place.is_file()), removed: 0 });
    let write = |kept: &Kept| -> anyhow::Result<()> {
        let text = serde_json::to_string(kept)?;
        write_atomic(&place, text.as_bytes())
            .with_context(|| format!("could not write {}", args.output.display()))
    };
    let progress = Progress::default();
    let mut guided = kept.guided.clone();
    with_progress_line("guided", &progress, || {
        search.guided(args.tries, &mut guided, &progress, |state| {
            if !(state.seen + state.tries).is_multiple_of(OFTEN) && state.tries != args.tries {
                return Ok(());
            }
            kept.guided.clone_from(state);
            Ok(write(&kept)?)
        })
    })?;
    kept.guided = guided;
    let progress = Progress::default();
    let mut by_chance = State::default();
    with_progress_line("random", &progress, || {
        search.random(args.tries, &mut by_chance, threads(), &progress, |_| {})
    })?;
    kept.random = Some(by_chance.clone());
    write(&kept)?;
    report(&catalog, args, &inputs, &kept.guided, &by_chance);
    Ok(ExitCode::SUCCESS)
}

/// Results of an earlier run of exactly this search.
fn kept(args: &SearchArgs, about: String) -> Kept {
    let earlier = std::fs::read(&args.output).ok().filter(|_| !args.fresh);
    let earlier = earlier.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
    match earlier.filter(|kept| kept.about == about && kept.guided.tries <= args.tries) {
        Some(kept) => {
            say(&format!("resuming after {} runs", kept.guided.tries));
            kept
        }
        None => Kept { about, guided: State::default(), random: None },
    }
}

fn report(catalog: &Catalog, args: &SearchArgs, inputs: &[RecordedInput], guided: &State, random: &State) {
    if args.json {
        let one = |state: &State| json!({ "tries": state.tries, "violations": state.found.len(), "inputs": state.inputs(), "skipped": state.skipped });
        print_json(&format!(
            "{:#}",
            json!({ "inputs": inputs.len(), "guided": one(guided), "random": one(random),
                "coverage": { "before": guided.begun, "after": guided.covered.share() } })
        ));
        return;
    }
    print(&format!("{:<10} {:>8} {:>12} {:>8} {:>9}", "search", "runs", "failures", "inputs", "skipped"));
    for (name, state) in [("guided", guided), ("random", random)] {
        print(&format!(
            "{name:<10} {:>8} {:>12} {:>8} {:>9}",
            state.tries,
            state.found.len(),
            state.inputs(),
            state.skipped
        ));
    }
    print(&format!(
        "neurons activated: {:.1} % by the original inputs, {:.1} % after the guided search",
        100.0 * guided.begun,
        100.0 * guided.covered.share()
    ));
    print("Coverage is a measure of the search, not of the model");
    for found in guided.found.iter().take(5) {
        let Some(source) = inputs.get(found.input) else { continue };
        print(&format!(
            "  {} {} {}: {}: {}",
            source.clip_name,
            source.channel_name,
            source.frame,
            stack::describe(catalog, &found.stack),
            found.why
        ));
    }
    say(&format!("results: {}", args.output.display()));
}
