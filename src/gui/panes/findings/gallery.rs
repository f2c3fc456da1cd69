//! Failures as thumbnails; only those on screen are rendered.

use egui::{
    Align2, Color32, FontId, Rect, Role, ScrollArea, Sense, Stroke, TextureHandle, TextureOptions, Ui, Vec2,
    WidgetInfo,
};

use crate::app::App;
use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::results::{Found, Violation};
use crate::app::jobs::JobKind;
use crate::gui::forms::double_clicked;
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::transforms::stack;

type Key = (u64, usize, usize);

/// A card and the thumbnail on it.
const CARD: Vec2 = Vec2::new(176.0, 168.0);
const PICTURE: f32 = 112.0;

/// State of the gallery between frames.
#[derive(Default)]
pub(super) struct Gallery {
    textures: Vec<(Key, TextureHandle)>,
    asked: Vec<usize>,
    selected: Option<(Key, TextureHandle)>,
}

fn key(found: &Found, violation: &Violation) -> Key {
    (found.number, violation.input, violation.variant)
}

impl Gallery {
    pub(super) fn ui(&mut self, ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
        let app = pane.app;
        let shown = app.open.findings.shown();
        if shown.is_empty() {
            let text = match (app.jobs.is_running(JobKind::Sweep), found.violations.is_empty()) {
                (true, true) => "No failures so far",
                (false, true) => "No failures: every frame that was evaluated passes",
                (_, false) => "No failure matches the filter",
            };
            ui.add_space(16.0);
            ui.vertical_centered(|ui| ui.label(text));
            return;
        }
        let columns = (((ui.available_width() + 8.0) / (CARD.x + 8.0)) as usize).max(1);
        let width = (ui.available_width() + 8.0) / columns as f32 - 8.0;
        let mut wanted = Vec::new();
        let mut used: Vec<(Key, TextureHandle)> = Vec::new();
        let rows = shown.len().div_ceil(columns);
        ScrollArea::vertical().id_salt("gallery").auto_shrink([false, false]).show_rows(
            ui,
            CARD.y,
            rows,
            |ui, visible| {
                for row in visible {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = 8.0;
                        for at in shown.iter().skip(row * columns).take(columns) {
                            let Some(violation) = found.violations.get(*at) else { continue };
                            let key = key(found, violation);
                            let known = self.textures.iter().position(|(known, _)| *known == key);
                            let texture = match known {
                                Some(place) => Some(self.textures.swap_remove(place).1),
                                None => texture(ui, app, key),
                            };
                            if texture.is_none() && !app.open.findings.pictures.knows(key) {
                                wanted.push(*at);
                            }
                            card_ui(ui, found, (*at, width), texture.as_ref(), pane);
                            used.extend(texture.map(|texture| (key, texture)));
                        }
                    });
                }
            },
        );
        self.textures = used;
        if wanted != self.asked {
            self.asked.clone_from(&wanted);
            pane.commands.push(Command::Findings(FindingsCommand::Pictures(wanted)));
        }
    }

    /// The selected violation, larger.
    pub(super) fn selected_ui(
        &mut self,
        ui: &mut Ui,
        found: &Found,
        violation: &Violation,
        pane: &mut Pane<'_>,
    ) {
        let app = pane.app;
        let key = key(found, violation);
        if self.selected.as_ref().is_none_or(|(known, _)| *known != key) {
            self.selected = texture(ui, app, key).map(|texture| (key, texture));
        }
        let width = ui.available_width();
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, width * 0.62), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Transformed frame"));
        ui.painter().rect_filled(rect, 4.0, Color32::BLACK);
        if let Some((_, texture)) = &self.selected {
            draw(ui, texture, rect);
        } else if let Some(at) = app.open.findings.selected
            && !app.open.findings.pictures.knows(key)
            && !self.asked.contains(&at)
        {
            self.asked.insert(0, at);
            pane.commands.push(Command::Findings(FindingsCommand::Pictures(self.asked.clone())));
        }
        if double_clicked(&response) {
            pane.commands.push(Command::Findings(FindingsCommand::Open));
        }
    }
}

fn texture(ui: &Ui, app: &App, key: Key) -> Option<TextureHandle> {
    let image = app.open.findings.pictures.get(key)?;
    let size = [image.width() as usize, image.height() as usize];
    let pixels = egui::ColorImage::from_rgb(size, image.pixels());
    Some(ui.ctx().load_texture(format!("violation {key:?}"), pixels, TextureOptions::LINEAR))
}

/// The whole image in the middle of its place.
fn draw(ui: &Ui, texture: &TextureHandle, place: Rect) {
    let size = texture.size_vec2();
    let scale = (place.width() / size.x).min(place.height() / size.y);
    let rect = Rect::from_center_size(place.center(), size * scale);
    let uv = Rect::from_min_max(egui::Pos2::ZERO, egui::Pos2::new(1.0, 1.0));
    ui.painter_at(place).image(texture.id(), rect, uv, Color32::WHITE);
}

/// A chip at the bottom of a thumbnail that says whether its input is still valid.
fn strangeness_chip(ui: &Ui, place: Rect, text: &str, is_strange: bool) {
    // Dark behind light letters, as everything on images.
    let color =
        if is_strange { Color32::from_rgb(0xFF, 0xC1, 0x4D) } else { Color32::from_rgb(0x8F, 0xE3, 0xA4) };
    let mark = if is_strange { icon::WARNING } else { icon::PASS };
    let text = format!("{mark} {text}");
    let wrap = egui::text::TextWrapping {
        max_rows: 2,
        ..egui::text::TextWrapping::wrap_at_width(place.width() - 20.0)
    };
    let font = FontId::proportional(11.0);
    let job = egui::text::LayoutJob { wrap, ..egui::text::LayoutJob::simple(text, font, color, 0.0) };
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let size = galley.size() + Vec2::new(12.0, 4.0);
    let rect = Rect::from_min_size(place.left_bottom() + Vec2::new(4.0, -4.0 - size.y), size);
    ui.painter().rect_filled(rect, 4.0, Color32::from_black_alpha(190));
    ui.painter().galley(rect.min + Vec2::new(6.0, 2.0), galley, color);
}

fn card_ui(
    ui: &mut Ui,
    found: &Found,
    (at, width): (usize, f32),
    texture: Option<&TextureHandle>,
    pane: &mut Pane<'_>,
) {
    let app = pane.app;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, CARD.y - 8.0), Sense::click());
    let Some(violation) = found.violations.get(at) else { return };
    let change =
        found.variants.get(violation.variant).map(|variant| stack::describe(&found.catalog, &variant.stack));
    let change = change.unwrap_or_default();
    let strange =
        violation.strange.as_ref().map(|strange| (app.open.in_words(strange), strange.is_strange()));
    let told = strange.as_ref().map_or_else(String::new, |(text, _)| format!("; {text}"));
    let name = format!("Failure {}: {}{told}", at + 1, violation.why);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let (colors, chosen) = (theme::colors(ui), app.open.findings.selected == Some(at));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    let place = Rect::from_min_size(rect.min, Vec2::new(rect.width(), PICTURE));
    painter.rect_filled(place, 4.0, Color32::BLACK);
    if let Some(texture) = texture {
        draw(ui, texture, place);
    }
    if let Some((text, is_strange)) = &strange {
        strangeness_chip(ui, place, text, *is_strange);
    }
    let ink = ui.visuals().text_color();
    let lines = [(violation.why.as_str(), ink), (change.as_str(), colors.dim)];
    for (i, (text, color)) in lines.into_iter().enumerate() {
        let top = place.bottom() + 4.0 + i as f32 * 18.0;
        let job = egui::text::LayoutJob {
            wrap: egui::text::TextWrapping::truncate_at_width(rect.width() - 12.0),
            ..egui::text::LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(12.0), color)
        };
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        painter.galley(egui::Pos2::new(rect.left() + 6.0, top), galley, color);
    }
    if let Some(valid) = violation.valid {
        let (mark, color) = if valid { (icon::PASS, colors.pass) } else { (icon::FAIL, colors.dim) };
        let corner = place.right_top() + Vec2::new(-6.0, 4.0);
        painter.circle_filled(corner + Vec2::new(-8.0, 8.0), 10.0, Color32::from_black_alpha(170));
        painter.text(corner, Align2::RIGHT_TOP, mark, FontId::proportional(16.0), color);
    }
    if chosen || response.hovered() {
        let width = if chosen { 2.0 } else { 1.0 };
        painter.rect_stroke(rect, 4.0, Stroke::new(width, colors.selection), egui::StrokeKind::Inside);
    }
    if double_clicked(&response) {
        pane.commands.push(Command::Findings(FindingsCommand::Open));
    } else if response.clicked() {
        pane.commands.push(Command::Findings(FindingsCommand::Select(at)));
    }
    let told = told.trim_start_matches("; ");
    let told = if told.is_empty() { String::new() } else { format!("{told}\n") };
    response.on_hover_text(format!("{}\n{change}\n{told}double-click to open in Explore", violation.why));
}
