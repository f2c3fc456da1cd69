//! Presets of images against the programs that published them: PSNR and mean brightness of every severity, and that severities grow.
//!
//! The figures of the sources are in `fixtures/presets.json`, measured by `fixtures/make_presets.py` on the same drawn street.
//! `HARDCASE_UPDATE=1 cargo test --test presets` writes `docs/presets.md` anew.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use common::repo;
use hardcase::base::rng::Rng;
use hardcase::data::image::Image;
use hardcase::data::input::Medium;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::presets::{Family, Preset};
use hardcase::transforms::stack;

/// Thousandths of the sides: left, top, right, bottom; and a color.
const THINGS: [([u64; 4], [i64; 3]); 14] = [
    ([0, 180, 190, 520], [126, 88, 62]),
    ([190, 260, 330, 500], [170, 160, 140]),
    ([820, 120, 1000, 540], [60, 96, 52]),
    ([700, 300, 820, 480], [92, 120, 70]),
    ([380, 430, 520, 640], [186, 30, 34]),
    ([400, 450, 500, 510], [30, 36, 44]),
    ([560, 440, 640, 560], [236, 236, 230]),
    ([610, 250, 650, 330], [24, 60, 190]),
    ([626, 330, 634, 470], [90, 90, 90]),
    ([480, 660, 500, 760], [230, 230, 226]),
    ([470, 820, 500, 980], [232, 230, 220]),
    ([60, 300, 90, 360], [20, 22, 30]),
    ([120, 300, 150, 360], [240, 220, 120]),
    ([860, 600, 940, 660], [238, 190, 20]),
];

/// The street of `make_presets.py`, to the bit.
fn scene(width: u64, height: u64) -> Image {
    let texture: Vec<(u64, u64, Rng)> = [(16, 25), (4, 21), (1, 17)]
        .into_iter()
        .enumerate()
        .map(|(octave, (cell, swing))| {
            ((cell * width.min(height) / 224).max(1), swing, Rng::new(40 + octave as u64))
        })
        .collect();
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x * 1000 / width, y * 1000 / height);
            let down = v as i64;
            let mut color = if v < 450 {
                [120 + down / 8, 160 + down / 10, 210 + down / 25]
            } else {
                [70 + down / 20, 70 + down / 22, 74 + down / 24]
            };
            for ([left, top, right, bottom], own) in THINGS {
                if (left..right).contains(&u) && (top..bottom).contains(&v) {
                    color = own;
                }
            }
            for (cell, swing, rng) in &texture {
                let more = (rng.at((y / cell) * 4096 + x / cell) % swing) as i64 - (swing / 2) as i64;
                color = color.map(|value| value + more);
            }
            pixels.extend(color.map(|value| value.clamp(0, 255) as u8));
        }
    }
    Image::from_rgb(width as u32, height as u32, pixels).unwrap()
}

fn psnr(a: &Image, b: &Image) -> f64 {
    let squares: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    10.0 * (255.0 * 255.0 * a.pixels().len() as f64 / squares.max(1) as f64).log10()
}

fn mean(image: &Image) -> f64 {
    image.pixels().iter().map(|value| u64::from(*value)).sum::<u64>() as f64 / image.pixels().len() as f64
}

fn applied(preset: &Preset, level: usize, image: &Image, seed: u64) -> Image {
    let stack = preset.stack(level, image.size(), seed).unwrap();
    stack::apply(&BUILT_IN, &stack, image).unwrap()
}

/// PSNR and mean of a severity, over several seeds where the seed matters.
fn figures(preset: &Preset, level: usize, image: &Image) -> (f64, f64) {
    let stack = preset.stack(level, image.size(), 0).unwrap();
    let seeded = preset.name == "motion_blur"
        || stack.transforms.iter().any(|entry| BUILT_IN.kind(&entry.transform).unwrap().seeded);
    let varied = ["motion_blur", "snow", "frost", "fog", "spatter", "elastic"].contains(&preset.name);
    let seeds = match (seeded, varied, image.width() < 100) {
        (false, ..) => 1,
        (true, true, false) => 20,
        (true, false, false) => 2,
        (true, _, true) => 60,
    };
    let (mut ratio, mut light) = (0.0, 0.0);
    for seed in 0..seeds {
        let changed = applied(preset, level, image, seed);
        ratio += psnr(&changed, image) / seeds as f64;
        light += mean(&changed) / seeds as f64;
    }
    (ratio, light)
}

/// PSNR, mean, and the spread of the PSNR over seeds, of each severity of a source's preset.
type Reference = BTreeMap<String, BTreeMap<String, Vec<[f64; 3]>>>;

fn reference() -> Reference {
    let text = std::fs::read_to_string(repo().join("tests/fixtures/presets.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The presets that have a source, each with its figures: its own and those of the source.
struct Compared {
    preset: &'static Preset,
    ours: Vec<(f64, f64)>,
    theirs: Vec<[f64; 3]>,
}

static COMPARED: LazyLock<Vec<Compared>> = LazyLock::new(|| {
    let reference = reference();
    let mut compared = Vec::new();
    for (family, width, height) in
        [(Family::ImageNetC, 224, 224), (Family::CifarC, 32, 32), (Family::DeepTest, 640, 480)]
    {
        let image = scene(width, height);
        for preset in family.presets() {
            let Some(theirs) = reference[family.title()].get(preset.name).cloned() else { continue };
            assert_eq!(theirs.len(), preset.levels());
            let ours = (1..=preset.levels()).map(|level| figures(preset, level, &image)).collect();
            compared.push(Compared { preset, ours, theirs });
        }
    }
    compared
});

#[test]
fn every_severity_is_as_strong_as_its_source() {
    let mut wrong = String::new();
    for Compared { preset, ours, theirs } in COMPARED.iter() {
        for (level, ((ratio, light), [their_ratio, their_light, spread])) in
            ours.iter().zip(theirs).enumerate()
        {
            // A mean over seeds varies by a part of the spread; very weak ones differ by the rounding.
            let allowed = 0.5 + 0.5 * spread + if *their_ratio > 34.0 { 1.5 } else { 0.0 };
            if (ratio - their_ratio).abs() > allowed || (light - their_light).abs() > 1.5 + 3.0 * spread {
                let name = format!("{} {} {}", preset.family.title(), preset.name, level + 1);
                writeln!(
                    wrong,
                    "{name}: {ratio:.2} dB, mean {light:.1}; source {their_ratio} dB, {their_light}"
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Severities that the sources themselves published in another order than that of their strength, as PSNR has it.
fn source_grows(theirs: &[[f64; 3]], level: usize) -> bool {
    let [before, now] = [theirs[level - 1], theirs[level]];
    now[0] < before[0] - 0.05
}

#[test]
fn severities_grow_wherever_those_of_the_source_do() {
    for Compared { preset, ours, theirs } in COMPARED.iter() {
        for level in 1..ours.len() {
            let name = format!("{} {} {}", preset.family.title(), preset.name, level + 1);
            if source_grows(theirs, level) {
                assert!(ours[level].0 < ours[level - 1].0, "{name}: {ours:?}");
            }
        }
    }
}

#[test]
fn severities_grow_on_a_frame_of_a_camera_too_and_no_two_are_one_image() {
    // The stacks of a whole frame on a part of it: what a severity does to lengths shows there too.
    let (whole, frame) = ((1280, 720), scene(400, 225));
    let reference = reference();
    std::thread::scope(|scope| {
        for preset in Family::ImageNetC.presets() {
            let (frame, theirs) = (&frame, &reference["ImageNet-C"][preset.name]);
            scope.spawn(move || {
                let mut before: Option<Image> = None;
                for level in 1..=preset.levels() {
                    let stack = preset.stack(level, whole, 3).unwrap();
                    let changed = stack::apply(&BUILT_IN, &stack, frame).unwrap();
                    if let Some(before) = before {
                        assert!(changed != before, "{} {level}", preset.name);
                        if source_grows(theirs, level - 1) {
                            let (now, then) = (psnr(&changed, frame), psnr(&before, frame));
                            assert!(now < then, "{} {level}: {now} dB after {then} dB", preset.name);
                        }
                    }
                    before = Some(changed);
                }
            });
        }
    });
    for family in [Family::CifarC, Family::DeepTest] {
        // Wider than the largest shift.
        let image = scene(192, 144);
        for preset in family.presets() {
            for level in 2..=preset.levels() {
                let (one, other) = (applied(preset, level - 1, &image, 3), applied(preset, level, &image, 3));
                assert!(one != other, "{} {} {level}", family.title(), preset.name);
            }
        }
    }
}

#[test]
fn the_page_of_presets_is_fresh() {
    let path = repo().join("docs/presets.md");
    let page = page();
    if std::env::var_os("HARDCASE_UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == page, "docs/presets.md is stale: HARDCASE_UPDATE=1 cargo test --test presets");
}

const INTRO: &str = "\
# Presets

*Written by `HARDCASE_UPDATE=1 cargo test --test presets`. Change `src/transforms/presets.rs`, not this page.*

Presets are stacks with the severities of published benchmarks. Each line compares one severity with the program that published it, \
on the same drawn street: PSNR against the clean image and the mean of all channels, 0 to 255. What is random is a mean over seeds; \
the spread of the source's PSNR over seeds is in parentheses. Tests fail when a severity leaves its source, when it is not stronger \
than the one before wherever the source's is, or when two severities give one image.

Sources: ImageNet-C is imagecorruptions 1.1.2 on 224 x 224 pixels. CIFAR-C is the same code with the tables of `make_cifar_c.py` of \
hendrycks/robustness on 32 x 32 pixels. DeepTest is OpenCV with the parameters of its repository on 640 x 480 pixels. \
`tests/fixtures/make_presets.py` measures them.

On other sizes, lengths of ImageNet-C and CIFAR-C grow with the shorter side of the image (parameter `pixel`).

Deliberate differences:

- The elastic deformation of ImageNet-C is that of imagecorruptions; the original moves whole images by a random affine map.
- Frost is computed. Its colors are distributed as those of the photographs that the source adds.
- Rain and fog of DeepTest were drawn by hand. The presets `computed_rain` and `computed_fog` are of this program and have no source.
- Two severities of CIFAR-C give the image of the one before in the source. Here `glass_blur` 2 has sigma 0.3 in place of 0.25, and
  `motion_blur` 4 has 2.1 in place of 2.
- `blur` of DeepTest is ten filters in the order of its code, not ten severities.
- `saturate` takes color at 1 and 2 and adds it from 3 on. Where the source's own order is not that of PSNR, neither is the order here.
";

fn page() -> String {
    let mut text = INTRO.to_owned();
    for family in Family::ALL.into_iter().filter(|family| family.medium() == Medium::Image) {
        write!(text, "\n## {}\n\n", family.title()).unwrap();
        text.push_str("| preset | severity | stack | PSNR in dB | of the source | mean | of the source |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for Compared { preset, ours, theirs } in COMPARED.iter().filter(|c| c.preset.family == family) {
            for (i, ((ratio, light), [their_ratio, their_light, spread])) in
                ours.iter().zip(theirs).enumerate()
            {
                let spread = if *spread >= 0.05 { format!(" (±{spread:.1})") } else { String::new() };
                writeln!(
                    text,
                    "| {} | {} | `{}` | {ratio:.1} | {their_ratio:.1}{spread} | {light:.0} | {their_light:.0} |",
                    preset.name,
                    i + 1,
                    preset.text(i + 1).unwrap(),
                )
                .unwrap();
            }
        }
        for preset in family.presets().filter(|preset| !COMPARED.iter().any(|c| c.preset.name == preset.name))
        {
            for level in 1..=preset.levels() {
                let stack = preset.text(level).unwrap();
                writeln!(text, "| {} | {level} | `{stack}` | | | | |", preset.name).unwrap();
            }
        }
    }
    text
}
