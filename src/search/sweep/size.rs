//! Distance of a transformed input from the original.

use std::collections::BTreeSet;

use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::time::signals::{Series, Signals};

/// Distance of a transformed input from the original: for images the root mean squared difference in gray
/// levels, for point clouds the points moved, lost or added, for signals the values that differ, for texts the letters, in
/// percent.
pub(in crate::search) fn change_size(original: &Input, changed: &Input) -> f32 {
    match (original, changed) {
        (Input::Image(a), Input::Image(b)) => change_rms(a, b),
        (Input::Points(a), Input::Points(b)) => {
            // As sets: the order of points says nothing.
            let known: BTreeSet<[u32; 3]> = a.positions.iter().map(|p| p.map(f32::to_bits)).collect();
            let kept = b.positions.iter().filter(|p| known.contains(&p.map(f32::to_bits))).count();
            let (before, after) = (a.positions.len(), b.positions.len());
            100.0 * (before.max(after) - kept.min(before)) as f32 / before.max(1) as f32
        }
        (Input::Window(a), Input::Window(b)) => match (a.picture(), b.picture()) {
            (Some(a), Some(b)) if !std::ptr::eq(a, b) && a != b => change_rms(a, b),
            _ => changed_values(&a.signals, &b.signals),
        },
        (Input::Text(a), Input::Text(b)) => changed_letters(a, b),
        _ => 0.0,
    }
}

/// Share of values that differ, are lost or new, in percent.
fn changed_values(a: &Signals, b: &Signals) -> f32 {
    let all = |signals: &Signals| -> BTreeSet<(usize, i64, u64)> {
        let one = |(number, series): (usize, &Series)| {
            let pairs: Vec<_> = series.times.iter().zip(&series.values).collect();
            pairs.into_iter().map(move |(time, value)| (number, time.0, value.to_bits())).collect::<Vec<_>>()
        };
        signals.series.iter().enumerate().flat_map(one).collect()
    };
    let (a, b) = (all(a), all(b));
    100.0 * (a.len().max(b.len()) - a.intersection(&b).count()) as f32 / a.len().max(1) as f32
}

/// Edit distance of two texts (Levenshtein), in percent of the first.
fn changed_letters(a: &str, b: &str) -> f32 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let swapped = corner + usize::from(from != to);
            corner = row[j + 1];
            row[j + 1] = swapped.min(row[j] + 1).min(corner + 1);
        }
    }
    100.0 * row[b.len()] as f32 / a.len().max(1) as f32
}

/// Root of the mean squared difference, in gray levels.
fn change_rms(a: &Image, b: &Image) -> f32 {
    let (a, b) = (a.pixels(), b.pixels());
    if a.is_empty() || a.len() != b.len() {
        return 0.0;
    }
    let mut sum = 0_u64;
    for (a, b) in a.chunks(CHUNK).zip(b.chunks(CHUNK)) {
        let mut part = 0_u32;
        add_squares(&mut part, a, b);
        sum += u64::from(part);
    }
    (sum as f64 / a.len() as f64).sqrt() as f32
}

/// Values whose squared differences fit in 32 bits together: 255^2 * 65536 is less than 2^32.
const CHUNK: usize = 65_536;

widened! {
    fn add_squares(sum: &mut u32, a: &[u8], b: &[u8]) {
        let squares = a.iter().zip(b).map(|(a, b)| {
            let apart = i16::from(*a) - i16::from(*b);
            (i32::from(apart) * i32::from(apart)) as u32
        });
        *sum = sum.wrapping_add(squares.fold(0_u32, u32::wrapping_add));
    }
}
