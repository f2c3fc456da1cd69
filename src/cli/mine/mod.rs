//! `hardcase mine`: what happened in recordings that nobody tagged.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::base::text::counted;
use crate::cli::backend::BackendArgs;
use crate::cli::sweep::shard::Share;
use crate::cli::{BadArgument, print, say, threads};
use crate::clips::Clip;
use crate::mining::finding::Finding;
use crate::mining::kept::{self, FinderResult, Kept, Recorded};
use crate::mining::questions::check_name;
use crate::mining::run::{Mined, alternating};
use crate::mining::tags;
use crate::project::edit::Edit;
use crate::tracks::ego::EgoShape;
use crate::tracks::scene::SceneTerms;

mod asked;
mod like;
mod list;
mod mining;
mod output;
pub(super) mod recordings;
pub(super) mod shards;

use mining::{Mining, models};
use recordings::{Places, Recording};

pub(super) use asked::question;

const EXAMPLES: &str = "\
Examples:
  hardcase mine drive.mcap
  hardcase mine my_project --ask 'any(track.class(\"person\") and crossing(ego) and ttc(ego) < 2)'
  hardcase mine my_project --ask 'then(signal(\"brake\") > 0.3, stationary(3), 5)' --save-question full_stop
  hardcase mine my_project --since-last --tags -o findings.parquet";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
pub(super) struct MineArgs {
    /// Projects, recordings, or folders of recordings
    #[arg(required_unless_present = "list")]
    places: Vec<PathBuf>,
    /// Only these finders, with thresholds: `class_flip`, `near_collision:ttc=2`; a saved question by its name, a scenario type
    /// of nuPlan, or all of those: `nuplan`. May be repeated. All cheap finders and all saved questions if absent
    #[arg(long = "finder", value_name = "ID[:NAME=VALUE,…]")]
    finders: Vec<String>,
    /// Only what this question is true of, in words of the reference's page on questions; or a saved question or scenario type by
    /// its name. May be repeated
    #[arg(long, value_name = "QUESTION")]
    ask: Vec<String>,
    /// Save the question of --ask under this name in the project: from then on it is a finder
    #[arg(long, value_name = "NAME", requires = "ask")]
    save_question: Option<String>,
    /// Propose questions that are true of what bears this tag in the project, with their precision on its recordings
    #[arg(long, value_name = "TAG", conflicts_with_all = ["ask", "finders"])]
    like: Option<String>,
    /// Model for finders that run one on every image; may be repeated for those that compare several
    #[arg(long, value_name = "FILE")]
    model: Vec<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Also finders that decode images and scans
    #[arg(long)]
    samples: bool,
    /// Only faults of sensors and of the recorder
    #[arg(long)]
    sensors: bool,
    /// Only boxes of this channel
    #[arg(long, value_name = "CHANNEL")]
    source: Option<String>,
    /// Extent of the vehicle in meters: length, width, distance of its middle ahead of the rear axle
    #[arg(long, value_name = "L,W,AHEAD")]
    ego: Option<EgoShape>,
    /// Write the findings to a file: .jsonl, .parquet or .csv, one a line, or .mcap, to be laid over the recording in Lichtblick
    /// or Foxglove
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Add the findings to the project as tags, as one step that can be undone
    #[arg(long)]
    tags: bool,
    /// Write the findings as tags in `OpenLABEL`: a file, or a folder where there are several recordings
    #[arg(long, value_name = "PATH")]
    openlabel: Option<PathBuf>,
    /// Mine only recordings of the project that are new or changed since this was mined last; findings of the others are kept in
    /// the output and counted by --fail-on
    #[arg(long)]
    since_last: bool,
    /// Discard the unfinished results of an earlier run, and a damaged file of results
    #[arg(long)]
    fresh: bool,
    /// List finders, saved questions and scenario types
    #[arg(long)]
    list: bool,
    /// End with 1 if there is a finding like this: "severity>0.8"
    #[arg(long, value_name = "CONDITION")]
    fail_on: Option<FailOn>,
    /// This part of the recordings, from 1: "2/8", or "auto", from the environment of Kubernetes, AWS Batch or Slurm; write it to
    /// a .jsonl file, and merge all of them by "hardcase merge"
    #[arg(long, value_name = "I/N", requires = "output", conflicts_with_all = ["since_last", "tags", "like", "save_question"])]
    shard: Option<Share>,
    /// Recordings and finders read concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
}

/// Form in which results are kept; those of another form are mined again.
const FORM: u32 = 2;

/// Severity from which a run fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct FailOn {
    above: f64,
}

impl std::str::FromStr for FailOn {
    type Err = BadArgument;

    fn from_str(text: &str) -> Result<Self, BadArgument> {
        let rest = text.trim().strip_prefix("severity").map(str::trim_start);
        let number = rest.and_then(|rest| rest.strip_prefix('>')).and_then(|rest| rest.trim().parse().ok());
        let above = number.filter(|above: &f64| (0.0..=1.0).contains(above));
        above
            .map(|above| Self { above })
            .ok_or_else(|| BadArgument(format!("{text:?} is no condition, expected one like severity>0.8")))
    }
}

pub(super) fn run(args: &MineArgs) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.output {
        output::check(path)?;
    }
    let mut places = Places::read(&args.places)?;
    if args.list {
        list::run(&places);
        return Ok(ExitCode::SUCCESS);
    }
    check(args, &places)?;
    if let Some(tag) = &args.like {
        return like::run(&places, tag, &terms(args));
    }
    if let (Some(name), [text, ..]) = (&args.save_question, args.ask.as_slice()) {
        save(&mut places, name, text)?;
    }
    let shard = shard(args, &mut places)?;
    let threads = args.jobs.unwrap_or_else(threads).max(1);
    let mining = Mining { args, terms: terms(args), threads, models: models(args)? };
    let stores = stores(args, &places)?;
    // Findings with the project of their recording, and those of recordings that are left out.
    let mut all: Vec<(Option<usize>, Finding)> = Vec::new();
    let mut earlier: Vec<Finding> = Vec::new();
    let mut plans = Vec::new();
    let mut resumed = 0;
    for recording in &places.recordings {
        let store = stores.iter().find(|(project, _)| *project == recording.project).map(|(_, store)| store);
        let asked = mining.asked(&places, recording)?;
        let plan = mining.plan(&asked);
        let identity = store.map(|_| places.identity(recording)).transpose()?;
        let kept = match (store, &identity) {
            (Some(store), Some(identity)) => store.get(&plan, identity)?,
            _ => None,
        };
        let known = match kept {
            Some((found, true)) if args.since_last => {
                let findings = found.results.into_iter().flat_map(|result| result.findings);
                let before = earlier.len();
                earlier.extend(findings);
                let count = counted(earlier.len() - before, "finding");
                say(&format!("{}: mined before, left out ({count})", recording.name));
                continue;
            }
            Some((found, false)) => {
                resumed += 1;
                Some(found)
            }
            _ => None,
        };
        let found = match known {
            Some(found) if args.openlabel.is_none() => found,
            known => {
                let clip = places.open(recording);
                let clip =
                    clip.with_context(|| format!("the recording {:?} cannot be opened", recording.name))?;
                let found = match known {
                    Some(found) => found,
                    None => mining.mined(&*clip, &recording.name, &asked)?,
                };
                if let Some(path) = &args.openlabel {
                    open_label(path, &places, recording, &clip, &found.results)?;
                }
                found
            }
        };
        if let (Some(store), Some(identity)) = (store, &identity) {
            store.put(&plan, identity, &found)?;
            plans.push((recording.project, plan));
        }
        told(args, &recording.name, &found);
        let findings = found.results.into_iter().flat_map(|result| result.findings);
        all.extend(findings.map(|finding| (recording.project, finding)));
    }
    if resumed > 0 {
        say(&format!("{} taken from a run that did not end", counted(resumed, "recording")));
    }
    let before = match earlier.len() {
        0 => String::new(),
        count => format!(", and {} of before in recordings that were left out", counted(count, "finding")),
    };
    print(&format!("{}{before}", counted(all.len(), "finding")));
    if let Some(path) = &args.output {
        let whole: Vec<&Finding> = earlier.iter().chain(all.iter().map(|(_, finding)| finding)).collect();
        if output::is_overlay(path) {
            output::overlay(path, &places, &whole)?;
        } else {
            output::write(path, &whole)?;
        }
    }
    if let (Some(shard), Some(path)) = (shard, &args.output) {
        shard.note(path)?;
    }
    if args.tags {
        tag(&mut places, &all)?;
    }
    ended(stores, &plans)?;
    let mut whole = earlier.iter().chain(all.iter().map(|(_, finding)| finding));
    let failed = args.fail_on.is_some_and(|limit| whole.any(|finding| finding.severity > limit.above));
    Ok(ExitCode::from(u8::from(failed)))
}

/// Leaves the recordings of the shard in the places, where one is given.
fn shard(args: &MineArgs, places: &mut Places) -> Result<Option<shards::Shard>, BadArgument> {
    let Some(share) = args.shard else { return Ok(None) };
    if args.output.as_ref().is_some_and(|path| path.extension().is_none_or(|ending| ending != "jsonl")) {
        let what = "the findings of a shard are written to a .jsonl file; hardcase merge makes the others of all shards";
        return Err(BadArgument(what.to_owned()));
    }
    shards::Shard::take(share, &options(args), places).map(Some)
}

/// Every option that decides about findings, as text.
fn options(args: &MineArgs) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {} {} {:?} {:?}",
        args.finders, args.ask, args.model, args.backend, args.samples, args.sensors, args.source, args.ego
    )
}

fn terms(args: &MineArgs) -> SceneTerms {
    SceneTerms { shape: args.ego.unwrap_or_default(), ..SceneTerms::default() }
}

/// Refuses options that need a project or a single question.
fn check(args: &MineArgs, places: &Places) -> Result<(), BadArgument> {
    let no_project = places.projects.is_empty();
    for (given, option) in [
        (args.since_last, "--since-last"),
        (args.tags, "--tags"),
        (args.like.is_some(), "--like"),
        (args.save_question.is_some(), "--save-question"),
    ] {
        if given && no_project {
            return Err(BadArgument(format!("{option} needs a project, none is named")));
        }
    }
    if let Some(name) = &args.save_question {
        check_name(name).map_err(|err| BadArgument(err.to_string()))?;
        if args.ask.len() > 1 {
            return Err(BadArgument("--save-question takes one --ask at a time".to_owned()));
        }
    }
    Ok(())
}

/// Saves a question in every project.
fn save(places: &mut Places, name: &str, text: &str) -> anyhow::Result<()> {
    for editor in &mut places.projects {
        let text = question(text, Some(editor.project()))?.question.text().to_owned();
        let edit = Edit::SetQuestion { name: name.to_owned(), text: Some(text) };
        editor.commit(&format!("Save question {name}"), edit)?;
        say(&format!("saved question {name} in {}", editor.project().name));
    }
    Ok(())
}

/// Says what was found, what was looked at and what was not.
fn told(args: &MineArgs, name: &str, found: &Recorded) {
    print(&format!("{name}, {}", found.range.span()));
    for finding in alternating(found.results.iter().map(|result| result.findings.as_slice())) {
        let at = finding.peak - found.range.start;
        print(&format!("  {:.2}  {at}  {:<16} {}", finding.severity, finding.finder, finding.sentence));
    }
    let few = !args.finders.is_empty() || !args.ask.is_empty();
    for result in &found.results {
        if few && !result.looked_at.is_empty() {
            print(&format!("  {} looked at {}", result.id, result.looked_at.join(", ")));
        }
        for why in &result.not_looked_at {
            say(&format!("{name}: {} did not look: {why}", result.id));
        }
    }
}

/// Stores of results: one for each project, and one beside the output for everything else.
fn stores(args: &MineArgs, places: &Places) -> anyhow::Result<Vec<(Option<usize>, Kept)>> {
    let mut all = Vec::new();
    for (at, editor) in places.projects.iter().enumerate().filter(|(_, editor)| !editor.read_only()) {
        all.push((Some(at), Kept::open(&editor.project().folder.join(kept::FILE), args.fresh)?));
    }
    let beside = args.output.as_deref().map(part_of);
    if let Some(path) = beside.filter(|_| places.recordings.iter().any(|of| of.project.is_none())) {
        all.push((None, Kept::open(&path, args.fresh)?));
    }
    Ok(all)
}

fn part_of(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    output.with_file_name(name)
}

/// The run came to its end.
fn ended(stores: Vec<(Option<usize>, Kept)>, plans: &[(Option<usize>, String)]) -> anyhow::Result<()> {
    for (project, store) in stores {
        for (_, plan) in plans.iter().filter(|(own, _)| *own == project) {
            store.tell(plan)?;
        }
        if project.is_none() {
            store.remove().context("could not remove the unfinished results")?;
        }
    }
    Ok(())
}

fn open_label(
    path: &Path,
    places: &Places,
    recording: &Recording,
    clip: &Arc<dyn Clip>,
    results: &[FinderResult],
) -> anyhow::Result<()> {
    let findings: Vec<Finding> = results.iter().flat_map(|result| result.findings.clone()).collect();
    let path = match places.recordings.as_slice() {
        [_] => path.to_owned(),
        _ => path.join(format!("{}.json", crate::base::files::slug(&recording.name))),
    };
    output::open_label(&path, &recording.name, &**clip, &findings)
}

/// Adds findings to their projects as tags.
fn tag(places: &mut Places, findings: &[(Option<usize>, Finding)]) -> anyhow::Result<()> {
    for (at, editor) in places.projects.iter_mut().enumerate() {
        let own: Vec<Finding> = findings
            .iter()
            .filter(|(project, _)| *project == Some(at))
            .map(|(_, finding)| finding.clone())
            .collect();
        let mut count = 0;
        editor.commit_again("Tag findings", |project| {
            let (edit, number) = tags::edit(project, &own);
            count = number;
            edit
        })?;
        say(&format!("{} added to {}", counted(count, "tag"), editor.project().name));
    }
    Ok(())
}

/// Only findings about a channel of boxes, where one is named.
fn only(mut mined: Mined, source: Option<&str>) -> Mined {
    if let Some(source) = source {
        mined.found.findings.retain(|finding| finding.channels.iter().any(|channel| channel == source));
    }
    mined
}
