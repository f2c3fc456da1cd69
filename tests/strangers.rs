//! Suites and projects of strangers: one bad case is one bad case, nothing is green by mistake, nothing outside is touched.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{copied, copy_folder, model, numbered, sample};
use hardcase::app::command::Command as AppCommand;
use hardcase::app::model::command::ModelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::suites::command::SuiteCommand;
use hardcase::base::files::sha256_hex;
use hardcase::base::progress::Progress;
use hardcase::data::cases::case::{Case, ClaimSpec, Terms};
use hardcase::data::cases::stack::Stack;
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use hardcase::data::time::window::Reach;
use hardcase::inference::embedded;
use hardcase::inference::model::Model;
use hardcase::suites::files::SuiteModel;
use hardcase::suites::freeze;
use hardcase::transforms::catalog::Catalog;
use serde_json::Value;

fn hardcase(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn case(id: &str) -> Case {
    Case {
        id: id.to_owned(),
        suite: "strange".to_owned(),
        clip: String::new(),
        channel: String::new(),
        frame: 0,
        reach: Reach::default(),
        interval: None,
        stack: Stack::default(),
        more: Vec::new(),
        attack: None,
        oracle: ClaimSpec::new("same_class"),
        tags: Vec::new(),
        why: String::new(),
        terms: Terms::default(),
    }
}

/// A suite of these cases about a model of the fixtures.
fn suite(folder: &Path, name: &str, cases: &[(&str, Image)]) {
    let path = model(name);
    let loaded = Model::load(&path, &embedded::KIND, 1).unwrap();
    let model = SuiteModel { file: path, sha256: loaded.sha256.clone(), card: loaded.card.clone() };
    let all: Vec<Case> = cases.iter().map(|(id, _)| case(id)).collect();
    let input = |case: &Case| {
        let (_, image) = cases.iter().find(|(id, _)| *id == case.id).unwrap();
        Ok(freeze::Frozen::Input(Input::Image(image.clone())))
    };
    let catalog = Catalog::default();
    freeze::export(folder, "strange", &[], Some(model), (&catalog, &all), input, &Progress::default())
        .unwrap();
}

/// A copy of the suite of the traffic lights with its model.
fn lights(folder: &Path) -> std::path::PathBuf {
    copied("traffic_lights", folder);
    folder.join("suites/lights")
}

/// Status and reason of every case in a JSON report.
fn verdicts(report: &Path) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let cases = report["suites"][0]["cases"].as_array().unwrap().clone();
    let text = |case: &Value, key: &str| case[key].as_str().unwrap_or_default().to_owned();
    cases.iter().map(|case| (text(case, "id"), text(case, "verdict"), text(case, "why"))).collect()
}

#[test]
fn a_model_that_hangs_or_kills_its_process_is_an_error_of_each_case() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    for (name, limit, problem) in [
        ("never_ends", "300ms", "exceeded the time limit of 0.3 s, raise it with --timeout"),
        ("kills_the_runtime", "60s", "the process ended while judging the case"),
    ] {
        let strange = folder.path().join(name);
        suite(&strange, name, &[("one", numbered(1)), ("two", numbered(2))]);
        let output = hardcase(&["test", text(&strange), "--timeout", limit, "--json", text(&report)]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let found = verdicts(&report);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|(_, status, why)| status == "error" && why.contains(problem)), "{found:?}");
    }
    // The suite may say its own limits.
    let toml = folder.path().join("never_ends/suite.toml");
    let own = format!("{}\n[limits]\ntimeout = \"200ms\"\n", fs::read_to_string(&toml).unwrap());
    fs::write(&toml, own).unwrap();
    let output = hardcase(&["test", text(toml.parent().unwrap())]);
    assert!(said(&output).contains("time limit of 0.2 s"), "{}", said(&output));
    assert_eq!(hardcase(&["test", text(toml.parent().unwrap()), "--timeout", "soon"]).status.code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn an_image_that_needs_too_much_memory_is_one_error_and_the_rest_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    // A small file of many pixels.
    let bomb = Image::filled(12_000, 12_000, [0; 3]);
    suite(folder.path(), "brightest", &[("a", numbered(1)), ("bomb", bomb), ("c", numbered(2))]);
    let output = hardcase(&["test", text(folder.path()), "--memory", "256M", "--json", text(&report)]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let found = verdicts(&report);
    let status: Vec<&str> = found.iter().map(|(_, status, _)| status.as_str()).collect();
    assert_eq!(status, ["pass", "error", "pass"], "{found:?}");
    assert!(found[1].2.contains("above the limit of 256 MB, raise it with --memory"), "{found:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_is_stopped_writes_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    suite(folder.path(), "never_ends", &[("one", numbered(1)), ("two", numbered(2))]);
    let mut run = Command::new(env!("CARGO_BIN_EXE_hardcase"))
        .args(["test", text(folder.path()), "--timeout", "none", "--jobs", "1", "--json", text(&report)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It waits for signals before it starts the process that judges.
    let children = format!("/proc/{0}/task/{0}/children", run.id());
    while fs::read_to_string(&children).unwrap().trim().is_empty() {
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(run.wait().unwrap().code(), Some(3));
    let found = verdicts(&report);
    let stopped = |why: &str| why.contains("not evaluated, the run was stopped");
    assert!(
        found.len() == 2 && found.iter().all(|(_, status, why)| status == "error" && stopped(why)),
        "{found:?}"
    );
}

#[test]
fn a_case_that_says_too_much_is_an_error_and_the_rest_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let lights = lights(folder.path());
    let good = fs::read_to_string(lights.join("cases/mirror-frame-2.toml")).unwrap();
    let claim = |claim: &str| good.replace("claim = \"class_is\"\nclass = \"green\"", claim);
    let long = vec!["1 > 0"; 6000].join(" and ");
    let mirror = "transform = \"mirror\"";
    let fog = |value: &str| good.replace(mirror, &format!("transform = \"fog\"\nparams = {{ {value} }}"));
    let strange = [
        ("a", claim(&format!("claim = \"expression\"\nexpression = \"{long}\"")), "more than 256 operators"),
        ("b", format!("repeats = 4294967295\n{good}"), "repeats is 4294967295, expected 1 to 1000"),
        ("c", format!("repeats = 0\n{good}"), "repeats is 0"),
        ("d", format!("repaets = 3\n{good}"), "did you mean \"repeats\"?"),
        ("e", fog("amuont = 0.9"), "unknown parameter \"amuont\", did you mean \"amount\"?"),
        ("f", fog("amount = nan"), "amount is NaN, expected 0 to 1"),
        ("g", fog("amount = -9.0"), "amount is -9, expected 0 to 1"),
        ("h", fog("amount = \"much\""), "expected"),
        ("i", good.replace(mirror, "transform = \"mirrox\""), "did you mean \"mirror\"?"),
        ("j", good.replace(mirror, "transform = \"mirror\"\nenabeld = false"), "did you mean \"enabled\"?"),
        ("k", good.replace("[stack]", "[stack]\nregoin = 1"), "did you mean \"region\"?"),
        (
            "l",
            good.replace("[stack]", "[stack]\nregion = { x0 = nan, y0 = 0, x1 = 1, y1 = 1 }"),
            "its edges must be 0 to 1",
        ),
        ("m", claim("claim = \"same_clas\""), "did you mean \"same_class\"?"),
        (
            "n",
            claim("claim = \"no_object\"\nclass = \"bird\"\nparams = { min_score = 7.0 }"),
            "min_score is 7, expected 0.05 to 0.99",
        ),
        (
            "o",
            claim("claim = \"no_object\"\nclass = \"bird\"\nregion = { x0 = 9, y0 = 0, x1 = 1, y1 = 1 }"),
            "region of the claim",
        ),
        (
            "p",
            claim("claim = \"class_is\"\nclass = \"green\"\nasume_same = true"),
            "did you mean \"assume_same\"?",
        ),
    ];
    for (id, content, _) in &strange {
        assert_ne!(*content, good, "{id} changes something");
        fs::write(lights.join(format!("cases/{id}.toml")), content).unwrap();
    }
    let report = folder.path().join("report.json");
    let output = hardcase(&["test", text(&lights), "--json", text(&report)]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found = verdicts(&report);
    for (id, _, problem) in &strange {
        let (_, status, why) = found.iter().find(|(found, ..)| found == id).unwrap();
        assert!(status == "error" && why.contains(problem), "{id}: {status} {why}");
    }
    let judged = found.iter().filter(|(id, status, _)| id.len() > 1 && status != "error").count();
    assert_eq!(judged, 10, "{found:?}");
    let verified = said(&hardcase(&["suite", "verify", text(&lights)]));
    for (id, _, problem) in &strange {
        assert!(verified.contains(problem), "{id}: {verified}");
    }
}

#[test]
fn another_model_than_that_of_the_suite_is_an_error_unless_it_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let lights = lights(folder.path());
    assert_eq!(hardcase(&["suite", "verify", text(&lights)]).status.code(), Some(0));
    let path = folder.path().join("models/traffic_light_state.onnx");
    let original = fs::read(&path).unwrap();
    let mut altered = original.clone();
    // A field of the file's format that nobody knows, so that the model is as good as before.
    altered.extend([0xFA, 0x7F, 0x01, 0x00]);
    fs::write(&path, &altered).unwrap();
    let problem = format!("its checksum is {}", sha256_hex(&altered).get(..12).unwrap());
    let verified = hardcase(&["suite", "verify", text(&lights)]);
    assert!(verified.status.code() == Some(1) && said(&verified).contains(&problem), "{}", said(&verified));
    let report = folder.path().join("report.json");
    let tested = hardcase(&["test", text(&lights), "--json", text(&report)]);
    assert_eq!(tested.status.code(), Some(3), "{}", said(&tested));
    let found = verdicts(&report);
    assert!(
        found.len() == 10 && found.iter().all(|(_, status, why)| status == "error" && why.contains(&problem))
    );
    for allowed in [&["--allow-other-model"][..], &["--model", text(&path)][..]] {
        let tested = hardcase(&[&["test", text(&lights), "--include", "mirror"][..], allowed].concat());
        assert_eq!(tested.status.code(), Some(0), "{}", said(&tested));
    }
}

#[test]
fn numbers_of_a_model_card_have_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let lights = lights(folder.path());
    let toml = lights.join("suite.toml");
    let good = fs::read_to_string(&toml).unwrap();
    for (before, after, problem) in [
        ("threshold = 0.4", "threshold = -1.0", "threshold is -1, expected 0 to 1"),
        ("threshold = 0.4", "threshold = nan", "threshold is NaN"),
        ("nms_iou = 0.5", "nms_iou = 2.0", "nms_iou is 2, expected 0 to 1"),
        ("threshold = 0.4", "thresholx = 0.4", "did you mean \"threshold\"?"),
        ("width = 32", "width = 4000000000", "width of [input] is 4000000000"),
        ("decoder = \"classes\"", "decoder = \"classex\"", "did you mean \"classes\"?"),
    ] {
        let text_of = good.replace(before, after);
        assert_ne!(text_of, good, "{after}");
        fs::write(&toml, text_of).unwrap();
        // The card beside the model would go before.
        let beside = folder.path().join("models/traffic_light_state.card.toml");
        if beside.exists() {
            fs::remove_file(beside).unwrap();
        }
        let tested = hardcase(&["test", text(&lights)]);
        assert!(
            tested.status.code() == Some(3) && said(&tested).contains(problem),
            "{after}: {}",
            said(&tested)
        );
        let verified = hardcase(&["suite", "verify", text(&lights)]);
        assert!(
            !verified.status.success() && said(&verified).contains(problem),
            "{after}: {}",
            said(&verified)
        );
    }
}

#[test]
fn what_was_not_judged_can_fail_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let lights = lights(folder.path());
    let case = lights.join("cases/mirror-frame-2.toml");
    let good = fs::read_to_string(&case).unwrap();
    // A claim about a region that the transform moves out of the image is not judged.
    let skipped = good.replace("claim = \"class_is\"\nclass = \"green\"", "claim = \"same_segments\"");
    fs::write(&case, skipped).unwrap();
    let run = |arguments: &[&str]| hardcase(&[&["test", text(&lights)][..], arguments].concat());
    let only = ["--case", "mirror-frame-2"];
    let usual = run(&only);
    assert!(said(&usual).contains("1 skipped"), "{}", said(&usual));
    // By itself it is a run that judged nothing; beside others it is a skip that does not fail.
    assert_eq!(usual.status.code(), Some(5));
    assert_eq!(run(&["--case", "mirror-frame-2", "--case", "fog-0-3-frame-1"]).status.code(), Some(0));
    assert_eq!(run(&["--case", "mirror-frame-2", "--fail-on", "skip"]).status.code(), Some(1));
    assert_eq!(run(&["--case", "mirror-frame-2", "--fail-on", "any,skip"]).status.code(), Some(1));
    assert_eq!(run(&["--fail-on", "any,new"]).status.code(), Some(2));
    assert_eq!(run(&["--include", "nobody"]).status.code(), Some(5));
    assert_eq!(run(&["--include", "nobody", "--fail-on", "empty"]).status.code(), Some(1));
    // Critical tags that no case has would let every failure through.
    let toml = lights.join("suite.toml");
    let text_of = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text_of.replace("name = \"lights\"", "name = \"lights\"\ncritical = [\"mirrox\"]"))
        .unwrap();
    let output = run(&[]);
    assert!(output.status.code() == Some(1) && said(&output).contains("critical tags"), "{}", said(&output));
    assert_eq!(hardcase(&["suite", "verify", text(&lights)]).status.code(), Some(1));
}

#[cfg(unix)]
#[test]
fn only_regular_files_inside_of_a_suite_are_read() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let lights = lights(folder.path());
    let media = lights.join("media");
    let file = "dd6c5016f7694b48813fa370b1c56234623c1f402ed0320557106924844a435e.png";
    let original = fs::read(media.join(file)).unwrap();
    let outside = folder.path().join("outside.png");
    fs::write(&outside, &original).unwrap();
    fs::write(media.join("inside.png"), &original).unwrap();
    let tested = || said(&hardcase(&["test", text(&lights), "--case", "mirror-frame-2"]));
    let check = |target: &str, expected: &str| {
        fs::remove_file(media.join(file)).unwrap();
        symlink(target, media.join(file)).unwrap();
        let found = tested();
        assert!(found.contains(expected), "{target}: {found}");
    };
    check("inside.png", "pass  lights/mirror-frame-2");
    check(text(&outside), "a link that leads out of the folder");
    check("/dev/zero", "a link that leads out of the folder");
    fs::remove_file(media.join(file)).unwrap();
    assert!(Command::new("mkfifo").arg(media.join(file)).status().unwrap().success());
    assert!(tested().contains("this is a pipe, a regular file is expected"), "{}", tested());
    fs::remove_file(media.join(file)).unwrap();
    fs::write(media.join(file), original).unwrap();
    // A case that is a link to a file elsewhere shows nothing of it.
    fs::write(folder.path().join("secret.toml"), "password = 1").unwrap();
    symlink("../../../secret.toml", lights.join("cases/stolen.toml")).unwrap();
    let found = said(&hardcase(&["test", text(&lights)]));
    assert!(found.contains("error lights/stolen") && !found.contains("password"), "{found}");
    // Nor do commands wait for a pipe.
    let pipe = folder.path().join("pipe.onnx");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [&["info", text(&pipe)][..], &["test", text(&lights), "--model", text(&pipe)][..]] {
        assert!(!hardcase(arguments).status.success());
    }
}

#[cfg(unix)]
#[test]
fn the_database_of_a_project_is_not_a_link_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let (project, victim) = (folder.path().join("project"), folder.path().join("victim.db"));
    copy_folder(&sample("street"), &project);
    fs::write(&victim, "").unwrap();
    for own in ["labels.db", "labels.db-wal"] {
        std::os::unix::fs::symlink("../victim.db", project.join(own)).unwrap();
        let output = hardcase(&["labels", "check", text(&project)]);
        assert_eq!(output.status.code(), Some(3), "{own}: {}", said(&output));
        assert!(said(&output).contains("the file is a link"), "{own}: {}", said(&output));
        fs::remove_file(project.join(own)).unwrap();
    }
    assert_eq!(fs::read(&victim).unwrap(), b"");
}

/// Rows of one text in a Parquet file whose dictionary holds it once.
fn parquet_bomb(path: &Path, length: usize, rows: usize) {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, ZstdLevel};
    use parquet::file::properties::WriterProperties;

    let text = "x".repeat(length);
    let part = |rows: usize| {
        let column: ArrayRef = Arc::new(StringArray::from(vec![text.as_str(); rows]));
        RecordBatch::try_from_iter([("text", column)]).unwrap()
    };
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let properties = properties.set_dictionary_page_size_limit(16 << 20).build();
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, part(1).schema(), Some(properties)).unwrap();
    for _ in 0..rows / 50 {
        writer.write(&part(50)).unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn a_table_that_unpacks_to_far_more_than_it_is_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dict.parquet");
    parquet_bomb(&path, 1 << 20, 2000);
    assert!(fs::metadata(&path).unwrap().len() < 100_000, "the file is small");
    let output = hardcase(&["info", text(&path)]);
    assert!(
        !output.status.success() && said(&output).contains("unpack to more than 1024 MB"),
        "{}",
        said(&output)
    );
    // A text that is only often there is fine.
    parquet_bomb(&path, 20, 5000);
    let output = hardcase(&["info", text(&path)]);
    assert!(!said(&output).contains("unpack"), "{}", said(&output));
}

#[test]
fn documents_that_are_nested_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.xml");
    let deep = format!("<annotation>{}{}</annotation>", "<a>".repeat(200_000), "</a>".repeat(200_000));
    fs::write(&path, deep).unwrap();
    for arguments in [
        &["labels", "convert", text(&path), "--from", "voc", "--to", "coco", "-o", "x.json"][..],
        &["labels", "convert", text(&path), "--from", "cvat_images", "--to", "coco", "-o", "x.json"],
        &["labels", "convert", text(&path), "--to", "coco", "-o", "x.json"],
        &["info", text(&path)],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_hardcase"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(matches!(output.status.code(), Some(1..=3)), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn cases_whose_names_are_alike_are_files_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let cases = ["wet road", "wet-road", "Wet Road", "日本", "東京", "con", "a/b", "../a b"];
    let images: Vec<(&str, Image)> = cases.iter().map(|id| (*id, numbered(1))).collect();
    let out = folder.path().join("deep/suite");
    suite(&out, "brightest", &images);
    let mut files: Vec<String> = fs::read_dir(out.join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().to_lowercase())
        .collect();
    files.sort();
    files.dedup();
    assert_eq!(files.len(), cases.len(), "{files:?}");
    assert!(files.contains(&"wet-road.toml".to_owned()), "{files:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies outside");
}

#[cfg(unix)]
#[test]
fn an_export_does_not_go_through_links_out_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (out, outside) = (folder.path().join("out"), folder.path().join("outside"));
    let json = folder.path().join("labels.json");
    fs::write(
        &json,
        r#"{"images":[{"id":1,"file_name":"../../../../victim.png","width":100,"height":80}],
            "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,30,40],"area":1200,"iscrowd":0}],
            "categories":[{"id":1,"name":"person"}]}"#,
    )
    .unwrap();
    for (format, place) in [
        ("yolo", "labels"),
        ("voc", "Annotations"),
        ("kitti_object", "label_2"),
        ("labelme", "deep"),
        ("datumaro", "annotations"),
    ] {
        fs::create_dir_all(&out).unwrap();
        fs::create_dir_all(&outside).unwrap();
        let target = out.join(format);
        fs::create_dir(&target).unwrap();
        std::os::unix::fs::symlink(&outside, target.join(place)).unwrap();
        let output = hardcase(&[
            "labels",
            "convert",
            text(&json),
            "--to",
            format,
            "--allow-lossy",
            "-o",
            text(&target),
        ]);
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{format}: {}", said(&output));
        assert_eq!(output.status.success(), format == "labelme", "{format}: {}", said(&output));
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["labels.json", "out", "outside"], "{format}");
    }
}

#[test]
fn imports_at_the_same_time_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("street");
    copied("street", &project);
    let count = 4;
    let imports: Vec<_> = (0..count)
        .map(|at| {
            let json = folder.path().join(format!("in{at}.json"));
            let text_of = format!(
                r#"{{"images":[{{"id":1,"file_name":"000001.jpg","width":640,"height":360}}],
                    "annotations":[{{"id":1,"image_id":1,"category_id":1,"bbox":[{at},2,30,40],"area":1200,"iscrowd":0}}],
                    "categories":[{{"id":1,"name":"class{at}"}}]}}"#
            );
            fs::write(&json, text_of).unwrap();
            let mut import = Command::new(env!("CARGO_BIN_EXE_hardcase"));
            import.args(["labels", "import", text(&project), text(&json), "--merge"]);
            import.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for import in imports {
        let output = import.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
    let editor = hardcase::project::editor::ProjectEditor::open(&project).unwrap();
    for at in 0..count {
        let class = format!("class{at}");
        assert_eq!(
            editor.project().labels.iter().filter(|label| *label.class == *class).count(),
            1,
            "{class}"
        );
        let manifest = fs::read_to_string(project.join("hardcase.toml")).unwrap();
        assert!(manifest.contains(&class), "{class}: {manifest}");
    }
}

/// A field of a model file that holds others.
fn field(number: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = body.len();
    while length >= 128 {
        bytes.push((length & 127) as u8 | 128);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(body);
    bytes
}

#[test]
fn models_are_bounded_before_they_are_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("strange.onnx");
    let step = field(1, &field(4, b"Relu"));
    let nested = (0..20_000).fold(step.clone(), |graph, _| field(1, &field(5, &field(6, &graph))));
    let weight = [&[0x08, 0x80, 0x80, 0x80, 0x80, 0x40][..], &field(8, b"w"), &field(9, &[0; 16])].concat();
    for (graph, problem) in [
        (step.repeat(200_001), "more than 200000 steps"),
        (nested, "nested more than 32 levels deep"),
        ([step, field(5, &weight)].concat(), "the weight \"w\" declares 17179869184 values in 27 bytes"),
    ] {
        fs::write(&path, field(7, &graph)).unwrap();
        for arguments in [
            &["info", text(&path)][..],
            &["test", text(&sample("traffic_lights/suites/lights")), "--model", text(&path)],
        ] {
            let output = hardcase(arguments);
            assert!(
                !output.status.success() && said(&output).contains(problem),
                "{problem}: {}",
                said(&output)
            );
        }
    }
}

/// So many zeros as they are packed.
fn packed_zeros(length: usize) -> Vec<u8> {
    zstd::encode_all(vec![0; length].as_slice(), 3).unwrap()
}

#[test]
fn recordings_that_unpack_to_far_more_than_they_are_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = packed_zeros(100 << 20);
    assert!(zeros.len() < 20_000);
    let bag = folder.path().join("drive.db3.zstd");
    fs::write(&bag, &zeros).unwrap();
    let output = hardcase(&["info", text(&bag)]);
    assert!(
        !output.status.success() && said(&output).contains("unpack to more than 64 MB"),
        "{}",
        said(&output)
    );
    // A chunk of an MCAP file that says what it unpacks to; there is no index.
    let mut chunk = [0_u8; 16].to_vec();
    chunk.extend((100_u64 << 20).to_le_bytes());
    chunk.extend([0; 4]);
    chunk.extend(4_u32.to_le_bytes());
    chunk.extend(b"zstd");
    chunk.extend((zeros.len() as u64).to_le_bytes());
    chunk.extend(&zeros);
    let record = |op: u8, body: &[u8]| [&[op][..], &(body.len() as u64).to_le_bytes(), body].concat();
    let magic = [0x89, b'M', b'C', b'A', b'P', 0x30, 0x0D, 0x0A];
    let named = |text: &str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let channel = [&[1, 0, 0, 0][..], &named("/car"), &named("json"), &[0; 4]].concat();
    let message = [&[1, 0][..], &[0; 20], b"{\"speed\":1.5}"].concat();
    let records = [
        record(1, &[0; 8]),
        record(4, &channel),
        record(5, &message),
        record(6, &chunk),
        record(15, &[0; 4]),
    ];
    let file = [&magic[..], &records.concat(), &magic].concat();
    let path = folder.path().join("drive.mcap");
    fs::write(&path, file).unwrap();
    let output = said(&hardcase(&["info", text(&path)]));
    assert!(output.contains(&format!("it declares 100 MB in {} bytes", zeros.len())), "{output}");
}

#[test]
fn settings_that_refer_to_themselves_or_are_deep_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let laughs = (1..9).fold("names: [car]\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, at| {
        let before = format!("*a{}", at - 1);
        format!("{text}a{at}: &a{at} [{}]\n", vec![before; 9].join(", "))
    });
    let deep = format!("names: {}{}\n", "[".repeat(200), "]".repeat(200));
    for (yaml, problem) in
        [(laughs, "YAML aliases (*name) are not supported"), (deep, "nested more than 64 levels")]
    {
        fs::write(folder.path().join("data.yaml"), yaml).unwrap();
        for part in ["labels/train", "images/train"] {
            fs::create_dir_all(folder.path().join(part)).unwrap();
        }
        fs::write(folder.path().join("images/train/a.png"), numbered(1).to_png().unwrap()).unwrap();
        fs::write(folder.path().join("labels/train/a.txt"), "0 0.5 0.5 0.1 0.1\n").unwrap();
        let out = folder.path().join("x.json");
        let output = hardcase(&[
            "labels",
            "convert",
            text(folder.path()),
            "--from",
            "yolo",
            "--to",
            "coco",
            "-o",
            text(&out),
        ]);
        // Labels are read all the same, without the names.
        assert!(output.status.success() && said(&output).contains(problem), "{}", said(&output));
    }
}

/// Inside of the window's process the model would end the test.
#[test]
fn a_case_that_kills_its_process_is_an_error_in_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("drive.png");
    fs::write(&picture, numbered(1).to_png().unwrap()).unwrap();
    let mut app = common::app(&folder.path().join("home"));
    common::send(&mut app, AppCommand::Open(OpenCommand::Paths(vec![picture])));
    common::send(&mut app, AppCommand::Model(ModelCommand::Load(model("brightest"))));
    common::send(&mut app, AppCommand::Suite(SuiteCommand::Active("mine".to_owned())));
    common::send(&mut app, AppCommand::Suite(SuiteCommand::Keep { why: String::new() }));
    let mut verdicts = |name: &str| {
        common::send(&mut app, AppCommand::Model(ModelCommand::Load(model(name))));
        common::send(&mut app, AppCommand::Suite(SuiteCommand::Run("mine".to_owned())));
        app.open.suites.verdicts.values().cloned().collect::<Vec<_>>()
    };
    let killed = verdicts("kills_the_runtime");
    let problem = "the process ended while judging the case";
    assert!(matches!(killed.as_slice(), [Err(why)] if why.contains(problem)), "{killed:?}");
    let judged = verdicts("brightest");
    assert!(matches!(judged.as_slice(), [Ok(_)]), "{judged:?}");
}

/// Looking at a suite runs its image-to-image models; inside of the process this one would end the command.
#[test]
fn a_transform_that_kills_its_process_is_a_problem_of_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let lights = lights(folder.path());
    fs::create_dir_all(lights.join("painters")).unwrap();
    let bytes = fs::read(model("kills_the_runtime")).unwrap();
    fs::write(lights.join("painters/bad.onnx"), &bytes).unwrap();
    let card = fs::read_to_string(sample("street/models/snowy_roads.card.toml")).unwrap();
    let card = card.replace("\"road\"", "\"image\"").replace("= 320", "= 8").replace("= 192", "= 8");
    fs::write(lights.join("painters/bad.card.toml"), card).unwrap();
    let toml = lights.join("suite.toml");
    let painter =
        format!("\n[[painters]]\nfile = \"painters/bad.onnx\"\nsha256 = \"{}\"\n", sha256_hex(&bytes));
    fs::write(&toml, fs::read_to_string(&toml).unwrap() + &painter).unwrap();
    let output = hardcase(&["suite", "verify", text(&lights)]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the process ended while answering"), "{}", said(&output));
    assert_eq!(hardcase(&["info", text(&lights)]).status.code(), Some(0));
    let report = folder.path().join("report.json");
    assert_eq!(hardcase(&["test", text(&lights), "--json", text(&report)]).status.code(), Some(3));
    assert_eq!(verdicts(&report).len(), 10);
}
