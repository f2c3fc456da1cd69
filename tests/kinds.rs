//! Duties of every transform, over the whole list, and golden images from `fixtures/make_golden.py`.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;

use hardcase::base::params::Params;
use hardcase::base::rng::Rng;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;
use hardcase::data::image::Image;
use hardcase::data::input::Medium;
use hardcase::data::prediction::{Expected, Prediction};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::{Made, Transform, TransformKind, built_in, stack};
use proptest::prelude::*;

fn random_picture(width: u32, height: u32, seed: u64) -> Image {
    let rng = Rng::new(seed);
    let count = width as usize * height as usize * 3;
    Image::from_rgb(width, height, (0..count).map(|i| rng.at(i as u64) as u8).collect()).unwrap()
}

fn golden(name: &str) -> Image {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden").join(format!("{name}.png"));
    Image::decode(&std::fs::read(path).unwrap()).unwrap()
}

fn largest_difference(a: &Image, b: &Image) -> u8 {
    assert_eq!(a.size(), b.size());
    a.pixels().iter().zip(b.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

/// The transforms of pictures.
fn image_kinds() -> impl Iterator<Item = &'static TransformKind> {
    built_in().filter(|kind| kind.medium() == Medium::Image)
}

fn image_transform(kind: &TransformKind, params: &Params) -> Box<dyn Transform> {
    let Made::Image(transform) = kind.make(params) else { unreachable!("{} changes images", kind.id) };
    transform
}

#[test]
fn deterministic_transforms_match_the_reference_within_one_gray_level() {
    let input = golden("input");
    for (name, with) in [
        ("brightness_40", "brightness:40"),
        ("brightness_-70", "brightness:-70"),
        ("contrast_1.6", "contrast:1.6"),
        ("contrast_0.5", "contrast:0.5"),
        ("contrast_mean_0.3", "contrast:gain=0.3;about_mean=1"),
        ("quarter_turn_2", "quarter_turn:2"),
        ("crop_third", "crop:cut=0.333333333;across=0;down=0"),
        ("mirror", "mirror"),
        ("gaussian_blur_1.0", "gaussian_blur:1"),
        ("gaussian_blur_3.5", "gaussian_blur:3.5"),
        ("rotate_10", "rotate:10"),
        ("rotate_-25", "rotate:-25"),
        ("translate_10_-5", "translate:right=10;down=-5"),
        ("shear_0.3", "shear:0.3"),
        ("scale_0.5", "scale:0.5"),
        ("scale_1.7", "scale:1.7"),
        ("flip", "flip"),
        ("box_blur_3", "box_blur:3"),
        ("box_blur_4", "box_blur:4"),
        ("box_blur_9", "box_blur:9"),
        ("median_blur_1", "median_blur:1"),
        ("median_blur_size_5", "median_blur:1;size=5"),
        ("median_blur_size_7", "median_blur:1;size=7"),
        ("gaussian_blur_size_3", "gaussian_blur:0.8;size=3"),
        ("gaussian_blur_size_5", "gaussian_blur:1.1;size=5"),
        ("gaussian_blur_size_7", "gaussian_blur:1.4;size=7"),
        ("rotate_half_size_12", "rotate:12;half_size=1"),
        ("scale_corner_cubic_2.5", "scale:2.5;corner=1;cubic=1"),
        ("brightness_hsv_0.3", "brightness_hsv:0.3"),
        ("saturation_hsv_5_0.1", "saturation_hsv:5;offset=0.1"),
        ("pixelate_reduced_0.6", "pixelate:1.666666;reduced=1"),
        ("bilateral_blur_75", "bilateral_blur:75"),
        ("bilateral_blur_20", "bilateral_blur:20"),
        ("defocus_blur_3", "defocus_blur:3"),
        ("defocus_blur_4.5", "defocus_blur:4.5"),
        ("motion_blur_9_0", "motion_blur:9"),
        ("motion_blur_12_30", "motion_blur:12;angle=30"),
        ("motion_blur_7_-90", "motion_blur:7;angle=-90"),
        ("zoom_blur_20", "zoom_blur:20"),
        ("normalize_1", "contrast:0.5,normalize:1"),
        ("normalize_0.4", "contrast:0.5,normalize:0.4"),
        ("negative_1", "negative:1"),
        ("negative_0.3", "negative:0.3"),
        ("saturation_0.3", "saturation:0.3"),
        ("saturation_2", "saturation:2"),
        ("gamma_2.2", "gamma:2.2"),
        ("exposure_-2", "exposure:-2"),
        ("exposure_1.5", "exposure:1.5"),
        ("white_balance_0.5", "white_balance:0.5"),
        ("channel_order_3", "channel_order:3"),
        ("pixelate_4", "pixelate:4"),
        ("vignette_0.7", "vignette:0.7"),
    ] {
        let changed = stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, with, 0).unwrap(), &input).unwrap();
        let difference = largest_difference(&changed, &golden(name));
        assert!(difference <= 1, "{name}: {difference}");
    }
}

#[test]
fn resizing_matches_pillow_within_one_gray_level() {
    let input = golden("input");
    assert!(largest_difference(&input.resized(20, 31), &golden("resize_20x31")) <= 1);
    assert!(largest_difference(&input.resized(90, 40), &golden("resize_90x40")) <= 1);
}

#[test]
fn the_neutral_strength_changes_nothing() {
    let picture = random_picture(41, 23, 1);
    for kind in image_kinds() {
        let Some(strength) = kind.strength() else { continue };
        let mut params = Params::default();
        params.insert(strength.id, strength.neutral);
        let mut changed = picture.clone();
        image_transform(kind, &params).apply(&mut changed, 9);
        assert_eq!(changed, picture, "{}", kind.id);
    }
}

#[test]
fn the_seed_fixes_the_pixels_and_matters_where_it_should() {
    let picture = random_picture(64, 320, 2);
    for kind in image_kinds() {
        let transform = image_transform(kind, &Params::initial(kind.params));
        let run = |seed| {
            let mut changed = picture.clone();
            transform.apply(&mut changed, seed);
            changed
        };
        assert_eq!(run(3), run(3), "{}", kind.id);
        assert_eq!(run(3) != run(4), kind.seeded, "{}", kind.id);
    }
}

#[test]
fn threads_do_not_change_the_pixels() {
    let picture = random_picture(120, 80, 6);
    let change = stack::parse(&BUILT_IN, "gaussian_noise:40,fog:0.5,rotate:7,gaussian_blur:2", 11).unwrap();
    let expected = stack::apply(&BUILT_IN, &change, &picture).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| stack::apply(&BUILT_IN, &change, &picture).unwrap())).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}

#[test]
fn seeded_pictures_are_the_same_on_every_machine() {
    // Sums of pixels written down once; another processor, thread count or build must give the same.
    let picture = Image::filled(97, 61, [90, 120, 150]);
    let sum = |with: &str| -> u64 {
        let changed = stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, with, 42).unwrap(), &picture).unwrap();
        changed.pixels().iter().enumerate().map(|(i, v)| (i as u64 % 251 + 1) * u64::from(*v)).sum()
    };
    assert_eq!((sum("gaussian_noise:20"), sum("fog:0.4")), (GOLDEN_NOISE, GOLDEN_FOG));
    let others =
        ["rain:0.5", "snow:0.5", "shadow:0.5", "sun_flare:0.5", "shot_noise:10", "lost_rows:40"].map(sum);
    assert_eq!(others, GOLDEN_OTHERS);
}

const GOLDEN_NOISE: u64 = 267_239_119;
const GOLDEN_FOG: u64 = 196_043_660;
const GOLDEN_OTHERS: [u64; 6] =
    [283_221_035, 307_593_600, 244_011_943, 327_927_506, 265_306_951, 267_636_030];

#[test]
fn promises_about_classes_are_kept_by_all() {
    let before = Prediction::Classes { top: Vec::new() };
    for kind in image_kinds() {
        let transform = image_transform(kind, &Params::initial(kind.params));
        assert_eq!(transform.expect(&before, (10, 10)), Expected::Same, "{}", kind.id);
    }
}

/// A white square on black goes where its box is said to go.
#[test]
fn things_and_their_boxes_move_together() {
    let place = Box2 { x0: 140.0, y0: 40.0, x1: 160.0, y1: 60.0 };
    let mut picture = Image::filled(240, 140, [0; 3]);
    for y in 40..60 {
        for x in 140..160 {
            let at = (y * 240 + x) * 3;
            picture.pixels_mut()[at..at + 3].fill(255);
        }
    }
    let object = Detection::flat("mark".to_owned(), 1.0, place);
    let before = Prediction::Objects { objects: vec![object] };
    for kind in image_kinds().filter(|kind| kind.geometric && kind.id != "occlusion") {
        let transform = image_transform(kind, &Params::initial(kind.params));
        let mut changed = picture.clone();
        transform.apply(&mut changed, 0);
        let (mut x_sum, mut y_sum, mut light) = (0.0, 0.0, 0.0);
        for (i, pixel) in changed.pixels().as_chunks::<3>().0.iter().enumerate() {
            let value = f64::from(pixel[0]);
            x_sum += ((i % 240) as f64 + 0.5) * value;
            y_sum += ((i / 240) as f64 + 0.5) * value;
            light += value;
        }
        let Expected::Answer(Prediction::Objects { objects }) = transform.expect(&before, (240, 140)) else {
            panic!("{} moves boxes", kind.id)
        };
        let (x, y) = objects[0].bbox.center();
        let (dx, dy) = (f64::from(x) - x_sum / light, f64::from(y) - y_sum / light);
        // Rows of a rolling shutter go their own ways; the box is around all of them.
        let reach = if kind.id == "rolling_shutter" { 4.0 } else { 0.6 };
        assert!(dx.abs() < reach && dy.abs() < reach, "{}: {dx} {dy}", kind.id);
    }
}

#[test]
fn what_is_hidden_may_be_missed_and_the_rest_may_not() {
    let object =
        |x: f32| Detection::flat("car".to_owned(), 0.9, Box2 { x0: x, y0: 40.0, x1: x + 20.0, y1: 60.0 });
    let before = Prediction::Objects { objects: vec![object(40.0), object(70.0)] };
    let hide = stack::parse(&BUILT_IN, "occlusion:0.3", 0).unwrap();
    let Expected::Answer(Prediction::Objects { objects }) =
        stack::expected(&BUILT_IN, &hide, &before, (100, 100)).unwrap()
    else {
        panic!("what is hidden is known")
    };
    assert!(objects[0].score <= 0.0 && objects[1].score > 0.8, "{objects:?}");
}

/// More of the same: what a weaker setting changed, a stronger one changes too.
#[test]
fn faults_of_chance_are_nested() {
    let picture = random_picture(80, 320, 5);
    for (id, values) in [
        ("dead_pixels", [20.0, 60.0, 200.0]),
        ("lost_rows", [10.0, 30.0, 60.0]),
        ("lost_blocks", [5.0, 20.0, 60.0]),
        ("lens_dirt", [0.1, 0.4, 0.9]),
    ] {
        let mut hit: Option<Vec<bool>> = None;
        for value in values {
            let change = stack::parse(&BUILT_IN, &format!("{id}:{value}"), 3).unwrap();
            let changed = stack::apply(&BUILT_IN, &change, &picture).unwrap();
            let now: Vec<bool> = changed.pixels().iter().zip(picture.pixels()).map(|(a, b)| a != b).collect();
            if let Some(before) = hit {
                let lost = before.iter().zip(&now).filter(|(was, is)| **was && !**is).count();
                // A repeated row may by chance have the value that was there.
                assert!(lost * 50 < before.iter().filter(|was| **was).count(), "{id} {value}: {lost}");
            }
            hit = Some(now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_size_and_any_strength_works(width in 1_u32..40, height in 1_u32..40, part in 0.0_f64..=1.0, seed: u64) {
        let picture = random_picture(width, height, seed);
        for kind in image_kinds() {
            let mut params = Params::default();
            if let Some(strength) = kind.strength() {
                params.insert(strength.id, strength.min + part * (strength.max - strength.min));
            }
            let mut changed = picture.clone();
            image_transform(kind, &params).apply(&mut changed, seed);
            prop_assert_eq!(changed.size(), picture.size());
        }
    }

    #[test]
    fn expected_boxes_stay_inside_the_picture(x in 0.0_f32..300.0, y in 0.0_f32..200.0, w in 4.0_f32..80.0, h in 4.0_f32..80.0, degrees in -30.0_f64..30.0) {
        let object = Detection::flat("car".to_owned(), 0.9, Box2 { x0: x, y0: y, x1: x + w, y1: y + h });
        let before = Prediction::Objects { objects: vec![object] };
        let change = stack::parse(&BUILT_IN, &format!("rotate:{degrees},mirror"), 0).unwrap();
        let Expected::Answer(Prediction::Objects { objects }) = stack::expected(&BUILT_IN, &change, &before, (320, 240)).unwrap() else {
            return Err(TestCaseError::fail("boxes move"));
        };
        for object in objects {
            prop_assert!(object.bbox.valid());
            prop_assert!(object.bbox.x0 >= 0.0 && object.bbox.y0 >= 0.0 && object.bbox.x1 <= 320.0 && object.bbox.y1 <= 240.0);
        }
    }

    #[test]
    fn mirroring_twice_is_nothing(width in 1_u32..50, height in 1_u32..50, seed: u64) {
        let picture = random_picture(width, height, seed);
        let twice = stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, "mirror,mirror", 0).unwrap(), &picture).unwrap();
        prop_assert_eq!(twice, picture);
    }

    #[test]
    fn nonsense_in_a_stack_is_an_error_and_not_a_panic(text in "[a-z:=;,.0-9 -]{0,40}") {
        drop(stack::parse(&BUILT_IN, &text, 0));
    }
}
