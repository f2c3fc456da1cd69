//! Labels on the active camera: draw, grab and move them. Committed when the pointer is released.

use egui::{CursorIcon, PointerButton, Response, Ui};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::label::grips::{self, Grip};
use crate::data::clip::ChannelId;
use crate::data::geometry::shape::{Keypoint, Shape, ShapeKind};
use crate::data::labels::index::Shown;
use crate::data::labels::label::State;
use crate::gui::forms::double_clicked;
use crate::gui::panes::label::pointer::{Pointer, Target, cursor, hit, new_shape};
use crate::gui::theme::{self, class_color};
use crate::gui::viewers::overlay::{Line, caption_ui};
use crate::gui::viewers::picture::Placed;
use crate::gui::viewers::shapes::{ShapeLook, add_box, handles_ui, shape_ui};

/// Reach of the pointer in points of the screen.
const GRIP: f32 = 6.0;
/// More labels than this on one frame are drawn without their captions.
const CAPTIONS: usize = 150;

/// The shape that is being drawn or dragged.
#[derive(Debug, Default)]
pub(in crate::gui) struct Drawing {
    drag: Option<Drag>,
    /// Points of an outline, a line or keypoints that is not finished, in pixels.
    pub(in crate::gui) draft: Vec<Keypoint>,
    /// The frame of the draft.
    place: Option<(ChannelId, usize)>,
}

/// A shape while it is drawn or changed.
#[derive(Clone, Debug)]
struct Drag {
    camera: ChannelId,
    /// The object being changed; none for a new one.
    object: Option<u64>,
    /// Press position of the pointer, in pixels of the image. The shape follows from here and from the current position,
    /// so that nothing is lost when frames are slow.
    from: (f32, f32),
    before: Shape,
    shape: Shape,
    grip: Grip,
}

/// The frame that is labeled.
pub(in crate::gui) struct Labeled<'a> {
    pub(in crate::gui) camera: ChannelId,
    /// Name of the camera.
    pub(in crate::gui) channel: &'a str,
    pub(in crate::gui) frame: usize,
}

impl Drawing {
    pub(in crate::gui) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Finish the polygon that is being drawn; true if there was one.
    pub(in crate::gui) fn finish(&mut self, app: &App, commands: &mut Vec<Command>) -> bool {
        let points: Vec<[f32; 2]> = self.draft.iter().map(|point| [point.x, point.y]).collect();
        let shape = match app.open.labeling.tool {
            _ if self.draft.is_empty() => return false,
            ShapeKind::Polyline => Shape::Polyline(points),
            ShapeKind::Keypoints => Shape::Keypoints(self.draft.clone()),
            ShapeKind::Box
            | ShapeKind::TurnedBox
            | ShapeKind::Polygon
            | ShapeKind::Mask
            | ShapeKind::Cuboid
            | ShapeKind::Whole
            | ShapeKind::Parts => Shape::Polygon(points),
        };
        self.draft.clear();
        commands.push(Command::Label(LabelCommand::Draw(shape)));
        true
    }

    /// Remove the last point; true if there was one.
    pub(in crate::gui) fn step_back(&mut self) -> bool {
        self.draft.pop().is_some()
    }

    /// Draws the labels of a frame and changes them.
    pub(in crate::gui) fn ui(
        &mut self,
        ui: &Ui,
        response: &Response,
        placed: &Placed,
        Labeled { camera, channel, frame }: Labeled<'_>,
        app: &App,
        commands: &mut Vec<Command>,
    ) {
        let (Some(open), Some(project)) = (&app.open.clip, app.project()) else { return };
        if self.place != Some((camera, frame)) {
            self.place = Some((camera, frame));
            self.draft.clear();
        }
        let painter = ui.painter_at(response.rect);
        let mut labels = project.labels_on(&open.name, channel, frame);
        let sight = &app.open.labeling.sight;
        labels.retain(|shown| sight.shows(shown.label.object, &shown.label.class));
        let reach = GRIP / placed.scale.max(1e-6);
        let selected = app.open.labeling.object;
        let captions = labels.len() <= CAPTIONS;
        let mut many = egui::Mesh::default();
        for shown in &labels {
            let (label, is_selected) = (shown.label, selected == Some(shown.label.object));
            let drag = self.drag.as_ref().filter(|drag| drag.object == Some(label.object));
            let shape = drag.map_or(&*shown.shape, |drag| &drag.shape);
            if let (false, false, Shape::Box(b)) = (captions, is_selected || drag.is_some(), shape) {
                let rect = placed.to_screen(b);
                if rect.intersects(response.rect) {
                    add_box(&mut many, rect, class_color(painter.ctx(), &label.class));
                }
                continue;
            }
            let caption = if captions || is_selected { caption_of(shown, app) } else { String::new() };
            let word = project.ontology.class(&label.class);
            let color = class_color(painter.ctx(), &label.class);
            shape_ui(
                &painter,
                placed,
                shape,
                ShapeLook { line: Line::Solid, color, caption: &caption, word },
            );
            if is_selected && !sight.locked.contains(&label.object) {
                handles_ui(&painter, placed, shape, reach, theme::colors(ui).selection);
            }
        }
        painter.add(egui::Shape::mesh(many));
        wholes_ui(&painter, placed, &labels, response.rect);
        let ghost = ghost_of(app, &open.name, channel, frame);
        if let Some((object, class, shape)) = &ghost {
            let drag = self.drag.as_ref().filter(|drag| drag.object == Some(*object));
            let shape = drag.map_or(shape, |drag| &drag.shape);
            let caption = format!("{class}: drag it to its current position");
            let look = ShapeLook {
                line: Line::Dotted,
                color: class_color(painter.ctx(), class),
                caption: &caption,
                word: None,
            };
            shape_ui(&painter, placed, shape, look);
        }
        proposal_ui(&painter, placed, app, frame);
        let mut targets: Vec<Target<'_>> = labels
            .iter()
            .filter(|shown| {
                !sight.locked.contains(&shown.label.object) || selected == Some(shown.label.object)
            })
            .map(|shown| Target { object: shown.label.object, shape: &shown.shape })
            .collect();
        targets.extend(ghost.iter().map(|(object, _, shape)| Target { object: *object, shape }));
        let pointer = Pointer { response, placed, reach, camera };
        if app.open.labeling.drawing
            && !matches!(app.open.labeling.tool, ShapeKind::Box | ShapeKind::TurnedBox)
        {
            self.click_points(ui, &pointer, app, commands);
        } else {
            self.drag_shapes(ui, &pointer, &targets, app, commands);
        }
        self.unfinished_ui(&painter, &pointer, app);
    }

    /// Outlines, lines and keypoints are clicked point by point.
    fn click_points(&mut self, ui: &Ui, pointer: &Pointer<'_>, app: &App, commands: &mut Vec<Command>) {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        let Some((x, y)) = pointer.at() else { return };
        let first = self.draft.first().copied();
        let keypoints = app.open.labeling.tool == ShapeKind::Keypoints;
        let wanted = app
            .project()
            .and_then(|project| project.ontology.class(&app.open.active_class()))
            .map_or(0, |word| word.points.len());
        if keypoints && (pointer.response.clicked() || pointer.response.secondary_clicked()) {
            let hidden = ui.input(|input| input.modifiers.shift);
            let seen = if pointer.response.secondary_clicked() {
                0
            } else if hidden {
                1
            } else {
                2
            };
            self.draft.push(Keypoint { x, y, seen });
            if self.draft.len() >= wanted.max(1) {
                self.finish(app, commands);
            }
        } else if double_clicked(pointer.response) || pointer.response.secondary_clicked() {
            self.finish(app, commands);
        } else if pointer.response.clicked() {
            let closes = app.open.labeling.tool == ShapeKind::Polygon
                && self.draft.len() >= 3
                && first.is_some_and(|first| libm::hypotf(first.x - x, first.y - y) <= 2.0 * pointer.reach);
            if closes {
                self.finish(app, commands);
            } else {
                self.draft.push(Keypoint { x, y, seen: 2 });
            }
        }
    }

    fn unfinished_ui(&self, painter: &egui::Painter, pointer: &Pointer<'_>, app: &App) {
        let class = app.open.active_class();
        let word = app.project().and_then(|project| project.ontology.class(&class));
        let color = class_color(painter.ctx(), &class);
        if let Some(drag) =
            self.drag.as_ref().filter(|drag| drag.object.is_none() && drag.camera == pointer.camera)
        {
            let look = ShapeLook { line: Line::Solid, color, caption: &class, word };
            shape_ui(painter, pointer.placed, &drag.shape, look);
        }
        if app.open.labeling.drawing && app.open.labeling.tool == ShapeKind::Keypoints {
            let next = word.and_then(|word| word.points.get(self.draft.len()));
            let next =
                next.map_or_else(|| format!("point {} of {class}", self.draft.len() + 1), Clone::clone);
            let text = format!("{next}: click, Shift+click if hidden, right-click to skip");
            caption_ui(painter, pointer.response.rect.left_bottom() + egui::vec2(8.0, -8.0), color, &text);
        }
        if self.draft.is_empty() {
            return;
        }
        let shape = if app.open.labeling.tool == ShapeKind::Keypoints {
            Shape::Keypoints(self.draft.clone())
        } else {
            let mut points: Vec<[f32; 2]> = self.draft.iter().map(|point| [point.x, point.y]).collect();
            points.extend(pointer.at().map(|(x, y)| [x, y]));
            let text =
                "Enter or double-click to finish, Backspace to remove the last point, Escape to cancel";
            caption_ui(painter, pointer.response.rect.left_bottom() + egui::vec2(8.0, -8.0), color, text);
            Shape::Polyline(points)
        };
        let look = ShapeLook { line: Line::Solid, color, caption: "", word };
        shape_ui(painter, pointer.placed, &shape, look);
    }

    fn drag_shapes(
        &mut self,
        ui: &Ui,
        pointer: &Pointer<'_>,
        targets: &[Target<'_>],
        app: &App,
        commands: &mut Vec<Command>,
    ) {
        let selected = app.open.labeling.object;
        let hit = |at: (f32, f32)| hit(targets, at, pointer.reach, selected);
        let drawing = app.open.labeling.drawing;
        if let Some(at) = pointer.at().filter(|_| pointer.response.hovered()) {
            ui.ctx().set_cursor_icon(if drawing {
                CursorIcon::Crosshair
            } else {
                cursor(hit(at).map(|(_, grip)| grip))
            });
        }
        let pressed = ui.input(|input| input.pointer.press_origin()).map(|at| pointer.placed.to_picture(at));
        if pointer.response.drag_started_by(PointerButton::Primary)
            && let Some(from) = pressed
        {
            self.drag = if drawing {
                let shape = new_shape(app.open.labeling.tool, from, from);
                let grip = Grip::Whole;
                Some(Drag { camera: pointer.camera, object: None, from, before: shape.clone(), shape, grip })
            } else {
                hit(from).map(|(target, grip)| {
                    let shape = target.shape.clone();
                    let object = Some(target.object);
                    Drag { camera: pointer.camera, object, from, before: shape.clone(), shape, grip }
                })
            };
            if let Some(object) = self.drag.as_ref().and_then(|drag| drag.object) {
                commands.push(Command::Label(LabelCommand::SelectObject(Some(object))));
            }
        }
        if let Some(drag) = self.drag.as_mut().filter(|drag| drag.camera == pointer.camera) {
            if let Some(to) = pointer.at() {
                drag.shape = match drag.object {
                    Some(_) => grips::moved(&drag.before, drag.grip, drag.from, to),
                    None => new_shape(app.open.labeling.tool, drag.from, pointer.inside(to)),
                };
            }
            if pointer.response.drag_stopped()
                && let Some(drag) = self.drag.take()
            {
                commands.push(Command::Label(match drag.object {
                    Some(object) => LabelCommand::SetShape(object, drag.shape),
                    None => LabelCommand::Draw(drag.shape),
                }));
            }
        } else if let Some(at) = pointer.at().filter(|_| pointer.response.clicked()) {
            let modifiers = ui.input(|input| input.modifiers);
            let found = hit(at);
            let command = match (found, selected) {
                (Some((target, _)), Some(own)) if modifiers.shift && target.object != own => {
                    LabelCommand::JoinTracks(target.object)
                }
                (Some((target, Grip::Point(point))), _) if modifiers.alt => {
                    match grips::without_point(target.shape, point) {
                        Some(shape) => LabelCommand::SetShape(target.object, shape),
                        None => return,
                    }
                }
                (Some((target, Grip::Whole)), _) if modifiers.alt => {
                    match grips::with_new_point(target.shape, at, pointer.reach) {
                        Some(shape) => LabelCommand::SetShape(target.object, shape),
                        None => return,
                    }
                }
                _ => LabelCommand::SelectObject(found.map(|(target, _)| target.object)),
            };
            commands.push(Command::Label(command));
        }
    }
}

fn caption_of(shown: &Shown<'_>, app: &App) -> String {
    let label = shown.label;
    let number = if app.open.labeling.object == Some(label.object) {
        format!(" {}", label.object)
    } else {
        String::new()
    };
    let state =
        if label.state == State::Visible { String::new() } else { format!(" ({})", label.state.title()) };
    let between = if shown.keyframe { "" } else { " ·" };
    format!("{}{number}{state}{between}", label.class)
}

/// Classes of the whole frame, as text in its upper left corner.
fn wholes_ui(painter: &egui::Painter, placed: &Placed, labels: &[Shown<'_>], place: egui::Rect) {
    let wholes = labels.iter().filter(|shown| matches!(&*shown.shape, Shape::Whole));
    for (i, shown) in wholes.enumerate() {
        let at = placed.rect.intersect(place).left_top() + egui::vec2(8.0, 26.0 + 20.0 * i as f32);
        caption_ui(painter, at, class_color(painter.ctx(), &shown.label.class), &shown.label.class);
    }
}

/// The selected object at its last position, on a frame without it.
fn ghost_of(app: &App, clip: &str, channel: &str, frame: usize) -> Option<(u64, String, Shape)> {
    let (object, project) = (app.open.labeling.object?, app.project()?);
    if project.labels.object_on(clip, channel, object, frame).is_some_and(|shown| shown.label.state.present())
    {
        return None;
    }
    let keys = project.labels.keyframes(clip, channel, object);
    let nearest = keys.iter().min_by_key(|key| key.frame.abs_diff(frame))?;
    let motion = project.labels.motion(clip, channel);
    let shape = motion.map(|motion| motion.carried(&nearest.shape, nearest.frame, frame));
    Some((object, nearest.class.to_string(), shape.unwrap_or_else(|| nearest.shape.clone())))
}

/// The proposal that waits for an answer.
fn proposal_ui(painter: &egui::Painter, placed: &Placed, app: &App, frame: usize) {
    let Some((track, shape)) = app.open.shown_proposal(frame) else { return };
    let caption = format!("{}? Enter", track.class);
    let look = ShapeLook {
        line: Line::Dashed,
        color: class_color(painter.ctx(), &track.class),
        caption: &caption,
        word: None,
    };
    shape_ui(painter, placed, &shape, look);
}
