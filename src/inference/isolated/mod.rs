//! A graph in a process of its own: if it crashes, hangs or runs out of memory it ends that process and nothing else.
//!
//! The process is this program, run with a subcommand; tensors go through its standard input and output. It is restarted
//! on the next request.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::child::{self, Limits, Lost, Serving};
use crate::inference::error::GraphError;
use crate::inference::pool::Pool;
use crate::inference::settings::Settings;
use crate::inference::{BackendKind, Graph, Tensor};

pub mod error;
mod wire;

pub use crate::base::child::{ended, set_program, set_program_with};

use error::ProcessError;
use wire::Answer;

/// Name of the subcommand that runs the model.
pub const SUBCOMMAND: &str = "run-model";

/// Loads a model in a process of its own, for `threads` threads.
pub(super) fn load(
    path: &Path,
    kind: &BackendKind,
    settings: &Settings,
    threads: usize,
) -> Result<Arc<dyn Graph>, GraphError> {
    let inside = settings.inside().text();
    let backend = if inside.is_empty() { kind.id.to_owned() } else { format!("{}:{inside}", kind.id) };
    let limits = Limits { time: settings.limit, memory_mb: settings.memory_mb };
    let start = Start { path: path.to_owned(), backend, threads, limits };
    let first = start.host()?;
    Ok(Arc::new(Isolated { start, hosts: Pool::new(first) }))
}

/// Loop of the model process: serves requests until its input ends.
pub fn serve(graph: Result<Arc<dyn Graph>, GraphError>) -> std::io::Result<()> {
    let mut output = std::io::stdout();
    let graph = match graph {
        Ok(graph) => graph,
        Err(err) => return wire::write_answer(&mut output, &Err(err)),
    };
    wire::write_answer(&mut output, &Ok(Vec::new()))?;
    output.flush()?;
    child::serve(wire::read_tensors, |asked, output| wire::write_answer(output, &graph.run(&asked)))
}

/// A process with a loaded model.
type Host = Serving<Vec<Tensor>, Answer>;

/// Parameters of a process start.
struct Start {
    path: PathBuf,
    backend: String,
    threads: usize,
    limits: Limits,
}

struct Isolated {
    start: Start,
    hosts: Pool<Host>,
}

impl Start {
    fn host(&self) -> Result<Host, GraphError> {
        let threads = self.threads.to_string();
        let args = [
            SUBCOMMAND.into(),
            self.path.clone().into_os_string(),
            "--backend".into(),
            self.backend.clone().into(),
            "--threads".into(),
            threads.into(),
        ];
        let write = |to: &mut std::io::BufWriter<_>, tensors: &Vec<Tensor>| wire::write_tensors(to, tensors);
        let mut host = Host::start(&args, write, wire::read_answer, true)?;
        match self.answer(&mut host, "loading it") {
            Ok(Answer::Tensors(_)) => Ok(host),
            Ok(Answer::Problem(message)) => Err(ProcessError::Model { message }.into()),
            Err(lost) => Err(lost.into()),
        }
    }

    /// Waits for a response; an error is a process that is gone.
    fn answer(&self, host: &mut Host, doing: &'static str) -> Result<Answer, ProcessError> {
        host.response(self.limits, doing, || false).map_err(|lost| match lost {
            Lost::Time(seconds) => ProcessError::Time { doing, seconds },
            Lost::Memory { used, most } => ProcessError::Memory { doing, used, most },
            Lost::Cancelled => ProcessError::Cancelled,
            Lost::Ended(how) => ProcessError::Ended { how },
        })
    }
}

impl Graph for Isolated {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        let mut host = self.hosts.take(|| self.start.host())?;
        host.send(inputs.to_vec());
        let answer = self.start.answer(&mut host, "answering");
        // A model that refuses an input keeps running; a process that ended does not.
        if answer.is_err() {
            self.hosts.lost();
        } else {
            self.hosts.give_back(host);
        }
        match answer? {
            Answer::Tensors(tensors) => Ok(tensors),
            Answer::Problem(message) => Err(ProcessError::Model { message }.into()),
        }
    }
}
