//! ONNX Runtime through its shared library, when one is found on this machine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor as OrtTensor;

use crate::inference::{BackendKind, Graph, Load, Tensor};

/// Faster than the built-in backend where it is installed.
pub static KIND: BackendKind =
    BackendKind { id: "onnxruntime", title: "ONNX Runtime", status, load: Load::File(load) };

/// What to do when there is none.
pub const INSTALL: &str = "pip install onnxruntime";

/// The library can be opened once in a process; this is what came of it.
static RUNTIME: OnceLock<Result<(Environment, PathBuf), String>> = OnceLock::new();

fn runtime() -> Result<&'static (Environment, PathBuf), String> {
    RUNTIME.get_or_init(open_library).as_ref().map_err(Clone::clone)
}

fn open_library() -> Result<(Environment, PathBuf), String> {
    let mut tried = Vec::new();
    for path in candidates() {
        if !path.is_file() {
            continue;
        }
        match ort::init_from(&path).map_err(|err| err.to_string()).and_then(|builder| {
            builder.with_name("hardcase").with_telemetry(false).build().map_err(|err| err.to_string())
        }) {
            Ok(environment) => return Ok((environment, path)),
            Err(err) => tried.push(format!("{}: {err}", path.display())),
        }
    }
    if tried.is_empty() {
        Err(format!(
            "ONNX Runtime was not found, install it with `{INSTALL}` or set ORT_DYLIB_PATH to its library"
        ))
    } else {
        Err(format!("ONNX Runtime was found but cannot be used ({})", tried.join("; ")))
    }
}

fn status() -> Result<String, String> {
    let (_, path) = runtime()?;
    let version = ort::info().split(',').next().unwrap_or_default().to_owned();
    Ok(format!("{version}: {}", path.display()))
}

/// Where a library may be: the environment variable, beside the program, the system's places, Python packages.
fn candidates() -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        // Somebody who names a library wants that one and no other.
        return vec![PathBuf::from(path)];
    }
    let mut folders = Vec::new();
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        folders.push(folder.to_owned());
        folders.push(folder.join("lib"));
    }
    let system = [
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/opt/onnxruntime/lib",
        "/opt/homebrew/lib",
    ];
    folders.extend(system.map(PathBuf::from));
    folders.extend(python_folders());
    let mut found = Vec::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut here: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(|path| is_library(path)).collect();
        // The longest name carries the full version.
        here.sort_by_key(|path| std::cmp::Reverse(path.as_os_str().len()));
        found.extend(here);
    }
    found
}

fn is_library(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let dylib = path.extension().is_some_and(|ext| ext == "dylib");
    name.starts_with("libonnxruntime.so")
        || name == "onnxruntime.dll"
        || (name.starts_with("libonnxruntime.") && dylib)
}

/// `onnxruntime/capi` in the packages of the active environment, of the user and of the system's Pythons.
fn python_folders() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = Vec::new();
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
        roots.extend(std::env::var_os(variable).map(PathBuf::from));
    }
    if let Some(home) = dirs::home_dir() {
        roots.push(home.join(".local"));
        if let Ok(versions) = std::fs::read_dir(home.join(".pyenv/versions")) {
            roots.extend(versions.flatten().map(|entry| entry.path()));
        }
    }
    roots.extend([PathBuf::from("/usr/local"), PathBuf::from("/usr")]);
    let mut folders = Vec::new();
    for root in roots {
        for lib in ["lib", "lib64"] {
            let Ok(entries) = std::fs::read_dir(root.join(lib)) else { continue };
            let mut pythons: Vec<PathBuf> = entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| {
                    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"))
                })
                .collect();
            pythons.sort();
            for python in pythons {
                for packages in ["site-packages", "dist-packages"] {
                    folders.push(python.join(packages).join("onnxruntime/capi"));
                }
            }
        }
    }
    folders
}

fn load(path: &Path, threads: usize) -> Result<Arc<dyn Graph>, String> {
    let most = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let loaded =
        Loaded { path: path.to_owned(), threads, most, sessions: Mutex::default(), freed: Condvar::new() };
    // What is wrong with the file shows here and not at the first picture.
    let session = loaded.new_session()?;
    loaded.give_back(session, true);
    Ok(Arc::new(loaded))
}

/// A graph whose sessions are made as callers come: one runs one input at a time.
struct Loaded {
    path: PathBuf,
    /// Threads inside of each session.
    threads: usize,
    /// Sessions there may be.
    most: usize,
    sessions: Mutex<Sessions>,
    freed: Condvar,
}

#[derive(Default)]
struct Sessions {
    idle: Vec<Session>,
    made: usize,
}

impl Loaded {
    fn new_session(&self) -> Result<Session, String> {
        let (environment, _) = runtime()?;
        Session::builder(environment)
            .map_err(|err| err.to_string())?
            .with_intra_threads(self.threads.max(1))
            .map_err(|err| err.to_string())?
            .commit_from_file(&self.path)
            .map_err(|err| err.to_string())
    }

    fn give_back(&self, session: Session, new: bool) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.made += usize::from(new);
        sessions.idle.push(session);
        self.freed.notify_one();
    }

    /// A session that nobody uses; another is made while there may be more.
    fn take(&self) -> Result<Session, String> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(session) = sessions.idle.pop() {
                return Ok(session);
            }
            if sessions.made < self.most {
                sessions.made += 1;
                drop(sessions);
                return self.new_session().inspect_err(|_| {
                    self.sessions.lock().unwrap_or_else(PoisonError::into_inner).made -= 1;
                    self.freed.notify_one();
                });
            }
            sessions = self.freed.wait(sessions).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Graph for Loaded {
    fn run(&self, input: &Tensor) -> Result<Vec<Tensor>, String> {
        let value = OrtTensor::from_array((input.shape.clone(), input.data.clone()))
            .map_err(|err| err.to_string())?;
        let mut session = self.take()?;
        let answer = answer(&mut session, input, value);
        self.give_back(session, false);
        answer
    }
}

fn answer(session: &mut Session, input: &Tensor, value: OrtTensor<f32>) -> Result<Vec<Tensor>, String> {
    let outputs = session.run(vec![(input.name.clone(), value)]).map_err(|err| err.to_string())?;
    let mut tensors = Vec::new();
    for (name, value) in &outputs {
        let name = name.to_owned();
        if let Ok((shape, data)) = value.try_extract_tensor::<f32>() {
            tensors.push(Tensor {
                name,
                shape: shape.iter().map(|d| *d as usize).collect(),
                data: data.to_vec(),
            });
        } else if let Ok((shape, data)) = value.try_extract_tensor::<i64>() {
            let data = data.iter().map(|v| *v as f32).collect();
            tensors.push(Tensor { name, shape: shape.iter().map(|d| *d as usize).collect(), data });
        } else {
            return Err(format!("output {name:?} is neither float nor int64"));
        }
    }
    Ok(tensors)
}
