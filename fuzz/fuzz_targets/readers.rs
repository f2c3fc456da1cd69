//! Any bytes in place of a file of others: a sentence or values, never a panic, never a hang, never more memory than a
//! few times the file.
//!
//! `HARDCASE_FUZZ_DOOR` is the door: `clips/mcap`, `labels/coco`, `tables`. The first byte of the input chooses the file.
#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/common/doors.rs"]
#[allow(dead_code, reason = "the seeds are written by the other program")]
mod doors;

fn door() -> &'static doors::Door {
    static DOOR: OnceLock<doors::Door> = OnceLock::new();
    DOOR.get_or_init(|| {
        // Decoders of others may panic inside of their guard; what gets out of it ends the run all the same.
        std::panic::set_hook(Box::new(|_| {}));
        let id = std::env::var("HARDCASE_FUZZ_DOOR").expect("HARDCASE_FUZZ_DOOR names a door");
        doors::door(&id, &Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("a known door")
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    door().read(usize::from(*choice), bytes);
});
