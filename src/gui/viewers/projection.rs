//! Point clouds and cuboids projected onto the image of a calibrated camera.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, Vec2};
use glam::DVec3;

use crate::app::App;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::geometry::frames::{Calibration, Cuboid, Pose};
use crate::data::geometry::points::PointCloud;
use crate::gui::theme::class_color;
use crate::gui::viewers::picture::Placed;

/// More points than this are thinned out, for an image has no room for them.
const MOST: usize = 20_000;
/// Half the side of a point on the screen.
const POINT: f32 = 1.2;
/// Depth in meters at which the color scale ends.
const FAR: f64 = 50.0;

/// True if the recording holds a calibration of any camera.
pub(in crate::gui) fn is_possible(app: &App) -> bool {
    app.open.clip.as_ref().is_some_and(|open| open.info.of_kind(ChannelKind::Calibration).next().is_some())
}

/// Draw point clouds and cuboids as the camera would see them.
pub(in crate::gui) fn projection_ui(
    painter: &Painter,
    placed: &Placed,
    picture: (u32, u32),
    app: &App,
    camera: ChannelId,
) {
    let Some((open, calibration)) = app.open.clip.as_ref().zip(calibration(app, camera)) else { return };
    let frames = open.clip.frames();
    let now = app.open.playback.playhead;
    let view = View { placed, scale: scale(&calibration, picture), calibration };
    for (id, _) in open.info.of_kind(ChannelKind::Points) {
        if let Some((_, Ok(Sample::Points(cloud)))) = app.open.frames.shown(id)
            && let Some(pose) = frames.pose(&cloud.frame, &view.calibration.frame, now)
        {
            painter.add(Shape::mesh(view.points(cloud, &pose)));
        }
    }
    for (id, _) in open.info.of_kind(ChannelKind::Cuboids) {
        let Some((_, Ok(Sample::Cuboids(boxes)))) = app.open.frames.shown(id) else { continue };
        for cuboid in boxes {
            if let Some(pose) = frames.pose(&cuboid.frame, &view.calibration.frame, now) {
                view.cuboid_ui(painter, cuboid, &pose);
            }
        }
    }
    for cuboid in app.open.labeled_cuboids() {
        if let Some(pose) = frames.pose(&cuboid.frame, &view.calibration.frame, now) {
            view.cuboid_ui(painter, &cuboid, &pose);
        }
    }
}

/// Calibration of the camera, as recorded.
fn calibration(app: &App, camera: ChannelId) -> Option<Calibration> {
    match app.open.frames.shown(app.open.clip.as_ref()?.info.calibration_of(camera)?)? {
        (_, Ok(Sample::Calibration(calibration))) => Some(calibration.clone()),
        _ => None,
    }
}

/// A recording may hold smaller images than its calibration refers to.
fn scale(calibration: &Calibration, picture: (u32, u32)) -> f64 {
    if calibration.size.0 == 0 { 1.0 } else { f64::from(picture.0) / f64::from(calibration.size.0) }
}

struct View<'a> {
    placed: &'a Placed,
    calibration: Calibration,
    scale: f64,
}

impl View<'_> {
    fn on_screen(&self, point: DVec3) -> Option<Pos2> {
        let (u, v) = self.calibration.project(point)?;
        Some(self.placed.pixel_to_screen((u * self.scale) as f32, (v * self.scale) as f32))
    }

    fn points(&self, cloud: &PointCloud, pose: &Pose) -> Mesh {
        let mut mesh = Mesh::default();
        for p in cloud.positions.iter().step_by((cloud.positions.len() / MOST).max(1)) {
            let point = pose.apply(DVec3::from(p.map(f64::from)));
            let Some(at) = self.on_screen(point).filter(|at| self.placed.rect.contains(*at)) else {
                continue;
            };
            mesh.add_colored_rect(Rect::from_center_size(at, Vec2::splat(2.0 * POINT)), depth_color(point.z));
        }
        mesh
    }

    fn cuboid_ui(&self, painter: &Painter, cuboid: &Cuboid, pose: &Pose) {
        let color = class_color(painter.ctx(), &cuboid.class);
        for [a, b] in cuboid.edges(pose) {
            if let (Some(a), Some(b)) = (self.on_screen(a), self.on_screen(b)) {
                painter.line_segment([a, b], Stroke::new(3.0, Color32::from_black_alpha(120)));
                painter.line_segment([a, b], Stroke::new(1.5, color));
            }
        }
    }
}

/// Near is warm, far is cold.
fn depth_color(depth: f64) -> Color32 {
    let part = (depth / FAR).clamp(0.0, 1.0) as f32;
    egui::ecolor::Hsva::new(0.02 + 0.66 * part.sqrt(), 0.85, 1.0, 1.0).into()
}
