//! Choice of what is compared with what.

use egui::{ComboBox, Grid, Role, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::gui::pane::Pane;
use crate::predictions::recorded::comparable;

/// Two lists: the ground truth, and what is tested. Nothing where the recording has no channel to choose.
pub(super) fn ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(open) = &app.open.clip else { return };
    let channels = comparable(&open.info);
    if channels.is_empty() {
        return;
    }
    let evaluate = &app.open.evaluate;
    let model = app.open.models.loaded.as_ref().map(|model| model.card.name.clone());
    let other = evaluate.imported.as_ref().map(|imported| imported.name.clone()).or(model);
    let other = other.unwrap_or_else(|| "no model yet".to_owned());
    Grid::new("sides").num_columns(2).show(ui, |ui| {
        ui.label("Ground truth");
        let truth = choice_ui(ui, "Ground truth", "Labels", evaluate.sides.truth.as_ref(), &channels);
        ui.end_row();
        ui.label("Predictions");
        let tested = choice_ui(ui, "Predictions", &other, evaluate.sides.tested.as_ref(), &channels);
        ui.end_row();
        let commands =
            truth.map(EvaluateCommand::Truth).into_iter().chain(tested.map(EvaluateCommand::Tested));
        pane.commands.extend(commands.map(Command::Evaluate));
    });
}

/// A channel, or the usual choice.
type Side = Option<String>;

/// A list of the usual choice and the channels; the choice that was made now.
fn choice_ui(
    ui: &mut Ui,
    name: &str,
    usual: &str,
    now: Option<&String>,
    channels: &[String],
) -> Option<Side> {
    let mut chosen = None;
    let text = now.map_or(usual, String::as_str).to_owned();
    let combo = ComboBox::from_id_salt(("side", name)).width(220.0).truncate().selected_text(text).show_ui(
        ui,
        |ui| {
            if ui.selectable_label(now.is_none(), usual).clicked() {
                chosen = Some(None);
            }
            for channel in channels {
                if ui.selectable_label(now == Some(channel), channel).clicked() {
                    chosen = Some(Some(channel.clone()));
                }
            }
        },
    );
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name.to_owned()));
    chosen
}
