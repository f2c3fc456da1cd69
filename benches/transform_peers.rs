//! Our transforms against OpenCV and albumentations in one run: 1280x720 RGB, one thread, best CPU time of many rounds.
//!
//! `HARDCASE_PYTHON=python cargo bench --no-default-features --bench transform_peers`, with a Python that has
//! opencv-python-headless and albumentations. Prints each ratio and their geometric mean.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a benchmark for people")]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Instant;

use cpu_time::ProcessTime;
use hardcase::base::rng::Rng;
use hardcase::data::cases::stack::Stack;
use hardcase::data::image::Image;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

/// Name on the other side, our stack, and the factor that is to be reached where more than parity is asked.
const SHARED: &[(&str, &str)] = &[
    ("brightness", "brightness:40"),
    ("contrast", "contrast:1.3"),
    ("gamma", "gamma:2.2"),
    ("saturation", "saturation:1.5"),
    ("negative", "negative:1"),
    ("channel_order", "channel_order:5"),
    ("translate", "translate:right=37;down=21"),
    ("scale", "scale:1.2"),
    ("shear", "shear:0.176"),
    ("rotate", "rotate:15"),
    ("mirror", "mirror"),
    ("flip", "flip"),
    ("box_blur", "box_blur:9"),
    ("gaussian_blur_2", "gaussian_blur:2"),
    ("gaussian_blur_5", "gaussian_blur:5"),
    ("bilateral_blur", "bilateral_blur:75"),
    ("median_blur", "median_blur:1"),
    ("median_blur_5", "median_blur:1;size=5"),
    ("median_blur_7", "median_blur:1;size=7"),
    ("defocus_blur", "defocus_blur:4"),
    ("motion_blur", "motion_blur:15;angle=30"),
    ("zoom_blur", "zoom_blur:21"),
    ("gaussian_noise", "gaussian_noise:20"),
    ("shot_noise", "shot_noise:1.667"),
    ("impulse_noise", "impulse_noise:5"),
    ("fog", "fog:0.5"),
    ("rain", "rain:0.5"),
    ("snow", "snow:0.4"),
    ("jpeg", "jpeg:70"),
    ("pixelate", "pixelate:4"),
    ("elastic", "elastic:10;grain=20"),
];

fn best(mut work: impl FnMut()) -> f64 {
    work();
    let begun = ProcessTime::now();
    let mut least = f64::MAX;
    while begun.elapsed().as_secs_f64() < 0.8 {
        let one = ProcessTime::now();
        work();
        least = least.min(one.elapsed().as_secs_f64());
    }
    least * 1e3
}

fn main() {
    let Some(python) = std::env::var_os("HARDCASE_PYTHON") else {
        eprintln!("SKIPPED: HARDCASE_PYTHON names no Python with opencv-python-headless and albumentations");
        return;
    };
    let (width, height) = (1280_u32, 720_u32);
    let rng = Rng::new(1);
    // Smooth with some noise, like a camera.
    let pixels: Vec<u8> = (0..u64::from(width * height) * 3)
        .map(|i| ((i / 3840 / 3) as u8).wrapping_add((rng.at(i) & 31) as u8))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("frame.rgb");
    std::fs::write(&raw, &pixels).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/transform_peers.py");
    let output = Command::new(python)
        .env("OMP_NUM_THREADS", "1")
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("NO_ALBUMENTATIONS_UPDATE", "1")
        .arg(script)
        .arg(&raw)
        .args([width.to_string(), height.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let peers: BTreeMap<String, BTreeMap<String, f64>> =
        serde_json::from_value(answer["ms"].clone()).unwrap();
    println!(
        "OpenCV {}, albumentations {}",
        answer["versions"]["opencv"], answer["versions"]["albumentations"]
    );
    let picture = Image::from_rgb(width, height, pixels).unwrap();
    let copied = best(|| drop(std::hint::black_box(picture.pixels().to_vec())));
    println!("{:<18} {:>9} {:>22} {:>9}", "transform", "ours ms", "fastest peer ms", "faster");
    println!("{:<18} {copied:>9.3} {:>22} {:>9}", "copy of the frame", "", "");
    let (mut logs, mut slow) = (Vec::new(), Vec::new());
    for (name, change) in SHARED {
        let change = stack::parse(&BUILT_IN, change, 7).unwrap();
        let ours = best(|| drop(std::hint::black_box(stack::apply(&BUILT_IN, &change, &picture).unwrap())));
        let (peer, theirs) = peers[*name].iter().min_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        let ratio = theirs / ours;
        logs.push(ratio.ln());
        if ratio < 1.0 {
            slow.push(*name);
        }
        println!("{name:<18} {ours:>9.3} {:>22} {ratio:>8.2}x", format!("{peer} {theirs:.3}"));
    }
    let mean = (logs.iter().sum::<f64>() / logs.len() as f64).exp();
    println!("geometric mean {mean:.2}x (aim 3); slower than the fastest: {}", slow.join(", "));
    let scaling: Vec<f64> = SHARED
        .iter()
        .map(|(_, change)| {
            let change = stack::parse(&BUILT_IN, change, 7).unwrap();
            (done_in(2, &change, &picture) / done_in(1, &change, &picture)).ln()
        })
        .collect();
    let mean = (scaling.iter().sum::<f64>() / scaling.len() as f64).exp();
    let least = scaling.iter().copied().fold(f64::MAX, f64::min).exp();
    println!("two threads do {mean:.2} times as much as one (aim 1.8), least {least:.2}");
}

/// Pictures changed in a second by so many threads.
fn done_in(threads: usize, change: &Stack, picture: &Image) -> f64 {
    let begun = Instant::now();
    let count: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut count = 0;
                    while begun.elapsed().as_secs_f64() < 0.5 {
                        drop(std::hint::black_box(stack::apply(&BUILT_IN, change, picture).unwrap()));
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    count as f64 / begun.elapsed().as_secs_f64()
}
