//! Everything that can be chosen from the palette and the menu: the entries of the table, and what the open project, the
//! catalog of transforms and the other families add to them.

use std::path::Path;

use crate::app::App;
use crate::app::command::Command;
use crate::app::explore::attack::AttackStep;
use crate::app::explore::command::ExploreCommand;
use crate::app::label::command::LabelCommand;
use crate::app::model::command::ModelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::replay::tiles::TileCommand;
use crate::app::samples::SAMPLES;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::entries;
use crate::app::table::entry::Entry;
use crate::app::table::shortcut::Shortcut;
use crate::app::workspace::Workspace;
use crate::base::remote::Address;
use crate::base::text::quoted;
use crate::claims;
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::clip::ChannelKind;
use crate::data::input::Medium;
use crate::data::prediction::Task;
use crate::inference::BACKENDS;
use crate::robustness::attacks::{AttackKind, KINDS};
use crate::transforms::presets::Family;

/// Something that can be chosen.
#[derive(Clone)]
pub struct Choice {
    /// The heading under which it is listed.
    pub group: &'static str,
    /// Its name, for people.
    pub title: String,
    /// One sentence about it, searched too; "" for none.
    pub about: &'static str,
    /// Its first key as people write it; "" for none.
    pub key: String,
    /// Effect of the choice.
    pub effect: Effect,
}

/// Effect of a choice.
#[derive(Clone)]
pub enum Effect {
    /// An entry of the table.
    Entry(&'static Entry),
    /// Commands of the program.
    Run(Vec<Command>),
}

impl Choice {
    fn new(group: &'static str, title: impl Into<String>, commands: impl Into<Vec<Command>>) -> Self {
        let effect = Effect::Run(commands.into());
        Self { group, title: title.into(), about: "", key: String::new(), effect }
    }

    fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }
}

/// The entries of the table that can be chosen.
pub fn from_table() -> impl Iterator<Item = Choice> {
    entries().filter(|entry| entry.can_be_chosen()).map(|entry| Choice {
        group: entry.group,
        title: entry.title.to_owned(),
        about: "",
        key: entry.keys.first().map(Shortcut::text).unwrap_or_default(),
        effect: Effect::Entry(entry),
    })
}

/// Everything that can be chosen now.
pub fn all(app: &App) -> Vec<Choice> {
    let mut choices: Vec<Choice> = from_table().collect();
    choices.extend(transforms(app));
    choices.extend(attacks(app));
    choices.extend(expectations(app));
    choices.extend(presets(app));
    choices.extend(words(app));
    choices.extend(recordings(app));
    choices.extend(suites(app));
    choices.extend(BACKENDS.iter().map(|kind| {
        let command = Command::Model(ModelCommand::Backend(kind.id.to_owned()));
        Choice::new("Backend", format!("Run the model with {}", kind.title), [command])
    }));
    choices.extend(SAMPLES.iter().map(|sample| {
        let command = Command::Open(OpenCommand::Sample(sample.id.to_owned()));
        Choice::new("Sample", format!("Open the sample {}", sample.title), [command]).about(sample.summary)
    }));
    choices.extend(app.session.layouts.iter().map(|layout| {
        let command = Command::Tiles(TileCommand::Layout(layout.name.clone()));
        Choice::new("Views", format!("Layout {}", quoted(&layout.name)), [command])
    }));
    choices.extend(app.session.recent.iter().map(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let command = Command::Open(OpenCommand::Paths(vec![path.clone()]));
        Choice::new("Recent project", format!("Open {name}"), [command])
    }));
    choices
}

/// Opening of what lies at an address that somebody typed: `s3://bucket/drive.mcap`.
pub fn of_address(typed: &str) -> Option<Choice> {
    let typed = typed.trim();
    // Only once there is more than a scheme: what is secret of a half-typed address is not kept.
    let address = typed.contains("://").then(|| Address::of(Path::new(typed))).flatten()?;
    let command = Command::Open(OpenCommand::Paths(vec![address.path()]));
    Some(Choice::new("Address", format!("Open {address}"), [command]))
}

/// Every transform for the medium on screen, added to the stack and shown.
fn transforms(app: &App) -> impl Iterator<Item = Choice> {
    let medium = app.open.medium();
    app.open.models.catalog.kinds().filter(move |kind| kind.medium() == medium).map(|kind| {
        let add = Command::Explore(ExploreCommand::Add(kind.id.to_owned()));
        let commands = [add, Command::Show(Workspace::Explore)];
        Choice::new("Transform", kind.title, commands).about(kind.summary)
    })
}

/// Every attack that can run on the loaded model.
fn attacks(app: &App) -> impl Iterator<Item = Choice> {
    let images = app.open.models.loaded.is_some() && app.open.medium() == Medium::Image;
    let fits =
        |kind: &AttackKind| app.open.attack_support().is_none_or(|known| known.problem(kind).is_none());
    KINDS.iter().copied().filter(move |kind| images && fits(kind)).map(|kind| {
        let attack = Command::Explore(ExploreCommand::Attack(Some(AttackStep::new(kind))));
        Choice::new("Attack", kind.title, [attack, Command::Show(Workspace::Explore)]).about(kind.summary)
    })
}

/// Every expectation about the task of the model that needs nothing to be named.
fn expectations(app: &App) -> impl Iterator<Item = Choice> {
    let task = app.open.models.loaded.as_ref().map_or(Task::Objects, |model| model.task());
    let plain = |kind: &&claims::ClaimKind| matches!(kind.subject, Subject::None | Subject::Optional);
    let fitting = claims::KINDS.iter().copied().filter(move |kind| kind.about.contains(&task)).filter(plain);
    fitting.map(|kind| {
        let claim = Command::Explore(ExploreCommand::Oracle(ClaimSpec::new(kind.id)));
        let commands = [claim, Command::Show(Workspace::Explore)];
        Choice::new("Expectation", kind.title, commands).about(kind.summary)
    })
}

/// The presets of papers at every level.
fn presets(app: &App) -> Vec<Choice> {
    let size = app.open.explore.changed.as_ref().map_or((224, 224), |compared| compared.original.size());
    let (medium, seed) = (app.open.medium(), app.open.explore.stack.seed);
    let corruptions = Family::corruptions_for(size);
    let mut choices = Vec::new();
    for family in Family::ALL {
        // The tables for large and for thumbnails are alternatives.
        let table = [Family::ImageNetC, Family::CifarC].contains(&family);
        if family.medium() != medium || table && family != corruptions {
            continue;
        }
        for preset in family.presets() {
            for level in 1..=preset.levels() {
                let Some(stack) = preset.stack(level, size, seed) else { continue };
                let title = format!("{} {} {level}", family.title(), preset.name.replace('_', " "));
                let commands =
                    [Command::Explore(ExploreCommand::Use(stack)), Command::Show(Workspace::Explore)];
                choices.push(Choice::new("Preset", title, commands));
            }
        }
    }
    choices
}

/// The tag types and classes of the project by their names.
fn words(app: &App) -> Vec<Choice> {
    let Some(project) = app.project() else { return Vec::new() };
    let tags = project.ontology.tags.iter().enumerate();
    let tags = tags.map(|(at, word)| {
        Choice::new("Tag", format!("Tag {}", word.name), [Command::Label(LabelCommand::Point(at))])
    });
    let classes = project.ontology.classes.iter().map(|word| {
        let command = Command::Label(LabelCommand::Class(word.name.clone()));
        Choice::new("Class", format!("Class {}", word.name), [command])
    });
    tags.chain(classes).collect()
}

/// Other recordings of the project, and signals to plot.
fn recordings(app: &App) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for clip in app.project().map(|project| project.clips.as_slice()).unwrap_or_default() {
        let command = Command::Open(OpenCommand::Clip(clip.name.clone()));
        choices.push(Choice::new("Recording", format!("Show {}", clip.name), [command]));
    }
    let Some(open) = &app.open.clip else { return choices };
    let plotted = open.plotted();
    for (id, signal) in open.info.of_kind(ChannelKind::Signal) {
        let shown = !plotted.contains(&id);
        let title = format!("{} {}", if shown { "Plot" } else { "Do not plot" }, signal.name);
        choices.push(Choice::new("Signal", title, [Command::Plot { signal: signal.name.clone(), shown }]));
    }
    choices
}

/// The suites of the project, and their cases.
fn suites(app: &App) -> Vec<Choice> {
    let Some(project) = app.project() else { return Vec::new() };
    let mut choices = Vec::new();
    for suite in project.suites() {
        let run = Command::Suite(SuiteCommand::Run(suite.clone()));
        let title = format!("Run the suite {suite}");
        choices.push(Choice::new("Suite", title, [run, Command::Show(Workspace::Suites)]));
        for case in project.cases_of(&suite) {
            let open = SuiteCommand::OpenCase { suite: suite.clone(), id: case.id.clone() };
            let title = format!("Open the case {} of {suite}", case.id);
            choices.push(Choice::new("Case", title, [Command::Suite(open)]));
        }
    }
    choices
}
