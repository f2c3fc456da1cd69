//! A drive whose steering is recorded beside its frames, and a model that steers like it but in a few of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hardcase::base::progress::Progress;
use hardcase::clips;
use hardcase::data::image::Image;
use hardcase::inference::embedded;
use hardcase::inference::model::Model;

/// Number of frames.
pub const FRAMES: usize = 60;
/// Frames whose recorded steering is planted to be far from the prediction.
pub const WRONG: [usize; 4] = [7, 21, 40, 41];

/// Frames that are brighter on one side than on the other.
fn frame(at: usize) -> Image {
    let mut image = Image::filled(64, 64, [100; 3]);
    let right = (100.0 + 80.0 * libm::sin(at as f64 / 5.0)) as u8;
    for y in 0..64 {
        for x in 32..64 {
            let place = (y * 64 + x) * 3;
            image.pixels_mut()[place..place + 3].copy_from_slice(&[right; 3]);
        }
    }
    image
}

fn log(folder: &Path, steering: &[f64]) {
    let mut rows = String::new();
    for (at, angle) in steering.iter().enumerate() {
        let name = format!("2026_12_01_13_30_{:02}_{:03}.jpg", at / 10, at % 10 * 100);
        writeln!(rows, "IMG/center_{name}, , , {angle}, 0.4, 0, 20").unwrap();
        fs::write(folder.join(format!("IMG/center_{name}")), frame(at).to_jpeg(95).unwrap()).unwrap();
    }
    fs::write(folder.join("driving_log.csv"), rows).unwrap();
}

/// A recorded drive with the model that drove it, but for some frames. The name of the signal of steering is returned.
pub fn drive(folder: &Path) -> (PathBuf, PathBuf, String) {
    let (place, model) = (folder.join("drive"), folder.join("lane_keeper.onnx"));
    fs::create_dir_all(place.join("IMG")).unwrap();
    fs::copy(super::model("lane_keeper"), &model).unwrap();
    log(&place, &[0.0; FRAMES]);
    let clip = clips::open(&place).unwrap();
    clip.index(&Progress::default()).unwrap();
    let info = clip.info();
    let signal = info.channels.iter().find(|channel| channel.name.contains("steering")).unwrap().name.clone();
    let camera = info.channels.iter().find(|channel| channel.name.contains("center")).unwrap();
    let camera = info.channel_named(&camera.name).unwrap();
    let keeper = Model::load(&model, &embedded::KIND, 1).unwrap();
    // With a card nobody is asked what the outputs mean.
    fs::write(model.with_extension("card.toml"), toml::to_string(&keeper.card).unwrap()).unwrap();
    let steering: Vec<f64> = (0..FRAMES)
        .map(|at| {
            let predicted =
                keeper.run(&clip.input(camera, at).unwrap()).unwrap().quantity("steering").unwrap();
            let noise = if at % 2 == 0 { 0.002 } else { -0.002 };
            predicted + if WRONG.contains(&at) { 1.5 } else { noise }
        })
        .collect();
    log(&place, &steering);
    (place, model, signal)
}
