//! The price of long work, and the choice between all of it and a sample.

use egui::{Align2, Context, RichText};

use crate::app::command::Command;
use crate::app::price::{Offer, PriceCommand, SAMPLE, Work};
use crate::gui::forms::dim_ui;
use crate::gui::pane::Pane;

/// Draws the price, if there is work that waits for a decision.
pub fn offer_ui(ctx: &Context, pane: &mut Pane<'_>) {
    let Some(offer) = &pane.app.open.offer else { return };
    let mut chosen = None;
    egui::Window::new(title(offer.work))
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ctx, |ui| {
            ui.set_width(420.0);
            ui.label(RichText::new(offer.text()).size(18.0));
            dim_ui(ui, about(offer));
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                if ui.button("Start").clicked() {
                    chosen = Some(PriceCommand::Start { sample: false });
                }
                if offer.predictions > SAMPLE && ui.button(format!("Try {SAMPLE} first")).clicked() {
                    chosen = Some(PriceCommand::Start { sample: true });
                }
                if ui.button("Cancel").clicked() {
                    chosen = Some(PriceCommand::Decline);
                }
            });
        });
    pane.commands.extend(chosen.map(Command::Price));
}

fn title(work: Work) -> &'static str {
    match work {
        Work::Stack => "Sweep the stack",
        Work::AllTransforms => "Sweep all transforms",
        Work::Search | Work::SearchOn => "Coverage-guided search",
        Work::Evaluation => "Evaluate the model",
        Work::Mining => "Mine with the model",
    }
}

fn about(offer: &Offer) -> &'static str {
    match offer.work {
        Work::Mining => "It can be stopped at any time; what was found is shown at its end.",
        Work::Evaluation => "It can be stopped at any time; predictions made by then are kept.",
        Work::Stack | Work::AllTransforms => {
            "Failures are listed while it runs, and it can be stopped at any time."
        }
        Work::Search | Work::SearchOn => "Failures are listed while it runs, and it can be continued later.",
    }
}
