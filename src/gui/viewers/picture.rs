//! An image that can be zoomed and moved, with room for boxes on it.

use std::collections::BTreeMap;

use egui::{Color32, ColorImage, Pos2, Rect, Response, Sense, TextureHandle, TextureOptions, Ui, Vec2};

use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::gui::forms::double_clicked;

/// Images on the graphics card, one for each place that shows one.
#[derive(Default)]
pub struct Textures {
    known: BTreeMap<String, (u64, TextureHandle)>,
}

/// No graphics card promises more pixels on a side.
const MAX_SIDE: u32 = 8192;

impl Textures {
    /// The texture of a place; it is made anew when `version` is another one than last time.
    pub fn get(&mut self, ui: &Ui, place: &str, version: u64, image: &Image) -> egui::TextureId {
        if let Some((known, texture)) = self.known.get_mut(place) {
            if *known != version {
                texture.set(pixels(image), TextureOptions::LINEAR);
                *known = version;
            }
            return texture.id();
        }
        let texture = ui.ctx().load_texture(place, pixels(image), TextureOptions::LINEAR);
        let id = texture.id();
        self.known.insert(place.to_owned(), (version, texture));
        id
    }

    /// Forgets everything, for another recording.
    pub fn clear(&mut self) {
        self.known.clear();
    }
}

fn pixels(image: &Image) -> ColorImage {
    let shown = image.thumbnail(MAX_SIDE);
    ColorImage::from_rgb([shown.width() as usize, shown.height() as usize], shown.pixels())
}

/// Visible part of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// 1 fits the image into its place.
    zoom: f32,
    /// Center of the view, 0 to 1 of the image.
    center: Vec2,
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: 1.0, center: Vec2::splat(0.5) }
    }
}

/// Position of an image on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// The whole image; parts may lie outside of the place.
    pub rect: Rect,
    pub(in crate::gui) scale: f32,
}

impl Placed {
    /// A box of the image on the screen.
    pub fn to_screen(&self, b: &Box2) -> Rect {
        Rect::from_min_max(
            self.rect.min + Vec2::new(b.x0, b.y0) * self.scale,
            self.rect.min + Vec2::new(b.x1, b.y1) * self.scale,
        )
    }

    /// A pixel of the image on the screen.
    pub fn pixel_to_screen(&self, x: f32, y: f32) -> Pos2 {
        self.rect.min + Vec2::new(x, y) * self.scale
    }

    /// A place on the screen in pixels of the image.
    pub fn to_picture(&self, at: Pos2) -> (f32, f32) {
        let offset = (at - self.rect.min) / self.scale;
        (offset.x, offset.y)
    }

    /// A box on the screen in pixels of the image.
    pub fn box_to_picture(&self, rect: Rect) -> Box2 {
        Box2::between(self.to_picture(rect.min), self.to_picture(rect.max))
    }
}

/// Draws an image into the rest of the space and lets the wheel zoom it. Dragging with the middle or
/// right button moves it; `pan_with_left` lets the left one do so as well.
pub fn picture_ui(
    ui: &mut Ui,
    texture: egui::TextureId,
    size: (u32, u32),
    view: &mut View,
    pan_with_left: bool,
) -> (Response, Placed) {
    let (place, response) =
        ui.allocate_exact_size(ui.available_size().max(Vec2::splat(32.0)), Sense::click_and_drag());
    let size = Vec2::new(size.0 as f32, size.1 as f32);
    let fit = (place.width() / size.x).min(place.height() / size.y).max(1e-3);
    if double_clicked(&response) {
        *view = View::default();
    }
    if response.hovered() {
        let (wheel, factor) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = factor * (wheel * 0.004).exp();
        if (factor - 1.0).abs() > 1e-4
            && let Some(pointer) = response.hover_pos()
        {
            let zoom = (view.zoom * factor).clamp(1.0, 40.0);
            let offset = (pointer - place.center()) / fit;
            // What lies under the pointer stays there.
            view.center += offset / size * (1.0 / view.zoom - 1.0 / zoom);
            view.zoom = zoom;
        }
    }
    let moves = response.dragged_by(egui::PointerButton::Middle)
        || response.dragged_by(egui::PointerButton::Secondary)
        || (pan_with_left && response.dragged_by(egui::PointerButton::Primary));
    if moves {
        view.center -= response.drag_delta() / (size * fit * view.zoom);
    }
    let free = 0.5 / view.zoom;
    view.center = view.center.clamp(Vec2::splat(free.min(0.5)), Vec2::splat((1.0 - free).max(0.5)));
    let scale = fit * view.zoom;
    let min = place.center() - view.center * size * scale;
    let rect = Rect::from_min_size(min, size * scale);
    let painter = ui.painter_at(place);
    painter.rect_filled(place, 0.0, Color32::BLACK);
    let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    painter.image(texture, rect, uv, Color32::WHITE);
    (response, Placed { rect, scale })
}
