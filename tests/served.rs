//! Models behind an endpoint: a small server of the Open Inference Protocol on this machine, with the real model behind it, which
//! can also lie, be busy, and break off.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::sample;
use hardcase::inference::backend::Backend;
use hardcase::inference::{Graph, Tensor, embedded};
use serde_json::{Value, json};

/// Behavior of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Json,
    Binary,
    /// Every second request is turned away.
    Busy,
    /// The output has another name than promised.
    OtherName,
    /// The shape of the output is a lie.
    OtherShape,
    /// The answer is cut off.
    Cut,
    /// An error with its reason.
    Refuses,
    /// The input has another name than the card says.
    OtherInput,
}

struct Server {
    address: String,
    asked: Arc<AtomicUsize>,
}

fn server(mood: Mood) -> Server {
    let model = sample("traffic_lights").join("models/traffic_light_state.onnx");
    let graph = Backend::from(&embedded::KIND).graph(&model, 1).unwrap();
    let info = hardcase::inference::onnx_file::read(&model).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let names = (info.inputs[0].name.clone(), info.outputs[0].name.clone());
    std::thread::spawn(move || {
        let shared = Arc::new((graph, names));
        for stream in listener.incoming() {
            let (shared, count) = (Arc::clone(&shared), Arc::clone(&count));
            std::thread::spawn(move || serve(&stream.unwrap(), mood, &*shared.0, &shared.1, &count));
        }
    });
    Server { address, asked }
}

fn serve(stream: &TcpStream, mood: Mood, graph: &dyn Graph, names: &(String, String), count: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let place = line.split(' ').nth(1).unwrap().to_owned();
        let (mut length, mut header) = (0, None);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim().split_once(':') else { break };
            match name.to_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "inference-header-content-length" => header = Some(value.trim().parse().unwrap()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (status, head, raw) = answer(&place, &body, header, mood, graph, names, count);
        let binary = if raw.is_empty() {
            String::new()
        } else {
            format!("Inference-Header-Content-Length: {}\r\n", head.len())
        };
        let sent = head.len() + raw.len();
        let mut out = stream;
        write!(out, "HTTP/1.1 {status} x\r\nContent-Length: {sent}\r\n{binary}\r\n{head}").unwrap();
        // Whoever was broken off is gone already.
        drop(out.write_all(if mood == Mood::Cut { &raw[..raw.len() / 2] } else { &raw }));
        if mood == Mood::Cut && !raw.is_empty() {
            return;
        }
    }
}

fn answer(
    place: &str,
    body: &[u8],
    header: Option<usize>,
    mood: Mood,
    graph: &dyn Graph,
    (input, output): &(String, String),
    count: &AtomicUsize,
) -> (u16, String, Vec<u8>) {
    let raw_known = !matches!(mood, Mood::Json);
    match place {
        "/v2" => {
            let extensions: &[&str] = if raw_known { &["binary_tensor_data"] } else { &[] };
            (
                200,
                json!({ "name": "small", "version": "1", "extensions": extensions }).to_string(),
                Vec::new(),
            )
        }
        "/v2/models/lights/ready" => (200, String::new(), Vec::new()),
        "/v2/models/lights" => {
            let input = if mood == Mood::OtherInput { "pixels" } else { input.as_str() };
            let body = json!({
                "name": "lights", "platform": "test",
                "inputs": [{ "name": input, "datatype": "FP32", "shape": [-1, 3, 64, 32] }],
                "outputs": [{ "name": output, "datatype": "FP32", "shape": [-1, 3] }],
            });
            (200, body.to_string(), Vec::new())
        }
        "/v2/models/lights/infer" => {
            let before = count.fetch_add(1, Ordering::Relaxed);
            match mood {
                Mood::Busy if before.is_multiple_of(2) => {
                    return (503, json!({ "error": "busy" }).to_string(), Vec::new());
                }
                Mood::Refuses => return (400, json!({ "error": "no such version" }).to_string(), Vec::new()),
                Mood::Json
                | Mood::Binary
                | Mood::Busy
                | Mood::OtherName
                | Mood::OtherShape
                | Mood::Cut
                | Mood::OtherInput => {}
            }
            let head: Value = serde_json::from_slice(&body[..header.unwrap_or(body.len())]).unwrap();
            let asked = &head["inputs"][0];
            let shape: Vec<usize> = serde_json::from_value(asked["shape"].clone()).unwrap();
            let data: Vec<f32> = match header {
                Some(from) => {
                    body[from..].chunks_exact(4).map(|c| f32::from_le_bytes(c.try_into().unwrap())).collect()
                }
                None => serde_json::from_value(asked["data"].clone()).unwrap(),
            };
            let found = graph.run(&[Tensor { name: input.clone(), shape, data }]).unwrap().remove(0);
            let name = if mood == Mood::OtherName { "something" } else { output.as_str() };
            let shape = if mood == Mood::OtherShape { vec![1, 7] } else { found.shape };
            let mut tensor = json!({ "name": name, "datatype": "FP32", "shape": shape });
            if header.is_none() {
                tensor["data"] = json!(found.data);
                return (200, json!({ "model_name": "lights", "outputs": [tensor] }).to_string(), Vec::new());
            }
            let raw: Vec<u8> = found.data.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensor["parameters"] = json!({ "binary_data_size": raw.len() });
            (200, json!({ "model_name": "lights", "outputs": [tensor] }).to_string(), raw)
        }
        // As TensorFlow Serving has it.
        "/v1/models/lights:predict" => {
            count.fetch_add(1, Ordering::Relaxed);
            let asked: Value = serde_json::from_slice(body).unwrap();
            let images = asked["instances"].as_array().unwrap();
            let shape = vec![images.len(), 3, 64, 32];
            let flat = |image: &Value| -> Vec<f32> {
                let channels: Vec<Vec<Vec<f32>>> = serde_json::from_value(image.clone()).unwrap();
                channels.concat().concat()
            };
            let data = images.iter().flat_map(flat).collect();
            let found = graph.run(&[Tensor { name: input.clone(), shape, data }]).unwrap().remove(0);
            let rows: Vec<&[f32]> = found.data.chunks(3).collect();
            let body = match mood {
                Mood::OtherShape => json!({ "predictions": [vec![0.5; 7]] }),
                Mood::OtherName => json!({ "scores": rows }),
                Mood::Json | Mood::Binary | Mood::Busy | Mood::Cut | Mood::Refuses | Mood::OtherInput => {
                    json!({ "predictions": rows })
                }
            };
            (200, body.to_string(), Vec::new())
        }
        _ => (404, json!({ "error": format!("there is no {place}") }).to_string(), Vec::new()),
    }
}

/// Asks about ten pictures.
fn predict(backend: &str, model: Option<&str>) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("crops");
    std::fs::create_dir(&clip).unwrap();
    let all = std::fs::read_dir(sample("traffic_lights").join("clips/crops")).unwrap();
    let mut pictures: Vec<_> = all.map(|entry| entry.unwrap().path()).collect();
    pictures.sort();
    for picture in pictures.iter().take(10) {
        std::fs::copy(picture, clip.join(picture.file_name().unwrap())).unwrap();
    }
    let mut command = Process::new(env!("CARGO_BIN_EXE_hardcase"));
    command.arg("predict").arg(clip).args(["--backend", backend]);
    command.args(model.map(|model| ["--model", model]).into_iter().flatten());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The card alone, for there need be no model file where somebody else runs it.
fn card() -> String {
    sample("traffic_lights").join("models/traffic_light_state.card.toml").to_str().unwrap().to_owned()
}

#[test]
fn a_served_model_answers_as_the_file_does() {
    let file = sample("traffic_lights").join("models/traffic_light_state.onnx");
    let (code, wanted, err) = predict("embedded", file.to_str());
    assert_eq!(code, 0, "{err}");
    for mood in [Mood::Json, Mood::Binary, Mood::Busy] {
        let server = server(mood);
        let (code, found, err) = predict(&format!("{}/v2/models/lights", server.address), Some(&card()));
        assert_eq!(code, 0, "{mood:?}: {err}");
        assert_eq!(found, wanted, "{mood:?}: number for number");
        assert!(err.contains("10 predictions by") && err.contains("95th percentile"), "{err}");
        let asked = server.asked.load(Ordering::Relaxed);
        assert!(if mood == Mood::Busy { asked >= 20 } else { asked == 10 }, "{mood:?}: {asked}");
    }
}

/// An endpoint with JSON of its own, as a file describes it.
#[test]
fn an_endpoint_that_a_file_describes_answers_as_the_model_does() {
    let file = sample("traffic_lights").join("models/traffic_light_state.onnx");
    let (_, wanted, _) = predict("embedded", file.to_str());
    let info = hardcase::inference::onnx_file::read(&file).unwrap();
    let described = |server: &Server, at: &str| {
        format!(
            "url = \"{}/v1/models/lights:predict\"\nbody = '{{\"instances\": {{{}}}}}'\n\
             [[inputs]]\nname = \"{}\"\nshape = [-1, 3, 64, 32]\n\
             [[outputs]]\nname = \"{}\"\nshape = [-1, 3]\nat = \"{at}\"\n",
            server.address, info.inputs[0].name, info.inputs[0].name, info.outputs[0].name
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("lights.toml");
    // The card lies beside the file that describes the endpoint.
    std::fs::copy(card(), folder.path().join("lights.card.toml")).unwrap();
    let good = server(Mood::Json);
    std::fs::write(&place, described(&good, "/predictions")).unwrap();
    let (code, found, err) = predict(place.to_str().unwrap(), None);
    assert_eq!(code, 0, "{err}");
    assert_eq!(found, wanted, "number for number");
    assert_eq!(good.asked.load(Ordering::Relaxed), 10);
    for (mood, told) in [
        (Mood::OtherShape, "[1, 7], and [-1, 3] is described"),
        (Mood::OtherName, "nothing at \"/predictions\""),
    ] {
        std::fs::write(&place, described(&server(mood), "/predictions")).unwrap();
        let (code, out, err) = predict(place.to_str().unwrap(), None);
        assert!((code, out.as_str()) == (3, "") && err.contains(told), "{mood:?}: {code} {err}");
    }
    std::fs::write(&place, "url = 3").unwrap();
    let (code, _, err) = predict(place.to_str().unwrap(), None);
    assert!(code == 3 && err.contains("describes no endpoint"), "{code} {err}");
}

#[test]
fn what_a_server_does_wrong_is_one_sentence() {
    for (mood, wanted) in [
        (Mood::OtherName, "the server declares the output"),
        (Mood::OtherShape, "declares the shape [1, 7] but has 3 numbers"),
        (Mood::Cut, "cannot be reached"),
        (Mood::Refuses, "returned 400: no such version"),
        (Mood::OtherInput, "the card's input is"),
    ] {
        let server = server(mood);
        let (code, out, err) = predict(&format!("{}/v2/models/lights", server.address), Some(&card()));
        assert_eq!((code, out.as_str()), (3, ""), "{mood:?}: {err}");
        assert!(err.contains(wanted) && !err.contains("panicked"), "{mood:?}: {err}");
    }
    let server = server(Mood::Json);
    let (code, _, err) = predict(&format!("{}/v2/models/other", server.address), Some(&card()));
    assert_eq!(code, 3);
    assert!(err.contains("not ready") && err.contains("404"), "{err}");
    // Nobody listens there: the port was free a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, _, err) = predict(&format!("http://{gone}/v2/models/lights"), Some(&card()));
    assert_eq!(code, 3);
    assert!(err.contains("cannot be reached"), "{err}");
}

/// Against a server of other people, where one is installed: `HARDCASE_MLSERVER` names the program `mlserver`.
#[test]
fn mlserver_is_understood() {
    let Some(program) = std::env::var_os("HARDCASE_MLSERVER") else {
        println!("skipped: HARDCASE_MLSERVER is not set (pip install mlserver onnxruntime)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let fixtures = common::repo().join("tests/fixtures/served");
    for name in ["runtime.py", "model-settings.json"] {
        std::fs::copy(fixtures.join(name), folder.path().join(name)).unwrap();
    }
    // Ports that nobody uses now.
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (port, grpc, metrics) = (free(), free(), free());
    let settings = json!({
        "host": "127.0.0.1", "http_port": port, "grpc_port": grpc, "metrics_port": metrics,
        "parallel_workers": 0, "debug": false,
    });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    let file = sample("traffic_lights").join("models/traffic_light_state.onnx");
    let mut running = Process::new(program)
        .arg("start")
        .arg(folder.path())
        .env("HARDCASE_SERVED_FILE", &file)
        .env("PYTHONPATH", folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let (code, found, err) = predict(&format!("http://127.0.0.1:{port}/v2/models/lights"), Some(&card()));
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(code, 0, "{err}");
    let (_, wanted, _) = predict("embedded", file.to_str());
    // Its runtime is another one, so that the last digits differ.
    let scores = |text: &str| -> Vec<(String, f64)> {
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let tops = lines.map(|line| line["prediction"]["top"][0].clone());
        tops.map(|top| (top["class"].as_str().unwrap().to_owned(), top["score"].as_f64().unwrap())).collect()
    };
    assert_eq!(scores(&found).len(), 10);
    for (ours, theirs) in scores(&wanted).iter().zip(scores(&found)) {
        assert!(ours.0 == theirs.0 && (ours.1 - theirs.1).abs() < 1e-5, "{ours:?} {theirs:?}");
    }
}
