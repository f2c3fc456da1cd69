//! Recordings: every way of storing a picture, and every way of damaging a file.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;

use common::{COMPRESSIONS, STORAGES, Storage, mcap_recording, numbered, repo, sample};
use hardcase::base::progress::Progress;
use hardcase::base::time::Span;
use hardcase::clips::{Clip, open};
use hardcase::data::clip::{ChannelId, ChannelKind};
use hardcase::data::image::Image;

fn camera(clip: &dyn Clip) -> ChannelId {
    clip.info().of_kind(ChannelKind::Camera).next().unwrap().0
}

fn picture(clip: &dyn Clip, index: usize) -> Image {
    clip.picture(camera(clip), index).unwrap()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn mcap_pictures_come_back_from_every_storage_and_compression() {
    let folder = tempfile::tempdir().unwrap();
    for storage in STORAGES {
        for (name, compression) in COMPRESSIONS {
            let path = written(folder.path(), "drive.mcap", &mcap_recording(12, storage, compression));
            let clip = open(&path).unwrap();
            clip.index(&Progress::default()).unwrap();
            let info = clip.info();
            assert!(info.indexed && info.warnings.is_empty(), "{storage:?} {name}: {:?}", info.warnings);
            assert_eq!(clip.times(camera(&*clip)).len(), 12, "{storage:?} {name}");
            for index in [0, 7, 11, 3] {
                assert_eq!(picture(&*clip, index), numbered(index), "{storage:?} {name}");
            }
            let speed = info.channel_named("/car.speed").unwrap();
            let angle = info.channel_named("/car.steering.angle").unwrap();
            assert_eq!(clip.values(speed)[3].to_bits(), 1.5_f64.to_bits());
            assert_eq!(clip.values(angle).len(), 60);
        }
    }
}

#[test]
fn the_first_picture_is_there_before_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = mcap_recording(200, Storage::ProtobufRaw, Some(mcap::Compression::Zstd));
    let clip = open(&written(folder.path(), "drive.mcap", &bytes)).unwrap();
    assert!(!clip.info().indexed);
    assert_eq!(picture(&*clip, 0), numbered(0));
    clip.index(&Progress::default()).unwrap();
    assert_eq!((clip.info().indexed, clip.times(camera(&*clip)).len()), (true, 200));
}

#[test]
fn a_truncated_mcap_opens_as_far_as_it_goes_and_says_what_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    for (name, compression) in COMPRESSIONS {
        let bytes = mcap_recording(60, Storage::ProtobufCompressed, compression);
        let mut counts = Vec::new();
        for part in [95, 60, 30] {
            let path = written(folder.path(), "cut.mcap", &bytes[..bytes.len() * part / 100]);
            let clip = open(&path).unwrap();
            clip.index(&Progress::default()).unwrap();
            let count = clip.times(camera(&*clip)).len();
            for index in 0..count {
                assert_eq!(picture(&*clip, index), numbered(index), "{name}");
            }
            assert!(!clip.info().warnings.is_empty(), "{name} at {part} %");
            counts.push(count);
        }
        assert!(counts[0] > counts[1] && counts[1] > counts[2] && counts[2] > 0, "{name}: {counts:?}");
    }
}

#[test]
fn flipped_bits_cost_what_they_hit_and_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = mcap_recording(30, Storage::CdrRaw, Some(mcap::Compression::Zstd));
    let rng = hardcase::base::rng::Rng::new(1);
    let mut opened = 0;
    for round in 0..300 {
        let mut damaged = bytes.clone();
        for flip in 0..=round % 4 {
            let bit = rng.at(round * 8 + flip) as usize % (damaged.len() * 8);
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        let Ok(clip) = open(&written(folder.path(), "flipped.mcap", &damaged)) else { continue };
        opened += 1;
        clip.index(&Progress::default()).unwrap();
        for (id, channel) in clip.info().of_kind(ChannelKind::Camera) {
            for index in 0..channel.samples {
                // A damaged picture is an error or a picture, never a panic.
                drop(clip.read(id, index));
            }
        }
    }
    assert!(opened > 250, "{opened} of 300 opened");
}

#[test]
fn files_that_are_no_recordings_get_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, bytes: &[u8], expected: &str| {
        let path = written(folder.path(), name, bytes);
        let text = open(&path).err().unwrap().to_string();
        assert!(text.contains(expected) && text.contains(name), "{text}");
    };
    check("empty.mcap", b"", "0 bytes");
    check("text.mcap", b"hello, this is text", "does not start like one");
    check("notes.doc", b"hello", "supported are");
    check("video.avi", b"RIFF....AVI ", "no header of its streams");
    check("cut.mp4", &fs::read(sample("street/clips/street.mp4")).unwrap()[..2000], "cannot be read");
    let missing = open(&folder.path().join("gone.mcap")).err().unwrap().to_string();
    assert!(missing.contains("gone.mcap"));
    let nothing = folder.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    assert!(open(&nothing).err().unwrap().to_string().contains("no PNG"));
}

#[test]
fn an_mcap_that_is_called_otherwise_is_known_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = mcap_recording(3, Storage::JsonRaw, None);
    assert_eq!(open(&written(folder.path(), "drive.bin", &bytes)).unwrap().info().format, "mcap");
}

#[test]
fn a_broken_picture_in_a_folder_costs_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    for frame in 0..5 {
        written(folder.path(), &format!("frame{frame}.png"), &numbered(frame).to_png().unwrap());
    }
    written(folder.path(), "frame2.png", b"\x89PNG\r\n\x1a\n broken");
    let clip = open(folder.path()).unwrap();
    assert_eq!(clip.times(ChannelId(0)).len(), 5);
    let error = clip.read(ChannelId(0), 2).unwrap_err().to_string();
    assert!(error.contains("frame2.png"), "{error}");
    assert_eq!(picture(&*clip, 3), numbered(3));
}

#[test]
fn a_csv_gives_times_and_signals() {
    let folder = tempfile::tempdir().unwrap();
    for frame in [10, 2, 1] {
        written(folder.path(), &format!("frame{frame}.png"), &numbered(frame).to_png().unwrap());
    }
    let csv =
        "file,timestamp,speed,note\nframe1.png,0.0,1.5,start\nframe2.png,0.25,,\nframe10.png,1.0,3.5,\n";
    written(folder.path(), "drive.csv", csv.as_bytes());
    let clip = open(folder.path()).unwrap();
    let seconds: Vec<f64> = clip.times(ChannelId(0)).iter().map(|t| t.secs()).collect();
    assert_eq!(seconds, [0.0, 0.25, 1.0]);
    assert_eq!(picture(&*clip, 2), numbered(10));
    let speed = clip.info().channel_named("speed").unwrap();
    assert_eq!(clip.values(speed).to_vec(), [1.5, 3.5]);
    assert!(clip.info().channel_named("note").is_none());
}

#[test]
fn video_frames_have_exact_numbers_and_times() {
    let clip = open(&sample("street/clips/street.mp4")).unwrap();
    let times = clip.times(ChannelId(0));
    assert_eq!((times.len(), times[0].0), (795, 0));
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == Span(100_000_000)));
    // Whatever was shown before, a number gives the same picture.
    let forward: Vec<Image> = (0..40).map(|index| picture(&*clip, index)).collect();
    let other = open(&sample("street/clips/street.mp4")).unwrap();
    for index in [39, 0, 17, 16, 15, 30, 2] {
        assert_eq!(picture(&*other, index), forward[index], "frame {index}");
    }
    assert_ne!(forward[0], forward[39]);
    // The last frame needs the decoder to be emptied.
    assert_eq!(picture(&*other, 794).size(), (768, 576));
    assert!(other.read(ChannelId(0), 795).is_err());
}

#[test]
fn frame_100_is_the_picture_that_other_decoders_show() {
    // Written by OpenCV from the same file, as a thumbnail of a sixteenth: fixtures/frame100.png.
    let clip = open(&sample("street/clips/street.mp4")).unwrap();
    let ours = picture(&*clip, 100).thumbnail(96);
    let theirs = Image::decode(&fs::read(repo().join("tests/fixtures/frame100.png")).unwrap()).unwrap();
    let worst = ours.pixels().iter().zip(theirs.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(worst <= 4, "{worst}");
}

/// A person plays at one place while a model answers at another.
#[test]
fn two_readers_of_a_video_do_not_disturb_each_other() {
    let clip = open(&sample("street/clips/street.mp4")).unwrap();
    let alone = open(&sample("street/clips/street.mp4")).unwrap();
    let far: Vec<Image> = (300..306).map(|index| picture(&*alone, index)).collect();
    let near: Vec<Image> = (0..6).map(|index| picture(&*alone, index)).collect();
    for i in 0..6 {
        assert_eq!(picture(&*clip, i), near[i]);
        assert_eq!(picture(&*clip, 300 + i), far[i]);
    }
}
