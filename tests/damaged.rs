//! Damaged files at every door: values or a sentence, never a panic of our own, and no memory out of proportion. Each door
//! is tried in a process of its own, with the same damage in every run. `fuzz/run.sh` looks longer and further.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::panic;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::repo;
use hardcase::base::rng::Rng;

mod common;
#[path = "common/doors.rs"]
mod doors;

/// Tries of each door.
const TRIES: u64 = 100;
/// Largest piece of memory that a file of 64 KiB may ask for: pixels of an image compress a thousandfold.
const LARGEST_PIECE: usize = 512 << 20;
const CHILD: &str = "HARDCASE_DAMAGED_DOOR";

/// Largest piece of memory asked for since it was set to zero.
static PIECE: AtomicUsize = AtomicUsize::new(0);

struct Watched;

#[expect(unsafe_code, reason = "passes on to the allocator of the system")]
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PIECE.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        PIECE.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        PIECE.fetch_max(size, Ordering::Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// Numbers at which readers stumble.
const NUMBERS: [&str; 14] = [
    "-1",
    "0",
    "1e999",
    "-1e999",
    "NaN",
    "1e-320",
    "4294967296",
    "2147483647",
    "18446744073709551615",
    "9223372036854775807",
    "99999999999999999999",
    "-9223372036854775808",
    "null",
    "\"7\"",
];

fn below(rng: &mut Rng, most: usize) -> usize {
    (rng.bits() % most.max(1) as u64) as usize
}

/// A good file with some damage.
fn damaged(good: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=below(rng, 3) {
        let at = below(rng, bytes.len());
        let end = (at + 1 + below(rng, 24)).min(bytes.len());
        match below(rng, 9) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => bytes[at] ^= 1 << below(rng, 8),
            2 if at < bytes.len() => bytes[at] = [0, 0xFF, 0x80, b'\n', b',', b'"', b'-'][below(rng, 7)],
            3 => drop(bytes.drain(at..end)),
            4 => {
                let again = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, again));
            }
            5 | 6 => {
                let number: u32 = [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x1000_0000, 0x10_0000][below(rng, 6)];
                let number = if below(rng, 2) == 0 { number.to_le_bytes() } else { number.to_be_bytes() };
                for (byte, new) in bytes.iter_mut().skip(at).zip(number) {
                    *byte = new;
                }
            }
            _ => {
                // Another number in a text.
                let Some(from) = bytes.iter().skip(at).position(u8::is_ascii_digit) else { continue };
                let from = from + at;
                let digits =
                    bytes[from..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
                let number = NUMBERS[below(rng, NUMBERS.len())];
                drop(bytes.splice(from..from + digits, number.bytes()));
            }
        }
    }
    bytes
}

/// The library that reads MCAP reserves as much as 32 bits of a text's length say, without touching it.
fn largest_piece(id: &str) -> usize {
    if id == "labels/mcap" { 5 << 30 } else { LARGEST_PIECE }
}

/// Where the last panic was.
static PANICKED: Mutex<String> = Mutex::new(String::new());

/// Damages the files behind one door. Libraries of others may panic inside of their guard, the program may not.
fn try_door(id: &str) {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        *PANICKED.lock().unwrap() = place;
    }));
    let door = doors::door(id, &repo()).expect("a known door");
    assert!(!door.files.is_empty(), "{id} has no good file, add one to tests/fixtures");
    for tries in 0..TRIES {
        let mut rng = Rng::split(7, tries);
        let at = below(&mut rng, door.files.len());
        let bytes = damaged(&door.good(at), &mut rng);
        PANICKED.lock().unwrap().clear();
        PIECE.store(0, Ordering::Relaxed);
        let read = panic::catch_unwind(panic::AssertUnwindSafe(|| door.read(at, &bytes)));
        let (place, piece) = (PANICKED.lock().unwrap().clone(), PIECE.load(Ordering::Relaxed));
        // Runs of unknown models are isolated in processes of their own.
        let ours = place.starts_with("src/");
        if ours || read.is_err() && id != "models" || piece > largest_piece(id) {
            let kept = env::temp_dir().join(format!("damaged-{}-{tries}", id.replace('/', "-")));
            std::fs::write(&kept, &bytes).unwrap();
            #[expect(clippy::print_stdout, reason = "goes to the process that waits")]
            {
                println!(
                    "{id}, try {tries}, {:?}: panic at {place:?}, {piece} bytes at once; kept as {}",
                    door.files[at].file_name(),
                    kept.display()
                );
            }
        }
    }
}

#[test]
fn every_door_survives_damage() {
    if let Some(id) = env::var_os(CHILD) {
        try_door(&id.to_string_lossy());
        return;
    }
    let mut faults = Vec::new();
    for id in doors::ids() {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "every_door_survives_damage", "--nocapture"])
            .env(CHILD, &id)
            // No ffmpeg is started for every video that is not decoded here.
            .env("PATH", Path::new("/nonexistent"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        let said: Vec<&str> = said.lines().filter(|line| line.starts_with(&id)).collect();
        if !child.status.success() || !said.is_empty() {
            let errors = String::from_utf8_lossy(&child.stderr).into_owned();
            faults.push(format!("{id}: {}\n{}\n{errors}", child.status, said.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
