//! A sign with a patch on it in a frame, and the way back of a gradient from the frame to the patch.

use crate::data::image::Image;
use crate::robustness::patches::placement::Placement;
use crate::robustness::patches::sign::{Cover, Sign};

/// A patch: a square texture over the whole sign, of which the covered parts are seen. Planes of 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// Texels on a side.
    pub side: usize,
    /// Red, green and blue planes.
    pub planes: [Vec<f32>; 3],
}

impl Patch {
    /// A patch of one color.
    pub fn filled(side: usize, color: [f32; 3]) -> Self {
        Self { side, planes: color.map(|value| vec![value; side * side]) }
    }
}

/// A sign, and a patch on parts of it.
#[derive(Clone, Copy)]
pub struct Pasted<'a> {
    /// The sign.
    pub sign: &'a Sign,
    /// The patch; none for the clean sign.
    pub patch: Option<(&'a Patch, Cover)>,
}

/// Texels and weights of a bilinear sample.
type Taps = [(usize, f32); 4];

/// The taps of a bilinear sample at a place in parts of the side.
fn taps(side: usize, u: f32, v: f32) -> Taps {
    let last = side as f32 - 1.0;
    let place = |part: f32| (part * side as f32 - 0.5).clamp(0.0, last);
    let (x, y) = (place(u), place(v));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(side - 1), (y0 + 1).min(side - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    [
        (y0 * side + x0, (1.0 - fx) * (1.0 - fy)),
        (y0 * side + x1, fx * (1.0 - fy)),
        (y1 * side + x0, (1.0 - fx) * fy),
        (y1 * side + x1, fx * fy),
    ]
}

fn sample(plane: &[f32], taps: &Taps) -> f32 {
    taps.iter().map(|(at, weight)| plane[*at] * weight).sum()
}

/// Calls for each pixel of the frame that shows the sign: index of the pixel, place on the sign, opacity.
fn each(frame: (u32, u32), sign: &Sign, placement: &Placement, mut call: impl FnMut(usize, (f32, f32), f32)) {
    let Some([left, top, right, bottom]) = placement.reach(frame) else { return };
    for y in top..=bottom {
        for x in left..=right {
            let (u, v) = placement.on_sign(x as f32, y as f32);
            if !(0.0..=1.0).contains(&u) || !(0.0..=1.0).contains(&v) {
                continue;
            }
            let opacity = sample(&sign.opacity, &taps(sign.side, u, v));
            if opacity > 0.0 {
                call(y as usize * frame.0 as usize + x as usize, (u, v), opacity);
            }
        }
    }
}

/// The frame with the sign in it: red, green and blue planes of 0 to 1, by one bilinear sample of each pixel.
pub fn composed(frame: &Image, pasted: Pasted<'_>, placement: &Placement) -> Vec<f32> {
    let count = frame.width() as usize * frame.height() as usize;
    let mut planes: Vec<f32> = (0..3)
        .flat_map(|c| frame.pixels().iter().skip(c).step_by(3).map(|value| f32::from(*value) / 255.0))
        .collect();
    each(frame.size(), pasted.sign, placement, |pixel, (u, v), opacity| {
        let on_sign = taps(pasted.sign.side, u, v);
        let on_patch = pasted
            .patch
            .filter(|(_, cover)| cover.has(u, v))
            .map(|(patch, _)| (patch, taps(patch.side, u, v)));
        for c in 0..3 {
            let color = match &on_patch {
                Some((patch, taps)) => sample(&patch.planes[c], taps),
                None => sample(&pasted.sign.planes[c], &on_sign),
            };
            let value = &mut planes[c * count + pixel];
            *value = *value * (1.0 - opacity) + (color * placement.brightness).min(1.0) * opacity;
        }
    });
    planes
}

/// The derivative by the patch from the one by the planes of the composed frame: the transpose of [`composed`].
///
/// No slope where the brightness makes a color more than white.
pub fn back(
    above: &[f32],
    frame: (u32, u32),
    (sign, patch, cover): (&Sign, &Patch, Cover),
    placement: &Placement,
) -> [Vec<f32>; 3] {
    let count = frame.0 as usize * frame.1 as usize;
    let mut slopes = [(); 3].map(|()| vec![0.0; patch.side * patch.side]);
    each(frame, sign, placement, |pixel, (u, v), opacity| {
        if !cover.has(u, v) {
            return;
        }
        let taps = taps(patch.side, u, v);
        for (c, slope) in slopes.iter_mut().enumerate() {
            if sample(&patch.planes[c], &taps) * placement.brightness >= 1.0 {
                continue;
            }
            let own = above.get(c * count + pixel).copied().unwrap_or(0.0) * opacity * placement.brightness;
            for (at, weight) in taps {
                slope[at] += own * weight;
            }
        }
    });
    slopes
}

/// Planes of 0 to 1 as an image of 8 bits.
pub fn image(planes: &[f32], (width, height): (u32, u32)) -> Image {
    let count = width as usize * height as usize;
    let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
    let pixels = (0..count * 3).map(|at| byte(planes[at % 3 * count + at / 3])).collect();
    Image::from_rgb(width, height, pixels).unwrap_or_else(|| Image::filled(width, height, [0; 3]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use crate::robustness::patches::drawn::stop_sign;

    /// <A x, y> = <x, A^T y>: the way back is the transpose of the way there.
    #[test]
    fn the_way_back_is_the_transpose() {
        let (sign, frame) = (stop_sign(), Image::filled(90, 70, [90, 120, 30]));
        let placement = Placement { middle: (40.0, 33.0), side: 47.3, rotation: 7.0, brightness: 0.8 };
        let mut rng = Rng::new(3);
        let mut random = || {
            let mut plane = || (0..32 * 32).map(|_| rng.unit() as f32).collect::<Vec<f32>>();
            Patch { side: 32, planes: [plane(), plane(), plane()] }
        };
        let (one, other) = (random(), random());
        let made = |patch: &Patch| {
            composed(&frame, Pasted { sign: &sign, patch: Some((patch, Cover::Bars)) }, &placement)
        };
        let (first, second) = (made(&one), made(&other));
        let above: Vec<f32> = (0..first.len()).map(|at| ((at * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let forward: f64 =
            first.iter().zip(&second).zip(&above).map(|((a, b), y)| f64::from(a - b) * f64::from(*y)).sum();
        let slopes = back(&above, frame.size(), (&sign, &one, Cover::Bars), &placement);
        let mut backward = 0.0;
        for (slopes, (a, b)) in slopes.iter().zip(one.planes.iter().zip(&other.planes)) {
            for (slope, (a, b)) in slopes.iter().zip(a.iter().zip(b)) {
                backward += f64::from(*slope) * f64::from(a - b);
            }
        }
        assert!((forward - backward).abs() < 1e-3 * forward.abs().max(1.0), "{forward} {backward}");
    }

    #[test]
    fn bars_cover_a_quarter_of_a_stop_sign() {
        let share = Cover::Bars.share(&stop_sign());
        assert!((share - 0.23).abs() < 0.01, "{share}");
        assert!((Cover::Whole.share(&stop_sign()) - 1.0).abs() < 1e-9);
    }
}
