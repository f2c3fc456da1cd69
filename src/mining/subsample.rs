//! Sub-sampling: few frames that cover most, to be labeled first.

use serde::Serialize;

/// A frame that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chosen {
    /// Its position among the frames.
    pub frame: usize,
    /// Coverage with it: of distances, 1 minus the largest distance that is left over the first one; of elements, the
    /// part of all.
    pub covered: f64,
}

/// Farthest first: each frame is the one farthest from those chosen, so that no frame is far from all of them.
///
/// The largest distance
/// left is at most twice the least possible one (Gonzalez, Theoretical Computer Science 38, 1985). Begins with the frame
/// nearest to the mean. Ends with `count` frames, or when none is farther than `radius`.
pub fn farthest_first(vectors: &[Vec<f32>], count: usize, radius: f64) -> Vec<Chosen> {
    let Some(first) = central(vectors) else { return Vec::new() };
    let mut distances: Vec<f64> = vectors.iter().map(|vector| distance(vector, &vectors[first])).collect();
    let farthest = |distances: &[f64]| {
        let mut best = (0, f64::NEG_INFINITY);
        for (at, value) in distances.iter().enumerate() {
            if *value > best.1 {
                best = (at, *value);
            }
        }
        best
    };
    let whole = farthest(&distances).1;
    let part = |left: f64| if whole > 0.0 { 1.0 - left / whole } else { 1.0 };
    let mut chosen = vec![Chosen { frame: first, covered: part(whole) }];
    while chosen.len() < count {
        let (next, left) = farthest(&distances);
        if left <= radius.max(0.0) {
            break;
        }
        for (known, vector) in distances.iter_mut().zip(vectors) {
            *known = known.min(distance(vector, &vectors[next]));
        }
        chosen.push(Chosen { frame: next, covered: part(farthest(&distances).1) });
    }
    chosen
}

/// Most new elements first, such as pairs of tags, cells of the map and bins of signals that a frame shows.
///
/// Ends with `count` frames,
/// or when `enough` of the elements are covered; of frames with as many the earliest.
pub fn most_new(elements: &[Vec<usize>], count: usize, enough: f64) -> Vec<Chosen> {
    let kinds = elements.iter().flatten().max().map_or(0, |most| most + 1);
    let mut open = vec![false; kinds];
    for element in elements.iter().flatten() {
        open[*element] = true;
    }
    let all = open.iter().filter(|open| **open).count();
    let mut chosen = Vec::new();
    let mut left = all;
    // A frame adds no more than it did before, so most are looked at once (lazy greedy, Minoux 1978).
    let mut bounds: std::collections::BinaryHeap<(usize, std::cmp::Reverse<usize>)> =
        elements.iter().enumerate().map(|(frame, own)| (own.len(), std::cmp::Reverse(frame))).collect();
    while chosen.len() < count && left > 0 {
        let Some((_, std::cmp::Reverse(frame))) = bounds.pop() else { break };
        let mut fresh: Vec<usize> =
            elements[frame].iter().copied().filter(|element| open[*element]).collect();
        fresh.sort_unstable();
        fresh.dedup();
        let now = (fresh.len(), std::cmp::Reverse(frame));
        if bounds.peek().is_some_and(|next| *next > now) {
            bounds.push(now);
            continue;
        }
        if fresh.is_empty() {
            break;
        }
        for element in &fresh {
            open[*element] = false;
        }
        left -= fresh.len();
        let covered = (all - left) as f64 / all as f64;
        chosen.push(Chosen { frame, covered });
        if covered >= enough {
            break;
        }
    }
    chosen
}

/// The vector nearest to the mean; of equals the first.
fn central(vectors: &[Vec<f32>]) -> Option<usize> {
    let width = vectors.first()?.len();
    let mut mean = vec![0.0_f64; width];
    for vector in vectors {
        for (sum, value) in mean.iter_mut().zip(vector) {
            *sum += f64::from(*value);
        }
    }
    let mean: Vec<f32> = mean.into_iter().map(|sum| (sum / vectors.len() as f64) as f32).collect();
    let mut best = (0, f64::INFINITY);
    for (at, vector) in vectors.iter().enumerate() {
        let own = distance(vector, &mean);
        if own < best.1 {
            best = (at, own);
        }
    }
    Some(best.0)
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b) * f64::from(a - b));
    squares.sum::<f64>().sqrt()
}

/// A description of an image without a model: the mean color of each of 8 by 8 squares, and how much brightness changes in each.
pub fn described(image: &crate::data::image::Image) -> Vec<f32> {
    const SIDE: usize = 8;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut found = Vec::with_capacity(SIDE * SIDE * 4);
    let pixels = image.pixels();
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (x0, x1) =
                (column * width / SIDE, ((column + 1) * width / SIDE).max(column * width / SIDE + 1));
            let (y0, y1) = (row * height / SIDE, ((row + 1) * height / SIDE).max(row * height / SIDE + 1));
            let (mut sums, mut edges, mut count) = ([0_u64; 3], 0_u64, 0_u64);
            // Every third pixel tells enough of a square.
            for y in (y0..y1.min(height)).step_by(3) {
                let mut before: Option<u64> = None;
                for x in (x0..x1.min(width)).step_by(3) {
                    let at = (y * width + x) * 3;
                    let Some(pixel) = pixels.get(at..at + 3) else { continue };
                    let mut luma = 0;
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += u64::from(*value);
                        luma += u64::from(*value);
                    }
                    edges += before.map_or(0, |before| luma.abs_diff(before));
                    before = Some(luma);
                    count += 1;
                }
            }
            let part = |sum: u64, whole: f32| sum as f32 / (count.max(1) as f32 * whole);
            found.extend(sums.map(|sum| part(sum, 255.0)));
            found.push(part(edges, 255.0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_frames_come_first() {
        let vectors: Vec<Vec<f32>> = [0.0, 0.1, 5.0, 5.1, 10.0].iter().map(|x| vec![*x]).collect();
        let chosen = farthest_first(&vectors, 3, 0.0);
        assert_eq!(chosen.iter().map(|one| one.frame).collect::<Vec<_>>(), [2, 0, 4]);
        assert!((chosen[2].covered - 0.98).abs() < 1e-6, "{chosen:?}");
        assert_eq!(farthest_first(&vectors, 9, 1.0).len(), 3, "nothing is farther than 1");
        assert!(farthest_first(&[], 3, 0.0).is_empty());
    }

    #[test]
    fn frames_with_most_that_is_new_come_first() {
        let elements = [vec![0], vec![0, 1, 2], vec![2, 3], vec![1], vec![4]];
        let chosen = most_new(&elements, 9, 1.0);
        assert_eq!(chosen.iter().map(|one| one.frame).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(chosen.iter().map(|one| one.covered).collect::<Vec<_>>(), [0.6, 0.8, 1.0]);
        assert_eq!(most_new(&elements, 9, 0.75).len(), 2);
    }
}
