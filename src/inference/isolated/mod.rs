//! A graph in a process of its own: one that crashes, hangs or eats memory ends that process and nothing else.
//!
//! The process is this program, asked to run the model; tensors go through its standard input and output. It is started again
//! at the next question.

use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::inference::pool::Pool;
use crate::inference::{BackendKind, Graph, Tensor};

mod wire;

use wire::Answer;

/// Name of the subcommand that is the other side.
pub const SUBCOMMAND: &str = "run-model";
/// How often time and memory of a process that works are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How much of what a process said last is kept.
const LAST_WORDS: usize = 2000;

/// The program that is started; this one when nobody says another.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Says which program runs models in processes of their own. Only the first time counts.
pub fn set_program(program: PathBuf) {
    PROGRAM.get_or_init(|| program);
}

/// Loads a model in a process of its own, to be run by so many threads.
pub(super) fn load(path: &Path, kind: &BackendKind, threads: usize) -> Result<Arc<dyn Graph>, String> {
    let settings = kind.settings.inside().text();
    let name = kind.id.split(':').next().unwrap_or_default();
    let backend = if settings.is_empty() { name.to_owned() } else { format!("{name}:{settings}") };
    let start = Start {
        path: path.to_owned(),
        backend,
        threads,
        limit: kind.settings.limit,
        memory_mb: kind.settings.memory_mb,
    };
    let first = start.host()?;
    Ok(Arc::new(Isolated { start, hosts: Pool::new(first) }))
}

/// The other side: answers what it is asked until nobody asks any more.
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

/// What is needed to start a process.
struct Start {
    path: PathBuf,
    backend: String,
    threads: usize,
    limit: Option<Duration>,
    memory_mb: Option<u64>,
}

/// Why there is no answer, and whether the process is gone.
struct Failed {
    problem: String,
    ended: bool,
}

struct Isolated {
    start: Start,
    hosts: Pool<Host>,
}

/// A process with a model in it.
struct Host {
    child: Child,
    questions: Sender<Vec<Tensor>>,
    answers: Receiver<std::io::Result<Answer>>,
    words: Arc<Mutex<String>>,
}

impl Drop for Host {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and that is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Start {
    fn host(&self) -> Result<Host, String> {
        let program = match PROGRAM.get() {
            Some(program) => program.clone(),
            None => {
                std::env::current_exe().map_err(|err| format!("this program cannot find itself: {err}"))?
            }
        };
        let mut child = Command::new(&program)
            .arg(SUBCOMMAND)
            .arg(&self.path)
            .args(["--backend", &self.backend, "--threads", &self.threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|err| format!("no process can be started for it: {err}: {}", program.display()))?;
        let (Some(to), Some(from), Some(said)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("no process can be talked to".to_owned());
        };
        let words = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&words);
        std::thread::spawn(move || listen(said, &heard));
        let (questions, asked) = channel::<Vec<Tensor>>();
        let (tell, answers) = channel();
        // Writing and reading wait for the process, so a thread does both; it ends when the process does.
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

/// Keeps the end of what a process says.
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
    /// Waits for an answer; a process that takes too much of anything is ended.
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
                    "{doing} took longer than {} s, so its process was ended; allow more with limit=SECONDS",
                    limit.as_secs_f64()
                )));
            }
            let used = start.memory_mb.and_then(|most| Some((most, memory_mb(self.child.id())?)));
            if let Some((most, used)) = used.filter(|(most, used)| used > most) {
                drop(self.child.kill());
                return Err(ended(format!(
                    "{doing} took {used} MB of memory, {most} are allowed, so its process was ended; allow more with memory=MB"
                )));
            }
        }
    }

    /// Says how a process ended that does not answer any more.
    fn end_of(&mut self, err: &std::io::Error, doing: &str) -> String {
        if err.kind() == std::io::ErrorKind::InvalidData {
            drop(self.child.kill());
            return format!("its process sent {err} while {doing}, so it was ended");
        }
        let how = match self.child.wait() {
            Ok(status) => how_it_ended(status),
            Err(err) => err.to_string(),
        };
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a long farewell the line that names what is wrong.
        let names =
            |line: &&str| ["rror", "ailed", "panicked", "fatal"].iter().any(|word| line.contains(word));
        let lines = || words.lines().map(str::trim).filter(|line| !line.is_empty());
        let last = lines().find(names).or_else(|| lines().next_back()).unwrap_or_default();
        let said = if last.is_empty() { String::new() } else { format!("; it said: {last}") };
        format!("its process ended while {doing} ({how}){said}")
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

/// Memory of a process that is really there, in megabytes; none where the system does not say it.
fn memory_mb(process: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024)
}

impl Graph for Isolated {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let mut host = self.hosts.take(|| self.start.host())?;
        // A process that is gone says so when it is asked for the answer.
        drop(host.questions.send(inputs.to_vec()));
        let answer = host.answer(&self.start, "answering");
        // A model that refuses an input goes on; a process that ended does not.
        if answer.as_ref().is_err_and(|failed| failed.ended) {
            self.hosts.lost();
        } else {
            self.hosts.give_back(host);
        }
        answer.map_err(|failed| failed.problem)
    }
}
