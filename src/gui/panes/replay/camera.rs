//! A camera of the recording with labels and predictions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use egui::{Rect, Role, Ui, Vec2, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::sight::Sight;
use crate::app::replay::command::PlayCommand;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::geometry::shape::Mask;
use crate::data::image::Image;
use crate::data::input::Medium;
use crate::data::prediction::{Prediction, Segment};
use crate::gui::pane::Pane;
use crate::gui::panes::label::drawing::Labeled;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme::{self, class_color};
use crate::gui::viewers::attention::attention_ui;
use crate::gui::viewers::overlay::{Line, box_ui, caption_ui, slanted_ui};
use crate::gui::viewers::picture::{Placed, View, picture_ui};
use crate::gui::viewers::projection::projection_ui;
use crate::imaging::look::Look;

/// One tile for each camera.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "camera",
    title: "Camera",
    place: Place::Main,
    medium: Some(Medium::Image),
    fits: |clip| clip.cameras().into_iter().map(Subject::Channel).collect(),
    make: |_| Box::<Cameras>::default(),
};

/// State of this pane between frames.
#[derive(Default)]
struct Cameras {
    views: BTreeMap<usize, View>,
    /// Start of the lag in seconds of the window, while the frames on screen are not those of the playhead.
    late_since: BTreeMap<usize, f64>,
}

/// Lag in seconds after which a frame is marked as late.
const LATE: f64 = 0.15;

impl ViewPane for Cameras {
    fn ui(&mut self, ui: &mut Ui, subject: Subject, pane: &mut Pane<'_>) {
        if let Some(camera) = subject.channel() {
            camera_ui(ui, camera, self, pane);
        }
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Draws one camera; labels are drawn and changed on the active one.
fn camera_ui(ui: &mut Ui, camera: ChannelId, cameras: &mut Cameras, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(open) = &app.open.clip else { return };
    let (frame, image) = match app.open.frames.picture(camera) {
        Some((frame, Ok(image))) => (frame, image),
        Some((_, Err(problem))) => {
            ui.centered_and_justified(|ui| {
                let color = theme::colors(ui).warning;
                ui.label(egui::RichText::new(format!("{}  {problem}", theme::icon::WARNING)).color(color))
            });
            return;
        }
        None => {
            ui.centered_and_justified(|ui| ui.label("Reading the first frame…"));
            return;
        }
    };
    let version = open.id << 40 | frame as u64;
    let texture = pane.textures.get(ui, &format!("camera {}", camera.0), version, image);
    let view = cameras.views.entry(camera.0).or_default();
    let (response, placed) = picture_ui(ui, texture, image.size(), view, false);
    let name = open.info.channel(camera).map(|channel| channel.name.clone()).unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Camera {name}")));
    let painter = ui.painter_at(response.rect);
    late_ui(ui, &painter, camera, frame, cameras, app, response.rect);
    if pane.shared.points_over_cameras {
        projection_ui(&painter, &placed, image.size(), app, camera);
    }
    recorded_boxes_ui(&painter, &placed, app, camera);
    if let Some((x, y)) = response.hover_pos().map(|at| placed.to_picture(at)) {
        pixel_ui(&painter, image, (x, y), response.rect);
    }
    let predicted = app.open.models.answer(camera, frame).filter(|_| pane.shared.predictions);
    let draw_predicted = |opacity: f32| {
        if let Some(answer) = predicted {
            let mut faint = painter.clone();
            faint.multiply_opacity(opacity);
            let answer = in_sight(answer, &app.open.labeling.sight);
            prediction_ui(&faint, &placed, Look::Picture, &answer, Line::Dashed, response.rect);
        }
    };
    let (opacity, in_front) = (pane.shared.opacity, pane.shared.predictions_in_front);
    if !in_front {
        draw_predicted(opacity);
    }
    if let Some(attended) =
        app.open.models.saliency.as_ref().filter(|a| (a.camera, a.frame) == (camera, frame))
    {
        attention_ui(&painter, &placed, &attended.map, image.size(), pane.shared.saliency);
    }
    if app.open.playback.camera == Some(camera) {
        let at = Labeled { camera, channel: &name, frame };
        pane.shared.drawing.ui(ui, &response, &placed, at, app, pane.commands);
    } else if response.clicked() {
        pane.commands.push(Command::Play(PlayCommand::Camera(camera)));
    }
    if in_front {
        draw_predicted(opacity);
    }
}

/// A prediction without the objects and areas of hidden classes.
fn in_sight<'a>(answer: &'a Prediction, sight: &Sight) -> Cow<'a, Prediction> {
    let hidden = &sight.hidden_classes;
    if hidden.is_empty() {
        return Cow::Borrowed(answer);
    }
    match answer {
        Prediction::Objects { objects } => {
            let objects = objects.iter().filter(|object| !hidden.contains(&object.class)).cloned().collect();
            Cow::Owned(Prediction::Objects { objects })
        }
        Prediction::Segments { segments } => {
            let segments =
                segments.iter().filter(|segment| !hidden.contains(&segment.class)).cloned().collect();
            Cow::Owned(Prediction::Segments { segments })
        }
        Prediction::Classes { .. } | Prediction::Values { .. } | Prediction::Vector { .. } => {
            Cow::Borrowed(answer)
        }
    }
}

/// The boxes of the recording itself: ground truth of a data set, or detections made while driving.
fn recorded_boxes_ui(painter: &egui::Painter, placed: &Placed, app: &App, camera: ChannelId) {
    let Some(open) = &app.open.clip else { return };
    for (id, channel) in open.info.of_kind(ChannelKind::Boxes) {
        if open.info.camera_of(&channel.name) != Some(camera) {
            continue;
        }
        if let Some((_, Ok(Sample::Boxes(boxes)))) = app.open.frames.shown(id) {
            for found in boxes {
                box_ui(
                    painter,
                    placed.to_screen(&found.bbox),
                    Line::Solid,
                    class_color(painter.ctx(), &found.class),
                    &found.class,
                );
            }
        }
    }
}

/// Place and color of the pixel under the pointer, in the lower right corner.
fn pixel_ui(painter: &egui::Painter, image: &Image, (x, y): (f32, f32), place: Rect) {
    if x < 0.0 || y < 0.0 {
        return;
    }
    let (x, y) = (x as u32, y as u32);
    let Some([r, g, b]) = image.pixel(x, y) else { return };
    let text = format!("{x}, {y}   {r:3} {g:3} {b:3}");
    let font = egui::FontId::monospace(12.0);
    let galley = painter.layout_no_wrap(text, font, egui::Color32::WHITE);
    let size = galley.size() + Vec2::new(28.0, 6.0);
    let ground = Rect::from_min_size(place.right_bottom() - size - Vec2::splat(8.0), size);
    painter.rect_filled(ground, 2.0, egui::Color32::from_black_alpha(180));
    let sample = Rect::from_min_size(ground.min + Vec2::new(5.0, 5.0), Vec2::splat(size.y - 10.0));
    painter.rect_filled(sample, 1.0, egui::Color32::from_rgb(r, g, b));
    painter.galley(ground.min + Vec2::new(22.0, 3.0), galley, egui::Color32::WHITE);
}

/// Mark a late frame while decoding takes long, so that nobody labels the wrong one.
fn late_ui(
    ui: &Ui,
    painter: &egui::Painter,
    camera: ChannelId,
    frame: usize,
    cameras: &mut Cameras,
    app: &App,
    place: Rect,
) {
    let Some(wanted) =
        app.open.wanted_frame(camera).filter(|wanted| *wanted != frame && !app.open.playback.playing)
    else {
        cameras.late_since.remove(&camera.0);
        return;
    };
    let now = ui.input(|i| i.time);
    let late = now - *cameras.late_since.entry(camera.0).or_insert(now);
    if late < LATE {
        ui.ctx().request_repaint_after_secs((LATE - late) as f32);
        return;
    }
    let text = format!("reading frame {wanted}, this is frame {frame}");
    let at = place.left_bottom() + Vec2::new(8.0, -8.0);
    caption_ui(painter, at, theme::colors(ui).warning, &text);
}

/// The prediction of a model over a frame.
pub fn prediction_ui(
    painter: &egui::Painter,
    placed: &Placed,
    look: Look,
    answer: &Prediction,
    line: Line,
    place: Rect,
) {
    match answer {
        Prediction::Objects { objects } => {
            for object in objects.iter().filter(|object| object.score > 0.0) {
                let caption = if line == Line::Dotted {
                    String::new()
                } else {
                    format!("{} {:.2}", object.class, object.score)
                };
                let color = class_color(painter.ctx(), &object.class);
                if let Some(mask) = &object.mask {
                    mask_ui(painter, placed, mask, color.gamma_multiply(SEEN_THROUGH));
                }
                for point in &object.keypoints {
                    let (at, radius) = (placed.pixel_to_screen(point.x, point.y), 3.0);
                    if point.seen > 1 {
                        painter.circle_filled(at, radius, color);
                    } else {
                        painter.circle_stroke(at, radius, egui::Stroke::new(1.0, color));
                    }
                }
                match look.outline(object) {
                    Some(corners) => {
                        let corners = corners.map(|(x, y)| placed.pixel_to_screen(x, y));
                        slanted_ui(painter, corners, line, color, &caption);
                    }
                    None => box_ui(painter, placed.to_screen(&object.bbox), line, color, &caption),
                }
            }
        }
        // What is expected of a class is said by the verdict.
        Prediction::Classes { .. } | Prediction::Values { .. } | Prediction::Vector { .. }
            if line == Line::Dotted => {}
        Prediction::Segments { segments } => {
            let line = if line == Line::Dotted { DIMMED } else { SEEN_THROUGH };
            for segment in segments {
                mask_ui(
                    painter,
                    placed,
                    &segment.mask,
                    class_color(painter.ctx(), &segment.class).gamma_multiply(line),
                );
            }
            let mut largest: Vec<&Segment> = segments.iter().collect();
            largest.sort_by(|a, b| b.share().total_cmp(&a.share()));
            let text = |s: &Segment| format!("{} {:.0} %", s.class, 100.0 * s.share());
            let lines = largest.iter().take(6).map(|s| (s.class.as_str(), text(s))).collect();
            captions_ui(painter, placed, place, lines);
        }
        Prediction::Vector { vector } => {
            captions_ui(
                painter,
                placed,
                place,
                vec![("", format!("an embedding of {} numbers", vector.len()))],
            );
        }
        Prediction::Classes { top } => {
            let lines = top.iter().take(3);
            let lines = lines.map(|c| (c.class.as_str(), format!("{} {:.2}", c.class, c.score))).collect();
            captions_ui(painter, placed, place, lines);
        }
        Prediction::Values { values } => {
            let lines = values.iter().take(4).map(|v| (v.name.as_str(), v.text())).collect();
            captions_ui(painter, placed, place, lines);
        }
    }
}

/// Opacity of a mask.
const SEEN_THROUGH: f32 = 0.45;
/// The same for expected but missing areas.
const DIMMED: f32 = 0.2;
/// Largest number of drawn columns of a mask: those in between are like their neighbor.
const COLUMNS: u32 = 360;

/// The pixels of a mask, one strip for each run of a column.
fn mask_ui(painter: &egui::Painter, placed: &Placed, mask: &Mask, color: egui::Color32) {
    let [width, height] = mask.size;
    let (step, tall) = (width.div_ceil(COLUMNS).max(1), u64::from(height.max(1)));
    let mut mesh = egui::Mesh::default();
    let mut at = 0_u64;
    for (i, run) in mask.runs.iter().enumerate() {
        let end = at + u64::from(*run);
        // A run may go on in the next column.
        while i % 2 == 1 && at < end {
            let column = at / tall;
            let stop = end.min((column + 1) * tall);
            if column.is_multiple_of(u64::from(step)) {
                let corner = placed.pixel_to_screen(column as f32, (at % tall) as f32);
                let low = (stop - column * tall) as f32;
                let other = placed.pixel_to_screen((column + u64::from(step)) as f32, low);
                mesh.add_colored_rect(Rect::from_two_pos(corner, other), color);
            }
            at = stop;
        }
        at = end;
    }
    painter.add(mesh);
}

/// Lines about the frame as a whole, in its lower left corner, each in the color of its name.
fn captions_ui(painter: &egui::Painter, placed: &Placed, place: Rect, lines: Vec<(&str, String)>) {
    let corner = placed.rect.intersect(place).left_bottom() + Vec2::new(6.0, -6.0);
    let count = lines.len();
    for (i, (name, text)) in lines.into_iter().enumerate() {
        let at = corner - Vec2::new(0.0, 20.0 * (count - 1 - i) as f32);
        caption_ui(painter, at, class_color(painter.ctx(), name), &text);
    }
}
