//! Numbers of the images of a recording that change with light, weather and lens.

use std::path::Path;

use anyhow::Context as _;

use crate::base::progress::Progress;
use crate::clips;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::time::window::Reach;
use crate::imaging::hashes::Gray;

/// Names of the properties.
pub const PROPERTIES: [&str; 5] = ["brightness", "contrast", "sharpness", "colorfulness", "dark_share"];
/// Longer side of the images that are measured.
const SIDE: u32 = 320;
/// Level below which a pixel is dark.
const DARK: u8 = 16;

/// The properties of one image: mean and standard deviation of brightness (0 to 255), variance of the Laplacian, mean
/// distance of the color channels, and the share of dark pixels.
pub fn of_image(image: &Image) -> [f64; PROPERTIES.len()] {
    let small = image.thumbnail(SIDE);
    let gray = Gray::new(&small);
    let (width, height) = gray.size();
    let pixels = gray.pixels();
    let count = pixels.len().max(1) as f64;
    let mean = pixels.iter().map(|pixel| f64::from(*pixel)).sum::<f64>() / count;
    let variance = pixels.iter().map(|pixel| (f64::from(*pixel) - mean).powi(2)).sum::<f64>() / count;
    let dark = pixels.iter().filter(|pixel| **pixel < DARK).count() as f64 / count;
    let color = small.pixels().chunks_exact(3).map(|rgb| {
        let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(f64::from);
        ((r - g).abs() + (g - b).abs() + (b - r).abs()) / 3.0
    });
    let color = color.sum::<f64>() / count;
    [mean, variance.sqrt(), laplacian(pixels, width, height), color, dark]
}

/// Variance of the Laplacian: low for blurred images.
fn laplacian(pixels: &[u8], width: usize, height: usize) -> f64 {
    let at = |x: usize, y: usize| f64::from(pixels[y * width + x]);
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let value = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
            count += 1.0;
            sum += value;
            squares += value * value;
        }
    }
    if count > 0.0 { (squares / count - (sum / count).powi(2)).max(0.0) } else { 0.0 }
}

/// The properties of the images of the first camera of a recording, `rate` of them a second, or of every image of a folder.
pub fn properties(path: &Path, rate: f64) -> anyhow::Result<Vec<[f64; PROPERTIES.len()]>> {
    let clip = clips::open(path).with_context(|| format!("could not open {}", path.display()))?;
    clip.index(&Progress::default())?;
    let info = clip.info();
    let reach = Reach::default();
    let asked = info.asked(Medium::Image, &reach);
    let (channel, _) = asked.first().with_context(|| format!("{} has no images", path.display()))?;
    let mut next = f64::NEG_INFINITY;
    let mut all = Vec::new();
    for (frame, time) in clip.times(*channel).iter().enumerate() {
        let seconds = time.secs();
        if seconds + 1e-9 < next && !path.is_dir() {
            continue;
        }
        next = seconds + 1.0 / rate;
        // A frame that cannot be decoded is no sample.
        if let Ok(Input::Image(image)) = clip.reached(*channel, frame, &reach) {
            all.push(of_image(&image));
        }
    }
    Ok(all)
}
