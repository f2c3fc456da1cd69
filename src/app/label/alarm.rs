//! A sound for what must not be overheard: an edit that was not saved while nobody looks at the screen.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::base::temporary;

/// Names another program than the ones below; it is given the path of a WAV file as its only argument.
const VARIABLE: &str = "HARDCASE_ALARM";
/// Programs that play a WAV file, best first.
const PROGRAMS: [&str; 4] = ["pw-play", "paplay", "aplay", "afplay"];
/// Samples in a second.
const RATE: u32 = 8_000;
/// Pitch of the beeps in Hz.
const PITCH: f32 = 880.0;
/// Number of beeps.
const BEEPS: u32 = 3;
/// Samples of a beep, and of the pause behind it.
const LENGTH: u32 = RATE / 5;

/// Three beeps, by a program of the system, or by the terminal where there is none.
#[derive(Clone, Debug, Default)]
pub struct Alarm {
    program: Option<PathBuf>,
}

impl Alarm {
    /// An alarm by the first program that this machine has.
    pub fn new() -> Self {
        if let Some(own) = std::env::var_os(VARIABLE).filter(|own| !own.is_empty()) {
            return Self::of(PathBuf::from(own));
        }
        let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
        let folders = folders.unwrap_or_default();
        let in_path =
            |name: &&str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
        Self { program: PROGRAMS.iter().find_map(in_path) }
    }

    /// An alarm by this program.
    pub fn of(program: PathBuf) -> Self {
        Self { program: Some(program) }
    }

    /// Sounds on a thread of its own and returns at once.
    pub fn sound(&self) {
        let program = self.program.clone();
        let thread = std::thread::Builder::new().name("alarm".to_owned()).spawn(move || {
            let played = program.is_some_and(|program| play(&program));
            if !played && std::io::stderr().is_terminal() {
                // The bell of the terminal from which the window was started.
                drop(std::io::stderr().write_all(b"\x07"));
            }
        });
        if let Err(err) = thread {
            log::warn!("no thread for the alarm: {err}");
        }
    }
}

/// True if the program played the beeps.
fn play(program: &Path) -> bool {
    let outcome = temporary::file(".wav").and_then(|mut file| {
        file.write_all(&beeps())?;
        file.flush()?;
        Command::new(program)
            .arg(file.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    });
    match outcome {
        Ok(status) => status.success(),
        Err(err) => {
            log::warn!("no alarm: {err}: {}", program.display());
            false
        }
    }
}

/// A WAV file, 16 bits, one channel.
fn beeps() -> Vec<u8> {
    let count = BEEPS * LENGTH * 2;
    let bytes = count * 2;
    let mut wav = Vec::with_capacity(bytes as usize + 44);
    wav.extend(b"RIFF");
    wav.extend((bytes + 36).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // Plain samples on one channel.
    wav.extend(1_u16.to_le_bytes());
    wav.extend(1_u16.to_le_bytes());
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    wav.extend(2_u16.to_le_bytes());
    wav.extend(16_u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for at in 0..count {
        let sounds = (at / LENGTH).is_multiple_of(2);
        let phase = at as f32 / RATE as f32 * PITCH * std::f32::consts::TAU;
        let value = if sounds { phase.sin() * 0.6 * f32::from(i16::MAX) } else { 0.0 };
        wav.extend((value as i16).to_le_bytes());
    }
    wav
}
