//! A cuboid from above, from the side and from behind, with the points around it: its edges are dragged, and in the
//! view from above it is turned.

use egui::{Color32, PointerButton, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};
use glam::{DQuat, DVec3};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::label::grips::{self, Grip};
use crate::data::clip::Sample;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Block, Shape};
use crate::gui::pane::Pane;
use crate::gui::theme;

/// A cuboid while it is dragged; committed when it is released.
#[derive(Debug, Default)]
pub(in crate::gui::panes) struct Ortho {
    drag: Option<Drag>,
}

#[derive(Clone, Debug)]
struct Drag {
    view: usize,
    grip: Grip,
    from: (f32, f32),
    before: Block,
    now: Block,
}

/// An axis of the cuboid, and its sign.
type Axis = (usize, f64);

/// The axes of the cuboid that point right and up in a view, and the title of the view. A sign flips an axis.
const VIEWS: [(&str, Axis, Axis); 3] = [
    ("Cuboid, top view", (1, -1.0), (0, 1.0)),
    ("Cuboid, side view", (0, 1.0), (2, 1.0)),
    ("Cuboid, rear view", (1, -1.0), (2, 1.0)),
];

const HEIGHT: f32 = 150.0;
const REACH: f32 = 7.0;
/// Most points that a view draws.
const MOST: usize = 6000;

impl Ortho {
    /// Draws the three views below each other.
    pub(in crate::gui::panes) fn ui(&mut self, ui: &mut Ui, object: u64, block: &Block, pane: &mut Pane<'_>) {
        let app = pane.app;
        let shown = self.drag.as_ref().map_or(*block, |drag| drag.now);
        let points = app.open.playback.camera.and_then(|id| match app.open.frames.shown(id) {
            Some((_, Ok(Sample::Points(cloud)))) => Some(cloud.positions.as_slice()),
            _ => None,
        });
        let near = inward(points.unwrap_or_default(), block);
        for (view, (title, right, up)) in VIEWS.into_iter().enumerate() {
            let size = Vec2::new(ui.available_width(), HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, title));
            let painter = ui.painter_at(rect);
            painter.rect_filled(rect, 2.0, Color32::from_rgb(10, 12, 16));
            // The scale is that of the box before it is dragged, or it would flee from the pointer.
            let wide = block.size[right.0].max(1.0) as f32;
            let tall = block.size[up.0].max(1.0) as f32;
            let scale = (rect.width() / (wide * 2.2)).min(rect.height() / (tall * 2.0));
            let screen = |u: f64, v: f64| rect.center() + Vec2::new(u as f32 * scale, -v as f32 * scale);
            for p in &near {
                let at = screen(p[right.0] * right.1, p[up.0] * up.1);
                let inside = (0..3).all(|axis| p[axis].abs() <= block.size[axis] / 2.0);
                let color = if inside { Color32::from_rgb(255, 210, 120) } else { Color32::from_gray(110) };
                painter.rect_filled(Rect::from_center_size(at, Vec2::splat(1.6)), 0.0, color);
            }
            let outline = placed(&shown, block, right, up);
            let color = theme::colors(ui).selection;
            let corners: Vec<Pos2> = outline.iter().map(|(u, v)| screen(*u, *v)).collect();
            painter.add(egui::Shape::closed_line(corners.clone(), egui::Stroke::new(1.5, color)));
            let handle = (view == 0).then(|| screen(0.0, shown.size[0] / 2.0 + 14.0 / f64::from(scale)));
            if let Some(handle) = handle {
                painter.circle_filled(handle, 4.5, color);
            }
            let font = egui::FontId::proportional(11.0);
            painter.text(
                rect.min + Vec2::new(5.0, 3.0),
                egui::Align2::LEFT_TOP,
                title,
                font,
                Color32::from_gray(170),
            );
            let local = |at: Pos2| ((at.x - rect.center().x) / scale, (at.y - rect.center().y) / scale);
            let half = (block.size[right.0] as f32 / 2.0, block.size[up.0] as f32 / 2.0);
            let flat = Shape::Box(Box2 { x0: -half.0, y0: -half.1, x1: half.0, y1: half.1 });
            let pressed = ui.input(|input| input.pointer.press_origin());
            if response.drag_started_by(PointerButton::Primary)
                && let Some(at) = pressed
            {
                let turns = handle.is_some_and(|handle| handle.distance(at) <= REACH);
                let grip = if turns {
                    Some(Grip::Turn)
                } else {
                    grips::grip_at(&flat, local(at), REACH / scale, true)
                };
                self.drag =
                    grip.map(|grip| Drag { view, grip, from: local(at), before: *block, now: *block });
            }
            let Some(drag) = self.drag.as_mut().filter(|drag| drag.view == view) else { continue };
            if let Some(at) = response.interact_pointer_pos() {
                drag.now = dragged(drag, &flat, local(at), right, up);
            }
            if response.drag_stopped() {
                let shape = Shape::Cuboid(Box::new(drag.now));
                pane.commands.push(Command::Label(LabelCommand::SetShape(object, shape)));
                self.drag = None;
            }
        }
    }
}

/// The points around a box in its own frame, thinned out.
fn inward(points: &[[f32; 3]], block: &Block) -> Vec<DVec3> {
    let (center, turn) = (DVec3::from(block.center), DQuat::from_array(block.rotation).inverse());
    let reach = DVec3::from(block.size).length().max(3.0) * 1.2;
    let near: Vec<DVec3> = points
        .iter()
        .map(|p| DVec3::from(p.map(f64::from)) - center)
        .filter(|p| p.length_squared() <= reach * reach)
        .map(|p| turn * p)
        .collect();
    let every = near.len() / MOST + 1;
    near.into_iter().step_by(every).collect()
}

/// The four corners of a box in the view of another.
fn placed(shown: &Block, view: &Block, right: Axis, up: Axis) -> [(f64, f64); 4] {
    let back = DQuat::from_array(view.rotation).inverse();
    let turn = back * DQuat::from_array(shown.rotation);
    let center = back * (DVec3::from(shown.center) - DVec3::from(view.center));
    let (a, b) = (shown.size[right.0] / 2.0, shown.size[up.0] / 2.0);
    [(a, b), (-a, b), (-a, -b), (a, -b)].map(|(u, v)| {
        let mut corner = DVec3::ZERO;
        corner[right.0] = u;
        corner[up.0] = v;
        let at = center + turn * corner;
        (at[right.0] * right.1, at[up.0] * up.1)
    })
}

/// The box after the pointer moved in a view.
fn dragged(drag: &Drag, flat: &Shape, to: (f32, f32), right: Axis, up: Axis) -> Block {
    let before = &drag.before;
    let own = DQuat::from_array(before.rotation);
    if drag.grip == Grip::Turn {
        // Up in the view from above is ahead, left is to the left.
        let angle = f64::from(libm::atan2f(-to.0, -to.1));
        return Block { rotation: (own * DQuat::from_rotation_z(angle)).to_array(), ..*before };
    }
    let Shape::Box(b) = grips::moved(flat, drag.grip, drag.from, to) else { return *before };
    let (u, v) = b.center();
    let mut shift = DVec3::ZERO;
    shift[right.0] = f64::from(u) * right.1;
    shift[up.0] = -f64::from(v) * up.1;
    let mut size = before.size;
    size[right.0] = f64::from(b.width()).max(0.05);
    size[up.0] = f64::from(b.height()).max(0.05);
    Block { center: (DVec3::from(before.center) + own * shift).to_array(), size, ..*before }
}
