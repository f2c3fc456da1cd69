//! Point clouds and cuboids, seen by a camera that a person moves around them.

use egui::{Color32, CornerRadius, PointerButton, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2};
use egui_wgpu::wgpu;
use glam::{DVec3, Mat4, Vec3, Vec4};

use crate::data::geometry::frames::{Cuboid, Pose};

mod gpu;

pub(in crate::gui) use gpu::{Layer, Shade};

/// Position of the camera.
#[derive(Clone, Copy, Debug)]
pub(in crate::gui) struct Orbit {
    /// Center of the view, in meters.
    pub(in crate::gui) center: Vec3,
    /// Around the vertical axis, in radians; 0 looks along x.
    pub(in crate::gui) yaw: f32,
    /// Above the horizon, in radians.
    pub(in crate::gui) pitch: f32,
    /// From the center, in meters.
    pub(in crate::gui) distance: f32,
}

impl Default for Orbit {
    /// From behind and above, as a driver's drone would see it.
    fn default() -> Self {
        Self { center: Vec3::new(8.0, 0.0, 0.0), yaw: 0.0, pitch: 0.55, distance: 45.0 }
    }
}

/// Opening angle of the camera, in radians.
const FIELD_OF_VIEW: f32 = 0.9;
const NEAR: f32 = 0.1;
const FAR: f32 = 2_000.0;
/// Straight down is a little less, so that up is still up.
const STEEPEST: f32 = 1.55;

impl Orbit {
    /// Straight from above, forward is up.
    pub(in crate::gui) fn birds_eye(&self) -> Self {
        Self { yaw: 0.0, pitch: STEEPEST, ..*self }
    }

    fn eye(&self) -> Vec3 {
        let (sin_yaw, cos_yaw) = self.yaw.sin_cos();
        let (sin_pitch, cos_pitch) = self.pitch.sin_cos();
        self.center + self.distance * Vec3::new(-cos_pitch * cos_yaw, -cos_pitch * sin_yaw, sin_pitch)
    }

    fn matrix(&self, aspect: f32) -> Mat4 {
        let view = Mat4::look_at_rh(self.eye(), self.center, Vec3::Z);
        Mat4::perspective_rh(FIELD_OF_VIEW, aspect, NEAR, FAR) * view
    }

    /// Ray through a position on the screen.
    pub(in crate::gui) fn ray(&self, rect: Rect, at: Pos2) -> Ray {
        let inverse = self.matrix(rect.width() / rect.height()).inverse();
        let half = rect.size() / 2.0;
        let (x, y) = ((at.x - rect.center().x) / half.x, (rect.center().y - at.y) / half.y);
        let far = inverse.project_point3(Vec3::new(x, y, 0.99));
        let from = self.eye();
        Ray { from, along: (far - from).normalize() }
    }

    fn follow(&mut self, ui: &Ui, response: &Response) {
        if response.dragged_by(PointerButton::Primary) && !ui.input(|i| i.modifiers.shift) {
            let by = response.drag_delta();
            self.yaw -= by.x * 0.008;
            self.pitch = (self.pitch + by.y * 0.008).clamp(-0.2, STEEPEST);
        } else if response.dragged() {
            let by =
                response.drag_delta() * (self.distance * FIELD_OF_VIEW / response.rect.height().max(1.0));
            let (sin, cos) = self.yaw.sin_cos();
            self.center += Vec3::new(cos, sin, 0.0) * by.y + Vec3::new(-sin, cos, 0.0) * by.x;
        }
        if response.hovered() {
            let (wheel, zoom) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
            self.distance = (self.distance * (-wheel * 0.003).exp() / zoom).clamp(1.0, 800.0);
        }
    }
}

/// A line of sight.
#[derive(Clone, Copy, Debug)]
pub(in crate::gui) struct Ray {
    from: Vec3,
    along: Vec3,
}

impl Ray {
    /// The point that lies nearest to the line as seen from the eye, in its own frame, and how far off it is; none
    /// where the line meets nothing.
    pub(in crate::gui) fn nearest(&self, points: &[[f32; 3]], model: &Mat4) -> Option<([f32; 3], f32)> {
        /// A point this far off, in parts of its distance, is not meant.
        const OFF: f32 = 0.03;
        points
            .iter()
            .filter_map(|p| {
                let to = model.transform_point3(Vec3::from(*p)) - self.from;
                let ahead = to.dot(self.along);
                let off = (to - self.along * ahead).length() / ahead.max(1e-3);
                // Of several in line the nearer one is seen.
                (ahead > 0.0 && off < OFF).then_some((*p, off + ahead * 1e-4))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Contents and style of a scene.
pub(in crate::gui) struct Scene<'a> {
    /// The clouds.
    pub(in crate::gui) layers: Vec<Layer>,
    /// Cuboids, each with the pose of its coordinate frame in the scene.
    pub(in crate::gui) boxes: Vec<(Pose, &'a Cuboid, Color32)>,
    pub(in crate::gui) shade: Shade,
    /// Size of a point in pixels.
    pub(in crate::gui) point_size: f32,
    pub(in crate::gui) window: wgpu::TextureFormat,
}

/// Draws the scene into the rest of the space: dragging turns it, Shift or another button moves it, the wheel
/// comes closer.
pub(in crate::gui) fn scene_ui(ui: &mut Ui, orbit: &mut Orbit, scene: Scene<'_>) -> Response {
    let (rect, response) =
        ui.allocate_exact_size(ui.available_size().max(Vec2::splat(32.0)), Sense::click_and_drag());
    orbit.follow(ui, &response);
    let view_proj = orbit.matrix(rect.width() / rect.height());
    let scale = ui.ctx().pixels_per_point();
    let size = [rect.width() * scale, rect.height() * scale].map(|side| (side.round() as u32).max(1));
    let ground = Color32::from_rgb(10, 12, 16);
    let points = gpu::Points {
        layers: scene.layers,
        view_proj,
        size,
        point_size: scene.point_size,
        shade: scene.shade,
        ground: [ground.r(), ground.g(), ground.b()].map(|value| f32::from(value) / 255.0),
        window: scene.window,
    };
    let painter = ui.painter_at(rect);
    painter.add(egui_wgpu::Callback::new_paint_callback(rect, points));
    let lines = Lines { view_proj, rect };
    grid_ui(&painter, &lines, orbit);
    for (pose, cuboid, color) in &scene.boxes {
        cuboid_ui(&painter, &lines, pose, cuboid, *color);
    }
    painter.rect_stroke(
        rect,
        CornerRadius::ZERO,
        Stroke::new(1.0, Color32::from_gray(40)),
        egui::StrokeKind::Inside,
    );
    response
}

/// Draws lines of space on the screen.
struct Lines {
    view_proj: Mat4,
    rect: Rect,
}

impl Lines {
    /// Both ends on the screen, cut where the line goes behind the camera.
    fn line(&self, a: Vec3, b: Vec3) -> Option<[Pos2; 2]> {
        let (mut a, mut b) = (self.view_proj * a.extend(1.0), self.view_proj * b.extend(1.0));
        if a.w < NEAR && b.w < NEAR {
            return None;
        }
        if a.w < NEAR {
            a = a.lerp(b, (NEAR - a.w) / (b.w - a.w));
        } else if b.w < NEAR {
            b = b.lerp(a, (NEAR - b.w) / (a.w - b.w));
        }
        Some([self.place(a), self.place(b)])
    }

    fn place(&self, clip: Vec4) -> Pos2 {
        let half = self.rect.size() / 2.0;
        self.rect.center() + Vec2::new(clip.x / clip.w * half.x, -clip.y / clip.w * half.y)
    }
}

/// The ground in steps of ten meters around the vehicle, and the vehicle's own axes.
fn grid_ui(painter: &egui::Painter, lines: &Lines, orbit: &Orbit) {
    let step = if orbit.distance > 150.0 { 50.0 } else { 10.0 };
    let thin = Stroke::new(1.0, Color32::from_rgba_unmultiplied(120, 130, 145, 60));
    let reach = 6.0 * step;
    for i in -6..=6_i8 {
        let at = f32::from(i) * step;
        for [a, b] in [
            [Vec3::new(at, -reach, 0.0), Vec3::new(at, reach, 0.0)],
            [Vec3::new(-reach, at, 0.0), Vec3::new(reach, at, 0.0)],
        ] {
            if let Some(ends) = lines.line(a, b) {
                painter.line_segment(ends, thin);
            }
        }
    }
    let axes = [
        (Vec3::X, Color32::from_rgb(240, 90, 80)),
        (Vec3::Y, Color32::from_rgb(90, 210, 120)),
        (Vec3::Z, Color32::from_rgb(90, 150, 255)),
    ];
    for (axis, color) in axes {
        if let Some(ends) = lines.line(Vec3::ZERO, axis * 2.0) {
            painter.line_segment(ends, Stroke::new(2.0, color));
        }
    }
}

fn cuboid_ui(painter: &egui::Painter, lines: &Lines, pose: &Pose, cuboid: &Cuboid, color: Color32) {
    for [a, b] in cuboid.edges(pose) {
        if let Some(ends) = lines.line(a.as_vec3(), b.as_vec3()) {
            painter.line_segment(ends, Stroke::new(1.5, color));
        }
    }
    let (pose, half) = (pose.after(&cuboid.pose), cuboid.size / 2.0);
    // Where it is heading.
    let nose = pose.apply(DVec3::new(half.x * 1.4, 0.0, 0.0)).as_vec3();
    if let Some(ends) = lines.line(pose.apply(DVec3::ZERO).as_vec3(), nose) {
        painter.line_segment(ends, Stroke::new(1.5, color));
    }
    let top = pose.apply(DVec3::new(0.0, 0.0, half.z)).as_vec3();
    if let Some([at, _]) = lines.line(top, top + Vec3::Z * 0.1) {
        super::overlay::caption_ui(painter, at, color, &cuboid.class);
    }
}
