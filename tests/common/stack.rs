//! A recorded drive of somebody's own stack: detections, tracked objects, plan, control, coordinate frames; no labels and no
//! model. The car ahead brakes at 6 s; the stack as it is reacts late and takes a pedestrian for a bicycle, the repaired one
//! does neither.

use std::collections::BTreeMap;
use std::io::Cursor;

use serde_json::{Value, json};

/// Kind of the stack that drove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// Brakes at 7.2 s with 6 m/s².
    Faulty,
    /// Brakes at 5 s with 3 m/s².
    Repaired,
}

/// First stamp of the recording.
pub const START: u64 = 1_700_000_000_000_000_000;
/// Length in seconds.
pub const SECONDS: f64 = 20.0;
const STEP: f64 = 0.01;

/// Positions and speeds of the vehicle and the car ahead, every 10 ms.
struct Drive {
    ego: Vec<(f64, f64, f64)>,
    lead: Vec<(f64, f64)>,
}

fn drive(stack: Stack) -> Drive {
    let (brake_at, brake) = match stack {
        Stack::Faulty => (7.2, 6.0),
        Stack::Repaired => (5.0, 3.0),
    };
    let (mut x, mut v, mut lead, mut lead_v) = (0.0, 15.0_f64, 45.0, 12.0_f64);
    let mut drive = Drive { ego: Vec::new(), lead: Vec::new() };
    for i in 0..=(SECONDS / STEP) as usize {
        let t = i as f64 * STEP;
        let a = if t >= brake_at && v > 0.0 { -brake } else { 0.0 };
        drive.ego.push((x, v, a));
        drive.lead.push((lead, lead_v));
        lead_v = (lead_v - if t >= 6.0 { 4.0 * STEP } else { 0.0 }).max(0.0);
        v = (v + a * STEP).max(0.0);
        x += v * STEP;
        lead += lead_v * STEP;
    }
    drive
}

fn pose(x: f64, y: f64) -> Value {
    json!({ "position": { "x": x, "y": y, "z": 0.75 }, "orientation": { "x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0 } })
}

fn entity(frame: &str, id: &str, class: &str, (x, y): (f64, f64), size: [f64; 3]) -> Value {
    json!({ "frame_id": frame, "id": id, "metadata": [{ "key": "class", "value": class }, { "key": "score", "value": "0.9" }],
        "cubes": [{ "pose": pose(x, y), "size": { "x": size[0], "y": size[1], "z": size[2] } }] })
}

const CAR: [f64; 3] = [4.5, 1.8, 1.5];
const PERSON: [f64; 3] = [0.6, 0.6, 1.75];

/// The recording as an MCAP file.
pub fn recording(stack: Stack) -> Vec<u8> {
    let drive = drive(stack);
    let at = |t: f64| ((t / STEP).round() as usize).min(drive.ego.len() - 1);
    let mut messages: Vec<(u64, &str, &str, Value)> = Vec::new();
    let nanos = |t: f64| START + (t * 1e9).round() as u64;
    // Coordinate frames at 50 Hz.
    for i in 0..=1000 {
        let t = f64::from(i) * 0.02;
        let (x, ..) = drive.ego[at(t)];
        let turn = json!({ "x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0 });
        messages.push((
            nanos(t),
            "/tf",
            "foxglove.FrameTransform",
            json!({ "parent_frame_id": "map", "child_frame_id": "base_link",
            "translation": { "x": x, "y": 0.0, "z": 0.0 }, "rotation": turn }),
        ));
    }
    // Ground truth at 20 Hz in the map, what the stack tracks at 10 Hz in the vehicle, 10 ms later.
    for i in 0..400 {
        let t = f64::from(i) * 0.05;
        let lead = drive.lead[at(t)].0;
        let walker = (30.0 + 0.2 * t, 6.0);
        let truth = [
            entity("map", "7", "car", (lead, 0.0), CAR),
            entity("map", "3", "pedestrian", walker, PERSON),
            entity("map", "9", "car", (120.0, -6.0), CAR),
        ];
        messages.push((nanos(t), "/ground_truth", "foxglove.SceneUpdate", json!({ "entities": truth })));
        if i % 2 == 0 {
            let t = t + 0.01;
            let (x, ..) = drive.ego[at(t)];
            let lead = drive.lead[at(t)].0;
            let flips = stack == Stack::Faulty && (20..60).contains(&(i / 2)) && (i / 2) % 8 >= 4;
            let class = if flips { "bicycle" } else { "pedestrian" };
            let walker = (30.0 + 0.2 * t - x, 6.0);
            let mut seen = vec![
                entity("base_link", "1", "car", (lead - x, 0.1), CAR),
                entity("base_link", "2", class, walker, PERSON),
            ];
            // The parked car is lost for a second by the faulty stack.
            if !(stack == Stack::Faulty && (8.0..9.0).contains(&t)) {
                seen.push(entity("base_link", "4", "car", (120.0 - x, -6.0), CAR));
            }
            messages.push((nanos(t), "/objects", "foxglove.SceneUpdate", json!({ "entities": seen })));
            let (_, v, a) = drive.ego[at(t)];
            let points: Vec<Value> = (0..20)
                .map(|k| {
                    let s = f64::from(k) * 0.25;
                    json!({ "pose": pose(x + v * s, 0.0), "longitudinal_velocity_mps": v,
                        "time_from_start": { "sec": s.floor(), "nanosec": (s.fract() * 1e9).round() } })
                })
                .collect();
            let plan = json!({ "header": { "frame_id": "map" }, "points": points });
            messages.push((nanos(t), "/plan", "autoware_planning_msgs/msg/Trajectory", plan));
            messages.push((
                nanos(t),
                "/control",
                "control.Command",
                json!({ "acceleration": a, "steering": 0.0 }),
            ));
            messages.push((nanos(t), "/vehicle", "vehicle.State", json!({ "speed": v })));
        }
    }
    messages.sort_by_key(|(time, topic, ..)| (*time, topic.to_owned()));
    written(&messages)
}

/// Messages as an MCAP file in JSON: time, topic, schema, content.
pub fn written(messages: &[(u64, &str, &str, Value)]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = mcap::WriteOptions::new().create(&mut bytes).unwrap();
    let mut channels = BTreeMap::new();
    for (sequence, (time, topic, schema, message)) in messages.iter().enumerate() {
        let channel = *channels.entry(*topic).or_insert_with(|| {
            let schema = writer.add_schema(schema, "jsonschema", b"{\"type\":\"object\"}").unwrap();
            writer.add_channel(schema, topic, "json", &BTreeMap::new()).unwrap()
        });
        let header = mcap::records::MessageHeader {
            channel_id: channel,
            sequence: sequence as u32,
            log_time: *time,
            publish_time: *time + 1_000_000,
        };
        writer.write_to_known_channel(&header, message.to_string().as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    bytes.into_inner()
}
