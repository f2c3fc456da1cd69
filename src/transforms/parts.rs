//! Numbered parts of a transform's effect, so that a search can leave out irrelevant ones.
//!
//! Of an image the tiles of a grid over the transformed region, row by row; of points first those that were removed in their
//! order and then those that were added in theirs (a point that moved is one of each); of a text the differences in words.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::data::cases::stack::{Parts, Region, Stack};
use crate::data::geometry::points::{PointCloud, PointField};
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::time::signals::Signals;
use crate::data::time::window::Window;
use crate::transforms::transformable::Transformable;

/// Tiles of an image across and down.
pub const TILES: usize = 16;

/// An input whose transformation can be applied in parts.
pub trait Divided: Transformable {
    /// The numbers of the parts in which the changed input differs.
    fn parts(&self, changed: &Self, stack: &Stack) -> Vec<u32>;
    /// The original with these parts of the changed input.
    fn partly(&self, changed: &Self, stack: &Stack, parts: &Parts) -> Self;
}

/// First and one after the last pixel of each tile along a side, within a part of it.
fn edges([first, end]: [usize; 2]) -> Vec<[usize; 2]> {
    let at = |tile: usize| first + (end - first) * tile / TILES;
    (0..TILES).map(|tile| [at(tile), at(tile + 1)]).collect()
}

/// Calls `each` for each tile: its number, and its columns and rows, first and one after the last.
fn for_tiles(image: &Image, stack: &Stack, mut each: impl FnMut(u32, [usize; 2], [usize; 2])) {
    let (columns, rows) = stack.region.unwrap_or(Region::WHOLE).pixels(image.size());
    for (y, down) in edges(rows).into_iter().enumerate() {
        for (x, across) in edges(columns).into_iter().enumerate() {
            each((y * TILES + x) as u32, across, down);
        }
    }
}

/// Byte range of a row of a tile in an image.
fn bytes_of(image: &Image, row: usize, [first, end]: [usize; 2]) -> std::ops::Range<usize> {
    let start = row * image.width() as usize;
    (start + first) * 3..(start + end) * 3
}

impl Divided for Image {
    fn parts(&self, changed: &Self, stack: &Stack) -> Vec<u32> {
        let mut found = Vec::new();
        if self.size() == changed.size() {
            for_tiles(self, stack, |number, across, down| {
                let same = |row| {
                    let range = bytes_of(self, row, across);
                    self.pixels().get(range.clone()) == changed.pixels().get(range)
                };
                if !(down[0]..down[1]).all(same) {
                    found.push(number);
                }
            });
        }
        found
    }

    fn partly(&self, changed: &Self, stack: &Stack, parts: &Parts) -> Self {
        if self.size() != changed.size() {
            return changed.clone();
        }
        let mut result = self.clone();
        for_tiles(self, stack, |number, across, down| {
            if parts.contains(number) {
                for row in down[0]..down[1] {
                    let range = bytes_of(self, row, across);
                    if let (Some(to), Some(from)) =
                        (result.pixels_mut().get_mut(range.clone()), changed.pixels().get(range))
                    {
                        to.copy_from_slice(from);
                    }
                }
            }
        });
        result
    }
}

/// All values of a point, as bits.
fn bits(cloud: &PointCloud, at: usize) -> Vec<u32> {
    let fields = cloud.fields.iter().map(|field| field.values.get(at).map_or(0, |value| value.to_bits()));
    cloud.positions[at].iter().map(|value| value.to_bits()).chain(fields).collect()
}

/// The points of the first that the second does not have.
fn beyond(cloud: &PointCloud, other: &PointCloud) -> Vec<usize> {
    let mut there: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    for at in 0..other.positions.len() {
        *there.entry(bits(other, at)).or_default() += 1;
    }
    let missing = |at: &usize| match there.get_mut(&bits(cloud, *at)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    (0..cloud.positions.len()).filter(missing).collect()
}

impl Divided for PointCloud {
    fn parts(&self, changed: &Self, _stack: &Stack) -> Vec<u32> {
        (0..(beyond(self, changed).len() + beyond(changed, self).len()) as u32).collect()
    }

    fn partly(&self, changed: &Self, _stack: &Stack, parts: &Parts) -> Self {
        let (gone, added) = (beyond(self, changed), beyond(changed, self));
        let mut left: Vec<bool> = vec![true; self.positions.len()];
        for (number, at) in gone.iter().enumerate() {
            left[*at] = !parts.contains(number as u32);
        }
        let more: Vec<usize> = (gone.len()..)
            .zip(added)
            .filter(|(number, _)| parts.contains(*number as u32))
            .map(|(_, at)| at)
            .collect();
        let kept: Vec<usize> = (0..left.len()).filter(|at| left[*at]).collect();
        let field = |(own, now): (&PointField, &PointField)| PointField {
            name: own.name.clone(),
            values: kept
                .iter()
                .map(|at| own.values[*at])
                .chain(more.iter().map(|at| now.values[*at]))
                .collect(),
        };
        Self {
            frame: self.frame.clone(),
            positions: kept
                .iter()
                .map(|at| self.positions[*at])
                .chain(more.iter().map(|at| changed.positions[*at]))
                .collect(),
            fields: self.fields.iter().zip(&changed.fields).map(field).collect(),
        }
    }
}

/// A text as words, each with the blanks before it, and what follows the last one.
fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut inside = false;
    for (at, letter) in text.char_indices() {
        if letter.is_whitespace() && inside {
            found.push(text.get(start..at).unwrap_or_default());
            start = at;
        }
        inside = !letter.is_whitespace();
    }
    found.push(text.get(start..).unwrap_or_default());
    found
}

/// One difference in words: the first and one after the last word of either text.
type Place = ([usize; 2], [usize; 2]);

/// The differences of two lists of words, by their longest common subsequence; equally long ones are split word by word.
fn places(a: &[&str], b: &[&str]) -> Vec<Place> {
    let mut longest = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = if a[i] == b[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut from, mut found) = ((0, 0), Vec::new());
    let mut close = |from: (usize, usize), to: (usize, usize)| {
        let (gone, come) = (to.0 - from.0, to.1 - from.1);
        if gone == come {
            found.extend((0..gone).map(|k| ([from.0 + k, from.0 + k + 1], [from.1 + k, from.1 + k + 1])));
        } else {
            found.push(([from.0, to.0], [from.1, to.1]));
        }
    };
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            close(from, (i, j));
            (i, j) = (i + 1, j + 1);
            from = (i, j);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    close(from, (a.len(), b.len()));
    found
}

impl Divided for Arc<str> {
    fn parts(&self, changed: &Self, _stack: &Stack) -> Vec<u32> {
        (0..places(&words(self), &words(changed)).len() as u32).collect()
    }

    fn partly(&self, changed: &Self, _stack: &Stack, parts: &Parts) -> Self {
        let (own, now) = (words(self), words(changed));
        let mut text = String::new();
        let mut at = 0;
        for (number, (gone, come)) in (0..).zip(places(&own, &now)) {
            text.extend(own[at..gone[0]].iter().copied());
            let taken = if parts.contains(number) { &now[come[0]..come[1]] } else { &own[gone[0]..gone[1]] };
            text.extend(taken.iter().copied());
            at = gone[1];
        }
        text.extend(own[at..].iter().copied());
        text.into()
    }
}

impl Divided for Signals {
    /// A signal fault is one part.
    fn parts(&self, _changed: &Self, _stack: &Stack) -> Vec<u32> {
        Vec::new()
    }

    fn partly(&self, changed: &Self, _stack: &Stack, _parts: &Parts) -> Self {
        changed.clone()
    }
}

impl Divided for Window {
    /// The tiles in which any of its frames differs; signals have none.
    fn parts(&self, changed: &Self, stack: &Stack) -> Vec<u32> {
        let both = self.frames.iter().zip(&changed.frames);
        let mut all: Vec<u32> = both.flat_map(|((_, own), (_, now))| own.parts(now, stack)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn partly(&self, changed: &Self, stack: &Stack, parts: &Parts) -> Self {
        let both = self.frames.iter().zip(&changed.frames);
        let frames = both.map(|((time, own), (_, now))| (*time, own.partly(now, stack, parts)));
        Self { frames: frames.collect(), ..changed.clone() }
    }
}

impl Divided for Input {
    fn parts(&self, changed: &Self, stack: &Stack) -> Vec<u32> {
        match (self, changed) {
            (Self::Image(own), Self::Image(now)) => own.parts(now, stack),
            (Self::Points(own), Self::Points(now)) => own.parts(now, stack),
            (Self::Window(own), Self::Window(now)) => own.parts(now, stack),
            (Self::Text(own), Self::Text(now)) => own.parts(now, stack),
            _ => Vec::new(),
        }
    }

    fn partly(&self, changed: &Self, stack: &Stack, parts: &Parts) -> Self {
        match (self, changed) {
            (Self::Image(own), Self::Image(now)) => Self::Image(own.partly(now, stack, parts)),
            (Self::Points(own), Self::Points(now)) => Self::Points(Arc::new(own.partly(now, stack, parts))),
            (Self::Window(own), Self::Window(now)) => Self::Window(Arc::new(own.partly(now, stack, parts))),
            (Self::Text(own), Self::Text(now)) => Self::Text(own.partly(now, stack, parts)),
            (_, now) => now.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_needed_for_the_whole_change() {
        let none = Stack::default();
        let own: Arc<str> = "the brake  does not answer, at all".into();
        for now in ["teh brake  does nto answer at all", "brake does answer, at all now", "", "x"] {
            let now: Arc<str> = now.into();
            let all = own.parts(&now, &none);
            let some = |numbers: &[u32]| own.partly(&now, &none, &Parts::of(numbers));
            assert_eq!(some(&all), now);
            assert_eq!(some(&[]), own);
        }
        let now: Arc<str> = "teh brake  does nto answer, at all".into();
        assert_eq!(own.parts(&now, &none), [0, 1]);
        assert_eq!(&*own.partly(&now, &none, &Parts::of(&[1])), "the brake  does nto answer, at all");

        let cloud = |positions: &[[f32; 3]]| PointCloud {
            positions: positions.to_vec(),
            fields: vec![PointField {
                name: "i".to_owned(),
                values: positions.iter().map(|p| p[0]).collect(),
            }],
            ..PointCloud::default()
        };
        let own = cloud(&[[1.0; 3], [2.0; 3], [2.0; 3], [3.0; 3]]);
        let now = cloud(&[[1.0; 3], [2.0; 3], [4.0; 3], [5.0; 3]]);
        assert_eq!(own.parts(&now, &none), [0, 1, 2, 3]);
        assert_eq!(own.partly(&now, &none, &Parts::of(&[0, 1, 2, 3])), now);
        assert_eq!(own.partly(&now, &none, &Parts::default()), own);
        // The second of the two equal points is gone, and one was added.
        let some = own.partly(&now, &none, &Parts::of(&[0, 3]));
        assert_eq!(some.positions, [[1.0; 3], [2.0; 3], [3.0; 3], [5.0; 3]]);

        let own = Image::filled(40, 20, [9; 3]);
        let mut now = own.clone();
        now.pixels_mut()[..3].fill(200);
        now.pixels_mut().iter_mut().rev().take(3).for_each(|value| *value = 100);
        assert_eq!(own.parts(&now, &none), [0, 255]);
        assert!(
            own.partly(&now, &none, &Parts::of(&[0, 255])) == now
                && own.partly(&now, &none, &Parts::of(&[7])) == own
        );
    }
}
