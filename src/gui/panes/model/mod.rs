//! Everything about the loaded model in one window: card, backend settings, metadata, single runs.

use egui::{Ui, Vec2};

use crate::app::App;
use crate::app::command::Command;
use crate::app::model::command::ModelCommand;
use crate::app::table::entry::Page;
use crate::gui::forms::dim_ui;
use crate::gui::pane::Pane;
use crate::inference::model::Model;

mod card;
mod differential;
pub(in crate::gui) mod failure;
mod graph;
pub(in crate::gui) mod prediction;
mod run;
mod single_run;

use card::CardTab;
use differential::TwoWaysTab;
use run::RunTab;
use single_run::AttemptTab;

/// State of this window between frames.
#[derive(Debug, Default)]
pub struct ModelWindow {
    shown: bool,
    tab: Tab,
    card: CardTab,
    run: RunTab,
    attempt: AttemptTab,
    two_ways: TwoWaysTab,
    /// The model whose guessed card was shown already.
    shown_for: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Card,
    Run,
    Graph,
    SingleRun,
    TwoWays,
}

impl Tab {
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Card, "Card", "Model inputs and outputs. Saved beside the model file."),
        (Self::Run, "Backend", "Backend settings and limits"),
        (Self::Graph, "File", "Metadata and graph of the model file"),
        (Self::SingleRun, "Single run", "Run the model on any input"),
        (Self::TwoWays, "Differential test", "The same model on another backend: are its outputs the same?"),
    ];
}

/// The pages of the command table that are tabs.
const PAGES: [(Page, Tab); 5] = [
    (Page::Card, Tab::Card),
    (Page::Backend, Tab::Run),
    (Page::Graph, Tab::Graph),
    (Page::SingleRun, Tab::SingleRun),
    (Page::Differential, Tab::TwoWays),
];

/// Size of the window without its frame, the same for all tabs.
const SIZE: Vec2 = Vec2::new(480.0, 440.0);
/// Room around the window on a small screen, with its title bar.
const MARGIN: Vec2 = Vec2::new(40.0, 84.0);

impl ModelWindow {
    /// Opens the window for the loaded model.
    pub fn open(&mut self, app: &App) {
        self.shown = app.open.models.loaded.is_some();
        self.run = RunTab::default();
        self.card.begin(app);
    }

    /// Draw the window if it is open, or if a guessed card needs a check.
    pub fn ui(&mut self, ctx: &egui::Context, pane: &mut Pane<'_>) {
        let app = pane.app;
        let sha = app.open.models.loaded.as_ref().map(|model| model.sha256.clone());
        if app.open.models.check_card && self.shown_for != sha {
            self.shown_for = sha;
            self.tab = Tab::Card;
            self.open(app);
        }
        let Some(model) = app.open.models.loaded.as_ref().filter(|_| self.shown) else { return };
        if let Some(tab) = pane.shared.take_page(&PAGES) {
            self.tab = tab;
        }
        let mut open = true;
        let screen = ctx.content_rect();
        // One size for all tabs, so that the tabs stay under the mouse.
        let size = SIZE.min(screen.size() - MARGIN);
        egui::Window::new("Model")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .fixed_size(size)
            .pivot(egui::Align2::CENTER_CENTER)
            .default_pos(screen.center())
            .show(ctx, |ui| {
                self.tabs_ui(ui);
                egui::ScrollArea::both().id_salt(self.tab as usize).auto_shrink([false, false]).show(
                    ui,
                    |ui| {
                        self.tab_ui(ui, model, pane);
                    },
                );
            });
        self.shown &= open && !pane.shared.windows.closes("Model");
    }

    fn tab_ui(&mut self, ui: &mut Ui, model: &Model, pane: &mut Pane<'_>) {
        match self.tab {
            Tab::Card => {
                if let Some(card) = self.card.ui(ui) {
                    pane.commands.push(Command::Model(ModelCommand::SetCard(Box::new(card))));
                    self.shown = false;
                }
            }
            Tab::Run => self.run.ui(ui, &model.backend, pane.commands),
            Tab::Graph => graph::graph_ui(ui, model),
            Tab::TwoWays => self.two_ways.ui(ui, model, pane),
            Tab::SingleRun => self.attempt.ui(ui, model, pane),
        }
    }

    fn tabs_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            for (tab, title, _) in Tab::ALL {
                if ui.add(egui::Button::new(title).selected(self.tab == tab)).clicked() {
                    self.tab = tab;
                }
            }
        });
        let hint = Tab::ALL.iter().find(|(tab, ..)| *tab == self.tab).map_or("", |(.., hint)| hint);
        dim_ui(ui, hint);
        ui.separator();
    }
}
