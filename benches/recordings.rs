//! A large recording: open, first picture, random pictures, all numbers, memory. The same questions are asked of
//! the Python package `mcap` with OpenCV and simplejpeg in the same run, where they are installed.
//!
//! `cargo run --release --no-default-features --example make_drive -- drive.mcap 100 zstd`
//! `HARDCASE_DRIVE=drive.mcap cargo bench --no-default-features --bench recordings`
#![expect(clippy::print_stdout, reason = "a report for the terminal")]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use cpu_time::ProcessTime;
use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::clips::{self, Clip};
use hardcase::data::clip::{ChannelId, ChannelKind, Sample};
use hardcase::data::image::Image;

const SEEKS: usize = 200;
const ROUNDS: usize = 7;

fn main() -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("HARDCASE_DRIVE").map(PathBuf::from) else {
        println!(
            "recordings: skipped, set HARDCASE_DRIVE to a file that tests/fixtures/make/make_drive.rs wrote"
        );
        return Ok(());
    };
    let bytes = std::fs::metadata(&path).with_context(|| path.display().to_string())?.len();
    println!("{} ({:.2} GB), CPU time in ms", path.display(), bytes as f64 / 1e9);
    let mut opened: Vec<f64> = Vec::new();
    let mut first: Vec<f64> = Vec::new();
    for _ in 0..ROUNDS {
        let start = ProcessTime::now();
        let clip = clips::open(&path)?;
        opened.push(millis(start));
        clip.picture(cameras(&*clip)?[0], 0)?;
        first.push(millis(start));
    }
    let (opened, first) = (best(&opened), best(&first));
    println!("open                         {opened:8.1}");
    println!("first picture since open     {first:8.1}   aim 60");
    let clip = clips::open(&path)?;
    let (start, clock) = (ProcessTime::now(), std::time::Instant::now());
    clip.index(&Progress::default())?;
    let index = millis(start);
    println!("all places and numbers       {index:8.0}   waited {:.0}", clock.elapsed().as_secs_f64() * 1e3);
    let start = ProcessTime::now();
    let count = iterate(&path)?;
    println!("crate mcap, its own iterator {:8.0}   {count} messages", millis(start));
    seeks(&*clip)?;
    println!(
        "anonymous memory             {:8.0} MB (decoded pictures are dropped at once)",
        anonymous_mb()?
    );
    peer(&path);
    Ok(())
}

/// Every message by the iterator of the crate `mcap` over the mapped file.
fn iterate(path: &Path) -> anyhow::Result<usize> {
    let file = std::fs::File::open(path)?;
    #[expect(unsafe_code, reason = "mapping a file that nobody changes during the bench")]
    // SAFETY: the map is read only and ends with this function.
    let bytes = unsafe { memmap2::Mmap::map(&file) }?;
    let mut count = 0;
    for message in mcap::MessageStream::new(&bytes)? {
        message?;
        count += 1;
    }
    Ok(count)
}

/// Random pictures, and what decoding the same JPEGs alone costs.
fn seeks(clip: &dyn Clip) -> anyhow::Result<()> {
    let cameras = cameras(clip)?;
    let rng = Rng::new(1);
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for i in 0..SEEKS {
        let camera = cameras[i % cameras.len()];
        let frame = rng.at(i as u64) as usize % clip.times(camera).len().max(1);
        let start = ProcessTime::now();
        let image = clip.picture(camera, frame)?;
        whole.push(millis(start));
        // The same picture as a JPEG of the same size: what no reader can do without.
        let jpeg = jpeg(&image)?;
        let start = ProcessTime::now();
        drop(Image::decode(&jpeg)?);
        alone.push(millis(start));
    }
    let (p50, p95) = (part(&mut whole, 0.5), part(&mut whole, 0.95));
    let (jpeg50, jpeg95) = (part(&mut alone, 0.5), part(&mut alone, 0.95));
    println!("random picture p50 / p95     {p50:8.1} / {p95:.1}");
    println!("JPEG alone p50 / p95         {jpeg50:8.1} / {jpeg95:.1}");
    println!("ratio of the p95             {:8.2}   aim 1.3", p95 / jpeg95);
    if let Some((lidar, _)) = clip.info().of_kind(ChannelKind::Points).next() {
        let mut scans = Vec::new();
        for i in 0..50 {
            let scan = rng.at(10_000 + i) as usize % clip.times(lidar).len().max(1);
            let start = ProcessTime::now();
            let Sample::Points(cloud) = clip.read(lidar, scan)? else { anyhow::bail!("no points") };
            scans.push(millis(start));
            drop(cloud);
        }
        println!(
            "random scan p50 / p95        {:8.1} / {:.1}",
            part(&mut scans, 0.5),
            part(&mut scans, 0.95)
        );
    }
    Ok(())
}

fn jpeg(image: &Image) -> anyhow::Result<Vec<u8>> {
    let (width, height) = image.size();
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 88).encode(
        image.pixels(),
        width,
        height,
        image::ExtendedColorType::Rgb8,
    )?;
    Ok(jpeg)
}

fn cameras(clip: &dyn Clip) -> anyhow::Result<Vec<ChannelId>> {
    let cameras: Vec<ChannelId> = clip.info().of_kind(ChannelKind::Camera).map(|(id, _)| id).collect();
    anyhow::ensure!(!cameras.is_empty(), "the recording has no camera");
    Ok(cameras)
}

fn millis(start: ProcessTime) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn best(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 - 1.0) * part).round() as usize).copied().unwrap_or(f64::NAN)
}

fn anonymous_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// The Python reader on the same file.
fn peer(path: &Path) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peer_mcap.py");
    let python = std::env::var("HARDCASE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(&python).arg(script).arg(path).output();
    match output {
        Ok(output) if output.status.success() => print!("{}", String::from_utf8_lossy(&output.stdout)),
        _ => println!("peer: skipped, {python} has no packages mcap and opencv-python-headless"),
    }
}
