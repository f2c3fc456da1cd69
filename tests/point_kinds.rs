//! Duties of every transform of points and of signals, over the whole list.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use hardcase::base::params::Params;
use hardcase::base::rng::Rng;
use hardcase::base::time::Time;
use hardcase::clips::point_files;
use hardcase::data::cases::stack::{Stack, TransformSpec};
use hardcase::data::geometry::objects::Detection;
use hardcase::data::geometry::points::{PointCloud, PointField};
use hardcase::data::geometry::solid::Solid;
use hardcase::data::input::Medium;
use hardcase::data::prediction::{Expected, Prediction};
use hardcase::data::time::signals::{Series, Signals};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::{TransformKind, built_in, stack};
use proptest::prelude::*;

fn points() -> impl Iterator<Item = &'static TransformKind> {
    built_in().filter(|kind| kind.medium() == Medium::Points)
}

fn faults() -> impl Iterator<Item = &'static TransformKind> {
    built_in().filter(|kind| kind.medium() == Medium::Signals)
}

/// Points all around, up to 60 m away, none exactly at the sensor.
fn cloud(count: usize, seed: u64) -> PointCloud {
    let mut rng = Rng::new(seed);
    let mut within = |low: f64, high: f64| (low + (high - low) * rng.unit()) as f32;
    let positions: Vec<[f32; 3]> =
        (0..count).map(|_| [within(-60.0, 60.0), within(-60.0, 60.0), within(-1.8, 3.0)]).collect();
    let intensity = (0..count).map(|_| within(0.0, 0.9)).collect();
    let ring = (0..count).map(|i| (i % 32) as f32).collect();
    let field = |name: &str, values| PointField { name: name.to_owned(), values };
    PointCloud {
        frame: "lidar".to_owned(),
        positions,
        fields: vec![field("intensity", intensity), field("ring", ring)],
    }
}

fn changed(with: &str, seed: u64, cloud: &PointCloud) -> PointCloud {
    stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, with, seed).unwrap(), cloud).unwrap()
}

fn whole(cloud: &PointCloud) {
    for field in &cloud.fields {
        assert_eq!(field.values.len(), cloud.positions.len());
    }
    assert!(cloud.positions.iter().flatten().all(|value| value.is_finite()));
}

fn with_strength(kind: &TransformKind, value: f64) -> Stack {
    let mut spec = TransformSpec::new(kind.id);
    if let Some(strength) = kind.strength() {
        spec.params.insert(strength.id, value);
    }
    Stack { seed: 9, transforms: vec![spec], ..Stack::default() }
}

#[test]
fn the_neutral_strength_changes_no_point() {
    let cloud = cloud(500, 1);
    for kind in points() {
        let Some(strength) = kind.strength() else { continue };
        let same = stack::apply(&BUILT_IN, &with_strength(kind, strength.neutral), &cloud).unwrap();
        assert_eq!(same, cloud, "{}", kind.id);
    }
}

#[test]
fn every_kind_changes_points_and_its_seed_matters_where_it_should() {
    let cloud = cloud(3000, 2);
    for kind in points() {
        let stack = |seed| Stack {
            seed,
            transforms: vec![TransformSpec {
                params: Params::initial(kind.params),
                ..TransformSpec::new(kind.id)
            }],
            ..Stack::default()
        };
        let run = |seed| stack::apply(&BUILT_IN, &stack(seed), &cloud).unwrap();
        assert_ne!(run(3), cloud, "{}", kind.id);
        assert_eq!(run(3), run(3), "{}", kind.id);
        assert_eq!(run(3) != run(4), kind.seeded, "{}", kind.id);
        whole(&run(3));
    }
}

#[test]
fn clouds_of_nothing_and_of_one_point_are_fine() {
    for kind in points() {
        for cloud in [PointCloud::default(), cloud(1, 3)] {
            let strongest = kind.strength().map_or(0.0, |strength| strength.at_strength(1.0));
            whole(&stack::apply(&BUILT_IN, &with_strength(kind, strongest), &cloud).unwrap());
        }
    }
}

/// A stronger change holds everything that a weaker one does, so that bisection finds one border.
#[test]
fn what_is_taken_by_chance_is_nested() {
    let cloud = cloud(2000, 4);
    let subset = |small: &PointCloud, large: &PointCloud| {
        let bits = |cloud: &PointCloud| -> std::collections::BTreeSet<[u32; 3]> {
            cloud.positions.iter().map(|p| p.map(f32::to_bits)).collect()
        };
        bits(small).is_subset(&bits(large))
    };
    for (weak, strong) in [
        ("dropped_points:0.2", "dropped_points:0.5"),
        ("cut_out:2", "cut_out:7"),
        ("lost_sector:20", "lost_sector:90"),
        ("lost_rings:0.2", "lost_rings:0.6"),
        ("field_of_view:120", "field_of_view:60"),
    ] {
        let (weak, strong) = (changed(weak, 5, &cloud), changed(strong, 5, &cloud));
        assert!(strong.positions.len() < weak.positions.len());
        assert!(subset(&strong, &weak));
    }
    for (weak, strong) in [
        ("scatter:10", "scatter:1000"),
        ("added_below_ground:10", "added_below_ground:100"),
        ("doubled_points:0.1", "doubled_points:0.4"),
    ] {
        let (weak, strong) = (changed(weak, 5, &cloud), changed(strong, 5, &cloud));
        assert!(strong.positions.len() > weak.positions.len());
        assert!(subset(&weak, &strong));
        // The recorded points come first and stay as they are.
        assert_eq!(strong.positions[..2000], cloud.positions[..]);
    }
}

#[test]
fn scattered_points_lie_where_zhou_and_sun_put_them() {
    let cloud = cloud(1000, 6);
    let many = changed("scatter:5000;ahead=25;aside=8;reach=70", 7, &cloud);
    let new = &many.positions[1000..];
    assert_eq!(new.len(), 5000);
    let (low, high) =
        cloud.positions.iter().fold((f32::MAX, f32::MIN), |(a, b), p| (a.min(p[2]), b.max(p[2])));
    for [x, y, z] in new {
        assert!(x.abs() > 25.0 || y.abs() > 8.0, "{x} {y} is inside of the region");
        assert!(x.abs() <= 70.0 && y.abs() <= 70.0 && (low..=high).contains(z));
    }
    // Uniform: each part of the area has its share.
    let share =
        |inside: &dyn Fn(f32, f32) -> bool| new.iter().filter(|p| inside(p[0], p[1])).count() as f64 / 5000.0;
    let area = 140.0 * 140.0 - 50.0 * 16.0;
    let ahead = share(&|x, _| x > 25.0);
    assert!((ahead - 45.0 * 140.0 / area).abs() < 0.02, "{ahead}");
    let beside = share(&|x, y| x.abs() <= 25.0 && y > 8.0);
    assert!((beside - 50.0 * 62.0 / area).abs() < 0.02, "{beside}");
    let intensity = many.field("intensity").unwrap();
    let recorded = cloud.field("intensity").unwrap().iter().fold(0.0_f32, |a, b| a.max(*b));
    assert!(intensity[1000..].iter().all(|value| (0.0..=recorded).contains(value)));
}

#[test]
fn noise_has_its_deviation_and_weather_its_loss() {
    let cloud = cloud(40_000, 8);
    let off = |with: &str| -> (f64, f64) {
        let noisy = changed(with, 3, &cloud);
        let errors: Vec<f64> = noisy
            .positions
            .iter()
            .zip(&cloud.positions)
            .flat_map(|(a, b)| (0..3).map(move |axis| f64::from(a[axis]) - f64::from(b[axis])))
            .collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        (mean, (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / errors.len() as f64).sqrt())
    };
    let (mean, deviation) = off("position_noise:0.1");
    assert!(mean.abs() < 0.002 && (deviation - 0.1).abs() < 0.002, "{mean} {deviation}");
    // Uniform over 2 r: r / sqrt(3).
    let (mean, deviation) = off("uniform_noise:0.1");
    assert!(mean.abs() < 0.002 && (deviation - 0.1 / 3.0_f64.sqrt()).abs() < 0.002, "{deviation}");
    // Of echoes from r meters exp(-2 a r) come back; those from particles lie nearer.
    let foggy = changed("lidar_fog:0.02", 3, &cloud);
    let far = |cloud: &PointCloud| cloud.positions.iter().filter(|p| p[0].hypot(p[1]) > 50.0).count() as f64;
    let left = far(&foggy) / far(&cloud);
    assert!((0.06..0.14).contains(&left), "{left}, exp(-2 0.02 57) is 0.10");
    let near = |cloud: &PointCloud| cloud.positions.iter().filter(|p| p[0].hypot(p[1]) < 3.0).count();
    assert!(near(&foggy) > near(&cloud));
    let kept = changed("dropped_points:0.3", 3, &cloud).positions.len() as f64 / 40_000.0;
    assert!((kept - 0.7).abs() < 0.01);
}

/// Points on the sides of a box are still on the sides of the box that is expected.
#[test]
fn boxes_follow_their_points() {
    let solid = Solid { center: [12.0, -4.0, 0.2], size: [4.0, 1.8, 1.6], yaw: 0.4 };
    let corners: Vec<[f32; 3]> = (0..8)
        .map(|i| {
            let side =
                |bit: usize, axis: usize| if i >> bit & 1 == 1 { 0.5 } else { -0.5 } * solid.size[axis];
            solid.outward([side(0, 0), side(1, 1), side(2, 2)])
        })
        .collect();
    let cloud = PointCloud { positions: corners, ..PointCloud::default() };
    let before = Prediction::Objects { objects: vec![Detection::upright("car".to_owned(), 0.9, solid)] };
    for with in ["turn_points:30", "shift_points:2;left=-1;up=0.5", "scale_points:1.3", "mirror_points"] {
        let change = stack::parse(&BUILT_IN, with, 0).unwrap();
        let moved = stack::apply(&BUILT_IN, &change, &cloud).unwrap();
        let Expected::Answer(Prediction::Objects { objects }) =
            stack::expected(&BUILT_IN, &change, &before, (0, 0)).unwrap()
        else {
            panic!("{with} moves boxes")
        };
        let expected = objects[0].solid.unwrap();
        for position in &moved.positions {
            let inside = expected.inward(*position);
            for axis in 0..3 {
                let off = inside[axis].abs() - expected.size[axis] / 2.0;
                assert!(off.abs() < 1e-3, "{with}: {inside:?} {:?}", expected.size);
            }
        }
    }
    // Upright boxes cannot lean; the middle is right.
    let Expected::Answer(Prediction::Objects { objects }) =
        stack::expected(&BUILT_IN, &stack::parse(&BUILT_IN, "shear_points:0.2", 0).unwrap(), &before, (0, 0))
            .unwrap()
    else {
        panic!("shearing moves boxes")
    };
    assert!((objects[0].solid.unwrap().center[1] - (-4.0 + 0.2 * 12.0)).abs() < 1e-5);
}

#[test]
fn a_change_of_one_object_leaves_the_others() {
    let object = Solid { center: [10.0, 5.0, 0.0], size: [6.0, 4.0, 4.0], yaw: 0.3 };
    let cloud = cloud(20_000, 11);
    let change = Stack { object: Some(object), ..stack::parse(&BUILT_IN, "shift_points:3", 1).unwrap() };
    let moved = stack::apply(&BUILT_IN, &change, &cloud).unwrap();
    let outside = |cloud: &PointCloud| cloud.picked(|position| !object.contains(position)).positions.len();
    let inside = cloud.positions.len() - outside(&cloud);
    assert!(inside > 5);
    assert_eq!(moved.positions.len(), cloud.positions.len());
    assert_eq!(
        moved.positions[..cloud.positions.len() - inside],
        cloud.picked(|p| !object.contains(p)).positions[..]
    );
    // Ahead is along the object, wherever that points.
    let aim = object.outward([3.0, 0.0, 0.0]);
    let step = [aim[0] - object.center[0], aim[1] - object.center[1]];
    let first = cloud.picked(|p| object.contains(p)).positions[0];
    let now = moved.positions[cloud.positions.len() - inside];
    assert!((now[0] - first[0] - step[0]).abs() < 1e-4 && (now[1] - first[1] - step[1]).abs() < 1e-4);

    let seen = |solid| Detection::upright("car".to_owned(), 0.9, solid);
    let other = Solid { center: [-20.0, 0.0, 0.0], ..object };
    let before = Prediction::Objects { objects: vec![seen(object), seen(other)] };
    let Expected::Answer(Prediction::Objects { objects }) =
        stack::expected(&BUILT_IN, &change, &before, (0, 0)).unwrap()
    else {
        panic!("the object moves")
    };
    assert_eq!(objects[0].solid, Some(other));
    let there = objects[1].solid.unwrap();
    assert!((there.center[0] - object.center[0] - step[0]).abs() < 1e-4 && (there.yaw - 0.3).abs() < 1e-6);
    // What changes nothing leaves even the order of the points.
    let nothing = Stack { object: Some(object), ..stack::parse(&BUILT_IN, "shift_points:0", 1).unwrap() };
    assert_eq!(stack::apply(&BUILT_IN, &nothing, &cloud).unwrap(), cloud);
}

#[test]
fn what_the_sensor_cannot_see_may_be_missed() {
    let seen = |x: f32, y: f32| {
        let solid = Solid { center: [x, y, 0.0], size: [4.0, 2.0, 1.5], yaw: 0.0 };
        Detection::upright("car".to_owned(), 0.9, solid)
    };
    let before = Prediction::Objects { objects: vec![seen(20.0, 0.0), seen(-20.0, 1.0)] };
    let scores = |with: &str| {
        let Expected::Answer(Prediction::Objects { objects }) =
            stack::expected(&BUILT_IN, &stack::parse(&BUILT_IN, with, 0).unwrap(), &before, (0, 0)).unwrap()
        else {
            panic!("objects stay objects")
        };
        (objects[0].score, objects[1].score)
    };
    assert_eq!(scores("field_of_view:60"), (0.9, 0.0));
    assert_eq!(scores("lost_sector:40;towards=0"), (0.0, 0.9));
}

#[test]
fn seeded_points_are_the_same_on_every_machine() {
    let cloud = cloud(300, 12);
    let sum = |with: &str| -> u64 {
        let changed = changed(with, 42, &cloud);
        let bits = changed.positions.iter().flatten().map(|value| u64::from(value.to_bits()));
        bits.enumerate().fold(0_u64, |sum, (i, bits)| sum.wrapping_add(bits.wrapping_mul(i as u64 % 251 + 1)))
    };
    let sums =
        ["scatter:50", "lidar_fog:0.03", "position_noise:0.1", "turn_points:33", "motion_distortion:1"]
            .map(sum);
    assert_eq!(sums, GOLDEN);
}

const GOLDEN: [u64; 5] =
    [263_475_842_788_701, 70_351_795_120_962, 215_751_405_516_007, 214_948_389_894_024, 217_344_658_350_934];

#[test]
fn points_are_written_and_read_back() {
    let cloud = cloud(200, 13);
    let bytes = point_files::to_pcd(&cloud);
    assert_eq!(bytes, point_files::to_pcd(&cloud));
    let read = point_files::pcd(&bytes).unwrap();
    assert_eq!((read.positions, read.fields), (cloud.positions, cloud.fields));
}

#[test]
fn a_transform_of_pictures_says_that_it_cannot_change_points() {
    let error = stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, "fog:0.5", 0).unwrap(), &cloud(3, 1))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "transform \"fog\" needs images, the input holds point clouds, remove it from the stack"
    );
}

fn ramp() -> Signals {
    let series = |name: &str, scale: f64| Series {
        name: name.to_owned(),
        times: (0..100).map(|i| Time(i * 100_000_000)).collect(),
        values: (0..100).map(|i| f64::from(i) * scale).collect(),
    };
    Signals { series: vec![series("speed", 0.1), series("angle", -2.0)] }
}

fn faulty(with: &str) -> Signals {
    stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, with, 5).unwrap(), &ramp()).unwrap()
}

#[test]
fn every_fault_keeps_its_promises() {
    let ramp = ramp();
    for kind in faults() {
        if let Some(strength) = kind.strength() {
            let same = stack::apply(&BUILT_IN, &with_strength(kind, strength.neutral), &ramp).unwrap();
            assert_eq!(same, ramp, "{}", kind.id);
        }
        let initial = with_strength(kind, kind.strength().map_or(0.0, |strength| strength.initial));
        let run = |seed| stack::apply(&BUILT_IN, &Stack { seed, ..initial.clone() }, &ramp).unwrap();
        assert_ne!(run(1), ramp, "{}", kind.id);
        assert_eq!(run(1) != run(2), kind.seeded, "{}", kind.id);
        for series in &run(1).series {
            assert_eq!(series.times.len(), series.values.len());
            assert!(series.times.is_sorted(), "{}", kind.id);
        }
        for empty in [Signals::default(), Signals { series: vec![Series::default()] }] {
            assert_eq!(stack::apply(&BUILT_IN, &initial, &empty).unwrap(), empty, "{}", kind.id);
        }
    }
}

#[test]
fn faults_do_what_they_are_called() {
    let value = |signals: &Signals, i: usize| signals.series[0].values[i];
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
    // The range of the ramp is 9.9.
    close(value(&faulty("offset:0.5"), 10), 1.0 + 4.95);
    close(value(&faulty("drift:1"), 60), 6.0 + 9.9 * 6.0 / 60.0);
    let stuck = faulty("stuck_value:2;from=3");
    close(value(&stuck, 29), 2.9);
    close(value(&stuck, 45), 3.0);
    close(value(&stuck, 51), 5.1);
    close(value(&faulty("unit_error:3.6;from=5;lasting=1"), 55), 5.5 * 3.6);
    close(value(&faulty("unit_error:3.6;from=5;lasting=1"), 70), 7.0);
    close(value(&faulty("quantization:0.5"), 30), 4.95);
    assert_eq!(faulty("delay:0.25").series[0].times[4], Time(650_000_000));
    assert_eq!(faulty("clock_skew:10").series[0].times[50], Time(5_050_000_000));
    let swapped = faulty("swapped_signals");
    assert_eq!((swapped.series[0].name.as_str(), value(&swapped, 10)), ("speed", -20.0));
    let left = faulty("dropout:0.4").series[0].values.len();
    assert!((45..75).contains(&left), "{left}");
    let spiked = faulty("spikes:0.1");
    let off = (0..100).filter(|i| (value(&spiked, *i) - f64::from(*i as u32) * 0.1).abs() > 9.0).count();
    assert!((4..20).contains(&off), "{off}");
}

proptest! {
    /// Whatever a stack of points does, the cloud stays whole, and the same seed does the same.
    #[test]
    fn stacks_of_points_keep_clouds_whole(
        picks in prop::collection::vec((0_usize..24, 0.0_f64..1.0), 1..4),
        count in 0_usize..300,
        seed in any::<u64>(),
    ) {
        let kinds: Vec<_> = points().collect();
        let transforms = picks.iter().map(|(at, strength)| {
            let kind = kinds[at % kinds.len()];
            let mut spec = TransformSpec::new(kind.id);
            if let Some(knob) = kind.strength() {
                spec.params.insert(knob.id, knob.at_strength(*strength));
            }
            spec
        }).collect();
        let change = Stack { seed, transforms, ..Stack::default() };
        let cloud = cloud(count, seed);
        let once = stack::apply(&BUILT_IN, &change, &cloud).unwrap();
        whole(&once);
        prop_assert_eq!(once, stack::apply(&BUILT_IN, &change, &cloud).unwrap());
    }
}
