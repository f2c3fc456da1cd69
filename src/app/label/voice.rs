//! Says aloud what was tagged, for people whose eyes are on the road. The system's own program speaks; nothing waits for it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use crate::base::escape::speech::argument;

/// Names another program than the ones below; it is given the text as its only argument.
const VARIABLE: &str = "HARDCASE_SPEECH";

/// Programs that speak their argument, best first.
const PROGRAMS: [&str; 4] = ["espeak-ng", "espeak", "spd-say", "say"];

/// Polling interval of the speaker.
const PATIENCE: Duration = Duration::from_millis(20);

/// Speaks on a thread of its own. A new text cuts the one before it short, so that quick work is not talked over.
pub struct Voice {
    texts: Sender<String>,
}

impl Voice {
    /// A voice, if this machine has a program that speaks.
    pub fn new() -> anyhow::Result<Self> {
        let missing =
            || anyhow!("no program that speaks was found, install espeak-ng or name one in {VARIABLE}");
        Self::of(program().ok_or_else(missing)?)
    }

    /// A voice that runs this program with each text.
    pub fn of(program: PathBuf) -> anyhow::Result<Self> {
        let (texts, waiting) = channel();
        std::thread::Builder::new()
            .name("voice".to_owned())
            .spawn(move || speak(&program, &waiting))
            .context("no thread could be started for the voice")?;
        Ok(Self { texts })
    }

    /// Says a text and returns at once.
    pub fn say(&self, text: &str) {
        // The speaker ends only with the program.
        drop(self.texts.send(text.to_owned()));
    }
}

fn program() -> Option<PathBuf> {
    if let Some(own) = std::env::var_os(VARIABLE).filter(|own| !own.is_empty()) {
        return Some(PathBuf::from(own));
    }
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let folders = folders.unwrap_or_default();
    PROGRAMS
        .iter()
        .find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

fn speak(program: &PathBuf, waiting: &Receiver<String>) {
    let mut next = waiting.recv().ok();
    while let Some(text) = next.take() {
        let Some(spoken) = argument(&text) else {
            next = waiting.recv().ok();
            continue;
        };
        let child = Command::new(program)
            .arg(&spoken)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => next = until_next(child, waiting),
            Err(err) => {
                log::warn!("could not speak: {err}: {}", program.display());
                next = waiting.recv().ok();
            }
        }
    }
}

/// Waits for the end of a word or for the next one, whichever comes first.
fn until_next(mut child: Child, waiting: &Receiver<String>) -> Option<String> {
    loop {
        match waiting.recv_timeout(PATIENCE) {
            Ok(next) => {
                // It may have ended by itself in this moment.
                drop(child.kill());
                drop(child.wait());
                return Some(next);
            }
            Err(RecvTimeoutError::Timeout) => {
                if !matches!(child.try_wait(), Ok(None)) {
                    return waiting.recv().ok();
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                drop(child.wait());
                return None;
            }
        }
    }
}
