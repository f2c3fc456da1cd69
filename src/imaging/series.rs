//! A chart of signals over time as an image, with bounds and a marked moment: for reports.

use crate::data::image::Image;
use crate::imaging::look::page::{font, write};

const SIZE: (u32, u32) = (720, 320);
const PAPER: [u8; 3] = [24, 27, 34];
const GRID: [u8; 3] = [52, 58, 70];
const INK: [u8; 3] = [206, 211, 222];
const BOUND: [u8; 3] = [240, 180, 60];
const MARK: [u8; 3] = [255, 96, 96];
/// Colors that are told apart with every kind of color blindness, after Okabe and Ito (2008).
const LINES: [[u8; 3]; 4] = [[86, 180, 233], [0, 158, 115], [204, 121, 167], [240, 228, 66]];
const TEXT: f32 = 15.0;
/// Room around the plot: left, top, right, bottom.
const ROOM: [f32; 4] = [64.0, 44.0, 16.0, 28.0];

/// A signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// Seconds and value; values that are not finite leave a gap.
    pub points: Vec<(f64, f64)>,
}

/// Content of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Text above.
    pub title: String,
    /// Length of the time axis in seconds.
    pub seconds: f64,
    /// The marked moment in seconds.
    pub marked: f64,
    /// Values drawn as horizontal lines.
    pub bounds: Vec<f64>,
    /// The signals.
    pub lines: Vec<Line>,
}

/// The chart as an image of 720 by 320 pixels.
pub fn drawn(chart: &Chart) -> Image {
    let mut image = Image::filled(SIZE.0, SIZE.1, PAPER);
    let frame = Frame::of(chart);
    let [left, top, right, bottom] = ROOM;
    let (right, bottom) = (SIZE.0 as f32 - right, SIZE.1 as f32 - bottom);
    for (from, to) in [((left, top), (left, bottom)), ((left, bottom), (right, bottom))] {
        stroke(&mut image, from, to, GRID);
    }
    for bound in &chart.bounds {
        let y = frame.y(*bound);
        if (top..=bottom).contains(&y) {
            stroke(&mut image, (left, y), (right, y), BOUND);
        }
    }
    let marked = frame.x(chart.marked);
    stroke(&mut image, (marked, top), (marked, bottom), MARK);
    for (line, color) in chart.lines.iter().zip(LINES.iter().cycle()) {
        for pair in line.points.windows(2) {
            let ([from, to], finite) = ([pair[0], pair[1]], pair.iter().all(|(_, value)| value.is_finite()));
            if finite {
                // A signal holds its value until the next sample.
                let corner = (frame.x(to.0), frame.y(from.1));
                stroke(&mut image, (frame.x(from.0), frame.y(from.1)), corner, *color);
                stroke(&mut image, corner, (frame.x(to.0), frame.y(to.1)), *color);
            }
        }
    }
    if let Some(font) = font() {
        write(&mut image, font, &chart.title, TEXT, (left, 18.0), INK);
        let mut x = left;
        for (line, color) in chart.lines.iter().zip(LINES.iter().cycle()) {
            write(&mut image, font, &line.name, TEXT, (x, 36.0), *color);
            x += 9.0 * line.name.chars().count() as f32 + 24.0;
        }
        let [least, most] = frame.values;
        for (value, y) in [(most, top + TEXT), (least, bottom)] {
            write(&mut image, font, &format!("{value:.4}"), TEXT * 0.8, (4.0, y), INK);
        }
        let middle = format!("{:.3} s", chart.marked);
        write(&mut image, font, &middle, TEXT * 0.8, ((marked - 20.0).max(left), bottom + 18.0), MARK);
        write(
            &mut image,
            font,
            &format!("{:.1} s", chart.seconds),
            TEXT * 0.8,
            (right - 36.0, bottom + 18.0),
            INK,
        );
    }
    image
}

/// The lines of a chart alone in an image of this size, for thumbnails; bounds are drawn as lines of their own.
pub fn small(chart: &Chart, (width, height): (u32, u32)) -> Image {
    let mut image = Image::filled(width, height, PAPER);
    let Frame { seconds, values: [least, most] } = Frame::of(chart);
    let x = |at: f64| (at / seconds).clamp(0.0, 1.0) as f32 * (width.saturating_sub(1)) as f32;
    let y = |value: f64| {
        (1.0 - ((value - least) / (most - least)).clamp(0.0, 1.0)) as f32 * height.saturating_sub(2) as f32
    };
    for bound in &chart.bounds {
        stroke(&mut image, (0.0, y(*bound)), (width as f32, y(*bound)), GRID);
    }
    stroke(&mut image, (x(chart.marked), 0.0), (x(chart.marked), height as f32), MARK);
    for (line, color) in chart.lines.iter().zip(LINES.iter().cycle()) {
        for pair in line.points.windows(2) {
            if pair.iter().all(|(_, value)| value.is_finite()) {
                let [from, to] = [pair[0], pair[1]].map(|(at, value)| (x(at), y(value)));
                stroke(&mut image, from, to, *color);
            }
        }
    }
    image
}

/// The ranges of a chart, and the pixels that they become.
struct Frame {
    seconds: f64,
    values: [f64; 2],
}

impl Frame {
    fn of(chart: &Chart) -> Self {
        let values = chart.lines.iter().flat_map(|line| line.points.iter().map(|(_, value)| *value));
        let all = values.chain(chart.bounds.iter().copied()).filter(|value| value.is_finite());
        let range =
            all.fold([f64::INFINITY, f64::NEG_INFINITY], |[least, most], v| [least.min(v), most.max(v)]);
        let [least, most] = if range[0] <= range[1] { range } else { [0.0, 1.0] };
        let more = ((most - least) * 0.06).max(1e-9 * most.abs().max(1.0));
        Self { seconds: chart.seconds.max(1e-9), values: [least - more, most + more] }
    }

    fn x(&self, seconds: f64) -> f32 {
        let part = (seconds / self.seconds).clamp(0.0, 1.0) as f32;
        ROOM[0] + part * (SIZE.0 as f32 - ROOM[0] - ROOM[2])
    }

    fn y(&self, value: f64) -> f32 {
        let [least, most] = self.values;
        let part = ((value - least) / (most - least)).clamp(0.0, 1.0) as f32;
        SIZE.1 as f32 - ROOM[3] - part * (SIZE.1 as f32 - ROOM[1] - ROOM[3])
    }
}

fn stroke(image: &mut Image, from: (f32, f32), to: (f32, f32), color: [u8; 3]) {
    let (width, height) = image.size();
    let steps = ((to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil() as u32).clamp(1, 4000);
    let pixels = image.pixels_mut();
    for step in 0..=steps {
        let part = step as f32 / steps as f32;
        let (x, y) = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        for y in [y, y + 1.0] {
            if x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32 {
                let at = (y as usize * width as usize + x as usize) * 3;
                pixels[at..at + 3].copy_from_slice(&color);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_bounds_and_the_moment_are_drawn_and_odd_values_leave_gaps() {
        let line = |points: &[(f64, f64)]| Line { name: "ttc".to_owned(), points: points.to_vec() };
        let count =
            |image: &Image, color: [u8; 3]| image.pixels().chunks(3).filter(|pixel| *pixel == color).count();
        let full = Chart {
            title: "ttc > 1.5".to_owned(),
            seconds: 4.0,
            marked: 2.0,
            bounds: vec![1.5],
            lines: vec![line(&[(0.0, 3.0), (1.0, 2.0), (2.0, 0.8), (3.0, f64::INFINITY), (4.0, 2.0)])],
        };
        let image = drawn(&full);
        let counts = [LINES[0], BOUND, MARK].map(|color| count(&image, color));
        assert!(counts.iter().all(|pixels| *pixels > 100), "{counts:?}");
        let thumbnail = small(&full, (120, 40));
        let counts = [LINES[0], GRID, MARK].map(|color| count(&thumbnail, color));
        assert!(thumbnail.size() == (120, 40) && counts.iter().all(|pixels| *pixels > 20), "{counts:?}");
        let odd = Chart { lines: vec![line(&[]), line(&[(0.0, f64::NAN)])], ..Chart::default() };
        assert_eq!(count(&drawn(&odd), LINES[0]), 0);
        assert_eq!(count(&small(&odd, (9, 9)), LINES[0]), 0);
    }
}
