//! Writes the labels and suites of the sample projects, with the same commands that a person's clicks
//! send: `cargo run --release --example make_samples`. The same models and recordings give the same files.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use hardcase::app::command::{Command, ExploreCommand, LabelCommand, OpenCommand, PlayCommand, SuiteCommand};
use hardcase::app::notices::Level;
use hardcase::app::session::Session;
use hardcase::app::{App, Workspace};
use hardcase::base::time::{Span, Time};
use hardcase::data::cases::case::OracleSpec;
use hardcase::data::prediction::Prediction;
use hardcase::transforms::catalog::BUILT_IN;

fn main() -> anyhow::Result<()> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects");
    street(&samples.join("street"))?;
    traffic_lights(&samples.join("traffic_lights"))
}

fn street(folder: &Path) -> anyhow::Result<()> {
    let mut app = open(folder)?;
    // What happens on this street, by watching it.
    tag(&mut app, 1, 4.0, Some(15.0), "five people on the path")?;
    tag(&mut app, 2, 21.5, Some(24.0), "two people behind the lamp post")?;
    tag(&mut app, 5, 10.0, None, "the cloth on the grass is taken for a bird")?;
    tag(&mut app, 0, 30.0, None, "")?;
    send(&mut app, Command::Show(Workspace::Explore))?;
    send(&mut app, Command::Suite(SuiteCommand::Active("street".to_owned())))?;
    let cases = [
        (100, "brightness:25", "A cloud leaves the sun"),
        (100, "fog:0.2", "Morning haze"),
        (100, "mirror", "The same street from the other side"),
        (300, "gaussian_blur:0.8", "A lens slightly out of focus"),
        (300, "contrast:1.15", "Harder light"),
        (100, "fog:0.7", "Thick fog hides people: a known limit"),
        (300, "rotate:6", "A camera knocked askew"),
        (500, "gaussian_noise:60", "A sensor at night"),
    ];
    for (frame, stack, why) in cases {
        keep(&mut app, frame, stack, OracleSpec::new("same_objects"), why)?;
    }
    send(&mut app, Command::Play(PlayCommand::SeekFrame(100)))?;
    send(&mut app, Command::Explore(ExploreCommand::Clear))?;
    let bird = match &app.explore.outcome {
        Some(Ok(outcome)) => match &outcome.after {
            Prediction::Objects { objects } => objects.iter().find(|object| object.class == "bird").cloned(),
            Prediction::Classes { .. }
            | Prediction::Values { .. }
            | Prediction::Segments { .. }
            | Prediction::Vector { .. } => None,
        },
        _ => None,
    };
    let bird = bird.context("the detector no longer sees a bird on picture 100")?;
    let oracle = OracleSpec {
        class: Some("bird".to_owned()),
        region: Some(bird.bbox),
        ..OracleSpec::new("no_object")
    };
    keep(&mut app, 100, "", oracle, "It is a cloth on the grass, not a bird")?;
    finish(&mut app, folder, "street")
}

fn traffic_lights(folder: &Path) -> anyhow::Result<()> {
    let mut app = open(folder)?;
    send(&mut app, Command::Show(Workspace::Explore))?;
    send(&mut app, Command::Suite(SuiteCommand::Active("lights".to_owned())))?;
    let is = |class: &str| OracleSpec { class: Some(class.to_owned()), ..OracleSpec::new("class_is") };
    let cases = [
        (0, "brightness:30", is("red"), "A red light in bright sun stays red"),
        (0, "gaussian_noise:30", is("red"), "A red light at night stays red"),
        (2, "mirror", is("green"), "A mirrored light keeps its color"),
        (2, "gaussian_blur:1.5", is("green"), "A green light out of focus stays green"),
        (1, "fog:0.3", is("yellow"), "A yellow light in haze stays yellow"),
        (0, "contrast:0.3,brightness:-20", is("red"), "A red light at dusk must never become green"),
        (0, "fog:0.9", is("red"), "A red light in thick fog must never become green"),
        (1, "brightness:150", is("yellow"), "A yellow light against the low sun"),
        (
            2,
            "gaussian_noise:100",
            OracleSpec::new("same_class"),
            "A green light at the end of a sensor's life",
        ),
        (6, "rotate:25", OracleSpec::new("same_class"), "A light on a bent pole"),
    ];
    for (frame, stack, oracle, why) in cases {
        keep(&mut app, frame, stack, oracle, why)?;
    }
    finish(&mut app, folder, "lights")
}

fn open(folder: &Path) -> anyhow::Result<App> {
    for left in ["labels.db", "labels.db-wal", "labels.db-shm", "labels.json"] {
        match std::fs::remove_file(folder.join(left)) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(err.into()),
            _ => {}
        }
    }
    let mut app = App::new(Session::load_from(None), Arc::new(|| {}));
    app.models.only_when_asked = true;
    send(&mut app, Command::Open(OpenCommand::Paths(vec![folder.to_owned()])))?;
    Ok(app)
}

fn tag(app: &mut App, kind: usize, start: f64, end: Option<f64>, note: &str) -> anyhow::Result<()> {
    send(app, Command::Play(PlayCommand::Seek(Time::from_secs(start))))?;
    send(app, Command::Label(LabelCommand::Point(kind)))?;
    let made =
        app.labelling.tag().and_then(|id| app.project()?.tag(id)).cloned().context("the tag is there")?;
    let end = end.map(|end| app.playback.range.start + Span::from_secs(end));
    send(
        app,
        Command::Label(LabelCommand::SetTag(hardcase::data::labels::tag::Tag {
            end,
            note: note.to_owned(),
            ..made
        })),
    )
}

fn keep(app: &mut App, frame: usize, stack: &str, oracle: OracleSpec, why: &str) -> anyhow::Result<()> {
    send(app, Command::Play(PlayCommand::SeekFrame(frame)))?;
    send(app, Command::Explore(ExploreCommand::Clear))?;
    let stack = hardcase::transforms::stack::parse(&BUILT_IN, stack, 1)?;
    for (position, entry) in stack.transforms.iter().enumerate() {
        send(app, Command::Explore(ExploreCommand::Add(entry.transform.clone())))?;
        for (param, value) in &entry.params.0 {
            let (param, value) = (param.clone(), *value);
            send(app, Command::Explore(ExploreCommand::Set { position, param, value }))?;
        }
    }
    send(app, Command::Explore(ExploreCommand::Seed(stack.seed)))?;
    send(app, Command::Explore(ExploreCommand::Oracle(oracle)))?;
    send(app, Command::Suite(SuiteCommand::Keep { why: why.to_owned() }))
}

fn finish(app: &mut App, folder: &Path, suite: &str) -> anyhow::Result<()> {
    send(app, Command::Suite(SuiteCommand::Export { suite: suite.to_owned(), folder: None }))?;
    send(app, Command::Label(LabelCommand::Snapshot))?;
    send(app, Command::Open(OpenCommand::Close))?;
    for left in ["labels.db", "labels.db-wal", "labels.db-shm"] {
        match std::fs::remove_file(folder.join(left)) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(err.into()),
            _ => {}
        }
    }
    Ok(())
}

fn send(app: &mut App, command: Command) -> anyhow::Result<()> {
    app.dispatch(command);
    app.settle(3);
    match app.notices.fresh().into_iter().find(|notice| notice.level == Level::Error) {
        Some(notice) => bail!(notice.text),
        None => Ok(()),
    }
}
