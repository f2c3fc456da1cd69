//! Processes of this very program that serve requests over their standard input and output: one that crashes, hangs or
//! runs out of memory ends itself and nothing else.

use std::ffi::OsString;
use std::io::{self, BufReader, BufWriter, Read as _, Stdin, StdoutLock, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::base::temporary;

/// Interval of checks of a running process's time and memory.
const LOOK: Duration = Duration::from_millis(20);
/// Number of bytes kept from the end of a process's standard error.
const LAST_WORDS: usize = 2000;
/// Start of the message about a process that is gone.
const ENDED: &str = "the process ended";

/// Variables that name the folder of temporary files, on all systems.
const TEMPORARY: [&str; 3] = ["TMPDIR", "TMP", "TEMP"];

/// True if a message says that a process is gone.
pub fn ended(message: &str) -> bool {
    message.contains(ENDED)
}

/// The program that is started with its first arguments; by default this one with none.
static PROGRAM: OnceLock<(PathBuf, Vec<OsString>)> = OnceLock::new();

/// Sets the program that is started. Only the first call counts.
pub fn set_program(program: PathBuf) {
    set_program_with(program, Vec::new());
}

/// Sets the program that is started, and the arguments before those of its subcommand.
///
/// They are an interpreter and its module where this process is an interpreter. Only the first call counts.
pub fn set_program_with(program: PathBuf, first: Vec<OsString>) {
    PROGRAM.get_or_init(|| (program, first));
}

/// Writes a request to a process.
pub type WriteTo<Q> = fn(&mut BufWriter<ChildStdin>, &Q) -> io::Result<()>;
/// Reads a response of a process.
pub type ReadFrom<A> = fn(&mut BufReader<ChildStdout>) -> io::Result<A>;

/// Limits of one request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Time until the response.
    pub time: Option<Duration>,
    /// Resident memory of the process in megabytes.
    pub memory_mb: Option<u64>,
}

/// Reason for a request without a response; the process is gone.
#[derive(Clone, Debug, PartialEq)]
pub enum Lost {
    /// It took longer than so many seconds and was killed.
    Time(f64),
    /// It used so many megabytes, more than the limit, and was killed.
    Memory {
        /// Memory in use.
        used: u64,
        /// The limit.
        most: u64,
    },
    /// It was killed because the work was canceled.
    Cancelled,
    /// It ended by itself, or sent something else.
    Ended(String),
}

/// Error of starting a process.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// The path of this program is unknown.
    #[error("the path of this program is unknown: {source}")]
    UnknownPath {
        /// Error of the system.
        source: io::Error,
    },
    /// The program does not start.
    #[error("cannot start a process: {source}: {}", program.display())]
    Start {
        /// Path of the program.
        program: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// The process has no pipes.
    #[error("cannot open the pipes of the process")]
    NoPipes,
}

/// A process that serves requests of `Q` with responses of `A`.
pub struct Serving<Q, A> {
    child: Child,
    requests: Sender<Q>,
    responses: Receiver<io::Result<A>>,
    words: Arc<Mutex<String>>,
    /// Folder of the temporary files of the process, removed behind it: one that is killed removes nothing.
    _temporary: Option<TempDir>,
}

impl<Q, A> Drop for Serving<Q, A> {
    fn drop(&mut self) {
        // A process that has already ended cannot be killed, which is fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl<Q: Send + 'static, A: Send + 'static> Serving<Q, A> {
    /// Starts the program with these arguments. With `greets` its first response comes before any request.
    pub fn start(
        args: &[OsString],
        write: WriteTo<Q>,
        read: ReadFrom<A>,
        greets: bool,
    ) -> Result<Self, ChildError> {
        let (program, first) = match PROGRAM.get() {
            Some((program, first)) => (program.clone(), first.as_slice()),
            None => (std::env::current_exe().map_err(|source| ChildError::UnknownPath { source })?, &[][..]),
        };
        let mut command = Command::new(&program);
        command.args(first).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // Ctrl+C in a terminal is for this program, which ends its processes itself.
            command.process_group(0);
        }
        let temporary = temporary::folder().ok();
        if let Some(folder) = &temporary {
            command.envs(TEMPORARY.map(|variable| (variable, folder.path())));
        }
        let mut child = command.spawn().map_err(|source| ChildError::Start { program, source })?;
        let (Some(to), Some(from), Some(said)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(ChildError::NoPipes);
        };
        let words = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&words);
        std::thread::spawn(move || listen(said, &heard));
        let (requests, asked) = channel::<Q>();
        let (tell, responses) = channel();
        // Writing and reading block on the process, so a thread does both; it ends with the process.
        std::thread::spawn(move || {
            let (mut to, mut from) = (BufWriter::new(to), BufReader::new(from));
            let mut go_on = !greets || tell.send(read(&mut from)).is_ok();
            while let (true, Ok(request)) = (go_on, asked.recv()) {
                let sent = write(&mut to, &request).and_then(|()| to.flush());
                let response = sent.and_then(|()| read(&mut from));
                go_on = response.is_ok();
                go_on &= tell.send(response).is_ok();
            }
        });
        Ok(Self { child, requests, responses, words, _temporary: temporary })
    }

    /// Sends a request. A process that is gone is detected when its response is read.
    pub fn send(&self, request: Q) {
        drop(self.requests.send(request));
    }

    /// Waits for the next response; a process that exceeds a limit is killed. `doing` completes "the process ended while".
    pub fn response(&mut self, limits: Limits, doing: &str, cancelled: impl Fn() -> bool) -> Result<A, Lost> {
        let begun = Instant::now();
        let killed = |lost: Lost, child: &mut Child| {
            drop(child.kill());
            Err(lost)
        };
        loop {
            match self.responses.recv_timeout(LOOK) {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(err)) => return Err(Lost::Ended(self.end_of(&err, doing))),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Lost::Ended(self.end_of(&io::ErrorKind::UnexpectedEof.into(), doing)));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if cancelled() {
                return killed(Lost::Cancelled, &mut self.child);
            }
            if let Some(limit) = limits.time.filter(|limit| begun.elapsed() > *limit) {
                return killed(Lost::Time(limit.as_secs_f64()), &mut self.child);
            }
            let used = limits.memory_mb.and_then(|most| Some((most, memory_mb(self.child.id())?)));
            if let Some((most, used)) = used.filter(|(most, used)| used > most) {
                return killed(Lost::Memory { used, most }, &mut self.child);
            }
        }
    }

    /// Describes the end of a process that no longer responds.
    fn end_of(&mut self, err: &io::Error, doing: &str) -> String {
        if err.kind() == io::ErrorKind::InvalidData {
            drop(self.child.kill());
            return format!("the process sent {err} while {doing} and was killed");
        }
        let how = match self.child.wait() {
            Ok(status) => how_it_ended(status),
            Err(err) => err.to_string(),
        };
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        // From a long output the line that names the problem.
        let names = |line: &&str| {
            ["rror", "ailed", "panicked", "fatal", "overflowed"].iter().any(|word| line.contains(word))
        };
        let lines = || words.lines().map(str::trim).filter(|line| !line.is_empty());
        let last = lines().find(names).or_else(|| lines().next_back()).unwrap_or_default();
        let said = if last.is_empty() { String::new() } else { format!("; last output: {last}") };
        format!("{ENDED} while {doing} ({how}){said}")
    }
}

/// Keeps the end of a process's standard error.
fn listen(mut said: ChildStderr, words: &Mutex<String>) {
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = said.read(&mut bytes) {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.push_str(&String::from_utf8_lossy(&bytes[..count]));
        let from = words.len().saturating_sub(LAST_WORDS);
        let from = (from..words.len()).find(|at| words.is_char_boundary(*at)).unwrap_or(0);
        words.drain(..from);
    }
}

#[cfg(unix)]
fn how_it_ended(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    let name = |signal| match signal {
        4 => "illegal instruction",
        6 => "abort",
        7 => "bus error",
        8 => "arithmetic error",
        9 => "killed",
        11 => "segmentation fault",
        _ => "a signal",
    };
    match status.signal() {
        Some(signal) => format!("{}, signal {signal}", name(signal)),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
fn how_it_ended(status: std::process::ExitStatus) -> String {
    status.to_string()
}

/// Resident memory of a process in megabytes; `None` if the system does not report it.
fn memory_mb(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}

/// Serves requests until the standard input ends, which ends the process at once, also amid a request: whoever asked
/// is gone.
pub fn serve<Q: Send + 'static>(
    read: fn(&mut BufReader<Stdin>) -> io::Result<Q>,
    mut respond: impl FnMut(Q, &mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> io::Result<()> {
    let (tell, requests) = sync_channel(1);
    std::thread::spawn(move || {
        let mut input = BufReader::new(io::stdin());
        loop {
            match read(&mut input) {
                Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => {
                    #[expect(
                        clippy::exit,
                        reason = "a request that nobody waits for may never end by itself"
                    )]
                    std::process::exit(0);
                }
                request => {
                    let last = request.is_err();
                    if tell.send(request).is_err() || last {
                        return;
                    }
                }
            }
        }
    });
    let mut output = BufWriter::new(io::stdout().lock());
    for request in requests {
        respond(request?, &mut output)?;
        output.flush()?;
    }
    Ok(())
}
