//! The pages of Evaluate.

use crate::app::evaluate::card::command::CardCommand;
use crate::app::{App, Workspace};

/// A page of Evaluate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EvaluatePage {
    /// Metrics of the loaded model on labeled data.
    #[default]
    Metrics,
    /// Behavioral suites for texts.
    Texts,
    /// Fairness of predictions.
    Fairness,
    /// The model card of the project.
    Card,
}

impl EvaluatePage {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Metrics, Self::Texts, Self::Fairness, Self::Card];

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Metrics => "Metrics",
            Self::Texts => "Text",
            Self::Fairness => "Fairness",
            Self::Card => "Model card",
        }
    }

    /// True if the page is of use without a recording.
    pub fn stands_alone(self) -> bool {
        matches!(self, Self::Texts | Self::Fairness)
    }
}

impl App {
    /// Shows a page of Evaluate.
    pub(super) fn show_page(&mut self, page: EvaluatePage) -> anyhow::Result<()> {
        let start = page == EvaluatePage::Metrics && self.project().is_none();
        self.workspace = if start { Workspace::default() } else { Workspace::Evaluate };
        self.open.evaluate.page = page;
        if page == EvaluatePage::Card && self.project().is_some() {
            return self.card(CardCommand::Load);
        }
        Ok(())
    }
}
