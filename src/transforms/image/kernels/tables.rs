//! Point-wise transforms by a table of the 256 gray levels.

use crate::base::bytes::{looked_up, looked_up_by_channel};
use crate::data::image::Image;

/// Every value of a channel replaced by its entry in the table of the channel.
pub(in crate::transforms::image) fn map_channels(image: &mut Image, tables: &[[u8; 256]; 3]) {
    image.set_pixels(looked_up_by_channel(image.pixels(), tables));
}

/// Every value replaced by `map`.
pub(in crate::transforms::image) fn map_levels(image: &mut Image, map: impl Fn(u8) -> u8) {
    image.set_pixels(looked_up(image.pixels(), &std::array::from_fn(|level| map(level as u8))));
}

/// A table from a function on 0 to 1.
pub(in crate::transforms::image) fn table(map: impl Fn(f64) -> f64) -> [u8; 256] {
    std::array::from_fn(|level| (map(level as f64 / 255.0) * 255.0).round().clamp(0.0, 255.0) as u8)
}

/// Linear light from a gray value, both 0 to 1: IEC 61966-2-1 (sRGB).
pub(in crate::transforms::image) fn to_light(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
}

/// The reverse of [`to_light`].
pub(in crate::transforms::image) fn from_light(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * libm::pow(light, 1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_and_back_is_the_same_gray_level() {
        let same = table(|value| from_light(to_light(value)));
        assert!((0..256).all(|level| usize::from(same[level]) == level));
    }
}
