//! Embedding map: items as points, similar ones close together. A lasso selects them.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{
    Color32, ComboBox, Event, Pos2, Rect, Role, Sense, Stroke, TextureHandle, TextureOptions, Ui, Vec2,
    WidgetInfo,
};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Evaluated, ItemFilter, Mapped};
use crate::app::jobs::JobKind;
use crate::gui::forms::{button_ui, dim_ui, double_clicked, empty_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, class_ink, icon};
use crate::metrics::detection_errors::Outcome;

/// Largest distance between pointer and point, in points.
const REACH: f32 = 8.0;
/// Space around the map.
const MARGIN: f32 = 16.0;

/// Projection of the embeddings to two dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Placing {
    /// Neighbors together.
    #[default]
    Near,
    /// By the two directions of most difference.
    Wide,
}

/// State of the embedding map between frames.
#[derive(Default)]
pub(crate) struct MapPage {
    placing: Placing,
    by_class: bool,
    /// A line that is being drawn around points.
    lasso: Vec<Pos2>,
    hovered: Option<(usize, TextureHandle)>,
}

impl MapPage {
    pub(crate) fn ui(&mut self, ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(map) = app.open.evaluate.map.result.clone() else {
            start_ui(ui, pane);
            return;
        };
        ui.horizontal_wrapped(|ui| {
            ui.selectable_value(&mut self.placing, Placing::Near, "UMAP");
            ui.selectable_value(&mut self.placing, Placing::Wide, "PCA");
            ui.separator();
            ui.checkbox(&mut self.by_class, "Color by class");
            ui.separator();
            let layer = &map.layers[map.layer];
            let name = |layer: &crate::inference::layers::Layer| {
                format!("{} · {} · {} dimensions", layer.name, layer.operator, layer.length)
            };
            let combo =
                ComboBox::from_id_salt("layer").width(220.0).selected_text(name(layer)).show_ui(ui, |ui| {
                    for (at, layer) in map.layers.iter().enumerate() {
                        if ui.selectable_label(at == map.layer, name(layer)).clicked() {
                            pane.commands
                                .push(Command::Evaluate(EvaluateCommand::Map(Some(layer.name.clone()))));
                        }
                    }
                });
            combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Layer"));
            if app.jobs.is_running(JobKind::Embeddings) {
                ui.spinner();
            }
        });
        let all = result.evaluation.items.len();
        let parts = map.parts[0] + map.parts[1];
        let share = match self.placing {
            Placing::Near => String::new(),
            Placing::Wide => format!(", {:.0} % of the variance", 100.0 * parts),
        };
        dim_ui(ui, format!("{} of {all} samples{share}. Lasso-select to show them.", map.items.len()));
        self.plot_ui(ui, result, &map, pane);
    }

    fn plot_ui(&mut self, ui: &mut Ui, result: &Evaluated, map: &Mapped, pane: &mut Pane<'_>) {
        let app = pane.app;
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Embedding map"));
        let places = match self.placing {
            Placing::Near => &map.near,
            Placing::Wide => &map.wide,
        };
        let on_screen = fitted(places, rect.shrink(MARGIN));
        let (colors, painter) = (theme::colors(ui), ui.painter_at(rect));
        painter.rect_filled(rect, 4.0, colors.lane);
        let chosen = app.open.evaluate.filter.only.as_deref();
        // What is right lies below what is not.
        for mistakes in [false, true] {
            for (at, place) in map.items.iter().zip(&on_screen) {
                let item = &result.evaluation.items[*at];
                if (item.outcome != Outcome::Right) != mistakes {
                    continue;
                }
                let class = if item.truth.is_empty() { &item.answer } else { &item.truth };
                let color =
                    if self.by_class { class_ink(ui, class) } else { outcome_color(ui, item.outcome) };
                let faint = chosen.is_some_and(|chosen| !chosen.contains(at));
                let color = if faint { color.gamma_multiply(0.25) } else { color };
                let radius = if mistakes { 3.5 } else { 2.5 };
                painter.circle_filled(*place, radius, color);
                if app.open.evaluate.selected == Some(*at) {
                    painter.circle_stroke(*place, 7.0, Stroke::new(2.0, colors.selection));
                }
            }
        }
        if !self.by_class {
            legend_ui(ui, &painter, rect, result);
        }
        self.lasso_ui(ui, &response, &painter, (map, &on_screen), pane.commands);
        let pointer = response.hover_pos().filter(|_| !response.dragged());
        let near = pointer.and_then(|pointer| nearest(&on_screen, pointer)).map(|place| map.items[place]);
        if let Some(at) = near {
            if double_clicked(&response) {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Open(at)));
            } else if response.clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Select(at)));
            }
            self.tip_ui(result, at, &response, pane);
        } else {
            self.hovered = None;
        }
    }

    /// Thumbnail of the item under the pointer.
    fn tip_ui(&mut self, result: &Evaluated, at: usize, response: &egui::Response, pane: &mut Pane<'_>) {
        let app = pane.app;
        let key = (result.number, at);
        if self.hovered.as_ref().is_none_or(|(shown, _)| *shown != at) {
            self.hovered = app.open.evaluate.pictures.get(key).map(|image| {
                let size = [image.width() as usize, image.height() as usize];
                let pixels = egui::ColorImage::from_rgb(size, image.pixels());
                (at, response.ctx.load_texture("point of the map", pixels, TextureOptions::LINEAR))
            });
            if self.hovered.is_none() && !app.open.evaluate.pictures.knows(key) {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Pictures(vec![at])));
            }
        }
        let item = &result.evaluation.items[at];
        let class = if item.truth.is_empty() { &item.answer } else { &item.truth };
        let surprise =
            app.open.evaluate.map.result.as_ref().and_then(|map| map.surprise.get(at).copied().flatten());
        response.clone().on_hover_ui_at_pointer(|ui| {
            if let Some((_, texture)) = &self.hovered {
                ui.image((texture.id(), texture.size_vec2()));
            }
            ui.label(format!("{class}: {}, score {:.2}", item.outcome.title(), item.score));
            if let Some(surprise) = surprise {
                dim_ui(ui, format!("surprise {surprise:.2}"));
            }
        });
    }

    /// A line around points chooses them.
    fn lasso_ui(
        &mut self,
        ui: &Ui,
        response: &egui::Response,
        painter: &egui::Painter,
        (map, on_screen): (&Mapped, &[Pos2]),
        commands: &mut Vec<Command>,
    ) {
        if response.drag_started() {
            self.lasso = ui.input(|input| input.pointer.press_origin()).into_iter().collect();
        }
        if response.dragged() {
            // Every move counts, also those between two frames.
            self.lasso.extend(ui.input(|input| moves(&input.events)));
        }
        let colors = theme::colors(ui);
        if self.lasso.len() > 1 {
            let mut line = self.lasso.clone();
            line.extend(self.lasso.first());
            painter.add(egui::Shape::line(line, Stroke::new(1.5, colors.selection)));
        }
        if response.drag_stopped() && self.lasso.len() > 2 {
            let inside = map.items.iter().zip(on_screen).filter(|(_, place)| encloses(&self.lasso, **place));
            let only: BTreeSet<usize> = inside.map(|(at, _)| *at).collect();
            self.lasso.clear();
            let only = (!only.is_empty()).then(|| Arc::new(only));
            commands
                .push(Command::Evaluate(EvaluateCommand::Show(ItemFilter { only, ..ItemFilter::default() })));
        }
    }
}

fn moves(events: &[Event]) -> Vec<Pos2> {
    let place = |event: &Event| if let Event::PointerMoved(at) = event { Some(*at) } else { None };
    events.iter().filter_map(place).collect()
}

fn start_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.add_space(32.0);
    empty_ui(
        ui,
        "What does the model confuse? Each object and image becomes a point, placed by the features inside the model. \
         Errors that lie close together often share a cause; isolated ones are unusual.",
    );
    ui.add_space(8.0);
    if app.jobs.is_running(JobKind::Embeddings) {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Computing embedding map…");
        });
    } else if button_ui(ui, icon::POINTS, "Compute embedding map", "").clicked() {
        pane.commands.push(Command::Evaluate(EvaluateCommand::Map(None)));
    }
}

fn outcome_color(ui: &Ui, outcome: Outcome) -> Color32 {
    let colors = theme::colors(ui);
    match outcome {
        Outcome::Right => colors.dim.gamma_multiply(0.6),
        Outcome::WrongClass | Outcome::WrongAndBadlyPlaced => colors.fail,
        Outcome::Missed | Outcome::LargeError => colors.warning,
        Outcome::Background => colors.selection,
        Outcome::BadlyPlaced | Outcome::Duplicate => colors.pass,
    }
}

/// The colors of the outcomes.
fn legend_ui(ui: &Ui, painter: &egui::Painter, rect: Rect, result: &Evaluated) {
    let mut at = rect.left_bottom() + Vec2::new(10.0, -12.0);
    for outcome in Outcome::of(&result.outcomes) {
        painter.circle_filled(at, 4.0, outcome_color(ui, outcome));
        let font = egui::FontId::proportional(12.0);
        let ink = ui.visuals().text_color();
        let text =
            painter.text(at + Vec2::new(9.0, 0.0), egui::Align2::LEFT_CENTER, outcome.title(), font, ink);
        at.x = text.right() + 18.0;
    }
}

/// The points in the rectangle, one scale for both directions.
fn fitted(places: &[[f32; 2]], rect: Rect) -> Vec<Pos2> {
    let edge = |axis: usize, pick: fn(f32, f32) -> f32, start: f32| {
        places.iter().map(|place| place[axis]).fold(start, pick)
    };
    let low = [edge(0, f32::min, f32::INFINITY), edge(1, f32::min, f32::INFINITY)];
    let high = [edge(0, f32::max, f32::NEG_INFINITY), edge(1, f32::max, f32::NEG_INFINITY)];
    let span = |axis: usize| (high[axis] - low[axis]).max(1e-6);
    let scale = (rect.width() / span(0)).min(rect.height() / span(1));
    let middle = [f32::midpoint(low[0], high[0]), f32::midpoint(low[1], high[1])];
    let on = |place: &[f32; 2]| {
        rect.center() + Vec2::new((place[0] - middle[0]) * scale, (middle[1] - place[1]) * scale)
    };
    places.iter().map(on).collect()
}

fn nearest(on_screen: &[Pos2], pointer: Pos2) -> Option<usize> {
    let far = on_screen.iter().map(|place| place.distance_sq(pointer)).enumerate();
    let near = far.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (near.1 <= REACH * REACH).then_some(near.0)
}

/// True if a closed line goes around a place: an odd number of its edges lie to the right.
fn encloses(line: &[Pos2], place: Pos2) -> bool {
    let mut inside = false;
    for (a, b) in line.iter().zip(line.iter().cycle().skip(1)) {
        if (a.y > place.y) != (b.y > place.y) && place.x < (b.x - a.x) * (place.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}
