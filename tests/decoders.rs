//! Reading what detectors, segmenters and pose models give: every layout, and masks on the right pixels.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::model;
use hardcase::claims::Pair;
use hardcase::claims::judge::judge;
use hardcase::claims::spec::{Claim, build};
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::cases::verdict::Verdict;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use hardcase::data::prediction::{Expected, Prediction, Task};
use hardcase::inference::card::{Fit, ModelCard};
use hardcase::inference::decoders::{self, Candidate, Decoded};
use hardcase::inference::model::Model;
use hardcase::inference::{Tensor, embedded};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

fn card(labels: &[&str], side: u32) -> ModelCard {
    let text = format!(
        "name = \"m\"\ndecoder = \"yolo\"\nlabels = {labels:?}\n[input]\nname = \"x\"\nwidth = {side}\nheight = {side}\n"
    );
    toml::from_str(&text).unwrap()
}

fn tensor(name: &str, shape: &[usize], data: Vec<f32>) -> Tensor {
    assert_eq!(shape.iter().product::<usize>(), data.len());
    Tensor { name: name.to_owned(), shape: shape.to_vec(), data }
}

/// Candidates after suppression.
fn read(id: &str, outputs: &[Tensor], card: &ModelCard) -> Result<Vec<Candidate>, String> {
    let kind = decoders::kind(id).unwrap();
    let decoded = (kind.decode)(outputs, card).map_err(|err| err.to_string())?;
    let (Decoded::Objects(found) | Decoded::Masked(found, _)) = decoded else {
        return Err(format!("these are no objects: {decoded:?}"));
    };
    Ok(decoders::chosen(found, card, kind.doubles))
}

fn near(found: &Candidate, class: usize, score: f32, edges: [f32; 4]) {
    let b = found.bbox;
    let apart = [b.x0, b.y0, b.x1, b.y1].iter().zip(edges).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(found.class == class && (found.score - score).abs() < 1e-4 && apart < 1e-3, "{found:?}");
}

#[test]
fn queries_are_read_with_and_without_a_column_for_nothing() {
    let card = card(&["car", "person"], 200);
    let boxes =
        tensor("pred_boxes", &[1, 3, 4], [[0.5, 0.5, 0.2, 0.4], [0.5, 0.5, 0.2, 0.4], [0.1; 4]].concat());
    // Softmax over three: e^3 / (e^3 + 2).
    let logits = tensor("logits", &[1, 3, 3], vec![3.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 9.0]);
    let score = 3.0_f32.exp() / (3.0_f32.exp() + 2.0);
    let found = read("detr", &[logits, boxes.clone()], &card).unwrap();
    assert_eq!(found.len(), 2, "the third one is nothing, and nothing is suppressed");
    near(&found[0], 0, score, [80.0, 60.0, 120.0, 140.0]);
    near(&found[1], 1, score, [80.0, 60.0, 120.0, 140.0]);
    let each = tensor("scores", &[1, 3, 2], vec![2.0, -9.0, -9.0, -9.0, -9.0, 0.0]);
    let found = read("detr", &[boxes, each], &card).unwrap();
    assert_eq!(found.len(), 2);
    near(&found[0], 0, 1.0 / (1.0 + (-2.0_f32).exp()), [80.0, 60.0, 120.0, 140.0]);
    near(&found[1], 1, 0.5, [10.0, 10.0, 30.0, 30.0]);
}

#[test]
fn objects_that_the_graph_chose_are_read_in_each_layout() {
    let card = card(&["car", "person"], 100);
    let joined =
        tensor("out", &[1, 2, 6], vec![10.0, 20.0, 30.0, 60.0, 0.9, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    near(&read("boxes", &[joined], &card).unwrap()[0], 1, 0.9, [10.0, 20.0, 30.0, 60.0]);
    let parts = |name: &str, edges: Vec<f32>| tensor(name, &[1, 1, 4], edges);
    let numbers = |name: &str, value: f32| tensor(name, &[1, 1], vec![value]);
    let ssd = [parts("bboxes", vec![0.1, 0.2, 0.3, 0.6]), numbers("labels", 1.0), numbers("scores", 0.8)];
    near(&read("boxes", &ssd, &card).unwrap()[0], 1, 0.8, [10.0, 20.0, 30.0, 60.0]);
    let tensorflow = [
        parts("detection_boxes", vec![0.2, 0.1, 0.6, 0.3]),
        numbers("detection_classes", 2.0),
        numbers("detection_scores", 0.8),
    ];
    near(&read("boxes", &tensorflow, &card).unwrap()[0], 1, 0.8, [10.0, 20.0, 30.0, 60.0]);
    let wrong = read("boxes", &[numbers("scores", 0.5)], &card).unwrap_err();
    assert!(wrong.contains("expected rows of 6"), "{wrong}");
}

#[test]
fn cells_of_yolox_are_put_into_place() {
    let card = card(&["car", "person"], 64);
    // 8 x 8, 4 x 4 and 2 x 2 cells; the one in row 1, column 2 of stride 16 is a person.
    let mut rows = vec![0.0; (64 + 16 + 4) * 7];
    let at = (64 + 4 + 2) * 7;
    rows[at..at + 7].copy_from_slice(&[0.5, 0.25, 2.0_f32.ln(), 1.0_f32.ln(), 0.8, 0.1, 0.9]);
    let found = read("yolox", &[tensor("out", &[1, 84, 7], rows)], &card).unwrap();
    assert_eq!(found.len(), 1);
    // Middle (2.5, 1.25) cells of 16, 2 x 1 cells large.
    near(&found[0], 1, 0.72, [24.0, 12.0, 56.0, 28.0]);
    let wrong = read("yolox", &[tensor("out", &[1, 5, 7], vec![0.0; 35])], &card).unwrap_err();
    assert!(wrong.contains("strides 8, 16 and 32"), "{wrong}");
}

#[test]
fn keypoints_come_with_their_object() {
    let card = card(&["person"], 100);
    // Two boxes as columns: 4 + 1 + 2 places.
    let columns = [
        [50.0, 40.0, 20.0, 40.0, 0.9, 45.0, 30.0, 0.8, 55.0, 30.0, 0.2],
        [50.0, 41.0, 20.0, 40.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ];
    let data = (0..11).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
    let found = read("yolo_pose", &[tensor("out", &[1, 11, 2], data)], &card).unwrap();
    assert_eq!(found.len(), 1, "the weaker one is a double");
    near(&found[0], 0, 0.9, [40.0, 20.0, 60.0, 60.0]);
    let places: Vec<_> = found[0].keypoints.iter().map(|p| (p.x, p.y, p.seen)).collect();
    assert_eq!(places, [(45.0, 30.0, 2), (55.0, 30.0, 1)]);
}

#[test]
fn several_classes_may_hold_at_once() {
    let kind = decoders::kind("labels").unwrap();
    let outputs = [tensor("out", &[1, 3], vec![2.0, -2.0, 2.0])];
    let Decoded::Classes(scores) = (kind.decode)(&outputs, &card(&["wet", "night", "fog"], 8)).unwrap()
    else {
        panic!("it gives classes")
    };
    assert!(scores[0] > 0.8 && scores[1] < 0.2 && scores[2] > 0.8, "{scores:?}");
}

/// A picture of 120 x 60: left third red, the rest green, a blue square in the right half.
fn flag() -> Image {
    let mut image = Image::filled(120, 60, [20, 220, 20]);
    let pixels = image.pixels_mut();
    for y in 0..60 {
        for x in 0..120 {
            let color = match (x, y) {
                (0..40, _) => [220, 20, 20],
                (80..100, 20..40) => [20, 20, 220],
                _ => continue,
            };
            pixels[(y * 120 + x) * 3..][..3].copy_from_slice(&color);
        }
    }
    image
}

fn colors(fit: Fit) -> Model {
    let path = model("colors");
    let mut card = Model::load(&path, &embedded::KIND, 1).unwrap().card;
    assert_eq!((card.decoder.as_str(), card.labels.len()), ("segments", 4), "the guess");
    card.input.fit = fit;
    (card.input.mean, card.input.std) = ([0.0; 3], [255.0; 3]);
    Model::load_with(&path, Some(card), &embedded::KIND, 1).unwrap()
}

fn share(answer: &Prediction, class: &str, within: Box2) -> f64 {
    let Prediction::Segments { segments } = answer else { return f64::NAN };
    let mask = &segments.iter().find(|segment| segment.class == class).unwrap().mask;
    let inside = |at: u64| {
        let (x, y) = (at / u64::from(mask.size[1]), at % u64::from(mask.size[1]));
        within.contains(x as f32 + 0.5, y as f32 + 0.5)
    };
    let mut at = 0;
    let mut count = 0;
    for (i, run) in mask.runs.iter().enumerate() {
        if i % 2 == 1 {
            count += (at..at + u64::from(*run)).filter(|at| inside(*at)).count();
        }
        at += u64::from(*run);
    }
    count as f64 / f64::from(within.area())
}

#[test]
fn areas_land_on_their_pixels_however_the_picture_is_fitted() {
    let picture = flag();
    let square = Box2 { x0: 83.0, y0: 23.0, x1: 97.0, y1: 37.0 };
    for fit in [Fit::Stretch, Fit::Letterbox, Fit::Corner, Fit::CenterCrop] {
        let answer = colors(fit).predict(&picture).unwrap();
        assert_eq!(answer.task(), Task::Segments);
        if fit == Fit::CenterCrop {
            // Only the middle 60 x 60 is looked at.
            let seen = Box2 { x0: 42.0, y0: 0.0, x1: 78.0, y1: 60.0 };
            assert!(share(&answer, "green", seen) > 0.95);
            assert!(answer.quantity("red").unwrap() < 0.1, "{}", answer.summary());
            continue;
        }
        assert!(share(&answer, "blue", square) > 0.95, "{fit:?}");
        assert!((answer.quantity("red").unwrap() - 1.0 / 3.0).abs() < 0.03, "{fit:?} {}", answer.summary());
    }
}

#[test]
fn areas_move_with_the_picture() {
    let (model, input) = (colors(Fit::Stretch), Input::Image(flag()));
    for text in
        ["mirror", "rotate:7", "translate:right=10;down=-5", "crop:0.2", "gaussian_blur:1", "quarter_turn"]
    {
        let change = stack::parse(&BUILT_IN, text, 3).unwrap();
        let mut oracle = ClaimSpec::new("same_segments");
        oracle.params.insert("mean_iou", 0.7);
        oracle.class = Some("blue".to_owned());
        let outcome = judge(&BUILT_IN, &model, &input, &change, &oracle, None).unwrap();
        assert_eq!(outcome.verdict, Verdict::Pass, "{text}");
    }
    // An answer that stays where it was is wrong.
    let stack = stack::parse(&BUILT_IN, "mirror", 0).unwrap();
    let before = model.run(&input).unwrap();
    let Expected::Answer(moved) = stack::expected(&BUILT_IN, &stack, &before, (120, 60)).unwrap() else {
        panic!("a mirror moves areas")
    };
    let oracle = ClaimSpec { class: Some("red".to_owned()), ..ClaimSpec::new("same_segments") };
    let Claim::Pair(claim) = build(&oracle).unwrap() else { panic!("it compares") };
    let judgment = claim.judge(&Pair { before: &before, expected: &moved, after: &before }).unwrap();
    assert!(judgment.verdict.failed() && judgment.margin < Some(0.0), "{judgment:?}");
}

#[test]
fn a_vector_is_compared_by_its_direction() {
    let path = model("where_it_is_bright");
    let model = Model::load(&path, &embedded::KIND, 1).unwrap();
    assert_eq!(model.task(), Task::Vector);
    let verdict = |text: &str| {
        let change = stack::parse(&BUILT_IN, text, 0).unwrap();
        let oracle = ClaimSpec::new("same_vector");
        judge(&BUILT_IN, &model, &Input::Image(flag()), &change, &oracle, None).unwrap().verdict
    };
    assert_eq!(verdict("gaussian_blur:1"), Verdict::Pass);
    assert!(matches!(verdict("negative"), Verdict::Fail { why } if why.contains("cosine")));
    assert!(matches!(verdict("mirror"), Verdict::Skip { .. }), "nobody knows what a mirror does to a vector");
}

/// Masks of prototypes: one prototype is 1 in the left half and -1 in the right one.
#[test]
fn masks_of_prototypes_stay_inside_of_their_box() {
    let card = card(&["car"], 32);
    let kind = decoders::kind("yolo_masks").unwrap();
    let boxes = tensor("boxes", &[1, 6, 1], vec![16.0, 16.0, 16.0, 16.0, 0.9, 2.0]);
    let map = (0..64).map(|at| if at % 8 < 4 { 1.0 } else { -1.0 }).collect();
    let maps = tensor("maps", &[1, 1, 8, 8], map);
    let Decoded::Masked(found, prototypes) = (kind.decode)(&[boxes, maps], &card).unwrap() else {
        panic!("it gives masks")
    };
    let (_, placement) = hardcase::inference::preprocess::input(&Image::filled(64, 64, [0; 3]), &card.input);
    let mask = prototypes.mask(&found[0], &card, (64, 64), placement);
    assert!(mask.valid());
    // The box is 16..48 in the picture, of which the left half is above 0.
    let b = mask.bounds();
    assert_eq!((b.x0, b.y0, b.x1, b.y1, mask.area()), (16.0, 16.0, 32.0, 48.0, 16 * 32));
}
