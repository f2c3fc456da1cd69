//! Questions about tracks: the language, its predicates against `RefAV`, and `hardcase mine --ask`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use common::{copied, sample};
use glam::DVec3;
use hardcase::base::time::Time;
use hardcase::mining::finding::Finding;
use hardcase::mining::questions::nuplan;
use hardcase::project::editor::ProjectEditor;
use hardcase::tracks::questions::complete::{Known, candidates};
use hardcase::tracks::questions::question::{About, Question};
use hardcase::tracks::questions::words::WORDS;
use hardcase::tracks::questions::world::{Actor, Signal, World};
use hardcase::tracks::track::{Place, Placed, State, Track};
use serde::Deserialize;

/// A track by its place, heading and size at each tenth of a second.
fn track(id: &str, class: &str, size: [f64; 3], at: impl Fn(f64) -> Option<(f64, f64, f64)>) -> Track {
    let state = |n: usize| {
        let (x, y, heading) = at(n as f64 * 0.1)?;
        let place =
            Placed { center: DVec3::new(x, y, 0.0), heading, size: DVec3::from_array(size), velocity: None };
        Some(State {
            time: Time(n as i64 * 100_000_000),
            sample: n,
            class: class.into(),
            score: Some(0.9),
            place: Place::World(place),
        })
    };
    Track { id: id.into(), states: (0..100).filter_map(state).collect() }
}

const CAR: [f64; 3] = [4.5, 1.8, 1.5];

/// The vehicle goes along x at 10 m/s; a lead at 8 m/s, a car that comes against it, a pedestrian that crosses ahead, a parked
/// car, and a cyclist that cuts in.
fn world() -> World {
    let ego: Vec<(Time, Placed)> = track("ego", "", [4.9, 1.9, 1.8], |t| Some((10.0 * t, 0.0, 0.0)))
        .states
        .iter()
        .map(|state| (state.time, *state.place.world().unwrap()))
        .collect();
    let tracks = [
        track("lead", "car", CAR, |t| Some((22.0 + 8.0 * t, 0.1, 0.0))),
        track("oncoming", "car", CAR, |t| Some((120.0 - 12.0 * t, 3.5, std::f64::consts::PI))),
        track("walker", "pedestrian", [0.6, 0.6, 1.7], |t| {
            Some((60.0, -8.25 + 1.5 * t, std::f64::consts::FRAC_PI_2))
        }),
        track("parked", "truck", [9.0, 2.5, 3.0], |_| Some((40.0, -4.0, 0.0))),
        track("rider", "cyclist", [1.8, 0.7, 1.7], |t| {
            (t > 1.0).then(|| (14.0 + 10.0 * t, 4.0 - (t - 3.0).clamp(0.0, 2.0) * 1.75, 0.0))
        }),
    ];
    let actors = tracks.iter().map(|track| Actor::of("/objects", track)).collect();
    let mut world = World::new(actors, Some((&ego, 1.4)));
    let times: Vec<Time> = (0..1000).map(|n| Time(n * 10_000_000)).collect();
    let values = times.iter().map(|time| if (4.0..5.0).contains(&time.secs()) { 0.8 } else { 0.0 }).collect();
    world
        .signals
        .insert("brake".to_owned(), Signal { times: times.into(), values: std::sync::Arc::new(values) });
    world.signal_names.push("brake".to_owned());
    world
}

/// Subjects with their intervals in seconds.
fn asked(world: &World, text: &str) -> Vec<(String, f64, f64)> {
    let question = Question::parse(text).unwrap_or_else(|err| panic!("{text}: {err}"));
    let answer = world.ask(&question);
    assert!(answer.notes.is_empty(), "{text}: {:?}", answer.notes);
    let name =
        |subject: Option<usize>| subject.map_or_else(|| "-".to_owned(), |at| world.actors()[at].id.clone());
    answer.intervals.iter().map(|i| (name(i.subject), i.from.secs(), i.to.secs())).collect()
}

fn subjects(world: &World, text: &str) -> Vec<String> {
    let all: BTreeSet<String> = asked(world, text).into_iter().map(|(name, ..)| name).collect();
    all.into_iter().collect()
}

#[test]
fn predicates_are_true_of_what_they_say() {
    let world = world();
    let check = |text: &str, expected: &[&str]| assert_eq!(subjects(&world, text), expected, "{text}");
    check("class(\"car\")", &["lead", "oncoming"]);
    check("class(\"vehicle\")", &["ego", "lead", "oncoming", "parked"]);
    check("track.stationary(3)", &["parked"]);
    check("class(\"vehicle\") and not moving()", &["parked"]);
    check("class(\"cycle\") and cut_in(ego)", &["rider"]);
    check("any(track.oncoming(ego))", &["oncoming"]);
    check("track.crossing(ego)", &["walker"]);
    check("track.length > 8", &["parked"]);
    check("class(\"person\") and in_front_of(ego, 60, 2)", &["walker"]);
    check("behind(ego, 10) and class(\"truck\")", &["parked"]);
    check("track.has_behind(ego, 40, 0) and class(\"car\")", &["lead"]);
    check("ego.following(class(\"car\"))", &["-"]);
    check("track.heading_toward(ego, 30, 5)", &["oncoming"]);
    check("class(\"person\") and reverse(near(\"truck\", 25))", &["walker"]);
    check("class(\"truck\") and near(class(\"person\") or class(\"cyclist\"), 100)", &["parked"]);
    check("count(class(\"car\")) == 2 and count(moving()) >= 4", &["-"]);
    check("ego.u_turn() or ego.turning(left) or ego.reversing()", &[]);
    check("all(track.speed < 5)", &[]);
}

#[test]
fn times_are_those_of_the_samples() {
    let world = world();
    assert_eq!(asked(&world, "signal(\"brake\") > 0.3"), [("-".to_owned(), 4.0, 4.99)]);
    assert_eq!(asked(&world, "rises(signal(\"brake\") > 0.3)"), [("-".to_owned(), 4.0, 4.0)]);
    assert_eq!(asked(&world, "falls(signal(\"brake\") > 0.3)"), [("-".to_owned(), 5.0, 5.0)]);
    assert_eq!(asked(&world, "for(signal(\"brake\") > 0.3, 2)"), []);
    // The vehicle passes the parked truck's middle at 4 s and is 20 m further at 6 s.
    let then = asked(&world, "then(signal(\"brake\") > 0.3, not near(\"truck\", 10), 5)");
    assert_eq!(then.len(), 1);
    assert!((then[0].1 - 4.0).abs() < 1e-9 && (5.5..6.5).contains(&then[0].2), "{then:?}");
    assert_eq!(asked(&world, "then(signal(\"brake\") > 0.3, stationary(3), 5)"), []);
    let before = asked(&world, "before(signal(\"brake\") < 0.3, signal(\"brake\") > 0.3, 1)");
    assert_eq!(before, [("-".to_owned(), 3.0, 3.99)]);
    assert_eq!(asked(&world, "times(signal(\"brake\") > 0.3, 2) >= 1"), [("-".to_owned(), 4.0, 6.0)]);
    // The example of the documents.
    assert_eq!(asked(&world, "any(track.class(\"animal\") and crossing(ego) and ttc(ego) < 2)"), []);
    let close = asked(&world, "any(track.class(\"person\") and crossing(ego) and ttc(ego) < 2)");
    assert_eq!(close.len(), 1, "{close:?}");
    // The vehicle is at its place after 5.6 s.
    assert!((3.0..5.5).contains(&close[0].1), "{close:?}");
}

#[test]
fn errors_name_the_place_and_what_may_have_been_meant() {
    for (text, parts) in [
        ("", &["empty", "any(track"] as &[&str]),
        ("clas(\"car\")", &["\"clas\" at 1", "did you mean \"class\"?"]),
        ("ego.sped > 3", &["\"sped\" at 5", "did you mean \"speed\"?"]),
        ("speed > 3 and near", &["\"near\" at 15", "near(…)"]),
        ("near(ego, 10, m=2)", &["\"m\" at 15", "within, n"]),
        ("near(ego, within=10, within=3)", &["\"within\" at 22"]),
        ("speed", &["speed at 1", "a number", "true or false"]),
        ("ttc(ego)", &["at 1", "a number"]),
        ("class(\"car\") > 3", &["class(\"car\") at 1", "true or false", "a number is expected"]),
        ("on(lane)", &["on at 1", "no map is read"]),
        ("class(\"car\") and lane_change(left)", &["lane_change at 18", "map"]),
        ("turning(up)", &["turning at 1", "front, back, left or right"]),
        ("near(5)", &["near at 1", "ego, other"]),
        ("reverse(speed > 1)", &["reverse at 1", "a relation"]),
        ("for(moving(), speed)", &["for at 1", "constant numbers"]),
        ("near(ego, 10, 1.5)", &["near at 1", "whole number"]),
        ("moving( ", &["ends where a value is expected"]),
        ("moving() moving()", &["unexpected \"moving\" at 10"]),
        ("signal(brake) > 1", &["signal at 1", "in quotes"]),
    ] {
        let message = Question::parse(text).err().unwrap_or_else(|| panic!("{text} is no error")).to_string();
        for part in parts {
            assert!(message.contains(part), "{text}: {message}");
        }
    }
    let world = world();
    let notes = |text: &str| world.ask(&Question::parse(text).unwrap()).notes;
    assert_eq!(
        notes("signal(\"brke\") > 1"),
        ["the recording has no signal \"brke\", did you mean \"brake\"?"]
    );
}

#[test]
fn what_is_unknown_is_said_and_never_true() {
    let image = Track {
        id: "1".into(),
        states: (0..9)
            .map(|n| State {
                time: Time(n * 100_000_000),
                sample: n as usize,
                class: "car".into(),
                score: Some(0.5),
                place: Place::Image(hardcase::data::geometry::box2::Box2 {
                    x0: 0.0,
                    y0: 0.0,
                    x1: 9.0,
                    y1: 9.0,
                }),
            })
            .collect(),
    };
    let world = World::new(vec![Actor::of("/boxes", &image)], None);
    let ask = |text: &str| {
        let answer = world.ask(&Question::parse(text).unwrap());
        (answer.intervals.len(), answer.notes)
    };
    assert_eq!(ask("class(\"car\") and score > 0.4"), (1, vec![]));
    for text in
        ["track.speed < 1", "not (track.speed > 1)", "track.near(\"car\", 5)", "track.ttc(\"car\") < 2"]
    {
        let (count, notes) = ask(text);
        assert!(count == 0 && !notes.is_empty(), "{text}: {notes:?}");
    }
    let (count, notes) = ask("ego.speed < 1");
    assert!(count == 0 && notes[0].contains("motion of the vehicle"), "{notes:?}");
}

#[test]
fn subjects_follow_the_rule() {
    for (text, about) in [
        ("speed > 1", About::Vehicle),
        ("ego.near(\"person\", 5)", About::Vehicle),
        ("then(signal(\"brake\") > 0.3, stationary(3), 5)", About::Vehicle),
        ("any(class(\"car\")) and signal(\"x\") > 1", About::Vehicle),
        ("track.speed > 1", About::Tracks),
        ("near(ego)", About::Tracks),
        ("class(\"car\") and speed > 1", About::Tracks),
        ("any(class(\"car\") and speed > 1)", About::OtherTracks),
    ] {
        assert_eq!(Question::parse(text).unwrap().about(), about, "{text}");
    }
}

#[test]
fn completion_offers_words_and_names_in_their_place() {
    let known = Known {
        classes: vec!["car".into(), "person".into()],
        signals: vec!["brake".into()],
        ..Known::default()
    };
    let first = |text: &str| {
        candidates(text, text.chars().count(), &known).into_iter().next().map(|c| (c.text, c.cursor))
    };
    assert_eq!(first("cros"), Some(("crossing()".to_owned(), 9)));
    assert_eq!(first("class(\"pe"), Some(("class(\"person\"".to_owned(), 14)));
    assert_eq!(first("signal(\""), Some(("signal(\"brake\"".to_owned(), 14)));
    assert_eq!(first("ego.sp"), Some(("ego.speed".to_owned(), 9)));
    assert!(candidates("speed > zz", 10, &known).is_empty());
    // Every usage is a question or a number.
    for word in WORDS.iter().filter(|word| !word.map) {
        let usage = word.usage.replace("lateral", "2").replace("(b", "(other").replace("(p", "(moving()");
        let usage =
            usage.replace(" q", " reversing()").replace("(x)", "(speed)").replace("(a, b)", "(speed, age)");
        let ok = Question::parse(&usage).is_ok() || Question::parse(&format!("{usage} > 1")).is_ok();
        assert!(ok, "{}: {:?}", word.usage, Question::parse(&usage).err());
    }
}

/// Predicates of `RefAV` run on generated tracks, see `make_questions.py` beside the file.
#[derive(Deserialize)]
struct Golden {
    tracks: BTreeMap<String, GoldenTrack>,
    results: Vec<GoldenResult>,
}

#[derive(Deserialize)]
struct GoldenTrack {
    class: String,
    size: [f64; 3],
    /// Sample, x, y, z, heading.
    states: Vec<(usize, f64, f64, f64, f64)>,
}

#[derive(Deserialize)]
struct GoldenResult {
    question: String,
    /// Samples by track.
    expected: BTreeMap<String, Vec<usize>>,
}

/// True samples by track.
fn samples(world: &World, text: &str) -> BTreeMap<String, Vec<usize>> {
    let question = Question::parse(text).unwrap_or_else(|err| panic!("{text}: {err}"));
    let mut all = BTreeMap::new();
    for interval in world.ask(&question).intervals {
        let actor = &world.actors()[interval.subject.unwrap()];
        let inside = actor.times.iter().filter(|time| interval.from <= **time && **time <= interval.to);
        let samples = inside.map(|time| (time.0 / 100_000_000) as usize);
        all.entry(actor.id.clone()).or_insert_with(Vec::new).extend(samples);
    }
    all
}

fn golden_world(golden: &Golden) -> World {
    let of = |(id, of): (&String, &GoldenTrack)| {
        let state = |(sample, x, y, z, heading): &(usize, f64, f64, f64, f64)| State {
            time: Time(*sample as i64 * 100_000_000),
            sample: *sample,
            class: of.class.as_str().into(),
            score: None,
            place: Place::World(Placed {
                center: DVec3::new(*x, *y, *z),
                heading: *heading,
                size: DVec3::from_array(of.size),
                velocity: None,
            }),
        };
        Track { id: id.as_str().into(), states: of.states.iter().map(state).collect() }
    };
    let tracks: Vec<Track> = golden.tracks.iter().map(of).collect();
    let (ego, others): (Vec<Track>, Vec<Track>) = tracks.into_iter().partition(|track| &*track.id == "ego");
    let places: Vec<(Time, Placed)> =
        ego[0].states.iter().map(|state| (state.time, *state.place.world().unwrap())).collect();
    let actors = others.iter().map(|track| Actor::of("/objects", track)).collect();
    let mut world = World::new(actors, Some((&places, 1.422)));
    world.reach = f64::INFINITY;
    world
}

#[test]
fn predicates_equal_those_of_refav() {
    let path = common::repo().join("tests/fixtures/questions/refav.json");
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let world = golden_world(&golden);
    let mut compared = 0;
    for GoldenResult { question, expected } in &golden.results {
        assert_eq!(&samples(&world, question), expected, "{question}");
        compared += expected.values().map(Vec::len).sum::<usize>();
    }
    assert!(golden.results.len() >= 20 && compared > 500, "{compared}");
}

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn findings(path: &Path) -> Vec<Finding> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn questions_are_asked_saved_and_run_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("tempe");
    copied("tempe", &project);
    let (place, out) = (project.to_str().unwrap(), folder.path().join("found.jsonl"));
    let out_name = out.to_str().unwrap();
    let question = "any(ttc(ego) < 1.5)";
    let output = hardcase(&["mine", place, "--ask", question, "-o", out_name]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found = findings(&out);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.finder == "ask"), "{found:?}");
    assert!(found[0].numbers["ttc(ego)"] < 1.5 && !found[0].tracks.is_empty(), "{:?}", found[0]);
    // Parquet has the same columns and rows.
    let parquet = folder.path().join("found.parquet");
    let output = hardcase(&["mine", place, "--ask", question, "-o", parquet.to_str().unwrap()]);
    assert!(output.status.success() && std::fs::read(&parquet).unwrap().starts_with(b"PAR1"));
    let saved = hardcase(&["mine", place, "--ask", question, "--save-question", "close_call"]);
    assert!(saved.status.success(), "{}", text(&saved.stderr));
    assert!(std::fs::read_to_string(project.join("hardcase.toml")).unwrap().contains("close_call"));
    let listed = hardcase(&["mine", place, "--list"]);
    assert!(
        text(&listed.stdout).contains("close_call") && text(&listed.stdout).contains("nuplan_stationary")
    );
    let output =
        hardcase(&["mine", place, "--finder", "close_call", "-o", out_name, "--fail-on", "severity>0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(findings(&out).iter().all(|finding| finding.finder == "close_call"));
    // It runs by itself as well, beside the finders.
    let output = hardcase(&["mine", place, "-o", out_name]);
    assert!(output.status.success());
    let ids: BTreeSet<String> = findings(&out).into_iter().map(|finding| finding.finder).collect();
    assert!(ids.contains("close_call") && ids.contains("class_flip"), "{ids:?}");
    // Undo takes it away.
    let mut editor = ProjectEditor::open(&project).unwrap();
    assert_eq!(editor.undo().unwrap().as_deref(), Some("Save question close_call"));
    assert!(editor.project().questions.is_empty());
    for (args, part) in [
        (["--ask", "speed >"], "ends where a value is expected"),
        (["--finder", "close_cal"], "unknown finder"),
        (["--save-question", "x"], "--ask"),
    ] {
        let output = hardcase(&["mine", place, args[0], args[1]]);
        assert!(
            output.status.code() == Some(2) && text(&output.stderr).contains(part),
            "{}",
            text(&output.stderr)
        );
    }
    let refused = hardcase(&["mine", place, "--ask", question, "--save-question", "class_flip"]);
    assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("name of a finder"));
    for name in ["stationary", "nuplan", "nuplan_mine"] {
        let refused = hardcase(&["mine", place, "--ask", question, "--save-question", name]);
        assert!(
            refused.status.code() == Some(2) && text(&refused.stderr).contains("scenario type"),
            "{name}"
        );
    }
}

#[test]
fn scenario_types_of_nuplan_run_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("found.jsonl");
    let tempe = sample("tempe");
    for args in [["--finder", "nuplan_high_magnitude_speed"], ["--ask", "high_magnitude_speed"]] {
        let output = hardcase(&[
            "mine",
            tempe.join("clips/tempe_reconstruction.mcap").to_str().unwrap(),
            args[0],
            args[1],
            "-o",
            out.to_str().unwrap(),
        ]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let found = findings(&out);
        assert!(
            !found.is_empty() && found.iter().all(|finding| finding.finder == "high_magnitude_speed"),
            "{found:?}"
        );
    }
    assert!(nuplan::TYPES.len() > 20);
}

#[test]
fn findings_become_tags_and_a_mined_recording_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("tempe");
    copied("tempe", &project);
    let place = project.to_str().unwrap();
    let label = folder.path().join("tags.json");
    let args = ["mine", place, "--ask", "any(ttc(ego) < 1.5)", "--tags", "--since-last", "--openlabel"];
    let first = hardcase(&[&args[..], &[label.to_str().unwrap()]].concat());
    assert!(first.status.success(), "{}", text(&first.stderr));
    let tags = ProjectEditor::open(&project).unwrap().project().tags.clone();
    assert!(!tags.is_empty() && tags.iter().all(|tag| tag.kind == "ask"));
    assert!(text(&first.stderr).contains(&format!("{} tag", tags.len())), "{}", text(&first.stderr));
    assert!(std::fs::read_to_string(&label).unwrap().contains("openlabel"));
    let again = hardcase(&[&args[..], &[label.to_str().unwrap()]].concat());
    assert!(text(&again.stderr).contains("mined before, left out"), "{}", text(&again.stderr));
    assert!(text(&again.stdout).contains("0 findings"), "{}", text(&again.stdout));
    let mut editor = ProjectEditor::open(&project).unwrap();
    assert_eq!(editor.project().tags.len(), tags.len());
    assert_eq!(editor.undo().unwrap().as_deref(), Some("Tag findings"));
    assert!(editor.project().tags.is_empty());
    // Another question is another run.
    let other = hardcase(&["mine", place, "--ask", "ego.speed > 1", "--since-last"]);
    assert!(!text(&other.stderr).contains("left out"));
    for option in ["--since-last", "--tags"] {
        let clip = project.join("clips/tempe_reconstruction.mcap");
        let refused = hardcase(&["mine", clip.to_str().unwrap(), option]);
        assert!(refused.status.code() == Some(2) && text(&refused.stderr).contains("needs a project"));
    }
}
