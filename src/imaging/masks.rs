//! Overlap of masks, run by run, and masks as images.

use crate::data::geometry::shape::{Mask, Part, Shape};
use crate::data::image::Image;

/// Number of pixels that both masks cover; zero for masks of different sizes.
pub fn intersection(a: &Mask, b: &Mask) -> u64 {
    if a.size != b.size {
        return 0;
    }
    let (mut both, mut at) = (0, 0_u64);
    let (mut i, mut j) = (0, 0);
    let run = |mask: &Mask, at: usize| mask.runs.get(at).copied().map(u64::from);
    let (Some(mut end_a), Some(mut end_b)) = (run(a, 0), run(b, 0)) else { return 0 };
    loop {
        let end = end_a.min(end_b);
        if i % 2 == 1 && j % 2 == 1 {
            both += end - at;
        }
        at = end;
        if end_a == end {
            i += 1;
            match run(a, i) {
                Some(length) => end_a += length,
                None => return both,
            }
        }
        if end_b == end {
            j += 1;
            match run(b, j) {
                Some(length) => end_b += length,
                None => return both,
            }
        }
    }
}

/// Intersection over union; against a crowd, over the area of `found` alone, as in COCO.
pub fn iou(found: &Mask, truth: &Mask, crowd: bool) -> f64 {
    let both = intersection(found, truth);
    let either = if crowd { found.area() } else { found.area() + truth.area() - both };
    if either == 0 { 0.0 } else { both as f64 / either as f64 }
}

/// The pixels inside of a polygon, filled like in the reference implementation of COCO.
///
/// The polygon is drawn on a grid five times as fine, and a pixel belongs to it from the row at which the polygon crosses
/// its column.
pub fn filled(outline: &[[f64; 2]], (width, height): (u32, u32)) -> Mask {
    const SCALE: f64 = 5.0;
    let corners: Vec<[i64; 2]> =
        outline.iter().map(|[x, y]| [(SCALE * x + 0.5) as i64, (SCALE * y + 0.5) as i64]).collect();
    let mut trace: Vec<[i64; 2]> = Vec::new();
    for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
        edge(*from, *to, &mut trace);
    }
    let (w, h) = (f64::from(width), f64::from(height));
    let mut turns: Vec<u64> = Vec::new();
    for pair in trace.windows(2) {
        let ([before, above], [now, below]) = (pair[0], pair[1]);
        if now == before {
            continue;
        }
        let fine = if now < before { now } else { now - 1 };
        let column = (fine as f64 + 0.5) / SCALE - 0.5;
        if column.fract() != 0.0 || column < 0.0 || column > w - 1.0 {
            continue;
        }
        let row = ((above.min(below) as f64 + 0.5) / SCALE - 0.5).clamp(0.0, h).ceil();
        turns.push(column as u64 * u64::from(height) + row as u64);
    }
    turns.push(u64::from(width) * u64::from(height));
    turns.sort_unstable();
    let mut runs: Vec<u32> = Vec::with_capacity(turns.len());
    let mut last = 0;
    let mut joins = false;
    for turn in turns {
        let length = (turn - last) as u32;
        last = turn;
        // An empty run joins its neighbors.
        match runs.last_mut() {
            Some(before) if joins => {
                *before += length;
                joins = false;
            }
            Some(_) if length == 0 => joins = true,
            _ => runs.push(length),
        }
    }
    Mask { size: [width, height], runs }
}

/// The points of a straight line on the grid, one for each step along its longer side.
fn edge(from: [i64; 2], to: [i64; 2], trace: &mut Vec<[i64; 2]>) {
    let (wide, tall) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
    let along = usize::from(wide < tall);
    let across = 1 - along;
    let steps = wide.max(tall);
    let flip = from[along] > to[along];
    let (a, b) = if flip { (to, from) } else { (from, to) };
    let slope = (b[across] - a[across]) as f64 / (b[along] - a[along]) as f64;
    for step in 0..=steps {
        let t = if flip { steps - step } else { step };
        let mut point = [0; 2];
        point[along] = t + a[along];
        point[across] =
            if steps == 0 { a[across] } else { (a[across] as f64 + slope * t as f64 + 0.5) as i64 };
        trace.push(point);
    }
}

/// The pixels of a shape in an image of this size; `None` for shapes without an area.
///
/// Of several shapes these are all pixels of the polygons and masks without the holes, or of the box if there is nothing
/// finer.
pub fn of_shape(shape: &Shape, size: (u32, u32)) -> Option<Mask> {
    match shape {
        Shape::Mask(mask) => Some((**mask).clone()),
        Shape::Box(_) | Shape::TurnedBox(_) | Shape::Polygon(_) => {
            let outline: Vec<[f64; 2]> = shape.outline().iter().map(|corner| corner.map(f64::from)).collect();
            Some(filled(&outline, size))
        }
        Shape::Parts(parts) => {
            let fine =
                |part: &&Part| matches!(part.shape, Shape::Polygon(_) | Shape::Mask(_) | Shape::TurnedBox(_));
            let all = |hole: bool| -> Vec<Mask> {
                let own = parts.iter().filter(fine).filter(|part| part.hole == hole);
                own.filter_map(|part| of_shape(&part.shape, size)).collect()
            };
            let (area, holes) = (all(false), all(true));
            if area.is_empty() {
                let any = parts.iter().any(|part| matches!(part.shape, Shape::Box(_)));
                return of_shape(&Shape::Box(shape.bounds().filter(|_| any)?), size);
            }
            match union(&holes) {
                Some(holes) => minus(&union(&area)?, &holes),
                None => union(&area),
            }
        }
        Shape::Polyline(_) | Shape::Keypoints(_) | Shape::Cuboid(_) | Shape::Whole => None,
    }
}

/// A mask in an image of another size, each pixel that of the nearest one.
pub fn resized(mask: &Mask, size: [u32; 2]) -> Mask {
    if mask.size == size {
        return mask.clone();
    }
    let [width, height] = mask.size.map(u64::from);
    let mut covered = Vec::with_capacity((width * height) as usize);
    for (at, run) in mask.runs.iter().enumerate() {
        covered.resize(covered.len() + *run as usize, at % 2 == 1);
    }
    let from = |at: u32, to: u32, side: u64| (u64::from(at) * 2 + 1) * side / (u64::from(to) * 2).max(1);
    let (mut runs, mut last) = (vec![0], false);
    for x in 0..size[0] {
        let column = from(x, size[0], width) * height;
        for y in 0..size[1] {
            let now = covered.get((column + from(y, size[1], height)) as usize).copied().unwrap_or(false);
            if now != last {
                runs.push(0);
                last = now;
            }
            if let Some(run) = runs.last_mut() {
                *run += 1;
            }
        }
    }
    Mask { size, runs }
}

/// The pixels of the first mask that the second does not cover; `None` for different sizes.
pub fn minus(mask: &Mask, other: &Mask) -> Option<Mask> {
    // Outside of the second mask is the same with background and object exchanged.
    let mut outside = other.runs.clone();
    match outside.first() {
        Some(0) => drop(outside.remove(0)),
        _ => outside.insert(0, 0),
    }
    (mask.size == other.size).then(|| Mask { size: mask.size, runs: common(&mask.runs, &outside) })
}

/// The runs of the pixels in which both have an object.
fn common(a: &[u32], b: &[u32]) -> Vec<u32> {
    let ends = |runs: &[u32]| -> Vec<u64> {
        let add = |at: &mut u64, run: &u32| {
            *at += u64::from(*run);
            Some(*at)
        };
        runs.iter().scan(0, add).collect()
    };
    let (ours, theirs) = (ends(a), ends(b));
    let (mut runs, mut i, mut j, mut at, mut last, mut on) = (Vec::new(), 0, 0, 0_u64, 0_u64, false);
    while let (Some(one), Some(two)) = (ours.get(i), theirs.get(j)) {
        let now = i % 2 == 1 && j % 2 == 1;
        let end = *one.min(two);
        if now != on && end > at {
            runs.push((at - last) as u32);
            (last, on) = (at, now);
        }
        at = end;
        i += usize::from(*one == end);
        j += usize::from(*two == end);
    }
    runs.push((at - last) as u32);
    runs
}

/// The pixels that any of the masks covers; `None` without masks or for different sizes.
pub fn union(masks: &[Mask]) -> Option<Mask> {
    let size = masks.first()?.size;
    if masks.iter().any(|mask| mask.size != size) {
        return None;
    }
    if let [only] = masks {
        return Some(only.clone());
    }
    // Start and end of each mask, in pixel order.
    let mut turns: Vec<(u64, i32)> = Vec::new();
    for mask in masks {
        let mut at = 0;
        for (i, run) in mask.runs.iter().enumerate() {
            if i % 2 == 1 && *run > 0 {
                turns.push((at, 1));
                turns.push((at + u64::from(*run), -1));
            }
            at += u64::from(*run);
        }
    }
    turns.sort_unstable();
    let (mut runs, mut last, mut depth, mut i) = (Vec::new(), 0, 0, 0);
    while i < turns.len() {
        let (at, before) = (turns[i].0, depth);
        while i < turns.len() && turns[i].0 == at {
            depth += turns[i].1;
            i += 1;
        }
        if (before > 0) != (depth > 0) {
            runs.push((at - last) as u32);
            last = at;
        }
    }
    runs.push((u64::from(size[0]) * u64::from(size[1]) - last) as u32);
    Some(Mask { size, runs })
}

/// Colors the pixels of a mask: half of the image and half of the color. The image has the size of the mask.
pub fn tint(image: &mut Image, mask: &Mask, color: [u8; 3]) {
    let [_, height] = mask.size.map(|side| side as usize);
    let width = image.width() as usize;
    let pixels = image.pixels_mut();
    let (mut at, mut inside) = (0_usize, false);
    for run in &mask.runs {
        let end = at.saturating_add(*run as usize);
        if inside && height > 0 {
            for place in at..end {
                // Runs go down the columns.
                let start = (place % height * width + place / height) * 3;
                let Some(pixel) = pixels.get_mut(start..start + 3) else { break };
                for (channel, color) in pixel.iter_mut().zip(color) {
                    *channel = u8::midpoint(*channel, color);
                }
            }
        }
        (at, inside) = (end, !inside);
    }
}

/// The mask as an image, white on black.
pub fn to_picture(mask: &Mask) -> Image {
    let mut image = Image::filled(mask.size[0], mask.size[1], [0; 3]);
    let (width, height) = (image.width() as usize, image.height() as usize);
    let pixels = image.pixels_mut();
    let mut at = 0;
    for (i, run) in mask.runs.iter().enumerate() {
        let end = (at + *run as usize).min(width * height);
        if i % 2 == 1 {
            for place in at..end {
                let (x, y) = (place / height, place % height);
                pixels[(y * width + x) * 3..][..3].fill(255);
            }
        }
        at = end;
    }
    image
}

/// The mask in a white-on-black image; values in between belong to the nearer one.
pub fn of_picture(image: &Image) -> Mask {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let pixels = image.pixels();
    let (mut runs, mut inside, mut length) = (Vec::new(), false, 0);
    for x in 0..width {
        for y in 0..height {
            let now = pixels[(y * width + x) * 3] >= 128;
            if now != inside {
                runs.push(length);
                (inside, length) = (now, 0);
            }
            length += 1;
        }
    }
    runs.push(length);
    Mask { size: [image.width(), image.height()], runs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tinted_pixels_are_those_of_the_mask() {
        let mask = filled(&[[2.0, 1.0], [6.0, 1.0], [6.0, 4.0], [2.0, 4.0]], (9, 5));
        let mut image = Image::filled(9, 5, [100; 3]);
        tint(&mut image, &mask, [200, 0, 100]);
        let tinted = |x, y| image.pixel(x, y) == Some([150, 50, 100]);
        let count = (0..9).flat_map(|x| (0..5).map(move |y| (x, y))).filter(|(x, y)| tinted(*x, *y)).count();
        assert_eq!(count as u64, mask.area());
        assert!(tinted(3, 2) && !tinted(0, 0) && !tinted(7, 2));
    }

    #[test]
    fn overlap_is_that_of_the_single_pixels() {
        let pixels = |mask: &Mask| -> Vec<bool> {
            let mut on = false;
            let mut all = Vec::new();
            for run in &mask.runs {
                all.extend(std::iter::repeat_n(on, *run as usize));
                on = !on;
            }
            all
        };
        let masks = [vec![3, 4, 5, 0, 2, 6], vec![0, 20], vec![20], vec![5, 5, 5, 5], vec![0, 1, 18, 1]];
        let masks: Vec<Mask> = masks.into_iter().map(|runs| Mask { size: [4, 5], runs }).collect();
        for a in &masks {
            assert_eq!(pixels(&of_picture(&to_picture(a))), pixels(a), "{a:?}");
            for b in &masks {
                let wanted = pixels(a).iter().zip(pixels(b)).filter(|(a, b)| **a && *b).count() as u64;
                assert_eq!(intersection(a, b), wanted, "{a:?} {b:?}");
                let rest: Vec<bool> = pixels(a).iter().zip(pixels(b)).map(|(a, b)| *a && !b).collect();
                let left = minus(a, b).unwrap();
                assert!(left.valid(), "{left:?}");
                assert_eq!(pixels(&left), rest, "{a:?} without {b:?}");
            }
        }
    }
}
