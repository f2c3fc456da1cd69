//! Everything that can be asked of the program; the commands of a subject stand beside its code.

use crate::app::Workspace;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::explore::command::ExploreCommand;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::moments::MineCommand;
use crate::app::guard::command::GuardCommand;
use crate::app::label::command::LabelCommand;
use crate::app::label::exchange::ExchangeCommand;
use crate::app::model::command::ModelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::price::PriceCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::replay::tiles::TileCommand;
use crate::app::session::SessionCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::tour::command::TourCommand;
use crate::data::clip::ChannelId;

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
    /// About moments that were mined.
    Mine(MineCommand),
    /// About the evaluation of a model.
    Evaluate(EvaluateCommand),
    /// About the reference set.
    Guard(GuardCommand),
    /// About the price of long work.
    Price(PriceCommand),
    /// About cases and suites.
    Suite(SuiteCommand),
    /// About what is remembered between runs.
    Session(SessionCommand),
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
    /// About the tour.
    Tour(TourCommand),
    /// About views that a person opens.
    Tiles(TileCommand),
    /// Remembers how the views are arranged, in the words of the front end.
    Arrange(serde_json::Value),
    /// Shows another workspace.
    Show(Workspace),
}
