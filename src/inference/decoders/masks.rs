//! Masks in the original image, from masks in the model's input.

use crate::data::geometry::shape::Mask;
use crate::data::prediction::Segment;
use crate::inference::card::ModelCard;
use crate::inference::decoders::{Candidate, Cells};
use crate::inference::preprocess::{self, Placement};

/// Prototype maps over the whole input, combined into masks: one after the other, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Prototypes {
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// Their numbers.
    pub maps: Vec<f32>,
}

/// Builder of run lengths down the columns.
#[derive(Default)]
struct Runs {
    done: Vec<u32>,
    inside: bool,
    length: u32,
}

impl Runs {
    fn add(&mut self, inside: bool, count: u32) {
        if inside != self.inside {
            self.done.push(self.length);
            (self.inside, self.length) = (inside, 0);
        }
        self.length += count;
    }

    fn mask(mut self, size: [u32; 2]) -> Mask {
        self.done.push(self.length);
        Mask { size, runs: self.done }
    }
}

/// One mask for each class that is present; pixels beyond the input belong to none.
pub(in crate::inference) fn class_masks(
    cells: &Cells,
    card: &ModelCard,
    (w, h): (u32, u32),
    placement: Placement,
) -> Vec<Segment> {
    let side = |at: f32, cells: usize, pixels: u32| {
        let cell = (at * cells as f32 / pixels as f32).floor();
        (cell >= 0.0 && cell < cells as f32).then_some(cell as usize)
    };
    let input = &card.input;
    let column = |x: u32| side(placement.to_input(x as f32 + 0.5, 0.0).0, cells.width, input.width);
    let row = |y: u32| side(placement.to_input(0.0, y as f32 + 0.5).1, cells.height, input.height);
    let rows: Vec<Option<usize>> = (0..h).map(row).collect();
    // Classes, run by run down the columns.
    let mut found: Vec<(Option<u16>, u32)> = Vec::new();
    for x in 0..w {
        let column = column(x);
        for row in &rows {
            let at = row.zip(column).map(|(row, column)| row * cells.width + column);
            let class = at.and_then(|at| cells.classes.get(at)).copied();
            match found.last_mut() {
                Some((last, count)) if *last == class => *count += 1,
                _ => found.push((class, 1)),
            }
        }
    }
    let mut there: Vec<u16> = found.iter().filter_map(|(class, _)| *class).collect();
    there.sort_unstable();
    there.dedup();
    let mask = |class: u16| {
        let mut runs = Runs::default();
        for (one, count) in &found {
            runs.add(*one == Some(class), *count);
        }
        Segment { class: card.label(usize::from(class)), mask: runs.mask([w, h]) }
    };
    there.into_iter().map(mask).collect()
}

impl Prototypes {
    /// The mask of one object in pixels of the input.
    pub fn whole(&self, of: &Candidate, card: &ModelCard) -> Mask {
        let size = (card.input.width, card.input.height);
        self.mask(of, card, size, preprocess::placement(size, &card.input))
    }

    /// The mask of one object: the sum of the prototypes by its coefficients, above 0, inside of its box.
    pub fn mask(&self, of: &Candidate, card: &ModelCard, (w, h): (u32, u32), placement: Placement) -> Mask {
        let plane = self.width * self.height;
        let mut sum = vec![0.0_f32; plane];
        for (weight, map) in of.coefficients.iter().zip(self.maps.chunks_exact(plane.max(1))) {
            if *weight == 0.0 {
                continue;
            }
            sum.iter_mut().zip(map).for_each(|(sum, value)| *sum += weight * value);
        }
        let bbox = placement.to_picture(&of.bbox).clipped(w, h);
        let scale =
            (self.width as f32 / card.input.width as f32, self.height as f32 / card.input.height as f32);
        let mut runs = Runs::default();
        for x in 0..w {
            let inside = |at: u32, from: f32, to: f32| at as f32 + 0.5 >= from && (at as f32 + 0.5) < to;
            if !inside(x, bbox.x0, bbox.x1) {
                runs.add(false, h);
                continue;
            }
            for y in 0..h {
                let (at_x, at_y) = placement.to_input(x as f32 + 0.5, y as f32 + 0.5);
                let there = inside(y, bbox.y0, bbox.y1)
                    && self.between(&sum, at_x * scale.0 - 0.5, at_y * scale.1 - 0.5) > 0.0;
                runs.add(there, 1);
            }
        }
        runs.mask([w, h])
    }

    /// Bilinear interpolation between four cells.
    fn between(&self, map: &[f32], x: f32, y: f32) -> f32 {
        let (x, y) = (x.clamp(0.0, (self.width - 1) as f32), y.clamp(0.0, (self.height - 1) as f32));
        let (left, top) = (x.floor() as usize, y.floor() as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (a, b) = (x - left as f32, y - top as f32);
        let line = |row: usize| map[row * self.width + left] * (1.0 - a) + map[row * self.width + right] * a;
        line(top) * (1.0 - b) + line(bottom) * b
    }
}
