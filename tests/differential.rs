//! One model in two ways: backends agree, and a weight that was changed in a copy is found at its step.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::path::Path;
use std::process::Command as Process;

use common::{repo, sample};
use hardcase::claims::judge::judge;
use hardcase::claims::kind;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::data::cases::verdict::Verdict;
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use hardcase::inference::model::Model;
use hardcase::inference::{embedded, onnxruntime};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;
use prost::Message as _;
use serde_json::Value;

#[derive(Clone, PartialEq, prost::Message)]
struct File {
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Weights>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    op_type: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Weights {
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes, tag = "9")]
    raw_data: Vec<u8>,
}

fn diff(arguments: &[&str]) -> (i32, Value, String) {
    let mut command = Process::new(env!("CARGO_BIN_EXE_hardcase"));
    let project = sample("traffic_lights");
    let output =
        command.arg("diff").arg(project).args(["--stride", "20", "--json"]).args(arguments).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or_default(), err)
}

#[test]
fn a_model_agrees_with_itself_on_every_number_of_threads() {
    let (code, found, err) = diff(&["--threads", "3"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!((&found["inputs"], &found["flips"], &found["differs"]), (&4.into(), &0.into(), &false.into()));
    assert!(found["max_abs"].as_f64().unwrap() < 1e-4, "{found}");
    assert_eq!(found["first"]["repeated"], 0.0, "the built-in runtime is deterministic");
}

#[test]
fn a_changed_weight_is_found_at_its_step() {
    let folder = tempfile::tempdir().unwrap();
    let original = sample("traffic_lights").join("models/traffic_light_state.onnx");
    let bytes = std::fs::read(&original).unwrap();
    let graph = File::decode(bytes.as_slice()).unwrap().graph.unwrap();
    let mut tried = 0;
    for node in graph.node.iter().filter(|node| ["Conv", "Gemm", "MatMul"].contains(&node.op_type.as_str())) {
        let weights = graph
            .initializer
            .iter()
            .find(|w| w.data_type == 1 && w.raw_data.len() >= 64 && node.input.contains(&w.name));
        let Some(weights) = weights else { continue };
        let place = bytes.windows(weights.raw_data.len()).position(|part| part == weights.raw_data).unwrap();
        let mut changed = bytes.clone();
        // One number in the middle becomes large.
        let at = place + weights.raw_data.len() / 8 * 4;
        changed[at..at + 4].copy_from_slice(&30.0_f32.to_le_bytes());
        let copy = folder.path().join("copy.onnx");
        std::fs::write(&copy, changed).unwrap();
        let (code, found, err) = diff(&["--with", copy.to_str().unwrap()]);
        assert_eq!(code, 1, "{err} {found}");
        let wanted = if node.name.is_empty() { &node.output[0] } else { &node.name };
        assert_eq!(found["begins_at"]["name"], *wanted, "{found}");
        assert_eq!(found["begins_at"]["operator"], node.op_type);
        tried += 1;
    }
    assert!(tried >= 3, "{tried}");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (code, _, err) = diff(&["--backend", "abacus"]);
    assert!(code == 2 && err.contains("expected one of embedded, onnxruntime"), "{err}");
    let other = repo().join("sample_projects/lidar/models");
    let other = std::fs::read_dir(other)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "onnx"));
    let (code, _, err) = diff(&["--with", other.as_deref().and_then(Path::to_str).unwrap()]);
    assert!(code == 3 && err.contains("contradicts") && !err.contains("panicked"), "{err}");
}

#[test]
fn how_a_model_is_run_is_a_claim_of_suites_like_any_other() {
    let model =
        Model::load(&sample("traffic_lights/models/traffic_light_state.onnx"), &embedded::KIND, 1).unwrap();
    let picture = Image::decode(&std::fs::read(repo().join("tests/fixtures/frame100.png")).unwrap()).unwrap();
    let input = Input::Image(picture.resized(32, 64));
    let judged = |oracle: &ClaimSpec| {
        judge(&BUILT_IN, &model, &input, &stack::parse(&BUILT_IN, "brightness:20", 0).unwrap(), oracle, None)
            .map(|outcome| outcome.verdict)
    };
    assert_eq!(judged(&ClaimSpec::new("deterministic")).unwrap(), Verdict::Pass);
    let with = |names: &str, tolerance: f64| {
        let mut oracle =
            ClaimSpec { expression: Some(names.to_owned()), ..ClaimSpec::new("same_on_backends") };
        oracle.params.insert("atol", tolerance);
        oracle.params.insert("rtol", tolerance);
        oracle
    };
    assert_eq!(judged(&with("embedded:optimization=none embedded:threads=2", 1e-4)).unwrap(), Verdict::Pass);
    let problem = judged(&with("abacus", 1e-4)).unwrap_err().to_string();
    assert!(problem.contains("\"abacus\""), "{problem}");
    // None is named: all that are here, and without any a skip that says so.
    let all = judged(&ClaimSpec::new("same_on_backends")).unwrap();
    if (onnxruntime::KIND.status)().is_ok() {
        assert_eq!(all, Verdict::Pass);
        let exact = judged(&with("onnxruntime", 0.0)).unwrap();
        assert!(
            exact.failed() && exact.why().contains("embedded and onnxruntime differ by up to"),
            "{exact:?}"
        );
    } else {
        assert!(all.why().contains("no other backend"), "{all:?}");
    }
    assert!(kind("deterministic").is_some());
}

#[test]
fn inconsistencies_are_measured_against_what_is_known() {
    let mut command = Process::new(env!("CARGO_BIN_EXE_hardcase"));
    let notes = sample("notes");
    let output = command.arg("diff").arg(&notes).args(["--against", "embedded:optimization=none", "--json"]);
    let found: Value = serde_json::from_slice(&output.output().unwrap().stdout).unwrap();
    // Every note has its class, so every one has a distance from the truth.
    assert!(found["d_mad"].as_f64().is_some_and(|most| (0.0..1e-3).contains(&most)), "{found}");
    assert_eq!(found["differing"], 0);
}

#[test]
fn weights_of_fewer_bits_are_another_way_to_run_a_model() {
    let apart = |precision: &str| {
        let (code, found, err) = diff(&["--against", &format!("embedded:precision={precision}")]);
        assert!(code <= 1, "{err}");
        found["max_abs"].as_f64().unwrap()
    };
    let (half, brain, whole) = (apart("fp16"), apart("bf16"), apart("int8"));
    // 11, 8 and 7 bits of the weights are left.
    assert!(half > 0.0 && half < brain && half < whole, "{half} {brain} {whole}");
    // The first step with weights is where it begins, also where the other side is another backend.
    let mut others = vec!["embedded:precision=int8"];
    if (onnxruntime::KIND.status)().is_ok() {
        others.push("onnxruntime:precision=int8,optimization=none");
    } else {
        eprintln!("skipped between two backends: ONNX Runtime is not installed");
    }
    for other in others {
        let (code, found, err) = diff(&["--against", other]);
        assert!(code == 1 && found["begins_at"]["operator"] == "Conv", "{err} {found}");
    }
    let (code, _, err) = diff(&["--against", "embedded:precision=fp7"]);
    assert!(code != 0 && err.contains("precision=fp7"), "{code} {err}");
}
