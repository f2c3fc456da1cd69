//! Point clouds and cuboids of the recording, all in one coordinate frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Color32, ComboBox, Pos2, Rect, Role, Slider, Ui, UiBuilder, WidgetInfo};
use egui_wgpu::wgpu;
use glam::{Mat4, Quat};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::base::text::counted;
use crate::base::time::Time;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::geometry::frames::{Cuboid, FrameTree, Pose};
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::input::Medium;
use crate::gui::forms::double_clicked;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme;
use crate::gui::theme::class_color;
use crate::gui::viewers::overlay::caption_ui;
use crate::gui::viewers::scene::{Layer, Orbit, Scene, Shade, scene_ui};

/// Points and cuboids in space, where a recording has some.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "space",
    title: "3D",
    place: Place::Side,
    medium: Some(Medium::Points),
    fits: |clip| {
        let has = |kind| clip.info.of_kind(kind).next().is_some();
        (has(ChannelKind::Points) || has(ChannelKind::Cuboids))
            .then_some(Subject::Recording)
            .into_iter()
            .collect()
    },
    make: |window| Box::new(SpacePane::new(window)),
};

/// State of this pane between frames.
struct SpacePane {
    orbit: Orbit,
    shade: Shade,
    point_size: f32,
    /// The frame everything is shown in; chosen by itself when absent.
    frame: Option<String>,
    window: wgpu::TextureFormat,
    /// Ends of the color scale by channel, kept while a recording is open so that colors do not flicker.
    ranges: BTreeMap<(usize, String), [f32; 2]>,
}

/// Frames that are fixed to the vehicle, the best first.
const VEHICLE_FRAMES: [&str; 5] = ["base_link", "base", "ego_vehicle", "vehicle", "ego"];
/// Part of the values that may lie beyond either end of the color scale.
const OUTLIERS: f32 = 0.02;

impl ViewPane for SpacePane {
    fn ui(&mut self, ui: &mut Ui, _subject: Subject, pane: &mut Pane<'_>) {
        self.draw(ui, pane);
    }

    fn forget(&mut self) {
        self.ranges.clear();
        self.frame = None;
    }
}

impl SpacePane {
    fn new(window: Option<wgpu::TextureFormat>) -> Self {
        Self {
            orbit: Orbit::default(),
            shade: Shade::Height,
            point_size: 2.0,
            frame: None,
            window: window.unwrap_or(wgpu::TextureFormat::Rgba8Unorm),
            ranges: BTreeMap::new(),
        }
    }

    fn draw(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(open) = &app.open.clip else { return };
        let now = app.open.playback.playhead;
        let frames = open.clip.frames();
        let clouds: Vec<(ChannelId, usize, Arc<PointCloud>)> = open
            .info
            .of_kind(ChannelKind::Points)
            .filter_map(|(id, _)| match app.open.frames.shown(id) {
                Some((index, Ok(Sample::Points(cloud)))) => Some((id, index, Arc::clone(cloud))),
                _ => None,
            })
            .collect();
        let labeled = app.open.labeled_cuboids();
        let predicted = if pane.shared.predictions { app.open.predicted_cuboids() } else { Vec::new() };
        let boxes: Vec<&Cuboid> = open
            .info
            .of_kind(ChannelKind::Cuboids)
            .filter_map(|(id, _)| match app.open.frames.shown(id) {
                Some((_, Ok(Sample::Cuboids(boxes)))) => Some(boxes.as_slice()),
                _ => None,
            })
            .flatten()
            .chain(&labeled)
            .chain(&predicted)
            .collect();
        let all: Vec<&str> = clouds
            .iter()
            .map(|(_, _, cloud)| cloud.frame.as_str())
            .chain(boxes.iter().map(|cuboid| cuboid.frame.as_str()))
            .collect();
        let frame = self.frame.clone().unwrap_or_else(|| best_frame(&all, &frames, now));
        let placed = |from: &str| frames.pose(from, &frame, now);
        let place = ui.available_rect_before_wrap();
        let (mut layers, mut lost, mut points) = (Vec::new(), 0, 0);
        for (id, index, cloud) in &clouds {
            let Some(pose) = placed(&cloud.frame) else {
                lost += 1;
                continue;
            };
            points += cloud.positions.len();
            layers.push(Layer {
                version: open.id << 48 | (id.0 as u64) << 32 | *index as u64,
                cloud: Arc::clone(cloud),
                model: matrix(&pose),
                range: self.range(*id, cloud),
            });
        }
        let mut shown = Vec::new();
        for cuboid in &boxes {
            match placed(&cuboid.frame) {
                Some(pose) if cuboid.id == "selected" => {
                    shown.push((pose, *cuboid, theme::colors(ui).selection));
                }
                // What a model says is fainter than what people say.
                Some(pose) if cuboid.id.starts_with("predicted ") => {
                    shown.push((pose, *cuboid, class_color(ui.ctx(), &cuboid.class).gamma_multiply(0.6)));
                }
                Some(pose) => shown.push((pose, *cuboid, class_color(ui.ctx(), &cuboid.class))),
                None => lost += 1,
            }
        }
        let fields: Vec<String> = clouds
            .first()
            .map(|(_, _, cloud)| cloud.fields.iter().map(|field| field.name.clone()).collect())
            .unwrap_or_default();
        let scene = Scene {
            layers,
            boxes: shown,
            shade: self.shade.clone(),
            point_size: self.point_size,
            window: self.window,
        };
        let response = scene_ui(ui, &mut self.orbit, scene);
        if response.clicked()
            && let Some(at) = response.interact_pointer_pos()
        {
            let sights: Vec<_> =
                clouds.iter().filter_map(|(id, _, c)| Some((*id, c, placed(&c.frame)?))).collect();
            self.click(&sights, response.rect, at, pane);
        }
        hint_ui(ui, app, place);
        response
            .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Point cloud, frame {frame}")));
        if double_clicked(&response) {
            self.orbit = Orbit::default();
        }
        let painter = ui.painter_at(place);
        let text = format!("{}, {}, frame {frame}", counted(points, "point"), counted(boxes.len(), "box"));
        if lost > 0 {
            let strangers = format!("{lost} more in coordinate frames without a transform");
            let above = place.left_bottom() + egui::vec2(8.0, -30.0);
            caption_ui(&painter, above, theme::colors(ui).warning, &strangers);
        }
        caption_ui(&painter, place.left_bottom() + egui::vec2(8.0, -8.0), Color32::from_gray(200), &text);
        self.bar_ui(ui, place, &fields, &frame, &all, &frames);
    }

    /// Fit a cuboid to the clicked object, or select the cuboid there.
    fn click(
        &self,
        sights: &[(ChannelId, &Arc<PointCloud>, Pose)],
        rect: Rect,
        at: Pos2,
        pane: &mut Pane<'_>,
    ) {
        let app = pane.app;
        let Some(project) = app.project() else { return };
        let ray = self.orbit.ray(rect, at);
        let hit = sights
            .iter()
            .filter_map(|(id, cloud, pose)| Some((ray.nearest(&cloud.positions, &matrix(pose))?, *id)))
            .min_by(|a, b| a.0.1.total_cmp(&b.0.1));
        let Some(((point, _), id)) = hit else { return };
        pane.commands.push(Command::Play(PlayCommand::Camera(id)));
        if app.open.labeling.drawing && app.open.labeling.tool == ShapeKind::Cuboid {
            pane.commands.push(Command::Label(LabelCommand::FitCuboid { channel: id, seed: point }));
            return;
        }
        let (Some(open), Some((index, _))) = (&app.open.clip, app.open.frames.shown(id)) else { return };
        let Some(channel) = open.info.channel(id) else { return };
        let labels = project.labels_on(&open.name, &channel.name, index);
        let holds = |shape: &Shape| {
            if let Shape::Cuboid(block) = shape { block.contains(point.map(f64::from), 0.3) } else { false }
        };
        let object = labels.iter().find(|shown| holds(&shown.shape)).map(|shown| shown.label.object);
        pane.commands.push(Command::Label(LabelCommand::SelectObject(object)));
    }

    fn bar_ui(
        &mut self,
        ui: &mut Ui,
        place: Rect,
        fields: &[String],
        frame: &str,
        all: &[&str],
        frames: &FrameTree,
    ) {
        let bar =
            Rect::from_min_size(place.min + egui::vec2(6.0, 6.0), egui::vec2(place.width() - 12.0, 26.0));
        ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
            ui.horizontal(|ui| {
                let from_above = ui.button("Top view").on_hover_text("bird's eye view, forward is up");
                if from_above.clicked() {
                    self.orbit = self.orbit.birds_eye();
                }
                if ui
                    .button("Reset")
                    .on_hover_text(
                        "double-click does the same; drag to rotate, Shift-drag to pan, wheel to zoom",
                    )
                    .clicked()
                {
                    self.orbit = Orbit::default();
                }
                let combo = ComboBox::from_id_salt("shade")
                    .width(90.0)
                    .selected_text(title(&self.shade))
                    .show_ui(ui, |ui| {
                        let named = fields.iter().map(|name| Shade::Field(name.clone()));
                        for shade in [Shade::Height, Shade::Range].into_iter().chain(named) {
                            let name = title(&shade);
                            ui.selectable_value(&mut self.shade, shade, name);
                        }
                    });
                combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Color of points"));
                let mut choices: Vec<&str> = all.to_vec();
                choices.extend(all.iter().map(|frame| frames.root(frame)));
                choices.sort_unstable();
                choices.dedup();
                if choices.len() > 1 {
                    let combo =
                        ComboBox::from_id_salt("frame").width(90.0).selected_text(frame).show_ui(ui, |ui| {
                            for choice in choices {
                                if ui.selectable_label(choice == frame, choice).clicked() {
                                    self.frame = Some(choice.to_owned());
                                }
                            }
                        });
                    combo
                        .response
                        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Coordinate frame"));
                }
                if ui.available_width() > 120.0 {
                    ui.spacing_mut().slider_width = 60.0;
                    let slider = ui.add(Slider::new(&mut self.point_size, 1.0..=8.0).show_value(false));
                    slider.on_hover_text("point size");
                }
            });
        });
    }

    /// Both ends of the color scale, between which lie almost all values of the first cloud.
    fn range(&mut self, id: ChannelId, cloud: &PointCloud) -> [f32; 2] {
        let key = (id.0, title(&self.shade));
        if let Some(range) = self.ranges.get(&key) {
            return *range;
        }
        let every = (cloud.positions.len() / 4_000).max(1);
        let mut values: Vec<f32> = match &self.shade {
            Shade::Field(name) => {
                cloud.field(name).unwrap_or_default().iter().step_by(every).copied().collect()
            }
            Shade::Height => cloud.positions.iter().step_by(every).map(|p| p[2]).collect(),
            Shade::Range => {
                let length = |p: &[f32; 3]| (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt();
                cloud.positions.iter().step_by(every).map(length).collect()
            }
        };
        values.retain(|value| value.is_finite());
        values.sort_by(f32::total_cmp);
        let cut = (values.len() as f32 * OUTLIERS) as usize;
        let range = match (values.get(cut), values.get(values.len().saturating_sub(cut + 1))) {
            (Some(low), Some(high)) if high > low => [*low, *high],
            (Some(low), _) => [*low - 1.0, *low + 1.0],
            _ => [0.0, 1.0],
        };
        self.ranges.insert(key, range);
        range
    }
}

fn title(shade: &Shade) -> String {
    match shade {
        Shade::Height => "height".to_owned(),
        Shade::Range => "range".to_owned(),
        Shade::Field(name) => name.clone(),
    }
}

/// A coordinate frame of the vehicle if the transforms know one, else that of the first cloud.
fn best_frame(all: &[&str], frames: &FrameTree, now: Time) -> String {
    let first = all.first().copied().unwrap_or_default();
    let vehicle = VEHICLE_FRAMES.iter().find(|frame| frames.pose(first, frame, now).is_some());
    vehicle.copied().unwrap_or(first).to_owned()
}

fn matrix(pose: &Pose) -> Mat4 {
    Mat4::from_rotation_translation(
        Quat::from_array(pose.rotation.to_array().map(|part| part as f32)),
        pose.translation.as_vec3(),
    )
}

/// Hint for a click while a cuboid is about to be added.
fn hint_ui(ui: &Ui, app: &App, place: Rect) {
    if app.open.labeling.drawing && app.open.labeling.tool == ShapeKind::Cuboid {
        let text = "click an object to fit a cuboid around its points";
        caption_ui(
            &ui.painter_at(place),
            place.left_top() + egui::vec2(8.0, 56.0),
            theme::colors(ui).warning,
            text,
        );
    }
}
