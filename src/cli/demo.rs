//! `hardcase demo`: the whole loop on the street sample without a window, with the same commands that
//! the window sends.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use clap::Args;

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::label::command::LabelCommand;
use crate::app::notices::Level;
use crate::app::open::command::OpenCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::session::Session;
use crate::app::suites::command::SuiteCommand;
use crate::app::{App, Workspace};
use crate::base::progress::Progress;
use crate::base::temporary;
use crate::cli::{print, say};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::Prediction;
use crate::search::curve::Tipping;
use crate::suites::bundle::ModelPlace;
use crate::suites::hosted::{Hosts, Setup};
use crate::suites::limits::CaseLimits;
use crate::suites::run::Effort;
use crate::suites::select::Selection;

#[derive(Debug, Default, Args)]
pub(super) struct DemoArgs {
    /// Working folder; one in the system's temporary folder if absent.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// The frame on which the detector takes a cloth for a bird.
const FRAME: usize = 100;

pub(super) fn run(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let home = match &args.output {
        Some(folder) => folder.clone(),
        None => temporary::demo_folder()?,
    };
    let mut app = App::new(Session::load_from(Some(home.clone())), Arc::new(|| {}));
    // Predictions along the whole recording are not needed here.
    app.only_when_asked = true;
    say("1 of 5: opening the street recording and the detector");
    send(&mut app, Command::Open(OpenCommand::Sample("street".to_owned())))?;
    say("2 of 5: tagging");
    send(&mut app, Command::Play(PlayCommand::SeekFrame(FRAME)))?;
    send(&mut app, Command::Label(LabelCommand::Point(0)))?;
    say("3 of 5: finding the tipping points of fog, rotation and noise");
    send(&mut app, Command::Show(Workspace::Explore))?;
    send(&mut app, Command::Suite(SuiteCommand::Active("demo".to_owned())))?;
    for transform in ["fog", "rotate", "gaussian_noise"] {
        send(&mut app, Command::Explore(ExploreCommand::Clear))?;
        send(&mut app, Command::Explore(ExploreCommand::Add(transform.to_owned())))?;
        send(&mut app, Command::Explore(ExploreCommand::FindTipping))?;
        settle(&mut app)?;
        report_tipping(&app, transform);
        send(&mut app, Command::Suite(SuiteCommand::Keep { why: String::new() }))?;
    }
    say("4 of 5: saving an obvious error as a test case");
    send(&mut app, Command::Explore(ExploreCommand::Clear))?;
    settle(&mut app)?;
    keep_stranger(&mut app)?;
    say("5 of 5: exporting the suite and running it as CI would");
    let folder = home.join("demo_suite");
    send(
        &mut app,
        Command::Suite(SuiteCommand::Export {
            suite: "demo".to_owned(),
            folder: Some(folder.clone()),
            model: ModelPlace::Named,
        }),
    )?;
    settle(&mut app)?;
    let model = app.open.models.loaded.as_ref().ok_or_else(|| anyhow!("the sample's model did not load"))?;
    let suite = crate::suites::files::read(&folder)?;
    // In processes of their own under the usual limits, as `hardcase test` does.
    let progress = Progress::default();
    let setup = Setup::of(&suite, model.path.clone(), &model.backend);
    let hosts = Hosts::start(setup, CaseLimits::default().of_one(), &progress).map_err(|err| anyhow!(err))?;
    let results = hosts.run(&suite, &Selection::default(), Effort::once(super::threads()), &progress);
    let report = crate::suites::report::report_of(&app.open.models.catalog, model, &folder, &suite, results);
    let index = crate::reports::html::write(&report, &home.join("report"))?;
    let counts = report.counts();
    print(&counts.line());
    print(&format!("suite:  {}", folder.display()));
    print(&format!("again:  hardcase test {} --model {}", folder.display(), model.path.display()));
    print(&format!("report: {}", index.display()));
    if args.output.is_none() {
        say(
            "the folder stays until you remove it; `hardcase doctor --clean` does; name one with --output to keep it elsewhere",
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Send a command and stop if it brought an error.
fn send(app: &mut App, command: Command) -> anyhow::Result<()> {
    app.dispatch(command);
    settle(app)
}

fn settle(app: &mut App) -> anyhow::Result<()> {
    app.settle(3);
    match app.notices.fresh().into_iter().find(|notice| notice.level == Level::Error) {
        Some(notice) => bail!(notice.text),
        None => Ok(()),
    }
}

fn report_tipping(app: &App, transform: &str) {
    match &app.open.explore.tipping {
        Some(Tipping::Breaks { strength, why, .. }) => {
            say(&format!("   {transform} fails at {strength:.3}: {why}"));
        }
        Some(Tipping::Holds { up_to, .. }) => say(&format!("   {transform} passes up to {up_to}")),
        Some(Tipping::BrokenAtStart { why }) => say(&format!("   fails without {transform}: {why}")),
        None => say(&format!("   {transform} could not be varied")),
    }
}

/// Save an error that a person would not make: a bird on this street.
fn keep_stranger(app: &mut App) -> anyhow::Result<()> {
    let outcome = match &app.open.explore.outcome {
        Some(Ok(outcome)) => outcome.clone(),
        Some(Err(problem)) => bail!("{problem}"),
        None => bail!("the detector made no prediction"),
    };
    let Prediction::Objects { objects } = &outcome.after else {
        bail!("the sample's model detects no objects")
    };
    let Some(bird) = objects.iter().find(|object| object.class == "bird") else {
        say("   the detector finds no bird in this frame");
        return Ok(());
    };
    let oracle = crate::data::cases::case::ClaimSpec {
        class: Some("bird".to_owned()),
        region: Some(bird.bbox),
        ..crate::data::cases::case::ClaimSpec::new("no_object")
    };
    send(app, Command::Explore(ExploreCommand::Oracle(oracle)))?;
    if let Some(Ok(outcome)) = &app.open.explore.outcome
        && let Verdict::Fail { why } = &outcome.verdict
    {
        say(&format!("   {why}"));
    }
    send(app, Command::Suite(SuiteCommand::Keep { why: "It is a cloth on the grass".to_owned() }))
}
