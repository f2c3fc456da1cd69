//! One entry of the command table, and the form in which it is written down: title, modes, keys and action on one line.

use crate::app::command::Command;
use crate::app::table::modes::{Mode, Modes};
use crate::app::table::shortcut::Shortcut;
use crate::app::{App, Workspace};

/// One entry of the table.
pub struct Entry {
    /// Its name, for people.
    pub title: &'static str,
    /// The heading under which it is listed.
    pub group: &'static str,
    /// Modes in which its keys count.
    pub modes: Modes,
    /// Its keys, the first is shown.
    pub keys: &'static [Shortcut],
    /// A key that is held down repeats it.
    pub held: bool,
    /// Effect of the entry.
    pub action: Action,
}

/// Effect of an entry.
#[derive(Clone, Copy)]
pub enum Action {
    /// A command of the program.
    Run(fn() -> Command),
    /// A command that depends on the state of the program; none where there is nothing it could do.
    With(fn(&App) -> Option<Command>),
    /// A command of the front end.
    Window(WindowCommand),
    /// Nothing here: the control that has the focus takes the key itself.
    Native,
}

/// A command that only concerns the front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowCommand {
    /// Opens or closes the search for commands.
    Palette,
    /// To the next hit of the search.
    PaletteNext,
    /// To the previous hit.
    PalettePrevious,
    /// Runs the selected hit.
    PaletteRun,
    /// Closes the search.
    PaletteClose,
    /// Asks for files to open.
    OpenFiles,
    /// Asks for a folder to open.
    OpenFolder,
    /// Shows or hides the sheet of keys.
    Keys,
    /// Opens or closes the list of what can be done here.
    Possible,
    /// Opens or closes the window of layouts.
    Layouts,
    /// Shows or hides the table of tags and objects.
    Table,
    /// Enters or leaves the operator mode.
    Operator,
    /// Draws points and cuboids over calibrated cameras, or no longer.
    PointsOverCameras,
    /// Draws predictions, or no longer.
    Predictions,
    /// Draws saliency maps another way.
    SaliencyLook,
    /// Opens the window of the loaded model.
    Model,
    /// Shows or hides the list of notices.
    Notices,
    /// Asks for a file of labels to import.
    ImportLabels,
    /// Asks for a folder to search for missing recordings and models.
    SearchFolder,
    /// Asks for the folder of a copy of a read-only project.
    WritableCopy,
    /// Opens the dialog that exports labels.
    ExportLabels,
    /// Fills the screen with the window, or no longer.
    FullScreen,
    /// Changes between light and dark.
    Theme,
    /// Makes everything larger by a step.
    Larger,
    /// Makes everything smaller by a step.
    Smaller,
    /// Gives everything its normal size.
    NormalSize,
    /// Asks for a file or a folder.
    Ask(AskFor),
    /// Shows a page of a workspace, or of the window of the model.
    Page(Page),
    /// Stops drawing and closes what covers the window.
    Leave,
    /// Closes the window.
    Quit,
    /// Ends the shape that is being drawn.
    FinishShape,
    /// Removes its last point.
    RemovePoint,
    /// Removes all of it.
    DiscardShape,
}

/// Subject of a file dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskFor {
    /// A model to load.
    Model,
    /// An image to put over frames.
    Overlay,
    /// A file with an ontology.
    Ontology,
    /// Labels to compare with.
    OtherLabels,
    /// A project to compare with.
    OtherProject,
    /// Predictions to evaluate.
    Predictions,
    /// A model, or its predictions, to compare with.
    OtherModel,
    /// A folder with a suite of texts.
    TextFolder,
    /// A suite of `CheckList` to import.
    TextImport,
    /// A model to run on the suite of texts.
    TextModel,
    /// Predictions of the suite of texts.
    TextPredictions,
    /// A folder for the suite of texts.
    TextSave,
    /// A file for its report.
    TextExport,
    /// A table of predictions with groups.
    FairnessTable,
    /// A file for the report of fairness.
    FairnessExport,
    /// A report of `hardcase test` for the model card.
    CardResults,
    /// A file for the model card.
    CardExport,
    /// A folder for evaluated samples.
    Samples,
    /// A folder for the active suite.
    Suite,
}

/// A page that is one of several in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Tags in the table of Label.
    Tags,
    /// Objects in that table.
    Objects,
    /// The operational design domain.
    Domain,
    /// Labels that seem wrong.
    Issues,
    /// Agreement with other labels.
    Agreement,
    /// Both frames of Explore beside each other.
    SideBySide,
    /// Both in one view with a divider.
    Swipe,
    /// Their difference.
    Difference,
    /// Both in turn.
    Blink,
    /// Samples of Evaluate.
    Samples,
    /// The confusion matrix.
    Confusion,
    /// The embedding map.
    Embeddings,
    /// Curves.
    Curves,
    /// Comparison with another model.
    Models,
    /// Attacks on the model.
    Robustness,
    /// The card of the model.
    Card,
    /// Its backend.
    Backend,
    /// Its metadata and graph.
    Graph,
    /// A single run.
    SingleRun,
    /// A differential test.
    Differential,
}

impl Page {
    /// The workspace of the page; none for the window of the model.
    pub fn workspace(self) -> Option<Workspace> {
        match self {
            Self::Tags | Self::Objects | Self::Domain | Self::Issues | Self::Agreement => {
                Some(Workspace::Label)
            }
            Self::SideBySide | Self::Swipe | Self::Difference | Self::Blink => Some(Workspace::Explore),
            Self::Samples
            | Self::Confusion
            | Self::Embeddings
            | Self::Curves
            | Self::Models
            | Self::Robustness => Some(Workspace::Evaluate),
            Self::Card | Self::Backend | Self::Graph | Self::SingleRun | Self::Differential => None,
        }
    }
}

impl Entry {
    /// True when it can be chosen from a list: it needs no shape that is being drawn and no text field.
    pub fn can_be_chosen(&self) -> bool {
        (self.modes.has(Mode::Free) || self.modes.has(Mode::Review)) && !matches!(self.action, Action::Native)
    }

    /// All its keys as people write them.
    pub fn keys_text(&self) -> String {
        self.keys.iter().map(Shortcut::text).collect::<Vec<_>>().join("  ")
    }
}

/// Makes a list of entries with one heading: `"Title", MODES, [keys], run(command);`. The action is `run` with a command of
/// the program, `window` with one of the front end, or `with` with a function that makes one from the state, `native` for keys that the control with the focus takes itself.
/// `held` before it lets a key that is held down repeat.
macro_rules! entries {
    ($group:literal $($title:literal, $modes:ident, [$($key:expr),*], $($action:ident)+ ($($what:tt)*);)*) => {
        &[$($crate::app::table::entry::Entry {
            title: $title,
            group: $group,
            modes: $crate::app::table::modes::Modes::$modes,
            keys: &[$($key),*],
            held: $crate::app::table::entry::entries!(@held $($action)+),
            action: $crate::app::table::entry::entries!(@action $($action)+ ($($what)*)),
        }),*]
    };
    (@held held $action:ident) => { true };
    (@held $action:ident) => { false };
    (@action held $action:ident ($($what:tt)*)) => {
        $crate::app::table::entry::entries!(@action $action ($($what)*))
    };
    (@action run ($($what:tt)*)) => { $crate::app::table::entry::Action::Run(|| $($what)*) };
    (@action with ($($what:tt)*)) => { $crate::app::table::entry::Action::With($($what)*) };
    (@action window (Ask(AskFor::$of:ident))) => {
        $crate::app::table::entry::Action::Window($crate::app::table::entry::WindowCommand::Ask(
            $crate::app::table::entry::AskFor::$of,
        ))
    };
    (@action window (Page(Page::$of:ident))) => {
        $crate::app::table::entry::Action::Window($crate::app::table::entry::WindowCommand::Page(
            $crate::app::table::entry::Page::$of,
        ))
    };
    (@action window ($($what:tt)*)) => {
        $crate::app::table::entry::Action::Window($crate::app::table::entry::WindowCommand::$($what)*)
    };
    (@action native ()) => { $crate::app::table::entry::Action::Native };
}

pub(in crate::app) use entries;
