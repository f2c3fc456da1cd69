//! Any bytes in place of a recording: a sentence or values, never a panic, never a hang, never more memory than a few
//! times the file.
//!
//! `HARDCASE_FUZZ_NAMES` lists the names that the file may have, `x.mcap` or `x.pcd,x.ply`; the first byte of the input
//! chooses one. `HARDCASE_FUZZ_FOLDER` is a data set of which the file is a part; the whole folder is opened then.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hardcase::base::progress::Progress;
use hardcase::clips::open;
use hardcase::data::clip::ChannelId;
use libfuzzer_sys::fuzz_target;

/// Samples read of each channel.
const SAMPLES: usize = 4;
/// Channels looked at.
const CHANNELS: usize = 12;

struct Place {
    folder: tempfile::TempDir,
    names: Vec<String>,
    /// Whether the folder is opened and not the file.
    whole: bool,
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the data set").map(|entry| entry.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copied(&entry, &target);
        } else {
            fs::copy(&entry, &target).expect("a copy");
        }
    }
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        // Decoders of others may panic inside of their guard; what gets out of it ends the run all the same.
        std::panic::set_hook(Box::new(|_| {}));
        let folder = tempfile::tempdir().expect("a folder for the file");
        let names = std::env::var("HARDCASE_FUZZ_NAMES").unwrap_or_else(|_| "x.mcap".to_owned());
        // A description of signals beside CAN logs, as on a real disk.
        let dbc = include_bytes!("../../tests/fixtures/can/drive.dbc");
        fs::write(folder.path().join("drive.dbc"), dbc).expect("a file beside it");
        let data_set = std::env::var_os("HARDCASE_FUZZ_FOLDER").map(PathBuf::from);
        if let Some(from) = &data_set {
            copied(from, &folder.path().join("data"));
        }
        Place { folder, names: names.split(',').map(str::to_owned).collect(), whole: data_set.is_some() }
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Place { folder, names, whole } = place();
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let name = &names[usize::from(*choice) % names.len()];
    let inside = if *whole { folder.path().join("data") } else { folder.path().to_owned() };
    if fs::write(inside.join(name), bytes).is_err() {
        return;
    }
    let Ok(clip) = open(&if *whole { inside } else { inside.join(name) }) else { return };
    drop(clip.index(&Progress::default()));
    for (i, channel) in clip.info().channels.iter().enumerate().take(CHANNELS) {
        for index in 0..channel.samples.min(SAMPLES) {
            drop(clip.read(ChannelId(i), index));
        }
    }
});
