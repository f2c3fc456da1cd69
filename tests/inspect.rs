//! The inside of the digits model against what `NumPy`, `SciPy` and scikit-learn computed, and `hardcase inspect` on the samples.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use common::npz::{array, doubles, singles, wholes};
use common::{repo, sample};
use hardcase::base::params::Params;
use hardcase::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
use hardcase::inference::taps::{Choice, Neuron, Taps};
use hardcase::inference::{Tensor, embedded, model::Model};
use hardcase::metrics::conformal::{self, Calibrated, SetCoverage};
use hardcase::metrics::coverage::profile::Profile;
use hardcase::metrics::coverage::{self, Of};
use hardcase::metrics::neighbors::Vectors;
use hardcase::metrics::observed::Observed;
use hardcase::metrics::temperature::{self, softened};
use hardcase::metrics::validity::{Rule, Threshold};
use hardcase::metrics::{surprise, validity};
use serde_json::Value;

/// A file of the data beside the project, or a word about its absence.
fn shared(path: &str) -> Option<PathBuf> {
    let places = ["../shared/data", "../../shared/data"];
    let found = places.iter().map(|place| repo().join(place).join(path)).find(|path| path.exists());
    if found.is_none() {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("SKIPPED: there is no {}", repo().join(places[0]).join(path).display());
        }
    }
    found
}

fn params(pairs: &[(&str, f64)]) -> Params {
    let mut params = Params::default();
    for (name, value) in pairs {
        params.insert(name, *value);
    }
    params
}

fn close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

struct Digits {
    model: Model,
    train: Vec<Vec<f32>>,
    test: Vec<Vec<f32>>,
    truth: Vec<usize>,
    golden: Value,
}

fn digits() -> Option<Digits> {
    let (folder, golden) = (shared("digits")?, shared("robustness/coverage/coverage_a.json")?);
    let card = ModelCard {
        points: None,
        text: None,
        window: None,
        name: "digits".to_owned(),
        decoder: "classes".to_owned(),
        threshold: 0.4,
        nms_iou: 0.5,
        input: InputCard {
            name: "input".to_owned(),
            width: 8,
            height: 8,
            layout: Layout::Nchw,
            colors: Colors::Gray,
            fit: Fit::Stretch,
            mean: [0.0; 3],
            std: [255.0; 3],
        },
        labels: (0..10).map(|digit| digit.to_string()).collect(),
        units: Vec::new(),
        lateral: Vec::new(),
    };
    let model = Model::load_with(&folder.join("model_a.onnx"), Some(card), &embedded::KIND, 1).unwrap();
    let npz = std::fs::read(folder.join("data.npz")).unwrap();
    let rows = |name: &str| singles(&array(&npz, name)).chunks_exact(64).map(<[f32]>::to_vec).collect();
    Some(Digits {
        model,
        train: rows("x_train.npy"),
        test: rows("x_test.npy"),
        truth: wholes(&array(&npz, "y_test.npy")),
        golden: serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap(),
    })
}

impl Digits {
    fn taps(&self) -> Taps {
        let gray = hardcase::data::image::Image::filled(8, 8, [90; 3]);
        Taps::new(&self.model, &gray.into(), &Choice::Activations, &[]).unwrap()
    }

    fn neurons(taps: &Taps, rows: &[Vec<f32>], neuron: Neuron) -> Vec<Vec<Vec<f32>>> {
        let one = |row: &Vec<f32>| taps.neurons(&taps.values(&[tensor(row)]).unwrap(), neuron).unwrap();
        rows.iter().map(one).collect()
    }

    /// Last layer, probabilities and predictions.
    fn observed(&self, rows: &[Vec<f32>]) -> Observed {
        let taps = self.taps();
        let (mut features, mut probabilities, mut logits) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let inside = taps.values(&[tensor(row)]).unwrap();
            features.extend(taps.neurons(&inside, Neuron::Channel).unwrap().pop().unwrap());
            let own: Vec<f64> = inside.outputs[0].data.iter().map(|z| f64::from(*z)).collect();
            probabilities.push(softened(&own, 1.0));
            logits.push(own);
        }
        let best = |row: &Vec<f64>| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let vectors = Vectors::new(64, &features);
        let classes = probabilities.iter().map(best).collect();
        Observed { features: vectors.clone(), content: vectors, classes, logits, probabilities }
    }
}

fn tensor(row: &[f32]) -> Tensor {
    Tensor { name: "input".to_owned(), shape: vec![1, 1, 8, 8], data: row.to_vec() }
}

#[test]
fn layers_are_outputs_of_activation_functions_and_none_counts_twice() {
    let Some(digits) = digits() else { return };
    let taps = digits.taps();
    let sizes: Vec<(usize, usize)> = taps.layers.iter().map(|layer| (layer.channels, layer.cells)).collect();
    assert_eq!(sizes, [(8, 64), (16, 64), (64, 1)]);
    let gray = hardcase::data::image::Image::filled(8, 8, [90; 3]);
    let all = Taps::new(&digits.model, &gray.clone().into(), &Choice::Computing, &[]).unwrap();
    let operators: Vec<&str> = all.layers.iter().map(|layer| layer.operator.as_str()).collect();
    assert_eq!(
        operators,
        ["Conv", "Relu", "Conv", "Relu", "Gemm", "Relu"],
        "no pooling, no flattening, no output"
    );
    let named = |name: &str| {
        Taps::new(&digits.model, &gray.clone().into(), &Choice::Named(vec![name.to_owned()]), &[])
            .map(|taps| taps.layers[0].channels)
            .map_err(|err| err.to_string())
    };
    assert_eq!(named("/Relu_2_output_0"), Ok(64));
    let problem = named("/Relu_3_output_0").unwrap_err();
    assert!(problem.contains("did you mean") && problem.contains("/Relu_2_output_0"), "{problem}");
}

#[test]
fn coverage_of_the_digits_is_what_was_measured_in_both_conventions() {
    let Some(digits) = digits() else { return };
    let taps = digits.taps();
    let other = shared("robustness/digits_a/coverage.json").unwrap();
    let other: Value = serde_json::from_slice(&std::fs::read(other).unwrap()).unwrap();
    for (name, neuron) in [("channel", Neuron::Channel), ("unit", Neuron::Unit)] {
        let mut profile = Profile::default();
        for sample in &Digits::neurons(&taps, &digits.train, neuron) {
            profile.add(sample);
        }
        let profile = Arc::new(profile);
        let (golden, other) = (&digits.golden[name], &other[name]);
        assert_eq!(golden["neurons"], profile.neurons());
        assert_eq!(golden["constant on the training set"], profile.constant().len());
        let tested = Digits::neurons(&taps, &digits.test, neuron);
        let check = |kind: &str, settings: &[(&str, f64)], golden: &Value, tolerance: f64| {
            let Of::Samples(make) = coverage::kind(kind).unwrap().of else { return };
            let mut criterion = make(&profile, &params(settings));
            for sample in &tested {
                criterion.add(sample);
            }
            let tally = criterion.tally();
            let found = tally.share().unwrap_or(tally.covered as f64);
            close(found, golden.as_f64().unwrap(), tolerance, &format!("{name} {kind} {settings:?}"));
        };
        for threshold in [0.0, 0.2, 0.5, 0.75] {
            let raw = [("threshold", threshold), ("scaled", 0.0)];
            check("nc", &raw, &golden[format!("NC raw > {threshold}")], 1e-9);
            if threshold > 0.0 {
                let key = format!("NC scaled per input and layer > {threshold}");
                check("nc", &[("threshold", threshold)], &golden[key], 1e-9);
            }
        }
        for k in [10.0, 100.0, 1000.0] {
            // A value that rounding moves over an edge covers another section; thousandths are so narrow that some do.
            let tolerance = if k > 500.0 { 5.0 / (k * profile.neurons() as f64) } else { 1e-9 };
            check("kmnc", &[("k", k)], &golden[format!("KMNC k={k}")], tolerance);
            let open = [("k", k), ("closed", 0.0)];
            check("kmnc", &open, &other[format!("KMNC_k{k}_halfopen(dnn-tip)")], tolerance);
        }
        for m in [0.0, 0.5, 1.0] {
            let loose = [("m", m), ("strict", 0.0)];
            check("nbc", &[("m", m)], &golden[format!("NBC m={m}")], 1e-9);
            check("snac", &[("m", m)], &golden[format!("SNAC m={m}")], 1e-9);
            check("nbc", &loose, &other[format!("NBC_m{m}_nonstrict(dnn-tip)")], 1e-9);
            check("snac", &loose, &other[format!("SNAC_m{m}_nonstrict(dnn-tip)")], 1e-9);
        }
        for k in [1.0, 2.0, 3.0] {
            check("tknc", &[("k", k)], &golden[format!("TKNC k={k}")], 1e-9);
            check("tknpat", &[("k", k)], &golden[format!("TKNPat k={k} (sets)")], 0.5);
            check("tknpat", &[("k", k), ("ordered", 1.0)], &other[format!("TKNP_k{k}_ordered")], 0.5);
        }
    }
}

/// The lines of the reference: from each of the first 40 images to the next in 200 steps.
#[test]
fn sign_sign_coverage_of_the_digits_is_what_was_measured() {
    let Some(digits) = digits() else { return };
    let taps = digits.taps();
    let golden = &digits.golden["SSC on 40 lines between successive test pictures, 200 steps each"];
    let Of::Pairs(make) = coverage::kind("ssc").unwrap().of else { return };
    let mut counts = [1.0, 3.0, 10.0].map(|most| make(&params(&[("most", most)])));
    for ends in digits.test[..41].windows(2) {
        let mut before = None;
        for step in 0..=200 {
            let part = step as f32 / 200.0;
            let mixed: Vec<f32> =
                ends[0].iter().zip(&ends[1]).map(|(a, b)| (1.0 - part) * a + part * b).collect();
            let units = taps.neurons(&taps.values(&[tensor(&mixed)]).unwrap(), Neuron::Unit).unwrap();
            let signs = counts[0].signs(&units[1..]);
            if let Some(before) = &before {
                for count in &mut counts {
                    count.add(before, &signs);
                }
            }
            before = Some(signs);
        }
    }
    for (count, most) in counts.iter().zip(["1", "3", "10"]) {
        let expected =
            golden["requirements covered when at most m conditions change"][most].as_f64().unwrap();
        close(count.tally().covered as f64, expected, (0.02 * expected).ceil(), most);
        assert_eq!(count.tally().of, Some(1024 * 64));
    }
    let isolated = golden["neighboring pairs in which exactly one condition changes sign"].as_f64().unwrap();
    close(counts[0].isolated as f64, isolated, 0.02 * isolated, "pairs");
}

#[test]
fn surprise_of_the_digits_is_what_was_measured() {
    let Some(digits) = digits() else { return };
    let npz = std::fs::read(shared("robustness/coverage/surprise_a.npz").unwrap()).unwrap();
    let golden = |name: &str| doubles(&array(&npz, &format!("{name}.npy")));
    let (reference, tested) = (digits.observed(&digits.train), digits.observed(&digits.test));
    assert_eq!(tested.classes, wholes(&array(&npz, "pred_test.npy")));
    let wrong: Vec<Option<bool>> =
        tested.classes.iter().zip(&digits.truth).map(|(class, truth)| Some(class != truth)).collect();
    let auc = |name: &str| digits.golden["surprise"]["AUC for wrong answers"][name].as_f64().unwrap();
    for (kind, settings, key, coverage) in
        [("lsa", vec![("most", 20.0)], "LSA", "LSA, upper 2000"), ("dsa", Vec::new(), "DSA", "DSA, upper 2")]
    {
        let kind = surprise::kind(kind).unwrap();
        let fitted = (kind.fit)(&reference, &params(&settings)).unwrap();
        assert!(fitted.problems.is_empty(), "{:?}", fitted.problems);
        let scores = fitted.scorer.scores(&tested, 2);
        assert_eq!(scores, fitted.scorer.scores(&tested, 1), "on every number of threads");
        // The density divides by small variances, which makes differences of float kernels larger; the mean does not show them.
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        let found: Vec<f64> = scores.iter().copied().map(Option::unwrap).collect();
        close(mean(&found), mean(&golden(kind.id)), 1e-5, kind.id);
        for (found, expected) in scores.iter().zip(golden(kind.id)) {
            let tolerance = if kind.id == "dsa" { 2e-6 } else { 1e-4 };
            close(found.unwrap(), expected, tolerance * expected.abs().max(1.0), kind.id);
        }
        close(surprise::finds_mistakes(&scores, &wrong).unwrap(), auc(key), 1e-9, key);
        let share = digits.golden["surprise"]["SC, k=1000"][coverage].as_f64().unwrap();
        close(surprise::coverage(&scores, kind.upper, 1000).unwrap(), share, 1e-9, coverage);
    }
    // Without a number of neurons: those that vary in every class, 39 as in the reference implementation.
    let fitted = (surprise::kind("lsa").unwrap().fit)(&reference, &Params::default()).unwrap();
    assert!(fitted.about[0].contains("39 of which vary"), "{:?}", fitted.about);
    let mahalanobis =
        (validity::kind("mahalanobis").unwrap().fit)(&reference, &Params::default(), 2).unwrap();
    for (found, expected) in mahalanobis.scorer.scores(&tested, 2).iter().zip(golden("mahalanobis")) {
        close(found.unwrap(), expected, 2e-4, "mahalanobis");
    }
}

#[test]
fn deep_road_on_the_digits_is_what_scikit_learn_computed() {
    let Some(digits) = digits() else { return };
    let golden = &digits.golden["input validation (DeepRoad)"];
    let (reference, tested) = (digits.observed(&digits.train), digits.observed(&digits.test));
    let negatives: Vec<Vec<f32>> =
        digits.test.iter().map(|row| row.iter().map(|v| 1.0 - v).collect()).collect();
    let negatives = digits.observed(&negatives);
    let fitted = (validity::kind("deeproad").unwrap().fit)(&reference, &Params::default(), 2).unwrap();
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let scores =
        |of: &Observed| -> Vec<f64> { fitted.scorer.scores(of, 2).into_iter().map(Option::unwrap).collect() };
    let (tested, negatives) = (scores(&tested), scores(&negatives));
    let number = |key: &str| golden[key].as_f64().unwrap();
    close(mean(&fitted.own), number("training score without itself, mean"), 1e-6, "training");
    close(mean(&tested), number("test, mean"), 1e-6, "test");
    close(mean(&negatives), number("negatives, mean"), 1e-6, "negatives");
    for level in ["0.9", "0.95", "0.99"] {
        let threshold = Threshold::new(&fitted.own, Rule::Gamma, level.parse().unwrap()).unwrap();
        close(threshold.value, golden["thresholds"][level].as_f64().unwrap(), 1e-5, level);
        if level == "0.95" {
            for (scores, expected) in [&tested, &negatives]
                .iter()
                .zip(golden["flagged at .95: test, negatives"].as_array().unwrap())
            {
                let above = scores.iter().filter(|score| **score > threshold.value).count();
                close(above as f64 / 597.0, expected.as_f64().unwrap(), 1e-9, "flagged");
            }
        }
    }
}

struct Noisy {
    logits: Vec<Vec<f64>>,
    truth: Vec<usize>,
    random: Vec<f64>,
    golden: Value,
}

fn noisy() -> Option<Noisy> {
    let folder = shared("curation")?;
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let npz = read("noisy_logits.npz");
    let wide = |row: &[f32]| row.iter().map(|z| f64::from(*z)).collect();
    let random = read("aps_u.npy");
    Some(Noisy {
        logits: singles(&array(&npz, "logits.npy")).chunks_exact(10).map(wide).collect(),
        truth: wholes(&array(&npz, "label.npy")),
        random: doubles(&random[random.len() - 597 * 8..]),
        golden: serde_json::from_slice(&read("calibration_conformal.json")).unwrap(),
    })
}

#[test]
fn conformal_sets_are_those_of_the_reference() {
    let Some(noisy) = noisy() else { return };
    let probabilities: Vec<Vec<f64>> = noisy.logits.iter().map(|row| softened(row, 1.0)).collect();
    for (key, kind, settings) in [
        ("LAC", "lac", vec![]),
        ("APS", "aps", vec![]),
        ("APS randomised", "aps", vec![("random", 1.0)]),
        ("RAPS lambda .01 k_reg 2", "raps", vec![]),
    ] {
        let conformal::Of::Classes(formula) = conformal::kind(kind).unwrap().of else { return };
        let params = params(&settings);
        let scores: Vec<Vec<f64>> =
            probabilities.iter().zip(&noisy.random).map(|(row, u)| formula(row, &params, *u)).collect();
        for alpha in ["0.05", "0.1", "0.2"] {
            let golden = &noisy.golden["conformal"][format!("{key}, alpha {alpha}")];
            let calibrated =
                Calibrated::new(&scores[..300], &noisy.truth[..300], alpha.parse().unwrap(), false);
            close(calibrated.quantiles[0], golden["quantile"].as_f64().unwrap(), 1e-12, key);
            let sets: Vec<Vec<usize>> = scores[300..].iter().map(|scores| calibrated.set(scores)).collect();
            let first: Vec<Vec<usize>> = serde_json::from_value(golden["first 10 sets"].clone()).unwrap();
            assert_eq!(sets[..10], first, "{key} {alpha}");
            let pairs: Vec<(&[usize], usize)> =
                sets.iter().map(Vec::as_slice).zip(noisy.truth[300..].iter().copied()).collect();
            let coverage = SetCoverage::new(&pairs);
            close(coverage.coverage.share(), golden["coverage"].as_f64().unwrap(), 1e-12, key);
            close(coverage.mean_size, golden["mean set size"].as_f64().unwrap(), 1e-12, key);
            assert_eq!(golden["empty"], coverage.empty);
        }
    }
    let conformal::Of::Classes(lac) = conformal::kind("lac").unwrap().of else { return };
    let scores: Vec<Vec<f64>> = probabilities.iter().map(|row| lac(row, &Params::default(), 0.0)).collect();
    let by_class = Calibrated::new(&scores[..300], &noisy.truth[..300], 0.1, true);
    let golden: Vec<f64> =
        serde_json::from_value(noisy.golden["conformal"]["LAC by class, alpha 0.1: quantiles"].clone())
            .unwrap();
    by_class
        .quantiles
        .iter()
        .zip(&golden)
        .for_each(|(found, expected)| close(*found, *expected, 1e-12, "by class"));
}

#[test]
fn the_temperature_is_that_of_the_reference() {
    let Some(noisy) = noisy() else { return };
    let fitted = temperature::fit(&noisy.logits[..300], &noisy.truth[..300]).unwrap();
    close(fitted, noisy.golden["temperature fitted on the first 300"].as_f64().unwrap(), 1e-5, "temperature");
    for (number, heat) in [1.0, fitted].into_iter().enumerate() {
        let found = temperature::log_loss(&noisy.logits[300..], &noisy.truth[300..], heat);
        let expected = noisy.golden["last 297 before and after: NLL"][number].as_f64().unwrap();
        close(found, expected, 1e-6, "log loss");
    }
}

#[test]
fn intervals_of_numbers_are_those_of_the_reference() {
    let Some(path) = shared("curation/regression.npz") else { return };
    let npz = std::fs::read(path).unwrap();
    let (truth, predicted) = (doubles(&array(&npz, "truth.npy")), doubles(&array(&npz, "predicted.npy")));
    let golden =
        noisy().unwrap().golden["conformal regression, absolute residual, first 300 calibrate"].clone();
    let conformal::Of::Values(make) = conformal::kind("residual").unwrap().of else { return };
    let interval = make(&Params::default());
    let estimate = |at: usize| conformal::Estimate { value: predicted[at], spread: 1.0, quantiles: [0.0; 2] };
    let scores: Vec<f64> = (0..300).map(|at| interval.score(&estimate(at), truth[at])).collect();
    for alpha in ["0.05", "0.1", "0.2"] {
        let half = conformal::quantile(&scores, alpha.parse().unwrap());
        close(half, golden[alpha]["half width"].as_f64().unwrap(), 1e-12, alpha);
        let inside = (300..600).filter(|at| {
            let [low, high] = interval.interval(&estimate(*at), half);
            (low..=high).contains(&truth[*at])
        });
        let share = golden[alpha]["coverage of the last 300"].as_f64().unwrap();
        close(inside.count() as f64 / 300.0, share, 1e-12, alpha);
    }
}

/// Standard output and standard error of the program, and its exit code.
fn hardcase(args: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap())
}

#[test]
fn the_lights_are_inspected_alike_on_every_number_of_threads() {
    let lights = sample("traffic_lights");
    let run = |jobs: &str| {
        let (out, err, code) = hardcase(&[
            "inspect",
            lights.to_str().unwrap(),
            "--coverage",
            "nc,kmnc:k=10,nbc,snac,tknc,tknpat,ssc:halvings=1",
            "--surprise",
            "lsa,dsa",
            "--validity",
            "deeproad,knn,mahalanobis,energy,softmax",
            "--jobs",
            jobs,
            "--json",
            "-",
        ]);
        assert_eq!(code, 0, "{err}");
        out
    };
    let one = run("1");
    assert_eq!(one, run("2"));
    let found: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(found["reference"]["inputs"], 40);
    assert_eq!(found["samples"].as_array().unwrap().len(), 120, "40 of each set");
    let share = |set: &str| found["coverage"][1]["sets"][set]["share"].as_f64().unwrap();
    assert!(share("natural") > share("noise"), "the sections are those of natural inputs");
    let above = |at: usize, set: &str| found["validity"][at]["above"][set]["share"].as_f64().unwrap();
    assert!(above(0, "noise") >= above(0, "natural"));
}

#[test]
fn what_cannot_be_inspected_is_said() {
    let lights = sample("traffic_lights");
    let lights = lights.to_str().unwrap();
    let says = |args: &[&str], expected: i32, text: &str| {
        let (out, err, code) = hardcase(&[&["inspect", lights], args].concat());
        assert_eq!(code, expected, "{args:?}: {out} {err}");
        assert!(format!("{out}{err}").contains(text), "{args:?}: {out} {err}");
    };
    says(&[], 2, "nothing to inspect");
    says(&["--coverage", "kmnn"], 2, "did you mean \"kmnc\"?");
    says(&["--coverage", "kmnc:sections=3"], 2, "unknown parameter \"sections\"");
    says(&["--surprise", "dsa", "--layer", "relu_99"], 3, "the model has no layer \"relu_99\"");
    says(&["--validity", "knn", "--threshold", "beta:0.9"], 2, "is no threshold");
    says(&["--conformal", "lac", "--alpha", "1.5"], 2, "is not between 0 and 1");
    // Without labels no set can be calibrated.
    says(&["--conformal", "lac", "--stack", "none"], 0, "0 of 40 reference inputs have a true class");
    // Ten inputs: five in the reference set.
    let few = ["--stride", "8", "--stack", "none"];
    says(&[&["--validity", "deeproad"], &few[..]].concat(), 0, "has 5 inputs, at least 6 are needed");
    says(&[&["--surprise", "lsa:most=64"], &few[..]].concat(), 0, "only");
}
