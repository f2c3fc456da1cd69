//! Load tests of a served model: each request once, errors as errors, limits as claims. The server is on this machine.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command as Process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{copied, sample};
use serde_json::{Value, json};

/// A server of the traffic lights that takes so long for each request, one after the other, and refuses every n-th.
#[derive(Clone, Copy)]
struct Manner {
    service: Duration,
    refused: Option<usize>,
}

struct Server {
    address: String,
    asked: Arc<AtomicUsize>,
}

fn server(manner: Manner) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let info =
        hardcase::inference::onnx_file::read(&sample("traffic_lights/models/traffic_light_state.onnx"))
            .unwrap();
    let names = (info.inputs[0].name.clone(), info.outputs[0].name.clone());
    let turn = Arc::new(Mutex::new(()));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (count, names, turn) = (Arc::clone(&count), names.clone(), Arc::clone(&turn));
            std::thread::spawn(move || serve(&stream.unwrap(), manner, &names, &count, &turn));
        }
    });
    Server { address, asked }
}

fn serve(
    stream: &TcpStream,
    manner: Manner,
    names: &(String, String),
    count: &AtomicUsize,
    turn: &Mutex<()>,
) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            let Some((name, value)) = header.trim().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, document) = if line.contains("/infer") {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let _turn = turn.lock().unwrap();
            std::thread::sleep(manner.service);
            if manner.refused.is_some_and(|every| number.is_multiple_of(every)) {
                (503, json!({ "error": "the queue is full" }))
            } else {
                let output = json!({ "name": names.1, "datatype": "FP32", "shape": [1, 3], "data": [0.9, 0.05, 0.05] });
                (200, json!({ "model_name": "traffic_light_state", "outputs": [output] }))
            }
        } else if line.contains("/ready") {
            (200, json!({}))
        } else {
            let input = json!({ "name": names.0, "datatype": "FP32", "shape": [-1, 3, 64, 32] });
            let output = json!({ "name": names.1, "datatype": "FP32", "shape": [-1, 3] });
            (200, json!({ "name": "m", "platform": "test", "inputs": [input], "outputs": [output] }))
        };
        let text = document.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        let mut stream = stream;
        if stream.write_all(format!("{head}{text}").as_bytes()).is_err() {
            return;
        }
    }
}

fn load(server: &Server, more: &[&str]) -> (i32, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    copied("traffic_lights", folder.path());
    let output = Process::new(env!("CARGO_BIN_EXE_hardcase"))
        .arg("load")
        .arg(folder.path())
        .args(["--backend", &server.address, "--json", "-"])
        .args(more)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), err)
}

#[test]
fn a_server_that_is_too_slow_is_saturated_and_its_waits_count() {
    // 50 a second at most, and 300 are due in one second.
    let slow = server(Manner { service: Duration::from_millis(20), refused: None });
    let (code, found, err) = load(&slow, &["--rate", "300,600", "--seconds", "1", "--max", "p99=1s"]);
    assert_eq!(code, 1, "{err}");
    assert_eq!(found["stages"].as_array().unwrap().len(), 1, "the higher rate is left out: {found}");
    assert_eq!(found["saturation"], json!({ "held": null, "failed": 300.0 }));
    let stage = &found["stages"][0];
    assert_eq!((stage["requests"].as_u64(), stage["kept_up"].as_bool()), (Some(300), Some(false)));
    assert!(stage["reached"].as_f64().unwrap() <= 50.0, "{stage}");
    // The last of 300 takes 6 seconds, of which the server alone is at most a part: the rest is the queue.
    assert!(stage["longest"].as_f64().unwrap() > 4.0, "{stage}");
    assert_eq!(slow.asked.load(Ordering::SeqCst), 300 + 3, "each request once, and three to warm up");
    assert!(err.contains("predictions a second were reached"), "{err}");
}

#[test]
fn refusals_are_errors_that_are_not_tried_again_and_have_a_budget() {
    let refusing = || server(Manner { service: Duration::ZERO, refused: Some(4) });
    let first = refusing();
    let arguments = ["--rate", "40", "--seconds", "1", "--arrivals", "even", "--max", "errors=1%"];
    let (code, found, err) = load(&first, &arguments);
    assert_eq!(code, 1, "{err}");
    // Three requests came before, so that the numbers 4, 8, … 40 are refused.
    assert_eq!(found["stages"][0]["error_rate"], json!(0.25));
    let errors = found["stages"][0]["errors"].as_object().unwrap();
    assert!(
        errors.len() == 1 && errors.keys().all(|text| text.contains("503: the queue is full")),
        "{errors:?}"
    );
    assert_eq!(first.asked.load(Ordering::SeqCst), 43);
    assert!(err.contains("10 of 40 requests failed, 25.00 %, and the limit is 1.00 %"), "{err}");
    // A budget that allows it, at a rate that need not be sustained.
    let (code, _, err) =
        load(&refusing(), &["--rate", "40", "--seconds", "1", "--max", "errors=30%", "--sustain", "40"]);
    assert_eq!(
        (code, err.contains("predictions a second were reached")),
        (1, true),
        "refusals are no predictions: {err}"
    );
}

#[test]
fn too_few_requests_are_no_verdict_and_wrong_arguments_are_told() {
    let good = server(Manner { service: Duration::ZERO, refused: None });
    let (code, found, err) = load(&good, &["--rate", "10", "--seconds", "1", "--max", "p99=60s"]);
    assert!(
        code == 5 && err.contains("10 predictions are too few for the p99, which takes 100"),
        "{code} {err} {found}"
    );
    for (arguments, told) in [
        (&["--rate", "0"][..], "requests a second above 0"),
        (&["--rate", "10", "--max", "p99=100"], "is no limit"),
        (&["--rate", "10", "--sustain", "20"], "above every rate"),
        (&["--rate", "100000", "--seconds", "3600"], "are not between"),
    ] {
        let (code, _, err) = load(&good, arguments);
        assert!(code == 2 && err.contains(told), "{arguments:?}: {code} {err}");
    }
    let gone = Server { address: "http://127.0.0.1:1".to_owned(), asked: Arc::default() };
    let (code, _, err) = load(&gone, &["--rate", "10"]);
    assert!(code == 3 && err.contains("cannot be reached"), "{code} {err}");
}
