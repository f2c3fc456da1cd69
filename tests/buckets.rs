//! Folders, projects, suites, models and runs in object storage; and the same against another program's S3.
#![cfg(feature = "cloud")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod common;
#[path = "common/scene.rs"]
mod scene;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{app, sample, send, try_send};
use hardcase::app::command::Command as AppCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::data::clip::ChannelKind;
use hardcase::data::clip::Sample;
use scene::bucket::{Bucket, traffic};
use scene::{Scene, drive, long_drive, noise, text};

fn lights() -> std::path::PathBuf {
    sample("traffic_lights/models/traffic_light_state.onnx")
}

/// Puts every file of a folder below a prefix.
fn put_folder(scene: &Scene, folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let at = format!("{prefix}/{name}");
        if entry.path().is_dir() {
            put_folder(scene, &entry.path(), &at);
        } else if entry.path().extension().is_none_or(|ending| ending != "db") {
            scene.bucket.put(&at, fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_folder_is_its_recordings() {
    let scene = Scene::new();
    for name in ["a.mcap", "b.mcap", "notes.txt", "deep/c.mcap"] {
        scene.bucket.put(&format!("/b/drives/{name}"), drive(true));
    }
    let told = scene.ends(&["info", "s3://b/drives/"], 0);
    assert_eq!(told, "s3://b/drives/a.mcap\ns3://b/drives/b.mcap\n");
    assert_eq!(scene.ends(&["info", "s3://b/drives"], 0), told);
    let model = lights();
    let rows = |place: &str| {
        let output = scene.run(&["predict", place, "--model", text(&model)]);
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    assert_eq!((rows("s3://b/drives/"), rows("s3://b/drives/a.mcap")), (240, 120));
}

#[test]
fn models_and_suites_are_copied_into_the_cache() {
    let scene = Scene::new();
    let folder = sample("traffic_lights");
    put_folder(&scene, &folder.join("models"), "/b/models");
    put_folder(&scene, &folder.join("suites/lights"), "/b/suites/lights");
    let model = "s3://b/models/traffic_light_state.onnx";
    let predicted = |model: &str| scene.run(&["predict", text(&scene.local), "--model", model]).stdout;
    assert!(predicted(model) == predicted(text(&lights())));
    let local = scene.run(&["test", text(&folder.join("suites/lights")), "--model", text(&lights())]);
    let remote = scene.run(&["test", "s3://b/suites/lights", "--model", model]);
    assert_eq!(remote.status.code(), local.status.code());
    let last = |output: &std::process::Output| {
        let text = scene::shown(output);
        text.lines().rfind(|line| line.contains("pass")).unwrap_or_default().to_owned()
    };
    assert_eq!(last(&remote), last(&local));
    let told = scene.ends(&["test", "s3://b/suites/lights", "--model", "s3://b/models/none.onnx"], 3);
    assert!(told.contains("there is no such object (NoSuchKey)"), "{told}");
}

#[test]
fn a_project_refers_to_what_lies_beside_it() {
    let scene = Scene::new();
    scene.bucket.put(
        "/b/p/hardcase.toml",
        b"name = \"Far\"\n[[clips]]\nname = \"one\"\npath = \"../drive.mcap\"\n".to_vec(),
    );
    let told = scene.ends(&["info", "s3://b/p/"], 0);
    assert!(told.contains("s3://b/drive.mcap") && !told.contains("missing"), "{told}");
    let model = lights();
    let predicted = |place: &str| scene.run(&["predict", place, "--model", text(&model)]).stdout;
    assert!(predicted("s3://b/p/") == predicted("s3://b/drive.mcap"));
}

#[test]
fn shards_write_into_a_bucket() {
    let scene = Scene::new();
    let model = lights();
    let subject =
        ["s3://b/drive.mcap", "--model", text(&model), "--stack", "brightness:-80..80", "--every", "10"];
    let at = |name: &str| scene.place.path().join(name);
    let one = at("one.parquet");
    scene.ends(&[&["sweep"], &subject[..], &["-o", text(&one)]].concat(), 0);
    let plan = [&["plan"], &subject[..], &["-o", "s3://b/runs/1", "--part-frames", "4"]].concat();
    scene.ends(&plan, 0);
    let waiting = scene.ends(&["status", "s3://b/runs/1"], 0);
    for shard in ["1/2", "2/2", "1/2"] {
        scene.ends(&["sweep", "s3://b/runs/1", "--shard", shard], 0);
    }
    assert_ne!(scene.ends(&["status", "s3://b/runs/1"], 0), waiting);
    let merged = at("merged.parquet");
    scene.ends(&["merge", "s3://b/runs/1", "-o", text(&merged)], 0);
    assert!(fs::read(&merged).unwrap() == fs::read(&one).unwrap(), "the merge is what one machine writes");
    let seen = scene.bucket.seen();
    let puts: Vec<_> = seen.iter().filter(|one| one.method == "PUT").collect();
    assert!(puts.len() > 4 && puts.iter().all(|one| one.headers["if-none-match"] == "*"));
    // Another object at the same place is not what was planned.
    scene.bucket.put("/b/drive.mcap", drive(true));
    let told = scene.ends(&["sweep", "s3://b/runs/1", "--shard", "1/1"], 0);
    assert!(!told.contains("changed"), "all parts are done: {told}");
    let told = scene
        .ends(&["plan", "s3://b/drive.mcap", "--model", text(&model), "--stack", "rain", "-o", "s3://b"], 2);
    assert!(told.contains("name a folder of the bucket"), "{told}");
    let told = scene.ends(&["status", "https://h/run"], 2);
    assert!(told.contains("a run cannot lie at https://"), "{told}");
}

/// The real S3 of somebody else's program, where `tests/run.sh` brought it.
struct Moto {
    child: Child,
    port: u16,
}

impl Moto {
    fn start() -> Option<Self> {
        let tools = std::env::var_os("HARDCASE_CLOUD_TOOLS")?;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(Path::new(&tools).join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let moto = Self { child, port };
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < Duration::from_mins(1), "moto does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(moto)
    }

    fn command(&self, scene: &Scene) -> Command {
        let mut command = scene.command();
        command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_REGION", "us-east-1");
        command
    }

    fn ends(&self, scene: &Scene, args: &[&str], code: i32) -> String {
        let output = self.command(scene).args(args).output().unwrap();
        let told = scene::shown(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        told
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn the_s3_of_somebody_else_understands() {
    let Some(moto) = Moto::start() else {
        println!("SKIPPED: HARDCASE_CLOUD_TOOLS names no place with moto");
        return;
    };
    let scene = Scene::new();
    // Buckets and objects by plain requests, which moto takes without a signature.
    let put = |path: &str, bytes: Vec<u8>| {
        let url = format!("http://127.0.0.1:{}{path}", moto.port);
        let request = ureq::put(&url).header("Authorization", "AWS4-HMAC-SHA256 Credential=key/20261201/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x");
        request.send(&bytes[..]).unwrap();
    };
    put("/bucket", Vec::new());
    put("/bucket/drives/one.mcap", drive(true));
    put("/bucket/drives/two.mcap", drive(true));
    let local = scene.frame(text(&scene.local), &["--index", "20"]);
    let output = scene.place.path().join("moto.png");
    moto.ends(&scene, &["frame", "s3://bucket/drives/one.mcap", "--index", "20", "-o", text(&output)], 0);
    assert_eq!(fs::read(&output).unwrap(), local);
    let told = moto.ends(&scene, &["info", "s3://bucket/drives/"], 0);
    assert_eq!(told, "s3://bucket/drives/one.mcap\ns3://bucket/drives/two.mcap\n");
    let told = moto.ends(&scene, &["info", "s3://bucket/none.mcap"], 3);
    assert!(told.contains("there is no such object (NoSuchKey)"), "{told}");
    let told = moto.ends(&scene, &["info", "s3://elsewhere/none.mcap"], 3);
    assert!(told.contains("there is no such object (NoSuchBucket)"), "{told}");
    let model = lights();
    let subject =
        ["s3://bucket/drives/", "--model", text(&model), "--stack", "brightness:-80..80", "--every", "20"];
    moto.ends(
        &scene,
        &[&["plan"], &subject[..], &["-o", "s3://bucket/run", "--part-frames", "4"]].concat(),
        0,
    );
    for shard in ["2/2", "1/2"] {
        moto.ends(&scene, &["sweep", "s3://bucket/run", "--shard", shard], 0);
    }
    let (merged, one) = (scene.place.path().join("merged.parquet"), scene.place.path().join("one.parquet"));
    moto.ends(&scene, &["merge", "s3://bucket/run", "-o", text(&merged)], 0);
    moto.ends(&scene, &[&["sweep"], &subject[..], &["-o", text(&one)]].concat(), 0);
    assert!(fs::read(&merged).unwrap() == fs::read(&one).unwrap());
}

/// Runs a test of this file in a process of its own with a cache and an endpoint; true within that process.
fn is_within(test: &str) -> bool {
    if std::env::var_os("HARDCASE_TEST_WITHIN").is_some() {
        return true;
    }
    let cache = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("HARDCASE_TEST_WITHIN", port.to_string())
        .env("HARDCASE_CACHE", cache.path())
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    println!("{}", scene::shown(&output));
    assert!(output.status.success());
    false
}

#[test]
fn the_window_opens_addresses() {
    if !is_within("the_window_opens_addresses") {
        return;
    }
    let bucket = Bucket::start_at(std::env::var("HARDCASE_TEST_WITHIN").unwrap().parse().unwrap());
    for name in ["a", "b"] {
        bucket.put(&format!("/b/drives/{name}.mcap"), drive(true));
    }
    let home = tempfile::tempdir().unwrap();
    let mut app = app(home.path());
    let open = |path: &str| AppCommand::Open(OpenCommand::Paths(vec![path.into()]));
    send(&mut app, open("s3://b/drives/a.mcap"));
    let clip = app.open.clip.as_ref().unwrap();
    assert_eq!(clip.path, Path::new("s3://b/drives/a.mcap"));
    let signals = |app: &hardcase::app::App| {
        let info = &app.open.clip.as_ref().unwrap().info;
        info.of_kind(ChannelKind::Signal).filter(|(_, channel)| channel.name.starts_with("/car")).count()
    };
    assert_eq!(signals(&app), 0, "the file is not read as a whole");
    assert!(app.notices.list().iter().any(|notice| notice.text.contains("Read all signals")));
    // Every image is there, and the last one is right.
    let (camera, channel) = clip.info.of_kind(ChannelKind::Camera).next().unwrap();
    assert_eq!(channel.samples, 60);
    assert!(matches!(clip.clip.read(camera, 59).unwrap(), Sample::Image(image) if image == noise(118)));
    let (_, bytes) = traffic(&bucket.seen());
    assert!(bytes < drive(true).len(), "{bytes}");
    // A project of this machine has the tags.
    let project = app.project().unwrap();
    assert!(project.folder.starts_with(home.path()), "{}", project.folder.display());
    assert_eq!(project.clips[0].path, Path::new("s3://b/drives/a.mcap"));
    send(&mut app, AppCommand::Open(OpenCommand::ReadSignals));
    assert_eq!(signals(&app), 1);
    // A folder is a project of its recordings, the same one whenever it is opened.
    send(&mut app, AppCommand::Open(OpenCommand::Close));
    for _ in 0..2 {
        send(&mut app, open("s3://b/drives/"));
        let names: Vec<&str> = app.project().unwrap().clips.iter().map(|clip| clip.name.as_str()).collect();
        assert_eq!(names, ["a.mcap", "b.mcap"]);
        assert!(app.open.clip.is_some());
    }
    let secret = bucket.url("/b/none.mcap?X-Amz-Signature=hunter2");
    send(&mut app, AppCommand::Open(OpenCommand::Close));
    let errors = try_send(&mut app, open(&secret));
    assert!(errors[0].contains("there is no such object") && !errors[0].contains("hunter2"), "{errors:?}");
}

/// Frames of one camera in turn: chunks come ahead of whoever plays, and a jump fetches one.
#[test]
fn playing_fetches_ahead_and_jumps_do_not() {
    if !is_within("playing_fetches_ahead_and_jumps_do_not") {
        return;
    }
    let bucket = Bucket::start_at(std::env::var("HARDCASE_TEST_WITHIN").unwrap().parse().unwrap());
    bucket.put("/b/drive.mcap", drive(true));
    let clip = hardcase::clips::open(Path::new("s3://b/drive.mcap")).unwrap();
    assert_eq!(bucket.seen().len(), 2, "the first image");
    clip.index_samples(&hardcase::base::progress::Progress::default()).unwrap();
    let (camera, _) = clip.info().of_kind(ChannelKind::Camera).next().map(|(id, c)| (id, c.clone())).unwrap();
    bucket.seen();
    for index in [40, 20, 55] {
        assert!(clip.picture(camera, index).unwrap() == noise(2 * index as u64));
        let (requests, bytes) = traffic(&bucket.seen());
        assert!(requests <= 1 && bytes < 400_000, "{requests} requests, {bytes} bytes");
    }
    for index in 0..60 {
        assert!(clip.picture(camera, index).unwrap() == noise(2 * index as u64));
    }
    let (requests, bytes) = traffic(&bucket.seen());
    assert!(bytes < drive(true).len() * 6 / 5, "{bytes} bytes in {requests} requests");
}

/// What a recording of 300 MB costs, printed for the book of figures.
#[test]
fn a_long_drive_costs_what_is_looked_at() {
    if !is_within("a_long_drive_costs_what_is_looked_at") {
        return;
    }
    let bucket = Bucket::start_at(std::env::var("HARDCASE_TEST_WITHIN").unwrap().parse().unwrap());
    let bytes = long_drive();
    let size = bytes.len();
    bucket.put("/b/drive.mcap", bytes);
    let told = |what: &str| {
        let (requests, bytes) = traffic(&bucket.seen());
        println!("{what}: {requests} requests, {:.2} MB of {} MB", bytes as f64 / 1e6, size / 1_000_000);
        (requests, bytes)
    };
    let clip = hardcase::clips::open(Path::new("s3://b/drive.mcap")).unwrap();
    let (camera, _) = clip.info().of_kind(ChannelKind::Camera).next().map(|(id, c)| (id, c.clone())).unwrap();
    clip.picture(camera, 0).unwrap();
    let (requests, first) = told("first image");
    assert!(requests == 2 && first <= 3_000_000);
    clip.index_samples(&hardcase::base::progress::Progress::default()).unwrap();
    let (_, lists) = told("lists of messages");
    // A list lies in a block of 64 KiB, and there is one behind each chunk.
    assert!(lists < size / 10);
    for index in [150, 30, 290] {
        clip.picture(camera, index).unwrap();
        let (requests, bytes) = told("random image");
        assert!(requests <= 1 && bytes <= 2_500_000);
    }
    for index in 200..230 {
        clip.picture(camera, index).unwrap();
    }
    told("30 images in turn, with what was fetched ahead");
}
