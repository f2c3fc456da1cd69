//! Relief of water drops: bright on one side and dark on the other, from the distances to their outlines.

use crate::transforms::image::kernels::layer::Layer;

/// Distance in pixels from the outline from which a drop is flat.
const FLAT: i32 = 20;
/// Steps to a neighbor beside, at the corner, and a knight's move away, in 1/256 pixel, as OpenCV has them.
const STEPS: [i32; 3] = [256, 358, 562];

/// Light that drops add, up to `strongest`; the liquid is 0 outside of drops and up to 255 inside.
pub(in crate::transforms::image) fn relief(liquid: &Layer, strongest: i32) -> Layer {
    let distances =
        distances(liquid).map(|distance| distance.min(FLAT * 256)).boxed().map(|value| value >> 8);
    let levels = equalized(&distances);
    let light = embossed(&levels).boxed();
    let products: Vec<i64> =
        liquid.values.iter().zip(&light.values).map(|(a, b)| i64::from(*a) * i64::from(*b)).collect();
    let most = products.iter().copied().max().unwrap_or(0).max(1);
    let values = products.iter().map(|product| (product * i64::from(strongest) / most) as i32).collect();
    Layer { values, ..*liquid }
}

/// Distances to the nearest pixel on an outline of a drop, in 1/256 pixel (Borgefors, "Distance transformations in digital
/// images", 1986).
fn distances(liquid: &Layer) -> Layer {
    let far = 2 * FLAT * 256;
    let (columns, rows) = (liquid.columns as isize, liquid.rows as isize);
    let mut found = liquid.clone();
    for (value, outline) in found.values.iter_mut().zip(outlines(liquid)) {
        *value = if outline { 0 } else { far };
    }
    // From the upper left with the neighbors before, then back with those after.
    let before = [
        (-1, 0, STEPS[0]),
        (0, -1, STEPS[0]),
        (-1, -1, STEPS[1]),
        (1, -1, STEPS[1]),
        (-2, -1, STEPS[2]),
        (2, -1, STEPS[2]),
        (-1, -2, STEPS[2]),
        (1, -2, STEPS[2]),
    ];
    for sign in [1, -1] {
        for step in 0..columns * rows {
            let at = if sign == 1 { step } else { columns * rows - 1 - step };
            let (x, y) = (at % columns, at / columns);
            let mut least = found.values[at as usize];
            for (dx, dy, step) in before {
                let (x, y) = (x + sign * dx, y + sign * dy);
                if (0..columns).contains(&x) && (0..rows).contains(&y) {
                    least = least.min(found.at(x, y) + step);
                }
            }
            found.values[at as usize] = least;
        }
    }
    found
}

/// Slopes from which a pixel may lie on an outline, and from which it does.
const SLOPES: [i32; 2] = [50, 150];

/// Pixels on outlines: Canny, "A computational approach to edge detection", 1986, with the slopes of Sobel added up.
fn outlines(liquid: &Layer) -> Vec<bool> {
    let (columns, rows) = (liquid.columns as isize, liquid.rows as isize);
    let slope = |x: isize, y: isize| {
        let at = |dx: isize, dy: isize| liquid.at(x + dx, y + dy);
        let right = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
        let down = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
        (right, down)
    };
    let slopes: Vec<(i32, i32)> = (0..columns * rows).map(|i| slope(i % columns, i / columns)).collect();
    let steep = |x: isize, y: isize| {
        let inside = (0..columns).contains(&x) && (0..rows).contains(&y);
        let (right, down) = if inside { slopes[(y * columns + x) as usize] } else { (0, 0) };
        right.abs() + down.abs()
    };
    // The steepest pixels across an outline.
    let may: Vec<bool> = (0..columns * rows)
        .map(|i| {
            let (x, y) = (i % columns, i / columns);
            let (right, down) = slopes[i as usize];
            let along = down.abs() * 100;
            let (dx, dy) = if along < right.abs() * 41 {
                (1, 0)
            } else if along > right.abs() * 241 {
                (0, 1)
            } else {
                (if (right < 0) == (down < 0) { 1 } else { -1 }, 1)
            };
            let own = steep(x, y);
            own > SLOPES[0] && own > steep(x - dx, y - dy) && own >= steep(x + dx, y + dy)
        })
        .collect();
    // Those that are steep enough, and all that are joined to them.
    let mut found = vec![false; may.len()];
    let mut open: Vec<isize> = (0..columns * rows)
        .filter(|i| may[*i as usize] && steep(i % columns, i / columns) > SLOPES[1])
        .collect();
    while let Some(i) = open.pop() {
        if std::mem::replace(&mut found[i as usize], true) {
            continue;
        }
        for (dx, dy) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))) {
            let (x, y) = (i % columns + dx, i / columns + dy);
            if (0..columns).contains(&x) && (0..rows).contains(&y) && may[(y * columns + x) as usize] {
                open.push(y * columns + x);
            }
        }
    }
    found
}

/// Levels 0 to 255 by the part of the pixels that are lower (histogram equalization).
fn equalized(layer: &Layer) -> Layer {
    let mut counts = [0_i64; 256];
    for value in &layer.values {
        counts[(*value).clamp(0, 255) as usize] += 1;
    }
    let Some(first) = counts.iter().position(|count| *count > 0) else { return layer.clone() };
    let others = layer.values.len() as i64 - counts[first];
    if others == 0 {
        return layer.clone();
    }
    let mut sum = -counts[first];
    let levels = counts.map(|count| {
        sum += count;
        ((sum.max(0) * 255 + others / 2) / others) as i32
    });
    layer.clone().map(|value| levels[value.clamp(0, 255) as usize])
}

/// Slopes that fall away from the upper left corner, 0 to 255.
fn embossed(layer: &Layer) -> Layer {
    const WEIGHTS: [[i32; 3]; 3] = [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]];
    let mut values = Vec::with_capacity(layer.values.len());
    for y in 0..layer.rows as isize {
        for x in 0..layer.columns as isize {
            let mut sum = 0;
            for (dy, row) in (-1..=1).zip(WEIGHTS) {
                for (dx, weight) in (-1..=1).zip(row) {
                    sum += weight * layer.at(x + dx, y + dy);
                }
            }
            values.push(sum.clamp(0, 255));
        }
    }
    Layer { values, ..*layer }
}
