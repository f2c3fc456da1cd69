//! Plans of gradients: every operator by central differences, and figures of torch on two networks.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests")]

mod common;

use std::path::{Path, PathBuf};

use common::onnx::{At, Graph, array, floats, mixed};
use common::{repo, sample};
use hardcase::clips;
use hardcase::data::clip::ChannelId;
use hardcase::data::input::Input;
use hardcase::inference::Tensor;
use hardcase::inference::backend::Backend;
use hardcase::inference::decoders::classes::softmax;
use hardcase::inference::embedded;
use hardcase::inference::gradients::plan::Plan;
use hardcase::inference::gradients::session::Session;
use hardcase::inference::model::Model;

fn tensor(shape: &[usize], salt: u64) -> Tensor {
    let count: usize = shape.iter().product();
    let data = (0..count as u64).map(|at| 2.0 * mixed(at, salt) - 1.0).collect();
    Tensor { name: "x".to_owned(), shape: shape.to_vec(), data }
}

/// Value and gradient of a random weighting of all outputs, for several images at once.
fn objective(plan: &Plan, images: &[&[f32]]) -> (Vec<f64>, Vec<Vec<f32>>) {
    let mut session = Session::new(plan);
    session.forward(images).unwrap();
    let seeds: Vec<Vec<f32>> = plan
        .outputs()
        .iter()
        .enumerate()
        .map(|(number, output)| {
            let count = output.shape.iter().product::<usize>() as u64;
            (0..count).map(|at| 2.0 * mixed(at, 90 + number as u64) - 1.0).collect()
        })
        .collect();
    let value = |image: usize| {
        let outputs = seeds.iter().enumerate();
        outputs
            .flat_map(|(number, seed)| {
                let output = session.output(number, image);
                seed.iter().zip(output).map(|(a, b)| f64::from(*a) * f64::from(b)).collect::<Vec<_>>()
            })
            .sum()
    };
    let values = (0..images.len()).map(value).collect();
    let found = session.backward(&vec![seeds.clone(); images.len()]).unwrap();
    (values, found)
}

fn check(name: &str, graph: &Graph, shape: &[usize], outputs: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let sides: Vec<i64> = shape.iter().map(|side| *side as i64).collect();
    let path = graph.write(folder.path(), &sides, outputs);
    let x = tensor(shape, 3);
    let plan = Plan::whole(&path, std::slice::from_ref(&x)).unwrap_or_else(|err| panic!("{name}: {err}"));
    // The same outputs as the runtime's.
    let expected =
        Backend::named("embedded").unwrap().graph(&path, 1).unwrap().run(std::slice::from_ref(&x)).unwrap();
    let mut session = Session::new(&plan);
    session.forward(&[&x.data]).unwrap();
    for (number, (own, expected)) in plan.outputs().iter().zip(&expected).enumerate() {
        assert_eq!(own.shape, expected.shape, "{name}");
        for (a, b) in session.output(number, 0).iter().zip(&expected.data) {
            assert!((a - b).abs() <= 2e-5 * b.abs().max(1.0), "{name}: {a} for {b}");
        }
    }
    // Three images together are three images one by one, to the bit.
    let others = [tensor(shape, 3), tensor(shape, 4), tensor(shape, 5)];
    let together: Vec<&[f32]> = others.iter().map(|one| one.data.as_slice()).collect();
    let (_, all) = objective(&plan, &together);
    for (image, own) in together.iter().zip(&all) {
        let (_, alone) = objective(&plan, &[image]);
        for (a, b) in own.iter().zip(&alone[0]) {
            assert!((a - b).abs() <= 2e-6 * b.abs().max(1.0), "{name}: {a} together, {b} alone");
        }
    }
    // Directional derivatives.
    let gradient = &all[0];
    for direction in 0..6 {
        let way: Vec<f32> =
            (0..x.data.len() as u64).map(|at| 2.0 * mixed(at, 200 + direction) - 1.0).collect();
        let step = 1e-3_f32;
        let moved = |by: f32| {
            let data: Vec<f32> = x.data.iter().zip(&way).map(|(x, way)| x + by * way).collect();
            objective(&plan, &[&data]).0[0]
        };
        let measured = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
        let own: f64 = gradient.iter().zip(&way).map(|(g, way)| f64::from(*g) * f64::from(*way)).sum();
        let scale = own.abs().max(measured.abs()).max(0.05);
        assert!((own - measured).abs() < 1e-2 * scale, "{name}: {own} for {measured}");
    }
}

#[test]
fn functions_of_each_number() {
    for (operator, attributes) in [
        ("Relu", vec![]),
        ("LeakyRelu", vec![("alpha", At::F(0.2))]),
        ("Elu", vec![]),
        ("Sigmoid", vec![]),
        ("Tanh", vec![]),
        ("HardSigmoid", vec![]),
        ("HardSwish", vec![]),
        ("Exp", vec![]),
        ("Neg", vec![]),
        ("Abs", vec![]),
        ("Erf", vec![]),
        ("Softplus", vec![]),
        ("Identity", vec![]),
    ] {
        let attributes: Vec<(&str, At)> = attributes;
        let graph = Graph::default().step(operator, &["x"], &["y"], &attributes);
        check(operator, &graph, &[1, 2, 3, 3], &["y"]);
        // In place of a value of its own, and of one that is used twice.
        let graph = Graph::default()
            .floats("two", &[1], &[2.0])
            .step("Mul", &["x", "two"], &["a"], &[])
            .step(operator, &["a"], &["b"], &[])
            .step(operator, &["b"], &["c"], &[])
            .step("Add", &["b", "c"], &["y"], &[]);
        check(&format!("{operator} twice"), &graph, &[1, 2, 3, 3], &["y"]);
    }
    let positive = Graph::default()
        .floats("two", &[1], &[2.0])
        .step("Add", &["x", "two"], &["a"], &[])
        .step("Sqrt", &["a"], &["b"], &[])
        .step("Log", &["a"], &["c"], &[])
        .step("Reciprocal", &["a"], &["d"], &[])
        .step("Mul", &["b", "c"], &["e"], &[])
        .step("Div", &["e", "d"], &["y"], &[]);
    check("Sqrt, Log, Reciprocal", &positive, &[1, 7], &["y"]);
    let clip = Graph::default().floats("low", &[], &[-0.4]).floats("high", &[], &[0.6]).step(
        "Clip",
        &["x", "low", "high"],
        &["y"],
        &[],
    );
    check("Clip", &clip, &[1, 9], &["y"]);
}

#[test]
fn arithmetic_with_broadcasting() {
    for operator in ["Add", "Sub", "Mul", "Div"] {
        for (name, shape) in
            [("scalar", vec![]), ("channel", vec![3, 1, 1]), ("row", vec![4]), ("whole", vec![1, 3, 2, 4])]
        {
            let graph = Graph::default()
                .weights("w", &shape)
                .step(operator, &["x", "w"], &["a"], &[])
                .step("Mul", &["w", "a"], &["b"], &[])
                .step(operator, &["b", "x"], &["y"], &[]);
            check(&format!("{operator} {name}"), &graph, &[1, 3, 2, 4], &["y"]);
        }
        let graph = Graph::default().step("ReduceMean", &["x"], &["m"], &[("axes", At::Is(&[2, 3]))]).step(
            operator,
            &["x", "m"],
            &["y"],
            &[],
        );
        check(&format!("{operator} of two computed ones"), &graph, &[1, 3, 2, 4], &["y"]);
    }
    let graph = Graph::default()
        .floats("two", &[1], &[2.0])
        .floats("power", &[1], &[1.7])
        .step("Add", &["x", "two"], &["a"], &[])
        .step("Pow", &["a", "power"], &["b"], &[])
        .step("Pow", &["x", "two"], &["c"], &[])
        .step("Max", &["b", "c"], &["d"], &[])
        .step("Min", &["d", "x"], &["e"], &[])
        .step("Sub", &["d", "e"], &["y"], &[]);
    check("Pow, Max, Min", &graph, &[1, 11], &["y"]);
}

#[test]
fn products_of_matrices() {
    let graph = Graph::default()
        .weights("w", &[5, 8])
        .weights("bias", &[5])
        .weights("v", &[5, 4])
        .step("Gemm", &["x", "w", "bias"], &["a"], &[("transB", At::I(1)), ("alpha", At::F(0.5))])
        .step("Gemm", &["a", "v"], &["y"], &[]);
    check("Gemm", &graph, &[1, 8], &["y"]);
    let graph = Graph::default()
        .weights("w", &[6, 4])
        .weights("left", &[2, 3])
        .step("MatMul", &["x", "w"], &["a"], &[])
        .step("MatMul", &["left", "a"], &["b"], &[])
        .step("Transpose", &["b"], &["c"], &[("perm", At::Is(&[0, 2, 1]))])
        .step("MatMul", &["b", "c"], &["y"], &[]);
    check("MatMul", &graph, &[1, 3, 6], &["y"]);
}

#[test]
fn windows_over_planes() {
    for (name, pads, strides, dilations, group, kernel) in [
        ("plain", &[0, 0, 0, 0], &[1, 1], &[1, 1], 1, [5, 4, 3, 3]),
        ("padded", &[1, 2, 1, 0], &[1, 1], &[1, 1], 1, [5, 4, 3, 3]),
        ("strided", &[1, 1, 1, 1], &[2, 2], &[1, 1], 1, [5, 4, 3, 3]),
        ("uneven", &[0, 1, 2, 1], &[2, 3], &[1, 2], 1, [3, 4, 2, 3]),
        ("dilated", &[2, 2, 2, 2], &[1, 1], &[2, 2], 1, [5, 4, 3, 3]),
        ("one cell", &[0, 0, 0, 0], &[1, 1], &[1, 1], 1, [5, 4, 1, 1]),
        ("one cell, strided", &[0, 0, 0, 0], &[2, 2], &[1, 1], 1, [5, 4, 1, 1]),
        ("grouped", &[1, 1, 1, 1], &[1, 1], &[1, 1], 2, [6, 2, 3, 3]),
        ("depthwise", &[1, 1, 1, 1], &[1, 1], &[1, 1], 4, [4, 1, 3, 3]),
        ("depthwise, strided", &[1, 1, 1, 1], &[2, 2], &[1, 1], 4, [8, 1, 3, 3]),
    ] {
        let attributes: [(&str, At); 4] = [
            ("pads", At::Is(pads)),
            ("strides", At::Is(strides)),
            ("dilations", At::Is(dilations)),
            ("group", At::I(group)),
        ];
        let graph = Graph::default().weights("w", &kernel).weights("bias", &kernel[..1]).step(
            "Conv",
            &["x", "w", "bias"],
            &["y"],
            &attributes,
        );
        check(&format!("Conv {name}"), &graph, &[1, 4, 7, 6], &["y"]);
        let both = Graph::default()
            .weights("w", &kernel)
            .step("Conv", &["x", "w"], &["a"], &attributes)
            .step("ReduceSum", &["x"], &["b"], &[])
            .step("Mul", &["a", "b"], &["y"], &[]);
        check(&format!("Conv {name}, of an input used twice"), &both, &[1, 4, 7, 6], &["y"]);
    }
    let line = Graph::default().weights("w", &[3, 2, 3]).step(
        "Conv",
        &["x", "w"],
        &["y"],
        &[("pads", At::Is(&[1, 1]))],
    );
    check("Conv in one dimension", &line, &[1, 2, 9], &["y"]);
    let same = Graph::default().weights("w", &[3, 4, 3, 3]).step(
        "Conv",
        &["x", "w"],
        &["y"],
        &[("auto_pad", At::S("SAME_UPPER")), ("strides", At::Is(&[2, 2]))],
    );
    check("Conv SAME", &same, &[1, 4, 7, 6], &["y"]);
    for (name, pads, strides, kernel) in [
        ("doubling", &[0, 0, 0, 0], &[2, 2], [4, 3, 2, 2]),
        ("overlapping", &[1, 1, 1, 1], &[2, 2], [4, 3, 3, 3]),
        ("plain", &[1, 1, 1, 1], &[1, 1], [4, 3, 3, 3]),
    ] {
        let graph = Graph::default().weights("w", &kernel).weights("bias", &[3]).step(
            "ConvTranspose",
            &["x", "w", "bias"],
            &["y"],
            &[("pads", At::Is(pads)), ("strides", At::Is(strides))],
        );
        check(&format!("ConvTranspose {name}"), &graph, &[1, 4, 4, 5], &["y"]);
    }
    for operator in ["MaxPool", "AveragePool"] {
        for (pads, strides) in [(&[0, 0, 0, 0], &[2, 2]), (&[1, 1, 1, 1], &[2, 2]), (&[1, 0, 1, 1], &[1, 1])]
        {
            let attributes =
                [("kernel_shape", At::Is(&[3, 2])), ("pads", At::Is(pads)), ("strides", At::Is(strides))];
            let graph = Graph::default().step(operator, &["x"], &["y"], &attributes);
            check(operator, &graph, &[1, 3, 7, 6], &["y"]);
        }
    }
    let counted = Graph::default().step(
        "AveragePool",
        &["x"],
        &["y"],
        &[
            ("kernel_shape", At::Is(&[3, 3])),
            ("pads", At::Is(&[1, 1, 1, 1])),
            ("count_include_pad", At::I(1)),
        ],
    );
    check("AveragePool with its padding", &counted, &[1, 2, 5, 5], &["y"]);
}

#[test]
fn reductions_and_normalizations() {
    for operator in ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2"] {
        for keep in [0, 1] {
            let attributes = [("axes", At::Is(&[2, 3])), ("keepdims", At::I(keep))];
            let graph = Graph::default().step(operator, &["x"], &["y"], &attributes);
            check(operator, &graph, &[1, 3, 4, 5], &["y"]);
        }
    }
    let sum = Graph::default().wholes("axes", &[-1]).step("ReduceSum", &["x", "axes"], &["y"], &[]);
    check("ReduceSum", &sum, &[1, 3, 4], &["y"]);
    for operator in ["GlobalAveragePool", "GlobalMaxPool"] {
        check(operator, &Graph::default().step(operator, &["x"], &["y"], &[]), &[1, 3, 4, 5], &["y"]);
    }
    for (operator, axis) in [("Softmax", -1), ("Softmax", 1), ("LogSoftmax", -1)] {
        let graph = Graph::default().step(operator, &["x"], &["y"], &[("axis", At::I(axis))]);
        check(operator, &graph, &[1, 5, 4], &["y"]);
    }
    let graph = Graph::default().weights("scale", &[6]).weights("shift_", &[6]).step(
        "LayerNormalization",
        &["x", "scale", "shift_"],
        &["y"],
        &[("axis", At::I(-1))],
    );
    check("LayerNormalization", &graph, &[1, 4, 6], &["y"]);
    let graph = Graph::default()
        .weights("scale", &[3])
        .weights("shift_", &[3])
        .weights("average", &[3])
        .floats("variance", &[3], &[0.5, 1.0, 2.0])
        .step("BatchNormalization", &["x", "scale", "shift_", "average", "variance"], &["a"], &[])
        .step("Relu", &["a"], &["y"], &[]);
    check("BatchNormalization", &graph, &[1, 3, 4, 2], &["y"]);
}

#[test]
fn moves_and_resizing() {
    let graph = Graph::default()
        .wholes("pads", &[0, 0, 1, 2, 0, 0, 0, 1])
        .floats("value", &[], &[0.3])
        .wholes("starts", &[1, -1])
        .wholes("ends", &[4, -9])
        .wholes("axes", &[2, 3])
        .wholes("steps", &[2, -2])
        .wholes("sizes", &[1, 2])
        .wholes("index", &[1, 0, 1])
        .step("Pad", &["x", "pads", "value"], &["a"], &[])
        .step("Slice", &["a", "starts", "ends", "axes", "steps"], &["b"], &[])
        .step("Split", &["a", "sizes"], &["c", "d"], &[("axis", At::I(1))])
        .step("Gather", &["d", "index"], &["e"], &[("axis", At::I(1))])
        .step("Concat", &["c", "e", "d"], &["f"], &[("axis", At::I(1))])
        .step("Transpose", &["f"], &["y"], &[("perm", At::Is(&[0, 2, 3, 1]))]);
    check("Pad, Slice, Split, Gather, Concat, Transpose", &graph, &[1, 3, 4, 3], &["y", "b"]);
    for mode in ["reflect", "edge"] {
        let graph = Graph::default().wholes("pads", &[0, 0, 1, 2, 0, 0, 2, 1]).step(
            "Pad",
            &["x", "pads"],
            &["y"],
            &[("mode", At::S(mode))],
        );
        check(&format!("Pad {mode}"), &graph, &[1, 2, 4, 4], &["y"]);
    }
    for (mode, coordinates) in [
        ("linear", "half_pixel"),
        ("linear", "align_corners"),
        ("linear", "asymmetric"),
        ("nearest", "half_pixel"),
        ("nearest", "asymmetric"),
    ] {
        for scales in [[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 1.5, 0.5]] {
            let attributes = [
                ("mode", At::S(mode)),
                ("coordinate_transformation_mode", At::S(coordinates)),
                ("nearest_mode", At::S("floor")),
            ];
            let graph = Graph::default().floats("scales", &[4], &scales).step(
                "Resize",
                &["x", "", "scales"],
                &["y"],
                &attributes,
            );
            check(&format!("Resize {mode} {coordinates} {scales:?}"), &graph, &[1, 2, 4, 6], &["y"]);
        }
    }
    // A shape that is computed from the input is known all the same.
    let graph = Graph::default()
        .wholes("first", &[0])
        .wholes("rest", &[-1])
        .step("Shape", &["x"], &["s"], &[])
        .step("Gather", &["s", "first"], &["n"], &[])
        .step("Concat", &["n", "rest"], &["wanted"], &[("axis", At::I(0))])
        .step("Reshape", &["x", "wanted"], &["a"], &[])
        .step("Sigmoid", &["a"], &["y"], &[]);
    check("Reshape to a computed shape", &graph, &[1, 2, 3, 4], &["y"]);
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = Graph::default().step("Round", &["x"], &["y"], &[]).write(folder.path(), &[1, 4], &["y"]);
    let problem = Plan::whole(&path, &[tensor(&[1, 4], 1)]).err().unwrap().to_string();
    assert!(problem.contains("no gradient for operator Round") && problem.contains("black-box"), "{problem}");
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = repo().join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIPPED: there is no {}", path.display());
    None
}

/// Largest difference relative to the largest number.
fn apart(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest
}

/// Gradients of the cross-entropy of several images at once, and of the logit of their class.
fn both(path: &Path, images: &[&[f32]], shape: &[usize], truths: &[usize]) -> [Vec<f32>; 2] {
    let example = Tensor { name: "input".to_owned(), shape: shape.to_vec(), data: images[0].to_vec() };
    let plan = Plan::new(path, &[example]).unwrap();
    let mut session = Session::new(&plan);
    session.forward(images).unwrap();
    let seeds = |cross: bool| -> Vec<Vec<Vec<f32>>> {
        let seed = |(image, truth): (usize, &usize)| {
            let mut seed = if cross { softmax(&session.output(0, image)) } else { vec![0.0; 10] };
            seed[*truth] += if cross { -1.0 } else { 1.0 };
            vec![seed]
        };
        truths.iter().enumerate().map(seed).collect()
    };
    let (cross, logit) = (seeds(true), seeds(false));
    [session.backward(&cross).unwrap().concat(), session.backward(&logit).unwrap().concat()]
}

#[test]
fn two_networks_have_the_gradients_of_torch() {
    let (Some(digits), Some(folder)) = (shared("digits"), shared("robustness")) else { return };
    let npz = std::fs::read(digits.join("data.npz")).unwrap();
    let x: Vec<f32> =
        array(&npz, "x_test.npy").as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let y: Vec<usize> = array(&npz, "y_test.npy")
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| i64::from_le_bytes(*bytes) as usize)
        .collect();
    let images: Vec<&[f32]> = x.chunks_exact(64).take(20).collect();
    let [cross, logit] = both(&digits.join("model_a.onnx"), &images, &[1, 1, 8, 8], &y[..20]);
    let attacks = folder.join("attacks");
    let found = [
        apart(&cross, &floats(&attacks.join("ce_grad_first20_a.npy"))),
        apart(&logit, &floats(&attacks.join("logit_grad_first20_a.npy"))),
    ];
    assert!(found.iter().all(|apart| *apart <= 1e-5), "{found:?}");
    let npz = std::fs::read(folder.join("resnet8_data.npz")).unwrap();
    let x: Vec<f32> = array(&npz, "x_test.npy").iter().map(|byte| f32::from(*byte) / 255.0).collect();
    let y = array(&npz, "y_test.npy");
    let y: Vec<usize> =
        y.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as usize).collect();
    let images: Vec<&[f32]> = x.chunks_exact(3 * 32 * 32).take(8).collect();
    let [cross, _] = both(&folder.join("resnet8.onnx"), &images, &[1, 3, 32, 32], &y[..8]);
    let found = apart(&cross, &floats(&attacks.join("ce_grad_first8_resnet8.npy")));
    assert!(found <= 1e-5, "{found}");
}

/// The detector whose plumbing is constant: directional derivatives of its scores.
#[test]
fn the_detector_is_gone_back_through() {
    let model = Model::load(&sample("street/models/nanodet_coco.onnx"), &embedded::KIND, 1).unwrap();
    // An even image has many numbers that are equal, where the derivative jumps.
    let image = clips::open(&sample("street/clips/street.mp4")).unwrap().picture(ChannelId(0), 100).unwrap();
    let prepared = model.prepared(&Input::Image(image)).unwrap();
    let plan = Plan::whole(&model.path, &prepared).unwrap();
    assert_eq!(plan.outputs().len(), 6);
    let mut session = Session::new(&plan);
    session.forward(&[&prepared[0].data]).unwrap();
    let expected = model.outputs(&prepared).unwrap();
    for (number, expected) in expected.iter().enumerate() {
        assert!(apart(&session.output(number, 0), &expected.data) < 1e-4, "{}", expected.name);
    }
    let seeds =
        |session: &Session<'_>| -> Vec<Vec<f32>> { (0..6).map(|number| session.output(number, 0)).collect() };
    // Half of the sum of squares has the outputs themselves as derivatives.
    let own = seeds(&session);
    let found = session.backward(&[own]).unwrap().remove(0);
    // Along the gradient, which leaves the kinks in between the least weight.
    let largest = found.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let way: Vec<f32> = found.iter().map(|value| value / largest).collect();
    let mut half = |by: f32| -> f64 {
        let moved: Vec<f32> = prepared[0].data.iter().zip(&way).map(|(x, way)| x + by * way).collect();
        session.forward(&[&moved]).unwrap();
        seeds(&session).iter().flatten().map(|value| 0.5 * f64::from(*value).powi(2)).sum()
    };
    // Steps small enough that few numbers cross a kink on the way, and large enough for single precision.
    let measured = (half(1e-3) - half(-1e-3)) / 2e-3;
    let own: f64 = found.iter().zip(&way).map(|(g, way)| f64::from(*g) * f64::from(*way)).sum();
    assert!((own - measured).abs() < 5e-2 * own.abs().max(measured.abs()), "{own} for {measured}");
}

/// A bias for each row is no layer of weights; it was taken for that of the first row.
#[test]
fn a_bias_of_rows_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = |count: usize| (0..count as u64).map(|at| mixed(at, 5)).collect::<Vec<f32>>();
    for (shape, works) in [(vec![4_i64], true), (vec![8, 4], false), (vec![8, 1], false), (vec![1, 4], true)]
    {
        let count = shape.iter().product::<i64>() as usize;
        let graph = Graph::default()
            .wholes("to", &[8, 8])
            .floats("w", &[8, 4], &numbers(32))
            .floats("c", &shape, &numbers(count))
            .step("Reshape", &["x", "to"], &["r"], &[])
            .step("Gemm", &["r", "w", "c"], &["y"], &[]);
        let path = graph.write(folder.path(), &[1, 64], &["y"]);
        let x = tensor(&[1, 64], 3);
        assert_eq!(Plan::whole(&path, std::slice::from_ref(&x)).is_ok(), works, "{shape:?}");
    }
}
