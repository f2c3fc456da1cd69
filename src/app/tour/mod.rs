//! The tour: five steps on a sample, each done by whoever takes it or shown by the real commands.

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::label::command::LabelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::tour::command::TourCommand;
use crate::app::{App, Workspace};

pub mod command;

/// The sample that the tour is about.
const SAMPLE: &str = "traffic_lights";

/// One step.
pub struct Step {
    /// Title of the step.
    pub title: &'static str,
    /// The way to do it by hand, with its keys.
    pub text: &'static str,
    /// True once it was done.
    pub done: fn(&App) -> bool,
    /// Commands that do it.
    commands: fn(&App) -> Vec<Command>,
}

/// The steps, in order.
pub static STEPS: &[Step] = &[
    Step {
        title: "Open a recording with a model",
        text: "The sample Traffic lights has 80 frames and a model that tells red, yellow and green. Your own files open by dropping them on \
               the window.",
        done: |app| app.project().is_some() && app.open.clip.is_some() && app.open.models.loaded.is_some(),
        commands: |_| vec![Command::Open(OpenCommand::Sample(SAMPLE.to_owned()))],
    },
    Step {
        title: "Tag a moment while it plays",
        text: "Space plays, keys 1 to 9 tag what you see. I and O mark an interval. Every tag is saved at once, Ctrl+Z takes it back.",
        done: |app| app.project().is_some_and(|project| !project.tags.is_empty()),
        commands: |app| {
            let mut commands = vec![Command::Show(Workspace::Label)];
            if !app.open.playback.playing {
                commands.push(Command::Play(PlayCommand::SeekFrame(1)));
            }
            commands.push(Command::Label(LabelCommand::Point(3)));
            commands
        },
    },
    Step {
        title: "Change the frame and watch the model",
        text: "Explore (Ctrl+2) adds transforms: choose Brightness and drag its slider. Original and transformed predictions stand side \
               by side, with a verdict and its reason.",
        done: |app| app.workspace == Workspace::Explore && app.open.explore.stack.active().next().is_some(),
        commands: |_| {
            vec![
                Command::Show(Workspace::Explore),
                Command::Explore(ExploreCommand::Clear),
                Command::Explore(ExploreCommand::Add("brightness".to_owned())),
                Command::Explore(ExploreCommand::Set { position: 0, param: "bias".to_owned(), value: 150.0 }),
            ]
        },
    },
    Step {
        title: "Save it as a test case",
        text: "K saves frame, transforms and expectation as a case of a suite. It becomes plain files that git can hold.",
        done: |app| app.open.suites.selected.is_some(),
        commands: |_| vec![Command::Suite(SuiteCommand::Keep { why: "seen in the tour".to_owned() })],
    },
    Step {
        title: "Run the suite",
        text: "Suites (Ctrl+4) runs every case and exports the suite; \"hardcase test\" runs it in any CI, with images of what failed.",
        done: |app| app.workspace == Workspace::Suites && !app.open.suites.verdicts.is_empty(),
        commands: |app| {
            let suite = app.open.suites.active.clone();
            vec![Command::Show(Workspace::Suites), Command::Suite(SuiteCommand::Run(suite))]
        },
    },
];

/// The tour while it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tour {
    /// Position of the step.
    pub step: usize,
}

impl App {
    pub(super) fn change_tour(&mut self, command: TourCommand) {
        let at = self.tour.map(|tour| tour.step);
        match (command, at) {
            (TourCommand::Start, _) => self.tour = Some(Tour { step: 0 }),
            (TourCommand::Do, Some(at)) => {
                let commands = STEPS.get(at).map(|step| (step.commands)(self)).unwrap_or_default();
                self.dispatch_all(commands);
            }
            (TourCommand::Next, Some(at)) => {
                self.tour = (at + 1 < STEPS.len()).then_some(Tour { step: at + 1 });
            }
            (TourCommand::Back, Some(at)) => self.tour = Some(Tour { step: at.saturating_sub(1) }),
            (TourCommand::End, _) => self.tour = None,
            (TourCommand::Do | TourCommand::Next | TourCommand::Back, None) => {}
        }
    }
}

/// Things to do, each with its key or its place.
type Doable = &'static [(&'static str, &'static str)];

/// Things to do by workspace.
static POSSIBLE: &[(Workspace, Doable)] = &[
    (
        Workspace::Label,
        &[
            ("Play, and tag what you see", "Space, keys 1 to 9"),
            ("Mark an interval", "I at its start, O at its end"),
            ("Draw an object and follow it over frames", "R and drag, then V on a later frame"),
            ("Read a signal or a message", "Open a plot of signals, List of topics"),
            ("Bring labels in or out", "Import labels, Export labels"),
        ],
    ),
    (
        Workspace::Explore,
        &[
            ("Add a transform and drag its slider", "the list on the left"),
            ("Find the severity at which the model tips over", "Tipping point"),
            ("Make a failing change as small as it can be", "Minimize"),
            ("See where the model looks", "Explain, beside a class"),
            ("Save what you see as a test case", "K"),
        ],
    ),
    (
        Workspace::Findings,
        &[
            ("Mine the recording for moments that nobody tagged", "Moments, Mine"),
            ("Try transforms on every frame", "Sweep"),
            ("Let the search look for failures", "Guided search"),
            ("Judge a moment", "A accepts, D dismisses"),
        ],
    ),
    (
        Workspace::Suites,
        &[
            ("Run all cases, selected ones, or those of a tag", "Run suite, or filter and Run shown"),
            ("See why a case failed", "the eye of a case"),
            ("Save a stretch of time with a formula", "Case over time"),
            ("Take the suite to CI", "Export suite, then hardcase test"),
        ],
    ),
    (
        Workspace::Evaluate,
        &[
            ("Compare predictions with labels", "Evaluate"),
            ("Ask for some errors", "query: missed and size < 32"),
            ("See which classes are mixed up", "Confusion matrix"),
            ("Compare two models", "Compare models"),
        ],
    ),
];

/// Things to do in a workspace: what, and the key or the place.
pub fn possible(workspace: Workspace) -> Doable {
    POSSIBLE.iter().find(|(known, _)| *known == workspace).map_or(&[], |(_, list)| list)
}
