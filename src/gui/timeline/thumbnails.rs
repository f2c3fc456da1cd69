//! A strip of thumbnails of the active camera.
//!
//! The time axis is cut into slots of a few round lengths, so that moving along it asks for the same frames again.

use egui::{Color32, Pos2, Rect, TextureHandle, TextureOptions, Ui};

use crate::app::App;
use crate::app::command::Command;
use crate::app::replay::thumbnails::Key;
use crate::base::time::{Time, index_at};
use crate::data::clip::ChannelId;
use crate::data::input::Medium;
use crate::gui::pane::Pane;
use crate::gui::timeline::{seek_by_strip, strip_ui};
use crate::gui::viewers::axis::Axis;

/// Height of the strip.
const HEIGHT: f32 = 44.0;
/// Width of a thumbnail, whatever its shape.
const WIDTHS: std::ops::RangeInclusive<f32> = 20.0..=120.0;

/// State of the strip between frames.
#[derive(Default)]
pub(super) struct Strip {
    textures: Vec<(Key, TextureHandle)>,
    asked: Vec<usize>,
}

impl std::fmt::Debug for Strip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Strip").field("asked", &self.asked).finish_non_exhaustive()
    }
}

impl Strip {
    pub(super) fn ui(&mut self, ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
        let app = pane.app;
        let (Some(open), Some(camera)) = (&app.open.clip, app.open.playback.camera) else { return };
        let name = open.info.channel(camera).map(|channel| channel.name.clone()).unwrap_or_default();
        let (part, response) = strip_ui(ui, &name, HEIGHT, axis);
        seek_by_strip(&response, axis, pane.commands);
        if !ui.is_rect_visible(part) {
            return;
        }
        let painter = ui.painter_at(part);
        let mut wanted = Vec::new();
        let mut used: Vec<(Key, TextureHandle)> = Vec::new();
        let shape = app.open.frames.picture(camera).and_then(|(_, image)| image.ok());
        let usual = if app.open.medium() == Medium::Points { 1.0 } else { 1.6 };
        let shape = shape.map_or(usual, |image| image.width() as f32 / image.height().max(1) as f32);
        let width = (HEIGHT * shape).clamp(*WIDTHS.start(), *WIDTHS.end());
        for (start, end, index) in slots(&app.open.playback.times, axis, width) {
            let key = (open.id, camera, index);
            let rect = Rect::from_x_y_ranges(
                axis.x_from_time(start)..=axis.x_from_time(end) - 1.0,
                part.top()..=part.bottom(),
            );
            let known = self.textures.iter().position(|(known, _)| *known == key);
            let texture = match known {
                Some(at) => Some(self.textures.swap_remove(at).1),
                None => app.open.thumbnails.get(key).map(|image| {
                    let size = [image.width() as usize, image.height() as usize];
                    let pixels = egui::ColorImage::from_rgb(size, image.pixels());
                    ui.ctx().load_texture(format!("thumbnail {index}"), pixels, TextureOptions::LINEAR)
                }),
            };
            match texture {
                Some(texture) => {
                    painter.image(
                        texture.id(),
                        rect,
                        middle(texture.size_vec2(), rect.size()),
                        Color32::WHITE,
                    );
                    used.push((key, texture));
                }
                None if !app.open.thumbnails.knows(key) => wanted.push(index),
                None => {}
            }
        }
        self.textures = used;
        if wanted != self.asked {
            self.asked.clone_from(&wanted);
            pane.commands.push(Command::Thumbnails { camera, pictures: wanted });
        }
        hover_ui(app, axis, camera, response);
    }
}

fn hover_ui(app: &App, axis: Axis, camera: ChannelId, response: egui::Response) {
    if let (Some(pointer), Some(open)) = (response.hover_pos().filter(|at| at.x >= axis.left), &app.open.clip)
    {
        let time = axis.time_from_x(pointer.x);
        let index = index_at(&open.clip.times(camera), time);
        response
            .on_hover_text_at_pointer(format!("frame {index} at {}", time - app.open.playback.range.start));
    }
}

/// Start, end and frame of every slot on screen.
fn slots(times: &[Time], axis: Axis, width: f32) -> Vec<(Time, Time, usize)> {
    const MILLI: i64 = 1_000_000;
    /// More slots than any screen has.
    const MOST: usize = 400;
    if times.is_empty() {
        return Vec::new();
    }
    let least = (f64::from(width) * axis.nanos_per_point()).max(1.0) as i64;
    // 1, 1.5, 2, 3, 4, 6, 8 … milliseconds.
    let mut length = MILLI;
    while length < least && length < i64::MAX / 4 {
        length *= 2;
    }
    if length / 4 * 3 >= least {
        length = length / 4 * 3;
    }
    // Counted from the first frame, so that it is the first slot's.
    let zero = times[0].0;
    let first = (axis.range.start.0.saturating_sub(zero)).div_euclid(length).max(0);
    let slot = |n: i64| Time(zero.saturating_add(n.saturating_mul(length)));
    let in_view = (first..).take(MOST).map(slot).take_while(|start| *start < axis.range.end);
    let last = times[times.len() - 1];
    in_view
        .take_while(|start| *start <= last)
        .map(|start| (start, Time(start.0.saturating_add(length)), index_at(times, start)))
        .collect()
}

/// The part of a frame that fills a place of another shape, from its middle.
fn middle(picture: egui::Vec2, place: egui::Vec2) -> Rect {
    let (wide, high) = (picture.x / picture.y.max(1.0), place.x / place.y.max(1.0));
    let (u, v) = if wide > high { (0.5 * high / wide, 0.5) } else { (0.5, 0.5 * wide / high) };
    Rect::from_min_max(Pos2::new(0.5 - u, 0.5 - v), Pos2::new(0.5 + u, 0.5 + v))
}
