//! A stretch of a recording as a file of its own: `hardcase cut`.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use common::stack::{START, Stack, recording};
use common::{numbered, sample};
use hardcase::base::progress::Progress;
use hardcase::base::time::Time;
use hardcase::clips::{self, Clip};
use hardcase::data::clip::ChannelKind;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn opened(path: &Path) -> Arc<dyn Clip> {
    let clip = clips::open(path).unwrap();
    clip.index(&Progress::default()).unwrap();
    clip
}

fn cut(clip: &Path, args: &[&str], output: &Path) {
    let done = hardcase(&[&["cut", text(clip), "-o", text(output)][..], args].concat());
    assert!(done.status.success(), "{}", stderr(&done));
}

/// Topic, log time, publish time, sequence and bytes of every message.
fn messages(path: &Path) -> Vec<(String, u64, u64, u32, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let all = mcap::MessageStream::new(&bytes).unwrap().map(Result::unwrap);
    all.map(|m| (m.channel.topic.clone(), m.log_time, m.publish_time, m.sequence, m.data.to_vec())).collect()
}

#[test]
fn messages_of_the_stretch_are_copied_with_their_bytes_stamps_and_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let (drive, part) = (folder.path().join("drive.mcap"), folder.path().join("part.mcap"));
    fs::write(&drive, recording(Stack::Faulty)).unwrap();
    cut(&drive, &["--from", "7.5", "--to", "0:09.500"], &part);
    let within = |time: u64| (START + 7_500_000_000..=START + 9_500_000_000).contains(&time);
    let expected: Vec<_> = messages(&drive).into_iter().filter(|m| within(m.1)).collect();
    let mut found = messages(&part);
    found.sort_by_key(|m| m.3);
    assert_eq!(found.len(), expected.len());
    assert!(found == expected, "messages changed");
    let schema = |path: &Path| {
        let summary = mcap::Summary::read(&fs::read(path).unwrap()).unwrap().unwrap();
        let mut schemas: Vec<_> = summary
            .channels
            .values()
            .map(|c| {
                (
                    c.topic.clone(),
                    c.schema.as_ref().map(|s| (s.name.clone(), s.encoding.clone(), s.data.to_vec())),
                )
            })
            .collect();
        schemas.sort();
        schemas
    };
    assert_eq!(schema(&drive), schema(&part));
    // It opens like the whole, and the same cut has the same bytes.
    let clip = opened(&part);
    assert_eq!(clip.info().of_kind(ChannelKind::Cuboids).count(), 2);
    assert!(clip.info().warnings.is_empty(), "{:?}", clip.info().warnings);
    let again = folder.path().join("again.mcap");
    cut(&drive, &["--from", "7.5", "--to", "9.5"], &again);
    assert_eq!(fs::read(&part).unwrap(), fs::read(&again).unwrap());
}

#[test]
fn chosen_channels_only_and_a_signal_brings_its_topic() {
    let folder = tempfile::tempdir().unwrap();
    let (drive, part) = (folder.path().join("drive.mcap"), folder.path().join("part.mcap"));
    fs::write(&drive, recording(Stack::Faulty)).unwrap();
    cut(&drive, &["--from", "2023-11-14T22:13:25Z", "--channels", "/vehicle.speed,/objects"], &part);
    let mut topics: Vec<String> = messages(&part).into_iter().map(|m| m.0).collect();
    topics.sort();
    topics.dedup();
    assert_eq!(topics, ["/objects", "/vehicle"]);
    assert!(
        opened(&part).times(opened(&part).info().channel_named("/objects").unwrap())[0]
            >= Time(START as i64 + 5_000_000_000)
    );
}

#[test]
fn images_of_a_folder_keep_their_bytes_and_signals_of_a_table_their_names_and_values() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("images");
    fs::create_dir(&images).unwrap();
    for frame in 0..6 {
        fs::write(images.join(format!("{frame:03}.png")), numbered(frame).to_png().unwrap()).unwrap();
    }
    let part = folder.path().join("images.mcap");
    cut(&images, &[], &part);
    let (before, after) = (opened(&images), opened(&part));
    let camera = |clip: &Arc<dyn Clip>| clip.info().of_kind(ChannelKind::Camera).next().unwrap().0;
    assert_eq!(before.times(camera(&before)), after.times(camera(&after)));
    for frame in 0..6 {
        let png: serde_json::Value = serde_json::from_slice(&messages(&part)[frame].4).unwrap();
        assert_eq!(png["format"], "png");
        let (a, b) =
            (before.picture(camera(&before), frame).unwrap(), after.picture(camera(&after), frame).unwrap());
        assert_eq!(a, b);
    }
    let table = folder.path().join("signals.csv");
    fs::write(&table, "time,speed,steering.angle\n0,1.5,-3\n1,2.5,-2\n2,3.25,1e-3\n").unwrap();
    let part = folder.path().join("signals.mcap");
    cut(&table, &["--from", "1"], &part);
    let clip = opened(&part);
    for (name, values) in [("speed", [2.5, 3.25]), ("steering.angle", [-2.0, 1e-3])] {
        let id = clip.info().channel_named(name).unwrap();
        assert_eq!(*clip.values(id), values, "{name}");
    }
}

#[test]
fn a_cut_of_a_real_drive_opens_with_the_same_images() {
    let folder = tempfile::tempdir().unwrap();
    let drive = sample("street/clips/street.mp4");
    let part = folder.path().join("part.mcap");
    cut(&drive, &["--from", "1", "--to", "1.5"], &part);
    let (whole, clip) = (opened(&drive), opened(&part));
    let camera = |clip: &Arc<dyn Clip>| clip.info().of_kind(ChannelKind::Camera).next().unwrap().0;
    let times = clip.times(camera(&clip));
    assert!(times.len() >= 5, "{}", times.len());
    let first = whole.times(camera(&whole)).iter().position(|time| *time == times[0]).unwrap();
    assert_eq!(whole.picture(camera(&whole), first).unwrap(), clip.picture(camera(&clip), 0).unwrap());
}

#[test]
fn a_stretch_or_a_channel_that_is_not_there_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let drive = folder.path().join("drive.mcap");
    fs::write(&drive, recording(Stack::Faulty)).unwrap();
    let check = |args: &[&str], expected: &str| {
        let part = folder.path().join("part.mcap");
        let output = hardcase(&[&["cut", text(&drive), "-o", text(&part)][..], args].concat());
        let said = stderr(&output);
        assert!(output.status.code() == Some(2) && said.contains(expected), "{args:?}: {said}");
        assert!(!part.exists());
    };
    check(&["--from", "100"], "nothing between 1:40.000");
    check(&["--from", "5", "--to", "4"], "nothing between");
    check(&["--from", "x"], "expected seconds");
    check(&["--channels", "/object"], "did you mean \"/objects\"?");
    // One that begins before the recording is cut where there is something, and says so.
    let part = folder.path().join("part.mcap");
    let output = hardcase(&["cut", text(&drive), "-o", text(&part), "--from", "-2", "--to", "1"]);
    assert!(
        output.status.success() && stderr(&output).contains("begins 0:02.000 after"),
        "{}",
        stderr(&output)
    );
}
