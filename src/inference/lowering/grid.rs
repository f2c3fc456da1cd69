//! `GridSample` beyond bilinear samples with zeros around, and `AffineGrid`.

use super::call::Call;
use super::error::LoweringError;
use super::proto::Node;
use super::resize::weight;
use super::rewrite::Rewrite;
use super::values::{Value, count, positions, strides};
use super::{Action, LoweringKind};

/// Positions of an affine transform of an image or a volume.
pub(super) static AFFINE_GRID: LoweringKind =
    LoweringKind { operator: "AffineGrid", lower: |_, _| Ok(Action::Own(affine)) };
/// Bilinear in images by the runtime, the rest here.
pub(super) static GRID_SAMPLE: LoweringKind =
    LoweringKind { operator: "GridSample", lower: |node, to| Ok(lower(node, to)) };

fn lower(node: &Node, to: &Rewrite<'_, '_>) -> Action {
    let linear = matches!(node.word("mode", "linear").as_str(), "linear" | "bilinear");
    let zeros = node.word("padding_mode", "zeros") == "zeros";
    let flat = to.facts.rank_of(node, 0).or_else(|| to.facts.rank_of(node, 1)).is_none_or(|rank| rank == 4);
    if linear && zeros && flat { Action::Keep } else { Action::Own(sample) }
}

fn affine(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (theta, size) = (call.input(0)?, call.input(1)?.to_wholes());
    let corners = call.node.whole("align_corners", 0) != 0;
    let sides: Vec<usize> = size.get(2..).unwrap_or(&[]).iter().map(|side| (*side).max(0) as usize).collect();
    let rank = sides.len();
    let &[batches, rows, columns] = theta.shape.as_slice() else {
        return Err(LoweringError::shape(format!("its matrices have the shape {:?}", theta.shape)));
    };
    if rows != rank || columns != rank + 1 {
        return Err(LoweringError::shape(format!(
            "its matrices have the shape {:?} for {rank} dimensions",
            theta.shape
        )));
    }
    let at_side = |at: usize, side: usize| {
        if !corners {
            return (2.0 * at as f64 + 1.0) / side as f64 - 1.0;
        }
        if side > 1 { 2.0 * at as f64 / (side as f64 - 1.0) - 1.0 } else { 0.0 }
    };
    let theta = theta.to_doubles();
    let mut data = Vec::new();
    for batch in 0..batches {
        positions(&sides, |at| {
            // The first coordinate is that of the last dimension.
            let mut point: Vec<f64> = (0..rank).rev().map(|k| at_side(at[k], sides[k])).collect();
            point.push(1.0);
            for row in 0..rank {
                let factors = &theta[(batch * rank + row) * columns..][..columns];
                data.push(factors.iter().zip(&point).map(|(factor, value)| factor * value).sum());
            }
        });
    }
    let mut shape = vec![batches];
    shape.extend(&sides);
    shape.push(rank);
    Ok(vec![Value::of(call.made(0), shape, &data)?])
}

/// Options of a sampling.
struct Options {
    corners: bool,
    padding: Padding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Padding {
    Zeros,
    Border,
    Reflection,
}

impl Options {
    /// A coordinate from -1 to 1 in cells of a side.
    fn place(&self, coordinate: f64, side: usize) -> f64 {
        let length = side as f64;
        if self.corners {
            0.5 * (coordinate + 1.0) * (length - 1.0)
        } else {
            0.5 * ((coordinate + 1.0) * length - 1.0)
        }
    }

    /// A place outside of the input, moved inside as the padding says.
    fn moved(&self, x: f64, side: usize) -> f64 {
        let (low, high) = if self.corners { (0.0, side as f64 - 1.0) } else { (-0.5, side as f64 - 0.5) };
        match self.padding {
            Padding::Border => x.clamp(0.0, side as f64 - 1.0),
            Padding::Reflection if high > low => {
                let turn = (x - low).rem_euclid(2.0 * (high - low));
                low + turn.min(2.0 * (high - low) - turn)
            }
            Padding::Reflection => 0.0,
            Padding::Zeros => x,
        }
    }

    /// A cell, `None` for zero.
    fn cell(&self, at: i64, side: usize) -> Option<usize> {
        if (0..side as i64).contains(&at) {
            return Some(at as usize);
        }
        match self.padding {
            Padding::Zeros => None,
            Padding::Border | Padding::Reflection => {
                Some(self.moved(at as f64, side).clamp(0.0, side as f64 - 1.0) as usize)
            }
        }
    }
}

fn sample(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let (x, grid) = (call.input(0)?, call.input(1)?);
    let &[batches, channels, ref sides @ ..] = x.shape.as_slice() else {
        return Err(LoweringError::InputShape { shape: x.shape.clone() });
    };
    let rank = sides.len();
    if grid.shape.len() != rank + 2
        || grid.shape.last() != Some(&rank)
        || grid.shape.first() != Some(&batches)
    {
        return Err(LoweringError::shape(format!(
            "its input has the shape {:?}, its grid {:?}",
            x.shape, grid.shape
        )));
    }
    let mode = call.node.word("mode", "linear");
    let padding = match call.node.word("padding_mode", "zeros").as_str() {
        "zeros" => Padding::Zeros,
        "border" => Padding::Border,
        "reflection" => Padding::Reflection,
        other => return Err(LoweringError::unknown("padding_mode", other)),
    };
    let options = Options { corners: call.node.whole("align_corners", 0) != 0, padding };
    let out = &grid.shape[1..=rank];
    let (points, plane, own) = (count(out), count(sides), strides(sides));
    let (data, places) = (x.to_doubles(), grid.to_doubles());
    let mut y = vec![0.0; batches * channels * points];
    for batch in 0..batches {
        for point in 0..points {
            let coordinates = &places[(batch * points + point) * rank..][..rank];
            let mut taps = vec![(0, 1.0)];
            for k in 0..rank {
                let place = options.place(coordinates[rank - 1 - k], sides[k]);
                let found = along(&mode, place, sides[k], &options)?;
                let step = own[k];
                taps = taps
                    .iter()
                    .flat_map(|(at, weight)| {
                        found.iter().map(move |(cell, part)| (at + cell * step, weight * part))
                    })
                    .collect();
            }
            for channel in 0..channels {
                let values = &data[(batch * channels + channel) * plane..][..plane];
                y[(batch * channels + channel) * points + point] =
                    taps.iter().map(|(at, weight)| values[*at] * weight).sum();
            }
        }
    }
    let mut shape = vec![batches, channels];
    shape.extend(out);
    Ok(vec![Value::of(call.made(0), shape, &y)?])
}

/// The cells along a dimension that a place is made of.
fn along(mode: &str, place: f64, side: usize, options: &Options) -> Result<Vec<(usize, f64)>, LoweringError> {
    let cells = |found: Vec<(i64, f64)>| {
        found.into_iter().filter_map(|(at, weight)| Some((options.cell(at, side)?, weight))).collect()
    };
    Ok(match mode {
        "nearest" => cells(vec![(options.moved(place, side).round_ties_even() as i64, 1.0)]),
        "linear" | "bilinear" => {
            let place = options.moved(place, side);
            let (low, part) = (place.floor(), place - place.floor());
            cells(vec![(low as i64, 1.0 - part), (low as i64 + 1, part)])
        }
        "cubic" | "bicubic" => {
            let (low, part) = (place.floor(), place - place.floor());
            let weight = |k: i64| f64::from(weight((part - k as f64) as f32, -0.75));
            cells((-1..=2).map(|k| (low as i64 + k, weight(k))).collect())
        }
        other => return Err(LoweringError::unknown("mode", other)),
    })
}
