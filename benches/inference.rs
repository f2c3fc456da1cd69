//! Throughput of ONNX Runtime through us against its own Python package: the runs alone, and a recording from files to
//! answers; the same library, threads and batch, in turns within one run.
//!
//! `HARDCASE_PYTHON=python ORT_DYLIB_PATH=... HARDCASE_MODEL=a.onnx,b.onnx cargo bench --no-default-features --bench inference`:
//! models that look at one picture; Python needs onnxruntime of the same version and OpenCV.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a benchmark for people")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use hardcase::base::parallel::in_order;
use hardcase::base::rng::Rng;
use hardcase::clips;
use hardcase::data::clip::ChannelId;
use hardcase::data::image::Image;
use hardcase::inference::Tensor;
use hardcase::inference::backend::Backend;
use hardcase::inference::card::Layout;
use hardcase::inference::model::Model;

const PICTURES: usize = 40;
/// Turns of both sides; the best of each counts.
const ROUNDS: usize = 9;
/// Seconds of one turn, about.
const TURN_S: f64 = 1.0;

struct Peer {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Peer {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn seconds(&mut self, what: &str, count: usize) -> f64 {
        writeln!(self.to, "{what} {count}").unwrap();
        self.line().parse().unwrap()
    }
}

fn timed(mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

fn main() {
    let (Some(python), Ok(models)) = (std::env::var_os("HARDCASE_PYTHON"), std::env::var("HARDCASE_MODEL"))
    else {
        eprintln!(
            "SKIPPED: HARDCASE_PYTHON and HARDCASE_MODEL name no Python with onnxruntime and no models"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for number in 0..PICTURES as u64 {
        let rng = Rng::split(1, number);
        let pixels = (0..1280 * 720 * 3_u64)
            .map(|i| ((i / 3840 / 3 + number * 9) as u8).wrapping_add((rng.at(i / 17) & 63) as u8))
            .collect();
        let jpeg = Image::from_rgb(1280, 720, pixels).unwrap().to_jpeg(90).unwrap();
        std::fs::write(folder.path().join(format!("{number:04}.jpg")), jpeg).unwrap();
    }
    let most = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for model in models.split(',') {
        for threads in [1, most] {
            for batch in [1, 8] {
                measure(python.as_ref(), model, threads, batch, folder.path());
            }
        }
    }
}

fn measure(python: &Path, path: &str, threads: usize, batch: usize, folder: &Path) {
    let name = Path::new(path).file_stem().unwrap().to_string_lossy().into_owned();
    let kind = Backend::named(&format!("onnxruntime:threads={threads},batch={batch}")).unwrap();
    let model = match Model::load(path.as_ref(), &kind, threads) {
        Ok(model) => model,
        Err(err) => return println!("{name:<24} {threads} threads, batch {batch}: left out, {err}"),
    };
    let (card, graph) = (&model.card.input, kind.graph(path.as_ref(), threads).unwrap());
    let (width, height) = (card.width as usize, card.height as usize);
    let (layout, shape) = match card.layout {
        Layout::Nchw => ("NCHW", vec![batch, 3, height, width]),
        Layout::Nhwc => ("NHWC", vec![batch, height, width, 3]),
    };
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/inference_peer.py"))
        .args([path, &threads.to_string(), &batch.to_string()])
        .arg(folder)
        .args([width.to_string(), height.to_string(), layout.to_owned()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peer =
        Peer { to: child.stdin.take().unwrap(), from: BufReader::new(child.stdout.take().unwrap()) };
    let version = peer.line();
    let rng = Rng::split(2, 0);
    let count = shape.iter().product::<usize>();
    let data = (0..count as u64).map(|i| (rng.at(i) & 0xffff) as f32 / 32768.0 - 1.0).collect();
    let numbers = Tensor { name: card.name.clone(), shape, data };
    graph.run(std::slice::from_ref(&numbers)).unwrap();
    let turns = (TURN_S / timed(|| drop(graph.run(std::slice::from_ref(&numbers)).unwrap()))).ceil().max(1.0)
        as usize;
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        ours = ours
            .min(timed(|| (0..turns).for_each(|_| drop(graph.run(std::slice::from_ref(&numbers)).unwrap()))));
        theirs = theirs.min(peer.seconds("run", turns));
    }
    let rate = |seconds: f64| (turns * batch) as f64 / seconds;
    println!(
        "{name:<24} {threads} threads, batch {batch}: {:.1} a second, ONNX Runtime {version} {:.1}, ratio {:.3} (aim 0.97)",
        rate(ours),
        rate(theirs),
        theirs / ours
    );
    if batch == 1 {
        from_files(&name, path, threads, folder, &mut peer);
    }
    drop(peer);
    child.wait().unwrap();
}

/// Pictures from files to answers.
fn from_files(name: &str, path: &str, threads: usize, folder: &Path, peer: &mut Peer) {
    let clip = clips::open(folder).unwrap();
    let alone = Model::load(path.as_ref(), Backend::named("onnxruntime").unwrap(), 1).unwrap();
    let all = || {
        let run = |at: usize| alone.run(&clip.input(ChannelId(0), at).unwrap()).unwrap();
        in_order(PICTURES, threads, run, |_, _| Ok::<(), ()>(())).unwrap();
    };
    all();
    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS.div_ceil(2) {
        ours = ours.min(timed(all));
        theirs = theirs.min(peer.seconds("clip", 1));
    }
    println!(
        "{name:<24} {threads} threads, files to answers: {:.1} a second, with OpenCV and ONNX Runtime {:.1}, ratio {:.3} (aim 0.9)",
        PICTURES as f64 / ours,
        PICTURES as f64 / theirs,
        theirs / ours
    );
}
