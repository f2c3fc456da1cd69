//! `Resize` and `Upsample` beyond what the runtime has: cubic, antialiased, any number of dimensions.
//!
//! Each dimension is resized by itself: an output cell is a weighted sum of input cells.

use super::call::Call;
use super::error::LoweringError;
use super::proto::Node;
use super::rewrite::Rewrite;
use super::values::{Value, around, axis, count, element};
use super::{Action, LoweringKind};

/// Linear and nearest in two dimensions by the runtime, the rest here.
pub(super) static RESIZE: LoweringKind = LoweringKind { operator: "Resize", lower: lower_resize };
/// The same in older operator sets.
pub(super) static UPSAMPLE: LoweringKind =
    LoweringKind { operator: "Upsample", lower: |node, to| Ok(lower_upsample(node, to)) };

/// Attributes that the runtime reads and that matter to it.
const READ: [&str; 3] = ["mode", "coordinate_transformation_mode", "nearest_mode"];
/// Most dimensions that the runtime resizes.
const MOST_DIMENSIONS: usize = 4;

fn lower_resize(node: &Node, to: &mut Rewrite<'_, '_>) -> Result<Action, LoweringError> {
    if !matches!(node.word("mode", "nearest").as_str(), "nearest" | "linear" | "cubic") {
        return Err(LoweringError::unknown("mode", node.word("mode", "")));
    }
    let simple = to.facts.opset >= 11
        && to.facts.element_of(node, 0).is_some_and(element::real)
        && node.word("mode", "nearest") != "cubic"
        && matches!(
            node.word("coordinate_transformation_mode", "half_pixel").as_str(),
            "half_pixel" | "asymmetric" | "align_corners" | "pytorch_half_pixel"
        )
        && node.whole("antialias", 0) == 0
        && node.attribute("axes").is_none()
        && node.word("keep_aspect_ratio_policy", "stretch") == "stretch"
        && images_only(node, [2, 3], to);
    let nearest = node.word("mode", "nearest") == "nearest";
    if nearest && node.word("coordinate_transformation_mode", "") == "half_pixel_symmetric" {
        return Err(LoweringError::unsupported(
            "nearest cells with half_pixel_symmetric coordinates fall between two cells",
        ));
    }
    if !simple {
        return Ok(Action::Own(resize));
    }
    let mut plain = node.clone();
    plain.attribute.retain(|attribute| READ.contains(&attribute.name.as_str()));
    if plain == *node {
        return Ok(Action::Keep);
    }
    to.push(plain);
    Ok(Action::Replaced)
}

/// False if it is known that other sides than height and width are resized.
fn images_only(node: &Node, inputs: [usize; 2], to: &Rewrite<'_, '_>) -> bool {
    let scales = to.facts.constant(node, inputs[0]).map(|value| value.to_doubles()).unwrap_or_default();
    let sizes = to.facts.constant(node, inputs[1]).map(|value| value.len()).unwrap_or_default();
    let rank = scales.len().max(sizes).max(to.facts.rank_of(node, 0).unwrap_or(0));
    rank <= MOST_DIMENSIONS && scales.iter().rev().skip(2).all(|scale| (scale - 1.0).abs() < f64::EPSILON)
}

fn lower_upsample(node: &Node, to: &Rewrite<'_, '_>) -> Action {
    let given = node.attribute("scales").map(|attribute| attribute.floats.len()).unwrap_or_default();
    let simple = given <= MOST_DIMENSIONS
        && images_only(node, [1, usize::MAX], to)
        && to.facts.element_of(node, 0).is_some_and(element::real);
    if simple { Action::Keep } else { Action::Own(resize) }
}

/// Old and new length of a dimension.
struct Side {
    length: usize,
    made: usize,
    scale: f32,
    /// Start and end of the region of interest, in parts of the side.
    region: (f32, f32),
}

/// Options of a step.
struct Options {
    mode: String,
    coordinates: String,
    nearest: String,
    antialias: bool,
    exclude_outside: bool,
    a: f32,
    extrapolation: f64,
}

fn resize(call: &Call<'_>) -> Result<Vec<Value>, LoweringError> {
    let x = call.input(0)?;
    let old = call.node.op_type == "Upsample" || call.opset < 11;
    let default = |old_value: &str, new: &str| if old { old_value.to_owned() } else { new.to_owned() };
    let options = Options {
        mode: call.node.word("mode", "nearest"),
        coordinates: call.node.word("coordinate_transformation_mode", &default("asymmetric", "half_pixel")),
        nearest: call.node.word("nearest_mode", &default("simple", "round_prefer_floor")),
        antialias: call.node.whole("antialias", 0) != 0,
        exclude_outside: call.node.whole("exclude_outside", 0) != 0,
        a: call.node.number("cubic_coeff_a", -0.75),
        extrapolation: f64::from(call.node.number("extrapolation_value", 0.0)),
    };
    let sides = sides(call, x, old)?;
    let (mut shape, mut data) = (x.shape.clone(), x.to_doubles());
    let mut outside: Vec<Vec<bool>> = Vec::new();
    for (along, side) in sides.iter().enumerate() {
        let taps = (0..side.made).map(|at| taps(side, at, &options)).collect::<Result<Vec<_>, _>>()?;
        outside.push((0..side.made).map(|at| is_outside(side, at, &options)).collect());
        let still =
            side.made == side.length && taps.iter().enumerate().all(|(at, taps)| *taps == [(at, 1.0)]);
        if still {
            continue;
        }
        let (before, length, after) = around(&shape, along);
        let mut next = Vec::with_capacity(before * side.made * after);
        for row in 0..before {
            for taps in &taps {
                for cell in 0..after {
                    let value =
                        |(at, weight): &(usize, f64)| data[(row * length + at) * after + cell] * weight;
                    next.push(taps.iter().map(value).sum());
                }
            }
        }
        shape[along] = side.made;
        data = next;
    }
    if outside.iter().flatten().any(|out| *out) {
        let mut place = 0;
        super::values::positions(&shape, |at| {
            if at.iter().zip(&outside).any(|(at, out)| out[*at]) {
                data[place] = options.extrapolation;
            }
            place += 1;
        });
    }
    let kind = call.made(0);
    if !element::real(kind) {
        // Whole numbers are cut, as by a cast.
        let (low, high) = element::range(kind).unwrap_or((i64::MIN, i64::MAX));
        for value in &mut data {
            *value = value.trunc().clamp(low as f64, high as f64);
        }
    }
    debug_assert_eq!(count(&shape), data.len());
    Ok(vec![Value::of(kind, shape, &data)?])
}

/// The new length of each dimension.
fn sides(call: &Call<'_>, x: &Value, old: bool) -> Result<Vec<Side>, LoweringError> {
    let rank = x.shape.len();
    let axes: Vec<usize> = match call.node.wholes("axes") {
        Some(axes) => axes.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    let scales_at = if old { 1 } else { 2 };
    let attribute = call.node.attribute("scales").map(|attribute| attribute.floats.clone());
    let scales = call.optional(scales_at).map(Value::to_floats).or(attribute).filter(|all| !all.is_empty());
    let sizes = if old { None } else { call.optional(3).map(Value::to_wholes).filter(|all| !all.is_empty()) };
    let region =
        call.optional(1).filter(|_| !old).map(Value::to_floats).filter(|all| all.len() == 2 * axes.len());
    let mut sides: Vec<Side> = x
        .shape
        .iter()
        .map(|length| Side { length: *length, made: *length, scale: 1.0, region: (0.0, 1.0) })
        .collect();
    for (k, at) in axes.iter().enumerate() {
        let side = &mut sides[*at];
        if let Some(region) = &region {
            side.region = (region[k], region[axes.len() + k]);
        }
        match (&scales, &sizes) {
            (Some(scales), _) if scales.len() == axes.len() => {
                side.scale = scales[k];
                side.made = (side.length as f32 * side.scale).floor().max(0.0) as usize;
            }
            (None, Some(sizes)) if sizes.len() == axes.len() => {
                side.made = sizes[k].max(0) as usize;
                side.scale = side.made as f32 / side.length.max(1) as f32;
            }
            _ => return Err(LoweringError::shape("its scales or sizes do not fit its input")),
        }
    }
    let policy = call.node.word("keep_aspect_ratio_policy", "stretch");
    if sizes.is_some() && policy != "stretch" {
        let scales = axes.iter().map(|at| sides[*at].scale);
        let scale = match policy.as_str() {
            "not_larger" => scales.fold(f32::INFINITY, f32::min),
            "not_smaller" => scales.fold(0.0, f32::max),
            _ => return Err(LoweringError::unknown("keep_aspect_ratio_policy", policy)),
        };
        for at in axes {
            let side = &mut sides[at];
            side.scale = scale;
            side.made = (side.length as f32 * scale + 0.5).floor() as usize;
        }
    }
    Ok(sides)
}

/// Place of an output cell in the input.
fn place(side: &Side, at: usize, options: &Options) -> Result<f32, LoweringError> {
    let (x, scale, length, made) = (at as f32, side.scale, side.length as f32, side.made as f32);
    Ok(match options.coordinates.as_str() {
        _ if side.made == side.length && (scale - 1.0).abs() < f32::EPSILON => x,
        "tf_crop_and_resize" => {
            let (start, end) = side.region;
            if side.made > 1 {
                start * (length - 1.0) + x * (end - start) * (length - 1.0) / (made - 1.0)
            } else {
                0.5 * (start + end) * (length - 1.0)
            }
        }
        "half_pixel" => (x + 0.5) / scale - 0.5,
        "asymmetric" => x / scale,
        "pytorch_half_pixel" if side.made > 1 => (x + 0.5) / scale - 0.5,
        "align_corners" if side.made > 1 => x * (length - 1.0) / (made - 1.0),
        "pytorch_half_pixel" | "align_corners" => 0.0,
        "tf_half_pixel_for_nn" => (x + 0.5) / scale,
        "half_pixel_symmetric" => {
            let adjusted = made / (scale * length);
            length / 2.0 * (1.0 - adjusted) + (x + 0.5) / scale - 0.5
        }
        other => return Err(LoweringError::unknown("coordinate_transformation_mode", other)),
    })
}

fn is_outside(side: &Side, at: usize, options: &Options) -> bool {
    options.coordinates == "tf_crop_and_resize"
        && place(side, at, options).is_ok_and(|x| x < 0.0 || x > side.length as f32 - 1.0)
}

/// The input cells of an output cell along a dimension, with their weights.
fn taps(side: &Side, at: usize, options: &Options) -> Result<Vec<(usize, f64)>, LoweringError> {
    let x = place(side, at, options)?;
    let last = side.length.saturating_sub(1);
    if side.length == side.made && (side.scale - 1.0).abs() < f32::EPSILON {
        return Ok(vec![(at, 1.0)]);
    }
    if options.mode == "nearest" {
        let near = match options.nearest.as_str() {
            "round_prefer_floor" if (x - x.floor() - 0.5).abs() < f32::EPSILON => x.floor(),
            "round_prefer_floor" => x.round(),
            "round_prefer_ceil" => (x + 0.5).floor(),
            "floor" => x.floor(),
            "ceil" => x.ceil(),
            // Operator set 10: upwards where the image shrinks.
            "simple" => {
                if side.scale < 1.0 {
                    x.ceil()
                } else {
                    x.floor()
                }
            }
            other => return Err(LoweringError::unknown("nearest_mode", other)),
        };
        return Ok(vec![(near.clamp(0.0, last as f32) as usize, 1.0)]);
    }
    let cubic = options.mode == "cubic";
    if options.antialias && side.scale < 1.0 {
        return Ok(smoothed(side, x, cubic, options));
    }
    if !cubic {
        let x = x.clamp(0.0, last as f32);
        let low = x as usize;
        let part = f64::from(x - low as f32);
        return Ok(vec![(low, 1.0 - part), ((low + 1).min(last), part)]);
    }
    let low = x.floor();
    let part = x - low;
    let found = (-1..=2).map(|k| (low as i64 + k, f64::from(weight(part - k as f32, options.a))));
    Ok(within(found.collect(), last, options.exclude_outside))
}

/// Cells under the filter, which is widened by how much the image shrinks.
fn smoothed(side: &Side, x: f32, cubic: bool, options: &Options) -> Vec<(usize, f64)> {
    let center = x + 0.5;
    let reach = if cubic { 2.0 } else { 1.0 } / side.scale;
    let (first, end) = ((center - reach + 0.5).floor() as i64, (center + reach + 0.5).floor() as i64);
    let value = |at: i64| {
        let distance = (at as f32 - center + 0.5) * side.scale;
        f64::from(if cubic { weight(distance, options.a) } else { (1.0 - distance.abs()).max(0.0) })
    };
    let found: Vec<(i64, f64)> = (first..end).map(|at| (at, value(at))).collect();
    let sum: f64 = found.iter().map(|(_, weight)| weight).sum();
    let found = found.into_iter().map(|(at, weight)| (at, weight / sum)).collect();
    within(found, side.length.saturating_sub(1), options.exclude_outside)
}

/// Cells beyond the border count for the border, or not at all.
fn within(found: Vec<(i64, f64)>, last: usize, exclude: bool) -> Vec<(usize, f64)> {
    let inside = |at: i64| (0..=last as i64).contains(&at);
    if !exclude {
        return found.into_iter().map(|(at, weight)| (at.clamp(0, last as i64) as usize, weight)).collect();
    }
    let kept: Vec<(usize, f64)> =
        found.into_iter().filter(|(at, _)| inside(*at)).map(|(at, weight)| (at as usize, weight)).collect();
    let sum: f64 = kept.iter().map(|(_, weight)| weight).sum();
    kept.into_iter().map(|(at, weight)| (at, weight / sum)).collect()
}

/// Keys' cubic convolution at a distance in cells.
pub(super) fn weight(distance: f32, a: f32) -> f32 {
    let x = distance.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}
