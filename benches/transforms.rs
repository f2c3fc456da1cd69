//! Input to picture while a slider is dragged: each transform on a 1280x720 picture, one thread.
//! `cargo bench --no-default-features --bench transforms`. The aim is under 15 ms for every one of them.

use criterion::{Criterion, criterion_group, criterion_main};
use hardcase::base::params::Params;
use hardcase::base::rng::Rng;
use hardcase::data::image::Image;
use hardcase::transforms::{Made, built_in};

fn transforms(criterion: &mut Criterion) {
    let rng = Rng::new(1);
    // Smooth with some noise, like a camera.
    let pixels: Vec<u8> = (0..1280 * 720 * 3_u64)
        .map(|i| ((i / 3840 / 3) as u8).wrapping_add((rng.at(i) & 31) as u8))
        .collect();
    let Some(picture) = Image::from_rgb(1280, 720, pixels) else { return };
    for kind in built_in() {
        // The whole range of the slider counts, so its costly end is timed.
        let mut params = Params::initial(kind.params);
        if let Some(strength) = kind.strength() {
            params.insert(strength.id, strength.max);
        }
        let Made::Image(transform) = kind.make(&params) else { continue };
        criterion.bench_function(&format!("transform/{}", kind.id), |bencher| {
            bencher.iter(|| {
                let mut changed = picture.clone();
                transform.apply(&mut changed, 7);
                changed
            });
        });
    }
}

criterion_group!(benches, transforms);
criterion_main!(benches);
