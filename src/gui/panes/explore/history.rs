//! Below the stack of Explore: favorites and history, restored with one click.

use egui::{Align, Layout, RichText, Role, Sense, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::explore::history::HistoryEntry;
use crate::data::cases::stack::Stack;
use crate::gui::forms::{dim_ui, name_button_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::transforms::presets::{Family, Preset};
use crate::transforms::stack;

/// Side of a thumbnail.
const SIDE: f32 = 44.0;

/// State of this part between frames.
#[derive(Default)]
pub(in crate::gui::panes) struct TriedList {
    textures: Vec<(u64, TextureHandle)>,
    /// The rows while the pointer is over them: a result that arrives does not push them away from under it.
    held: Option<Vec<HistoryEntry>>,
    /// Place of the rows in the last frame.
    place: Option<egui::Rect>,
}

impl std::fmt::Debug for TriedList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TriedList").finish_non_exhaustive()
    }
}

impl TriedList {
    pub(in crate::gui::panes) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let favorites = &app.session.favorites;
        if !favorites.is_empty() {
            section_ui(ui, "Favorites");
            for favorite in favorites {
                row_ui(ui, &favorite.stack, None, None, pane);
            }
        }
        let now = app.open.explore.history.list();
        let inside = self.place.is_some_and(|place| ui.rect_contains_pointer(place));
        let held = inside.then(|| self.held.take().unwrap_or_else(|| now.to_vec()));
        let tried = held.as_deref().unwrap_or(now);
        if tried.is_empty() {
            self.place = None;
            return;
        }
        section_ui(ui, "History");
        self.textures.retain(|(number, _)| tried.iter().any(|one| one.number == *number));
        let top = ui.cursor().min;
        for one in tried {
            let known = self.textures.iter().find(|(number, _)| *number == one.number);
            let texture = if let Some((_, texture)) = known {
                texture.clone()
            } else {
                let texture = texture(ui, one);
                self.textures.push((one.number, texture.clone()));
                texture
            };
            row_ui(ui, &one.stack, Some(&texture), Some(one.verdict), pane);
        }
        let end = egui::pos2(top.x + ui.available_width(), ui.cursor().top());
        self.place = Some(egui::Rect::from_min_max(top, end));
        self.held = held;
    }
}

fn texture(ui: &Ui, tried: &HistoryEntry) -> TextureHandle {
    let size = [tried.picture.width() as usize, tried.picture.height() as usize];
    let pixels = egui::ColorImage::from_rgb(size, tried.picture.pixels());
    ui.ctx().load_texture(format!("tried {}", tried.number), pixels, TextureOptions::LINEAR)
}

fn row_ui(
    ui: &mut Ui,
    of: &Stack,
    picture: Option<&TextureHandle>,
    verdict: Option<&str>,
    pane: &mut Pane<'_>,
) {
    let app = pane.app;
    let colors = theme::colors(ui);
    let text = stack::describe(&app.open.models.catalog, of);
    ui.horizontal(|ui| {
        if let Some(texture) = picture {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
            let size = texture.size_vec2();
            let scale = (rect.width() / size.x).min(rect.height() / size.y);
            egui::Image::new(texture).paint_at(ui, egui::Rect::from_center_size(rect.center(), size * scale));
        }
        let (mark, color) = match verdict {
            Some("fail") => (icon::FAIL, colors.fail),
            Some("pass") => (icon::PASS, colors.pass),
            _ => (icon::SKIP, colors.dim),
        };
        if verdict.is_some() {
            ui.label(RichText::new(mark).color(color));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let kept = app.session.favorites.iter().any(|favorite| favorite.stack == *of);
            let name = if kept { "Remove from favorites" } else { "Add to favorites" };
            let star = egui::Button::new(RichText::new(icon::KEEP)).selected(kept).small();
            let response = ui.add(star);
            response
                .widget_info(|| WidgetInfo::selected(Role::Button, true, kept, format!("{name}: {text}")));
            if response.on_hover_text(name).clicked() {
                pane.commands.push(Command::Explore(ExploreCommand::Favorite(of.clone())));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let button = name_button_ui(ui, RichText::new(&text).size(12.0), false);
                if button.on_hover_text(format!("{text}, seed {}", of.seed)).clicked() {
                    pane.commands.push(Command::Explore(ExploreCommand::Use(of.clone())));
                }
            });
        });
    });
}

/// The presets of papers, a row for each with a button for each severity.
pub(in crate::gui::panes) fn presets_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let size = app.open.explore.changed.as_ref().map_or((224, 224), |compared| compared.original.size());
    let corruptions = Family::corruptions_for(size);
    egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        for family in Family::ALL {
            // The tables for large and for thumbnails are alternatives.
            let table = [Family::ImageNetC, Family::CifarC].contains(&family);
            if family.medium() != app.open.medium() || table && family != corruptions {
                continue;
            }
            section_ui(ui, family.title());
            if table {
                dim_ui(ui, "lengths scale with the image");
            }
            egui::Grid::new(family.title()).num_columns(2).spacing([8.0, 2.0]).show(ui, |ui| {
                for preset in family.presets() {
                    preset_ui(ui, preset, size, pane);
                    ui.end_row();
                }
            });
        }
    });
}

fn preset_ui(ui: &mut Ui, preset: &Preset, size: (u32, u32), pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.label(preset.name.replace('_', " "));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for level in 1..=preset.levels() {
            let response = ui.small_button(level.to_string());
            let name = format!("{} {} {level}", preset.family.title(), preset.name);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            let Some(wanted) = preset.stack(level, size, app.open.explore.stack.seed) else { continue };
            if response.on_hover_text(stack::describe(&app.open.models.catalog, &wanted)).clicked() {
                pane.commands.push(Command::Explore(ExploreCommand::Use(wanted)));
                ui.close();
            }
        }
    });
}
