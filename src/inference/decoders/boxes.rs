//! Objects with suppression in the graph: SSD and others with non-maximum suppression inside, YOLO v10 and later.
//!
//! Either one output of rows (left, top, right, bottom, score, class), or separate ones of boxes, scores and classes as
//! torchvision and TensorFlow export them, optionally with masks and keypoints (Mask R-CNN, Keypoint R-CNN). Boxes are
//! pixels of the input, or fractions of it if none is larger than 2; TensorFlow's begin with the top and its classes count
//! from 1.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::Keypoint;
use crate::data::prediction::Task;
use crate::inference::Tensor;
use crate::inference::card::ModelCard;
use crate::inference::decoders::error::DecodeError;
use crate::inference::decoders::recognize::{Evidence, Outputs, Preprocessing, Recognized};
use crate::inference::decoders::{Candidate, Decoded, DecoderKind, Prototypes};

/// Object detection with post-processing in the graph.
pub static KIND: DecoderKind = DecoderKind {
    id: "boxes",
    title: "Objects (NMS in the graph)",
    task: Task::Objects,
    doubles: false,
    decode,
    recognize: Some(recognize),
};

/// One table of six columns, or outputs that are named after boxes, scores and classes.
fn recognize(outputs: Outputs<'_>) -> Option<Recognized> {
    let table =
        outputs.only_table().is_some_and(|(_, columns)| columns == 6) && outputs.task() != Some("pose");
    let named =
        outputs.named("box") && outputs.named("score") && (outputs.named("class") || outputs.named("label"));
    let evidence = if table {
        Evidence::Shape
    } else if named {
        Evidence::Named
    } else {
        return None;
    };
    // The number of classes is unknown; those of COCO are the usual ones.
    Some(Recognized::new(evidence, 80, Preprocessing::LETTERBOXED))
}

/// Boxes with no side beyond this are fractions of the input.
const PARTS: f32 = 2.0;

/// Mask value from which a pixel belongs to the object.
const BELONGS: f32 = 0.5;

/// Confidence above which a keypoint is visible, otherwise hidden.
const SEEN: f32 = 0.5;

fn decode(outputs: &[Tensor], card: &ModelCard) -> Result<Decoded, DecodeError> {
    let rows = if let [only] = outputs { joined(only)? } else { separate(outputs)? };
    let parts = rows.iter().all(|row| row.edges.iter().all(|edge| edge.abs() <= PARTS));
    let (width, height) =
        if parts { (card.input.width as f32, card.input.height as f32) } else { (1.0, 1.0) };
    let places =
        of_each(outputs, rows.len(), |shape| matches!(shape, [_, _, 3]) || matches!(shape, [1, _, _, 3]));
    let masks = of_each(outputs, rows.len(), |shape| shape.len() == 4 && shape[3] > 4);
    let candidate = |(at, row): (usize, &Row)| {
        let [x0, y0, x1, y1] = row.edges;
        let bbox = Box2 { x0: x0 * width, y0: y0 * height, x1: x1 * width, y1: y1 * height };
        let keypoint = |[x, y, sure]: &[f32; 3]| Keypoint {
            x: x * width,
            y: y * height,
            seen: if *sure > SEEN { 2 } else { 1 },
        };
        let keypoints =
            places.map(|places| places.data(at).as_chunks::<3>().0.iter().map(keypoint).collect());
        let class = row.class.round() as usize;
        (at, Candidate { keypoints: keypoints.unwrap_or_default(), ..Candidate::new(class, row.score, bbox) })
    };
    // A class below the first is no class.
    let counts = |(_, row): &(usize, &Row)| row.score >= card.threshold && row.class >= 0.0;
    let mut found: Vec<(usize, Candidate)> =
        rows.iter().enumerate().filter(counts).map(candidate).filter(|(_, one)| one.bbox.valid()).collect();
    let Some(masks) = masks else {
        return Ok(Decoded::Objects(found.into_iter().map(|(_, candidate)| candidate).collect()));
    };
    // Each object has a map of its own.
    let (columns, lines) = (card.input.width as usize, card.input.height as usize);
    let mut maps = Vec::with_capacity(found.len() * columns * lines);
    let count = found.len();
    for (number, (at, candidate)) in found.iter_mut().enumerate() {
        candidate.coefficients = (0..count).map(|other| f32::from(u8::from(other == number))).collect();
        maps.extend(over_input(masks.data(*at), masks.size, &candidate.bbox, (columns, lines)));
    }
    let maps = Prototypes { width: columns, height: lines, maps };
    Ok(Decoded::Masked(found.into_iter().map(|(_, candidate)| candidate).collect(), maps))
}

/// An output with one entry per object.
#[derive(Clone, Copy)]
struct OfEach<'a> {
    all: &'a [f32],
    each: usize,
    /// Height and width of an entry.
    size: (usize, usize),
}

impl<'a> OfEach<'a> {
    fn data(&self, at: usize) -> &'a [f32] {
        self.all.get(at * self.each..(at + 1) * self.each).unwrap_or_default()
    }
}

/// The output of such a shape with an entry for each of this many objects.
fn of_each(outputs: &[Tensor], count: usize, fits: impl Fn(&[usize]) -> bool) -> Option<OfEach<'_>> {
    let output = outputs.iter().find(|output| fits(&output.shape) && count > 0)?;
    let size = (*output.shape.iter().nth_back(1)?, *output.shape.last()?);
    let each = output.data.len() / count;
    let whole = each * count == output.data.len() && each > 0 && each.is_multiple_of(size.0 * size.1);
    whole.then_some(OfEach { all: &output.data, each, size })
}

/// A mask over the whole input, above 0 for its pixels: unchanged if it covers the input (torchvision), resized into
/// the box if it is smaller (TensorFlow).
fn over_input(
    mask: &[f32],
    (height, width): (usize, usize),
    bbox: &Box2,
    (columns, lines): (usize, usize),
) -> Vec<f32> {
    if (height, width) == (lines, columns) {
        return mask.iter().take(lines * columns).map(|part| part - BELONGS).collect();
    }
    let value = |row: usize, column: usize| {
        let at = row.min(height - 1) * width + column.min(width - 1);
        mask.get(at).copied().unwrap_or(0.0)
    };
    let part = |y: usize, x: usize| {
        let across = (x as f32 + 0.5 - bbox.x0) / (bbox.x1 - bbox.x0);
        let down = (y as f32 + 0.5 - bbox.y0) / (bbox.y1 - bbox.y0);
        if !(0.0..1.0).contains(&across) || !(0.0..1.0).contains(&down) {
            return -BELONGS;
        }
        let (u, v) = ((across * width as f32 - 0.5).max(0.0), (down * height as f32 - 0.5).max(0.0));
        let (left, top) = (u.floor() as usize, v.floor() as usize);
        let (a, b) = (u.fract(), v.fract());
        let line = |row: usize| value(row, left) * (1.0 - a) + value(row, left + 1) * a;
        line(top) * (1.0 - b) + line(top + 1) * b - BELONGS
    };
    (0..lines).flat_map(|y| (0..columns).map(move |x| (y, x))).map(|(y, x)| part(y, x)).collect()
}

struct Row {
    edges: [f32; 4],
    score: f32,
    class: f32,
}

fn joined(output: &Tensor) -> Result<Vec<Row>, DecodeError> {
    if output.shape.last() != Some(&6) {
        return Err(DecodeError::shape(format!(
            "output {:?} has the shape {:?}, expected rows of 6: left, top, right, bottom, score, class",
            output.name, output.shape
        )));
    }
    let row = |[x0, y0, x1, y1, score, class]: &[f32; 6]| Row {
        edges: [*x0, *y0, *x1, *y1],
        score: *score,
        class: *class,
    };
    Ok(output.data.as_chunks::<6>().0.iter().map(row).collect())
}

fn separate(outputs: &[Tensor]) -> Result<Vec<Row>, DecodeError> {
    let named = |words: &[&str]| {
        let is = |output: &&Tensor| {
            let name = output.name.to_lowercase();
            words.iter().any(|word| name.contains(word)) && !name.contains("keypoint")
        };
        outputs.iter().find(is)
    };
    let boxes = outputs.iter().find(|output| output.shape.len() > 1 && output.shape.last() == Some(&4));
    let (scores, classes) = (named(&["score", "conf"]), named(&["class", "label"]));
    let (Some(boxes), Some(scores), Some(classes)) = (boxes, scores, classes) else {
        let names: Vec<String> =
            outputs.iter().map(|output| format!("{} {:?}", output.name, output.shape)).collect();
        return Err(DecodeError::shape(format!(
            "the decoder \"boxes\" needs boxes (Nx4), scores and classes or labels, the model has {}",
            names.join(", ")
        )));
    };
    let count = boxes.data.len() / 4;
    if scores.data.len() != count || classes.data.len() != count {
        return Err(DecodeError::shape(format!(
            "the outputs do not match: {count} boxes, {} scores, {} classes",
            scores.data.len(),
            classes.data.len()
        )));
    }
    // TensorFlow's names; its padding has the score 0.
    let tensorflow = boxes.name.to_lowercase().contains("detection_boxes");
    let numbers = scores.data.iter().zip(&classes.data);
    let row = |([a, b, c, d], (score, class)): (&[f32; 4], (&f32, &f32))| Row {
        edges: if tensorflow { [*b, *a, *d, *c] } else { [*a, *b, *c, *d] },
        score: *score,
        class: if tensorflow { class - 1.0 } else { *class },
    };
    Ok(boxes.data.as_chunks::<4>().0.iter().zip(numbers).map(row).collect())
}
