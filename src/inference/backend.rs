//! A backend as it was chosen: a kind with its settings, or the address of a server.

use std::path::Path;
use std::sync::Arc;

use crate::base::escape::address::hidden;
use crate::inference::error::GraphError;
use crate::inference::served::Sending;
use crate::inference::settings::{KNOWN, Settings, UnknownPart};
use crate::inference::{BACKENDS, BackendKind, Graph, ModelError, Tensor, isolated, precision, served};

/// A chosen backend.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its text form in files and on the command line: `onnxruntime:threads=2`; an address is without its password.
    pub id: String,
    /// Name on screen.
    pub title: String,
    /// Its settings.
    pub settings: Settings,
    source: Source,
    /// The address of a server as it was given; "" for files.
    address: Address,
    /// Treatment of requests to a server.
    sending: Sending,
}

/// An address that may hold a password, which no debug output shows.
#[derive(Clone, Default)]
struct Address(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hidden(&self.0))
    }
}

/// Refusal of a function in place of a model file.
pub(super) const ELSEWHERE: &str = "the model is a function of this process, it runs on no other backend";

/// Source of the graphs of a backend.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// Model files.
    Files(&'static BackendKind),
    /// A server.
    Server,
    /// A function of the program that this library is a part of.
    Caller,
}

impl From<&'static BackendKind> for Backend {
    fn from(kind: &'static BackendKind) -> Self {
        Self {
            id: kind.id.to_owned(),
            title: kind.title.to_owned(),
            settings: Settings::default(),
            source: Source::Files(kind),
            address: Address::default(),
            sending: Sending::default(),
        }
    }
}

impl From<&Self> for Backend {
    fn from(backend: &Self) -> Self {
        backend.clone()
    }
}

impl Backend {
    /// The backend called `id`, with settings after a colon; an address is a backend of its own.
    pub fn named(id: &str) -> Result<Self, ModelError> {
        if served::is_endpoint(id) {
            let url = id.trim_end_matches('/').to_owned();
            let settings = Settings::default();
            let shown = hidden(&url).into_owned();
            let (title, id) = (shown.clone(), shown);
            let (address, sending) = (Address(url), Sending::default());
            return Ok(Self { title, id, settings, source: Source::Server, address, sending });
        }
        let (name, text) = id.split_once(':').unwrap_or((id, ""));
        let kind = BACKENDS.iter().find(|kind| kind.id == name).copied().ok_or_else(|| {
            let known = BACKENDS.iter().map(|kind| kind.id).collect::<Vec<_>>().join(", ");
            ModelError::UnknownBackend { id: name.to_owned(), known }
        })?;
        let unknown =
            |err: UnknownPart| ModelError::UnknownSetting { part: err.part, backend: kind.id, known: KNOWN };
        Ok(Self::from(kind).with(Settings::parse(text).map_err(unknown)?))
    }

    /// The backend of a model that is a function of the program that this library is a part of, which takes up to so many
    /// inputs at once.
    pub fn caller(title: &str, batch: usize) -> Self {
        let settings = Settings { batch: Some(batch), ..Settings::default() };
        let (id, title) = (title.to_owned(), title.to_owned());
        let (address, sending) = (Address::default(), Sending::default());
        Self { id, title, settings, source: Source::Caller, address, sending }
    }

    /// The same backend with other settings; a server and a function have none.
    #[must_use]
    pub fn with(self, settings: Settings) -> Self {
        let Source::Files(kind) = self.source else { return self };
        let text = settings.text();
        if text.is_empty() {
            return Self::from(kind);
        }
        let (id, title) = (format!("{}:{text}", kind.id), format!("{}, {text}", kind.title));
        Self { id, title, settings, ..self }
    }

    /// The same backend under the same name, with its graphs in a process of their own; the predictions are the same.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { settings: Settings { isolated: true, ..self.settings.clone() }, ..self.clone() }
    }

    /// The same server, which gets every request at once and only once.
    #[must_use]
    pub fn sending_once(self) -> Self {
        Self { sending: Sending::Once, ..self }
    }

    /// Its text form as it was given, with the password of an address: for processes of this program, not to be shown.
    pub fn given(&self) -> &str {
        if self.is_server() { &self.address.0 } else { &self.id }
    }

    /// Its name without settings.
    pub fn name(&self) -> &str {
        match self.source {
            Source::Files(kind) => kind.id,
            Source::Server | Source::Caller => &self.id,
        }
    }

    /// Version and location, or the missing part and the command that installs it.
    pub fn status(&self) -> Result<String, GraphError> {
        match self.source {
            Source::Files(kind) => (kind.status)(),
            Source::Server => Ok("served over the Open Inference Protocol".to_owned()),
            Source::Caller => Ok("a function of this process".to_owned()),
        }
    }

    /// True if its models are on a server.
    pub fn is_server(&self) -> bool {
        matches!(self.source, Source::Server)
    }

    /// True if its models are functions of this process, which run nowhere else.
    pub fn is_caller(&self) -> bool {
        matches!(self.source, Source::Caller)
    }

    /// The graph of a model file, or the one served under its name, for `threads` threads.
    pub fn graph(&self, path: &Path, threads: usize) -> Result<Arc<dyn Graph>, GraphError> {
        let kind = match self.source {
            Source::Files(kind) => kind,
            Source::Server => return Ok(served::connect(&self.address.0, path, self.sending)?.graph),
            Source::Caller => return Err(GraphError::unsupported(ELSEWHERE)),
        };
        let threads = self.settings.threads.unwrap_or(threads);
        if self.settings.apart() {
            return isolated::load(path, kind, &self.settings, threads);
        }
        match self.settings.precision {
            None => (kind.load)(path, threads, &self.settings),
            Some(precision) => {
                let copy = precision::rounded(path, precision)?;
                let graph = (kind.load)(&copy, threads, &self.settings)?;
                Ok(Arc::new(Rounded { graph, _copy: copy }))
            }
        }
    }

    /// The model that a server has under the name of a file; `None` if this is no server.
    pub(super) fn remote(&self, path: &Path) -> Option<Result<served::Remote, GraphError>> {
        self.is_server().then(|| Ok(served::connect(&self.address.0, path, self.sending)?))
    }
}

/// A graph whose temporary file must outlive it.
struct Rounded {
    graph: Arc<dyn Graph>,
    _copy: tempfile::TempPath,
}

impl Graph for Rounded {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError> {
        self.graph.run(inputs)
    }
}
