//! Lists the doors, or writes the good files of one as seeds: `doors` or `doors DOOR FOLDER`.

use std::fs;
use std::path::Path;

#[path = "../../tests/common/doors.rs"]
#[allow(dead_code, reason = "files are read by the other program")]
mod doors;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(id), Some(folder)) = (arguments.next(), arguments.next()) else {
        println!("{}", doors::ids().join("\n"));
        return;
    };
    let door = doors::door(&id, &Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("a known door");
    for at in 0..door.files.len().min(256) {
        let mut seed = vec![at as u8];
        seed.extend(door.good(at));
        fs::write(Path::new(&folder).join(format!("seed_{at}")), seed).expect("a seed");
    }
}
