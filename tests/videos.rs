//! Videos in every container: exact frames at exact times. The files: `tests/fixtures/make_videos.py`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests; what is skipped is said")]

mod common;

use std::path::Path;
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
        "h264_b_frames.avi",
        "h264_fragments.mp4",
        "h264_full_range.mp4",
        "jpeg.avi",
        "jpeg.mkv",
        "jpeg.mov",
    ] {
        check(name, false);
    }
}

#[test]
fn other_codecs_are_read_through_an_installed_ffmpeg() {
    for name in [
        "mpeg4.avi",
        "mpeg4.mp4",
        "h265.mp4",
        "vp8.webm",
        "vp9.webm",
        "av1.mkv",
        "prores.mov",
        "jpeg.mp4",
        // H.264 that the decoder inside does not know.
        "h264_422.mp4",
        "h264_422.avi",
        "h264_444.mkv",
        "h264_10_bits.mp4",
        "h264_interlaced.mp4",
    ] {
        check(name, true);
    }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(repo().join("tests/fixtures/videos").join(name)).unwrap()
}

/// Position of the content of the first box of a name.
fn content(bytes: &[u8], name: [u8; 4]) -> usize {
    bytes.windows(4).position(|four| four == name).unwrap() + 4
}

fn set(bytes: &mut [u8], at: usize, value: i32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

/// The problem with which a file is refused.
fn refused(path: &Path) -> String {
    open(path).err().map_or_else(|| unreachable!("{} opens", path.display()), |err| err.to_string())
}

#[test]
fn frames_stand_upright_as_the_matrix_of_the_track_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("corner.mp4");
    // Where the red corner of the upper left is to be seen, as players show it.
    let check = |[a, b, c, d]: [i32; 4], size: (u32, u32), right: bool, down: bool| {
        let mut bytes = fixture("corner.mp4");
        let matrix = content(&bytes, *b"tkhd") + 40;
        for (entry, value) in [(0, a), (1, b), (3, c), (4, d)] {
            set(&mut bytes, matrix + entry * 4, value << 16);
        }
        std::fs::write(&path, bytes).unwrap();
        let clip = open(&path).unwrap();
        let named = format!("H.264 {}x{}", size.0, size.1);
        assert_eq!(clip.info().channels[0].encoding, named);
        for image in [clip.picture(ChannelId(0), 2).unwrap(), clip.preview(ChannelId(0), 2).unwrap()] {
            assert_eq!(image.size(), size);
            for (x, y) in [(4, 4), (size.0 - 5, 4), (4, size.1 - 5), (size.0 - 5, size.1 - 5)] {
                let [red, green, _] = image.pixel(x, y).unwrap();
                assert_eq!(red > green + 100, (x > 4, y > 4) == (right, down), "{a} {b} {c} {d}: {x} {y}");
            }
        }
    };
    check([1, 0, 0, 1], (64, 48), false, false);
    check([-1, 0, 0, 1], (64, 48), true, false);
    check([-1, 0, 0, -1], (64, 48), true, true);
    check([1, 0, 0, -1], (64, 48), false, true);
    check([0, 1, 1, 0], (48, 64), false, false);
    check([0, 1, -1, 0], (48, 64), true, false);
    check([0, -1, -1, 0], (48, 64), true, true);
    check([0, -1, 1, 0], (48, 64), false, true);
}

#[test]
fn an_edit_list_leaves_frames_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edited.mp4");
    let mut bytes = fixture("h264_b_frames.mp4");
    let elst = content(&bytes, *b"elst");
    let number = |at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(number(elst + 4), 1, "one entry");
    // Ticks of the movie are milliseconds; those of the track are in its header.
    let rate = number(content(&bytes, *b"mdhd") + 12);
    let start = number(elst + 12) + rate;
    set(&mut bytes, elst + 8, 1400);
    set(&mut bytes, elst + 12, start);
    std::fs::write(&path, bytes).unwrap();
    let clip = open(&path).unwrap();
    let times: Vec<i64> = clip.times(ChannelId(0)).iter().map(|t| t.0 / 1_000_000).collect();
    // Frame 11 begins 1400 ms after frame 5.
    assert_eq!(times, [0, 200, 400, 600, 800, 1000]);
    for index in [0, 5, 3, 1] {
        assert_eq!(number_of(&*clip, index), index + 5);
    }
}

fn number_of(clip: &dyn Clip, index: usize) -> usize {
    number(clip, ChannelId(0), index)
}

#[test]
fn a_damaged_frame_is_no_image_and_the_others_stay_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.mp4");
    let bytes = fixture("h264_b_frames.mp4");
    let frames = content(&bytes, *b"mdat")..content(&bytes, *b"moov") - 8;
    let (mut good, mut lost) = (0, 0);
    for at in frames.clone().step_by(53) {
        let mut damaged = bytes.clone();
        for byte in damaged[..frames.end].iter_mut().skip(at).take(24) {
            *byte = 0;
        }
        std::fs::write(&path, damaged).unwrap();
        let Ok(clip) = open(&path) else { continue };
        if clip.times(ChannelId(0)).len() < 30 {
            // Without its first key frame the video is left to ffmpeg, which passes over frames.
            let said = clip.info().warnings.iter().any(|warning| warning.contains("damaged or truncated"));
            assert!(said, "{at}: {:?}", clip.info().warnings);
            continue;
        }
        for index in [29, 3, 14, 20, 9] {
            match clip.picture(ChannelId(0), index) {
                Ok(_) => {
                    assert_eq!(number_of(&*clip, index), index, "{at}");
                    good += 1;
                }
                Err(err) => {
                    assert!(err.to_string().contains("the video is damaged here"), "{err}");
                    lost += 1;
                }
            }
        }
    }
    assert!(good > 0 && lost > 0, "{good} {lost}");
}

#[test]
fn what_holds_no_video_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.mp4");
    let mut bytes = fixture("h264_b_frames.mp4");
    let handler = content(&bytes, *b"hdlr") + 8;
    bytes[handler..handler + 4].copy_from_slice(b"soun");
    std::fs::write(&path, &bytes).unwrap();
    assert!(refused(&path).starts_with("the file holds only audio, no video track: "), "{}", refused(&path));
    let begin = content(&bytes, *b"mdat");
    std::fs::write(&path, &bytes[..begin + 100]).unwrap();
    let problem = refused(&path);
    assert!(problem.contains("index") || problem.contains("no video track"), "{problem}");
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
        for round in 0..60 {
            let mut damaged = bytes.clone();
            if round % 2 == 0 {
                damaged.truncate(bytes.len() * (round + 1) / 62);
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

#[test]
fn damage_is_found_by_the_checksum_of_a_frame_and_a_stream_cut_within_a_packet_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mp4");
    let made = |codec: &[&str], path: &Path| {
        let source = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=128x96:r=25", "-frames:v", "20"];
        let run = Command::new("ffmpeg").args(source).args(codec).arg("-y").arg(path).status();
        run.is_ok_and(|status| status.success())
    };
    if !made(&["-c:v", "libx265", "-x265-params", "hash=1:log-level=none"], &path) {
        println!("SKIPPED: needs ffmpeg with libx265, install it with: apt install ffmpeg");
        return;
    }
    let bytes = std::fs::read(&path).unwrap();
    let right = |path: &Path| {
        let clip = open(path).unwrap();
        (0..20).map(|index| clip.picture(ChannelId(0), index).ok()).collect::<Vec<_>>()
    };
    let good = right(&path);
    assert!(good.iter().all(Option::is_some));
    let begin = content(&bytes, *b"mdat");
    let mut reported = 0;
    for part in 1..8 {
        let mut damaged = bytes.clone();
        damaged[begin + 4000 + part * 1000] ^= 0x40;
        std::fs::write(&path, damaged).unwrap();
        let found = right(&path);
        let wrong = found.iter().zip(&good).filter(|(found, good)| found.is_some() && found != good).count();
        assert_eq!(wrong, 0, "{part}: frames are silently wrong");
        reported += usize::from(found.contains(&None));
    }
    // Some bits belong to nothing that is shown.
    assert!(reported >= 5, "{reported} of 7 are reported");
    let path = folder.path().join("a.ts");
    assert!(made(&["-c:v", "mpeg2video"], &path));
    let warned = |path: &Path| open(path).unwrap().info().warnings.iter().any(|w| w.contains("of a packet"));
    assert!(!warned(&path));
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 2 / 3 / 188 * 188 + 50]).unwrap();
    assert!(warned(&path));
}
