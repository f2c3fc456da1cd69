//! The labels on the active camera: drawn, taken hold of, moved. Committed when the pointer lets go.

use egui::{CursorIcon, PointerButton, Pos2, Response, Ui};

use crate::app::App;
use crate::app::command::{Command, LabelCommand};
use crate::app::label::grips::{self, Grip};
use crate::data::clip::ChannelId;
use crate::data::geometry::objects::Box2;
use crate::data::geometry::shape::{Keypoint, Shape, ShapeKind, TurnedBox};
use crate::data::labels::index::Shown;
use crate::data::labels::label::State;
use crate::gui::forms::double_clicked;
use crate::gui::theme::{self, class_color};
use crate::gui::viewers::overlay::{Line, caption_ui};
use crate::gui::viewers::picture::Placed;
use crate::gui::viewers::shapes::{ShapeLook, add_box, handles_ui, shape_ui};

/// Reach of the pointer in points of the screen.
const GRIP: f32 = 6.0;
/// More labels than this on one picture are drawn without their captions.
const CAPTIONS: usize = 150;

/// What is being drawn or dragged.
#[derive(Debug, Default)]
pub(in crate::gui) struct Drawing {
    drag: Option<Drag>,
    /// Points of an outline, a line or keypoints that is not finished, in pixels.
    pub(in crate::gui) draft: Vec<Keypoint>,
    /// The picture the draft is on.
    place: Option<(ChannelId, usize)>,
}

/// A shape while it is drawn or changed.
#[derive(Clone, Debug)]
struct Drag {
    camera: ChannelId,
    /// The object being changed; none for a new one.
    object: Option<u64>,
    /// Where the pointer went down, in pixels of the picture. What becomes of the shape follows from here and from
    /// where the pointer is, so that nothing is lost when frames are slow.
    from: (f32, f32),
    before: Shape,
    shape: Shape,
    grip: Grip,
}

/// A label that can be taken hold of.
struct Target<'a> {
    object: u64,
    shape: &'a Shape,
}

impl Drawing {
    pub(in crate::gui) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Ends the outline that is being drawn; whether there was one.
    pub(in crate::gui) fn finish(&mut self, app: &App, commands: &mut Vec<Command>) -> bool {
        let points: Vec<[f32; 2]> = self.draft.iter().map(|point| [point.x, point.y]).collect();
        let shape = match app.labelling.tool {
            _ if self.draft.is_empty() => return false,
            ShapeKind::Polyline => Shape::Polyline(points),
            ShapeKind::Keypoints => Shape::Keypoints(self.draft.clone()),
            ShapeKind::Box
            | ShapeKind::TurnedBox
            | ShapeKind::Polygon
            | ShapeKind::Mask
            | ShapeKind::Cuboid
            | ShapeKind::Whole => Shape::Polygon(points),
        };
        self.draft.clear();
        commands.push(Command::Label(LabelCommand::Draw(shape)));
        true
    }

    /// Takes the last point back; whether there was one.
    pub(in crate::gui) fn step_back(&mut self) -> bool {
        self.draft.pop().is_some()
    }

    /// Draws the labels of a picture and changes them.
    pub(in crate::gui) fn ui(
        &mut self,
        ui: &Ui,
        response: &Response,
        placed: &Placed,
        (camera, channel, frame): (ChannelId, &str, usize),
        app: &App,
        commands: &mut Vec<Command>,
    ) {
        let (Some(open), Some(project)) = (&app.clip, app.project()) else { return };
        if self.place != Some((camera, frame)) {
            self.place = Some((camera, frame));
            self.draft.clear();
        }
        let painter = ui.painter_at(response.rect);
        let labels = project.labels_on(&open.name, channel, frame);
        let reach = GRIP / placed.scale.max(1e-6);
        let selected = app.labelling.object;
        let captions = labels.len() <= CAPTIONS;
        let mut many = egui::Mesh::default();
        for shown in &labels {
            let (label, is_selected) = (shown.label, selected == Some(shown.label.object));
            let drag = self.drag.as_ref().filter(|drag| drag.object == Some(label.object));
            let shape = drag.map_or(&*shown.shape, |drag| &drag.shape);
            if let (false, false, Shape::Box(b)) = (captions, is_selected || drag.is_some(), shape) {
                let rect = placed.to_screen(b);
                if rect.intersects(response.rect) {
                    add_box(&mut many, rect, class_color(&label.class));
                }
                continue;
            }
            let caption = if captions || is_selected { caption_of(shown, app) } else { String::new() };
            let word = project.ontology.class(&label.class);
            let color = class_color(&label.class);
            shape_ui(
                &painter,
                placed,
                shape,
                ShapeLook { line: Line::Solid, color, caption: &caption, word },
            );
            if is_selected {
                handles_ui(&painter, placed, shape, reach, theme::colors(ui).selection);
            }
        }
        painter.add(egui::Shape::mesh(many));
        wholes_ui(&painter, placed, &labels, response.rect);
        let ghost = ghost_of(app, &open.name, channel, frame);
        if let Some((object, class, shape)) = &ghost {
            let drag = self.drag.as_ref().filter(|drag| drag.object == Some(*object));
            let shape = drag.map_or(shape, |drag| &drag.shape);
            let caption = format!("{class}: drag it to where it is now");
            let look =
                ShapeLook { line: Line::Dotted, color: class_color(class), caption: &caption, word: None };
            shape_ui(&painter, placed, shape, look);
        }
        proposal_ui(&painter, placed, app, frame);
        let mut targets: Vec<Target<'_>> =
            labels.iter().map(|shown| Target { object: shown.label.object, shape: &shown.shape }).collect();
        targets.extend(ghost.iter().map(|(object, _, shape)| Target { object: *object, shape }));
        let pointer = Pointer { response, placed, reach, camera };
        if app.labelling.drawing && !matches!(app.labelling.tool, ShapeKind::Box | ShapeKind::TurnedBox) {
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
        let keypoints = app.labelling.tool == ShapeKind::Keypoints;
        let wanted = app
            .project()
            .and_then(|project| project.ontology.class(&app.active_class()))
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
            let closes = app.labelling.tool == ShapeKind::Polygon
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
        let class = app.active_class();
        let word = app.project().and_then(|project| project.ontology.class(&class));
        let color = class_color(&class);
        if let Some(drag) =
            self.drag.as_ref().filter(|drag| drag.object.is_none() && drag.camera == pointer.camera)
        {
            let look = ShapeLook { line: Line::Solid, color, caption: &class, word };
            shape_ui(painter, pointer.placed, &drag.shape, look);
        }
        if app.labelling.drawing && app.labelling.tool == ShapeKind::Keypoints {
            let next = word.and_then(|word| word.points.get(self.draft.len()));
            let next =
                next.map_or_else(|| format!("point {} of {class}", self.draft.len() + 1), Clone::clone);
            let text = format!("{next}: click, Shift+click when hidden, right-click to leave it out");
            caption_ui(painter, pointer.response.rect.left_bottom() + egui::vec2(8.0, -8.0), color, &text);
        }
        if self.draft.is_empty() {
            return;
        }
        let shape = if app.labelling.tool == ShapeKind::Keypoints {
            Shape::Keypoints(self.draft.clone())
        } else {
            let mut points: Vec<[f32; 2]> = self.draft.iter().map(|point| [point.x, point.y]).collect();
            points.extend(pointer.at().map(|(x, y)| [x, y]));
            let text = "Enter or double-click ends it, Backspace takes a point back, Escape all of it";
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
        let selected = app.labelling.object;
        let hit = |at: (f32, f32)| hit(targets, at, pointer.reach, selected);
        let drawing = app.labelling.drawing;
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
                let shape = new_shape(app.labelling.tool, from, from);
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
                    None => new_shape(app.labelling.tool, drag.from, pointer.inside(to)),
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

/// The pointer over a picture.
struct Pointer<'a> {
    response: &'a Response,
    placed: &'a Placed,
    /// How far it may be off, in pixels of the picture.
    reach: f32,
    camera: ChannelId,
}

impl Pointer<'_> {
    /// Where it is, in pixels of the picture.
    fn at(&self) -> Option<(f32, f32)> {
        let at: Option<Pos2> = self.response.interact_pointer_pos().or_else(|| self.response.hover_pos());
        at.map(|at| self.placed.to_picture(at))
    }

    /// The nearest place inside the picture.
    fn inside(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let size = self.placed.rect.size() / self.placed.scale.max(1e-6);
        (x.clamp(0.0, size.x), y.clamp(0.0, size.y))
    }
}

fn new_shape(tool: ShapeKind, from: (f32, f32), to: (f32, f32)) -> Shape {
    let b = Box2::between(from, to);
    if tool == ShapeKind::TurnedBox {
        let (x, y) = b.center();
        Shape::TurnedBox(TurnedBox { center: [x, y], size: [b.width(), b.height()], angle: 0.0 })
    } else {
        Shape::Box(b)
    }
}

/// What lies under the pointer: the selected object first, then the smallest.
fn hit<'a>(
    targets: &'a [Target<'a>],
    at: (f32, f32),
    reach: f32,
    selected: Option<u64>,
) -> Option<(&'a Target<'a>, Grip)> {
    let under = targets.iter().filter_map(|target| {
        let is_selected = selected == Some(target.object);
        grips::grip_at(target.shape, at, reach, is_selected).map(|grip| (target, grip, is_selected))
    });
    let best = under.min_by(|a, b| b.2.cmp(&a.2).then(a.0.shape.area().total_cmp(&b.0.shape.area())));
    best.map(|(target, grip, _)| (target, grip))
}

fn cursor(grip: Option<Grip>) -> CursorIcon {
    match grip {
        Some(Grip::Whole) => CursorIcon::Move,
        Some(Grip::Edges { x: 0, .. }) => CursorIcon::ResizeVertical,
        Some(Grip::Edges { y: 0, .. }) => CursorIcon::ResizeHorizontal,
        Some(Grip::Edges { x, y }) if x == y => CursorIcon::ResizeNwSe,
        Some(Grip::Edges { .. }) => CursorIcon::ResizeNeSw,
        Some(Grip::Point(_)) => CursorIcon::PointingHand,
        Some(Grip::Turn) => CursorIcon::Alias,
        None => CursorIcon::Default,
    }
}

fn caption_of(shown: &Shown<'_>, app: &App) -> String {
    let label = shown.label;
    let number =
        if app.labelling.object == Some(label.object) { format!(" {}", label.object) } else { String::new() };
    let state =
        if label.state == State::Visible { String::new() } else { format!(" ({})", label.state.title()) };
    let between = if shown.keyframe { "" } else { " ·" };
    format!("{}{number}{state}{between}", label.class)
}

/// Classes of the whole picture, as words in its upper left corner.
fn wholes_ui(painter: &egui::Painter, placed: &Placed, labels: &[Shown<'_>], place: egui::Rect) {
    let wholes = labels.iter().filter(|shown| matches!(&*shown.shape, Shape::Whole));
    for (i, shown) in wholes.enumerate() {
        let at = placed.rect.intersect(place).left_top() + egui::vec2(8.0, 26.0 + 20.0 * i as f32);
        caption_ui(painter, at, class_color(&shown.label.class), &shown.label.class);
    }
}

/// The selected object where it was last, on a picture on which it is not.
fn ghost_of(app: &App, clip: &str, channel: &str, frame: usize) -> Option<(u64, String, Shape)> {
    let (object, project) = (app.labelling.object?, app.project()?);
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

/// The proposal that waits for a word.
fn proposal_ui(painter: &egui::Painter, placed: &Placed, app: &App, frame: usize) {
    let Some((track, shape)) = app.shown_proposal(frame) else { return };
    let caption = format!("{}? Enter", track.class);
    let look =
        ShapeLook { line: Line::Dashed, color: class_color(&track.class), caption: &caption, word: None };
    shape_ui(painter, placed, &shape, look);
}
