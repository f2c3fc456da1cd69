//! Any bytes under any name: a sentence or values, never a panic, never a hang, never more memory than a few times the
//! file. The environment variable `HARDCASE_FUZZ_NAME` chooses the name and so the reader: `x.mcap`, `x.pcd`.
#![no_main]

use std::sync::OnceLock;

use hardcase::base::progress::Progress;
use hardcase::clips::open;
use hardcase::data::clip::ChannelId;
use libfuzzer_sys::fuzz_target;

/// Samples read of each channel.
const SAMPLES: usize = 4;
/// Channels looked at.
const CHANNELS: usize = 12;

fn place() -> &'static std::path::Path {
    static PLACE: OnceLock<(tempfile::TempDir, std::path::PathBuf)> = OnceLock::new();
    let (_, path) = PLACE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for the file");
        let name = std::env::var("HARDCASE_FUZZ_NAME").unwrap_or_else(|_| "x.mcap".to_owned());
        let path = folder.path().join(name);
        // A description of signals beside CAN logs, as on a real disk.
        let dbc = include_bytes!("../../tests/fixtures/can/drive.dbc");
        std::fs::write(folder.path().join("drive.dbc"), dbc).expect("a file beside it");
        (folder, path)
    });
    path
}

fuzz_target!(|bytes: &[u8]| {
    let path = place();
    if std::fs::write(path, bytes).is_err() {
        return;
    }
    let Ok(clip) = open(path) else { return };
    drop(clip.index(&Progress::default()));
    for (i, channel) in clip.info().channels.iter().enumerate().take(CHANNELS) {
        for index in 0..channel.samples.min(SAMPLES) {
            drop(clip.read(ChannelId(i), index));
        }
    }
});
