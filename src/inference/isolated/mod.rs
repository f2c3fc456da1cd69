//! A graph in a process of its own: if it crashes, hangs or runs out of memory it ends that process and nothing else.
//!
//! The process is this program, run with a subcommand; tensors go through its standard input and output. It is restarted
//! on the next request.

use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::inference::pool::Pool;
use crate::inference::settings::Settings;
use crate::inference::{BackendKind, Graph, Tensor};

mod wire;

use wire::Answer;

/// Name of the subcommand that runs the model.
pub const SUBCOMMAND: &str = "run-model";
/// Interval of checks of a running process's time and memory.
const LOOK: Duration = Duration::from_millis(20);
/// Number of bytes kept from the end of a process's standard error.
const LAST_WORDS: usize = 2000;

/// Start of the message about a process that is gone.
const ENDED: &str = "the process ended";

/// True if a message says that the model's process is gone.
pub fn ended(message: &str) -> bool {
    message.contains(ENDED)
}

/// The program that is started; by default this one.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Sets the program that runs models in processes of their own. Only the first call counts.
pub fn set_program(program: PathBuf) {
    PROGRAM.get_or_init(|| program);
}

/// Loads a model in a process of its own, for `threads` threads.
pub(super) fn load(
    path: &Path,
    kind: &BackendKind,
    settings: &Settings,
    threads: usize,
) -> Result<Arc<dyn Graph>, String> {
    let inside = settings.inside().text();
    let backend = if inside.is_empty() { kind.id.to_owned() } else { format!("{}:{inside}", kind.id) };
    let (limit, memory_mb) = (settings.limit, settings.memory_mb);
    let start = Start { path: path.to_owned(), backend, threads, limit, memory_mb };
    let first = start.host()?;
    Ok(Arc::new(Isolated { start, hosts: Pool::new(first) }))
}

/// Loop of the model process: serves requests until its input ends.
pub fn serve(graph: Result<Arc<dyn Graph>, String>) -> std::io::Result<()> {
    let mut input = BufReader::new(std::io::stdin().lock());
    let mut output = BufWriter::new(std::io::stdout().lock());
    let graph = match graph {
        Ok(graph) => graph,
        Err(problem) => return wire::write_answer(&mut output, &Err(problem)),
    };
    wire::write_answer(&mut output, &Ok(Vec::new()))?;
    loop {
        let asked = match wire::read_tensors(&mut input) {
            Ok(asked) => asked,
            Err(err) if err.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(err) => return Err(err),
        };
        wire::write_answer(&mut output, &graph.run(&asked))?;
    }
}

/// Parameters of a process start.
struct Start {
    path: PathBuf,
    backend: String,
    threads: usize,
    limit: Option<Duration>,
    memory_mb: Option<u64>,
}

/// Error of a request, with the state of the process.
struct Failed {
    problem: String,
    ended: bool,
}

struct Isolated {
    start: Start,
    hosts: Pool<Host>,
}

/// A process with a loaded model.
struct Host {
    child: Child,
    questions: Sender<Vec<Tensor>>,
    answers: Receiver<std::io::Result<Answer>>,
    words: Arc<Mutex<String>>,
}

impl Drop for Host {
    fn drop(&mut self) {
        // A process that has already ended cannot be killed, which is fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Start {
    fn host(&self) -> Result<Host, String> {
        let program = match PROGRAM.get() {
            Some(program) => program.clone(),
            None => std::env::current_exe()
                .map_err(|err| format!("the path of this program is unknown: {err}"))?,
        };
        let mut child = Command::new(&program)
            .arg(SUBCOMMAND)
            .arg(&self.path)
            .args(["--backend", &self.backend, "--threads", &self.threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|err| format!("cannot start a process for the model: {err}: {}", program.display()))?;
        let (Some(to), Some(from), Some(said)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("cannot open the pipes of the process".to_owned());
        };
        let words = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&words);
        std::thread::spawn(move || listen(said, &heard));
        let (questions, asked) = channel::<Vec<Tensor>>();
        let (tell, answers) = channel();
        // Writing and reading block on the process, so a thread does both; it ends with the process.
        std::thread::spawn(move || {
            let (mut to, mut from) = (BufWriter::new(to), BufReader::new(from));
            let mut go_on = tell.send(wire::read_answer(&mut from)).is_ok();
            while let (true, Ok(tensors)) = (go_on, asked.recv()) {
                let sent = wire::write_tensors(&mut to, &tensors).and_then(|()| to.flush());
                let answer = sent.and_then(|()| wire::read_answer(&mut from));
                go_on = answer.is_ok();
                go_on &= tell.send(answer).is_ok();
            }
        });
        let mut host = Host { child, questions, answers, words };
        host.answer(self, "loading it").map_err(|failed| failed.problem)?;
        Ok(host)
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

impl Host {
    /// Waits for a response; a process that exceeds a limit is killed.
    fn answer(&mut self, start: &Start, doing: &str) -> Result<Vec<Tensor>, Failed> {
        let ended = |problem| Failed { problem, ended: true };
        let begun = Instant::now();
        loop {
            match self.answers.recv_timeout(LOOK) {
                Ok(Ok(Answer::Tensors(tensors))) => return Ok(tensors),
                Ok(Ok(Answer::Problem(problem))) => return Err(Failed { problem, ended: false }),
                Ok(Err(err)) => return Err(ended(self.end_of(&err, doing))),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(ended(self.end_of(&std::io::ErrorKind::UnexpectedEof.into(), doing)));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(limit) = start.limit.filter(|limit| begun.elapsed() > *limit) {
                drop(self.child.kill());
                return Err(ended(format!(
                    "{doing} exceeded the time limit of {} s, the process was killed; raise it with limit=SECONDS",
                    limit.as_secs_f64()
                )));
            }
            let used = start.memory_mb.and_then(|most| Some((most, memory_mb(self.child.id())?)));
            if let Some((most, used)) = used.filter(|(most, used)| used > most) {
                drop(self.child.kill());
                return Err(ended(format!(
                    "{doing} used {used} MB of memory, above the limit of {most} MB, the process was killed; raise it with memory=MB"
                )));
            }
        }
    }

    /// Describes the end of a process that no longer responds.
    fn end_of(&mut self, err: &std::io::Error, doing: &str) -> String {
        if err.kind() == std::io::ErrorKind::InvalidData {
            drop(self.child.kill());
            return format!("the process sent {err} while {doing} and was killed");
        }
        let how = match self.child.wait() {
            Ok(status) => how_it_ended(status),
            Err(err) => err.to_string(),
        };
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        // From a long output the line that names the problem.
        let names =
            |line: &&str| ["rror", "ailed", "panicked", "fatal"].iter().any(|word| line.contains(word));
        let lines = || words.lines().map(str::trim).filter(|line| !line.is_empty());
        let last = lines().find(names).or_else(|| lines().next_back()).unwrap_or_default();
        let said = if last.is_empty() { String::new() } else { format!("; last output: {last}") };
        format!("{ENDED} while {doing} ({how}){said}")
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

impl Graph for Isolated {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let mut host = self.hosts.take(|| self.start.host())?;
        // A process that is gone is detected when its response is read.
        drop(host.questions.send(inputs.to_vec()));
        let answer = host.answer(&self.start, "answering");
        // A model that refuses an input keeps running; a process that ended does not.
        if answer.as_ref().is_err_and(|failed| failed.ended) {
            self.hosts.lost();
        } else {
            self.hosts.give_back(host);
        }
        answer.map_err(|failed| failed.problem)
    }
}
