//! Middle of Explore: original and transformed frame compared in one of four ways, and the severity curve below.

mod attack;
pub(in crate::gui) mod claim;
pub(in crate::gui) mod curve;
mod glance;
pub(in crate::gui) mod history;
pub mod stack;
pub(in crate::gui) mod why;
pub(in crate::gui::panes) mod workspace;

use std::sync::Arc;

use egui::{Pos2, Rect, RichText, Role, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::explore::input::Compared;
use crate::app::explore::labels::Labeled;
use crate::app::table::entry::Page;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::gui::forms::name_label_ui;
use crate::gui::pane::Pane;
use crate::gui::panes::explore::curve::curve_ui;
use crate::gui::panes::replay::camera::prediction_ui;
use crate::gui::theme::{self, class_color};
use crate::gui::viewers::overlay::Line;
use crate::gui::viewers::picture::{Placed, Textures, View, picture_ui};
use crate::gui::viewers::shapes::{ShapeLook, shape_ui};
use crate::imaging::look::Look;
use crate::project::editor::ProjectEditor;

/// Height of the severity curve.
const CURVE: f32 = 132.0;

/// State of this pane between frames.
#[derive(Debug)]
pub struct ExplorePane {
    /// Both images show the same part.
    view: View,
    mode: Mode,
    /// Divider between both images, 0 to 1 of the width.
    swipe: f32,
    /// True if ground truth labels are shown too.
    labels: bool,
    /// That, by the result and the state of the project that it belongs to.
    labeled: Option<([u64; 2], Arc<[Labeled]>)>,
}

impl Default for ExplorePane {
    fn default() -> Self {
        Self { view: View::default(), mode: Mode::default(), swipe: 0.5, labels: true, labeled: None }
    }
}

impl ExplorePane {
    /// Draws the pane.
    pub(in crate::gui::panes) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(Compared { original, changed, look }) = &app.open.explore.changed else {
            let text = match (&app.open.clip, app.open.playback.camera) {
                (None, _) => "Open a recording to transform its frames or scans and compare predictions",
                (Some(_), None) => "This recording has no frames, scans or texts that can be transformed",
                (Some(_), Some(_)) => "Decoding…",
            };
            ui.centered_and_justified(|ui| ui.label(text));
            return;
        };
        glance::glance_ui(ui, pane);
        if let Some(mode) = pane.shared.take_page(&PAGES) {
            self.mode = mode;
        }
        let outcome = app.open.explore.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok());
        let answer = app
            .open
            .playback
            .camera
            .and_then(|camera| app.open.models.answer(camera, app.open.playback.frame()));
        let before = outcome.map(|outcome| &outcome.before).or_else(|| answer.map(|answer| &**answer));
        let state =
            [app.open.explore.generation, app.open.editor.as_ref().map_or(0, ProjectEditor::revision)];
        if self.labeled.as_ref().is_none_or(|(known, _)| *known != state) {
            self.labeled = Some((state, app.open.labeled(*look).into()));
        }
        let all = self.labeled.as_ref().map(|(_, all)| Arc::clone(all)).unwrap_or_default();
        self.mode_ui(ui, !all.is_empty());
        let height = (ui.available_height() - CURVE - 8.0).max(80.0);
        let whole = Vec2::new(ui.available_width(), height);
        let shown = Shown {
            original,
            changed,
            before: before.map(|answer| look.place(answer)),
            after: outcome.map(|outcome| look.place(&outcome.after)),
            expected: outcome.and_then(|outcome| outcome.expected.as_ref()).map(|answer| look.place(answer)),
            look: *look,
            generation: app.open.explore.generation,
            labeled: if self.labels { &all } else { &[] },
        };
        match self.mode {
            Mode::SideBySide => self.beside_ui(ui, whole, &shown, pane),
            Mode::Swipe => self.swipe_ui(ui, whole, &shown, pane.textures),
            Mode::Difference => self.difference_ui(ui, whole, pane),
            Mode::Blink => self.blink_ui(ui, whole, &shown, pane.textures),
        }
        ui.add_space(4.0);
        curve_ui(ui, pane);
    }
}

/// The two sides of the comparison.
struct Shown<'a> {
    original: &'a Image,
    changed: &'a Image,
    before: Option<Prediction>,
    after: Option<Prediction>,
    expected: Option<Prediction>,
    look: Look,
    generation: u64,
    labeled: &'a [Labeled],
}

/// Layout of the comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    SideBySide,
    Swipe,
    Difference,
    Blink,
}

impl Mode {
    const ALL: [(Self, &str, &str); 4] = [
        (Self::SideBySide, "Side by side", "Original and transformed frame beside each other"),
        (Self::Swipe, "Swipe", "Both in one view, the original left of a draggable divider"),
        (Self::Difference, "Difference", "Pixel difference, amplified so that it can be seen"),
        (Self::Blink, "Blink", "Both in one view, alternating"),
    ];
}

/// The pages of the command table that are ways to compare.
const PAGES: [(Page, Mode); 4] = [
    (Page::SideBySide, Mode::SideBySide),
    (Page::Swipe, Mode::Swipe),
    (Page::Difference, Mode::Difference),
    (Page::Blink, Mode::Blink),
];

/// Seconds that each frame is shown while blinking.
const BLINK: f64 = 0.5;

impl ExplorePane {
    fn mode_ui(&mut self, ui: &mut Ui, has_labels: bool) {
        ui.horizontal_wrapped(|ui| {
            for (mode, name, hint) in Mode::ALL {
                let button = egui::Button::new(name).selected(self.mode == mode);
                if ui.add(button).on_hover_text(hint).clicked() {
                    self.mode = mode;
                }
            }
            if has_labels {
                ui.checkbox(&mut self.labels, "Labels").on_hover_text(
                    "Ground truth labels, moved with the image; labels outside of it are removed",
                );
            }
        });
    }

    fn beside_ui(&mut self, ui: &mut Ui, whole: Vec2, shown: &Shown<'_>, pane: &mut Pane<'_>) {
        let size = Vec2::new((whole.x - 8.0) / 2.0, whole.y);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            for (title, image, seen) in
                [("Original", shown.original, &shown.before), ("Transformed", shown.changed, &shown.after)]
            {
                ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
                    let seen = seen.as_ref();
                    title_ui(ui, title, seen);
                    let (response, placed) =
                        self.one_ui(ui, title, image, shown.generation, pane.textures, true);
                    let painter = ui.painter_at(response.rect);
                    labels_ui(&painter, &placed, shown, title == "Transformed");
                    place_ui(&response, &placed, shown, pane);
                    let expected = shown.expected.as_ref().filter(|_| title == "Transformed");
                    answers_ui(&painter, &placed, shown.look, seen, expected, response.rect);
                });
            }
        });
    }

    /// A frame that fills the rest of the space.
    fn one_ui(
        &mut self,
        ui: &mut Ui,
        title: &str,
        image: &Image,
        version: u64,
        textures: &mut Textures,
        pans: bool,
    ) -> (egui::Response, Placed) {
        let texture = textures.get(ui, &format!("explore {title}"), version, image);
        let (response, placed) = picture_ui(ui, texture, image.size(), &mut self.view, pans);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{title} frame")));
        (response, placed)
    }

    fn swipe_ui(&mut self, ui: &mut Ui, whole: Vec2, shown: &Shown<'_>, textures: &mut Textures) {
        ui.allocate_ui_with_layout(whole, egui::Layout::top_down(egui::Align::Min), |ui| {
            title_ui(ui, "Original | Transformed", shown.after.as_ref());
            let original = textures.get(ui, "explore Original", shown.generation, shown.original);
            let (response, placed) =
                self.one_ui(ui, "Transformed", shown.changed, shown.generation, textures, false);
            let place = response.rect;
            if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
                self.swipe = ((pointer.x - place.left()) / place.width()).clamp(0.0, 1.0);
            }
            let line = place.left() + self.swipe * place.width();
            let (left, right) = place.split_left_right_at_x(line);
            let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            let painter = ui.painter_at(left);
            painter.image(original, placed.rect, uv, egui::Color32::WHITE);
            labels_ui(&painter, &placed, shown, false);
            labels_ui(&ui.painter_at(right), &placed, shown, true);
            answers_ui(&painter, &placed, shown.look, shown.before.as_ref(), None, left);
            answers_ui(
                &ui.painter_at(right),
                &placed,
                shown.look,
                shown.after.as_ref(),
                shown.expected.as_ref(),
                right,
            );
            let ends = [Pos2::new(line, place.top()), Pos2::new(line, place.bottom())];
            ui.painter().line_segment(ends, Stroke::new(4.0, egui::Color32::from_black_alpha(150)));
            ui.painter().line_segment(ends, Stroke::new(2.0, theme::colors(ui).playhead));
            if response.hovered() {
                ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
            }
        });
    }

    fn difference_ui(&mut self, ui: &mut Ui, whole: Vec2, pane: &mut Pane<'_>) {
        if pane.app.open.wants_difference() {
            pane.commands.push(Command::Explore(ExploreCommand::Difference));
        }
        ui.allocate_ui_with_layout(whole, egui::Layout::top_down(egui::Align::Min), |ui| {
            title_ui(ui, &format!("Difference, amplified {}×", pane.app.open.difference_gain()), None);
            let Some((version, difference)) = pane.app.open.difference() else { return };
            self.one_ui(ui, "Difference", difference, version, pane.textures, true);
        });
    }

    fn blink_ui(&mut self, ui: &mut Ui, whole: Vec2, shown: &Shown<'_>, textures: &mut Textures) {
        let now = ui.input(|input| input.time);
        let changed = (now / BLINK) as u64 % 2 == 1;
        ui.ctx().request_repaint_after_secs((BLINK - now % BLINK) as f32);
        ui.allocate_ui_with_layout(whole, egui::Layout::top_down(egui::Align::Min), |ui| {
            let (title, image, seen) = if changed {
                ("Transformed", shown.changed, shown.after.as_ref())
            } else {
                ("Original", shown.original, shown.before.as_ref())
            };
            title_ui(ui, title, seen);
            let (response, placed) = self.one_ui(ui, title, image, shown.generation, textures, true);
            let painter = ui.painter_at(response.rect);
            labels_ui(&painter, &placed, shown, changed);
            answers_ui(
                &painter,
                &placed,
                shown.look,
                seen,
                shown.expected.as_ref().filter(|_| changed),
                response.rect,
            );
        });
    }
}

fn title_ui(ui: &mut Ui, title: &str, seen: Option<&Prediction>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).strong());
        let summary = seen.map(Prediction::summary).unwrap_or_default();
        name_label_ui(ui, RichText::new(summary).size(12.0));
    });
}

/// A click places the selected transform's object there; on a labeled object at its center, half as large.
fn place_ui(response: &egui::Response, placed: &Placed, shown: &Shown<'_>, pane: &mut Pane<'_>) {
    let app = pane.app;
    let position = app.open.explore.selected;
    let kind = app
        .open
        .explore
        .stack
        .transforms
        .get(position)
        .and_then(|entry| app.open.models.catalog.kind(&entry.transform));
    let has = |id: &str| kind.is_some_and(|kind| kind.params.iter().any(|spec| spec.id == id));
    let (Some(kind), true) = (kind, has("across") && has("down") && shown.look == Look::Picture) else {
        return;
    };
    let Some(at) = response.hover_pos() else { return };
    response.clone().on_hover_text_at_pointer(format!("Click to put the {} here", kind.title.to_lowercase()));
    if !response.clicked() {
        return;
    }
    let ((x, y), (width, height)) = (placed.to_picture(at), shown.original.size());
    let inside = |b: &Box2| (b.x0..b.x1).contains(&x) && (b.y0..b.y1).contains(&y);
    let labels = shown.labeled.iter().filter_map(|label| label.before.bounds());
    let found = match &shown.before {
        Some(Prediction::Objects { objects }) => objects.iter().map(|object| object.bbox).collect(),
        _ => Vec::new(),
    };
    // The smallest one is meant.
    let object = labels.chain(found).filter(inside).min_by(|a, b| a.area().total_cmp(&b.area()));
    let (x, y) = object.map_or((x, y), |object| object.center());
    let mut set = |param: &str, value: f32| {
        let (param, value) = (param.to_owned(), f64::from(value));
        pane.commands.push(Command::Explore(ExploreCommand::Set { position, param, value }));
    };
    set("across", x / width as f32);
    set("down", y / height as f32);
    if let Some(object) = object.filter(|_| has("size")) {
        set("size", 0.5 * object.width().min(object.height()) / width.min(height) as f32);
    }
}

/// Ground truth labels, in the original or moved with the transform.
fn labels_ui(painter: &egui::Painter, placed: &Placed, shown: &Shown<'_>, changed: bool) {
    for label in shown.labeled {
        let shape = if changed { label.after.as_ref() } else { Some(&label.before) };
        let color = class_color(painter.ctx(), &label.class);
        let look = ShapeLook { line: Line::Solid, color, caption: &label.class, word: None };
        if let Some(shape) = shape {
            shape_ui(painter, placed, shape, look);
        }
    }
}

fn answers_ui(
    painter: &egui::Painter,
    placed: &Placed,
    look: Look,
    seen: Option<&Prediction>,
    expected: Option<&Prediction>,
    place: Rect,
) {
    if let Some(expected) = expected {
        prediction_ui(painter, placed, look, expected, Line::Dotted, place);
    }
    if let Some(seen) = seen {
        prediction_ui(painter, placed, look, seen, Line::Dashed, place);
    }
}
