//! Preprocessing of images, and their placement in the model's input.

use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::inference::Tensor;
use crate::inference::card::{Colors, Fit, InputCard, Layout};

/// Gray of the bars around an image that does not fill the input.
pub(super) const LETTERBOX_GRAY: u8 = 114;

/// Placement of the image in the input: input = image * scale + offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    scale: (f32, f32),
    offset: (f32, f32),
}

impl Placement {
    /// A point of the image in pixels of the input.
    pub fn to_input(self, x: f32, y: f32) -> (f32, f32) {
        (x * self.scale.0 + self.offset.0, y * self.scale.1 + self.offset.1)
    }

    /// A box of the input in pixels of the image.
    pub fn to_picture(self, b: &Box2) -> Box2 {
        let x = |x: f32| (x - self.offset.0) / self.scale.0;
        let y = |y: f32| (y - self.offset.1) / self.scale.1;
        Box2 { x0: x(b.x0), y0: y(b.y0), x1: x(b.x1), y1: y(b.y1) }
    }
}

/// The input tensor, batch of one, and the placement of the image in it.
pub fn input(image: &Image, card: &InputCard) -> (Tensor, Placement) {
    let (fitted, placement) = fitted(image, card);
    let (width, height) = (card.width as usize, card.height as usize);
    let channels = if card.colors == Colors::Gray { 1 } else { 3 };
    let plane = width * height;
    let mut data = vec![0.0; plane * channels];
    let inverse: [f32; 3] = card.std.map(|std| if std == 0.0 { 1.0 } else { 1.0 / std });
    for (i, pixel) in fitted.pixels().as_chunks::<3>().0.iter().enumerate() {
        for c in 0..channels {
            let value = match card.colors {
                Colors::Rgb => f32::from(pixel[c]),
                Colors::Bgr => f32::from(pixel[2 - c]),
                Colors::Gray => {
                    (0.299 * f32::from(pixel[0]) + 0.587 * f32::from(pixel[1]) + 0.114 * f32::from(pixel[2]))
                        .round()
                }
            };
            let at = if card.layout == Layout::Nchw { c * plane + i } else { i * channels + c };
            data[at] = (value - card.mean[c]) * inverse[c];
        }
    }
    let shape = match card.layout {
        Layout::Nchw => vec![1, channels, height, width],
        Layout::Nhwc => vec![1, height, width, channels],
    };
    (Tensor { name: card.name.clone(), shape, data }, placement)
}

/// Placement of an image of this size in the input.
pub fn placement(size: (u32, u32), card: &InputCard) -> Placement {
    layout(size, card).0
}

/// Placement of an image in the input, and the rectangle of the scaled image, or the used part of the image: left and top, width
/// and height.
pub(super) fn layout(size: (u32, u32), card: &InputCard) -> (Placement, (u32, u32), (u32, u32)) {
    let (from_w, from_h) = (size.0 as f32, size.1 as f32);
    let (to_w, to_h) = (card.width as f32, card.height as f32);
    match card.fit {
        Fit::Stretch => {
            let placement = Placement { scale: (to_w / from_w, to_h / from_h), offset: (0.0, 0.0) };
            (placement, (0, 0), size)
        }
        Fit::Letterbox | Fit::Corner => {
            let scale = (to_w / from_w).min(to_h / from_h);
            let (w, h) = (((from_w * scale).round() as u32).max(1), ((from_h * scale).round() as u32).max(1));
            let (left, top) =
                if card.fit == Fit::Corner { (0, 0) } else { ((card.width - w) / 2, (card.height - h) / 2) };
            (Placement { scale: (scale, scale), offset: (left as f32, top as f32) }, (left, top), (w, h))
        }
        Fit::CenterCrop => {
            // The largest part with the input's shape, from the middle.
            let scale = (to_w / from_w).max(to_h / from_h);
            let (w, h) = (((to_w / scale).round() as u32).max(1), ((to_h / scale).round() as u32).max(1));
            let (w, h) = (w.min(size.0), h.min(size.1));
            let (left, top) = ((size.0 - w) / 2, (size.1 - h) / 2);
            let offset = (-(left as f32) * scale, -(top as f32) * scale);
            (Placement { scale: (scale, scale), offset }, (left, top), (w, h))
        }
    }
}

fn fitted(image: &Image, card: &InputCard) -> (Image, Placement) {
    let (placement, (left, top), (w, h)) = layout(image.size(), card);
    let fitted = match card.fit {
        Fit::Stretch => image.resized(card.width, card.height),
        Fit::Letterbox | Fit::Corner => {
            let mut canvas = Image::filled(card.width, card.height, [LETTERBOX_GRAY; 3]);
            paste(&mut canvas, &image.resized(w, h), left, top);
            canvas
        }
        Fit::CenterCrop => image.part_resized((left, top), (w, h), (card.width, card.height)),
    };
    (fitted, placement)
}

fn paste(canvas: &mut Image, image: &Image, left: u32, top: u32) {
    let stride = canvas.width() as usize * 3;
    let row_bytes = image.width() as usize * 3;
    let rows = canvas.pixels_mut().chunks_exact_mut(stride).skip(top as usize);
    for (target, source) in rows.zip(image.pixels().chunks_exact(row_bytes)) {
        let start = left as usize * 3;
        target[start..start + row_bytes].copy_from_slice(source);
    }
}
