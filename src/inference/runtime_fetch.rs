//! Installation of ONNX Runtime by the user's own pip, into the program's folder, when somebody asks for it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::base::files::{data_folder, sha256_hex};
use crate::base::progress::Progress;

/// The version that is fetched.
pub const VERSION: &str = "1.32.0";
/// Interval of checks for the end of pip and for a cancellation.
const LOOK: Duration = Duration::from_millis(50);
/// Names of Python, the first that starts is used.
const PYTHONS: [&str; 2] = ["python3", "python"];

/// A fetched library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Path of the library.
    pub library: PathBuf,
    /// SHA-256 of the library.
    pub sha256: String,
}

/// Error of an installation.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The system names no folder for data.
    #[error("this system has no folder for data, set HARDCASE_HOME")]
    NoFolder,
    /// The file system reported an error.
    #[error("{source}: {}", path.display())]
    Io {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// No Python starts.
    #[error("Python cannot be started ({problem}), install Python 3 with pip, or set ORT_DYLIB_PATH")]
    NoPython {
        /// Error of the last name that was tried.
        problem: String,
    },
    /// A pip that ignores its end.
    #[error("pip cannot be stopped ({source})")]
    Stop {
        /// Error of the system.
        source: std::io::Error,
    },
    /// A pip in an unknown state.
    #[error("pip cannot be watched ({source})")]
    Watch {
        /// Error of the system.
        source: std::io::Error,
    },
    /// The pip refuses.
    #[error("pip could not install onnxruntime {VERSION}: {line}")]
    Pip {
        /// The line of its output that says why.
        line: String,
    },
    /// The pip succeeds without a library.
    #[error("pip installed no library into {}", folder.display())]
    NoLibrary {
        /// The folder.
        folder: PathBuf,
    },
    /// The caller canceled.
    #[error("canceled")]
    Cancelled,
}

/// Folder of a fetched library; `None` if the system has no folder for data.
pub(super) fn folder() -> Option<PathBuf> {
    Some(data_folder()?.join("onnxruntime"))
}

/// Folder of the fetched library itself.
pub(super) fn library_folder() -> Option<PathBuf> {
    Some(folder()?.join("onnxruntime").join("capi"))
}

/// Arguments of Python for an installation into a folder.
fn arguments(target: &Path) -> Vec<String> {
    let fixed =
        ["-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"];
    let mut all: Vec<String> = fixed.iter().map(|text| (*text).to_owned()).collect();
    all.extend(["--target".to_owned(), target.display().to_string(), format!("onnxruntime=={VERSION}")]);
    all
}

/// The command that [`fetch`] runs, for people to read before.
pub fn command() -> Result<String, FetchError> {
    let target = folder().ok_or(FetchError::NoFolder)?;
    Ok(format!("{} {}", PYTHONS[0], arguments(&beside(&target)).join(" ")))
}

/// Installs the library; the backend finds it when it looks again.
pub fn fetch(progress: &Progress) -> Result<Fetched, FetchError> {
    let target = folder().ok_or(FetchError::NoFolder)?;
    let beside = beside(&target);
    let trouble = |source, path: &Path| FetchError::Io { path: path.to_owned(), source };
    remove(&beside).map_err(|err| trouble(err, &beside))?;
    std::fs::create_dir_all(&beside).map_err(|err| trouble(err, &beside))?;
    let outcome = install(&beside, progress);
    if outcome.is_err() {
        remove(&beside).map_err(|err| trouble(err, &beside))?;
    }
    outcome?;
    // A fetch that fails half way leaves the earlier library as it was.
    remove(&target).map_err(|err| trouble(err, &target))?;
    std::fs::rename(&beside, &target).map_err(|err| trouble(err, &target))?;
    let library = library_folder().and_then(|folder| libraries(&folder).into_iter().next());
    let library = library.ok_or_else(|| FetchError::NoLibrary { folder: target.clone() })?;
    let bytes = std::fs::read(&library).map_err(|err| trouble(err, &library))?;
    Ok(Fetched { sha256: sha256_hex(&bytes), library })
}

/// Folder in which pip works; it takes the place of `target` when it is complete.
fn beside(target: &Path) -> PathBuf {
    target.with_extension("part")
}

fn remove(folder: &Path) -> std::io::Result<()> {
    if folder.exists() { std::fs::remove_dir_all(folder) } else { Ok(()) }
}

fn start(target: &Path) -> Result<Child, FetchError> {
    let mut problem = String::new();
    for python in PYTHONS {
        let child = Command::new(python)
            .args(arguments(target))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        match child {
            Ok(child) => return Ok(child),
            Err(err) => problem = err.to_string(),
        }
    }
    Err(FetchError::NoPython { problem })
}

/// Runs pip to its end, or until the job is canceled.
fn install(target: &Path, progress: &Progress) -> Result<(), FetchError> {
    let mut child = start(target)?;
    // Read on a thread, so that pip never waits for a full pipe.
    let said = child.stderr.take().map(|mut said| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            said.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
        })
    });
    let status = loop {
        if progress.cancelled() {
            child.kill().map_err(|source| FetchError::Stop { source })?;
            child.wait().map_err(|source| FetchError::Stop { source })?;
            return Err(FetchError::Cancelled);
        }
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => std::thread::sleep(LOOK),
            Err(source) => return Err(FetchError::Watch { source }),
        }
    };
    if status.success() {
        return Ok(());
    }
    let said = said.and_then(|thread| thread.join().ok()).and_then(Result::ok).unwrap_or_default();
    let line = said
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("ERROR:") || line.contains("No module named"));
    let line =
        line.or_else(|| said.lines().map(str::trim).rfind(|line| !line.is_empty())).unwrap_or("no message");
    Err(FetchError::Pip { line: line.to_owned() })
}

/// The libraries in a folder; the longest name, which carries the full version, comes first.
pub(super) fn libraries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut here: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_library(path)).collect();
    here.sort_by_key(|path| std::cmp::Reverse(path.as_os_str().len()));
    here
}

fn is_library(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let dylib = path.extension().is_some_and(|ext| ext == "dylib");
    name.starts_with("libonnxruntime.so")
        || name == "onnxruntime.dll"
        || (name.starts_with("libonnxruntime.") && dylib)
}
