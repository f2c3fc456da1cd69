//! A drawn stop sign, for frames in which there is none.

use crate::robustness::patches::sign::Sign;

/// Pixels on a side.
const SIDE: usize = 256;
/// Red of the field and white of rim and letters.
const RED: [f32; 3] = [0.71, 0.07, 0.12];
const WHITE: [f32; 3] = [0.93, 0.93, 0.93];
/// Width of the rim in parts of the side.
const RIM: f32 = 0.035;
/// The letters on a grid of five columns and seven rows each.
const LETTERS: [[u8; 7]; 4] = [
    [0b01110, 0b11011, 0b11000, 0b01110, 0b00011, 0b11011, 0b01110],
    [0b11111, 0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
    [0b01110, 0b11011, 0b11011, 0b11011, 0b11011, 0b11011, 0b01110],
    [0b11110, 0b11011, 0b11011, 0b11110, 0b11000, 0b11000, 0b11000],
];
/// Place of the word: left, top, right, bottom.
const WORD: [f32; 4] = [0.07, 0.36, 0.93, 0.64];

/// An octagon with a rim and the word STOP.
pub fn stop_sign() -> Sign {
    let count = SIDE * SIDE;
    let mut sign = Sign {
        side: SIDE,
        planes: [vec![0.0; count], vec![0.0; count], vec![0.0; count]],
        opacity: vec![0.0; count],
    };
    for at in 0..count {
        let (x, y) = (at % SIDE, at / SIDE);
        let (u, v) = ((x as f32 + 0.5) / SIDE as f32, (y as f32 + 0.5) / SIDE as f32);
        let inside = inside(u, v);
        if inside <= 0.0 {
            continue;
        }
        sign.opacity[at] = 1.0;
        let color = if inside < RIM || letter(u, v) { WHITE } else { RED };
        for (plane, value) in sign.planes.iter_mut().zip(color) {
            plane[at] = value;
        }
    }
    sign
}

/// Distance from the rim of a regular octagon, in parts of its side; below 0 outside.
fn inside(u: f32, v: f32) -> f32 {
    let (x, y) = ((u - 0.5).abs(), (v - 0.5).abs());
    let slanted = (x + y) * std::f32::consts::FRAC_1_SQRT_2;
    0.5 - x.max(y).max(slanted)
}

fn letter(u: f32, v: f32) -> bool {
    let [left, top, right, bottom] = WORD;
    if u < left || u >= right || v < top || v >= bottom {
        return false;
    }
    let across = (u - left) / (right - left) * LETTERS.len() as f32;
    let row = ((v - top) / (bottom - top) * 7.0) as usize;
    // Five columns and a gap of one.
    let column = (across.fract() * 6.0) as usize;
    let bits = LETTERS.get(across as usize).and_then(|letter| letter.get(row)).copied().unwrap_or(0);
    column < 5 && bits >> (4 - column) & 1 == 1
}
