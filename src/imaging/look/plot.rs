//! Rendering of signals: one line chart below the other, with names and last values.

use crate::data::image::Image;
use crate::data::time::signals::Series;
use crate::data::time::window::Window;
use crate::imaging::look::page::{font, write};

const SIZE: (u32, u32) = (640, 400);
const PAPER: [u8; 3] = [24, 27, 34];
const GRID: [u8; 3] = [52, 58, 70];
const LINE: [u8; 3] = [96, 190, 255];
const INK: [u8; 3] = [190, 196, 208];
const NAME: f32 = 15.0;
/// Maximum number of signals.
const MOST: usize = 12;

pub(super) fn drawn(window: &Window) -> Image {
    let mut image = Image::filled(SIZE.0, SIZE.1, PAPER);
    let shown = window.signals.series.len().min(MOST);
    if shown == 0 {
        return image;
    }
    let height = SIZE.1 as f32 / shown as f32;
    for (row, series) in window.signals.series.iter().take(shown).enumerate() {
        lane(&mut image, series, window, (row as f32 * height, height));
    }
    image
}

fn lane(image: &mut Image, series: &Series, window: &Window, (top, height): (f32, f32)) {
    let values = || series.values.iter().copied().filter(|value| value.is_finite());
    let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let bottom = (top + height - 1.0) as u32;
    for x in 0..SIZE.0 {
        dot(image, x as f32, bottom as f32, GRID);
    }
    if let Some(font) = font() {
        let last = values().next_back().map(|value| format!("{value:.3}")).unwrap_or_default();
        let size = NAME.min(height * 0.8);
        write(image, font, &format!("{}  {last}", series.name), size, (8.0, top + size), INK);
    }
    let Some(first) = series.times.first() else { return };
    let span = (window.at - *first).secs().max(1e-9);
    let place = |at: usize| {
        let x = (series.times[at] - *first).secs() / span;
        let part = if most > least { (series.values[at] - least) / (most - least) } else { 0.5 };
        let room = (height - NAME - 6.0).max(4.0);
        (x as f32 * (SIZE.0 - 1) as f32, top + height - 4.0 - part as f32 * room)
    };
    for at in 1..series.values.len() {
        if series.values[at].is_finite() && series.values[at - 1].is_finite() {
            let ((x0, y0), (x1, y1)) = (place(at - 1), place(at));
            let steps = ((x1 - x0).abs().max((y1 - y0).abs()).ceil() as u32).clamp(1, 4000);
            for step in 0..=steps {
                let part = step as f32 / steps as f32;
                let (x, y) = (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part);
                dot(image, x, y, LINE);
                dot(image, x, y + 1.0, LINE);
            }
        }
    }
}

fn dot(image: &mut Image, x: f32, y: f32, color: [u8; 3]) {
    let (width, height) = image.size();
    if x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32 {
        let at = (y as usize * width as usize + x as usize) * 3;
        image.pixels_mut()[at..at + 3].copy_from_slice(&color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;
    use crate::data::time::signals::Signals;

    #[test]
    fn odd_signals_are_drawn_too() {
        let series = |values: &[f64]| Series {
            name: "speed".to_owned(),
            times: (0..values.len()).map(|i| Time::from_secs(i as f64)).collect(),
            values: values.to_vec(),
        };
        let all =
            vec![series(&[]), series(&[f64::NAN, 1.0]), series(&[2.0; 5]), series(&[0.0, 1e300, -1e300])];
        let window =
            Window { at: Time::from_secs(4.0), frames: Vec::new(), signals: Signals { series: all } };
        let picture = drawn(&window);
        assert!(picture.pixels().chunks(3).filter(|pixel| *pixel == LINE).count() > 500);
    }
}
