//! Rendering of text: wrapped lines on a dark page, in the largest font that fits.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _};

use crate::data::image::Image;

/// Width and height of a page in pixels.
const PAGE: (u32, u32) = (640, 400);
const MARGIN: f32 = 36.0;
const PAPER: [u8; 3] = [24, 27, 34];
const INK: [u8; 3] = [228, 231, 238];
/// Font sizes in pixels; the largest that fits is used.
const SIZES: [f32; 6] = [44.0, 36.0, 30.0, 25.0, 21.0, 17.0];
/// Line height relative to the font size.
const LEADING: f32 = 1.25;

static FONT: LazyLock<Option<FontRef<'static>>> =
    LazyLock::new(|| FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).ok());

/// The page with a text; an overflow ends in an ellipsis.
pub(super) fn drawn(text: &str) -> Image {
    let mut image = Image::filled(PAGE.0, PAGE.1, PAPER);
    let Some(font) = &*FONT else { return image };
    let room = (PAGE.0 as f32 - 2.0 * MARGIN, PAGE.1 as f32 - 2.0 * MARGIN);
    let mut lines = Vec::new();
    let mut size = SIZES[0];
    for candidate in SIZES {
        size = candidate;
        lines = wrapped(font, text, size, room.0);
        if lines.len() as f32 * size * LEADING <= room.1 {
            break;
        }
    }
    let most = ((room.1 / (size * LEADING)) as usize).max(1);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('\u{2026}');
        }
    }
    let scaled = font.as_scaled(PxScale::from(size));
    let height = lines.len() as f32 * size * LEADING;
    let top = ((PAGE.1 as f32 - height) / 2.0).max(MARGIN);
    for (number, line) in lines.iter().enumerate() {
        let baseline = top + number as f32 * size * LEADING + scaled.ascent();
        write(&mut image, font, line, size, (MARGIN, baseline), INK);
    }
    image
}

/// Draws a line of text whose baseline begins at a position.
pub(in crate::imaging) fn write(
    image: &mut Image,
    font: &FontRef<'_>,
    line: &str,
    size: f32,
    (mut x, y): (f32, f32),
    ink: [u8; 3],
) {
    let scaled = font.as_scaled(PxScale::from(size));
    let (width, height) = image.size();
    let pixels = image.pixels_mut();
    for letter in line.chars() {
        let id = font.glyph_id(letter);
        let glyph = id.with_scale_and_position(PxScale::from(size), ab_glyph::point(x, y));
        x += scaled.h_advance(id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let bounds = outline.px_bounds();
        outline.draw(|right, down, cover| {
            let (px, py) = (bounds.min.x as i64 + i64::from(right), bounds.min.y as i64 + i64::from(down));
            if px < 0 || py < 0 || px >= i64::from(width) || py >= i64::from(height) {
                return;
            }
            let at = (py as usize * width as usize + px as usize) * 3;
            for (channel, ink) in pixels[at..at + 3].iter_mut().zip(ink) {
                let mixed =
                    f32::from(*channel) + (f32::from(ink) - f32::from(*channel)) * cover.clamp(0.0, 1.0);
                *channel = mixed.round() as u8;
            }
        });
    }
}

/// The font of pages.
pub(in crate::imaging) fn font() -> Option<&'static FontRef<'static>> {
    FONT.as_ref()
}

fn width_of(font: &FontRef<'_>, text: &str, size: f32) -> f32 {
    let scaled = font.as_scaled(PxScale::from(size));
    text.chars().map(|letter| scaled.h_advance(font.glyph_id(letter))).sum()
}

/// Lines of at most this many pixels, broken between words; longer words are broken inside.
fn wrapped(font: &FontRef<'_>, text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (number, paragraph) in text.lines().enumerate() {
        if number > 0 {
            lines.push(String::new());
        }
        for word in paragraph.split_whitespace() {
            for piece in pieces(font, word, size, room) {
                let Some(line) = lines.last_mut() else { break };
                let joined = if line.is_empty() { piece.clone() } else { format!("{line} {piece}") };
                if width_of(font, &joined, size) <= room {
                    *line = joined;
                } else {
                    lines.push(piece);
                }
            }
        }
    }
    lines
}

fn pieces(font: &FontRef<'_>, word: &str, size: f32, room: f32) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in word.chars() {
        let Some(piece) = pieces.last_mut() else { break };
        piece.push(letter);
        if width_of(font, piece, size) > room && piece.chars().count() > 1 {
            piece.pop();
            pieces.push(letter.to_string());
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_fit_the_page() {
        let long = "debris on the right lane near the exit ".repeat(200);
        let word = "x".repeat(3000);
        for text in ["", "stop", &long, &word, "\u{1f600}\u{4e2d}\u{e9}", "a\n\nb"] {
            let page = drawn(text);
            assert_eq!(page.size(), PAGE);
            let inked = page.pixels().chunks(3).filter(|pixel| *pixel != PAPER).count();
            assert_eq!(inked > 0, !text.is_empty(), "{text:?}");
            // The margins stay free.
            let row = PAGE.0 as usize * 3;
            assert!(page.pixels()[..row * 20].chunks(3).all(|pixel| pixel == PAPER));
        }
    }
}
