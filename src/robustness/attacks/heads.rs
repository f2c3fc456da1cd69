//! Scores of detectors at every place, before anything is suppressed.

use crate::data::geometry::box2::Box2;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::around;
use crate::inference::decoders::classes::softmax;

/// Scores in one output: a row of classes for each place, times an objectness if there is one.
pub(super) struct Head {
    /// Name of the output.
    pub(super) output: String,
    /// Number of places.
    pub(super) places: usize,
    classes: usize,
    /// Index of the first class of the first place, and steps to the next place and class.
    first: usize,
    place_step: usize,
    class_step: usize,
    /// Index of the objectness of the first place.
    objectness: Option<usize>,
    boxes: Boxes,
}

/// Place of the boxes.
enum Boxes {
    /// Distributions of distances in this output, for cells of this stride.
    Distances(String, usize),
    /// Center and size in the same output.
    Centers,
    /// The same relative to cells of the strides 8, 16 and 32.
    Cells,
}

/// The heads of a model with such outputs; none for decoders without scores of all places.
pub(super) fn heads(outputs: &[Tensor], card: &ModelCard) -> Vec<Head> {
    let classes = card.labels.len();
    match card.decoder.as_str() {
        "nanodet" => outputs
            .iter()
            .filter_map(|output| {
                let &[1, places, columns] = output.shape.as_slice() else { return None };
                let sides = outputs.iter().find(|other| {
                    other.shape.len() == 3 && other.shape[1] == places && other.shape[2] != classes
                })?;
                let (width, height) = (card.input.width as usize, card.input.height as usize);
                let fits = |stride: &usize| width.div_ceil(*stride) * height.div_ceil(*stride) == places;
                let stride = [4, 8, 16, 32, 64, 128].into_iter().find(fits)?;
                (columns == classes).then(|| Head {
                    output: output.name.clone(),
                    places,
                    classes,
                    first: 0,
                    place_step: classes,
                    class_step: 1,
                    objectness: None,
                    boxes: Boxes::Distances(sides.name.clone(), stride),
                })
            })
            .collect(),
        "yolo" | "yolox" => {
            let Some(output) = outputs.first() else { return Vec::new() };
            let &[1, a, b] = output.shape.as_slice() else { return Vec::new() };
            let columns = card.decoder == "yolo" && a == classes + 4;
            let objectness = b == classes + 5 && !columns;
            if !columns && !objectness && b != classes + 4 {
                return Vec::new();
            }
            let first = if objectness { 5 } else { 4 };
            vec![Head {
                output: output.name.clone(),
                places: if columns { b } else { a },
                classes,
                first: if columns { 4 * b } else { first },
                place_step: if columns { 1 } else { b },
                class_step: if columns { b } else { 1 },
                objectness: objectness.then_some(4),
                boxes: if card.decoder == "yolox" { Boxes::Cells } else { Boxes::Centers },
            }]
        }
        _ => Vec::new(),
    }
}

impl Head {
    /// Every place with every class.
    pub(super) fn scores(&self) -> impl Iterator<Item = (usize, usize)> {
        let classes = self.classes;
        (0..self.places).flat_map(move |place| (0..classes).map(move |class| (place, class)))
    }

    fn index(&self, place: usize, class: usize) -> usize {
        self.first + place * self.place_step + class * self.class_step
    }

    fn sure(&self, output: &[f32], place: usize) -> f32 {
        self.objectness
            .map_or(1.0, |first| output.get(first + place * self.place_step).copied().unwrap_or(0.0))
    }

    /// Score of a class at a place, 0 to 1.
    pub(super) fn score(&self, output: &[f32], place: usize, class: usize) -> f32 {
        output.get(self.index(place, class)).copied().unwrap_or(0.0) * self.sure(output, place)
    }

    /// The class with the highest score at a place.
    pub(super) fn best(&self, output: &[f32], place: usize) -> usize {
        let mut best = 0;
        for class in 1..self.classes {
            if self.score(output, place, class) > self.score(output, place, best) {
                best = class;
            }
        }
        best
    }

    /// Adds the derivatives by the output of something with this derivative by a score.
    pub(super) fn push(&self, output: &[f32], seed: &mut [f32], place: usize, class: usize, slope: f32) {
        let at = self.index(place, class);
        let own = output.get(at).copied().unwrap_or(0.0);
        if let Some(seed) = seed.get_mut(at) {
            *seed += slope * self.sure(output, place);
        }
        let sure = self.objectness.map(|first| first + place * self.place_step);
        if let Some(seed) = sure.and_then(|at| seed.get_mut(at)) {
            *seed += slope * own;
        }
    }

    /// The box at a place, in pixels of the input.
    pub(super) fn bbox(&self, outputs: &[Tensor], place: usize, card: &ModelCard) -> Option<Box2> {
        let (width, height) = (card.input.width as usize, card.input.height as usize);
        if let Boxes::Distances(name, stride) = &self.boxes {
            let sides = outputs.iter().find(|output| output.name == *name)?;
            let bins = sides.shape.get(2)? / 4;
            let columns = width.div_ceil(*stride);
            let (x, y) = ((place % columns) as f32 + 0.5, (place / columns) as f32 + 0.5);
            let reach = |side: usize| -> Option<f32> {
                let start = (place * 4 + side) * bins;
                let logits = sides.data.get(start..start + bins)?;
                Some(softmax(logits).iter().enumerate().map(|(bin, p)| bin as f32 * p).sum())
            };
            let s = *stride as f32;
            return Some(Box2 {
                x0: (x - reach(0)?) * s,
                y0: (y - reach(1)?) * s,
                x1: (x + reach(2)?) * s,
                y1: (y + reach(3)?) * s,
            });
        }
        let output = outputs.iter().find(|output| output.name == self.output)?;
        let field =
            |field: usize| output.data.get(place * self.place_step + field * self.class_step).copied();
        let [x, y, w, h] = [field(0)?, field(1)?, field(2)?, field(3)?];
        if matches!(self.boxes, Boxes::Centers) {
            return Some(around(x, y, w, h));
        }
        let mut before = 0;
        for stride in [8, 16, 32, 64] {
            let cells = (width / stride) * (height / stride);
            if place < before + cells {
                let (at, side) = (place - before, stride as f32);
                let (column, row) = (at % (width / stride), at / (width / stride));
                let size = |value: f32| libm::expf(value.min(20.0)) * side;
                return Some(around((x + column as f32) * side, (y + row as f32) * side, size(w), size(h)));
            }
            before += cells;
        }
        None
    }
}
