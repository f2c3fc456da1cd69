//! Videos in every container: exact frames at exact times. The files: `tests/fixtures/make_videos.py`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests; what is skipped is said")]

mod common;

use std::process::Command;

use common::repo;
use hardcase::base::progress::Progress;
use hardcase::base::time::{Span, Time};
use hardcase::clips::{Clip, open};
use hardcase::data::clip::ChannelId;

/// Number of a frame by its gray level: frame n is flat gray 8 n.
fn number(clip: &dyn Clip, channel: ChannelId, index: usize) -> usize {
    let picture = clip.picture(channel, index).unwrap_or_else(|err| unreachable!("{err}"));
    let shade = usize::from(picture.pixel(picture.width() / 2, picture.height() / 2).unwrap()[1]);
    (shade + 4) / 8
}

fn has_ffmpeg() -> bool {
    Command::new("ffmpeg").arg("-version").output().is_ok()
        && Command::new("ffprobe").arg("-version").output().is_ok()
}

/// Milliseconds of each frame: 200 apart, from frame 10 to 14 twice as long where the container can say so.
fn expected(varied: bool) -> Vec<i64> {
    let mut at = 0;
    (0..30)
        .map(|n| {
            let now = at;
            at += if varied && (10..15).contains(&n) { 400 } else { 200 };
            now
        })
        .collect()
}

fn check(name: &str, needs_ffmpeg: bool) {
    if needs_ffmpeg && !has_ffmpeg() {
        println!("SKIPPED: {name} needs ffmpeg, install it with: apt install ffmpeg");
        return;
    }
    let clip =
        open(&repo().join("tests/fixtures/videos").join(name)).unwrap_or_else(|err| unreachable!("{err}"));
    let info = clip.info();
    assert_eq!(
        info.warnings.iter().any(|w| w.contains("ffmpeg")),
        needs_ffmpeg,
        "{name}: {:?}",
        info.warnings
    );
    let times: Vec<i64> = clip.times(ChannelId(0)).iter().map(|t| t.0 / 1_000_000).collect();
    assert_eq!(times, expected(!name.ends_with("avi")), "{name}");
    // Forward, back, and out of nowhere.
    for index in [0, 1, 2, 13, 14, 29, 28, 5, 4, 27, 11, 0, 20] {
        assert_eq!(number(&*clip, ChannelId(0), index), index, "{name}");
    }
}

#[test]
fn h264_and_jpeg_need_nothing_but_us() {
    for name in [
        "h264_b_frames.mp4",
        "h264_late_start.mp4",
        "h264.mov",
        "h264.mkv",
        "h264.avi",
        "jpeg.avi",
        "jpeg.mkv",
    ] {
        check(name, false);
    }
}

#[test]
fn other_codecs_are_read_through_an_installed_ffmpeg() {
    for name in ["mpeg4.avi", "h265.mp4", "vp9.webm", "av1.mkv"] {
        check(name, true);
    }
}

#[test]
fn a_camera_that_sends_video_packets_is_a_camera() {
    let clip = open(&repo().join("tests/fixtures/videos/streams.mcap")).unwrap();
    clip.index(&Progress::default()).unwrap();
    for name in ["/h264", "/h265", "/vp9", "/av1"] {
        if name != "/h264" && !has_ffmpeg() {
            println!("SKIPPED: {name} needs ffmpeg, install it with: apt install ffmpeg");
            continue;
        }
        let camera = clip.info().channel_named(name).unwrap();
        for index in [0, 1, 7, 29, 12, 11, 25, 3] {
            assert_eq!(number(&*clip, camera, index), index, "{name}");
        }
        // Received 10 ms after they were made.
        let (received, made) =
            (clip.times(camera), clip.stamps(camera, &Progress::default()).unwrap().unwrap());
        assert_eq!(made.len(), received.len(), "{name}");
        assert_eq!(
            (made[3], received[3] - made[3]),
            (Time(1_700_000_000_600_000_000), Span(10_000_000)),
            "{name}"
        );
    }
}

/// Every length of a video costs the frames that it cuts off, never more, and nothing panics.
#[test]
fn cut_and_flipped_videos_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["h264_b_frames.mp4", "h264.avi", "jpeg.avi", "h264.mkv"] {
        let bytes = std::fs::read(repo().join("tests/fixtures/videos").join(name)).unwrap();
        let path = folder.path().join(name);
        let rng = hardcase::base::rng::Rng::new(3);
        for round in 0..120 {
            let mut damaged = bytes.clone();
            if round % 2 == 0 {
                damaged.truncate(bytes.len() * (round + 1) / 122);
            } else {
                for flip in 0..4 {
                    let bit = rng.at((round * 8 + flip) as u64) as usize % (damaged.len() * 8);
                    damaged[bit / 8] ^= 1 << (bit % 8);
                }
            }
            std::fs::write(&path, &damaged).unwrap();
            if let Ok(clip) = open(&path) {
                for index in [0, 20] {
                    drop(clip.read(ChannelId(0), index));
                }
            }
        }
    }
}
