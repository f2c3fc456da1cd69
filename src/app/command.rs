//! Everything that can be asked of the program, by subject.

use std::path::PathBuf;

use crate::app::Workspace;
use crate::app::evaluate::{Shown, View};
use crate::app::findings::{SweepSettings, ViolationFilter};
use crate::app::model::single_run::About;
use crate::base::time::{Span, Time, TimeRange};
use crate::data::cases::case::{Case, OracleSpec};
use crate::data::cases::stack::Stack;
use crate::data::clip::ChannelId;
use crate::data::geometry::objects::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::{State, Value};
use crate::data::labels::ontology::Ontology;
use crate::data::labels::tag::Tag;
use crate::evaluation::slices::Cut;
use crate::inference::card::ModelCard;
use crate::inference::settings::Settings;
use crate::project::exchanging::Meeting;
use crate::robustness::saliency::Kind;

/// One request.
#[derive(Clone, Debug)]
pub enum Command {
    /// About recordings and projects.
    Open(OpenCommand),
    /// About the playhead.
    Play(PlayCommand),
    /// About tags and objects.
    Label(LabelCommand),
    /// About labels in files.
    Exchange(ExchangeCommand),
    /// About models.
    Model(ModelCommand),
    /// About transforms and verdicts.
    Explore(ExploreCommand),
    /// About sweeps and what they find.
    Findings(FindingsCommand),
    /// About measuring.
    Measure(MeasureCommand),
    /// About cases and suites.
    Suite(SuiteCommand),
    /// Plots a signal on the timeline, or no longer.
    Plot {
        /// Its name.
        signal: String,
        /// True to plot it.
        shown: bool,
    },
    /// Request thumbnails of a camera, most urgent first.
    Thumbnails {
        /// The camera.
        camera: ChannelId,
        /// The frames.
        pictures: Vec<usize>,
    },
    /// Remembers how the views are arranged, in the words of the front end.
    Arrange(serde_json::Value),
    /// Shows another workspace.
    Show(Workspace),
}

/// About recordings and projects.
#[derive(Clone, Debug)]
pub enum OpenCommand {
    /// Opens whatever these are: recordings, projects, models, suites.
    Paths(Vec<PathBuf>),
    /// Opens a copy of a sample project.
    Sample(String),
    /// Shows another recording of the project.
    Clip(String),
    /// Moves one file of the open recording against the clock of the first.
    Offset {
        /// Index of the file; 0 is the first, which does not move.
        part: usize,
        /// Offset of its times.
        offset: Span,
        /// True to save it, false while the mouse is still down.
        kept: bool,
    },
    /// Show a channel by header stamps or by log time.
    HeaderTime {
        /// Name of the channel.
        channel: String,
        /// True to use header stamps.
        on: bool,
    },
    /// Puts a fault into the recording, in words: `/camera=freeze@10..12`.
    AddFault(String),
    /// Takes it out again.
    RemoveFault(String),
    /// Opens one case of an exported suite.
    SuiteCase {
        /// Folder of the suite.
        folder: PathBuf,
        /// Name of the case; the first when absent.
        case: Option<String>,
        /// Model to use instead of the one the suite names.
        model: Option<PathBuf>,
    },
    /// Back to the welcome page.
    Close,
}

/// About the playhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayCommand {
    /// Plays or pauses.
    Toggle,
    /// Move by this many frames of the active camera.
    Step(i64),
    /// By a length of time.
    Jump(Span),
    /// To a moment.
    Seek(Time),
    /// Move to a frame of the active camera.
    SeekFrame(usize),
    /// To the beginning.
    Start,
    /// To the end.
    End,
    /// To the next or previous tag.
    Event {
        /// True for the next, false for the previous.
        forward: bool,
    },
    /// Set the speed, 1 is real time.
    Speed(f64),
    /// The next faster speed.
    Faster,
    /// The next slower speed.
    Slower,
    /// Plays the loop range again and again, or not.
    ToggleLoop,
    /// Sets the range to loop; none removes it.
    LoopRange(Option<TimeRange>),
    /// Makes another camera the one that steps go by.
    Camera(ChannelId),
}

/// About tags and objects.
#[derive(Clone, Debug)]
pub enum LabelCommand {
    /// A tag at the playhead; the number is the position of its type in the ontology.
    Point(usize),
    /// Begins an interval at the playhead.
    MarkIn,
    /// Ends it at the playhead.
    MarkOut,
    /// Select the tag type of the next interval.
    ActiveKind(usize),
    /// Says aloud what is tagged, or no longer.
    Speak(bool),
    /// Shows, lists and steps through only the tags in which this text stands; "" for all.
    Filter(String),
    /// Selects a tag or none.
    SelectTag(Option<u64>),
    /// Selects several tags.
    SelectTags(Vec<u64>),
    /// Replaces a tag: moved, resized.
    SetTag(Tag),
    /// Gives a type to the selected tags.
    SetKind(String),
    /// Writes the note of a tag, with every letter.
    SetNote(u64, String),
    /// Cuts intervals in two at the playhead.
    SplitTag,
    /// Makes one of the selected tags.
    MergeTags,
    /// Says something about the selected tags or the selected object; no value takes it back.
    SetAttribute {
        /// Name of the attribute.
        name: String,
        /// The value; none removes the attribute.
        value: Option<Value>,
    },
    /// Draws a shape of this kind next; none stops drawing.
    Tool(Option<ShapeKind>),
    /// Add a shape of the active class to the current frame.
    Draw(Shape),
    /// Selects an object or none.
    SelectObject(Option<u64>),
    /// Set the shape of an object on the current frame, adding a keyframe if needed.
    SetShape(u64, Shape),
    /// Move the selected object: a cuboid ahead, to its left, up, in steps of 0.1 m, and rotated to its left in
    /// steps of two degrees; a shape in a frame up and to the left in pixels.
    Nudge([i8; 4]),
    /// A keyframe of the selected object where it stands.
    Keyframe,
    /// Set the visibility of the selected object from the current frame on.
    State(State),
    /// Makes two objects of the selected one.
    SplitTrack,
    /// Makes one object of the selected one and another.
    JoinTracks(u64),
    /// To the next keyframe of the selected object, or the previous one.
    NextKeyframe(bool),
    /// Gives a class to the selected object and to those drawn next.
    Class(String),
    /// The same by position in the ontology.
    ClassAt(usize),
    /// Copy the selected object, or all of the current frame, to the next one and go there.
    Propagate,
    /// Delete the selected tags, or the selected object on the current frame.
    Delete,
    /// Delete the selected object on every frame.
    DeleteObject,
    /// Makes proposals of what the loaded model saw, linked over time.
    Propose,
    /// Takes the proposal that is shown over and goes to the next.
    Accept,
    /// Takes all proposals over.
    AcceptAll,
    /// Drops the proposal that is shown and goes to the next.
    Reject,
    /// Looks for labels on the active channel that seem wrong.
    Check,
    /// Replaces the words to label with.
    SetOntology(Ontology),
    /// Gives a word another name, in the ontology and wherever it was used; the name of another word joins both.
    Rename {
        /// True for a tag type, false for a class.
        tag: bool,
        /// The word.
        from: String,
        /// Its new name.
        to: String,
    },
    /// Says of an attribute of the operational design domain whether it is there; none takes the word back.
    Domain {
        /// Its name in the standard.
        name: String,
        /// True if present, none if unknown.
        present: Option<bool>,
        /// The value, if any.
        value: Option<f64>,
    },
    /// Takes back the last change.
    Undo,
    /// Makes it again.
    Redo,
    /// Writes all labels as text.
    Snapshot,
}

/// About labels in files.
#[derive(Clone, Debug)]
pub enum ExchangeCommand {
    /// Looks at what taking in a file would do.
    Preview(PathBuf),
    /// Takes in the file that was looked at.
    Take(Meeting),
    /// Does not.
    Forget,
    /// Takes over the words of a file and none of its labels.
    Words(PathBuf),
    /// Compares the labels of the open recording with those of another project or a file.
    Compare(PathBuf),
    /// Check the losses of a format.
    Weigh(String),
    /// Writes the labels of the open recording.
    Export {
        /// Name of the format.
        format: String,
        /// The folder to write into.
        folder: PathBuf,
    },
}

/// About evaluating a model on labeled data.
#[derive(Clone, Debug)]
pub enum MeasureCommand {
    /// Evaluate the loaded model on all labeled data.
    Run,
    /// Map a label class to a class of the model; none excludes it.
    Class {
        /// Class of the labels.
        label: String,
        /// The model's word.
        word: Option<String>,
    },
    /// The recorded signal that a number of the model is compared with.
    Signal {
        /// The model's number.
        number: String,
        /// The signal.
        signal: Option<String>,
    },
    /// Cuts the result.
    Cut(Cut),
    /// Select the shown items.
    Show(Shown),
    /// Looks at an item.
    Select(usize),
    /// Goes to an item in the recording.
    Open(usize),
    /// Tags the moments of everything that is shown.
    Tag(String),
    /// Request crops of items.
    Pictures(Vec<usize>),
    /// Evaluate predictions from a file instead of the loaded model.
    Import(PathBuf),
    /// Measures the loaded model again.
    ForgetImported,
    /// Keeps everything that is shown as cases of the active suite.
    Keep,
    /// Writes everything that is shown into a folder, to train with.
    Export(PathBuf),
    /// Makes a map of the items from a layer of the model; from the one that suits best without a name.
    Map(Option<String>),
    /// Shows what is most like an item.
    Like(usize),
    /// Asks another model about the same.
    Compare(PathBuf),
    /// Draws intervals of the numbers as a whole.
    Intervals,
    /// Cuts the data by what a question comes to.
    Slices(String),
    /// Keeps a filter under a name.
    SaveView(View),
    /// Forgets the filter of that name.
    ForgetView(String),
}

/// About models.
#[derive(Clone, Debug)]
pub enum ModelCommand {
    /// Loads a model file.
    Load(PathBuf),
    /// Corrects the card of the loaded model and loads it again.
    SetCard(Box<ModelCard>),
    /// Runs the model with another backend.
    Backend(String),
    /// Runs this model in another way: threads, limits, a process of its own.
    RunWith(Box<Settings>),
    /// Compute the saliency map for a part of the prediction at the playhead.
    Look {
        /// The class or the number.
        class: String,
        /// The object, where it is about one.
        place: Option<Box2>,
        /// Method of the saliency map.
        kind: Kind,
    },
    /// Stops showing where the model looks.
    LookAway,
    /// Runs the model in another way along the recording and compares.
    TwoWays {
        /// A backend with settings: `onnxruntime:optimization=none`.
        with: String,
        /// Every so many samples.
        every: usize,
    },
    /// Asks the model once about something.
    Try(About),
    /// Run the model on every frame of the active camera.
    PredictAll,
    /// Unloads the model.
    Unload,
}

/// About transforms and verdicts.
#[derive(Clone, Debug)]
pub enum ExploreCommand {
    /// Adds a transform at the end of the stack.
    Add(String),
    /// Removes one.
    Remove(usize),
    /// Moves one to another place.
    Move(usize, usize),
    /// Lets one take part or not.
    Toggle(usize),
    /// Set a parameter.
    Set {
        /// Position in the stack.
        position: usize,
        /// Name of the parameter.
        param: String,
        /// To what.
        value: f64,
    },
    /// Select the transform that the curve and the tipping point vary.
    Select(usize),
    /// Replaces the seed.
    Seed(u64),
    /// Removes every transform.
    Clear,
    /// Replace the whole stack: by one of the history, a favorite, a preset.
    Use(Stack),
    /// Makes the failing change as small as it can be while it still fails.
    Shrink,
    /// Transform the whole frame again instead of a part of it.
    WholePicture,
    /// Add a random transform.
    Surprise,
    /// Add a stack to the favorites or remove it.
    Favourite(Stack),
    /// Set the expectation.
    Oracle(OracleSpec),
    /// Draws the severity curve.
    Curve,
    /// Find the tipping point and set its severity.
    FindTipping,
}

/// About sweeps and what they find.
#[derive(Clone, Debug)]
pub enum FindingsCommand {
    /// Replaces how the next sweep is done.
    Settings(SweepSettings),
    /// Sweep the current stack over the active camera.
    Sweep,
    /// Sweep every transform that has a severity, one at a time.
    SweepAll,
    /// Run a coverage-guided search, beside a random baseline with the same budget.
    Search,
    /// Continue the search with the same budget again.
    SearchOn,
    /// Shows a violation.
    Select(usize),
    /// The violation after or before the selected one, among those that are shown.
    Step(i64),
    /// Shows only some of the violations.
    Filter(ViolationFilter),
    /// Opens the selected violation in Explore.
    Open,
    /// Keeps the selected violation as a case.
    Keep,
    /// Says whether a person would still know what to do, seeing the selected one.
    Vote(bool),
    /// Request thumbnails of failures, most urgent first.
    Pictures(Vec<usize>),
}

/// About cases and suites.
#[derive(Clone, Debug)]
pub enum SuiteCommand {
    /// Keeps what is on screen as a case.
    Keep {
        /// Note on the case.
        why: String,
    },
    /// Select the suite that cases are saved to.
    Active(String),
    /// Shows a case again.
    OpenCase {
        /// Name of the suite.
        suite: String,
        /// Name of the case.
        id: String,
    },
    /// Removes a case.
    Remove {
        /// Name of the suite.
        suite: String,
        /// Name of the case.
        id: String,
    },
    /// Puts a changed case in the place of the one of its name.
    Change(Box<Case>),
    /// Judges every case of a suite.
    Run(String),
    /// Writes a suite as files into a folder.
    Export {
        /// Name of the suite.
        suite: String,
        /// Target folder; `suites/<name>` in the project if absent.
        folder: Option<PathBuf>,
    },
}
