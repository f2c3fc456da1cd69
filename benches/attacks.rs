//! Attacks: images a CPU second of PGD on two networks, a step on the detector, and what searches add to the model's runs.
//!
//! `cargo bench --no-default-features --bench attacks`. With `HARDCASE_PYTHON`, a Python that has torch, Foolbox, ART and
//! torchattacks, and `HARDCASE_PEERS`, the folder of `perf_attacks.py`, the peers are timed in the same run.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a benchmark for people")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cpu_time::ProcessTime;
use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::clips;
use hardcase::data::clip::ChannelId;
use hardcase::data::image::Image;
use hardcase::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
use hardcase::inference::embedded;
use hardcase::inference::model::Model;
use hardcase::robustness::attacks::goal::Goal;
use hardcase::robustness::attacks::norm::Norm;
use hardcase::robustness::attacks::objects::{ObjectGoal, Objective};
use hardcase::robustness::attacks::subject::{Shot, Subject};
use hardcase::robustness::attacks::{Attack, Settings, kind};

fn timed(times: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..times {
        let begun = ProcessTime::now();
        work();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    best
}

fn model(path: &Path, colors: Colors, side: u32) -> Model {
    let card = ModelCard {
        points: None,
        text: None,
        window: None,
        name: "bench".to_owned(),
        decoder: "classes".to_owned(),
        threshold: 0.4,
        nms_iou: 0.5,
        input: InputCard {
            name: "input".to_owned(),
            width: side,
            height: side,
            layout: Layout::Nchw,
            colors,
            fit: Fit::Stretch,
            mean: [0.0; 3],
            std: [255.0; 3],
        },
        labels: (0..10).map(|class| class.to_string()).collect(),
        units: Vec::new(),
        lateral: Vec::new(),
    };
    Model::load_with(path, Some(card), &embedded::KIND, 1).unwrap()
}

/// Images that look random; the speed does not hang on what is on them.
fn shots(subject: &Subject<'_>, side: u32, gray: bool, count: usize) -> Vec<Shot> {
    let rng = Rng::new(1);
    (0..count)
        .map(|number| {
            let pixel = |at: usize| rng.at((number << 20 | if gray { at / 3 } else { at }) as u64) as u8;
            let image =
                Image::from_rgb(side, side, (0..(side * side * 3) as usize).map(pixel).collect()).unwrap();
            let prediction = subject.predict(&image).unwrap();
            let truth = prediction.best().unwrap().0.parse().unwrap();
            Shot::new(subject, image, Goal::Class { truth, target: None }, number as u64)
        })
        .collect()
}

fn run(subject: &Subject<'_>, id: &str, settings: &Settings, shots: &[Shot]) -> usize {
    let attack =
        Attack { kind: kind(id).unwrap(), subject, settings, progress: &Progress::default(), watched: true };
    let together = subject.together(true);
    shots
        .chunks(together)
        .flat_map(|part| (attack.kind.run)(&attack, part).unwrap())
        .map(|found| found.queries)
        .sum()
}

fn network(name: &str, model: &Model, side: u32, gray: bool, count: usize) {
    let subject = Subject::new(model).unwrap();
    subject.plan().unwrap();
    let shots = shots(&subject, side, gray, count);
    let settings = Settings { norm: Norm::Linf, eps: 0.1, ..Settings::default() };
    let fgsm = timed(5, || {
        run(&subject, "fgsm", &settings, &shots);
    });
    let pgd = timed(3, || {
        run(&subject, "pgd", &settings, &shots);
    });
    println!(
        "{name}, {} together: FGSM {:.0} images a CPU second, PGD-40 {:.1}",
        subject.together(true),
        count as f64 / fgsm,
        count as f64 / pgd
    );
    for (id, norm, eps) in [("square", Norm::Linf, 0.02), ("hop_skip_jump", Norm::L2, 1.0)] {
        let settings = Settings { norm, eps, budget: 400, ..Settings::default() };
        let own = &shots[..8];
        let mut queries = 0;
        let whole = timed(3, || queries = run(&subject, id, &settings, own));
        let inputs = vec![model.prepared(&own[0].image.clone().into()).unwrap()];
        let forward = timed(3, || (0..queries).for_each(|_| drop(model.outputs_of(&inputs).unwrap())));
        println!(
            "{name}, {id}: {queries} queries, {:.2} times the model's own runs (aim 1.2)",
            whole / forward
        );
    }
}

fn detector() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects/street");
    let model = Model::load(&root.join("models/nanodet_coco.onnx"), &embedded::KIND, 1).unwrap();
    let image = clips::open(&root.join("clips/street.mp4")).unwrap().picture(ChannelId(0), 100).unwrap();
    let subject = Subject::new(&model).unwrap();
    subject.plan().unwrap();
    let goal = ObjectGoal::new(&model, &image, Objective::Vanish).unwrap();
    let shots = [Shot::new(&subject, image, Goal::Objects(Box::new(goal)), 1)];
    let settings = Settings { steps: Some(4), eps: 2.0 / 255.0, ..Settings::default() };
    let seconds = timed(3, || {
        run(&subject, "pgd", &settings, &shots);
    });
    println!("NanoDet 416, one step: {:.3} CPU s (aim 0.15; torch 0.28)", seconds / 4.0);
}

fn main() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if shared.is_dir() {
        network("digits 8x8", &model(&shared.join("digits/model_a.onnx"), Colors::Gray, 8), 8, true, 128);
        network(
            "ResNet-8 32x32",
            &model(&shared.join("robustness/resnet8.onnx"), Colors::Rgb, 32),
            32,
            false,
            32,
        );
    } else {
        eprintln!("SKIPPED the classifiers: there is no {}", shared.display());
    }
    detector();
    let peers =
        std::env::var_os("HARDCASE_PYTHON").zip(std::env::var_os("HARDCASE_PEERS").map(PathBuf::from));
    let Some((python, folder)) = peers else {
        eprintln!(
            "SKIPPED the peers: HARDCASE_PYTHON and HARDCASE_PEERS name no Python and no folder of perf_attacks.py"
        );
        return;
    };
    // The script looks for its data beside the folder that it runs in.
    let place = tempfile::tempdir().unwrap();
    let (own, out) = (place.path().join("own"), place.path().join("out/shared"));
    std::fs::create_dir_all(&own).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    std::os::unix::fs::symlink(shared.parent().unwrap().canonicalize().unwrap(), place.path().join("shared"))
        .unwrap();
    for name in ["resnet8.onnx", "resnet8_data.npz"] {
        std::fs::copy(shared.join("robustness").join(name), out.join(name)).unwrap();
    }
    let folder = folder.canonicalize().unwrap();
    let done = Command::new(python)
        .arg(folder.join("perf_attacks.py"))
        .arg(own.join("peers.json"))
        .env("PYTHONPATH", &folder)
        .current_dir(&own)
        .output()
        .unwrap();
    print!("{}", String::from_utf8_lossy(&done.stdout));
    if !done.status.success() {
        // Peers that did not run must not look like ones that were not asked for.
        eprintln!("FAILED: the peers: {}", String::from_utf8_lossy(&done.stderr));
        std::process::exit(1);
    }
}
