//! Boxes drawn into the pixels of an image, for readers that show images and nothing over them.

use crate::data::geometry::box2::Box2;
use crate::data::image::Image;

/// Draws the outline of a box, inside of the image; `width` pixels thick.
pub fn draw(image: &mut Image, bbox: &Box2, color: [u8; 3], width: u32) {
    let (columns, rows) = image.size();
    let within = |value: f32, side: u32| (value.round().max(0.0) as u32).min(side.saturating_sub(1));
    if !bbox.x0.is_finite() || !bbox.y0.is_finite() || !bbox.x1.is_finite() || !bbox.y1.is_finite() {
        return;
    }
    let (x0, x1) = (within(bbox.x0, columns), within(bbox.x1, columns));
    let (y0, y1) = (within(bbox.y0, rows), within(bbox.y1, rows));
    let pixels = image.pixels_mut();
    let mut dot = |x: u32, y: u32| {
        let at = (y as usize * columns as usize + x as usize) * 3;
        if let Some(pixel) = pixels.get_mut(at..at + 3) {
            pixel.copy_from_slice(&color);
        }
    };
    for inset in 0..width {
        let (top, bottom) = ((y0 + inset).min(y1), y1.saturating_sub(inset).max(y0));
        let (left, right) = ((x0 + inset).min(x1), x1.saturating_sub(inset).max(x0));
        for x in x0..=x1 {
            dot(x, top);
            dot(x, bottom);
        }
        for y in y0..=y1 {
            dot(left, y);
            dot(right, y);
        }
    }
}

/// Two images beside each other on black, with a gap of some pixels.
pub fn beside(left: &Image, right: &Image, gap: u32) -> Image {
    let (width, height) = (left.width() + gap + right.width(), left.height().max(right.height()));
    let mut both = Image::filled(width, height, [0, 0, 0]);
    for (image, x) in [(left, 0), (right, left.width() + gap)] {
        let row = image.width() as usize * 3;
        for (y, source) in image.pixels().chunks_exact(row.max(1)).enumerate() {
            let start = (y * width as usize + x as usize) * 3;
            if let Some(target) = both.pixels_mut().get_mut(start..start + row) {
                target.copy_from_slice(source);
            }
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_drawn_on_its_edges_only() {
        let mut image = Image::filled(10, 8, [0, 0, 0]);
        draw(&mut image, &Box2 { x0: 2.0, y0: 1.0, x1: 6.0, y1: 20.0 }, [9, 8, 7], 1);
        assert_eq!(image.pixel(2, 1), Some([9, 8, 7]));
        assert_eq!(image.pixel(6, 7), Some([9, 8, 7]), "what is outside is drawn at the edge");
        assert_eq!(image.pixel(4, 4), Some([0, 0, 0]));
        draw(&mut image, &Box2 { x0: f32::NAN, y0: 0.0, x1: 1.0, y1: 1.0 }, [1, 1, 1], 1);
        assert_eq!(image.pixel(0, 0), Some([0, 0, 0]));
        let both = beside(&image, &Image::filled(3, 9, [5, 5, 5]), 2);
        assert_eq!(both.size(), (15, 9));
        assert_eq!((both.pixel(2, 1), both.pixel(12, 8)), (Some([9, 8, 7]), Some([5, 5, 5])));
    }
}
