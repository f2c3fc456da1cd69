//! Images that fell: clean, attacked, and their difference times ten.

use egui::{
    Color32, Rect, RichText, Role, ScrollArea, Sense, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo,
};

use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Attacked, Evaluated, Fallen};
use crate::gui::forms::{double_clicked, empty_ui, short_job};
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::robustness::command;
use crate::gui::theme;
use crate::robustness::attacks::norm::size_text;

/// One image of a card, and the card.
const IMAGE: Vec2 = Vec2::new(126.0, 96.0);
const CARD: Vec2 = Vec2::new(IMAGE.x * 3.0 + 8.0, IMAGE.y + 48.0);
/// Height of the gallery at most.
const HIGH: f32 = 460.0;

/// State of the gallery between frames.
#[derive(Default)]
pub(super) struct FallenGallery {
    textures: Vec<((u64, usize), [TextureHandle; 3])>,
}

impl FallenGallery {
    pub(super) fn ui(&mut self, ui: &mut Ui, result: &Evaluated, attacked: &Attacked, pane: &mut Pane<'_>) {
        if attacked.fallen.is_empty() {
            empty_ui(ui, "Nothing fell so far");
            return;
        }
        let mut order: Vec<usize> = (0..attacked.fallen.len()).collect();
        order.sort_by(|a, b| {
            let key = |at: &usize| {
                let fallen = &attacked.fallen[*at];
                (fallen.eps, fallen.outcome.sizes[1])
            };
            let ((size, l2), (other, other_l2)) = (key(a), key(b));
            size.total_cmp(&other).then(l2.total_cmp(&other_l2))
        });
        let columns = (((ui.available_width() + 8.0) / (CARD.x + 8.0)) as usize).max(1);
        let rows = order.len().div_ceil(columns);
        let mut used = Vec::new();
        let area = ScrollArea::vertical().id_salt("fallen").max_height(HIGH).auto_shrink([false, true]);
        area.show_rows(ui, CARD.y, rows, |ui, visible| {
            for row in visible {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    for at in order.iter().skip(row * columns).take(columns) {
                        let Some(fallen) = attacked.fallen.get(*at) else { continue };
                        let key = (attacked.run(), *at);
                        let known = self.textures.iter().position(|(known, _)| *known == key);
                        let textures = match known {
                            Some(place) => self.textures.swap_remove(place).1,
                            None => textures(ui, fallen),
                        };
                        card_ui(ui, (result, attacked, fallen), &textures, pane);
                        used.push((key, textures));
                    }
                });
            }
        });
        self.textures = used;
    }
}

fn textures(ui: &Ui, fallen: &Fallen) -> [TextureHandle; 3] {
    fallen.thumbnails.each_ref().map(|image| {
        let size = [image.width() as usize, image.height() as usize];
        let pixels = egui::ColorImage::from_rgb(size, image.pixels());
        ui.ctx().load_texture("attacked image", pixels, TextureOptions::NEAREST)
    })
}

fn card_ui(
    ui: &mut Ui,
    (result, attacked, fallen): (&Evaluated, &Attacked, &Fallen),
    textures: &[TextureHandle; 3],
    pane: &mut Pane<'_>,
) {
    let (rect, response) = ui.allocate_exact_size(CARD - Vec2::new(0.0, 8.0), Sense::click());
    let outcome = &fallen.outcome;
    let lines = [
        format!("{}  into  {}", outcome.clean, outcome.attacked),
        format!(
            "{} at {}, linf {:.4}, L2 {:.3}, {} queries",
            outcome.kind.id,
            size_text(attacked.plan.norm, fallen.eps),
            outcome.sizes[0],
            outcome.sizes[1],
            outcome.queries
        ),
    ];
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Attacked: {}", lines[0])));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let (colors, ink) = (theme::colors(ui), ui.visuals().text_color());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    for (at, texture) in textures.iter().enumerate() {
        let place = Rect::from_min_size(rect.min + Vec2::new(at as f32 * (IMAGE.x + 4.0), 0.0), IMAGE);
        painter.rect_filled(place, 2.0, Color32::BLACK);
        let size = texture.size_vec2();
        let scale = (place.width() / size.x).min(place.height() / size.y);
        let uv = Rect::from_min_max(egui::Pos2::ZERO, egui::Pos2::new(1.0, 1.0));
        painter.image(texture.id(), Rect::from_center_size(place.center(), size * scale), uv, Color32::WHITE);
    }
    for (at, text) in lines.iter().enumerate() {
        let color = if at == 0 { ink } else { colors.dim };
        let job = short_job(ui, RichText::new(text).size(12.0).color(color), rect.width() - 12.0, 1);
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        let top = rect.top() + IMAGE.y + 3.0 + at as f32 * 17.0;
        painter.galley(egui::pos2(rect.left() + 6.0, top), galley, color);
    }
    if response.hovered() {
        let line = egui::Stroke::new(1.0, colors.selection);
        painter.rect_stroke(rect, 4.0, line, egui::StrokeKind::Inside);
    }
    if double_clicked(&response)
        && let Some(item) = result.evaluation.items.iter().position(|item| item.sample == fallen.sample)
    {
        pane.commands.push(command(EvaluateCommand::Open(item)));
    }
    if let Some(sample) = result.evaluation.samples.get(fallen.sample) {
        response.on_hover_text(format!(
            "{} {} {}\nclean, attacked, difference times ten\ndouble-click to go to the frame",
            sample.clip, sample.channel, sample.frame
        ));
    }
}
