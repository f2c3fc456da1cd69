//! Fairness, label errors, perceptual hashes and drift against the goldens of fairlearn, cleanlab, `ImageHash` and scipy.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_cmp,
    reason = "helpers of tests"
)]

mod common;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::repo;
use hardcase::data::image::Image;
use hardcase::evaluation::fairness::{FairnessOptions, FairnessTable, evaluate};
use hardcase::imaging::hashes::{HashKind, ImageHash};
use hardcase::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
use hardcase::inference::model::Model;
use hardcase::inference::{Tensor, embedded};
use hardcase::metrics::drift::classes::chi_square;
use hardcase::metrics::drift::numbers::{
    jensen_shannon, kolmogorov_smirnov, sorted, stability_index, wasserstein,
};
use hardcase::metrics::drift::vectors::{Distances, Permutations, Sample, frechet};
use hardcase::metrics::label_errors::boxes::{Frame, LabeledBox, SURE, scores};
use hardcase::metrics::label_errors::{Finder, Labeled};
use serde_json::Value;

/// A file of the shared goldens; `None`, said, where they are not there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = repo().join("../shared/data").join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("SKIPPED: ../shared is not there");
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn near(found: f64, wanted: &Value, tolerance: f64, what: &str) {
    let wanted = wanted.as_f64().unwrap_or_else(|| panic!("{what} has no number"));
    assert!(
        (found - wanted).abs() <= tolerance * wanted.abs().max(1.0),
        "{what}: {found} instead of {wanted}"
    );
}

/// The bytes of one array in a file of `numpy.savez_compressed`, without its header.
fn array(npz: &[u8], name: &str) -> Vec<u8> {
    let number = |at: usize, count: usize| {
        npz[at..at + count].iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    let mut at = number(npz.windows(4).rposition(|w| w == b"PK\x05\x06").unwrap() + 16, 4);
    loop {
        assert_eq!(npz[at..at + 4], *b"PK\x01\x02", "{name} is in the archive");
        let (packed, name_length) = (number(at + 20, 4), number(at + 28, 2));
        let (extra, comment, local) = (number(at + 30, 2), number(at + 32, 2), number(at + 42, 4));
        if npz[at + 46..at + 46 + name_length] == *name.as_bytes() {
            let start = local + 30 + number(local + 26, 2) + number(local + 28, 2);
            let packed = &npz[start..start + packed];
            let mut npy = Vec::new();
            if number(at + 10, 2) == 0 {
                npy.extend_from_slice(packed);
            } else {
                flate2::read::DeflateDecoder::new(packed).read_to_end(&mut npy).unwrap();
            }
            return content(&npy);
        }
        at += 46 + name_length + extra + comment;
    }
}

fn content(npy: &[u8]) -> Vec<u8> {
    npy[10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]))..].to_vec()
}

fn floats(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect()
}

fn wholes(bytes: &[u8]) -> Vec<usize> {
    bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap()) as usize).collect()
}

fn fairness_table(path: &Path) -> FairnessTable {
    let mut table = FairnessTable {
        attributes: vec![("sex".into(), vec![]), ("age".into(), vec![])],
        ..FairnessTable::default()
    };
    for record in csv::Reader::from_path(path).unwrap().records() {
        let record = record.unwrap();
        table.attributes[0].1.push(record[0].to_owned());
        table.attributes[1].1.push(record[1].to_owned());
        table.truth.push(&record[2] == "1");
        let score: f64 = record[3].parse().unwrap();
        table.scores.push(score);
        table.predicted.push(score >= 0.5);
    }
    table
}

const NAMES: [(&str, &str); 6] = [
    ("accuracy", "accuracy"),
    ("selection rate", "selection_rate"),
    ("TPR", "true_positive_rate"),
    ("FPR", "false_positive_rate"),
    ("FNR", "false_negative_rate"),
    ("precision", "precision"),
];

#[test]
fn fairness_is_that_of_fairlearn_and_of_the_published_formulas() {
    let (Some(path), Some(golden)) = (shared("curation/fairness.csv"), shared("curation/fairness.json"))
    else {
        return;
    };
    let (table, golden) = (fairness_table(&path), json(&golden));
    let report = evaluate(&table, FairnessOptions { min_support: 30, bootstrap: 2000, seed: 1 });
    for (at, name) in ["sex", "age", "sex x age"].into_iter().enumerate() {
        let (found, golden) = (&report.attributes[at], &golden[name]);
        let by_name: BTreeMap<String, _> =
            found.groups.iter().map(|group| (group.name.clone(), group)).collect();
        for (group, wanted) in golden["by group"].as_object().unwrap() {
            let plain = group.trim_matches(['(', ')']).replace('\'', "").replace(", ", " × ");
            let found = by_name[&plain];
            assert_eq!(found.support as f64, wanted["count"].as_f64().unwrap());
            for (theirs, ours) in NAMES {
                near(found.rates[ours].value.unwrap(), &wanted[theirs], 1e-12, &format!("{group} {ours}"));
            }
        }
        for (theirs, ours) in NAMES {
            let gap = found.gaps[ours].gap;
            near(report.overall[ours].value.unwrap(), &golden["overall"][theirs], 1e-12, ours);
            near(gap.difference, &golden["difference between groups"][theirs], 1e-12, ours);
            near(gap.difference_to_overall, &golden["difference to overall"][theirs], 1e-12, ours);
            near(gap.ratio, &golden["ratio between groups"][theirs], 1e-12, ours);
            near(gap.ratio_to_overall, &golden["ratio to overall"][theirs], 1e-12, ours);
        }
        let parity = found.parity;
        let pair = |name: &str, at: usize| golden[name][at].clone();
        near(
            parity.demographic_parity_difference.unwrap(),
            &pair("demographic parity difference, ratio", 0),
            1e-12,
            "dp",
        );
        near(
            parity.demographic_parity_ratio.unwrap(),
            &pair("demographic parity difference, ratio", 1),
            1e-12,
            "dp",
        );
        near(
            parity.equalized_odds_difference.unwrap(),
            &pair("equalized odds difference, ratio", 0),
            1e-12,
            "eo",
        );
        near(parity.equalized_odds_ratio.unwrap(), &pair("equalized odds difference, ratio", 1), 1e-12, "eo");
        near(
            parity.equalized_odds_difference_mean.unwrap(),
            &golden["equalized odds difference, mean"],
            1e-12,
            "eo",
        );
        near(
            parity.equal_opportunity_difference.unwrap(),
            &golden["equal opportunity difference"],
            1e-12,
            "eop",
        );
    }
    let parity = report.attributes[0].parity;
    let dixon = &golden["FPED, FNED by sex (Dixon 2018)"];
    near(parity.false_positive_equality_difference.unwrap(), &dixon[0], 1e-12, "FPED");
    near(parity.false_negative_equality_difference.unwrap(), &dixon[1], 1e-12, "FNED");
    let drawn = &golden["bootstrap of fairlearn, 500, sex (compare within 0.01)"];
    for group in &report.attributes[0].groups {
        for (theirs, ours) in NAMES {
            let (low, high) = group.rates[ours].bootstrap.unwrap();
            // The group of 145 rows is drawn more coarsely.
            let tolerance = if group.support > 500 { 0.01 } else { 0.03 };
            near(low, &drawn["0.025"][&group.name][theirs], tolerance, ours);
            near(high, &drawn["0.975"][&group.name][theirs], tolerance, ours);
        }
    }
    let borkan = &golden["Borkan"];
    let auc = report.auc.unwrap();
    near(auc.overall, &borkan["overall AUC"], 1e-9, "AUC");
    let means = &borkan["generalised means, p = -5"];
    near(auc.subgroup, &means[0], 1e-9, "subgroup");
    near(auc.bpsn, &means[1], 1e-9, "BPSN");
    near(auc.bnsp, &means[2], 1e-9, "BNSP");
    near(auc.combined, &borkan["final = 0.25 overall + 0.25 each of the three"], 1e-9, "final");
    for group in report.attributes[..2].iter().flat_map(|attribute| &attribute.groups) {
        let (found, wanted) = (group.auc.unwrap(), &borkan["by subgroup"][&group.name]);
        near(found.subgroup.unwrap(), &wanted["subgroup AUC"], 1e-9, &group.name);
        near(
            found.bpsn.unwrap(),
            &wanted["BPSN AUC (background positive, subgroup negative)"],
            1e-9,
            &group.name,
        );
        near(
            found.bnsp.unwrap(),
            &wanted["BNSP AUC (background negative, subgroup positive)"],
            1e-9,
            &group.name,
        );
        near(found.positive_gap.unwrap(), &wanted["positive AEG"], 1e-9, &group.name);
        near(found.negative_gap.unwrap(), &wanted["negative AEG"], 1e-9, &group.name);
    }
}

#[test]
fn label_errors_are_those_of_cleanlab() {
    let (Some(path), Some(golden)) = (shared("curation/labels.npz"), shared("curation/label_errors.json"))
    else {
        return;
    };
    let (npz, golden) = (std::fs::read(path).unwrap(), json(&golden));
    let (given, truth) = (wholes(&array(&npz, "given.npy")), wholes(&array(&npz, "true.npy")));
    let labeled = Labeled::new(given.clone(), floats(&array(&npz, "pred_probs.npy")), 10).unwrap();
    for (found, wanted) in labeled.thresholds().iter().zip(golden["confident thresholds"].as_array().unwrap())
    {
        near(found.unwrap(), wanted, 1e-6, "threshold");
    }
    assert_eq!(serde_json::json!(labeled.confident_joint()), golden["confident joint, not calibrated"]);
    // Of equal fractions one is rounded up: which one depends on numpy's sort and so on the processor.
    let joint: Vec<Vec<usize>> =
        serde_json::from_value(golden["confident joint, calibrated"].clone()).unwrap();
    let mut ties = 0;
    for (found, wanted) in labeled.calibrated_joint().iter().zip(&joint) {
        assert_eq!(found.iter().sum::<usize>(), wanted.iter().sum::<usize>());
        ties += found.iter().zip(wanted).filter(|(a, b)| a != b).count();
        assert!(
            found.iter().zip(wanted).all(|(a, b)| a.abs_diff(*b) <= 1),
            "{found:?} instead of {wanted:?}"
        );
    }
    assert!(ties <= 2, "{ties} cells differ");
    let flipped: Vec<bool> = given.iter().zip(&truth).map(|(a, b)| a != b).collect();
    for finder in Finder::ALL {
        let found = labeled.issues(finder);
        let wanted = &golden[format!("issues, {}", finder.id())];
        let count = wanted["found"].as_u64().unwrap();
        assert!(
            (found.len() as u64).abs_diff(count) <= u64::from(finder == Finder::Both),
            "{}: {}",
            finder.id(),
            found.len()
        );
        let right = found.iter().filter(|at| flipped[**at]).count();
        let slack = u64::from(matches!(finder, Finder::PruneByNoiseRate | Finder::Both));
        let flips = wanted["of these flipped"].as_u64().unwrap();
        assert!((right as u64).abs_diff(flips) <= slack, "{}: {right} instead of {flips}", finder.id());
        if wanted["indices"].is_array() {
            let wanted: Vec<usize> = serde_json::from_value(wanted["indices"].clone()).unwrap();
            let missed = wanted.iter().filter(|at| !found.contains(at)).count();
            assert!(missed as u64 <= slack, "{}: {found:?} instead of {wanted:?}", finder.id());
        }
    }
    for (name, scores) in [
        ("self_confidence", labeled.self_confidence()),
        ("normalized_margin", labeled.normalized_margin()),
        ("confidence_weighted_entropy", labeled.confidence_weighted_entropy()),
    ] {
        let wanted = &golden[format!("scores, {name}")];
        near(scores.iter().sum::<f64>() / scores.len() as f64, &wanted["mean"], 1e-6, name);
        for (found, wanted) in scores.iter().zip(wanted["first 10"].as_array().unwrap()) {
            near(*found, wanted, 1e-6, name);
        }
    }
}

#[test]
fn errors_of_boxes_are_those_of_objectlab() {
    let Some(path) = shared("curation/objectlab.json") else { return };
    let golden = json(&path);
    let bbox = |numbers: &Value| -> [f64; 4] { [0, 1, 2, 3].map(|at| numbers[at].as_f64().unwrap()) };
    let frames: Vec<Frame> = golden["labels"]
        .as_array()
        .unwrap()
        .iter()
        .zip(golden["predictions, class by class, x1 y1 x2 y2 score"].as_array().unwrap())
        .map(|(labels, predictions)| {
            let classes = labels["labels"].as_array().unwrap();
            let boxes = labels["bboxes"].as_array().unwrap();
            let label = |(numbers, class): (&Value, &Value)| LabeledBox {
                bbox: bbox(numbers),
                class: class.as_u64().unwrap() as usize,
                confidence: 1.0,
            };
            let predicted = predictions.as_array().unwrap().iter().enumerate().flat_map(|(class, all)| {
                let one = move |numbers: &Value| LabeledBox {
                    bbox: bbox(numbers),
                    class,
                    confidence: numbers[4].as_f64().unwrap(),
                };
                all.as_array().unwrap().iter().map(one).collect::<Vec<_>>()
            });
            Frame { labels: boxes.iter().zip(classes).map(label).collect(), predictions: predicted.collect() }
        })
        .collect();
    let found = scores(&frames, SURE);
    for (at, found) in found.iter().enumerate() {
        let all = |name: &str| golden[name][at].as_array().unwrap().clone();
        for (kind, own, wanted) in [
            ("badly located", &found.badly_located, all("badly located box scores")),
            ("swapped", &found.swapped, all("swapped box scores")),
        ] {
            assert_eq!(own.len(), wanted.len());
            for (own, wanted) in own.iter().zip(&wanted) {
                near(*own, wanted, 1e-6, &format!("{kind} {at}"));
            }
        }
        for (own, wanted) in found.overlooked.iter().zip(all("overlooked box scores")) {
            assert_eq!(own.is_none(), wanted.is_null(), "{at}");
            if let Some(own) = own {
                near(*own, &wanted, 1e-6, &format!("overlooked {at}"));
            }
        }
        near(found.score, &golden["scores"][at], 2e-6, &format!("image {at}"));
    }
}

#[test]
fn hashes_are_those_of_imagehash_to_the_bit() {
    let Some(path) = shared("curation/duplicates/hashes.json") else { return };
    let golden = json(&path);
    let kinds = [
        ("average", HashKind::Average),
        ("difference", HashKind::Difference),
        ("difference vertical", HashKind::VerticalDifference),
        ("perceptual", HashKind::Perceptual),
        ("perceptual 16", HashKind::Perceptual16),
    ];
    let all = golden["hashes"].as_object().unwrap();
    assert_eq!(all.len(), 12);
    for (name, wanted) in all {
        let file = path.with_file_name(format!("{name}.png"));
        let image = Image::decode(&std::fs::read(file).unwrap()).unwrap();
        for (title, kind) in kinds {
            assert_eq!(
                ImageHash::new(&image, kind).to_string(),
                wanted[title].as_str().unwrap(),
                "{name} {title}"
            );
        }
    }
}

/// The third activation of the digit model for pixels in 0..1, one vector for each image, and its classes.
fn embedded_digits(pixels: &[f32]) -> Option<(Vec<f64>, Vec<usize>)> {
    let path = shared("digits/model_a_taps.onnx")?;
    let input = InputCard {
        name: "input".to_owned(),
        width: 8,
        height: 8,
        layout: Layout::Nchw,
        colors: Colors::Gray,
        fit: Fit::Stretch,
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    let card = ModelCard {
        points: None,
        text: None,
        window: None,
        name: "digits".to_owned(),
        decoder: "classes".to_owned(),
        threshold: 0.4,
        nms_iou: 0.5,
        input,
        labels: (0..10).map(|digit| digit.to_string()).collect(),
        units: Vec::new(),
        lateral: Vec::new(),
    };
    let model = Model::load_with(&path, Some(card), &embedded::KIND, 1).unwrap();
    let (mut vectors, mut classes) = (Vec::new(), Vec::new());
    for image in pixels.chunks_exact(64) {
        let tensor = Tensor { name: "input".to_owned(), shape: vec![1, 1, 8, 8], data: image.to_vec() };
        let outputs = model.outputs(&[tensor]).unwrap();
        let named = |name: &str| &outputs.iter().find(|output| output.name == name).unwrap().data;
        vectors.extend(named("relu3").iter().map(|value| f64::from(*value)));
        let logits = named("logits");
        classes.push((0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap());
    }
    Some((vectors, classes))
}

#[test]
fn drift_is_that_of_scipy_and_of_the_formulas() {
    let (Some(path), Some(golden), Some(noise)) =
        (shared("digits/data.npz"), shared("curation/drift.json"), shared("curation/noise_for_drift.npy"))
    else {
        return;
    };
    let (npz, golden) = (std::fs::read(path).unwrap(), json(&golden));
    let singles = |bytes: &[u8]| -> Vec<f32> {
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    };
    let reference = singles(&array(&npz, "x_train.npy"))[..300 * 64].to_vec();
    let test = singles(&array(&npz, "x_test.npy"));
    let truth = wholes(&array(&npz, "y_test.npy"));
    let first = test[..297 * 64].to_vec();
    let noise = singles(&content(&std::fs::read(noise).unwrap()));
    let low: Vec<f32> = test
        .chunks_exact(64)
        .zip(&truth)
        .filter(|(_, digit)| **digit < 5)
        .take(200)
        .flat_map(|(image, _)| image.to_vec())
        .collect();
    let brighter: Vec<f32> = first.iter().map(|value| (value + 0.1).min(1.0)).collect();
    let noisy: Vec<f32> =
        first.iter().zip(&noise).map(|(value, noise)| (value + noise).clamp(0.0, 1.0)).collect();
    // Means in single precision with the eight partial sums of numpy.
    let mean = |image: &[f32]| {
        let mut sums = [0.0_f32; 8];
        image.iter().enumerate().for_each(|(at, value)| sums[at % 8] += value);
        let [a, b, c, d, e, f, g, h] = sums;
        f64::from((((a + b) + (c + d)) + ((e + f) + (g + h))) / 64.0)
    };
    let brightness = |pixels: &[f32]| sorted(pixels.chunks_exact(64).map(mean));
    let Some((own, own_classes)) = embedded_digits(&reference) else { return };
    let length = own.len() / 300;
    for (name, pixels) in [
        ("test pictures, first 297", first.clone()),
        ("the same, brightness + 0.1", brighter),
        ("the same, noise of sigma .15 with this seed", noisy),
        ("only digits 0 to 4 of the test pictures", low),
    ] {
        let wanted = &golden[name];
        let (a, b) = (brightness(&reference), brightness(&pixels));
        let numbers = &wanted["brightness"];
        let test = kolmogorov_smirnov(&a, &b).unwrap();
        // Means of single precision may tie otherwise than numpy's, by one step of a distribution function.
        near(test.distance, &numbers["KS statistic"], 1e-9, &format!("{name} KS"));
        near(test.p_value, &numbers["KS p"], 1e-9, &format!("{name} KS p"));
        let psi = &numbers["PSI, 10 quantile bins of the reference, floor 1e-4"];
        near(stability_index(&a, &b).unwrap(), psi, 1e-9, &format!("{name} PSI"));
        near(wasserstein(&a, &b).unwrap(), &numbers["Wasserstein-1"], 1e-7, &format!("{name} W1"));
        let shannon = jensen_shannon(&a, &b).unwrap();
        near(shannon, &numbers["Jensen-Shannon, 20 bins, base 2"], 1e-9, &format!("{name} JS"));
        let (other, classes) = embedded_digits(&pixels).unwrap();
        let sample = |data| Sample { data, length };
        let (x, y): (Sample<'_>, Sample<'_>) = (sample(&own), sample(&other));
        let vectors = &wanted["embedding"];
        let distances = Distances::new(x, y).unwrap();
        near(distances.median(), &vectors["s2"], 1e-5, &format!("{name} s2"));
        let permutations = Permutations { count: 200, block: 1, seed: 3 };
        let found = distances.discrepancy(distances.median(), &permutations);
        let mmd = &vectors["MMD^2 unbiased, exp(-d^2/s2), s2 = median of squared distances of all pairs"];
        near(found.statistic, mmd, 1e-7, &format!("{name} MMD"));
        let p = vectors["p of 200 permutations (share at least as large)"].as_f64().unwrap();
        let share = found.as_large as f64 / 200.0;
        assert!((share - p).abs() < 0.12, "{name}: {share} instead of {p}");
        near(
            frechet(x, y).unwrap(),
            &vectors["Frechet distance of the Gaussians"],
            1e-4,
            &format!("{name} Frechet"),
        );
        let least = (0..length)
            .map(|at| {
                let [a, b] = [x, y].map(|s| sorted(s.data.iter().skip(at).step_by(length).copied()));
                kolmogorov_smirnov(&a, &b).unwrap().p_value
            })
            .fold(1.0, f64::min);
        let bonferroni = (least * length as f64).min(1.0);
        near(
            bonferroni,
            &vectors["KS by number, smallest p times the number of numbers (Bonferroni)"],
            1e-6,
            name,
        );
        let count = |classes: &[usize]| {
            (0..10).map(|digit| classes.iter().filter(|c| **c == digit).count()).collect::<Vec<_>>()
        };
        let test = chi_square(&count(&own_classes), &count(&classes)).unwrap();
        near(test.statistic, &wanted["predicted classes"]["chi2"], 1e-9, name);
        let p = wanted["predicted classes"]["p"].as_f64().unwrap();
        assert!((test.p_value / p - 1.0).abs() < 1e-9, "{name}: {} instead of {p}", test.p_value);
    }
}

fn hardcase(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_line_compares_groups_and_tables_and_refuses_with_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let rows: String = (0..200)
        .map(|at| format!("{},{},{},{}\n", ["a", "b"][at % 2], at / 2 % 2, (at * 7 % 10) as f64 / 10.0, at))
        .collect::<Vec<_>>()
        .concat();
    let table = path("t.csv", &format!("group,label,score,n\n{rows}"));
    let (code, out, err) =
        hardcase(&["fairness", &table, "--label", "label", "--score", "score", "--group", "group", "--json"]);
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["attributes"][0]["groups"][1]["support"], 100);
    assert!(report["attributes"][0]["gaps"]["accuracy"]["difference"].is_number());
    let base = ["fairness", &table, "--label", "label", "--score", "score", "--group", "group"];
    let with = |more: &[&str]| hardcase(&[&base, more].concat());
    assert_eq!(with(&["--max", "demographic_parity_difference=0"]).0, 1);
    assert_eq!(with(&["--max", "demographic_parity_difference=1"]).0, 0);
    // Groups that are too small are no pass.
    assert_eq!(with(&["--min-support", "500", "--max", "demographic_parity_difference=1"]).0, 1);
    let (code, _, err) = with(&["--max", "demographic_parity=1"]);
    assert!(code == 2 && err.contains("did you mean"), "{err}");
    let (code, _, err) =
        hardcase(&["fairness", &table, "--label", "lable", "--score", "score", "--group", "group"]);
    assert!(code == 2 && err.contains("no column \"lable\", did you mean \"label\""), "{err}");
    let (code, _, err) =
        hardcase(&["fairness", &table, "--label", "n", "--score", "score", "--group", "group"]);
    assert!(code == 3 && err.contains("expected 0 or 1"), "{err}");
    let one = path("one.csv", "group,label,score\na,1,0.5\n");
    let (code, out, _) =
        hardcase(&["fairness", &one, "--label", "label", "--score", "score", "--group", "group"]);
    assert!(code == 0 && out.contains("too few rows"), "{out}");

    let moved: String = (0..200)
        .map(|at| {
            format!("{},{},{},{}\n", ["a", "c"][at % 2], at / 2 % 2, (at * 7 % 10) as f64 / 10.0 + 0.4, at)
        })
        .collect::<Vec<_>>()
        .concat();
    let other = path("u.csv", &format!("group,label,score,n\n{moved}"));
    let (code, out, err) = hardcase(&["drift", &table, &other, "--json"]);
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let by_name = |name: &str| {
        report["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone()
    };
    assert_eq!(by_name("score")["drifts"], true);
    assert_eq!(by_name("n")["drifts"], false);
    assert_eq!(by_name("group")["drifts"], true);
    assert!(report["vectors"]["classifier_auc"].as_f64().unwrap() > 0.7);
    assert_eq!(hardcase(&["drift", &table, &other, "--max", "psi=0.25"]).0, 1);
    assert_eq!(hardcase(&["drift", &table, &table, "--max", "psi=0.25", "--fail"]).0, 0);
    let (code, _, err) = hardcase(&["drift", &table, &other, "--max", "pis=0.25"]);
    assert!(code == 2 && err.contains("unknown statistic"), "{err}");
    let empty = path("empty.csv", "group,score\n,\n");
    // Rows without a cell are none.
    let (code, _, err) = hardcase(&["drift", &table, &empty]);
    assert!(code == 3 && err.contains("empty.csv has no rows"), "{err}");

    let labels: String = (0..60)
        .map(|at| {
            let class = at % 3;
            let given = if at == 7 { 2 } else { class };
            let p = |k: usize| if k == class { 0.8 } else { 0.1 };
            format!("{},{},{},{}\n", ["cat", "dog", "bird"][given], p(0), p(1), p(2))
        })
        .collect::<Vec<_>>()
        .concat();
    let labels = path("labels.csv", &format!("given,cat,dog,bird\n{labels}"));
    let (code, out, err) =
        hardcase(&["data", "label-errors", &labels, "--label", "given", "--classes", "cat,dog,bird"]);
    assert!(code == 0 && out.contains("line 9 ") && out.contains("predicted dog"), "{out} {err}");
    let images = place.path().join("images");
    std::fs::create_dir(&images).unwrap();
    let noise = |seed: usize| {
        let pixels = (0..64 * 64)
            .flat_map(|at| [((at / 64 / 8 * 31 + at % 64 / 8 * 17 * seed) % 251) as u8; 3])
            .collect();
        Image::from_rgb(64, 64, pixels).unwrap().to_png().unwrap()
    };
    for (name, seed) in [("a.png", 1), ("b.png", 1), ("c.png", 5)] {
        std::fs::write(images.join(name), noise(seed)).unwrap();
    }
    std::fs::write(images.join("d.png"), b"no image").unwrap();
    let (code, out, err) = hardcase(&["data", "duplicates", images.to_str().unwrap(), "--fail"]);
    assert!(
        code == 1 && out.contains("1 group in 3 images") && err.contains("d.png: left out"),
        "{out} {err}"
    );
}

/// Files of a test.
struct Files(tempfile::TempDir);

impl Files {
    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A table of rows of cells.
    fn table(&self, name: &str, head: &str, count: usize, row: impl Fn(usize) -> String) -> String {
        let rows: Vec<String> = (0..count).map(row).collect();
        self.put(name, &format!("{head}\n{}\n", rows.join("\n")))
    }
}

#[test]
fn a_gate_of_fairness_does_not_pass_on_one_group_or_on_a_typo() {
    let files = Files(tempfile::tempdir().unwrap());
    // One group of 100 rows, which all are granted, and one of five, which are not.
    let row = |at: usize| {
        let (group, granted) = if at < 100 { ("a", "Granted") } else { ("b", "Denied") };
        let repaid = if at.is_multiple_of(2) { "Granted" } else { "Denied" };
        format!("{group},{repaid},{granted},{}", if at == 7 { "" } else { "x" })
    };
    let table = files.table("t.csv", "group,repaid,granted,gap", 105, row);
    let base = ["fairness", &table, "--label", "repaid", "--prediction", "granted", "--group"];
    let with = |more: &[&str]| hardcase(&[&base, more].concat());
    let gate = ["--max", "demographic_parity_difference=0.1"];
    let (code, _, err) = with(&[&["group", "--positive", "Granted"], gate.as_slice()].concat());
    assert!(code == 1 && err.contains("is not defined, which takes two groups of 30 rows and more"), "{err}");
    let (code, _, err) =
        with(&[&["group", "--positive", "Granted", "--min-support", "5"], gate.as_slice()].concat());
    assert!(code == 1 && err.contains("is 1.0000, above 0.1"), "{err}");
    // A value that no row has would make all of them negative.
    let (code, _, err) = with(&["group", "--positive", "granted"]);
    assert!(
        code == 2
            && err.contains("did you mean \"Granted\"?")
            && err.contains("it has \"Denied\", \"Granted\""),
        "{err}"
    );
    let (code, out, err) = with(&["gap", "--positive", "Granted"]);
    assert!(
        code == 0
            && out.contains("(no value)")
            && out.contains("1 row ")
            && err.contains("1 row without a value"),
        "{out} {err}"
    );
    assert!(out.contains("precision"), "{out}");
    assert_eq!(with(&["group", "--group", "group", "--positive", "Granted"]).0, 2);
    // A column of predictions in which nobody is positive is one, if its words are those of the label.
    let nobody = files.table("n.csv", "group,y,p", 80, |at| {
        format!("{},{},no", ["a", "b"][at % 2], ["yes", "no"][at / 2 % 2])
    });
    let args =
        ["fairness", &nobody, "--label", "y", "--prediction", "p", "--group", "group", "--positive", "yes"];
    assert_eq!(hardcase(&args).0, 0);
    let scored =
        files.table("s.csv", "g,y,s", 80, |at| format!("{},{},0.{}", ["a", "b"][at % 2], at / 2 % 2, at % 9));
    for threshold in ["nan", "2", "-0.1", "inf"] {
        let threshold = format!("--threshold={threshold}");
        let args = ["fairness", &scored, "--label", "y", "--score", "s", "--group", "g", &threshold];
        assert_eq!(hardcase(&args).0, 2, "{threshold}");
    }
    let (code, out, _) = hardcase(&["fairness", &scored, "--label", "y", "--score", "s", "--group", "g"]);
    assert!(code == 0 && out.contains("BPSN") && out.contains("AUC"), "{out}");

    let genders =
        files.put("g.csv", "translation,about,kind\nHe is a doctor.,doctor,job\nShe is a nurse.,nurse,job\n");
    let none = files.put("none.csv", "translation,about,kind\n");
    let gender = |more: &[&str]| hardcase(&[&["text", "gender"], more].concat()).0;
    assert_eq!((gender(&[&genders]), gender(&[&genders, "--max-invented", "0.5"])), (0, 1));
    assert_eq!(gender(&[&genders, "--max-invented", "nan"]), 2);
    assert_eq!(gender(&[&genders, "--about", "elsewhere"]), 2);
    assert_eq!(gender(&[&none, "--max-invented", "0.5"]), 1);
}

#[test]
fn a_gate_of_drift_does_not_pass_on_what_cannot_be_compared() {
    let files = Files(tempfile::tempdir().unwrap());
    let number = |at: usize| (at * 37 % 600) as f64 / 10.0;
    let full = files.table("full.csv", "x,y", 200, |at| format!("{},{}", number(at), number(at * 7)));
    let drift = |other: &str, more: &[&str]| hardcase(&[&["drift", &full, other], more].concat());
    // A column that is empty now, one of which most cells are, and a table without rows.
    let empty = files.table("empty.csv", "x,y", 200, |at| format!(",{}", number(at * 7)));
    assert_eq!((drift(&empty, &[]).0, drift(&empty, &["--fail"]).0), (0, 1));
    let (code, _, err) = drift(&empty, &["--column", "x", "--max", "ks=0.9"]);
    assert!(code == 1 && err.contains("ks cannot be computed"), "{err}");
    let gaps = |at: usize| {
        let x = if at % 5 < 3 { String::new() } else { number(at).to_string() };
        format!("{x},{}", number(at * 7))
    };
    let gaps = files.table("gaps.csv", "x,y", 200, gaps);
    let (code, out, _) = drift(&gaps, &["--fail", "--column", "x"]);
    assert!(code == 1 && out.contains("drifts x") && out.contains("cells missing 0 → 120"), "{out}");
    let head = files.put("head.csv", "x,y\n");
    let (code, _, err) = drift(&head, &["--fail"]);
    assert!(code != 0 && err.contains("head.csv has no rows"), "{err}");
    let (code, _, err) = drift(&full, &["--max", "total_variation=0.1"]);
    assert!(code == 1 && err.contains("no column has it"), "{err}");
    assert_eq!(drift(&full, &["--fail", "--max", "psi=0.1", "--max", "ks=0.1"]).0, 0);
    // One word among numbers does not make classes of them.
    for word in ["unknown", "inf"] {
        let row = |at: usize| {
            if at == 5 { format!("{word},1") } else { format!("{},1", number(at) * 1.001 + 50.0) }
        };
        let words = files.table("words.csv", "x,y", 200, row);
        let (code, out, err) = drift(&words, &["--column", "x", "--fail", "--max", "ks=0.99"]);
        assert!(code == 1 && out.contains("KS 0.8") && out.contains("no numbers 0 → 1"), "{out} {err}");
    }
    // All of a column of zeros and ones turns over.
    let zeros = files.table("zeros.csv", "z", 100, |at| u8::from(at < 10).to_string());
    let ones = files.table("ones.csv", "z", 100, |at| u8::from(at < 95).to_string());
    let (code, _, err) = hardcase(&["drift", &zeros, &ones, "--max", "psi=0.25"]);
    assert!(code == 1 && err.contains("psi is 4.37"), "{err}");
    // Numbers that overflow have no energy distance, which is no pass.
    let huge = files.table("huge.csv", "x", 60, |at| if at % 2 == 0 { "1e308" } else { "-1e308" }.to_owned());
    let (code, out, _) = hardcase(&["drift", &huge, &huge, "--max", "energy=1"]);
    assert!(code == 1 && !out.contains("NaN"), "{out}");
    let (code, _, err) = drift(&full, &["--permutations", "10", "--fail"]);
    assert!(code == 2 && err.contains("--permutations has to be 20"), "{err}");
    assert_eq!(drift(&full, &["--alpha", "nan"]).0, 2);
}

#[test]
fn rows_that_depend_on_each_other_do_not_drift_by_their_number() {
    let files = Files(tempfile::tempdir().unwrap());
    let rows = |name: &str, levels: [usize; 10]| {
        files.table(name, "x,c", 200, |at| {
            let level = levels[at / 20];
            format!("{},{}", level as f64 + (at % 20) as f64 / 100.0, ["a", "b", "c"][level % 3])
        })
    };
    let a = rows("a.csv", [1, 7, 3, 9, 2, 8, 6, 4, 5, 10]);
    let b = rows("b.csv", [2, 9, 7, 11, 3, 8, 12, 5, 6, 10]);
    assert_eq!(hardcase(&["drift", &a, &b, "--fail"]).0, 1);
    let (code, out, err) = hardcase(&["drift", &a, &b, "--fail", "--block", "20"]);
    assert!(code == 0 && err.contains("blocks of 20 rows are permuted together"), "{out} {err}");
    let far = rows("far.csv", [31, 37, 33, 39, 32, 38, 36, 34, 35, 40]);
    let (code, out, _) = hardcase(&["drift", &a, &far, "--fail", "--block", "20", "--column", "x"]);
    assert!(code == 1 && out.contains("drifts x"), "{out}");
}

#[test]
fn tables_of_probabilities_are_read_with_numbers_for_names_and_checked() {
    let files = Files(tempfile::tempdir().unwrap());
    let row = |at: usize| {
        let class = at % 3;
        let p = |k: usize| if k == class { 0.8 } else { 0.1 };
        format!("{},{},{},{}", if at == 7 { 2 } else { class }, p(0), p(1), p(2))
    };
    let table = files.table("p.csv", "label,0,1,2", 60, row);
    let errors = |table: &str, classes: &str| {
        hardcase(&["data", "label-errors", table, "--label", "label", "--classes", classes])
    };
    let (code, out, err) = errors(&table, "0,1,2");
    assert!(code == 0 && out.contains("line 9 ") && out.contains("given 2 "), "{out} {err}");
    let (code, out, err) = hardcase(&["data", "columns", &table, "--label", "label"]);
    assert!(code == 0 && out.contains("of 4 columns"), "{out} {err}");
    // The names are numbers, and none of them is 3.
    let named = files.table("n.csv", "label,1,2,3", 60, row);
    let (code, _, err) = errors(&named, "1,2,3");
    assert!(code == 3 && err.contains("line 2 has the label \"0\""), "{err}");
    // One class is left out: the rest are no probabilities.
    let (code, _, err) = errors(&table, "0,1");
    assert!(code != 0, "{err}");
    let wrong = files.table("w.csv", "label,a,b", 40, |at| {
        format!("{},0.5,{}", ["a", "b"][at % 2], if at == 4 { 0.9 } else { 0.5 })
    });
    let (code, _, err) = errors(&wrong, "a,b");
    assert!(code == 3 && err.contains("line 6 sum up to 1.4000"), "{err}");
}

#[test]
fn leaks_of_images_are_found_in_folders_in_folders() {
    let place = tempfile::tempdir().unwrap();
    let image = |seed: usize| {
        let pixels = (0..64 * 64)
            .flat_map(|at| [((at / 64 / 8 * 31 + at % 64 / 8 * 17 * seed) % 251) as u8; 3])
            .collect();
        Image::from_rgb(64, 64, pixels).unwrap().to_png().unwrap()
    };
    let put = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put("train/cat/a.png", &image(1));
    put("train/cat/b.tiff", &image(3));
    put("test/deep/er/c.png", &image(1));
    let (train, test) = (place.path().join("train"), place.path().join("test"));
    let run = || {
        hardcase(&[
            "data",
            "duplicates",
            train.to_str().unwrap(),
            "--against",
            test.to_str().unwrap(),
            "--fail",
        ])
    };
    let (code, out, err) = run();
    assert!(
        code == 1 && out.contains("c.png") && err.contains("1 file left out, no images by name (.tiff)"),
        "{out} {err}"
    );
    // An image that cannot be read may be the one that leaks.
    put("test/deep/er/c.png", b"no image");
    put("test/deep/d.png", &image(5));
    let (code, out, err) = run();
    assert!(code == 1 && out.contains("0 groups") && err.contains("which is no pass"), "{out} {err}");
}
