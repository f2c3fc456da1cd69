//! What must not grow with the length of a drive: the listing of a folder, scrubbing a long video, a recording without
//! an index, memory while scrubbing from end to end; and the decoding of JPEG beside libjpeg-turbo's own.
//!
//! `cargo bench --no-default-features --bench media [-- folder|jpeg|video|unindexed|memory]`
//!
//! Files are made in `HARDCASE_BENCH_FOLDER` (a temporary folder when unset) and kept for the next run there.
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use cpu_time::ProcessTime;
use hardcase::app::App;
use hardcase::app::command::Command as Order;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::app::session::Session;
use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::base::time::{Span, Time};
use hardcase::clips;
use hardcase::data::clip::{ChannelId, ChannelKind};
use hardcase::data::image::Image;

type Bench = fn(&Path) -> anyhow::Result<()>;

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let [first, path] = asked.as_slice()
        && first == "scrub"
    {
        return scrub(Path::new(path));
    }
    let temporary = tempfile::tempdir()?;
    let folder =
        std::env::var_os("HARDCASE_BENCH_FOLDER").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let benches: [(&str, Bench); 5] = [
        ("folder", image_folder),
        ("jpeg", jpeg),
        ("video", video),
        ("unindexed", unindexed),
        ("memory", memory),
    ];
    for (name, bench) in benches {
        if asked.is_empty() || asked.iter().any(|wanted| wanted == name) {
            println!("== {name}");
            bench(&folder)?;
        }
    }
    Ok(())
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 - 1.0) * part).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Runs a script of Python for a peer; says so when it cannot.
fn python(script: &str, args: &[&Path]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(script);
    let python = std::env::var("HARDCASE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match Command::new(&python).arg(&script).args(args).output() {
        Ok(output) if output.status.success() => print!("{}", String::from_utf8_lossy(&output.stdout)),
        _ => println!("peer skipped: {python} cannot run {}", script.display()),
    }
}

/// 100,000 pictures in a folder: the time until the first one is on screen.
fn image_folder(folder: &Path) -> anyhow::Result<()> {
    const PICTURES: usize = 100_000;
    let place = folder.join("pictures");
    if !place.is_dir() {
        fs::create_dir_all(&place)?;
        let first = folder.join("picture.png");
        fs::write(&first, Image::filled(64, 48, [9, 99, 199]).to_png()?)?;
        for n in 0..PICTURES {
            fs::hard_link(&first, place.join(format!("frame_{n}.png")))
                .or_else(|_| fs::copy(&first, place.join(format!("frame_{n}.png"))).map(drop))?;
        }
    }
    let mut taken = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let clip = clips::open(&place)?;
        clip.picture(ChannelId(0), 0)?;
        taken.push(millis(start));
        anyhow::ensure!(clip.times(ChannelId(0)).len() == PICTURES, "pictures are missing");
    }
    println!("{PICTURES} pictures listed, first shown  {:8.0} ms wall   aim 1000", part(&mut taken, 0.5));
    Ok(())
}

/// A JPEG as a camera sends it, by us and by simplejpeg (libjpeg-turbo) one after the other.
fn jpeg(folder: &Path) -> anyhow::Result<()> {
    let noise = Rng::new(5);
    let pixels = (0..1280 * 720).flat_map(|i: u64| {
        let (x, y) = ((i % 1280) as f64, (i / 1280) as f64);
        let wave = 90.0 * libm::sin(x / 37.0) * libm::cos(y / 23.0) + (noise.at(i) % 24) as f64;
        [128.0 + wave, 110.0 + wave / 2.0, 140.0 - wave].map(|v| v as u8)
    });
    let picture = Image::from_rgb(1280, 720, pixels.collect()).context("no picture")?;
    let path = folder.join("camera.jpg");
    fs::write(&path, picture.to_jpeg(90)?)?;
    let bytes = fs::read(&path)?;
    let mut taken = Vec::new();
    for _ in 0..60 {
        let start = ProcessTime::now();
        drop(Image::decode(&bytes)?);
        taken.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!(
        "1280x720 JPEG of {} KB      p50 {:6.2} ms CPU, best {:.2}",
        bytes.len() / 1024,
        part(&mut taken, 0.5),
        part(&mut taken, 0.0)
    );
    python("peer_jpeg.py", &[&path]);
    Ok(())
}

/// A video of 70,000 frames: open, scrub back and forth, random places.
fn video(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("long.mp4");
    if !path.is_file() {
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args([
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=640x360:rate=30",
            "-frames:v",
            "70000",
        ]);
        ffmpeg.args([
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-bf",
            "2",
            "-g",
            "60",
            "-pix_fmt",
            "yuv420p",
        ]);
        if !ffmpeg.arg(&path).status().is_ok_and(|status| status.success()) {
            println!("skipped: it takes ffmpeg to make the video");
            return Ok(());
        }
    }
    let start = Instant::now();
    let clip = clips::open(&path)?;
    let frames = clip.times(ChannelId(0)).len();
    clip.picture(ChannelId(0), 0)?;
    println!("{frames} frames of 640x360: open and first picture {:8.1} ms wall", millis(start));
    let mut random = Vec::new();
    let rng = Rng::new(3);
    for i in 0..60 {
        let start = Instant::now();
        clip.picture(ChannelId(0), rng.at(i) as usize % frames)?;
        random.push(millis(start));
    }
    let (mut forward, mut back) = (Vec::new(), Vec::new());
    for (taken, step) in [(&mut forward, 1_i64), (&mut back, -1)] {
        let mut at = frames as i64 / 2;
        clip.picture(ChannelId(0), at as usize)?;
        for _ in 0..300 {
            at += step;
            let start = Instant::now();
            clip.picture(ChannelId(0), at as usize)?;
            taken.push(millis(start));
        }
    }
    for (name, taken) in
        [("random place", &mut random), ("one step forward", &mut forward), ("one step back", &mut back)]
    {
        let (p50, p95, worst) = (part(taken, 0.5), part(taken, 0.95), part(taken, 1.0));
        println!("{name:<20} p50 {p50:7.1}  p95 {p95:7.1}  worst {worst:7.1} ms wall");
    }
    Ok(())
}

/// Writes a drive, unless it is there from the last run.
fn drive(folder: &Path, seconds: u64) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("drive_{seconds}.mcap"));
    if !path.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut make = Command::new(cargo);
        make.args(["run", "-q", "--release", "--no-default-features", "--example", "make_drive", "--"]);
        make.arg(&path).args([&seconds.to_string(), "zstd"]);
        anyhow::ensure!(make.status()?.success(), "the drive could not be written");
    }
    Ok(path)
}

/// A recording of 2 GB that was not closed: usable while its index is being built.
fn unindexed(folder: &Path) -> anyhow::Result<()> {
    let whole = drive(folder, 76)?;
    let path = folder.join("unindexed.mcap");
    if !path.is_file() {
        fs::copy(&whole, &path)?;
        // The summary lies at the end; without the last bytes nobody finds it.
        let file = fs::OpenOptions::new().write(true).open(&path)?;
        file.set_len(file.metadata()?.len() - 100)?;
    }
    let bytes = fs::metadata(&path)?.len();
    let start = Instant::now();
    let clip = clips::open(&path)?;
    let info = clip.info();
    let shown = info.of_kind(ChannelKind::Camera).find(|(_, camera)| camera.samples > 0);
    let camera = shown.context("no picture yet")?.0;
    clip.picture(camera, 0)?;
    println!("{:.2} GB without an index: first picture {:8.1} ms wall", bytes as f64 / 1e9, millis(start));
    let done = Arc::new(AtomicBool::new(false));
    let (indexing, ended) = (Arc::clone(&clip), Arc::clone(&done));
    let start = Instant::now();
    let thread = std::thread::spawn(move || {
        let outcome = indexing.index(&Progress::default());
        ended.store(true, Ordering::SeqCst);
        outcome
    });
    let (mut taken, rng, mut i) = (Vec::new(), Rng::new(9), 0);
    while !done.load(Ordering::SeqCst) {
        let known = clip.times(camera).len().max(1);
        let read = Instant::now();
        clip.picture(camera, rng.at(i) as usize % known)?;
        taken.push(millis(read));
        i += 1;
    }
    thread.join().map_err(|fault| anyhow::anyhow!("the index stopped: {fault:?}"))??;
    println!(
        "whole index {:8.0} ms wall; {} pictures meanwhile, p50 {:.1}, p95 {:.1}, worst {:.1} ms wall",
        millis(start),
        taken.len(),
        part(&mut taken, 0.5),
        part(&mut taken, 0.95),
        part(&mut taken, 1.0)
    );
    Ok(())
}

/// Anonymous memory of the program after scrubbing from end to end, at 1, 4 and 16 times the length.
fn memory(folder: &Path) -> anyhow::Result<()> {
    for seconds in [6, 24, 96] {
        let path = drive(folder, seconds)?;
        let output = Command::new(std::env::current_exe()?).arg("scrub").arg(&path).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = fs::metadata(&path)?.len() as f64 / 1e9;
        print!("{bytes:6.2} GB: {}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

/// In a process of its own: opens a drive as the window does and goes through it from end to end.
fn scrub(path: &Path) -> anyhow::Result<()> {
    const STOPS: i64 = 300;
    let home = tempfile::tempdir()?;
    let mut app = App::new(Session::load_from(Some(home.path().to_owned())), Arc::new(|| {}));
    app.only_when_asked = true;
    app.dispatch(Order::Open(OpenCommand::Paths(vec![path.to_owned()])));
    app.settle(3);
    let range = app.open.playback.range;
    let mut most: f64 = 0.0;
    for stop in 0..=STOPS {
        let at = Time(range.start.0 + range.span().0 / STOPS * stop);
        app.dispatch(Order::Play(PlayCommand::Seek(at)));
        while app.open.frames.busy() {
            app.poll(Span(0));
            std::thread::yield_now();
        }
        most = most.max(anonymous_mb()?);
    }
    println!("{most:5.0} MB anonymous at most, {STOPS} stops   aim 300");
    // A project that was made for the bench beside the drive.
    let beside = path.with_extension("hardcase");
    drop(app);
    if beside.is_dir() {
        fs::remove_dir_all(beside)?;
    }
    Ok(())
}

fn anonymous_mb() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}
