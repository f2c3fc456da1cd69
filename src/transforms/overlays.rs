//! Overlays: images pasted into the frame, such as a foreign stop sign, a poster with a person on it, photographed dirt.
//!
//! An image file, with transparency, becomes a transform named after the file.

use std::path::Path;
use std::sync::Arc;

use crate::base::files::{sha256_hex, slug};
use crate::base::inputs::{self, InputKind};
use crate::base::params::{ParamSpec, Params};
use crate::data::geometry::box2::Box2;
use crate::data::image::{Image, ImageError};
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::camera::occlusion::{ACROSS, DOWN, SIZE, hidden_by};
use crate::transforms::{FromFile, Transform};

/// Extensions of overlay files, the one under which they are saved first.
const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "bmp"];

const TURN: ParamSpec = ParamSpec {
    id: "turn",
    title: "Rotation",
    unit: "degrees",
    min: -180.0,
    max: 180.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};
const OPACITY: ParamSpec = ParamSpec::from_zero("opacity", "Opacity", "", 1.0, 1.0);
static PARAMS: [ParamSpec; 5] = [SIZE, ACROSS, DOWN, TURN, OPACITY];

/// True if a file is an image by its name, and not a model.
pub fn is_image(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Reason why a file is no overlay. No path is in it.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The file cannot be read.
    #[error("the file cannot be read ({source})")]
    Io {
        /// Error of the file system.
        source: std::io::Error,
    },
    /// The file is no image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Nothing of it is visible.
    #[error("every pixel of the image is transparent")]
    Transparent,
}

/// An image as a transform, called `stamp_` and the name of its file.
pub fn load(path: &Path) -> Result<Arc<dyn FromFile>, OverlayError> {
    let bytes = inputs::read(path, InputKind::Media).map_err(|source| OverlayError::Io { source })?;
    let (image, opacity) = Image::decode_with_opacity(&bytes)?;
    if opacity.pixels().iter().all(|value| *value == 0) {
        return Err(OverlayError::Transparent);
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let own = slug(&name).replace('-', "_");
    let id = if own.starts_with("stamp_") { own } else { format!("stamp_{own}") };
    let ending = ENDINGS
        .into_iter()
        .find(|ending| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending)));
    let overlay = Overlay {
        id,
        title: format!("Overlay {name}"),
        sha256: sha256_hex(&bytes),
        ending: ending.unwrap_or(ENDINGS[0]),
        bytes,
        image,
        opacity,
    };
    Ok(Arc::new(overlay))
}

struct Overlay {
    id: String,
    title: String,
    sha256: String,
    ending: &'static str,
    bytes: Vec<u8>,
    image: Image,
    /// Opacity of each pixel, the same number in all three channels.
    opacity: Image,
}

impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay").field("id", &self.id).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

impl FromFile for Overlay {
    fn id(&self) -> &str {
        &self.id
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn summary(&self) -> &'static str {
        "An image file, pasted at a chosen position"
    }

    fn sha256(&self) -> &str {
        &self.sha256
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![(self.ending, self.bytes.clone())]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &PARAMS
    }

    fn hides(&self) -> bool {
        true
    }

    fn make(self: Arc<Self>, params: &Params) -> Box<dyn Transform> {
        Box::new(Pasted {
            size: params.value(&SIZE),
            place: (params.value(&ACROSS), params.value(&DOWN)),
            turn: params.value(&TURN).to_radians(),
            opacity: params.value(&OPACITY) as f32,
            overlay: self,
        })
    }
}

struct Pasted {
    overlay: Arc<Overlay>,
    /// Longer side of the overlay as a fraction of the shorter side of the image.
    size: f64,
    place: (f64, f64),
    /// Clockwise rotation, radians.
    turn: f64,
    opacity: f32,
}

impl Pasted {
    /// Center of the overlay, and its sides before rotation, in pixels of an image of this size.
    fn placed(&self, (width, height): (u32, u32)) -> ((f64, f64), (u32, u32)) {
        let own = self.overlay.image.size();
        let scale = self.size * f64::from(width.min(height)) / f64::from(own.0.max(own.1));
        let side = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
        ((self.place.0 * f64::from(width), self.place.1 * f64::from(height)), (side(own.0), side(own.1)))
    }

    /// The box around the rotated overlay, not clipped to the image.
    fn around(&self, size: (u32, u32)) -> Box2 {
        let ((x, y), (w, h)) = self.placed(size);
        let (sin, cos) = (libm::sin(self.turn).abs(), libm::cos(self.turn).abs());
        let (w, h) = (f64::from(w), f64::from(h));
        let (across, down) = (f64::midpoint(w * cos, h * sin), f64::midpoint(w * sin, h * cos));
        Box2 {
            x0: (x - across) as f32,
            y0: (y - down) as f32,
            x1: (x + across) as f32,
            y1: (y + down) as f32,
        }
    }
}

/// Bilinear interpolation between four pixels, with centers at halves; `None` beyond the edge.
fn between(image: &Image, x: f64, y: f64) -> Option<[f32; 3]> {
    let (w, h) = (f64::from(image.width()), f64::from(image.height()));
    if !(0.0..w).contains(&x) || !(0.0..h).contains(&y) {
        return None;
    }
    let (x, y) = ((x - 0.5).clamp(0.0, w - 1.0), (y - 0.5).clamp(0.0, h - 1.0));
    let (left, top) = (x.floor() as u32, y.floor() as u32);
    let (a, b) = ((x - x.floor()) as f32, (y - y.floor()) as f32);
    let (right, bottom) = ((left + 1).min(image.width() - 1), (top + 1).min(image.height() - 1));
    let corners = [(left, top), (right, top), (left, bottom), (right, bottom)]
        .map(|(x, y)| image.pixel(x, y).unwrap_or_default());
    Some(std::array::from_fn(|channel| {
        let [tl, tr, bl, br] = corners.map(|pixel| f32::from(pixel[channel]));
        (tl * (1.0 - a) + tr * a) * (1.0 - b) + (bl * (1.0 - a) + br * a) * b
    }))
}

impl Transform for Pasted {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.size <= 0.0 || self.opacity <= 0.0 {
            return;
        }
        let ((middle_x, middle_y), (w, h)) = self.placed(image.size());
        let (pasted, opacity) = (self.overlay.image.resized(w, h), self.overlay.opacity.resized(w, h));
        let (sin, cos) = (libm::sin(self.turn), libm::cos(self.turn));
        let reach = self.around(image.size()).clipped(image.width(), image.height());
        let width = image.width() as usize;
        for y in reach.y0.floor() as usize..reach.y1.ceil() as usize {
            for x in reach.x0.floor() as usize..reach.x1.ceil() as usize {
                let (right, down) = (x as f64 + 0.5 - middle_x, y as f64 + 0.5 - middle_y);
                let own = (
                    right * cos + down * sin + f64::from(w) / 2.0,
                    down * cos - right * sin + f64::from(h) / 2.0,
                );
                let (Some(color), Some([part, ..])) =
                    (between(&pasted, own.0, own.1), between(&opacity, own.0, own.1))
                else {
                    continue;
                };
                let part = part / 255.0 * self.opacity;
                let at = (y * width + x) * 3;
                if let Some(pixel) = image.pixels_mut().get_mut(at..at + 3) {
                    for (value, color) in pixel.iter_mut().zip(color) {
                        *value = (f32::from(*value) * (1.0 - part) + color * part).round() as u8;
                    }
                }
            }
        }
    }

    /// An object behind it of which too little is visible may be missed.
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        if self.size <= 0.0 || self.opacity < 0.5 {
            return Expected::Same;
        }
        hidden_by(&self.around(size).clipped(size.0, size.1), before)
    }
}
