//! Sweeps on many machines: whatever the cut and whoever is killed, the merge is what one machine writes, to the byte.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{model, numbered, repo, sample};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hardcase");

fn hardcase(args: &[&str]) -> Output {
    Command::new(PROGRAM).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs the program and expects this exit code; returns the standard error.
fn ends(args: &[&str], code: i32) -> String {
    let output = hardcase(args);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
    stderr(&output)
}

fn started(args: &[&str]) -> Child {
    Command::new(PROGRAM).args(args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Two cameras that share chunks and have rates of their own, with the steering of a driver.
fn two_cameras(path: &Path) {
    let mut file = Cursor::new(Vec::new());
    let mut writer = mcap::WriteOptions::new()
        .compression(Some(mcap::Compression::Zstd))
        .chunk_size(Some(20_000))
        .create(&mut file)
        .unwrap();
    let schema = writer.add_schema("foxglove.CompressedImage", "jsonschema", b"{}").unwrap();
    let none = BTreeMap::new();
    let cameras = ["/right", "/left"].map(|name| writer.add_channel(schema, name, "json", &none).unwrap());
    let car = writer.add_channel(0, "/car", "json", &none).unwrap();
    for step in 0..48_u64 {
        let time = 1_700_000_000_000_000_000 + step * 50_000_000;
        let mut write = |channel_id, data: Vec<u8>| {
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: step as u32,
                log_time: time,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, &data).unwrap();
        };
        write(car, json!({ "steering": step as f64 / 100.0 }).to_string().into_bytes());
        for (camera, every) in cameras.into_iter().zip([1, 2]) {
            if step % every == 0 {
                use base64::Engine as _;
                let png = numbered((step * every) as usize).to_png().unwrap();
                let data = base64::engine::general_purpose::STANDARD.encode(png);
                let stamp = json!({ "sec": time / 1_000_000_000, "nsec": time % 1_000_000_000 });
                let message = json!({ "timestamp": stamp, "frame_id": "", "format": "png", "data": data });
                write(camera, message.to_string().into_bytes());
            }
        }
    }
    writer.finish().unwrap();
    drop(writer);
    fs::write(path, file.into_inner()).unwrap();
}

/// One subject of a sweep, run on one machine and planned.
struct Run {
    folder: tempfile::TempDir,
    parts: usize,
}

impl Run {
    /// `more` are the arguments behind the inputs.
    fn new(inputs: &[&Path], more: &[&str], part_frames: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let inputs: Vec<&str> = inputs.iter().map(|path| text(path)).collect();
        let subject = [&inputs[..], more].concat();
        let one = at("one.parquet");
        let output = hardcase(&[&["sweep"], &subject[..], &["--json", "-o", text(&one)]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        fs::write(at("one.json"), &output.stdout).unwrap();
        let planned = hardcase(
            &[&["plan"], &subject[..], &["-o", text(&at("plan")), "--part-frames", part_frames]].concat(),
        );
        assert!(planned.status.success(), "{}", stderr(&planned));
        let said = String::from_utf8(planned.stdout).unwrap();
        for word in ["parts", "predictions", "bytes", "hours", "$"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        let plan: Value = serde_json::from_slice(&fs::read(at("plan/plan.json")).unwrap()).unwrap();
        let parts = plan["parts"].as_array().unwrap().len();
        assert!(parts > 2, "{parts} parts");
        Self { folder, parts }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new place with the plan.
    fn place(&self, name: &str) -> PathBuf {
        let place = self.at(name);
        fs::create_dir(&place).unwrap();
        fs::copy(self.at("plan/plan.json"), place.join("plan.json")).unwrap();
        place
    }

    /// Merges a place and compares it with one machine.
    fn equals_one(&self, place: &Path) {
        let (rows, summary) = (place.join("all.parquet"), place.join("all.json"));
        ends(&["merge", text(place), "-o", text(&rows), "--json", text(&summary)], 0);
        let same = |a: &Path, b: &str| fs::read(a).unwrap() == fs::read(self.at(b)).unwrap();
        assert!(same(&summary, "one.json"), "{} differs", summary.display());
        assert!(same(&rows, "one.parquet"), "{} differs", rows.display());
    }

    /// Runs shards side by side; the one with this number is killed when it has written something, and started again.
    fn in_shards(&self, shards: usize, killed: usize) {
        let place = self.place(&format!("in_{shards}"));
        let shard = |number: usize| format!("{number}/{shards}");
        let command =
            |shard: &str| started(&["sweep", text(&place), "--shard", shard, "--jobs", "1", "--no-stealing"]);
        let mut children: Vec<(usize, Child)> = (1..=shards).map(|i| (i, command(&shard(i)))).collect();
        let (_, victim) = &mut children[killed - 1];
        let wrote = written(&place, victim);
        victim.kill().unwrap();
        assert!(wrote || self.parts < shards, "the shard ended before it could be killed");
        for (number, child) in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success() || number == killed, "{number}: {}", stderr(&output));
        }
        let again = shard(killed);
        ends(&["sweep", text(&place), "--shard", &again, "--no-stealing"], 0);
        self.equals_one(&place);
    }
}

/// Waits until a place has files of parts; false if the process ended before.
fn written(place: &Path, child: &mut Child) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_mins(2) {
        if fs::read_dir(place.join("parts")).is_ok_and(|mut files| files.next().is_some()) {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("nothing was written in two minutes");
}

const GRID: [&str; 4] = ["--stack", "fog:0..1,rotate:-10|10", "--levels", "3"];

fn lights() -> Run {
    Run::new(&[&sample("traffic_lights")], &[&GRID[..], &["--stride", "2"]].concat(), "4")
}

#[test]
fn a_grid_in_shards_is_the_whole() {
    let run = lights();
    for (shards, killed) in [(1, 1), (2, 2), (3, 1), (7, 4)] {
        run.in_shards(shards, killed);
    }
}

#[test]
fn two_cameras_and_two_models_at_random_in_shards_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let drive = folder.path().join("drive.mcap");
    two_cameras(&drive);
    let (keeper, copy) = (model("lane_keeper"), folder.path().join("copy.onnx"));
    fs::copy(&keeper, &copy).unwrap();
    let models = ["--model", text(&keeper), "--model", text(&copy)];
    let stack = [
        "--stack",
        "brightness:-50..50,gaussian_noise:0..40",
        "--plan",
        "random",
        "--samples",
        "5",
        "--seeds",
        "1,7",
    ];
    let run = Run::new(&[&drive, &drive], &[&models[..], &stack[..]].concat(), "9");
    for (shards, killed) in [(1, 1), (2, 1), (3, 3), (7, 2)] {
        run.in_shards(shards, killed);
    }
    let plan: Value = serde_json::from_slice(&fs::read(run.at("plan/plan.json")).unwrap()).unwrap();
    assert_eq!(plan["recordings"][0]["channels"].as_array().unwrap().len(), 2);
    assert!(
        plan["parts"].as_array().unwrap().iter().all(|part| part["frames"].as_array().unwrap().len() == 2)
    );
}

#[test]
fn deep_test_has_the_error_of_the_whole_in_every_shard() {
    let drive = repo().join("tests/fixtures/data_sets/donkeycar");
    let keeper = model("lane_keeper");
    let claim = ["--claim", "deep_test", "--class", "steering", "--human", "user/angle"];
    let stack = ["--model", text(&keeper), "--stack", "brightness:0..100,rotate:0|15"];
    let run = Run::new(&[&drive], &[&stack[..], &claim[..]].concat(), "2");
    for (shards, killed) in [(1, 1), (2, 1), (3, 2), (7, 7)] {
        run.in_shards(shards, killed);
    }
    let plan: Value = serde_json::from_slice(&fs::read(run.at("plan/plan.json")).unwrap()).unwrap();
    assert!(plan["claim"]["params"]["mse"].as_f64().unwrap() > 0.0, "{}", plan["claim"]);
    // The table of a shard by --shard of one machine has the same claim.
    let subject = [&["sweep", text(&drive)], &stack[..], &claim[..]].concat();
    let part = run.at("part.parquet");
    ends(&[&subject[..], &["--shard", "1/2", "-o", text(&part)]].concat(), 0);
    assert_eq!(claim_of(&part), claim_of(&run.at("one.parquet")));
}

fn claim_of(table: &Path) -> Option<String> {
    let file = fs::File::open(table).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let about = reader.metadata().file_metadata().key_value_metadata().unwrap();
    about.iter().find(|entry| entry.key == "hardcase.claim").unwrap().value.clone()
}

#[test]
fn videos_by_pairs_in_shards_are_the_whole_and_cut_at_key_frames() {
    let videos = ["h264_b_frames.mp4", "h264_late_start.mp4"]
        .map(|name| repo().join("tests/fixtures/videos").join(name));
    let keeper = model("lane_keeper");
    let stack = ["--stack", "rotate:0|5,brightness:0|30,contrast:1|2", "--plan", "pairwise"];
    let run = Run::new(&[&videos[0], &videos[1]], &[&["--model", text(&keeper)], &stack[..]].concat(), "5");
    // Both have a key frame every 12 frames.
    let plan: Value = serde_json::from_slice(&fs::read(run.at("plan/plan.json")).unwrap()).unwrap();
    let frames: Vec<&Value> =
        plan["parts"].as_array().unwrap().iter().map(|part| &part["frames"][0]).collect();
    let expected = [[0, 12], [12, 24], [24, 30]].map(|part| json!(part));
    assert!(frames.chunks(3).all(|parts| parts.iter().copied().eq(&expected)), "{frames:?}");
    for (shards, killed) in [(1, 1), (2, 2), (3, 2), (7, 1)] {
        run.in_shards(shards, killed);
    }
}

#[test]
fn texts_and_scans_in_shards_are_the_whole() {
    let texts =
        Run::new(&[&sample("notes")], &["--stack", "all", "--levels", "2", "--plan", "one-at-a-time"], "9");
    let scans = Run::new(
        &[&sample("lidar")],
        &["--stack", "all", "--levels", "2", "--plan", "one-at-a-time", "--stride", "6"],
        "1",
    );
    for run in [texts, scans] {
        run.in_shards(3, 2);
    }
}

#[test]
fn two_runners_on_one_part_agree_or_say_so() {
    let run = lights();
    let place = run.place("two");
    let both = [(); 2].map(|()| started(&["sweep", text(&place), "--shard", "1/1"]));
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    run.equals_one(&place);

    let place = run.place("differs");
    fs::create_dir(place.join("parts")).unwrap();
    fs::write(place.join("parts/000000.parquet"), b"something else").unwrap();
    let said = ends(&["sweep", text(&place), "--shard", "1/2", "--no-stealing"], 3);
    assert!(said.contains("not deterministic") && said.contains("000000.parquet"), "{said}");
}

#[test]
fn who_has_nothing_left_takes_over_and_nobody_needs_work() {
    let run = lights();
    let place = run.place("one_of_three");
    let said = ends(&["sweep", text(&place), "--shard", "2/3"], 0);
    assert!(said.contains("of others"), "{said}");
    run.equals_one(&place);
    // All of it is done: a late shard ends at once, one without parts of its own, too.
    for shard in ["1/3", "40/40"] {
        let said = ends(&["sweep", text(&place), "--shard", shard], 0);
        assert!(said.contains("0 parts made"), "{said}");
    }
    let out = run.at("none.csv");
    let lights = sample("traffic_lights");
    let subject = [&["sweep", text(&lights)], &GRID[..], &["--stride", "40"]].concat();
    ends(&[&subject[..], &["--shard", "9/9", "-o", text(&out)]].concat(), 0);
    assert_eq!(fs::read_to_string(out).unwrap().lines().count(), 1, "a table without rows");
}

#[cfg(unix)]
#[test]
fn a_shard_that_is_asked_to_end_leaves_its_part() {
    let run = lights();
    let place = run.place("ended");
    let mut child = started(&["sweep", text(&place), "--shard", "1/1", "--jobs", "1"]);
    assert!(written(&place, &mut child));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", stderr(&output));
    let status = hardcase(&["status", text(&place), "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["complete"], false, "{status}");
    ends(&["sweep", text(&place), "--shard", "1/1"], 0);
    run.equals_one(&place);
}

fn edited(path: &Path, edit: impl Fn(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    edit(&mut value);
    fs::remove_file(path).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let run = lights();
    let sweep = |place: &Path, code| ends(&["sweep", text(place), "--shard", "1/2"], code);
    let merge = |place: &Path, more: &[&str], code| {
        let out = place.join("all.parquet");
        let said = ends(&[&["merge", text(place), "-o", text(&out)], more].concat(), code);
        assert_eq!(out.exists(), code == 0);
        said
    };
    // Another kind of processor, another version, another place, another model, another scheme.
    let place = run.place("level");
    edited(&place.join("plan.json"), |plan| plan["level"] = "x86_64+avx9000".into());
    assert!(sweep(&place, 4).contains("x86_64+avx9000"));
    let place = run.place("version");
    edited(&place.join("plan.json"), |plan| plan["version"] = "99.0.0".into());
    let said = sweep(&place, 2);
    assert!(said.contains("99.0.0") && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    let place = run.place("model");
    edited(&place.join("plan.json"), |plan| plan["models"][0]["sha256"] = "0".into());
    assert!(sweep(&place, 2).contains("the model is not the one that was planned"));
    let place = run.place("recording");
    edited(&place.join("plan.json"), |plan| plan["recordings"][0]["ends"] = "0".into());
    assert!(sweep(&place, 2).contains("the recording is not the one that was planned"));
    let place = run.place("damaged");
    fs::write(place.join("plan.json"), b"{").unwrap();
    assert!(sweep(&place, 2).contains("not a plan"));
    assert!(sweep(&run.at("nowhere"), 2).contains("hardcase plan"));
    assert!(sweep(Path::new("s9://bucket/run"), 2).contains("s9://"));
    assert!(ends(&["merge", "s9://bucket/run", "-o", "x.csv"], 2).contains("s9://"));
    let lights = sample("traffic_lights");
    let other = ["plan", text(&lights), "--stack", "fog", "--part-frames", "9", "-o", text(&run.at("plan"))]
        .map(str::to_owned);
    let said = ends(&other.each_ref().map(String::as_str), 2);
    assert!(said.contains("another run is planned here"), "{said}");

    // Parts that are missing, damaged, or of something else.
    let place = run.place("parts");
    assert!(merge(&place, &[], 3).contains("no part"));
    sweep(&place, 0);
    let state = place.join("parts/000001.state");
    let rows = place.join("parts/000001.parquet");
    let whole = (fs::read(&state).unwrap(), fs::read(&rows).unwrap());
    fs::remove_file(&state).unwrap();
    let said = merge(&place, &[], 3);
    assert!(said.contains(&format!("1 of {} parts are missing (1)", run.parts)), "{said}");
    assert!(merge(&place, &["--allow-missing"], 0).contains("missing: 1"));
    fs::remove_file(place.join("all.parquet")).unwrap();
    for (field, value, code, word) in [
        ("version", "99.0.0", 2, "99.0.0"),
        ("level", "pdp11", 2, "pdp11"),
        ("plan", "0", 2, "another plan"),
        ("sha256", "0", 3, "checksum"),
        ("channels", "0", 3, "damaged"),
    ] {
        fs::write(&state, &whole.0).unwrap();
        edited(&state, |state| state[field] = value.into());
        let said = merge(&place, &[], code);
        assert!(said.contains(word), "{field}: {said}");
    }
    fs::write(&state, &whole.0).unwrap();
    fs::remove_file(&rows).unwrap();
    assert!(merge(&place, &[], 3).contains("missing"));
    fs::write(&rows, &whole.1).unwrap();
    run.equals_one(&place);
}

#[test]
fn inputs_that_cannot_be_read_fail_a_part_only_if_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("images");
    fs::create_dir(&images).unwrap();
    for i in 0..12 {
        fs::write(images.join(format!("{i:02}.png")), numbered(i).to_png().unwrap()).unwrap();
    }
    let broken = fs::read(images.join("07.png")).unwrap();
    fs::write(images.join("07.png"), &broken[..broken.len() / 2]).unwrap();
    let keeper = model("lane_keeper");
    let run = Run::new(&[&images], &["--model", text(&keeper), "--stack", "fog", "--levels", "2"], "4");
    let place = run.place("strict");
    let said = ends(&["sweep", text(&place), "--most-problems", "1%"], 3);
    assert!(said.contains("1 of 4 inputs of part 1") && said.contains("1%"), "{said}");
    ends(&["sweep", text(&place), "--most-problems", "30%"], 0);
    run.equals_one(&place);
}

#[test]
fn progress_is_told_to_people_and_programs_and_a_machine_runs_all_shards() {
    let run = lights();
    let place = run.place("told");
    let metrics = run.at("run.prom");
    let told = || -> (Value, String) {
        let output = hardcase(&["status", text(&place), "--json", "--openmetrics", text(&metrics)]);
        assert!(output.status.success(), "{}", stderr(&output));
        (serde_json::from_slice(&output.stdout).unwrap(), fs::read_to_string(&metrics).unwrap())
    };
    let (status, text_of) = told();
    assert_eq!((&status["parts_done"], &status["missing"]), (&0.into(), &json!([[0, run.parts]])));
    assert!(text_of.ends_with("# EOF\n") && text_of.contains("hardcase_run_parts_done{"), "{text_of}");
    ends(&["submit", text(&place), "--for", "local", "-n", "3"], 0);
    let (status, text_of) = told();
    assert_eq!((&status["complete"], &status["frames"]), (&true.into(), &status["frames_done"]));
    let done = format!("}} {}\n", run.parts);
    assert!(text_of.lines().any(|line| format!("{line}\n").ends_with(&done)), "{text_of}");
    run.equals_one(&place);
    // CSV, too, is that of one machine.
    let csv = run.at("all.csv");
    ends(&["merge", text(&place), "-o", text(&csv)], 0);
    let one = run.at("one.csv");
    let lights = sample("traffic_lights");
    ends(&[&["sweep", text(&lights)], &GRID[..], &["--stride", "2", "-o", text(&one)]].concat(), 0);
    assert_eq!(fs::read(csv).unwrap(), fs::read(one).unwrap());
}

#[test]
fn manifests_are_refused_where_a_container_sees_nothing() {
    let run = lights();
    let place = run.place("manifests");
    let said = ends(&["submit", text(&place), "--for", "kubernetes", "-n", "4"], 2);
    assert!(said.contains("--volume"), "{said}");
    assert!(
        ends(&["submit", text(&place), "--for", "aws-batch", "-n", "1", "--volume", "fs=/"], 2)
            .contains("2 to 10000")
    );
    assert!(ends(&["submit", text(&place), "--for", "mainframe", "-n", "1"], 2).contains("kubernetes"));
}

/// Folder into which pip put kubernetes-validate and ray; none where it could not, which is said.
fn tools() -> Option<PathBuf> {
    let tools = std::env::var_os("HARDCASE_SCALE_TOOLS").map(PathBuf::from).filter(|path| path.is_dir());
    if tools.is_none() {
        println!(
            "skipped: HARDCASE_SCALE_TOOLS names no folder with kubernetes-validate and ray, tests/run.sh brings them"
        );
    }
    tools
}

fn python(tools: &Path) -> Command {
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", tools).env("RAY_USAGE_STATS_ENABLED", "0");
    command
}

#[test]
fn kubernetes_takes_the_manifest_strictly() {
    let Some(tools) = tools().filter(|tools| tools.join("kubernetes_validate").is_dir()) else { return };
    let run = lights();
    let place = run.place("kubernetes");
    let manifest = run.at("job.yaml");
    let volume = "data=/";
    let args = [
        "submit",
        text(&place),
        "--for",
        "kubernetes",
        "-n",
        "1000",
        "--parallel",
        "200",
        "--machines",
        "c7i.4xlarge",
    ];
    ends(&[&args[..], &["--volume", volume, "-o", text(&manifest)]].concat(), 0);
    for version in ["1.30", "1.31", "1.33"] {
        let mut command = python(&tools);
        command.args(["-c", "import sys, kubernetes_validate.utils as u, yaml; u.validate(yaml.safe_load(open(sys.argv[1])), sys.argv[2], strict=True)"]);
        let output = command.arg(&manifest).arg(version).output().unwrap();
        assert!(output.status.success(), "{version}: {}", stderr(&output));
    }
    // The validator finds what is wrong.
    let wrong = fs::read_to_string(&manifest).unwrap().replace("completionMode", "completionMood");
    fs::write(&manifest, wrong).unwrap();
    let mut command = python(&tools);
    command.args(["-c", "import sys, kubernetes_validate.utils as u, yaml; u.validate(yaml.safe_load(open(sys.argv[1])), '1.31', strict=True)"]);
    assert!(!command.arg(&manifest).output().unwrap().status.success());
}

/// The script runs on this machine; a worker of Ray is killed while its shard runs.
#[cfg(unix)]
#[test]
fn ray_runs_the_shards_although_a_worker_is_killed() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(tools) = tools().filter(|tools| tools.join("ray").is_dir()) else { return };
    let run = lights();
    let place = run.place("ray");
    let script = run.at("shards.py");
    ends(&["submit", text(&place), "--for", "ray", "-n", "3", "-o", text(&script)], 0);
    // The program behind a script that ends its first caller, which is the worker, and its own child.
    let (wrapper, killed) = (run.at("wrapper.sh"), run.at("killed"));
    let lines = format!(
        "#!/bin/sh\nif mkdir '{}' 2>/dev/null; then '{PROGRAM}' \"$@\" & sleep 1; kill -9 $PPID $!; exit 1; fi\nexec '{PROGRAM}' \"$@\"\n",
        killed.display()
    );
    fs::write(&wrapper, lines).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let source = fs::read_to_string(&script).unwrap();
    assert!(source.contains(PROGRAM), "{source}");
    fs::write(&script, source.replace(PROGRAM, text(&wrapper))).unwrap();
    let output = python(&tools).arg(&script).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(output.status.success() && said.contains("3 shards are done"), "{said}");
    assert!(killed.exists(), "no worker was killed: {said}");
    run.equals_one(&place);
}
