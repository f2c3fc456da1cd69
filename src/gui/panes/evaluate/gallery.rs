//! Errors as thumbnails; only those on screen are rendered, so that a hundred thousand scroll as easily as ten.

use egui::{
    Color32, FontId, Rect, Role, ScrollArea, Sense, Stroke, TextureHandle, TextureOptions, Ui, Vec2,
    WidgetInfo,
};

use crate::app::command::Command;
use crate::app::evaluate::Evaluated;
use crate::app::evaluate::command::EvaluateCommand;
use crate::evaluation::samples::Item;
use crate::gui::forms::{double_clicked, empty_ui};
use crate::gui::pane::Pane;
use crate::gui::theme;

/// A card and the thumbnail on it.
const CARD: Vec2 = Vec2::new(196.0, 190.0);
const PICTURE: f32 = 132.0;

/// State of the gallery between frames.
#[derive(Default)]
pub(super) struct Gallery {
    textures: Vec<((u64, usize), TextureHandle)>,
    asked: Vec<usize>,
}

impl Gallery {
    pub(super) fn ui(&mut self, ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
        let app = pane.app;
        let shown = &app.open.evaluate.shown;
        if shown.is_empty() {
            empty_ui(ui, "No sample matches the filter");
            return;
        }
        let columns = (((ui.available_width() + 8.0) / (CARD.x + 8.0)) as usize).max(1);
        let width = (ui.available_width() + 8.0) / columns as f32 - 8.0;
        let (mut wanted, mut used) = (Vec::new(), Vec::new());
        let rows = shown.len().div_ceil(columns);
        let area = ScrollArea::vertical().id_salt("mistakes").auto_shrink([false, false]);
        area.show_rows(ui, CARD.y, rows, |ui, visible| {
            for row in visible {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    for at in shown.iter().skip(row * columns).take(columns) {
                        let key = (result.number, *at);
                        let known = self.textures.iter().position(|(known, _)| *known == key);
                        let texture = match known {
                            Some(place) => Some(self.textures.swap_remove(place).1),
                            None => app.open.evaluate.pictures.get(key).map(|image| {
                                let size = [image.width() as usize, image.height() as usize];
                                let pixels = egui::ColorImage::from_rgb(size, image.pixels());
                                ui.ctx().load_texture(
                                    format!("mistake {key:?}"),
                                    pixels,
                                    TextureOptions::LINEAR,
                                )
                            }),
                        };
                        if texture.is_none() && !app.open.evaluate.pictures.knows(key) {
                            wanted.push(*at);
                        }
                        card_ui(ui, result, (*at, width), texture.as_ref(), pane);
                        used.extend(texture.map(|texture| (key, texture)));
                    }
                });
            }
        });
        self.textures = used;
        if wanted != self.asked {
            self.asked.clone_from(&wanted);
            pane.commands.push(Command::Evaluate(EvaluateCommand::Pictures(wanted)));
        }
    }
}

/// The error of an item, in two lines.
fn lines(item: &Item) -> [String; 2] {
    if let Some(number) = item.number {
        let first = format!("{}: error {:+.4}, {:.1}× limit", item.truth, number.error(), number.excess());
        return [first, format!("{:.4} predicted, {:.4} recorded", number.predicted, number.truth)];
    }
    let first = match (item.truth.as_str(), item.answer.as_str()) {
        (truth, "") => format!("{truth} {}", item.outcome.title()),
        ("", answer) => format!("{answer}: {}", item.outcome.title()),
        (truth, answer) if truth == answer => format!("{answer}: {}", item.outcome.title()),
        (truth, answer) => format!("{truth} predicted as {answer}"),
    };
    let mut facts = Vec::new();
    if !item.answer.is_empty() {
        facts.push(format!("score {:.2}", item.score));
    }
    if item.found.is_some() || item.object.is_some() {
        facts.push(format!("IoU {:.2}", item.iou));
    }
    [first, facts.join(", ")]
}

fn card_ui(
    ui: &mut Ui,
    result: &Evaluated,
    (at, width): (usize, f32),
    texture: Option<&TextureHandle>,
    pane: &mut Pane<'_>,
) {
    let app = pane.app;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, CARD.y - 8.0), Sense::click());
    let Some(item) = result.evaluation.items.get(at) else { return };
    let [first, second] = lines(item);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sample {at}: {first}")));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let (colors, ink) = (theme::colors(ui), ui.visuals().text_color());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    let place = Rect::from_min_size(rect.min, Vec2::new(rect.width(), PICTURE));
    painter.rect_filled(place, 4.0, Color32::BLACK);
    if let Some(texture) = texture {
        let size = texture.size_vec2();
        let scale = (place.width() / size.x).min(place.height() / size.y);
        let uv = Rect::from_min_max(egui::Pos2::ZERO, egui::Pos2::new(1.0, 1.0));
        painter.image(texture.id(), Rect::from_center_size(place.center(), size * scale), uv, Color32::WHITE);
    }
    for (i, (text, color)) in [(first.as_str(), ink), (second.as_str(), colors.dim)].into_iter().enumerate() {
        let top = place.bottom() + 5.0 + i as f32 * 19.0;
        let job = egui::text::LayoutJob {
            wrap: egui::text::TextWrapping::truncate_at_width(rect.width() - 12.0),
            ..egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(12.5), color)
        };
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        painter.galley(egui::Pos2::new(rect.left() + 6.0, top), galley, color);
    }
    let chosen = app.open.evaluate.selected == Some(at);
    if chosen || response.hovered() {
        let line = Stroke::new(if chosen { 2.0 } else { 1.0 }, colors.selection);
        painter.rect_stroke(rect, 4.0, line, egui::StrokeKind::Inside);
    }
    if double_clicked(&response) {
        pane.commands.push(Command::Evaluate(EvaluateCommand::Open(at)));
    } else if response.clicked() {
        pane.commands.push(Command::Evaluate(EvaluateCommand::Select(at)));
    }
    if let Some(sample) = result.evaluation.samples.get(item.sample) {
        let colors = if item.number.is_some() {
            "2 s before and after, green: recorded, blue: predicted, gray: limits"
        } else {
            "green: ground truth, orange: prediction"
        };
        response.on_hover_text(format!(
            "{} {} {}\n{colors}\ndouble-click to go to the frame",
            sample.clip, sample.channel, sample.frame
        ));
    }
}
