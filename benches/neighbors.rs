//! Exact neighbors and maps of vectors against faiss and umap-learn, one thread each, CPU time, in one run.
//!
//! `HARDCASE_PYTHON=python cargo bench --no-default-features --bench neighbors`: Python needs faiss-cpu, umap-learn and
//! scikit-learn; without it only our figures are printed.
#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a benchmark for people")]

use std::process::Command;

use cpu_time::ProcessTime;
use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::metrics::neighbors::{Vectors, nearest, trustworthiness};
use hardcase::metrics::projection::principal;
use hardcase::metrics::projection::umap::{Settings, umap};
use hardcase::metrics::surprise::dsa::ratios;

const LENGTH: usize = 512;

fn normal(rng: &mut Rng) -> f32 {
    let (a, b) = (rng.unit().max(1e-12), rng.unit());
    ((-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()) as f32
}

/// Twenty groups on a few directions, as features of pictures are, and the group of each.
fn vectors(count: usize, seed: u64) -> (Vec<f32>, Vec<usize>) {
    let mut rng = Rng::new(1);
    let middles: Vec<f32> = (0..20 * LENGTH).map(|_| normal(&mut rng) * 2.0).collect();
    let ways: Vec<f32> = (0..32 * LENGTH).map(|_| normal(&mut rng) * 0.5).collect();
    let mut rng = Rng::new(seed);
    let mut data = Vec::with_capacity(count * LENGTH);
    let mut groups = Vec::with_capacity(count);
    for _ in 0..count {
        let group = (rng.bits() % 20) as usize;
        groups.push(group);
        let along: Vec<f32> = (0..32).map(|_| normal(&mut rng)).collect();
        for axis in 0..LENGTH {
            let spread: f32 = (0..32).map(|way| along[way] * ways[way * LENGTH + axis]).sum();
            data.push(middles[group * LENGTH + axis] + spread + 0.3 * normal(&mut rng));
        }
    }
    (data, groups)
}

fn timed<T>(times: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut result = None;
    for _ in 0..times {
        let begun = ProcessTime::now();
        result = Some(work());
        best = best.min(begun.elapsed().as_secs_f64());
    }
    (best, result.unwrap())
}

fn main() {
    let ((small, groups), (points, _)) = (vectors(10_000, 2), vectors(100_000, 3));
    let near: Vec<f32> = small[..1000 * LENGTH].iter().map(|value| value + 0.1).collect();
    let mut rng = Rng::new(4);
    let queries: Vec<f32> =
        points[..500 * LENGTH].iter().map(|value| value + 0.05 * normal(&mut rng)).collect();
    let folder = tempfile::tempdir().unwrap();
    let theirs: Option<serde_json::Value> = std::env::var_os("HARDCASE_PYTHON").map(|python| {
        for (name, data) in [("map.f32", &small), ("points.f32", &points), ("queries.f32", &queries)] {
            let bytes: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let bytes: Vec<u8> = groups.iter().flat_map(|group| (*group as i64).to_le_bytes()).collect();
        std::fs::write(folder.path().join("groups.i64"), bytes).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/neighbors_peers.py");
        let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    });
    if theirs.is_none() {
        eprintln!("SKIPPED the peers: HARDCASE_PYTHON names no Python with faiss-cpu and umap-learn");
    }
    let number = |name: &str| theirs.as_ref().map_or(f64::NAN, |theirs| theirs[name].as_f64().unwrap());

    let (points, queries) = (Vectors::new(LENGTH, &points), Vectors::new(LENGTH, &queries));
    let (seconds, found) = timed(5, || nearest(&points, &queries, 10, 1));
    println!(
        "10 neighbors of 500 among 100,000 x {LENGTH}: {seconds:.3} s, faiss Flat {:.3} s, ratio {:.2} (aim 0.5)",
        number("flat"),
        number("flat") / seconds
    );
    if let Some(theirs) = &theirs {
        let same = found.iter().zip(theirs["found"].as_array().unwrap()).flat_map(|(ours, theirs)| {
            let theirs: Vec<usize> =
                theirs.as_array().unwrap().iter().map(|at| at.as_u64().unwrap() as usize).collect();
            ours.iter().map(move |one| theirs.contains(&one.at))
        });
        let (all, shared) = same.fold((0, 0), |(all, shared), same| (all + 1, shared + usize::from(same)));
        println!("of {all} neighbors {shared} are the same");
    }
    let small = Vectors::new(LENGTH, &small);
    let near = Vectors::new(LENGTH, &near);
    let (seconds, scores) = timed(5, || ratios(&small, &groups, &near, &groups[..1000], 1));
    let mean = scores.iter().flatten().sum::<f64>() / 1000.0;
    println!(
        "surprise (DSA) of 1,000 against 10,000 x {LENGTH}: {seconds:.3} s, NumPy {:.3} s, ratio {:.2} (aim 5); means {mean:.6}, {:.6}",
        number("dsa"),
        number("dsa") / seconds,
        number("dsa_mean")
    );
    let (seconds, _) = timed(3, || principal(&small, &Progress::default()).unwrap());
    println!(
        "principal components of 10,000 x {LENGTH}: {seconds:.3} s, scikit-learn {:.3} s",
        number("pca")
    );
    let (seconds, map) = timed(1, || umap(&small, Settings::default(), 1, &Progress::default()).unwrap());
    println!(
        "UMAP of 10,000 x {LENGTH}: {seconds:.2} s, umap-learn {:.2} s, ratio {:.2} (aim 1)",
        number("mapped"),
        number("mapped") / seconds
    );
    let part = |data: Vec<f32>, length: usize| Vectors::new(length, &data);
    let wide = part((0..10_000).step_by(5).flat_map(|at| small.at(at).to_vec()).collect(), LENGTH);
    let flat = part(map.iter().step_by(5).flatten().copied().collect(), 2);
    println!(
        "trustworthiness of 15 neighbors: {:.4}, umap-learn {:.4}",
        trustworthiness(&wide, &flat, 15, 2),
        number("trust")
    );
}
