//! Reports of test runs for code scanning, Prometheus, GitLab and GitHub; parts that are merged; the page in a browser.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "common/chromium.rs"]
mod chromium;
mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use base64::Engine as _;
use common::{copy_folder, sample};
use hardcase::base::progress::Progress;
use hardcase::base::time::Time;
use hardcase::clips;
use hardcase::data::clip::Sample;
use hardcase::data::findings::Finding;
use hardcase::data::image::Image;
use hardcase::mining::foxglove;
use serde_json::{Value, json};

const JOBS: [&str; 3] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE"];

fn lights() -> PathBuf {
    sample("traffic_lights/suites/lights")
}

fn model() -> &'static Path {
    static MODEL: LazyLock<PathBuf> =
        LazyLock::new(|| sample("traffic_lights/models/traffic_light_state.onnx"));
    &MODEL
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs the program outside of any CI, or in a job of this folder.
fn run(args: &[&str], job: Option<(&str, &Path)>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hardcase"));
    for name in JOBS {
        command.env_remove(name);
    }
    if let Some((name, folder)) = job {
        command.env(name, folder);
    }
    command.args(args).output().unwrap()
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Python with the packages that `tests/run.sh` brings; the output of a script, or none where they are absent.
fn python(script: &str, args: &[&str]) -> Option<String> {
    let tools = std::env::var_os("HARDCASE_REPORT_TOOLS")?;
    let output =
        Command::new("python3").env("PYTHONPATH", tools).arg("-c").arg(script).args(args).output().ok()?;
    assert!(output.status.success(), "{}", shown(&output));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A copy of the suite in a folder of a job; one failing case of it is a known failure.
fn job() -> (tempfile::TempDir, PathBuf) {
    let job = tempfile::tempdir().unwrap();
    let suite = job.path().join("suites/street lights");
    copy_folder(&lights(), &suite);
    let case = suite.join("cases/brightness-150-frame-1.toml");
    let content = fs::read_to_string(&case).unwrap();
    fs::write(&case, format!("{content}\n[known_failure]\nreason = \"ticket [12](x) {{0}}\"\n")).unwrap();
    (job, suite)
}

/// The rules of the schema of SARIF 2.1.0 for what is written here.
fn check_sarif(sarif: &Value) {
    assert_eq!(sarif["version"], "2.1.0");
    let runs = sarif["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1, "more than one run of a tool is refused by GitHub");
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "Hardcase");
    let rules = driver["rules"].as_array().unwrap();
    let mut fingerprints = Vec::new();
    for result in runs[0]["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
        fingerprints.push(result["partialFingerprints"]["hardcaseCase/v1"].as_str().unwrap().to_owned());
        for suppression in result["suppressions"].as_array().into_iter().flatten() {
            assert!(["inSource", "external"].contains(&suppression["kind"].as_str().unwrap()));
        }
    }
    let count = fingerprints.len();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), count);
}

#[test]
fn code_scanning_gets_each_failing_case_once() {
    let (job, suite) = job();
    let file = job.path().join("cases.sarif");
    let args = ["test", text(&suite), "--model", text(model()), "--sarif", text(&file), "--html-steps", "0"];
    let output = run(&args, Some(("GITHUB_WORKSPACE", job.path())));
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    let written = fs::read_to_string(&file).unwrap();
    let sarif: Value = serde_json::from_str(&written).unwrap();
    check_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    let case = |name: &str| results.iter().find(|result| result["properties"]["case"] == name).unwrap();
    let known = case("brightness-150-frame-1");
    let place = &known["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(place["uri"], "suites/street%20lights/cases/brightness-150-frame-1.toml");
    assert_eq!(place["uriBaseId"], "%SRCROOT%");
    assert_eq!(known["suppressions"][0]["justification"], "known failure: ticket \\[12\\](x) {{0}}");
    let others = results.iter().filter(|result| result["suppressions"].is_null()).count();
    assert_eq!(others, 2, "failures that nobody accepted");
    assert!(results.iter().all(|result| result["level"] == "error"));
    // The whole schema, where it is at hand: that of OASIS may not be copied in here.
    let schema = std::env::var("HARDCASE_SARIF_SCHEMA").unwrap_or_default();
    let check = "import json,sys,jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))); print('valid')";
    let said = if schema.is_empty() { None } else { python(check, &[text(&file), &schema]) };
    match said {
        Some(said) => assert_eq!(said.trim(), "valid"),
        None => println!("SKIPPED: HARDCASE_SARIF_SCHEMA names no schema, or jsonschema is not there"),
    }
    // The same cases have the same bytes wherever the job runs.
    let elsewhere = tempfile::tempdir().unwrap();
    copy_folder(&suite, &elsewhere.path().join("suites/street lights"));
    let (other, place) = (elsewhere.path().join("b.sarif"), elsewhere.path().join("suites/street lights"));
    let args = ["test", text(&place), "--model", text(model()), "--sarif", text(&other)];
    run(&args, Some(("CI_PROJECT_DIR", elsewhere.path())));
    let other = fs::read_to_string(other).unwrap();
    assert_eq!(other.replace(text(&place), text(&suite)), written);
}

#[test]
fn prometheus_reads_the_counts() {
    let (job, suite) = job();
    let file = job.path().join("metrics.txt");
    run(&["test", text(&suite), "--model", text(model()), "--openmetrics", text(&file)], None);
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.ends_with("# EOF\n"), "{written}");
    for line in [
        "hardcase_cases{suite=\"lights\",verdict=\"pass\"} 7",
        "hardcase_cases{suite=\"lights\",verdict=\"fail\"} 3",
        "hardcase_accepted_failures{suite=\"lights\"} 1",
        "hardcase_exit_code 1",
    ] {
        assert!(written.lines().any(|known| known == line), "{line}\n{written}");
    }
    let read = "import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as p; \
                print(sum(len(f.samples) for f in p(open(sys.argv[1]).read())))";
    match python(read, &[text(&file)]) {
        Some(count) => assert!(count.trim().parse::<usize>().unwrap() > 8, "{count}"),
        None => println!("SKIPPED: prometheus_client is not there (HARDCASE_REPORT_TOOLS)"),
    }
}

#[test]
fn gitlab_finds_an_image_for_each_failing_case() {
    let (job, suite) = job();
    let (junit, html) = (job.path().join("junit.xml"), job.path().join("out/report"));
    let args =
        ["test", text(&suite), "--model", text(model()), "--junit", text(&junit), "--html", text(&html)];
    run(&args, Some(("CI_PROJECT_DIR", job.path())));
    let xml = fs::read_to_string(&junit).unwrap();
    let attached: Vec<&str> = xml
        .split("<system-out>[[ATTACHMENT|")
        .skip(1)
        .map(|rest| rest.split("]]</system-out>").next().unwrap())
        .collect();
    assert_eq!(attached.len(), 2, "two failures and an accepted one: {xml}");
    for path in &attached {
        assert!(path.starts_with("out/report/attachments/"), "{path}");
        let image = Image::decode(&fs::read(job.path().join(path)).unwrap()).unwrap();
        // The lights of the sample are less than half as wide as high.
        assert!(2 * image.width() > image.height(), "the original beside the transformed image");
    }
    assert_ne!(attached[0], attached[1], "GitLab drops files of one name");
    let without = job.path().join("alone.xml");
    run(&["test", text(&suite), "--model", text(model()), "--junit", text(&without)], None);
    assert!(!fs::read_to_string(without).unwrap().contains("ATTACHMENT"), "there is no image to name");
}

#[test]
fn annotations_are_relative_and_the_rest_is_counted() {
    let (job, suite) = job();
    // Thirteen failing cases more.
    let fails = fs::read_to_string(suite.join("cases/brightness-150-frame-1.toml")).unwrap();
    let fails = fails.split("[known_failure]").next().unwrap();
    for number in 0..13 {
        fs::write(suite.join(format!("cases/more-{number:02}.toml")), fails).unwrap();
    }
    let args = ["test", text(&suite), "--model", text(model()), "--github"];
    let output = run(&args, Some(("GITHUB_WORKSPACE", job.path())));
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let count = |start: &str| lines.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("::error file=suites/street lights/cases/"), 10, "{lines}");
    assert_eq!(count("::warning file=suites/street lights/cases/"), 1, "{lines}");
    assert!(lines.contains("::notice title=Hardcase::and 5 more, 16 cases in all"), "{lines}");
}

/// The files of a folder by name, without durations.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(root, &path, files);
                continue;
            }
            let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            let timed = |line: &str| {
                line.contains("\"seconds\": ")
                    || line.contains(" time=\"")
                    || line.contains("judging_seconds{")
            };
            let content = content.lines().map(|line| {
                if timed(line) {
                    line.split(" time=").next().unwrap().split("econds").next().unwrap()
                } else {
                    line
                }
            });
            files.insert(path.strip_prefix(root).unwrap().to_owned(), content.collect::<Vec<_>>().join("\n"));
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

#[test]
fn parts_of_a_run_are_merged_into_what_one_run_writes() {
    let (job, suite) = job();
    let all = |folder: &str| -> Vec<String> {
        let file = |name: &str| job.path().join(folder).join(name).display().to_string();
        let reports = ["junit", "markdown", "tap", "sarif", "openmetrics", "html"];
        reports.iter().flat_map(|kind| [format!("--{kind}"), file(kind)]).collect()
    };
    let with = |first: &[&str], folder: &str| {
        let (first, rest) = (first.iter().map(|word| (*word).to_owned()), all(folder));
        first.chain(rest).collect::<Vec<String>>()
    };
    let words = |args: &[String]| run(&args.iter().map(String::as_str).collect::<Vec<_>>(), None);
    let (place, model) = (text(&suite).to_owned(), text(model()).to_owned());
    let whole = words(&with(&["test", &place, "--model", &model, "--html-steps", "3"], "whole"));
    assert_eq!(whole.status.code(), Some(1));
    let mut parts = Vec::new();
    for part in 1..=3 {
        let file = job.path().join(format!("part-{part}.json"));
        let shard = format!("{part}/3");
        let html = job.path().join(format!("html-{part}"));
        let args = ["test", &place, "--model", &model, "--shard", &shard, "--json", text(&file)];
        run(&[&args[..], &["--html", text(&html), "--html-steps", "3"]].concat(), None);
        parts.push(file);
    }
    let [a, b, c] = [text(&parts[0]), text(&parts[1]), text(&parts[2])];
    let merged = words(&with(&["suite", "merge-reports", b, a, c], "merged"));
    assert_eq!(merged.status.code(), Some(1), "{}", shown(&merged));
    // The file for GitLab names the images in their folder.
    let mut single = files(&job.path().join("whole"));
    for content in single.values_mut() {
        *content = content.replace("/whole/html/", "/merged/html/");
    }
    assert_eq!(single, files(&job.path().join("merged")));
    assert!(single.len() > 12, "pages, images and files");
    assert_eq!(merged.stdout, whole.stdout);

    let missing = run(&["suite", "merge-reports", a, c], None);
    assert_eq!(missing.status.code(), Some(3), "{}", shown(&missing));
    assert!(shown(&missing).contains("merge those of all parts"), "{}", shown(&missing));
    for (args, sentence) in [
        ([a, a, b], "is in two reports"),
        ([a, b, text(&suite.join("suite.toml"))], "not a report of hardcase test --json"),
        ([a, b, "nowhere.json"], "could not read the report"),
    ] {
        let output = run(&[&["suite", "merge-reports"], &args[..]].concat(), None);
        assert_eq!(output.status.code(), Some(3));
        assert!(shown(&output).contains(sentence), "{}", shown(&output));
    }
    let other = job.path().join("other.json");
    run(
        &["test", &place, "--model", &model, "--shard", "2/3", "--fail-on", "any", "--json", text(&other)],
        None,
    );
    let output = run(&["suite", "merge-reports", a, text(&other), c], None);
    assert!(shown(&output).contains("merge parts of one run"), "{}", shown(&output));
}

#[test]
fn the_slider_shows_each_severity_in_a_browser() {
    let (job, suite) = job();
    let html = job.path().join("report");
    run(&["test", text(&suite), "--model", text(model()), "--html", text(&html)], None);
    let page = html.join("index.html");
    let source = fs::read_to_string(&page).unwrap();
    assert_eq!(source.matches("type=\"range\"").count(), 3, "one for each failing case");
    assert_eq!(source.matches("class=\"step\"").count(), 3 * 11);
    assert!(!source.contains("http://") && !source.contains("https://"), "no network");
    let none = job.path().join("none");
    let args = ["test", text(&suite), "--model", text(model()), "--html", text(&none), "--html-steps", "0"];
    run(&args, None);
    assert!(!fs::read_to_string(none.join("index.html")).unwrap().contains("<script"));
    let Some(program) = chromium::program() else {
        println!("SKIPPED: there is no Chromium to show the page in");
        return;
    };
    let mut tab = chromium::Tab::open(&program, &job.path().join("profile"), &page);
    let at = "(() => { const s = document.querySelectorAll('.steps')[0]; \
              return [...s.querySelectorAll('.step')].map((f, i) => f.offsetHeight > 0 ? i : -1).filter(i => i >= 0); })()";
    assert_eq!(tab.value(at), json!([10]), "the case itself is shown first");
    tab.value("document.querySelector('.steps input').focus()");
    tab.press("ArrowLeft", 37);
    assert_eq!(tab.value(at), json!([9]));
    tab.press("Home", 36);
    assert_eq!(tab.value(at), json!([0]));
    let spoken = tab.value("document.querySelector('.steps input').getAttribute('aria-valuetext')");
    assert!(spoken.as_str().unwrap().starts_with("0 %"), "{spoken}");
    tab.press("End", 35);
    assert_eq!(tab.value(at), json!([10]));
    let broken = "[...document.querySelectorAll('svg image')].filter(i => i.getBoundingClientRect().width === 0 && i.closest('.step[hidden]') === null).length";
    assert_eq!(tab.value(broken), json!(0));
    assert!(tab.requests.iter().all(|url| url.starts_with("file://")), "{:?}", tab.requests);
    assert!(tab.requests.iter().any(|url| Path::new(url).extension().is_some_and(|ending| ending == "jpg")));
    if let Some(folder) = std::env::var_os("HARDCASE_SCREENSHOTS") {
        tab.value("document.querySelector('.steps').scrollIntoView({ block: 'center' })");
        fs::write(Path::new(&folder).join("slider.png"), tab.screenshot()).unwrap();
    }
}

/// Annotation, log and scene of the findings of a recording, by schema: number of messages, and the first time.
fn layers(file: &Path) -> BTreeMap<String, (usize, u64)> {
    let bytes = fs::read(file).unwrap();
    let mut found: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for message in mcap::MessageStream::new(&bytes).unwrap() {
        let message = message.unwrap();
        assert_eq!(message.channel.message_encoding, "json");
        let value: Value = serde_json::from_slice(&message.data).unwrap();
        let schema = message.channel.schema.as_ref().unwrap().name.clone();
        match schema.as_str() {
            "foxglove.Log" => {
                assert!(value["message"].as_str().unwrap().len() > 5 && value["level"].is_u64());
            }
            "foxglove.ImageAnnotations" => assert!(value["points"].is_array() && value["texts"].is_array()),
            "foxglove.SceneUpdate" => {
                assert!(value["entities"][0]["cubes"][0]["size"]["x"].as_f64().unwrap() > 0.0);
            }
            other => panic!("{other}"),
        }
        let entry = found.entry(schema).or_insert((0, message.log_time));
        entry.0 += 1;
    }
    found
}

#[test]
fn findings_are_laid_over_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("findings.mcap");
    let place = sample("tempe");
    let output = run(&["mine", text(&place), "-o", text(&file)], None);
    assert!(output.status.success(), "{}", shown(&output));
    let found = layers(&file);
    assert!(found.contains_key("foxglove.Log"), "{found:?}");
    assert!(
        found.contains_key("foxglove.SceneUpdate") || found.contains_key("foxglove.ImageAnnotations"),
        "{found:?}"
    );
    println!("{found:?}");
    // The same findings, the same bytes.
    let again = folder.path().join("again.mcap");
    run(&["mine", text(&place), "-o", text(&again)], None);
    assert!(fs::read(&file).unwrap() == fs::read(&again).unwrap());
    let read = "import sys, json; from mcap.reader import make_reader; \
                r = make_reader(open(sys.argv[1], 'rb')); \
                print(sum(1 for s, c, m in r.iter_messages() if json.loads(m.data) is not None), sorted({c.topic for s, c, m in r.iter_messages()}))";
    match python(read, &[text(&file)]) {
        Some(said) => {
            let all: usize = found.values().map(|(count, _)| count).sum();
            assert!(said.starts_with(&format!("{all} ['/hardcase/")), "{said}");
        }
        None => println!("SKIPPED: the package mcap is not there (HARDCASE_REPORT_TOOLS)"),
    }
}

#[test]
fn the_page_of_a_sweep_filters_by_tag_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let (table, html) = (folder.path().join("sweep.jsonl"), folder.path().join("page"));
    let project = folder.path().join("lights");
    common::copied("traffic_lights", &project);
    let args = ["sweep", text(&project), "--stack", "brightness,rotate", "--levels", "4", "-o", text(&table)];
    let output = run(&[&args[..], &["--html", text(&html)]].concat(), None);
    assert!(output.status.success(), "{}", shown(&output));
    let page = html.join("index.html");
    let source = fs::read_to_string(&page).unwrap();
    assert_eq!(source.matches("<polyline").count(), 2, "a curve for each parameter");
    assert!(
        source.contains("class=\"failure\"") && !source.contains("http://") && !source.contains("https://")
    );
    let Some(program) = chromium::program() else {
        println!("SKIPPED: there is no Chromium to show the page in");
        return;
    };
    let mut tab = chromium::Tab::open(&program, &folder.path().join("profile"), &page);
    let count = "[...document.querySelectorAll('.failure')].filter(f => f.offsetHeight > 0).length";
    let all = tab.value(count).as_u64().unwrap();
    assert!(all > 0);
    let options = tab.value("document.querySelectorAll('#tag option').length");
    if options.as_u64() > Some(1) {
        let filtered = "(() => { const s = document.getElementById('tag'); s.value = '0'; s.dispatchEvent(new Event('change')); })()";
        tab.value(filtered);
        let shown = tab.value(count).as_u64().unwrap();
        assert!(shown > 0 && shown <= all);
        assert_eq!(tab.value("document.getElementById('count').textContent"), format!("{shown} shown"));
    }
    if let Some(folder) = std::env::var_os("HARDCASE_SCREENSHOTS") {
        fs::write(Path::new(&folder).join("sweep.png"), tab.screenshot()).unwrap();
    }
    assert!(tab.requests.iter().all(|url| url.starts_with("file://")), "{:?}", tab.requests);
}

/// A recording of ten images and the boxes of two tracked objects on each.
fn street(folder: &Path) -> PathBuf {
    let file = folder.join("street.mcap");
    let mut writer = mcap::Writer::new(BufWriter::new(fs::File::create(&file).unwrap())).unwrap();
    let mut topic = |name: &str, schema: &str| {
        let schema = writer.add_schema(schema, "jsonschema", b"{\"type\":\"object\"}").unwrap();
        writer.add_channel(schema, name, "json", &BTreeMap::new()).unwrap()
    };
    let camera = topic("/front/image", "foxglove.CompressedImage");
    let objects = topic("/front/objects", "vision_msgs/Detection2DArray");
    let png = Image::filled(64, 48, [90, 90, 90]).to_png().unwrap();
    let image = json!({ "format": "png", "data": base64::engine::general_purpose::STANDARD.encode(png) });
    for step in 0..10_u32 {
        let mut write = |channel_id, message: &Value| {
            let time = 1_700_000_000_000_000_000 + u64::from(step) * 100_000_000;
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: step,
                log_time: time,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, message.to_string().as_bytes()).unwrap();
        };
        write(camera, &image);
        let object = |id: &str, x: u32| {
            json!({ "id": id, "bbox": { "center": { "position": { "x": x, "y": 20 } }, "size_x": 10, "size_y": 8 },
                "results": [{ "hypothesis": { "class_id": "car", "score": 0.9 } }] })
        };
        write(objects, &json!({ "detections": [object("7", 20 + step), object("8", 50)] }));
    }
    writer.finish().unwrap();
    file
}

#[test]
fn a_finding_is_drawn_on_the_frames_of_its_camera() {
    let folder = tempfile::tempdir().unwrap();
    let clip = clips::open(&street(folder.path())).unwrap();
    clip.index(&Progress::default()).unwrap();
    let at = |step: i64| Time(1_700_000_000_000_000_000 + step * 100_000_000);
    let finding = Finding {
        finder: "box_jump".to_owned(),
        clip: "street".to_owned(),
        channels: vec!["/front/objects".to_owned()],
        tracks: vec!["7".to_owned()],
        t0: at(3),
        t1: at(5),
        peak: at(4),
        severity: 0.9,
        numbers: BTreeMap::new(),
        sentence: "the box of track 7 jumps".to_owned(),
    };
    let file = folder.path().join("findings.mcap");
    let to = fs::File::create(&file).unwrap();
    let written = foxglove::write(&[("street".to_owned(), clip)], &[finding], BufWriter::new(to)).unwrap();
    assert_eq!((written.topics, written.messages, written.shortened), (2, 1 + 3 + 1, 0));
    assert_eq!(layers(&file)["foxglove.ImageAnnotations"], (4, 1_700_000_000_300_000_000));
    // The program reads them back as boxes: one on each of three frames, and none on the frame after.
    let back = clips::open(&file).unwrap();
    back.index(&Progress::default()).unwrap();
    let channel = back.info().channel_named("/hardcase/annotations/front/image").unwrap();
    let boxes: Vec<usize> = (0..4)
        .map(|index| {
            let sample = back.read(channel, index).unwrap();
            let Sample::Boxes(boxes) = sample else { panic!("{sample:?}") };
            let wide = |width: f32| (width - 10.0).abs() < 1e-3;
            assert!(boxes.iter().all(|one| one.class == "car 7" && wide(one.bbox.width())));
            boxes.len()
        })
        .collect();
    assert_eq!(boxes, [1, 1, 1, 0]);
}
