//! Coverage, subsampling and rules by example, through the command line.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::{Storage, copied, mcap_recording};
use hardcase::base::covering::{Space, combinations, covering_array};
use hardcase::base::time::Time;
use hardcase::data::labels::label::{Attributes, Value};
use hardcase::data::labels::odd;
use hardcase::data::labels::tag::Tag;
use hardcase::project::edit::Edit;
use hardcase::project::editor::ProjectEditor;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn large_covering_arrays_are_within_ten_percent_of_pict() {
    let of = |levels: &[(usize, usize)]| -> Vec<usize> {
        levels.iter().flat_map(|(level, count)| std::iter::repeat_n(*level, *count)).collect()
    };
    // PICT c3dad2b, seed 0, measured.
    for (levels, strength, pict) in [
        (of(&[(4, 15), (3, 17), (2, 29)]), 2, 38),
        (of(&[(4, 1), (3, 39), (2, 35)]), 2, 28),
        (of(&[(2, 100)]), 2, 16),
        (of(&[(10, 20)]), 2, 213),
        (vec![6, 4, 4, 3, 3, 3, 2, 2, 2], 3, 115),
    ] {
        let array =
            covering_array(&Space { levels: levels.clone(), excluded: Vec::new() }, strength, 1).unwrap();
        assert_eq!((array.covered, Some(array.required)), (array.required, combinations(&levels, strength)));
        assert!(array.rows.len() * 10 <= pict * 11, "{levels:?}: {} rows, PICT {pict}", array.rows.len());
    }
}

/// A project with tags: the names of attributes of the domain, and stretches of other tags in seconds.
fn tagged(folder: &Path, odd_names: &[&str], others: &[(&str, f64, f64)]) {
    copied("tempe", folder);
    let mut editor = ProjectEditor::open(folder).unwrap();
    let clip = editor.project().clips[0].name.clone();
    // Times of the recording count from its own beginning.
    let begin = hardcase::project::samples::opened(editor.project(), &editor.project().clips[0])
        .unwrap()
        .info()
        .range
        .start;
    let tag = |kind: String, start: Time, end: Option<Time>| Tag {
        id: 0,
        clip: clip.clone(),
        kind,
        start,
        end,
        note: String::new(),
        attributes: Attributes::new(),
    };
    let mut tags: Vec<Tag> = Vec::new();
    for name in odd_names {
        let mut own = tag(odd::kind_of(name), Time(0), None);
        own.attributes.insert(odd::PRESENT.to_owned(), Value::Flag(true));
        tags.push(own);
    }
    for (kind, from, to) in others {
        let at = |secs: f64| begin + hardcase::base::time::Span::from_secs(secs);
        tags.push(tag((*kind).to_owned(), at(*from), Some(at(*to))));
    }
    let edits = tags.into_iter().enumerate().map(|(at, tag)| Edit::AddTag(Tag { id: at as u64 + 1, ..tag }));
    editor.commit("Tag", Edit::Group(edits.collect())).unwrap();
}

#[test]
fn holes_of_tags_have_their_nearest_recording() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    tagged(&project, &["LowLightNight", "SurfaceTypeUniform"], &[("busy", 1.0, 4.0), ("quiet", 5.0, 9.0)]);
    let place = project.to_str().unwrap();
    let output = hardcase(&["coverage", place, "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let ways = &report["tags"]["ways"];
    // Four factors of one value: night, asphalt, busy, quiet. Busy and quiet never meet.
    assert_eq!((ways[0]["required"].as_u64(), ways[0]["covered"].as_u64()), (Some(4), Some(4)));
    assert_eq!((ways[1]["required"].as_u64(), ways[1]["covered"].as_u64()), (Some(6), Some(5)));
    assert_eq!((ways[2]["required"].as_u64(), ways[2]["covered"].as_u64()), (Some(4), Some(2)));
    let holes = report["tags"]["holes"].as_array().unwrap();
    assert_eq!(holes.len(), 1);
    assert_eq!(holes[0]["tags"], serde_json::json!(["busy", "quiet"]));
    assert_eq!(holes[0]["nearest"], "tempe_reconstruction");
    let args =
        ["--factor", "light=day|night", "--factor", "load=busy|quiet", "--factor", "weather=rain|snow"];
    let output =
        hardcase(&[&["coverage", place][..], &args, &["--exclude", "day & snow", "--array", "2"]].concat());
    let shown = text(&output.stdout);
    assert!(output.status.success() && shown.contains("2 of 11 seen"), "{shown}");
    assert!(
        shown.contains("1 excluded") && shown.contains("or the transform rain on it (synthetic)"),
        "{shown}"
    );
    for (bad, part) in [
        ("--exclude=day & frost", "no factor has the tag"),
        ("--factor=light", "is no factor"),
        ("--signals=speed", "no pair"),
        ("--area=1,2", "no area"),
    ] {
        let output = hardcase(&["coverage", place, bad]);
        assert!(
            output.status.code() == Some(2) && text(&output.stderr).contains(part),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn rules_are_proposed_for_tagged_moments() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    tagged(&project, &[], &[("collision ahead", 8.5, 9.9)]);
    let place = project.to_str().unwrap();
    let output = hardcase(&["mine", place, "--like", "collision ahead"]);
    let shown = text(&output.stdout);
    assert!(output.status.success() && shown.contains("1 of 1 moments"), "{shown} {}", text(&output.stderr));
    let rule = shown.lines().find(|line| line.contains("precision")).unwrap();
    let question = rule.rsplit("moments: ").next().unwrap();
    let asked = hardcase(&["mine", place, "--ask", question]);
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    let unknown = hardcase(&["mine", place, "--like", "collision ahaed"]);
    assert!(unknown.status.code() == Some(2) && text(&unknown.stderr).contains("did you mean"));
}

#[test]
fn frames_that_differ_most_are_chosen_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("drive.mcap");
    std::fs::write(&clip, mcap_recording(20, Storage::ProtobufRaw, None)).unwrap();
    let lists = ["a.csv", "b.csv"].map(|name| {
        let out = folder.path().join(name);
        let args =
            ["subsample", clip.to_str().unwrap(), "-n", "5", "--step", "0", "-o", out.to_str().unwrap()];
        let output = hardcase(&args);
        assert!(output.status.success(), "{}", text(&output.stderr));
        std::fs::read_to_string(out).unwrap()
    });
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0].lines().count(), 6);
    assert!(lists[0].starts_with("rank,clip,channel,frame,time_ns,covered"));
}
