//! Human check: an image for a moment, a mask, and the question what it was.

use egui::{Color32, Modal, Pos2, Rect, RichText, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::explore::glance::{GlanceCheck, GlanceCommand, SHOWN_MS, Stage};
use crate::app::table::key_of;
use crate::gui::forms::{button_ui, dim_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};

/// Room for an image.
const PLACE: Vec2 = Vec2::new(560.0, 340.0);
/// Side of the squares of the mask.
const SQUARE: f32 = 8.0;

fn command(command: GlanceCommand) -> Command {
    Command::Explore(ExploreCommand::Glance(command))
}

/// Draws the check over the window, if there is one.
pub(super) fn glance_ui(ui: &Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(check) = &app.open.explore.glance.check else { return };
    if matches!(check.stage, Stage::Shown(_)) {
        ui.ctx().request_repaint();
    }
    Modal::new(egui::Id::unique("human check")).show(ui.ctx(), |ui| {
        ui.set_width(PLACE.x);
        section_ui(ui, "Human check");
        dim_ui(
            ui,
            format!(
                "Image {} of {}, shown for {SHOWN_MS} ms; one of them is attacked",
                check.at + 1,
                check.count()
            ),
        );
        ui.add_space(4.0);
        place_ui(ui, check, pane);
        ui.add_space(8.0);
        choices_ui(ui, check, pane);
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.add_enabled_ui(check.stage == Stage::Ready, |ui| {
                let (name, key) = ("Show the image", key_of("Show the next image for a moment"));
                if button_ui(ui, icon::EYE, name, &key).clicked() {
                    pane.commands.push(command(GlanceCommand::Show));
                }
            });
            if button_ui(ui, icon::CROSS, "End the check", &key_of("End the human check")).clicked() {
                pane.commands.push(command(GlanceCommand::Cancel));
            }
        });
    });
}

/// The image, a mask once it was shown, or nothing.
fn place_ui(ui: &mut Ui, check: &GlanceCheck, pane: &mut Pane<'_>) {
    let (rect, response) = ui.allocate_exact_size(PLACE, Sense::hover());
    let state = match check.stage {
        Stage::Ready => "Image, not shown yet",
        Stage::Shown(_) => "Image, shown",
        Stage::Asked => "Image, covered",
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, state));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, Color32::BLACK);
    let (width, height) = check.size();
    let size = Vec2::new(width as f32, height as f32);
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    let place = Rect::from_center_size(rect.center(), size * scale);
    match check.stage {
        Stage::Ready => {
            let text = "Look here, then press Space";
            let font = egui::FontId::proportional(18.0);
            painter.text(rect.center(), egui::Align2::CENTER_CENTER, text, font, Color32::LIGHT_GRAY);
        }
        Stage::Shown(_) => {
            let Some(image) = check.shown() else { return };
            let version = check.number * 1000 + check.at as u64;
            let texture = pane.textures.get(ui, "human check", version, image);
            let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            painter.image(texture, place, uv, Color32::WHITE);
        }
        Stage::Asked => mask(&painter, place, check.at as u32),
    }
}

/// Squares of gray that end the afterimage.
fn mask(painter: &egui::Painter, place: Rect, seed: u32) {
    let (columns, rows) = ((place.width() / SQUARE).ceil() as u32, (place.height() / SQUARE).ceil() as u32);
    for at in 0..columns * rows {
        // The finalizer of MurmurHash3, so that no pattern is left.
        let mut gray = at.wrapping_add(seed.wrapping_mul(0x9E37_79B9));
        gray = (gray ^ gray >> 16).wrapping_mul(0x85EB_CA6B);
        gray = (gray ^ gray >> 13).wrapping_mul(0xC2B2_AE35);
        let gray = (gray ^ gray >> 16) as u8;
        let corner = place.min + Vec2::new((at % columns) as f32, (at / columns) as f32) * SQUARE;
        let square = Rect::from_min_size(corner, Vec2::splat(SQUARE)).intersect(place);
        painter.rect_filled(square, 0.0, Color32::from_gray(gray));
    }
}

/// The classes to choose from, each with its key.
fn choices_ui(ui: &mut Ui, check: &GlanceCheck, pane: &mut Pane<'_>) {
    let asked = check.stage == Stage::Asked;
    let title = if asked { "What was it?" } else { "Say what it was once it is covered" };
    ui.label(RichText::new(title).strong().color(if asked {
        ui.visuals().text_color()
    } else {
        theme::colors(ui).dim
    }));
    let width = (PLACE.x - 8.0 * 2.0) / 3.0;
    let none = [(usize::MAX, "0", "none of these")];
    let keys = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let classes =
        check.choices.iter().zip(keys).enumerate().map(|(at, (class, key))| (at, key, class.as_str()));
    let all: Vec<(usize, &str, &str)> = classes.chain(none).collect();
    egui::Grid::new("choices").num_columns(3).spacing([8.0, 4.0]).show(ui, |ui| {
        for (place, (choice, key, class)) in all.into_iter().enumerate() {
            ui.add_enabled_ui(asked, |ui| {
                let size = egui::vec2(width, theme::ROW);
                let button = egui::Button::new(format!("{key}  {class}")).truncate().min_size(size);
                let button = ui.add_sized(size, button);
                button.widget_info(|| WidgetInfo::labeled(Role::Button, asked, format!("Saw {class}")));
                if button.clicked() {
                    pane.commands.push(command(GlanceCommand::Say(choice)));
                }
            });
            if place % 3 == 2 {
                ui.end_row();
            }
        }
    });
}
